"""The distributions of `Priors` that are not the network's: errors of measurement and implantation, loaded arteries."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from annulus.mechanics.network import ANCHOR_PRESSURE_MMHG
from annulus.outcomes import ARTERY_WALL_MMHG, LOAD_SHARE, SIGNIFICANT_PERCENT
from annulus.sources import Distribution, Parameter

__all__ = ["COMPRESSION_PRIORS", "GEOMETRY_PRIORS"]

_NORMAL, _LOGNORMAL, _UNIFORM = Distribution.NORMAL, Distribution.LOGNORMAL, Distribution.UNIFORM
_ANY = (float("-inf"), float("inf"))
_FACTOR = (0.2, 5.0)


def _assumed(
    name: str, shape: Distribution, value: float, spread: float, unit: str, why: str, bounds: tuple[float, float] = _ANY
) -> Parameter:
    return Parameter(name, value, unit, shape, spread, bounds, "assumed", True, why)


_ROWS = (
    _assumed(
        "annulus_contour_error_mm",
        _NORMAL,
        0.0,
        1.0,
        "mm",
        "true less drawn annulus, in each direction across it; observers differ by one to two millimetres",
    ),
    _assumed(
        "vein_axis_error_mm", _NORMAL, 0.0, 1.0, "mm", "true less drawn axis of the vein, in each direction across it"
    ),
    _assumed(
        "artery_axis_error_mm", _NORMAL, 0.0, 0.7, "mm", "true less drawn axis of an artery, in each direction across"
    ),
    _assumed(
        "error_correlation_mm",
        Distribution.FIXED,
        15.0,
        0.0,
        "mm",
        "distance along a curve over which its error stays alike",
        (1.0, 200.0),
    ),
    _assumed("landmark_error_mm", _NORMAL, 0.0, 1.5, "mm", "true less drawn landmark, along the annulus"),
    _assumed("trigone_error_mm", _NORMAL, 0.0, 2.0, "mm", "true less drawn or stand-in trigone, along the annulus"),
    _assumed("vein_radius_factor", _LOGNORMAL, 1.0, 0.1, "1", "true over measured radius of the vein", _FACTOR),
    _assumed("artery_radius_factor", _LOGNORMAL, 1.0, 0.08, "1", "true over measured radius of the arteries", _FACTOR),
    _assumed(
        "inner_wall_factor",
        _LOGNORMAL,
        1.0,
        0.2,
        "1",
        "distance of the ribbon from the vein's axis over the inscribed radius: it may leave the wall or press on it",
        _FACTOR,
    ),
    _assumed("distal_slip_mm", _UNIFORM, 0.0, 0.0, "mm", "slip of the distal anchor towards the other one", (0.0, 2.0)),
    _assumed(
        "proximal_slip_mm", _UNIFORM, 0.0, 0.0, "mm", "slip of the proximal anchor towards the other one", (0.0, 2.0)
    ),
    _assumed(
        "leaflet_length_factor", _LOGNORMAL, 1.0, 0.1, "1", "true over given or stand-in leaflet lengths", _FACTOR
    ),
    _assumed(
        "tenting_height_error_mm",
        _NORMAL,
        0.0,
        1.0,
        "mm",
        "true less given or stand-in depth of the tent",
        (-20.0, 20.0),
    ),
    _assumed(
        "valve_scatter",
        _NORMAL,
        0.0,
        1.0,
        "1",
        "spread of chordal slack and papillary tips over the priors of the fit to the echo; where the case gives an "
        "echo, the members of its fit are drawn instead",
        (0.0, 5.0),
    ),
    _assumed(
        "fast_closure_error",
        _NORMAL,
        0.0,
        1.0,
        "1",
        "how far the fast closure's orifice is from the full one's, in errors of its own; alike before and after",
        (-5.0, 5.0),
    ),
)

GEOMETRY_PRIORS: Mapping[str, Parameter] = MappingProxyType({row.name: row for row in _ROWS})
"""Errors of measurement and of implantation: distribution, unit and source of each. None of them has a datum for the
user's own images, so all are labelled assumed and meant to be replaced."""

_COMPRESSION_ROWS = (
    _assumed(
        "artery_wall_mmhg",
        _LOGNORMAL,
        ARTERY_WALL_MMHG,
        0.6,
        "mmHg",
        "what the artery's wall adds to the lumen's pressure against flattening: no collapse law of a coronary artery "
        "loaded from the side is published; a thin ring of the published stiffness, its wall 0.35 radii",
        (1.0, 1000.0),
    ),
    _assumed(
        "artery_load_factor",
        _LOGNORMAL,
        1.0,
        0.4,
        "1",
        "load that flattens an artery over the network's line load: a contact narrower than the flattened wall, or one "
        "that is uneven along the artery, flattens more",
        _FACTOR,
    ),
    _assumed(
        "artery_load_share",
        _UNIFORM,
        LOAD_SHARE,
        0.0,
        "1",
        "share of the ribbon's tension times curvature that an artery straight under it bears at least: the network's "
        "tissue is coarse, an artery in soft fat may take all of it",
        (0.0, 1.0),
    ),
    _assumed(
        "anchor_pressure_mmhg",
        _LOGNORMAL,
        ANCHOR_PRESSURE_MMHG,
        0.5,
        "mmHg",
        "pressure of an anchor that is not yet open on the vein's wall; no radial force is published",
        (1.0, 1000.0),
    ),
    _assumed(
        "significant_stenosis_percent",
        Distribution.FIXED,
        SIGNIFICANT_PERCENT,
        0.0,
        "percent",
        "diameter stenosis in the worst view from which a compression of an artery counts as significant",
        (1.0, 100.0),
    ),
)

COMPRESSION_PRIORS: Mapping[str, Parameter] = MappingProxyType({row.name: row for row in _COMPRESSION_ROWS})
"""What is not known of anchors and of arteries under load, all assumed. They have random numbers of their own, so that
draws of all else are what they were without them."""

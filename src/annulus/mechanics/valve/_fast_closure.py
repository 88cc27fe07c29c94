"""Fast closure: slices closed as tents, corrected to the full closure by small neural regressors.

``docs/closure_fast.md`` says how far it is from the full closure, and where it fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from annulus._arrays import locked, points_array, values_array
from annulus._typing import ArrayLike, FloatArray
from annulus.anatomy.valve import Valve
from annulus.errors import InputError
from annulus.mechanics.valve._fast_correction import correction, out_of_tolerances, tolerance
from annulus.mechanics.valve._fast_regressors import regressor_values
from annulus.mechanics.valve._fast_slices import FEATURE_NAMES, closed_slices, features, profiles
from annulus.mechanics.valve._jet import Jet

__all__ = ["MAX_BEYOND", "SEGMENTS", "FastClosure", "fast_closure"]

SEGMENTS = ("a1p1", "a2p2", "a3p3")

_THIRDS = tuple(f"roa_{name}_mm2" for name in SEGMENTS)

_MIN_ORIFICE_MM2 = 1.0
"""Holes below this are not counted, as in `anatomic_orifice` [mm2]."""

_BEYOND = 0.1
"""A feature counts as outside where it leaves the range of the calibration by this share of it [1]."""

MAX_BEYOND = 0.5
"""An outcome is refused where a feature leaves that range by more than this share of it [1]: up to here errors stayed
near those that were given with them (``docs/closure_fast.md``)."""


@dataclass(frozen=True, eq=False)
class FastClosure:
    """What the fast closure says of a closed valve.

    Parameters
    ----------
    measures
        With the keys of `closure_measures` as far as they are predicted, and ``roa_mm2``,
        ``roa_a1p1_mm2`` and so on (jets by segment), ``vena_contracta_mm``.
    error
        Error of each of them that 68 % of the valves that were held out of the calibration stay below (one standard
        deviation, were it normal), for a valve of this size of the measure and as much disagreement of the regressors.
    jets
        Orifice by thirds of the valve's width where there is one. Place and width of a jet are estimates: the middle of
        the third's meeting points, and the width of the widest in proportion to the root of the area.
    meeting
        Where the slices meet, from the anterolateral to the posteromedial commissure [mm], shape (24, 3).
    outside
        Features outside the range of the calibration, the farthest first; a prediction with any is an extrapolation.
    beyond
        How far outside the farthest lies, as a share of its range [1]; 0 where none is.
    """

    measures: Mapping[str, float]
    error: Mapping[str, float]
    jets: tuple[Jet, ...]
    meeting: FloatArray
    outside: tuple[str, ...]
    beyond: float

    @property
    def roa_mm2(self) -> float:
        """Anatomic orifice area [mm2]."""
        return self.measures["roa_mm2"]


def fast_closure(
    valve: Valve,
    *,
    pressure_mmhg: float = 100.0,
    hinge: ArrayLike | None = None,
    tips: ArrayLike | None = None,
    chordae_length_mm: ArrayLike | None = None,
    length_factor: float = 1.0,
) -> FastClosure:
    """Close a structured valve by the reduced model: the measures of the full closure, without a shape.

    Parameters
    ----------
    valve
        Stress-free valve, of `parametric_valve` or `valve_of_case`, with the default leaflet law.
    pressure_mmhg
        Ventricular minus atrial pressure [mmHg], in (0, 300].
    hinge, tips
        Where hinge vertices and papillary tips end [mm], shapes (k, 3) and (2, 3); None leaves them.
    chordae_length_mm
        Slack lengths instead of the valve's [mm], shape (c,).
    length_factor
        Leaflet heights over the valve's [1].

    Raises
    ------
    InputError
        A pressure or a length out of range, shapes that do not fit, a valve that is not structured.
    """
    if not (np.isfinite(pressure_mmhg) and 0.0 < pressure_mmhg <= 300.0):
        raise InputError(f"pressure_mmhg must lie in (0, 300]; got {pressure_mmhg}.")
    ends = _places("hinge", hinge, valve.surface.points[valve.hinge])
    anchors = _places("tips", tips, valve.tips)
    lengths = valve.chordae.length_mm
    if chordae_length_mm is not None:
        lengths = values_array(
            "chordae_length_mm", np.asarray(chordae_length_mm, dtype=np.float64), length=len(lengths)
        )
        if not lengths.min(initial=1.0) > 0.0:
            raise InputError(f"chordae_length_mm must be above 0; the least is {lengths.min():g}.")
    slices = closed_slices(
        valve,
        pressure_mmhg=float(pressure_mmhg),
        hinge=ends,
        tips=anchors,
        chordae_length_mm=lengths,
        length_factor=length_factor,
    )
    along = profiles(valve, slices)
    x = features(valve, slices, along, pressure_mmhg=float(pressure_mmhg), length_factor=length_factor)
    numbers, error = _corrected(along, x)
    outside, beyond = _outside(x)
    meeting = slices.meeting @ slices.axes + slices.origin
    jets = _jets(numbers, meeting)
    return FastClosure(MappingProxyType(numbers), MappingProxyType(error), jets, locked(meeting), outside, beyond)


def _jets(numbers: Mapping[str, float], meeting: FloatArray) -> tuple[Jet, ...]:
    areas = [numbers[name] for name in _THIRDS]
    largest = max(areas)
    jets = []
    for k, (name, area) in enumerate(zip(SEGMENTS, areas, strict=True)):
        if area < _MIN_ORIFICE_MM2:
            continue
        third = len(meeting) // 3
        x, y, z = meeting[k * third : (k + 1) * third].mean(axis=0).tolist()
        width = numbers["vena_contracta_mm"] * (area / largest) ** 0.5
        jets.append(Jet(area, width, (x, y, z), (k + 0.5) / 3.0, f"{name[:2]}-{name[2:]}".upper()))
    return tuple(jets)


def _corrected(along: FloatArray, x: FloatArray) -> tuple[dict[str, float], dict[str, float]]:
    """Measures, and their errors."""
    own = correction()
    scaled = (along - own.profile_centre)[None] / own.profile_spread
    counts, spread = regressor_values(own.regressors, scaled, (x - own.centre)[None] / own.spread, own.mirrored)
    values = out_of_tolerances(np.clip(counts[0], own.min_counts, own.max_counts), own.absolute, own.relative)
    numbers = dict(zip(own.outputs, values.tolist(), strict=True))
    _settle(numbers)
    errors = (own.error[0] + own.error[1] * spread[0]).tolist()
    error = {name: e * tolerance(own, name, numbers[name]) for name, e in zip(own.outputs, errors, strict=True)}
    return numbers, error


def _outside(x: FloatArray) -> tuple[tuple[str, ...], float]:
    """Features outside the calibration, the farthest first, and how far that one is, as a share of its range."""
    own = correction()
    beyond = np.maximum(own.min_features - x, x - own.max_features) / (own.max_features - own.min_features)
    order = np.argsort(-beyond, kind="stable")
    return tuple(FEATURE_NAMES[k] for k in order if beyond[k] > _BEYOND), max(float(beyond[order[0]]), 0.0)


def _settle(numbers: dict[str, float]) -> None:
    """Make outputs that belong together agree: thirds sum to the orifice, least <= mean <= greatest height."""
    total = numbers["roa_mm2"]
    if total < _MIN_ORIFICE_MM2:
        total = 0.0
    first, second, third = (numbers[name] for name in _THIRDS)
    whole = first + second + third
    share = total / whole if whole > 0.0 else 0.0
    numbers["roa_mm2"] = total
    for name in _THIRDS:
        numbers[name] *= share
    if total == 0.0:
        numbers["vena_contracta_mm"] = 0.0
    mean = numbers["coapt_height_mean_mm"]
    numbers["coapt_height_min_mm"] = min(numbers["coapt_height_min_mm"], mean)
    numbers["coapt_height_max_mm"] = max(numbers["coapt_height_max_mm"], mean)


def _places(name: str, places: ArrayLike | None, now: FloatArray) -> FloatArray:
    if places is None:
        return now
    array = points_array(name, places)
    if array.shape != now.shape:
        raise InputError(f"{name} must have shape {now.shape}; got {array.shape}.")
    return array

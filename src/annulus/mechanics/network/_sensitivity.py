"""Exact derivatives of a locked state's results by every smooth parameter: implicit function and adjoint.

In equilibrium g(x, p) = 0, so dx/dp = -H^-1 dg/dp with H the full Hessian. For a result J(x, p) one adjoint solve
H w = dJ/dx gives all its derivatives: dJ/dp = dJ/dp|x - w . dg/dp. H and its factor are those of Newton's last
step, the cost is one back-substitution per result. dg/dp at fixed x is taken by a five-point difference in p: no
truncation where p enters linearly (all stiffnesses), relative 1e-12 where it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import Annulus
from annulus.errors import SolveError
from annulus.kernels.banded import factorise
from annulus.kernels.cables import cable_gradient
from annulus.kernels.laws import cable_law
from annulus.kernels.newton import Workspace, condensed_solve, tangent
from annulus.mechanics.network._attachments import Rod
from annulus.mechanics.network._carry import annulus_weights
from annulus.mechanics.network._cinch import CinchModel
from annulus.mechanics.network._equilibrium import workspace
from annulus.mechanics.network._landing import Landing
from annulus.mechanics.network._parameters import CinchParameters
from annulus.mechanics.network._protocol import Cinch
from annulus.mechanics.network._strip_network import join_rods, rod_bends

__all__ = ["RESULTS", "Sensitivities", "sensitivities"]

RESULTS = ("ap_mm", "area_mm2", "tension_n")
"""Results: carried A-P chord, vector area of the annulus nodes, tension of the locked ribbon."""

_STEP = 1.0e-3
_STENCIL = ((-2.0, 1.0 / 12.0), (-1.0, -2.0 / 3.0), (1.0, 2.0 / 3.0), (2.0, -1.0 / 12.0))
_ONE_SIDED = ((0.0, -25.0 / 12.0), (1.0, 4.0), (2.0, -3.0), (3.0, 4.0 / 3.0), (4.0, -1.0 / 4.0))
# Sites move inwards only: an anchor slips towards the other, and it may sit at the very end of the vein.
_SITE_STEPS = MappingProxyType({"distal_s_mm": -_STEP, "proximal_s_mm": _STEP})


@dataclass(frozen=True, eq=False)
class Sensitivities:
    """Values and derivatives.

    Parameters
    ----------
    values
        Result to its value.
    derivatives
        Result to parameter to derivative, in units of the result over the parameter's. Besides the fields of
        `CinchParameters`: ``device_length_mm``, ``distal_s_mm``, ``proximal_s_mm`` (the device's length kept; from the
        side of the other anchor, for the path has a kink at each vein node), and
        ``inner_wall_factor`` (all radii to the inner wall times a factor, at 1).
    """

    values: Mapping[str, float]
    derivatives: Mapping[str, Mapping[str, float]]

    def elasticity(self, result: str, parameter: str, value: float) -> float:
        """Change of a result per unit of the parameter's logarithm: derivative times `value`."""
        return self.derivatives[result][parameter] * value


def sensitivities(cinch: Cinch, annulus: Annulus, *, only: Collection[str] | None = None) -> Sensitivities:
    """Derivatives of `RESULTS` in the locked state; `annulus` is the case's own.

    `only` names the parameters wanted; all by default.

    Raises
    ------
    SolveError
        The locked state is no stable equilibrium under tension, so it has no derivatives.
    """
    model, state, landing, length = cinch.model, cinch.locked, cinch.landing, cinch.device_length_mm
    state.checked()
    if state.tension_n <= 0.0:
        raise SolveError("a slack ribbon has no sensitivities: the locked tension is zero; take a shorter device.")
    x = np.array(state.positions)
    _, tension, stiffness = cable_law(model.ribbon_law(length), state.path_length_mm)
    space = _factorised(model, landing, length, x)
    along = np.array(space.vectors[1])
    slopes = _slopes(cinch, annulus, stiffness * along)
    changes = _changes(model, landing, length)
    gradients = {name: change(x) for name, change in changes.items() if only is None or name in only}
    explicit = {
        ("tension_n", "device_length_mm"): -stiffness,
        # The law is proportional to it.
        ("tension_n", "ribbon_axial_n_per_mm"): tension / model.parameters.ribbon_axial_n_per_mm,
        **{
            ("tension_n", name): stiffness * _path_slope(model, landing, name, x)
            for name in ("distal_s_mm", "proximal_s_mm", "inner_wall_factor")
        },
    }
    derivatives: dict[str, dict[str, float]] = {}
    for result, (_, slope) in slopes.items():
        adjoint = np.array(slope)
        if not condensed_solve(space.hessian, along, stiffness, adjoint, space.vectors[4:6]):
            raise SolveError("the locked state is at a limit point: its derivatives do not exist.")
        derivatives[result] = {
            name: explicit.get((result, name), 0.0) - float(np.sum(adjoint * gradient))
            for name, gradient in gradients.items()
        }
    return Sensitivities({name: value for name, (value, _) in slopes.items()}, derivatives)


def _slopes(cinch: Cinch, annulus: Annulus, tension_slope: FloatArray) -> dict[str, tuple[float, FloatArray]]:
    """Value and derivative by solver-numbered positions, shape (n, 3), of each result."""
    state, strip = cinch.locked, cinch.model.strip
    na = len(strip.annulus)
    ends = np.array([annulus.landmarks["A"], annulus.landmarks["P"]])
    nodes, weights = annulus_weights(strip, ends)
    moved = ends + np.einsum("qk,qkc->qc", weights, (state.annulus - strip.annulus)[nodes])
    chord = moved[0] - moved[1]
    ap = float(np.linalg.norm(chord))
    ap_slope = np.zeros((na, 3))
    np.add.at(ap_slope, nodes[0], weights[0][:, None] * chord / ap)
    np.add.at(ap_slope, nodes[1], -weights[1][:, None] * chord / ap)
    # Vector area: 1/2 sum x_i x x_{i+1}; along its own direction its derivative by x_i is 1/2 (x_{i+1} - x_{i-1}) x n.
    points = state.annulus
    after, before = np.roll(points, -1, axis=0), np.roll(points, 1, axis=0)
    vector = 0.5 * np.cross(points, after).sum(axis=0)
    area = float(np.linalg.norm(vector))
    area_slope = 0.5 * np.cross(after - before, vector / area)
    slopes = {"ap_mm": (ap, ap_slope), "area_mm2": (area, area_slope)}
    numbered: dict[str, tuple[float, FloatArray]] = {}
    for name, (value, slope) in slopes.items():
        full = np.zeros((strip.n_nodes, 3))
        full[strip.numbering[:na]] = slope
        numbered[name] = (value, full)
    numbered["tension_n"] = (state.tension_n, tension_slope)
    return numbered


def _changes(model: CinchModel, landing: Landing, length: float) -> dict[str, Callable[[FloatArray], FloatArray]]:
    """Parameter to the derivative of the energy's gradient by it, at fixed positions."""

    def by_parameter(name: str) -> Callable[[FloatArray], FloatArray]:
        value = getattr(model.parameters, name)

        def gradient(x: FloatArray, at: float) -> FloatArray:
            other = replace(model, parameters=replace(model.parameters, **{name: at}))
            return _gradient(other, landing, length, x)

        return lambda x: _difference(lambda at: gradient(x, at), value, _STEP * max(abs(value), 1e-3))

    changes = {item.name: by_parameter(item.name) for item in fields(CinchParameters)}
    changes["device_length_mm"] = lambda x: _difference(lambda at: _gradient(model, landing, at, x), length, _STEP)
    for name in ("distal_s_mm", "proximal_s_mm", "inner_wall_factor"):
        changes[name] = lambda x, name=name: _difference(
            lambda at: _gradient(*_moved(model, landing, name, at), length, x),
            0.0,
            _SITE_STEPS.get(name, _STEP),
            stencil=_ONE_SIDED if name in _SITE_STEPS else _STENCIL,
        )
    return changes


def _moved(model: CinchModel, landing: Landing, name: str, by: float) -> tuple[CinchModel, Landing]:
    """Model and landing with one geometric parameter changed by `by`."""
    if name == "inner_wall_factor":
        return replace(model, strip=replace(model.strip, inner_wall=model.strip.inner_wall * (1.0 + by))), landing
    return model, replace(landing, **{name: getattr(landing, name) + by})


def _path_slope(model: CinchModel, landing: Landing, name: str, x: FloatArray) -> float:
    def path(by: float) -> FloatArray:
        other, sites = _moved(model, landing, name, by)
        return np.array(cable_gradient(other.strip.cable(sites.distal_s_mm, sites.proximal_s_mm), x, np.empty_like(x)))

    stencil = _ONE_SIDED if name in _SITE_STEPS else _STENCIL
    return float(_difference(path, 0.0, _SITE_STEPS.get(name, _STEP), stencil=stencil))


def _difference(
    function: Callable[[float], FloatArray],
    at: float,
    step: float,
    *,
    stencil: tuple[tuple[float, float], ...] = _STENCIL,
) -> FloatArray:
    """Five-point derivative."""
    return sum((share * function(at + k * step) for k, share in stencil), np.zeros(())) / step


def _gradient(model: CinchModel, landing: Landing, length: float, x: FloatArray) -> FloatArray:
    return np.array(_factorised(model, landing, length, x, factor=False).vectors[0])


def _factorised(model: CinchModel, landing: Landing, length: float, x: FloatArray, *, factor: bool = True) -> Workspace:
    """Workspace with gradient, dL/dx and (with `factor`) the factor of the Hessian less the ribbon's rank-one term."""
    network = model.anchored(landing.distal_s_mm, landing.proximal_s_mm)
    bending = model.parameters.ribbon_bending_nmm2
    if bending > 0.0:
        ribbon = Rod(bending, landing.distal_s_mm, landing.proximal_s_mm)
        network = network._replace(rods=join_rods([network.rods, rod_bends(model.strip, ribbon)]))
    space = workspace(network)
    law = model.ribbon_law(length)
    cable = model.strip.cable(landing.distal_s_mm, landing.proximal_s_mm)
    gradient, along, work = space.vectors[0], space.vectors[1], space.vectors[4:6]
    tangent(network, cable, law, x, gradient, along, space.hessian, work)
    if factor and not factorise(space.hessian):
        raise SolveError("the locked state is not stable: its Hessian is not positive definite.")
    return space

"""A case's own curves, moved with the nodes of a solved state.

The nodes sample the curves anew; measuring the moved nodes would mix their sampling into the change. So the nodes'
displacement, not their position, is interpolated (four-point Lagrange in node number) at the curve's own points.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from annulus._typing import FloatArray, IntArray
from annulus.anatomy import Annulus, Artery, CoronarySinus
from annulus.geometry import Curve, Loop
from annulus.kernels.carry import carried_points, lagrange_weights
from annulus.kernels.strip import tributary_lengths
from annulus.mechanics.network._attachments import LineLoad
from annulus.mechanics.network._equilibrium import Equilibrium
from annulus.mechanics.network._strip import Carrier, Strip

__all__ = [
    "annulus_load",
    "annulus_moves",
    "annulus_weights",
    "carried_annulus",
    "carried_artery",
    "carried_sinus",
]


def annulus_weights(strip: Strip, points: FloatArray) -> tuple[IntArray, FloatArray]:
    """Annulus nodes and weights that carry points of the annulus, each shape (q, 4)."""
    where, _ = strip.annulus_loop.closest(points)
    return lagrange_weights(where, len(strip.annulus), True)


def annulus_load(strip: Strip, points: FloatArray, force_n: FloatArray) -> LineLoad:
    """Load on the annulus that does the work of forces [N] at points of it [mm], each shape (q, 3)."""
    nodes, weights = annulus_weights(strip, points)
    load = np.zeros_like(strip.annulus)
    np.add.at(load, nodes, weights[..., None] * force_n[:, None])
    return LineLoad("annulus", load / tributary_lengths(strip.annulus, True)[:, None])


def annulus_moves(points: FloatArray, state: Equilibrium) -> FloatArray:
    """Displacement in `state` of points of the annulus [mm], each shape (q, 3)."""
    nodes, weights = annulus_weights(state.strip, points)
    return np.einsum("qk,qkc->qc", weights, (state.annulus - state.strip.annulus)[nodes])


def carried_annulus(annulus: Annulus, state: Equilibrium) -> Annulus:
    """The annulus with its points and landmarks moved as in `state`."""

    def carrier(strip: Strip) -> Carrier:
        points = np.vstack([annulus.loop.points, *annulus.landmarks.values()])
        nodes, weights = annulus_weights(strip, points)
        return points, strip.numbering[nodes], weights

    moved = _moved(annulus, state, carrier)
    n = len(annulus.loop)
    marks = dict(zip(annulus.landmarks, moved[n:], strict=True))
    return Annulus(Loop(moved[:n]), marks, annulus.landmark_sources)


def carried_sinus(sinus: CoronarySinus, state: Equilibrium) -> CoronarySinus:
    """The vein moved as in `state`; beyond the modelled stretch it follows the last node."""
    curve = sinus.curve

    def carrier(strip: Strip) -> Carrier:
        where = np.minimum(curve.arc_lengths / strip.vein_spacing, len(strip.vein) - 1.0)
        nodes, weights = lagrange_weights(where, len(strip.vein), False)
        return curve.points, strip.vein_numbers[nodes], weights

    return CoronarySinus(curve.with_points(_moved(curve, state, carrier)), (), sinus.ostium_source)


def carried_artery(artery: Artery, state: Equilibrium, index: int = 0) -> Artery:
    """Artery number `index` of the case moved as in `state`; outside its modelled stretch it follows the nearest end.

    One that is not near the vein stays.
    """
    part = state.strip.artery_slices[index]
    if part.stop - part.start < 4:
        return artery
    curve = artery.curve

    def carrier(strip: Strip) -> Carrier:
        nodes = Curve(strip.artery[part])
        s, _ = nodes.closest(curve.points)
        where = np.interp(s, nodes.arc_lengths, np.arange(len(nodes), dtype=np.float64))
        numbers = strip.numbering[len(strip.annulus) + len(strip.vein) :][part]
        among, weights = lagrange_weights(where, len(nodes), False)
        return curve.points, numbers[among], weights

    return Artery(artery.name, curve.with_points(_moved(curve, state, carrier)))


def _moved(carried: object, state: Equilibrium, carrier: Callable[[Strip], Carrier]) -> FloatArray:
    """Points of what is carried, moved as in `state`; where they hang on the nodes is found once for each strip."""
    strip = state.strip
    known = strip.carriers.get(carried)
    if known is None:
        # Threads that come here at once find the same, and all take what the first one put down.
        known = strip.carriers.setdefault(carried, carrier(strip))
    points, nodes, weights = known
    return carried_points(points, nodes, weights, strip.reference, state.positions)

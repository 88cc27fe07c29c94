"""A case's own curves, moved with the nodes of a solved state.

The nodes sample the curves anew; measuring the moved nodes would mix their sampling into the change. So the nodes'
displacement, not their position, is interpolated (four-point Lagrange in node number) at the curve's own points.
"""

from __future__ import annotations

import numpy as np

from annulus._typing import FloatArray, IntArray
from annulus.anatomy import Annulus, Artery, CoronarySinus
from annulus.geometry import Curve
from annulus.mechanics.network._equilibrium import Equilibrium
from annulus.mechanics.network._strip import Strip

__all__ = ["annulus_weights", "carried_annulus", "carried_artery", "carried_sinus"]


def annulus_weights(strip: Strip, points: FloatArray) -> tuple[IntArray, FloatArray]:
    """Annulus nodes and weights that carry points of the annulus, each shape (q, 4)."""
    where, _ = strip.annulus_loop.closest(points)
    return _lagrange(where, len(strip.annulus), closed=True)


def carried_annulus(annulus: Annulus, state: Equilibrium) -> Annulus:
    """The annulus with its points and landmarks moved as in `state`."""
    names = list(annulus.landmarks)
    landmarks = np.array([annulus.landmarks[name] for name in names])
    # Several states of one strip carry the same annulus.
    kept = state.strip.carriers
    if annulus not in kept:
        kept[annulus] = annulus_weights(state.strip, np.vstack([annulus.loop.points, landmarks]))
    nodes, weights = kept[annulus]
    shift = _applied(nodes, weights, state.annulus - state.strip.annulus)
    n = len(annulus.loop)
    loop = type(annulus.loop)(annulus.loop.points + shift[:n])
    return Annulus(loop, dict(zip(names, landmarks + shift[n:], strict=True)), annulus.landmark_sources)


def carried_sinus(sinus: CoronarySinus, state: Equilibrium) -> CoronarySinus:
    """The vein moved as in `state`; beyond the modelled stretch it follows the last node."""
    curve, strip = sinus.curve, state.strip
    where = np.minimum(curve.arc_lengths / strip.vein_spacing, len(strip.vein) - 1.0)
    shift = _applied(*_lagrange(where, len(strip.vein), closed=False), state.vein - strip.vein)
    return CoronarySinus(curve.with_points(curve.points + shift), (), sinus.ostium_source)


def carried_artery(artery: Artery, state: Equilibrium) -> Artery:
    """The modelled artery moved as in `state`; outside the modelled stretch it follows the nearest end."""
    strip = state.strip
    if len(strip.artery) < 4:
        return artery
    nodes = Curve(strip.artery)
    s, _ = nodes.closest(artery.curve.points)
    where = np.interp(s, nodes.arc_lengths, np.arange(len(nodes), dtype=np.float64))
    shift = _applied(*_lagrange(where, len(nodes), closed=False), state.artery - strip.artery)
    return Artery(artery.name, artery.curve.with_points(artery.curve.points + shift))


def _applied(nodes: IntArray, weights: FloatArray, values: FloatArray) -> FloatArray:
    return np.einsum("qk,qkc->qc", weights, values[nodes])


def _lagrange(where: FloatArray, n: int, *, closed: bool) -> tuple[IntArray, FloatArray]:
    """Four nodes and cubic weights at node numbers with fraction, each shape (q, 4)."""
    first = np.floor(where).astype(np.int64) - 1
    if not closed:
        first = np.minimum(np.maximum(first, 0), n - 4)
    t = where - first
    a, b, c = t - 1.0, t - 2.0, t - 3.0
    weights = np.empty((len(t), 4))
    weights[:, 0] = -a * b * c / 6.0
    weights[:, 1] = t * b * c / 2.0
    weights[:, 2] = -t * a * c / 2.0
    weights[:, 3] = t * a * b / 6.0
    return (first[:, None] + np.arange(4)) % n, weights

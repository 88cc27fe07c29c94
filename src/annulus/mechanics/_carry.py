"""A case's own curves, moved with the nodes of a solved state.

The nodes sample the curves anew; measuring the moved nodes would mix their sampling into the change. So the nodes'
displacement, not their position, is interpolated (four-point Lagrange in node number) at the curve's own points.
"""

from __future__ import annotations

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import Annulus, Artery, CoronarySinus
from annulus.geometry import Curve
from annulus.mechanics._solution import Equilibrium

__all__ = ["carried_annulus", "carried_artery", "carried_sinus"]


def carried_annulus(annulus: Annulus, state: Equilibrium) -> Annulus:
    """The annulus with its points and landmarks moved as in `state`."""
    nodes = state.strip.annulus_loop
    moved = state.annulus - state.strip.annulus
    names = list(annulus.landmarks)
    landmarks = np.array([annulus.landmarks[name] for name in names])
    where, _ = nodes.closest(np.vstack([annulus.loop.points, landmarks]))
    shift = _interpolated(moved, where, closed=True)
    n = len(annulus.loop)
    loop = type(annulus.loop)(annulus.loop.points + shift[:n])
    return Annulus(loop, dict(zip(names, landmarks + shift[n:], strict=True)), annulus.landmark_sources)


def carried_sinus(sinus: CoronarySinus, state: Equilibrium) -> CoronarySinus:
    """The vein moved as in `state`; beyond the modelled stretch it follows the last node."""
    curve = sinus.curve
    where = np.minimum(curve.arc_lengths / state.strip.vein_spacing, len(state.strip.vein) - 1.0)
    moved = curve.with_points(curve.points + _interpolated(state.vein - state.strip.vein, where, closed=False))
    return CoronarySinus(moved, (), sinus.ostium_source)


def carried_artery(artery: Artery, state: Equilibrium) -> Artery:
    """The modelled artery moved as in `state`; outside the modelled stretch it follows the nearest end."""
    strip = state.strip
    if len(strip.artery) < 4:
        return artery
    where, _ = Curve(strip.artery).closest(artery.curve.points)
    lengths = Curve(strip.artery).arc_lengths
    index = np.interp(where, lengths, np.arange(len(lengths), dtype=np.float64))
    shift = _interpolated(state.artery - strip.artery, index, closed=False)
    return Artery(artery.name, artery.curve.with_points(artery.curve.points + shift))


def _interpolated(values: FloatArray, where: FloatArray, *, closed: bool) -> FloatArray:
    """Cubic Lagrange interpolation of node values (n, 3) at node numbers with fraction, shape (q, 3)."""
    n = len(values)
    first = np.floor(where).astype(np.int64) - 1
    if not closed:
        first = np.clip(first, 0, n - 4)
    t = where - first
    weights = np.stack(
        [
            -(t - 1.0) * (t - 2.0) * (t - 3.0) / 6.0,
            t * (t - 2.0) * (t - 3.0) / 2.0,
            -t * (t - 1.0) * (t - 3.0) / 2.0,
            t * (t - 1.0) * (t - 2.0) / 6.0,
        ],
        axis=1,
    )
    return np.einsum("qk,qkc->qc", weights, values[(first[:, None] + np.arange(4)) % n])

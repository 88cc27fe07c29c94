"""Points carried along by nodes: four-point Lagrange interpolation of the nodes' displacement in node number."""

from __future__ import annotations

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray, IntArray

__all__ = ["carried_points", "lagrange_weights"]


@kernel
def lagrange_weights(where: FloatArray, n: int, closed: bool) -> tuple[IntArray, FloatArray]:
    """Four nodes and cubic weights at node numbers with fraction (q,) of a curve of n >= 4 nodes, each shape (q, 4)."""
    nodes = np.empty((where.shape[0], 4), dtype=np.int64)
    weights = np.empty((where.shape[0], 4))
    for q in range(where.shape[0]):
        first = int(np.floor(where[q])) - 1
        if not closed:
            first = min(max(first, 0), n - 4)
        t = where[q] - first
        a, b, c = t - 1.0, t - 2.0, t - 3.0
        weights[q, 0] = -a * b * c / 6.0
        weights[q, 1] = t * b * c / 2.0
        weights[q, 2] = -t * a * c / 2.0
        weights[q, 3] = t * a * b / 6.0
        for k in range(4):
            nodes[q, k] = (first + k) % n
    return nodes, weights


@kernel
def carried_points(
    points: FloatArray, nodes: IntArray, weights: FloatArray, start: FloatArray, end: FloatArray
) -> FloatArray:
    """Points (q, 3) moved as the nodes are from `start` to `end`, both (n, 3); nodes and weights (q, 4) [mm]."""
    moved = np.empty(points.shape)
    for q in range(points.shape[0]):
        for c in range(3):
            shift = 0.0
            for k in range(4):
                node = nodes[q, k]
                shift += weights[q, k] * (end[node, c] - start[node, c])
            moved[q, c] = points[q, c] + shift
    return moved

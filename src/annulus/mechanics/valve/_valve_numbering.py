"""Which unknowns of a valve are coupled, and the order in which their matrix is narrow."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array

from annulus._typing import FloatArray, IntArray
from annulus.geometry import unique_pairs
from annulus.kernels.shells import Shell

__all__ = ["all_pairs", "couplings", "narrow_order"]

_AVERAGES = 20
"""How often neighbours are averaged before the unknowns are numbered."""


def narrow_order(points: FloatArray, ends: IntArray) -> IntArray:
    """Numbering of the unknowns along the longest axis, neighbours averaged: its envelope is a narrow one."""
    n = len(points)
    along = points @ np.linalg.eigh(np.cov(points.T))[1][:, -1]
    graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(n, n)).tocsr()
    graph = graph + graph.T
    graph.data[:] = 1.0
    degree = np.maximum(graph.sum(axis=1), 1.0)
    for _ in range(_AVERAGES):
        along = 0.5 * along + 0.5 * (graph @ along) / degree
    return np.argsort(along, kind="stable")


def all_pairs(elements: IntArray) -> IntArray:
    """Every two vertices of each element (k, s), shape (p, 2)."""
    size = elements.shape[1]
    return np.concatenate([elements[:, [a, b]] for a in range(size) for b in range(a)])


def couplings(shell: Shell, edges: IntArray, chordae: IntArray) -> IntArray:
    """Pairs of vertices that share an entry of the tangent, shape (k, 2)."""
    inner = shell.edges
    across = np.where(inner[shell.sides, 2] == shell.triangles, inner[shell.sides, 3], inner[shell.sides, 2])
    patch = np.hstack([shell.triangles, np.where(shell.sides >= 0, across, shell.triangles)])
    pairs = unique_pairs(np.concatenate([all_pairs(patch), edges, all_pairs(chordae)]))
    return pairs[pairs[:, 0] != pairs[:, 1]]

"""Strips hung between two sheets: distances of points to triangles, and the graph whose paths are strips.

A rung joins a vertex i of one sheet with a vertex k of the other; a step moves one of the two along an edge and sweeps
a triangle. Rung (i, k) has number i m + k, with m vertices on the other sheet.
"""

from __future__ import annotations

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray, IntArray
from annulus.kernels.distances import triangle_distance

__all__ = ["nearest_distances", "rung_graph"]


@kernel
def nearest_distances(queries: FloatArray, corners: FloatArray) -> FloatArray:
    """Distance of each point (q, 3) to the nearest of the triangles (t, 3, 3), shape (q,) [mm]; inf without triangles.

    A triangle is looked at where the sphere around it is nearer than what was found.
    """
    t = corners.shape[0]
    middle, radius = np.empty((t, 3)), np.empty(t)
    for k in range(t):
        for d in range(3):
            middle[k, d] = (corners[k, 0, d] + corners[k, 1, d] + corners[k, 2, d]) / 3.0
        wide = 0.0
        for c in range(3):
            a, b, e = (
                corners[k, c, 0] - middle[k, 0],
                corners[k, c, 1] - middle[k, 1],
                corners[k, c, 2] - middle[k, 2],
            )
            wide = max(wide, a * a + b * b + e * e)
        radius[k] = np.sqrt(wide)
    found = np.empty(queries.shape[0])
    place, w = np.empty((4, 3)), np.empty(4)
    for q in range(queries.shape[0]):
        least = np.inf
        for d in range(3):
            place[0, d] = queries[q, d]
        for k in range(t):
            a, b, e = place[0, 0] - middle[k, 0], place[0, 1] - middle[k, 1], place[0, 2] - middle[k, 2]
            reach = least + radius[k]
            if a * a + b * b + e * e >= reach * reach:
                continue
            for c in range(3):
                for d in range(3):
                    place[1 + c, d] = corners[k, c, d]
            least = min(least, triangle_distance(place, 0, 1, 2, 3, w))
        found[q] = least
    return found


@kernel
def _swept(p: FloatArray, q: FloatArray, r: FloatArray) -> float:
    a0, a1, a2 = q[0] - p[0], q[1] - p[1], q[2] - p[2]
    b0, b1, b2 = r[0] - p[0], r[1] - p[1], r[2] - p[2]
    x, y, z = a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0
    return 0.5 * np.sqrt(x * x + y * y + z * z)


@kernel
def _apart(p: FloatArray, q: FloatArray) -> float:
    return np.sqrt((p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2 + (p[2] - q[2]) ** 2)


@kernel
def _step_cost(p: FloatArray, q: FloatArray, across: FloatArray, opening: float, tie: float) -> float:
    """Of one end of a rung moving from p to q, with the other at `across`."""
    rungs = _apart(p, across) + _apart(q, across) + 1e-3
    return opening * _swept(p, q, across) + tie * _apart(p, q) * rungs


@kernel
def rung_graph(
    first: FloatArray,
    second: FloatArray,
    first_starts: IntArray,
    first_ends: IntArray,
    second_starts: IntArray,
    second_ends: IntArray,
    opening: FloatArray,
    tie: float,
    starts: IntArray,
    ends: IntArray,
    cost: FloatArray,
) -> None:
    """Write the steps from every rung, by rows: `starts` (n m + 1,), the rungs' `ends` and `cost`, both (s,).

    A step costs the open part of the area that it sweeps [mm2], the larger of its two rungs' (`opening` (n, m)), and
    `tie` times its length times the rungs' lengths. Sheets are vertices (n, 3) and (m, 3) with the neighbours of vertex
    i in `first_ends` from `first_starts[i]` to the next.
    """
    n, m = first.shape[0], second.shape[0]
    step = 0
    for i in range(n):
        for k in range(m):
            starts[i * m + k] = step
            for e in range(first_starts[i], first_starts[i + 1]):
                j = first_ends[e]
                ends[step] = j * m + k
                cost[step] = _step_cost(first[i], first[j], second[k], max(opening[i, k], opening[j, k]), tie)
                step += 1
            for e in range(second_starts[k], second_starts[k + 1]):
                j = second_ends[e]
                ends[step] = i * m + j
                cost[step] = _step_cost(second[k], second[j], first[i], max(opening[i, k], opening[i, j]), tie)
                step += 1
    starts[n * m] = step

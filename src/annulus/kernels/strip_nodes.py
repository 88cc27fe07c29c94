"""Which stretch of the vein runs around the annulus, and the way from its axis to its inner wall."""

from __future__ import annotations

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray

__all__ = ["inner_walls", "modelled_stations"]

_WINDOW = 4
"""Steps over which an advance is taken [1]."""


@kernel
def modelled_stations(
    s: FloatArray, at: FloatArray, distance: FloatArray, lengths: FloatArray, reach: float, min_advance: float
) -> int:
    """Number of the first station beyond the stretch that runs around the annulus; as many as there are if all do.

    `s` (q,) are arc lengths of the stations [mm], `at` and `distance` (q,) their nearest places on the annulus (edge
    and fraction) and distances, `lengths` (n + 1,) the annulus nodes' arc lengths, the last one the whole. The vein
    leaves the annulus where it stays farther off than `reach` [mm], or where, once it has begun to, its place advances
    by less than `min_advance` of its own arc.
    """
    q, n = s.shape[0], lengths.shape[0] - 1
    whole = lengths[n]
    place = np.empty(q)
    turns = 0.0
    for i in range(q):
        edge = min(int(at[i]), n - 1)
        place[i] = (lengths[edge + 1] - lengths[edge]) * (at[i] - edge) + lengths[edge]
    before = place[0]
    for i in range(1, q):
        # The shorter way round from one station to the next.
        step = place[i] - before
        before = place[i]
        if step >= 0.5 * whole:
            turns -= whole
        elif step < -0.5 * whole:
            turns += whole
        place[i] += turns
    end = q
    begun = False
    first = -1
    for i in range(q - _WINDOW):
        enough = abs(place[i + _WINDOW] - place[i]) / (s[i + _WINDOW] - s[i]) >= min_advance
        if begun and not enough:
            end = i + 2
            break
        if first < 0 and not enough:
            first = i
        begun = begun or enough
    if not begun and first >= 0:
        end = first + 2
    while end > 0 and distance[end - 1] > reach:
        end -= 1
    return end


@kernel
def inner_walls(
    axis: FloatArray, places: FloatArray, annulus: FloatArray, radius: FloatArray
) -> tuple[FloatArray, float]:
    """Ways from the axis (n, 3) to the wall on the annulus' side [mm], (n, 3), and the shortest way across it [mm].

    `places` (n,) are the nearest ones on the closed polygon `annulus` (m, 3); the way is what leads there across the
    axis, `radius` (n,) long.
    """
    n, m = axis.shape[0], annulus.shape[0]
    walls = np.empty((n, 3))
    shortest = np.inf
    tangent, way = np.empty(3), np.empty(3)
    for i in range(n):
        before, after = max(i - 1, 0), min(i + 1, n - 1)
        where = places[i] % m
        edge = int(np.floor(where)) % m
        share = where - np.floor(where)
        square = 0.0
        for k in range(3):
            tangent[k] = (axis[after, k] - axis[before, k]) / (after - before)
            square += tangent[k] * tangent[k]
            way[k] = annulus[edge, k] * (1.0 - share) + annulus[(edge + 1) % m, k] * share - axis[i, k]
        size = np.sqrt(square)
        along = 0.0
        for k in range(3):
            tangent[k] /= size
            along += way[k] * tangent[k]
        square = 0.0
        for k in range(3):
            way[k] -= along * tangent[k]
            square += way[k] * way[k]
        size = np.sqrt(square)
        shortest = min(shortest, size)
        for k in range(3):
            walls[i, k] = way[k] / size * radius[i]
    return walls, shortest

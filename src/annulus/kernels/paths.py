"""The ribbon's path along the vein's inner wall: its stations, its cable, its bends, and where a given length ends.

Vein nodes are numbered from the ostium, equally spaced; the path runs straight between the wall points beside them. A
station is a node number with fraction.
"""

from __future__ import annotations

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray, IntArray
from annulus.kernels.cables import Cable
from annulus.kernels.network import Rods

__all__ = ["path_bends", "path_cable", "path_end", "path_points", "path_stations", "ribbon_path"]

_SAME_NODE = 1.0e-9
"""An end this near to a node, in edges, is at the node [1]."""


@kernel
def path_stations(distal: float, proximal: float, n_vein: int) -> FloatArray:
    """Stations from `distal` down to `proximal`, every node between them included, shape (k,)."""
    top = min(distal, float(n_vein - 1))
    bottom = max(proximal, 0.0)
    first = int(np.ceil(top - _SAME_NODE)) - 1
    n_inner = max(first - int(np.floor(bottom + _SAME_NODE)), 0)
    stations = np.empty(n_inner + 2)
    stations[0] = top
    for i in range(n_inner):
        stations[1 + i] = first - i
    stations[n_inner + 1] = bottom
    return stations


@kernel
def path_cable(stations: FloatArray, number: IntArray, wall: FloatArray, outside: FloatArray) -> Cable:
    """Cable through `stations` (k,), then to the points `outside` (0 or 1, 3) that are fixed in space.

    `number` (n,) are the vein nodes' numbers among all, `wall` (n, 3) leads from them to the inner wall [mm].
    """
    n, last = stations.shape[0] - 1, number.shape[0] - 2
    nodes = np.empty((n + outside.shape[0], 2), dtype=np.int64)
    weights = np.empty((n + outside.shape[0], 2))
    offset = np.empty((n + outside.shape[0], 3))
    for i in range(n):
        edge = min(max(int(np.ceil(stations[i] - 1e-12)) - 1, 0), last)
        share = stations[i] - stations[i + 1]
        nodes[i, 0], nodes[i, 1] = number[edge], number[edge + 1]
        weights[i, 0], weights[i, 1] = share, -share
        for k in range(3):
            offset[i, k] = share * (wall[edge, k] - wall[edge + 1, k])
    for i in range(n, n + outside.shape[0]):
        nodes[i, 0], nodes[i, 1] = number[0], number[0]
        weights[i, 0], weights[i, 1] = -1.0, 0.0
        for k in range(3):
            offset[i, k] = outside[i - n, k] - wall[0, k]
    return Cable(nodes, weights, offset)


@kernel
def path_points(stations: FloatArray, points: FloatArray) -> FloatArray:
    """Points of the path, `points` (n, 3) those beside the nodes [mm], shape (k, 3)."""
    out = np.empty((stations.shape[0], 3))
    for i in range(stations.shape[0]):
        node = min(int(stations[i]), points.shape[0] - 1)
        after = min(node + 1, points.shape[0] - 1)
        for k in range(3):
            out[i, k] = (points[after, k] - points[node, k]) * (stations[i] - node) + points[node, k]
    return out


@kernel
def path_bends(stations: FloatArray, number: IntArray, wall: FloatArray, vein: FloatArray, bending: float) -> Rods:
    """Bends at the inner stations of a naturally straight rod of stiffness `bending` [N mm2] that runs as `path_cable`.

    `vein` (n, 3) are the nodes at rest [mm], which give the length that belongs to each bend.
    """
    n = stations.shape[0] - 2
    points = path_points(stations, vein + wall)
    lengths = np.empty(n + 1)
    for i in range(n + 1):
        x, y, z = points[i + 1, 0] - points[i, 0], points[i + 1, 1] - points[i, 1], points[i + 1, 2] - points[i, 2]
        lengths[i] = np.sqrt(x * x + y * y + z * z)
    nodes = np.empty((n, 3), dtype=np.int64)
    fractions = np.empty((n, 2))
    offsets = np.empty((n, 2, 3))
    stiffness = np.empty(n)
    for i in range(n):
        node = int(stations[1 + i])
        nodes[i, 0], nodes[i, 1], nodes[i, 2] = number[node + 1], number[node], number[node - 1]
        fractions[i, 0] = stations[i] - stations[i + 1]
        fractions[i, 1] = stations[i + 1] - stations[i + 2]
        for k in range(3):
            offsets[i, 0, k] = fractions[i, 0] * (wall[node, k] - wall[node + 1, k])
            offsets[i, 1, k] = fractions[i, 1] * (wall[node - 1, k] - wall[node, k])
        stiffness[i] = bending / (0.5 * (lengths[i] + lengths[i + 1]))
    return Rods(nodes, fractions, offsets, np.zeros((n, 3)), stiffness)


@kernel
def ribbon_path(
    distal: float, proximal: float, number: IntArray, wall: FloatArray, vein: FloatArray, bending: float
) -> tuple[Cable, Rods]:
    """`path_cable` and `path_bends` between two stations at once."""
    stations = path_stations(distal, proximal, number.shape[0])
    return (
        path_cable(stations, number, wall, np.empty((0, 3))),
        path_bends(stations, number, wall, vein, bending),
    )


@kernel
def path_end(start: float, length: float, points: FloatArray, outwards: bool) -> tuple[float, float]:
    """Station where a path of `length` [mm] from station `start` ends, and what of it does not fit on the vein [mm].

    It runs along `points` (n, 3), towards the first of them, or `outwards` to the last.
    """
    last = points.shape[0] - 1
    at, left = min(max(start, 0.0), float(last)), length
    while at < last if outwards else at > 0.0:
        edge = min(int(np.floor(at)), last - 1) if outwards else max(int(np.ceil(at)) - 1, 0)
        end = edge + 1.0 if outwards else float(edge)
        x = points[edge + 1, 0] - points[edge, 0]
        y = points[edge + 1, 1] - points[edge, 1]
        z = points[edge + 1, 2] - points[edge, 2]
        size = np.sqrt(x * x + y * y + z * z)
        piece = abs(end - at) * size
        if piece >= left:
            station = min(at + left / size, end) if outwards else max(at - left / size, end)
            return station, 0.0
        left -= piece
        at = end
    return at, left

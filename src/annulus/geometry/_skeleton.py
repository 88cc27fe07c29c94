"""A first, rough skeleton of a tubular surface: centres of bands of equal distance from one end.

The surface is sampled into a voxel shell, distances run through the shell, and each connected piece of a distance
band gives one node. Voxels, not mesh edges, carry the distances, so cracks, separate walls and unwelded triangles
closer than a voxel do not matter; farther parts are bridged at their nearest voxels.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import KDTree

from annulus._typing import FloatArray, IntArray
from annulus.geometry._surface import Surface

__all__ = ["Skeleton", "surface_samples", "tube_skeleton"]

_CELLS_PER_RADIUS = 3.0
_SHORTEST_BRANCH = 2.5
"""A branch shorter than this many of its radii, counted from the trunk's axis, is no branch."""


@dataclass(frozen=True, eq=False)
class Skeleton:
    """Nodes of a tube's rough skeleton.

    Parameters
    ----------
    points
        Node positions [mm], shape (k, 3).
    radius
        Mean distance of the wall from its node [mm], shape (k,).
    links
        Symmetric matrix of node distances [mm] along the tube, shape (k, k).
    leaves
        Nodes at the ends of the tube and of its branches.
    tube_radius
        Area over 2 pi length [mm], which counts side branches and double walls too.
    """

    points: FloatArray
    radius: FloatArray
    links: csr_array
    leaves: IntArray
    tube_radius: float

    def path(self, first: int, last: int) -> IntArray:
        """Nodes of the shortest way between two nodes."""
        _, before = dijkstra(self.links, directed=False, indices=first, return_predecessors=True)
        nodes = [last]
        while nodes[-1] != first:
            nodes.append(int(before[nodes[-1]]))
        return np.array(nodes[::-1])

    def length(self, first: int, last: int) -> float:
        """Length of the way between two nodes [mm]."""
        return float(np.linalg.norm(np.diff(self.points[self.path(first, last)], axis=0), axis=1).sum())

    def worth(self, first: int, last: int) -> float:
        """Length of the way between two nodes [mm] weighted by sqrt(radius / mean radius): wide ways count more."""
        way = self.path(first, last)
        width = np.sqrt(self.radius[way] / self.radius.mean())
        steps = np.linalg.norm(np.diff(self.points[way], axis=0), axis=1)
        return float(np.sum(steps * 0.5 * (width[1:] + width[:-1])))


def tube_skeleton(surface: Surface, *, start: FloatArray | None = None) -> Skeleton:
    """Skeleton of a surface that looks like a tube, with or without branches.

    Distances run from the voxel nearest to `start` [mm], shape (3,), by default from the farthest tip.
    """
    radius = surface.area / (2.0 * np.pi * _rough_length(surface))
    cells, weight, links = _voxel_shell(surface, radius / _CELLS_PER_RADIUS)
    origin = _farthest(links, 0) if start is None else int(np.argmin(np.linalg.norm(cells - start, axis=1)))
    distance = dijkstra(links, directed=False, indices=origin)
    return _bands(cells, weight, links, distance, radius)


def _rough_length(surface: Surface) -> float:
    """Longest way along the extent: double sweep over a coarse shell of 1/60 of the diagonal."""
    diagonal = float(np.linalg.norm(np.ptp(surface.points, axis=0)))
    _, _, links = _voxel_shell(surface, diagonal / 60.0)
    return float(dijkstra(links, directed=False, indices=_farthest(links, 0)).max())


def _farthest(links: csr_array, node: int) -> int:
    return int(np.argmax(dijkstra(links, directed=False, indices=node)))


def surface_samples(surface: Surface, spacing: float) -> tuple[FloatArray, FloatArray]:
    """Points on the triangles at most `spacing` apart, and the area each stands for."""
    corners, areas = surface.corners, surface.areas
    longest = np.linalg.norm(corners - np.roll(corners, -1, axis=1), axis=2).max(axis=1)
    splits = np.clip(np.ceil(longest / spacing), 1, 200).astype(np.int64)
    points, weights = [], []
    for n in np.unique(splits):
        rows = splits == n
        i, j = np.meshgrid(np.arange(n), np.arange(n), indexing="ij")
        up = (i + j < n).ravel()
        down = (i + j < n - 1).ravel()
        u = np.concatenate([i.ravel()[up] + 1 / 3, i.ravel()[down] + 2 / 3]) / n
        v = np.concatenate([j.ravel()[up] + 1 / 3, j.ravel()[down] + 2 / 3]) / n
        shares = np.stack([1.0 - u - v, u, v], axis=1)
        points.append(np.einsum("sk,mkc->msc", shares, corners[rows]).reshape(-1, 3))
        weights.append(np.repeat(areas[rows] / n**2, n**2))
    return np.vstack(points), np.concatenate(weights)


def _voxel_shell(surface: Surface, cell: float) -> tuple[FloatArray, FloatArray, csr_array]:
    """Area centroids of the occupied voxels, their areas, and the distances between touching ones."""
    points, weights = surface_samples(surface, cell)
    index = np.floor((points - points.min(axis=0)) / cell).astype(np.int64) + 1
    size = index.max(axis=0) + 2
    keys, voxel = np.unique((index[:, 0] * size[1] + index[:, 1]) * size[2] + index[:, 2], return_inverse=True)
    voxel = np.ravel(voxel)
    area = np.bincount(voxel, weights).astype(np.float64)
    heavy = np.maximum(area, np.finfo(float).tiny)
    centres = np.stack([np.bincount(voxel, weights * points[:, k]) for k in range(3)], axis=1) / heavy[:, None]
    tails, heads = [], []
    for step in product((-1, 0, 1), repeat=3):
        if step <= (0, 0, 0):
            continue
        shift = (step[0] * size[1] + step[1]) * size[2] + step[2]
        found = np.minimum(np.searchsorted(keys, keys + shift), len(keys) - 1)
        touching = np.flatnonzero(keys[found] == keys + shift)
        tails.append(touching)
        heads.append(found[touching])
    return centres, area, _bridged(centres, np.concatenate(tails), np.concatenate(heads))


def _bridged(centres: FloatArray, tails: IntArray, heads: IntArray) -> csr_array:
    """Distances along links, parts that nothing links joined at their nearest voxels, the nearest parts first."""
    n = len(centres)
    while True:
        gaps = np.linalg.norm(centres[tails] - centres[heads], axis=1) + 1e-12
        links = csr_array(coo_array((gaps, (tails, heads)), shape=(n, n)))
        n_parts, part = connected_components(links, directed=False)
        if n_parts == 1:
            return csr_array(links + links.T)
        small = np.argmin(np.bincount(part))
        inside, outside = np.flatnonzero(part == small), np.flatnonzero(part != small)
        distance, nearest = KDTree(centres[outside]).query(centres[inside])
        best = int(np.argmin(distance))
        tails = np.append(tails, inside[best])
        heads = np.append(heads, outside[np.asarray(nearest)[best]])


def _bands(cells: FloatArray, weight: FloatArray, links: csr_array, distance: FloatArray, width: float) -> Skeleton:
    band = np.floor(distance / width).astype(np.int64)
    pairs = coo_array(links)
    same = band[pairs.row] == band[pairs.col]
    inner = coo_array((pairs.data[same], (pairs.row[same], pairs.col[same])), shape=links.shape)
    n, node = connected_components(inner, directed=False)
    total = np.bincount(node, weight, n)
    points = np.stack([np.bincount(node, weight * cells[:, k], n) for k in range(3)], axis=1) / total[:, None]
    radius = np.bincount(node, weight * np.linalg.norm(cells - points[node], axis=1), n) / total
    a, b = node[pairs.row[~same]], node[pairs.col[~same]]
    arcs = np.unique(np.stack([a, b], axis=1), axis=0)
    gaps = np.linalg.norm(points[arcs[:, 0]] - points[arcs[:, 1]], axis=1) + 1e-9
    graph = csr_array(coo_array((gaps, (arcs[:, 0], arcs[:, 1])), shape=(n, n)))
    level = np.zeros(n, dtype=np.int64)
    level[node] = band
    return Skeleton(points, np.maximum(radius, 0.1 * width), graph, _leaves(graph, level, radius), width)


def _leaves(graph: csr_array, level: IntArray, radius: FloatArray) -> IntArray:
    """The first node, the farthest one, and every other local maximum at the end of a long enough branch."""
    first = int(np.argmin(level))
    distance, before = dijkstra(graph, directed=False, indices=first, return_predecessors=True)
    highest = [max((level[k] for k in graph.indices[i:j]), default=-1) for i, j in pairwise(graph.indptr)]
    tips = [k for k in np.argsort(-distance, kind="stable") if highest[k] < level[k] and k != first]
    on_tree = np.zeros(len(level), dtype=bool)
    on_tree[first] = True
    leaves = [first]
    for tip in tips:
        way, k = [], int(tip)
        while not on_tree[k]:
            way.append(k)
            k = int(before[k])
        typical = float(np.median(radius[way])) if way else 0.0
        if len(leaves) == 1 or distance[tip] - distance[k] >= radius[k] + _SHORTEST_BRANCH * typical:
            on_tree[way] = True
            leaves.append(int(tip))
    return np.array(leaves)

"""Mending and sorting of raw triangle surfaces: weld, neighbours, boundary, components, fragments."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import KDTree

from annulus._typing import ArrayLike, FloatArray, IntArray
from annulus.errors import InputError
from annulus.geometry._surface import Surface

__all__ = [
    "boundary_edges",
    "directed_edges",
    "edge_distances",
    "median_edge_length",
    "surface_components",
    "triangle_neighbours",
    "vertex_areas",
    "welded",
    "without_fragments",
]

_WELD_SHARE = 1e-3
"""Vertices closer than this share of the median edge are one vertex."""


def welded(surface: Surface, *, tolerance: float | None = None) -> Surface:
    """Surface with vertices merged that lie within `tolerance`, and without degenerate or repeated triangles.

    Parameters
    ----------
    surface
        Any triangles, an unconnected soup among them.
    tolerance
        Largest distance of merged vertices [mm]; None for 1/1000 of the median edge length.

    Raises
    ------
    InputError
        No triangle with an area is left.
    """
    points, inverse = np.unique(surface.points, axis=0, return_inverse=True)
    triangles = np.ravel(inverse)[surface.triangles]
    reach = _WELD_SHARE * median_edge_length(surface) if tolerance is None else tolerance
    pairs = KDTree(points).query_pairs(reach, output_type="ndarray") if reach > 0.0 else np.empty((0, 2), np.int64)
    if len(pairs):
        links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(points), len(points)))
        n_groups, group = connected_components(links, directed=False)
        size = np.bincount(group, minlength=n_groups)
        points = np.stack([np.bincount(group, points[:, k], n_groups) / size for k in range(3)], axis=1)
        triangles = group[triangles]
    a, b, c = triangles.T
    triangles = triangles[(a != b) & (b != c) & (c != a)]
    _, first = np.unique(np.sort(triangles, axis=1), axis=0, return_index=True)
    triangles = triangles[np.sort(first)]
    if len(triangles) == 0:
        raise InputError("surface must have triangles with an area; none is left after welding: check the file's unit.")
    return _compact(points, triangles)


def median_edge_length(surface: Surface) -> float:
    """Median length of the triangles' sides [mm]."""
    if len(surface.triangles) == 0:
        raise InputError("surface must have triangles; got none: a point cloud has no surface.")
    corners = surface.corners
    return float(np.median(np.linalg.norm(corners - np.roll(corners, -1, axis=1), axis=2)))


def triangle_neighbours(triangles: IntArray) -> IntArray:
    """Triangle across each edge (corner k to k + 1), shape (m, 3); -1 at edges that not exactly two triangles share."""
    tails = triangles.ravel()
    heads = np.roll(triangles, -1, axis=1).ravel()
    key = np.minimum(tails, heads) * (int(triangles.max()) + 1) + np.maximum(tails, heads)
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    first = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    count = np.diff(np.append(first, len(ordered)))
    pair = first[count == 2]
    neighbours = np.full(len(key), -1, dtype=np.int64)
    neighbours[order[pair]] = order[pair + 1] // 3
    neighbours[order[pair + 1]] = order[pair] // 3
    return neighbours.reshape(-1, 3)


def directed_edges(triangles: IntArray) -> IntArray:
    """The three edges of every triangle in its direction, shape (3 m, 2): all first ones, all second, all third."""
    return np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])


def unique_pairs(pairs: IntArray) -> IntArray:
    """Each pair of numbers (k, 2) once, the lower one first, sorted: shape (u, 2)."""
    # As one number each: numpy finds single numbers again far faster than rows.
    size = int(pairs.max(initial=0)) + 1
    low, high = pairs.min(axis=1), pairs.max(axis=1)
    return np.column_stack(np.divmod(np.unique(low * size + high), size))


def edge_distances(points: FloatArray, triangles: IntArray, sources: IntArray) -> FloatArray:
    """Distance of each vertex along edges from the nearest source vertex [mm], infinite off the mesh, shape (n,)."""
    edges = unique_pairs(directed_edges(triangles))
    length = np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1)
    graph = coo_array((length, (edges[:, 0], edges[:, 1])), shape=(len(points), len(points))).tocsr()
    return np.asarray(dijkstra(graph, directed=False, indices=sources, min_only=True), dtype=np.float64)


def vertex_areas(points: FloatArray, triangles: IntArray, weights: ArrayLike = 1.0) -> FloatArray:
    """A third of the area of the triangles around each vertex [mm2], times the triangles' weights (m,), shape (n,)."""
    first, second = (points[triangles[:, k]] - points[triangles[:, 0]] for k in (1, 2))
    third = weights * np.linalg.norm(np.cross(first, second), axis=1) / 6.0
    return np.bincount(triangles.ravel(), np.repeat(third, 3), len(points)).astype(np.float64)


def boundary_edges(triangles: IntArray) -> IntArray:
    """Vertex pairs of edges that belong to one triangle only, in that triangle's direction, shape (e, 2)."""
    tails = triangles.ravel()
    heads = np.roll(triangles, -1, axis=1).ravel()
    key = np.minimum(tails, heads) * (int(triangles.max()) + 1) + np.maximum(tails, heads)
    _, index, count = np.unique(key, return_index=True, return_counts=True)
    lone = index[count == 1]
    return np.stack([tails[lone], heads[lone]], axis=1)


def surface_components(surface: Surface) -> list[Surface]:
    """Parts that share no vertex, the largest area first."""
    tri = surface.triangles
    n = len(surface.points)
    links = coo_array((np.ones(2 * len(tri)), (np.repeat(tri[:, 0], 2), tri[:, 1:].ravel())), shape=(n, n))
    _, label = connected_components(links, directed=False)
    part_of_triangle = label[tri[:, 0]]
    order = np.argsort(part_of_triangle, kind="stable")
    firsts = np.flatnonzero(np.diff(part_of_triangle[order])) + 1
    parts = [_compact(surface.points, tri[rows]) for rows in np.split(order, firsts)]
    return sorted(parts, key=lambda part: -part.area)


def without_fragments(surface: Surface, *, share: float = 0.02) -> tuple[Surface, tuple[float, ...]]:
    """Surface without the components whose area is below `share` of the largest one's, and the areas dropped [mm2]."""
    parts = surface_components(surface)
    kept = [part for part in parts if part.area >= share * parts[0].area]
    dropped = tuple(part.area for part in parts[len(kept) :])
    return (surface if not dropped else merged(kept)), dropped


def merged(surfaces: list[Surface]) -> Surface:
    """All triangles in one surface; nothing is welded."""
    offsets = np.cumsum([0] + [len(part.points) for part in surfaces[:-1]])
    return Surface(
        np.vstack([part.points for part in surfaces]),
        np.vstack([part.triangles + offset for part, offset in zip(surfaces, offsets, strict=True)]),
    )


def _compact(points: FloatArray, triangles: IntArray) -> Surface:
    used, inverse = np.unique(triangles, return_inverse=True)
    return Surface(points[used], np.reshape(inverse, triangles.shape))

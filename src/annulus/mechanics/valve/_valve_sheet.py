"""A valve as arrays for the kernels: rest shapes, edges between triangles, chordae, areas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annulus._typing import FloatArray, IntArray
from annulus.anatomy.valve import ANTERIOR, POSTERIOR, Valve, grid_vertices
from annulus.geometry import directed_edges, edge_distances, unique_pairs
from annulus.kernels.edges import edge_bends
from annulus.kernels.sheets import Sheet
from annulus.kernels.shells import Shell
from annulus.mechanics.valve._leaflet_material import LeafletMaterial

__all__ = ["ValveSheet", "valve_sheet"]


@dataclass(frozen=True, slots=True)
class ValveSheet:
    """Arrays of a valve's sheets; the papillary tips are the last vertices.

    Parameters
    ----------
    valve
        The valve.
    sheet
        For the kernels; its `number` is written by the solver.
    rest
        Vertices of the stress-free shape and tips [mm], shape (n + p, 3).
    edges
        Every edge once, shape (e, 2).
    area, thickness
        Rest area [mm2] and mean thickness [mm] around each vertex, shape (n + p,); 0 for tips.
    fixed
        1 where a vertex cannot move, shape (n + p,).
    columns
        Vertices from hinge to free edge, shape (k, r); without rows where the mesh has no such columns.
    side
        +1 at vertices of the anterior leaflet, -1 at the posterior one's, 0 at those of both and tips, shape (n + p,).
    """

    valve: Valve
    sheet: Sheet
    rest: FloatArray
    edges: IntArray
    area: FloatArray
    thickness: FloatArray
    fixed: IntArray
    columns: IntArray
    side: IntArray


def valve_sheet(valve: Valve, material: LeafletMaterial, ties: IntArray | None = None) -> ValveSheet:
    """Arrays of a valve; `ties` (k, 2) are pairs of vertices to be pulled together, behind the chordae and slack."""
    points, triangles = valve.surface.points, valve.surface.triangles
    n = len(points)
    rest = np.vstack([points, valve.tips])
    inverse, area = _rest_shapes(points, triangles)
    thickness = valve.thickness_mm
    inner, sides = _inner_edges(triangles)
    bend = np.empty(len(inner))
    edge_bends(inner, points, bend, np.empty((0, 4, 3)))
    # Two layers with a plate's second moment.
    lever = np.sqrt(material.bending_factor / 12.0) * thickness
    fibres = _fibres(valve, inverse)
    shell = Shell(triangles, inverse, area * thickness, fibres, 2.0 * area, lever, sides, inner, bend)
    no_tips = np.zeros(len(valve.tips))
    around, thick = np.append(valve.areas, no_tips), np.append(valve.thickness, no_tips)
    fixed = (around == 0.0).astype(np.int64)
    fixed[valve.hinge] = 1
    chordae = valve.chordae
    ties = np.empty((0, 2), dtype=np.int64) if ties is None else ties
    sheet = Sheet(
        shell,
        np.concatenate([np.column_stack([chordae.corners, chordae.tip + n]), ties[:, [0, 0, 0, 1]]]),
        np.concatenate([np.column_stack([chordae.weights, -np.ones(len(chordae))]), np.tile(_APART, (len(ties), 1))]),
        np.concatenate([chordae.stiffness_n_per_mm, np.full(len(ties), _TIE)]),
        np.concatenate([chordae.length_mm, np.full(len(ties), np.inf)]),
        np.full(len(rest), -1, dtype=np.int64),
    )
    edges = unique_pairs(directed_edges(triangles))
    return ValveSheet(valve, sheet, rest, edges, around, thick, fixed, _columns(valve), _sides(valve))


def _columns(valve: Valve) -> IntArray:
    k, n = len(valve.hinge), len(valve.surface.points)
    columns = grid_vertices(k, n // k - 1)
    return columns if n % k == 0 and np.array_equal(valve.hinge, columns[:, 0]) else columns[:, :0]


def _sides(valve: Valve) -> IntArray:
    side = np.zeros(len(valve.surface.points) + len(valve.tips), dtype=np.int64)
    for leaflet, sign in ((ANTERIOR, 1), (POSTERIOR, -1)):
        side[np.unique(valve.surface.triangles[valve.leaflet == leaflet])] += sign
    return side


_TIE = 5.0
"""Stiffness of what holds two vertices together in a clip [N/mm]: a newton opens it by 0.2 mm."""


_APART = (1.0, 0.0, 0.0, -1.0)
"""Weights of two vertices that are tied, in the order of a chorda's three corners and tip [1]."""


def _rest_shapes(points: FloatArray, triangles: IntArray) -> tuple[FloatArray, FloatArray]:
    """Inverse of each triangle's edges in its plane (m, 2, 2), and area (m,)."""
    first = points[triangles[:, 1]] - points[triangles[:, 0]]
    second = points[triangles[:, 2]] - points[triangles[:, 0]]
    length = np.linalg.norm(first, axis=1)
    along = first / length[:, None]
    normal = np.cross(first, second)
    area = 0.5 * np.linalg.norm(normal, axis=1)
    across = np.cross(normal / (2.0 * area)[:, None], along)
    edges = np.zeros((len(triangles), 2, 2))
    edges[:, 0, 0] = length
    edges[:, 0, 1] = np.einsum("td,td->t", second, along)
    edges[:, 1, 1] = np.einsum("td,td->t", second, across)
    return np.asarray(np.linalg.inv(edges), dtype=np.float64), area


def _inner_edges(triangles: IntArray) -> tuple[IntArray, IntArray]:
    """Edges between two triangles, ends and vertices opposite (e, 4); edge opposite each corner or -1, (m, 3)."""
    m, n = len(triangles), int(triangles.max()) + 1
    directed = directed_edges(triangles)
    far = triangles[:, [2, 0, 1]].T.ravel()
    own = np.tile(np.arange(m), 3)
    corner = np.repeat([2, 0, 1], m)
    key, back = directed @ [n, 1], directed @ [1, n]
    order = np.argsort(key)
    other = order[np.minimum(np.searchsorted(key[order], back), len(key) - 1)]
    inner = np.flatnonzero((key[other] == back) & (directed[:, 0] < directed[:, 1]))
    other = other[inner]
    sides = np.full((m, 3), -1)
    for ends in (inner, other):
        sides[own[ends], corner[ends]] = np.arange(len(inner))
    return np.column_stack([directed[inner], far[inner], far[other]]), sides


def _fibres(valve: Valve, inverse: FloatArray) -> FloatArray:
    """Direction around the valve in each triangle's plane, shape (m, 2): across the distance from the hinge."""
    triangles = valve.surface.triangles
    height = edge_distances(valve.surface.points, triangles, valve.hinge)
    height = np.where(np.isfinite(height), height, 0.0)
    rise = height[triangles[:, 1:]] - height[triangles[:, :1]]
    slope = np.einsum("ta,tab->tb", rise, inverse)
    size = np.linalg.norm(slope, axis=1, keepdims=True)
    slope = np.where(size > 1e-9, slope / np.where(size > 1e-9, size, 1.0), [0.0, 1.0])
    return np.ascontiguousarray(np.column_stack([slope[:, 1], -slope[:, 0]]))

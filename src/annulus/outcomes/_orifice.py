"""Anatomic orifice: the strip of least area hung between the leaflets from commissure to commissure.

Whatever flows through the valve crosses every surface that spans it between the two leaflets; the one of least area is
the orifice (least cut). Surfaces taken here are triangulated strips between a path of vertices on the anterior and one
on the posterior leaflet. A strip is a walk through pairs (a, p): each step moves one of the two to a neighbour on its
leaflet and adds the triangle that it sweeps; the least strip is therefore a shortest path. Of a strip between
mid-surfaces that lie D apart the sheets, h thick, take h / D, and the rest, between the faces, counts; where they touch
it is closed and costs nothing. Where a leaflet lies folded on itself, face to face, as beside the commissures, nothing
flows inside the fold: the strip may go across its mouth. Exact for a plane hole or slit bounded by mesh edges, however
it is tilted; otherwise an upper bound, for the strip has vertices on the mesh only and none inside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import KDTree

from annulus._typing import ArrayLike, FloatArray, IntArray
from annulus.anatomy.valve import ANTERIOR, POSTERIOR, Valve
from annulus.errors import InputError
from annulus.geometry import directed_edges, unique_pairs
from annulus.kernels.ladders import rung_graph
from annulus.mechanics.valve import Jet
from annulus.outcomes._sheets import deformed_points, sheet_distance

__all__ = ["Orifice", "anatomic_orifice"]

# Among strips of equal area take the one with the shortest rungs.
_TIE = 1e-7


@dataclass(frozen=True, eq=False)
class Orifice:
    """All holes of a deformed valve.

    Parameters
    ----------
    jets
        Holes from the anterolateral to the posteromedial commissure.
    rungs
        Vertex pairs (anterior, posterior) of the strip, shape (r, 2).
    opening
        Part of each rung that lies between the faces [1], shape (r,).
    """

    jets: tuple[Jet, ...]
    rungs: IntArray
    opening: FloatArray

    @property
    def area_mm2(self) -> float:
        """Anatomic orifice area ROA [mm2]."""
        return sum((jet.area_mm2 for jet in self.jets), 0.0)

    @property
    def vena_contracta_width_mm(self) -> float:
        """Width of the widest hole [mm]; the jet's own contraction across a slit is not taken off."""
        return max((jet.width_mm for jet in self.jets), default=0.0)


def anatomic_orifice(
    valve: Valve,
    points: ArrayLike,
    *,
    thickness_mm: ArrayLike | None = None,
    min_jet_mm2: float = 1.0,
) -> Orifice:
    """Orifice of a deformed valve, closed or open.

    Parameters
    ----------
    valve
        The valve; its leaflets share vertices at two commissures.
    points
        Deformed vertices [mm], shape (n, 3).
    thickness_mm
        Thickness of the sheet around each vertex [mm], shape (n,) or one number, 0 for mid-surfaces; None for
        `Valve.stretched_thickness`.
    min_jet_mm2
        Holes below this are not counted [mm2]; meshes leave such slivers at the ends of contact.

    Raises
    ------
    InputError
        Points that do not fit, leaflets that do not meet at two commissures.
    """
    points = deformed_points(valve, points)
    own = valve.stretched_thickness(points) if thickness_mm is None else np.asarray(thickness_mm, dtype=np.float64)
    thickness = np.broadcast_to(own, len(points))
    if not (thickness >= 0.0).all():
        raise InputError(f"thickness_mm must be >= 0; got {thickness.min():g}.")
    rungs, opening, gap = _least_strip(valve, points, thickness)
    x = valve.frame.to_local(points)[:, 0]
    ends = np.sort([x[rungs[0, 0]], x[rungs[-1, 0]]])
    runs = _open_runs(opening)
    jets = [
        jet
        for run in runs
        if (jet := _jet(rungs[run], opening[run], gap[run], points, valve, ends)).area_mm2 > min_jet_mm2
    ]
    return Orifice(tuple(sorted(jets, key=lambda jet: jet.place)), rungs, opening)


def _neighbours(
    valve: Valve, leaflet: int, points: FloatArray, thickness: FloatArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Vertices of a leaflet, and its edges and folds both ways as places among them: ends, from each vertex's start."""
    vertices, local = np.unique(valve.surface.triangles[valve.leaflet == leaflet], return_inverse=True)
    pairs = unique_pairs(directed_edges(local.reshape(-1, 3)))
    folds = _folds(valve.surface.points[vertices], points[vertices], thickness[vertices], pairs)
    pairs = np.concatenate([pairs, folds])
    i, j = np.concatenate([pairs, pairs[:, ::-1]]).T
    order = np.argsort(i, kind="stable")
    return vertices, np.searchsorted(i[order], np.arange(len(vertices) + 1)), j[order]


_FOLDED, _UNFOLDED = 0.25, 2.5
"""Vertices of one leaflet touch where their faces are nearer than this, and were farther apart than that in the
stress-free shape, both over the mean edge [1]."""


def _folds(rest: FloatArray, points: FloatArray, thickness: FloatArray, edges: IntArray) -> IntArray:
    """Pairs of vertices at which a leaflet touches itself, shape (f, 2)."""
    edge = float(np.linalg.norm(np.diff(rest[edges], axis=1), axis=-1).mean())
    pairs = KDTree(points).query_pairs(float(thickness.max()) + _FOLDED * edge, output_type="ndarray")
    i, j = pairs.T
    apart, before = (np.linalg.norm(place[i] - place[j], axis=1) for place in (points, rest))
    touch = apart - 0.5 * (thickness[i] + thickness[j]) < _FOLDED * edge
    return pairs[touch & (before > _UNFOLDED * edge)].astype(np.int64)


def _least_strip(valve: Valve, points: FloatArray, thickness: FloatArray) -> tuple[IntArray, FloatArray, FloatArray]:
    """Rungs of the least strip, shape (r, 2), the part of each that is open, and its gap between faces [mm], (r,)."""
    front, front_starts, front_ends = _neighbours(valve, ANTERIOR, points, thickness)
    back, back_starts, back_ends = _neighbours(valve, POSTERIOR, points, thickness)
    n, m = len(front), len(back)
    a, p = np.ascontiguousarray(points[front]), np.ascontiguousarray(points[back])
    apart = np.linalg.norm(a[:, None] - p[None], axis=2)
    distance = sheet_distance(valve, points)
    # A vertex that touches may face the middle of an edge: its pair may be farther than the sheets by half an edge.
    beside = _mean_edge(a, front_starts, front_ends) / 2.0 + _mean_edge(p, back_starts, back_ends) / 2.0
    across = np.maximum(distance[front][:, None], distance[back])
    across = np.maximum(across, np.sqrt(np.maximum(apart**2 - beside**2, 0.0)))
    gap = np.maximum(across - 0.5 * (thickness[front][:, None] + thickness[back]), 0.0)
    opening = gap / np.where(across > 0.0, across, 1.0)
    steps = len(front_ends) * m + len(back_ends) * n
    starts, ends, cost = np.empty(n * m + 1, dtype=np.int64), np.empty(steps, dtype=np.int64), np.empty(steps)
    edges = front_starts, front_ends, back_starts, back_ends
    rung_graph(a, p, *edges, opening, _TIE, starts, ends, cost)
    graph = csr_array((cost, ends, starts), shape=(n * m, n * m))
    sources, targets = _commissures(valve)
    states = [np.searchsorted(front, end) * m + np.searchsorted(back, end) for end in (sources, targets)]
    length, before, _ = dijkstra(graph, indices=states[0], min_only=True, return_predecessors=True)
    state = int(states[1][np.argmin(length[states[1]])])
    walk = [state]
    while (state := int(before[state])) >= 0:
        walk.append(state)
    i, k = np.divmod(np.array(walk[::-1]), m)
    return np.column_stack([front[i], back[k]]), opening[i, k], gap[i, k]


def _mean_edge(points: FloatArray, starts: IntArray, ends: IntArray) -> float:
    return float(np.linalg.norm(np.repeat(points, np.diff(starts), axis=0) - points[ends], axis=1).mean())


def _commissures(valve: Valve) -> tuple[IntArray, IntArray]:
    """Vertices of both leaflets at the anterolateral and at the posteromedial commissure."""
    x = valve.frame.to_local(valve.surface.points)[valve.shared, 0]
    ends = valve.shared[x < 0.0], valve.shared[x >= 0.0]
    if not (len(ends[0]) and len(ends[1])):
        raise InputError("an orifice needs leaflets that share vertices at two commissures: weld them there.")
    return ends


def _open_runs(opening: FloatArray) -> list[slice]:
    """Stretches of rungs between closed steps, each of at least two rungs."""
    closed = (opening[:-1] == 0.0) & (opening[1:] == 0.0)
    bounds = np.flatnonzero(np.diff(np.concatenate([[True], closed, [True]]).astype(np.int8)))
    return [slice(first, last + 1) for first, last in zip(bounds[::2], bounds[1::2], strict=True)]


def _jet(
    run: IntArray, opening: FloatArray, gap: FloatArray, points: FloatArray, valve: Valve, ends: FloatArray
) -> Jet:
    a, p = points[run[:, 0]], points[run[:, 1]]
    # Of the two triangles of a step between rungs one has no area, as one of its ends stays.
    area = 0.5 * np.linalg.norm(np.cross(a[1:] - a[:-1], p[:-1] - a[:-1]), axis=1)
    area += 0.5 * np.linalg.norm(np.cross(p[1:] - p[:-1], a[1:] - p[:-1]), axis=1)
    area *= np.maximum(opening[1:], opening[:-1])
    middle = np.where((run[1:, :1] != run[:-1, :1]), (a[:-1] + a[1:] + p[:-1]) / 3.0, (p[:-1] + p[1:] + a[:-1]) / 3.0)
    total = float(area.sum())
    centre = area @ middle / total if total > 0.0 else a.mean(axis=0)
    x = float(valve.frame.to_local(centre[None])[0, 0])
    place = float(np.clip((x - ends[0]) / (ends[1] - ends[0]), 0.0, 1.0)) if ends[1] > ends[0] else 0.5
    section = ("A1-P1", "A2-P2", "A3-P3")[min(int(3.0 * place), 2)]
    # A diagonal is no width: of each vertex' rungs the shortest counts.
    width = max(float(gap[run[:, side] == vertex].min()) for side in (0, 1) for vertex in np.unique(run[:, side]))
    return Jet(total, width, (float(centre[0]), float(centre[1]), float(centre[2])), place, section)

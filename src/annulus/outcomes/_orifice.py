"""Anatomic orifice: the strip of least area hung between the leaflets from commissure to commissure.

Whatever flows through the valve crosses every surface that spans it between the two leaflets; the one of least area is
the orifice (least cut). Surfaces taken here are triangulated strips between a path of vertices on the anterior and one
on the posterior leaflet. A strip is a walk through pairs (a, p): each step moves one of the two to a neighbour on its
leaflet and adds the triangle that it sweeps; the least strip is therefore a shortest path. Where both pairs of a step
touch, it is closed and costs nothing. Between faces, of a strip between mid-surfaces that lie D apart the sheets, h
thick, take h / D, and the rest counts. Exact for a plane hole or slit bounded by mesh edges, however it is tilted;
otherwise an upper bound, for the strip has vertices on the mesh only and none inside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from annulus._typing import ArrayLike, FloatArray, IntArray
from annulus.anatomy.valve import ANTERIOR, POSTERIOR, Valve
from annulus.errors import InputError
from annulus.geometry import directed_edges, unique_pairs
from annulus.kernels.ladders import rung_graph
from annulus.mechanics.valve import Jet
from annulus.outcomes._sheets import contact_distance_mm, deformed_points, sheet_distance

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
    contact_mm
        Distance of mid-surfaces under which leaflets were taken to touch [mm]; between faces it is not looked at.
    """

    jets: tuple[Jet, ...]
    rungs: IntArray
    contact_mm: float

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
    contact_mm: float | None = None,
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
    contact_mm
        Leaflets touch where a vertex is nearer to the other sheet [mm]; mean thickness + 0.5 unless given. Not looked
        at between faces.
    thickness_mm
        Thickness of the sheet around each vertex [mm], shape (n,) or one number, such as
        `Valve.stretched_thickness`: the orifice is measured between the faces. None for that between mid-surfaces
        which do not touch.
    min_jet_mm2
        Holes below this are not counted [mm2]; meshes leave such slivers at the ends of contact.

    Raises
    ------
    InputError
        Points that do not fit, leaflets that do not meet at two commissures.
    """
    points = deformed_points(valve, points)
    contact = contact_distance_mm(valve) if contact_mm is None else contact_mm
    if not contact >= 0.0:
        raise InputError(f"contact_mm must be >= 0; got {contact}.")
    thickness = None
    if thickness_mm is not None:
        thickness = np.broadcast_to(np.asarray(thickness_mm, dtype=np.float64), len(points))
        if not (thickness >= 0.0).all():
            raise InputError(f"thickness_mm must be >= 0; got {thickness.min():g}.")
    rungs, opening, gap = _least_strip(valve, points, contact, thickness)
    x = valve.frame.to_local(points)[:, 0]
    ends = np.sort([x[rungs[0, 0]], x[rungs[-1, 0]]])
    runs = _open_runs(opening)
    jets = [
        jet
        for run in runs
        if (jet := _jet(rungs[run], opening[run], gap[run], points, valve, ends)).area_mm2 > min_jet_mm2
    ]
    return Orifice(tuple(sorted(jets, key=lambda jet: jet.place)), rungs, contact)


def _neighbours(valve: Valve, leaflet: int) -> tuple[IntArray, IntArray, IntArray]:
    """Vertices of a leaflet, and its edges both ways as places among them: ends, from each vertex's start on."""
    vertices, local = np.unique(valve.surface.triangles[valve.leaflet == leaflet], return_inverse=True)
    pairs = unique_pairs(directed_edges(local.reshape(-1, 3)))
    i, j = np.concatenate([pairs, pairs[:, ::-1]]).T
    order = np.argsort(i, kind="stable")
    return vertices, np.searchsorted(i[order], np.arange(len(vertices) + 1)), j[order]


def _least_strip(
    valve: Valve, points: FloatArray, contact: float, thickness: FloatArray | None
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Rungs of the least strip, shape (r, 2), the part of each that is open, and its gap between faces [mm], (r,)."""
    front, front_starts, front_ends = _neighbours(valve, ANTERIOR)
    back, back_starts, back_ends = _neighbours(valve, POSTERIOR)
    n, m = len(front), len(back)
    a, p = np.ascontiguousarray(points[front]), np.ascontiguousarray(points[back])
    apart = np.linalg.norm(a[:, None] - p[None], axis=2)
    distance = sheet_distance(valve, points)
    # A vertex that touches may face the middle of an edge: its pair may be farther than the sheets by half an edge.
    beside = _mean_edge(a, front_starts, front_ends) / 2.0 + _mean_edge(p, back_starts, back_ends) / 2.0
    if thickness is None:
        touching = (distance[front] <= contact)[:, None] & (distance[back] <= contact)[None]
        gap = apart
        opening = 1.0 - (touching & (apart <= contact + beside))
    else:
        across = np.maximum(np.maximum(distance[front][:, None], distance[back]), apart - beside)
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

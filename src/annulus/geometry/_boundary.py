"""Annulus from the open boundary of leaflets or of a valve: the edge on the atrial side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import median_filter
from scipy.spatial import KDTree

from annulus._arrays import vector_array
from annulus._typing import ArrayLike, FloatArray, IntArray
from annulus.errors import InputError
from annulus.geometry._frame import Frame
from annulus.geometry._loop import Loop
from annulus.geometry._own_frame import in_frame, own_frame, principal_frame
from annulus.geometry._polar import ExtractedLoop, loop_from_bins, polar, spaced_loop
from annulus.geometry._surface import Surface
from annulus.geometry._welding import boundary_edges, welded, without_fragments

__all__ = ["annulus_from_boundary"]

_N_BINS = 120
_ROUNDS = 30
_STRAY = 0.15
"""An edge farther from its neighbours along the annulus than this share of the radius is another edge."""
_NEAR = 0.06
"""Edges within this share of the radius of the loop are averaged into it."""


def annulus_from_boundary(
    surfaces: Sequence[Surface],
    *,
    atrial_side: ArrayLike,
    n_points: int | None = None,
    largest_gap: float = 0.1,
) -> ExtractedLoop:
    """Annulus along the open edges of leaflets or of a valve.

    Boundary loops that run right round the valve are taken as they are: the one on the atrial side, averaged with
    those beside it (the inner and the outer sheet of a thick valve). Where none does (leaflets drawn one by one,
    torn, with the outlines of chordae), the edges that lie highest towards the atrium and farthest out in each
    direction are joined, gaps at the commissures bridged. A single leaflet cannot be told from a valve, since its
    edge is a closed loop too: give all leaflets.

    Parameters
    ----------
    surfaces
        All leaflets, or the valve, in any number of surfaces.
    atrial_side
        A point on the atrial side, such as the left atrium's centroid [mm], shape (3,).
    n_points
        Points of the loop; None for 120, about one each millimetre.
    largest_gap
        Longest gap that is bridged, as a share of the turn.

    Raises
    ------
    InputError
        No open edge, a gap larger than allowed (the loop is open), or a loop that crosses itself.
    """
    if len(surfaces) == 0:
        raise InputError("surfaces must hold at least one surface; got none.")
    world = own_frame(surfaces)
    above = world.to_local(vector_array("atrial_side", atrial_side))
    notes: list[str] = []
    chains: list[tuple[FloatArray, bool]] = []
    for k, surface in enumerate(surfaces):
        kept, dropped = without_fragments(welded(in_frame(surface, world)))
        if dropped:
            notes.append(f"surface {k + 1}: {len(dropped)} stray fragments of {sum(dropped):.3g} mm2 in all dropped")
        chains += _chains(kept)
    if not chains:
        raise InputError(
            "surfaces must have open edges: none of their edges is open; give a ring, or LA and LV, instead."
        )
    points, lengths = _edge_points(chains)
    frame = _settled_frame(points, lengths, above)
    around = [chain for chain, closed in chains if closed and _encircles(frame, chain)]
    if around:
        line, source = _from_loops(frame, around, notes, world)
    else:
        line = _from_edges(frame, points, lengths, largest_gap, notes, world)
        source = "highest open edges of the leaflets"
    loop = spaced_loop(world.to_world(line), n_points, "the annulus")
    if loop.area_vector @ (world.to_world(above) - loop.centroid) < 0.0:
        loop = loop.reversed()
    return ExtractedLoop(loop, source, tuple(notes))


def _chains(surface: Surface) -> list[tuple[FloatArray, bool]]:
    """Boundary polylines and whether each is closed; where edges branch, chains end."""
    edges = boundary_edges(surface.triangles)
    at: dict[int, list[int]] = {}
    for row, (a, b) in enumerate(edges):
        at.setdefault(int(a), []).append(row)
        at.setdefault(int(b), []).append(row)
    used = np.zeros(len(edges), dtype=bool)
    found = []
    for row in range(len(edges)):
        if used[row]:
            continue
        used[row] = True
        ahead = _walk(edges, at, used, int(edges[row, 1]))
        if ahead and ahead[-1] == edges[row, 0]:
            found.append((surface.points[[int(edges[row, 1]), *ahead]], True))
            continue
        behind = _walk(edges, at, used, int(edges[row, 0]))
        found.append((surface.points[[*behind[::-1], *map(int, edges[row]), *ahead]], False))
    return found


def _walk(edges: IntArray, at: dict[int, list[int]], used: np.ndarray, vertex: int) -> list[int]:
    way: list[int] = []
    while len(at[vertex]) == 2:
        free = [row for row in at[vertex] if not used[row]]
        if not free:
            break
        used[free[0]] = True
        a, b = edges[free[0]]
        vertex = int(b if a == vertex else a)
        way.append(vertex)
    return way


def _edge_points(chains: list[tuple[FloatArray, bool]]) -> tuple[FloatArray, FloatArray]:
    """Points on all boundary edges, and the length each stands for."""
    points, lengths = [], []
    for chain, closed in chains:
        ends = np.roll(chain, -1, axis=0) if closed else chain[1:]
        starts = chain if closed else chain[:-1]
        points.append(starts[:, None] + (ends - starts)[:, None] * np.array([0.25, 0.75])[:, None])
        lengths.append(np.repeat(0.5 * np.linalg.norm(ends - starts, axis=1), 2))
    return np.concatenate([p.reshape(-1, 3) for p in points]), np.concatenate(lengths)


def _bins(angle: FloatArray) -> IntArray:
    return np.minimum((angle / (2.0 * np.pi) * _N_BINS).astype(np.int64), _N_BINS - 1)


def _highest(frame: Frame, points: FloatArray) -> IntArray:
    """Row of the point farthest up and out in each polar bin, -1 where the bin is empty, shape (b,)."""
    angle, distance, height = polar(frame, points)
    row = _bins(angle)
    order = np.argsort(distance + height, kind="stable")
    best = np.full(_N_BINS, -1, dtype=np.int64)
    best[row[order]] = order
    return best


def _settled_frame(points: FloatArray, lengths: FloatArray, above: FloatArray) -> Frame:
    """Frame of the plane through the highest edges; the plane decides which edges are highest, so it is iterated."""
    centre = lengths @ points / lengths.sum()
    frame = Frame.from_normal(centre, z=above - centre, y_towards=_across(above - centre))
    for _ in range(_ROUNDS):
        best = _highest(frame, points)
        chosen = points[best[best >= 0]]
        fitted = principal_frame(chosen, np.ones(len(chosen)), z_towards=above)
        _, distance, _ = polar(fitted, chosen)
        kept = chosen[distance > 0.5 * np.median(distance)]
        new = principal_frame(kept, np.ones(len(kept)), z_towards=above)
        done = new.axes[2] @ frame.axes[2] > 1.0 - 1e-9 and np.linalg.norm(new.origin - frame.origin) < 1e-6
        frame = new
        if done:
            break
    return frame


def _across(normal: FloatArray) -> FloatArray:
    return np.cross(normal, np.eye(3)[np.argmin(np.abs(normal))]).astype(np.float64)


def _encircles(frame: Frame, chain: FloatArray) -> bool:
    angle, _, _ = polar(frame, chain)
    steps = np.diff(np.append(angle, angle[0]))
    turn = np.sum((steps + np.pi) % (2.0 * np.pi) - np.pi)
    return bool(abs(turn) > np.pi)


def _from_loops(frame: Frame, around: list[FloatArray], notes: list[str], world: Frame) -> tuple[FloatArray, str]:
    """Mean of the highest boundary loop and those beside it."""
    loops = [Loop(chain).resampled(4 * _N_BINS) for chain in around]
    rank = [sum(float(value.mean()) for value in polar(frame, loop.points)[1:]) for loop in loops]
    top = loops[int(np.argmax(rank))]
    reach = _STRAY * top.length / (2.0 * np.pi)
    beside = [loop for loop in loops if loop is top or KDTree(loop.points).query(top.points)[0].mean() < reach]
    profiles = []
    middle = 2.0 * np.pi * (np.arange(_N_BINS) + 0.5) / _N_BINS
    for loop in beside:
        angle, distance, height = polar(frame, loop.points)
        order = np.argsort(angle)
        profiles.append(
            np.stack(
                [np.interp(middle, angle[order], v[order], period=2.0 * np.pi) for v in (distance, height)], axis=1
            )
        )
    if len(beside) < len(loops):
        notes.append(f"{len(loops) - len(beside)} boundary loops farther down left out")
    line, _ = loop_from_bins(
        frame,
        np.mean(profiles, axis=0),
        np.ones(_N_BINS, np.int64),
        smoothing=1.5,
        largest_gap=0.0,
        what="the annulus",
        world=world,
    )
    return line, "boundary loop of the valve" if len(
        beside
    ) == 1 else f"mean of {len(beside)} boundary loops side by side"


def _from_edges(
    frame: Frame, points: FloatArray, lengths: FloatArray, largest_gap: float, notes: list[str], world: Frame
) -> FloatArray:
    """Loop along the highest edges: first one point for each bin, then the mean of all edges near the loop."""
    best = _highest(frame, points)
    angle, distance, height = polar(frame, points)
    values = np.stack([distance[best], height[best]], axis=1)
    radius = float(np.median(values[best >= 0, 0]))
    usual = np.stack([median_filter(values[:, k], size=_N_BINS // 8, mode="wrap") for k in (0, 1)], axis=1)
    found = (best >= 0) & (np.linalg.norm(values - usual, axis=1) < _STRAY * radius)
    what = "the open edge on the atrial side"
    line, note = loop_from_bins(
        frame, values, found.astype(np.int64), smoothing=2.0, largest_gap=largest_gap, what=what, world=world
    )
    for _ in range(3):
        _, gap = Loop(line).closest(points)
        near = gap < _NEAR * radius
        row = _bins(angle[near])
        weight = np.bincount(row, lengths[near], _N_BINS)
        safe = np.where(weight > 0.0, weight, 1.0)
        mean = np.stack([np.bincount(row, lengths[near] * v[near], _N_BINS) / safe for v in (distance, height)], axis=1)
        line, note = loop_from_bins(
            frame,
            mean,
            (weight > 0.0).astype(np.int64),
            smoothing=2.0,
            largest_gap=largest_gap,
            what=what,
            world=world,
        )
    if note:
        notes.append(note)
    return line

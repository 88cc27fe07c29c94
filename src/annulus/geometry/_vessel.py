"""A vessel's axis and radius from its surface, or from the surfaces of its pieces: the one vessel extraction.

Convention: the axis runs through the area centroids of the sections across it, also where the section is a half-moon
and its centroid is not its deepest point. `Curve.radius` is sqrt(A / pi) of the wall that is named, `mis_radius` the
largest circle inscribed in the section, which is the inscribed sphere's wherever the wall runs along the axis.
Near a closed end the section shrinks because of the cap; within one radius of it the radii are held.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.spatial import KDTree

from annulus._arrays import locked, vector_array
from annulus._typing import ArrayLike, FloatArray
from annulus.errors import InputError
from annulus.geometry._axis_check import require_axis, require_near_end
from annulus.geometry._centreline import TubeAxis, equally_spaced, tube_axis
from annulus.geometry._curve import Curve
from annulus.geometry._frame import Frame
from annulus.geometry._own_frame import in_frame, own_frame, place_of
from annulus.geometry._section import TubeMesh, Wall
from annulus.geometry._skeleton import Skeleton, tube_skeleton
from annulus.geometry._smoothing import smoothed
from annulus.geometry._surface import Surface
from annulus.geometry._trunk import ForkTie, TrunkStep, chosen_trunk, fork_ties
from annulus.geometry._welding import boundary_edges, median_edge_length, surface_components, welded, without_fragments

__all__ = ["VesselAxis", "vessel_axis"]

_LARGEST_GAP = 8.0
"""Pieces whose ends lie farther apart than this many radii are not neighbours."""
_CLEARLY_LARGER = 1.05
"""An end is the larger one from this ratio of areas on; below it the order given decides."""
_WELDS = (1e-3, 1e-2, 3e-2, 0.1)
"""Weld tolerances tried in turn, in median edges, while the triangles do not meet."""
_OPEN_SHARE = 0.3
"""Triangles meet when at most this share of their sides is open."""


@dataclass(frozen=True, eq=False)
class VesselAxis:
    """Axis of a vessel, and how it was found.

    Parameters
    ----------
    curve
        Axis from the start (a vein's ostium) with `radius` and `mis_radius` [mm] of `wall`.
    wall
        The wall that axis and radii refer to, in pieces that have two.
    lumen_radius
        Area-equivalent radius of the inner wall at each vertex [mm], shape (n,); NaN where a piece has one wall.
    parts
        Arc lengths at which each piece begins and ends [mm], in the order along the curve.
    part_names
        Names of the pieces in that order.
    start_source
        Which rule chose the start, and on what grounds.
    notes
        What was dropped, mended or bridged, and forks whose branches are nearly worth the same.
    """

    curve: Curve
    wall: Wall
    lumen_radius: FloatArray
    parts: tuple[tuple[float, float], ...]
    part_names: tuple[str, ...]
    start_source: str
    notes: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "lumen_radius", locked(np.array(self.lumen_radius, dtype=np.float64)))


def vessel_axis(
    pieces: Sequence[Surface],
    *,
    ostium_near: ArrayLike | None = None,
    atrium: Surface | None = None,
    start_near: ArrayLike | None = None,
    end_near: ArrayLike | None = None,
    wall: Wall = Wall.OUTER,
    spacing: float | None = None,
    largest_gap: float | None = None,
    names: Sequence[str] | None = None,
) -> VesselAxis:
    """Axis and radii of the vessel whose wall the surfaces are.

    The surfaces are taken in their own frame: where they lie in the world, how large they are and how their vertices
    are numbered makes no difference. An axis that turns back, folds or does not keep to its tube is refused.

    Parameters
    ----------
    pieces
        Surfaces of one vessel in their order along it (either direction); each may be hollow, open or closed at its
        ends, unwelded, branched, or carry stray fragments.
    ostium_near
        A landmark at the ostium [mm], such as the centroid of the Thebesian valve: the vessel starts at the nearer end,
        which lies within four radii of it.
    atrium
        Surface of the atrium that the vein drains into: without a landmark the vessel starts at the end nearest to it.
    start_near
        A point near the wanted start [mm], within four radii; overrules the landmark and the atrium.
    end_near
        A point near the wanted far end [mm]; picks the branch. Without it the way that is longest, wide stretches
        counting more, is the trunk.
    wall
        Wall that axis and radii refer to where a piece has two. The outer one is the default: pieces drawn as solids
        have only that, and gaps between vessels are from wall to wall. `VesselAxis.lumen_radius` keeps the other.
    spacing
        Distance of the curve's vertices [mm]; None for half the median radius.
    largest_gap
        Farthest distance that is bridged between two pieces [mm]; None for eight radii.
    names
        What errors and notes call the pieces; None for "piece 1", "piece 2".

    Raises
    ------
    InputError
        No piece, a surface that is no tube, an axis that fails its check, pieces that do not meet, or a start that was
        given far from either end.
    """
    if len(pieces) == 0:
        raise InputError("pieces must hold at least one surface; got none.")
    labels = [f"piece {k + 1}" for k in range(len(pieces))] if names is None else list(names)
    if len(labels) != len(pieces):
        raise InputError(f"names must name every piece; got {len(labels)} names for {len(pieces)} pieces.")
    start, rule = (start_near, "start_near") if start_near is not None else (ostium_near, "ostium landmark")
    world = own_frame(pieces)
    start_point = None if start is None else world.to_local(vector_array(rule.split()[0], start))
    end_point = None if end_near is None else world.to_local(vector_array("end_near", end_near))

    notes: list[str] = []
    own = [in_frame(surface, world) for surface in pieces]
    cleaned = [_cleaned(surface, label, notes) for surface, label in zip(own, labels, strict=True)]
    skeletons = [tube_skeleton(surface) for surface in cleaned]
    trunk = chosen_trunk(skeletons, start_point, end_point)
    axes, order = [], [labels[step.piece] for step in trunk]
    ties: list[tuple[str, ForkTie]] = []
    for step in trunk:
        skeleton, label = skeletons[step.piece], labels[step.piece]
        _note_branches(skeleton, step, label, world, notes)
        free = (step is trunk[0] and start is None, step is trunk[-1] and end_near is None)
        ties += [(label, tie) for tie in fork_ties(skeleton, step, free)]
        way = skeleton.path(step.first, step.last)
        path = skeleton.points[way]
        mesh = TubeMesh.from_surface(cleaned[step.piece])
        axis = tube_axis(mesh, path, float(np.median(skeleton.radius[way])), wall=wall, name=label, world=world)
        require_axis(axis, path, label, world)
        axes.append(axis)
        if axis.n_odd:
            notes.append(f"{label}: {axis.n_odd} sections at side branches or holes left out of the radius")
    flip, source = _start_rule(axes, start_point, rule, atrium, world)
    if flip:
        axes, order = [axis.reversed() for axis in axes[::-1]], order[::-1]
        if len(axes) > 1 and start_point is None and atrium is None:
            notes.append("the larger end belongs to the last piece: the order of the pieces was reversed")
    notes += [_tie_words(label, tie, tie.at_start != flip, world) for label, tie in ties]
    if start_point is not None:
        require_near_end(axes[0], start_point, rule, world)
    return _assembled(axes, order, wall, spacing, largest_gap, source, notes, world)


def _cleaned(surface: Surface, label: str, notes: list[str]) -> Surface:
    edge = median_edge_length(surface)
    for share in _WELDS:
        whole = welded(surface, tolerance=share * edge)
        open_share = len(boundary_edges(whole.triangles)) / (3.0 * len(whole.triangles))
        if open_share <= _OPEN_SHARE:
            break
    else:
        raise InputError(
            f"{label} must be a connected surface: {open_share:.0%} of its triangle sides meet no other side even "
            f"with vertices welded within {share * edge:.3g} mm; mend the mesh."
        )
    if share > _WELDS[0]:
        notes.append(f"{label}: cracks closed by welding vertices within {share * edge:.3g} mm")
    if len(whole.points) < 0.9 * len(surface.points):
        notes.append(f"{label}: {len(surface.points)} vertices welded to {len(whole.points)}")
    kept, dropped = without_fragments(whole)
    if dropped:
        notes.append(f"{label}: {len(dropped)} stray fragments of {sum(dropped):.3g} mm2 in all dropped")
    n_parts = len(surface_components(kept))
    if n_parts > 1:
        notes.append(f"{label}: {n_parts} unconnected parts taken together (separate walls or segments)")
    return kept


def _note_branches(skeleton: Skeleton, step: TrunkStep, label: str, world: Frame, notes: list[str]) -> None:
    tips = [skeleton.points[k] for k in skeleton.leaves if k not in (step.first, step.last)]
    if tips:
        places = ", ".join(f"({x:.0f}, {y:.0f}, {z:.0f})" for x, y, z in map(world.to_world, tips))
        notes.append(f"{label}: {len(tips)} side branches left out, ending near {places} mm; end_near picks another")


def _tie_words(label: str, tie: ForkTie, at_start: bool, world: Frame) -> str:
    return (
        f"{label}: the fork at {place_of(world, tie.fork)} is nearly a tie: {tie.taken_mm:.1f} mm on to "
        f"{place_of(world, tie.taken)} were taken, {tie.other_mm:.1f} mm on to {place_of(world, tie.other)} left out; "
        f"{'start_near' if at_start else 'end_near'} decides"
    )


def _start_rule(
    axes: list[TubeAxis], start: FloatArray | None, rule: str, atrium: Surface | None, world: Frame
) -> tuple[bool, str]:
    """Whether to turn the vessel round, and the sentence that says why it starts where it does."""
    ends = (axes[0].points[0], axes[-1].points[-1])
    if start is not None:
        near, far = sorted(float(np.linalg.norm(end - start)) for end in ends)
        flip = np.linalg.norm(ends[1] - start) < np.linalg.norm(ends[0] - start)
        return bool(flip), f"{rule}: {near:.1f} mm from this end, {far:.1f} mm from the other"
    if atrium is not None:
        gaps = KDTree(atrium.points).query(world.to_world(ends))[0]
        return bool(
            gaps[1] < gaps[0]
        ), f"nearness to the atrium: {min(gaps):.1f} mm from this end, {max(gaps):.1f} mm from the other"
    sizes = [_end_area(axes[0]), _end_area(axes[-1].reversed())]
    flip = sizes[1] > _CLEARLY_LARGER * sizes[0]
    here, there = sizes[::-1] if flip else sizes
    if here < _CLEARLY_LARGER * there:
        return False, f"both ends alike ({here:.1f} and {there:.1f} mm2): the order given"
    return flip, f"larger end: {here:.1f} mm2 here, {there:.1f} mm2 at the other"


def _end_area(axis: TubeAxis) -> float:
    """Mean section area over the first three radii [mm2]."""
    s = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(axis.points, axis=0), axis=1)))
    return float(np.pi * np.mean(axis.radius[s <= 3.0 * axis.radius[0]] ** 2))


def _assembled(
    axes: list[TubeAxis],
    order: list[str],
    wall: Wall,
    spacing: float | None,
    largest_gap: float | None,
    source: str,
    notes: list[str],
    world: Frame,
) -> VesselAxis:
    typical = float(np.median(np.concatenate([axis.radius for axis in axes])))
    step = 0.5 * typical if spacing is None else spacing
    if step <= 0.0:
        raise InputError(f"spacing must be positive; got {step:g} mm.")
    lines = [np.column_stack([a.points, a.radius, a.mis_radius, a.lumen_radius]) for a in axes]
    for k, (before, after) in enumerate(pairwise(order)):
        joint = max(axes[k].radius[-1], axes[k + 1].radius[0])
        gap = float(np.linalg.norm(lines[k + 1][0, :3] - lines[k][-1, :3]))
        limit = _LARGEST_GAP * joint if largest_gap is None else largest_gap
        if gap > limit:
            raise InputError(
                f"pieces must meet end to end in the order given: {gap:.1f} mm lie between {before} and {after}, more "
                f"than {limit:.1f} mm, from {place_of(world, lines[k][-1, :3])} on; put them in order or raise "
                "largest_gap."
            )
        lines[k], lines[k + 1], overlap = _trimmed(lines[k], lines[k + 1], 0.5 * joint)
        what = f"overlap of {overlap:.1f} mm halved" if overlap > 0.0 else f"gap of {gap:.1f} mm bridged"
        notes.append(f"{before} to {after}: {what}")
    line = np.vstack(lines)
    s = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(line[:, :3], axis=0), axis=1)))
    bounds = np.cumsum([0] + [len(one) for one in lines])
    parts = [(float(s[i]), float(s[j - 1])) for i, j in pairwise(bounds)]
    points, scale = _bent(line[:, :3], s, parts, typical, step)
    at = np.linspace(0.0, s[-1], len(points))
    radius, inscribed = (np.interp(at, s, line[:, c]) for c in (3, 4))
    # NaN beside a number stays NaN: the lumen is known only inside hollow pieces.
    lumen = np.interp(at, s, line[:, 5])
    curve = Curve(world.to_world(points), radius, inscribed)
    parts = [(a * scale, b * scale) for a, b in parts]
    parts[-1] = (parts[-1][0], curve.length)
    return VesselAxis(curve, wall, lumen, tuple(parts), tuple(order), source, tuple(notes))


def _trimmed(before: FloatArray, after: FloatArray, margin: float) -> tuple[FloatArray, FloatArray, float]:
    """Both lines without the stretch in which they run beside each other, and its length."""
    ahead = before[-1, :3] - before[max(-4, -len(before)), :3]
    ahead = ahead / np.linalg.norm(ahead)
    s = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(after[:, :3], axis=0), axis=1)))
    beyond = (after[:, :3] - before[-1, :3]) @ ahead > 0.0
    first = int(np.argmax(beyond)) if beyond.any() else 0
    overlap = float(s[first])
    if overlap == 0.0 or overlap > 0.5 * s[-1]:
        return before, after, 0.0
    back = np.linalg.norm(np.diff(before[::-1, :3], axis=0), axis=1).cumsum()
    cut = int(np.searchsorted(back, 0.5 * overlap + margin)) + 1
    head = before[: max(3, len(before) - cut)]
    tail = after[min(len(after) - 3, int(np.searchsorted(s, 0.5 * overlap + margin))) :]
    return head, tail, overlap


def _bent(
    points: FloatArray, s: FloatArray, parts: list[tuple[float, float]], radius: float, step: float
) -> tuple[FloatArray, float]:
    """Points at equal steps along the joined line, its kinks at the joints smoothed; and new length over old."""
    if len(parts) == 1:
        return equally_spaced(points, step), 1.0
    fine = equally_spaced(points, min(step, 0.5 * radius))
    at = np.linspace(0.0, s[-1], len(fine))
    weights = np.ones(len(fine))
    for (_, end), (begin, _) in pairwise(parts):
        weights[(at > end - radius) & (at < begin + radius)] = 0.01
    weights[[0, -1]] = 1e3
    bent = smoothed(fine, weights, length=0.5 * radius / (at[1] - at[0]), closed=False)
    length = float(np.linalg.norm(np.diff(bent, axis=0), axis=1).sum())
    return equally_spaced(bent, step), length / float(s[-1])

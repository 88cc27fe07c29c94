"""A vessel's axis and radius from its surface, or from the surfaces of its pieces: the one vessel extraction.

Convention: the axis runs through the area centroids of the sections across it, also where the section is a half-moon
and its centroid is not its deepest point. `Curve.radius` is sqrt(A / pi) of the wall that is named, `mis_radius` the
largest circle inscribed in the section, which is the inscribed sphere's wherever the wall runs along the axis.
Near a closed end the section shrinks because of the cap; within one radius of it the radii are held.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from annulus._arrays import locked, real_number, vector_array
from annulus._typing import ArrayLike, FloatArray
from annulus.errors import InputError
from annulus.geometry._axis_check import (
    require_axis,
    require_far_end,
    require_near_end,
    require_no_joint,
    require_two_ends,
)
from annulus.geometry._centreline import TubeAxis, tube_axis
from annulus.geometry._curve import Curve
from annulus.geometry._frame import Frame
from annulus.geometry._joined import joined_axes
from annulus.geometry._own_frame import in_frame, own_frame, place_of
from annulus.geometry._section import TubeMesh, Wall
from annulus.geometry._skeleton import Skeleton, tube_skeleton
from annulus.geometry._surface import Surface
from annulus.geometry._trunk import ForkTie, TrunkStep, chosen_trunk, fork_ties, tip_nearest
from annulus.geometry._welding import boundary_edges, median_edge_length, surface_components, welded, without_fragments

__all__ = ["VesselAxis", "vessel_axis"]

_CLEARLY_LARGER = 1.05
"""An end is the larger one from this ratio of areas on; below it the order given decides."""
_WELDS = (1e-3, 1e-2, 3e-2, 0.1)
"""Weld tolerances tried in turn, in median edges, while the triangles do not meet."""
_OPEN_SHARE = 0.3
"""Triangles meet when at most this share of their sides is open."""
_ALIKE = 0.9
"""Branches are alike where the shorter one is at least this share of the other: lengths are known to about a radius."""
_ENDS_EARLY = 2.0
"""An axis that ends more than this many radii before its surface does is told."""


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
        What was dropped, mended or bridged, holes, ends short of the surface's, and forks whose branches are nearly
        worth the same.
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
        A point near the wanted far end [mm], within four radii; picks the branch, and without start or atrium the
        start, too. Without it the way that is longest, wide stretches counting more, is the trunk.
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
        No piece, a surface that is no tube or a closed loop, an axis that fails its check, pieces that do not meet, a
        start or far end that was given far from it, or arguments of a wrong kind.
    """
    labels = _labels(pieces, names)
    wall, spacing, largest_gap = _options(wall, spacing, largest_gap)
    start, rule = (start_near, "start_near") if start_near is not None else (ostium_near, "ostium landmark")
    if atrium is not None and not isinstance(atrium, Surface):
        raise InputError(f"atrium must be a Surface; got {atrium!r:.60}.")
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
        way = skeleton.path(step.first, step.last)
        path = skeleton.points[way]
        require_two_ends(skeleton, way, label, world)
        free = (step is trunk[0] and start is None, step is trunk[-1] and end_near is None)
        ties += [(label, tie) for tie in _ties(cleaned[step.piece], skeleton, step, free)]
        mesh = TubeMesh.from_surface(cleaned[step.piece])
        axis = tube_axis(mesh, path, float(np.median(skeleton.radius[way])), wall=wall, name=label, world=world)
        require_axis(axis, path, label, world)
        axes.append(axis)
        _note_sections(axis, label, world, notes)
        _note_short_ends(axis, path, (step is trunk[0], step is trunk[-1]), label, world, notes)
    flip, source = _start_rule(axes, start_point, end_point, rule, atrium, world)
    if flip:
        axes, order = [axis.reversed() for axis in axes[::-1]], order[::-1]
        if len(axes) > 1 and start_point is None and atrium is None:
            notes.append("the larger end belongs to the last piece: the order of the pieces was reversed")
    notes += [_tie_words(label, tie, tie.at_start != flip, world) for label, tie in ties]
    if start_point is not None:
        require_no_joint(axes, order, start_point, rule, world)
        require_near_end(axes[0], start_point, rule, world)
    if end_point is not None:
        require_far_end(axes[-1], end_point, "end_near", world)
    given = None if start_point is None else (start_point, rule)
    curve, lumen, parts, joints = joined_axes(
        axes, order, spacing=spacing, largest_gap=largest_gap, start=given, world=world
    )
    return VesselAxis(curve, wall, lumen, tuple(parts), tuple(order), source, (*notes, *joints))


def _labels(pieces: object, names: Sequence[str] | None) -> list[str]:
    if isinstance(pieces, Surface) or not isinstance(pieces, Sequence):
        raise InputError(f"pieces must be a list of surfaces; got {type(pieces).__name__}: put it in a list.")
    if len(pieces) == 0:
        raise InputError("pieces must hold at least one surface; got none.")
    for k, piece in enumerate(pieces):
        if not isinstance(piece, Surface):
            raise InputError(f"pieces must be surfaces; piece {k + 1} is {piece!r:.60}: make it a Surface.")
    if names is not None and not isinstance(names, Sequence):
        raise InputError(f"names must be a list of texts; got {names!r:.60}.")
    labels = [f"piece {k + 1}" for k in range(len(pieces))] if names is None else [str(name) for name in names]
    if len(labels) != len(pieces):
        raise InputError(f"names must name every piece; got {len(labels)} names for {len(pieces)} pieces.")
    return labels


def _options(
    wall: object, spacing: object | None, largest_gap: object | None
) -> tuple[Wall, float | None, float | None]:
    try:
        which = Wall(wall)
    except ValueError:
        words = " or ".join(f"Wall.{one.name}" for one in Wall)
        raise InputError(f"wall must be {words}; got {wall!r:.60}.") from None
    step = None if spacing is None else real_number("spacing", spacing)
    if step is not None and step <= 0.0:
        raise InputError(f"spacing must be positive; got {step:g} mm.")
    gap = None if largest_gap is None else real_number("largest_gap", largest_gap)
    if gap is not None and gap < 0.0:
        raise InputError(f"largest_gap must not be negative; got {gap:g} mm.")
    return which, step, gap


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


def _note_sections(axis: TubeAxis, label: str, world: Frame, notes: list[str]) -> None:
    if axis.n_odd:
        notes.append(f"{label}: {axis.n_odd} sections at side branches or holes left out of the radius")
    places = [place_of(world, axis.points[(i + j) // 2]) for i, j in axis.holes]
    if places:
        n, longest = sum(j - i + 1 for i, j in axis.holes), int(np.argmax([j - i for i, j in axis.holes]))
        where = f"at {places[0]}" if len(places) == 1 else f"at {len(places)} places, most around {places[longest]}"
        notes.append(
            f"{label}: {n} of {len(axis.points)} sections ({n / len(axis.points):.0%}) are open or missing, {where}: "
            "there the axis runs on over holes in the wall and is less sure"
        )


def _note_short_ends(
    axis: TubeAxis, path: FloatArray, outer: tuple[bool, bool], label: str, world: Frame, notes: list[str]
) -> None:
    """Notes on outer ends of the axis that lie well before the rough path's, which the surface reaches."""
    for k, (wanted, tip) in enumerate(zip(outer, path[[0, -1]], strict=True)):
        way = axis if k == 1 else axis.reversed()
        ahead = way.points[-1] - way.points[-4]
        short = float((tip - way.points[-1]) @ ahead / np.linalg.norm(ahead))
        if wanted and short > _ENDS_EARLY * max(float(way.radius[-1]), float(np.median(way.radius))):
            notes.append(
                f"{label}: the axis ends at {place_of(world, way.points[-1])}, {short:.1f} mm before its surface does: "
                "beyond, a section widens to twice the vessel's, is open, or lies beside the axis"
            )


def _ties(surface: Surface, skeleton: Skeleton, step: TrunkStep, free: tuple[bool, bool]) -> list[ForkTie]:
    """Ties at both ends, each measured from the other end: a skeleton favours the branch that it begins in."""
    ties: list[ForkTie] = []
    for k, near in enumerate((step.last, step.first)):
        one_end = (free[0] and k == 0, free[1] and k == 1)
        found = fork_ties(skeleton, step, one_end)
        if not found:
            continue
        even = tube_skeleton(surface, start=skeleton.points[near])
        first, last = (tip_nearest(even, skeleton.points[tip]) for tip in (step.first, step.last))
        ties += found if first == last else fork_ties(even, TrunkStep(step.piece, first, last), one_end)
    return ties


def _tie_words(label: str, tie: ForkTie, at_start: bool, world: Frame) -> str:
    shorter, longer = sorted((tie.taken_mm, tie.other_mm))
    alike = "; they are alike, and which one is taken may change with the mesh" if shorter > _ALIKE * longer else ""
    return (
        f"{label}: the fork at {place_of(world, tie.fork)} is nearly a tie: {tie.taken_mm:.1f} mm on to "
        f"{place_of(world, tie.taken)} were taken, {tie.other_mm:.1f} mm on to {place_of(world, tie.other)} left out"
        f"{alike}; {'start_near' if at_start else 'end_near'} decides"
    )


def _start_rule(
    axes: list[TubeAxis],
    start: FloatArray | None,
    end: FloatArray | None,
    rule: str,
    atrium: Surface | None,
    world: Frame,
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
    if end is not None:
        return False, "end_near: this is the other end"
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

"""Is this an axis? It has two ends, goes on, neither folds nor returns, is as long as its rough path."""

from __future__ import annotations

import numpy as np
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from annulus._typing import FloatArray, IntArray
from annulus.errors import InputError
from annulus.geometry._centreline import TubeAxis
from annulus.geometry._curve import Curve
from annulus.geometry._frame import Frame
from annulus.geometry._own_frame import place_of
from annulus.geometry._skeleton import Skeleton

__all__ = [
    "joint_error",
    "require_axis",
    "require_far_end",
    "require_near_end",
    "require_no_joint",
    "require_no_return",
    "require_onward",
    "require_two_ends",
]

_SHORTEST = 2.5
"""A tube shorter than this many radii is no tube."""
_MAX_TURN_DEG = 60.0
"""Largest turn from one step of the axis, half a radius long, to the next."""
_MAX_FALL_BACK = 2.0
"""Farthest that an axis runs back along the rough path, in radii."""
_LENGTH_SHARE, _LENGTH_RADII = 0.15, 4.0
"""An axis is as long as the rough path to within this share and this many radii at its two ends together."""
_NEAR_END = 4.0
"""A start or far end that is given lies within this many radii of the end that it names."""
_MAX_JOINT_TURN_DEG = 120.0
"""Largest turn from the last steps of one piece to the first of the next."""
_RETURN_AFTER, _RETURN_WITHIN = 4.0, 0.5
"""An axis returns where it comes within the second number of radii of a place that it left the first number ago."""
_MIDDLE = (0.25, 0.75)
"""A tube cut through between these shares of its length falls apart; a loop does not."""
_ADVICE = "trim the mouth or mend the surface there, or give a centreline"


def require_axis(axis: TubeAxis, rough: FloatArray, name: str, world: Frame) -> None:
    """Do nothing with the axis of a tube; `rough` is the rough path it was found along [mm], shape (k, 3).

    Raises
    ------
    InputError
        The axis is too short for a tube, folds, runs back, or is not as long as the rough path; the sentence names the
        place in the world.
    """
    steps = np.diff(axis.points, axis=0)
    lengths = np.linalg.norm(steps, axis=1)
    length, radius = float(lengths.sum()), float(np.median(axis.radius))
    if length < _SHORTEST * radius:
        raise InputError(
            f"{name} must be a tube, longer than wide: its axis is {length:.1f} mm long, its radius {radius:.1f} mm; "
            "check which surface was given."
        )
    along = steps / lengths[:, None]
    turns = np.degrees(np.arccos(np.clip(np.einsum("ij,ij->i", along[:-1], along[1:]), -1.0, 1.0)))
    sharpest = int(np.argmax(turns))
    if turns[sharpest] > _MAX_TURN_DEG:
        raise InputError(
            f"{name} must be a vessel that can be followed: its axis turns by {turns[sharpest]:.0f} degrees in one "
            f"step at {place_of(world, axis.points[sharpest + 1])} (at most {_MAX_TURN_DEG:.0f}); {_ADVICE}."
        )
    path = Curve(rough)
    advance, _ = path.closest(axis.points)
    behind = np.maximum.accumulate(advance) - advance
    deepest = int(np.argmax(behind / np.maximum(axis.radius, radius)))
    if behind[deepest] > _MAX_FALL_BACK * max(axis.radius[deepest], radius):
        raise InputError(
            f"{name} must be a vessel that can be followed: its axis runs back by {behind[deepest]:.1f} mm at "
            f"{place_of(world, axis.points[deepest])} (at most {_MAX_FALL_BACK:g} radii); {_ADVICE}."
        )
    allowed = _LENGTH_SHARE * path.length + _LENGTH_RADII * max(radius, float(axis.radius[[0, -1]].max()))
    if abs(length - path.length) > allowed:
        raise InputError(
            f"{name} must be a vessel that can be followed: its axis from {place_of(world, axis.points[0])} to "
            f"{place_of(world, axis.points[-1])} is {length:.1f} mm long, the way through its wall "
            f"{path.length:.1f} mm (they may differ by {allowed:.1f} mm); {_ADVICE}."
        )


def require_two_ends(skeleton: Skeleton, way: IntArray, name: str, world: Frame) -> None:
    """Do nothing with a rough way from one end of a tube to the other, `way` its nodes.

    Raises
    ------
    InputError
        The ends are joined by another way that stays clear of the middle of this one: a closed loop.
    """
    points = skeleton.points
    s = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(points[way], axis=0), axis=1)))
    middle = way[(s > _MIDDLE[0] * s[-1]) & (s < _MIDDLE[1] * s[-1])]
    if len(middle) == 0:
        return
    gap, nearest = KDTree(points[middle]).query(points)
    kept = gap > 2.0 * skeleton.radius[middle][nearest]
    if not kept[way[[0, -1]]].all():
        return
    number = np.cumsum(kept) - 1
    _, part = connected_components(skeleton.links[kept][:, kept], directed=False)
    if part[number[way[0]]] == part[number[way[-1]]]:
        raise InputError(
            f"{name} must be a vessel with two ends: from {place_of(world, points[way[0]])} to "
            f"{place_of(world, points[way[-1]])} its wall runs both ways round, a closed loop; check which surface was "
            "given, or cut it open."
        )


def require_onward(before: FloatArray, after: FloatArray, names: tuple[str, str], world: Frame) -> None:
    """Do nothing with the axes of two pieces [mm], shape (k, 3), the second of which goes on from the first.

    Raises
    ------
    InputError
        It turns back.
    """
    ahead, on = before[-1] - before[max(-4, -len(before))], after[min(3, len(after) - 1)] - after[0]
    cosine = float(ahead @ on / (np.linalg.norm(ahead) * np.linalg.norm(on)))
    turn = float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))
    if turn > _MAX_JOINT_TURN_DEG:
        raise InputError(
            f"pieces must follow one another: the axis turns back by {turn:.0f} degrees (at most "
            f"{_MAX_JOINT_TURN_DEG:.0f}) from {names[0]} to {names[1]} at {place_of(world, before[-1])}; give each "
            "piece once, in order."
        )


def require_no_return(line: FloatArray, radius: FloatArray, name: str, world: Frame) -> None:
    """Do nothing with a line [mm], shape (n, 3), of a vessel of these radii [mm] that nowhere comes back upon itself.

    Raises
    ------
    InputError
        It does.
    """
    s = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1)))
    i, j = KDTree(line).query_pairs(_RETURN_WITHIN * float(radius.max()), output_type="ndarray").T
    wide = np.maximum(radius[i], radius[j])
    gap = np.linalg.norm(line[i] - line[j], axis=1)
    back = (np.abs(s[i] - s[j]) > _RETURN_AFTER * wide) & (gap < _RETURN_WITHIN * wide)
    if back.any():
        k = int(np.argmin(np.where(back, gap, np.inf)))
        first, second = sorted((float(s[i[k]]), float(s[j[k]])))
        raise InputError(
            f"{name} must be a vessel that does not come back upon itself: at {place_of(world, line[i[k]])} its axis "
            f"passes {gap[k]:.1f} mm from itself, {first:.1f} and {second:.1f} mm from its start; give each piece "
            "once, in order, or mend the surface there."
        )


def require_near_end(axis: TubeAxis, start: FloatArray, rule: str, world: Frame) -> None:
    """Do nothing with a start given [mm], shape (3,), that lies near the axis' first point.

    Raises
    ------
    InputError
        It does not.
    """
    gap, allowed = _gap_and_bound(axis, start)
    if gap > allowed:
        raise InputError(
            f"{rule} must lie at an end of the vessel: from {place_of(world, start)} the nearer end, at "
            f"{place_of(world, axis.points[0])}, is {gap:.1f} mm away, more than {_NEAR_END:g} radii "
            f"({allowed:.1f} mm); check the landmark, trim the mouth, or give a centreline."
        )


def require_no_joint(axes: list[TubeAxis], names: list[str], start: FloatArray, rule: str, world: Frame) -> None:
    """Do nothing with a start given [mm], shape (3,), that lies nearer to the vessel's first point than to a joint.

    Raises
    ------
    InputError
        It lies within four radii of where two pieces meet, and not as near to the first point.
    """
    gap, allowed = _gap_and_bound(axes[0], start)
    for k in range(len(axes) - 1):
        joint, near = _gap_and_bound(axes[k + 1], start)
        if gap > allowed and joint <= near:
            raise joint_error(rule, start, (names[k], names[k + 1]), (axes[0].points[0], axes[-1].points[-1]), world)


def joint_error(
    rule: str, start: FloatArray, names: tuple[str, str], ends: tuple[FloatArray, FloatArray], world: Frame
) -> InputError:
    """A start given lies where two pieces meet."""
    first, last = (f"{place_of(world, end)}, {np.linalg.norm(end - start):.1f} mm away" for end in ends)
    return InputError(
        f"{rule} must lie at an end of the vessel: {place_of(world, start)} is where {names[0]} and {names[1]} meet; "
        f"the ends are at {first}, and at {last}: give a point near one of them."
    )


def require_far_end(axis: TubeAxis, end: FloatArray, rule: str, world: Frame) -> None:
    """Do nothing with a far end given [mm], shape (3,), that lies near the axis' last point.

    Raises
    ------
    InputError
        It does not.
    """
    gap, allowed = _gap_and_bound(axis.reversed(), end)
    if gap > allowed:
        raise InputError(
            f"{rule} must lie at the vessel's far end: from {place_of(world, end)} the end that was found for it, at "
            f"{place_of(world, axis.points[-1])}, is {gap:.1f} mm away, more than {_NEAR_END:g} radii "
            f"({allowed:.1f} mm); move the point to the end of a branch, or leave it out."
        )


def _gap_and_bound(axis: TubeAxis, point: FloatArray) -> tuple[float, float]:
    """Distance of a point from the axis' first one, and how large that may be [mm]; a thin tip counts as its tube."""
    radius = max(float(axis.radius[0]), float(np.median(axis.radius)))
    return float(np.linalg.norm(axis.points[0] - point)), _NEAR_END * radius

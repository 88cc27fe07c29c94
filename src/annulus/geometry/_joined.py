"""The axes of a vessel's pieces made one line: gaps bridged, overlaps halved, kinks smoothed, and the line checked."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from annulus._typing import FloatArray
from annulus.errors import InputError
from annulus.geometry._axis_check import joint_error, require_no_return, require_onward
from annulus.geometry._centreline import TubeAxis, equally_spaced
from annulus.geometry._curve import Curve
from annulus.geometry._frame import Frame
from annulus.geometry._own_frame import place_of
from annulus.geometry._smoothing import smoothed

__all__ = ["joined_axes"]

_LARGEST_GAP = 8.0
"""Pieces whose ends lie farther apart than this many radii are not neighbours."""
_MOST_VERTICES = 1_000_000


def joined_axes(
    axes: list[TubeAxis],
    order: list[str],
    *,
    spacing: float | None,
    largest_gap: float | None,
    start: tuple[FloatArray, str] | None,
    world: Frame,
) -> tuple[Curve, FloatArray, list[tuple[float, float]], list[str]]:
    """Curve in the world, radius of its lumen, arc lengths of the pieces [mm], and notes on their joints.

    `start` is the point given for the vessel's start and what it is called.

    Raises
    ------
    InputError
        Pieces do not meet, or the line turns back; too fine a spacing.
    """
    notes: list[str] = []
    typical = float(np.median(np.concatenate([axis.radius for axis in axes])))
    step = 0.5 * typical if spacing is None else spacing
    lines = [np.column_stack([a.points, a.radius, a.mis_radius, a.lumen_radius]) for a in axes]
    for k, (before, after) in enumerate(pairwise(order)):
        joint = max(axes[k].radius[-1], axes[k + 1].radius[0])
        limit = _LARGEST_GAP * joint if largest_gap is None else largest_gap
        gap = _gap_between(lines, k, order, limit, start, world)
        require_onward(lines[k][:, :3], lines[k + 1][:, :3], (before, after), world)
        lines[k], lines[k + 1], overlap = _trimmed(lines[k], lines[k + 1], 0.5 * joint)
        what = f"overlap of {overlap:.1f} mm halved" if overlap > 0.0 else f"gap of {gap:.1f} mm bridged"
        notes.append(f"{before} to {after}: {what}")
    line = np.vstack(lines)
    require_no_return(line[:, :3], line[:, 3], " and ".join(order), world)
    s = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(line[:, :3], axis=0), axis=1)))
    if s[-1] > _MOST_VERTICES * step:
        raise InputError(
            f"spacing must leave at most {_MOST_VERTICES} vertices; got {step:g} mm on {s[-1]:.1f} mm: "
            "take a larger one."
        )
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
    return curve, lumen, parts, notes


def _gap_between(
    lines: list[FloatArray],
    k: int,
    order: list[str],
    limit: float,
    start: tuple[FloatArray, str] | None,
    world: Frame,
) -> float:
    """Distance from line k to the next one [mm], at most `limit`."""
    here, there = lines[k][-1, :3], lines[k + 1][0, :3]
    gap = float(np.linalg.norm(there - here))
    if gap <= limit:
        return gap
    first, last = lines[0], lines[-1]
    if start is not None and k == 0 and np.linalg.norm(there - first[0, :3]) <= limit:
        # Walked the other way the first piece would meet the second: the start given lies at their joint.
        raise joint_error(start[1], start[0], (order[0], order[1]), (first[-1, :3], last[-1, :3]), world)
    raise InputError(
        f"pieces must meet end to end in the order given: {gap:.1f} mm lie between {order[k]} and {order[k + 1]}, more "
        f"than {limit:.1f} mm, from {place_of(world, here)} on; put them in order or raise largest_gap."
    )


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

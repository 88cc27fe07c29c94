"""Closed loops from scattered points around an axis: one point for each polar bin, gaps measured, result checked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annulus._typing import FloatArray, IntArray
from annulus.errors import InputError
from annulus.geometry._frame import Frame
from annulus.geometry._loop import Loop
from annulus.geometry._own_frame import place_of
from annulus.geometry._smoothing import smoothed

__all__ = ["LOOP_POINTS", "ExtractedLoop", "loop_from_bins", "polar", "require_simple", "spaced_loop"]

LOOP_POINTS = 120
"""Points of an extracted annulus: about one each millimetre of an adult's, as many on a smaller or larger one."""


@dataclass(frozen=True, eq=False)
class ExtractedLoop:
    """A loop taken from surfaces, and how.

    Parameters
    ----------
    loop
        The loop, its points about equally spaced.
    source
        What it was taken from, in words.
    notes
        What was dropped, bridged or averaged.
    """

    loop: Loop
    source: str
    notes: tuple[str, ...] = ()


def polar(frame: Frame, points: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Angle [rad] in [0, 2 pi), distance from the axis [mm] and height [mm] of each point, shape (n,)."""
    local = frame.to_local(points)
    angle = np.arctan2(local[:, 1], local[:, 0]) % (2.0 * np.pi)
    return angle, np.hypot(local[:, 0], local[:, 1]), local[:, 2]


def loop_from_bins(
    frame: Frame,
    values: FloatArray,
    found: IntArray,
    *,
    smoothing: float,
    largest_gap: float,
    what: str,
    world: Frame,
) -> tuple[FloatArray, str]:
    """Points of the loop with one (distance, height) for each polar bin, and a note on gaps ('' for none).

    Parameters
    ----------
    values
        Distance from the axis and height for each bin [mm], shape (b, 2); anything where nothing was found.
    found
        Weight of each bin, 0 where nothing was found, shape (b,).
    smoothing
        Smoothing length in bins.
    largest_gap
        Longest run of empty bins that is bridged, as a share of the turn.
    what
        What was looked for; the error's sentence uses it.
    world
        Frame whose coordinates these are; the error names places of the world.

    Raises
    ------
    InputError
        A gap is larger than allowed: the loop is open.
    """
    n = len(values)
    angle = 2.0 * np.pi * (np.arange(n) + 0.5) / n
    length, first = _longest_gap(found == 0)
    if length > largest_gap * n or not (found > 0).any():
        middle = angle[(first + length // 2) % n]
        reach = float(np.median(values[found > 0, 0])) if (found > 0).any() else 0.0
        hole = frame.to_world(reach * np.array([np.cos(middle), np.sin(middle), 0.0]))
        raise InputError(
            f"{what} must go all the way round: {length * 360 / n:.0f} degrees are missing around "
            f"{place_of(world, hole)} (at most {largest_gap * 360:.0f} are bridged); the loop is open: mend or "
            "complete the surfaces."
        )
    ready = smoothed(np.where(found[:, None] > 0, values, 0.0), found.astype(np.float64), length=smoothing, closed=True)
    local = np.stack([ready[:, 0] * np.cos(angle), ready[:, 0] * np.sin(angle), ready[:, 1]], axis=1)
    note = f"largest gap of {length * 360 / n:.0f} degrees bridged" if length else ""
    return frame.to_world(local), note


def spaced_loop(points: FloatArray, n_points: int | None, what: str) -> Loop:
    """Loop through the points, resampled to `n_points` (None for `LOOP_POINTS`), and checked not to cross itself."""
    loop = Loop(points).resampled(LOOP_POINTS if n_points is None else n_points)
    require_simple(loop, what)
    return loop


def require_simple(loop: Loop, what: str) -> None:
    """Check that a loop, seen along its normal, does not cross itself.

    Raises
    ------
    InputError
        It does; the sentence says where.
    """
    frame = Frame.from_normal(loop.centroid, z=loop.normal, y_towards=loop.points[0] - loop.centroid)
    flat = frame.to_local(loop.points)[:, :2]
    a, d = flat, np.roll(flat, -1, axis=0) - flat
    n = len(flat)
    i, j = np.triu_indices(n, 2)
    keep = ~((i == 0) & (j == n - 1))
    i, j = i[keep], j[keep]
    cross = d[i, 0] * d[j, 1] - d[i, 1] * d[j, 0]
    w = a[j] - a[i]
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (w[:, 0] * d[j, 1] - w[:, 1] * d[j, 0]) / cross
        u = (w[:, 0] * d[i, 1] - w[:, 1] * d[i, 0]) / cross
    hit = (cross != 0.0) & (t >= 0.0) & (t < 1.0) & (u >= 0.0) & (u < 1.0)
    if hit.any():
        place = loop.points[i[int(np.argmax(hit))]]
        raise InputError(
            f"{what} must not cross itself; seen along its normal it does near "
            f"({place[0]:.1f}, {place[1]:.1f}, {place[2]:.1f}) mm: check which surfaces were given."
        )


def _longest_gap(empty: np.ndarray) -> tuple[int, int]:
    """Length and first index of the longest cyclic run of True."""
    n = len(empty)
    if empty.all():
        return n, 0
    start = int(np.argmin(empty))
    turned = np.roll(empty, -start)
    best, best_at, run = 0, 0, 0
    for k, is_empty in enumerate(turned):
        run = run + 1 if is_empty else 0
        if run > best:
            best, best_at = run, k - run + 1
    return best, (best_at + start) % n

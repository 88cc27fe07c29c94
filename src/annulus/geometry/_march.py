"""The way on from the end of an axis that is known, until it leaves its tube.

The axis runs on by the parabola through its last three radii, within a bound of bending, and is centred where the
section is whole. It ends where the point ahead lies outside its outline, where it has turned too far from where it was
headed, or a little beyond the tip of the rough path.
"""

from __future__ import annotations

import numpy as np

from annulus._typing import FloatArray
from annulus.geometry._section import Outline, Section, TubeMesh, Wall, section_at

__all__ = ["march"]

_PAST_HOLES = (2.0, 3.0)
"""Steps of a quarter radius at which the march looks for the tube beyond a missing section."""
_MAX_BEND = 0.35
"""A march bends by at most this over the radius: its circles are at least nearly three radii wide."""
_MAX_TURN = np.cos(np.radians(50.0))
"""A march that has turned further than this from where it was headed goes back into the tube."""
_REACH = 1.5
"""A march ends at most this many radii beyond the rough path's tip."""


def march(
    mesh: TubeMesh, line: FloatArray, full: float, tip: FloatArray, radius: float, wall: Wall, allowed: float
) -> FloatArray:
    """Points that carry the line on until it leaves the tube, at most to a little beyond the rough tip, shape (k, 3).

    `full` is the radius of the whole section at the line's last point.
    """
    known = line
    step = 0.25 * radius
    heading = _direction(known[-2:])
    reach = float(np.linalg.norm(tip - known[-1])) + _REACH * radius
    gone = 0.0
    # Centred points may lie closer together than a step; that they stand still is bounded.
    for _ in range(int(2.0 * reach / step)):
        if gone >= reach:
            break
        section, point = _ahead(mesh, known, step, full, wall, allowed, radius)
        if section is None and not any(
            _ahead(mesh, known, k * step, full, wall, allowed, radius)[0] is not None for k in _PAST_HOLES
        ):
            low, high = 0.0, step
            for _ in range(6):
                middle = 0.5 * (low + high)
                section, point = _ahead(mesh, known, middle, full, wall, allowed, radius)
                low, high = (middle, high) if section is not None else (low, middle)
            if low > 0.0:
                known = np.vstack([known, _extrapolated(known, low, radius)[0]])
            break
        # Without a section there is a hole in the wall, not the end: the axis runs on over it.
        # In a cap the section shrinks and its centroid wanders: there too the axis just runs on.
        if section is not None and _is_whole(section.wall(wall), 0.97 * full, 1.15 * full):
            point = section.centroid(wall)
        ahead = point - known[-1]
        if ahead @ heading < _MAX_TURN * np.linalg.norm(ahead):
            break
        gone += float(np.linalg.norm(ahead))
        known = np.vstack([known, point])
    return known[len(line) :]


def _is_whole(outline: Outline, smallest: float, largest: float) -> bool:
    return smallest < outline.radius < largest and outline.open_share < 0.05


def _ahead(
    mesh: TubeMesh, line: FloatArray, step: float, full: float, wall: Wall, allowed: float, radius: float
) -> tuple[Section | None, FloatArray]:
    """Section at `step` beyond the line, None where the point there lies outside the tube."""
    point, direction = _extrapolated(line, step, radius)
    section = section_at(mesh, point, direction, full)
    if section is None:
        return None, point
    outline = section.wall(wall)
    leaves = outline.inset < -allowed or outline.radius > 2.0 * full
    return (None if leaves else section), point


def _extrapolated(line: FloatArray, step: float, radius: float) -> tuple[FloatArray, FloatArray]:
    """Point and direction at `step` beyond the last point, by the parabola over the last three radii."""
    back = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(line[::-1], axis=0), axis=1)))
    last = max(4, int(np.searchsorted(back, 3.0 * radius)))
    s = -back[:last]
    # The parabola keeps to the last point: the line goes on from where it is.
    origin = line[-1]
    basis = np.stack([s, s * s], axis=1)
    (slope, bend), *_ = np.linalg.lstsq(basis, line[::-1][:last] - origin, rcond=None)
    most = 0.5 * _MAX_BEND / radius
    bend = bend * min(1.0, most / max(float(np.linalg.norm(bend)), 1e-12 * most))
    direction = slope + 2.0 * step * bend
    return origin + step * slope + step * step * bend, direction / np.linalg.norm(direction)


def _direction(points: FloatArray) -> FloatArray:
    step = points[-1] - points[0]
    return step / np.linalg.norm(step)

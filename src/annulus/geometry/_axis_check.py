"""Is this an axis? It goes forwards, does not fold, and is about as long as the rough path; a start given is an end."""

from __future__ import annotations

import numpy as np

from annulus._typing import FloatArray
from annulus.errors import InputError
from annulus.geometry._centreline import TubeAxis
from annulus.geometry._curve import Curve
from annulus.geometry._frame import Frame
from annulus.geometry._own_frame import place_of

__all__ = ["require_axis", "require_near_end"]

_SHORTEST = 2.5
"""A tube shorter than this many radii is no tube."""
_MAX_TURN_DEG = 60.0
"""Largest turn from one step of the axis, half a radius long, to the next."""
_MAX_FALL_BACK = 2.0
"""Farthest that an axis runs back along the rough path, in radii."""
_LENGTH_SHARE, _LENGTH_RADII = 0.15, 4.0
"""An axis is as long as the rough path to within this share and this many radii at its two ends together."""
_NEAR_END = 4.0
"""A start that is given lies within this many radii of the end that it names."""
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


def require_near_end(axis: TubeAxis, start: FloatArray, rule: str, world: Frame) -> None:
    """Do nothing with a start given [mm], shape (3,), that lies near the axis' first point.

    Raises
    ------
    InputError
        It does not.
    """
    gap, radius = float(np.linalg.norm(axis.points[0] - start)), float(axis.radius[0])
    if gap > _NEAR_END * radius:
        raise InputError(
            f"{rule} must lie at an end of the vessel: from {place_of(world, start)} the nearer end, at "
            f"{place_of(world, axis.points[0])}, is {gap:.1f} mm away, more than {_NEAR_END:g} radii "
            f"({_NEAR_END * radius:.1f} mm); check the landmark, trim the mouth, or give a centreline."
        )

"""Does this heart stand in LPS axes? Only its place in the body tells RAS from LPS, which differ by no reflection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from annulus._typing import FloatArray
from annulus.geometry import Frame

if TYPE_CHECKING:
    from annulus.anatomy._annulus import Annulus

__all__ = ["body_axes_fault", "typical_frame"]

_LIKE_DEG = 45.0
"""A heart within this angle of `typical_frame` stands as hearts do: of all rotations 2.5 % are within it."""

_ALL_AXES = "x, y and z"

_REFLECTIONS = {
    "x": (-1.0, 1.0, 1.0),
    "y": (1.0, -1.0, 1.0),
    "z": (1.0, 1.0, -1.0),
    _ALL_AXES: (-1.0, -1.0, -1.0),
}
"""Reflections that are looked for: of one axis, with or without RAS read as LPS (z and both others is all three)."""


def typical_frame() -> Frame:
    """Annulus frame of a heart in a typical thorax, LPS: +z to the atrium on the right, posterior and superior side,
    +y to the aortic valve on the right, anterior and superior side.
    """
    return Frame.from_normal((0.0, 0.0, 0.0), z=(-0.6, 0.6, 0.5), y_towards=(-0.4, -0.7, 0.6))


def body_axes_fault(annulus: Annulus, *, knows_up: bool = True) -> str:
    """Which axes are taken for LPS, as the end of a sentence; empty where the heart may stand in LPS axes.

    RAS points read as LPS are turned half round about z, which is no reflection: only a heart's place in the body
    shows it. Half a turn separates the two, and hearts differ from `typical_frame` by some 10 to 25 degrees; a heart
    that stands like neither is not judged.

    Parameters
    ----------
    annulus
        With landmarks, and so a frame.
    knows_up
        Whether the frame's +z is known from the anatomy around. If not, both sides are tried, and a reflection of one
        axis or all three is looked for too, which `handedness` cannot see then.
    """
    axes, usual = annulus.frame.axes, typical_frame().axes
    upside_down = axes * np.array([[-1.0], [1.0], [-1.0]])
    sides = [axes] if knows_up else [axes, upside_down]
    if any(_angle_deg(side, usual) < _LIKE_DEG for side in sides):
        return ""
    if any(_angle_deg(side @ np.diag([-1.0, -1.0, 1.0]), usual) < _LIKE_DEG for side in sides):
        return (
            "with x and y negated it would: the coordinates look like RAS (RAS points were read as LPS): "
            "negate x and y of all points, or state RAS where the file is read"
        )
    if not knows_up:
        # Told from the shape alone, A may be P: that looks like all three axes negated.
        guessed = annulus.landmark_sources["A"].startswith("shape:")
        for names, signs in _REFLECTIONS.items():
            if guessed and names == _ALL_AXES:
                continue
            # Landmarks went with the points: the frame's +z then is on the wrong side.
            if _angle_deg(axes @ np.diag(signs) * np.array([[1.0], [1.0], [-1.0]]), usual) < _LIKE_DEG:
                return (
                    f"with {names} negated it would: the heart is a mirror image: undo the reflection (negate {names} "
                    "of all points)"
                )
    return ""


def _angle_deg(axes: FloatArray, others: FloatArray) -> float:
    """Angle of the rotation from one frame's axes to the other's [deg]."""
    return float(np.degrees(np.arccos(np.clip(0.5 * (float(np.sum(axes * others)) - 1.0), -1.0, 1.0))))

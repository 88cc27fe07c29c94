"""Crossings of two curves seen from a direction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annulus._arrays import vector_array
from annulus._typing import ArrayLike
from annulus.errors import InputError
from annulus.geometry._curve import Curve
from annulus.geometry._frame import Frame
from annulus.kernels.crossings import polyline_crossings

__all__ = ["CurveCrossing", "crossings_seen_from"]


@dataclass(frozen=True, slots=True)
class CurveCrossing:
    """One place where two curves cover each other.

    Parameters
    ----------
    first_mm, second_mm
        Arc lengths along the first and the second curve [mm].
    rise_mm
        How much nearer to the observer the second curve is than the first [mm].
    sense
        +1 where the second curve passes from the right of the first to its left, as the observer sees it; else -1.
    """

    first_mm: float
    second_mm: float
    rise_mm: float
    sense: int


def crossings_seen_from(direction: ArrayLike, first: Curve, second: Curve) -> tuple[CurveCrossing, ...]:
    """Crossings of the polylines of two curves, seen by an observer far away in `direction`.

    Parameters
    ----------
    direction
        From the curves to the observer, shape (3,).
    first, second
        The two curves; crossings come in order along `first`.

    Raises
    ------
    InputError
        `direction` is zero.
    """
    towards = vector_array("direction", direction)
    if not towards.any():
        raise InputError("direction must not be the zero vector; give the direction to the observer.")
    aside = np.zeros(3)
    aside[int(np.argmin(np.abs(towards)))] = 1.0
    frame = Frame.from_normal(first.points[0], z=towards, y_towards=aside)
    plane = np.ascontiguousarray(frame.axes[:2].T)
    flat = [(curve.points - frame.origin) @ plane for curve in (first, second)]
    crossings = []
    for at_first, at_second, sense in polyline_crossings(*flat):
        s = [
            float(np.interp(at, np.arange(len(c)), c.arc_lengths)) for at, c in ((at_first, first), (at_second, second))
        ]
        rise = float((second.at(s[1]) - first.at(s[0])) @ frame.axes[2])
        crossings.append(CurveCrossing(s[0], s[1], rise, int(sense)))
    return tuple(crossings)

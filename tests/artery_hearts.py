"""Hearts with arteries drawn beside the vein of the FMR preset, for the tests of compression."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from annulus.anatomy import Artery, Case
from annulus.geometry import Curve
from cinch_hearts import fmr

__all__ = ["drawn_artery", "with_arteries"]


def drawn_artery(
    name: str, gap_mm: float, *, side: float = 1.0, start_mm: float = 40.0, end_mm: float = 70.0, radius_mm: float = 1.7
) -> Artery:
    """An artery beside `start_mm` to `end_mm` of the vein, towards the annulus (`side` 1) or outside of it (-1)."""
    case = fmr()
    sinus = case.coronary_sinus
    assert sinus is not None and sinus.curve.radius is not None
    s = np.linspace(start_mm, end_mm, 61)
    axis = sinus.curve.at(s)
    inward = case.annulus.loop.at(case.annulus.loop.closest(axis)[0]) - axis
    tangents = np.gradient(axis, axis=0)
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    inward -= np.sum(inward * tangents, axis=1, keepdims=True) * tangents
    inward /= np.linalg.norm(inward, axis=1, keepdims=True)
    away = sinus.curve.radius_at(s) + radius_mm + gap_mm
    # From the bifurcation on the left to the right, as a circumflex runs.
    points = (axis + side * away[:, None] * inward)[::-1]
    return Artery(name, Curve(points, np.full(len(points), radius_mm)))


def with_arteries(*arteries: Artery) -> Case:
    """The FMR preset with these arteries, without leaflets."""
    return replace(fmr(), arteries=arteries)

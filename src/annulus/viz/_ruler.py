"""A millimetre ruler along the vein, from its ostium: where a device's ends land is read off it."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import Annulus
from annulus.geometry import Curve

__all__ = ["RULER_COLOR", "RulerMark", "add_ruler", "ruler_marks"]

RULER_COLOR = "#20456f"


@dataclass(frozen=True, eq=False)
class RulerMark:
    """One mark: arc length on the measured vein [mm], its ends on and off the wall, and the outward direction there."""

    s_mm: float
    inner: FloatArray
    outer: FloatArray
    outward: FloatArray

    @property
    def text(self) -> str:
        """Its words."""
        return f"{self.s_mm:g}"


def ruler_marks(measured: Curve, drawn: Curve, annulus: Annulus, *, step_mm: float = 10.0) -> list[RulerMark]:
    """Marks every `step_mm` of the measured vein, where that place lies on the drawn one.

    A landing is told in arc length of the vein as measured. Where the drawn vein has as many vertices, a mark stays
    with its vertex; else it goes to the same share of the length.
    """
    s = np.arange(0.0, measured.length + 1e-9, step_mm)
    if len(measured) == len(drawn):
        at = np.interp(s, measured.arc_lengths, drawn.arc_lengths)
    else:
        at = s * drawn.length / measured.length
    radius = 2.0 * np.ones(len(s)) if drawn.radius is None else drawn.radius_at(at)
    centres = drawn.at(at)
    ahead, back = drawn.at(np.minimum(at + 0.5, drawn.length)), drawn.at(np.maximum(at - 0.5, 0.0))
    tangents = (ahead - back) / np.linalg.norm(ahead - back, axis=1, keepdims=True)
    # Away from the annulus, across the vein: the side that no device and no artery between them covers.
    outward = centres - annulus.loop.centroid
    outward -= np.sum(outward * tangents, axis=1, keepdims=True) * tangents
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-9)
    return [
        RulerMark(
            float(s[k]), centres[k] + radius[k] * outward[k], centres[k] + (radius[k] + 1.6) * outward[k], outward[k]
        )
        for k in range(len(s))
    ]


def add_ruler(plotter: Any, pv: ModuleType, measured: Curve, drawn: Curve, annulus: Annulus, *, fine: bool) -> None:
    """Add the ruler: long ticks every 10 mm, middle ones every 5 mm and, where `fine`, short ones every millimetre."""
    steps = ((10.0, 2.6, 3.0), (5.0, 1.5, 2.0), *(((1.0, 0.8, 1.0),) if fine else ()))
    edge = ruler_marks(measured, drawn, annulus, step_mm=1.0)
    line = np.array([mark.inner for mark in edge])
    plotter.add_mesh(
        pv.lines_from_points(line), color=RULER_COLOR, line_width=1.5, name="ruler", render_lines_as_tubes=False
    )
    for step, length, width in steps:
        marks = ruler_marks(measured, drawn, annulus, step_mm=step)
        ends = np.array([[mark.inner, mark.inner + length * mark.outward] for mark in marks]).reshape(-1, 3)
        plotter.add_mesh(
            pv.line_segments_from_points(ends), color=RULER_COLOR, line_width=width, name=f"ruler {step:g} mm"
        )

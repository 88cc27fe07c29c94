"""All measures of one annulus, with and without the minimal surface, against plain NumPy and SciPy."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from scipy.interpolate import CubicSpline

from annulus.anatomy import Annulus, annulus_from_loop
from annulus.anatomy.measures import measure_annulus, measure_sequence
from annulus.bench._row import BenchRow
from annulus.bench._timing import growth_note, interleaved
from annulus.geometry import Loop

__all__ = ["MEASURE_SIZES", "measure_rows", "plain_measures", "saddle"]

MEASURE_SIZES = (32, 128, 512)
"""Points of the contour."""

AIM_S, AIM_FILM_S = 1.0e-3, 5.0e-3

_FRAMES, _FRAME_POINTS = 25, 96


def measure_rows(sizes: Sequence[int] = MEASURE_SIZES, *, rounds: int = 40) -> tuple[BenchRow, ...]:
    """Measures of contours of growing size."""
    rows: list[BenchRow] = []
    seconds: list[float] = []
    for n in sizes:
        annulus = saddle(n)
        times = interleaved(
            {
                "measures": partial(measure_annulus, annulus, minimal_surface=False),
                "film": partial(measure_annulus, annulus),
                "plain": partial(plain_measures, annulus),
            },
            rounds,
        )
        seconds.append(times["measures"])
        rows.append(
            BenchRow(
                f"all measures of one contour of {n} points",
                times["measures"],
                "the main ones by plain NumPy and SciPy",
                times["plain"],
                aim_seconds=AIM_S,
                note=growth_note("points", sizes, seconds),
            )
        )
        rows.append(BenchRow("the same with the minimal surface", times["film"], aim_seconds=AIM_FILM_S))
    frames = [saddle(_FRAME_POINTS)] * _FRAMES
    seconds_of_all = interleaved({"all": partial(measure_sequence, frames)}, max(rounds // 5, 1))["all"]
    rows.append(BenchRow(f"{_FRAMES} frames of {_FRAME_POINTS} points in one call", seconds_of_all))
    return tuple(rows)


def saddle(n: int) -> Annulus:
    """A D-shaped saddle with `n` points."""
    t = 2.0 * np.pi * np.arange(n) / n
    r = 17.0 - 1.5 * np.cos(t) - 2.5 * np.cos(2.0 * t)
    points = np.column_stack([-r * np.sin(t), r * np.cos(t), 3.0 * np.cos(2.0 * t) + 0.8 * np.cos(t)])
    return annulus_from_loop(Loop(points), atrial_side=[0.0, 0.0, 100.0], aortic=[0.0, 40.0, 5.0])


def plain_measures(annulus: Annulus, n_dense: int = 1024) -> dict[str, float]:
    """Perimeter, area, AP, ALPM and height on a densely sampled SciPy spline, by the keys of the measures."""
    points = annulus.loop.points
    steps = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
    knots = np.append(0.0, np.cumsum(steps))
    spline = CubicSpline(knots, np.vstack([points, points[:1]]), bc_type="periodic")
    dense = spline(np.linspace(0.0, knots[-1], n_dense, endpoint=False))
    after = np.roll(dense, -1, axis=0)
    weights = np.linalg.norm(after - dense, axis=1)
    middle = 0.5 * (dense + after)
    centre = weights @ middle / weights.sum()
    normal = np.linalg.eigh((middle - centre).T @ (weights[:, None] * (middle - centre)))[1][:, 0]
    heights = (dense - centre) @ normal
    places = {k: dense[np.argmin(np.linalg.norm(dense - v, axis=1))] for k, v in annulus.landmarks.items()}
    towards = places["A"] - places["P"]
    side = (dense - centre) @ (towards - (towards @ normal) * normal)
    ends = dense[np.flatnonzero(side * np.roll(side, -1) < 0.0)]
    return {
        "perimeter_3d_mm": float(weights.sum()),
        "area_2d_mm2": float(abs(0.5 * np.cross(dense - centre, after - centre).sum(axis=0) @ normal)),
        "ap_mm": float(np.linalg.norm(towards)),
        "alpm_mm": float(np.linalg.norm(ends[0] - ends[-1])),
        "height_mm": float(heights.max() - heights.min()),
    }

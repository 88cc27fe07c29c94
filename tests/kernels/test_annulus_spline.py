"""Rows of `annulus.kernels.annulus_spline`: SciPy's periodic spline, sampled densely."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

from annulus.kernels.annulus_spline import annulus_spline
from kernel_rows import kernel_rows

_DENSE = 400_000


def saddle(n: int, *, backwards: bool = False) -> np.ndarray:
    """An annulus whose A lies at +y and P at -y, AL at -x."""
    t = 2.0 * np.pi * np.arange(n) / n
    x, y = -20.0 * np.sin(t), 15.0 * np.cos(t) + 1.5 * np.cos(2.0 * t)
    points = np.column_stack([x, y, 3.0 * np.cos(2.0 * t) + 0.4 * np.sin(t)]) + [40.0, -20.0, 7.0]
    return points[::-1].copy() if backwards else points


def arguments(points: np.ndarray) -> tuple:
    centre = points.mean(axis=0)
    landmarks = centre + np.array([[0.0, 16.0, 3.0], [0.5, -14.0, 3.0], [-20.0, 0.0, -3.0], [20.0, 1.0, -3.0]])
    # A, P, AL, PM stand in rows 0, 1, 2 and 3.
    return points, landmarks, np.arange(4), np.array([0.0, 0.0, 1.0])


def slow_readings(points, landmarks, named, atrial) -> tuple:
    """Every reading from sums over a polygon of very many points."""
    closed = np.vstack([points, points[:1]])
    knots = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1)))
    spline = CubicSpline(knots, closed, bc_type="periodic")
    t = np.linspace(0.0, knots[-1], _DENSE + 1)
    x = spline(t)
    middle, step = 0.5 * (x[1:] + x[:-1]), np.diff(x, axis=0)
    ds = np.linalg.norm(step, axis=1)
    length = ds.sum()
    centre = ds @ middle / length

    def normal_of(rows: np.ndarray) -> np.ndarray:
        m, w = middle[rows], ds[rows]
        r = m - w @ m / w.sum()
        axis = np.linalg.svd((w[:, None] * r).T @ r)[0][:, 2]
        return axis if axis @ atrial > 0.0 else -axis

    normal = normal_of(np.arange(_DENSE))
    area = 0.5 * np.cross(middle - centre, step).sum(axis=0)
    places = np.array([np.linalg.norm(x[:-1] - point, axis=1).argmin() for point in landmarks])
    towards = x[places[named[0]]] - x[places[named[1]]]
    anterior = towards - (towards @ normal) * normal
    anterior /= np.linalg.norm(anterior)
    heights = (x - centre) @ normal
    level = (x - centre) @ anterior
    cut = np.flatnonzero(level[1:] * level[:-1] <= 0.0)
    aside = (x[cut] - centre) @ np.cross(anterior, normal)
    ends = x[cut[[aside.argmin(), aside.argmax()]]]
    flat = np.sqrt(ds**2 - (step @ normal) ** 2)
    swept = 0.5 * np.cross(middle - centre, step) @ normal
    sums = np.vstack([np.zeros(3), np.cumsum(np.column_stack([ds, flat, swept]), axis=0)])
    halves = []
    forwards = area @ normal > 0.0
    for half in range(2):
        first, last = places[named[2]], places[named[3]]
        first, last = (last, first) if (half == 1) == forwards else (first, last)
        rows = np.arange(first, last if last > first else last + _DENSE) % _DENSE
        halves.append(normal_of(rows))
    return (
        np.array([length, heights.min(), heights.max(), np.linalg.norm(ends[0] - ends[1])]),
        centre,
        area,
        normal,
        anterior,
        t[places],
        x[places],
        sums[[*places, _DENSE]],
        np.array(halves),
    )


def readings(returned, _) -> tuple:
    numbers = np.array([returned.length, returned.low, returned.high, returned.width])
    shapes = (returned.centre, returned.area, returned.normal, returned.anterior)
    return (numbers, *shapes, returned.where, returned.places, returned.covered, returned.halves)


ROWS = [
    *kernel_rows(
        annulus_spline,
        reference=slow_readings,
        small=lambda: arguments(saddle(12)),
        large=lambda: arguments(saddle(240, backwards=True)),
        degenerate=lambda: arguments(np.round(saddle(8))),
        output=readings,
        rtol=1e-4,  # the reference takes each place at the nearest of its samples, 3e-4 mm apart, and Gauss's rule of
        atol=2e-2,  # few long pieces is good to 1e-5 of the area
        twin_rtol=1e-9,
    ),
]

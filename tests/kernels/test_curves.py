"""Rows of `annulus.kernels.curves`."""

from __future__ import annotations

import itertools

import numpy as np
from scipy.interpolate import CubicSpline, PPoly

from annulus.kernels.curves import (
    arc_lengths,
    closest_on_polyline,
    equal_steps,
    interpolated,
    natural_spline,
    parallel_transport,
    repeated_vertex,
    wall_distances,
)
from kernel_rows import kernel_rows


def helix(n: int) -> np.ndarray:
    t = np.linspace(0.0, 4.0, n)
    return np.column_stack([10.0 * np.cos(t), 10.0 * np.sin(t), 2.0 * t])


def saddle(n: int) -> np.ndarray:
    t = 2.0 * np.pi * np.arange(n) / n
    return np.column_stack([18.0 * np.cos(t), 14.0 * np.sin(t), 3.0 * np.cos(2.0 * t)])


def tangents(n: int) -> np.ndarray:
    steps = np.diff(helix(n + 1), axis=0)
    return steps / np.linalg.norm(steps, axis=1)[:, None]


def transport_arguments(directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    normal = np.cross(directions[0], [0.3, -0.5, 0.8])
    return directions, normal / np.linalg.norm(normal)


def slow_arc_lengths(points: np.ndarray) -> np.ndarray:
    return np.append(0.0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1)))


def slow_transport(directions: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Rodrigues' rotation about the cross product of each pair of neighbouring tangents."""
    out = [normal]
    for a, b in itertools.pairwise(directions):
        axis = np.cross(a, b)
        sine, cosine = float(np.linalg.norm(axis)), float(a @ b)
        v = out[-1]
        if sine > 0.0:
            k = axis / sine
            v = v * cosine + np.cross(k, v) * sine + k * (k @ v) * (1.0 - cosine)
        out.append(v)
    return np.array(out)


def slow_closest(queries: np.ndarray, points: np.ndarray, closed: bool) -> tuple[np.ndarray, np.ndarray]:
    """All queries against all edges at once."""
    a = points if closed else points[:-1]
    d = (np.roll(points, -1, axis=0) if closed else points[1:]) - a
    squares = np.einsum("ij,ij->i", d, d)
    w = queries[:, None] - a
    t = np.clip(np.einsum("qij,ij->qi", w, d) / np.where(squares > 0.0, squares, 1.0), 0.0, 1.0)
    gaps = np.linalg.norm(w - t[..., None] * d, axis=2)
    best = gaps.argmin(axis=1)
    rows = np.arange(len(queries))
    return best + t[rows, best], gaps[rows, best]


def spline_arguments(points: np.ndarray, first: float, share: float, n_points: int, closed: bool = False) -> tuple:
    if closed:
        points = np.vstack([points, points[:1]])
    s = slow_arc_lengths(points)
    spline = CubicSpline(s, points, bc_type="periodic" if closed else "not-a-knot")
    return spline.x, spline.c, first * s[-1], (first + share) * s[-1], n_points


def slow_steps(knots: np.ndarray, c: np.ndarray, first: float, last: float, n_points: int) -> tuple:
    """Arc length by a fine trapezoidal rule, inverted by linear interpolation."""
    curve = PPoly(c, knots, extrapolate="periodic")
    t = np.linspace(first, last, 200_001)
    speed = np.linalg.norm(curve(t, 1), axis=1)
    arc = np.append(0.0, np.cumsum(0.5 * (speed[1:] + speed[:-1]) * np.diff(t)))
    parameters = np.interp(np.linspace(0.0, arc[-1], n_points), arc, t)
    return curve(parameters), parameters


def slow_natural(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    spline = CubicSpline(slow_arc_lengths(points), points, bc_type="natural")
    return spline.x, spline.c


def slow_repeated(points: np.ndarray, closed: bool) -> int:
    following = np.roll(points, -1, axis=0) if closed else points[1:]
    same = np.flatnonzero((points[: len(following)] == following).all(axis=1))
    return int(same[0]) if same.size else -1


def slow_interpolated(at: np.ndarray, knots: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.stack([np.interp(at, knots, column) for column in values.T], axis=1)


def tube(n: int, shift: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    points = helix(n) + [shift, 0.0, 0.0]
    return slow_arc_lengths(points), points, 1.0 + 0.5 * np.sin(np.arange(n))


def slow_walls(stations: np.ndarray, first: tuple, second: tuple) -> np.ndarray:
    arcs, points, radii = first
    places = slow_interpolated(stations, arcs, points)
    where, distances = slow_closest(places, second[1], False)
    beside = np.interp(where, np.arange(len(second[1])), second[2])
    return distances - np.interp(stations, arcs, radii) - beside


def scattered(n: int) -> np.ndarray:
    return np.random.default_rng(7).normal(scale=12.0, size=(n, 3))


ROWS = [
    *kernel_rows(
        arc_lengths,
        reference=slow_arc_lengths,
        small=lambda: (helix(5),),
        large=lambda: (helix(400),),
        degenerate=lambda: (np.ones((3, 3)),),
    ),
    *kernel_rows(
        equal_steps,
        reference=slow_steps,
        small=lambda: spline_arguments(helix(6)[:5], 0.0, 0.999, 7),
        large=lambda: spline_arguments(saddle(30), 0.61, 1.0, 60, closed=True),
        degenerate=lambda: spline_arguments(helix(5)[:4], 0.0, 0.999, 2),
        rtol=1e-6,
        atol=1e-6,
        twin_rtol=1e-9,
    ),
    *kernel_rows(
        natural_spline,
        reference=slow_natural,
        small=lambda: (helix(4),),
        large=lambda: (scattered(200),),
        degenerate=lambda: (helix(2),),
        rtol=1e-9,  # scattered points make pieces of very unequal length
        atol=1e-10,
    ),
    *kernel_rows(
        repeated_vertex,
        reference=slow_repeated,
        small=lambda: (helix(5), False),
        large=lambda: (np.vstack([saddle(200), saddle(200)[:1]]), True),
        degenerate=lambda: (np.ones((2, 3)), False),
    ),
    *kernel_rows(
        interpolated,
        reference=slow_interpolated,
        small=lambda: (np.array([-1.0, 0.4, 2.0, 9.0]), np.array([0.0, 0.4, 2.0]), helix(3)),
        large=lambda: (np.linspace(-5.0, 60.0, 301), slow_arc_lengths(helix(200)), helix(200)),
        degenerate=lambda: (np.zeros(0), np.array([0.0, 1.0]), np.ones((2, 1))),
    ),
    *kernel_rows(
        wall_distances,
        reference=slow_walls,
        small=lambda: (np.array([0.0, 3.0, 9.0]), tube(5, 0.0), tube(4, 6.0)),
        large=lambda: (np.linspace(0.0, 40.0, 120), tube(150, 0.0), tube(90, 6.0)),
        degenerate=lambda: (np.array([1.0]), tube(2, 0.0), tube(2, 0.0)),
    ),
    *kernel_rows(
        parallel_transport,
        reference=slow_transport,
        small=lambda: transport_arguments(tangents(5)),
        large=lambda: transport_arguments(tangents(400)),
        degenerate=lambda: transport_arguments(np.tile([0.0, 0.0, 1.0], (4, 1))),
        rtol=1e-10,  # the kernel makes each normal orthogonal and unit again, the reference lets rounding grow
        atol=1e-11,
    ),
    *kernel_rows(
        closest_on_polyline,
        reference=slow_closest,
        small=lambda: (scattered(4), helix(6), False),
        large=lambda: (scattered(60), helix(200), True),
        degenerate=lambda: (scattered(3), np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]), False),
        rtol=1e-11,
    ),
]

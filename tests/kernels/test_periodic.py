"""Rows of `annulus.kernels.periodic`: SciPy's periodic spline, dense sampling and quadrature as slow references."""

from __future__ import annotations

import itertools

import numpy as np
from scipy.integrate import quad_vec
from scipy.interpolate import CubicSpline
from scipy.optimize import minimize_scalar

from annulus.kernels.periodic import (
    periodic_closest,
    periodic_cumulative,
    periodic_evaluate,
    periodic_extremes,
    periodic_levels,
    periodic_moments,
    periodic_spline,
)
from kernel_rows import kernel_rows

NORMAL = np.array([0.36, 0.48, 0.8])


def wavy(n: int) -> np.ndarray:
    rng = np.random.default_rng(n)
    t = np.sort(2.0 * np.pi * (np.arange(n) + 0.3 * rng.random(n)) / n)
    return np.column_stack([18.0 * np.cos(t), 14.0 * np.sin(t), 3.0 * np.cos(2.0 * t + 0.2)]) + [4.0, -2.0, 7.0]


def triangle() -> np.ndarray:
    """The fewest points, very uneven."""
    return np.array([[0.0, 0.0, 0.0], [10.0, 0.0, 0.0], [10.0, 0.1, 1.0]])


def scipy_spline(points: np.ndarray) -> CubicSpline:
    steps = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
    return CubicSpline(np.append(0.0, np.cumsum(steps)), np.vstack([points, points[:1]]), bc_type="periodic")


def slow_spline(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    spline = scipy_spline(points)
    return spline.x, np.ascontiguousarray(np.moveaxis(spline.c[::-1], 0, 1))


def curve(knots: np.ndarray, coefficients: np.ndarray) -> CubicSpline:
    return scipy_spline(coefficients[:, 0])


def integral(function, spline: CubicSpline, first: float, last: float):
    period = spline.x[-1]
    knots = np.concatenate([spline.x + k * period for k in range(3)])
    inner = np.unique(knots[(knots > first) & (knots < last)])
    edges = np.concatenate([[first], inner, [last]])
    # The kernel's own rule, four Gauss points a piece, but vectorised: its quadrature error is tested below.
    nodes, weights = np.polynomial.legendre.leggauss(4)
    total = 0.0
    for a, b in itertools.pairwise(edges):
        for x, w in zip(nodes, weights, strict=True):
            total = total + 0.5 * (b - a) * w * function(0.5 * (a + b) + 0.5 * (b - a) * x)
    return total


def slow_evaluate(knots, coefficients, parameters):
    spline = curve(knots, coefficients)
    return np.stack([spline(parameters % knots[-1], k) for k in range(3)], axis=1)


def slow_moments(knots, coefficients, first, last):
    spline = curve(knots, coefficients)
    at = lambda t: spline(t % knots[-1])  # noqa: E731
    d = lambda t: spline(t % knots[-1], 1)  # noqa: E731
    speed = lambda t: np.linalg.norm(d(t))  # noqa: E731
    length = integral(speed, spline, first, last)
    mean = integral(lambda t: speed(t) * at(t), spline, first, last) / length
    moment = integral(lambda t: speed(t) * np.outer(at(t) - mean, at(t) - mean), spline, first, last)
    area = integral(lambda t: 0.5 * np.cross(at(t) - at(first), d(t)), spline, first, last)
    return length, mean, moment, area


def slow_cumulative(knots, coefficients, parameters, centre, normal):
    spline = curve(knots, coefficients)
    rows = []
    for t in parameters:

        def covered(u):
            x, d = spline(u) - centre, spline(u, 1)
            return np.array(
                [np.linalg.norm(d), np.linalg.norm(d - (d @ normal) * normal), 0.5 * normal @ np.cross(x, d)]
            )

        rows.append(integral(covered, spline, 0.0, t) if t > 0.0 else np.zeros(3))
    return np.array(rows)


def slow_closest(knots, coefficients, queries):
    spline = curve(knots, coefficients)
    dense = np.linspace(0.0, knots[-1], 20001)
    points = spline(dense)
    where, distances = [], []
    for query in queries:
        best = dense[np.argmin(np.linalg.norm(points - query, axis=1))]
        step = dense[1]
        found = minimize_scalar(
            lambda t, q=query: np.sum((spline(t % knots[-1]) - q) ** 2),
            bounds=(best - step, best + step),
            method="bounded",
            options={"xatol": 1e-12},
        )
        where.append(found.x % knots[-1])
        distances.append(np.sqrt(found.fun))
    return np.array(where), np.array(distances)


def slow_levels(knots, coefficients, origin, direction):
    spline = curve(knots, coefficients)
    roots = CubicSpline(spline.x, (spline(spline.x) - origin) @ direction, bc_type="periodic").roots(extrapolate=False)
    return np.sort(roots[roots < knots[-1] * (1.0 - 1e-12)])


def slow_extremes(knots, coefficients, origin, direction):
    spline = curve(knots, coefficients)
    height = CubicSpline(spline.x, (spline(spline.x) - origin) @ direction, bc_type="periodic")
    at = np.concatenate([spline.x, height.derivative().roots(extrapolate=False)])
    return float(height(at).min()), float(height(at).max())


def spline_of(points: np.ndarray, *rest):
    return (*slow_spline(points), *rest)


def share(points: np.ndarray, *shares: float) -> np.ndarray:
    return np.array(shares) * slow_spline(points)[0][-1]


QUERIES = np.array([[20.0, 3.0, 6.0], [4.1, -2.0, 6.0], [-30.0, -20.0, 10.0], [22.0, -2.0, 9.9]])
ORIGIN = np.array([4.2, -2.1, 7.3])

ROWS = [
    *kernel_rows(
        periodic_spline,
        reference=slow_spline,
        small=lambda: (wavy(9),),
        large=lambda: (wavy(300),),
        degenerate=lambda: (triangle(),),
        rtol=1e-9,
        atol=1e-10,  # third derivatives divide by the cube of the shortest edge
    ),
    *kernel_rows(
        periodic_evaluate,
        reference=slow_evaluate,
        small=lambda: spline_of(wavy(9), np.array([-1.0, 0.0, 3.0, 200.0])),
        large=lambda: spline_of(wavy(300), np.linspace(-10.0, 150.0, 40)),
        degenerate=lambda: spline_of(triangle(), np.array([0.0, 9.0])),
        rtol=1e-9,
        atol=1e-10,
    ),
    *kernel_rows(
        periodic_moments,
        reference=slow_moments,
        small=lambda: spline_of(wavy(9), 0.0, float(share(wavy(9), 1.0)[0])),
        large=lambda: spline_of(wavy(100), 70.0, 130.0),
        degenerate=lambda: spline_of(triangle(), 0.0, float(share(triangle(), 1.0)[0])),
        rtol=1e-9,
        atol=1e-8,  # zero entries are differences of moments of 1e4 mm3
    ),
    *kernel_rows(
        periodic_cumulative,
        reference=slow_cumulative,
        small=lambda: spline_of(wavy(9), share(wavy(9), 0.0, 0.3, 1.0), ORIGIN, NORMAL),
        large=lambda: spline_of(wavy(100), share(wavy(100), 0.21, 0.6, 0.99), ORIGIN, NORMAL),
        degenerate=lambda: spline_of(triangle(), share(triangle(), 0.0, 1.0), ORIGIN, NORMAL),
        rtol=1e-10,
        atol=1e-9,
    ),
    *kernel_rows(
        periodic_closest,
        reference=slow_closest,
        small=lambda: spline_of(wavy(9), QUERIES),
        large=lambda: spline_of(wavy(300), QUERIES),
        degenerate=lambda: spline_of(triangle(), QUERIES[:2]),
        rtol=1e-6,
        atol=1e-6,  # the reference minimises a square, whose minimum is flat
    ),
    *kernel_rows(
        periodic_levels,
        reference=slow_levels,
        small=lambda: spline_of(wavy(9), ORIGIN, NORMAL),
        large=lambda: spline_of(wavy(300), ORIGIN, np.array([0.0, 0.0, 1.0])),
        degenerate=lambda: spline_of(triangle(), ORIGIN + 100.0, NORMAL),
        rtol=1e-9,
        atol=1e-9,
    ),
    *kernel_rows(
        periodic_extremes,
        reference=slow_extremes,
        small=lambda: spline_of(wavy(9), ORIGIN, NORMAL),
        large=lambda: spline_of(wavy(300), ORIGIN, NORMAL),
        degenerate=lambda: spline_of(triangle(), ORIGIN, NORMAL),
        rtol=1e-9,
        atol=1e-9,
    ),
]


def test_gauss_rule_is_fine_enough() -> None:
    """Adaptive quadrature of the same spline: the rule's error on 40 points round a loop is below 1e-9."""
    points = wavy(40)
    knots, coefficients = periodic_spline(points)
    spline = scipy_spline(points)
    exact = 0.0
    for a, b in itertools.pairwise(knots):
        exact += quad_vec(lambda t: np.linalg.norm(spline(t, 1)), a, b, epsabs=1e-13)[0]
    assert abs(periodic_moments(knots, coefficients, 0.0, knots[-1])[0] / exact - 1.0) < 1e-9

"""Rows of `annulus.kernels.crossings`: every pair of edges solved as a 2 x 2 system, and plain vector algebra."""

from __future__ import annotations

import itertools

import numpy as np

from annulus.kernels.crossings import polyline_crossings, side_components, tube_crossings
from kernel_rows import kernel_rows


def wave(n: int, phase: float) -> np.ndarray:
    x = np.linspace(0.0, 20.0, n)
    return np.column_stack([x, 3.0 * np.sin(0.7 * x + phase)])


def slow_crossings(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    rows = []
    for i, (a, b) in enumerate(itertools.pairwise(first)):
        for j, (c, d) in enumerate(itertools.pairwise(second)):
            system = np.column_stack([b - a, c - d])
            if abs(np.linalg.det(system)) < 1e-300:
                continue
            t, u = np.linalg.solve(system, c - a)
            if 0.0 <= t < 1.0 and 0.0 <= u < 1.0:
                rows.append([i + t, j + u, np.sign((b - a)[0] * (d - c)[1] - (b - a)[1] * (d - c)[0])])
    return np.array(sorted(rows)).reshape(-1, 3)


def slow_sides(offsets, tangents, down, handed):
    rows = []
    for offset, tangent in zip(offsets, tangents, strict=True):
        v = down - (down @ tangent) * tangent
        if np.linalg.norm(v) < 1e-6:
            rows.append([np.nan, np.nan])
            continue
        v = v / np.linalg.norm(v)
        rows.append([handed * (offset @ np.cross(v, tangent)), offset @ v])
    return np.array(rows).reshape(-1, 2)


def vectors(n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(n)
    tangents = rng.normal(size=(n, 3))
    return rng.normal(size=(n, 3)), tangents / np.linalg.norm(tangents, axis=1, keepdims=True)


DOWN = np.array([0.0, 0.6, -0.8])


def rotated() -> np.ndarray:
    third = DOWN / np.linalg.norm(DOWN)
    first = np.array([1.0, 0.0, 0.0])
    return np.array([first, np.cross(third, first), third])


FRAME = (np.array([3.0, -2.0, 5.0]), rotated())


def winding(n: int, phase: float, radius: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A tube that winds around a quarter of a circle in the frame's plane."""
    t = np.linspace(0.3, 2.2, n)
    out = 20.0 + 4.0 * np.sin(6.0 * t + phase)
    local = np.column_stack([out * np.cos(t), out * np.sin(t), 2.0 * np.cos(3.0 * t + phase)])
    points = local @ FRAME[1] + FRAME[0]
    arcs = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1)))
    return arcs, points, np.full(n, radius)


def on_curve(s: float, arcs: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.array([np.interp(s, arcs, column) for column in values.T])


def nearest_on(point: np.ndarray, points: np.ndarray) -> tuple[float, np.ndarray]:
    """Position and place on a polyline, edge by edge."""
    best = (np.inf, 0.0, point)
    for i, (a, b) in enumerate(itertools.pairwise(points)):
        t = float(np.clip((point - a) @ (b - a) / ((b - a) @ (b - a)), 0.0, 1.0))
        best = min(best, (float(np.linalg.norm(a + t * (b - a) - point)), i + t, a + t * (b - a)), key=lambda r: r[0])
    return best[1], best[2]


def slow_tubes(frame, first, second):
    origin, axes = frame
    flat = [((tube[1] - origin) @ axes.T)[:, :2] for tube in (first, second)]
    rows = []
    for i, j, sense in slow_crossings(*flat):
        s = float(np.interp(i, np.arange(len(first[0])), first[0]))
        r = float(np.interp(j, np.arange(len(second[0])), second[0]))
        here, there = on_curve(s, first[0], first[1]), on_curve(r, second[0], second[1])
        at, foot = nearest_on(here, second[1])
        reach = np.interp(s, first[0], first[2]) + np.interp(at, np.arange(len(second[0])), second[2])
        step = 0.01 * second[0][-1]
        ends = [on_curve(np.clip(r + sign * step, 0.0, second[0][-1]), *second[:2]) for sign in (-1.0, 1.0)]
        places = [nearest_on(end, first[1]) for end in ends]
        out = [
            np.linalg.norm(((end - origin) @ axes.T)[:2]) - np.linalg.norm(((place[1] - origin) @ axes.T)[:2])
            for end, place in zip(ends, places, strict=True)
        ]
        inwards = (out[1] < out[0]) != (places[0][0] > places[1][0])
        distance = np.linalg.norm(foot - here)
        rows.append([s, r, (there - here) @ axes[2], sense, distance, distance - reach, reach, float(inwards)])
    return np.array(rows).reshape(-1, 8)


ROWS = [
    *kernel_rows(
        tube_crossings,
        reference=slow_tubes,
        small=lambda: (FRAME, winding(12, 0.0, 3.0), winding(9, 2.0, 1.5)),
        large=lambda: (FRAME, winding(150, 0.0, 3.0), winding(120, 2.0, np.nan)),
        degenerate=lambda: (FRAME, winding(2, 0.0, 3.0), winding(2, 0.1, 1.5)),
        rtol=1e-9,
        atol=1e-9,
        twin_rtol=1e-9,
    ),
    *kernel_rows(
        polyline_crossings,
        reference=slow_crossings,
        small=lambda: (wave(7, 0.0), wave(5, 1.3)),
        large=lambda: (wave(120, 0.0), wave(90, 1.3)),
        degenerate=lambda: (np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[0.0, 1.0], [1.0, 1.0]])),
    ),
    *kernel_rows(
        side_components,
        reference=slow_sides,
        small=lambda: (*vectors(3), DOWN, 1.0),
        large=lambda: (*vectors(200), DOWN, -1.0),
        degenerate=lambda: (np.ones((1, 3)), DOWN.reshape(1, 3), DOWN, 1.0),
    ),
]


def test_a_vertex_on_the_other_line_counts_once() -> None:
    """Closed form: the second line passes through the first one's middle vertex."""
    first = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
    second = np.array([[1.0, -1.0], [1.0, 0.0], [1.0, 1.0]])
    np.testing.assert_array_equal(polyline_crossings(first, second), [[1.0, 1.0, 1.0]])

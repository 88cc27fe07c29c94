"""Rows of `annulus.kernels.crossings`: every pair of edges solved as a 2 x 2 system, and plain vector algebra."""

from __future__ import annotations

import itertools

import numpy as np

from annulus.kernels.crossings import polyline_crossings, side_components
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

ROWS = [
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

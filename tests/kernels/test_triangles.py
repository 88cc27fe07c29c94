"""Rows of `annulus.kernels.triangles`: every edge against every triangle by a linear system, volumes by numpy."""

from __future__ import annotations

import itertools

import numpy as np

from annulus.kernels.triangles import crossing_pairs, volume_sign
from kernel_rows import kernel_rows


def soup(n_triangles: int, size: float, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Loose triangles of about `size` in a box of 1 x 2 x 1."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(size=(n_triangles, 1, 3)) * [1.0, 2.0, 1.0]
    points = (centres + size * rng.uniform(-1.0, 1.0, size=(n_triangles, 3, 3))).reshape(-1, 3)
    return points, np.arange(3 * n_triangles).reshape(-1, 3)


def pierced(p, q, triangle) -> bool:
    a, b, c = triangle
    try:
        u, v, t = np.linalg.solve(np.column_stack([b - a, c - a, p - q]), p - a)
    except np.linalg.LinAlgError:
        return False
    return bool(u >= 0.0 and v >= 0.0 and u + v <= 1.0 and 0.0 < t < 1.0)


def slow_pairs(points, triangles):
    rows = []
    for i, j in itertools.combinations(range(len(triangles)), 2):
        if np.intersect1d(triangles[i], triangles[j]).size:
            continue
        one, two = points[triangles[i]], points[triangles[j]]
        hits = [pierced(one[k], one[k - 1], two) or pierced(two[k], two[k - 1], one) for k in range(3)]
        if any(hits):
            rows.append([i, j])
    return np.array(rows, dtype=np.int64).reshape(-1, 2)


def slow_sign(a, b, c, d):
    return int(np.sign(np.linalg.det(np.array([a - d, b - d, c - d]))))


FLAT = np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.5, 0.5, 0.0], [3.0, 0.5, 0.0], [0.5, 3.0, 0.0]])

ROWS = [
    *kernel_rows(
        volume_sign,
        reference=slow_sign,
        small=lambda: tuple(np.random.default_rng(1).normal(size=(4, 3))),
        large=lambda: tuple(1e6 * np.random.default_rng(2).normal(size=(4, 3))),
        degenerate=lambda: tuple(FLAT[:4]),
    ),
    *kernel_rows(
        crossing_pairs,
        reference=slow_pairs,
        output=lambda returned, arguments: np.array(sorted(map(tuple, returned.tolist()))).reshape(-1, 2),
        small=lambda: soup(6, 0.5),
        large=lambda: soup(60, 0.35),
        degenerate=lambda: (FLAT, np.arange(6).reshape(2, 3)),
    ),
]


def test_the_soup_is_a_test() -> None:
    """The large row holds enough crossings to grow the result, and pairs of boxes that overlap without one."""
    assert 16 < len(slow_pairs(*soup(60, 0.35))) < 300

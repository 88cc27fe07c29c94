"""Rows of `annulus.kernels.sections`."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from annulus.kernels.sections import inscribed_circle, plane_section, polygon_moments, polygon_signed_distance
from kernel_rows import kernel_rows


def prism(n: int, rings: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Open tube of radius 2 about z of `rings` rings of `n` vertices at z = 0, 1, ...; neighbours by search."""
    turn = 2.0 * np.pi * np.arange(n) / n
    points = np.concatenate(
        [np.column_stack([2 * np.cos(turn), 2 * np.sin(turn), np.full(n, float(z))]) for z in range(rings)]
    )
    triangles = []
    for ring in range(rings - 1):
        for k in range(n):
            a, b = ring * n + k, ring * n + (k + 1) % n
            triangles += [(a, b, b + n), (a, b + n, a + n)]
    sides: dict[frozenset[int], list[int]] = {}
    for t, corners in enumerate(triangles):
        for k in range(3):
            sides.setdefault(frozenset((corners[k], corners[(k + 1) % 3])), []).append(t)
    neighbours = [
        [next((o for o in sides[frozenset((c[k], c[(k + 1) % 3]))] if o != t), -1) for k in range(3)]
        for t, c in enumerate(triangles)
    ]
    return points, np.array(triangles), np.array(neighbours)


def cut(n: int, rings: int, origin: tuple[float, float, float], normal: tuple[float, float, float]) -> tuple:
    unit = np.array(normal) / np.linalg.norm(normal)
    return (*prism(n, rings), np.array(origin), unit)


def crossed_points(points, triangles, neighbours, origin, normal) -> np.ndarray:
    """Crossings of the plane with every mesh edge, one by one, sorted: what the chains must consist of."""
    del neighbours
    height = (points - origin) @ normal
    edges = {tuple(sorted((int(t[k]), int(t[(k + 1) % 3])))) for t in triangles for k in range(3)}
    found = [
        points[a] + height[a] / (height[a] - height[b]) * (points[b] - points[a])
        for a, b in sorted(edges)
        if (height[a] >= 0.0) != (height[b] >= 0.0)
    ]
    return sorted_rows(np.array(found).reshape(-1, 3))


def sorted_rows(rows: np.ndarray) -> np.ndarray:
    return rows[np.lexsort(np.round(rows, 9).T)]


def random_star(n: int) -> np.ndarray:
    rng = np.random.default_rng(5)
    turn = 2.0 * np.pi * np.arange(n) / n
    radius = 3.0 + rng.uniform(-0.8, 0.8, n)
    return np.column_stack([1.0 + radius * np.cos(turn), -2.0 + radius * np.sin(turn)])


SQUARE = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]])


def slow_moments(polygon: np.ndarray) -> tuple[float, np.ndarray, float]:
    """Triangles of a fan, numpy."""
    a, b = polygon, np.roll(polygon, -1, axis=0)
    o = polygon.mean(axis=0)
    areas = 0.5 * ((a - o)[:, 0] * (b - o)[:, 1] - (a - o)[:, 1] * (b - o)[:, 0])
    total = areas.sum()
    centre = areas @ ((a + b + o) / 3.0) / total if abs(total) > 1e-12 else polygon[0]
    return total, centre, float(np.linalg.norm(b - a, axis=1).sum())


def slow_distance(polygon: np.ndarray, x: float, y: float) -> float:
    """Winding number by angles, distances by projection, all edges at once."""
    p = np.array([x, y])
    a, d = polygon, np.roll(polygon, -1, axis=0) - polygon
    t = np.clip(np.einsum("ij,ij->i", p - a, d) / np.maximum(np.einsum("ij,ij->i", d, d), 1e-300), 0.0, 1.0)
    nearest = np.linalg.norm(a + t[:, None] * d - p, axis=1).min()
    angle = np.arctan2(*(polygon - p).T[::-1])
    steps = (np.diff(np.append(angle, angle[0])) + np.pi) % (2.0 * np.pi) - np.pi
    return float(nearest if abs(steps.sum()) > np.pi else -nearest)


def slow_circle(polygon: np.ndarray, n_grid: int) -> float:
    """Nelder-Mead from the best of a dense grid."""
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    grid = [
        low + (high - low) * (np.array([i, j]) + 0.5) / (3 * n_grid)
        for i in range(3 * n_grid)
        for j in range(3 * n_grid)
    ]
    start = max(grid, key=lambda q: slow_distance(polygon, *q))
    found = minimize(
        lambda q: -slow_distance(polygon, *q), start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-9}
    )
    return -float(found.fun)


ROWS = [
    *kernel_rows(
        plane_section,
        reference=crossed_points,
        small=lambda: cut(5, 3, (0.0, 0.0, 0.4), (0.0, 0.1, 1.0)),
        large=lambda: cut(40, 12, (0.3, 0.1, 2.0), (1.0, 0.2, 0.3)),
        degenerate=lambda: cut(6, 3, (0.0, 0.0, 9.0), (0.0, 0.0, 1.0)),
        output=lambda returned, _: sorted_rows(returned[0]),
        rtol=1e-10,
        atol=1e-10,  # a crossing may be interpolated from either end of its edge
    ),
    *kernel_rows(
        polygon_moments,
        reference=slow_moments,
        small=lambda: (SQUARE.copy(),),
        large=lambda: (random_star(300),),
        degenerate=lambda: (np.array([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]]),),
    ),
    *kernel_rows(
        polygon_signed_distance,
        reference=slow_distance,
        small=lambda: (SQUARE.copy(), 1.0, 2.5),
        large=lambda: (random_star(300), 3.0, -7.5),
        degenerate=lambda: (np.array([[0.0, 0.0], [2.0, 0.0], [1.0, 0.0]]), 1.0, 1.0),
    ),
    *kernel_rows(
        inscribed_circle,
        reference=slow_circle,
        small=lambda: (SQUARE.copy(), 4),
        large=lambda: (random_star(120), 12),
        degenerate=lambda: (np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 1e-3]]), 4),
        output=lambda returned, _: returned[1] if isinstance(returned, tuple) else returned,
        rtol=2e-3,
        atol=1e-3,  # the pattern search stops at 1e-4 of the box
    ),
]


def test_chain_round_a_tube_is_closed_and_in_order() -> None:
    """Closed form: the perimeter of a regular hexagon of circumradius 2 is 12."""
    points, starts, closed = plane_section(*cut(6, 3, (0.0, 0.0, 0.5), (0.0, 0.0, 1.0)))
    assert closed.tolist() == [True]
    assert starts.tolist() == [0, 12]
    assert abs(np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1).sum() - 12.0) < 1e-12


def test_cut_through_the_open_ends_gives_two_open_chains() -> None:
    _, starts, closed = plane_section(*cut(6, 3, (0.0, 0.1, 0.0), (0.0, 1.0, 0.0)))
    assert closed.tolist() == [False, False]
    assert len(starts) == 3


def test_inscribed_circle_of_a_square() -> None:
    assert abs(inscribed_circle(SQUARE.copy(), 12)[1] - 2.0) < 1e-3

"""Rows of `annulus.kernels.paths`: stations by numpy's ranges, points by interpolation, ends by bisection."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from annulus.kernels.cables import Cable
from annulus.kernels.network import Rods
from annulus.kernels.paths import path_bends, path_cable, path_end, path_points, path_stations, ribbon_path
from kernel_rows import kernel_rows


def vein(n: int, seed: int = 5) -> np.ndarray:
    t = np.linspace(0.2, 3.0, n)
    noise = np.random.default_rng(seed).normal(0.0, 0.1, (n, 3))
    return np.column_stack([30.0 * np.cos(t), 26.0 * np.sin(t), np.full(n, 3.0)]) + noise


def numbers(n: int) -> np.ndarray:
    return np.random.default_rng(n).permutation(3 * n)[:n]


def wall(n: int) -> np.ndarray:
    return np.random.default_rng(n + 1).normal(0.0, 2.0, (n, 3))


def slow_stations(distal, proximal, n_vein):
    between = [float(node) for node in range(n_vein) if proximal + 1e-9 < node < distal - 1e-9]
    return np.array([min(distal, n_vein - 1.0), *between[::-1], max(proximal, 0.0)])


def slow_points(stations, points):
    return np.column_stack([np.interp(stations, np.arange(len(points)), column) for column in points.T])


def at(stations: np.ndarray, n: int) -> np.ndarray:
    """Weights of the stations' points on n nodes, shape (k, n)."""
    return slow_points(stations, np.eye(n))


def slow_cable(stations, number, wall, outside):
    """Each element as weights on the nodes: from a station to the next."""
    weights = np.diff(at(stations, len(number)), axis=0)
    nodes, pairs, offset = [], [], weights @ wall
    for row in weights:
        used = np.flatnonzero(row)
        nodes.append(number[used])
        pairs.append(row[used])
    for point in outside:
        nodes.append(number[[0, 0]])
        pairs.append(np.array([-1.0, 0.0]))
        offset = np.vstack([offset, point - wall[0]])
    return Cable(np.array(nodes), np.array(pairs), offset)


def slow_bends(stations, number, wall, vein, bending):
    points = slow_points(stations, vein + wall)
    length = np.linalg.norm(np.diff(points, axis=0), axis=1)
    index = np.round(stations[1:-1]).astype(np.int64)
    fractions = np.column_stack([-np.diff(stations)[:-1], -np.diff(stations)[1:]])
    edges = np.stack([wall[index] - wall[index + 1], wall[index - 1] - wall[index]], axis=1)
    nodes = number[np.column_stack([index + 1, index, index - 1])]
    stiffness = 2.0 * bending / (length[:-1] + length[1:])
    return Rods(nodes, fractions, fractions[:, :, None] * edges, np.zeros((len(index), 3)), stiffness)


def slow_end(start, length, points, outwards):
    stop = len(points) - 1.0 if outwards else 0.0

    def path(end: float) -> float:
        low, high = sorted((start, end))
        inner = np.arange(np.floor(low) + 1.0, np.ceil(high))
        return float(np.linalg.norm(np.diff(slow_points(np.r_[low, inner, high], points), axis=0), axis=1).sum())

    whole = path(stop)
    if whole <= length:
        return stop, length - whole
    return brentq(lambda end: path(end) - length, min(start, stop), max(start, stop), xtol=1e-13), 0.0


def slow_ribbon(distal, proximal, number, wall, vein, bending):
    stations = slow_stations(distal, proximal, len(vein))
    return slow_cable(stations, number, wall, ()), slow_bends(stations, number, wall, vein, bending)


OUTSIDE = np.array([[40.0, -5.0, 6.0]])

ROWS = [
    *kernel_rows(
        path_stations,
        reference=slow_stations,
        small=lambda: (4.3, 1.2, 8),
        large=lambda: (70.9, 12.0, 84),
        # Both ends on one edge.
        degenerate=lambda: (3.8, 3.2, 8),
    ),
    *kernel_rows(
        path_cable,
        reference=slow_cable,
        small=lambda: (np.array([4.3, 4.0, 3.0, 2.0, 1.2]), numbers(8), wall(8), np.empty((0, 3))),
        large=lambda: (slow_stations(70.9, 0.0, 84), numbers(84), wall(84), OUTSIDE),
        degenerate=lambda: (np.array([3.8, 3.2]), numbers(8), wall(8), np.empty((0, 3))),
    ),
    *kernel_rows(
        path_points,
        reference=slow_points,
        small=lambda: (np.array([4.3, 4.0, 3.0, 2.0, 1.2]), vein(8)),
        large=lambda: (slow_stations(83.0, 0.0, 84), vein(84)),
        degenerate=lambda: (np.array([7.0, 6.5]), vein(8)),
    ),
    *kernel_rows(
        path_bends,
        reference=slow_bends,
        small=lambda: (np.array([4.3, 4.0, 3.0, 2.0, 1.2]), numbers(8), wall(8), vein(8), 16.0),
        large=lambda: (slow_stations(70.9, 12.0, 84), numbers(84), wall(84), vein(84), 16.0),
        # One edge has no bend.
        degenerate=lambda: (np.array([3.8, 3.2]), numbers(8), wall(8), vein(8), 16.0),
    ),
    *kernel_rows(
        ribbon_path,
        reference=slow_ribbon,
        small=lambda: (4.3, 1.2, numbers(8), wall(8), vein(8), 16.0),
        large=lambda: (70.9, 12.0, numbers(84), wall(84), vein(84), 16.0),
        degenerate=lambda: (3.8, 3.2, numbers(8), wall(8), vein(8), 16.0),
    ),
    *kernel_rows(
        path_end,
        reference=slow_end,
        small=lambda: (5.4, 20.0, vein(8), False),
        large=lambda: (9.7, 60.0, vein(84), True),
        # Longer than the vein.
        degenerate=lambda: (5.4, 500.0, vein(8), False),
    ),
]

"""Rows of `annulus.kernels.hinges`: angles in the plane across the edge, gradients by complex steps."""

from __future__ import annotations

import numpy as np

from annulus.kernels.hinges import add_hinge_curvature, hinge_angle, hinge_bends
from kernel_rows import kernel_rows
from sheet_samples import bend_of, crumpled, dense, into, room, slope_of, slow_angle


def corners(seed: int, size: float = 1.0):
    return tuple(size * np.random.default_rng(seed).normal(size=(4, 3)))


def hinges(nx: int, ny: int, *, slope: bool = True):
    shell, _, x = crumpled(nx, ny, 5)
    e = len(shell.hinges)
    return shell.hinges, x, np.empty(e), np.empty((e if slope else 0, 4, 3))


def slow_bends(hinges, x, bend, slope):
    bend = np.array([bend_of(x, hinge) for hinge in hinges])
    return bend, np.array([slope_of(x, hinge) for hinge in hinges[: len(slope)]]).reshape(slope.shape)


def curved(nx: int, ny: int, fixed: int = 1):
    rows, x, bend, slope = hinges(nx, ny)
    hinge_bends(rows, x, bend, slope)
    rng = np.random.default_rng(3)
    number = np.full(len(x), -1)
    number[fixed:] = rng.permutation(len(x) - fixed)
    return rows, x, rng.normal(size=len(rows)), bend, slope, number, room(len(x) - fixed)


def slow_curvature(hinges, x, moment, bend, slope, number, matrix):
    """Central differences of the gradient."""
    tangent, h = np.zeros((x.size, x.size)), 1e-5
    for hinge, share in zip(hinges, moment, strict=True):
        for vertex in hinge:
            for d in range(3):
                step = np.zeros_like(x)
                step[vertex, d] = h
                change = (slope_of(x + step, hinge) - slope_of(x - step, hinge)) / (2.0 * h)
                for j, other in enumerate(hinge):
                    tangent[3 * other : 3 * other + 3, 3 * vertex + d] += share * change[j]
    return into(matrix, tangent, number)


ROWS = [
    *kernel_rows(
        hinge_angle,
        reference=slow_angle,
        small=lambda: corners(1),
        large=lambda: corners(2, 1e4),
        degenerate=lambda: tuple(np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.5, -3.0, 0.0]])),
    ),
    *kernel_rows(
        hinge_angle,
        reference=slow_angle,
        small=lambda: tuple(np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.5, 0.0, 3.0]])),
        large=lambda: corners(3, 1e-3),
        degenerate=lambda: tuple(np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.5, 2.0, 1e-9]])),
    ),
    *kernel_rows(
        hinge_bends,
        reference=slow_bends,
        small=lambda: hinges(2, 2),
        large=lambda: hinges(7, 6),
        degenerate=lambda: hinges(1, 1, slope=False),
        output=lambda returned, a: (a[2], a[3]),
        rtol=1e-10,
        atol=1e-11,
    ),
    *kernel_rows(
        add_hinge_curvature,
        reference=slow_curvature,
        small=lambda: curved(1, 1),
        large=lambda: curved(4, 4),
        degenerate=lambda: curved(2, 1, fixed=6),
        output=lambda returned, a: dense(a[6]),
        rtol=1e-6,
        atol=1e-6,
        twin_rtol=1e-9,
    ),
]

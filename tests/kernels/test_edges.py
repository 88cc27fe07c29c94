"""Rows of `annulus.kernels.edges`: angles in the plane across the edge, gradients by complex steps."""

from __future__ import annotations

import numpy as np

from annulus.kernels.edges import add_edge_curvature, edge_bends
from kernel_rows import kernel_rows
from sheet_samples import bend_of, crumpled, dense, into, room, slope_of


def edges(nx: int, ny: int, *, slope: bool = True):
    shell, _, x = crumpled(nx, ny, 5)
    e = len(shell.edges)
    return shell.edges, x, np.empty(e), np.empty((e if slope else 0, 4, 3))


def slow_bends(edges, x, bend, slope):
    bend = np.array([bend_of(x, edge) for edge in edges])
    return bend, np.array([slope_of(x, edge) for edge in edges[: len(slope)]]).reshape(slope.shape)


def curved(nx: int, ny: int, fixed: int = 1):
    rows, x, bend, slope = edges(nx, ny)
    edge_bends(rows, x, bend, slope)
    rng = np.random.default_rng(3)
    number = np.full(len(x), -1)
    number[fixed:] = rng.permutation(len(x) - fixed)
    return rows, x, rng.normal(size=len(rows)), bend, slope, number, room(len(x) - fixed)


def slow_curvature(edges, x, moment, bend, slope, number, matrix):
    """Central differences of the gradient."""
    tangent, h = np.zeros((x.size, x.size)), 1e-5
    for edge, share in zip(edges, moment, strict=True):
        for vertex in edge:
            for d in range(3):
                step = np.zeros_like(x)
                step[vertex, d] = h
                change = (slope_of(x + step, edge) - slope_of(x - step, edge)) / (2.0 * h)
                for j, other in enumerate(edge):
                    tangent[3 * other : 3 * other + 3, 3 * vertex + d] += share * change[j]
    return into(matrix, tangent, number)


ROWS = [
    *kernel_rows(
        edge_bends,
        reference=slow_bends,
        small=lambda: edges(2, 2),
        large=lambda: edges(7, 6),
        degenerate=lambda: edges(1, 1, slope=False),
        output=lambda returned, a: (a[2], a[3]),
        rtol=1e-10,
        atol=1e-11,
    ),
    *kernel_rows(
        add_edge_curvature,
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

"""Rows of `annulus.kernels.ladders`: nearest triangle by planes and sides, steps between rungs one by one."""

from __future__ import annotations

import numpy as np

from annulus.kernels.ladders import nearest_distances, rung_graph
from kernel_rows import kernel_rows
from pair_samples import slow_triangle_distances


def some_triangles(q: int, t: int, seed: int):
    generator = np.random.default_rng(seed)
    return generator.normal(size=(q, 3)), 3.0 * generator.normal(size=(t, 1, 3)) + generator.normal(size=(t, 3, 3))


def two_sheets(n: int, m: int, seed: int):
    """Points joined at random to others of their sheet, some rungs closed."""
    generator = np.random.default_rng(seed)
    sheets, joined = [], []
    for size in (n, m):
        sheets.append(generator.normal(size=(size, 3)))
        both = np.triu(generator.random((size, size)) < 0.4, 1)
        i, j = np.nonzero(both | both.T)
        joined += [np.searchsorted(i, np.arange(size + 1)), j]
    opening = np.maximum(generator.uniform(-0.5, 1.0, (n, m)), 0.0)
    steps = len(joined[1]) * m + len(joined[3]) * n
    room = np.empty(n * m + 1, dtype=np.int64), np.empty(steps, dtype=np.int64), np.empty(steps)
    return *sheets, *joined, opening, 1e-3, *room


def slow_graph(first, second, first_starts, first_ends, second_starts, second_ends, opening, tie, starts, ends, cost):
    """Cost of every step in a table of all rungs, nought where there is none."""
    n, m = len(first), len(second)
    table = np.zeros((n, m, n, m))
    for i in range(n):
        for k in range(m):
            here = first[i] - second[k]
            steps = [(j, k, first[j] - first[i]) for j in first_ends[first_starts[i] : first_starts[i + 1]]]
            steps += [(i, j, second[j] - second[k]) for j in second_ends[second_starts[k] : second_starts[k + 1]]]
            for a, b, side in steps:
                area = 0.5 * max(opening[i, k], opening[a, b]) * np.linalg.norm(np.cross(side, here))
                rungs = np.linalg.norm(here) + np.linalg.norm(first[a] - second[b]) + 1e-3
                table[i, k, a, b] = area + tie * np.linalg.norm(side) * rungs
    return table.reshape(n * m, n * m)


def as_table(_, arguments):
    starts, ends, cost = arguments[-3:]
    table = np.zeros((len(starts) - 1, len(starts) - 1))
    table[np.repeat(np.arange(len(table)), np.diff(starts)), ends] = cost
    return table


ROWS = [
    *kernel_rows(
        nearest_distances,
        reference=lambda queries, corners: slow_triangle_distances(queries, corners).min(axis=1),
        small=lambda: some_triangles(3, 2, 1),
        large=lambda: some_triangles(40, 60, 2),
        degenerate=lambda: (np.zeros((1, 3)), np.array([[[0.5, 0.0, 0.0], [0.5, 0.0, 0.0], [1.0, 1.0, 0.0]]])),
    ),
    *kernel_rows(
        rung_graph,
        reference=slow_graph,
        small=lambda: two_sheets(3, 4, 3),
        large=lambda: two_sheets(9, 7, 4),
        degenerate=lambda: two_sheets(1, 1, 5),
        output=as_table,
    ),
]


def test_far_from_everything() -> None:
    assert nearest_distances(np.zeros((2, 3)), np.empty((0, 3, 3))).tolist() == [np.inf, np.inf]

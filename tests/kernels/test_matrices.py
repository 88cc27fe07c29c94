"""Rows of `annulus.kernels.matrices`: dense matrices of numpy."""

from __future__ import annotations

import numpy as np

from annulus.kernels.matrices import add_block, add_spring, copy_matrix, reach_of_groups
from kernel_rows import kernel_rows
from network_samples import blank_matrix, dense, network_sample


def block(p: int, q: int) -> tuple:
    values = np.random.default_rng(7).normal(size=(3, 3))
    return blank_matrix(8, reach=5), p, q, values + values.T if p == q else values, 1.5


def placed(matrix: object, p: int, q: int, values: np.ndarray, factor: float) -> np.ndarray:
    out = np.zeros((24, 24))
    out[3 * p : 3 * p + 3, 3 * q : 3 * q + 3] += factor * values
    if p != q:
        out[3 * q : 3 * q + 3, 3 * p : 3 * p + 3] += factor * values.T
    return out


def spring(p: int, q: int) -> tuple:
    return blank_matrix(8, reach=5), p, q, 1.5


def groups(n_groups: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    return np.random.default_rng(n).integers(n + 2, size=(n_groups, 4)), np.arange(n)


def slow_reach(nodes: np.ndarray, last: np.ndarray) -> np.ndarray:
    for group in nodes.tolist():
        inside = [node for node in group if node < len(last)]
        if inside:
            last[min(inside)] = max(last[min(inside)], *inside)
    return last


ROWS = [
    *kernel_rows(
        add_spring,
        reference=lambda matrix, p, q, stiffness: placed(matrix, p, q, np.eye(3), stiffness),
        small=lambda: spring(2, 1),
        large=lambda: spring(1, 3),
        degenerate=lambda: spring(4, 4),
        output=lambda returned, arguments: dense(arguments[0]),
    ),
    *kernel_rows(
        add_spring,
        reference=lambda matrix, p, q, stiffness: placed(matrix, p, q, np.eye(3), stiffness),
        small=lambda: spring(7, 2),
        large=lambda: spring(6, 7),
        degenerate=lambda: spring(6, 6),
        output=lambda returned, arguments: dense(arguments[0]),
    ),
    *kernel_rows(
        reach_of_groups,
        reference=slow_reach,
        small=lambda: groups(5, 10),
        large=lambda: groups(400, 300),
        degenerate=lambda: (np.full((2, 4), 7), np.arange(7)),
        output=lambda returned, arguments: arguments[1],
    ),
    *kernel_rows(
        add_block,
        reference=placed,
        small=lambda: block(2, 1),
        large=lambda: block(1, 3),
        degenerate=lambda: block(7, 7),
        output=lambda returned, arguments: dense(arguments[0]),
    ),
    *kernel_rows(
        add_block,
        reference=placed,
        small=lambda: block(6, 2),
        large=lambda: block(2, 7),
        degenerate=lambda: block(6, 7),
        output=lambda returned, arguments: dense(arguments[0]),
    ),
    *kernel_rows(
        copy_matrix,
        reference=lambda source, target: dense(source),
        small=lambda: (network_sample(6, 1).constant, blank_matrix(6)),
        large=lambda: (network_sample(40, 2).constant, blank_matrix(40)),
        degenerate=lambda: (blank_matrix(6), network_sample(6, 1).constant),
        output=lambda returned, a: dense(a[1]),
    ),
]

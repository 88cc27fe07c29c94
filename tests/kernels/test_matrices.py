"""Rows of `annulus.kernels.matrices`: dense matrices of numpy."""

from __future__ import annotations

import numpy as np

from annulus.kernels.matrices import add_block, copy_matrix
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


ROWS = [
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

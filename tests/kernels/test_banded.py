"""Rows of `annulus.kernels.banded`: dense linear algebra of numpy."""

from __future__ import annotations

import numpy as np

from annulus.kernels.banded import Matrix, factorise, matrix_product, solve_factorised
from kernel_rows import kernel_rows
from network_samples import blank_matrix, dense, from_dense


def sample(n: int, reach: int, border: int, seed: int) -> Matrix:
    """Random diagonally dominant matrix of n nodes with an uneven envelope."""
    rng = np.random.default_rng(seed)
    matrix = blank_matrix(n + border, reach=reach, n_border=border)
    ends = np.maximum.accumulate(np.minimum(np.arange(n) + rng.integers(0, reach + 1, n), n - 1))
    matrix = matrix._replace(height=ends - np.arange(n))
    full = rng.normal(size=(3 * (n + border), 3 * (n + border)))
    full = full + full.T + 6.0 * (n + border) * np.eye(len(full))
    return from_dense(full, matrix)


def factor_output(returned: object, arguments: tuple) -> tuple:
    return returned, np.tril(dense(arguments[0]))


def dense_factor(matrix: Matrix) -> tuple:
    return True, np.linalg.cholesky(dense(matrix))


def with_vector(matrix: Matrix, seed: int) -> tuple:
    return matrix, np.random.default_rng(seed).normal(size=matrix.border.shape[0] * 3 + matrix.border.shape[2])


def with_pair(matrix: Matrix, seed: int) -> tuple:
    return matrix, np.random.default_rng(seed).normal(size=(matrix.border.shape[0] * 3 + matrix.border.shape[2], 2))


def factorised(matrix: Matrix) -> Matrix:
    factorise(matrix)
    return matrix


def dense_solve(matrix: Matrix, x: np.ndarray) -> np.ndarray:
    lower = np.tril(dense(matrix))
    return np.linalg.solve(lower @ lower.T, x)


ROWS = [
    *kernel_rows(
        factorise,
        reference=dense_factor,
        small=lambda: (sample(5, 2, 1, 1),),
        large=lambda: (sample(40, 6, 2, 2),),
        degenerate=lambda: (sample(4, 3, 0, 3),),
        rtol=1e-10,
        output=factor_output,
    ),
    *kernel_rows(
        solve_factorised,
        reference=dense_solve,
        small=lambda: with_pair(factorised(sample(5, 2, 1, 1)), 4),
        large=lambda: with_pair(factorised(sample(40, 6, 2, 2)), 5),
        degenerate=lambda: with_pair(factorised(sample(1, 0, 0, 3)), 6),
        rtol=1e-10,
        output=lambda returned, a: a[1],
    ),
    *kernel_rows(
        matrix_product,
        reference=lambda matrix, x, y: dense(matrix) @ x,
        small=lambda: (*with_vector(sample(5, 2, 1, 1), 4), np.ones(18)),
        large=lambda: (*with_vector(sample(40, 6, 2, 2), 5), np.ones(126)),
        degenerate=lambda: (*with_vector(sample(1, 0, 0, 3), 6), np.ones(3)),
        rtol=1e-10,
        output=lambda returned, a: a[2],
    ),
]


def test_indefinite_is_told() -> None:
    for node, k in ((2, 0), (3, 1), (4, 2)):
        matrix = sample(6, 2, 1, 1)
        matrix.band[node, k, k] = -1.0
        assert not factorise(matrix)
    matrix = sample(6, 2, 1, 1)
    matrix.corner[0, 0] = -500.0
    assert not factorise(matrix)

"""Rows of `annulus.kernels.banded`: dense linear algebra of numpy."""

from __future__ import annotations

import numpy as np

from annulus.kernels.banded import factorise, multiply, solve_factorised
from kernel_rows import kernel_rows


def matrix(n: int, w: int, m: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random diagonally dominant bordered band."""
    rng = np.random.default_rng(seed)
    band = rng.normal(size=(n, w + 1))
    for j in range(n):
        band[j, n - j :] = 0.0
    border = rng.normal(size=(n, m))
    corner = rng.normal(size=(m, m))
    corner = corner + corner.T + 3.0 * (n + m) * np.eye(m)
    band[:, 0] = 3.0 * (w + m + 1)
    return band, border, corner


def full(band: np.ndarray, border: np.ndarray, corner: np.ndarray) -> np.ndarray:
    n, m = border.shape
    out = np.zeros((n + m, n + m))
    for j in range(n):
        for d in range(min(band.shape[1], n - j)):
            out[j + d, j] = out[j, j + d] = band[j, d]
    out[:n, n:], out[n:, :n], out[n:, n:] = border, border.T, corner
    return out


def factor_output(returned: object, arguments: tuple) -> tuple:
    band, border, corner = arguments
    return returned, band, border, np.tril(corner)


def dense_factor(band: np.ndarray, border: np.ndarray, corner: np.ndarray) -> tuple:
    n, _m = border.shape
    try:
        lower = np.linalg.cholesky(full(band, border, corner))
    except np.linalg.LinAlgError:
        return False, band, border, np.tril(corner)
    out = np.zeros_like(band)
    for j in range(n):
        for d in range(min(band.shape[1], n - j)):
            out[j, d] = lower[j + d, j]
    return True, out, lower[n:, :n].T, lower[n:, n:]


def failed_only(returned: object, arguments: tuple) -> object:
    return returned


def with_right_side(n: int, w: int, m: int, seed: int) -> tuple:
    parts = matrix(n, w, m, seed)
    return (*parts, np.random.default_rng(seed + 1).normal(size=n + m), np.empty(n + m))


def factorised(n: int, w: int, m: int, seed: int) -> tuple:
    parts = matrix(n, w, m, seed)
    factorise(*parts)
    return (*parts, np.random.default_rng(seed + 1).normal(size=n + m))


def dense_solve(band: np.ndarray, border: np.ndarray, corner: np.ndarray, x: np.ndarray) -> np.ndarray:
    n, m = border.shape
    lower = np.zeros((n + m, n + m))
    for j in range(n):
        for d in range(min(band.shape[1], n - j)):
            lower[j + d, j] = band[j, d]
    lower[n:, :n], lower[n:, n:] = border.T, np.tril(corner)
    return np.linalg.solve(lower @ lower.T, x)


ROWS = [
    *kernel_rows(
        factorise,
        reference=dense_factor,
        small=lambda: matrix(12, 4, 3, 1),
        large=lambda: matrix(90, 17, 6, 2),
        degenerate=lambda: matrix(9, 5, 0, 3),
        rtol=1e-9,
        output=factor_output,
    ),
    *kernel_rows(
        solve_factorised,
        reference=dense_solve,
        small=lambda: factorised(12, 4, 3, 1),
        large=lambda: factorised(90, 17, 6, 2),
        degenerate=lambda: factorised(9, 2, 0, 3),
        rtol=1e-9,
        output=lambda returned, arguments: arguments[3],
    ),
    *kernel_rows(
        multiply,
        reference=lambda band, border, corner, x, y: full(band, border, corner) @ x,
        small=lambda: with_right_side(12, 4, 3, 1),
        large=lambda: with_right_side(90, 17, 6, 2),
        degenerate=lambda: with_right_side(9, 2, 0, 3),
        rtol=1e-9,
        output=lambda returned, arguments: arguments[4],
    ),
]


def test_indefinite_is_told() -> None:
    band, border, corner = matrix(12, 4, 3, 1)
    band[5, 0] = -1.0
    assert not factorise(band, border, corner)
    band, border, corner = matrix(12, 4, 3, 1)
    corner[0, 0] = -50.0
    assert not factorise(band, border, corner)

"""Symmetric matrices over nodes in the storage of `kernels.banded`, filled block by block."""

from __future__ import annotations

from typing import NamedTuple

from annulus._jit import kernel
from annulus._typing import FloatArray

__all__ = ["Matrix", "add_block", "matrix_product"]


class Matrix(NamedTuple):
    """Symmetric matrix in the storage of `kernels.banded`: band (n, w + 1), border (n, m), corner (m, m)."""

    band: FloatArray
    border: FloatArray
    corner: FloatArray


@kernel
def add_block(matrix: Matrix, p: int, q: int, block: FloatArray, factor: float) -> None:
    """Add ``factor * block`` (3, 3) at node row p, node column q, and its transpose at (q, p) where p != q.

    For p == q the block must be symmetric.
    """
    n_band = matrix.band.shape[0] // 3
    if p == q:
        if p < n_band:
            for c in range(3):
                for r in range(c, 3):
                    matrix.band[3 * p + c, r - c] += factor * block[r, c]
        else:
            for r in range(3):
                for c in range(3):
                    matrix.corner[3 * (p - n_band) + r, 3 * (p - n_band) + c] += factor * block[r, c]
    elif p > q:
        if p < n_band:
            step = 3 * (p - q)
            for c in range(3):
                for r in range(3):
                    matrix.band[3 * q + c, step + r - c] += factor * block[r, c]
        elif q < n_band:
            for c in range(3):
                for r in range(3):
                    matrix.border[3 * q + c, 3 * (p - n_band) + r] += factor * block[r, c]
        else:
            for c in range(3):
                for r in range(3):
                    matrix.corner[3 * (p - n_band) + r, 3 * (q - n_band) + c] += factor * block[r, c]
                    matrix.corner[3 * (q - n_band) + c, 3 * (p - n_band) + r] += factor * block[r, c]
    else:
        n_band3 = n_band
        if q < n_band3:
            step = 3 * (q - p)
            for c in range(3):
                for r in range(3):
                    matrix.band[3 * p + r, step + c - r] += factor * block[r, c]
        elif p < n_band3:
            for c in range(3):
                for r in range(3):
                    matrix.border[3 * p + r, 3 * (q - n_band) + c] += factor * block[r, c]
        else:
            for c in range(3):
                for r in range(3):
                    matrix.corner[3 * (p - n_band) + r, 3 * (q - n_band) + c] += factor * block[r, c]
                    matrix.corner[3 * (q - n_band) + c, 3 * (p - n_band) + r] += factor * block[r, c]


@kernel
def matrix_product(matrix: Matrix, u: FloatArray, out: FloatArray) -> None:
    """Product of the constant matrix with displacements u (n, 3), written to out (n, 3)."""
    n_band, width = matrix.band.shape
    m = matrix.border.shape[1]
    flat = u.reshape(-1)
    product = out.reshape(-1)
    product[:] = 0.0
    for j in range(n_band):
        value = flat[j]
        total = matrix.band[j, 0] * value
        reach = min(width - 1, n_band - 1 - j)
        for d in range(1, reach + 1):
            product[j + d] += matrix.band[j, d] * value
            total += matrix.band[j, d] * flat[j + d]
        for k in range(m):
            total += matrix.border[j, k] * flat[n_band + k]
            product[n_band + k] += matrix.border[j, k] * value
        product[j] += total
    for p in range(m):
        for q in range(m):
            product[n_band + p] += matrix.corner[p, q] * flat[n_band + q]

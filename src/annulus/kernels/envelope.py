"""Symmetric matrix of 3 x 3 blocks within an envelope, by tiles; Cholesky factor and solution.

A row of tiles reaches from its first entry to the diagonal, so that a factor fills nothing outside. Numbered along a
sheet that takes a quarter of the operations of a band as wide as its widest row. Tiles are products of whole matrices
(BLAS), one for each tile of the factor [George and Liu, Computer Solution of Large Sparse Positive Definite Systems].

``data[base[I] + c, r - 24 I]`` holds entry r >= c of the row of tiles I = r // 24: a row of tiles lies transposed, one
column after the other.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray, IntArray

__all__ = ["TILE", "Envelope", "add_block", "envelope", "factorise", "solve"]

TILE = 24
"""Unknowns in a tile: eight vertices."""


class Envelope(NamedTuple):
    """Entries (rows, 24); first column of tiles of each row of tiles, and where column 0 of it would lie, (b,)."""

    data: FloatArray
    first: IntArray
    base: IntArray


@kernel
def envelope(first: IntArray) -> tuple[IntArray, IntArray, int]:
    """`first` and `base` of a matrix whose row i of blocks begins in column `first[i]`, shape (n,); size of data."""
    n, per_tile = first.shape[0], TILE // 3
    rows = (n + per_tile - 1) // per_tile
    least, base = np.arange(rows), np.empty(rows, dtype=np.int64)
    for i in range(n):
        least[i // per_tile] = min(least[i // per_tile], first[i] // per_tile)
    size = 0
    for row in range(rows):
        base[row] = size - TILE * least[row]
        size += TILE * (row - least[row] + 1)
    return least, base, size


@kernel
def add_block(matrix: Envelope, p: int, q: int, block: FloatArray) -> bool:
    """Add a 3 x 3 block in row p and column q of blocks, and its mirror image; False where it lies outside."""
    transposed = p < q
    if transposed:
        p, q = q, p
    row = 3 * p // TILE
    if 3 * q // TILE < matrix.first[row]:
        return False
    across, start = 3 * p - TILE * row, matrix.base[row] + 3 * q
    for c in range(3):
        for r in range(3):
            matrix.data[start + c, across + r] += block[c, r] if transposed else block[r, c]
    return True


@kernel
def _dense_factor(tile: FloatArray) -> bool:
    """Overwrite a tile (column, row) by its Cholesky factor; False where it is not positive."""
    n = tile.shape[0]
    for c in range(n):
        pivot = tile[c, c]
        if not pivot > 0.0:
            return False
        scale = 1.0 / np.sqrt(pivot)
        for r in range(c, n):
            tile[c, r] *= scale
        for k in range(c + 1, n):
            share = tile[c, k]
            for r in range(k, n):
                tile[k, r] -= share * tile[c, r]
    return True


@kernel
def _dense_inverse(tile: FloatArray, inverse: FloatArray) -> None:
    """Write the inverse (row, column) of a tile's factor (column, row)."""
    n = tile.shape[0]
    inverse[:] = 0.0
    for r in range(n):
        inverse[r, r] = 1.0
        for k in range(r):
            share = tile[k, r]
            for c in range(k + 1):
                inverse[r, c] -= share * inverse[k, c]
        scale = 1.0 / tile[r, r]
        for c in range(r + 1):
            inverse[r, c] *= scale


@kernel
def factorise(matrix: Envelope, weight: FloatArray, factor: Envelope, inverse: FloatArray) -> bool:
    """Write the Cholesky factor of a matrix plus weight (n,) on the three diagonal entries of each row of blocks.

    Its diagonal tiles' inverses go to `inverse` (b, 24, 24); what fills up the last tile has ones on the diagonal.
    False where it is not positive.
    """
    first, base, own = matrix.first, matrix.base, factor.data
    product = np.empty((TILE, TILE))
    for i in range(first.shape[0]):
        low = first[i]
        for j in range(low, i):
            source = matrix.data[base[i] + TILE * j : base[i] + TILE * (j + 1)]
            tile = own[base[i] + TILE * j : base[i] + TILE * (j + 1)]
            k = max(low, first[j])
            if k < j:
                left = own[base[j] + TILE * k : base[j] + TILE * j]
                np.dot(left.T, own[base[i] + TILE * k : base[i] + TILE * j], product)
                for c in range(TILE):
                    for r in range(TILE):
                        product[c, r] = source[c, r] - product[c, r]
                np.dot(inverse[j], product, tile)
            else:
                np.dot(inverse[j], source, tile)
        diagonal = own[base[i] + TILE * i : base[i] + TILE * (i + 1)]
        diagonal[:] = matrix.data[base[i] + TILE * i : base[i] + TILE * (i + 1)]
        for d in range(TILE):
            row = (TILE * i + d) // 3
            diagonal[d, d] += weight[row] if row < weight.shape[0] else 1.0
        if low < i:
            left = own[base[i] + TILE * low : base[i] + TILE * i]
            np.dot(left.T, left, product)
            for c in range(TILE):
                for r in range(TILE):
                    diagonal[c, r] -= product[c, r]
        if not _dense_factor(diagonal):
            return False
        _dense_inverse(diagonal, inverse[i])
    return True


@kernel
def solve(factor: Envelope, inverse: FloatArray, right: FloatArray) -> FloatArray:
    """Solution (n,) of a factorised matrix."""
    data, first, base = factor.data, factor.first, factor.base
    x = np.zeros(TILE * first.shape[0])
    x[: right.shape[0]] = right
    for i in range(first.shape[0]):
        own = x[TILE * i : TILE * (i + 1)]
        low = first[i]
        if low < i:
            own -= np.dot(data[base[i] + TILE * low : base[i] + TILE * i].T, x[TILE * low : TILE * i])
        own[:] = np.dot(inverse[i], own)
    for i in range(first.shape[0] - 1, -1, -1):
        own = x[TILE * i : TILE * (i + 1)]
        low = first[i]
        own[:] = np.dot(inverse[i].T, own)
        if low < i:
            x[TILE * low : TILE * i] -= np.dot(data[base[i] + TILE * low : base[i] + TILE * i], own)
    return x[: right.shape[0]].copy()

"""Rows of `annulus.kernels.envelope`: the same on full matrices by numpy."""

from __future__ import annotations

import numpy as np

from annulus.kernels.envelope import TILE, add_block, envelope, factorise, solve
from kernel_rows import kernel_rows
from sheet_samples import dense, room


def columns(n: int):
    return (np.maximum(np.arange(n) - np.random.default_rng(n).integers(0, 30, n), 0),)


def slow_envelope(first):
    """Which tiles there are, one after the other."""
    n = len(first)
    there = np.zeros((-(-3 * n // TILE),) * 2, dtype=bool)
    for i, j in enumerate(first):
        there[3 * i // TILE, 3 * j // TILE : 3 * i // TILE + 1] = True
    return there, int(there.sum()) * TILE


def tiles(result, arguments):
    least, bases, size = result
    there = np.zeros((len(least),) * 2, dtype=bool)
    end = 0
    for row, (low, base) in enumerate(zip(least, bases, strict=True)):
        there[row, low : row + 1] = True
        assert base + TILE * low == end
        end = base + TILE * (row + 1)
    return there, size


def block_call(n: int, p: int, q: int, reach: int | None = None):
    block = np.random.default_rng(10 * p + q).normal(size=(3, 3))
    # A diagonal block is symmetric.
    return room(n, reach=reach), p, q, block + block.T if p == q else block


def slow_add(matrix, p, q, block):
    full = dense(matrix)
    if matrix.first[3 * max(p, q) // TILE] > 3 * min(p, q) // TILE:
        return False, full
    full[3 * p : 3 * p + 3, 3 * q : 3 * q + 3] = block
    full[3 * q : 3 * q + 3, 3 * p : 3 * p + 3] = block.T
    return True, full


def positive(n: int, reach: int, shift: float = 4.0):
    """A matrix within its envelope, positive for a large shift."""
    matrix, rng = room(n, reach=reach), np.random.default_rng(n)
    for i in range(n):
        for j in range(max(i - reach, 0), i + 1):
            block = rng.normal(size=(3, 3))
            add_block(matrix, i, j, block if i > j else block + block.T)
    weight = shift * 3.0 * reach * rng.uniform(0.9, 1.1, n)
    return matrix, weight, room(n, reach=reach), np.zeros((len(matrix.first), TILE, TILE))


def slow_factor(matrix, weight, factor, inverse):
    full = dense(matrix)
    filled = np.ones(len(full))
    filled[: 3 * len(weight)] = np.repeat(weight, 3)
    full = full + np.diag(filled)
    if len(full) and np.linalg.eigvalsh(full).min() <= 0.0:
        return False, 0.0
    return True, np.linalg.cholesky(full) if len(full) else full


def factor_output(returned, arguments):
    _, _, factor, inverse = arguments
    if not returned:
        return False, 0.0
    lower = np.tril(dense(factor))
    for row in range(len(factor.first)):
        own = slice(TILE * row, TILE * (row + 1))
        np.testing.assert_allclose(inverse[row] @ lower[own, own], np.eye(TILE), atol=1e-12)
    return True, lower


def system(n: int, reach: int):
    matrix, weight, factor, inverse = positive(n, reach)
    factorise(matrix, weight, factor, inverse)
    return factor, inverse, np.random.default_rng(1).normal(size=3 * n)


def slow_solve(factor, inverse, right):
    lower = np.tril(dense(factor))[: len(right), : len(right)]
    return np.linalg.solve(lower @ lower.T, right) if len(right) else right


ROWS = [
    *kernel_rows(
        envelope,
        reference=slow_envelope,
        output=tiles,
        small=lambda: columns(5),
        large=lambda: columns(90),
        degenerate=lambda: columns(0),
    ),
    *kernel_rows(
        add_block,
        reference=slow_add,
        small=lambda: block_call(5, 3, 1),
        large=lambda: block_call(40, 2, 37),
        degenerate=lambda: block_call(40, 39, 1, reach=4),
        output=lambda returned, a: (returned, dense(a[0])),
    ),
    *kernel_rows(
        add_block,
        reference=slow_add,
        small=lambda: block_call(5, 2, 2),
        large=lambda: block_call(40, 33, 33, reach=4),
        degenerate=lambda: block_call(1, 0, 0),
        output=lambda returned, a: (returned, dense(a[0])),
    ),
    *kernel_rows(
        factorise,
        reference=slow_factor,
        small=lambda: positive(5, 2),
        large=lambda: positive(90, 17),
        degenerate=lambda: positive(0, 1),
        output=factor_output,
        rtol=1e-9,
    ),
    *kernel_rows(
        factorise,
        reference=slow_factor,
        small=lambda: positive(5, 2, shift=0.0),
        large=lambda: positive(90, 17, shift=0.1),
        degenerate=lambda: positive(1, 1),
        output=factor_output,
        rtol=1e-9,
    ),
    *kernel_rows(
        solve,
        reference=slow_solve,
        small=lambda: system(5, 2),
        large=lambda: system(90, 17),
        degenerate=lambda: system(0, 1),
        rtol=1e-9,
    ),
]

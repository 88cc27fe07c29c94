"""Rows of `annulus.kernels.carry`: Lagrange polynomials by numpy, displacements by einsum."""

from __future__ import annotations

import numpy as np

from annulus.kernels.carry import carried_points, lagrange_weights
from kernel_rows import kernel_rows


def slow_weights(where, n, closed):
    first = np.floor(where).astype(np.int64) - 1
    if not closed:
        first = np.clip(first, 0, n - 4)
    places = first[:, None] + np.arange(4)
    weights = np.empty(places.shape)
    for k in range(4):
        others = np.delete(places, k, axis=1)
        weights[:, k] = np.prod((where[:, None] - others) / (places[:, [k]] - others), axis=1)
    return places % n, weights


def carried(q: int, n: int, seed: int = 3) -> tuple:
    rng = np.random.default_rng(seed)
    start = rng.normal(size=(n, 3))
    weights = rng.uniform(size=(q, 4))
    return rng.normal(size=(q, 3)), rng.integers(n, size=(q, 4)), weights, start, start + rng.normal(size=(n, 3))


def slow_carried(points, nodes, weights, start, end):
    return points + np.einsum("qk,qkc->qc", weights, (end - start)[nodes])


ROWS = [
    *kernel_rows(
        lagrange_weights,
        reference=slow_weights,
        small=lambda: (np.array([0.0, 0.3, 3.9, 5.0, 6.7]), 8, False),
        large=lambda: (np.linspace(0.0, 95.99, 500), 96, True),
        # At a node, one weight is one; across the seam of a closed curve.
        degenerate=lambda: (np.array([2.0, 0.0, 3.99]), 4, True),
    ),
    *kernel_rows(
        carried_points,
        reference=slow_carried,
        small=lambda: carried(5, 8),
        large=lambda: carried(400, 180),
        degenerate=lambda: carried(0, 8),
    ),
]


def test_cubics_are_carried_exactly() -> None:
    """Four points make a cubic."""
    n = 12
    where = np.random.default_rng(1).uniform(0.0, n - 1.0, 40)
    nodes, weights = lagrange_weights(where, n, False)

    def cubic(t):
        return np.column_stack([t**3, t**2 - t, 1.0 + 0.0 * t])

    start = np.zeros((n, 3))
    moved = carried_points(np.zeros((40, 3)), nodes, weights, start, cubic(np.arange(float(n))))
    np.testing.assert_allclose(moved, cubic(where), rtol=1e-12, atol=1e-10)

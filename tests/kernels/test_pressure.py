"""Rows of `annulus.kernels.pressure`: area vectors by numpy, tangents by complex steps, work by quadrature."""

from __future__ import annotations

import numpy as np

from annulus.kernels.pressure import pressure_skew, pressure_terms, pressure_work
from kernel_rows import kernel_rows
from sheet_samples import crumpled, dense, into, pressure_force, pressure_tangent, room


def way(nx: int, ny: int, alpha: float):
    shell, rest, x = crumpled(nx, ny, 4)
    rng = np.random.default_rng(5)
    return shell.triangles, rng.uniform(0.0, 2.0, len(shell.triangles)), x, rng.normal(size=rest.shape), alpha


def slow_work(triangles, load, x, step, alpha):
    node, weight = np.polynomial.legendre.leggauss(6)
    shares = 0.5 * alpha * (node + 1.0)
    return (
        0.5
        * alpha
        * sum(
            w * np.sum(pressure_force(triangles, x + s * step, load) * step)
            for s, w in zip(shares, weight, strict=True)
        )
    )


def slow_skew(triangles, load, x, step, product):
    # Of the gradient elastic minus pressure.
    tangent = -pressure_tangent(triangles, x, load)
    return (0.5 * (tangent - tangent.T) @ step.ravel()).reshape(step.shape)


def skew(nx: int, ny: int):
    triangles, load, x, step, _ = way(nx, ny, 1.0)
    return triangles, load, x, step, np.full_like(x, 7.0)


def terms(nx: int, ny: int, fixed: int = 2):
    """The first `fixed` vertices held and the others numbered at random."""
    shell, _, x = crumpled(nx, ny, 7)
    number = np.full(len(x), -1)
    number[fixed:] = np.random.default_rng(len(x)).permutation(len(x) - fixed)
    load = np.random.default_rng(8).uniform(0.0, 0.02, len(shell.triangles))
    load[::3] = 0.0
    return shell.triangles, load, x, number, np.full_like(x, 0.5), room(len(x) - fixed)


def slow_terms(triangles, load, x, number, force, matrix):
    push = pressure_tangent(triangles, x, load)
    return force - pressure_force(triangles, x, load), into(matrix, -0.5 * (push + push.T), number)


ROWS = [
    *kernel_rows(
        pressure_terms,
        reference=slow_terms,
        small=lambda: terms(2, 2),
        large=lambda: terms(5, 4),
        degenerate=lambda: terms(1, 1, fixed=4),
        output=lambda returned, a: (a[4], dense(a[5])),
    ),
    *kernel_rows(
        pressure_work,
        reference=slow_work,
        small=lambda: way(2, 2, 1.0),
        large=lambda: way(7, 6, 0.37),
        degenerate=lambda: way(1, 1, 0.0),
    ),
    *kernel_rows(
        pressure_skew,
        reference=slow_skew,
        small=lambda: skew(2, 2),
        large=lambda: skew(6, 5),
        degenerate=lambda: skew(1, 1),
        output=lambda returned, a: a[4],
    ),
]


def test_pressure_has_a_potential_on_a_closed_sheet() -> None:
    """Round a tetrahedron the work is the volume gained, whatever the way, and the tangent is symmetric."""
    triangles = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]])
    rng = np.random.default_rng(2)
    x, step = np.vstack([np.zeros(3), np.eye(3)]) + rng.normal(0.0, 0.1, (4, 3)), rng.normal(size=(4, 3))
    product = np.empty((4, 3))
    pressure_skew(triangles, np.ones(4), x, step, product)
    np.testing.assert_allclose(product, 0.0, atol=1e-15)

    def volume(y) -> float:
        return float(np.linalg.det(y[1:] - y[0]) / 6.0)

    gained = volume(x + 0.7 * step) - volume(x)
    assert abs(pressure_work(triangles, np.ones(4), x, step, 0.7) - gained) < 1e-14

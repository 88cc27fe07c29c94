"""Rows of `annulus.kernels.membrane`: the law in numpy, tangents by complex steps, projection by eigenvalues."""

from __future__ import annotations

import numpy as np

from annulus.kernels.membrane import (
    add_to_band,
    lee_sacks,
    membrane_energy,
    membrane_terms,
    pressure_skew,
    pressure_work,
)
from kernel_rows import kernel_rows
from sheet_samples import (
    FIBRES,
    ISOTROPIC,
    band_of,
    crumpled,
    membrane_reference,
    pressure_force,
    pressure_tangent,
    slow_lee_sacks,
    slow_membrane_energy,
)


def terms(nx: int, ny: int, law, *, projected: bool, stretch: float = 1.2, noise: float = 0.15, fixed: int = 2):
    """Arguments with the first `fixed` vertices held and the others numbered at random."""
    membrane, rest, x = crumpled(nx, ny, 7, stretch=stretch, noise=noise)
    n = len(rest)
    number = np.full(n, -1)
    number[fixed:] = np.random.default_rng(n).permutation(n - fixed)
    unknowns = 3 * (n - fixed)
    return membrane, law, 0.013, x, number, np.full_like(x, 0.5), np.zeros((unknowns, unknowns)), projected


def slow_terms(membrane, law, pressure, x, number, force, band, projected):
    elastic, tangent = membrane_reference(membrane, law, x, projected)
    push = pressure_tangent(membrane.triangles, x)
    tangent = tangent - 0.5 * pressure * (push + push.T)
    total = force + elastic - pressure * pressure_force(membrane.triangles, x)
    return slow_membrane_energy(membrane, law, x), total, band + band_of(tangent, number, band.shape)


def one_triangle(law):
    """Stretched alike in all directions: the principal ones are not determined."""
    membrane, _, _ = crumpled(1, 1, 3)
    shape = np.linalg.inv(membrane.inverse[0])
    flat = 1.25 * np.column_stack([shape, np.zeros(2)])
    x = np.vstack([np.zeros(3), np.column_stack([flat[0, :2], flat[1, :2]]) @ np.eye(2, 3)])
    single = membrane._replace(
        triangles=np.array([[0, 1, 2]]),
        inverse=membrane.inverse[:1],
        volume=membrane.volume[:1],
        fibre=membrane.fibre[:1],
    )
    return single, law, 0.0, x, np.array([0, -1, 1]), np.zeros((3, 3)), np.zeros((6, 6)), False


def flattened(law):
    membrane, _, x = crumpled(2, 2, 9)
    x[membrane.triangles[0, 2]] = x[membrane.triangles[0, 1]]
    return membrane, law, x


def way(nx: int, ny: int, alpha: float):
    membrane, rest, x = crumpled(nx, ny, 4)
    return membrane.triangles, x, np.random.default_rng(5).normal(size=rest.shape), alpha


def slow_work(triangles, x, step, alpha):
    node, weight = np.polynomial.legendre.leggauss(6)
    shares = 0.5 * alpha * (node + 1.0)
    return (
        0.5
        * alpha
        * sum(w * np.sum(pressure_force(triangles, x + s * step) * step) for s, w in zip(shares, weight, strict=True))
    )


def slow_skew(triangles, x, step, product):
    # Of the gradient elastic minus pressure.
    tangent = -pressure_tangent(triangles, x)
    return (0.5 * (tangent - tangent.T) @ step.ravel()).reshape(step.shape)


def skew(nx: int, ny: int):
    triangles, x, step, _ = way(nx, ny, 1.0)
    return triangles, x, step, np.full_like(x, 7.0)


def band_call(p: int, q: int, width: int):
    rng = np.random.default_rng(10 * p + q)
    block = rng.normal(size=(3, 3))
    # A diagonal block is symmetric.
    return rng.normal(size=(15, width)), p, q, block + block.T if p == q else block


def slow_add(band, p, q, block):
    if 3 * abs(p - q) + 3 > band.shape[1]:
        return False, band
    for c in range(3):
        for d in range(3):
            row, column = 3 * p + c, 3 * q + d
            if p != q and row < column:
                row, column = column, row
            if row >= column:
                band[column, row - column] += block[c, d]
    return True, band


ROWS = [
    *kernel_rows(
        lee_sacks,
        reference=lambda law, s: slow_lee_sacks(law, np.float64(s)),
        small=lambda: (ISOTROPIC, 0.3),
        large=lambda: (ISOTROPIC, 2.0),
        degenerate=lambda: (FIBRES, 0.0),
    ),
    *kernel_rows(
        membrane_energy,
        reference=slow_membrane_energy,
        small=lambda: (*crumpled(2, 2, 1)[:1], ISOTROPIC, crumpled(2, 2, 1)[2]),
        large=lambda: (*crumpled(6, 5, 2, stretch=1.4)[:1], FIBRES, crumpled(6, 5, 2, stretch=1.4)[2]),
        degenerate=lambda: flattened(ISOTROPIC),
        rtol=1e-11,
    ),
    *kernel_rows(
        membrane_terms,
        reference=slow_terms,
        small=lambda: terms(2, 2, ISOTROPIC, projected=False),
        large=lambda: terms(5, 4, FIBRES, projected=True, stretch=0.9, noise=0.25),
        degenerate=lambda: one_triangle(ISOTROPIC),
        rtol=1e-10,
        atol=1e-10,
        twin_rtol=1e-10,
        output=lambda returned, a: (returned, a[5], a[6]),
    ),
    *kernel_rows(
        membrane_terms,
        reference=slow_terms,
        small=lambda: terms(2, 3, FIBRES, projected=False, stretch=1.4),
        large=lambda: terms(4, 4, ISOTROPIC, projected=True, stretch=1.5),
        degenerate=lambda: one_triangle(FIBRES),
        rtol=1e-10,
        atol=1e-9,
        twin_rtol=1e-10,
        output=lambda returned, a: (returned, a[5], a[6]),
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
        output=lambda returned, a: a[3],
    ),
    *kernel_rows(
        add_to_band,
        reference=slow_add,
        small=lambda: band_call(3, 1, 12),
        large=lambda: band_call(0, 4, 15),
        degenerate=lambda: band_call(4, 1, 11),
        output=lambda returned, a: (returned, a[0]),
    ),
    *kernel_rows(
        add_to_band,
        reference=slow_add,
        small=lambda: band_call(2, 2, 3),
        large=lambda: band_call(4, 4, 15),
        degenerate=lambda: band_call(0, 0, 2),
        output=lambda returned, a: (returned, a[0]),
    ),
]


def test_an_empty_band_asks_for_forces_only() -> None:
    *arguments, band, projected = terms(3, 3, FIBRES, projected=False)
    with_tangent = arguments[5].copy()
    membrane_terms(*arguments[:5], with_tangent, band, projected)
    membrane_terms(*arguments, np.empty((0, 0)), projected)
    np.testing.assert_array_equal(arguments[5], with_tangent)


def test_pressure_has_a_potential_on_a_closed_sheet() -> None:
    """Round a tetrahedron the work is the volume gained, whatever the way, and the tangent is symmetric."""
    triangles = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]])
    rng = np.random.default_rng(2)
    x, step = np.vstack([np.zeros(3), np.eye(3)]) + rng.normal(0.0, 0.1, (4, 3)), rng.normal(size=(4, 3))
    product = np.empty((4, 3))
    pressure_skew(triangles, x, step, product)
    np.testing.assert_allclose(product, 0.0, atol=1e-15)

    def volume(y) -> float:
        return float(np.linalg.det(y[1:] - y[0]) / 6.0)

    gained = volume(x + 0.7 * step) - volume(x)
    assert abs(pressure_work(triangles, x, step, 0.7) - gained) < 1e-14

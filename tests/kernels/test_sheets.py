"""Rows of `annulus.kernels.sheets`: angles in the plane across the edge, gradients by complex steps, cords by numpy."""

from __future__ import annotations

import numpy as np

from annulus.kernels.sheets import add_diagonal, hinge_angle, sheet_energy, sheet_terms
from kernel_rows import kernel_rows
from sheet_samples import (
    FIBRES,
    ISOTROPIC,
    band_of,
    crumpled,
    hinge_gradient,
    membrane_reference,
    pressure_force,
    pressure_tangent,
    sheet_of,
    slow_angle,
    slow_energy,
)


def sample(nx: int, ny: int, *, noise: float = 0.15, fixed: int = 2):
    membrane, rest, x = crumpled(nx, ny, 11, noise=noise)
    n = len(rest)
    number = np.full(n, -1)
    number[fixed:] = np.random.default_rng(n).permutation(n - fixed)
    return sheet_of(membrane, rest, 12, number), x, 3 * (n - fixed)


def terms(nx: int, ny: int, law, *, projected: bool, **options):
    sheet, x, unknowns = sample(nx, ny, **options)
    return sheet, law, 0.013, x, np.zeros_like(x), np.zeros((unknowns, unknowns)), projected


def slow_terms(sheet, law, pressure, x, force, band, projected):
    force, tangent = membrane_reference(sheet.membrane, law, x, projected)
    push = pressure_tangent(sheet.membrane.triangles, x)
    tangent -= 0.5 * pressure * (push + push.T)
    force = force - pressure * pressure_force(sheet.membrane.triangles, x)
    for hinge, stiffness, rest in zip(sheet.hinges, sheet.hinge_stiffness, sheet.hinge_rest, strict=True):
        gradient = hinge_gradient(x, hinge)
        turn = np.angle(np.exp(1j * (slow_angle(*x[hinge]) - rest)))
        force[hinge] += stiffness * turn * gradient
        index = (3 * hinge[:, None] + np.arange(3)).ravel()
        tangent[np.ix_(index, index)] += stiffness * np.outer(gradient, gradient)
    for (p, q), stiffness, length in zip(sheet.cords, sheet.cord_stiffness, sheet.cord_length, strict=True):
        along = x[p] - x[q]
        size = np.linalg.norm(along)
        if size <= length:
            continue
        force[p] += stiffness * (size - length) * along / size
        force[q] -= stiffness * (size - length) * along / size
        block = np.zeros((3, 3))
        for d in range(3):
            moved = along.astype(complex)
            moved[d] += 1e-30j
            root = np.sqrt(moved @ moved)
            block[:, d] = (stiffness * (root - length) * moved / root).imag / 1e-30
        index = np.r_[3 * p : 3 * p + 3, 3 * q : 3 * q + 3]
        tangent[np.ix_(index, index)] += np.kron([[1.0, -1.0], [-1.0, 1.0]], block)
    return slow_energy(sheet, law, x), force, band_of(tangent, sheet.number, band.shape)


def corners(seed: int, size: float = 1.0):
    return tuple(size * np.random.default_rng(seed).normal(size=(4, 3)))


def diagonal(n: int):
    rng = np.random.default_rng(n)
    return rng.normal(size=(3 * n, 4)), rng.normal(size=n)


def slow_diagonal(band, weight):
    band[:, 0] += np.repeat(weight, 3)
    return band


def folded():
    """One hinge folded almost flat onto itself, beyond half a turn from its rest angle."""
    sheet, x, _ = sample(1, 1, noise=0.0, fixed=0)
    p, q, far, _ = sheet.hinges[0]
    x[sheet.hinges[0, 3]] = x[far] + 0.01 * np.cross(x[q] - x[p], x[far] - x[p])
    return sheet._replace(hinge_rest=np.array([-2.0])), x


ROWS = [
    *kernel_rows(
        hinge_angle,
        reference=slow_angle,
        small=lambda: corners(1),
        large=lambda: corners(2, 1e4),
        degenerate=lambda: tuple(np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.5, -3.0, 0.0]])),
    ),
    *kernel_rows(
        hinge_angle,
        reference=slow_angle,
        small=lambda: tuple(np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.5, 0.0, 3.0]])),
        large=lambda: corners(3, 1e-3),
        degenerate=lambda: tuple(np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.5, 2.0, 1e-9]])),
    ),
    *kernel_rows(
        add_diagonal,
        reference=slow_diagonal,
        small=lambda: diagonal(3),
        large=lambda: diagonal(40),
        degenerate=lambda: diagonal(0),
        output=lambda returned, a: a[0],
    ),
    *kernel_rows(
        sheet_energy,
        reference=slow_energy,
        small=lambda: (sample(2, 2)[0], ISOTROPIC, sample(2, 2)[1]),
        large=lambda: (sample(6, 5)[0], FIBRES, sample(6, 5)[1]),
        degenerate=lambda: (folded()[0], ISOTROPIC, folded()[1]),
        rtol=1e-11,
    ),
    *kernel_rows(
        sheet_terms,
        reference=slow_terms,
        small=lambda: terms(2, 2, ISOTROPIC, projected=False),
        large=lambda: terms(5, 4, FIBRES, projected=True, noise=0.25),
        degenerate=lambda: (folded()[0], ISOTROPIC, 0.0, folded()[1], np.zeros((4, 3)), np.zeros((12, 12)), True),
        rtol=1e-9,
        atol=1e-9,
        twin_rtol=1e-9,
        output=lambda returned, a: (returned, a[4], a[5]),
    ),
]


def test_force_is_the_slope_of_the_energy() -> None:
    sheet, x, _ = sample(4, 4)
    force = np.zeros_like(x)
    sheet_terms(sheet, FIBRES, 0.0, x, force, np.empty((0, 0)), False)
    step = np.random.default_rng(1).normal(size=x.shape)
    h = 1e-5
    slope = (sheet_energy(sheet, FIBRES, x + h * step) - sheet_energy(sheet, FIBRES, x - h * step)) / (2.0 * h)
    assert abs(slope - np.sum(force * step)) < 1e-7 * abs(slope)

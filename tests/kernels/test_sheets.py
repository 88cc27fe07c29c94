"""Rows of `annulus.kernels.sheets`: shell and pressure from their own references, chordae by numpy."""

from __future__ import annotations

import numpy as np

from annulus.kernels.sheets import chordae_tension, sheet_energy, sheet_terms
from kernel_rows import kernel_rows
from sheet_samples import (
    FIBRES,
    ISOTROPIC,
    crumpled,
    dense,
    into,
    pressure_force,
    pressure_tangent,
    room,
    sheet_of,
    slow_energy,
    slow_shell_force,
    slow_shell_tangent,
)


def sample(nx: int, ny: int, *, noise: float = 0.1, fixed: int = 2):
    shell, rest, x = crumpled(nx, ny, 11, noise=noise)
    n = len(rest)
    number = np.full(n, -1)
    number[fixed:] = np.random.default_rng(n).permutation(n - fixed)
    return sheet_of(shell, rest, 12, number), x, n - fixed


def terms(nx: int, ny: int, law, *, projected: bool, **options):
    sheet, x, unknowns = sample(nx, ny, **options)
    load = np.random.default_rng(6).uniform(0.0, 0.02, len(sheet.shell.triangles))
    return sheet, law, load, x, np.zeros_like(x), room(unknowns), projected


def slow_terms(sheet, law, load, x, force, matrix, projected):
    triangles = sheet.shell.triangles
    tangent = slow_shell_tangent(sheet.shell, law, x, projected)
    push = pressure_tangent(triangles, x, load)
    tangent -= 0.5 * (push + push.T)
    force = slow_shell_force(sheet.shell, law, x) - pressure_force(triangles, x, load)
    for row, weights, stiffness, length in zip(
        sheet.chordae, sheet.chorda_weights, sheet.chorda_stiffness, sheet.chorda_length, strict=True
    ):
        along = weights @ x[row]
        size = np.linalg.norm(along)
        if size <= length:
            continue
        np.add.at(force, row, stiffness * (size - length) / size * np.outer(weights, along))
        block = np.zeros((3, 3))
        for d in range(3):
            moved = along.astype(complex)
            moved[d] += 1e-30j
            root = np.sqrt(moved @ moved)
            block[:, d] = (stiffness * (root - length) * moved / root).imag / 1e-30
        index = (3 * row[:, None] + np.arange(3)).ravel()
        tangent[np.ix_(index, index)] += np.kron(np.outer(weights, weights), block)
    return slow_energy(sheet, law, x), force, into(matrix, tangent, sheet.number)


def slow_tension(sheet, x):
    apart = np.linalg.norm(np.einsum("ck,ckd->cd", sheet.chorda_weights, x[sheet.chordae]), axis=1)
    return sheet.chorda_stiffness * np.maximum(apart - sheet.chorda_length, 0.0)


ROWS = [
    *kernel_rows(
        chordae_tension,
        reference=slow_tension,
        small=lambda: sample(2, 2)[:2],
        large=lambda: sample(6, 5)[:2],
        degenerate=lambda: (sample(1, 1)[0], np.zeros_like(sample(1, 1)[1])),
    ),
    *kernel_rows(
        sheet_energy,
        reference=slow_energy,
        small=lambda: (sample(2, 2)[0], ISOTROPIC, sample(2, 2)[1]),
        large=lambda: (sample(6, 5)[0], FIBRES, sample(6, 5)[1]),
        degenerate=lambda: (sample(1, 1, noise=0.0)[0], ISOTROPIC, sample(1, 1, noise=0.0)[1]),
        rtol=1e-11,
    ),
    *kernel_rows(
        sheet_terms,
        reference=slow_terms,
        small=lambda: terms(2, 2, FIBRES, projected=True),
        large=lambda: terms(4, 3, ISOTROPIC, projected=True, noise=0.15),
        degenerate=lambda: terms(1, 1, FIBRES, projected=True, fixed=4),
        rtol=1e-6,
        atol=1e-8,
        twin_rtol=1e-9,
        output=lambda returned, a: (returned, a[4], dense(a[5])),
    ),
]


def test_force_is_the_slope_of_the_energy() -> None:
    sheet, x, _ = sample(4, 4)
    force = np.zeros_like(x)
    sheet_terms(sheet, FIBRES, np.zeros(len(sheet.shell.triangles)), x, force, room(0), False)
    step = np.random.default_rng(1).normal(size=x.shape)
    h = 1e-5
    slope = (sheet_energy(sheet, FIBRES, x + h * step) - sheet_energy(sheet, FIBRES, x - h * step)) / (2.0 * h)
    assert abs(slope - np.sum(force * step)) < 1e-7 * abs(slope)

"""Rows of `annulus.kernels.shells`: layers by 2 x 2 matrices, forces by complex steps, tangents from the derivation."""

from __future__ import annotations

import numpy as np
import pytest

from annulus.kernels.shells import shell_energy, shell_terms
from kernel_rows import kernel_rows
from sheet_samples import (
    FIBRES,
    ISOTROPIC,
    crumpled,
    dense,
    into,
    room,
    slow_shell_energy,
    slow_shell_force,
    slow_shell_tangent,
)


def terms(nx: int, ny: int, law, *, projected: bool, stretch: float = 1.2, noise: float = 0.1, fixed: int = 2):
    """The first `fixed` vertices held and the others numbered at random."""
    shell, rest, x = crumpled(nx, ny, 7, stretch=stretch, noise=noise)
    number = np.full(len(rest), -1)
    number[fixed:] = np.random.default_rng(len(rest)).permutation(len(rest) - fixed)
    return shell, law, x, number, np.full_like(x, 0.5), room(len(rest) - fixed), projected


def slow_terms(shell, law, x, number, force, matrix, projected):
    tangent = slow_shell_tangent(shell, law, x, projected)
    return (
        slow_shell_energy(shell, law, x),
        force + slow_shell_force(shell, law, x),
        into(matrix, tangent, number),
    )


def one_triangle(law):
    """Stretched alike in all directions."""
    shell, _, _ = crumpled(1, 1, 3)
    shape = np.linalg.inv(shell.inverse[0])
    flat = 1.25 * np.column_stack([shape, np.zeros(2)])
    x = np.vstack([np.zeros(3), np.column_stack([flat[0, :2], flat[1, :2]]) @ np.eye(2, 3)])
    single = shell._replace(
        triangles=np.array([[0, 1, 2]]),
        **{name: getattr(shell, name)[:1] for name in ("inverse", "volume", "fibre", "twice_area", "lever")},
        sides=np.full((1, 3), -1),
        edges=np.empty((0, 4), dtype=np.int64),
        rest=np.empty(0),
    )
    return single, law, x, np.array([0, -1, 1]), np.zeros((3, 3)), room(2), False


def flattened(law):
    shell, _, x = crumpled(2, 2, 9)
    i, j, k = shell.triangles[0]
    x[k] = 1.5 * x[j] - 0.5 * x[i]
    return shell, law, x


def inside_out(law):
    """Folded so sharply that the inner layer would turn over."""
    shell, _, x = crumpled(1, 1, 9, noise=0.0, thick=2.0)
    p, q, far, moved = shell.edges[0]
    x[moved] = x[far] + 0.02 * np.cross(x[q] - x[p], x[far] - x[p])
    return shell, law, x


ROWS = [
    *kernel_rows(
        shell_energy,
        reference=slow_shell_energy,
        small=lambda: (*crumpled(2, 2, 1)[:1], ISOTROPIC, crumpled(2, 2, 1)[2]),
        large=lambda: (*crumpled(6, 5, 2, stretch=1.4)[:1], FIBRES, crumpled(6, 5, 2, stretch=1.4)[2]),
        degenerate=lambda: flattened(ISOTROPIC),
        rtol=1e-11,
    ),
    *kernel_rows(
        shell_energy,
        reference=slow_shell_energy,
        small=lambda: (*crumpled(3, 2, 4, stretch=0.9)[:1], FIBRES, crumpled(3, 2, 4, stretch=0.9)[2]),
        large=lambda: (*crumpled(5, 5, 6, noise=0.2)[:1], ISOTROPIC, crumpled(5, 5, 6, noise=0.2)[2]),
        degenerate=lambda: inside_out(ISOTROPIC),
        rtol=1e-11,
    ),
    *kernel_rows(
        shell_terms,
        reference=slow_terms,
        small=lambda: terms(2, 2, FIBRES, projected=True),
        large=lambda: terms(4, 3, ISOTROPIC, projected=True, stretch=0.9, noise=0.15),
        degenerate=lambda: one_triangle(ISOTROPIC),
        rtol=1e-6,
        atol=1e-9,
        twin_rtol=1e-9,
        output=lambda returned, a: (returned, a[4], dense(a[5])),
    ),
    *kernel_rows(
        shell_terms,
        reference=slow_terms,
        small=lambda: terms(2, 2, ISOTROPIC, projected=False, stretch=1.3),
        large=lambda: terms(3, 3, FIBRES, projected=False, stretch=0.95, noise=0.12),
        degenerate=lambda: one_triangle(FIBRES),
        rtol=1e-5,
        atol=1e-6,
        twin_rtol=1e-9,
        output=lambda returned, a: (returned, a[4], dense(a[5])),
    ),
]


def test_the_samples_bend_and_are_finite() -> None:
    for stretch, noise in ((1.2, 0.1), (0.9, 0.15), (1.3, 0.1), (0.95, 0.12)):
        shell, _, x = crumpled(3, 3, 7, stretch=stretch, noise=noise)
        flat = shell._replace(lever=0.0 * shell.lever)
        assert np.isfinite(shell_energy(shell, ISOTROPIC, x))
        assert shell_energy(shell, ISOTROPIC, x) > 1.03 * shell_energy(flat, ISOTROPIC, x)


def test_a_layer_that_turns_over_costs_infinitely_much() -> None:
    shell, law, x = inside_out(ISOTROPIC)
    assert shell_energy(shell, law, x) == np.inf
    assert np.isfinite(shell_energy(shell._replace(lever=0.05 * shell.lever), law, x))


def test_a_matrix_without_entries_asks_for_forces_only() -> None:
    shell, law, x, number, force, matrix, _ = terms(3, 3, FIBRES, projected=False)
    other = force.copy()
    shell_terms(shell, law, x, number, other, matrix, False)
    shell_terms(shell, law, x, number, force, room(0), False)
    np.testing.assert_array_equal(force, other)


@pytest.mark.parametrize("law", [ISOTROPIC, FIBRES])
def test_forces_are_the_gradient(law) -> None:
    """By complex steps, tighter than the rows, in which the tangents' differences set the tolerance."""
    shell, _, x, number, force, _, _ = terms(4, 3, law, projected=False, stretch=0.95, noise=0.12)
    force[:] = 0.0
    shell_terms(shell, law, x, number, force, room(0), False)
    np.testing.assert_allclose(force, slow_shell_force(shell, law, x), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("law", [ISOTROPIC, FIBRES])
def test_projected_tangent_is_never_negative(law) -> None:
    *rest, matrix, _ = terms(4, 4, law, projected=True, stretch=0.85, noise=0.15)
    shell_terms(*rest, matrix, True)
    value = np.linalg.eigvalsh(dense(matrix))
    assert value.min() > -1e-12 * value.max()

"""Rows of `annulus.kernels.laws`: each law again in numpy, its force and stiffness by complex steps or differences."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from annulus.kernels.laws import (
    CableLaw,
    barrier,
    barrier_stiffness,
    bend_weights,
    cable_law,
    fibre_law,
    lee_sacks,
    spring,
    stiffening,
    stiffening_coefficient,
    support_shape,
    tube,
    tube_stiffness,
    vein_stretch,
)
from kernel_rows import kernel_rows
from sheet_samples import FIBRES, ISOTROPIC, slow_fibre, slow_lee_sacks

RIBBON, PULL = CableLaw(0.5, 40.0, 60.0), CableLaw(2.0, 0.0, 0.0)
UNIT = np.array([2.0, -1.0, 2.0]) / 3.0


def stepped(energy: Callable[[float], float], at: float) -> tuple[float, float, float]:
    """Energy, its slope by a complex step and its second derivative by a difference of complex steps."""

    def slope(x: float) -> float:
        return float(np.imag(energy(x + 1e-30j)) / 1e-30)

    h = 1e-6 * max(abs(at), 1.0)
    return float(np.real(energy(at))), slope(at), (slope(at + h) - slope(at - h)) / (2.0 * h)


def slow_spring(stiffness, over, pulls_only):
    carries = not pulls_only or over > 0.0
    return stepped(lambda x: 0.5 * stiffness * x**2 * carries, over)


def slow_cable(law, length):
    beyond = length > law.length
    return stepped(lambda x: law.tension * x + 0.5 * law.stiffness * (x - law.length) ** 2 * beyond, length)


def slow_tube(stiffness, knee, hard, depth):
    def energy(x):
        return 0.5 * stiffness * (x**2 * (depth > 0.0) + (hard - 1.0) * (x - knee) ** 2 * (depth > knee))

    return stepped(energy, depth)


def slow_barrier(stiffness, reach, distance):
    near = distance < reach
    return stepped(lambda x: -stiffness / reach * (x - reach) ** 2 * np.log(x / reach) * near, distance)


def slow_shape(normal, tangent, normal_ratio, tangential_ratio, shape):
    flat = tangent - (tangent @ normal) * normal
    size = np.linalg.norm(flat)
    along = flat / size if size > 0.0 else flat
    across = np.eye(3) - np.outer(normal, normal) - np.outer(along, along)
    return across + normal_ratio * np.outer(normal, normal) + tangential_ratio * np.outer(along, along)


def slow_stiffening(c, shape, u0, u1, u2):
    u = np.array([u0, u1, u2])

    def gradient(u):
        steps = u + 1e-30j * np.eye(3)
        return np.array([np.imag(c * (v @ shape @ v) * (v @ v)) for v in steps]) / 1e-30

    size = 1e-6 * max(np.abs(u).max(), 1.0)
    second = np.array([(gradient(u + size * e) - gradient(u - size * e)) / (2.0 * size) for e in np.eye(3)])
    rows, columns = [0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]
    return c * (u @ shape @ u) * (u @ u), tuple(gradient(u)), tuple(second[rows, columns])


def support() -> np.ndarray:
    return slow_shape(UNIT, np.array([1.0, 0.0, 0.3]), 4.0, 0.7, None)


LOOSE = {"rtol": 1e-8, "atol": 1e-8}  # of differences

ROWS = [
    *kernel_rows(
        lee_sacks,
        reference=lambda law, s: slow_lee_sacks(law, np.float64(s)),
        small=lambda: (ISOTROPIC, 0.3),
        large=lambda: (ISOTROPIC, 2.0),
        degenerate=lambda: (FIBRES, 0.0),
    ),
    *kernel_rows(
        fibre_law,
        reference=lambda law, s: slow_fibre(law, np.float64(s)),
        small=lambda: (FIBRES, 0.3),
        large=lambda: (FIBRES, 2.0),
        degenerate=lambda: (FIBRES, -0.1),
    ),
    *kernel_rows(
        spring,
        reference=slow_spring,
        small=lambda: (3.0, 0.2, True),
        large=lambda: (1e3, -40.0, False),
        degenerate=lambda: (3.0, 0.0, True),
        **LOOSE,
    ),
    *kernel_rows(
        cable_law,
        reference=slow_cable,
        small=lambda: (RIBBON, 60.4),
        large=lambda: (PULL, 120.0),
        degenerate=lambda: (RIBBON, 59.0),
        **LOOSE,
    ),
    *kernel_rows(
        bend_weights,
        # The jump of the tangents of a straight line through the three nodes, moved one at a time.
        reference=lambda left, right: tuple((u[2] - u[1]) / right - (u[1] - u[0]) / left for u in np.eye(3)),
        small=lambda: (1.0, 2.0),
        large=lambda: (300.0, 20.0),
        degenerate=lambda: (1e-6, 1e-6),
    ),
    *kernel_rows(
        support_shape,
        reference=slow_shape,
        small=lambda: (UNIT, np.array([1.0, 0.0, 0.3]), 4.0, 0.7, np.empty((3, 3))),
        large=lambda: (UNIT, np.array([-300.0, 20.0, 1e3]), 1e3, 20.0, np.empty((3, 3))),
        # No tangent: along and across are the same.
        degenerate=lambda: (UNIT, np.zeros(3), 4.0, 1.0, np.empty((3, 3))),
        output=lambda returned, a: a[4],
    ),
    *kernel_rows(
        stiffening_coefficient,
        # The force k u (1 + (u / L)^2) of the energy k u^2 / 2 + c u^4.
        reference=lambda stiffness, length: stiffness / (4.0 * length**2),
        small=lambda: (0.5, 8.0),
        large=lambda: (40.0, 1e6),
        degenerate=lambda: (0.0, 8.0),
    ),
    *kernel_rows(
        stiffening,
        reference=slow_stiffening,
        small=lambda: (0.002, support(), 1.0, -0.5, 2.0),
        large=lambda: (0.3, support(), -12.0, 9.0, 15.0),
        degenerate=lambda: (0.3, support(), 0.0, 0.0, 0.0),
        **LOOSE,
    ),
    *kernel_rows(
        tube,
        reference=slow_tube,
        small=lambda: (0.03, 2.7, 51.0, 1.0),
        large=lambda: (0.03, 2.7, 51.0, 3.2),
        degenerate=lambda: (0.03, 2.7, 51.0, -0.4),
        **LOOSE,
    ),
    *kernel_rows(
        tube_stiffness,
        reference=lambda pressure, length: np.pi / 2.0 * pressure * length,
        small=lambda: (0.0133, 1.5),
        large=lambda: (0.04, 20.0),
        degenerate=lambda: (0.0, 1.5),
    ),
    *kernel_rows(
        vein_stretch,
        # The cubic through both published ends, by its Bernstein form.
        reference=lambda p: 1.0 + 0.88 * (3 * (p / 80) ** 2 * (1 - p / 80) + (p / 80) ** 3 if p < 80 else 1.0),
        small=lambda: (8.0,),
        large=lambda: (120.0,),
        degenerate=lambda: (0.0,),
    ),
    *kernel_rows(
        barrier,
        reference=slow_barrier,
        small=lambda: (0.9, 0.8, 0.75),
        large=lambda: (40.0, 0.8, 0.2),
        degenerate=lambda: (0.9, 0.8, 0.8),
        **LOOSE,
    ),
    *kernel_rows(
        barrier_stiffness,
        reference=lambda pressure, share: pressure / (3.0 * share**2),
        small=lambda: (0.0133, 0.07),
        large=lambda: (0.04, 0.5),
        degenerate=lambda: (0.0, 0.07),
    ),
]


@pytest.mark.parametrize(
    "law",
    [
        partial(lee_sacks, ISOTROPIC),
        partial(fibre_law, FIBRES),
        partial(spring, 3.0, pulls_only=True),
        lambda over: cable_law(RIBBON, 60.0 + over),
        partial(tube, 0.03, 0.7, 51.0),
        partial(barrier, 0.9, 2.0),
    ],
    ids=["lee_sacks", "fibre_law", "spring", "cable_law", "tube", "barrier"],
)
@pytest.mark.parametrize("at", [0.2, 0.5, 1.3, 1.9])
def test_force_and_stiffness_are_the_energys_derivatives(law: Callable[..., tuple], at: float) -> None:
    """Central differences of the compiled law, good to 1e-8 of its size."""
    h = 1e-5
    (low, below, _), (high, above, _) = law(at - h), law(at + h)
    _, force, stiffness = law(at)
    assert (high - low) / (2.0 * h) == pytest.approx(force, rel=1e-6, abs=1e-9)
    assert (above - below) / (2.0 * h) == pytest.approx(stiffness, rel=1e-6, abs=1e-9)


def test_pressure_brings_sheets_nearer_by_the_share() -> None:
    """To first order in the share."""
    for share in (0.01, 0.001):
        _, slope, _ = barrier(barrier_stiffness(0.0133, share), 0.8, 0.8 * (1.0 - share))
        assert -slope == pytest.approx(0.0133, rel=2.0 * share)

"""Large bending of discrete elastic rods: cantilever and buckled strut against the elastica, the pinched ring."""

from __future__ import annotations

import numpy as np
from scipy.optimize import root_scalar

from annulus._typing import FloatArray
from annulus.mechanics.network import (
    Bends,
    FreeNetwork,
    FreeState,
    SolverOptions,
    Springs,
    free_network,
)
from annulus.verification._case import VerificationCase
from annulus.verification._closed_forms import PINCHED_RING, buckled_elastica, cantilever_elastica

__all__ = ["CANTILEVER_LOADS", "END_SLOPES_DEG", "cantilever", "rod_cases"]

CANTILEVER_LOADS = (1.0, 2.0, 5.0, 10.0)
END_SLOPES_DEG = (20.0, 40.0, 60.0, 80.0, 100.0, 120.0)

LENGTH = 100.0
BENDING = 100.0
# The forms are of inextensible rods: this ratio EA L^2 / EI leaves a strain of load / ratio, below 2e-6.
AXIAL_RATIO = 1.0e7

_OPTIONS = SolverOptions(tolerance_n=1.0e-8, max_iterations=2000, longest_step_mm=20.0)


def cantilever(n: int, load: float, *, length: float = LENGTH, bending: float = BENDING) -> FreeState:
    """Straight rod of `n` free edges clamped at x = 0, under the dead tip load P = load B / L^2 along y."""
    step = length / (n + 0.5)
    # The clamp holds the first edge: its middle, where the tangent is fixed, is the rod's end.
    x = step * (np.arange(n + 2) - 0.5)
    points = np.zeros((n + 2, 3))
    points[:, 0] = x
    fixed = np.zeros((n + 2, 3), dtype=bool)
    fixed[:2] = True
    fixed[:, 2] = True
    network = _rod(points, length, bending, fixed)
    tip = np.zeros((n + 2, 3))
    tip[-1, 1] = load * bending / length**2
    state = network.solve().checked()
    for share in np.linspace(0.0, 1.0, max(int(2.0 * load), 4) + 1)[1:]:
        state = network.with_load(share * tip).solve(start=state.positions).checked()
    return state


def _rod(points: FloatArray, length: float, bending: float, fixed: FloatArray) -> FreeNetwork:
    n = len(points)
    return free_network(
        points,
        links=[Springs.along(points, range(n), AXIAL_RATIO * bending / length**2)],
        rods=[Bends.along(points, range(n), bending, straight=True)],
        fixed=fixed,
        options=_OPTIONS,
    )


def _cantilever_values(n: int, load: float) -> dict[str, float]:
    tip = cantilever(n, load).positions[-1]
    return {"deflection": float(tip[1] / LENGTH), "shortening": float(1.0 - tip[0] / LENGTH)}


def _buckled_values(n: int, slope_deg: float) -> dict[str, float]:
    """Strut with its ends held where the end slope is `slope_deg`: force over Euler's, middle deflection over L."""
    step = LENGTH / n
    pairs = np.column_stack([np.arange(n), np.arange(1, n + 1)])
    triples = np.column_stack([np.arange(n - 1), np.arange(1, n), np.arange(2, n + 1)])
    rods = Bends(triples, np.full(n - 1, BENDING / step), np.zeros((n - 1, 3)))
    fixed = np.zeros((n + 1, 3), dtype=bool)
    fixed[[0, -1]] = True
    fixed[:, 2] = True
    # Start on the circular arc of this length over this chord: no edge is strained.
    distance = buckled_elastica(slope_deg)["end distance"]
    half = float(root_scalar(lambda angle: np.sin(angle) / angle - distance, bracket=(1.0e-6, np.pi)).root)
    angle = half * np.linspace(-1.0, 1.0, n + 1)
    arc = LENGTH / (2.0 * half)
    points = arc * np.column_stack([np.sin(angle) + np.sin(half), np.cos(angle) - np.cos(half), np.zeros(n + 1)])
    start = points
    # Stretch is first soft, then stiff: an almost inextensible rod allows Newton's method short steps only.
    for ratio in (1.0e3, 1.0e5, AXIAL_RATIO):
        links = Springs(pairs, np.full(n, ratio * BENDING / LENGTH**2 / step), np.full(n, step))
        network = free_network(points, links=[links], rods=[rods], fixed=fixed, options=_OPTIONS)
        state = network.solve(start=start).checked()
        start = state.positions
    euler = np.pi**2 * BENDING / LENGTH**2
    return {
        "force": float(state.reactions[0, 0] / euler),
        "deflection": float(state.positions[n // 2, 1] / LENGTH),
    }


def _pinched_values(n: int) -> dict[str, float]:
    """Ring of n edges, n a multiple of four, pinched along x: change of diameter over P R^3 / EI."""
    radius = 20.0
    angle = 2.0 * np.pi * np.arange(n) / n
    points = radius * np.column_stack([np.cos(angle), np.sin(angle), np.zeros(n)])
    fixed = np.zeros((n, 3), dtype=bool)
    fixed[:, 2] = True
    fixed[[0, n // 2], 1] = True
    fixed[[n // 4, 3 * n // 4], 0] = True
    network = free_network(
        points,
        links=[Springs.along(points, range(n), AXIAL_RATIO * BENDING / radius**2, closed=True)],
        rods=[Bends.along(points, range(n), BENDING, closed=True)],
        fixed=fixed,
        options=_OPTIONS,
    )
    # Small enough to be linear once the even part is taken off by pulling both ways.
    pinch = 1.0e-3
    load = np.zeros((n, 3))
    load[0, 0], load[n // 2, 0] = -1.0, 1.0
    inward, outward = (
        network.with_load(sign * pinch * BENDING / radius**2 * load).solve().checked().positions for sign in (1.0, -1.0)
    )
    change = (inward - outward) / (2.0 * pinch * radius)
    return {
        "loaded diameter": float(change[0, 0] - change[n // 2, 0]),
        "other diameter": float(change[n // 4, 1] - change[3 * n // 4, 1]),
    }


def rod_cases() -> tuple[VerificationCase, ...]:
    """Cases of free rods."""
    bent = tuple(
        VerificationCase(
            f"cantilever-{load:g}",
            f"cantilever elastica, tip load P L^2/EI = {load:g}",
            "bisshopp1945",
            cantilever_elastica(load),
            lambda n, load=load: _cantilever_values(n, load),
            (20, 40, 80),
            1.0e-3,
            2.0,
        )
        for load in CANTILEVER_LOADS
    )
    buckled = tuple(
        VerificationCase(
            f"buckled-{slope:g}",
            f"buckled strut, end slope {slope:g} deg, ends held",
            "love1944",
            {name: value for name, value in buckled_elastica(slope).items() if name != "end distance"},
            lambda n, slope=slope: _buckled_values(n, slope),
            (40, 80, 160),
            1.0e-3,
            2.0,
        )
        for slope in END_SLOPES_DEG
    )
    ring = VerificationCase(
        "pinched-ring",
        "ring under two opposite loads, change of diameters over P R^3/EI",
        "love1944",
        PINCHED_RING,
        _pinched_values,
        (40, 80, 160),
        1.0e-3,
        2.0,
    )
    return (*bent, *buckled, ring)

"""Rows of `annulus.kernels.fast_closure`."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from annulus.kernels.fast_closure import Slices, closing_stretch, tents
from annulus.kernels.laws import LeeSacks
from kernel_rows import kernel_rows
from sheet_samples import slow_lee_sacks

LAW = LeeSacks(0.010, 0.209e-3, 9.046, 1.0, 9.046, 12.0)
LEAFLET, CHORDAE = 0.03, 0.07


def drawn(n: int, *, chorda: float | None = None, seed: int = 3) -> tuple[Slices, float, float, float]:
    """Slices of a valve-like size, open and closed ones."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-14.0, 14.0, n)
    front = np.column_stack([x, rng.uniform(9.0, 13.0, n), rng.uniform(0.0, 3.0, n)])
    back = np.column_stack([x, rng.uniform(-18.0, -12.0, n), rng.uniform(-1.0, 1.0, n)])
    tip = np.column_stack([np.where(x < 0.0, -15.0, 15.0), np.full(n, -10.0), np.full(n, -26.0)])
    length = np.column_stack([rng.uniform(17.0, 27.0, n), rng.uniform(10.0, 17.0, n)])
    chordae = rng.uniform(16.0, 24.0, (n, 2)) if chorda is None else np.full((n, 2), chorda)
    slices = Slices(np.stack([front, back], axis=1), length, 0.6 * x, np.stack([tip, tip], axis=1), chordae)
    return slices, 0.0133, LEAFLET, CHORDAE


def energy(slices: Slices, k: int, y: float, z: float, pressure: float, leaflet: float, chordae: float) -> float:
    """The module's first sentences in numbers, by vectors."""
    m = np.array([slices.meeting_x[k], y, z])
    total = -0.5 * pressure * np.linalg.norm((slices.hinge[k, 0] - slices.hinge[k, 1])[:2]) * z
    for i in range(2):
        left = slices.length[k, i] - np.linalg.norm(m - slices.hinge[k, i])
        edge = m - [0.0, 0.0, 0.5 * (left + np.hypot(left, 1.0))]
        over = np.linalg.norm(edge - slices.tip[k, i]) - slices.chorda[k, i]
        total += 0.5 * leaflet * max(-left, 0.0) ** 2 + 0.5 * chordae * max(over, 0.0) ** 2
    return float(total)


def slopes(result: np.ndarray, arguments: tuple) -> np.ndarray:
    """Slope of the energy at the meeting points by central differences [N/mm per mm]; rest is where there is none."""
    slices, pressure, leaflet, chordae = arguments
    step = 1e-5
    found = []
    for k, (y, z) in enumerate(result[:, 2:4]):
        at = [(y + step, z), (y - step, z), (y, z + step), (y, z - step)]
        e = [energy(slices, k, *place, pressure, leaflet, chordae) for place in at]
        found.append([(e[0] - e[1]) / (2 * step), (e[2] - e[3]) / (2 * step)])
    return np.array(found)


def no_slope(slices, pressure, leaflet, chordae) -> np.ndarray:
    del pressure, leaflet, chordae
    return np.zeros((len(slices.hinge), 2))


def slow_stretch(tension, law, thickness) -> float:
    """Root of half the derivative of W(stretch) times thickness over the stretch, by differences."""

    def w(stretch: float) -> float:
        s = 2.0 * stretch**2 + stretch**-4 - 3.0
        return float(slow_lee_sacks(law, np.float64(s))[0])

    def left(stretch: float) -> float:
        slope = (w(stretch + 1e-6) - w(stretch - 1e-6)) / 2e-6
        return 0.5 * thickness * slope / stretch - tension

    return float(brentq(left, 1.0, 1.55, xtol=1e-12)) if tension > 0.0 else 1.0


ROWS = [
    *kernel_rows(
        tents,
        reference=no_slope,
        small=lambda: drawn(4),
        large=lambda: drawn(60, seed=4),
        # Chordae that are not there: the leaflets alone hold the pressure.
        degenerate=lambda: drawn(3, chorda=1e3),
        # The pressure's share of the slope is 0.2.
        atol=1e-5,
        output=slopes,
    ),
    *kernel_rows(
        closing_stretch,
        reference=slow_stretch,
        small=lambda: (0.05, LAW, 0.5),
        large=lambda: (0.3, LAW, 0.8),
        degenerate=lambda: (0.0, LAW, 0.5),
        rtol=1e-8,
        atol=1e-8,
    ),
]

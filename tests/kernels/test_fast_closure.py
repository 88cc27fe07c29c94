"""Rows of `annulus.kernels.fast_closure`."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from annulus.kernels.fast_closure import Sections, closing_stretch, tents
from kernel_rows import kernel_rows

LEAFLET, CORDS = 0.03, 0.07


def drawn(n: int, *, cord: float | None = None, seed: int = 3) -> tuple[Sections, float, float, float]:
    """Sections of a valve-like size, open and closed ones."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-14.0, 14.0, n)
    front = np.column_stack([x, rng.uniform(9.0, 13.0, n), rng.uniform(0.0, 3.0, n)])
    back = np.column_stack([x, rng.uniform(-18.0, -12.0, n), rng.uniform(-1.0, 1.0, n)])
    tip = np.column_stack([np.where(x < 0.0, -15.0, 15.0), np.full(n, -10.0), np.full(n, -26.0)])
    length = np.column_stack([rng.uniform(17.0, 27.0, n), rng.uniform(10.0, 17.0, n)])
    cords = rng.uniform(16.0, 24.0, (n, 2)) if cord is None else np.full((n, 2), cord)
    sections = Sections(np.stack([front, back], axis=1), length, 0.6 * x, np.stack([tip, tip], axis=1), cords)
    return sections, 0.0133, LEAFLET, CORDS


def energy(sections: Sections, k: int, y: float, z: float, pressure: float, leaflet: float, cords: float) -> float:
    """The module's first sentences in numbers, by vectors."""
    m = np.array([sections.meeting_x[k], y, z])
    total = -0.5 * pressure * np.linalg.norm((sections.hinge[k, 0] - sections.hinge[k, 1])[:2]) * z
    for i in range(2):
        left = sections.length[k, i] - np.linalg.norm(m - sections.hinge[k, i])
        edge = m - [0.0, 0.0, 0.5 * (left + np.hypot(left, 1.0))]
        over = np.linalg.norm(edge - sections.tip[k, i]) - sections.cord[k, i]
        total += 0.5 * leaflet * max(-left, 0.0) ** 2 + 0.5 * cords * max(over, 0.0) ** 2
    return float(total)


def slopes(result: np.ndarray, arguments: tuple) -> np.ndarray:
    """Slope of the energy at the meeting points by central differences [N/mm per mm]; rest is where there is none."""
    sections, pressure, leaflet, cords = arguments
    step = 1e-5
    found = []
    for k, (y, z) in enumerate(result[:, 2:4]):
        at = [(y + step, z), (y - step, z), (y, z + step), (y, z - step)]
        e = [energy(sections, k, *place, pressure, leaflet, cords) for place in at]
        found.append([(e[0] - e[1]) / (2 * step), (e[2] - e[3]) / (2 * step)])
    return np.array(found)


def no_slope(sections, pressure, leaflet, cords) -> np.ndarray:
    del pressure, leaflet, cords
    return np.zeros((len(sections.hinge), 2))


def slow_stretch(tension, c0, c1, c2, cap, thickness) -> float:
    """Root of half the derivative of W(stretch) times thickness over the stretch, by differences."""

    def w(stretch: float) -> float:
        s = 2.0 * stretch**2 + stretch**-4 - 3.0
        return 0.5 * c0 * s + 0.5 * c1 * (np.exp(c2 * s * s) - 1.0)

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
        # Cords that are not there: the leaflets alone hold the pressure.
        degenerate=lambda: drawn(3, cord=1e3),
        # The pressure's share of the slope is 0.2.
        atol=1e-5,
        output=slopes,
    ),
    *kernel_rows(
        closing_stretch,
        reference=slow_stretch,
        small=lambda: (0.05, 0.010, 0.209e-3, 9.046, 12.0, 0.5),
        large=lambda: (0.3, 0.010, 0.209e-3, 9.046, 12.0, 0.8),
        degenerate=lambda: (0.0, 0.010, 0.209e-3, 9.046, 12.0, 0.5),
        rtol=1e-8,
        atol=1e-8,
    ),
]

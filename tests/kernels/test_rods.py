"""Rows of `annulus.kernels.rods`: plain formula, complex-step slope, differences of it for the curve."""

from __future__ import annotations

import numpy as np

from annulus.kernels.rods import rod_bend
from kernel_rows import kernel_rows


def value(edges: np.ndarray, rest: np.ndarray) -> complex:
    e, f = edges
    kb = 2.0 * np.cross(e, f) / (np.sqrt(e @ e) * np.sqrt(f @ f) + e @ f) - rest
    return 0.5 * (kb @ kb)


def slope(edges: np.ndarray, rest: np.ndarray) -> np.ndarray:
    out = np.empty((2, 3))
    for a in range(2):
        for k in range(3):
            moved = edges.astype(np.complex128)
            moved[a, k] += 1e-30j
            out[a, k] = np.imag(value(moved, rest)) / 1e-30
    return out


def reference(edges, rest, slope_out, curve_out, work, derivatives) -> tuple:
    curve = np.empty((2, 2, 3, 3))
    for b in range(2):
        for c in range(3):
            step = np.zeros((2, 3))
            step[b, c] = 1e-5
            curve[:, b, :, c] = (slope(edges + step, rest) - slope(edges - step, rest)) / 2e-5
    return float(value(edges, rest)), slope(edges, rest), np.stack([curve[0, 0], curve[0, 1], curve[1, 1]])


def arguments(edges: list, rest: list) -> tuple:
    scratch = np.empty((2, 3)), np.empty((3, 3, 3)), np.empty((4, 3))
    return np.array(edges, dtype=float), np.array(rest, dtype=float), *scratch, True


ROWS = kernel_rows(
    rod_bend,
    reference=reference,
    small=lambda: arguments([[1.0, 0.2, -0.1], [0.7, 0.9, 0.3]], [0.1, -0.2, 0.4]),
    large=lambda: arguments([[11.0, -3.0, 2.0], [-1.0, 8.0, 5.0]], [0.0, 0.0, 0.0]),
    degenerate=lambda: arguments([[1.0, 0.0, 0.0], [2.0, 0.0, 0.0]], [0.0, 0.0, 0.0]),
    rtol=1e-7,
    atol=1e-7,
    output=lambda returned, args: (returned, args[2], args[3]),
)


def test_planar_angle() -> None:
    """Two edges at an angle phi: kb = 2 tan(phi / 2) [bergou2008]."""
    for phi in (0.1, 1.0, 2.0):
        edges = np.array([[1.0, 0.0, 0.0], [3.0 * np.cos(phi), 3.0 * np.sin(phi), 0.0]])
        got = rod_bend(edges, np.zeros(3), np.empty((2, 3)), np.empty((3, 3, 3)), np.empty((4, 3)), False)
        np.testing.assert_allclose(got, 2.0 * np.tan(phi / 2.0) ** 2, rtol=1e-14)

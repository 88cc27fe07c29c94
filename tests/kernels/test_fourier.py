"""Rows of `annulus.kernels.fourier`: the sum written out with complex exponentials."""

from __future__ import annotations

import numpy as np

from annulus.kernels.fourier import fourier_points
from kernel_rows import kernel_rows


def arguments(n_points: int, n_harmonics: int, derivative: int) -> tuple:
    rng = np.random.default_rng(n_points)
    return rng.normal(scale=3.0, size=n_points), rng.normal(size=(2 * n_harmonics + 1, 3)), derivative


def slow_points(t: np.ndarray, coefficients: np.ndarray, derivative: int) -> np.ndarray:
    """Real part of sum c_k (i k)^d exp(i k t) with c_k = a_k - i b_k."""
    amplitudes = np.vstack([coefficients[:1] + 0j, coefficients[1::2] - 1j * coefficients[2::2]])
    orders = np.arange(len(amplitudes))
    waves = (1j * orders) ** derivative * np.exp(1j * np.outer(t, orders))
    return (waves @ amplitudes).real


ROWS = [
    *kernel_rows(
        fourier_points,
        reference=slow_points,
        small=lambda: arguments(2, 2, 1),
        large=lambda: arguments(50, 12, 2),
        degenerate=lambda: arguments(1, 0, 0),
        rtol=1e-11,
        atol=1e-11,  # second derivatives of order twelve cancel
    ),
]

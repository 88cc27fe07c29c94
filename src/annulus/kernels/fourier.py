"""Closed curves as Fourier series, at few parameters."""

from __future__ import annotations

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray

__all__ = ["fourier_points"]


@kernel
def fourier_points(t: FloatArray, coefficients: FloatArray, derivative: int) -> FloatArray:
    """Points (or their `derivative`-th derivative by t) at parameters `t` [rad], shape (q, 3).

    Rows of `coefficients`, shape (2 K + 1, 3): the constant, then cosine and sine of t, 2 t, ..., K t.
    """
    out = np.empty((t.shape[0], 3))
    for q in range(t.shape[0]):
        for c in range(3):
            out[q, c] = coefficients[0, c] if derivative == 0 else 0.0
        for k in range(1, (coefficients.shape[0] + 1) // 2):
            phase = k * t[q] + 0.5 * np.pi * derivative
            factor = float(k) ** derivative
            cosine = factor * np.cos(phase)
            sine = factor * np.sin(phase)
            for c in range(3):
                out[q, c] += coefficients[2 * k - 1, c] * cosine + coefficients[2 * k, c] * sine
    return out

"""Small neural regressors over a valve's slices: windows of neighbours first, all of them by modes then.

Their first layers see the profiles' values at some neighbouring slices and the valve's sizes, the same weights along
the whole valve: what a slice lacks to close is learnt once, not once for each place. The weights are those of
``calibration/fast_closure/slice_regressors.py``.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from annulus._typing import FloatArray, IntArray
from annulus.mechanics.valve._fast_slices import MIRROR, SIZES, cosine_modes

__all__ = ["MARGIN", "REACHES", "STEPS", "WINDOW_MODES", "Regressors", "regressor_values", "windows"]

REACHES, STEPS = (6, 5), (2, 1)
"""Slices in a window of the first and of the second layer, and from one window to the next."""

WINDOW_MODES = 6
"""Cosine modes along the valve that the second layer is reduced to."""

MARGIN = 2
"""Empty slices beyond the commissures."""

SingleValues: TypeAlias = NDArray[np.float32]


class Regressors(NamedTuple):
    """m regressors side by side, in single precision: half the time, and errors far below those of the fit.

    `along` holds weights of windows (m, a, b) and of sizes (m, s, b) and levels (m, b) of two layers, `dense` weights
    (m, a, b) and levels (m, b).
    """

    along: tuple[tuple[SingleValues, SingleValues, SingleValues], ...]
    dense: tuple[tuple[SingleValues, SingleValues], ...]


def windows(values: SingleValues, reach: int, step: int) -> SingleValues:
    """Values of `reach` neighbouring slices side by side, every `step` slices: (..., k, c) to (..., j, reach c)."""
    *others, k, c = values.shape
    padded = np.zeros((*others, k + 2 * MARGIN, c), dtype=np.float32)
    padded[..., MARGIN:-MARGIN, :] = values
    last = k + 2 * MARGIN - reach
    return np.concatenate([padded[..., i : i + last + 1 : step, :] for i in range(reach)], axis=-1)


def regressor_values(
    regressors: Regressors, profiles: FloatArray, x: FloatArray, mirrored: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation over the regressors, (n, q), mirror images averaged.

    For scaled profiles (n, k, c) and features x (n, d). Inner layers end in z / (1 + exp(-z)).
    """
    asked = np.concatenate([x, x * MIRROR]).astype(np.float32)
    values = np.concatenate([profiles, profiles[:, ::-1]]).astype(np.float32)[None]
    for (weights, of_sizes, level), reach, step in zip(regressors.along, REACHES, STEPS, strict=True):
        windowed = windows(values, reach, step)
        m, n, j, size = windowed.shape
        found = (windowed.reshape(m, n * j, size) @ weights).reshape(len(weights), n, j, -1)
        values = _bent(found + (asked[:, SIZES] @ of_sizes + level[:, None])[:, :, None])
    m, n, j, size = values.shape
    pooled = (cosine_modes(j, WINDOW_MODES).astype(np.float32).T @ values).reshape(m, n, -1)
    values = np.concatenate([pooled, np.broadcast_to(asked, (m, *asked.shape))], axis=2)
    for weights, level in regressors.dense[:-1]:
        values = _bent(values @ weights + level[:, None])
    weights, level = regressors.dense[-1]
    own, image = np.split((values @ weights + level[:, None]).astype(np.float64), 2, axis=1)
    values = 0.5 * (own + image[:, :, mirrored])
    return values.mean(axis=0), values.std(axis=0, ddof=1)


def _bent(z: NDArray[Any]) -> SingleValues:
    return np.asarray(z * (0.5 + 0.5 * np.tanh(0.5 * z)), dtype=np.float32)

"""Penalised smoothing of equally spaced points: Whittaker's graduation with third differences.

The penalty vanishes on parabolas, so neither the middle nor the ends of a smoothly bent line are pulled
straight; features shorter than about the given length are removed [whittaker1922].
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csc_array, diags_array
from scipy.sparse.linalg import splu

from annulus._typing import FloatArray

__all__ = ["smoothed"]


def smoothed(values: FloatArray, weights: FloatArray, *, length: float, closed: bool) -> FloatArray:
    """Rows z that minimise sum w |y - z|^2 + length^6 |third difference of z|^2.

    Parameters
    ----------
    values
        Equally spaced rows, shape (n, k).
    weights
        Trust in each row, >= 0, shape (n,); zero fills the row in from its neighbours.
    length
        Smoothing length in units of the spacing.
    closed
        Whether the last row is followed by the first.
    """
    n = len(values)
    if n < 5:
        return values.copy()
    stencil = np.array([-1.0, 3.0, -3.0, 1.0])
    rows = np.arange(n if closed else n - 3)
    columns = (rows[:, None] + np.arange(4)) % n
    difference = csc_array((np.tile(stencil, len(rows)), (np.repeat(rows, 4), columns.ravel())), shape=(len(rows), n))
    # The floor keeps the system regular where long stretches carry no weight.
    trust = np.maximum(weights, 1e-9)
    system = diags_array(trust) + length**6 * (difference.T @ difference)
    return splu(csc_array(system)).solve(trust[:, None] * values)

"""Equal arc-length spacing on a parametric curve."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from annulus._typing import FloatArray

__all__ = ["arc_length_parameters"]

_GAUSS_X, _GAUSS_W = np.polynomial.legendre.leggauss(4)


def arc_length_parameters(
    curve: Callable[..., FloatArray], first: float, last: float, n_points: int, n_pieces: int
) -> FloatArray:
    """Parameters of `n_points` points equally spaced in arc length between `first` and `last`, shape (n_points,).

    `curve(t, 1)` is the derivative of the curve. Speed is integrated by 4-point Gauss rules on `n_pieces`
    equal pieces, and the inverse refined by one Newton step inside its piece.
    """
    knots = np.linspace(first, last, n_pieces + 1)
    width = (last - first) / n_pieces
    nodes = knots[:-1, None] + 0.5 * width * (_GAUSS_X + 1.0)
    speed = np.linalg.norm(curve(nodes.ravel(), 1), axis=-1).reshape(nodes.shape)
    cumulative = np.append(0.0, np.cumsum(speed @ _GAUSS_W * (0.5 * width)))
    target = np.linspace(0.0, cumulative[-1], n_points)
    parameters = np.interp(target, cumulative, knots)
    for _ in range(2):
        piece = np.clip(((parameters - first) / width).astype(np.int64), 0, n_pieces - 1)
        span = parameters - knots[piece]
        inner = knots[piece][:, None] + 0.5 * span[:, None] * (_GAUSS_X + 1.0)
        inner_speed = np.linalg.norm(curve(inner.ravel(), 1), axis=-1).reshape(inner.shape)
        reached = cumulative[piece] + 0.5 * span * (inner_speed @ _GAUSS_W)
        local = np.linalg.norm(curve(parameters, 1), axis=-1)
        parameters = parameters + (target - reached) / np.where(local > 0.0, local, 1.0)
    parameters[0], parameters[-1] = first, last
    return parameters

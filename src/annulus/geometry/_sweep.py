"""Tube surfaces around a curve: for synthetic anatomy, exports and the checks of the extraction."""

from __future__ import annotations

import numpy as np

from annulus._typing import ArrayLike, FloatArray
from annulus.errors import InputError
from annulus.geometry._curve import Curve
from annulus.geometry._surface import Surface

__all__ = ["swept_tube"]


def swept_tube(
    curve: Curve, *, n_around: int = 24, outline: ArrayLike | None = None, closed_ends: bool = True
) -> Surface:
    """Triangles of the tube around `curve` whose section is a circle of the curve's radius.

    Parameters
    ----------
    curve
        Axis with `radius` [mm]; one ring of vertices stands at each of its vertices.
    n_around
        Vertices in each ring of a circular tube.
    outline
        Section in place of the circle, counter-clockwise, in units of the local radius, shape (k, 2); the first
        axis is a twist-free normal, the second completes the right-handed frame with the tangent.
    closed_ends
        Whether both ends get a flat cap.

    Raises
    ------
    InputError
        The curve has no radius, or fewer than three vertices stand around.
    """
    if curve.radius is None:
        raise InputError("curve must have a radius to be swept into a tube; it has none.")
    if outline is None:
        turn = 2.0 * np.pi * np.arange(n_around) / n_around
        section = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    else:
        section = np.asarray(outline, dtype=np.float64)
    k, n = len(section), len(curve)
    if k < 3:
        raise InputError(f"n_around must be at least 3; got {k}.")
    tangents = curve.tangents
    first = curve.transported_normals(np.eye(3)[np.argmin(np.abs(tangents[0]))])
    second = np.cross(tangents, first)
    offsets = section[None, :, :1] * first[:, None] + section[None, :, 1:] * second[:, None]
    rings = (curve.points[:, None] + curve.radius[:, None, None] * offsets).reshape(-1, 3)
    here = np.arange(n - 1)[:, None] * k + np.arange(k)
    right = np.arange(n - 1)[:, None] * k + (np.arange(k) + 1) % k
    sides = np.concatenate(
        [
            np.stack([here, right, right + k], -1).reshape(-1, 3),
            np.stack([here, right + k, here + k], -1).reshape(-1, 3),
        ]
    )
    if not closed_ends:
        return Surface(rings, sides)
    return Surface(*_capped(rings, sides, k))


def _capped(rings: FloatArray, sides: np.ndarray, k: int) -> tuple[FloatArray, np.ndarray]:
    n = len(rings)
    around = np.arange(k)
    after = (around + 1) % k
    start = np.stack([np.full(k, n), after, around], axis=1)
    end = np.stack([np.full(k, n + 1), n - k + around, n - k + after], axis=1)
    centres = np.stack([rings[:k].mean(axis=0), rings[-k:].mean(axis=0)])
    return np.vstack([rings, centres]), np.vstack([sides, start, end])

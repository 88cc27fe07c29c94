"""Tube around a closed loop: what an annulus ring looks like as a mesh."""

from __future__ import annotations

import numpy as np

from annulus.errors import InputError
from annulus.geometry._loop import Loop
from annulus.geometry._surface import Surface

__all__ = ["ring_tube"]


def ring_tube(loop: Loop, *, radius_mm: float, n_around: int = 12) -> Surface:
    """Round tube of one radius around a loop, normals outwards.

    Parameters
    ----------
    loop
        Axis; one ring of vertices stands at each of its vertices.
    radius_mm
        Radius of the vertices [mm].
    n_around
        Vertices in each ring, at least 3.

    Raises
    ------
    InputError
        The radius is not positive, fewer than three vertices stand around, or the loop runs along its
        plane's normal.
    """
    if not radius_mm > 0.0:
        raise InputError(f"radius_mm must be positive; got {radius_mm:g}.")
    if n_around < 3:
        raise InputError(f"n_around must be at least 3; got {n_around}.")
    ahead = np.roll(loop.points, -1, axis=0) - np.roll(loop.points, 1, axis=0)
    tangents = ahead / np.linalg.norm(ahead, axis=1, keepdims=True)
    # The plane's normal, made orthogonal to the loop, frames the whole ring and closes without twist.
    first = loop.normal - (tangents @ loop.normal)[:, None] * tangents
    size = np.linalg.norm(first, axis=1, keepdims=True)
    if size.min() < 1e-6:
        raise InputError(f"loop must not run along its plane's normal; it does at point {int(size.argmin())}.")
    first = first / size
    second = np.cross(tangents, first)
    turn = 2.0 * np.pi * np.arange(n_around) / n_around
    across = first[:, None] * np.cos(turn)[None, :, None] + second[:, None] * np.sin(turn)[None, :, None]
    points = (loop.points[:, None] + radius_mm * across).reshape(-1, 3)
    ring, column = np.arange(len(loop))[:, None] * n_around, np.arange(n_around)
    following = np.arange(1, len(loop) + 1)[:, None] % len(loop) * n_around
    right = (column + 1) % n_around
    a, b, c, d = ring + column, ring + right, following + column, following + right
    triangles = np.vstack([np.stack(corners, axis=-1).reshape(-1, 3) for corners in ((a, b, c), (b, d, c))])
    return Surface(points, triangles)

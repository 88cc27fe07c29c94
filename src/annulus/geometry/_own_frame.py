"""Surfaces in their own frame and in an order of their own, so that nothing taken from them depends on where they lay.

The frame's axes are the principal axes of the area, their signs those of its third moments; vertices and triangles
are numbered by their places in it. Turned, moved or renumbered surfaces then look alike to rounding, and what searches
through them (voxels, bins, ties) finds the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from annulus._typing import FloatArray
from annulus.errors import InputError
from annulus.geometry._frame import Frame
from annulus.geometry._surface import Surface

__all__ = ["in_frame", "own_frame", "place_of", "principal_frame"]


def own_frame(surfaces: Sequence[Surface]) -> Frame:
    """Frame at the area centroid of all surfaces together, x along their greatest extent, z along their least.

    Raises
    ------
    InputError
        They have no area.
    """
    areas = np.concatenate([surface.areas for surface in surfaces])
    if not areas.sum() > 0.0:
        raise InputError("surfaces must have triangles with an area; got none: a point cloud has no surface.")
    return principal_frame(np.concatenate([surface.corners.mean(axis=1) for surface in surfaces]), areas)


def principal_frame(points: FloatArray, weights: FloatArray, *, z_towards: FloatArray | None = None) -> Frame:
    """Frame at the weighted centroid, x along the greatest spread, z along the least.

    Each axis points to its longer tail (third moment > 0), except the one whose tails differ least, which completes
    the right-handed frame. `z_towards`, a point [mm], shape (3,), overrules the tails of z.
    """
    centre = weights @ points / weights.sum()
    offsets = points - centre
    _, vectors = np.linalg.eigh((weights[:, None] * offsets).T @ offsets)
    axes = vectors.T[::-1].copy()
    along = offsets @ axes.T
    spread = weights @ along**2
    skew = np.sqrt(weights.sum()) * (weights @ along**3)
    skew = np.divide(skew, spread**1.5, out=np.zeros(3), where=spread > 1e-12 * spread.max())
    if z_towards is not None:
        skew[2] = np.copysign(np.inf, axes[2] @ (z_towards - centre))
    axes *= np.copysign(1.0, skew)[:, None]
    weakest = int(np.argmin(np.abs(skew)))
    axes[weakest] = np.cross(axes[(weakest + 1) % 3], axes[(weakest + 2) % 3])
    return Frame.from_normal(centre, z=axes[2], y_towards=axes[1])


def in_frame(surface: Surface, frame: Frame) -> Surface:
    """The surface in the frame's coordinates, vertices and triangles sorted by their places there."""
    points = frame.to_local(surface.points)
    order = np.lexsort(points.T[::-1])
    place = np.empty(len(points), dtype=np.int64)
    place[order] = np.arange(len(points))
    triangles = place[surface.triangles]
    first = (np.argmin(triangles, axis=1)[:, None] + np.arange(3)) % 3
    triangles = np.take_along_axis(triangles, first, axis=1)
    return Surface(points[order], triangles[np.lexsort(triangles.T[::-1])])


def place_of(frame: Frame, point: FloatArray) -> str:
    """A point of the frame as a place in the world, in words: "(x, y, z) mm"."""
    x, y, z = frame.to_world(point)
    return f"({x:.1f}, {y:.1f}, {z:.1f}) mm"

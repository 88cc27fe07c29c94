"""Points of a closed contour, in the order of the contour."""

from __future__ import annotations

import numpy as np

from annulus._typing import ArrayLike, FloatArray

__all__ = ["in_order"]


def in_order(points: ArrayLike) -> tuple[FloatArray, bool]:
    """Contour points in order, shape (n, 3), and whether they had to be put in order.

    Points that already run once around, seen along the normal of their least-squares plane, stay as they are.
    Others (point lists placed view by view) are sorted by their angle about the centroid, which is the contour's order
    for any outline that its centroid sees whole, as an annulus is.
    """
    given = np.array(points, dtype=np.float64)
    centred = given - given.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    flat = centred @ axes[:2].T
    if not _crosses_itself(flat):
        return given, False
    order = np.argsort(np.arctan2(flat[:, 1], flat[:, 0]), kind="stable")
    return given[order], True


def _crosses_itself(polygon: FloatArray) -> bool:
    a, b = polygon, np.roll(polygon, -1, axis=0)

    def side(p: FloatArray, q: FloatArray, r: FloatArray) -> FloatArray:
        return (q[..., 0] - p[..., 0]) * (r[..., 1] - p[..., 1]) - (q[..., 1] - p[..., 1]) * (r[..., 0] - p[..., 0])

    a1, b1, a2, b2 = a[:, None], b[:, None], a[None], b[None]
    apart = (side(a1, b1, a2) * side(a1, b1, b2) < 0.0) & (side(a2, b2, a1) * side(a2, b2, b1) < 0.0)
    return bool(apart.any())

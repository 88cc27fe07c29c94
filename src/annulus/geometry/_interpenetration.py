"""Independent test of interpenetration: which triangles of a surface pass through each other."""

from __future__ import annotations

import numpy as np

from annulus._arrays import locked
from annulus._typing import IntArray
from annulus.geometry._surface import Surface
from annulus.kernels.triangles import crossing_pairs

__all__ = ["crossing_triangles"]


def crossing_triangles(surface: Surface) -> IntArray:
    """Pairs of triangles that pass through each other, shape (c, 2), sorted; lower number first.

    It knows nothing of contact or thickness: an edge of one triangle strictly changes sides of the other's plane
    within the other. Triangles that share a vertex, a corner that touches and overlap
    within one plane do not count.
    """
    pairs = crossing_pairs(surface.points, surface.triangles)
    return locked(pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))])

"""Triangle surfaces."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from annulus._arrays import locked, points_array, triangles_array
from annulus._typing import ArrayLike, FloatArray, IntArray

__all__ = ["Surface"]


@dataclass(frozen=True, eq=False)
class Surface:
    """Triangles over points.

    Parameters
    ----------
    points
        Vertices [mm], shape (n, 3).
    triangles
        Vertex indices, shape (m, 3).

    Raises
    ------
    InputError
        Wrong shapes, values that are not finite, or an index out of range.
    """

    points: FloatArray
    triangles: IntArray

    def __post_init__(self) -> None:
        points = points_array("points", self.points, at_least=3)
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "triangles", triangles_array("triangles", self.triangles, n_points=len(points)))

    def __reduce__(self) -> tuple[type[Surface], tuple[FloatArray, IntArray]]:
        return type(self), (self.points, self.triangles)

    @cached_property
    def corners(self) -> FloatArray:
        """Corner points of every triangle [mm], shape (m, 3, 3)."""
        return locked(self.points[self.triangles])

    @cached_property
    def area_vectors(self) -> FloatArray:
        """Area vector of every triangle [mm2], shape (m, 3)."""
        a, b, c = self.corners[:, 0], self.corners[:, 1], self.corners[:, 2]
        return locked(0.5 * np.cross(b - a, c - a))

    @cached_property
    def areas(self) -> FloatArray:
        """Area of every triangle [mm2], shape (m,)."""
        return locked(np.linalg.norm(self.area_vectors, axis=1))

    @property
    def area(self) -> float:
        """Total area [mm2]."""
        return float(self.areas.sum())

    @cached_property
    def triangle_quality(self) -> FloatArray:
        """Shape of every triangle [1], shape (m,): 1 for equal sides, 0 for no area.

        Area over the sum of the squared sides, times 4 sqrt(3).
        """
        sides = self.corners - np.roll(self.corners, 1, axis=1)
        squares = np.einsum("tkd,tkd->t", sides, sides)
        shape = np.divide(self.areas, squares, out=np.zeros(len(squares)), where=squares > 0.0)
        return locked(4.0 * np.sqrt(3.0) * shape)

    @cached_property
    def centroid(self) -> FloatArray:
        """Area-weighted centroid [mm], shape (3,)."""
        return locked(self.areas @ self.corners.mean(axis=1) / self.area)

    def transformed(self, matrix: ArrayLike, translation: ArrayLike = (0.0, 0.0, 0.0)) -> Surface:
        """Surface with points mapped to ``matrix @ x + translation``; a mirror keeps the outside outside."""
        linear = np.asarray(matrix, dtype=np.float64)
        triangles = self.triangles if np.linalg.det(linear) > 0.0 else self.triangles[:, ::-1]
        return Surface(self.points @ linear.T + np.asarray(translation, dtype=np.float64), triangles)

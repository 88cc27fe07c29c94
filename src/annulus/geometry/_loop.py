"""Closed curves in space."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.interpolate import CubicSpline

from annulus._arrays import locked, points_array
from annulus._typing import ArrayLike, FloatArray
from annulus.errors import InputError
from annulus.kernels.curves import arc_lengths, closest_on_polyline, equal_steps, repeated_vertex
from annulus.kernels.loops import loop_length, loop_plane
from annulus.kernels.periodic import periodic_spline

__all__ = ["Loop"]


@dataclass(frozen=True, eq=False)
class Loop:
    """Closed polygon; the first point is not repeated at the end.

    Parameters
    ----------
    points
        Vertices [mm], shape (n, 3), n >= 3.

    Raises
    ------
    InputError
        Wrong shape, fewer than three points, values that are not finite, or equal neighbours
        (a repeated first point among them).
    """

    points: FloatArray

    def __post_init__(self) -> None:
        points = points_array("points", self.points, at_least=3)
        row = repeated_vertex(points, True)
        if row >= 0:
            raise InputError(
                f"points must not repeat a neighbour (a loop does not repeat its first point); "
                f"point {row} equals the next: remove one."
            )
        object.__setattr__(self, "points", points)

    def __reduce__(self) -> tuple[type[Loop], tuple[FloatArray]]:
        return type(self), (self.points,)

    def __len__(self) -> int:
        return len(self.points)

    @cached_property
    def length(self) -> float:
        """Length of the polygon [mm]."""
        return float(loop_length(self.points))

    @cached_property
    def arc_lengths(self) -> FloatArray:
        """Arc length of every vertex from the first one [mm], shape (n,)."""
        return locked(arc_lengths(self.points))

    @cached_property
    def centroid(self) -> FloatArray:
        """Arc-length-weighted centroid [mm], shape (3,)."""
        return locked(self._plane[0])

    @cached_property
    def area_vector(self) -> FloatArray:
        """Vector area [mm2], shape (3,): its length is the largest projected area, its direction right-handed."""
        return locked(self._plane[1])

    @cached_property
    def normal(self) -> FloatArray:
        """Unit normal of the arc-length-weighted least-squares plane, on the side of `area_vector`, shape (3,)."""
        return locked(self._plane[2])

    @cached_property
    def _plane(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        return loop_plane(self.points)

    @cached_property
    def spline(self) -> CubicSpline:
        """Periodic cubic spline through the vertices over chord length along the polygon [mm], 0 to `length`."""
        closed = np.vstack([self.points, self.points[:1]])
        return CubicSpline(np.append(self.arc_lengths, self.length), closed, bc_type="periodic")

    def resampled(self, n_points: int, *, start: float = 0.0) -> Loop:
        """Loop with `n_points` vertices, equally spaced in arc length along `spline`.

        `start` is the spline parameter [mm] of the new first vertex.
        """
        if n_points < 3:
            raise InputError(f"n_points must be at least 3; got {n_points}.")
        first = start % self.length
        knots, pieces = periodic_spline(self.points)
        # The kernel takes SciPy's order of coefficients, highest power first.
        ordered = np.ascontiguousarray(pieces.transpose(1, 0, 2)[::-1])
        points, _ = equal_steps(knots, ordered, first, first + self.length, n_points + 1)
        return Loop(points[:-1])

    def at(self, positions: ArrayLike) -> FloatArray:
        """Points of the polygon at positions given as edge index plus fraction (modulo n), shape (..., 3)."""
        where = np.asarray(positions, dtype=np.float64) % len(self)
        edge = np.floor(where).astype(np.int64) % len(self)
        fraction = (where - np.floor(where))[..., None]
        return self.points[edge] * (1.0 - fraction) + self.points[(edge + 1) % len(self)] * fraction

    def closest(self, queries: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Closest points of the polygon: positions (edge index plus fraction), and distances [mm], shape (q,)."""
        return closest_on_polyline(points_array("queries", queries), self.points, True)

    def reversed(self) -> Loop:
        """Same loop walked the other way, from the same first vertex."""
        return Loop(np.roll(self.points[::-1], 1, axis=0))

    def transformed(self, matrix: ArrayLike, translation: ArrayLike = (0.0, 0.0, 0.0)) -> Loop:
        """Loop with every point mapped to ``matrix @ x + translation``."""
        return Loop(self.points @ np.asarray(matrix, dtype=np.float64).T + np.asarray(translation, dtype=np.float64))

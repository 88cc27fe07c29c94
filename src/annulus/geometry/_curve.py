"""Open curves in space, with an optional radius: vessel axes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.interpolate import CubicSpline

from annulus._arrays import locked, points_array, values_array
from annulus._typing import ArrayLike, FloatArray
from annulus.errors import InputError
from annulus.kernels.curves import (
    arc_lengths,
    closest_on_polyline,
    equal_steps,
    interpolated,
    natural_spline,
    parallel_transport,
    repeated_vertex,
)

__all__ = ["Curve"]

_ROUNDING = 1.01
"""An inscribed radius may be this many times the area-equivalent one: both are rounded."""


@dataclass(frozen=True, eq=False)
class Curve:
    """Open polyline from its first to its last vertex.

    Parameters
    ----------
    points
        Vertices [mm], shape (n, 3), n >= 2.
    radius
        Area-equivalent radius at each vertex [mm], shape (n,); None where unknown.
    mis_radius
        Radius of the maximum inscribed sphere at each vertex [mm], shape (n,); None where unknown.

    Raises
    ------
    InputError
        Wrong shapes, fewer than two points, values that are not finite, equal neighbours, a radius that
        is not positive, or an inscribed radius larger than the area-equivalent one.
    """

    points: FloatArray
    radius: FloatArray | None = None
    mis_radius: FloatArray | None = None

    def __post_init__(self) -> None:
        points = points_array("points", self.points, at_least=2)
        repeated = repeated_vertex(points, False)
        if repeated >= 0:
            raise InputError(f"points must not repeat a neighbour; point {repeated} equals the next.")
        object.__setattr__(self, "points", points)
        for name in ("radius", "mis_radius"):
            values = getattr(self, name)
            if values is not None:
                array = values_array(name, values, length=len(points))
                if (array <= 0.0).any():
                    raise InputError(f"{name} must be positive; got {array.min():g} mm at point {int(array.argmin())}.")
                object.__setattr__(self, name, array)
        if self.radius is not None and self.mis_radius is not None:
            over = self.mis_radius - _ROUNDING * self.radius
            if over.max() > 0.0:
                k = int(over.argmax())
                raise InputError(
                    "mis_radius must not be larger than radius, as an inscribed circle has less area than the section; "
                    f"got {self.mis_radius[k]:g} and {self.radius[k]:g} mm at point {k}: check both, and that "
                    "neither is a diameter."
                )

    def __reduce__(self) -> tuple[type[Curve], tuple[FloatArray, FloatArray | None, FloatArray | None]]:
        return type(self), (self.points, self.radius, self.mis_radius)

    def __len__(self) -> int:
        return len(self.points)

    @cached_property
    def arc_lengths(self) -> FloatArray:
        """Arc length of every vertex from the first one [mm], shape (n,)."""
        return locked(arc_lengths(self.points))

    @property
    def length(self) -> float:
        """Length of the polyline [mm]."""
        return float(self.arc_lengths[-1])

    @cached_property
    def spline(self) -> CubicSpline:
        """Natural cubic spline through the vertices, parameter = chord length [mm], 0 to `length`."""
        return CubicSpline(self.arc_lengths, self.points, bc_type="natural")

    @cached_property
    def _pieces(self) -> tuple[FloatArray, FloatArray]:
        """Knots and coefficients of `spline`, without SciPy's checks."""
        return natural_spline(self.points)

    @cached_property
    def tangents(self) -> FloatArray:
        """Unit tangents of `spline` at the vertices, shape (n, 3)."""
        knots, (cubic, square, linear, _) = self._pieces
        h = knots[-1] - knots[-2]
        slope = np.vstack([linear, linear[-1] + h * (2.0 * square[-1] + 3.0 * h * cubic[-1])])
        return locked(slope / np.linalg.norm(slope, axis=1, keepdims=True))

    @cached_property
    def curvature(self) -> FloatArray:
        """Curvature of `spline` at the vertices [1/mm], shape (n,)."""
        first = self.spline(self.arc_lengths, 1)
        second = self.spline(self.arc_lengths, 2)
        return locked(np.linalg.norm(np.cross(first, second), axis=1) / np.linalg.norm(first, axis=1) ** 3)

    def transported_normals(self, first_normal: ArrayLike) -> FloatArray:
        """Twist-free unit normals, the first one being `first_normal` made orthogonal to the curve, shape (n, 3)."""
        normal = np.array(first_normal, dtype=np.float64)
        normal = normal - (normal @ self.tangents[0]) * self.tangents[0]
        size = float(np.linalg.norm(normal))
        if size < 1e-12:
            raise InputError("first_normal must not be parallel to the curve's first tangent.")
        return locked(parallel_transport(self.tangents, normal / size))

    def at(self, s: ArrayLike) -> FloatArray:
        """Points of the polyline at arc lengths `s` [mm] (held at the ends), shape (..., 3)."""
        where = np.asarray(s, dtype=np.float64)
        return interpolated(where.reshape(-1), self.arc_lengths, self.points).reshape(*where.shape, 3)

    def radius_at(self, s: ArrayLike) -> FloatArray:
        """Area-equivalent radius at arc lengths `s` [mm], shape of `s`.

        Raises
        ------
        InputError
            The curve has no radius.
        """
        if self.radius is None:
            raise InputError("radius must be known for this; the curve has none: give radius values with its points.")
        return np.interp(np.asarray(s, dtype=np.float64), self.arc_lengths, self.radius)

    def closest(self, queries: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Arc lengths of the closest points of the polyline [mm], and the distances [mm], shape (q,)."""
        where, distances = closest_on_polyline(points_array("queries", queries), self.points, False)
        return np.interp(where, np.arange(len(self), dtype=np.float64), self.arc_lengths), distances

    def resampled(self, n_points: int, *, last: float | None = None) -> Curve:
        """Curve with `n_points` vertices equally spaced in arc length along `spline`; radii follow linearly.

        `last` is the spline parameter [mm] of the new last vertex, the curve's end by default.
        """
        if n_points < 2:
            raise InputError(f"n_points must be at least 2; got {n_points}.")
        end = self.length if last is None else last
        if not 0.0 < end <= self.length:
            raise InputError(f"last must lie in (0, {self.length:g}] mm; got {end:g}.")
        points, parameters = equal_steps(*self._pieces, 0.0, end, n_points)
        return Curve(points, *self._radii(parameters))

    def sliced(self, first: float, last: float) -> Curve:
        """The part between arc lengths `first` < `last` [mm], its old inner vertices kept.

        Raises
        ------
        InputError
            `first` and `last` are not in order or lie off the curve.
        """
        if not -1e-9 <= first < last <= self.length + 1e-9:
            raise InputError(f"first < last must lie in [0, {self.length:g}] mm; got {first:g} and {last:g}.")
        margin = 1e-9 * self.length
        inner = self.arc_lengths[(self.arc_lengths > first + margin) & (self.arc_lengths < last - margin)]
        s = np.concatenate([[first], inner, [last]])
        return Curve(self.at(s), *self._radii(s))

    def reversed(self) -> Curve:
        """Same curve walked the other way."""
        flip = [None if values is None else values[::-1] for values in (self.radius, self.mis_radius)]
        return Curve(self.points[::-1], *flip)

    def transformed(self, matrix: ArrayLike, translation: ArrayLike = (0.0, 0.0, 0.0)) -> Curve:
        """Curve with points mapped to ``matrix @ x + translation``; radii scale by the cube root of the determinant."""
        linear = np.asarray(matrix, dtype=np.float64)
        scale = abs(float(np.linalg.det(linear))) ** (1.0 / 3.0)
        radii = [None if values is None else values * scale for values in (self.radius, self.mis_radius)]
        return Curve(self.points @ linear.T + np.asarray(translation, dtype=np.float64), *radii)

    def with_points(self, points: ArrayLike) -> Curve:
        """Curve with the same radii and moved vertices, shape (n, 3)."""
        moved = Curve(points)  # type: ignore[arg-type]
        if len(moved) != len(self):
            raise InputError(f"points must have shape ({len(self)}, 3); got {moved.points.shape}.")
        # They were checked when this curve was made.
        object.__setattr__(moved, "radius", self.radius)
        object.__setattr__(moved, "mis_radius", self.mis_radius)
        return moved

    def _radii(self, s: FloatArray) -> list[FloatArray | None]:
        return [
            None if values is None else np.interp(s, self.arc_lengths, values)
            for values in (self.radius, self.mis_radius)
        ]

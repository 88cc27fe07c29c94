"""A right-handed orthonormal frame in space."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from annulus._arrays import locked, points_array, vector_array
from annulus._typing import ArrayLike, FloatArray
from annulus.errors import InputError

__all__ = ["Frame"]

_IDENTITY = np.eye(3)


@dataclass(frozen=True, eq=False)
class Frame:
    """Origin and three unit axes.

    Parameters
    ----------
    origin
        Origin [mm], shape (3,).
    axes
        Rows are the x, y and z axis in world coordinates, shape (3, 3); right-handed, orthonormal to 1e-9.

    Raises
    ------
    InputError
        The axes are not orthonormal or not right-handed.
    """

    origin: FloatArray
    axes: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "origin", vector_array("origin", self.origin))
        axes = points_array("axes", self.axes)
        if axes.shape != (3, 3) or np.abs(axes @ axes.T - _IDENTITY).max() > 1e-9 or _volume(axes) < 0.0:
            raise InputError(f"axes must be three orthonormal rows, right-handed; got {axes.tolist()}.")
        object.__setattr__(self, "axes", axes)

    def __reduce__(self) -> tuple[type[Frame], tuple[FloatArray, FloatArray]]:
        return type(self), (self.origin, self.axes)

    @classmethod
    def from_normal(cls, origin: ArrayLike, *, z: ArrayLike, y_towards: ArrayLike) -> Frame:
        """Frame with +z along `z` and +y along `y_towards`, projected on the plane normal to `z`.

        Raises
        ------
        InputError
            `z` is zero, or `y_towards` is parallel to it.
        """
        # Numbers one by one: numpy spends more on a row of three than the arithmetic takes.
        start = vector_array("origin", origin)
        ux, uy, uz = vector_array("z", z).tolist()
        vx, vy, vz = vector_array("y_towards", y_towards).tolist()
        u, v = math.sqrt(ux * ux + uy * uy + uz * uz), math.sqrt(vx * vx + vy * vy + vz * vz)
        if u == 0.0 or v == 0.0:
            raise InputError("z and y_towards must be non-zero vectors; got a zero vector.")
        ux, uy, uz, vx, vy, vz = ux / u, uy / u, uz / u, vx / v, vy / v, vz / v
        along = vx * ux + vy * uy + vz * uz
        vx, vy, vz = vx - along * ux, vy - along * uy, vz - along * uz
        norm = math.sqrt(vx * vx + vy * vy + vz * vz)
        if norm < 1e-9:
            raise InputError("y_towards must not be parallel to z; got parallel vectors.")
        vx, vy, vz = vx / norm, vy / norm, vz / norm
        x_axis = (vy * uz - vz * uy, vz * ux - vx * uz, vx * uy - vy * ux)
        frame = object.__new__(cls)
        # Orthonormal and right-handed by construction: not checked again.
        object.__setattr__(frame, "origin", start)
        object.__setattr__(frame, "axes", locked(np.array([x_axis, (vx, vy, vz), (ux, uy, uz)])))
        return frame

    def to_local(self, points: ArrayLike) -> FloatArray:
        """World points [mm], shape (..., 3), in this frame."""
        return (np.asarray(points, dtype=np.float64) - self.origin) @ self.axes.T

    def to_world(self, points: ArrayLike) -> FloatArray:
        """Points of this frame [mm], shape (..., 3), in world coordinates."""
        return np.asarray(points, dtype=np.float64) @ self.axes + self.origin

    def vectors_to_local(self, vectors: ArrayLike) -> FloatArray:
        """World directions, shape (..., 3), in this frame."""
        return np.asarray(vectors, dtype=np.float64) @ self.axes.T

    def vectors_to_world(self, vectors: ArrayLike) -> FloatArray:
        """Directions of this frame, shape (..., 3), in world coordinates."""
        return locked(np.asarray(vectors, dtype=np.float64) @ self.axes)


def _volume(axes: FloatArray) -> float:
    """Determinant of three rows."""
    (ax, ay, az), (bx, by, bz), (cx, cy, cz) = axes.tolist()
    return ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)

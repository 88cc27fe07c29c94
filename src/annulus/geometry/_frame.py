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
        z_axis = vector_array("z", z)
        y_axis = vector_array("y_towards", y_towards)
        z_norm, y_norm = math.sqrt(z_axis @ z_axis), math.sqrt(y_axis @ y_axis)
        if z_norm == 0.0 or y_norm == 0.0:
            raise InputError("z and y_towards must be non-zero vectors; got a zero vector.")
        z_axis = z_axis / z_norm
        y_axis = y_axis / y_norm
        y_axis = y_axis - (y_axis @ z_axis) * z_axis
        norm = math.sqrt(y_axis @ y_axis)
        if norm < 1e-9:
            raise InputError("y_towards must not be parallel to z; got parallel vectors.")
        y_axis = y_axis / norm
        # Scalars: numpy's cross spends most of its time on axes.
        (ax, ay, az), (bx, by, bz) = y_axis.tolist(), z_axis.tolist()
        x_axis = (ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx)
        frame = object.__new__(cls)
        # Orthonormal and right-handed by construction: not checked again.
        object.__setattr__(frame, "origin", vector_array("origin", origin))
        object.__setattr__(frame, "axes", locked(np.array([x_axis, y_axis, z_axis])))
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

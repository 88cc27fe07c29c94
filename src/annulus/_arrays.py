"""The boundary between users' arrays and kernels: checked, C-ordered, float64 or int64, locked."""

from __future__ import annotations

import numpy as np

from annulus._typing import ArrayLike, FloatArray, IntArray
from annulus.errors import InputError

__all__ = [
    "locked",
    "points_array",
    "real_number",
    "triangles_array",
    "values_array",
    "vector_array",
    "whole_number",
]


def locked(array: np.ndarray) -> np.ndarray:
    """`array`, made read-only."""
    array.setflags(write=False)
    return array


def _floats(name: str, values: ArrayLike, shape_text: str) -> FloatArray:
    try:
        array = np.array(values, dtype=np.float64, order="C")
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} must be numbers of shape {shape_text}; got {error}.") from None
    return array


def whole_number(name: str, value: object, *, at_least: int = 0) -> int:
    """`value` as an int.

    Raises
    ------
    InputError
        It is no whole number (text and booleans are none), or less than `at_least`.
    """
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise InputError(f"{name} must be a whole number; got {value!r:.60}, a {type(value).__name__}: give a number.")
    if value < at_least:
        raise InputError(f"{name} must be at least {at_least}; got {value}.")
    return int(value)


def real_number(name: str, value: object) -> float:
    """`value` as a finite float.

    Raises
    ------
    InputError
        It is no number (text and booleans are none), or not finite.
    """
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise InputError(f"{name} must be a number; got {value!r:.60}, a {type(value).__name__}: give a number.")
    if not np.isfinite(value):
        raise InputError(f"{name} must be a finite number; got {value}.")
    return float(value)


def points_array(name: str, values: ArrayLike, *, at_least: int = 1) -> FloatArray:
    """Copy of `values` as finite points, shape (n, 3), n >= `at_least`, read-only.

    Raises
    ------
    InputError
        Wrong shape, too few points, or a value that is not finite.
    """
    array = _floats(name, values, "(n, 3)")
    if array.ndim != 2 or array.shape[1] != 3:
        raise InputError(f"{name} must have shape (n, 3); got {array.shape}.")
    if len(array) < at_least:
        raise InputError(f"{name} must have at least {at_least} points; got {len(array)}.")
    _require_finite(name, array)
    return locked(array)


def values_array(name: str, values: ArrayLike, *, length: int) -> FloatArray:
    """Copy of `values` as finite numbers, shape (length,), read-only."""
    array = _floats(name, values, f"({length},)")
    if array.shape != (length,):
        raise InputError(f"{name} must have shape ({length},); got {array.shape}.")
    _require_finite(name, array)
    return locked(array)


def vector_array(name: str, values: ArrayLike) -> FloatArray:
    """Copy of `values` as one finite vector, shape (3,), read-only."""
    return values_array(name, values, length=3)


def triangles_array(name: str, values: ArrayLike, *, n_points: int) -> IntArray:
    """Copy of `values` as triangles, shape (m, 3), indices in [0, n_points), read-only."""
    array = np.array(values, order="C")
    if array.size == 0:
        array = array.reshape(0, 3)
    if array.ndim != 2 or array.shape[1] != 3:
        raise InputError(f"{name} must have shape (m, 3); got {array.shape}.")
    array = array.astype(np.int64)
    if array.size and (array.min() < 0 or array.max() >= n_points):
        raise InputError(f"{name} must index {n_points} points; got indices from {array.min()} to {array.max()}.")
    return locked(array)


def _require_finite(name: str, array: FloatArray) -> None:
    finite = np.isfinite(array)
    if not finite.all():
        bad = ~finite
        row = int(np.argwhere(bad)[0][0])
        raise InputError(f"{name} must be finite; got {array[row]} in row {row}: remove or mend that row.")

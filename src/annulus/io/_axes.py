"""Axes and units of files, and the way from them to LPS millimetres."""

from __future__ import annotations

import numpy as np

from annulus._typing import FloatArray
from annulus.errors import InputError
from annulus.units import length_factor

__all__ = ["GLTF_AXES", "GLTF_UNIT", "to_lps_matrix"]

GLTF_AXES = "LSA"
"""glTF 2.0: +y up, +z the asset's front, right-handed, so +x is the left of a body that faces its front."""

GLTF_UNIT = "m"
"""glTF 2.0: all linear distances are in metres."""

_DIRECTIONS = {
    "L": (1.0, 0.0, 0.0),
    "R": (-1.0, 0.0, 0.0),
    "P": (0.0, 1.0, 0.0),
    "A": (0.0, -1.0, 0.0),
    "S": (0.0, 0.0, 1.0),
    "I": (0.0, 0.0, -1.0),
}


def to_lps_matrix(coordinate_system: str, unit: str) -> FloatArray:
    """Matrix from file coordinates to LPS mm, shape (3, 3).

    Parameters
    ----------
    coordinate_system
        Where +x, +y and +z point, one letter each: L or R, P or A, S or I ("LPS", "RAS", "LSA", ...).
    unit
        One of `annulus.units.LENGTH_UNITS`.

    Raises
    ------
    InputError
        The letters do not name three axes of a body, or the unit is unknown.
    """
    letters = coordinate_system.upper()
    columns = [_DIRECTIONS.get(letter) for letter in letters]
    if len(letters) != 3 or None in columns or abs(np.linalg.det(np.array(columns))) != 1.0:
        raise InputError(
            "coordinate_system must say where +x, +y, +z point, one letter each (LPS, RAS, LSA, ...); "
            f"got {coordinate_system!r}."
        )
    return length_factor(unit) * np.array(columns, dtype=np.float64).T

"""Unit factors to the inside units of the package: mm, N, MPa (= N/mm2), s, rad."""

from __future__ import annotations

from types import MappingProxyType

from annulus.errors import InputError

__all__ = ["KPA", "LENGTH_UNITS", "MMHG", "length_factor"]

MMHG = 133.322387415e-6
"""One millimetre of mercury [MPa] (conventional value)."""

KPA = 1.0e-3
"""One kilopascal [MPa]."""

LENGTH_UNITS = MappingProxyType({"um": 1.0e-3, "mm": 1.0, "cm": 10.0, "m": 1000.0})
"""Millimetres in one of each length unit that files may state."""


def length_factor(unit: str) -> float:
    """Millimetres in one `unit`.

    Raises
    ------
    InputError
        The unit is not one of `LENGTH_UNITS`.
    """
    try:
        return LENGTH_UNITS[unit]
    except KeyError:
        raise InputError(f"unit must be one of {', '.join(LENGTH_UNITS)}; got {unit!r}.") from None

"""Vessels around the annulus: the coronary sinus with the great cardiac vein, and the arteries."""

from __future__ import annotations

from dataclasses import dataclass

from annulus._typing import ArrayLike
from annulus.errors import InputError, rounded_down
from annulus.geometry import Curve

__all__ = ["Artery", "CoronarySinus", "VesselPart"]


@dataclass(frozen=True, slots=True)
class VesselPart:
    """A named stretch of a vessel, from and to in arc length [mm]."""

    name: str
    from_mm: float
    to_mm: float


@dataclass(frozen=True, eq=False)
class CoronarySinus:
    """Axis of the coronary sinus and great cardiac vein, from the ostium (s = 0) distally.

    Parameters
    ----------
    curve
        Axis with radius.
    parts
        Named stretches in order (coronary sinus, great cardiac vein, ...); empty where unknown.
    ostium_source
        A few words on how the ostium end was found.

    Raises
    ------
    InputError
        A part lies off the curve.
    """

    curve: Curve
    parts: tuple[VesselPart, ...] = ()
    ostium_source: str = "given"

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", tuple(self.parts))
        for part in self.parts:
            if not -1e-6 <= part.from_mm < part.to_mm <= self.curve.length + 1e-6:
                raise InputError(
                    f"coronary sinus part {part.name!r} must lie in [0, {rounded_down(self.curve.length, 2)}] mm; "
                    f"got {part.from_mm:g} to {part.to_mm:g}: end it there."
                )

    def transformed(self, matrix: ArrayLike, translation: ArrayLike = (0.0, 0.0, 0.0)) -> CoronarySinus:
        """Vessel with every point mapped to ``matrix @ x + translation``; parts scale with the length."""
        curve = self.curve.transformed(matrix, translation)
        ratio = curve.length / self.curve.length
        parts = tuple(VesselPart(part.name, part.from_mm * ratio, part.to_mm * ratio) for part in self.parts)
        return CoronarySinus(curve, parts, self.ostium_source)


@dataclass(frozen=True, eq=False)
class Artery:
    """Axis of an artery from its origin distally; `name` tells which ("lcx", "om1", ...)."""

    name: str
    curve: Curve

    def transformed(self, matrix: ArrayLike, translation: ArrayLike = (0.0, 0.0, 0.0)) -> Artery:
        """Artery with every point mapped to ``matrix @ x + translation``."""
        return Artery(self.name, self.curve.transformed(matrix, translation))

"""Vessels around the annulus: the coronary sinus with the great cardiac vein, what lies in it, and the arteries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from annulus._typing import ArrayLike
from annulus.errors import InputError, rounded_down
from annulus.geometry import Curve

__all__ = ["Artery", "CoronarySinus", "Lead", "VeinBranch", "VesselPart"]


@dataclass(frozen=True, slots=True)
class VesselPart:
    """A named stretch of a vessel, from and to in arc length [mm]."""

    name: str
    from_mm: float
    to_mm: float


@dataclass(frozen=True, slots=True)
class VeinBranch:
    """A side branch of the vein: name, station of its mouth [mm], diameter there [mm]."""

    name: str
    at_mm: float
    diameter_mm: float

    def __post_init__(self) -> None:
        if not self.diameter_mm > 0.0:
            raise InputError(f"vein branch {self.name!r} must have a diameter > 0 mm; got {self.diameter_mm:g}.")


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
    branches
        Side branches; empty where none is known.
    valves_mm
        Stations of venous valves (Vieussens, Thebesius, ...) [mm].
    stents
        Stretches of the vein in or over which a stent lies, its own or that of an artery.

    Raises
    ------
    InputError
        A part, branch, valve or stent lies off the curve.
    """

    curve: Curve
    parts: tuple[VesselPart, ...] = ()
    ostium_source: str = "given"
    branches: tuple[VeinBranch, ...] = ()
    valves_mm: tuple[float, ...] = ()
    stents: tuple[VesselPart, ...] = ()

    def __post_init__(self) -> None:
        for name in ("parts", "branches", "valves_mm", "stents"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        points = [*((f"branch {row.name!r}", row.at_mm) for row in self.branches)]
        for what, at_mm in [*points, *(("valve", at_mm) for at_mm in self.valves_mm)]:
            if not -1e-6 <= at_mm <= self.curve.length + 1e-6:
                raise InputError(
                    f"coronary sinus {what} must lie in [0, {rounded_down(self.curve.length, 2)}] mm; got {at_mm:g}: "
                    "give its arc length from the ostium."
                )
        stretches = [*(("part", row) for row in self.parts), *(("stent", row) for row in self.stents)]
        for what, part in stretches:
            if not -1e-6 <= part.from_mm < part.to_mm <= self.curve.length + 1e-6:
                raise InputError(
                    f"coronary sinus {what} {part.name!r} must lie in [0, {rounded_down(self.curve.length, 2)}] mm, "
                    f"its start before its end; got {part.from_mm:g} to {part.to_mm:g}: mend its ends."
                )

    def transformed(self, matrix: ArrayLike, translation: ArrayLike = (0.0, 0.0, 0.0)) -> CoronarySinus:
        """Vessel with every point mapped to ``matrix @ x + translation``; parts scale with the length."""
        curve = self.curve.transformed(matrix, translation)
        ratio = curve.length / self.curve.length
        return self._carried(curve, lambda s: s * ratio, ratio)

    def along(self, curve: Curve) -> CoronarySinus:
        """The vein with this axis, vertex by vertex its own: what stands on it stays with the vertices."""
        before, after = self.curve.arc_lengths, curve.arc_lengths
        return self._carried(curve, lambda s: float(np.interp(s, before, after)), 1.0)

    def _carried(self, curve: Curve, carry: Callable[[float], float], scale: float) -> CoronarySinus:
        def stretches(rows: tuple[VesselPart, ...]) -> tuple[VesselPart, ...]:
            return tuple(VesselPart(row.name, carry(row.from_mm), carry(row.to_mm)) for row in rows)

        return replace(
            self,
            curve=curve,
            parts=stretches(self.parts),
            branches=tuple(VeinBranch(row.name, carry(row.at_mm), scale * row.diameter_mm) for row in self.branches),
            valves_mm=tuple(carry(s) for s in self.valves_mm),
            stents=stretches(self.stents),
        )


@dataclass(frozen=True, eq=False)
class Artery:
    """Axis of an artery from its origin distally; `name` tells which ("lcx", "om1", ...)."""

    name: str
    curve: Curve

    def transformed(self, matrix: ArrayLike, translation: ArrayLike = (0.0, 0.0, 0.0)) -> Artery:
        """Artery with every point mapped to ``matrix @ x + translation``."""
        return Artery(self.name, self.curve.transformed(matrix, translation))


@dataclass(frozen=True, eq=False)
class Lead:
    """A pacing or defibrillator lead, from where it enters the vein or before; name, path, diameter [mm].

    Raises
    ------
    InputError
        A diameter that is not positive.
    """

    name: str
    curve: Curve
    diameter_mm: float

    def __post_init__(self) -> None:
        if not 0.0 < self.diameter_mm <= 10.0:
            raise InputError(f"lead {self.name!r} must have a diameter in (0, 10] mm; got {self.diameter_mm:g}.")

    def transformed(self, matrix: ArrayLike, translation: ArrayLike = (0.0, 0.0, 0.0)) -> Lead:
        """Lead with every point mapped to ``matrix @ x + translation``; a device keeps its diameter."""
        return Lead(self.name, self.curve.transformed(matrix, translation), self.diameter_mm)

"""What a device in the vein asks of the vein's wall and of its own metal: pressures and strains in closed form."""

from __future__ import annotations

from math import asin, pi, sin

from annulus.kernels.laws import VEIN_FULL_MMHG, VEIN_STRETCH, vein_stretch
from annulus.units import MMHG

__all__ = ["bending_diameter_mm", "bending_strain_percent", "wall_force_n", "wall_pressure_mmhg", "widest_oversize"]

_VENOUS_MMHG = 8.0
"""Pressure in the vein as it was imaged [mmHg] (assumed)."""

_NITINOL_MPA = 60000.0
"""Young's modulus of nitinol [MPa] (assumed)."""


def widest_oversize() -> float:
    """Anchor over vein diameter at which the wall is as wide as it was ever inflated to [1]."""
    return VEIN_STRETCH / vein_stretch(_VENOUS_MMHG)


def wall_pressure_mmhg(oversize: float) -> float:
    """Pressure of the vein's wall on an anchor that has opened it to `oversize` times its diameter as imaged [mmHg].

    Inverse of the S-shaped curve of pigs' veins [cs-inflation-pmc3651900], less the pressure in the vein; nothing where
    the anchor is narrower than the vein, and no more than that curve's end: a wider anchor is pressed harder, by how
    much is not known.
    """
    rise = (oversize * vein_stretch(_VENOUS_MMHG) - 1.0) / (VEIN_STRETCH - 1.0)
    # The root between 0 and 1 of u^2 (3 - 2 u) = rise.
    share = 0.5 - sin(asin(1.0 - 2.0 * min(max(rise, 0.0), 1.0)) / 3.0)
    return max(VEIN_FULL_MMHG * share - _VENOUS_MMHG, 0.0)


def wall_force_n(oversize: float, diameter_mm: float, length_mm: float) -> float:
    """Force with which the wall presses on an anchor of this free diameter along this length of vein [N]."""
    opened = diameter_mm * min(1.0, widest_oversize() / oversize)
    return wall_pressure_mmhg(oversize) * MMHG * pi * opened * length_mm


def bending_diameter_mm(bending_nmm2: float) -> float:
    """Diameter of the round nitinol wire with this bending stiffness [mm]."""
    return (64.0 * bending_nmm2 / (pi * _NITINOL_MPA)) ** 0.25


def bending_strain_percent(curvature_per_mm: float, diameter_mm: float) -> float:
    """Strain at the surface of a wire, straight at rest, that is bent to this curvature [percent]."""
    return 100.0 * curvature_per_mm * 0.5 * diameter_mm

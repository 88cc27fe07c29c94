"""Double-anchor devices: two anchors joined by a ribbon of fixed length; the Carillon catalogue."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from annulus.errors import InputError
from annulus.sources import Assumption

__all__ = ["CARILLON_RANGES", "DoubleAnchor", "parse_device"]

CARILLON_RANGES = {"distal_mm": (7.0, 14.0), "proximal_mm": (12.0, 20.0), "length_mm": (60.0, 70.0, 80.0)}
"""Anchor diameters from and to, and ribbon lengths [mm] [carillon-eij-2015, carillon-eij-2016]."""

_FOOTPRINT_MM = 10.0
_NAME = re.compile(r"(carillon|double-anchor)-([0-9.]+)-([0-9.]+)-([0-9.]+)")


@dataclass(frozen=True, slots=True)
class DoubleAnchor:
    """Two self-expanding anchors and the ribbon between their facing ends.

    Parameters
    ----------
    distal_diameter_mm, proximal_diameter_mm
        Free diameter of each anchor [mm].
    length_mm
        Ribbon between the facing ends of the anchors [mm].
    distal_footprint_mm, proximal_footprint_mm
        Length of vein that each anchor covers beyond the ribbon's end [mm]; no public value, 10 mm assumed.
    family
        "double-anchor", or "carillon" for a size within the published catalogue.

    Raises
    ------
    InputError
        A length that is not positive, or a Carillon outside its catalogue.
    """

    distal_diameter_mm: float
    proximal_diameter_mm: float
    length_mm: float
    distal_footprint_mm: float = _FOOTPRINT_MM
    proximal_footprint_mm: float = _FOOTPRINT_MM
    family: str = "double-anchor"

    def __post_init__(self) -> None:
        for name in (
            "distal_diameter_mm",
            "proximal_diameter_mm",
            "length_mm",
            "distal_footprint_mm",
            "proximal_footprint_mm",
        ):
            value = getattr(self, name)
            if not (np.isfinite(value) and value > 0.0):
                raise InputError(f"device {name} must be positive; got {value}.")
        if self.family not in ("double-anchor", "carillon"):
            raise InputError(f"device family must be carillon or double-anchor; got {self.family!r}.")
        if self.family == "carillon":
            self._require_catalogue()

    def _require_catalogue(self) -> None:
        for key, value in (("distal_mm", self.distal_diameter_mm), ("proximal_mm", self.proximal_diameter_mm)):
            low, high = CARILLON_RANGES[key]
            if not low <= value <= high:
                raise InputError(
                    f"carillon {key.removesuffix('_mm')} anchor must be {low:g} to {high:g} mm; got {value:g}: "
                    "take a size of the catalogue, or name the device double-anchor-D-P-L."
                )
        lengths = CARILLON_RANGES["length_mm"]
        if self.length_mm not in lengths:
            raise InputError(
                f"carillon length must be {', '.join(f'{length:g}' for length in lengths)} mm; got {self.length_mm:g}: "
                "take a length of the catalogue, or name the device double-anchor-D-P-L."
            )

    @property
    def name(self) -> str:
        """Name as on the command line, such as ``carillon-9-18-60``."""
        sizes = (self.distal_diameter_mm, self.proximal_diameter_mm, self.length_mm)
        return "-".join([self.family, *(f"{size:g}" for size in sizes)])

    def assumptions(self) -> tuple[Assumption, ...]:
        """What is assumed of the device."""
        why = "length of vein that an anchor covers; no public value"
        return (
            Assumption("distal_footprint_mm", self.distal_footprint_mm, "mm", why, "assumed"),
            Assumption("proximal_footprint_mm", self.proximal_footprint_mm, "mm", why, "assumed"),
        )


def parse_device(name: str) -> DoubleAnchor:
    """Device from a name ``carillon-D-P-L`` or ``double-anchor-D-P-L``: distal and proximal diameter, length [mm].

    Raises
    ------
    InputError
        The name does not have that form, or the device is not in the catalogue it names.
    """
    match = _NAME.fullmatch(name.strip().lower())
    try:
        sizes = [float(text) for text in match.groups()[1:]] if match else []
    except ValueError:
        sizes = []
    if match is None or not sizes:
        raise InputError(
            f"device must be named carillon-D-P-L or double-anchor-D-P-L (distal and proximal anchor diameter and "
            f"ribbon length in mm, such as carillon-9-18-60); got {name!r}."
        )
    return DoubleAnchor(*sizes, family=match.group(1))

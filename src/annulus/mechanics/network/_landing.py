"""Where a ribbon lands on the vein."""

from __future__ import annotations

from dataclasses import dataclass, fields

from annulus._arrays import real_number
from annulus.errors import InputError

__all__ = ["Landing"]


@dataclass(frozen=True, slots=True)
class Landing:
    """Where the ribbon's two ends meet the anchors: arc lengths from the ostium [mm].

    Raises
    ------
    InputError
        One is no number, or they are not in order.
    """

    distal_s_mm: float
    proximal_s_mm: float

    def __post_init__(self) -> None:
        for item in fields(self):
            real_number(item.name, getattr(self, item.name))
        if not 0.0 <= self.proximal_s_mm < self.distal_s_mm:
            raise InputError(
                f"landing needs 0 <= proximal < distal, measured from the ostium; got proximal "
                f"{self.proximal_s_mm:g} mm and distal {self.distal_s_mm:g} mm: swap or move the anchors."
            )

"""One hole of a closed valve."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Jet"]


@dataclass(frozen=True, slots=True)
class Jet:
    """One hole.

    Parameters
    ----------
    area_mm2
        Area of its strip [mm2].
    width_mm
        Greatest of the shortest rungs of its vertices: how far the leaflets are apart across the line of
        coaptation [mm]; exact for slits, about 5 percent narrow for a round hole, whose rungs fan.
    centre_mm
        Area centroid [mm], shape (3,).
    place
        From the anterolateral (0) to the posteromedial commissure (1), by the frame's x.
    section
        ``A1-P1``, ``A2-P2`` or ``A3-P3``: thirds of `place`.
    """

    area_mm2: float
    width_mm: float
    centre_mm: tuple[float, float, float]
    place: float
    section: str

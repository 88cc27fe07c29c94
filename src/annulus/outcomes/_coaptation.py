"""Coaptation of the A2-P2 section as a closed tent: two leaflets of given length over a given diameter.

With diameter D, leaflet lengths LA and LP and the tip of the tent at depth h below the annular plane, the place x
of the tip follows from LA - sqrt(x^2 + h^2) = LP - sqrt((D - x)^2 + h^2) = c; c is the coaptation height, and the
valve closes where c > 0, that is D < sqrt(LA^2 - h^2) + sqrt(LP^2 - h^2) [mechanics-notes].
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from annulus.anatomy import Case
from annulus.errors import InputError
from annulus.sources import Assumption

__all__ = ["Tent", "tent_of_case"]

# Cadaver means [leaflet-dimensions-njbms4136]; depth in functional regurgitation [coaptation-zone-analysis].
_ANTERIOR_MM = 24.2
_POSTERIOR_MM = 12.8
_DEPTH_MM = 8.6


@dataclass(frozen=True, slots=True)
class Tent:
    """Closed tent over the A2-P2 section.

    Parameters
    ----------
    diameter_mm
        Anteroposterior annulus diameter D [mm].
    anterior_mm, posterior_mm
        Leaflet lengths LA and LP, hinge to free edge in systole [mm].
    depth_mm
        Depth h of the tip below the annular plane: tenting height [mm].
    """

    diameter_mm: float
    anterior_mm: float
    posterior_mm: float
    depth_mm: float

    def __post_init__(self) -> None:
        for name in ("diameter_mm", "anterior_mm", "posterior_mm"):
            if not getattr(self, name) > 0.0:
                raise InputError(f"tent {name} must be positive; got {getattr(self, name)}.")
        if not self.depth_mm >= 0.0:
            raise InputError(f"tent depth_mm must be >= 0; got {self.depth_mm}.")

    @property
    def closing_diameter_mm(self) -> float:
        """Largest diameter at which the leaflets still meet [mm]; 0 where a leaflet does not reach the depth."""
        reach = [max(length**2 - self.depth_mm**2, 0.0) ** 0.5 for length in (self.anterior_mm, self.posterior_mm)]
        return 0.0 if 0.0 in reach else sum(reach)

    @property
    def closes(self) -> bool:
        """The leaflets meet."""
        return self.diameter_mm < self.closing_diameter_mm

    @property
    def coaptation_height_mm(self) -> float:
        """Overlap c of the two leaflets [mm]; 0 where they do not meet."""
        if not self.closes:
            return 0.0

        # Distances from the tip to both hinges differ by what the leaflets' lengths do: it lies on a hyperbola with the
        # hinges for foci, or, where none passes between them at this depth, above the hinge of the shorter leaflet.
        span, excess = self.diameter_mm, self.anterior_mm - self.posterior_mm
        if abs(excess) >= span:
            place = span if excess > 0.0 else 0.0
        else:
            place = 0.5 * (span + excess * float(np.sqrt(1.0 + 4.0 * self.depth_mm**2 / (span**2 - excess**2))))
        if place <= 0.0:
            return self.anterior_mm - self.depth_mm
        if place >= span:
            return self.posterior_mm - self.depth_mm
        return self.anterior_mm - float(np.hypot(place, self.depth_mm))

    @property
    def tenting_area_mm2(self) -> float:
        """Area between leaflets and annular chord [mm2]: D h / 2 while the leaflets meet."""
        return 0.5 * self.diameter_mm * self.depth_mm

    def with_diameter(self, diameter_mm: float) -> Tent:
        """Same leaflets and depth over another diameter."""
        return replace(self, diameter_mm=diameter_mm)

    def to_dict(self) -> dict[str, float | bool | str]:
        """Keys and units of the result file."""
        values: dict[str, float | bool | str] = {
            "model": "tent",
            "closes": self.closes,
            "coapt_height_mm": self.coaptation_height_mm,
            "tenting_height_mm": self.depth_mm,
            "closing_ap_mm": self.closing_diameter_mm,
        }
        if self.closes:
            values["tenting_area_mm2"] = self.tenting_area_mm2
        return values


def tent_of_case(case: Case, ap_mm: float) -> tuple[Tent, tuple[Assumption, ...]]:
    """Tent of a case's A2-P2 section over the diameter `ap_mm`, and what was assumed for it."""
    heights = None if case.leaflets is None else case.leaflets.heights
    lines: list[Assumption] = []
    if heights is not None:
        angles = case.annulus.theta_deg(np.array([case.annulus.landmarks["A"], case.annulus.landmarks["P"]]))
        anterior, posterior = (float(value) for value in heights.at(angles))
    else:
        anterior, posterior = _ANTERIOR_MM, _POSTERIOR_MM
        source = "leaflet-dimensions-njbms4136"
        lines.append(Assumption("leaflet_length_a_mm", anterior, "mm", "the case gives no leaflet heights", source))
        lines.append(Assumption("leaflet_length_p_mm", posterior, "mm", "the case gives no leaflet heights", source))
    depth = case.echo.tenting_height_mm
    if depth is None:
        depth = _DEPTH_MM
        why = "the case gives no tenting height; mean in functional regurgitation"
        lines.append(Assumption("tenting_height_mm", depth, "mm", why, "coaptation-zone-analysis"))
    why = "the tip of the tent keeps its depth when the annulus is cinched; no leaflet strain, no chordae"
    lines.append(Assumption("coaptation_model", "tent", "", why, "mechanics-notes"))
    return Tent(ap_mm, anterior, posterior, depth), tuple(lines)

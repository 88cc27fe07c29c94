"""The numbers that a report on a mitral valve and its vein states, under one name each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType

from annulus.errors import InputError

__all__ = ["ClinicalNumbers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicalNumbers:
    """What is known of a heart in numbers; None where it is not. Definitions are those of ``docs/measures.md``.

    Parameters
    ----------
    ap_mm
        Anteroposterior (septolateral) diameter of the annulus [mm].
    alpm_mm
        Anterolateral to posteromedial diameter [mm].
    height_mm
        Height of the saddle [mm].
    intertrigonal_mm
        Distance between the fibrous trigones [mm].
    commissural_width_mm, perimeter_mm, area_2d_mm2
        Distance between the commissures [mm], length of the annulus in space [mm], its projected area [mm2]. They
        follow from the four above; where one is given, all are fitted together.
    cs_length_mm
        Ostium of the coronary sinus to the end of the great cardiac vein, along the vein [mm].
    cs_ostium_distance_mm, cs_p2_distance_mm, cs_gcv_distance_mm
        Axis of the vein to the annulus at the ostium, behind the middle of P2 (theta 180), and at the end of the great
        cardiac vein [mm].
    cs_ostium_height_mm, cs_p2_height_mm, cs_gcv_height_mm
        Axis of the vein above the annulus plane, towards the atrium, at the same places [mm]; negative below.
    cs_ostium_diameter_mm, cs_proximal_diameter_mm, cs_gcv_diameter_mm
        Lumen diameter of the vein (of the circle of equal area) at the ostium, 20 mm from it, and at the end of the
        great cardiac vein [mm].
    lcx_crossing_mm
        Ostium to where the circumflex crosses the vein, along the vein [mm].
    lcx_gap_mm
        Wall to wall between circumflex and vein at the crossing [mm].
    lcx_diameter_mm
        Lumen diameter of the circumflex at its origin [mm].
    anterior_leaflet_mm, posterior_leaflet_mm
        Leaflet from hinge to free edge in the middle of A2 and of P2 (theta 0 and 180) [mm].
    al_tip_lateral_mm, al_tip_posterior_mm, al_tip_depth_mm
        Tip of the anterolateral papillary muscle: to the side of the AP plane, behind the annulus' centroid, and below
        the annulus plane [mm].
    pm_tip_lateral_mm, pm_tip_posterior_mm, pm_tip_depth_mm
        The same of the posteromedial one [mm].
    eroa_mm2, regurgitant_volume_ml, vena_contracta_mm, tenting_height_mm
        Baseline echo of the regurgitation.
    ejection_fraction_percent, end_diastolic_volume_ml, heart_rate_bpm
        Left ventricle.
    lv_pressure_mmhg, la_pressure_mmhg
        Pressures in systole [mmHg].

    Raises
    ------
    InputError
        A number that no heart has (the sentence names the likely unit), or two that exclude each other.
    """

    ap_mm: float | None = None
    alpm_mm: float | None = None
    height_mm: float | None = None
    intertrigonal_mm: float | None = None
    commissural_width_mm: float | None = None
    perimeter_mm: float | None = None
    area_2d_mm2: float | None = None
    cs_length_mm: float | None = None
    cs_ostium_distance_mm: float | None = None
    cs_p2_distance_mm: float | None = None
    cs_gcv_distance_mm: float | None = None
    cs_ostium_height_mm: float | None = None
    cs_p2_height_mm: float | None = None
    cs_gcv_height_mm: float | None = None
    cs_ostium_diameter_mm: float | None = None
    cs_proximal_diameter_mm: float | None = None
    cs_gcv_diameter_mm: float | None = None
    lcx_crossing_mm: float | None = None
    lcx_gap_mm: float | None = None
    lcx_diameter_mm: float | None = None
    anterior_leaflet_mm: float | None = None
    posterior_leaflet_mm: float | None = None
    al_tip_lateral_mm: float | None = None
    al_tip_posterior_mm: float | None = None
    al_tip_depth_mm: float | None = None
    pm_tip_lateral_mm: float | None = None
    pm_tip_posterior_mm: float | None = None
    pm_tip_depth_mm: float | None = None
    eroa_mm2: float | None = None
    regurgitant_volume_ml: float | None = None
    vena_contracta_mm: float | None = None
    tenting_height_mm: float | None = None
    ejection_fraction_percent: float | None = None
    end_diastolic_volume_ml: float | None = None
    heart_rate_bpm: float | None = None
    lv_pressure_mmhg: float | None = None
    la_pressure_mmhg: float | None = None

    def __post_init__(self) -> None:
        for name, value in self.given().items():
            _check_range(name, value)
        self._check_annulus()
        self._check_ventricle()

    def given(self) -> dict[str, float]:
        """The numbers that are known, by name."""
        values = ((item.name, getattr(self, item.name)) for item in fields(self))
        return {name: value for name, value in values if value is not None}

    def _check_annulus(self) -> None:
        if self.perimeter_mm is not None:
            round_mm2 = self.perimeter_mm**2 / (4.0 * math.pi)
            if self.area_2d_mm2 is not None and self.area_2d_mm2 > round_mm2:
                raise InputError(
                    f"area_2d_mm2 must not exceed a circle's of the same perimeter ({round_mm2:.0f} mm2 for "
                    f"{self.perimeter_mm:g} mm); got {self.area_2d_mm2:g}."
                )
            for name in ("ap_mm", "alpm_mm", "commissural_width_mm"):
                width = getattr(self, name)
                if width is not None and self.perimeter_mm < 2.0 * width:
                    raise InputError(
                        f"perimeter_mm must be at least twice {name}; got {self.perimeter_mm:g} and {width:g} mm."
                    )
        trigones, commissures = self.intertrigonal_mm, self.commissural_width_mm
        if trigones is not None and commissures is not None and trigones >= commissures:
            raise InputError(
                f"intertrigonal_mm must be below commissural_width_mm; got {trigones:g} and {commissures:g} mm."
            )

    def _check_ventricle(self) -> None:
        fraction, volume, leak = (
            self.ejection_fraction_percent,
            self.end_diastolic_volume_ml,
            self.regurgitant_volume_ml,
        )
        if fraction is not None and volume is not None and leak is not None and leak >= 0.01 * fraction * volume:
            raise InputError(
                f"regurgitant_volume_ml must be below what the ventricle ejects ({0.01 * fraction * volume:.0f} mL: "
                f"{fraction:g} % of {volume:g} mL); got {leak:g}."
            )
        ventricle, atrium = self.lv_pressure_mmhg, self.la_pressure_mmhg
        if ventricle is not None and atrium is not None and atrium >= ventricle:
            raise InputError(
                f"la_pressure_mmhg must be below lv_pressure_mmhg for the valve to close; got {atrium:g} and "
                f"{ventricle:g}."
            )


_RANGES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "ap_mm": (10.0, 80.0),
        "alpm_mm": (10.0, 80.0),
        "height_mm": (0.2, 25.0),
        "intertrigonal_mm": (5.0, 60.0),
        "commissural_width_mm": (10.0, 80.0),
        "perimeter_mm": (40.0, 200.0),
        "area_2d_mm2": (150.0, 3200.0),
        "cs_length_mm": (50.0, 220.0),
        "cs_ostium_distance_mm": (2.5, 40.0),
        "cs_p2_distance_mm": (2.5, 40.0),
        "cs_gcv_distance_mm": (2.5, 40.0),
        "cs_ostium_height_mm": (-30.0, 40.0),
        "cs_p2_height_mm": (-30.0, 40.0),
        "cs_gcv_height_mm": (-30.0, 40.0),
        "cs_ostium_diameter_mm": (3.0, 30.0),
        "cs_proximal_diameter_mm": (2.0, 25.0),
        "cs_gcv_diameter_mm": (1.5, 20.0),
        "lcx_crossing_mm": (15.0, 210.0),
        "lcx_gap_mm": (0.0, 4.0),
        "lcx_diameter_mm": (1.0, 8.0),
        "anterior_leaflet_mm": (8.0, 45.0),
        "posterior_leaflet_mm": (4.0, 35.0),
        "al_tip_lateral_mm": (0.0, 50.0),
        "al_tip_posterior_mm": (-20.0, 50.0),
        "al_tip_depth_mm": (5.0, 70.0),
        "pm_tip_lateral_mm": (0.0, 50.0),
        "pm_tip_posterior_mm": (-20.0, 50.0),
        "pm_tip_depth_mm": (5.0, 70.0),
        "eroa_mm2": (1.0, 300.0),
        "regurgitant_volume_ml": (1.0, 300.0),
        "vena_contracta_mm": (1.0, 30.0),
        "tenting_height_mm": (1.0, 30.0),
        "ejection_fraction_percent": (5.0, 90.0),
        "end_diastolic_volume_ml": (20.0, 800.0),
        "heart_rate_bpm": (20.0, 250.0),
        "lv_pressure_mmhg": (30.0, 260.0),
        "la_pressure_mmhg": (0.0, 80.0),
    }
)
"""What is believed: beyond every published heart, so that only wrong units and slips of the pen fall outside."""

_OR_ZERO = frozenset({"eroa_mm2", "regurgitant_volume_ml", "vena_contracta_mm", "tenting_height_mm"})
"""A competent valve's: none is a number, a small fraction is a wrong unit."""

_OTHER_UNITS = MappingProxyType(
    {
        "mm": ((10.0, "in cm"), (1000.0, "in m")),
        "mm2": ((100.0, "in cm2"),),
        "percent": ((100.0, "a fraction"),),
        "mmhg": ((7.50062, "in kPa"),),
        "ml": ((1000.0, "in litres"),),
    }
)
"""Units that reports use instead, and how many of ours one of them is."""


def _check_range(name: str, value: float) -> None:
    low, high = _RANGES[name]
    if not math.isfinite(value):
        raise InputError(f"{name} must be a finite number; got {value:g}.")
    if low <= value <= high or (value == 0.0 and name in _OR_ZERO):
        return
    key = name.rsplit("_", 1)[1]
    unit = {"percent": "%", "mmhg": "mmHg", "ml": "mL", "bpm": "per minute"}.get(key, key)
    hint = next(
        (
            f": if that is {other}, give {value * factor:.3g}"
            for factor, other in _OTHER_UNITS.get(key, ())
            if value > 0.0 and low <= value * factor <= high
        ),
        "",
    )
    zero = "be 0 or " if name in _OR_ZERO else ""
    raise InputError(f"{name} must {zero}lie in [{low:g}, {high:g}] {unit}; got {value:g}{hint}.")

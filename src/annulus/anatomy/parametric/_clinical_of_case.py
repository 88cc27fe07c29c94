"""The clinical numbers of a case: what `shaped_case` was asked for, measured again on its result or on any heart."""

from __future__ import annotations

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy._annulus import Annulus
from annulus.anatomy._case import Case
from annulus.anatomy._vessels import CoronarySinus
from annulus.anatomy.measures import measure_annulus, vessel_crossings

__all__ = ["PROXIMAL_MM", "clinical_numbers"]

PROXIMAL_MM = 20.0
"""Where `cs_proximal_diameter_mm` is taken, from the ostium along the vein [mm]; assumed, sources do not say."""


def clinical_numbers(case: Case) -> dict[str, float]:
    """Numbers of `ClinicalNumbers` by name, as far as the case has the anatomy; not checked against their ranges.

    The circumflex' lumen is left out: its curve has the outer radius.

    Raises
    ------
    InputError
        The coronary sinus cannot be this annulus' one.
    """
    found = measure_annulus(case.annulus, minimal_surface=False)
    numbers: dict[str, float | None] = {
        "ap_mm": found.ap_mm,
        "alpm_mm": found.alpm_mm,
        "height_mm": found.height_mm,
        "intertrigonal_mm": found.it_mm,
        "commissural_width_mm": found.cw_mm,
        "perimeter_mm": found.perimeter_3d_mm,
        "area_2d_mm2": found.area_2d_mm2,
    }
    if case.coronary_sinus is not None:
        numbers |= _of_vein(case.coronary_sinus, case.annulus) | _of_circumflex(case, case.coronary_sinus)
    if case.leaflets is not None and case.leaflets.heights is not None:
        heights = case.leaflets.heights.at([0.0, 180.0])
        numbers |= {"anterior_leaflet_mm": float(heights[0]), "posterior_leaflet_mm": float(heights[1])}
    for tip, point in case.papillary_tips.items():
        x, y, z = case.annulus.frame.to_local(point).tolist()
        name = f"{tip.lower()}_tip"
        # The anterolateral side lies at negative x.
        lateral = -x if tip == "AL" else x
        numbers |= {f"{name}_lateral_mm": lateral, f"{name}_posterior_mm": -y, f"{name}_depth_mm": -z}
    for record in (case.echo, case.loading):
        numbers |= {name: getattr(record, name) for name in record.__dataclass_fields__}
    return {name: value for name, value in numbers.items() if value is not None}


def _of_vein(sinus: CoronarySinus, annulus: Annulus) -> dict[str, float | None]:
    curve = sinus.curve
    end = next((part.to_mm for part in sinus.parts if part.name == "great cardiac vein"), None)
    s = {"ostium": 0.0, "p2": _behind_p2(curve.points, curve.arc_lengths, annulus), "gcv": end}
    numbers: dict[str, float | None] = {"cs_length_mm": end}
    for place, where in s.items():
        if where is not None:
            point = curve.at(where)[None]
            numbers[f"cs_{place}_distance_mm"] = float(annulus.loop.closest(point)[1][0])
            numbers[f"cs_{place}_height_mm"] = float(annulus.frame.to_local(point)[0, 2])
    if curve.radius is not None:
        for place, where in {**s, "p2": None, "proximal": PROXIMAL_MM}.items():
            if where is not None and where <= curve.length:
                numbers[f"cs_{place}_diameter_mm"] = 2.0 * float(curve.radius_at(where))
    return numbers


def _behind_p2(points: FloatArray, s: FloatArray, annulus: Annulus) -> float | None:
    """Arc length where the vein first passes theta 180 [mm]."""
    local = annulus.frame.to_local(points)
    x, behind = local[:, 0], local[:, 1] < 0.0
    passed = np.flatnonzero((x[:-1] > 0.0) & (x[1:] <= 0.0) & behind[:-1])
    if not passed.size:
        return None
    k = int(passed[0])
    return float(s[k] + (s[k + 1] - s[k]) * x[k] / (x[k] - x[k + 1]))


def _of_circumflex(case: Case, sinus: CoronarySinus) -> dict[str, float | None]:
    crossings = [
        crossing
        for artery in case.arteries
        if artery.name == "lcx"
        for crossing in vessel_crossings(sinus, artery, case.annulus)
    ]
    if not crossings:
        return {}
    nearest = min(crossings, key=lambda crossing: crossing.axis_distance_mm)
    return {"lcx_crossing_mm": nearest.cs_s_mm, "lcx_gap_mm": nearest.gap_mm}

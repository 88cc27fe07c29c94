"""What the table of a population holds of each patient: everything measured on the heart that was made."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy._case import Case
from annulus.anatomy.measures import (
    MEASURES,
    AnnulusMeasures,
    CoronarySinusMeasures,
    measure_annulus,
    measure_circumflex,
    measure_coronary_sinus,
)
from annulus.anatomy.parametric._walls import annulus_clearance
from annulus.errors import InputError, SolveError
from annulus.geometry import Surface
from annulus.outcomes import ValveOutcome

__all__ = ["COLUMNS", "measured_row"]

_PROXIMAL_MM = 20.0
"""Where the proximal diameter is read: as the presets place it."""

_ANNULUS = (
    "ap_mm", "alpm_mm", "cw_mm", "it_mm", "perimeter_3d_mm", "area_2d_mm2", "area_3d_mm2", "height_mm", "ahcwr",
    "sphericity_ap_alpm", "npa_deg", "bending_angle_deg", "anterior_share",
)  # fmt: skip
_VEIN = ("length_mm", "annulus_distance_mean_mm", "annulus_distance_min_mm", "theta_span_deg", "plane_angle_deg",
         "plane_distance_mm", "projection_length_mm")  # fmt: skip

_ECHO = ("eroa_mm2", "regurgitant_volume_ml", "tenting_height_mm")
_COAPTATION = ("roa_mm2", "tenting_volume_ml", "closure_ratio")

_EXTRA = {
    "annulus.ap_over_intertrigonal": "ap_mm over it_mm [1]",
    "annulus.width_over_intertrigonal": "alpm_mm over it_mm [1]",
    "coronary_sinus.station_mm": "ostium to great cardiac vein station along the axis [mm]",
    "coronary_sinus.distance_mean_mm": "mean distance of the axis from the annulus, ostium to station [mm]",
    "coronary_sinus.ostium_distance_mm": "axis to annulus at the ostium [mm]",
    "coronary_sinus.mid_distance_mm": "axis to annulus where theta is 180 degrees [mm]",
    "coronary_sinus.gcv_distance_mm": "axis to annulus at the great cardiac vein station [mm]",
    **{
        f"coronary_sinus.distance_{theta}_mm": f"axis to annulus where theta is {theta} degrees [mm]"
        for theta in (240, 210, 180, 150, 120)
    },
    "coronary_sinus.height_p2_mm": "axis above the annulus plane where theta is 180 degrees [mm]",
    "coronary_sinus.height_ends_mm": "mean height of the axis at ostium and great cardiac vein station [mm]",
    "coronary_sinus.ostium_diameter_mm": "twice the area-equivalent radius at the ostium [mm]",
    "coronary_sinus.proximal_diameter_mm": "likewise 20 mm from the ostium [mm]",
    "coronary_sinus.gcv_diameter_mm": "likewise at the great cardiac vein station [mm]",
    "coronary_sinus.projection_over_posterior_arc": "projection_length_mm over the arc between the trigones [1]",
    "circumflex.crosses": "1 where the circumflex crosses the vein seen along the annulus axis, else 0",
    "circumflex.crossing_count": "crossings of the circumflex [1]",
    "circumflex.marginal_crossing_count": "crossings of its marginals [1]",
    "circumflex.crossing_cs_s_mm": "crossing of smallest wall gap: along the vein from the ostium [mm]",
    "circumflex.crossing_theta_deg": "its annular angle [deg]",
    "circumflex.crossing_gap_mm": "its wall gap [mm]",
    "circumflex.between": "1 where the circumflex lies on the vein's annulus side where it passes nearest, else 0",
    "circumflex.between_mm": "length of vein along which it lies between vein and annulus [mm]",
    "circumflex.site_cs_s_mm": "where it passes nearest to the vein, wall to wall: along the vein from the ostium [mm]",
    "circumflex.site_theta_deg": "the annular angle there [deg]",
    "circumflex.site_gap_mm": "its wall gap there [mm]",
    "circumflex.annulus_distance_mm": "least distance of its axis from the annulus [mm]",
    "circumflex.annulus_clearance_mm": "least distance of its wall from the annulus [mm]",
    "circumflex.annulus_theta_deg": "annular angle where that is [deg]",
    "circumflex.min_gap_mm": "smallest wall gap of any artery to the vein [mm]",
    "circumflex.near_from_mm": "first station with the circumflex within 5 mm, wall to wall [mm]",
    "circumflex.near_to_mm": "last such station [mm]",
    "circumflex.length_mm": "length of the circumflex [mm]",
    "circumflex.marginals": "obtuse marginals [1]",
    "leaflets.anterior_height_mm": "hinge to free edge at A [mm]",
    "leaflets.posterior_height_mm": "hinge to free edge at P [mm]",
    "leaflets.area_over_annulus_area": "area of both leaflet sheets over area_3d_mm2 [1]",
    "papillary.interpapillary_mm": "distance of the two tips [mm]",
    "papillary.al_depth_mm": "anterolateral tip below the annulus plane [mm]",
    "papillary.pm_depth_mm": "posteromedial tip below the annulus plane [mm]",
    "echo.eroa_mm2": "effective orifice of the valve, closed by the fast closure [mm2]",
    "echo.regurgitant_volume_ml": "what passes through it in a beat [mL]",
    "echo.tenting_height_mm": "coaptation at A2-P2 below the hinge line [mm]; 0 above it",
    "coaptation.roa_mm2": "anatomic orifice of the closed valve [mm2]",
    "coaptation.tenting_volume_ml": "between its leaflets and the annular plane [mL]",
    "coaptation.closure_ratio": "area of its leaflets over their part not in contact [1]",
    "ventricle.lv_pressure_mmhg": "left ventricular pressure [mmHg]; drawn",
    "ventricle.la_pressure_mmhg": "left atrial pressure [mmHg]; drawn",
}


def _columns() -> dict[str, str]:
    known = {(item.group, item.key): f"{item.definition} [{item.unit}]" for item in MEASURES}
    names = [("annulus", key) for key in _ANNULUS] + [("coronary_sinus", key) for key in _VEIN]
    return {f"{group}.{key}": known.get((group, key), "") for group, key in names} | _EXTRA


COLUMNS = MappingProxyType(_columns())
"""Measured column to definition and unit, in the order of the table."""


def measured_row(case: Case, closed: ValveOutcome | None) -> dict[str, float]:
    """The columns of one patient; not-a-number where there is nothing to measure (no artery crosses, no film).

    Parameters
    ----------
    case
        The heart.
    closed
        Its closed valve; None where it was left open.

    Raises
    ------
    InputError
        The case is no virtual patient: it lacks a vein with radii, arteries or leaflets.
    """
    vein, leaflets = case.coronary_sinus, case.leaflets
    if vein is None or vein.curve.radius is None or not case.arteries or leaflets is None or leaflets.heights is None:
        raise InputError("case must have a vein with radii, arteries and leaflets; it lacks one of them.")
    try:
        ring = measure_annulus(case.annulus)
    except SolveError:
        # One soap film in some hundreds just misses its tolerance: that area is left empty, the patient stays.
        ring = measure_annulus(case.annulus, minimal_surface=False)
    sinus = measure_coronary_sinus(vein, case.annulus)
    row = {f"annulus.{key}": getattr(ring, key) for key in _ANNULUS}
    row |= {f"coronary_sinus.{key}": getattr(sinus, key) for key in _VEIN}
    row |= _ratios(ring, sinus)
    row |= _along_vein(case, sinus)
    row |= _arteries(case)
    at = case.annulus.theta_deg(np.array([case.annulus.landmarks["A"], case.annulus.landmarks["P"]]))
    row["leaflets.anterior_height_mm"], row["leaflets.posterior_height_mm"] = leaflets.heights.at(at).tolist()
    area = sum(_area(sheet) for sheet in (leaflets.anterior, leaflets.posterior) if sheet is not None)
    row["leaflets.area_over_annulus_area"] = area / (ring.area_3d_mm2 or np.nan)
    lateral, medial = case.papillary_tips["AL"], case.papillary_tips["PM"]
    row["papillary.interpapillary_mm"] = float(np.linalg.norm(lateral - medial))
    depth = -case.annulus.frame.to_local(np.array([lateral, medial]))[:, 2]
    row["papillary.al_depth_mm"], row["papillary.pm_depth_mm"] = depth.tolist()
    row |= {f"echo.{key}": getattr(case.echo, key) for key in _ECHO}
    row |= {f"coaptation.{key}": np.nan if closed is None else closed.measures[key] for key in _COAPTATION}
    row["ventricle.lv_pressure_mmhg"] = case.loading.lv_pressure_mmhg or np.nan
    row["ventricle.la_pressure_mmhg"] = case.loading.la_pressure_mmhg or np.nan
    return {name: float(np.nan if row[name] is None else row[name]) for name in COLUMNS}


def _ratios(ring: AnnulusMeasures, sinus: CoronarySinusMeasures) -> dict[str, float]:
    trigones = ring.it_mm or np.nan
    posterior = ring.perimeter_3d_mm * (1.0 - (np.nan if ring.anterior_share is None else ring.anterior_share))
    return {
        "annulus.ap_over_intertrigonal": ring.ap_mm / trigones,
        "annulus.width_over_intertrigonal": ring.alpm_mm / trigones,
        "coronary_sinus.projection_over_posterior_arc": sinus.projection_length_mm / posterior,
    }


def _along_vein(case: Case, sinus: CoronarySinusMeasures) -> dict[str, float]:
    vein = case.coronary_sinus
    if vein is None:
        return {}
    station = vein.parts[1].to_mm

    def passes(theta_deg: float) -> float:
        """The first station past an angle, seen from the ostium."""
        beyond = np.flatnonzero(sinus.theta_deg <= theta_deg)
        return float(sinus.s_mm[beyond[0]]) if beyond.size else np.nan

    middle = passes(180.0)

    def at(values: FloatArray, s: float) -> float:
        return float(np.interp(s, sinus.s_mm, values)) if np.isfinite(s) else np.nan

    away, height = sinus.annulus_distance_mm, sinus.height_above_plane_mm
    return {
        "coronary_sinus.station_mm": station,
        "coronary_sinus.distance_mean_mm": float(away[sinus.s_mm <= station].mean()),
        "coronary_sinus.ostium_distance_mm": float(away[0]),
        "coronary_sinus.mid_distance_mm": at(away, middle),
        "coronary_sinus.gcv_distance_mm": at(away, station),
        **{f"coronary_sinus.distance_{theta}_mm": at(away, passes(theta)) for theta in (240, 210, 180, 150, 120)},
        "coronary_sinus.height_p2_mm": at(height, middle),
        "coronary_sinus.height_ends_mm": 0.5 * (float(height[0]) + at(height, station)),
        "coronary_sinus.ostium_diameter_mm": 2.0 * float(vein.curve.radius_at(0.0)),
        "coronary_sinus.proximal_diameter_mm": 2.0 * float(vein.curve.radius_at(_PROXIMAL_MM)),
        "coronary_sinus.gcv_diameter_mm": 2.0 * float(vein.curve.radius_at(station)),
    }


def _arteries(case: Case) -> dict[str, float | None]:
    vein = case.coronary_sinus
    found = None if vein is None else measure_circumflex(vein, case.arteries, case.annulus)
    if vein is None or found is None:
        return {}
    main, *marginals = found.arteries
    nearest = min(main.crossings, key=lambda c: c.axis_distance_mm, default=None)
    profile, site = main.profile, int(np.argmin(main.profile.gap_mm))
    curve = case.arteries[0].curve
    away = case.annulus.loop.closest(curve.points)[1]
    closest = int(np.argmin(away))
    places = np.array([vein.curve.at(profile.s_mm[site]), curve.points[closest]])
    site_theta, annulus_theta = case.annulus.theta_deg(places).tolist()
    together = main.together_mm or (np.nan, np.nan)
    gap = None if nearest is None else nearest.gap_mm
    return {
        "circumflex.crosses": float(nearest is not None),
        "circumflex.crossing_count": float(len(main.crossings)),
        "circumflex.marginal_crossing_count": float(sum(len(item.crossings) for item in marginals)),
        "circumflex.crossing_cs_s_mm": np.nan if nearest is None else nearest.cs_s_mm,
        "circumflex.crossing_theta_deg": np.nan if nearest is None else nearest.theta_deg,
        "circumflex.crossing_gap_mm": np.nan if gap is None else gap,
        "circumflex.between": float(profile.between[site]),
        "circumflex.between_mm": main.between_mm,
        "circumflex.site_cs_s_mm": float(profile.s_mm[site]),
        "circumflex.site_theta_deg": site_theta,
        "circumflex.site_gap_mm": float(profile.gap_mm[site]),
        "circumflex.annulus_distance_mm": float(away[closest]),
        "circumflex.annulus_clearance_mm": float(annulus_clearance(case.annulus, curve).min()),
        "circumflex.annulus_theta_deg": annulus_theta,
        "circumflex.min_gap_mm": np.nan if found.min_gap_mm is None else found.min_gap_mm,
        "circumflex.near_from_mm": together[0],
        "circumflex.near_to_mm": together[1],
        "circumflex.length_mm": case.arteries[0].curve.length,
        "circumflex.marginals": float(len(marginals)),
    }


def _area(sheet: Surface) -> float:
    corners = sheet.points[sheet.triangles]
    sides = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return 0.5 * float(np.linalg.norm(sides, axis=1).sum())

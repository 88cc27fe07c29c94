"""The vocabulary of the arteries beside the vein: part of `_registry`, and as that."""

from __future__ import annotations

from typing import Any

from annulus.quantity import Quantity

__all__ = ["ARTERY_MEASURES"]


def _artery(group: str, id_: str, name: str, unit: str, definition: str, *aliases: str, **more: Any) -> Quantity:
    return Quantity(id_, f"circumflex{group}", unit, definition, aliases, name=name, **more)


_STRETCH, _SECTION = ".stretches[]", ".sections[]"

_CROSSING, _EACH, _PROFILE = ".crossings[]", ".arteries[]", ".arteries[].profile"

ARTERY_MEASURES: tuple[Quantity, ...] = (
    _artery(_CROSSING, "lcx_cross_artery", "artery", "text", "Which artery crosses."),
    _artery(
        _CROSSING,
        "lcx_cross_arclen",
        "cs_s",
        "mm",
        "Arc length from the ostium along the vein's axis to a crossing.",
        "ostium to LCx crossing",
        source="choure2006",
    ),
    _artery(_CROSSING, "lcx_cross_lcx_s", "lcx_s", "mm", "Arc length along the artery to a crossing."),
    _artery(_CROSSING, "lcx_cross_theta", "theta", "deg", "Annular angle of a crossing.", "crossing point angle"),
    _artery(
        _CROSSING,
        "lcx_side",
        "side",
        "deg",
        "Where the artery lies around the vein at a crossing: 0 towards the annulus, 90 "
        "ventricular (artery under the vein), 180 outside, 270 atrial (artery over the vein).",
        "over / under",
    ),
    _artery(_CROSSING, "lcx_side_word", "side", "text", "``ventricular`` (under the vein) or ``atrial`` (over it)."),
    _artery(
        _CROSSING,
        "lcx_inwards",
        "inwards",
        "flag",
        "Walking along the vein from the ostium, the artery comes from outside and goes inside.",
    ),
    _artery(
        _CROSSING,
        "cs_lcx_gap",
        "gap_before",
        "mm",
        "Wall to wall: axis distance minus both area-equivalent radii; negative where "
        "the walls overlap. On a half-moon section the true gap differs.",
        "CS-LCx distance (wall)",
    ),
    _artery(_CROSSING, "cs_lcx_distance", "axis_distance", "mm", "Axis to axis distance.", "CS-LCx distance (axis)"),
    _artery(
        "",
        "cs_lcx_min_gap",
        "min_gap_before",
        "mm",
        "Least wall gap of any artery to the vein.",
        label="smallest artery gap before",
    ),
    _artery("", "cs_lcx_min_distance", "min_axis_distance", "mm", "Least axis distance of any artery to the vein."),
    _artery(_EACH, "lcx_name", "artery", "text", "Which artery."),
    _artery(_EACH, "lcx_cross_count", "crossing_count", "n", "Number of crossings of one artery.", "crossings"),
    _artery(_EACH, "cs_lcx_min_gap_each", "min_gap_before", "mm", "Its least wall gap to the vein."),
    _artery(_EACH, "cs_lcx_min_gap_at", "min_gap_cs_s", "mm", "Where along the vein that is."),
    _artery(_EACH, "cs_lcx_min_distance_each", "min_axis_distance", "mm", "Its least axis distance to the vein."),
    _artery(
        _EACH,
        "cs_lcx_together",
        "together_cs_s",
        "mm",
        "First and last station of the vein with a wall gap below 5 mm.",
        source="lcx-near-cs-pmid19800853",
        many=True,
    ),
    _artery(
        _EACH,
        "lcx_overlap_range",
        "overlap_theta",
        "deg",
        "Annular angles of the stretch where vein and artery overlie each "
        "other seen along the annulus axis (distance in the plane below the sum of radii).",
        "overlapping course",
        many=True,
    ),
    _artery(_EACH, "lcx_walls_overlap", "walls_overlap", "mm", "Length of vein along which the walls overlap."),
    _artery(
        _EACH,
        "lcx_between",
        "between_vein_and_annulus",
        "mm",
        "Length of vein along which the artery lies between vein and annulus: on the annulus side of the vein (within "
        "90 degrees of its direction to the nearest place of the annulus) and at most 5 mm from it, wall to wall.",
        source="choure2006",
    ),
    _artery(_PROFILE, "lcx_profile_s", "cs_s", "mm", "Stations of the profile along the vein.", many=True),
    _artery(_PROFILE, "lcx_profile_distance", "axis_distance", "mm", "Axis distance at each.", many=True),
    _artery(_PROFILE, "lcx_profile_gap", "gap_before", "mm", "Wall gap at each.", many=True),
    _artery(_PROFILE, "lcx_profile_side", "side", "deg", "Side around the vein at each, as at a crossing.", many=True),
    _artery(
        _PROFILE,
        "lcx_profile_aside",
        "aside",
        "deg",
        "Angle about the vein's axis between artery and nearest place of the annulus, 0 straight between them.",
        many=True,
    ),
    _artery(_STRETCH, "lcx_stretch_artery", "artery", "text", "Artery of a stretch within 5 mm of the vein."),
    _artery(_STRETCH, "lcx_stretch_cs_from", "cs_from_s", "mm", "Where it begins along the vein from the ostium."),
    _artery(_STRETCH, "lcx_stretch_cs_to", "cs_to_s", "mm", "Where it ends."),
    _artery(_STRETCH, "lcx_stretch_lcx_from", "lcx_from_s", "mm", "Place along the artery at its beginning."),
    _artery(_STRETCH, "lcx_stretch_lcx_to", "lcx_to_s", "mm", "Place along the artery at its end."),
    _artery(_STRETCH, "lcx_stretch_theta_from", "theta_from", "deg", "Annular angle of its beginning."),
    _artery(_STRETCH, "lcx_stretch_theta_to", "theta_to", "deg", "Annular angle of its end."),
    _artery(_STRETCH, "lcx_stretch_gap", "min_gap_before", "mm", "Least wall gap on it."),
    _artery(_STRETCH, "lcx_stretch_side", "side", "deg", "Side around the vein where the gap is least."),
    _artery(_STRETCH, "lcx_stretch_between", "between", "mm", "Length on which it lies between vein and annulus."),
    _artery(
        _SECTION,
        "lcx_section_clock",
        "clock",
        "deg",
        "Annular angle of one of 36 sections that the vein crosses: 0 at 12 o'clock (A), counter-clockwise seen from "
        "the atrium.",
        "clock angle",
        source="lcx-crossing-pmid23978368",
    ),
    _artery(_SECTION, "lcx_section_cs_s", "cs_s", "mm", "Where the vein crosses it, from the ostium."),
    _artery(_SECTION, "lcx_section_distance", "annulus_distance", "mm", "Axis of the vein to the annulus there."),
    _artery(_SECTION, "lcx_section_artery", "artery", "text", "The artery nearest to the vein there."),
    _artery(_SECTION, "lcx_section_axis", "axis_distance", "mm", "Axis to axis distance there."),
    _artery(_SECTION, "lcx_section_gap", "gap_before", "mm", "Wall gap there."),
    _artery(_SECTION, "lcx_section_side", "side", "deg", "Side around the vein, as at a crossing."),
    _artery(_SECTION, "lcx_section_crosses", "crosses", "flag", "An artery crosses within five degrees of it."),
)
"""Measures of the arteries, in the order of documents."""

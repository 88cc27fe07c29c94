"""The vocabulary: every measure's id, unit, definition and the names that other tools give it."""

from __future__ import annotations

from typing import Any

from annulus.anatomy._annulus import LANDMARKS
from annulus.anatomy.measures._artery_registry import ARTERY_MEASURES
from annulus.quantity import Quantity

__all__ = ["MEASURES", "measure_named", "measures_page"]


def _annulus(id_: str, unit: str, definition: str, *aliases: str, **more: Any) -> Quantity:
    return Quantity(id_, "annulus", unit, definition, aliases, **more)


def _sinus(id_: str, name: str, unit: str, definition: str, *aliases: str, **more: Any) -> Quantity:
    return Quantity(id_, "coronary_sinus", unit, definition, aliases, name=name, **more)


_PLANE = "the arc-length-weighted least-squares plane"

MEASURES: tuple[Quantity, ...] = (
    _annulus(
        "ap",
        "mm",
        "3D chord from A (saddle horn) to P (mid-posterior).",
        "A-P",
        "septal-lateral SL",
        "aorto-mural",
        label="anteroposterior AP",
    ),
    _annulus(
        "alpm",
        "mm",
        "3D chord of the curve where the plane through the centroid, normal to the AP direction projected on "
        f"{_PLANE}, cuts it. Other tools take the widest transverse chord instead.",
        "AL-PM",
        "medial-lateral",
        label="transverse AL-PM",
    ),
    _annulus(
        "cw",
        "mm",
        "3D chord between the commissures ALC and PMC; only where they are known.",
        "commissural width",
        "intercommissural IC",
        "ALC-PMC",
    ),
    _annulus(
        "it",
        "mm",
        "3D chord between the fibrous trigones LT and RT; only where they are known.",
        "inter-trigonal",
        "TT",
    ),
    _annulus("perimeter_3d", "mm", "Length of the closed curve.", "circumference (3D)", "perimeter", label="perimeter"),
    _annulus("perimeter_2d", "mm", f"Length of the curve projected on {_PLANE}.", "projected perimeter", "Pproj"),
    _annulus(
        "perimeter_d",
        "mm",
        "Posterior arc from trigone to trigone plus the trigone chord; only with known trigones.",
        "D-shaped perimeter",
    ),
    _annulus(
        "area_2d",
        "mm2",
        f"Area enclosed by the curve projected on {_PLANE}.",
        "projected area",
        "Aproj",
        label="area, projected",
        digits=0,
    ),
    _annulus(
        "area_3d",
        "mm2",
        "Area of the minimal surface of disk type that the curve bounds (a soap film).",
        "3D area",
        "soap bubble",
        source="douglas1931",
        costly=True,
    ),
    _annulus(
        "area_d",
        "mm2",
        f"Area on {_PLANE} between the posterior arc and the trigone chord; only with known trigones.",
        "D-shaped area",
    ),
    _annulus("d_mean", "mm", "(cw + ap) / 2; only with known commissures.", "Dmean"),
    _annulus("d_area", "mm", "Diameter of the circle of area area_2d: 2 sqrt(area_2d / pi).", "DArea"),
    _annulus("d_perim", "mm", "Diameter of the circle of perimeter perimeter_2d: perimeter_2d / pi.", "DPerimeter"),
    _annulus(
        "height",
        "mm",
        f"Largest distance above plus largest distance below {_PLANE}.",
        "annular height",
        "saddle height",
        label="height",
    ),
    _annulus("height_above", "mm", f"Largest distance of the curve from {_PLANE} on the atrial side."),
    _annulus("height_below", "mm", f"Largest distance of the curve from {_PLANE} on the ventricular side."),
    _annulus(
        "ahcwr",
        "1",
        "height / cw; where the commissures are unknown the distance AL to PM stands in, and the result says so.",
        "AHCWR",
        "saddle index",
    ),
    _annulus("sphericity_ap_alpm", "1", "ap / alpm.", "sphericity index (SlicerHeart)"),
    _annulus("sphericity_ap_cw", "1", "ap / cw; only with known commissures.", "sphericity index (mvtool)"),
    _annulus("ellipticity", "1", "alpm / ap.", "annular ellipticity"),
    _annulus(
        "npa",
        "deg",
        "Angle A - commissural midpoint - P, 180 for a flat annulus; where the commissures are unknown "
        "the midpoint of AL and PM stands in, and the result says so.",
        "non-planarity angle",
        "NPA",
    ),
    _annulus(
        "bending_angle",
        "deg",
        "Angle, on the atrial side, between the least-squares planes of the anterior and the "
        "posterior half of the curve, cut at AL and PM; 180 for a flat annulus, smaller where the horns rise.",
        "bending angle",
    ),
    _annulus(
        "quadrant_area",
        "mm2",
        f"Areas on {_PLANE} swept about the centroid from A to AL, AL to P, P to PM and PM to A.",
        "quadrants",
        "halves",
        parts=("A_AL", "AL_P", "P_PM", "PM_A"),
    ),
    _annulus(
        "ma_angle",
        "deg",
        "Angle between the planes of mitral and aortic annulus, on the side of the ventricle: 180 "
        "minus the angle between their outflow-side normals; only with a known aortic annulus.",
        "mitral-aortic plane angle",
        "aorto-mitral angle",
    ),
    _annulus("anterior_share", "1", "Anterior arc between the trigones over perimeter_3d; only with known trigones."),
    _annulus(
        "posterior_arc_angle",
        "rad",
        f"Angle about the centroid on {_PLANE} that the posterior arc from trigone to "
        "trigone covers; only with known trigones.",
        "posterior MA radian",
    ),
    _annulus(
        "landmark_sources",
        "text",
        "How each landmark was found: given, or by which rule.",
        parts=LANDMARKS,
    ),
    _sinus(
        "cs_length",
        "length",
        "mm",
        "Length of the vein's axis from the ostium to the last station given.",
        "CS length",
        "CS-GCV length",
    ),
    _sinus(
        "cs_diameter",
        "radius",
        "mm",
        "Area-equivalent radius sqrt(A/pi) of the section at each station s; the diameter is twice this.",
        "CS diameter",
        "CE diameter",
        many=True,
    ),
    _sinus(
        "cs_mis_diameter",
        "mis_radius",
        "mm",
        "Radius of the maximum inscribed sphere at each station s.",
        "MIS diameter",
        many=True,
    ),
    _sinus(
        "cs_tortuosity", "tortuosity", "1", "Length of the axis over the distance of its ends, minus 1.", "tortuosity"
    ),
    _sinus(
        "cs_ma_distance",
        "annulus_distance",
        "mm",
        "Distance, axis to curve, of each station from the nearest place of "
        "the annulus, beside the station's theta_deg.",
        "CS-MA separation",
        many=True,
    ),
    _sinus(
        "cs_ma_section_distance",
        "section_distance",
        "mm",
        "Distance, axis to curve, between vein and annulus within the "
        "half-plane of each section_theta_deg, as on an image section through the annulus axis.",
        "CS-MA separation",
        many=True,
    ),
    _sinus(
        "cs_ma_plane_distance",
        "plane_distance",
        "mm",
        f"Mean height above {_PLANE} of the vein's annular stretch.",
        "distance of CS plane to MVA plane",
    ),
    _sinus(
        "cs_ma_plane_angle",
        "plane_angle",
        "deg",
        f"Angle, 0 to 90, between {_PLANE} of the vein's annular stretch and that of the annulus.",
        "CS-MVA angulation",
        "axial angle",
    ),
    _sinus(
        "cs_height_above_plane",
        "height_above_plane",
        "mm",
        f"Height of each station above {_PLANE} of the annulus, positive on the atrial side.",
        many=True,
    ),
    _sinus(
        "cs_projection_length",
        "projection_length",
        "mm",
        "Length of the annulus between the angles of the first and last "
        "station of the annular stretch, on the posterior side.",
        "S1-S2",
        source="lansac2008",
    ),
    _sinus("cs_s", "s", "mm", "Stations along the axis from the ostium, at most 1 mm apart.", many=True),
    _sinus("cs_theta", "theta", "deg", "Annular angle of each station.", many=True),
    _sinus("cs_section_theta", "section_theta", "deg", "Angles of the half-planes, 5 degrees apart.", many=True),
    _sinus("cs_section_s", "section_s", "mm", "Where the vein's axis crosses them.", many=True),
    _sinus(
        "cs_annular_stretch",
        "annular_stretch",
        "mm",
        "First and last station of the stretch, around the nearest one, on which the axis is closer to the annulus "
        "than the annulus' mean radius (perimeter / 2 pi).",
        many=True,
    ),
    _sinus("cs_ma_distance_min", "annulus_distance_min", "mm", "Least distance over the annular stretch."),
    _sinus("cs_ma_distance_mean", "annulus_distance_mean", "mm", "Mean distance over the annular stretch."),
    _sinus("cs_theta_span", "theta_span", "deg", "Annular angle that the annular stretch covers."),
    _sinus("cs_ostium_source", "ostium_source", "text", "How the ostium end was found."),
    _sinus("cs_parts", "parts[].name", "text", "Named stretch of the vein, as given."),
    _sinus("cs_part_from", "parts[].from", "mm", "Where it begins, from the ostium."),
    _sinus("cs_part_to", "parts[].to", "mm", "Where it ends."),
    _sinus("cs_part_length", "parts[].length", "mm", "Its length."),
    _sinus("cs_station_s", "stations[].s", "mm", "Stations of the report, 10 mm apart from the ostium."),
    _sinus("cs_station_diameter", "stations[].diameter", "mm", "Area-equivalent diameter there."),
    _sinus("cs_station_mis_diameter", "stations[].mis_diameter", "mm", "Inscribed sphere's diameter there."),
    _sinus("cs_station_distance", "stations[].annulus_distance", "mm", "Axis to the nearest place of the annulus."),
    _sinus("cs_station_height", "stations[].height_above_plane", "mm", "Height above the annulus plane, atrial +."),
    _sinus("cs_station_plane_angle", "stations[].plane_angle", "deg", "Angle of the vein's axis to that plane."),
    *ARTERY_MEASURES,
)
"""All measures of one phase without a device, in the order of documents."""


def measure_named(id_: str) -> Quantity:
    """The measure with this id.

    Raises
    ------
    KeyError
        No measure has it.
    """
    for measure in MEASURES:
        if measure.id == id_:
            return measure
    raise KeyError(id_)


def measures_page() -> str:
    """Text of ``docs/measures.md``."""
    titles = {"annulus": "Annulus", "coronary_sinus": "Coronary sinus", "circumflex": "Circumflex and other arteries"}
    lines = [
        "# Measures",
        "",
        "Made from `annulus.anatomy.measures.MEASURES` by `python -m annulus.anatomy.measures > docs/measures.md`;",
        "a test keeps both in step. A measure whose anatomy is unknown has no key in the result. The same word means",
        "different things in different tools: the aliases say under which names others report it. The words (A, P, AL,",
        "PM, theta, s) are those of the annulus frame. Brackets in a key stand for the rows of a table.",
    ]
    for group, title in titles.items():
        lines += ["", f"## {title}", "", "| id | key | unit | definition | also called | source |"]
        lines.append("|---|---|---|---|---|---|")
        for measure in MEASURES:
            first, _, rest = measure.group.partition(".")
            if first == group:
                cells = (
                    f"`{measure.id}`",
                    f"`{f'{rest}.' if rest else ''}{measure.key}`",
                    {"1": "ratio", "n": "count"}.get(measure.unit, measure.unit),
                    measure.definition,
                    ", ".join(measure.aliases),
                    measure.source,
                )
                lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"

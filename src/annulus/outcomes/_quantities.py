"""What the closed valve and the arteries beside the device are asked for, number by number."""

from __future__ import annotations

from typing import Any

from annulus.quantity import Quantity

__all__ = ["OUTCOME_QUANTITIES"]

_STATES = ("before", "after")


def _pressed(id_: str, unit: str, definition: str, **more: Any) -> Quantity:
    return Quantity(f"lcx_{id_}", "circumflex", unit, definition, name=id_, **more)


def _pressed_each(id_: str, unit: str, definition: str, **more: Any) -> Quantity:
    return Quantity(f"lcx_{id_}_each", "circumflex.arteries[]", unit, definition, name=id_, costly=True, **more)


def _risk(id_: str, unit: str, definition: str, **more: Any) -> Quantity:
    return Quantity(f"lcx_risk_{id_}", "circumflex.risk", unit, definition, name=id_, **more)


_PRESSURE = "Greatest line load on {} over the diameter of its lumen, with the device: no threshold is published."
_AREA = "Lumen area of {} lost where it is flattened most, with the device."
_STENOSIS = (
    "Diameter of {} lost where it is flattened most, with the device, as the worst angiographic view shows it "
    "(``docs/circumflex.md``)."
)

_REGIONS = ("anterior", "posterior", "commissural")
_GROUPS = ("marginal", "basal", "strut")
_SECTIONS = (("a1p1", "A1-P1"), ("a2p2", "A2-P2"), ("a3p3", "A3-P3"))


def _closed(id_: str, unit: str, definition: str, **more: Any) -> Quantity:
    return Quantity(id_, "coaptation", unit, definition, states=_STATES, **more)


def _tent(id_: str, unit: str, definition: str, **more: Any) -> Quantity:
    return Quantity(id_, "coaptation.tent", unit, definition, states=_STATES, source="mechanics-notes", **more)


def _leak(id_: str, unit: str, definition: str, **more: Any) -> Quantity:
    return Quantity(id_, "regurgitation", unit, definition, states=_STATES, **more)


def _jet(id_: str, unit: str, definition: str, **more: Any) -> Quantity:
    return Quantity(id_, "regurgitation.jets[]", unit, definition, states=_STATES, costly=True, **more)


def _open(id_: str, unit: str, definition: str, **more: Any) -> Quantity:
    return Quantity(id_, "filling", unit, definition, states=_STATES, costly=True, **more)


def _section(key: str, word: str) -> tuple[Quantity, ...]:
    """Measures of the cut of both leaflets by a plane x = constant of the hinge's frame."""
    middle = key == "a2p2"
    return (
        _closed(
            f"{key}_coapt_height",
            "mm",
            f"Mean of both leaflets' arc lengths in contact in the {word} section.",
            label="coaptation height A2-P2" if middle else "",
        ),
        _closed(f"{key}_coapt_height_a", "mm", f"Anterior leaflet's arc length in contact, {word}."),
        _closed(f"{key}_coapt_height_p", "mm", f"Posterior leaflet's arc length in contact, {word}."),
        _closed(f"{key}_leaflet_length_a", "mm", f"Anterior leaflet, hinge to free edge, {word}."),
        _closed(f"{key}_leaflet_length_p", "mm", f"Posterior leaflet, hinge to free edge, {word}."),
        _closed(
            f"{key}_tenting_height",
            "mm",
            f"Depth of the coaptation point below the annular plane, {word}; without contact of the higher free edge.",
            label="tenting height A2-P2, below the hinge plane" if middle else "",
        ),
        _closed(
            f"{key}_coaptation_depth",
            "mm",
            f"Depth of the same point below the line between the hinges of the section, as echo measures it, {word}.",
            label="coaptation depth A2-P2, below the hinge line" if middle else "",
        ),
        _closed(
            f"{key}_tenting_area", "mm2", f"Between the chord of the hinges and the leaflets, {word}, less billow."
        ),
        _closed(f"{key}_leaflet_angle_a", "deg", f"Anterior hinge to coaptation point against the plane, {word}."),
        _closed(f"{key}_leaflet_angle_p", "deg", f"Posterior hinge to coaptation point against the plane, {word}."),
    )


OUTCOME_QUANTITIES: tuple[Quantity, ...] = (
    _closed("model", "text", "How the valve was closed: fast or full closure."),
    _closed("status", "text", "How the closure ended."),
    _closed("pressure", "mmHg", "Ventricular minus atrial pressure on the closed valve."),
    _closed("contact_distance", "mm", "Mid-surfaces nearer than this touch: mean thickness + 0.5 mm."),
    _closed("leaflet_area_a", "mm2", "Anterior leaflet, closed."),
    _closed("leaflet_area_p", "mm2", "Posterior leaflet, closed."),
    _closed("coapt_area_a", "mm2", "Anterior leaflet in contact."),
    _closed("coapt_area_p", "mm2", "Posterior leaflet in contact."),
    _closed("coapt_area", "mm2", "Mean of both leaflets in contact."),
    _closed(
        "outside_area",
        "mm2",
        "Leaflet whose projection on the annular plane lies more than 1 mm outside the hinge, where a heart has its "
        "wall; none stands in the model.",
    ),
    _closed("closure_ratio", "1", "Leaflet area over its part not in contact: what it takes to close."),
    _closed("billow_volume", "mL", "Integral of the leaflets' height above the annular plane.", digits=2),
    _closed(
        "tenting_volume",
        "mL",
        "Integral of the leaflets' depth below the annular plane, the free edges joined by a cone.",
        label="tenting volume",
        digits=2,
    ),
    _closed("coapt_height_min", "mm", "Least coaptation height over the middle 80 % of the valve's width."),
    _closed("coapt_height_mean", "mm", "Mean coaptation height over the same width.", label="coaptation height, mean"),
    _closed("coapt_height_max", "mm", "Greatest coaptation height over the same width."),
    *(row for key, word in _SECTIONS for row in _section(key, word)),
    *(
        _closed(f"annular_tension_{region}", "N/m", f"Pull of the leaflets across the {region} hinge per length.")
        for region in _REGIONS
    ),
    *(
        _closed(f"annular_pull_{region}", "N/m", f"Its part in the annular plane, inwards, {region} hinge.")
        for region in _REGIONS
    ),
    _closed("chordae_tension_max", "N", "Greatest tension of a chorda."),
    _closed("chordae_tension_sum", "N", "Sum of the tensions of all chordae.", label="chordae, sum of tensions"),
    *(
        _closed(f"chordae_tension_{group}_sum", "N", f"Sum of the tensions of the {group} chordae.")
        for group in _GROUPS
    ),
    _tent("model", "text", "``tent``: two leaflets of given length over the A2-P2 diameter."),
    _tent("closes", "flag", "The leaflets of the tent meet."),
    _tent(
        "coapt_height", "mm", "Overlap of the tent's leaflets; 0 where they do not meet.", label="A2-P2 overlap, tent"
    ),
    _tent("tenting_height", "mm", "Depth of the tent's tip below the annular plane."),
    _tent("tenting_area", "mm2", "Area under the tent while the leaflets meet."),
    _tent("closing_ap", "mm", "Largest AP at which the tent's leaflets still meet."),
    _leak("roa", "mm2", "Anatomic orifice of the closed valve.", label="anatomic orifice ROA", digits=0),
    _leak(
        "roa_spread",
        "mm2",
        "Range of ROA over the states in which the valve comes to rest along several ways of loading, where these are "
        "asked for (`ClosureOptions.paths`); ROA is that of the least energy.",
        costly=True,
    ),
    _leak("eroa", "mm2", "Effective orifice: contraction times ROA.", label="effective orifice EROA", digits=0),
    _leak(
        "regurgitant_volume",
        "mL",
        "Volume through the effective orifice in systole, by the orifice equation.",
        label="regurgitant volume",
        digits=0,
    ),
    _leak(
        "regurgitant_fraction",
        "percent",
        "Its share of the total stroke volume EF x EDV; only where both are known.",
        label="regurgitant fraction",
        digits=0,
    ),
    _leak("vena_contracta", "mm", "Width of the widest hole.", label="vena contracta width"),
    _leak("vena_contracta_area", "mm2", "Contraction times ROA."),
    _leak("n_jets", "n", "Number of holes above 1 mm2.", costly=True),
    _leak("scheme", "text", "Guideline that graded the leak."),
    _leak("grade", "text", "Grade of the measure that `grade_by` names.", label="grade"),
    _leak("grade_by", "text", "Which measure `grade` is that of."),
    _leak(
        "grades",
        "text",
        "Grade of each measure that the scheme knows.",
        parts=("eroa", "regurgitant_volume", "regurgitant_fraction", "vena_contracta", "vena_contracta_area"),
    ),
    _jet("section", "text", "A1-P1, A2-P2 or A3-P3."),
    _jet("place", "1", "From the anterolateral (0) to the posteromedial side (1)."),
    _jet("area", "mm2", "Area of one hole."),
    _jet("width", "mm", "Its width across the line of coaptation."),
    _jet("centre", "mm", "Its middle, in world coordinates.", many=True),
    _open(
        "diastolic_orifice",
        "mm2",
        "Orifice of the open valve in its stress-free shape.",
        label="diastolic orifice",
        digits=0,
    ),
    _open("n_orifices", "n", "Number of its orifices."),
    _open("filling", "mL", "What crosses the open valve in a diastole."),
    _open(
        "mean_gradient",
        "mmHg",
        "Gradient of a steady filling through it: a lower bound.",
        label="mean gradient, at least",
    ),
    Quantity(
        "cs_lcx_min_gap_after",
        "circumflex",
        "mm",
        "Least wall gap of any artery to the vein, afterwards.",
        name="min_gap_after",
        label="smallest artery gap after",
    ),
    _pressed(
        "peak_contact_pressure",
        "mmHg",
        _PRESSURE.format("any artery"),
        label="peak pressure on an artery",
        digits=0,
    ),
    _pressed("lumen_area_reduction", "percent", _AREA.format("the worst artery"), digits=0),
    _pressed(
        "diameter_stenosis",
        "percent",
        _STENOSIS.format("the worst artery"),
        label="artery stenosis, worst view",
        digits=0,
    ),
    _pressed(
        "traction_diameter_stenosis",
        "percent",
        "The same under traction, the proximal anchor closed: when the angiogram is taken.",
        label="the same under traction",
        digits=0,
    ),
    _risk(
        "probability",
        "1",
        "Probability that the diameter stenosis reaches the significant one (50 % unless another is given): the share "
        "of worlds where there are any; else, at the point's load, over what is open of the artery's law alone. In a "
        "draw 0 or 1; no interval.",
        label="probability of significant compression",
        digits=2,
    ),
    _risk("class", "text", "``none``, ``low``, ``moderate`` or ``high``, by the probability.", costly=True),
    _risk("basis", "text", "What the probability rests on, and the classes' thresholds.", costly=True),
    _risk("advice", "text", "Which landing zone, length or traction would lower the load.", costly=True),
    _pressed_each("line_load", "N/m", "Greatest line load on one artery, with the device."),
    _pressed_each("contact_force", "N", "Whole force of its contact with the vein."),
    _pressed_each("contact_length", "mm", "Length of artery in contact."),
    _pressed_each("contact_width", "mm", "Width of the contact where it is flattened most."),
    _pressed_each("contact_cs_s", "mm", "First and last station of the vein beside which it is in contact.", many=True),
    _pressed_each("peak_contact_cs_s", "mm", "Station of the vein where it is flattened most."),
    _pressed_each("anchor_load_share", "1", "Share of the contact force beside the two anchors."),
    _pressed_each("peak_contact_pressure", "mmHg", _PRESSURE.format("one artery")),
    _pressed_each("lumen_area_reduction", "percent", _AREA.format("one artery")),
    _pressed_each("diameter_stenosis", "percent", _STENOSIS.format("one artery")),
    Quantity(
        "lcx_profile_gap_after",
        "circumflex.arteries[].profile",
        "mm",
        "Wall gap at each station of the profile, afterwards.",
        name="gap_after",
        many=True,
        costly=True,
    ),
    Quantity(
        "lcx_between_in_span",
        "circumflex",
        "mm",
        "Length of vein inside the device's span along which any artery lies between vein and annulus: there the "
        "device presses the vein towards it.",
        name="between_vein_and_annulus",
        label="artery between, in the span",
        costly=True,
    ),
    Quantity(
        "lcx_between_in_span_each",
        "circumflex.arteries[]",
        "mm",
        "The same of one artery.",
        name="between_in_span",
        costly=True,
    ),
    Quantity(
        "lcx_min_gap_after",
        "circumflex.arteries[]",
        "mm",
        "Least wall gap of one artery to the vein, afterwards; anchors count with their own diameter.",
        name="min_gap_after",
        costly=True,
    ),
    Quantity(
        "lcx_min_gap_after_s",
        "circumflex.arteries[]",
        "mm",
        "Where that is: arc length along the measured vein from the ostium.",
        name="min_gap_after_cs_s",
        costly=True,
    ),
    Quantity(
        "lcx_to_anchor",
        "circumflex.crossings[]",
        "mm",
        "From the crossing to the nearest stretch of vein that an anchor covers; 0 where an anchor covers it.",
        name="to_anchor",
        costly=True,
    ),
    Quantity(
        "cs_lcx_gap_after",
        "circumflex.crossings[]",
        "mm",
        "Wall gap at the crossing's station, afterwards.",
        name="gap_after",
    ),
    Quantity(
        "lcx_inside_span",
        "circumflex.crossings[]",
        "flag",
        "It lies between the ends of the device.",
        name="inside_span",
    ),
    Quantity(
        "lcx_to_distal_anchor",
        "circumflex.crossings[]",
        "mm",
        "From the crossing to the distal end of the device, along the vein.",
        name="to_distal_anchor",
        costly=True,
    ),
    Quantity(
        "lcx_to_proximal_anchor",
        "circumflex.crossings[]",
        "mm",
        "From the proximal end of the device to the crossing.",
        name="to_proximal_anchor",
        costly=True,
    ),
)
"""Quantities of the blocks coaptation, regurgitation, filling, and of circumflex what a therapy changes."""

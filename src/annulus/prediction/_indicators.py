"""Indicators of harm: what vein wall, anchors, ribbon and valve bear, as numbers that every draw has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import CoronarySinus
from annulus.geometry import Curve
from annulus.heart import State
from annulus.mechanics.network import Anchors, Landing, Ribbon, loop_wall_load
from annulus.outcomes import bending_diameter_mm, bending_strain_percent, wall_force_n, wall_pressure_mmhg
from annulus.prediction._leads import RIBBON_MM, residual_lumen_percent
from annulus.quantity import Quantity
from annulus.sources import Assumption
from annulus.units import MMHG

if TYPE_CHECKING:
    from annulus.prediction._predict import Prediction

__all__ = ["CATHETER_MM", "INDICATOR_QUANTITIES", "indicator_lines", "indicators_block", "lies_in_vein"]

CATHETER_MM = 3.0
"""Outer diameter of the delivery catheter, 9 F [mm] [carillon-eij-2015]."""

CYCLE_MM = 11.0
"""By how much the annulus' circumference changes over the cycle, without a ring, in pigs [mm] [ring-force-2017]."""

_ENDS = ("distal", "proximal")
_SHARES = np.linspace(0.0, 1.0, 5)
"""Places along an anchor between which the turn of the vein is taken."""


def _row(id_: str, unit: str, definition: str, **more: Any) -> Quantity:
    return Quantity(id_, "indicators", unit, definition, **more)


INDICATOR_QUANTITIES: tuple[Quantity, ...] = (
    *(
        _row(f"oversize_{end}", "1", f"Free diameter of the {end} anchor over the vein's in its middle.", digits=2)
        for end in _ENDS
    ),
    *(
        _row(
            f"anchor_pressure_{end}",
            "mmHg",
            f"Pressure of the vein's wall on the opened {end} anchor, above that of the blood.",
            source="cs-inflation-pmc3651900",
            digits=0,
        )
        for end in _ENDS
    ),
    *(
        _row(
            f"friction_needed_{end}",
            "1",
            f"What the {end} anchor must hold (tension at the ribbon's tighter end) over the force with which the wall "
            "presses on it: the coefficient of friction that would do without the anchor's shape.",
            digits=2,
        )
        for end in _ENDS
    ),
    _row("axial_stretch", "1", "Greatest stretch of the vein along its axis by the therapy.", digits=2),
    _row(
        "contact_pressure",
        "mmHg",
        "Greatest pressure of ribbon or cable on the vein's wall: tension times curvature over its width.",
        digits=0,
    ),
    _row(
        "vein_over_catheter",
        "1",
        "Least diameter (inscribed circle) of the vein up to the therapy's far end over that of a catheter of 3 mm.",
        source="carillon-eij-2015",
        digits=1,
    ),
    _row("anchor_bend", "deg", "Angle by which the vein's axis turns under an anchor, afterwards; the greater of both.",
         digits=0),
    _row(
        "residual_lumen",
        "percent",
        "Least share of the vein's section that is left free by device and leads, afterwards.",
        digits=0,
    ),
    _row(
        "room_to_gcv_end",
        "mm",
        "From the therapy's far end in the vein to where the great cardiac vein leaves the annulus for the anterior "
        "interventricular vein; negative beyond.",
    ),
    _row("anchor_to_ostium", "mm", "From the proximal anchor's near end to the ostium; negative where it reaches out."),
    _row(
        "anchor_to_av_node",
        "mm",
        "From the proximal anchor's near end to the right trigone, beside which the atrioventricular node lies.",
    ),
    _row("ribbon_strain", "percent", "Strain at the surface of the ribbon's wire, bent as it lies locked.", digits=2),
    _row(
        "ribbon_alternating_strain",
        "percent",
        "Half of the change of that strain over the cycle: curvature changes as the annulus' circumference does.",
        source="ring-force-2017",
        digits=3,
    ),
    _row(
        "orifice_left",
        "percent",
        "Diastolic orifice afterwards over that before; only where a therapy makes the open valve narrower.",
        costly=True,
        digits=0,
    ),
    _row(
        "chordae_tension_change",
        "percent",
        "Change of the sum of the tensions of all chordae of the closed valve, by the full closure.",
        costly=True,
        digits=0,
    ),
)  # fmt: skip
"""Quantities of the block ``indicators``."""


def lies_in_vein(p: Prediction) -> bool:
    """Something of the therapy stays in the vein."""
    return p.after.ribbon is not None or p.site.distal_s_mm is not None


def indicators_block(p: Prediction, costly: bool) -> Mapping[str, Any]:
    """The indicators that this therapy in this heart has."""
    out: dict[str, Any] = {}
    vein, state = p.heart.case.coronary_sinus, p.after
    if vein is not None and vein.curve.radius is not None and state.equilibrium is not None and lies_in_vein(p):
        ribbon = state.ribbon
        if ribbon is None:
            out |= _of_loop(p)
        elif ribbon.proximal_s_mm is not None:
            landing = Landing(ribbon.distal_s_mm, ribbon.proximal_s_mm)
            numbers, turn = _of_ribbon(p, landing)
            out |= numbers
            if ribbon.anchors is not None:
                out |= _of_anchors(p, vein, ribbon.anchors, landing, turn)
        out |= _of_vein(p, vein, ribbon)
    return out | (_of_valve(p) if costly else {})


def _of_anchors(
    p: Prediction, vein: CoronarySinus, anchors: Anchors, landing: Landing, turn_rad: float
) -> dict[str, float]:
    curve, state, out = vein.curve, p.after, dict[str, float]()
    if curve.radius is None or state.model is None or state.equilibrium is None or state.vein is None:
        return out
    covered = anchors.covered(landing.distal_s_mm, landing.proximal_s_mm)
    diameters = (anchors.distal_diameter_mm, anchors.proximal_diameter_mm)
    # Cut off where it reaches out of the vein, as its oversize is told elsewhere.
    middles = [max(0.5 * (low + high), 0.0) for low, high in covered]
    radii = np.interp(middles, curve.arc_lengths, curve.radius)
    # At the ribbon's tighter end, as `required_holding_force_n`.
    half = 0.5 * state.model.parameters.friction_coefficient * turn_rad
    held = state.equilibrium.tension_n * float(np.exp(half))
    for end, diameter, radius, (low, high) in zip(_ENDS, diameters, radii.tolist(), covered, strict=True):
        oversize = 0.5 * diameter / radius
        pressed = wall_force_n(oversize, diameter, high - low)
        out[f"oversize_{end}"] = oversize
        out[f"anchor_pressure_{end}_mmhg"] = wall_pressure_mmhg(oversize)
        if pressed > 0.0:
            out[f"friction_needed_{end}"] = held / pressed
    moved, near = state.vein.curve, covered[1][0]
    parts = [(min(max(low, 0.0), moved.length), min(max(high, 0.0), moved.length)) for low, high in covered]
    stations = np.array([low + (high - low) * _SHARES for low, high in parts])
    points = _at(moved, np.append(stations.ravel(), max(near, 0.0)))
    out["anchor_bend_deg"] = max(_turn_deg(points[: len(_SHARES)]), _turn_deg(points[len(_SHARES) : -1]))
    out["anchor_to_ostium_mm"] = near
    place = points[-1]
    if near < 0.0:
        # An anchor that reaches out of the ostium goes on straight.
        axis = moved.points[0] - moved.points[1]
        place = place - near * axis / np.linalg.norm(axis)
    out["anchor_to_av_node_mm"] = float(np.linalg.norm(place - p.heart.trigones[0][1]))
    return out


def _of_ribbon(p: Prediction, landing: Landing) -> tuple[dict[str, float], float]:
    """Numbers of the ribbon, and the angle by which it turns in all [rad]."""
    model, found = p.after.model, p.after.equilibrium
    if model is None or found is None:
        return {}, 0.0
    curvature, turn = _bent(model.strip.path(found.vein, landing.distal_s_mm, landing.proximal_s_mm))
    wire = bending_diameter_mm(model.parameters.ribbon_bending_nmm2)
    strain = bending_strain_percent(curvature, wire)
    share = CYCLE_MM / p.heart.before_numbers["perimeter_3d_mm"]
    numbers = {
        "contact_pressure_mmhg": found.tension_n * curvature / RIBBON_MM / MMHG,
        "ribbon_strain_percent": strain,
        "ribbon_alternating_strain_percent": 0.5 * share * strain,
    }
    return numbers, turn


def _of_loop(p: Prediction) -> dict[str, float]:
    found, loop = p.after.equilibrium, p.after.loop
    if loop is None or loop.width_mm is None or found is None:
        return {}
    return {"contact_pressure_mmhg": float(loop_wall_load(loop, found).max()) / loop.width_mm / MMHG}


def _of_vein(p: Prediction, vein: CoronarySinus, ribbon: Ribbon | None) -> dict[str, float]:
    curve, found = vein.curve, p.after.equilibrium
    end = p.site.distal_s_mm if ribbon is None else ribbon.distal_s_mm
    if ribbon is not None and ribbon.anchors is not None and end is not None:
        end += ribbon.anchors.distal_length_mm
    widths = curve.radius if curve.mis_radius is None else curve.mis_radius
    if end is None or found is None or widths is None:
        return {}
    lengths = np.linalg.norm(np.diff(found.vein, axis=0), axis=1)
    inside = curve.arc_lengths < end
    narrowest = min(float(widths[inside].min()), float(np.interp(end, curve.arc_lengths, widths)))
    return {
        "axial_stretch": float(lengths.max()) / p.heart.strip.vein_spacing,
        "vein_over_catheter": 2.0 * narrowest / CATHETER_MM,
        "residual_lumen_percent": residual_lumen_percent(p, vein),
        "room_to_gcv_end_mm": p.heart.strip.vein_length - end,
    }


def _of_valve(p: Prediction) -> dict[str, float]:
    out = {}
    if p.after.grasp is not None or p.after.reshaped is not None:
        areas = [0.0 if state.opened is None else state.opened.measures.get("roa_mm2", 0.0) for state in _both(p)]
        out |= {"orifice_left_percent": 100.0 * areas[1] / areas[0]} if areas[0] > 0.0 else {}
    sums = [None if state.closed is None else state.closed.measures.get("chordae_tension_sum_n") for state in _both(p)]
    first, last = sums
    return out | (
        {"chordae_tension_change_percent": 100.0 * (last / first - 1.0)} if first and last is not None else {}
    )


def _both(p: Prediction) -> tuple[State, State]:
    return p.before, p.after


def _at(curve: Curve, s: FloatArray) -> FloatArray:
    """Points of the polyline at arc lengths [mm], (n, 3)."""
    return np.stack([np.interp(s, curve.arc_lengths, column) for column in curve.points.T], axis=1)


def _turn_deg(points: FloatArray) -> float:
    """Angle by which a line turns [deg]; none where it has no length."""
    return float(np.degrees(_bent(points)[1]))


def _bent(path: FloatArray) -> tuple[float, float]:
    """Greatest curvature of a path without its cut pieces at both ends [1/mm], and the angle that it turns [rad].

    A path without length is straight.
    """
    edges = path[1:] - path[:-1]
    lengths = np.sqrt(np.einsum("ij,ij->i", edges, edges))
    if len(lengths) < 2 or not lengths.min() > 0.0:
        return 0.0, 0.0
    tangents = edges / lengths[:, None]
    change = tangents[1:] - tangents[:-1]
    angles = 2.0 * np.arcsin(np.minimum(0.5 * np.sqrt(np.einsum("ij,ij->i", change, change)), 1.0))
    whole = (2.0 * angles / (lengths[1:] + lengths[:-1]))[1:-1]
    return float(whole.max(initial=0.0)), float(angles.sum())


def indicator_lines(block: Mapping[str, Any]) -> tuple[Assumption, ...]:
    """What the block ``indicators`` rests on, as far as it has the numbers."""
    lines = []
    if "anchor_pressure_distal_mmhg" in block:
        wall = "S-shaped curve between the ends that pigs' veins show, imaged at 8 mmHg; isotropic, without rupture"
        lines.append(Assumption("vein_wall", "1.88 at 80 mmHg", "", wall, "cs-inflation-pmc3651900"))
        node = "the atrioventricular node lies beside the right trigone; a case does not show it"
        lines.append(Assumption("av_node", "right trigone", "", node, "assumed"))
    if "contact_pressure_mmhg" in block and "ribbon_strain_percent" in block:
        wide = "width with which a ribbon rests on the wall; no public value"
        lines.append(Assumption("ribbon_width_mm", RIBBON_MM, "mm", wide, "assumed"))
        wire = "round, of nitinol of 60 GPa, as thick as its bending stiffness asks for, straight at rest"
        lines.append(Assumption("ribbon_wire", "round", "", wire, "assumed"))
        beat = (
            "change of the annulus' circumference over the cycle in pigs without a ring; the ribbon's curvature "
            "changes in that proportion, for a case has one phase"
        )
        lines.append(Assumption("annular_motion_mm", CYCLE_MM, "mm", beat, "ring-force-2017"))
    if "vein_over_catheter" in block:
        lines.append(Assumption("catheter_mm", CATHETER_MM, "mm", "9 F, as the Carillon's", "carillon-eij-2015"))
    return tuple(lines)

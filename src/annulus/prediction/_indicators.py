"""Indicators of harm: what vein wall, anchors, ribbon and valve bear, as numbers that every draw has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import CoronarySinus
from annulus.geometry import Curve
from annulus.mechanics.network import Anchors, Landing, Ribbon, TensionLoop, loop_wall_load
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
_BEND_PIECES = 4


def _row(id_: str, unit: str, definition: str, **more: Any) -> Quantity:
    return Quantity(id_, "indicators", unit, definition, **more)


INDICATOR_QUANTITIES: tuple[Quantity, ...] = (
    *(
        _row(f"oversize_{end}", "1", f"Free diameter of the {end} anchor over that of the vein in its middle.", digits=2)
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
            out |= _of_ribbon(p, landing)
            if ribbon.anchors is not None:
                out |= _of_anchors(p, vein, ribbon.anchors, landing)
        out |= _of_vein(p, vein, ribbon)
    return out | (_of_chordae(p) if costly else {})


def _of_anchors(p: Prediction, vein: CoronarySinus, anchors: Anchors, landing: Landing) -> dict[str, float]:
    curve, state, out = vein.curve, p.after, dict[str, float]()
    if curve.radius is None or state.model is None or state.equilibrium is None or state.vein is None:
        return out
    covered = anchors.covered(landing.distal_s_mm, landing.proximal_s_mm)
    diameters = (anchors.distal_diameter_mm, anchors.proximal_diameter_mm)
    middles = [max(0.5 * (low + high), 0.0) for low, high in covered]
    radii = np.interp(middles, curve.arc_lengths, curve.radius)
    half = 0.5 * state.model.parameters.friction_coefficient * state.model.turning_angle(state.equilibrium, landing)
    held = state.equilibrium.tension_n * float(np.exp(half))
    for end, diameter, radius, (low, high) in zip(_ENDS, diameters, radii.tolist(), covered, strict=True):
        oversize = 0.5 * diameter / radius
        pressed = wall_force_n(oversize, diameter, high - low)
        out[f"oversize_{end}"] = oversize
        out[f"anchor_pressure_{end}_mmhg"] = wall_pressure_mmhg(oversize)
        if pressed > 0.0:
            out[f"friction_needed_{end}"] = held / pressed
    moved = state.vein.curve
    out["anchor_bend_deg"] = max(_turn_deg(moved, *part) for part in covered)
    near = covered[1][0]
    out["anchor_to_ostium_mm"] = near
    # An anchor that reaches out of the ostium goes on straight.
    place = moved.points[0] + min(near, 0.0) * moved.tangents[0] if near <= 0.0 else _at(moved, np.array([near]))[0]
    out["anchor_to_av_node_mm"] = float(np.linalg.norm(place - p.heart.trigones[0][1]))
    return out


def _of_ribbon(p: Prediction, landing: Landing) -> dict[str, float]:
    model, found = p.after.model, p.after.equilibrium
    if model is None or found is None:
        return {}
    load = float(model.wall_load(found, landing).max())
    path = model.strip.path(found.vein, landing.distal_s_mm, landing.proximal_s_mm)
    wire = bending_diameter_mm(model.parameters.ribbon_bending_nmm2)
    strain = bending_strain_percent(_curvature(path), wire)
    share = CYCLE_MM / p.heart.before_numbers["perimeter_3d_mm"]
    return {
        "contact_pressure_mmhg": load / RIBBON_MM / MMHG,
        "ribbon_strain_percent": strain,
        "ribbon_alternating_strain_percent": 0.5 * share * strain,
    }


def _of_loop(p: Prediction) -> dict[str, float]:
    found = p.after.equilibrium
    actions = p.therapy.stages(p.heart, p.site, p.load)[-1].actions
    loop = next((action for action in actions if isinstance(action, TensionLoop)), None)
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


def _of_chordae(p: Prediction) -> dict[str, float]:
    if p.heart.valve is None or p.before.closed is None or p.after.closed is None:
        return {}
    first, last = (state.closed.measures.get("chordae_tension_sum_n") for state in (p.before, p.after) if state.closed)
    return {"chordae_tension_change_percent": 100.0 * (last / first - 1.0)} if first and last is not None else {}


def _at(curve: Curve, s: FloatArray) -> FloatArray:
    """Points of the polyline at arc lengths [mm], (n, 3)."""
    return np.stack([np.interp(s, curve.arc_lengths, column) for column in curve.points.T], axis=1)


def _turn_deg(curve: Curve, start: float, end: float) -> float:
    """Angle by which the axis turns between two stations on the vein [deg]."""
    first, last = max(start, 0.0), min(end, curve.length)
    if last <= first:
        return 0.0
    edges = np.diff(_at(curve, np.linspace(first, last, _BEND_PIECES + 1)), axis=0)
    edges /= np.linalg.norm(edges, axis=1, keepdims=True)
    return float(np.degrees(np.arccos(np.clip(np.sum(edges[1:] * edges[:-1], axis=1), -1.0, 1.0)).sum()))


def _curvature(path: FloatArray) -> float:
    """Greatest curvature of a path without its cut pieces at both ends [1/mm]."""
    edges = np.diff(path[1:-1], axis=0)
    lengths = np.linalg.norm(edges, axis=1)
    turns = np.linalg.norm(np.diff(edges / lengths[:, None], axis=0), axis=1)
    return float((turns / (0.5 * (lengths[1:] + lengths[:-1]))).max()) if len(turns) else 0.0


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

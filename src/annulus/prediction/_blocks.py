"""The blocks of a result: each read off a prediction by one function, the same for a point and for a draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from annulus.anatomy.measures import between_length, measure_circumflex, measure_coronary_sinus
from annulus.heart import wall_gaps
from annulus.mechanics.network import Traction
from annulus.outcomes import CONTRACTION, Beat, Tent, mean_gradient_mmhg
from annulus.prediction._compression import compression_numbers, compression_rows, risk_words
from annulus.prediction._indicators import indicators_block
from annulus.prediction._leads import leads_block
from annulus.sources import Assumption

if TYPE_CHECKING:
    from annulus.prediction._predict import Prediction

__all__ = ["BLOCKS", "REPORTED_STAGES", "filling_lines"]

REPORTED_STAGES = ("traction",)
"""Stages between before and after whose annulus a result tells of."""


def _therapy(p: Prediction, costly: bool) -> Mapping[str, Any]:
    numbers = dict(p.therapy.numbers(p.heart, p.site, p.by_name))
    if not costly:
        return numbers
    told = {"kind": p.therapy.kind, "device": p.therapy.name}
    actions = [action for stage in p.therapy.stages(p.heart, p.site, p.load) for action in stage.actions]
    pull = next((action for action in actions if isinstance(action, Traction)), None)
    if pull is not None:
        told["traction_reaction"] = pull.reaction.value
    return told | numbers | dict(p.therapy.costly_numbers(p.heart, p.site, p.by_name))


def _annulus(p: Prediction, costly: bool) -> Mapping[str, Any]:
    reported = {state.name: state for state in p.states[:-1] if state.name in REPORTED_STAGES}
    states = {"before": p.before, **reported, "after": p.after}
    states = {name: state for name, state in states.items() if not state.fold}
    rows: dict[str, dict[str, Any]] = {name: dict(state.numbers) for name, state in states.items()}
    if costly:
        for name, state in states.items():
            rows[name] |= {} if state.film_mm2 is None else {"area_3d_mm2": state.film_mm2}
    old, new = rows["before"], rows.get("after", {})
    change = {k: 100.0 * (new[k] / old[k] - 1.0) for k in old if k in new and "." not in k and old[k] != 0.0}
    if costly:
        words = p.heart.case.annulus.landmark_sources
        for row in rows.values():
            row |= {f"landmark_sources.{name}": word for name, word in words.items()}
    return _joined(rows | {"change_percent": change})


def _coronary_sinus(p: Prediction, costly: bool) -> Mapping[str, Any]:
    sinus = p.heart.case.coronary_sinus
    return {} if sinus is None or not costly else measure_coronary_sinus(sinus, p.heart.case.annulus).to_dict()


def _tent_in(p: Prediction) -> Tent:
    """The A2-P2 section before, in the prediction's world."""
    tent, _ = p.heart.tent
    factor = p.world.leaflet_length_factor
    return replace(
        tent,
        diameter_mm=p.heart.before_numbers["ap_mm"],
        anterior_mm=tent.anterior_mm * factor,
        posterior_mm=tent.posterior_mm * factor,
        depth_mm=max(tent.depth_mm + p.world.tenting_height_error_mm, 0.0),
    )


def _coaptation(p: Prediction, costly: bool) -> Mapping[str, Any]:
    tent = _tent_in(p)
    rows: dict[str, dict[str, Any]] = {}
    for name, state in (("before", p.before), ("after", p.after)):
        if state.fold:
            continue
        section = tent if name == "before" else tent.with_diameter(state.numbers["ap_mm"])
        closed = state.closed
        rows[name] = {} if closed is None else closed.to_dict()
        rows[name] |= {f"tent.{key}": value for key, value in section.to_dict().items()}
    return _joined(rows)


def _regurgitation(p: Prediction, costly: bool) -> Mapping[str, Any]:
    return {} if p.heart.valve is None else _joined({"before": p.before.leak, "after": p.after.leak})


def _filling(p: Prediction, costly: bool) -> Mapping[str, Any]:
    """The open valve: orifice and mean gradient of a steady filling; only where a therapy makes it narrower."""
    valve = p.heart.valve
    if not costly or valve is None or not valve.is_full or (p.after.grasp is None and p.after.reshaped is None):
        return {}
    leaks, beat = _regurgitation(p, False), valve.beat
    rows: dict[str, dict[str, Any]] = {}
    for name, state in (("before", p.before), ("after", p.after)):
        wide = state.opened
        area = 0.0 if wide is None else wide.measures.get("roa_mm2", 0.0)
        if wide is not None and area > 0.0:
            leaked = leaks.get(f"{name}.regurgitant_volume_ml", 0.0)
            volume = beat.filling_ml(leaked if isinstance(leaked, float) else 0.0)
            gradient = mean_gradient_mmhg(area, filling_ml=volume, filling_s=beat.diastole_s)
            rows[name] = {
                "diastolic_orifice_mm2": area,
                "n_orifices": len(wide.jets),
                "filling_ml": volume,
                "mean_gradient_mmhg": gradient,
            }
    return _joined(rows)


def filling_lines(beat: Beat) -> tuple[Assumption, ...]:
    """What the block ``filling`` rests on."""
    half = "the open valve has the stress-free, half-open shape; clips draw it together, no flow opens it further"
    steady = f"filling of forward and regurgitant volume in {beat.diastole_s:.2f} s at a steady flow: a lower bound"
    lines = [
        Assumption("diastolic_shape", "stress-free", "", half, "assumed"),
        Assumption("diastolic_flow", "steady", "", steady, "assumed"),
        Assumption("diastolic_contraction", CONTRACTION.value, "1", "of the open valve as of a sharp slit", "assumed"),
    ]
    if beat.stroke_ml is None:
        why = "the case does not give EF and end-diastolic volume"
        lines.append(Assumption("forward_ml", beat.forward_ml, "mL", why, "assumed"))
    return tuple(lines)


def _circumflex(p: Prediction, costly: bool) -> Mapping[str, Any]:
    """Least gaps, and the gap at every crossing of the measured heart that this one has."""
    sinus = p.heart.case.coronary_sinus
    if sinus is None or not p.heart.case.arteries:
        return {}
    document = _measured_arteries(p) if costly else {}
    # A clip lies in no vein: the vein follows the annulus, and what that does to an artery's bed is not its affair.
    follows = p.after.equilibrium is not None and p.after.vein is not None and p.after.grasp is None
    moved = p.after if follows else None
    stations = p.heart.gap_stations
    after = sinus if moved is None or moved.vein is None else moved.vein
    carried = np.interp(stations, sinus.curve.arc_lengths, after.curve.arc_lengths)
    arteries = p.heart.case.arteries if moved is None else moved.arteries
    least: list[tuple[float, float]] = []
    out: dict[str, Any] = {}
    pressed: dict[str, dict[str, Any]] = {}
    profiles: dict[str, list[float]] = {}
    rows = compression_rows(p) if costly else {}
    for artery, gap_before in zip(arteries, p.heart.gaps, strict=True):
        if not np.isfinite(gap_before).all():
            continue
        gap_after = gap_before if moved is None else wall_gaps(after, artery, carried)
        least.append((float(gap_before.min()), float(gap_after.min())))
        if moved is not None:
            pressed[artery.name] = {
                "min_gap_after_mm": float(gap_after.min()),
                "min_gap_after_cs_s_mm": float(stations[np.argmin(gap_after)]),
                **rows.get(artery.name, {}),
            }
            profiles[artery.name] = gap_after.tolist()
        for index, crossing in p.heart.crossings.items():
            if crossing.artery != artery.name:
                continue
            name = f"crossings[{index}]"
            out[f"{name}.cs_s_mm"] = crossing.cs_s_mm
            out[f"{name}.theta_deg"] = crossing.theta_deg
            if crossing.gap_mm is not None:
                out[f"{name}.gap_before_mm"] = crossing.gap_mm
                if moved is not None:
                    out[f"{name}.gap_after_mm"] = float(np.interp(crossing.cs_s_mm, stations, gap_after))
    if least:
        out["min_gap_before_mm"] = min(before for before, _ in least)
        if moved is not None:
            out["min_gap_after_mm"] = min(last for _, last in least)
    out |= compression_numbers(p)
    for row in document.get("arteries", ()):
        row.update(pressed.get(row["artery"], {}))
        if row["artery"] in profiles:
            row["profile"]["gap_after_mm"] = profiles[row["artery"]]
    if costly:
        out |= risk_words(p)
    return _merged(document, out, p) if costly else out


def _measured_arteries(p: Prediction) -> dict[str, Any]:
    """The arteries before, and what of them lies between vein and annulus inside the span."""
    case = p.heart.case
    measured = measure_circumflex(p.heart.sinus, case.arteries, case.annulus)
    if measured is None:
        return {}
    document: dict[str, Any] = measured.to_dict()
    span = _span(p)
    known = [item.profile for item in measured.arteries if item.between_mm is not None]
    if span is not None and known:
        document["between_vein_and_annulus_mm"] = between_length(known, span)
        for item, row in zip(measured.arteries, document["arteries"], strict=True):
            if item.between_mm is not None:
                row["between_in_span_mm"] = between_length([item.profile], span)
    return document


def _span(p: Prediction) -> tuple[float, float] | None:
    """Stretch of the vein between the two ends of what lies in it [mm]; None where nothing has two ends there."""
    ribbon = p.after.ribbon
    ends = (ribbon.proximal_s_mm, ribbon.distal_s_mm) if ribbon else (p.site.proximal_s_mm, p.site.distal_s_mm)
    return None if ends[0] is None or ends[1] is None else (ends[0], ends[1])


def _merged(document: dict[str, Any], numbers: Mapping[str, Any], p: Prediction) -> dict[str, Any]:
    """The measured arteries with the gaps after, and where each crossing lies to the span and to the anchors."""
    crossings, span, ribbon = document.get("crossings", []), _span(p), p.after.ribbon
    for index, row in enumerate(crossings):
        after = numbers.get(f"crossings[{index}].gap_after_mm")
        if span is not None:
            low, high = span
            row["inside_span"] = bool(low <= row["cs_s_mm"] <= high)
            row["to_distal_anchor_mm"] = high - row["cs_s_mm"]
            row["to_proximal_anchor_mm"] = row["cs_s_mm"] - low
        if ribbon is not None and ribbon.anchors is not None and span is not None:
            s, covered = row["cs_s_mm"], ribbon.anchors.covered(span[1], span[0])
            row["to_anchor_mm"] = min(max(start - s, s - end, 0.0) for start, end in covered)
        if after is not None:
            row["gap_after_mm"] = after
    return document | {key: value for key, value in numbers.items() if not key.startswith("crossings[")}


def _joined(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {f"{name}.{key}": value for name, row in rows.items() for key, value in row.items()}


BLOCKS: Mapping[str, Callable[[Prediction, bool], Mapping[str, Any]]] = MappingProxyType(
    {
        "therapy": _therapy,
        "annulus": _annulus,
        "coronary_sinus": _coronary_sinus,
        "coaptation": _coaptation,
        "regurgitation": _regurgitation,
        "filling": _filling,
        "circumflex": _circumflex,
        "leads": leads_block,
        "indicators": indicators_block,
    }
)
"""Block of the result to the function that reads it off a prediction; with True also what no draw needs."""

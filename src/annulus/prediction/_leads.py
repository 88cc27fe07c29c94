"""Leads in the vein beside a device: which are jailed by what, what lumen is left, and what the order does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from annulus.anatomy import CoronarySinus, Lead
from annulus.mechanics.network import Ribbon
from annulus.quantity import Quantity
from annulus.sources import Assumption

if TYPE_CHECKING:
    from annulus.prediction._predict import Prediction

__all__ = ["LEAD_QUANTITIES", "RIBBON_MM", "lead_flags", "lead_lines", "leads_block", "residual_lumen_percent"]

_OUTLINE_MM = 1.0
"""A lead lies in the vein where its axis is no farther from the vein's than the vein's radius and this [mm]: half of
the error of an outline (assumed)."""

RIBBON_MM, _WIRE_MM, _WIRES = 1.0, 0.5, 4
"""Diameter of a ribbon's round profile, of an anchor's wire, and how many wires cut a section [mm, mm, 1]; no public
value: assumed."""

_CLEARANCE_MM = 0.5
"""An anchor's opening is wider than a lead that passes through it by this at least [mm]; assumed."""

_LOW_PERCENT = 50.0
"""Below this residual lumen a result says so [percent]; no public threshold: assumed."""

_ENDS = ("distal", "proximal")


def _row(id_: str, unit: str, definition: str) -> Quantity:
    return Quantity(id_, "leads.in_vein[]", unit, definition, costly=True)


LEAD_QUANTITIES: tuple[Quantity, ...] = (
    _row("lead", "text", "Name of the lead."),
    _row("from_s", "mm", "Where the lead enters the vein, along it from the ostium."),
    _row("to_s", "mm", "Where it leaves the vein, or ends."),
    _row(
        "jailed_by",
        "text",
        "What lies beside it in the vein: distal or proximal anchor, ribbon, device, or nothing.",
    ),
    _row("jailed_length", "mm", "Length of the vein in which the lead lies beside anchors, ribbon or device."),
    *(
        _row(
            f"residual_lumen_{end}",
            "percent",
            f"Least share of the vein's section that is left free by lead and {what}, afterwards, {where}.",
        )
        for end, what, where in (
            ("distal", "anchor", "along the distal anchor"),
            ("proximal", "anchor", "along the proximal anchor"),
            ("ribbon", "ribbon", "between the ends of the device"),
        )
    ),
    *(
        _row(f"passage_{end}", "mm", f"Opening of the {end} anchor in the vein, through which a later lead must pass.")
        for end in _ENDS
    ),
    _row("lead_first", "text", "What becomes of a lead that is there before the device."),
    _row("device_first", "text", "What a lead meets that comes after the device."),
)
"""Quantities of the block ``leads``: one row for each lead in the vein."""


def leads_block(p: Prediction, costly: bool) -> Mapping[str, Any]:
    """A row for each lead that lies in the vein; empty without leads."""
    vein = p.heart.case.coronary_sinus
    if not costly or vein is None or not p.heart.case.leads:
        return {}
    rows = [_beside(p, vein, lead, stretch) for lead in p.heart.case.leads if (stretch := _in_vein(vein, lead))]
    return {"in_vein": rows} if rows else {}


def residual_lumen_percent(p: Prediction, vein: CoronarySinus) -> float:
    """Least share of the vein's section that device and leads leave free beside the device, afterwards [percent]."""
    leads = [(lead, *stretch) for lead in p.heart.case.leads if (stretch := _in_vein(vein, lead))]
    least = 100.0
    for _, _, (start, end), device_mm2 in _stretches(p):
        ends = sorted({start, end, *(s for _, *part in leads for s in part if start < s < end)})
        for first, last in pairwise(ends):
            inside = [lead for lead, low, high in leads if low <= first and last <= high]
            taken = device_mm2 + sum(0.25 * np.pi * lead.diameter_mm**2 for lead in inside)
            least = min(least, 100.0 * max(1.0 - taken / _areas(p, vein, first, last), 0.0))
    return float(least)


def lead_flags(p: Prediction, block: Mapping[str, Any]) -> tuple[str, ...]:
    """Sentences on jailed leads, and on leads that are not in the vein."""
    rows = {row["lead"]: row for row in block.get("in_vein", ())}
    flags = []
    for lead in p.heart.case.leads:
        row = rows.get(lead.name)
        if row is None:
            flags.append(f"the lead {lead.name} does not lie in the vein: nothing is told of it.")
            continue
        if row["jailed_by"] == "nothing":
            continue
        flags.append(
            f"the lead {lead.name} lies beside the {row['jailed_by']} along {row['jailed_length_mm']:.0f} mm of the "
            f"vein: there before the device it is {row['lead_first']}; after the device, {row['device_first']}."
        )
        flags += [
            f"lead {lead.name} and device leave {row[f'residual_lumen_{end}_percent']:.0f} % of the vein's lumen "
            f"{'at the ' + end + ' anchor' if end in _ENDS else 'along the ribbon'}."
            for end in (*_ENDS, "ribbon")
            if row.get(f"residual_lumen_{end}_percent", 100.0) < _LOW_PERCENT
        ]
    return tuple(flags)


def lead_lines() -> tuple[Assumption, ...]:
    """What the block ``leads`` rests on."""
    profile = "diameter of the ribbon's round profile, by which residual lumen is counted; no public value"
    wires = f"wires of {_WIRE_MM:g} mm that a section through an anchor cuts; no public value"
    order = (
        "geometry alone: a lead that is there first lies between anchor and wall, a later one goes through the "
        f"anchor's opening where that is {_CLEARANCE_MM:g} mm wider; pull, abrasion and thrombus are not modelled"
    )
    return (
        Assumption("lead_ribbon_profile_mm", RIBBON_MM, "mm", profile, "assumed"),
        Assumption("lead_anchor_wires", float(_WIRES), "1", wires, "assumed"),
        Assumption("lead_order", "geometry", "", order, "assumed"),
    )


def _in_vein(vein: CoronarySinus, lead: Lead) -> tuple[float, float] | None:
    """Stretch of the vein in which a lead lies [mm]; None where it lies in none of it, or the vein has no radius."""
    curve = vein.curve
    if curve.radius is None:
        return None
    along = np.linspace(0.0, lead.curve.length, max(2, int(np.ceil(lead.curve.length)) + 1))
    s, distance = curve.closest(lead.curve.at(along))
    inside = s[distance <= curve.radius_at(s) + _OUTLINE_MM]
    return (float(inside.min()), float(inside.max())) if len(inside) and inside.max() > inside.min() else None


def _beside(p: Prediction, vein: CoronarySinus, lead: Lead, stretch: tuple[float, float]) -> dict[str, Any]:
    low, high = stretch
    row: dict[str, Any] = {"lead": lead.name, "from_s_mm": low, "to_s_mm": high}
    jailed, length = [], 0.0
    lead_mm2 = 0.25 * np.pi * lead.diameter_mm**2
    ribbon = p.after.ribbon
    for name, key, (start, end), device_mm2 in _stretches(p):
        first, last = max(start, low), min(end, high)
        if last < first:
            continue
        jailed.append(name)
        length += last - first
        lumen = _areas(p, vein, first, last)
        row[f"residual_lumen_{key}_percent"] = 100.0 * max(1.0 - (lead_mm2 + device_mm2) / lumen, 0.0)
    row |= {"jailed_by": " and ".join(jailed) or "nothing", "jailed_length_mm": length}
    anchors = [name for name in jailed if name.endswith("anchor")]
    if not jailed:
        return row | {"lead_first": "free", "device_first": "it meets nothing"}
    held = f"jailed between {' and '.join(anchors)} and the wall" if anchors else "beside the device, held by no anchor"
    row |= {"lead_first": held, "device_first": "it runs beside the device"}
    if ribbon is None or ribbon.anchors is None:
        return row
    openings = _openings(p, vein, ribbon)
    row |= {f"passage_{end}_mm": openings[end] for end in _ENDS if f"{end} anchor" in jailed}
    narrow = [end for end in _ENDS if row.get(f"passage_{end}_mm", np.inf) < lead.diameter_mm + _CLEARANCE_MM]
    if narrow:
        row["device_first"] = f"it does not pass the {' and '.join(narrow)} anchor"
    elif anchors:
        row["device_first"] = f"it must pass through the {' and '.join(anchors)}"
    return row


def _stretches(p: Prediction) -> Iterator[tuple[str, str, tuple[float, float], float]]:
    """What lies in the vein: its name, key, from and to [mm], and its area in a section [mm2]."""
    ribbon, site = p.after.ribbon, p.site
    profile = 0.25 * np.pi * RIBBON_MM**2
    if ribbon is None:
        if site.distal_s_mm is not None:
            start = site.distal_s_mm if site.proximal_s_mm is None else site.proximal_s_mm
            yield "device", "ribbon", (start, site.distal_s_mm), profile
        return
    proximal = ribbon.distal_s_mm if ribbon.proximal_s_mm is None else ribbon.proximal_s_mm
    if ribbon.anchors is not None:
        covered = ribbon.anchors.covered(ribbon.distal_s_mm, proximal)
        for end, stretch in zip(_ENDS, covered, strict=True):
            yield f"{end} anchor", end, stretch, _WIRES * 0.25 * np.pi * _WIRE_MM**2
    yield "ribbon", "ribbon", (proximal, ribbon.distal_s_mm), profile


def _areas(p: Prediction, vein: CoronarySinus, first: float, last: float) -> float:
    """Least area of the vein's section between two stations, afterwards, with anchors in it [mm2]."""
    after = p.after.vein
    radius = vein.curve.radius if after is None else after.curve.radius
    if radius is None:
        return np.inf
    s = vein.curve.arc_lengths
    places = np.concatenate([[first, last], s[(s > first) & (s < last)]])
    return float(np.pi * np.interp(places, s, radius).min() ** 2)


def _openings(p: Prediction, vein: CoronarySinus, ribbon: Ribbon) -> dict[str, float]:
    """Free opening of each anchor: as wide as vein and anchor allow, less its wires on both sides [mm]."""
    if ribbon.anchors is None or vein.curve.radius is None:
        return {}
    covered = ribbon.anchors.covered(ribbon.distal_s_mm, ribbon.proximal_s_mm or 0.0)
    own = (ribbon.anchors.distal_diameter_mm, ribbon.anchors.proximal_diameter_mm)
    out = {}
    for end, (first, last), diameter in zip(_ENDS, covered, own, strict=True):
        wide = 2.0 * np.sqrt(_areas(p, vein, max(first, 0.0), last) / np.pi)
        out[end] = max(min(diameter, float(wide)) - 2.0 * _WIRE_MM, 0.0)
    return out

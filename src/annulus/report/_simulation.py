"""Sections of a simulation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annulus.prediction import by_key, table_rows
from annulus.report._numbers import flat, interval_text, number, quantity_for, range_text, with_unit, worded
from annulus.report._section import Document, Section

__all__ = ["answer", "arteries", "figures", "safety"]

_CARDS = (
    "annulus.after.ap_mm",
    "regurgitation.after.eroa_mm2",
    "regurgitation.after.regurgitant_volume_ml",
    "coaptation.after.coapt_height_mean_mm",
    "circumflex.min_gap_after_mm",
    "circumflex.risk.probability",
)


def answer(document: Document) -> Section:
    """AP, leak and risk in sentences, the flags, and cards of what matters most."""
    values = flat(document)
    lines = []
    before, after = (values.get(f"annulus.{state}.ap_mm") for state in ("before", "after"))
    if before is not None and after is not None:
        change = 100.0 * (after / before - 1.0)
        lines.append(
            f"AP {number(before, 1)} → {number(after, 1)} mm ({number(change, 1, sign=True)} %)"
            f"{interval_text(document, 'annulus.after.ap_mm')}."
        )
    leak = [values.get(f"regurgitation.{state}.eroa_mm2") for state in ("before", "after")]
    if None not in leak:
        grade = [values.get(f"regurgitation.{state}.grade") for state in ("before", "after")]
        graded = "" if None in grade else f"; grade {grade[0]} → {grade[1]}, {values.get('regurgitation.after.scheme')}"
        key = "regurgitation.after.eroa_mm2"
        lines.append(
            f"EROA {number(leak[0], 0)} → {number(leak[1], 0)} mm²{interval_text(document, key, digits=0)}{graded}."
        )
    risk = values.get("circumflex.risk.class")
    if risk is not None:
        chance = values.get("circumflex.risk.probability")
        told = "" if chance is None else f", probability of significant compression {_percent(chance)}"
        lines.append(f"Coronary arteries: risk {risk}{told}.")
    solver = document.get("solver") or {}
    if solver.get("status") not in (None, "converged"):
        lines.append(f"! Solver: {solver.get('advice') or solver['status']}")
    lines += [f"! {worded(flag)}" for flag in document.get("flags") or ()]
    return Section("Answer", "answer", {"lines": lines, "cards": _cards(document, values)})


def _percent(share: float) -> str:
    return "below 1 %" if share < 0.01 else f"{100.0 * share:.0f} %"


def _cards(document: Document, values: Mapping[str, Any]) -> list[dict[str, str]]:
    cards = []
    for key in _CARDS:
        quantity, value = quantity_for(key), values.get(key)
        if quantity is None or not isinstance(value, (int, float)):
            continue
        first = values.get(key.replace(".after.", ".before.").replace("_after_", "_before_"))
        known = isinstance(first, (int, float)) and key.find("after") >= 0
        was = f"{number(first, quantity.digits)} → " if known and first is not None else ""
        text = _percent(float(value)) if key.endswith("probability") else was + number(value, quantity.digits)
        label = with_unit(quantity.label or quantity.id, "1" if key.endswith("probability") else quantity.unit)
        cards.append({"label": label, "value": text, "interval": range_text(document, key, quantity.digits)})
    return cards


def figures(document: Document) -> Section | None:
    """Every number that has a label."""
    ends = (document.get("intervals") or {}).get("by_key") or {}
    rows = table_rows(flat(document), lambda key: tuple(ends[key]) if key in ends else None, by_key())
    if not rows:
        return None
    states = [name for name in ("before", "traction", "after") if any(name in row.values for row in rows)]
    sampled = any(row.interval for row in rows)
    head = ["", *(name if name != "traction" else "under traction" for name in states), "change"]
    body = []
    for row in rows:
        cells = [row.text(name) or (row.text("") if states and name == states[-1] else "") for name in states]
        digits = row.quantity.digits
        ends_after = row.interval
        told = "" if ends_after is None else f"{number(ends_after[0], digits)} to {number(ends_after[1], digits)}"
        texts = (row.label, *cells, row.change, *([told] if sampled else []))
        body.append([worded(text) for text in texts])
    note = "No intervals: the simulation was made without worlds (--samples N)."
    if sampled:
        told = document["intervals"]
        head.append(f"{100.0 * told['level']:g} % interval after")
        note = f"Intervals over {told.get('n_samples', 'the')} worlds of everything uncertain."
    return Section("Key figures", "table", {"head": head, "rows": body}, note)


def arteries(document: Document) -> Section | None:
    """Crossings and nearest places."""
    block = document.get("circumflex")
    if not block:
        return Section(
            "Coronary arteries", "lines", ["No artery is known in this case: gaps and risk are absent, not zero."]
        )
    rows = []
    for row in block.get("crossings") or ():
        rows.append(
            [
                f"{row.get('artery', '')} crosses, {row.get('side', '')} side",
                number(row.get("cs_s_mm"), 1),
                "yes" if row.get("inside_span") else "no",
                number(row.get("gap_before_mm"), 1),
                number(row.get("gap_after_mm"), 1),
                number(row.get("to_anchor_mm"), 1),
            ]
        )
    for row in block.get("arteries") or ():
        rows.append(
            [
                f"{row.get('artery', '')}, nearest place",
                number(row.get("min_gap_cs_s_mm"), 1),
                "",
                number(row.get("min_gap_before_mm"), 1),
                number(row.get("min_gap_after_mm"), 1),
                "",
            ]
        )
    head = [
        "",
        "along the vein [mm]",
        "in the device's span",
        "wall gap before [mm]",
        "after [mm]",
        "to an anchor [mm]",
    ]
    told = block.get("risk") or {}
    note = "Gaps are wall to wall; a negative one means that the walls press on each other."
    if told.get("class"):
        note = f"Risk: {told['class']}. {note}"
    return Section("Coronary arteries", "table", {"head": head, "rows": rows}, note)


def safety(document: Document) -> Section | None:
    """The safety panel, row by row."""
    rows = document.get("safety")
    if not rows:
        return None
    body = [
        [
            row.get("event"),
            str(row.get("status")).replace("_", " "),
            row.get("indicator") or "",
            with_unit(number(row.get("value"), 2), row.get("unit") or "1", brackets=False),
            row.get("basis") or "",
        ]
        for row in rows
    ]
    classes = [f"status-{row.get('status')}" for row in rows]
    head = ["event", "status", "indicator", "value", "basis"]
    return Section("Safety panel", "table", {"head": head, "rows": body, "classes": classes, "words": True})

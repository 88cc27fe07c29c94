"""The safety panel: every adverse event answered by an indicator, or by why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np

from annulus.prediction._adverse_events import ADVERSE_EVENTS, NOT_IN_THE_MODEL, AdverseEvent, Criterion
from annulus.prediction._indicators import lies_in_vein
from annulus.quantity import SUFFIXES, Quantity
from annulus.sources import Assumption

if TYPE_CHECKING:
    from annulus.prediction._predict import Prediction

__all__ = ["SAFETY_QUANTITIES", "Safety", "SafetyRow", "safety_lines", "safety_page", "safety_panel"]

_COMPRESSION, _LEAD = "coronary artery compression", "leads.in_vein[].jailed_length_mm"


class Safety(Enum):
    """Status of a row, the worst first."""

    HIGH = "high"
    CAUTION = "caution"
    UNKNOWN = "unknown"
    OK = "ok"
    NOT_MODELLED = "not_modelled"


def _row(id_: str, unit: str, definition: str) -> Quantity:
    return Quantity(id_, "safety[]", unit, definition, costly=True)


SAFETY_QUANTITIES: tuple[Quantity, ...] = (
    _row("event", "text", "Adverse event that public guidance names."),
    _row("status", "text", "``ok``, ``caution``, ``high``, ``unknown`` or ``not_modelled``: see ``docs/safety.md``."),
    _row("indicator", "text", "What it rests on: of several numbers the worst."),
    _row("value", "1", "Its value, in the unit beside it."),
    _row("unit", "text", "Unit of the value: mm, percent, ...; 1 for a ratio."),
    _row("basis", "text", "What the thresholds rest on, or why there is no answer."),
    _row("key", "text", "Where the value stands in the result, and its interval in the intervals."),
)
"""Quantities of the rows of the panel."""


@dataclass(frozen=True, slots=True)
class SafetyRow:
    """One row of the panel; `indicator`, `value`, `unit` and `key` are None where there is no number.

    Parameters
    ----------
    event, status
        The event, and how it stands.
    basis
        What the thresholds rest on, or why there is no answer.
    indicator, value, unit
        The number that decides.
    key
        Where it stands in the result.
    """

    event: str
    status: Safety
    basis: str
    indicator: str | None = None
    value: float | None = None
    unit: str | None = None
    key: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary, as in the result file; what is not known has no key."""
        names = ("event", "status", "indicator", "value", "unit", "basis", "key")
        row = {name: getattr(self, name) for name in names} | {"status": self.status.value}
        return {name: value for name, value in row.items() if value is not None}


def safety_panel(p: Prediction, values: Mapping[str, Any]) -> tuple[SafetyRow, ...]:
    """A row for every event, in the order of the guidance.

    Parameters
    ----------
    p
        The prediction.
    values
        Key of the result to value.
    """
    rows: dict[str, SafetyRow] = {}
    for event in (*ADVERSE_EVENTS, *NOT_IN_THE_MODEL):
        rows[event.name] = _answered(p, event, values, rows)
    return tuple(rows.values())


def _answered(
    p: Prediction,
    event: AdverseEvent,
    values: Mapping[str, Any],
    rows: Mapping[str, SafetyRow],
) -> SafetyRow:
    if event.not_modelled:
        return SafetyRow(event.name, Safety.NOT_MODELLED, event.not_modelled)
    found = [(_concern(item, values), item) for item in event.criteria]
    numbers = [(concern, item) for concern, item in found if concern is not None]
    if not lies_in_vein(p):
        # What moves the annulus may press the artery against the vein: where that stands out it is told.
        if any(concern >= 0.0 and item.key.startswith("circumflex.") for concern, item in numbers):
            return _worst(event, values, numbers)
        if event.proxy_of and rows[event.proxy_of].status in (Safety.CAUTION, Safety.HIGH):
            return _as_other(event, rows[event.proxy_of])
        silent = event.on_leaflets if p.after.grasp is not None else "" if p.after.is_still else event.on_annulus
        if silent:
            return SafetyRow(event.name, Safety.NOT_MODELLED, silent)
        numbers = [(c, item) for c, item in numbers if not item.key.startswith(("circumflex.", "leads."))]
        if not numbers:
            return SafetyRow(event.name, Safety.OK, "nothing of this therapy lies in the vein.")
    if all(item.key == _LEAD for item in event.criteria) and event.criteria and "leads.in_vein" not in values:
        return SafetyRow(event.name, Safety.OK, "no lead is known in this vein.")
    if event.proxy_of:
        return _as_other(event, rows[event.proxy_of])
    if not numbers:
        return _without_number(p, event, values)
    return _worst(event, values, numbers)


def _as_other(event: AdverseEvent, other: SafetyRow) -> SafetyRow:
    basis = f"as {other.event}: {other.basis}"
    return SafetyRow(event.name, other.status, basis, other.indicator, other.value, other.unit, other.key)


def _worst(event: AdverseEvent, values: Mapping[str, Any], numbers: Sequence[tuple[float, Criterion]]) -> SafetyRow:
    """Of several numbers the one of most concern."""
    concern, item = max(numbers, key=lambda pair: pair[0])
    status = Safety.HIGH if concern >= 1.0 else Safety.CAUTION if concern >= 0.0 else Safety.OK
    unit = _unit(item.key)
    return SafetyRow(event.name, status, item.basis, item.words, _value(item, values), unit, item.key)


def _value(item: Criterion, values: Mapping[str, Any]) -> float | None:
    """The criterion's number; of leads that of the one that lies longest beside the device."""
    if item.key == _LEAD:
        lengths = [row["jailed_length_mm"] for row in values.get("leads.in_vein", ())]
        return float(max(lengths, default=0.0))
    value = values.get(item.key)
    return float(value) if isinstance(value, (int, float)) and np.isfinite(value) else None


def _concern(item: Criterion, values: Mapping[str, Any]) -> float | None:
    value = _value(item, values)
    if item.key == _LEAD:
        jailed = [row["jailed_by"] for row in values.get("leads.in_vein", ())]
        return 1.0 if any("anchor" in word for word in jailed) else 0.0 if any(w != "nothing" for w in jailed) else -1.0
    return None if value is None else item.concern(value)


def _without_number(p: Prediction, event: AdverseEvent, values: Mapping[str, Any]) -> SafetyRow:
    """What lies in the vein, but without the numbers that the event asks for."""
    if event.name == _COMPRESSION:
        if not p.heart.case.arteries:
            return SafetyRow(event.name, Safety.UNKNOWN, "no circumflex is known.")
        gap, key = values.get("circumflex.min_gap_after_mm"), "circumflex.min_gap_after_mm"
        basis = "no probability was computed: the least wall gap; no public threshold of distance exists."
        if isinstance(gap, float):
            return SafetyRow(event.name, Safety.UNKNOWN, basis, "least wall gap to an artery", gap, "mm", key)
        return SafetyRow(event.name, Safety.UNKNOWN, "the gap between artery and vein is not known.")
    return SafetyRow(event.name, Safety.UNKNOWN, "the model has no number of this therapy that would tell.")


def safety_lines() -> tuple[Assumption, ...]:
    """What the panel rests on."""
    why = "of the safety panel, each with what it rests on in its row; most are assumed (docs/safety.md)"
    return (Assumption("safety_thresholds", "caution and high", "", why, "assumed"),)


def _unit(key: str) -> str:
    """Unit of a key, by its end; 1 for a ratio."""
    fits = [(len(suffix), unit) for unit, suffix in SUFFIXES.items() if suffix and key.endswith(suffix)]
    return max(fits, default=(0, "1"))[1]


def safety_page() -> str:
    """Text of ``docs/safety.md``."""
    lines = [
        "# Safety panel",
        "",
        "Research use only: an indicator is not a rate, and `ok` says that no modelled mechanism stands out, not that",
        "an implant is safe. Made from the table of events by `python -m annulus.prediction safety > docs/safety.md`;",
        "a test keeps both in step.",
        "",
        "Every adverse event that public guidance names [nice-htg225], with what trials add, is answered in `safety`",
        "of a result: `event`, `status`, `indicator`, `value`, `unit`, `basis`, and the `key` under which the number",
        "stands in the result and, with samples, its interval. Of several numbers the worst counts and is told.",
        "",
        "| status | means |",
        "|---|---|",
        "| `ok` | below the threshold of caution, or nothing of the therapy lies where it could do this |",
        "| `caution` | from the first threshold on |",
        "| `high` | from the second threshold on |",
        "| `unknown` | the model could tell, but this therapy or case lacks the numbers |",
        "| `not_modelled` | the model has no mechanism for it |",
        "",
        "Thresholds come from the literature where there is one; the others are assumed, and say so. What a ring, band",
        "or clip does by its own sutures, anchors and arms is not modelled; the orifice under it is, and an artery",
        "that a moved annulus presses against the vein is told from the threshold of caution on.",
        "",
        "| event | seen | number | caution | high | rests on |",
        "|---|---|---|---|---|---|",
    ]
    for event in (*ADVERSE_EVENTS, *NOT_IN_THE_MODEL):
        rate = event.rate or "-"
        if event.proxy_of or event.not_modelled:
            what = f"as {event.proxy_of}" if event.proxy_of else f"not modelled: {event.not_modelled}"
            lines.append(f"| {event.name} | {rate} | {what} | | | |")
        for number, item in enumerate(event.criteria):
            first = f"| {event.name} | {rate} " if number == 0 else "| | "
            unit = _unit(item.key)
            unit = "" if unit == "1" else f" {unit.replace('percent', '%')}"
            sign = "from" if item.high > item.caution else "below"
            high = (
                ("by an anchor" if item.key == _LEAD else "never")
                if np.isinf(item.high)
                else f"{sign} {item.high:g}{unit}"
            )
            lines.append(
                f"{first}| {item.words} (`{item.key}`) | {sign} {item.caution:g}{unit} | {high} | {item.basis} |"
            )
    return "\n".join(lines) + "\n"

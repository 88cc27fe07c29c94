"""What a report says of each kind of document: a table of sections, each plain data that the template lays out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from annulus.quantity import plain_key
from annulus.report._numbers import flat, interval_text, number, quantity_for, range_text, with_unit

__all__ = ["REPORTED", "Section", "title_of"]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page.

    Parameters
    ----------
    title
        Its heading.
    kind
        How `content` is laid out: ``answer`` (sentences and cards), ``lines``, ``table`` (head, rows, words of each
        row's class), ``pictures``, ``scene``.
    content
        What stands in it.
    note
        A sentence below the heading.
    fine_print
        It says what the numbers rest on, and stands after the pictures.
    """

    title: str
    kind: str
    content: Any
    note: str = ""
    fine_print: bool = False


Document = Mapping[str, Any]


def title_of(document: Document) -> str:
    """Heading of the page."""
    kind = str(document["schema"]).removeprefix("annulus.").partition("/")[0]
    told = {"result": "Simulation"}.get(kind, kind.capitalize())
    case = (document.get("case") or {}).get("id")
    device = (document.get("therapy") or {}).get("device")
    return ": ".join([told, ", ".join(str(word) for word in (case, device) if word)]) if case or device else told


# ---- a simulation

_CARDS = (
    "annulus.after.ap_mm",
    "regurgitation.after.eroa_mm2",
    "regurgitation.after.regurgitant_volume_ml",
    "coaptation.after.coapt_height_mean_mm",
    "circumflex.min_gap_after_mm",
    "circumflex.risk.probability",
)


def _answer(document: Document) -> Section:
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
    lines += [f"! {flag}" for flag in document.get("flags") or ()]
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


def _figures(document: Document) -> Section | None:
    from annulus.prediction import by_key, table_rows

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
        interval = "" if row.interval is None else f"{row.interval[0]:.{digits}f} to {row.interval[1]:.{digits}f}"
        body.append([row.label, *cells, row.change, *([interval] if sampled else [])])
    note = "No intervals: the simulation was made without worlds (--samples N)."
    if sampled:
        told = document["intervals"]
        head.append(f"{100.0 * told['level']:g} % interval after")
        note = f"Intervals over {told.get('n_samples', 'the')} worlds of everything uncertain."
    return Section("Key figures", "table", {"head": head, "rows": body}, note)


def _circumflex(document: Document) -> Section | None:
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


def _safety(document: Document) -> Section | None:
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


# ---- a plan, a comparison, an evaluation


def _plan_cases(document: Document) -> Section:
    lines = []
    for found in document.get("cases") or ():
        lines += [f"{(found.get('case') or {}).get('id', '')}: {found.get('line', found.get('verdict', ''))}"]
        lines += [f"! {note}" for note in found.get("notes") or ()]
    lines += [f"! {name}: {why}" for name, why in (document.get("failures") or {}).items()]
    return Section("Answer", "answer", {"lines": lines, "cards": []})


def _plan_sizes(document: Document) -> Section | None:
    rows = [
        [(found.get("case") or {}).get("id", ""), row.get("device"), row.get("status"), row.get("reason")]
        for found in document.get("cases") or ()
        for row in found.get("sizes") or ()
    ]
    content = {"head": ["case", "size", "status", "why"], "rows": rows, "words": True}
    return Section("Sizes, and why the others lost", "table", content) if rows else None


def _plan_best(document: Document) -> Section | None:
    best = [
        ((found.get("case") or {}).get("id", ""), row)
        for found in document.get("cases") or ()
        for row in found.get("best") or ()
    ]
    keys = list(dict.fromkeys(key for _, row in best for key in row.get("values") or {}))
    if not best:
        return None
    rows = []
    for case, row in best:
        place = [number(row.get(key), 1) for key in ("distal_s_mm", "plication_mm")]
        values = [_with_ends(row.get("values") or {}, row.get("intervals") or {}, key) for key in keys]
        rows.append([case, row.get("device"), *place, *values])
    head = ["case", "size", "landing [mm]", "plication [mm]", *(_label(key) for key in keys)]
    return Section("Best candidates", "table", {"head": head, "rows": rows})


def _comparison(document: Document) -> Section:
    told = document.get("therapies") or ()
    lines = [row["line"] for row in told if row.get("line")]
    lines += [f"! {row.get('therapy')}: {row['failure']}" for row in told if row.get("failure")]
    lines += [f"! {note}" for note in document.get("notes") or ()]
    return Section("Answer", "answer", {"lines": lines, "cards": []})


def _side_by_side(document: Document) -> Section | None:
    told = [row for row in document.get("therapies") or () if row.get("values")]
    keys = list(dict.fromkeys(key for row in told for key in row["values"]))
    keys = [key for key in keys if (known := quantity_for(key)) is not None and known.label]
    if not told:
        return None
    rows = [
        [_label(key), *(_with_ends(row["values"], row.get("intervals") or {}, key) for row in told)] for key in keys
    ]
    head = ["", *(str(row.get("therapy")) for row in told)]
    return Section("Side by side", "table", {"head": head, "rows": rows})


def _evaluation(document: Document) -> Section:
    summary = document.get("summary") or ()
    pairs = document.get("pairs") or ()
    lines = [f"{len(pairs)} implants, anatomy before and after; error is predicted less measured."]
    lines += [f"! {name}: {why}" for name, why in (document.get("failures") or {}).items()]
    cards = []
    for row in list(summary)[:6]:
        digits = getattr(quantity_for(row["key"]), "digits", 1)
        told = f"{number(row.get('bias'), digits, sign=True)}, RMS {number(row.get('rms'), digits)}"
        inside = f"{row.get('n_inside')} of {row.get('n_with_interval')} within the interval"
        cards.append({"label": _label(row["key"]), "value": told, "interval": inside})
    return Section("Answer", "answer", {"lines": lines, "cards": cards})


def _label(key: str) -> str:
    quantity = quantity_for(key)
    if quantity is None:
        return key
    return with_unit(quantity.label or plain_key(key), quantity.unit)


def _with_ends(values: Mapping[str, Any], intervals: Mapping[str, Any], key: str) -> str:
    digits = getattr(quantity_for(key), "digits", 1)
    ends = intervals.get(key)
    told = "" if not ends else f" ({number(ends[0], digits)} to {number(ends[1], digits)})"
    return number(values.get(key), digits) + told


# ---- every document


def _content(document: Document) -> list[Section]:
    """All other tables of a document, as they stand in the file."""
    out = []
    for name, block in document.items():
        if name in _TOLD_ELSEWHERE or not block:
            continue
        if isinstance(block, Mapping):
            rows = [[key, _word(value)] for key, value in flat(block).items()]
            out.append(Section(_title(name), "table", {"head": ["", ""], "rows": rows, "words": True}))
        elif isinstance(block, Sequence) and not isinstance(block, str) and isinstance(block[0], Mapping):
            columns = list(dict.fromkeys(key for row in block for key in flat(row)))
            rows = [[_word(flat(row).get(key)) for key in columns] for row in block]
            out.append(Section(_title(name), "table", {"head": columns, "rows": rows}))
    return out


_TOLD_ELSEWHERE = ("schema", "case", "assumptions", "provenance", "shapes", "flags", "notes", "line")


def _generic_answer(document: Document) -> Section:
    lines = [str(document["line"])] if document.get("line") else []
    lines += [f"! {line}" for name in ("notes", "flags") for line in document.get(name) or ()]
    scalars = {k: v for k, v in document.items() if isinstance(v, (int, float, str)) and k not in _TOLD_ELSEWHERE}
    cards = [{"label": _title(key), "value": _word(value), "interval": ""} for key, value in scalars.items()]
    return Section("Answer", "answer", {"lines": lines, "cards": cards})


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _word(value: Any) -> str:
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def _assumptions(document: Document) -> Section | None:
    rows = [
        [row.get("name"), " ".join(word for word in (_word(row.get("value")), _unit(row)) if word), row.get("why"),
         row.get("source")]
        for row in document.get("assumptions") or ()
    ]  # fmt: skip
    note = "What was not measured in this case; a source is a key of the package's references, or says who assumed it."
    content = {"head": ["name", "value", "why", "source"], "rows": rows, "words": True}
    return Section(f"Assumptions ({len(rows)})", "table", content, note, fine_print=True) if rows else None


def _unit(row: Mapping[str, Any]) -> str:
    return "" if row.get("unit") in ("1", None) else str(row["unit"])


def _provenance(document: Document) -> Section:
    told = {"schema": document["schema"], "case": document.get("case") or {}, **(document.get("provenance") or {})}
    told["solver"] = document.get("solver") or {}
    rows = [[key, _word(value)] for key, value in flat(told).items()]
    return Section("Provenance", "table", {"head": ["", ""], "rows": rows, "words": True}, fine_print=True)


Build = Callable[[Document], Section | None]


def _tables(at: int) -> Build:
    return lambda document: (_content(document)[at : at + 1] or [None])[0]


_FOOT: tuple[Build, ...] = (_assumptions, _provenance)
_EVERY_TABLE: tuple[Build, ...] = tuple(_tables(at) for at in range(12))

REPORTED: Mapping[str, tuple[Build, ...]] = MappingProxyType(
    {
        "annulus.result/2": (_answer, _figures, _circumflex, _safety, *_FOOT),
        "annulus.plan/1": (_plan_cases, _plan_best, _plan_sizes, *_FOOT),
        "annulus.comparison/1": (_comparison, _side_by_side, *_FOOT),
        "annulus.evaluation/1": (_evaluation, *_EVERY_TABLE, *_FOOT),
        "annulus.study/1": (_generic_answer, *_EVERY_TABLE, *_FOOT),
        "annulus.trial/1": (_generic_answer, *_EVERY_TABLE, *_FOOT),
    }
)
"""Schema of a document to the sections of its page, in their order."""

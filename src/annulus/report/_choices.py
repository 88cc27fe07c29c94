"""Sections of a plan, a comparison, an evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annulus.report._numbers import label_of, number, quantity_for, worded
from annulus.report._section import Document, Section

__all__ = ["candidates", "compared", "evaluated", "implants", "planned", "side_by_side", "sizes"]


def planned(document: Document) -> Section:
    """The plan of each heart in a line."""
    lines = []
    for found in document.get("cases") or ():
        lines.append(worded(found.get("line") or f"{(found.get('case') or {}).get('id', '')}: {found.get('verdict')}"))
        lines += [f"! {note}" for note in found.get("notes") or ()]
    lines += [f"! {name}: {why}" for name, why in (document.get("failures") or {}).items()]
    return Section("Answer", "answer", {"lines": lines, "cards": []})


def sizes(document: Document) -> Section | None:
    """Every size: its verdict, and why."""
    rows = [
        [(found.get("case") or {}).get("id", ""), row.get("device"), row.get("status"), row.get("reason")]
        for found in document.get("cases") or ()
        for row in found.get("sizes") or ()
    ]
    content = {"head": ["case", "size", "status", "why"], "rows": rows, "words": True}
    return Section("Sizes, and why the others lost", "table", content) if rows else None


def candidates(document: Document) -> Section | None:
    """The best candidates side by side."""
    best = [
        ((found.get("case") or {}).get("id", ""), row)
        for found in document.get("cases") or ()
        for row in found.get("best") or ()
    ]
    if not best:
        return None
    keys = list(dict.fromkeys(key for _, row in best for key in row.get("values") or {}))
    places = (("distal end [mm]", "distal_s_mm"), ("plication [mm]", "plication_mm"))
    rows = [["size", *(str(row.get("device")) for _, row in best)]]
    rows += [[words, *(number(row.get(key), 1) for _, row in best)] for words, key in places]
    rows += [
        [label_of(key), *(_with_ends(row.get("values") or {}, row.get("intervals") or {}, key) for _, row in best)]
        for key in keys
    ]
    return Section("Best candidates", "table", {"head": ["", *(case for case, _ in best)], "rows": rows}, _ENDS)


_ENDS = "In brackets the interval over worlds of everything uncertain."


def compared(document: Document) -> Section:
    """Every therapy in a line."""
    told = document.get("therapies") or ()
    lines = [worded(row["line"]) for row in told if row.get("line")]
    lines += [f"! {row.get('therapy')}: {row['failure']}" for row in told if row.get("failure")]
    lines += [f"! {note}" for note in document.get("notes") or ()]
    return Section("Answer", "answer", {"lines": lines, "cards": []})


def side_by_side(document: Document) -> Section | None:
    """Every number after, therapy beside therapy."""
    told = [row for row in document.get("therapies") or () if row.get("values")]
    if not told:
        return None
    known = dict.fromkeys(key for row in told for key in row["values"])
    # What a therapy does stands under its name; the heart before is the same for all.
    keys = [key for key in known if (found := quantity_for(key)) is not None and found.label]
    keys = [key for key in keys if not any(f".{state}." in key for state in ("before", "traction"))]
    keys.sort(key=lambda key: key.startswith("therapy."))
    rows = []
    for key in keys:
        first = told[0]["values"].get(key.replace(".after.", ".before.")) if ".after." in key else None
        before = number(first, getattr(quantity_for(key), "digits", 1))
        values = (_with_ends(row["values"], row.get("intervals") or {}, key) for row in told)
        rows.append([label_of(key), before, *values])
    head = ["", "before", *(str(row.get("therapy")) for row in told)]
    return Section("Side by side", "table", {"head": head, "rows": rows}, _ENDS)


def evaluated(document: Document) -> Section:
    """Bias and coverage of the predictions."""
    summary = document.get("summary") or ()
    pairs = document.get("pairs") or ()
    lines = [f"{len(pairs)} implants, anatomy before and after; error is predicted less measured."]
    lines += [f"! {name}: {why}" for name, why in (document.get("failures") or {}).items()]
    cards = []
    for row in list(summary)[:6]:
        digits = getattr(quantity_for(row["key"]), "digits", 1)
        told = f"{number(row.get('bias'), digits, sign=True)}, RMS {number(row.get('rms'), digits)}"
        inside = f"{row.get('n_inside')} of {row.get('n_with_interval')} within the interval"
        cards.append({"label": label_of(row["key"]), "value": told, "interval": inside})
    return Section("Answer", "answer", {"lines": lines, "cards": cards})


def _with_ends(values: Mapping[str, Any], intervals: Mapping[str, Any], key: str) -> str:
    digits = getattr(quantity_for(key), "digits", 1)
    ends = intervals.get(key)
    told = "" if not ends else f" ({number(ends[0], digits)} to {number(ends[1], digits)})"
    return number(values.get(key), digits) + told


def implants(document: Document) -> list[Section]:
    """Error of every measure, implant by implant."""
    out = []
    for pair in document.get("pairs") or ():
        rows = []
        for row in pair.get("errors") or ():
            digits = getattr(quantity_for(row["key"]), "digits", 1)
            ends = row.get("interval")
            told = "" if not ends else f"{number(ends[0], digits)} to {number(ends[1], digits)}"
            texts = [number(row.get(name), digits) for name in ("before", "predicted", "measured")]
            inside = {True: "yes", False: "no"}.get(row.get("inside"), "")
            rows.append([label_of(row["key"]), *texts, number(row.get("error"), digits, sign=True), told, inside])
        head = ["", "before", "predicted", "measured", "error", "interval", "inside"]
        title = f"{(pair.get('pre') or {}).get('id', '')}, {pair.get('device', '')}"
        out.append(Section(title, "table", {"head": head, "rows": rows}, worded(pair.get("line") or "")))
    return out

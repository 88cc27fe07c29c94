"""Sections of every document: its tables as they stand, what it assumes, where it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from annulus.report._numbers import flat
from annulus.report._section import Document, Section

__all__ = ["assumed", "content", "provenance", "told"]


def content(document: Document) -> list[Section]:
    """All other tables of a document, as they stand in the file."""
    out = []
    for name, block in document.items():
        if name in _TOLD_ELSEWHERE or not block or isinstance(block, (str, int, float)):
            continue
        if _is_table(block):
            out.append(_table(_title(name), block))
        elif isinstance(block, Mapping):
            tables = {key: rows for key, rows in block.items() if _is_table(rows)}
            out += [_table(_title(key), rows) for key, rows in tables.items()]
            rest = flat({key: value for key, value in block.items() if key not in tables})
            rows = [[key, _word(value)] for key, value in rest.items()]
            out += [Section(_title(name), "table", {"head": ["", ""], "rows": rows, "words": True})] if rows else []
    return out


def _is_table(block: Any) -> bool:
    return isinstance(block, (list, tuple)) and bool(block) and all(isinstance(row, Mapping) for row in block)


def _table(title: str, block: Sequence[Mapping[str, Any]]) -> Section:
    flattened = [flat(row) for row in block]
    columns = list(dict.fromkeys(key for row in flattened for key in row))
    rows = [[_word(row.get(key)) for key in columns] for row in flattened]
    return Section(title, "table", {"head": columns, "rows": rows})


_TOLD_ELSEWHERE = ("schema", "case", "assumptions", "provenance", "shapes", "flags", "notes", "line")


def told(document: Document) -> Section:
    """Its lines and single values."""
    lines = [str(document["line"])] if document.get("line") else []
    lines += [f"! {line}" for name in ("notes", "flags") for line in document.get(name) or ()]
    scalars = {k: v for k, v in document.items() if isinstance(v, (int, float, str)) and k not in _TOLD_ELSEWHERE}
    cards = [{"label": _title(key), "value": _word(value), "interval": ""} for key, value in scalars.items()]
    return Section("Answer", "answer", {"lines": lines, "cards": cards})


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _word(value: Any) -> str:
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def assumed(document: Document) -> Section | None:
    """Every assumption, with its source."""
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


def provenance(document: Document) -> Section:
    """Where the document comes from."""
    told = {"schema": document["schema"], "case": document.get("case") or {}, **(document.get("provenance") or {})}
    told["solver"] = document.get("solver") or {}
    rows = [[key, _word(value)] for key, value in flat(told).items()]
    return Section("Provenance", "table", {"head": ["", ""], "rows": rows, "words": True}, fine_print=True)

"""Numbers of a result file as a report words them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from annulus.prediction import by_key
from annulus.quantity import Quantity, plain_key

__all__ = ["flat", "interval_text", "label_of", "number", "quantity_for", "range_text", "with_unit", "worded"]

_UNIT_WORDS = {"mm2": "mm²", "percent": "%", "N mm2": "N mm²", "1": "", "n": "", "text": "", "flag": ""}


def flat(document: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted keys to values that are no objects; rows of lists as ``name[0].key``, shapes left out."""
    out: dict[str, Any] = {}

    def add(prefix: str, value: Any) -> None:
        if isinstance(value, Mapping):
            for key, item in value.items():
                add(f"{prefix}.{key}" if prefix else str(key), item)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            for place, item in enumerate(value):
                add(f"{prefix}[{place}]", item)
        else:
            out[prefix] = value

    add("", {key: value for key, value in document.items() if key != "shapes"})
    return out


def quantity_for(key: str) -> Quantity | None:
    """The catalogue's quantity of a key; None where a therapy of one's own added it."""
    return by_key().get(plain_key(key))


def label_of(key: str) -> str:
    """Words and unit of a key; of a change in percent those of what changes."""
    changed = ".change_percent." in key
    quantity = quantity_for(key.replace(".change_percent.", ".after.") if changed else key)
    if quantity is None:
        return key
    words = quantity.label or quantity.id.replace("_", " ")
    return f"{words}, change [%]" if changed else with_unit(words, quantity.unit)


def worded(line: str) -> str:
    """A line of the terminal as print has it."""
    line = re.sub(r"(?<![\w-])-(?=\d)", "\N{MINUS SIGN}", line)
    return line.replace(" -> ", " → ").replace("mm2", "mm²")


def number(value: Any, digits: int, *, sign: bool = False) -> str:
    """A number as text, empty where there is none; without a minus before nothing."""
    if not isinstance(value, (int, float)):
        return ""
    text = f"{round(value, digits) + 0.0:{'+' if sign else ''}.{digits}f}"
    return text.replace("-", "\N{MINUS SIGN}")


def with_unit(words: str, unit: str, *, brackets: bool = True) -> str:
    """Words and their unit, in brackets behind a label."""
    known = _UNIT_WORDS.get(unit, unit)
    return words if not known or not words else f"{words} [{known}]" if brackets else f"{words} {known}"


def range_text(document: Mapping[str, Any], key: str, digits: int) -> str:
    """Interval of a number, empty where it has none."""
    told = document.get("intervals") or {}
    ends = (told.get("by_key") or {}).get(key)
    if not ends:
        return ""
    return f"{100.0 * told['level']:g} %: {number(ends[0], digits)} to {number(ends[1], digits)}"


def interval_text(document: Mapping[str, Any], key: str, *, digits: int = 1) -> str:
    """The same in a sentence."""
    told = range_text(document, key, digits)
    return f" [{told}]" if told else ""

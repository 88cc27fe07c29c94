"""The few numbers beside a picture: before, after, change, interval; a result's own, else measures of what is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annulus.anatomy.measures import measure_annulus
from annulus.viz._states import DrawnState

__all__ = ["NumberRow", "number_rows", "signed"]

_MEASURES = (
    ("AP [mm]", "ap_mm", 1),
    ("AL to PM [mm]", "alpm_mm", 1),
    ("Area [mm²]", "area_2d_mm2", 0),
    ("Perimeter [mm]", "perimeter_3d_mm", 1),
)


@dataclass(frozen=True, slots=True)
class NumberRow:
    """A label, its values as text (one, or before, after and change), and the interval of the one after."""

    label: str
    values: tuple[str, ...]
    interval: str = ""


def number_rows(before: DrawnState, after: DrawnState | None, result: Mapping[str, Any] | None) -> list[NumberRow]:
    """Rows of the table: annulus, coaptation and leak where the result has them, smallest gap."""
    told = (result or {}).get("annulus") or {}
    states = {"before": before} if after is None else {"before": before, "after": after}
    intervals = ((result or {}).get("intervals") or {}).get("by_key") or {}
    numbers: dict[str, dict[str, Any]] = {
        name: measure_annulus(state.annulus, minimal_surface=False).to_dict() | (told.get(name) or {})
        for name, state in states.items()
    }
    rows = []
    for label, key, digits in _MEASURES:
        old, *new = (float(values[key]) for values in numbers.values())
        values = [f"{old:.{digits}f}"]
        for value in new:
            values += [f"{value:.{digits}f}", f"{signed(100.0 * (value / old - 1.0), plus=True)} %"]
        rows.append(NumberRow(label, tuple(values), _interval(intervals, f"annulus.after.{key}", digits)))
    leak = []
    for label, block, keys, digits in (
        ("EROA [mm²]", "regurgitation", ("eroa_mm2",), 0),
        ("Coaptation [mm]", "coaptation", ("a2p2_coapt_height_mm", "tent.coapt_height_mm"), 1),
    ):
        content = (result or {}).get(block) or {}
        found = [(name, value) for name in states if (value := _first(content.get(name) or {}, keys))]
        if len(found) == 2:
            (old, _), (new, key) = found[0][1], found[1][1]
            values = (f"{old:.{digits}f}", f"{new:.{digits}f}", signed(new - old, plus=True))
            leak.append(NumberRow(label, values, _interval(intervals, f"{block}.after.{key}", digits)))
    # The answer first: AP and the leak, then what they rest on.
    rows[1:1] = leak
    circumflex = (result or {}).get("circumflex") or {}
    gaps = [
        circumflex.get(f"min_gap_{name}_mm", None if state.smallest_gap is None else state.smallest_gap[0])
        for name, state in states.items()
    ]
    if all(gap is not None for gap in gaps):
        old, *new = gaps
        values = [signed(old)]
        for gap in new:
            values += [signed(gap), signed(gap - old, plus=True)]
        at = 1 + len(leak)
        rows[at:at] = [
            NumberRow("Smallest gap [mm]", tuple(values), _interval(intervals, "circumflex.min_gap_after_mm", 1))
        ]
    return rows


def signed(value: float, *, plus: bool = False) -> str:
    """A number to one digit with a real minus sign; no sign on a zero."""
    text = f"{value:+.1f}" if plus else f"{value:.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "−")


def _interval(intervals: Mapping[str, Any], key: str, digits: int) -> str:
    found = intervals.get(key)
    if not isinstance(found, (list, tuple)) or len(found) != 2:
        return ""
    low, high = (f"{value:.{digits}f}".replace("-", "−") for value in found)
    return f"{low} to {high}"


def _first(values: Mapping[str, Any], keys: tuple[str, ...]) -> tuple[float, str] | None:
    """The first of dotted keys that there is: its value and the key."""
    for key in keys:
        found: Any = values
        for word in key.split("."):
            found = found.get(word) if isinstance(found, Mapping) else None
        if found is not None:
            return float(found), key
    return None

"""The short table of a result: one row a quantity, before, between and after; as text and as HTML."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annulus.prediction._blocks import BLOCKS, REPORTED_STAGES
from annulus.quantity import Quantity, plain_key

__all__ = ["Row", "html_table", "table_rows"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: a quantity before, between and after; None where there is no such number.

    Parameters
    ----------
    quantity
        What it is.
    values
        State (``before``, ``traction``, ``after``; empty where there is one value) to value.
    interval
        Of the value after.
    """

    quantity: Quantity
    values: Mapping[str, float]
    interval: tuple[float, float] | None = None

    @property
    def label(self) -> str:
        """Words and unit."""
        unit = {"1": "", "n": "", "text": "", "percent": " [%]"}.get(self.quantity.unit, f" [{self.quantity.unit}]")
        return f"{self.quantity.label}{unit}"

    @property
    def change(self) -> str:
        """Change from before to after: in percent where it is a measure of the annulus, else in its unit."""
        first, last = self.values.get("before"), self.values.get("after")
        if first is None or last is None:
            return ""
        if self.quantity.group == "annulus" and first != 0.0:
            return f"{_rounded(100.0 * (last / first - 1.0), 1):+.1f} %"
        return f"{_rounded(last - first, self.quantity.digits):+.{self.quantity.digits}f}"

    def text(self, state: str) -> str:
        """Value of a state as text, empty where there is none."""
        value = self.values.get(state)
        return "" if value is None else f"{_rounded(value, self.quantity.digits):.{self.quantity.digits}f}"


def table_rows(
    values: Mapping[str, Any],
    interval: Callable[[str], tuple[float, float] | None],
    known: Mapping[str, Quantity],
) -> tuple[Row, ...]:
    """Rows of every quantity that has a label and a value.

    Parameters
    ----------
    values
        Key of the result to value.
    interval
        Interval of a key, or None.
    known
        Plain key to quantity, in the order of documents.
    """
    found: dict[Quantity, dict[str, float]] = {}
    for key, value in values.items():
        quantity = known.get(plain_key(key))
        if quantity is not None and quantity.label and isinstance(value, (int, float)) and quantity.unit != "text":
            state = next((word for word in quantity.states if f".{word}." in key), "")
            found.setdefault(quantity, {})[state] = float(value)
    rows = []
    for quantity, states in found.items():
        last = quantity.paths[quantity.states.index("after")] if "after" in states else quantity.paths[0]
        rows.append(Row(quantity, states, interval(last)))
    order = {quantity: number for number, quantity in enumerate(dict.fromkeys(known.values()))}
    # The heart first, then the forces and sizes of the device.
    blocks = [name for name in BLOCKS if name != "therapy"] + ["therapy"]
    return tuple(sorted(rows, key=lambda row: (blocks.index(row.quantity.group.split(".")[0]), order[row.quantity])))


def html_table(rows: Sequence[Row]) -> str:
    """The table as HTML."""
    states = [name for name in ("before", *REPORTED_STAGES, "after") if any(name in row.values for row in rows)]
    sampled = any(row.interval for row in rows)
    head = ["", *states, "change", *(["interval after"] if sampled else [])]
    body = []
    for row in rows:
        # What has one value stands under the last state.
        cells = [row.text(name) or (row.text("") if name == states[-1] else "") for name in states]
        ends = [] if not sampled else [_ends(row)]
        body.append([row.label, *cells, row.change, *ends])
    lines = [_tr("th", head), *(_tr("td", cells) for cells in body)]
    return f"<table>{''.join(lines)}</table>"


def _rounded(value: float, digits: int) -> float:
    """What is printed, without a minus before nothing."""
    return round(value, digits) + 0.0


def _ends(row: Row) -> str:
    if row.interval is None:
        return ""
    return f"{row.interval[0]:.{row.quantity.digits}f} to {row.interval[1]:.{row.quantity.digits}f}"


def _tr(tag: str, cells: list[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

"""What the page shows of numbers and errors: texts, ready to stand in it."""

from __future__ import annotations

from collections.abc import Sequence

from annulus.errors import AnnulusError
from annulus.prediction import Row

__all__ = ["cells_of", "headlines_of", "sentence_of"]

_HEADLINES = (
    "anteroposterior AP",
    "effective orifice EROA",
    "smallest artery gap after",
    "probability of significant compression",
    "locked tension",
)
"""Labels of the numbers that stand large, in their order."""


def sentence_of(error: BaseException) -> str:
    """An error as one sentence; one that nobody foresaw says so."""
    if isinstance(error, AnnulusError):
        return " ".join(str(error).split())
    return f"The planner met an error of its own ({type(error).__name__}: {error}): undo, or choose something else."


def cells_of(row: Row) -> dict[str, str]:
    """A row of the table."""
    now = row.text("after") or row.text("")
    numbers = {"before": row.text("before"), "now": now, "change": row.change}
    told = {name: text.replace("-", "\N{MINUS SIGN}") for name, text in numbers.items()}
    return {"label": row.label.replace("mm2", "mm²"), **told}


def headlines_of(rows: Sequence[Row]) -> list[dict[str, str]]:
    """The rows that stand large."""
    found = {row.quantity.label: cells_of(row) for row in rows}
    return [found[label] for label in _HEADLINES if label in found]

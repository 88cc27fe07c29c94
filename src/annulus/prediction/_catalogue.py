"""The catalogue of every number of a result: keys, units, definitions, sources. What is not in it does not exist.

Keys of result and intervals, tables, CSV columns, JSON Schema and the page ``docs/quantities.md`` come from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType

from annulus.anatomy.measures import MEASURES
from annulus.errors import InputError
from annulus.outcomes import OUTCOME_QUANTITIES
from annulus.prediction._blocks import REPORTED_STAGES
from annulus.prediction._indicators import INDICATOR_QUANTITIES
from annulus.prediction._leads import LEAD_QUANTITIES
from annulus.prediction._safety import SAFETY_QUANTITIES
from annulus.quantity import Quantity, plain_key
from annulus.therapies import ALL_THERAPIES

__all__ = ["by_key", "catalogue", "quantities_page", "quantity_of"]

_GENERAL = (
    Quantity("kind", "therapy", "text", "Kind of therapy, such as ``double_anchor``."),
    Quantity("device", "therapy", "text", "Its name."),
    Quantity(
        "traction_reaction",
        "therapy",
        "text",
        "What a pull on the ribbon is reacted by: ``ostium`` (the catheter stands there, as in the clinic) or "
        "``outside`` (nothing of the heart, as on a bench).",
    ),
)

_DRAWN = frozenset(
    {
        "circumflex.min_gap_before_mm",
        "circumflex.crossings[].cs_s_mm",
        "circumflex.crossings[].theta_deg",
        "circumflex.crossings[].gap_before_mm",
    }
)
"""Of the measures of vein and arteries those that every draw computes."""


@cache
def catalogue() -> tuple[Quantity, ...]:
    """Every quantity, in the order of documents."""
    own = dict.fromkeys(row for kind in ALL_THERAPIES for row in kind.quantities)
    states = ("before", *REPORTED_STAGES, "after")
    annulus = [replace(row, states=states) for row in MEASURES if row.group == "annulus"]
    change = [
        replace(
            row, states=("change_percent",), definition=f"Change of {row.key} from before to after [percent].", label=""
        )
        for row in MEASURES
        if row.group == "annulus" and row.unit != "text" and not row.parts
    ]
    rest = [replace(row, costly=row.paths[0] not in _DRAWN) for row in MEASURES if row.group != "annulus"]
    safety = (*LEAD_QUANTITIES, *INDICATOR_QUANTITIES, *SAFETY_QUANTITIES)
    return (*_GENERAL, *own, *annulus, *change, *rest, *OUTCOME_QUANTITIES, *safety)


@cache
def by_key() -> Mapping[str, Quantity]:
    """Plain key (rows without their numbers) to quantity."""
    return MappingProxyType({path: row for row in catalogue() for path in row.paths})


def quantity_of(key: str) -> Quantity:
    """The quantity of a key in a result or its intervals, such as ``circumflex.crossings[0].gap_after_mm``.

    Raises
    ------
    InputError
        There is none.
    """
    known = by_key()
    plain = plain_key(key)
    # A place in a list of values: the list's quantity.
    found = known.get(plain) or (known.get(plain.removesuffix("[]")) if plain.endswith("[]") else None)
    if found is None:
        raise InputError(f"there is no quantity {key!r} in the catalogue (docs/quantities.md).")
    return found


def quantities_page(rows: Iterable[Quantity] | None = None) -> str:
    """Text of ``docs/quantities.md``."""
    lines = [
        "# Quantities",
        "",
        "Every number of a result, by its key. Made from the catalogue by `python -m annulus.prediction >",
        "docs/quantities.md`; a test keeps both in step. A number that is not here does not exist; one that was not",
        "computed has no key. `{a, b}` stands for several keys, brackets for the rows of a table. Numbers marked",
        "*for a result* are not computed in every draw: those that stand outside tables and lists carry an interval on",
        "request (`--costly`); all others carry one wherever there are draws.",
    ]
    block = ""
    for row in catalogue() if rows is None else rows:
        first = row.group.split(".")[0]
        if first != block:
            block = first
            lines += ["", f"## {block}", "", "| key | unit | definition | source |", "|---|---|---|---|"]
        unit = {"1": "ratio", "n": "count", "percent": "%"}.get(row.unit, row.unit)
        note = " *For a result.*" if row.costly else ""
        definition = row.definition if row.definition.endswith((".", ")")) else f"{row.definition}."
        lines.append(f"| `{_pattern(row)}` | {unit} | {definition}{note} | {row.source} |")
    return "\n".join(lines) + "\n"


def _pattern(row: Quantity) -> str:
    first, *rest = row.group.split(".")
    states, parts = (
        "" if not words else words[0] if len(words) == 1 else "{" + ", ".join(words) + "}"
        for words in (row.states, row.parts)
    )
    return ".".join(part for part in (first, states, *rest, row.key, parts) if part) + ("[]" if row.many else "")

"""One number of the vocabulary: its key in a result, its unit, what it means, where the definition comes from."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from annulus.errors import InputError

__all__ = ["SUFFIXES", "Quantity", "plain_key"]

SUFFIXES = MappingProxyType(
    {
        "mm": "_mm",
        "mm2": "_mm2",
        "mL": "_ml",
        "N": "_n",
        "N mm": "_nmm",
        "N mm2": "_nmm2",
        "N/m": "_n_per_m",
        "deg": "_deg",
        "rad": "_rad",
        "percent": "_percent",
        "mmHg": "_mmhg",
        "1": "",
        "n": "",
        "text": "",
        "flag": "",
    }
)
"""Unit to the end that a key in it has; ``1`` is a ratio, ``n`` a count, ``text`` a word, ``flag`` true or false."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number, or word, of a result.

    Parameters
    ----------
    id
        Name, the same in code, files and documents.
    group
        Object of the result that holds it, such as ``annulus`` or ``circumflex.crossings[]``: brackets for a row of a
        table. Where `states` are given they stand between the first word of the group and the rest.
    unit
        One of `SUFFIXES`.
    definition
        What is meant, in one or two sentences.
    aliases
        Names in the field and in other tools; the same word may mean something else elsewhere.
    source
        Key in ``docs/references.bib``; empty where the definition is this package's own.
    name
        Stem of the key where it differs from `id`; its ``*`` stands for any word.
    label
        Short words for tables and axes; empty keeps it out of short tables.
    digits
        Decimals in tables.
    states
        ``before``, ``after``, ... where a result has one value for each state of the heart.
    many
        A list of values.
    parts
        Names of its parts where the value is an object of them.
    costly
        Computed for a result and on request, not in every draw or candidate.

    Raises
    ------
    InputError
        Unknown unit.
    """

    id: str
    group: str
    unit: str
    definition: str
    aliases: tuple[str, ...] = ()
    source: str = ""
    name: str = ""
    label: str = ""
    digits: int = 1
    states: tuple[str, ...] = ()
    many: bool = False
    parts: tuple[str, ...] = ()
    costly: bool = False

    def __post_init__(self) -> None:
        if self.unit not in SUFFIXES:
            raise InputError(f"unit of quantity {self.id!r} must be one of {', '.join(SUFFIXES)}; got {self.unit!r}.")

    @property
    def key(self) -> str:
        """Last word of the key: name and unit."""
        stem = self.name or self.id
        suffix = SUFFIXES[self.unit]
        return stem if stem.endswith(suffix) else stem + suffix

    @property
    def paths(self) -> tuple[str, ...]:
        """Whole keys in the result, one for each state and part."""
        first, *rest = self.group.split(".")
        heads = [[first, state] for state in self.states] if self.states else [[first]]
        ends = [[self.key, part] for part in self.parts] if self.parts else [[self.key]]
        return tuple(".".join([*head, *rest, *end]) for head in heads for end in ends)


def plain_key(key: str) -> str:
    """A key with the numbers of rows and places taken out: ``crossings[2].gap_mm`` becomes ``crossings[].gap_mm``."""
    out, inside = [], False
    for letter in key:
        if letter == "]":
            inside = False
        if not inside:
            out.append(letter)
        if letter == "[":
            inside = True
    return "".join(out)

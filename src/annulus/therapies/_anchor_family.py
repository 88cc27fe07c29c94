"""A family of double-anchor devices as data: sizes that are made, footprints, sizing rule; shipped or from a file."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, NoReturn, TypeGuard

import numpy as np

from annulus.errors import FileError

__all__ = ["AnchorFamily", "carillon", "carillon_family", "size_of_file"]

Pair = tuple[float, float]


@cache
def carillon() -> Mapping[str, Any]:
    """The published catalogue: ranges of anchor diameters, ribbon lengths [mm], sizing rule."""
    text = resources.files("annulus.therapies").joinpath("carillon.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(text))


@cache
def carillon_family() -> AnchorFamily:
    """The published catalogue as a family."""
    return AnchorFamily.from_facts(carillon(), "carillon.toml")


@dataclass(frozen=True)
class AnchorFamily:
    """What is made of a double-anchor device, and how a size is chosen.

    Parameters
    ----------
    name
        Name of the family.
    distal_mm, proximal_mm
        Smallest and largest free diameter of each anchor [mm].
    length_mm
        Ribbon lengths [mm].
    step_mm
        Between two diameters that are made [mm].
    long_distal_mm
        Smallest distal anchor of the ribbons but the shortest and the longest [mm]; None where any goes with any.
    footprint_mm
        Length of vein that the distal and the proximal anchor cover beyond the ribbon's end [mm].
    distal_oversize, proximal_oversize
        Bounds of anchor over vein diameter at its landing [1].
    vein_longer_mm, about_mm
        Vein length less device length that a length is chosen for, and how far below that still serves [mm].
    large_branch_mm
        Side branch whose mouth no anchor should cover [mm].
    source
        Where it comes from.
    """

    name: str
    distal_mm: Pair
    proximal_mm: Pair
    length_mm: tuple[float, ...]
    step_mm: float
    long_distal_mm: float | None
    footprint_mm: Pair
    distal_oversize: Pair
    proximal_oversize: Pair
    vein_longer_mm: float
    about_mm: float
    large_branch_mm: float
    source: str

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any], file: str) -> AnchorFamily:
        """Family from the content of a TOML file with the keys of ``carillon.toml``; rules that are left out are those.

        Raises
        ------
        FileError
            An unknown or missing key, a value of another kind, entries that contradict each other.
        """
        read = _Facts(facts, file)
        read.refuse_unknown()
        shipped = carillon()
        oversize = read.pair("sizing", "oversize", shipped)
        lengths = read.numbers("", "length_mm", None)
        family = cls(
            name=read.word("name"),
            distal_mm=read.pair("", "distal_mm", None),
            proximal_mm=read.pair("", "proximal_mm", None),
            length_mm=tuple(lengths),
            step_mm=read.number("", "step_mm", shipped),
            long_distal_mm=read.number("", "long_distal_mm", {}),
            footprint_mm=(
                read.number("footprint", "distal_mm", shipped),
                read.number("footprint", "proximal_mm", shipped),
            ),
            distal_oversize=read.pair("sizing", "distal_oversize", {"sizing": {"distal_oversize": oversize}}),
            proximal_oversize=read.pair("sizing", "proximal_oversize", {"sizing": {"proximal_oversize": oversize}}),
            vein_longer_mm=read.number("sizing", "vein_longer_mm", shipped),
            about_mm=read.number("sizing", "about_mm", shipped),
            large_branch_mm=read.number("landing", "large_branch_mm", shipped),
            source=read.word("source"),
        )
        if sorted(set(lengths)) != lengths:
            raise FileError(file, "length_mm", f"must be increasing, each length once; got {lengths}: sort them.")
        low, high = family.distal_mm
        if family.long_distal_mm is not None and not low <= family.long_distal_mm <= high:
            raise FileError(
                file,
                "long_distal_mm",
                f"must be a distal anchor that is made, {low:g} to {high:g} mm; got {family.long_distal_mm:g}: mend.",
            )
        return family

    def sizes(self) -> tuple[tuple[float, float, float], ...]:
        """Distal and proximal diameter and length of every size [mm]; the proximal anchor is wider (assumed)."""
        distal, proximal = (
            np.arange(low, high + 1e-9, self.step_mm).tolist() for low, high in (self.distal_mm, self.proximal_mm)
        )
        sizes = ((d, p, length) for length in self.length_mm for d in distal for p in proximal)
        return tuple(size for size in sizes if self.in_matrix(*size))

    def in_matrix(self, distal_mm: float, proximal_mm: float, length_mm: float) -> bool:
        """Whether the chosen matrix of sizes has it: see `sizes`."""
        middle = length_mm not in (self.length_mm[0], self.length_mm[-1])
        long_only = self.long_distal_mm is not None and middle and distal_mm < self.long_distal_mm
        return proximal_mm > distal_mm and not long_only

    def size_fault(self, distal_mm: float, proximal_mm: float, length_mm: float) -> tuple[str, str]:
        """Which entry of a size is not made, and the rule that it breaks; empty words where it is."""
        for end, value, (low, high) in (
            ("distal", distal_mm, self.distal_mm),
            ("proximal", proximal_mm, self.proximal_mm),
        ):
            if not low <= value <= high:
                return f"{end}_mm", f"{self.name} {end} anchor must be {low:g} to {high:g} mm; got {value:g}"
            steps = (value - low) / self.step_mm
            if abs(steps - round(steps)) > 1e-6:
                made = f"{low:g} to {high:g} mm in steps of {self.step_mm:g}"
                return f"{end}_mm", f"{self.name} {end} anchor must be {made}; got {value:g}"
        if length_mm not in self.length_mm:
            made = ", ".join(f"{length:g}" for length in self.length_mm)
            return "length_mm", f"{self.name} length must be {made} mm; got {length_mm:g}"
        return "", ""


_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "": (
            "kind", "name", "source", "distal_mm", "proximal_mm", "length_mm", "step_mm", "long_distal_mm", "footprint",
            "sizing", "landing", "size",
        ),
        "footprint": ("distal_mm", "proximal_mm"),
        "sizing": ("oversize", "distal_oversize", "proximal_oversize", "vein_longer_mm", "about_mm"),
        "landing": ("large_branch_mm",),
        "size": ("distal_mm", "proximal_mm", "length_mm"),
    }
)  # fmt: skip
"""Keys of the file, by their table."""


class _Facts:
    """Typed values of a file's content, or one clear sentence."""

    def __init__(self, facts: Mapping[str, Any], file: str) -> None:
        self._facts, self._file = facts, file

    def refuse_unknown(self) -> None:
        for table, keys in _KEYS.items():
            for key in self._table(table):
                if key not in keys:
                    close = difflib.get_close_matches(key, keys, n=1, cutoff=0.7)
                    advice = f"did you mean {close[0]!r}?" if close else "leave it out."
                    what = f"is no key here ({', '.join(keys)}): {advice}"
                    raise FileError(self._file, ".".join(self._words(table, key)), what)

    def word(self, key: str) -> str:
        value = self._facts.get(key)
        if not isinstance(value, str) or not value.strip():
            raise FileError(self._file, key, f"must be a text; got {value!r:.60}: give one.")
        return value.strip()

    def number(self, table: str, key: str, default: Mapping[str, Any] | None) -> Any:
        """A positive number; None where both file and default leave it out."""
        value = self._value(table, key, default)
        if value is None and default is not None:
            return None
        if not _is_number(value) or not value > 0.0:
            self._fail(table, key, "must be a positive number", value)
        return float(value)

    def numbers(self, table: str, key: str, default: Mapping[str, Any] | None) -> list[float]:
        value = self._value(table, key, default)
        rows = list(value) if isinstance(value, (list, tuple)) else []
        if not rows or not all(_is_number(row) and row > 0.0 for row in rows):
            self._fail(table, key, "must be a list of positive numbers", value)
        return [float(row) for row in rows]

    def pair(self, table: str, key: str, default: Mapping[str, Any] | None) -> Pair:
        rows = self.numbers(table, key, default)
        if len(rows) != 2 or rows[0] > rows[1]:
            self._fail(table, key, "must be a lower and an upper bound, in this order", rows)
        return rows[0], rows[1]

    def size(self) -> tuple[float, float, float]:
        """The one size that the file asks for."""
        if "size" not in self._facts:
            raise FileError(
                self._file, "size", "must say which size is meant: distal_mm, proximal_mm and length_mm; it is missing."
            )
        distal, proximal, length = (self.number("size", key, None) for key in _KEYS["size"])
        return distal, proximal, length

    def _table(self, table: str) -> Mapping[str, Any]:
        if not table:
            return self._facts
        inside = self._facts.get(table, {})
        if not isinstance(inside, Mapping):
            raise FileError(self._file, table, f"must be a table [{table}]; got {inside!r:.60}.")
        return inside

    def _value(self, table: str, key: str, default: Mapping[str, Any] | None) -> Any:
        inside = self._table(table)
        if key in inside or default is None:
            return inside.get(key)
        return (default.get(table, {}) if table else default).get(key)

    def _fail(self, table: str, key: str, rule: str, value: object) -> NoReturn:
        came = "nothing" if value is None else f"{value!r:.60}"
        raise FileError(self._file, ".".join(self._words(table, key)), f"{rule}; got {came}: mend it.")

    @staticmethod
    def _words(table: str, key: str) -> Iterator[str]:
        yield from ([table] if table else [])
        yield key


def size_of_file(facts: Mapping[str, Any], file: str) -> tuple[float, float, float]:
    """The size in a device file [mm]: distal and proximal diameter, length."""
    return _Facts(facts, file).size()


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and bool(np.isfinite(value))

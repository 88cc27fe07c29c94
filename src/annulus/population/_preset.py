"""What a population is drawn from: driving variables, their correlations, shares, and published rows to compare with.

The shipped presets stand in ``presets/*.toml``; a user's own has the same keys on top of one of them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib import resources
from math import isfinite
from types import MappingProxyType
from typing import Any

from annulus.anatomy.parametric._presets import Preset, preset_parameters
from annulus.errors import InputError
from annulus.sources import Distribution, Parameter

__all__ = [
    "Correlation",
    "PopulationPreset",
    "PublishedRow",
    "RatioPrior",
    "Selection",
    "Statistic",
    "population_preset",
]


class Statistic(Enum):
    """What of a measured column a published row gives."""

    MEAN = "mean"
    MEDIAN = "median"
    SHARE_BELOW = "share_below"


@dataclass(frozen=True, slots=True)
class Correlation:
    """Correlation of the normal scores of two driving variables.

    Parameters
    ----------
    between
        Their names.
    value
        -1 to 1 [1].
    why
        One sentence.
    """

    between: tuple[str, str]
    value: float
    why: str

    def __post_init__(self) -> None:
        if not -1.0 < self.value < 1.0 or self.between[0] == self.between[1]:
            raise InputError(
                f"correlation of {self.between[0]} and {self.between[1]} must lie between -1 and 1 for two different "
                f"variables; got {self.value:g}."
            )


@dataclass(frozen=True, slots=True)
class RatioPrior:
    """Published ratio of two driving variables, whose spread gives their correlation.

    Parameters
    ----------
    key
        Name of the ratio.
    of
        Numerator and denominator.
    mean, sd
        Published mean and standard deviation [1].
    source, why
        Key in ``docs/references.bib``; one sentence.
    """

    key: str
    of: tuple[str, str]
    mean: float
    sd: float
    source: str
    why: str = ""

    def __post_init__(self) -> None:
        if not (self.mean > 0.0 and self.sd > 0.0):
            raise InputError(f"ratio {self.key} must have a positive mean and sd; got {self.mean:g} and {self.sd:g}.")


@dataclass(frozen=True, slots=True)
class Selection:
    """How much the valves of a group leak, as a cohort has it: a draw that leaks less or more is no patient of it.

    Parameters
    ----------
    min_eroa_mm2, max_eroa_mm2
        Bounds of the effective orifice [mm2].
    source, why
        Key in ``docs/references.bib``; one sentence.
    """

    min_eroa_mm2: float
    max_eroa_mm2: float
    source: str = "user"
    why: str = ""

    def __post_init__(self) -> None:
        if not 0.0 <= self.min_eroa_mm2 < self.max_eroa_mm2 < float("inf"):
            raise InputError(
                "selection must have 0 <= min_eroa_mm2 < max_eroa_mm2, both finite; got "
                f"{self.min_eroa_mm2:g} and {self.max_eroa_mm2:g}: change one of them."
            )


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """A published figure to set beside what the population gives.

    Parameters
    ----------
    key
        Measured column.
    mean, sd
        Published value, and standard deviation where given.
    unit, group, phase, source
        Unit of the value; patients and phase or modality of the source; key in ``docs/references.bib``.
    statistic, below
        What `mean` is; the threshold of a share.
    why
        Why the population may differ; empty where it should not.
    """

    key: str
    mean: float
    unit: str
    source: str
    sd: float | None = None
    group: str = ""
    phase: str = ""
    statistic: Statistic = Statistic.MEAN
    below: float | None = None
    why: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "statistic", Statistic(self.statistic))
        if (self.statistic is Statistic.SHARE_BELOW) != (self.below is not None):
            raise InputError(f"published row {self.key} must have `below` where its statistic is share_below, only.")


@dataclass(frozen=True, eq=False)
class PopulationPreset:
    """A population to draw from.

    Parameters
    ----------
    name
        Name.
    heart
        Preset heart that fixed parameters and central values come from.
    parameters
        Name "part.field" to parameter; those that are not FIXED drive the population.
    shares
        Probabilities: between, left_dominant, one_marginal, three_marginals.
    correlations, ratios
        Stated correlations, and ratios that give some.
    published
        Rows to compare with.
    selection
        How much the patients' valves leak; None takes every heart that is possible.

    Raises
    ------
    InputError
        A correlation or ratio names no driving variable, or a share is no probability.
    """

    name: str
    heart: Preset
    parameters: Mapping[str, Parameter]
    shares: Mapping[str, Parameter]
    correlations: tuple[Correlation, ...] = ()
    ratios: tuple[RatioPrior, ...] = ()
    published: tuple[PublishedRow, ...] = ()
    selection: Selection | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", MappingProxyType(dict(self.parameters)))
        object.__setattr__(self, "shares", MappingProxyType(dict(self.shares)))
        names = {item.name for item in self.drivers}
        for pair in (*(item.between for item in self.correlations), *(item.of for item in self.ratios)):
            for name in pair:
                if name not in names:
                    raise InputError(
                        f"preset {self.name}: {' and '.join(pair)} are to be correlated, but {name} is no driving "
                        "variable: give it an sd, or drop the correlation."
                    )
        marginals = self.shares["one_marginal"].value + self.shares["three_marginals"].value
        if marginals > 1.0:
            raise InputError(
                f"preset {self.name}: the shares one_marginal and three_marginals contradict each other: together "
                f"{marginals:g}, which is {marginals - 1.0:.2g} above 1."
            )

    def __reduce__(self) -> tuple[object, ...]:
        plain = (self.name, self.heart, dict(self.parameters), dict(self.shares))
        return type(self), (*plain, self.correlations, self.ratios, self.published, self.selection)

    @property
    def drivers(self) -> tuple[Parameter, ...]:
        """The driving variables, by name."""
        items = (self.parameters[name] for name in sorted(self.parameters))
        return tuple(item for item in items if item.distribution is not Distribution.FIXED)

    @classmethod
    def from_tables(cls, name: str, tables: Mapping[str, Any]) -> PopulationPreset:
        """Preset from the keys of a preset file on top of its ``base``; `name` is what errors call it.

        Raises
        ------
        InputError
            Values that break a rule of the parameters, shares, rows or selection.
        """
        table = _on_base(tables)
        heart = Preset(table["heart"])
        parameters = {item.name: item for item in preset_parameters(heart)}
        for part, fields in table["parameters"].items():
            for field, row in fields.items():
                full = f"{part}.{field}"
                parameters[full] = _changed(parameters.get(full), full, row)
        shares = {key: _share(key, row) for key, row in table["shares"].items()}
        return cls(
            name=name,
            heart=heart,
            parameters=parameters,
            shares=shares,
            correlations=tuple(
                Correlation(tuple(row["between"]), row["value"], row.get("why", "")) for row in table["correlations"]
            ),
            ratios=tuple(RatioPrior(**{**row, "of": tuple(row["of"])}) for row in table["ratios"]),
            published=tuple(PublishedRow(**row) for row in table["published"]),
            selection=_selection(name, table["selection"]),
        )


def population_preset(which: Preset | str) -> PopulationPreset:
    """A shipped population: normal, fmr, ischaemic or afmr.

    Raises
    ------
    InputError
        No such preset; the nearest name is suggested.
    """
    return _shipped(_preset_of(which).value)


def _preset_of(which: Preset | str) -> Preset:
    from difflib import get_close_matches

    try:
        return Preset(which)
    except ValueError:
        known = [item.value for item in Preset]
        close = get_close_matches(str(which), known, n=1, cutoff=0.5)
        hint = f"; did you mean {close[0]!r}?" if close else "."
        raise InputError(f"preset must be one of {', '.join(known)} or a TOML file; got {str(which)!r}{hint}") from None


@cache
def _shipped(name: str) -> PopulationPreset:
    return PopulationPreset.from_tables(name, _file(name))


@cache
def _file(name: str) -> dict[str, Any]:
    text = resources.files("annulus.population").joinpath("presets", f"{name}.toml").read_text("utf-8")
    return tomllib.loads(text)


def _on_base(tables: Mapping[str, Any]) -> dict[str, Any]:
    """The tables of a preset on top of those of its base, key by key; rows of lists replace those of their name."""
    below = _on_base(_file(tables["base"])) if "base" in tables else {}
    out: dict[str, Any] = {"heart": tables.get("heart", below.get("heart"))}
    for kind in ("parameters", "shares"):
        merged = {key: dict(value) for key, value in below.get(kind, {}).items()}
        for key, value in tables.get(kind, {}).items():
            if kind == "shares":
                merged[key] = {**merged.get(key, {}), **value}
                continue
            for field, row in value.items():
                part = merged.setdefault(key, {})
                part[field] = {**part.get(field, {}), **row}
        out[kind] = merged
    without = tables.get("without", [])
    out["selection"] = {
        **({} if "selection" in without else below.get("selection", {})),
        **tables.get("selection", {}),
    }
    for kind, naming in (("correlations", "between"), ("ratios", "key"), ("published", "key")):
        own = tables.get(kind, [])
        gone = {_row_name(row, naming) for row in own}
        kept = (row for row in below.get(kind, []) if _row_name(row, naming) not in gone)
        # Several sources may give one column: all rows of a file count.
        out[kind] = [*(row for row in kept if kind != "published" or row["key"] not in without), *own]
    return out


def _row_name(row: Mapping[str, Any], naming: str) -> object:
    """What tells a row of a list from the others: a column may have a mean and several shares."""
    value = row[naming]
    return (value, row.get("below")) if isinstance(value, str) else frozenset(value)


def _changed(old: Parameter | None, name: str, row: Mapping[str, Any]) -> Parameter:
    """The parameter with the keys of a row changed."""
    if old is None and not {"value", "unit", "source", "why"} <= row.keys():
        missing = sorted({"value", "unit", "source", "why"} - row.keys())
        raise InputError(f"{name} is new: it needs {', '.join(missing)} too.")
    distribution = old.distribution if old else Distribution.FIXED
    spread = row.get("sd", row.get("spread", old.spread if old else 0.0))
    if "distribution" in row:
        distribution = Distribution(row["distribution"])
    elif "sd" in row:
        distribution = Distribution.NORMAL
    bounds = tuple(row.get("bounds", old.bounds if old else (float("-inf"), float("inf"))))
    spreads = distribution in (Distribution.NORMAL, Distribution.LOGNORMAL)
    if spreads and not (spread > 0.0 and isfinite(spread)):
        raise InputError(f"{name}: sd must be a positive number; got {spread:g}.")
    if distribution in (Distribution.UNIFORM, Distribution.LOGUNIFORM) and not all(isfinite(b) for b in bounds):
        raise InputError(f"{name}: a {distribution.value} variable needs two finite bounds; got {bounds}.")
    return Parameter(
        name=name,
        value=row.get("value", old.value if old else 0.0),
        unit=row.get("unit", old.unit if old else ""),
        distribution=distribution,
        spread=spread if spreads else 0.0,
        bounds=(bounds[0], bounds[1]),
        source=row.get("source", old.source if old else ""),
        assumed=row.get("assumed", old.assumed if old else True),
        why=row.get("why", old.why if old else ""),
    )


def _selection(name: str, row: Mapping[str, Any]) -> Selection | None:
    missing = [key for key in ("min_eroa_mm2", "max_eroa_mm2") if key not in row]
    if row and missing:
        raise InputError(f"preset {name}: selection needs {' and '.join(missing)} too.")
    return Selection(**row) if row else None


def _share(key: str, row: Mapping[str, Any]) -> Parameter:
    return Parameter(
        name=f"shares.{key}",
        value=row["value"],
        unit="1",
        bounds=(0.0, 1.0),
        source=row["source"],
        assumed=row.get("assumed", True),
        why=row.get("why", ""),
    )

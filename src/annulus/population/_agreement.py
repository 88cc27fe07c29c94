"""A population beside what is published: driving variables, their shift by rejection, what geometry gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annulus._typing import FloatArray
from annulus.errors import InputError
from annulus.population._preset import Statistic
from annulus.population._sample import Population

__all__ = ["Agreement", "DriverShift", "driver_shifts", "published_agreement"]

_NEAR = 0.25
"""A mean within this share of the published SD (10 % of the value where there is none) agrees."""

_NEAR_SHARE = 0.05
"""A share within this of the published one agrees."""

_SPREAD = 1.33
"""An SD within this factor of the published one agrees."""


@dataclass(frozen=True, slots=True)
class DriverShift:
    """A driving variable: its prior, the first draws, and what was left of them after rejection.

    Parameters
    ----------
    name, unit
        Which.
    drawn_mean, drawn_sd
        Of the first draw of each patient, before any rejection.
    accepted_mean, accepted_sd
        Of the accepted draws.
    """

    name: str
    unit: str
    drawn_mean: float
    drawn_sd: float
    accepted_mean: float
    accepted_sd: float

    @property
    def shift(self) -> float:
        """Accepted less drawn mean, in SDs of the draws [1]; not-a-number where these have none, as of one patient."""
        return float("nan") if self.drawn_sd == 0.0 else (self.accepted_mean - self.drawn_mean) / self.drawn_sd


@dataclass(frozen=True, slots=True)
class Agreement:
    """One published row beside the population's.

    Parameters
    ----------
    key, unit, statistic, below
        Which column, and what of it.
    published, published_sd
        The row; no SD where it gives none.
    found, found_sd
        The same of the measured column.
    n
        Patients that the column has a value for.
    agrees
        The difference is small against the published spread.
    group, phase, source, why
        Of the row.
    """

    key: str
    unit: str
    statistic: Statistic
    below: float | None
    published: float
    published_sd: float | None
    found: float
    found_sd: float
    n: int
    agrees: bool
    group: str
    phase: str
    source: str
    why: str


def driver_shifts(population: Population) -> tuple[DriverShift, ...]:
    """Each driving variable before and after rejection."""
    out = []
    for column, name in enumerate(population.driver_names):
        first, drawn = population.first[:, column], population.drawn[:, column]
        unit = population.preset.parameters[name].unit
        out.append(DriverShift(name, unit, *(float(f(x)) for x in (first, drawn) for f in (np.mean, _sd))))
    return tuple(out)


def published_agreement(population: Population) -> tuple[Agreement, ...]:
    """Each published row of the preset beside what was measured on the patients.

    Raises
    ------
    InputError
        A row names a column that is not measured.
    """
    rows = []
    for row in population.preset.published:
        if row.key not in population.columns:
            raise InputError(f"published row {row.key} names no measured column: see annulus.population.COLUMNS.")
        values = population.columns[row.key]
        values = values[np.isfinite(values)]
        found = _found(row.statistic, row.below, values)
        sd = _sd(values)
        share = row.statistic is Statistic.SHARE_BELOW or row.key == "circumflex.between"
        near = _NEAR_SHARE if share else _NEAR * row.sd if row.sd else 0.1 * abs(row.mean)
        agrees = bool(abs(found - row.mean) <= near)
        if row.sd is not None:
            agrees = agrees and 1.0 / _SPREAD <= sd / row.sd <= _SPREAD
        rows.append(
            Agreement(
                row.key, row.unit, row.statistic, row.below, row.mean, row.sd, found, sd, values.size, agrees,
                row.group, row.phase, row.source, row.why,
            )
        )  # fmt: skip
    return tuple(rows)


def _found(statistic: Statistic, below: float | None, values: FloatArray) -> float:
    if not values.size:
        return float("nan")
    if statistic is Statistic.SHARE_BELOW and below is not None:
        return float(np.mean(values < below))
    return float(np.median(values) if statistic is Statistic.MEDIAN else np.mean(values))


def _sd(values: FloatArray) -> float:
    return float(np.std(values, ddof=1)) if values.size > 1 else 0.0

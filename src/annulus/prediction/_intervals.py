"""From draws to intervals: order statistics, their standard errors, and the bias that measurement error brings.

Interval: the draws' quantiles at (1 -+ level) / 2 by the rule p (n + 1), which covers exactly at that level where truth
and draws are exchangeable. Standard error of each end: Maritz and Jarrett's, with the weights of Harrell and Davis
[maritz-jarrett1978, harrell-davis1982].

Bias: a measured contour is truth plus error, and a functional that is convex in the contour (a perimeter), or a minimum
over it (a gap), is moved by error in one direction: F(t + e) = F(t) + noise + b(t) on average. A draw m + e' about the
measured m = t + e is moved twice, by b(t) and by b(m). The second is the mean of F(m + e') - F(m). The first, averaged
over what t may be, is the mean of b(m + e'), that is of F(m + e' + e'') - F(m + e'). Their sum is the mean of
F(m + sqrt(2) e') - F(m): it is taken off, estimated over pairs +-e' in which noise that is linear in e' cancels, and
shrunk where the pairs cannot tell it from zero (``docs/uncertainty.md``).

Spread: b is not the same in every world. Where stiffnesses move a smooth heart more than a rough one, b falls as F
rises: with p the part of a world's number that is not error, b = b0 + a p, and draws with b0 alone taken off have the
spread of a rough heart. The slope a is the regression of F(m +- sqrt(2) e') - F(m), mean of both signs, on F(m) over
the worlds, shrunk like the bias; each draw's distance from the median grows by -a times the share of it that is p.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np
from scipy.special import betainc

from annulus._arrays import locked, real_number
from annulus._typing import FloatArray
from annulus.errors import InputError, SolveError

__all__ = ["WIDE", "Samples", "check_level", "fewest_samples", "quantile_error"]

_FEWEST = 8
"""Fewer values than this give no interval, whatever the level."""

_FEWEST_PAIRS = 4

UNCORRECTED = ("circumflex.risk.probability",)
"""Keys whose draws are 0 or 1, or a probability: neither bias nor spread is corrected, and their mean over the draws
says what an interval would for others."""

SHARES = ("stenosis_percent", "area_reduction_percent", "fraction_percent", "lumen_percent")
"""Ends of the keys of shares of a whole: none exceeds 100 percent, corrected or not."""

WIDE = 2.0**0.5
"""Error of a draw about a measured geometry over the error of the measurement: both together."""

_SHRINKAGE = 2.0
"""The estimated bias loses the share `_SHRINKAGE` (standard error / bias)^2 of itself."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Predicted numbers over the draws.

    Parameters
    ----------
    values
        Key of the result file to its values over the draws less the bias, shape (n,); not-a-number where a draw does
        not have it.
    bias
        Key to the bias that measurement error brings, both times; zero where it could not be told.
    level
        Of the intervals.
    seed
        Of the draws.
    failures
        Sentence to number of draws in which nothing could be predicted.
    worlds
        Numbers of the draws in `values`, in order; empty where not known.
    """

    values: Mapping[str, FloatArray]
    bias: Mapping[str, float]
    level: float
    seed: int
    failures: Mapping[str, int]
    worlds: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", MappingProxyType({k: locked(np.array(v)) for k, v in self.values.items()}))
        for name in ("bias", "failures"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def __reduce__(self) -> tuple[type[Samples], tuple[object, ...]]:
        return type(self), (
            dict(self.values),
            dict(self.bias),
            self.level,
            self.seed,
            dict(self.failures),
            self.worlds,
        )

    @classmethod
    def from_draws(
        cls,
        drawn: Sequence[Mapping[str, float] | str],
        bare: Sequence[Mapping[str, float] | str] = (),
        wide: Sequence[Mapping[str, float] | str] = (),
        opposite: Sequence[Mapping[str, float] | str] = (),
        *,
        level: float,
        seed: int,
    ) -> Samples:
        """Samples from the numbers of each draw, or the sentence that says why it has none.

        `bare` holds the numbers of the first draws once more, the geometry taken as measured without error, `wide`
        those with `WIDE` times the error; both have the same even number of rows. `opposite` holds those with `WIDE`
        times the error, its sign turned, or nothing: then the spread is not corrected.
        """
        good = [row for row in drawn if not isinstance(row, str)]
        failed = [row for row in drawn if isinstance(row, str)]
        if len(good) < fewest_samples(level):
            raise SolveError(
                f"an interval of level {level:g} needs {fewest_samples(level)} draws that can be predicted; "
                f"{len(failed)} of {len(drawn)} failed, the first because: {failed[0]}"
            )
        keys = dict.fromkeys(key for row in good for key in row)
        columns = {key: np.array([row.get(key, np.nan) for row in good]) for key in keys}
        bias = {key: 0.0 if key in UNCORRECTED else _bias(key, bare, wide) for key in keys}
        if opposite:
            columns |= {
                key: _widened(key, column, _growth(key, drawn, bare, wide, opposite))
                for key, column in columns.items()
                if key not in UNCORRECTED
            }
        values = {key: _shifted(key, column, -bias[key]) for key, column in columns.items()}
        worlds = tuple(index for index, row in enumerate(drawn) if not isinstance(row, str))
        return cls(values, bias, level, seed, {text: failed.count(text) for text in dict.fromkeys(failed)}, worlds)

    def moved(self, by: Mapping[str, float]) -> Samples:
        """The same draws with each of these numbers moved, what is never negative and a share kept so."""
        values = {key: _shifted(key, column, by.get(key, 0.0)) for key, column in self.values.items()}
        return replace(self, values=values)

    def without(self, *starts: str) -> Samples:
        """The same draws without the numbers whose keys start so."""
        values = {key: column for key, column in self.values.items() if not key.startswith(starts)}
        return replace(self, values=values)

    def difference(self, other: Samples) -> Samples:
        """These numbers less `other`'s, world by world: only the worlds and numbers that both have.

        Raises
        ------
        SolveError
            Fewer worlds in common than the level needs.
        """
        mine, theirs = ({world: row for row, world in enumerate(each.worlds)} for each in (self, other))
        common = [world for world in self.worlds if world in theirs]
        if self.seed != other.seed or len(common) < fewest_samples(self.level):
            raise SolveError(
                f"a difference needs {fewest_samples(self.level)} worlds that both predictions have; "
                f"{len(common)} of seeds {self.seed} and {other.seed}: take more worlds of one seed."
            )
        rows, others = [mine[world] for world in common], [theirs[world] for world in common]
        keys = [key for key in self.values if key in other.values]
        values = {key: self.values[key][rows] - other.values[key][others] for key in keys}
        bias = {key: self.bias.get(key, 0.0) - other.bias.get(key, 0.0) for key in keys}
        return Samples(values, bias, self.level, self.seed, {}, tuple(common))

    @property
    def n(self) -> int:
        """Draws that gave a prediction."""
        return len(next(iter(self.values.values())))

    @cached_property
    def intervals(self) -> Mapping[str, tuple[float, float]]:
        """Key to interval; a key that too few draws have is left out."""
        ends = (0.5 * (1.0 - self.level), 0.5 * (1.0 + self.level))
        return MappingProxyType(
            {
                key: tuple(np.quantile(column[np.isfinite(column)], ends, method="weibull").tolist())
                for key, column in self.values.items()
                if key not in UNCORRECTED and np.isfinite(column).sum() >= max(_FEWEST, fewest_samples(self.level))
            }
        )

    def mean(self, key: str) -> float | None:
        """Mean of a number over the draws that have it, such as a probability; None where none has it."""
        column = self.values.get(key)
        known = None if column is None else column[np.isfinite(column)]
        return None if known is None or not known.size else float(known.mean())

    @cached_property
    def standard_error(self) -> Mapping[str, tuple[float, float]]:
        """Key to the standard errors of the two ends."""
        ends = (0.5 * (1.0 - self.level), 0.5 * (1.0 + self.level))
        out = {}
        for key in self.intervals:
            column = self.values[key][np.isfinite(self.values[key])]
            out[key] = tuple(quantile_error(column, end) for end in ends)
        return MappingProxyType(out)

    def to_dict(self) -> dict[str, object]:
        """Object ``intervals`` of the result file."""
        shares = {key: float(np.isfinite(self.values[key]).mean()) for key in self.values}
        return {
            "level": self.level,
            "by_key": {key: list(ends) for key, ends in self.intervals.items()},
            "standard_error": {key: list(ends) for key, ends in self.standard_error.items()},
            "bias_removed": {key: self.bias[key] for key in self.intervals if self.bias[key] != 0.0},
            "share_of_draws": {key: share for key, share in shares.items() if share < 1.0},
            "n_samples": self.n,
            "seed": self.seed,
            "failures": dict(self.failures),
        }


def fewest_samples(level: float) -> int:
    """Fewest draws whose extremes reach an interval of this level: 2 / (1 - level) - 1."""
    return int(np.ceil(2.0 / (1.0 - level) - 1.0 - 1e-9))


def check_level(samples: int, level: float) -> None:
    """Raise where the level is none, or the samples are too few for it.

    Raises
    ------
    InputError
        Says how many samples the level needs.
    """
    if not 0.0 < real_number("level", level) < 1.0:
        raise InputError(f"level must lie between 0 and 1, such as 0.9; got {level:g}.")
    least = max(_FEWEST, fewest_samples(level))
    if samples < least:
        raise InputError(
            f"an interval of level {level:g} needs at least {least} samples; got {samples}: "
            "take more samples or a lower level."
        )


def quantile_error(values: FloatArray, probability: float) -> float:
    """Maritz-Jarrett standard error of a quantile, by the weights of Harrell and Davis [maritz-jarrett1978]."""
    ordered = np.sort(values)
    n = len(ordered)
    a, b = (n + 1) * probability, (n + 1) * (1.0 - probability)
    weights = np.diff(betainc(a, b, np.arange(n + 1) / n))
    mean = float(weights @ ordered)
    return float(np.sqrt(max(weights @ (ordered - mean) ** 2, 0.0)))


def _bias(key: str, bare: Sequence[Mapping[str, float] | str], wide: Sequence[Mapping[str, float] | str]) -> float:
    """Mean over whole pairs of the number with the wide error less that without, shrunk by how badly it is known."""
    pairs = []
    for j in range(0, len(bare) - 1, 2):
        rows = (wide[j], wide[j + 1], bare[j], bare[j + 1])
        numbers = [np.nan if isinstance(row, str) else row.get(key, np.nan) for row in rows]
        pairs.append(0.5 * (numbers[0] + numbers[1] - numbers[2] - numbers[3]))
    known = np.array([value for value in pairs if np.isfinite(value)])
    if len(known) < _FEWEST_PAIRS:
        return 0.0
    return _shrunk(float(known.mean()), float(known.var(ddof=1)) / len(known))


def _shrunk(mean: float, variance: float) -> float:
    """Positive-part shrinkage [james-stein1961]: what is not told from zero would only widen the error."""
    return mean - _SHRINKAGE * variance / mean if mean**2 > _SHRINKAGE * variance else 0.0


def _growth(
    key: str,
    drawn: Sequence[Mapping[str, float] | str],
    bare: Sequence[Mapping[str, float] | str],
    wide: Sequence[Mapping[str, float] | str],
    opposite: Sequence[Mapping[str, float] | str],
) -> float:
    """Factor by which the draws' spread falls short of that about a true geometry [1]."""
    parts = [drawn[: len(bare)], bare, wide, opposite]
    table = np.array([[np.nan if isinstance(row, str) else row.get(key, np.nan) for row in rows] for rows in parts])
    kept, alone, plus, minus = table[:, np.isfinite(table).all(axis=0)]
    if len(alone) < 2 * _FEWEST_PAIRS or np.ptp(alone) <= 1e-9 * np.abs(alone).max() or np.ptp(kept) == 0.0:
        return 1.0
    p, d, added = (values - values.mean() for values in (alone, kept, 0.5 * (plus + minus) - alone))
    slope = float(p @ added / (p @ p))
    left = added - slope * p
    slope = _shrunk(slope, float(left @ left) / (len(p) - 2) / float(p @ p))
    return 1.0 - slope * float(np.clip(p @ d / (d @ d), 0.0, 1.0))


def _widened(key: str, column: FloatArray, growth: float) -> FloatArray:
    """The column with every distance from its median times a factor, where it can be."""
    middle = np.median(column[np.isfinite(column)]) if np.isfinite(column).any() else 0.0
    return _possible(key, column, middle + growth * (column - middle))


def _shifted(key: str, column: FloatArray, by: float) -> FloatArray:
    """The column moved, where it can be."""
    return _possible(key, column, column + by)


def _possible(key: str, column: FloatArray, corrected: FloatArray) -> FloatArray:
    """The corrected column; what is never negative stays so (a gap may well be), a share stays at most the whole."""
    least = 0.0 if "gap" not in key and (column[np.isfinite(column)] >= 0.0).all() else -np.inf
    return np.clip(corrected, least, 100.0 if key.endswith(SHARES) else np.inf)

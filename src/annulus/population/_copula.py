"""Joint draws: marginal distributions tied by a Gaussian copula, and contradictions among the priors.

A bounded normal variable is a truncated normal whose mean and SD, after truncation, are the stated ones. The
correlation of two variables whose ratio's spread is published is the one that gives the ratio this spread.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import root, root_scalar
from scipy.special import ndtr, ndtri

from annulus._arrays import locked
from annulus._typing import FloatArray
from annulus.errors import InputError
from annulus.population._preset import PopulationPreset, RatioPrior
from annulus.sources import Distribution, Parameter

__all__ = ["Copula"]

_LOGARITHMIC = (Distribution.LOGNORMAL, Distribution.LOGUNIFORM)
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(48)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
_NEAREST = 1e-9
"""An eigenvalue below this is none of a correlation matrix."""


@dataclass(frozen=True, eq=False)
class Copula:
    """Driving variables and how they hang together.

    Parameters
    ----------
    names
        Driving variables.
    marginals
        One row for each: parent mean, parent SD, probabilities below the bounds (all on the logarithm for a
        logarithmic variable), 1 where logarithmic, 1 where uniform, shape (n, 6).
    correlation
        Of the normal scores, shape (n, n).
    factor
        Matrix whose product with independent normal scores has this correlation, shape (n, n).
    """

    names: tuple[str, ...]
    marginals: FloatArray
    correlation: FloatArray
    factor: FloatArray

    @classmethod
    @lru_cache(maxsize=16)
    def from_preset(cls, preset: PopulationPreset) -> Copula:
        """The joint distribution that a preset states; kept, for patients that are drawn one by one.

        Raises
        ------
        InputError
            Its priors contradict each other: the sentence says which rows, and by how much.
        """
        drivers = preset.drivers
        names = tuple(item.name for item in drivers)
        marginals = np.array([_marginal(preset.name, item) for item in drivers]).reshape(len(drivers), 6)
        place = {name: index for index, name in enumerate(names)}
        correlation = np.eye(len(names))
        for item in preset.correlations:
            a, b = (place[name] for name in item.between)
            correlation[a, b] = correlation[b, a] = item.value
        for item in preset.ratios:
            a, b = (place[name] for name in item.of)
            pair = preset.parameters[item.of[0]], preset.parameters[item.of[1]]
            correlation[a, b] = correlation[b, a] = _correlation_of_ratio(preset.name, item, pair, marginals[[a, b]])
        return cls(names, locked(marginals), locked(correlation), _factor(preset.name, names, correlation))

    def draw(self, generator: np.random.Generator) -> dict[str, float]:
        """One joint draw: name to value."""
        scores = self.factor @ generator.standard_normal(len(self.names))
        return dict(zip(self.names, _values(self.marginals, scores).tolist(), strict=True))

    def redraws(self, name: str, generator: np.random.Generator) -> Iterator[float]:
        """Further draws of one variable alone, without end; it must be correlated with no other."""
        marginal = self.marginals[self.names.index(name)]
        while True:
            yield float(_values(marginal, generator.standard_normal(1))[0])


def _values(marginals: FloatArray, scores: FloatArray) -> FloatArray:
    """Values of the variables at normal scores, shape of `scores`, whose last axis runs over the variables."""
    mean, sd, low, high, logarithmic, uniform = np.moveaxis(marginals, -1, 0)
    level = low + ndtr(scores) * (high - low)
    # A uniform variable keeps its bounds in place of the probabilities; far out, a level of exactly 0 or 1 is none.
    inner = ndtri(np.clip(np.where(uniform > 0.0, 0.5, level), 1e-15, 1.0 - 1e-15))
    values = np.where(uniform > 0.0, level, mean + sd * inner)
    return np.where(logarithmic > 0.0, np.exp(np.where(logarithmic > 0.0, values, 0.0)), values)


def _marginal(preset: str, item: Parameter) -> tuple[float, ...]:
    logarithmic = item.distribution in _LOGARITHMIC
    low, high = item.bounds
    value = item.value
    if logarithmic:
        with np.errstate(divide="ignore"):
            low, high, value = float(np.log(max(low, 0.0))), float(np.log(high)), float(np.log(value))
    if item.distribution in (Distribution.UNIFORM, Distribution.LOGUNIFORM):
        return 0.0, 1.0, low, high, float(logarithmic), 1.0
    mean, sd = value, item.spread
    if item.distribution is Distribution.NORMAL and np.isfinite([low, high]).any():
        mean, sd = _parent(preset, item)
    return mean, sd, float(ndtr((low - mean) / sd)), float(ndtr((high - mean) / sd)), float(logarithmic), 0.0


def _parent(preset: str, item: Parameter) -> tuple[float, float]:
    """Mean and SD of the normal that has the stated ones once it is cut at its bounds."""
    low, high = item.bounds
    # No distribution on [low, high] spreads more than one on its two ends (Bhatia and Davis); a flat one is the
    # widest that is cut from a normal without turning it upside down.
    widest = np.sqrt(max((high - item.value) * (item.value - low), 0.0)) if np.isfinite([low, high]).all() else np.inf

    def moments(x: FloatArray) -> FloatArray:
        mean, sd = x[0], np.exp(x[1])
        a, b = (low - mean) / sd, (high - mean) / sd
        mass = ndtr(b) - ndtr(a)
        p, q = np.exp(-0.5 * np.array([a, b]) ** 2) / np.sqrt(2.0 * np.pi)
        ap, bq = (a * p if np.isfinite(a) else 0.0), (b * q if np.isfinite(b) else 0.0)
        shift = (p - q) / mass
        return np.array([mean + sd * shift, sd * np.sqrt(max(1.0 + (ap - bq) / mass - shift**2, 0.0))])

    with np.errstate(all="ignore"):
        found = root(
            lambda x: (moments(x) - [item.value, item.spread]) / item.spread,
            np.array([item.value, np.log(item.spread)]),
            tol=1e-12,
        )
    if not (found.success and np.abs(found.fun).max() < 1e-8):
        most = "" if not np.isfinite(widest) else f"; no distribution there spreads more than {widest:.3g}"
        raise InputError(
            f"preset {preset}: rows of {item.name} contradict each other: mean {item.value:g} and sd {item.spread:g} "
            f"do not fit a normal variable within bounds [{low:g}, {high:g}]{most}: lower the sd or widen the bounds."
        )
    return float(found.x[0]), float(np.exp(found.x[1]))


def _correlation_of_ratio(
    preset: str, ratio: RatioPrior, pair: tuple[Parameter, Parameter], marginals: FloatArray
) -> float:
    """Correlation of the normal scores at which the ratio of the two variables spreads as stated."""

    def moments(correlation: float) -> tuple[float, float]:
        first, second = _NODES[:, None], correlation * _NODES[:, None] + np.sqrt(1.0 - correlation**2) * _NODES
        values = _values(marginals, np.stack(np.broadcast_arrays(first, second), axis=-1))
        quotient, weight = values[..., 0] / values[..., 1], _WEIGHTS[:, None] * _WEIGHTS
        mean = float((weight * quotient).sum())
        return mean, float(np.sqrt((weight * (quotient - mean) ** 2).sum()))

    least, most = moments(0.999)[1], moments(-0.999)[1]
    rows = " and ".join(f"{item.name} ({item.value:g} ± {item.spread:g})" for item in pair)
    if not least <= ratio.sd <= most:
        away = least - ratio.sd if ratio.sd < least else ratio.sd - most
        raise InputError(
            f"preset {preset}: the sd {ratio.sd:g} of {ratio.key} contradicts {rows}, whose ratio spreads by "
            f"{least:.3f} to {most:.3f} whatever their correlation: it is {away:.3f} out; change one of the three rows."
        )
    correlation = float(root_scalar(lambda r: moments(r)[1] - ratio.sd, bracket=(-0.999, 0.999), xtol=1e-10).root)
    mean = moments(correlation)[0]
    if abs(mean - ratio.mean) > ratio.sd:
        raise InputError(
            f"preset {preset}: the mean {ratio.mean:g} of {ratio.key} contradicts {rows}, whose ratio has the mean "
            f"{mean:.3f}: it is {abs(mean - ratio.mean):.3f} out, more than its sd {ratio.sd:g}: change one."
        )
    return correlation


def _factor(preset: str, names: tuple[str, ...], correlation: FloatArray) -> FloatArray:
    sizes, axes = np.linalg.eigh(correlation) if names else (np.ones(1), np.eye(1))
    if sizes[0] < -_NEAREST:
        # The nearest matrix with no negative eigenvalue, its diagonal set to one again, shows what would have to give.
        mended = axes @ (np.maximum(sizes, 0.0)[:, None] * axes.T)
        scale = np.sqrt(np.diag(mended))
        mended = mended / scale[:, None] / scale
        off = np.abs(mended - correlation)
        a, b = np.unravel_index(int(np.argmax(off)), off.shape)
        main = np.argsort(-np.abs(axes[:, 0]))[:3]
        raise InputError(
            f"preset {preset}: the correlations among {', '.join(names[i] for i in sorted(main))} contradict each "
            f"other (smallest eigenvalue {sizes[0]:.3f}): {names[min(a, b)]} and {names[max(a, b)]} would have to "
            f"be {mended[a, b]:.2f} in place of {correlation[a, b]:.2f}, say."
        )
    # Cholesky's factor is unique: the same patients on every machine. The pinch of identity serves singular matrices.
    return locked(np.linalg.cholesky(correlation + 2.0 * _NEAREST * np.eye(len(names))))

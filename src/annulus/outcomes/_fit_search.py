"""Combinations that match measured values: importance sampling in rounds, with a fast closure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from annulus._typing import FloatArray

__all__ = ["Found", "importance_search"]

_DRAWS, _ROUNDS = 800, 3

_INFLATED = 1.3
_DEFENSIVE = 0.15
"""Share of the draws that come from the prior in every round, so that no weight runs away."""


@dataclass(frozen=True, eq=False)
class Found:
    """Members of equal weight and what they give.

    Parameters
    ----------
    members, values
        Combinations (m, n) and their targets' measures (m, k).
    effective_size
        Effective number of independent draws.
    draws, draw_values
        All that were drawn, likewise.
    """

    members: FloatArray
    values: FloatArray
    effective_size: float
    draws: FloatArray
    draw_values: FloatArray


def importance_search(
    close: Callable[[FloatArray], FloatArray],
    spread: FloatArray,
    targets: Mapping[str, float],
    error: Mapping[str, float],
    offset: Mapping[str, float],
    *,
    n_members: int,
    generator: np.random.Generator,
) -> Found:
    """Importance sampling from the prior, then from normals fitted to the weighted draws; all draws count.

    Parameters
    ----------
    close
        Targets' measures (k,) of a combination (n,).
    spread
        Standard deviations of the prior, normal about zero, shape (n,).
    targets, error, offset
        Wanted measures, their standard deviations, and what is added to the closure's.
    n_members
        Members to keep.
    generator
        Of the draws.
    """
    keys = list(targets)
    want, sd = (np.array([each[key] for key in keys]) for each in (targets, error))
    shift = np.array([offset[key] for key in keys])
    floor = np.array([0.0 if key == "roa_mm2" else -np.inf for key in keys])
    n = len(spread)
    proposals: list[tuple[FloatArray, FloatArray]] = [(np.zeros(n), np.diag(spread**2))]
    theta, values = np.empty((0, n)), np.empty((0, len(keys)))
    weight = np.empty(0)
    for _ in range(_ROUNDS):
        mean, covariance = proposals[-1]
        count = int((1.0 - _DEFENSIVE) * _DRAWS) if len(proposals) > 1 else _DRAWS
        drawn = generator.multivariate_normal(mean, covariance, size=count)
        drawn = np.vstack([drawn, spread * generator.normal(size=(_DRAWS - count, n))])
        found = np.array([close(row) for row in drawn])
        theta, values = np.vstack([theta, drawn]), np.vstack([values, np.maximum(found + shift, floor)])
        log = _log_normal(theta, np.zeros(n), np.diag(spread**2)) - 0.5 * (((values - want) / sd) ** 2).sum(axis=1)
        # Deterministic mixture: each draw over the density of all proposals together.
        mixture = np.zeros(len(theta))
        for k, (centre, cov) in enumerate(proposals):
            own = np.exp(_log_normal(theta, centre, cov))
            prior = np.exp(_log_normal(theta, np.zeros(n), np.diag(spread**2)))
            mixture += own if k == 0 else (1.0 - _DEFENSIVE) * own + _DEFENSIVE * prior
        log -= np.log(mixture)
        weight = np.exp(log - log.max())
        weight /= weight.sum()
        centre = weight @ theta
        offsets = theta - centre
        cov = _INFLATED**2 * (weight * offsets.T) @ offsets + 1e-2 * np.diag(spread**2)
        proposals.append((centre, cov))
    # Systematic resampling: members of equal weight.
    at = (np.arange(n_members) + generator.random()) / n_members
    chosen = np.minimum(np.searchsorted(np.cumsum(weight), at), len(theta) - 1)
    chosen = generator.permutation(chosen)
    return Found(theta[chosen], values[chosen], float(1.0 / (weight**2).sum()), theta, values)


def _log_normal(x: FloatArray, mean: FloatArray, covariance: FloatArray) -> FloatArray:
    """Logarithm of a normal density up to the constant that all share, shape (n,)."""
    factor = np.linalg.cholesky(covariance)
    z = np.linalg.solve(factor, (x - mean).T)
    return -0.5 * (z**2).sum(axis=0) - np.log(np.diag(factor)).sum()

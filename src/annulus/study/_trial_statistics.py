"""What a virtual trial is judged by: overlap of two distributions, power, weight of evidence."""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import chi, norm, t

from annulus.errors import InputError

__all__ = ["evidence_weight", "normal_overlap", "paired_power", "patients_for_power"]

_MANY = 100_000

_NODES = 200
"""Of the Gauss rule of a power."""


def normal_overlap(mean: float, sd: float, other_mean: float, other_sd: float) -> float:
    """Overlapping coefficient of two normal distributions: the area under the lower of their two densities [1].

    Raises
    ------
    InputError
        A standard deviation that is not positive.
    """
    for name, value in (("sd", sd), ("other_sd", other_sd)):
        if not value > 0.0:
            raise InputError(f"{name} must be positive; got {value:g}.")
    if math.isclose(sd, other_sd, rel_tol=1e-9):
        return float(2.0 * norm.cdf(-0.5 * abs(mean - other_mean) / max(sd, other_sd)))
    if sd > other_sd:
        mean, sd, other_mean, other_sd = other_mean, other_sd, mean, sd
    # The densities are equal at two places; between them the narrower distribution is the higher one.
    a = 1.0 / sd**2 - 1.0 / other_sd**2
    b = other_mean / other_sd**2 - mean / sd**2
    c = mean**2 / sd**2 - other_mean**2 / other_sd**2 - 2.0 * math.log(other_sd / sd)
    root = math.sqrt(max(b * b - a * c, 0.0))
    low, high = (-b - root) / a, (-b + root) / a
    between = norm.cdf(high, other_mean, other_sd) - norm.cdf(low, other_mean, other_sd)
    return float(between + norm.cdf(low, mean, sd) + norm.sf(high, mean, sd))


def paired_power(effect: float, n: int, significance: float = 0.05) -> float:
    """Power of the two-sided paired t test.

    Parameters
    ----------
    effect
        Mean of the changes over their standard deviation [1].
    n
        Patients, at least 2.
    significance
        Of the test [1].
    """
    if n < 2:
        raise InputError(f"n must be at least 2 for a t test; got {n}.")
    df = n - 1
    bound, away = float(t.ppf(1.0 - 0.5 * significance, df)), abs(effect) * math.sqrt(n)
    # By the spread that the trial happens to see: scipy's noncentral t is not-a-number far out.
    places, weights = np.polynomial.legendre.leggauss(_NODES)
    low, high = chi.ppf(1e-12, df), chi.isf(1e-12, df)
    spread = low + 0.5 * (high - low) * (places + 1.0)
    density = 0.5 * (high - low) * weights * chi.pdf(spread, df)
    seen = bound * spread / math.sqrt(df)
    return min(float(density @ (norm.cdf(away - seen) + norm.cdf(-away - seen))), 1.0)


def patients_for_power(effect: float, power: float = 0.9, significance: float = 0.05) -> int | None:
    """Fewest patients with which the paired t test has a power; None for more than 100,000."""
    low, high = 1, 2
    while paired_power(effect, high, significance) < power:
        low, high = high, 2 * high
        if high > _MANY:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if paired_power(effect, middle, significance) >= power else (middle, high)
    return high


def evidence_weight(real_sd: float, real_n: int, virtual_variance: float) -> tuple[float, float]:
    """Weight of virtual evidence on a mean, and how many real patients it would stand for.

    Parameters
    ----------
    real_sd, real_n
        Standard deviation between the real patients, and their number.
    virtual_variance
        Variance of the virtual trial's mean: between patients over their number, and between worlds.

    Returns
    -------
    weight, patients
        Variance of the real mean over that of the virtual one [1]; `real_n` times it.
    """
    if not virtual_variance > 0.0:
        raise InputError(f"virtual_variance must be positive; got {virtual_variance:g}.")
    weight = real_sd**2 / real_n / virtual_variance
    return weight, weight * real_n

"""Quantiles of draws, their standard errors, and the bias of measurement error, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from annulus.errors import InputError, SolveError
from annulus.prediction import WIDE, Samples, check_level, fewest_samples, quantile_error


def test_nineteen_draws_are_the_fewest_at_90_percent() -> None:
    assert fewest_samples(0.9) == 19
    values = Samples.from_draws([{"x": float(k)} for k in range(19)], level=0.9, seed=0)
    assert values.intervals["x"] == pytest.approx((0.0, 18.0))
    check_level(19, 0.9)
    with pytest.raises(InputError, match="needs at least 19 samples; got 18"):
        check_level(18, 0.9)
    with pytest.raises(InputError, match="level must lie between 0 and 1"):
        check_level(100, 90.0)


def test_interval_ends_are_order_statistics() -> None:
    """With 39 draws the 2nd and the 38th: an exchangeable truth lies between them with probability 36/40."""
    values = np.random.default_rng(3).normal(size=39)
    samples = Samples.from_draws([{"x": value} for value in values], level=0.9, seed=0)
    assert samples.intervals["x"] == pytest.approx(tuple(np.sort(values)[[1, 37]]))


@pytest.mark.parametrize("probability", [0.5, 0.05])
def test_standard_error_of_a_quantile(probability: float) -> None:
    """Uniform draws: the quantile's variance is p (1 - p) / n to leading order; mean over repeated runs."""
    generator = np.random.default_rng(1)
    errors = [quantile_error(generator.uniform(size=400), probability) for _ in range(60)]
    assert np.mean(errors) == pytest.approx(np.sqrt(probability * (1.0 - probability) / 400.0), rel=0.08)


def test_bias_of_a_convex_functional_is_removed() -> None:
    """F(x) = 5 + x + x^2 / 2 at measured 0, error N(0, 1) in pairs: b = 1/2, so the draws lose 1 on average."""
    errors = np.random.default_rng(2).normal(size=400)
    pairs = np.stack([errors, -errors], axis=1).ravel()
    rows, wide = ([{"x": 5.0 + e + 0.5 * e**2} for e in scale * pairs] for scale in (1.0, WIDE))
    samples = Samples.from_draws(rows, [{"x": 5.0}] * len(pairs), wide, level=0.9, seed=0)
    assert samples.bias["x"] == pytest.approx(np.mean(errors**2), rel=0.02)
    assert samples.values["x"].mean() == pytest.approx(5.0 - 0.5 * np.mean(errors**2), rel=0.005)


def test_bias_that_cannot_be_told_from_zero_is_left_in() -> None:
    """Noise without curvature: each pair's second difference has mean zero, and most of the estimate goes."""
    generator = np.random.default_rng(4)
    found, raw = [], []
    for _ in range(200):
        rows = [{"x": 5.0 + value} for value in generator.normal(size=40)]
        found.append(Samples.from_draws(rows, [{"x": 5.0}] * 40, rows, level=0.9, seed=0).bias["x"])
        raw.append(np.mean([row["x"] for row in rows]) - 5.0)
    assert np.mean(np.square(found)) < 0.5 * np.mean(np.square(raw))


def attenuated(n: int, seed: int, *, fading: float) -> list[list[dict[str, float]]]:
    """F = (1 - fading r^2) p + e at roughness r: draws (r^2 = 2 in all), bare (1), wide and opposite (3)."""
    generator = np.random.default_rng(seed)
    p, errors = generator.normal(0.0, 2.0, n), np.repeat(generator.normal(0.0, 1.0, n // 2), 2)
    errors[1::2] *= -1.0
    slopes = [1.0 - fading * squared for squared in (2.0, 1.0, 3.0, 3.0)]
    parts = [slope * p + scale * errors for slope, scale in zip(slopes, (1.0, 0.0, WIDE, -WIDE), strict=True)]
    return [[{"x": 50.0 + value} for value in part] for part in parts]


def test_spread_that_roughness_takes_is_given_back() -> None:
    """Fading 0.05: the wide ones move by 0.85 p, the bare by 0.95 p, so a = -0.1 / 0.95; of a draw p is c.

    c = 0.95 * 0.9 * 4 / (0.81 * 4 + 1), the regression of the bare on the drawn.
    """
    parts = attenuated(4000, 1, fading=0.05)
    growth = 1.0 + 0.1 / 0.95 * (0.95 * 0.9 * 4.0) / (0.81 * 4.0 + 1.0)
    plain, grown = (Samples.from_draws(*parts[:count], level=0.9, seed=0).values["x"] for count in (3, 4))
    assert grown.std() / plain.std() == pytest.approx(growth, rel=0.01)
    assert np.median(grown) == pytest.approx(np.median(plain), abs=1e-9)


def test_spread_is_left_where_roughness_takes_nothing() -> None:
    """Nor does a handful of pairs, or a number that no world moves, change any draw."""
    parts = attenuated(40, 2, fading=0.0)
    still = [[{"x": 50.0 + k % 2} for k in range(40)], *[[{"x": 50.0}] * 40] * 3]
    for rows in (parts, still, [part[:6] if number else part for number, part in enumerate(parts)]):
        plain, grown = (Samples.from_draws(*rows[:count], level=0.9, seed=0).values["x"] for count in (3, 4))
        np.testing.assert_allclose(grown, plain, rtol=1e-12)


def test_lengths_stay_positive_and_gaps_need_not() -> None:
    rows = [{"height_mm": 0.1 + 0.01 * k, "gap_mm": 0.1 + 0.01 * k} for k in range(40)]
    wide = [{"height_mm": 0.5, "gap_mm": 0.5}] * 40
    samples = Samples.from_draws(rows, [{"height_mm": 0.0, "gap_mm": 0.0}] * 40, wide, level=0.9, seed=0)
    assert samples.values["height_mm"].min() == 0.0
    assert samples.values["gap_mm"].min() < 0.0


def test_failures_are_counted_or_said() -> None:
    rows: list = [{"x": float(k)} for k in range(30)] + ["no equilibrium"] * 5
    samples = Samples.from_draws(rows, level=0.9, seed=0)
    assert (samples.n, samples.to_dict()["failures"]) == (30, {"no equilibrium": 5})
    with pytest.raises(SolveError, match="needs 19 draws that can be predicted; 25 of 35 failed"):
        Samples.from_draws(rows[:10] + ["no equilibrium"] * 25, level=0.9, seed=0)


def test_number_that_few_draws_have_gets_no_interval() -> None:
    rows = [{"x": 1.0, "y": 2.0} if k < 5 else {"x": 1.0} for k in range(40)]
    document = Samples.from_draws(rows, level=0.9, seed=0).to_dict()
    assert list(document["by_key"]) == ["x"]  # type: ignore[call-overload]
    assert document["share_of_draws"] == {"y": 0.125}


def test_a_share_stays_at_most_the_whole() -> None:
    """Bias and spread push the draws by 30 either way: a stenosis ends at 100 percent, a change of 110 is one."""
    keys: tuple[str, ...] = ("circumflex.diameter_stenosis_percent", "annulus.change_percent.area_2d_mm2")
    rows = [dict.fromkeys(keys, 60.0 + k) for k in range(40)]
    bare, wide = [dict.fromkeys(keys, 30.0)] * 40, [dict.fromkeys(keys, 0.0)] * 40
    samples = Samples.from_draws(rows, bare, wide, level=0.9, seed=0)
    stenosis, change = (samples.values[key] for key in keys)
    assert change.max() == 129.0 and stenosis.max() == 100.0 == samples.intervals[keys[0]][1]
    np.testing.assert_array_equal(stenosis, np.minimum(change, 100.0))
    assert samples.moved({keys[0]: 30.0}).values[keys[0]].max() == 100.0

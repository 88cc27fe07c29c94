"""Intervals cover the truth as often as they claim: a small study here, the full one on request."""

from __future__ import annotations

import numpy as np
import pytest

from annulus.errors import InputError
from annulus.prediction import Priors
from interval_coverage import KEYS, coverage, run_trial, table


def test_a_trial_is_its_own_and_holds_its_truth() -> None:
    """Repeated alone it gives the same; the truth of the measured numbers is a few standard deviations away at most."""
    first, again = (run_trial(1, 19, 0.9, Priors(), 5) for _ in range(2))
    assert first == again and not isinstance(first, str)
    assert set(first) <= set(KEYS) and len(first) >= 10
    for key, (real, low, high) in first.items():
        assert low < high, key
        assert abs(real - 0.5 * (low + high)) < 4.0 * (high - low), key


def test_ten_trials_cover_about_as_often_as_claimed() -> None:
    """10 trials of 12 numbers at 19 samples: a share near 0.9; at 0.5 or below the intervals would be wrong."""
    rows, left_out = coverage(10, samples=19, seed=3)
    assert len(rows) == len(KEYS)
    assert sum(left_out.values()) <= 1
    assert 0.75 < np.mean([row.inside for row in rows]) <= 1.0
    assert f"| `annulus.before.ap_mm` | {rows[0].n} |" in table(rows, left_out)


def test_too_few_samples_are_refused() -> None:
    with pytest.raises(InputError, match="needs at least 19 samples"):
        coverage(1, samples=5)


@pytest.mark.slow
@pytest.mark.study
def test_ninety_percent_intervals_cover_ninety_percent() -> None:
    """The aim of the study: 90 +- 3 % of 1,000 truths, every number."""
    rows, _ = coverage(1000, samples=39, seed=1)
    missed = {row.key: row.inside for row in rows if not 0.87 <= row.inside <= 0.93}
    assert not missed

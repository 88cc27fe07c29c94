"""The robustness run in small: every random heart and device converges or says why not."""

from __future__ import annotations

import numpy as np

from robustness import REFUSED, robustness_trials, run_trial, summarise

N = 200


def test_random_hearts_and_devices() -> None:
    """The full run is ``python studies/robustness.py --n 10000``; its summary is in docs/robustness.md."""
    trials = list(robustness_trials(N, seed=2))
    summary = summarise(trials, seed=2, wall_s=0.0)
    assert [trial.index for trial in trials] == list(range(N))
    assert not summary.failures, summary.failures
    counts = {name: count for name, count, _ in summary.outcomes}
    assert counts["converged"] > 0.25 * N
    # Both ways out are met in such a run, so that they are tested too.
    assert counts["slack"] > 0 and counts[REFUSED] > 0
    assert summary.worst_residual_n <= 1e-6
    assert "Broken promises" in summary.to_markdown()


def test_a_trial_can_be_repeated_alone() -> None:
    first, second = run_trial(2, 70), run_trial(2, 70)
    assert first.outcome == second.outcome and first.iterations == second.iterations
    assert first.plication_mm == second.plication_mm
    assert np.isfinite(first.residual_n)

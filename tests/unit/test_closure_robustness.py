"""The closure's robustness run in small."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from annulus.anatomy.parametric import Preset
from annulus.errors import InputError
from annulus.mechanics.valve import fast_closure, fast_closure_error
from closure_robustness import FAILED, closure_trials, main, run_trial, summarise
from patient_valves import patient_valve
from random_valves import is_wild, random_valve


def test_random_valves_close_or_say_why() -> None:
    """The full run is ``python studies/closure_robustness.py --n 500``."""
    trials = list(closure_trials(3, seed=3))
    summary = summarise(trials, seed=3, wall_s=1.0)
    assert [trial.index for trial in trials] == [0, 1, 2]
    assert not summary.failures, summary.failures
    assert sum(count for _, count, _ in summary.outcomes) == 3
    text = summary.to_markdown()
    assert "Broken promises" in text and "| converged |" in text
    for trial in trials:
        thirds = sum(trial.measures[f"roa_{name}_mm2"] for name in ("a1p1", "a2p2", "a3p3"))
        assert thirds == pytest.approx(trial.measures["roa_mm2"])


def test_a_trial_can_be_repeated_alone() -> None:
    first, second = run_trial(3, 1), run_trial(3, 1)
    assert first.outcome == second.outcome != FAILED
    assert dict(first.measures) == pytest.approx(dict(second.measures), rel=1e-6, abs=1e-6)


def test_table_grows_as_trials_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "table.csv"
    assert main(["--n", "2", "--seed", "3", "--table", str(table)]) == 0
    lines = table.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 3 and lines[0].startswith("seed,index,outcome,wild,seconds")
    assert "2 valves, seed 3" in capsys.readouterr().out


def test_patients_that_the_fast_closure_is_unsure_of() -> None:
    doubts = []
    for index in range(3):
        drawn = patient_valve(5, index)
        fast = fast_closure(drawn.valve, pressure_mmhg=drawn.pressure_mmhg, hinge=drawn.hinge, tips=drawn.tips)
        doubts.append(fast.error["roa_mm2"] / fast_closure_error("roa_mm2", fast.roa_mm2))
    _, second, most = sorted(doubts)
    (trial,) = closure_trials(3, seed=5, patients=True, unsure=0.5 * (second + most))
    assert trial.index == doubts.index(most) and trial.measures


def test_doubts_are_for_patients(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--n", "1", "--unsure", "1"])
    assert "add --patients" in capsys.readouterr().err


def test_wild_valves_are_valves_or_refused() -> None:
    wild = [index for index in range(60) if is_wild(4, index)]
    made = 0
    for index in wild:
        with suppress(InputError):
            drawn = random_valve(4, index, mesh=(24, 3))
            assert drawn.wild and np.isfinite(drawn.hinge).all() and np.isfinite(drawn.tips).all()
            made += 1
    assert 0 < made <= len(wild)


def test_patients_are_moved_as_the_fit_moves_them() -> None:
    """Spreads of tips and chordae are those of the fit's priors, and presets take turns."""
    coarse = [patient_valve(5, index, mesh=(24, 3)) for index in range(60)]
    assert [drawn.group for drawn in coarse[:5]] == [*(item.value for item in Preset), next(iter(Preset)).value]
    away = np.array([d.valve.frame.vectors_to_local(d.tips - d.valve.tips) for d in coarse])
    # 360 draws: the spread is known to 4 %.
    assert away.std() == pytest.approx(3.0, rel=0.15)
    assert all(d.pressure_mmhg > 40.0 and not d.wild for d in coarse)
    again = patient_valve(5, 7, mesh=(24, 3))
    np.testing.assert_array_equal(again.hinge, coarse[7].hinge)
    np.testing.assert_array_equal(again.valve.chordae.length_mm, coarse[7].valve.chordae.length_mm)


def test_mesh_can_be_chosen() -> None:
    one, two = random_valve(3, 1, mesh=(40, 5)), random_valve(3, 1, mesh=(80, 10))
    # Displacements are given in the valve's own frame, which its mesh moves a little.
    np.testing.assert_allclose(one.tips, two.tips, atol=0.05)
    assert one.pressure_mmhg == two.pressure_mmhg
    assert len(two.valve.hinge) == 80

"""Evaluations: a prediction beside its own outcome, errors and coverage by hand, pairs that are none."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from annulus import evaluate, simulate
from annulus.anatomy import Case, Echo, Phase
from annulus.anatomy.parametric import preset
from annulus.cli import main
from annulus.errors import InputError
from annulus.io import save_case, validate_result
from annulus.planning import Evaluation, EvaluationPair, MeasureError

DEVICE, PLICATION = "carillon-8-14-60", {"plication_mm": 10.0}


@cache
def after(plication_mm: float = 10.0) -> Case:
    """The anatomy that the point prediction gives."""
    state = simulate(preset("fmr"), DEVICE, plication_mm=plication_mm, closure="none").prediction.after
    assert state.vein is not None
    case = replace(preset("fmr"), id="fmr-post", annulus=state.annulus)
    return replace(case, coronary_sinus=state.vein, arteries=state.arteries, echo=Echo(eroa_mm2=9.0))


def test_a_prediction_has_no_error_against_its_own_outcome() -> None:
    found = evaluate(preset("fmr"), after(), DEVICE, wishes=PLICATION, samples=20)
    rows = {row.key: row for row in found.pairs[0].errors}
    for key in ("annulus.after.ap_mm", "annulus.after.alpm_mm", "annulus.after.perimeter_3d_mm"):
        assert rows[key].error == pytest.approx(0.0, abs=1e-9)
        assert rows[key].inside
    assert rows["circumflex.min_gap_after_mm"].error == pytest.approx(0.0, abs=0.05)
    assert rows["regurgitation.after.eroa_mm2"].measured == 9.0
    result = found.pairs[0].result
    own = result.interval("annulus.after.ap_mm")
    told = rows["annulus.after.ap_mm"].interval
    # With the error of measuring POST on top.
    assert own is not None and told is not None
    assert np.diff(told)[0] > np.diff(own)[0]


def test_another_load_is_an_error_of_known_size() -> None:
    found = evaluate(preset("fmr"), after(4.0), DEVICE, wishes=PLICATION, samples=0)
    row = next(row for row in found.pairs[0].errors if row.key == "annulus.after.ap_mm")
    asked, done = (simulate(preset("fmr"), DEVICE, plication_mm=mm).after.ap_mm for mm in (10.0, 4.0))
    assert row.error == pytest.approx(asked - done)
    assert row.interval is None and row.inside is None


def test_bias_and_coverage_by_hand() -> None:
    def pair(error: float) -> EvaluationPair:
        row = MeasureError("annulus.after.ap_mm", 34.0, 30.0 + error, 30.0, (29.0 + error, 31.0 + error))
        return EvaluationPair(after(), simulate(preset("fmr"), "none", closure="none"), (row,))

    (row,) = Evaluation(tuple(pair(error) for error in (-2.0, 0.5, 0.0)), {}, 0.9, 20, 0).summary
    assert (row.n, row.bias) == (3, -0.5)
    assert row.sd == pytest.approx(np.std([-2.0, 0.5, 0.0], ddof=1))
    assert row.rms == pytest.approx(np.sqrt(4.25 / 3.0))
    assert (row.n_inside, row.n_with_interval) == (2, 3)
    # Wilson's interval of 2 of 3: published tables give 20.8 to 93.9 %.
    assert row.coverage_interval == pytest.approx((0.208, 0.939), abs=1e-3)


def test_different_hearts_are_refused() -> None:
    with pytest.raises(InputError, match=r"PRE 'fmr' and POST 'afmr' must be one heart; .* the width AL-PM by"):
        evaluate(preset("fmr"), preset("afmr"), DEVICE)
    trusted = evaluate(preset("fmr"), preset("afmr"), DEVICE, wishes=PLICATION, samples=0, same_heart=True)
    assert len(trusted.pairs) == 1


def test_the_same_geometry_and_another_phase_are_refused() -> None:
    with pytest.raises(InputError, match="they are one geometry"):
        evaluate(preset("fmr"), replace(preset("fmr"), id="post"), DEVICE)
    diastole = replace(after(), phase=Phase.END_DIASTOLE)
    with pytest.raises(InputError, match="of one phase of the cycle; got mid-systole and end-diastole"):
        evaluate(preset("fmr"), diastole, DEVICE, same_heart=True)


def test_of_several_pairs_the_bad_one_is_listed() -> None:
    fmr = preset("fmr")
    found = evaluate([fmr, fmr], [after(), preset("afmr")], DEVICE, wishes=PLICATION, samples=0)
    assert len(found.pairs) == 1
    assert list(found.failures) == ["2: fmr, afmr"]
    with pytest.raises(InputError, match="post must have one entry for each of 2 hearts"):
        evaluate([fmr, fmr], [after()], DEVICE)
    with pytest.raises(InputError, match="device must have one entry"):
        evaluate([fmr, fmr, fmr], [after()] * 3, [DEVICE, DEVICE])


def test_verb(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [str(tmp_path / name / "case.json") for name in ("pre", "post")]
    for case, path in zip((preset("fmr"), after()), paths, strict=True):
        save_case(case, Path(path))
    file = tmp_path / "e.json"
    words = ("--device", DEVICE, "--plication-mm", "10", "--samples", "20", "--workers", "1")
    with pytest.raises(SystemExit) as left:
        main(["evaluate", *paths, *words, "--json", str(file)])
    assert not left.value.code
    assert "AP predicted" in capsys.readouterr().out
    document = json.loads(file.read_text())
    validate_result(document)
    assert all(row["inside"] for row in document["pairs"][0]["errors"] if row["key"].startswith("annulus"))
    with pytest.raises(SystemExit) as left:
        main(["evaluate", paths[0], *words])
    assert left.value.code == 2
    assert "must come in pairs" in capsys.readouterr().err


def test_what_no_pair_could_answer_is_not_blamed_on_a_pair() -> None:
    with pytest.raises(InputError, match=r"^an interval of level"):
        evaluate([preset("fmr")] * 2, [after()] * 2, DEVICE, samples=1)

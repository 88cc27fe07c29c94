"""Virtual trials: statistics against closed forms, the file, the patients' way, prediction beside publication."""

from __future__ import annotations

import json
import math
import tomllib
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import nct, norm, t

from annulus.cli._app import main
from annulus.errors import FileError, InputError
from annulus.heart import Heart
from annulus.population import PATIENT_CLOSURE, sample_patient
from annulus.prediction import World, predict
from annulus.study import read_trial, run_trial, shipped_trials, trial_template
from annulus.study._trial_statistics import evidence_weight, normal_overlap, paired_power, patients_for_power
from annulus.therapies import Wish, therapy


def small(**changes: Any) -> dict[str, Any]:
    """One size in six patients; `changes` replace keys."""
    return {
        "name": "small",
        "source": "none",
        "context": {"question": "?", "use": "test"},
        "population": {"preset": "fmr", "n": 6, "seed": 3},
        "device": {"therapies": ["carillon-9-18-60"], "allocation": "one size", "plication_mm": 8.0},
        "endpoint": {"quantity": "regurgitation.eroa_mm2"},
        "outcomes": [{"quantity": "annulus.ap_mm", "mean": -10.0, "sd": 6.0, "n": 30}],
        **changes,
    }


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What ``annulus trial`` prints."""
    with pytest.raises(SystemExit) as left:
        main(["trial", *words])
    assert left.value.code == 0
    return capsys.readouterr().out


# ---- Statistics ------------------------------------------------------------------------------------------------------


def test_overlap_of_equal_spreads_is_its_closed_form() -> None:
    """2 Phi(-d/2), d the distance in standard deviations."""
    assert normal_overlap(1.0, 2.0, 1.0, 2.0) == 1.0
    assert normal_overlap(0.0, 2.0, 3.0, 2.0) == pytest.approx(2.0 * norm.cdf(-0.75), rel=1e-12)
    # A spread that differs by little must not lose digits to the difference.
    assert normal_overlap(0.0, 2.0, 3.0, 2.0 + 1e-7) == pytest.approx(2.0 * norm.cdf(-0.75), rel=1e-6)


@pytest.mark.parametrize(("mean", "sd", "other", "spread"), [(0, 1, 0, 3), (-10, 2, -4, 7), (5, 6, -8, 0.5)])
def test_overlap_is_the_area_under_both_densities(mean: float, sd: float, other: float, spread: float) -> None:
    """Slow reference: quadrature of the lower density."""
    ends = (min(mean - 9 * sd, other - 9 * spread), max(mean + 9 * sd, other + 9 * spread))
    x = np.linspace(*ends, 400_001)
    slow = np.trapezoid(np.minimum(norm.pdf(x, mean, sd), norm.pdf(x, other, spread)), x)
    assert normal_overlap(mean, sd, other, spread) == pytest.approx(slow, abs=1e-8)
    assert normal_overlap(other, spread, mean, sd) == pytest.approx(slow, abs=1e-8)


@pytest.mark.parametrize(("effect", "n"), [(0.0, 12), (0.5, 34), (-0.3, 50), (1.2, 5), (0.8, 2)])
def test_power_is_that_of_the_noncentral_t(effect: float, n: int) -> None:
    """scipy's noncentral t, which the function does not use."""
    bound, away = t.ppf(0.975, n - 1), abs(effect) * math.sqrt(n)
    expected = nct.sf(bound, n - 1, away) + (nct.cdf(-bound, n - 1, away) if away else t.cdf(-bound, n - 1))
    if away == 0.0:
        expected = 0.05
    assert paired_power(effect, n) == pytest.approx(expected, abs=1e-6)


def test_power_far_out_is_one_and_sizes_are_the_fewest() -> None:
    assert paired_power(9.0, 50) == pytest.approx(1.0, abs=1e-9)
    assert patients_for_power(0.5, 0.8) == 34  # Cohen 1988, one sample, two-sided 5 %
    assert patients_for_power(1e-4) is None
    n = patients_for_power(0.4)
    assert n is not None and paired_power(0.4, n) >= 0.9 > paired_power(0.4, n - 1)


def test_weight_of_the_same_trial_is_one() -> None:
    assert evidence_weight(6.0, 30, 36.0 / 30) == pytest.approx((1.0, 30.0))
    assert evidence_weight(6.0, 30, 4 * 36.0 / 30) == pytest.approx((0.25, 7.5))


def test_power_by_its_integral() -> None:
    """n = 2: the spread that is seen is half-normal."""
    bound, away = t.ppf(0.975, 1), 0.6 * math.sqrt(2.0)

    def beyond(s: float) -> float:
        return 2.0 * norm.pdf(s) * (norm.cdf(away - bound * s) + norm.cdf(-away - bound * s))

    assert paired_power(0.6, 2) == pytest.approx(quad(beyond, 0.0, 8.0, epsabs=1e-12)[0], abs=1e-7)


# ---- The file --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"inclusoin": []}, "did you mean 'inclusion'"),
        (
            {"inclusion": [{"key": "regurgitation.before.eroa", "min": 2.0}]},
            "did you mean 'regurgitation.before.eroa_mm2'",
        ),
        ({"inclusion": [{"key": "annulus.before.ap_mm", "minn": 2.0}]}, "did you mean 'min'"),
        ({"inclusion": [{"key": "annulus.before.ap_mm", "min": 40.0, "max": 30.0}]}, "min must not exceed max; got 40"),
        ({"inclusion": [{"key": "annulus.before.ap_mm"}]}, "got neither"),
        ({"inclusion": [{"key": "annulus.after.ap_mm", "min": 30.0}]}, "known before anything is done"),
        (
            {
                "inclusion": [
                    {"key": "annulus.before.ap_mm", "min": 40.0},
                    {"key": "annulus.before.ap_mm", "max": 30.0},
                ]
            },
            "at least 40 and at most 30",
        ),
        (
            {
                "inclusion": [{"key": "annulus.before.ap_mm", "min": 30.0, "max": 40.0}],
                "exclusion": [{"key": "annulus.before.ap_mm", "min": 20.0}],
            },
            "excluded wherever inclusion asks for it",
        ),
        ({"device": {"therapies": ["carillon-9-18-60"]}}, '"size by the rule" several'),
        ({"device": {"therapies": ["carillon-*"], "allocation": "one size"}}, '"one size" needs one therapy'),
        ({"device": {"therapies": ["carilon-*"]}}, "matches none"),
        ({"population": {"preset": "fmrr"}}, "did you mean 'fmr'"),
        ({"endpoint": {"quantity": "regurgitation.before.eroa_mm2"}}, "did you mean 'regurgitation.eroa_mm2'"),
        (
            {"outcomes": [{"quantity": "annulus.ap_mm", "mean": -1.0, "low": -2.0, "high": 0.0, "n": 30}]},
            "either a mean",
        ),
        ({"baseline": [{"key": "annulus.before.ap_mm", "mean": 3.4, "unit": "cm"}]}, "must be that of"),
        ({"flow": {"enrolled": 10, "implanted": 12}}, "implanted must not exceed enrolled; got 12 and 10"),
    ],
)
def test_bad_files_are_told_in_one_sentence(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(FileError) as error:
        read_trial(small(**changes))
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_an_unknown_trial_is_told() -> None:
    with pytest.raises(InputError, match="did you mean 'amadeus'"):
        read_trial("amadeuss")


def test_shipped_trial_and_template_are_read() -> None:
    assert shipped_trials() == ("amadeus",)
    assert read_trial("AMADEUS").model.name == "AMADEUS"
    assert read_trial(tomllib.loads(trial_template())).model.name == "my-trial"


# ---- The trial -------------------------------------------------------------------------------------------------------


def test_a_trial_is_the_one_road_patient_by_patient() -> None:
    """Slow reference: the same patients placed and predicted by hand."""
    result = run_trial(small(), worlds=0)
    device, changes = therapy("carillon-9-18-60"), []
    for index in range(6):
        heart = Heart(sample_patient("fmr", seed=3, index=index).case, PATIENT_CLOSURE)
        placed = device.site(heart, Wish(plication_mm=8.0))
        numbers = predict(heart, device, placed.site, placed.load, World()).numbers(("annulus",))
        changes.append(numbers["annulus.change_percent.ap_mm"])
    (row,) = result.outcomes
    kept = result.flow.implanted
    assert result.flow.screened == result.flow.enrolled == 6
    assert kept + sum(result.flow.failed.values()) == 6
    if kept == 6:
        assert row.mean == pytest.approx(np.mean(changes), rel=1e-12)
        assert row.sd == pytest.approx(np.std(changes, ddof=1), rel=1e-12)
    half = t.ppf(0.975, kept - 1) * row.sd / math.sqrt(kept)
    assert (row.low, row.high) == pytest.approx((row.mean - half, row.mean + half))
    assert row.overlap_patients == normal_overlap(row.mean, row.sd, -10.0, 6.0)
    assert row.weight == pytest.approx((36.0 / 30) / (row.sd**2 / kept))


def test_everybody_screened_is_somewhere() -> None:
    content = small(
        device={"therapies": ["carillon-9-18-*", "carillon-13-18-70"]},
        inclusion=[{"key": "regurgitation.before.eroa_mm2", "min": 30.0}],
        success=[{"key": "annulus.change_percent.ap_mm", "max": -10.0, "reason": "too little"}],
    )
    flow = run_trial(content, n=12, worlds=2).flow
    assert flow.enrolled == 12 - sum(flow.not_enrolled.values()) < 12
    assert flow.implanted == flow.enrolled - sum(flow.failed.values())
    assert flow.implanted_worlds is not None and flow.implanted_worlds[1] <= flow.enrolled


def test_nobody_left_is_told() -> None:
    with pytest.raises(InputError, match="worlds must be 0, or at least 2"):
        run_trial(small(), worlds=1)
    with pytest.raises(InputError, match=r"at least two patients must be enrolled; 0 of 2 .*not at least 500"):
        run_trial(small(inclusion=[{"key": "regurgitation.before.eroa_mm2", "min": 500.0}]), n=2, worlds=0)
    rule = {"key": "annulus.change_percent.ap_mm", "min": 5.0, "reason": "no wider annulus"}
    with pytest.raises(InputError, match=r"at least two patients must keep the device; 0 of 2 do: .*no wider annulus"):
        run_trial(small(success=[rule]), n=2, worlds=0)


def test_amadeus_says_all_that_it_must(capsys: pytest.CaptureFixture[str]) -> None:
    told = " ".join(said(capsys, "amadeus", "-n", "8", "--worlds", "3").split())
    for word in ("Context of use", "quantity of interest", "published", "enrolled", "coronary artery compromise",
                 "overlap", "weight", "Power", "Outside the model", "remodelling", "drugs", "Assumed",
                 "Research use only"):  # fmt: skip
        assert word in told
    found = json.loads(said(capsys, "amadeus", "-n", "8", "--worlds", "3", "--json", "-"))
    assert found["schema"] == "annulus.trial/1"
    assert all(row["world_sd"] > 0.0 for row in found["outcomes"])
    # The annulus shrinks and the leak falls, in the mean over worlds.
    assert all(row["mean"] < 0.0 for row in found["outcomes"])


def test_the_template_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert tomllib.loads(said(capsys, "--template"))["name"] == "my-trial"
    with pytest.raises(SystemExit) as left:
        main(["trial"])
    assert left.value.code == 2
    assert "amadeus" in capsys.readouterr().err

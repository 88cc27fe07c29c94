"""Fit to the baseline echo: synthetic truths are found back, and what cannot be reached is said so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from annulus.anatomy import Case, Echo
from annulus.anatomy.parametric import preset
from annulus.anatomy.valve import valve_of_case
from annulus.errors import InputError
from annulus.mechanics.valve import close_valve, fast_closure
from annulus.outcomes import BLOOD_DENSITY, CONTRACTION, FIT_PRIORS, anatomic_orifice, fit_valve

TRUTH = np.array([0.8, -0.5, 0.4, 1.5, 1.0, 2.0, -1.0, 0.5, 1.0, 0.03])

DEPTH = "a2p2_coaptation_depth_mm"


@pytest.fixture(scope="module")
def case() -> Case:
    return preset("fmr")


def moved(case: Case, theta: np.ndarray, **changes: object):
    """Fast closure of the case with other slack, tips and leaflet heights, written out anew."""
    valve, _ = valve_of_case(case, n_columns=48, n_rows=6)
    lengths = valve.chordae.length_mm + theta[:3][valve.chordae.group]
    signs = np.array([[-1.0, -1.0, -1.0], [1.0, -1.0, -1.0]])
    shift = (theta[3:9].reshape(2, 3) * signs) @ valve.frame.axes
    return fast_closure(
        valve,
        pressure_mmhg=105.0,
        tips=valve.tips + shift,
        chordae_length_mm=lengths,
        length_factor=float(np.exp(theta[9])),
        **changes,
    )


def cinched(case: Case) -> np.ndarray:
    valve, _ = valve_of_case(case, n_columns=48, n_rows=6)
    local = valve.frame.to_local(valve.surface.points[valve.hinge])
    back = (local[:, 1].max() - local[:, 1]) / np.ptp(local[:, 1])
    local[:, 1] += 0.2 * np.ptp(local[:, 1]) * back**2
    return np.asarray(valve.frame.to_world(local))


def test_synthetic_truth_is_covered(case: Case) -> None:
    """A valve with known slack and tips: the fit matches its echo, and its prediction covers the cinched truth."""
    before = moved(case, TRUTH).measures
    eroa = CONTRACTION.value * before["roa_mm2"]
    echo = Echo(eroa_mm2=eroa, tenting_height_mm=before[DEPTH])
    fit = fit_valve(replace(case, echo=echo), seed=3)
    assert fit.reached and "baseline matched" in fit.sentence
    assert fit.effective_size > 100.0
    for key, left in fit.residual().items():
        assert abs(left) < fit.error[key], key
    low, high = np.percentile(fit.members, [0.5, 99.5], axis=0)
    assert ((low < TRUTH) & (high > TRUTH)).all()
    hinge = cinched(case)
    truth = moved(case, TRUTH, hinge=hinge).measures
    after = fit.predict(hinge=hinge)
    for key in ("roa_mm2", "coapt_height_mean_mm", DEPTH):
        low, high = np.percentile(after[key], [2.5, 97.5])
        assert low <= truth[key] <= high, key
    # One orifice and one height leave most of the slack and tips open: the members stay apart.
    prior = np.array([item.spread for item in FIT_PRIORS])
    assert (fit.members.std(axis=0) > 0.5 * prior).mean() > 0.5


def test_members_are_the_case_with_other_chordae(case: Case) -> None:
    fit = fit_valve(replace(case, echo=Echo(tenting_height_mm=9.0)), n_members=5, seed=1)
    assert fit.members.shape == (5, len(FIT_PRIORS)) and set(fit.targets) == {DEPTH}
    member = fit.member(2)
    lengths = member.chordae_length_mm(fit.valve)
    own = member.valve(fit.valve)
    np.testing.assert_allclose(own.chordae.length_mm, lengths)
    alone = fast_closure(
        fit.valve,
        pressure_mmhg=fit.pressure_mmhg,
        tips=member.tips,
        chordae_length_mm=lengths,
        length_factor=member.length_factor,
    )
    assert alone.measures[DEPTH] == pytest.approx(fit.baseline[DEPTH][2])
    np.testing.assert_allclose(fit.predict()[DEPTH], fit.baseline[DEPTH], atol=1e-9)
    # What the therapy does to the tips comes on top.
    lifted = fit.predict(tips_moved=fit.valve.frame.vectors_to_world(np.array([[0.0, 0.0, 6.0], [0.0, 0.0, 6.0]])))
    assert lifted[DEPTH].mean() < fit.baseline[DEPTH].mean()


def test_same_seed_same_members(case: Case) -> None:
    own = replace(case, echo=Echo(eroa_mm2=60.0))
    first, second = (fit_valve(own, n_members=10, seed=5) for _ in range(2))
    np.testing.assert_allclose(first.members, second.members, atol=1e-6)


def test_volume_stands_for_an_orifice(case: Case) -> None:
    """V = EROA sqrt(2 p / rho) t, by hand in SI units, at the case's 105 mmHg and the assumed 0.3 s."""
    speed = (2.0 * 105.0 * 133.322387415 / BLOOD_DENSITY.value) ** 0.5
    orifice = 40e-6 / (speed * 0.3) * 1e6 / CONTRACTION.value
    fit = fit_valve(replace(case, echo=Echo(regurgitant_volume_ml=40.0)), n_members=5)
    assert fit.targets["roa_mm2"] == pytest.approx(orifice)


def test_what_cannot_be_reached_is_said(case: Case) -> None:
    """One orifice is met, the other is not; the sentence tells which, what the echo said and what the valve has."""
    fit = fit_valve(replace(case, echo=Echo(eroa_mm2=2000.0)), n_members=5)
    assert not fit.reached
    told = f"EROA {CONTRACTION.value * fit.closed['roa_mm2']:.1f} mm2 where the echo says 2000.0 ± 400.0"
    assert fit.sentence.startswith("baseline missed: ") and told in fit.sentence
    # The closest of all that was tried.
    assert fit.closed["roa_mm2"] == pytest.approx(fit.span["roa_mm2"][1])
    with pytest.raises(InputError, match=r"echo\.eroa_mm2"):
        fit_valve(replace(case, echo=Echo()))


@pytest.mark.parametrize(("eroa", "polish"), [(10.0, 0), (80.0, 0), (80.0, 2)])
def test_one_member_meets_a_mild_and_a_severe_leak(case: Case, eroa: float, polish: int) -> None:
    """The member that is closed, by the closure that closed it, within the echo's own error (20 % or 3 mm2)."""
    fit = fit_valve(replace(case, echo=Echo(eroa_mm2=eroa)), n_members=10, polish=polish)
    target = eroa / CONTRACTION.value
    assert fit.measured["roa_mm2"] == pytest.approx(max(0.2 * target, 3.0))
    member = fit.member(fit.closest)
    if polish:
        own = member.valve(fit.valve)
        points = close_valve(own, pressure_mmhg=105.0, tips=member.tips).points
        orifice = anatomic_orifice(own, points).area_mm2
    else:
        orifice = moved(case, fit.members[fit.closest]).roa_mm2
    assert fit.closed["roa_mm2"] == pytest.approx(orifice, rel=1e-6)
    assert abs(orifice - target) <= fit.measured["roa_mm2"]
    assert fit.reached and fit.sentence.startswith("baseline matched")


def test_targets_are_missed_one_by_one(case: Case) -> None:
    """A valve that meets the orifice and not the depth misses the depth, by the error of measurement alone."""
    fit = replace(
        fit_valve(replace(case, echo=Echo(eroa_mm2=30.0)), n_members=5),
        targets={"roa_mm2": 50.0, DEPTH: 9.0},
        measured={"roa_mm2": 10.0, DEPTH: 1.0},
        error={"roa_mm2": 100.0, DEPTH: 10.0},
        span={"roa_mm2": (0.0, 80.0), DEPTH: (4.0, 15.0)},
        contraction=0.5,
    )
    assert fit.missed({"roa_mm2": 59.9, DEPTH: 8.1}) == ""
    deep = fit.missed({"roa_mm2": 59.9, DEPTH: 11.5})
    assert "depth A2-P2 11.5 mm where the echo says 9.0 ± 1.0" in deep and "4.0 to 15.0" in deep and "EROA" not in deep
    both = fit.missed({"roa_mm2": 30.0})
    assert "EROA 15.0 mm2 where the echo says 25.0 ± 5.0" in both and "depth A2-P2 unknown" in both


def test_polished_by_the_full_closure(case: Case) -> None:
    """Offsets are those of full closures; the members then match the target with them."""
    fit = fit_valve(replace(case, echo=Echo(tenting_height_mm=9.0)), n_members=20, polish=3, seed=2)
    assert fit.offset[DEPTH] != 0.0
    assert abs(fit.residual()[DEPTH]) < fit.error[DEPTH]
    assert f"fit_offset.{DEPTH}" in {line.name for line in fit.assumptions}

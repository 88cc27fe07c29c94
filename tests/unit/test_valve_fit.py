"""Fit to the baseline echo: synthetic truths are found back, and what cannot be reached is said so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from annulus.anatomy import Case, Echo
from annulus.anatomy.parametric import preset
from annulus.anatomy.valve import valve_of_case
from annulus.errors import InputError
from annulus.mechanics.valve import fast_closure
from annulus.outcomes import BLOOD_DENSITY, CONTRACTION, FIT_PRIORS, fit_valve

TRUTH = np.array([0.8, -0.5, 0.4, 1.5, 1.0, 2.0, -1.0, 0.5, 1.0])


@pytest.fixture(scope="module")
def case() -> Case:
    return preset("fmr")


def moved(case: Case, theta: np.ndarray, **changes: object):
    """Fast closure of the case with slack and tips displaced, written out anew."""
    valve, _ = valve_of_case(case, n_columns=48, n_rows=6)
    lengths = valve.chordae.length_mm + theta[:3][valve.chordae.group]
    signs = np.array([[-1.0, -1.0, -1.0], [1.0, -1.0, -1.0]])
    shift = (theta[3:].reshape(2, 3) * signs) @ valve.frame.axes
    return fast_closure(valve, pressure_mmhg=105.0, tips=valve.tips + shift, chordae_length_mm=lengths, **changes)


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
    echo = Echo(eroa_mm2=eroa, tenting_height_mm=before["a2p2_tenting_height_mm"])
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
    for key in ("roa_mm2", "coapt_height_mean_mm", "a2p2_tenting_height_mm"):
        low, high = np.percentile(after[key], [2.5, 97.5])
        assert low <= truth[key] <= high, key
    # One orifice and one height leave most of the slack and tips open: the members stay apart.
    prior = np.array([item.spread for item in FIT_PRIORS])
    assert (fit.members.std(axis=0) > 0.5 * prior).mean() > 0.5


def test_members_are_the_case_with_other_chordae(case: Case) -> None:
    fit = fit_valve(replace(case, echo=Echo(tenting_height_mm=9.0)), n_members=5, seed=1)
    assert fit.members.shape == (5, len(FIT_PRIORS)) and set(fit.targets) == {"a2p2_tenting_height_mm"}
    member = fit.member(2)
    own = member.valve(fit.valve)
    np.testing.assert_allclose(own.chordae.length_mm, member.chordae_length_mm)
    alone = fast_closure(own, pressure_mmhg=fit.pressure_mmhg, tips=member.tips)
    assert alone.measures["a2p2_tenting_height_mm"] == pytest.approx(fit.baseline["a2p2_tenting_height_mm"][2])
    np.testing.assert_allclose(
        fit.predict()["a2p2_tenting_height_mm"], fit.baseline["a2p2_tenting_height_mm"], atol=1e-9
    )
    # What the therapy does to the tips comes on top.
    lifted = fit.predict(tips_moved=fit.valve.frame.vectors_to_world(np.array([[0.0, 0.0, 6.0], [0.0, 0.0, 6.0]])))
    assert lifted["a2p2_tenting_height_mm"].mean() < fit.baseline["a2p2_tenting_height_mm"].mean()


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
    fit = fit_valve(replace(case, echo=Echo(eroa_mm2=0.5, tenting_height_mm=25.0)), n_members=5)
    assert not fit.reached
    assert "not reached within the priors" in fit.sentence and "nearest combination" in fit.sentence
    with pytest.raises(InputError, match=r"echo\.eroa_mm2"):
        fit_valve(replace(case, echo=Echo()))


def test_polished_by_the_full_closure(case: Case) -> None:
    """Offsets are those of full closures; the members then match the target with them."""
    fit = fit_valve(replace(case, echo=Echo(tenting_height_mm=9.0)), n_members=20, polish=3, seed=2)
    assert fit.offset["a2p2_tenting_height_mm"] != 0.0
    assert abs(fit.residual()["a2p2_tenting_height_mm"]) < fit.error["a2p2_tenting_height_mm"]
    assert "fit_offset.a2p2_tenting_height_mm" in {line.name for line in fit.assumptions}

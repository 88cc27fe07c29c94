"""A clip on a valve whose annulus and papillary tips give way: both balance the leaflets' pull, and the leak falls."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from annulus.anatomy.parametric import preset
from annulus.errors import InputError
from annulus.heart import ClosureSettings, Heart, State, grasped
from annulus.heart._grasped import BALANCE_MM
from annulus.kernels.cables import Cable
from annulus.kernels.laws import CableLaw
from annulus.kernels.strip import tributary_lengths
from annulus.mechanics.network import Attachments, CinchParameters, annulus_load, annulus_moves
from annulus.mechanics.valve import ClosureSolution
from annulus.planning import simulate
from annulus.prediction import Result, World
from annulus.therapies.clip import EdgeToEdgeClip

LIMP = Cable(np.zeros((0, 2), dtype=np.int64), np.zeros((0, 2)), np.zeros((0, 3)))


@pytest.fixture(scope="module")
def heart() -> Heart:
    return Heart(preset("fmr"), ClosureSettings("full"))


@pytest.fixture(scope="module")
def result(heart: Heart) -> Result:
    return simulate(heart, "clip-NTW")


@pytest.fixture(scope="module")
def longer(heart: Heart) -> Result:
    return simulate(heart, "clip-XTW")


def solution(state: State) -> ClosureSolution:
    assert state.closed is not None and state.closed.solution is not None
    return state.closed.solution


def test_annulus_balances_what_the_leaflets_pull_more(heart: Heart, result: Result) -> None:
    """The network is solved once more, from its reference, under the change of force at the hinge."""
    state, valve = result.prediction.after, heart.valve
    assert state.grasped is not None and valve is not None
    hinge = valve.hinge_on(heart.case.annulus)
    more = -(solution(state).hinge_force_n - solution(result.prediction.before).hinge_force_n)
    world = World()
    loads = Attachments(line_loads=(annulus_load(heart.strip, hinge, more),))
    found = heart.model(world.parameters, world.inner_wall_factor, loads).solve(LIMP, CableLaw(0.0, 0.0, 0.0))
    moved = solution(state).points[valve.valve.hinge] - hinge
    off = np.sqrt(((annulus_moves(hinge, found) - moved) ** 2).sum(axis=1).mean())
    assert off < 2.0 * BALANCE_MM < 0.2 * np.linalg.norm(moved, axis=1).max()
    # What is told is that annulus.
    assert result.prediction.after.numbers["ap_mm"] == pytest.approx(result.after.ap_mm)


def test_tips_give_way_to_what_their_chordae_pull_more(heart: Heart, result: Result) -> None:
    """Chordal forces from places and tensions."""
    state = result.prediction.after
    assert state.tip_moves is not None and heart.valve is not None

    def pull(closed: ClosureSolution, tips: np.ndarray) -> np.ndarray:
        chordae = closed.valve.chordae
        away = np.einsum("ck,ckd->cd", chordae.weights, closed.points[chordae.corners]) - tips[chordae.tip]
        force = closed.chordae_tension_n[:, None] * away / np.linalg.norm(away, axis=1, keepdims=True)
        return np.array([force[chordae.tip == tip].sum(axis=0) for tip in range(len(tips))])

    tips = heart.valve.valve.tips if heart.valve.tips is None else heart.valve.tips
    before = pull(solution(result.prediction.before), tips)
    np.testing.assert_allclose(-solution(result.prediction.before).tip_force_n, before, atol=1e-9)
    after = pull(solution(state), tips + state.tip_moves.by_mm)
    np.testing.assert_allclose(state.tip_moves.by_mm, (after - before) / 10.0, atol=2.0 * BALANCE_MM)


def test_load_keeps_force_and_work(heart: Heart) -> None:
    """Sum of forces, and work on any displacement of the nodes."""
    rng = np.random.default_rng(3)
    strip, valve = heart.strip, heart.valve
    assert valve is not None
    hinge = valve.hinge_on(heart.case.annulus)
    force = rng.normal(size=hinge.shape)
    load = annulus_load(strip, hinge, force).load_n_per_mm * tributary_lengths(strip.annulus, True)[:, None]
    np.testing.assert_allclose(load.sum(axis=0), force.sum(axis=0), atol=1e-9)
    model = heart.model(CinchParameters(), 1.0, Attachments(line_loads=(annulus_load(strip, hinge, 0.01 * force),)))
    found = model.solve(LIMP, CableLaw(0.0, 0.0, 0.0))
    work = np.einsum("ij,ij->", load, found.annulus - strip.annulus)
    assert work == pytest.approx(np.einsum("ij,ij->", force, annulus_moves(hinge, found)), rel=1e-9)


def test_leak_falls_and_the_annulus_is_drawn_in(result: Result) -> None:
    before, after = (result.closures[name].measures["roa_mm2"] for name in ("before", "after"))
    assert after < 0.5 * before
    assert result.converged
    assert -6.0 < result.after.ap_mm - result.before.ap_mm < -1.0


def test_longer_arms_hold_more_and_are_pulled_harder(result: Result, longer: Result) -> None:
    short, long = (found.to_dict()["therapy"]["clips"][0] for found in (result, longer))
    for key in ("insertion_anterior_mm", "insertion_posterior_mm", "force_n"):
        assert 0.0 < short[key] < long[key], key
    assert long["insertion_posterior_mm"] == pytest.approx(0.6 * 12.0)
    assert longer.after.ap_mm < result.after.ap_mm


def test_a_held_annulus_is_pulled_harder(heart: Heart, result: Result) -> None:
    state = result.prediction.after
    assert state.grasp is not None and heart.valve is not None
    grasp, all_held = replace(state.grasp, papillary_n_per_mm=1e6), np.ones(len(state.grasp.pairs), dtype=bool)
    before = solution(result.prediction.before)
    stiff = grasped(heart, heart.valve, grasp, before=before, annulus=heart.case.annulus, support=None)
    assert stiff.equilibrium is None and np.abs(stiff.tip_moves.by_mm).max() < 1e-4
    assert stiff.outcome.solution is not None
    assert stiff.outcome.solution.tie_pull_n(all_held) > 1.3 * solution(state).tie_pull_n(all_held)


def test_share_held_is_checked() -> None:
    with pytest.raises(InputError, match=r"held_share must lie in \(0, 1\]; got 0"):
        EdgeToEdgeClip(held_share=0.0)

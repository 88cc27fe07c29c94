"""Point and worlds are one prediction: the point is the world of means, intervals lie about it, hearts are shared."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from threading import Barrier

import numpy as np
import pytest

from annulus import simulate
from annulus.errors import InputError
from annulus.heart import ClosureSettings, Heart
from annulus.outcomes import ClosureKind
from annulus.prediction import GEOMETRY_PRIORS, Priors, Question, Result, World, predict, sample_worlds
from annulus.sources import Distribution
from annulus.therapies import Load, Site, therapy
from leaky_heart import leaky_heart

COARSE = {"n_columns": 40, "n_rows": 6}

SHIFTED = ("coaptation.after.coapt_height_mean_mm", "regurgitation.after.eroa_mm2", "regurgitation.before.eroa_mm2")


def fresh(closure: str) -> Heart:
    return Heart(leaky_heart(), None if closure == "none" else ClosureSettings(closure, **COARSE))


@cache
def heart(closure: str) -> Heart:
    return fresh(closure)


@cache
def sampled(name: str, closure: str) -> Result:
    return simulate(heart(closure), name, samples=20, seed=2)


@pytest.mark.parametrize(
    ("name", "closure"),
    [
        ("carillon-9-18-60", "none"),
        ("carillon-9-18-60", "fast"),
        ("carillon-9-18-60", "full"),
        ("ring-28", "none"),
        ("ring-32", "fast"),
        ("clip-NTW", "full"),
        ("none", "fast"),
    ],
)
def test_point_is_the_world_of_means(name: str, closure: str) -> None:
    """To the bit, on the same heart, on one made anew, and on one that came out of a pickle."""
    result = simulate(heart(closure), name)
    point = result.prediction.numbers()
    question = result.question
    assert len(point) > 50
    assert Priors().means() == World()
    for asked in (question, _on(fresh(closure), question), pickle.loads(pickle.dumps(question))):
        assert asked.numbers(Priors().means()) == point
    told = {key: value for key, value in result.values.items() if isinstance(value, float)}
    assert {key: told[key] for key in point if not key.startswith("circumflex.crossings[")} == {
        key: value for key, value in point.items() if not key.startswith("circumflex.crossings[")
    }


def _on(other: Heart, question: Question) -> Question:
    return Question(other, question.therapy, question.site, question.load)


def test_valve_has_intervals_by_the_fast_closure() -> None:
    result = sampled("carillon-9-18-60", "fast")
    for key in SHIFTED:
        low, high = result.interval(key)
        assert low < result[key] < high, key
    assert "valve_intervals" not in {line.name for line in result.assumptions}


def test_a_valve_that_the_fast_closure_does_not_know_is_closed_fully_and_its_leak_has_no_interval() -> None:
    """Papillary tips 43 mm away from where they are in any heart that it was fitted to; told where it was asked for."""
    case = leaky_heart()
    case = replace(case, papillary_tips={name: tip + 25.0 for name, tip in case.papillary_tips.items()})
    with pytest.raises(InputError, match=r"the fast closure knows no valve like this.* take the full closure"):
        simulate(case, "none", closure="fast")
    result = simulate(case, "none", samples=20, seed=2)
    assert result.closures["after"].kind is ClosureKind.FULL
    told = {line.name: line.value for line in result.assumptions}
    assert told["closure_kind"] == "full" and told["valve_intervals"] == "absent"
    assert result.interval("annulus.before.ap_mm") is not None
    assert result.interval("regurgitation.after.roa_mm2") is None


def test_draws_beside_a_full_closure_are_moved_by_its_difference() -> None:
    """They are closed fast: each moves by what the full closure differs at the means, and stays where it is never
    negative."""
    # A slip that is known is one of the point, too.
    slip = {"distal_slip_mm": replace(GEOMETRY_PRIORS["distal_slip_mm"], value=1.0, distribution=Distribution.FIXED)}
    priors = Priors(slip)
    result = simulate(heart("full"), "carillon-9-18-60", samples=20, seed=2, priors=priors)
    question = result.question
    bare = sample_worlds(question, samples=20, seed=2, priors=priors)
    near = predict(fresh("fast"), question.therapy, question.site, question.load, priors.means()).numbers()
    for key in SHIFTED:
        moved = np.maximum(bare.values[key] + (result[key] - near[key]), 0.0)
        assert result[key] != near[key]
        assert result.samples.values[key] == pytest.approx(moved, rel=1e-12), key
        low, high = result.interval(key)
        assert low < high
    # What no closure touches is as without one.
    assert np.array_equal(result.samples.values["annulus.after.ap_mm"], bare.values["annulus.after.ap_mm"])
    (line,) = [line for line in result.assumptions if line.name == "valve_intervals"]
    assert line.value == "fast closure, moved"


def test_held_leaflets_have_no_intervals_and_the_result_says_so() -> None:
    result = sampled("clip-NTW", "full")
    after = [key for key in result.samples.values if key.startswith(("coaptation.after", "regurgitation.after"))]
    assert not after
    (line,) = [line for line in result.assumptions if line.name == "valve_intervals"]
    assert line.value == "absent" and "held leaflets" in line.why
    # Before, the valve is not held: moved as beside any full closure.
    key = "regurgitation.before.eroa_mm2"
    bare = sample_worlds(result.question, samples=20, seed=2).values[key]
    near = fresh("fast").valve.closed_as_measured.measures["eroa_mm2"]
    assert result.samples.values[key] == pytest.approx(np.maximum(bare + result[key] - near, 0.0), rel=1e-12)
    for key in ("annulus.before.ap_mm", "annulus.before.perimeter_3d_mm", "circumflex.min_gap_before_mm"):
        low, high = result.interval(key)
        assert low < high, key
    # What the fast closure cannot hold does not draw the annulus in either.
    assert result.interval("annulus.after.ap_mm") is None


def test_threads_may_share_a_heart() -> None:
    """Two threads ask one heart, nothing of it built yet, for other plications in other worlds: the serial answers."""
    device, site = therapy("carillon-9-18-60"), Site(95.0, 20.0)
    plications = {0: (6.0, 8.0), 1: (10.0, 12.0)}

    def answers(on: Heart, thread: int) -> list[dict[str, float]]:
        found = []
        for index in range(12):
            load = Load(plication_mm=plications[thread][index % 2])
            placed = Site(site.distal_s_mm, site.proximal_s_mm - 0.2 * index)
            found.append(predict(on, device, placed, load, Priors().draw(thread, index)).numbers())
        return found

    serial = [answers(fresh("fast"), thread) for thread in (0, 1)]
    shared, gate = fresh("fast"), Barrier(2)

    def started(thread: int) -> list[dict[str, float]]:
        gate.wait()
        return answers(shared, thread)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(started, (0, 1))) == serial

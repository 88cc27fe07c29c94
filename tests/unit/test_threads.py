"""One model in several threads: what a solve works on belongs to its call."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest

from annulus.anatomy import Case, trigone_positions
from annulus.anatomy.parametric import preset
from annulus.mechanics.network import (
    Cinch,
    CinchModel,
    Equilibrium,
    Landing,
    carried_annulus,
    carried_artery,
    carried_sinus,
)

LENGTH, N_SOLVES, N_THREADS = 60.0, 200, 2


@pytest.fixture(scope="module")
def case() -> Case:
    return preset("fmr")


def fresh(case: Case) -> CinchModel:
    places, _ = trigone_positions(case.annulus)
    return CinchModel.from_case(case, trigones=case.annulus.loop.at(places))


def landings(thread: int, n: int = N_SOLVES) -> list[Landing]:
    """Other sites for every thread."""
    rng = np.random.default_rng(thread)
    return [Landing(d, d - rng.uniform(66.0, 72.0)) for d in rng.uniform(76.0, 100.0, n)]


def together(work: Callable[[int], list[np.ndarray]]) -> list[list[np.ndarray]]:
    """Results of all threads, started at once."""
    gate = Barrier(N_THREADS)

    def started(thread: int) -> list[np.ndarray]:
        gate.wait()
        return work(thread)

    with ThreadPoolExecutor(N_THREADS) as pool:
        return list(pool.map(started, range(N_THREADS)))


def locked(model: CinchModel, landing: Landing) -> np.ndarray:
    return model.lock(landing, LENGTH).positions


def test_solves_in_two_threads_are_the_serial_ones_bit_for_bit(case: Case) -> None:
    """The threads share one model whose network has not been built yet."""
    alone = fresh(case)
    serial = [[locked(alone, landing) for landing in landings(thread)] for thread in range(N_THREADS)]
    model = fresh(case)
    found = together(lambda thread: [locked(model, landing) for landing in landings(thread)])
    for mine, theirs in zip(serial, found, strict=True):
        np.testing.assert_array_equal(theirs, mine)


def test_protocols_and_carried_curves_in_two_threads(case: Case) -> None:
    """Traction and lock, by force and by length, and the case's own curves moved with them."""

    def results(model: CinchModel, thread: int) -> list[np.ndarray]:
        found: list[np.ndarray] = []
        for landing in landings(thread, 12):
            states: list[Equilibrium] = []
            for cinch in (
                Cinch.by_plication(model, landing, LENGTH),
                Cinch.by_traction(model, landing.distal_s_mm, LENGTH, 1.0 + 0.1 * thread),
            ):
                states += [cinch.traction, cinch.locked]
            for state in states:
                found += [state.positions, carried_annulus(case.annulus, state).loop.points]
                found += [carried_sinus(case.coronary_sinus, state).curve.points]
                found += [carried_artery(artery, state).curve.points for artery in case.arteries]
        return found

    alone, model = fresh(case), fresh(case)
    serial = [results(alone, thread) for thread in range(N_THREADS)]
    for mine, theirs in zip(serial, together(lambda thread: results(model, thread)), strict=True):
        for one, other in zip(mine, theirs, strict=True):
            np.testing.assert_array_equal(other, one)

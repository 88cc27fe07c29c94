"""One `Solution` and one `Status` under all solvers: what a solve says is what it found."""

from __future__ import annotations

import numpy as np
import pytest

from annulus.errors import SolveError
from annulus.kernels.laws import CableLaw
from annulus.mechanics import Solution, Status
from annulus.mechanics.network import Equilibrium, FreeNetwork, FreeState, Springs, _free_network, free_network
from annulus.mechanics.valve import ClosureSolution


def hanging() -> FreeNetwork:
    """A weight on two springs from two supports."""
    points = np.array([[0.0, 0.0, 0.0], [10.0, 0.0, 0.0], [5.0, -5.0, 0.0]])
    fixed, load = np.zeros((3, 3), dtype=bool), np.zeros((3, 3))
    fixed[:2], load[2, 1] = True, -1.0
    springs = Springs(np.array([[0, 2], [1, 2]]), np.full(2, 3.0))
    return free_network(points, links=[springs], ground=np.array([0.0, 0.0, 1e-3]), fixed=fixed, load=load)


def test_every_solver_gives_a_solution() -> None:
    assert all(issubclass(kind, Solution) for kind in (Equilibrium, FreeState, ClosureSolution))


@pytest.mark.parametrize("status", Status)
def test_every_status_has_one_sentence(status: Status) -> None:
    assert status.advice.endswith(".") and "\n" not in status.advice
    assert [other for other in Status if other.advice == status.advice] == [status]


def test_only_equilibria_have_converged() -> None:
    assert {status for status in Status if status.converged} == {Status.CONVERGED, Status.SLACK}


@pytest.mark.parametrize("status", Status)
def test_checked_raises_with_the_advice(status: Status) -> None:
    solution = Solution(status, 7, 0.5)
    if status.converged:
        assert solution.checked() is solution
    else:
        with pytest.raises(SolveError) as told:
            solution.checked()
        assert status.advice in str(told.value) and "5.00e-01 N" in str(told.value)


def test_supports_that_still_move_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """One update leaves the supports about a tenth of the springs' lengthening away, and the status says so."""
    rest = hanging().solve()
    assert rest.status is Status.CONVERGED
    monkeypatch.setattr(_free_network, "_MAX_UPDATES", 1)
    state = hanging().solve()
    assert np.abs(state.positions[:2] - hanging().points[:2]).max() > 1e-3
    assert state.status is Status.SUPPORTS_MOVE
    with pytest.raises(SolveError, match="fixed coordinates still moved"):
        state.checked()


def test_supports_under_a_tight_cable_stay_where_they_are() -> None:
    """A cable draws a node to a tenth of its length from a support: the forces that are left move none of them."""
    points = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    fixed, load = np.zeros((2, 3), dtype=bool), np.zeros((2, 3))
    fixed[0], load[1, 1] = True, 0.01
    network = free_network(points, ground=np.array([0.0, 1.0]), fixed=fixed, load=load, cable=[0, 1])
    state = network.solve(CableLaw(0.9, 0.0, 0.0)).checked()
    # What a fixed coordinate may move: 1e-11 of the network's size.
    assert np.abs(state.positions[0]).max() <= _free_network.SUPPORT_TOLERANCE

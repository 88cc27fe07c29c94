"""The suite's exact cases, and its closed forms against the five digits printed in the project's notes.

Printed values: an independent script's, quoted in the notes on mechanics, section 4.6, and in those on the prototype,
section 8.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from annulus.cli import main
from annulus.mechanics import Status
from annulus.mechanics.network import Springs, free_network
from annulus.verification import Outcome, VerificationCase, validation_page, verification_cases, verify, verify_case
from annulus.verification._closed_forms import (
    PINCHED_RING,
    buckled_elastica,
    cantilever_elastica,
    cinched_ring,
    taut_beam_deflection,
    tendon_buckling,
)

EXACT = [case for case in verification_cases() if case.order is None and not case.long]


@pytest.mark.parametrize("case", EXACT, ids=lambda case: case.id)
def test_exact_case(case: VerificationCase) -> None:
    result = verify_case(case)
    assert result.outcome is Outcome.PASSED, result.reason


@pytest.mark.parametrize(
    ("load", "deflection", "shortening"),
    [(1, 0.30172, 0.05643), (2, 0.49346, 0.16064), (5, 0.71379, 0.38763), (10, 0.81061, 0.55500)],
)
def test_cantilever_digits(load: float, deflection: float, shortening: float) -> None:
    form = cantilever_elastica(load)
    assert form["deflection"] == pytest.approx(deflection, abs=6e-6)
    assert form["shortening"] == pytest.approx(shortening, abs=6e-6)


@pytest.mark.parametrize(
    ("slope", "force", "distance", "deflection"),
    [
        (20, 1.01540, 0.96973, 0.10971),
        (40, 1.06366, 0.88120, 0.21112),
        (60, 1.15172, 0.74102, 0.29660),
        (80, 1.29389, 0.55940, 0.35975),
        (100, 1.51839, 0.34899, 0.39577),
        (120, 1.88480, 0.12316, 0.40159),
    ],
)
def test_buckled_digits(slope: float, force: float, distance: float, deflection: float) -> None:
    form = buckled_elastica(slope)
    assert form["force"] == pytest.approx(force, abs=6e-6)
    assert form["end distance"] == pytest.approx(distance, abs=6e-6)
    assert form["deflection"] == pytest.approx(deflection, abs=6e-6)


def test_other_digits() -> None:
    assert PINCHED_RING["loaded diameter"] == pytest.approx(-0.148779, abs=1e-6)
    assert PINCHED_RING["other diameter"] == pytest.approx(0.136620, abs=1e-6)
    for cut, inward, tension in ((0.05, 0.72464, 0.28986), (0.1, 1.47059, 0.58824), (0.2, 3.03030, 1.21212)):
        form = cinched_ring(cut, radius=20.0, axial=20.0, foundation=0.02)
        assert form["displacement"] == pytest.approx(inward, abs=6e-6)
        assert form["tension"] == pytest.approx(tension, abs=6e-6)
    assert taut_beam_deflection(0.01, bending=0.0, tension=2.0, foundation=0.02) == pytest.approx(0.025, rel=1e-12)
    assert taut_beam_deflection(0.01, bending=50.0, tension=2.0, foundation=0.02) == pytest.approx(0.0176777, abs=6e-8)
    assert tendon_buckling(length=80.0, bending=50.0, foundation=0.0) == pytest.approx(0.07711, abs=6e-6)
    assert tendon_buckling(length=80.0, bending=50.0, foundation=0.002) == pytest.approx(0.6327, abs=6e-5)


def test_a_wrong_answer_fails() -> None:
    case = next(case for case in EXACT if case.id == "springs")
    wrong = type(case)(case.id, case.what, case.reference, {**case.expected, "taut": 8.1}, case.run, (1,), 1e-9)
    result = verify_case(wrong)
    assert result.outcome is Outcome.FAILED
    assert result.worst == "taut"
    assert "exceeds" in result.reason


def test_page_says_what_failed_and_keeps_the_rest() -> None:
    result = verify(only=("springs",))
    page = validation_page(result, "# Title\n\nkept above\n")
    again = validation_page(result, page + "kept below\n")
    assert again.count("annulus verify: begin") == 1
    assert "kept above" in again and "kept below" in again and "Nothing." in again


def test_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["verify", "--only", "springs", "--json", "-"])
    assert left.value.code == 0
    document = json.loads(capsys.readouterr().out)
    assert document["passed"] and document["cases"][0]["id"] == "springs"
    with pytest.raises(SystemExit) as left:
        main(["verify", "--only", "nothing"])
    assert left.value.code == 2


def test_reactions_balance_loads() -> None:
    """A hanging triangle of springs: supports carry the load, in the order of the nodes given."""
    points = np.array([[0.0, 0.0, 0.0], [10.0, 0.0, 0.0], [5.0, -5.0, 0.0]])
    fixed = np.zeros((3, 3), dtype=bool)
    fixed[:2] = True
    load = np.zeros((3, 3))
    load[2, 1] = -1.0
    pairs = np.array([[0, 2], [1, 2]])
    network = free_network(
        points, links=[Springs(pairs, np.full(2, 3.0))], ground=np.array([0.0, 0.0, 1e-3]), fixed=fixed, load=load
    )
    state = network.solve()
    assert state.status is Status.CONVERGED
    held = 1e-3 * (state.positions[2] - points[2])
    np.testing.assert_allclose(state.reactions.sum(axis=0) + load[2] - held, 0.0, atol=1e-8)

"""Ties, prescribed places, line loads and rods: the primitives that other devices are made of."""

from __future__ import annotations

import numpy as np
import pytest

from annulus.anatomy import trigone_positions
from annulus.anatomy.parametric import preset
from annulus.errors import InputError
from annulus.kernels.cables import Cable
from annulus.kernels.laws import CableLaw
from annulus.mechanics.network import (
    Attachments,
    CinchModel,
    CinchParameters,
    Landing,
    LineLoad,
    Place,
    Prescribed,
    Rod,
    Strip,
    Tie,
)

NO_CABLE = Cable(np.zeros((0, 2), dtype=np.int64), np.zeros((0, 2)), np.zeros((0, 3)))
FREE = CableLaw(0.0, 0.0, 0.0)


@pytest.fixture(scope="module")
def strip() -> Strip:
    case = preset("fmr")
    places, _ = trigone_positions(case.annulus)
    return CinchModel.from_case(case, trigones=case.annulus.loop.at(places)).strip


def model(strip: Strip, **attachments: object) -> CinchModel:
    return CinchModel(strip, CinchParameters(), attachments=Attachments(**attachments))


def test_bridge_pulls_its_two_ends_together(strip: Strip) -> None:
    """A septal-to-sinus bridge: the tie's law holds in equilibrium, both ends approach, nothing is left over."""
    middle = strip.vein_length / 2.0
    septal, sinus = Place(annulus_place=0.0), Place(vein_s_mm=middle)
    far = float(np.linalg.norm(strip.annulus[0] - strip.vein[42]))
    with_bridge = model(strip, ties=(Tie(septal, sinus, 2.0, far - 8.0),))
    state = with_bridge.solve(NO_CABLE, FREE)
    assert state.status.converged
    assert state.residual_n < 1e-6
    end = 0.5 * (state.vein[41] + state.vein[42])
    length = float(np.linalg.norm(state.annulus[0] - end))
    assert far - 8.0 < length < far - 2.0
    # The septal anchor sits on the stiff anterior arc: the vein comes to it, not the other way round.
    assert np.linalg.norm(state.annulus[0] - strip.annulus[0]) < 0.25 * np.linalg.norm(state.vein[42] - strip.vein[42])


def test_tie_gives_the_same_whichever_end_is_named_first(strip: Strip) -> None:
    ends = Place(annulus_place=3.3), Place(vein_s_mm=60.0)
    one = model(strip, ties=(Tie(*ends, 2.0, 20.0),)).solve(NO_CABLE, FREE)
    two = model(strip, ties=(Tie(*ends[::-1], 2.0, 20.0),)).solve(NO_CABLE, FREE)
    np.testing.assert_allclose(one.annulus, two.annulus, atol=1e-7)
    assert one.energy_nmm == pytest.approx(two.energy_nmm, rel=1e-10)


def test_slack_tie_does_nothing(strip: Strip) -> None:
    loose = model(strip, ties=(Tie(Place(annulus_place=0.0), Place(annulus_place=48.0), 5.0, 100.0),))
    np.testing.assert_allclose(loose.solve(NO_CABLE, FREE).annulus, strip.annulus, atol=1e-9)


def test_tie_to_a_fixed_point_balances_the_tissue(strip: Strip) -> None:
    """The whole tissue's answer is the tie's force: k (l - l0) along the tie, from the energy's own derivative."""
    point = strip.annulus[48] + [0.0, 0.0, 30.0]
    rest = 25.0
    held = model(strip, ties=(Tie(Place(annulus_place=48.0), Place(point=point), 0.2, rest),))
    lower = model(strip, ties=(Tie(Place(annulus_place=48.0), Place(point=point), 0.2, rest + 1e-4),))
    one, two = held.solve(NO_CABLE, FREE), lower.solve(NO_CABLE, FREE)
    length = np.linalg.norm(one.annulus[48] - point)
    assert (two.energy_nmm - one.energy_nmm) / 1e-4 == pytest.approx(-0.2 * (length - rest), rel=1e-4)


def test_ring_prescribes_the_annulus(strip: Strip) -> None:
    """A ring of 90 % size: every node within its force over the stiffness of its place."""
    centre = strip.annulus.mean(axis=0)
    targets = centre + 0.9 * (strip.annulus - centre)
    ring = model(strip, prescribed=Prescribed(tuple(range(len(strip.annulus))), targets, 1e4))
    state = ring.solve(NO_CABLE, FREE)
    assert state.status.converged
    assert np.linalg.norm(state.annulus - targets, axis=1).max() < 1e-3
    stiffer = model(strip, prescribed=Prescribed(tuple(range(len(strip.annulus))), targets, 1e5))
    error = [np.linalg.norm(s.annulus - targets, axis=1).max() for s in (state, stiffer.solve(NO_CABLE, FREE))]
    assert error[0] / error[1] == pytest.approx(10.0, rel=0.15)


def test_line_load_is_carried_by_the_supports(strip: Strip) -> None:
    """An even load on the vein moves it along the load, in proportion while it is small."""
    push = np.zeros((len(strip.vein), 3))
    push += 1e-5 * np.array([0.3, -0.5, 0.2])
    small = model(strip, line_loads=(LineLoad("vein", push),)).solve(NO_CABLE, FREE)
    twice = model(strip, line_loads=(LineLoad("vein", 2.0 * push),)).solve(NO_CABLE, FREE)
    moved, moved_twice = small.vein - strip.vein, twice.vein - strip.vein
    assert (moved @ push[0] > 0.0).all()
    np.testing.assert_allclose(moved_twice, 2.0 * moved, rtol=1e-2, atol=1e-9)


def test_rod_straightens_the_vein(strip: Strip) -> None:
    """A straight rod in a curved vein lowers its own bending energy and flattens the span."""
    rod = Rod(2000.0, 85.0, 25.0)
    state = model(strip, rods=(rod,)).solve(NO_CABLE, FREE)
    assert state.status.converged

    def sag(vein: np.ndarray) -> float:
        first, last = (int(s / strip.vein_spacing) for s in (30.0, 80.0))
        chord = vein[last] - vein[first]
        off = vein[first:last] - vein[first]
        off = off - np.outer(off @ chord, chord) / (chord @ chord)
        return float(np.linalg.norm(off, axis=1).max())

    assert sag(state.vein) < 0.9 * sag(strip.vein)


def test_cinch_with_a_tie_still_locks(strip: Strip) -> None:
    both = model(strip, ties=(Tie(Place(annulus_place=0.0), Place(vein_s_mm=60.0), 1.0, 25.0),))
    state = both.lock(Landing(90.0, 20.0), 58.0)
    assert state.status.converged
    assert state.residual_n < 1e-6


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda strip: Place(), "exactly one"),
        (lambda strip: Place(annulus_place=1.0, vein_s_mm=2.0), "exactly one"),
        (lambda strip: Tie(Place(annulus_place=0.0), Place(annulus_place=3.0), 0.0, 1.0), "stiffness > 0"),
        (lambda strip: LineLoad("leaflet", np.zeros((3, 3))), "annulus or vein"),
        (lambda strip: Rod(0.0, 50.0, 10.0), "must be positive"),
        (lambda strip: Prescribed((1, 2), np.zeros((3, 3))), "one row per node"),
        (lambda strip: model(strip, line_loads=(LineLoad("vein", np.zeros((3, 3))),)).network, "one row per node"),
        (
            lambda strip: model(strip, ties=(Tie(Place(point=[0, 0, 0]), Place(point=[1, 0, 0]), 1.0, 1.0),)).network,
            "both ends",
        ),
        (
            lambda strip: model(strip, ties=(Tie(Place(vein_s_mm=900.0), Place(point=[1, 0, 0]), 1.0, 1.0),)).network,
            "hold the vein",
        ),
    ],
)  # fmt: skip
def test_bad_attachments_are_told(strip: Strip, make: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        make(strip)

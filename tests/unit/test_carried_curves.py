"""A case's own curves moved with a state: rigid moves exactly, radii kept, impossible shapes told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from annulus.anatomy import Case, trigone_positions
from annulus.anatomy.parametric import preset
from annulus.errors import InputError
from annulus.geometry import Curve
from annulus.mechanics.network import CinchModel, Equilibrium, carried_annulus, carried_artery, carried_sinus


@pytest.fixture(scope="module")
def case() -> Case:
    return preset("fmr")


@pytest.fixture(scope="module")
def still(case: Case) -> Equilibrium:
    places, _ = trigone_positions(case.annulus)
    model = CinchModel.from_case(case, trigones=case.annulus.loop.at(places))
    return model.pull(90.0, 0.0)


def test_a_shift_of_all_nodes_is_that_of_all_points(case: Case, still: Equilibrium) -> None:
    """The cubic weights of each point add up to one."""
    shift = np.array([3.0, -2.0, 7.0])
    state = replace(still, positions=still.strip.reference + shift)
    annulus, sinus = carried_annulus(case.annulus, state), carried_sinus(case.coronary_sinus, state)
    artery = carried_artery(case.arteries[0], state)
    np.testing.assert_allclose(annulus.loop.points, case.annulus.loop.points + shift, atol=1e-11)
    for name, point in case.annulus.landmarks.items():
        np.testing.assert_allclose(annulus.landmarks[name], point + shift, atol=1e-11)
    np.testing.assert_allclose(sinus.curve.points, case.coronary_sinus.curve.points + shift, atol=1e-11)
    np.testing.assert_allclose(artery.curve.points, case.arteries[0].curve.points + shift, atol=1e-11)
    np.testing.assert_array_equal(sinus.curve.radius, case.coronary_sinus.curve.radius)
    np.testing.assert_array_equal(artery.curve.radius, case.arteries[0].curve.radius)


def test_an_annulus_folded_through_itself_is_told(case: Case, still: Equilibrium) -> None:
    """Some posterior nodes are drawn through the opposite side."""
    strip = still.strip
    moved = np.array(strip.reference)
    moved[strip.numbering[44:53]] += 1.5 * (strip.annulus[0] - strip.annulus[48])
    with pytest.raises(InputError, match="must not cross itself"):
        carried_annulus(case.annulus, replace(still, positions=moved))


def test_a_state_that_is_no_number_is_told(case: Case, still: Equilibrium) -> None:
    with pytest.raises(InputError, match="must be finite"):
        carried_annulus(case.annulus, replace(still, positions=np.full_like(still.positions, np.nan)))


def test_curves_keep_their_number_of_points() -> None:
    curve = Curve(np.eye(3), np.ones(3))
    with pytest.raises(InputError, match=r"must have shape \(3, 3\)"):
        curve.with_points(np.eye(4)[:, :3])

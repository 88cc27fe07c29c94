"""The cinching equilibrium: balance, protocol, monotony, and what bad input gets."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from annulus.anatomy import Case, trigone_positions
from annulus.anatomy.measures import measure_annulus
from annulus.anatomy.parametric import preset
from annulus.errors import InputError, SolveError
from annulus.kernels.cables import cable_length, capstan
from annulus.kernels.laws import CableLaw
from annulus.kernels.network import Network
from annulus.kernels.newton import Workspace
from annulus.mechanics import Status
from annulus.mechanics.network import (
    Cinch,
    CinchModel,
    CinchParameters,
    Landing,
    Resolution,
    SolverOptions,
    TractionReaction,
    _cinch,
    carried_annulus,
)
from annulus.mechanics.network._equilibrium import workspace

LENGTH = 60.0


@pytest.fixture(scope="module")
def case() -> Case:
    return preset("fmr")


@pytest.fixture(scope="module")
def model(case: Case) -> CinchModel:
    return _model(case)


def _model(case: Case, **changes: float) -> CinchModel:
    places, _ = trigone_positions(case.annulus)
    return CinchModel.from_case(case, trigones=case.annulus.loop.at(places), parameters=CinchParameters(**changes))


def _landing(model: CinchModel, plication: float, distal: float = 90.0) -> Landing:
    return Landing(distal, model.proximal_end(distal, LENGTH + plication))


def _ap(case: Case, state: object) -> float:
    return measure_annulus(carried_annulus(case.annulus, state), minimal_surface=False).ap_mm


def test_a_path_of_given_length_ends_there(model: CinchModel) -> None:
    """Both walks along the path against the cable's own length, at rest and in a state, and back again."""
    pulled = model.pull(90.0, 2.0).positions
    for x in (model.strip.reference, pulled):
        for length in (0.01, 30.0, 66.6):
            end = model.proximal_end(90.0, length, positions=x)
            assert cable_length(model.strip.cable(90.0, end), x) == pytest.approx(length, abs=1e-12)
            assert model.distal_end(end, length, positions=x) == pytest.approx(90.0, abs=1e-11)


def test_what_a_workspace_held_before_does_not_matter(model: CinchModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every number in it is written before it is read: it may as well hold none."""
    landing = _landing(model, 10.0)
    clean = Cinch.by_plication(model, landing, LENGTH)

    def spoiled(network: Network) -> Workspace:
        space = workspace(network)
        for array in (*space.hessian[:3], space.vectors):
            array.fill(np.nan)
        return space

    monkeypatch.setattr(_cinch, "workspace", spoiled)
    again = Cinch.by_plication(model, landing, LENGTH)
    np.testing.assert_array_equal(again.locked.positions, clean.locked.positions)
    np.testing.assert_array_equal(again.traction.positions, clean.traction.positions)
    searched = model.pull_to(landing, LENGTH)
    assert searched.status is Status.CONVERGED


def test_forces_balance(model: CinchModel) -> None:
    """No node keeps more than 1e-6 N, and all forces together vanish, counted apart from the solver's norm."""
    cinch = Cinch.by_plication(model, _landing(model, 10.0), LENGTH)
    assert cinch.status is Status.CONVERGED
    assert max(cinch.traction.residual_n, cinch.locked.residual_n) < 1e-6
    assert np.abs(cinch.net_force()).max() < 1e-6


def test_foundation_carries_the_traction(model: CinchModel) -> None:
    """Under traction the tissue's forces and the pull along the catheter sum to zero: T where it is held outside,
    nothing where it is held at the ostium, whatever the friction."""
    for reaction, size in ((TractionReaction.OUTSIDE, 2.0), (TractionReaction.OSTIUM, 0.0)):
        state = model.pull(90.0, 2.0, reaction=reaction)
        natural = np.concatenate(model.strip.to_natural(state.positions - model.strip.reference))
        assert np.abs(natural).max() > 1.0
        # The forces of the network alone, without any cable, are what the cable put on it.
        none = model.strip.cable(90.0, 10.0)
        found = model.net_force(state, cable=none, law=CableLaw(0.0, 0.0, 0.0))
        assert np.linalg.norm(found) == pytest.approx(size, abs=1e-4)


@pytest.mark.parametrize("friction", [0.0, 0.2])
def test_the_lock_does_not_ask_what_the_pull_was_reacted_by(case: Case, friction: float) -> None:
    """At a given plication only the traction state differs; at the ostium less of the effect is lost on release."""
    model = _model(case, friction_coefficient=friction)
    landing = _landing(model, 10.0)
    clinic, bench = (Cinch.by_plication(model, landing, LENGTH, reaction=reaction) for reaction in TractionReaction)
    assert clinic.status is bench.status is Status.CONVERGED
    np.testing.assert_array_equal(clinic.locked.positions, bench.locked.positions)
    assert _ap(case, bench.traction) < _ap(case, clinic.traction) < _ap(case, clinic.locked)
    for cinch, reaction in ((clinic, TractionReaction.OSTIUM), (bench, TractionReaction.OUTSIDE)):
        again = model.pull(landing.distal_s_mm, cinch.traction.tension_n, reaction=reaction)
        np.testing.assert_allclose(again.positions, cinch.traction.positions, atol=1e-5)
        searched = model.pull_to(landing, LENGTH, reaction=reaction)
        assert searched.tension_n == pytest.approx(cinch.traction.tension_n, rel=1e-5)


def test_three_lengths(model: CinchModel) -> None:
    """The inner wall's path is shorter than the axis's arc; plication is path less device."""
    landing = _landing(model, 10.0)
    cinch = Cinch.by_plication(model, landing, LENGTH)
    assert cinch.slack_free_path_mm < cinch.centreline_arc_mm
    assert cinch.plication_mm == pytest.approx(10.0, abs=1e-6)
    # The locked ribbon is stretched by T over its axial stiffness and by nothing else.
    over = cinch.locked.tension_n / model.parameters.ribbon_axial_n_per_mm
    assert cinch.locked.path_length_mm == pytest.approx(LENGTH + over, abs=1e-9)


def test_locking_recoils(case: Case, model: CinchModel) -> None:
    cinch = Cinch.by_plication(model, _landing(model, 10.0), LENGTH)
    before = measure_annulus(case.annulus, minimal_surface=False).ap_mm
    assert _ap(case, cinch.traction) < _ap(case, cinch.locked) < before


def test_ap_falls_with_traction(case: Case, model: CinchModel) -> None:
    aps = [_ap(case, model.pull(90.0, force)) for force in (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)]
    assert (np.diff(aps) < 0.0).all()


def test_traction_control_and_plication_control_agree(model: CinchModel) -> None:
    """The landing and plication that a force gives, given back as plication, ask for the same force."""
    by_force = Cinch.by_traction(model, 90.0, LENGTH, 1.5)
    by_length = Cinch.by_plication(model, by_force.landing, LENGTH)
    assert by_length.traction.tension_n == pytest.approx(1.5, rel=1e-5)
    np.testing.assert_allclose(by_length.locked.positions, by_force.locked.positions, atol=1e-5)


def test_traction_from_the_locked_state_is_that_of_the_search(model: CinchModel) -> None:
    """Newton on shape and tension at once against a search of the tension over equilibria, and force control."""
    landing = _landing(model, 10.0)
    searched = model.pull_to(landing, LENGTH)
    locked = model.lock(landing, LENGTH)
    found = model.pull_to(landing, LENGTH, start=locked.positions, tension_n=locked.tension_n)
    assert found.status is Status.CONVERGED
    assert found.iterations < searched.iterations
    # The search stops where the path is right to 1e-5 mm.
    assert found.tension_n == pytest.approx(searched.tension_n, rel=1e-5)
    np.testing.assert_allclose(found.positions, searched.positions, atol=1e-5)
    pulled = model.pull(landing.distal_s_mm, found.tension_n)
    # A force is met to 1e-6 N; the softest direction gives 0.2 N/m.
    np.testing.assert_allclose(found.positions, pulled.positions, atol=5e-6)


def test_traction_from_a_hopeless_start_is_searched(model: CinchModel) -> None:
    landing = _landing(model, 10.0)
    away = model.strip.reference + np.random.default_rng(1).normal(0.0, 20.0, model.strip.reference.shape)
    found = model.pull_to(landing, LENGTH, start=away, tension_n=15.0)
    assert found.status is Status.CONVERGED
    assert found.tension_n == pytest.approx(model.pull_to(landing, LENGTH).tension_n, rel=1e-12)


def test_long_device_is_slack(case: Case, model: CinchModel) -> None:
    landing = _landing(model, 0.0)
    cinch = Cinch.by_plication(model, landing, LENGTH + 5.0)
    assert cinch.status is Status.SLACK
    assert cinch.locked.tension_n == 0.0
    assert "does not cinch" in cinch.status.advice


def test_all_moduli_doubled_leave_ap(case: Case) -> None:
    """In length control only ratios of stiffnesses matter: AP stays, the tension doubles [cinch-prototype]."""
    doubled = {
        name: 2.0 * getattr(CinchParameters(), name)
        for name in (
            "annulus_axial_n",
            "annulus_bending_nmm2",
            "vein_axial_n",
            "vein_bending_nmm2",
            "strap_link_n_per_mm",
            "strap_vector_n_per_mm",
            "foundation_kpa",
            "ribbon_axial_n_per_mm",
            "ribbon_bending_nmm2",
            "artery_axial_n",
            "artery_bending_nmm2",
            "artery_bed_kpa",
            "artery_pressure_mmhg",
        )
    }
    one, two = _model(case), _model(case, **doubled)
    landing = _landing(one, 10.0)
    first, second = (model.lock(landing, LENGTH) for model in (one, two))
    assert _ap(case, second) == pytest.approx(_ap(case, first), rel=1e-9)
    assert second.tension_n == pytest.approx(2.0 * first.tension_n, rel=1e-8)


def test_mirrored_heart(case: Case, model: CinchModel) -> None:
    mirror = np.diag([-1.0, 1.0, 1.0])
    twin = case.transformed(mirror)
    other = _model(twin)
    landing = _landing(model, 10.0)
    first, second = model.lock(landing, LENGTH), other.lock(landing, LENGTH)
    assert second.tension_n == pytest.approx(first.tension_n, rel=1e-6)
    assert _ap(twin, second) == pytest.approx(_ap(case, first), rel=1e-6)


def test_moved_heart(case: Case, model: CinchModel) -> None:
    turn, _ = np.linalg.qr(np.random.default_rng(4).normal(size=(3, 3)))
    turn *= np.sign(np.linalg.det(turn))
    twin = case.transformed(turn, [100.0, -50.0, 30.0])
    landing = _landing(model, 10.0)
    first, second = model.lock(landing, LENGTH), _model(twin).lock(landing, LENGTH)
    assert second.tension_n == pytest.approx(first.tension_n, rel=1e-7)
    assert _ap(twin, second) == pytest.approx(_ap(case, first), rel=1e-8)


def test_load_path_is_smooth_and_ends_at_the_lock(case: Case, model: CinchModel) -> None:
    cinch = Cinch.by_plication(model, _landing(model, 10.0), LENGTH)
    states = cinch.load_path(6)
    assert states[0].tension_n == pytest.approx(0.0, abs=0.05)
    assert all(state.status.converged for state in states)
    assert (np.diff([state.tension_n for state in states]) > 0.0).all()
    np.testing.assert_allclose(states[-1].positions, cinch.locked.positions, atol=1e-5)


def test_state_survives_pickling(model: CinchModel) -> None:
    state = model.pull(90.0, 1.0)
    twin = pickle.loads(pickle.dumps(state))
    np.testing.assert_array_equal(twin.positions, state.positions)
    with pytest.raises(ValueError, match="read-only"):
        twin.positions[0, 0] = 0.0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda model: model.pull(90.0, -1.0), "traction must lie in"),
        (lambda model: model.pull(90.0, 50.0), "what the model supports"),
        (lambda model: Landing(10.0, 60.0), "swap or move the anchors"),
        (lambda model: Landing(60.0, -1.0), "0 <= proximal < distal"),
        (lambda model: model.lock(Landing(500.0, 10.0), LENGTH), "the modelled vein"),
        (lambda model: model.proximal_end(40.0, 60.0), "must fit between distal anchor and ostium"),
        (lambda model: model.proximal_end(400.0, 60.0), "the modelled vein"),
        (lambda model: model.distal_end(60.0, 600.0), "must fit into the modelled vein"),
        (lambda model: CinchParameters(foundation_kpa=0.0), "foundation_kpa must be a number"),
        (lambda model: CinchParameters(annulus_axial_n=float("nan")), "annulus_axial_n must be a finite number"),
        (lambda model: Resolution(n_annulus=4), "n_annulus >= 12"),
    ],
)
def test_bad_input_is_told(model: CinchModel, change: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        change(model)


def test_failed_solve_is_told(case: Case) -> None:
    places, _ = trigone_positions(case.annulus)
    whole = CinchModel.from_case(case, trigones=case.annulus.loop.at(places))
    hurried = CinchModel(whole.strip, whole.parameters, options=SolverOptions(max_iterations=1))
    state = hurried.lock(_landing(whole, 15.0), LENGTH)
    assert state.status is Status.ITERATION_LIMIT
    with pytest.raises(SolveError, match="iteration limit"):
        state.checked()


def test_stiff_stretch_holds_its_edge(case: Case, model: CinchModel) -> None:
    """A calcified stretch keeps its length where a free one shortens."""
    factor = np.ones(96)
    stretch = slice(40, 56)
    factor[stretch] = 1e4
    stiff = CinchModel(model.strip, model.parameters, edge_factor=factor)
    landing = _landing(model, 10.0)

    def strain(state: object) -> float:
        moved = np.linalg.norm(np.diff(state.annulus[40:57], axis=0), axis=1).sum()
        return moved / np.linalg.norm(np.diff(model.strip.annulus[40:57], axis=0), axis=1).sum() - 1.0

    assert abs(strain(stiff.lock(landing, LENGTH))) < 1e-3 < abs(strain(model.lock(landing, LENGTH)))


def test_friction_follows_the_capstan(case: Case, model: CinchModel) -> None:
    """The distal anchor feels T exp(-mu phi), phi all the ribbon turns; the annulus then shrinks less."""
    smooth, outside = _model(case, friction_coefficient=0.0), TractionReaction.OUTSIDE
    free, rubbed = (each.pull(90.0, 2.0, reaction=outside) for each in (smooth, model))
    assert model.parameters.friction_coefficient == 0.2
    assert rubbed.status is Status.CONVERGED
    cable = model.strip.cable(90.0, None, outside=model.outside)
    shares, pulled = np.ones(len(cable.nodes)), cable._replace(weights=cable.weights.copy(), offset=cable.offset.copy())
    capstan(cable, rubbed.positions, 0.2, shares, pulled)
    edges = cable.offset + np.einsum("ek,ekc->ec", cable.weights, rubbed.positions[cable.nodes])
    edges /= np.linalg.norm(edges, axis=1, keepdims=True)
    turned = sum(np.arccos(a @ b) for a, b in zip(edges[1:], edges[:-1], strict=True))
    assert shares[0] == pytest.approx(np.exp(-0.2 * turned), rel=1e-9)
    assert shares[-1] == 1.0
    # The nodes' forces balance those of a cable whose tension falls so.
    again = model.solve(pulled, CableLaw(2.0, 0.0, 0.0), start=rubbed.positions)
    np.testing.assert_allclose(again.positions, rubbed.positions, atol=1e-5)
    assert _ap(case, free) < _ap(case, rubbed) < measure_annulus(case.annulus, minimal_surface=False).ap_mm


def test_more_friction_means_less_effect(case: Case) -> None:
    aps = [_ap(case, _model(case, friction_coefficient=mu).pull(90.0, 2.0)) for mu in (0.0, 0.1, 0.2, 0.3)]
    assert (np.diff(aps) > 0.0).all()


def test_support_rises_towards_the_ostium(case: Case) -> None:
    """Per node 1 + f exp(-(s/w)^2) times that of the free vein, linear part and stiffening alike."""
    free, held = _model(case, ostium_factor=0.0), _model(case, ostium_factor=30.0, ostium_width_mm=15.0)
    numbers = free.strip.vein_numbers
    s = free.strip.vein_spacing * np.arange(len(numbers))
    ratio = held.network.stiffening[numbers] / free.network.stiffening[numbers]
    np.testing.assert_allclose(ratio, 1.0 + 30.0 * np.exp(-((s / 15.0) ** 2)), rtol=1e-12)
    diagonal = [model.network.constant.band[numbers[0], [0, 1, 2], [0, 1, 2]].sum() for model in (free, held)]
    p = free.parameters
    stiffness = p.human_stiffness_factor * p.foundation_kpa * 1e-3 * 0.5 * free.strip.vein_spacing
    trace = 1.0 + p.tangential_ratio + p.normal_ratio
    # The nodes stand a chord apart, not an arc.
    assert diagonal[1] - diagonal[0] == pytest.approx(30.0 * stiffness * trace, rel=1e-4)


def test_a_held_ostium_yields_less_and_the_lock_keeps_more(case: Case) -> None:
    kept, yielded = [], []
    before = measure_annulus(case.annulus, minimal_surface=False).ap_mm
    for factor in (0.0, 30.0, 100.0):
        model = _model(case, ostium_factor=factor)
        landing = _landing(model, 10.0)
        cinch = Cinch.by_plication(model, landing, LENGTH, reaction=TractionReaction.OUTSIDE)
        vein = np.array([state.vein for state in (cinch.traction, cinch.locked)]) - model.strip.vein
        yielded.append(float(np.linalg.norm(vein[1, 0])))
        kept.append((_ap(case, cinch.locked) - before) / (_ap(case, cinch.traction) - before))
    assert (np.diff(yielded) < 0.0).all()
    assert (np.diff(kept) > 0.0).all()

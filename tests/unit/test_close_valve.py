"""Closing a valve: bad input, status, balance of forces, and answers that move, mirror and repeat as they must.

On the independent solutions' valves at a coarse mesh. Case B, tethered, has one answer to rounding; case A has slack
folds at the commissures, where the answer is soft.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from annulus.anatomy.valve import Valve
from annulus.errors import InputError
from annulus.geometry import Surface, vertex_areas
from annulus.mechanics import Status
from annulus.mechanics.valve import ClosureOptions, ClosureSolution, LeafletMaterial, close_valve
from annulus.outcomes._sheets import sheet_distance
from annulus.units import MMHG
from reference_valves import reference_valve

TIGHT = ClosureOptions(tolerance_n=1e-7)


def valve_of(case: str) -> Valve:
    return reference_valve(case, n_columns=24, n_rows=4).valve


@pytest.fixture(scope="module")
def competent() -> ClosureSolution:
    return close_valve(valve_of("caseA"))


@pytest.fixture(scope="module")
def tethered() -> ClosureSolution:
    return close_valve(valve_of("caseB"), options=TIGHT)


def moved(valve: Valve, place) -> Valve:
    return replace(valve, surface=Surface(place(valve.surface.points), valve.surface.triangles), tips=place(valve.tips))


def motion(angle: float):
    turn = Rotation.from_rotvec(angle * np.array([0.6, 0.0, 0.8])).as_matrix()
    return lambda points: points @ turn.T + [20.0, -10.0, 35.0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"pressure_mmhg": 0.0}, "pressure_mmhg must lie in"),
        ({"pressure_mmhg": -20.0}, "pressure_mmhg must lie in"),
        ({"pressure_mmhg": 1000.0}, "pressure_mmhg must lie in"),
        ({"pressure_mmhg": float("nan")}, "pressure_mmhg must lie in"),
        ({"hinge": np.zeros((5, 3))}, r"hinge must have shape \(24, 3\)"),
        ({"hinge": np.full((24, 3), np.nan)}, "hinge"),
        ({"tips": np.zeros((3, 3))}, r"tips must have shape \(2, 3\)"),
        ({"ties": [[0, 10_000]]}, "ties must join vertices"),
        ({"ties": [[-1, 3]]}, "ties must join vertices"),
    ],
)
def test_bad_input_gets_one_sentence(arguments: dict, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        close_valve(valve_of("caseB"), **arguments)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "values",
    [
        {"loads": ()},
        {"loads": (0.5, 0.2, 1.0)},
        {"loads": (0.5, 0.9)},
        {"loads": (0.0, 1.0)},
        {"tolerance_n": 0.0},
        {"max_iterations": 0},
    ],
)
def test_bad_options(values: dict) -> None:
    with pytest.raises(InputError):
        ClosureOptions(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"c0_mpa": 0.0},
        {"c2": float("nan")},
        {"isotropic_share": 1.5},
        {"bending_factor": -1.0},
        {"contact_share": 0.9},
    ],
)
def test_bad_material(values: dict) -> None:
    with pytest.raises(InputError, match=next(iter(values))):
        LeafletMaterial(**values)


def test_material_says_what_it_assumes() -> None:
    lines = LeafletMaterial().assumptions()
    assert {line.name for line in lines} >= {"leaflet_material", "leaflet_bending_factor"}


def test_converged(competent: ClosureSolution, tethered: ClosureSolution) -> None:
    for solution in (competent, tethered):
        assert solution.converged
        assert solution.residual_n < 1e-4
        assert len(solution.interpenetrations()) == 0
        assert np.isfinite(solution.points).all()
        assert (solution.chordae_tension_n >= 0.0).all()


def test_few_iterations_are_a_status() -> None:
    solution = close_valve(valve_of("caseB"), options=ClosureOptions(max_iterations=1))
    assert solution.status is Status.NOT_SETTLED
    assert not solution.converged and solution.residual_n > 1e-4
    assert len(solution.interpenetrations()) == 0


def test_a_tangled_start_is_a_status() -> None:
    valve = valve_of("caseB")
    points = valve.surface.points.copy()
    # A posterior free edge drawn through the anterior leaflet.
    points[12 * 5 + 4] += [0.0, 30.0, 5.0]
    solution = close_valve(replace(valve, surface=Surface(points, valve.surface.triangles)))
    assert solution.status is Status.TANGLED_START
    assert len(solution.interpenetrations()) > 0


@pytest.mark.parametrize("scale", [(1.0, -1.0, 1.0), (0.02, 0.02, 1.0)], ids=["inside out", "to a line"])
def test_an_impossible_annulus_is_a_status(scale: tuple[float, float, float]) -> None:
    valve = valve_of("caseB")
    solution = close_valve(valve, hinge=valve.surface.points[valve.hinge] * scale)
    assert solution.status is Status.STUCK
    assert len(solution.interpenetrations()) == 0
    assert np.isfinite(solution.points).all()


def test_the_same_twice(competent: ClosureSolution) -> None:
    """To rounding: a BLAS may add in another order where its arrays lie elsewhere."""
    again = close_valve(valve_of("caseA"))
    assert again.iterations == competent.iterations
    np.testing.assert_allclose(again.points, competent.points, atol=1e-7)
    np.testing.assert_allclose(again.hinge_force_n, competent.hinge_force_n, atol=1e-6)


def balance(solution: ClosureSolution) -> tuple[np.ndarray, np.ndarray]:
    """Resultant force and moment of annulus, papillary tips and pressure on the valve."""
    valve, points = solution.valve, solution.points
    corners = points[valve.surface.triangles]
    push = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]) / 2.0
    push *= solution.pressure_mmhg * MMHG * solution.pressure_share[:, None]
    place = valve.tips[valve.chordae.tip]
    pull = place - valve.chordae.ends(points)
    pull *= (solution.chordae_tension_n / np.linalg.norm(pull, axis=1))[:, None]
    hinge = points[valve.hinge]
    force = solution.hinge_force_n.sum(axis=0) + pull.sum(axis=0) + push.sum(axis=0)
    moment = np.cross(hinge, solution.hinge_force_n).sum(axis=0) + np.cross(place, pull).sum(axis=0)
    return force, moment + np.cross(corners.mean(axis=1), push).sum(axis=0)


def test_forces_balance(competent: ClosureSolution, tethered: ClosureSolution) -> None:
    """What annulus and tips pull is what the pressure pushes, to the residual summed over the vertices."""
    for solution in (competent, tethered):
        force, moment = balance(solution)
        bound = solution.residual_n * len(solution.points)
        assert np.linalg.norm(force) < bound
        assert np.linalg.norm(moment) < 30.0 * bound
        assert np.linalg.norm(solution.hinge_force_n.sum(axis=0)) > 1.0


def test_moved_valve_gives_the_moved_answer(tethered: ClosureSolution) -> None:
    place = motion(2.0)
    solution = close_valve(moved(valve_of("caseB"), place), options=TIGHT)
    np.testing.assert_allclose(solution.points, place(tethered.points), atol=1e-6)
    np.testing.assert_allclose(solution.chordae_tension_n, tethered.chordae_tension_n, atol=1e-6)


def test_mirrored_valve_gives_the_mirrored_answer(tethered: ClosureSolution) -> None:
    valve = valve_of("caseB")
    mirror = np.array([-1.0, 1.0, 1.0])
    other = Valve(
        Surface(valve.surface.points * mirror, valve.surface.triangles[:, [0, 2, 1]].copy()),
        valve.leaflet,
        valve.hinge[::-1].copy(),
        valve.thickness_mm,
        valve.tips * mirror,
        valve.chordae,
    )
    solution = close_valve(other, options=TIGHT)
    np.testing.assert_allclose(solution.points * mirror, tethered.points, atol=1e-6)


def test_a_mirror_symmetric_valve_closes_symmetrically(tethered: ClosureSolution) -> None:
    """Column i of the recipe lies opposite to column -i."""
    columns = tethered.points.reshape(24, 5, 3)
    np.testing.assert_allclose(columns[-np.arange(24) % 24] * [-1.0, 1.0, 1.0], columns, atol=1e-6)


def test_steps_of_load_change_folds_only(tethered: ClosureSolution) -> None:
    """Free edges have more than one pattern of folds; what the chordae carry in all must not depend on it."""
    for loads in ((0.05, 0.1, 0.2, 0.5, 1.0), (0.02, 0.1, 0.3, 0.6, 1.0)):
        solution = close_valve(valve_of("caseB"), options=replace(TIGHT, loads=loads))
        assert solution.converged
        assert solution.chordae_tension_n.sum() == pytest.approx(tethered.chordae_tension_n.sum(), rel=0.01)


def test_tips_and_annulus_carried_to_their_places(tethered: ClosureSolution) -> None:
    """Rest shape and chordae do not know where tips and hinge start; a rigid move of both is a move of the answer."""
    made = reference_valve("caseB", n_columns=24, n_rows=4)
    carried = close_valve(replace(made.valve, tips=made.tips_start), tips=made.valve.tips, options=TIGHT)
    np.testing.assert_allclose(carried.points, tethered.points, atol=1e-4)
    # Hinge vertices go straight to their places, so that a large turn would squeeze the valve on the way.
    place = motion(0.3)
    hinge = place(made.valve.surface.points[made.valve.hinge])
    carried = close_valve(made.valve, hinge=hinge, tips=place(made.valve.tips), options=TIGHT)
    np.testing.assert_array_equal(carried.points[made.valve.hinge], hinge)
    np.testing.assert_allclose(carried.points, place(tethered.points), atol=1e-4)


def test_more_pressure_pulls_harder(tethered: ClosureSolution) -> None:
    sums = [close_valve(valve_of("caseB"), pressure_mmhg=p).chordae_tension_n.sum() for p in (1.0, 50.0, 200.0)]
    assert sums[0] < sums[1] < tethered.chordae_tension_n.sum() < sums[2]


def test_contact_keeps_the_leaflets_apart(competent: ClosureSolution) -> None:
    """Without it they pass through each other; with it A2 and P2 meet half a thickness of each away, stretched as they
    are.
    """
    # Free to pass through each other they find no rest under a follower load.
    through = close_valve(valve_of("caseA"), options=ClosureOptions(contact=False, max_iterations=40))
    assert len(through.interpenetrations()) > 10
    middle = np.r_[1:5, 61:65]
    apart = sheet_distance(competent.valve, competent.points)[middle].min()
    thick = competent.valve.stretched_thickness(competent.points)[middle].mean()
    assert 0.8 < apart / thick < 1.1 and thick < 0.9


def test_fibres_hold_the_valve_around(tethered: ClosureSolution) -> None:
    """Fibres that take the isotropic part's place: stiffer around, softer up and down, so that leaflets grow longer."""
    solution = close_valve(valve_of("caseB"), material=LeafletMaterial(isotropic_share=0.3))
    assert solution.converged
    columns, before = solution.points.reshape(24, 5, 3), tethered.points.reshape(24, 5, 3)

    def length(p) -> float:
        return float(np.linalg.norm(np.diff(p, axis=1), axis=2).sum(axis=1).mean())

    assert length(columns) > 1.01 * length(before)


def test_a_clip_holds_both_leaflets() -> None:
    """A2 to P2 at the free edge of the tethered valve, which leaves them apart by itself."""
    valve = reference_valve("caseB", n_columns=48, n_rows=6).valve
    pair = np.array([[6, 24 * 7 + 6]])
    free, clipped = close_valve(valve), close_valve(valve, ties=pair)
    assert clipped.converged
    far, near = (float(np.linalg.norm(np.diff(s.points[pair[0]], axis=0))) for s in (free, clipped))
    assert near < 2.0 < far
    assert clipped.tie_force_n.shape == (1,) and clipped.tie_force_n[0] > 0.0
    assert len(clipped.interpenetrations()) == 0


@pytest.mark.parametrize("case", ["caseA", "caseB"])
def test_thinner_where_stretched_and_nothing_presses_a_hanging_flap(case: str) -> None:
    """Where sheets press each other they are apart by their present thickness, and the flaps' pull on chordae falls."""
    valve = valve_of(case)
    usual, closed = (close_valve(valve, options=ClosureOptions(thinning=on, seal=on)) for on in (False, True))
    assert closed.status.converged and len(closed.interpenetrations()) == 0
    thickness = valve.stretched_thickness(closed.points)
    present = vertex_areas(closed.points, valve.surface.triangles)
    assert present @ thickness == pytest.approx(valve.areas @ valve.thickness, rel=0.01), "the tissue keeps its volume"
    inside = np.setdiff1d(np.arange(len(closed.points)), valve.shared)
    near = sheet_distance(valve, closed.points)[inside] / thickness[inside]
    # Contact acts from the mean thickness of both sheets, of which one may be the thinner.
    assert 0.75 < near.min() < 1.0
    # The tethered valve hardly seals: nearly all of it stays under pressure.
    pull = closed.chordae_tension_n.sum() / usual.chordae_tension_n.sum()
    assert (0.5 < pull < 0.95) if case == "caseA" else pull == pytest.approx(1.0, abs=0.02)


def test_least_energy_of_several_ways() -> None:
    """The state that is taken is one that a single way finds; the others' shapes are kept."""
    valve = reference_valve("caseB", n_columns=24, n_rows=4).valve
    several = close_valve(valve, options=ClosureOptions(paths=3))
    assert several.converged and len(several.others) == 2
    single = [close_valve(valve, options=ClosureOptions(multilevel=on)) for on in (True, False)]
    assert min(np.abs(several.points - own.points).max() for own in single) < 1e-2
    with pytest.raises(InputError, match="paths must be a whole number from 1 to 4; got 9"):
        ClosureOptions(paths=9)

"""Valves on annuli: heights in are heights out, sheets meet at the commissures and do not pass through each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from annulus.anatomy import Annulus, Case, ChordaeLengths, ChordaeParameters, LeafletThickness
from annulus.anatomy.parametric import AnnulusParameters, LeafletParameters, leaflet_heights, parametric_annulus, preset
from annulus.anatomy.valve import (
    ANTERIOR,
    CHORDAE_GROUPS,
    POSTERIOR,
    Valve,
    hinge_positions,
    parametric_valve,
    station_deg,
    valve_of_case,
    with_heights,
)
from annulus.errors import InputError
from annulus.geometry import crossing_triangles

OWN = ChordaeParameters(lengths=ChordaeLengths.OWN_TIPS)
SIZES = LeafletParameters(24.0, 13.0, 8.0)


def valve_of(case: Case, chordae: ChordaeParameters = ChordaeParameters()) -> Valve:  # noqa: B008
    assert case.leaflets is not None
    assert case.leaflets.heights is not None
    return parametric_valve(case.annulus, case.leaflets.heights, tips=case.papillary_tips, chordae=chordae)


@pytest.fixture(scope="module")
def normal() -> Case:
    return preset("normal")


def stretch(valve: Valve) -> np.ndarray:
    chordae = valve.chordae
    return np.linalg.norm(chordae.ends(valve.surface.points) - valve.tips[chordae.tip], axis=1) - chordae.length_mm


def test_columns_stand_on_the_annulus_at_the_landmarks(normal: Case) -> None:
    annulus = normal.annulus
    theta = station_deg(annulus, 80)
    wanted = annulus.theta_deg(np.array([annulus.landmarks[name] for name in ("PMC", "A", "ALC", "P")]))
    for angle in wanted:
        # The polygon's point next to a landmark of the smooth curve: 0.01 deg is 3 micrometres.
        assert np.abs((theta - angle + 180.0) % 360.0 - 180.0).min() < 0.01
    assert theta[0] == pytest.approx(wanted[0], abs=0.01)
    # Counter-clockwise, once round.
    steps = np.diff(np.append(theta, theta[0])) % 360.0
    assert steps.max() < 15.0
    assert steps.sum() == pytest.approx(360.0)
    valve = valve_of(normal)
    _, distance = annulus.loop.closest(valve.surface.points[valve.hinge])
    assert distance.max() < 1e-9


def test_hinge_does_not_depend_on_the_way_the_loop_is_walked(normal: Case) -> None:
    annulus = normal.annulus
    turned = Annulus(annulus.loop.reversed(), annulus.landmarks, annulus.landmark_sources)
    here, there = (a.loop.at(hinge_positions(a, 60)) for a in (annulus, turned))
    np.testing.assert_allclose(here, there, atol=1e-9)


def test_heights_in_are_heights_out(normal: Case) -> None:
    """Straight columns: hinge to edge is the height, exactly."""
    valve = valve_of(normal)
    points = valve.surface.points.reshape(80, 11, 3)
    heights = leaflet_heights(normal.annulus, LeafletParameters(24.2, 12.8, 9.5))
    length = np.linalg.norm(points[:, -1] - points[:, 0], axis=1)
    np.testing.assert_allclose(length, heights.at(station_deg(normal.annulus, 80)), rtol=1e-9)


@pytest.mark.parametrize("name", ["normal", "fmr", "ischaemic", "afmr"])
def test_presets_start_apart_and_face_the_atrium(name: str) -> None:
    case = preset(name)
    valve = valve_of(case)
    assert len(crossing_triangles(valve.surface)) == 0
    assert (valve.surface.area_vectors @ case.annulus.frame.axes[2] > 0.0).all()
    assert valve.surface.triangle_quality.min() > 0.3
    assert len(valve.shared) == 22
    assert len(valve.free_edge) == 80


def test_area_ratios_of_the_presets() -> None:
    """Stored numbers, as in docs/leaflets.md: stress-free, below the published loaded 1.95 +- 0.40 [chaput2008]."""
    ratio = {}
    for name in ("normal", "fmr", "ischaemic", "afmr"):
        case = preset(name)
        ratio[name] = valve_of(case).surface.area / float(np.linalg.norm(case.annulus.loop.area_vector))
    assert ratio == pytest.approx({"normal": 1.49, "fmr": 1.28, "ischaemic": 1.28, "afmr": 1.13}, abs=0.015)


def test_own_tips_leave_every_chorda_slack() -> None:
    """Half a millimetre at the half-open start, before the groups' own slack is added."""
    own = replace(OWN, marginal_slack_mm=0.0, basal_slack_mm=0.0, strut_slack_mm=0.0)
    assert stretch(valve_of(preset("fmr"), own)).max() < -0.49


def test_no_chorda_is_shorter_than_in_cadavers(normal: Case) -> None:
    """Means from 14.5 to 17.9 mm [papillary-d10-cadaver]; the shorter ones less a standard deviation of 3.2."""
    length = valve_of(normal).chordae.length_mm
    assert length.min() == pytest.approx(14.5 - 3.2)
    assert 13.0 < length.mean() < 17.9


def test_displaced_tips_stretch_chordae_of_normal_length() -> None:
    at_rest = stretch(valve_of(preset("normal"))).max()
    assert at_rest < 1.01
    for name in ("fmr", "ischaemic", "afmr"):
        assert stretch(valve_of(preset(name))).max() > at_rest + 1.0


def test_chordae_go_to_their_own_side_and_group(normal: Case) -> None:
    valve = valve_of(normal, ChordaeParameters(n_marginal=8, n_basal=4))
    local = valve.frame.to_local(valve.chordae.ends(valve.surface.points))
    assert ((local[:, 0] > 0.0) == (valve.chordae.tip == 1)).all()
    counts = np.bincount(valve.chordae.group, minlength=3)
    assert dict(zip(CHORDAE_GROUPS, counts.tolist(), strict=True)) == {"marginal": 16, "basal": 8, "strut": 2}
    marginal = valve.chordae.group == 0
    on_edge = np.isin(valve.chordae.corners[marginal], valve.free_edge)
    np.testing.assert_allclose((valve.chordae.weights[marginal] * on_edge).sum(axis=1), 1.0, atol=1e-12)
    strut = valve.chordae.corners[valve.chordae.group == 2]
    assert np.isin(strut, valve.surface.triangles[valve.leaflet == ANTERIOR]).all()


@pytest.mark.parametrize("name", ["normal", "ischaemic"])
def test_chordae_do_not_depend_on_the_mesh(name: str) -> None:
    """Places within what the hinge's chords leave of the curve, lengths alike; the half height between two rows."""
    case = preset(name)
    assert case.leaflets is not None and case.leaflets.heights is not None
    meshes = ((80, 10), (150, 15), (56, 7))
    valves = [
        parametric_valve(case.annulus, case.leaflets.heights, tips=case.papillary_tips, n_columns=i, n_rows=j)
        for i, j in meshes
    ]
    ends = [valve.chordae.ends(valve.surface.points) for valve in valves]
    for other, valve in zip(ends[1:], valves[1:], strict=True):
        assert np.linalg.norm(other - ends[0], axis=1).max() < 0.15
        np.testing.assert_allclose(valve.chordae.length_mm, valves[0].chordae.length_mm, atol=0.15)


def test_every_row_has_its_share_of_the_rough_zone(normal: Case) -> None:
    """A third of the height is thicker, on any number of rows: the mean thickness of a column does not change."""
    assert normal.leaflets is not None and normal.leaflets.heights is not None
    thickness = LeafletThickness(anterior_mm=1.0, posterior_mm=1.0, rough_zone_factor=1.5, rough_zone_share=1.0 / 3.0)
    for rows in (4, 7, 12):
        valve = parametric_valve(
            normal.annulus, normal.leaflets.heights, thickness=thickness, n_columns=24, n_rows=rows
        )
        assert valve.thickness_mm.reshape(24, rows, 2).mean() == pytest.approx(1.0 + 0.5 / 3.0, rel=1e-12)


def test_slack_is_added_by_group(normal: Case) -> None:
    base = valve_of(normal, OWN).chordae
    longer = valve_of(normal, replace(OWN, basal_slack_mm=OWN.basal_slack_mm + 2.5)).chordae
    np.testing.assert_allclose(longer.length_mm - base.length_mm, np.where(base.group == 1, 2.5, 0.0), atol=1e-12)
    # k L = E A.
    np.testing.assert_allclose(longer.stiffness_n_per_mm * longer.length_mm, np.array([16.0, 16.0, 48.0])[base.group])


def test_with_lengths_keeps_section_and_modulus(normal: Case) -> None:
    chordae = valve_of(normal).chordae
    other = chordae.with_lengths(2.0 * chordae.length_mm)
    np.testing.assert_allclose(other.stiffness_n_per_mm, 0.5 * chordae.stiffness_n_per_mm)
    with pytest.raises(InputError, match="length_mm must be positive"):
        chordae.with_lengths(np.zeros(len(chordae)))


def test_scallops_and_clefts(normal: Case) -> None:
    plain = leaflet_heights(normal.annulus, SIZES)
    scalloped = leaflet_heights(normal.annulus, replace(SIZES, scallop_depth_mm=3.0))
    drop = plain.height_mm - scalloped.height_mm
    # Three scallops: two indentations, about as deep as asked for at the nearest sampled angle.
    peaks = np.flatnonzero((drop > np.roll(drop, 1)) & (drop > np.roll(drop, -1)))
    assert len(peaks) == 2
    assert drop[peaks].min() > 2.8
    assert drop.max() <= 3.0 + 1e-12
    whole, cleft = (parametric_valve(normal.annulus, replace(SIZES, cleft_depth_mm=depth)) for depth in (0.0, 6.0))
    # 6 of about 12 mm: five of ten rows, each slit vertex twice.
    assert len(cleft.surface.points) - len(whole.surface.points) in range(8, 13)
    assert len(cleft.surface.triangles) == len(whole.surface.triangles)
    assert len(cleft.free_edge) > len(whole.free_edge)
    assert len(crossing_triangles(cleft.surface)) == 0
    assert cleft.surface.area < whole.surface.area


def test_thickness_by_region(normal: Case) -> None:
    thickness = LeafletThickness(0.8, 0.5, rough_zone_factor=1.5, rough_zone_share=0.3)
    valve = parametric_valve(normal.annulus, SIZES, thickness=thickness)
    by_leaflet = {n: set(np.round(valve.thickness_mm[valve.leaflet == n], 12)) for n in (ANTERIOR, POSTERIOR)}
    assert by_leaflet == {ANTERIOR: {0.8, 1.2}, POSTERIOR: {0.5, 0.75}}
    rough = valve.thickness_mm.reshape(80, 20)[:, -6:]
    assert (rough > 0.7).all()


def test_random_valves_start_apart() -> None:
    """Sizes far beyond patients': the start stays free of crossings and well shaped."""
    rng = np.random.default_rng(7)
    for _ in range(25):
        alpm = rng.uniform(28.0, 55.0)
        ap = alpm * rng.uniform(0.6, 1.0)
        ring = parametric_annulus(AnnulusParameters(ap, alpm, rng.uniform(1.0, 0.25 * ap), 0.66 * alpm))
        low = rng.uniform(3.0, 9.0)
        sizes = LeafletParameters(rng.uniform(14.0, 32.0), rng.uniform(9.0, 22.0), low)
        tips = {"AL": (-rng.uniform(8, 25), -8.0, -rng.uniform(18, 40)), "PM": (rng.uniform(8, 25), -10.0, -25.0)}
        valve = parametric_valve(ring, sizes, tips=tips)
        assert len(crossing_triangles(valve.surface)) == 0
        assert valve.surface.triangle_quality.min() > 0.05


def test_a_valve_moves_with_its_heart(normal: Case) -> None:
    turn = np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))[0]
    turn = turn * np.linalg.det(turn)
    shift = np.array([10.0, -20.0, 5.0])
    valve, moved = valve_of(normal), valve_of(normal.transformed(turn, shift))
    np.testing.assert_allclose(moved.surface.points, valve.surface.points @ turn.T + shift, atol=1e-9)
    np.testing.assert_allclose(moved.chordae.length_mm, valve.chordae.length_mm, atol=1e-9)
    assert np.array_equal(moved.surface.triangles, valve.surface.triangles)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"n_columns": 31}, "n_columns must be even"),
        ({"n_rows": 1}, "n_rows must be at least 2"),
        ({"opening_deg": 5.0}, r"opening_deg must lie in \[10, 90\]"),
        ({"tips": {"AL": (-15.0, 0.0, -25.0)}}, "PM is missing"),
        ({"tips": {"AL": (-15.0, 0.0, -25.0), "PM": (15.0, 0.0, 5.0)}}, "papillary tips must lie below"),
    ],
)
def test_refuses(changes: dict[str, object], sentence: str) -> None:
    ring = parametric_annulus(AnnulusParameters(28.0, 38.0, 6.0, 26.0))
    with pytest.raises(InputError, match=sentence):
        parametric_valve(ring, SIZES, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("record", "changes", "sentence"),
    [
        (ChordaeParameters, {"n_strut": 2}, r"n_strut must lie in \[0, 1\]"),
        (ChordaeParameters, {"n_marginal": 2.5}, "n_marginal must be a whole number"),
        (ChordaeParameters, {"modulus_mpa": -1.0}, "modulus_mpa must lie"),
        (LeafletThickness, {"anterior_mm": 0.0}, "anterior_mm must lie"),
    ],
)
def test_parameters_refuse(record: type, changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        record(**changes)


@pytest.mark.parametrize("cleft_depth_mm", [0.0, 4.0])
def test_other_heights(cleft_depth_mm: float) -> None:
    """Every point is 1.2 times as far from its column's hinge vertex; hinge, tips and slack lengths stay."""
    case = preset("fmr")
    valve, _ = valve_of_case(replace(case, leaflets=replace(case.leaflets, cleft_depth_mm=cleft_depth_mm)))
    longer = with_heights(valve, 1.2)
    np.testing.assert_array_equal(longer.chordae.length_mm, valve.chordae.length_mm)
    np.testing.assert_array_equal(longer.tips, valve.tips)
    own, other = (mesh.surface.points[: 80 * 11].reshape(80, 11, 3) for mesh in (valve, longer))
    np.testing.assert_allclose(other - other[:, :1], 1.2 * (own - own[:, :1]), atol=1e-12)
    # The far side of a cleft stays as near to its own column.
    beyond = slice(80 * 11, None)
    assert len(valve.surface.points[beyond]) == len(longer.surface.points[beyond])
    assert len(crossing_triangles(longer.surface)) == 0
    np.testing.assert_array_equal(longer.surface.points[longer.hinge], valve.surface.points[valve.hinge])
    assert with_heights(valve, 1.0) is valve
    with pytest.raises(InputError, match="must be above 0"):
        with_heights(valve, 0.0)

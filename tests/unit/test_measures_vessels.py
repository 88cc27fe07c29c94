"""Coronary sinus and artery measures against closed forms on a circular annulus, and on the shared heart."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from annulus.anatomy import Annulus, Artery, Case, CoronarySinus, annulus_from_loop
from annulus.anatomy.measures import (
    MEASURES,
    crossing_places,
    gap_profile,
    measure,
    measure_circumflex,
    measure_coronary_sinus,
    vessel_crossings,
)
from annulus.errors import InputError
from annulus.geometry import Curve, Loop, crossings_seen_from

RADIUS = 18.0


def at_angle(theta_deg: np.ndarray, radius: np.ndarray | float, z: np.ndarray | float) -> np.ndarray:
    t = np.radians(theta_deg)
    return np.column_stack([-radius * np.sin(t), radius * np.cos(t), np.broadcast_to(z, t.shape)])


@pytest.fixture(scope="module")
def annulus() -> Annulus:
    points = at_angle(np.arange(0.0, 360.0, 3.0), RADIUS, 0.0)
    return Annulus(Loop(points), {"A": points[0], "AL": points[30], "P": points[60], "PM": points[90]})


def vein(*, offset: float = 8.0, z: float = 4.0, radius: float | None = 3.0, n: int = 181) -> CoronarySinus:
    """Vein from theta 270 to 90 at a constant distance outside the annulus and height above its plane."""
    points = at_angle(np.linspace(270.0, 90.0, n), RADIUS + offset, z)
    return CoronarySinus(Curve(points, None if radius is None else np.full(n, radius)))


def artery(*, side: float, radius: float | None = 1.5, n: int = 200) -> Artery:
    """From inside at theta 100 to outside at 260, crossing the vein's radius of 26 at 180, `side` above the vein."""
    theta = np.linspace(100.0, 260.0, n)
    points = at_angle(theta, 26.0 + 6.0 * np.sin(np.radians(theta - 180.0)), 4.0 + side)
    return Artery("lcx", Curve(points, None if radius is None else np.full(n, radius)))


def test_vein_at_constant_distance(annulus: Annulus) -> None:
    """Closed form: distance hypot(8, 4), half a turn, parallel planes 4 mm apart."""
    found = measure_coronary_sinus(vein(), annulus)
    assert found.length_mm == pytest.approx(26.0 * np.pi, rel=1e-4)
    assert found.tortuosity == pytest.approx(np.pi / 2.0 - 1.0, rel=1e-3)
    np.testing.assert_allclose(found.annulus_distance_mm, np.hypot(8.0, 4.0), rtol=2e-3)
    np.testing.assert_allclose(found.section_distance_mm, np.hypot(8.0, 4.0), rtol=2e-3)
    np.testing.assert_allclose(found.section_theta_deg, np.arange(265.0, 90.0, -5.0), atol=1e-9)
    np.testing.assert_allclose(
        found.section_s_mm, (270.0 - found.section_theta_deg) / 180.0 * found.length_mm, atol=0.01
    )
    np.testing.assert_allclose(found.height_above_plane_mm, 4.0, atol=1e-6)
    assert found.plane_angle_deg == pytest.approx(0.0, abs=1e-6)
    assert found.plane_distance_mm == pytest.approx(4.0)
    assert found.theta_span_deg == pytest.approx(180.0, abs=0.01)
    assert found.projection_length_mm == pytest.approx(np.pi * RADIUS, rel=1e-3)
    assert found.annular_stretch_mm == (0.0, pytest.approx(found.length_mm))


def test_tilted_vein_has_its_angle(annulus: Annulus) -> None:
    """Closed form: the vein's plane turned by 15 degrees about the transverse axis."""
    a = np.radians(15.0)
    turn = np.array([[1.0, 0.0, 0.0], [0.0, np.cos(a), -np.sin(a)], [0.0, np.sin(a), np.cos(a)]])
    tilted = vein(z=0.0).transformed(turn)
    found = measure_coronary_sinus(tilted, annulus)
    assert found.plane_angle_deg == pytest.approx(15.0, abs=0.01)
    assert found.plane_distance_mm < 0.0


def test_a_vein_that_leaves_has_a_shorter_stretch(annulus: Annulus) -> None:
    """Beyond the annulus' mean radius from it the vein no longer counts as annular."""
    points = np.vstack([vein(n=181).curve.points, [[-26.0, 20.0, -20.0], [-26.0, 50.0, -60.0]]])
    found = measure_coronary_sinus(CoronarySinus(Curve(points)), annulus)
    first, last = found.annular_stretch_mm
    assert first == 0.0
    assert 26.0 * np.pi < last < found.length_mm - 40.0
    assert "radius_mm" not in found.to_dict()


def test_swapped_ends_and_far_veins_are_refused(annulus: Annulus) -> None:
    with pytest.raises(InputError, match="its ends are swapped, or A and P are"):
        measure_coronary_sinus(CoronarySinus(vein().curve.reversed()), annulus)
    with pytest.raises(InputError, match="no nearer than"):
        measure_coronary_sinus(vein().transformed(np.eye(3), [0.0, 0.0, 300.0]), annulus)


@pytest.mark.parametrize(("side", "name", "angle"), [(-5.0, "ventricular", 90.0), (5.0, "atrial", 270.0)])
def test_one_crossing_with_its_side_and_gap(annulus: Annulus, side: float, name: str, angle: float) -> None:
    """Closed form at theta 180: 5 mm under or over the vein, radii 3 and 1.5, half way along the vein."""
    sinus = vein()
    (crossing,) = vessel_crossings(sinus, artery(side=side), annulus)
    assert crossing.cs_s_mm == pytest.approx(13.0 * np.pi, abs=0.05)
    assert crossing.theta_deg == pytest.approx(180.0, abs=0.1)
    assert crossing.side == name
    assert crossing.side_deg == pytest.approx(angle, abs=5.0)
    # The nearest place of a slanting artery is a little nearer than the one straight below.
    assert crossing.gap_mm == pytest.approx(5.0 - 4.5, abs=0.1)
    assert crossing.axis_distance_mm == pytest.approx(5.0, abs=0.1)
    # From the ostium on, the artery is first outside (theta > 180), then inside.
    assert crossing.inwards


@pytest.mark.parametrize("radius", [1.5, None])
def test_crossing_places_are_the_crossings_without_sides(annulus: Annulus, radius: float | None) -> None:
    full = vessel_crossings(vein(), artery(side=-5.0, radius=radius), annulus)
    quick = crossing_places(vein(), artery(side=-5.0, radius=radius), annulus)
    assert len(full) == 1
    assert [replace(c, side_deg=0.0) for c in quick] == [replace(c, side_deg=0.0) for c in full]
    assert np.isnan(quick[0].side_deg)


def test_overlap_is_reported(annulus: Annulus) -> None:
    found = measure_circumflex(vein(), [artery(side=-2.0)], annulus)
    assert found is not None
    assert found.min_gap_mm == pytest.approx(2.0 - 4.5, abs=0.05)
    (single,) = found.arteries
    assert single.walls_overlap_mm > 5.0  # type: ignore[operator]
    document = found.to_dict()
    assert document["min_gap_before_mm"] == found.min_gap_mm
    assert document["arteries"][0]["crossing_count"] == 1  # type: ignore[index]


def test_far_passages_do_not_count(annulus: Annulus) -> None:
    """30 mm under the vein: seen along the axis the curves cross, but the vessels do not meet."""
    assert vessel_crossings(vein(), artery(side=-30.0), annulus) == ()


def test_a_graze_is_no_crossing(annulus: Annulus) -> None:
    """The artery comes from inside, strays 0.2 mm beyond the vein's axis and goes back; 2 mm cross twice."""
    theta = np.linspace(120.0, 240.0, 241)
    for beyond, count in ((0.2, 0), (2.0, 2)):
        radius = 26.0 + beyond - 6.0 * (1.0 - np.cos(np.radians(theta - 180.0)))
        points = at_angle(theta, radius, -1.0)
        course = Artery("lcx", Curve(points, np.full(len(points), 1.5)))
        assert len(vessel_crossings(vein(), course, annulus)) == count


def test_gap_profile_beside_the_vein(annulus: Annulus) -> None:
    """Closed form: arteries at 7 mm inside, below, outside and above."""
    sinus = vein()
    theta = np.linspace(280.0, 80.0, 400)
    for angle, radius, z in ((0.0, 19.0, 4.0), (90.0, 26.0, -3.0), (180.0, 33.0, 4.0), (270.0, 26.0, 11.0)):
        course = Artery("lcx", Curve(at_angle(theta, radius, z), np.full(400, 1.5)))
        profile = gap_profile(sinus, course, annulus)
        np.testing.assert_allclose(profile.axis_distance_mm, 7.0, atol=0.01)
        np.testing.assert_allclose(profile.gap_mm, 2.5, atol=0.01)
        np.testing.assert_allclose((profile.angle_deg - angle + 180.0) % 360.0, 180.0, atol=0.5)


def test_without_radius_there_is_no_gap(annulus: Annulus) -> None:
    found = measure_circumflex(vein(radius=None), [artery(side=-5.0)], annulus)
    assert found is not None
    document = found.to_dict()
    assert "min_gap_before_mm" not in document
    assert "gap_before_mm" not in document["crossings"][0]  # type: ignore[index]
    assert found.min_axis_distance_mm == pytest.approx(5.0, abs=0.1)
    assert measure_circumflex(vein(), [], annulus) is None


def test_crossings_seen_from_a_direction() -> None:
    """Closed form: two straight lines, 3 mm apart along the view."""
    first = Curve([[0.0, 0.0, 0.0], [10.0, 0.0, 0.0]])
    second = Curve([[4.0, -5.0, 3.0], [4.0, 5.0, 3.0]])
    (crossing,) = crossings_seen_from([0.0, 0.0, 2.0], first, second)
    assert (crossing.first_mm, crossing.second_mm, crossing.rise_mm) == pytest.approx((4.0, 5.0, 3.0))
    assert crossing.sense == 1
    (below,) = crossings_seen_from([0.0, 0.0, -2.0], first, second)
    assert below.rise_mm == pytest.approx(-3.0)
    assert below.sense == -1
    with pytest.raises(InputError, match="zero vector"):
        crossings_seen_from([0.0, 0.0, 0.0], first, second)


def test_document_of_a_case(annulus: Annulus) -> None:
    full = measure(Case("c1", annulus, vein(), (artery(side=-5.0),)))
    document = json.loads(json.dumps(full.to_dict(), allow_nan=False))
    assert list(document) == ["schema", "case", "annulus", "coronary_sinus", "circumflex", "assumptions"]
    assert document["schema"] == "annulus.measures/1"
    assert document["case"]["phase"] == "unknown"
    assert pickle.loads(pickle.dumps(full)).to_dict() == full.to_dict()
    assert "lcx crosses at" in str(full)
    bare = measure(Case("c2", annulus)).to_dict()
    assert "coronary_sinus" not in bare
    assert "circumflex" not in bare
    assert {"coronary_sinus", "circumflex"} <= {line["name"] for line in bare["assumptions"]}  # type: ignore[union-attr]


def test_registry_and_documents_agree(annulus: Annulus) -> None:
    """Every registered annulus, vein and artery key can appear, and every scalar key that appears is registered."""
    assert len({m.id for m in MEASURES}) == len(MEASURES)
    document = measure(Case("c1", annulus, vein(), (artery(side=-5.0),))).to_dict()
    known = {m.key for m in MEASURES if m.group == "annulus"}
    assert document["annulus"].keys() - {"landmark_sources"} <= known  # type: ignore[union-attr]
    sinus: Any = document["coronary_sinus"]
    keys = {m.key for m in MEASURES if m.group == "coronary_sinus"} - {"mis_radius_mm"}
    tables = {"parts": set(), "stations": set()}
    for key in keys:
        name, _, inner = key.partition("[].")
        if inner:
            tables[name].add(inner)
    assert {key for key in keys if "[]." not in key} <= sinus.keys()
    # The vein here has no inscribed radius.
    assert all(row.keys() == tables["parts"] for row in sinus["parts"])
    assert all(row.keys() == tables["stations"] - {"mis_diameter_mm"} for row in sinus["stations"])
    text = json.dumps(document["circumflex"])
    assert all(f'"{m.key}"' in text for m in MEASURES if m.group == "circumflex")


def test_heart5_axes_of_the_crude_reference(shared_anatomy) -> None:
    """One crossing 43 +- 4 mm from the ostium, ventricular, walls overlapping; outside before it, inside after."""
    text = (shared_anatomy / "bodyparts3d-heart5" / "reference_crude.json").read_text(encoding="utf-8")
    reference = json.loads(text)
    made = annulus_from_loop(
        Loop(reference["annulus"]["points"]),
        atrial_side=reference["la_centroid"],
        aortic=reference["aortic_annulus_centroid"],
    )
    sinus = CoronarySinus(Curve(reference["cs_gcv"]["points"], reference["cs_section_equivalent_radius"]))
    lcx = Artery("lcx", Curve(reference["lcx"]["points"], reference["lcx"]["radius"]))
    found = measure(Case("heart5", made, sinus, (lcx,)))
    assert found.coronary_sinus is not None
    assert found.coronary_sinus.length_mm == pytest.approx(192.0, rel=0.05)
    near = found.coronary_sinus.annulus_distance_mm[found.coronary_sinus.s_mm <= 85.0]
    assert near.min() > 5.0
    assert near.max() < 16.0
    assert near.mean() == pytest.approx(8.1, abs=1.0)
    assert found.circumflex is not None
    (crossing,) = found.circumflex.crossings
    assert crossing.cs_s_mm == pytest.approx(43.0, abs=4.0)
    assert crossing.side == "ventricular"
    assert -2.0 < crossing.gap_mm < 0.5  # type: ignore[operator]
    profile = found.circumflex.arteries[0].profile
    before = (profile.s_mm > 14.0) & (profile.s_mm < 38.0)
    after = (profile.s_mm > 48.0) & (profile.s_mm < 80.0)
    assert (np.cos(np.radians(profile.angle_deg[before])) < 0.0).all()
    assert (np.cos(np.radians(profile.angle_deg[after])) > 0.0).all()

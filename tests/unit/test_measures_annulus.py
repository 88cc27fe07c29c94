"""Annulus measures against closed forms."""

from __future__ import annotations

import csv
import json
import pickle

import numpy as np
import pytest
from scipy.special import ellipe

from annulus.anatomy import Annulus, annulus_from_loop, trigone_positions
from annulus.anatomy.measures import measure_annulus, measure_sequence
from annulus.errors import InputError
from annulus.geometry import Loop

UP = np.array([0.0, 0.0, 100.0])


def ring(n: int, *, a: float = 18.0, b: float = 14.0, saddle: float = 0.0) -> np.ndarray:
    """Ellipse of half axes a (x) and b (y); height `saddle` cos(2 theta), theta from +y."""
    t = 2.0 * np.pi * np.arange(n) / n
    return np.column_stack([-a * np.sin(t), b * np.cos(t), saddle * np.cos(2.0 * t)])


def annulus(points: np.ndarray, **more: np.ndarray) -> Annulus:
    """A at +y, AL at -x: what the ellipse above has at theta 0 and 90."""
    given = {"A": points[0], "AL": points[len(points) // 4], "P": points[len(points) // 2], **more}
    given["PM"] = points[3 * len(points) // 4]
    return Annulus(Loop(points), given)


def test_flat_ellipse_has_its_closed_forms() -> None:
    found = measure_annulus(annulus(ring(160)))
    perimeter = 4.0 * 18.0 * ellipe(1.0 - (14.0 / 18.0) ** 2)
    area = np.pi * 18.0 * 14.0
    assert found.ap_mm == pytest.approx(28.0, rel=1e-9)
    assert found.alpm_mm == pytest.approx(36.0, rel=1e-9)
    assert found.perimeter_3d_mm == pytest.approx(perimeter, rel=1e-7)
    assert found.perimeter_2d_mm == pytest.approx(perimeter, rel=1e-7)
    assert found.area_2d_mm2 == pytest.approx(area, rel=1e-6)
    assert found.area_3d_mm2 == pytest.approx(area, rel=1e-6)
    assert found.d_area_mm == pytest.approx(2.0 * np.sqrt(18.0 * 14.0), rel=1e-6)
    assert found.d_perim_mm == pytest.approx(perimeter / np.pi, rel=1e-7)
    assert found.height_mm == pytest.approx(0.0, abs=1e-12)
    assert found.npa_deg == pytest.approx(180.0)
    assert found.bending_angle_deg == pytest.approx(180.0, abs=1e-6)
    assert found.sphericity_ap_alpm == pytest.approx(28.0 / 36.0)
    assert found.ellipticity == pytest.approx(36.0 / 28.0)
    assert list(found.quadrant_area_mm2) == ["A_AL", "AL_P", "P_PM", "PM_A"]
    np.testing.assert_allclose(list(found.quadrant_area_mm2.values()), area / 4.0, rtol=1e-6)


def test_saddle_has_its_height_and_angles() -> None:
    """Closed form: horns at +h, transverse ends at -h, so the angle at the transverse midpoint is 2 atan(b / 2h)."""
    found = measure_annulus(annulus(ring(160, a=16.0, b=16.0, saddle=3.0)))
    assert found.height_above_mm == pytest.approx(3.0, rel=1e-6)
    assert found.height_below_mm == pytest.approx(3.0, rel=1e-6)
    assert found.height_mm == pytest.approx(6.0, rel=1e-6)
    assert found.npa_deg == pytest.approx(2.0 * np.degrees(np.arctan2(16.0, 6.0)), rel=1e-6)
    assert found.ahcwr == pytest.approx(6.0 / 32.0, rel=1e-6)
    assert found.bending_angle_deg < 180.0
    assert found.area_3d_mm2 is not None
    assert found.area_3d_mm2 > found.area_2d_mm2
    assert [line.name for line in found.assumptions] == ["commissures"]


def test_bending_angle_of_a_folded_ring() -> None:
    """Closed form: a ring folded along the transverse diameter by 20 degrees on either side, horns up."""
    flat = ring(400, a=16.0, b=16.0)
    fold = np.radians(20.0)
    folded = np.column_stack([flat[:, 0], flat[:, 1] * np.cos(fold), np.abs(flat[:, 1]) * np.sin(fold)])
    # The spline rounds the two corners: hence the tolerance.
    assert measure_annulus(annulus(folded)).bending_angle_deg == pytest.approx(140.0, abs=0.1)
    folded[:, 2] *= -1.0
    assert measure_annulus(annulus(folded)).bending_angle_deg == pytest.approx(220.0, abs=0.1)


def test_trigones_and_commissures_give_their_measures() -> None:
    """Closed form on a circle of radius 16: trigones 60 degrees either side of A, commissures 80."""
    places = {"LT": 60.0, "RT": -60.0, "ALC": 80.0, "PMC": -80.0}
    more = {k: 16.0 * np.array([-np.sin(np.radians(v)), np.cos(np.radians(v)), 0.0]) for k, v in places.items()}
    found = measure_annulus(annulus(ring(180, a=16.0, b=16.0), **more))
    chord = 32.0 * np.sin(np.radians(60.0))
    width = 32.0 * np.sin(np.radians(80.0))
    assert found.it_mm == pytest.approx(chord, rel=1e-6)
    assert found.cw_mm == pytest.approx(width, rel=1e-6)
    assert found.d_mean_mm == pytest.approx(0.5 * (32.0 + width), rel=1e-6)
    assert found.sphericity_ap_cw == pytest.approx(32.0 / width, rel=1e-6)
    assert found.anterior_share == pytest.approx(1.0 / 3.0, rel=1e-6)
    assert found.posterior_arc_angle_rad == pytest.approx(np.radians(240.0), rel=1e-6)
    assert found.perimeter_d_mm == pytest.approx(16.0 * np.radians(240.0) + chord, rel=1e-6)
    segment = 0.5 * 256.0 * (np.radians(120.0) - np.sin(np.radians(120.0)))
    assert found.area_d_mm2 == pytest.approx(256.0 * np.pi - segment, rel=1e-6)
    assert found.assumptions == ()


@pytest.mark.parametrize("tilt", [-70.0, -50.0, 0.0])
def test_mitral_aortic_angle(tilt: float) -> None:
    """Closed form: an aortic ring in front, its outflow normal tilted about the transverse axis."""
    a = np.radians(tilt)
    turn = np.array([[1.0, 0.0, 0.0], [0.0, np.cos(a), -np.sin(a)], [0.0, np.sin(a), np.cos(a)]])
    aortic = Loop(ring(40, a=11.0, b=11.0) @ turn.T + [0.0, 25.0, 6.0])
    for loop in (aortic, aortic.reversed()):
        found = measure_annulus(annulus(ring(80)), aortic=loop, minimal_surface=False)
        assert found.ma_angle_deg == pytest.approx(180.0 + tilt, abs=1e-6)


def test_what_is_unknown_has_no_key() -> None:
    found = measure_annulus(annulus(ring(80)), minimal_surface=False).to_dict()
    absent = ("cw_mm", "it_mm", "area_3d_mm2", "ma_angle_deg", "anterior_share", "d_mean_mm", "sphericity_ap_cw")
    assert not set(absent) & found.keys()
    assert None not in found.values()


def test_measures_pickle_and_print() -> None:
    found = measure_annulus(annulus(ring(80)), minimal_surface=False)
    assert pickle.loads(pickle.dumps(found)).to_dict() == found.to_dict()
    assert "ap_mm" in str(found)


def test_landmarks_from_the_aortic_side() -> None:
    """An ellipse turned by 30 degrees, aortic valve along its short axis: the axes come out as diameters."""
    c, s = np.cos(np.radians(30.0)), np.sin(np.radians(30.0))
    turn = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    loop = Loop(ring(200) @ turn.T)
    made = annulus_from_loop(loop, atrial_side=UP, aortic=turn @ [0.0, 40.0, 5.0])
    found = measure_annulus(made, minimal_surface=False)
    assert found.ap_mm == pytest.approx(28.0, rel=1e-4)
    assert found.alpm_mm == pytest.approx(36.0, rel=1e-4)
    assert made.landmark_sources["A"] == "facing the aortic valve"
    np.testing.assert_allclose(made.landmarks["AL"], turn @ [-18.0, 0.0, 0.0], atol=0.05)
    assert made.frame.axes[2] @ UP > 0.0


def test_landmarks_from_shape_alone() -> None:
    """A D-shaped saddle: flat side and hump at +y."""
    t = 2.0 * np.pi * np.arange(200) / 200
    r = 17.0 - 1.5 * np.cos(t) - 1.5 * np.cos(2.0 * t)
    points = np.column_stack([-r * np.sin(t), r * np.cos(t), 3.0 * np.cos(2.0 * t) + 0.5 * np.cos(t)])
    made = annulus_from_loop(Loop(points), atrial_side=UP)
    assert made.landmark_sources["A"].startswith("shape")
    assert made.landmarks["A"][1] > 0.0
    assert abs(made.landmarks["A"][0]) < 0.05
    flat = annulus_from_loop(Loop(points * [1.0, 1.0, 0.0]), atrial_side=UP)
    assert "minor axis" in flat.landmark_sources["A"]
    assert abs(flat.landmarks["A"][0]) < 0.05


def test_given_landmarks_win() -> None:
    points = ring(80)
    made = annulus_from_loop(Loop(points), atrial_side=UP, aortic=[0.0, 40.0, 0.0], given={"A": points[5]})
    np.testing.assert_array_equal(made.landmarks["A"], points[5])
    assert made.landmark_sources["A"] == "given"


def test_trigones_tell_left_from_right() -> None:
    points = ring(80)
    made = annulus_from_loop(Loop(points), trigones={"LT": points[12] * 1.1, "RT": points[-12:-10] * 1.1})
    assert made.landmarks["AL"][0] < 0.0
    assert made.landmark_sources["LT"] == "nearest to the trigone"
    np.testing.assert_allclose(made.landmarks["A"], points[0], atol=1.5)


def test_stand_in_trigones() -> None:
    """Arc of 0.366 of the perimeter, half on either side of A; LT on the AL side, whichever way the loop runs."""
    points = ring(100, a=16.0, b=16.0)
    for loop in (Loop(points), Loop(points).reversed()):
        made = annulus_from_loop(loop, atrial_side=UP, aortic=[0.0, 40.0, 0.0])
        positions, source = trigone_positions(made)
        theta = made.theta_deg(made.loop.at(positions))
        np.testing.assert_allclose(theta, [0.183 * 360.0, 360.0 - 0.183 * 360.0], atol=0.1)
        assert "stand-in" in source
        assert "it_mm" not in measure_annulus(made, minimal_surface=False).to_dict()


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({}, "atrial_side must be known"),
        ({"given": {"A": [0.0, 14.0, 0.0]}}, "atrial_side must be known"),
        ({"atrial_side": [3.0, 1.0, 0.0]}, "off the annulus plane"),
        ({"atrial_side": UP, "given": {"X": [0.0, 0.0, 0.0]}}, "must be one of"),
        ({"atrial_side": UP, "given": {"A": [500.0, 0.0, 0.0]}}, "must lie on the annulus"),
    ],
)
def test_bad_input_says_what_to_do(arguments: dict, match: str) -> None:
    with pytest.raises(InputError, match=match):
        annulus_from_loop(Loop(ring(40)), **arguments)


def test_biv_me_frames_in_one_call(shared_anatomy) -> None:
    """25 frames of a person's annulus against a rough independent estimate (3 %)."""
    folder = shared_anatomy / "bivme-patient1-annulus"
    frames: dict[str, dict[str, list[list[float]]]] = {}
    with (folder / "annulus_loops.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            valves = frames.setdefault(row["frame"], {"mitral": [], "aortic": []})
            valves[row["valve"]].append([float(row[k]) for k in "xyz"])
    annuli = {}
    for name, valves in frames.items():
        loop, aortic = Loop(valves["mitral"]), Loop(valves["aortic"])
        # Only sizes are compared; the side makes no difference to them.
        annuli[name] = annulus_from_loop(loop, atrial_side=loop.centroid + loop.normal, aortic=aortic)
    table = measure_sequence(annuli)
    reference = json.loads((folder / "reference_crude.json").read_text(encoding="utf-8"))
    assert table["frame"] == [str(row["frame"]) for row in reference]
    np.testing.assert_allclose(table["perimeter_3d_mm"], [row["perimeter_mm"] for row in reference], rtol=0.03)
    np.testing.assert_allclose(table["area_2d_mm2"], [row["area_mm2"] for row in reference], rtol=0.03)
    np.testing.assert_allclose(table["height_mm"], [row["height_mm"] for row in reference], atol=0.3)


def test_heart5_against_the_crude_reference(shared_anatomy) -> None:
    """Loop, aortic and atrial centres of the rough reference; tolerances of the task that asked for it."""
    text = (shared_anatomy / "bodyparts3d-heart5" / "reference_crude.json").read_text(encoding="utf-8")
    reference = json.loads(text)
    made = annulus_from_loop(
        Loop(reference["annulus"]["points"]),
        atrial_side=reference["la_centroid"],
        aortic=reference["aortic_annulus_centroid"],
    )
    found = measure_annulus(made)
    assert found.ap_mm == pytest.approx(31.4, abs=1.5)
    assert found.alpm_mm == pytest.approx(35.8, abs=1.5)
    assert found.perimeter_3d_mm == pytest.approx(112.0, rel=0.03)
    assert found.area_2d_mm2 == pytest.approx(932.0, rel=0.05)
    assert found.height_mm == pytest.approx(4.2, abs=1.0)
    assert found.area_2d_mm2 < found.area_3d_mm2 < 1.05 * found.area_2d_mm2  # type: ignore[operator]

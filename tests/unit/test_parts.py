"""Parts that cannot lie around the annulus are told with their place; what people draw is accepted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import annulus
from annulus._typing import FloatArray
from annulus.anatomy import Annulus, Artery, Case, CoronarySinus, parts_fault
from annulus.anatomy.parametric import Preset, preset
from annulus.errors import FileError, InputError
from annulus.geometry import Curve
from annulus.heart import Heart
from annulus.io import load_case, save_case
from annulus.mechanics.network import CinchParameters, Landing
from annulus.population import sample_patient

FMR = replace(preset(Preset.FMR), surfaces={}, leaflets=None)
DIAMETER_MM = FMR.annulus.loop.length / np.pi


def with_vein(points: FloatArray) -> Case:
    return replace(FMR, coronary_sinus=CoronarySinus(Curve(points)))


def with_artery(points: FloatArray) -> Case:
    return replace(FMR, arteries=(Artery("lcx", Curve(points)),))


def vein() -> FloatArray:
    assert FMR.coronary_sinus is not None
    return np.array(FMR.coronary_sinus.curve.points)


def artery() -> FloatArray:
    return np.array(FMR.arteries[0].curve.points)


def moved(points: FloatArray, index: int, by: float) -> FloatArray:
    points[index, 0] += by
    return points


def zigzag(points: FloatArray) -> FloatArray:
    return points + np.where(np.arange(len(points)) % 2, 3.0, -3.0)[:, None] * np.array([0.0, 0.0, 1.0])


def stray(points: FloatArray, index: int, back: int) -> FloatArray:
    points[index] = points[index - back] + 1e-6
    return points


def shuffled(points: FloatArray) -> FloatArray:
    return points[np.random.default_rng(0).permutation(len(points))]


def piece_turned_round(points: FloatArray) -> FloatArray:
    points[40:80] = points[40:80][::-1].copy()
    return points


def through_the_orifice() -> FloatArray:
    loop = FMR.annulus.loop
    across = 1.5 * (FMR.annulus.landmarks["P"] - FMR.annulus.landmarks["A"])
    return loop.centroid + np.linspace(-1.0, 1.0, 40)[:, None] * across


BAD: dict[str, tuple[Callable[[], Case], str, str]] = {
    "vein point away": (lambda: with_vein(moved(vein(), 150, 300.0)), "coronary_sinus", "point 150 is "),
    "vein end away": (lambda: with_vein(moved(vein(), -1, 1e5)), "coronary_sinus", "more than 6 mean annulus"),
    "vein end a step away": (lambda: with_vein(moved(vein(), -1, 60.0)), "coronary_sinus", "the step from point "),
    "artery point away": (lambda: with_artery(moved(artery(), 50, -300.0)), "arteries lcx", "point 50 is "),
    "artery point at 1e200": (lambda: with_artery(moved(artery(), 50, 1e200)), "arteries lcx", "point 50 is 1e+200 mm"),
    "tip away": (
        lambda: replace(FMR, papillary_tips={**FMR.papillary_tips, "AL": np.array([300.0, 0.0, 0.0])}),
        "papillary_tips AL", "it is 300 mm from its centre, more than 3 mean annulus diameters"),
    "tip at 1e200": (
        lambda: replace(FMR, papillary_tips={**FMR.papillary_tips, "AL": np.array([1e200, 0.0, 0.0])}),
        "papillary_tips AL", "it is 1e+200 mm"),
    "mesh away": (
        lambda: replace(FMR, surfaces={"la": preset(Preset.FMR).surfaces["la"].transformed(np.eye(3), [0, 0, 5000.0])}),
        "surfaces la", "all of it is "),
    "vein jumps back": (lambda: with_vein(stray(vein(), 40, 20)), "coronary_sinus", "it runs back at point 40 "),
    "artery jumps back": (lambda: with_artery(stray(artery(), 50, 20)), "arteries lcx", "it runs back at point 50 "),
    "vein to and fro": (lambda: with_vein(zigzag(vein())), "coronary_sinus", "it runs back at point "),
    "vein shuffled": (lambda: with_vein(shuffled(vein())), "coronary_sinus", "it runs back at point "),
    "vein with a piece turned round": (lambda: with_vein(piece_turned_round(vein())), "coronary_sinus", "runs back"),
    "artery through the orifice": (
        lambda: with_artery(through_the_orifice()), "arteries lcx", "it runs through the mitral orifice"),
}  # fmt: skip


@pytest.mark.parametrize("which", BAD)
def test_misplaced_points_are_told_where_a_heart_is_used(which: str, tmp_path: Path) -> None:
    make, place, said = BAD[which]
    case = make()
    found, fault = parts_fault(case)
    assert found == place and said in fault, (found, fault)
    for use in (annulus.measure, Heart):
        with pytest.raises(InputError) as raised:
            use(case)
        assert str(raised.value) == f"case '{case.id}': {place} {fault}."
    if "mesh" not in which:
        save_case(case, tmp_path / "case.json")
        with pytest.raises(FileError) as told:
            load_case(tmp_path / "case.json")
        assert said in str(told.value)


@pytest.mark.parametrize("count", [5, 7, 10, 40])
def test_curves_that_people_draw_are_accepted(count: int) -> None:
    rng = np.random.default_rng(count)
    for _ in range(20):
        for points, put in ((vein(), with_vein), (artery(), with_artery)):
            chosen = np.sort(rng.choice(np.arange(1, len(points) - 1), count - 2, replace=False))
            sparse = points[[0, *chosen, len(points) - 1]]
            assert parts_fault(put(sparse)) == ("", "")
            even = Curve(points).resampled(count).points
            assert parts_fault(put(even + rng.normal(scale=0.5, size=even.shape))) == ("", "")
    every = vein()
    assert parts_fault(with_vein(every + rng.normal(scale=0.4, size=every.shape))) == ("", "")


@pytest.mark.parametrize("which", list(Preset), ids=lambda which: which.value)
def test_no_false_alarm_on_virtual_patients_of_any_size(which: Preset) -> None:
    assert parts_fault(preset(which)) == ("", "")
    for index in range(5):
        case = sample_patient(which.value, seed=11, index=index).case
        for size in (0.5, 1.0, 3.0):
            assert parts_fault(case.transformed(size * np.eye(3), [500.0, 0.0, 0.0])) == ("", "")


@pytest.mark.parametrize("recipe", ["bodyparts3d-heart5", "hra-vh-female"])
def test_no_false_alarm_on_real_hearts(recipe: str, shared_anatomy: Path, repository: Path) -> None:
    from annulus.io import import_case

    file = repository / "data" / "recipes" / f"{recipe}.toml"
    assert parts_fault(import_case(file, root=shared_anatomy / recipe).case) == ("", "")


def test_an_inscribed_radius_is_not_larger_than_the_area_equivalent_one() -> None:
    points = np.array([[0.0, 0.0, 0.0], [10.0, 0.0, 0.0], [20.0, 0.0, 0.0]])
    assert Curve(points, [2.0, 2.0, 1.5], [2.0, 2.001, 1.5]).mis_radius is not None  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"mis_radius must not be larger than radius.*got 9 and 1.5 mm at point 2"):
        Curve(points, [2.0, 2.0, 1.5], [2.0, 2.0, 9.0])  # type: ignore[arg-type]


def test_arteries_have_names_of_their_own() -> None:
    one = FMR.arteries[0]
    with pytest.raises(InputError, match="arteries must have different names; 'lcx' stands 2 times"):
        replace(FMR, arteries=(one, one))
    with pytest.raises(InputError, match="each artery must have a name; one has none"):
        replace(FMR, arteries=(Artery("", one.curve),))


def test_landmarks_at_one_point_are_told() -> None:
    marks = {**FMR.annulus.landmarks, "P": FMR.annulus.landmarks["A"]}
    with pytest.raises(InputError, match="landmarks A and P must be two places"):
        Annulus(FMR.annulus.loop, marks)


@pytest.mark.parametrize("value", ["x", None, True, float("nan")])
def test_numbers_of_the_cinch_are_numbers(value: object) -> None:
    with pytest.raises(InputError, match="friction_coefficient must be a"):
        CinchParameters(friction_coefficient=value)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="distal_s_mm must be a"):
        Landing(value, 0.0)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="proximal_s_mm must be a"):
        Landing(90.0, value)  # type: ignore[arg-type]


def test_the_ostium_support_is_bounded_and_a_reaction_is_a_word() -> None:
    with pytest.raises(InputError, match=r"ostium_factor must be a number in \[0, 10000\]"):
        CinchParameters(ostium_factor=1e6)
    with pytest.raises(InputError, match=r"ostium_width_mm must be a number in \[1e-09, 100\] mm"):
        CinchParameters(ostium_width_mm=1e6)
    with pytest.raises(InputError, match="traction_reaction must be ostium or outside; got 1: "):
        annulus.simulate(FMR, "carillon-9-18-60", traction_reaction=1)  # type: ignore[arg-type]

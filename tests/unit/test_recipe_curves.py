"""From curves drawn in 3D Slicer to a case: radius, few points, ends, what lies in the vein, and what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annulus.anatomy import Case
from annulus.anatomy.measures import measure
from annulus.anatomy.parametric import Preset, preset
from annulus.errors import FileError
from annulus.geometry import Curve
from annulus.io import import_case, load_case, read_curve, save_case, write
from io_samples import heart, place

OSTIUM = "ostium = { near_point_mm = [-27.5, -11.3, -16.6] }\n"
RADIUS = "radius_mm = [[0.0, 5.5], [40.0, 3.6], [120.0, 1.6]]"
TIPS = "[papillary_tips_mm]\nAL = [27.67, -12.08, 1.60]\nPM = [0.67, -18.91, -24.57]\n"

Change = Callable[[str, dict[str, Any]], None]


@pytest.fixture
def imported(tmp_path: Path, repository: Path) -> Callable[..., Case]:
    """Imports the shipped recipe from markups after changes of its text and of the markups, by file stem."""

    def run(*texts: tuple[str, str], markups: Change | None = None) -> Case:
        for file in (repository / "data" / "markups" / "fmr").glob("*.mrk.json"):
            content = json.loads(file.read_text())
            if markups is not None:
                markups(file.name.partition(".")[0], content["markups"][0])
            (tmp_path / file.name).write_text(json.dumps(content))
        text = (repository / "data" / "recipes" / "slicer-markups.toml").read_text()
        for old, new in texts:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "r.toml").write_text(text)
        return import_case(tmp_path / "r.toml").case

    return run


def vein_of(case: Case) -> Curve:
    assert case.coronary_sinus is not None
    return case.coronary_sinus.curve


def names_of(case: Case) -> set[str]:
    return {line.name for line in case.assumptions}


def test_the_shipped_markups_give_the_heart_that_was_drawn(imported: Callable[..., Case], tmp_path: Path) -> None:
    case, known = imported(), preset(Preset.FMR)
    # Twenty points around and sixteen along stand for smooth curves: a spline through them is within a voxel.
    assert case.annulus.loop.closest(known.annulus.loop.points)[1].max() < 0.3
    assert vein_of(case).closest(vein_of(known).points)[1].max() < 0.3
    assert vein_of(case).length == pytest.approx(vein_of(known).length, rel=2e-3)
    ours, theirs = measure(case).to_dict()["annulus"], measure(known).to_dict()["annulus"]
    for key in ("ap_mm", "alpm_mm", "perimeter_3d_mm", "area_2d_mm2"):
        assert ours[key] == pytest.approx(theirs[key], rel=5e-3), key
    assert {"coronary_sinus spline", "artery lcx spline", "lead lv lead spline", "contour_spline"} <= names_of(case)
    save_case(case, tmp_path / "case.json")
    assert load_case(tmp_path / "case.json").digest == case.digest


def test_what_lies_in_the_vein_is_imported(imported: Callable[..., Case]) -> None:
    near = vein_of(imported()).at(70.0).tolist()
    case = imported(
        ("at_mm = 55.0", f"near_mm = {near}"),
        (
            "valves_mm = [86.0]",
            f"valves_mm = [86.0, {near}]\nstents = [{{ name = 's', from_mm = 10.0, to_mm = 25.0 }}]",
        ),
    )
    vein = case.coronary_sinus
    assert vein is not None
    (branch,) = vein.branches
    assert (branch.name, branch.diameter_mm) == ("posterolateral vein", 2.5)
    assert branch.at_mm == pytest.approx(70.0, abs=1e-6)
    assert vein.valves_mm == pytest.approx((86.0, 70.0), abs=1e-6)
    assert [(part.name, part.from_mm, part.to_mm) for part in vein.stents] == [("s", 10.0, 25.0)]
    (lead,) = case.leads
    assert lead.name == "lv lead" and lead.diameter_mm == 1.7
    # The path was drawn along the vein: splined, it stays in its lumen.
    assert vein.curve.closest(lead.curve.points)[1].max() < 1.0


def test_radius_by_station_by_number_and_from_the_file(imported: Callable[..., Case]) -> None:
    stations = imported()
    s = vein_of(stations).arc_lengths
    np.testing.assert_allclose(vein_of(stations).radius, np.interp(s, [0.0, 40.0, 120.0], [5.5, 3.6, 1.6]))
    assert "coronary_sinus radius" in names_of(stations)
    np.testing.assert_array_equal(vein_of(imported((RADIUS, "radius_mm = 4"))).radius, 4.0)

    def widths(stem: str, markup: dict[str, Any]) -> None:
        if stem == "coronary_sinus":
            n = len(markup["controlPoints"])
            markup["measurements"] = [{"name": "Width", "units": "cm", "controlPointValues": [0.8] * n}]

    found = imported((RADIUS, 'radius_from = { name = "Width", diameter = true }'), markups=widths)
    np.testing.assert_allclose(vein_of(found).radius, 4.0)
    with pytest.raises(FileError, match="'Widht' is none: did you mean 'Width'"):
        imported((RADIUS, 'radius_from = "Widht"'), markups=widths)


def test_the_ostium_tells_the_end(imported: Callable[..., Case]) -> None:
    def turn(stem: str, markup: dict[str, Any]) -> None:
        if stem == "coronary_sinus":
            markup["controlPoints"].reverse()

    straight, turned = imported(), imported(markups=turn)
    np.testing.assert_allclose(vein_of(turned).points, vein_of(straight).points, atol=1e-9)
    np.testing.assert_allclose(vein_of(turned).radius, vein_of(straight).radius)
    assert "coronary_sinus direction" in names_of(turned) - names_of(straight)
    with pytest.raises(FileError, match="the vein runs the wrong way"):
        imported((OSTIUM, ""), markups=turn)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (RADIUS, "radius_mm = []", "at least one"),
        (RADIUS, "radius_mm = [[5, 1], [5, 2]]", "must rise"),
        (RADIUS, "radius_mm = [[0, 5], [500, 2]]", "stations must lie in [0,"),
        (RADIUS, "radius_mm = -1", "radius must be positive"),
        (RADIUS, 'radius_mm = 4\nradius_from = "x"', "not both"),
        (RADIUS, "radius_mm = 40", "the largest radius must lie in"),
        ('centreline = "lcx.mrk.json"', 'centreline = "lcx.mrk.json"\nradius_mm = 2', "the file gives the radius"),
        ("at_mm = 55.0", "at_mm = 555.0", "must lie in [0,"),
        ("at_mm = 55.0", "near_mm = [200, 0, 0]", "must lie within 20 mm"),
        ('contour = "annulus.mrk.json"', 'contour = "annulus.mrk.json"\nframe = 3', "goes with a table of contours"),
        ('contour = "annulus.mrk.json"', 'contour = "annulus.mrk.json"\nlargest_gap = 0.2', "leave it out"),
        ('contour = "annulus.mrk.json"', 'contour = {file = "annulus.mrk.json", unit = "cm"}', "cm was asked for"),
        ('from = "landmarks', 'from = "annulus', "must have labels among A"),
        (OSTIUM, "ostium = { near_point_mm = [150, 0, 0] }\n", "over 20 mm: check the point"),
    ],
)  # fmt: skip
def test_nothing_is_ignored(imported: Callable[..., Case], old: str, new: str, said: str) -> None:
    with pytest.raises(FileError) as caught:
        imported((old, new))
    assert said in str(caught.value)


def swapped(*pairs: tuple[str, str]) -> Change:
    names = {a: b for pair in pairs for a, b in (pair, pair[::-1])}

    def change(stem: str, markup: dict[str, Any]) -> None:
        if stem == "landmarks":
            for point in markup["controlPoints"]:
                point["label"] = names.get(point["label"], point["label"])

    return change


def negated(axes: str, *stems: str) -> Change:
    def change(stem: str, markup: dict[str, Any]) -> None:
        if not stems or stem in stems:
            for point in markup["controlPoints"]:
                point["position"] = [
                    -x if axis in axes else x for axis, x in zip("xyz", point["position"], strict=True)
                ]

    return change


@pytest.mark.parametrize("tips", [TIPS, ""])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (swapped(("A", "P")), "exchange A and P"),
        (swapped(("AL", "PM")), "exchange AL and PM"),
        (swapped(("AL", "PM"), ("LT", "RT")), "exchange AL and PM, and exchange LT and RT"),
        (negated("xy"), "RAS points were read as LPS"),
        (
            negated("xy", "coronary_sinus"),
            "coronary_sinus: must fit together with the rest .* RAS points were read as LPS",
        ),
        (negated("xy", "lcx"), "arteries lcx: must fit together with the rest .* RAS points were read as LPS"),
        (negated("xy", "lcx", "coronary_sinus", "lead"), "coronary_sinus and arteries: .* RAS points were read as LPS"),
        (negated("x"), "mirror image|check"),
    ],
)
def test_mix_ups_are_told_with_their_remedy(
    imported: Callable[..., Case], tips: str, change: Change, said: str
) -> None:
    with pytest.raises(FileError, match=said):
        imported((OSTIUM, ""), (TIPS, tips), markups=change)


def test_a_vein_far_from_its_ostium_in_ras_is_told(imported: Callable[..., Case]) -> None:
    with pytest.raises(FileError, match="with its x and y negated the line does"):
        imported(markups=negated("xy", "coronary_sinus"))


def test_odd_sizes_are_said_and_not_refused() -> None:
    from annulus.anatomy import plausibility

    case = heart()
    assert case.coronary_sinus is not None and not plausibility(case.annulus, case.coronary_sinus)
    wide = type(case.coronary_sinus)(Curve(vein_of(case).points, np.full(60, 15.0)))
    (line,) = plausibility(case.annulus, wide)
    assert "largest radius is 15.0 mm" in line.why


def test_a_table_of_a_curve_keeps_every_digit(tmp_path: Path) -> None:
    curve = vein_of(heart())
    write(curve, tmp_path / "a.csv")
    head = (tmp_path / "a.csv").read_text().split("\n", 1)[0]
    assert head == "s_mm,x_mm,y_mm,z_mm,radius_mm,mis_radius_mm,coordinate_system"
    back = read_curve(tmp_path / "a.csv")
    for ours, theirs in ((back.points, curve.points), (back.radius, curve.radius), (back.mis_radius, curve.mis_radius)):
        assert ours is not None and theirs is not None and ours.tobytes() == theirs.tobytes()


def test_a_line_is_chosen_by_its_far_end(tmp_path: Path) -> None:
    pyvista = pytest.importorskip("pyvista")
    # A centreline with two targets, as VMTK makes it: both lines begin at the source.
    known = heart()
    other = vein_of(known).points.copy()
    other[30:] += np.linspace(0.0, 30.0, 30)[:, None] * [0.0, 0.0, 1.0]
    both = np.vstack([other, vein_of(known).points])
    data = pyvista.PolyData()
    data.points = both
    data.lines = np.concatenate([[60], np.arange(60), [60], np.arange(60, 120)])
    data.point_data["MaximumInscribedSphereRadius"] = np.tile(np.linspace(5.0, 2.0, 60), 2)
    data.save(tmp_path / "cs.vtp")
    write(known.annulus.loop, tmp_path / "annulus.mrk.json")
    recipe = (
        'schema = "annulus.recipe/1"\nid = "x"\nunit = "mm"\ncoordinate_system = "LPS"\n[annulus]\nfrom = "contour"\n'
        'contour = "annulus.mrk.json"\n[coronary_sinus]\ncentreline = "cs.vtp"\n'
    )
    (tmp_path / "r.toml").write_text(recipe)
    with pytest.raises(FileError, match="holds 2 lines, one must be chosen"):
        import_case(tmp_path / "r.toml")
    (tmp_path / "r.toml").write_text(recipe + f"end_near_mm = {place(90.0, 26.0, 3.0)[0].tolist()}\n")
    found = vein_of(import_case(tmp_path / "r.toml").case)
    np.testing.assert_allclose(found.points, vein_of(known).points, atol=1e-4)

"""Hearts out to other programs: every format read back, deformed states, and what is refused."""

from __future__ import annotations

import csv
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annulus import simulate
from annulus.anatomy import Case
from annulus.anatomy.measures import measure
from annulus.anatomy.parametric import preset
from annulus.anatomy.valve import valve_of_case
from annulus.cli import main
from annulus.errors import FileError, InputError
from annulus.geometry import Curve
from annulus.io import (
    Deformed,
    deformed_case,
    export,
    load_case,
    read_contour,
    read_curve,
    read_landmark_table,
    read_loops,
    read_markups,
    read_mesh,
    save_case,
    write,
)


@pytest.fixture(scope="module")
def heart() -> Case:
    return preset("fmr")


@pytest.fixture(scope="module")
def result(heart: Case) -> dict[str, Any]:
    """A double anchor's result, with the leaflets at rest standing in for closed ones: no closure is run here."""
    document = simulate(heart, "carillon-9-18-60", closure="none").to_dict()
    valve, _ = valve_of_case(heart)
    document["shapes"] |= {
        "leaflets_after_mm": valve.surface.points.tolist(),
        "leaflet_triangles": valve.surface.triangles.tolist(),
        "leaflet_of_triangle": valve.leaflet.tolist(),
    }
    return json.loads(json.dumps(document))


@pytest.fixture(scope="module")
def after(heart: Case, result: dict[str, Any]) -> Deformed:
    return deformed_case(heart, result)


def test_deformed_case_measures_what_the_result_says(
    heart: Case, result: dict[str, Any], after: Deformed, tmp_path: Path
) -> None:
    """The result's own measures of the final state are the reference."""
    found = measure(after.case).to_dict()["annulus"]
    told = result["annulus"]["after"]
    assert told["ap_mm"] < result["annulus"]["before"]["ap_mm"] - 1.0
    for key in ("ap_mm", "alpm_mm", "perimeter_3d_mm", "area_2d_mm2", "height_mm"):
        assert found[key] == pytest.approx(told[key], rel=1e-6), key
    assert after.ribbon_s_mm == (
        result["therapy"]["landing"]["distal_s_mm"], result["therapy"]["landing"]["proximal_s_mm"]
    )  # fmt: skip
    assert after.tension_n == result["therapy"]["locked_tension_n"] > 0.0
    (line,) = [line for line in after.case.assumptions if line.name == "deformed_state"]
    assert "not a measurement" in line.why and "surfaces" in line.why
    save_case(after.case, tmp_path / "after.json")
    assert load_case(tmp_path / "after.json").digest == after.case.digest != heart.digest


def test_markups_come_back_with_the_device(after: Deformed, tmp_path: Path) -> None:
    file = tmp_path / "after.mrk.json"
    write(after, file)
    by_name = {item.name: item for item in read_markups(file)}
    assert {"AnnulusContour", "AnnulusLabels", "CoronarySinus", "LCx", "Device_ribbon"} <= by_name.keys()
    case = after.case
    assert case.coronary_sinus is not None
    np.testing.assert_array_equal(by_name["AnnulusContour"].points, case.annulus.loop.points)
    np.testing.assert_array_equal(by_name["CoronarySinus"].values["Radius"], case.coronary_sinus.curve.radius)
    np.testing.assert_array_equal(by_name["Device_ribbon"].points, after.device["ribbon"])


def test_vtp_curve_comes_back_bit_for_bit(heart: Case, tmp_path: Path) -> None:
    assert heart.coronary_sinus is not None
    curve = heart.coronary_sinus.curve
    both = Curve(curve.points, curve.radius, 0.9 * np.asarray(curve.radius))
    write(both, tmp_path / "vein.vtp")
    back = read_curve(tmp_path / "vein.vtp")
    for name in ("points", "radius", "mis_radius"):
        np.testing.assert_array_equal(getattr(back, name), getattr(both, name))


def test_vtp_of_a_case_has_the_arrays_of_vmtk(heart: Case, tmp_path: Path) -> None:
    """Read by VTK itself."""
    pyvista = pytest.importorskip("pyvista")
    export(heart, tmp_path / "a.vtp")
    data = pyvista.read(tmp_path / "a.vtp")
    assert heart.coronary_sinus is not None
    curves = [heart.coronary_sinus.curve, *(artery.curve for artery in heart.arteries)]
    assert data.n_lines == len(curves)
    assert {"MaximumInscribedSphereRadius", "Radius", "Abscissas"} <= set(data.point_data.keys())
    assert {"CenterlineIds", "GroupIds", "TractIds", "Blanking"} <= set(data.cell_data.keys())
    np.testing.assert_array_equal(data.points, np.vstack([curve.points for curve in curves]))
    assert list(data.field_data["Names"]) == ["coronary_sinus", *(artery.name for artery in heart.arteries)]


def test_stl_and_ply_of_named_parts(after: Deformed, heart: Case, result: dict[str, Any], tmp_path: Path) -> None:
    leaflets = after.case.leaflets
    assert leaflets is not None and leaflets.anterior is not None and leaflets.posterior is not None
    for suffix in (".stl", ".ply", ".vtp"):
        file = tmp_path / f"valve{suffix}"
        export(heart, file, result=result, parts=("leaflet_anterior", "leaflet_posterior"))
        back = read_mesh(file)
        both = np.vstack([leaflets.anterior.corners, leaflets.posterior.corners])
        np.testing.assert_allclose(back.corners, both, atol=1e-5 if suffix == ".stl" else 0.0)
    # A tube: its area is that of a bent cylinder to the polygon's share, sin(pi/n) / (pi/n), 0.3 % at 24 sides.
    export(heart, tmp_path / "vein.ply", parts=("coronary_sinus",))
    assert heart.coronary_sinus is not None
    curve = heart.coronary_sinus.curve
    radius = np.asarray(curve.radius)
    expected = np.trapezoid(2.0 * np.pi * radius, curve.arc_lengths) + np.pi * (radius[0] ** 2 + radius[-1] ** 2)
    assert read_mesh(tmp_path / "vein.ply").area == pytest.approx(expected, rel=0.01)


def _glb(file: Path) -> tuple[dict[str, Any], bytes]:
    """JSON and binary chunk, by the format's own description (Khronos glTF 2.0, section 4.4)."""
    data = file.read_bytes()
    size = struct.unpack_from("<I", data, 12)[0]
    return json.loads(data[20 : 20 + size]), data[28 + size :]


def test_glb_is_in_metres_with_linear_colours(after: Deformed, tmp_path: Path) -> None:
    file = tmp_path / "after.glb"
    write(after, file)
    document, binary = _glb(file)
    names = [node.get("name") for node in document["nodes"]]
    assert {"annulus", "coronary_sinus", "lcx", "leaflet_anterior", "device_ribbon"} <= set(names)
    node = document["nodes"][names.index("annulus")]
    found = document["meshes"][node["mesh"]]["primitives"][0]["attributes"]
    position = document["accessors"][found["POSITION"]]
    # Millimetres over a thousand, and the tube around the line is 0.5 mm thick; the axes of glTF are others in order.
    size = np.ptp([position["min"], position["max"]], axis=0)
    own = 1e-3 * np.ptp(after.case.annulus.loop.points, axis=0)
    np.testing.assert_allclose(np.sort(size), np.sort(own), atol=0.0011)
    colour = document["accessors"][found["COLOR_0"]]
    assert colour["componentType"] == 5121 and colour["normalized"]
    view = document["bufferViews"][colour["bufferView"]]
    pixel = binary[view.get("byteOffset", 0) : view.get("byteOffset", 0) + 4]
    # E6 9F 00 in sRGB: ((c + 0.055) / 1.055)^2.4 of 0.902 and 0.624 is 0.791 and 0.347.
    assert list(pixel) == [202, 88, 0, 255]
    leaflet = after.case.leaflets
    assert leaflet is not None and leaflet.anterior is not None
    np.testing.assert_allclose(
        read_mesh(file, node="leaflet_anterior").points, leaflet.anterior.points, atol=1e-5
    )  # fmt: skip


def test_slicerheart_points_come_back(heart: Case, tmp_path: Path) -> None:
    file = tmp_path / "AnnulusContourPoints.csv"
    export(heart, file)
    header = file.read_text().splitlines()[0]
    assert header == (
        "Filename,Phase,FrameNumber,Valve,AnnulusContourX,AnnulusContourY,AnnulusContourZ,AnnulusContourLabel"
    )
    (frame,) = read_loops(file, coordinate_system="RAS")["mitral"]
    np.testing.assert_allclose(frame.loop.points, heart.annulus.loop.points, atol=1e-6)
    assert frame.phase == "MS" and frame.landmarks.keys() == heart.annulus.landmarks.keys()
    marks = tmp_path / "ValveLandmarkPoints.csv"
    export(heart, marks)
    for name, point in read_landmark_table(marks).items():
        np.testing.assert_allclose(point, heart.annulus.landmarks[name], atol=1e-6)
    assert read_contour(file, coordinate_system="RAS") is not None


def _rows(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text().splitlines()))


def test_slicerheart_results_hold_both_states(heart: Case, result: dict[str, Any], tmp_path: Path) -> None:
    """Columns of SlicerHeart's batch export; the values are the measures'."""
    for form in ("Results_wide", "Results_long", "Results_hybrid", "Units"):
        export(heart, tmp_path / f"Quantification{form}.csv", result=result)
    before, later = _rows(tmp_path / "QuantificationResults_wide.csv")
    assert list(before)[:3] == ["Filename", "Phase", "Measurement"]
    assert (before["Phase"], later["Phase"], before["Measurement"]) == ("MS", "MS-after", "MitralValve")
    assert float(before["ap_mm"]) == measure(heart).to_dict()["annulus"]["ap_mm"]
    assert float(later["ap_mm"]) == pytest.approx(result["annulus"]["after"]["ap_mm"], rel=1e-6)
    long = _rows(tmp_path / "QuantificationResults_long.csv")
    assert list(long[0].values()) == ["fmr", "MS", "ValveType", "MitralValve"]
    assert {row["Measurement"]: row["Value"] for row in long if row["Phase"] == "MS"}["ap_mm"] == before["ap_mm"]
    hybrid = {row["Measurement"]: row for row in _rows(tmp_path / "QuantificationResults_hybrid.csv")}
    assert hybrid["ap_mm"] == {
        "Measurement": "ap_mm", "Filename": "fmr", "MS": before["ap_mm"], "MS-after": later["ap_mm"]
    }  # fmt: skip
    units = {row["Measurement"]: row["Unit"] for row in _rows(tmp_path / "QuantificationUnits.csv")}
    assert (units["ap_mm"], units["area_2d_mm2"], units["npa_deg"], units["ellipticity"]) == (
        "mm", "mm*mm", "deg", "mm/mm"
    )  # fmt: skip


def test_a_result_of_another_case_is_refused(result: dict[str, Any]) -> None:
    with pytest.raises(FileError, match=r"case\.digest: the result must belong to case 'normal'"):
        deformed_case(preset("normal"), result, file="r.json")
    with pytest.raises(FileError, match="annulus_after_mm: must be there"):
        deformed_case(preset("fmr"), result | {"shapes": {}})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"annulus_after_mm": [[0.0, 1.0, 2.0]]}, r"annulus_after_mm: must be \d+ rows of three"),
        ({"annulus_after_mm": "no"}, "rows of three finite numbers"),
        ({"arteries_after_mm": {"lcx": [[0.0, 1.0]]}}, "lcx: must be"),
        ({"leaflet_triangles": [[0, 1]]}, "leaflet_triangles: must be rows of three"),
        ({"leaflet_triangles": [[0, 1, 10**6]], "leaflet_of_triangle": [0]}, "leaflet_triangles"),
        ({"coronary_sinus_after_radius_mm": [1.0]}, "coronary_sinus_after_radius_mm"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(
    heart: Case, result: dict[str, Any], change: dict[str, Any], said: str
) -> None:
    with pytest.raises(FileError, match=said):
        deformed_case(heart, result | {"shapes": result["shapes"] | change})


@pytest.mark.parametrize(
    ("name", "parts", "said"),
    [
        ("a.xyz", (), r"the name must end with one of \.json, .*got \.xyz"),
        ("a.csv", (), "must be named as SlicerHeart names its own: AnnulusContourPoints.csv"),
        ("a.stl", (), "name parts of the heart"),
        ("a.stl", ("lxc",), r"part 'lxc' must be one that case 'fmr' has.* lcx"),
        ("a.inp", ("lcx",), "no single parts"),
        ("a.mrk.json", ("lcx", "annulus"), "a single curve or loop"),
    ],
)
def test_what_cannot_be_written_is_one_sentence(
    heart: Case, tmp_path: Path, name: str, parts: tuple[str, ...], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        export(heart, tmp_path / name, parts=parts)
    assert not list(tmp_path.iterdir())


def test_verb(heart: Case, result: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_case(heart, tmp_path / "fmr.json")
    (tmp_path / "r.json").write_text(json.dumps(result))
    words = ["export", str(tmp_path / "fmr.json"), "--result", str(tmp_path / "r.json"), "-o"]
    with pytest.raises(SystemExit) as left:
        main([*words, str(tmp_path / "lcx.mrk.json"), "--part", "lcx"])
    assert left.value.code == 0 and "written: " in capsys.readouterr().out
    moved = read_curve(tmp_path / "lcx.mrk.json")
    np.testing.assert_allclose(moved.points, result["shapes"]["arteries_after_mm"]["lcx"], atol=1e-9)
    with pytest.raises(SystemExit) as left:
        main([*words, str(tmp_path / "r.json")])
    assert left.value.code == 2 and "would be written over the input" in capsys.readouterr().err


def test_measures_of_several_cases_and_of_a_sequence_are_one_table(
    heart: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    normal = preset("normal")
    save_case(heart, tmp_path / "fmr.json")
    save_case(normal, tmp_path / "normal.json")
    export(heart, tmp_path / "AnnulusContourPoints.csv")
    files = [str(tmp_path / name) for name in ("fmr.json", "normal.json", "AnnulusContourPoints.csv")]
    with pytest.raises(SystemExit) as left:
        main(["measure", *files, "--coordinate-system", "RAS", "--csv", str(tmp_path / "m.csv")])
    assert left.value.code == 0, capsys.readouterr().err
    rows = _rows(tmp_path / "m.csv")
    assert list(rows[0])[:5] == ["file", "case", "phase", "frame", "annulus.ap_mm"]
    assert [row["case"] for row in rows] == ["fmr", "normal", "mitral"]
    for row, case in zip(rows, (heart, normal), strict=False):
        found: Any = measure(case).to_dict()
        assert float(row["annulus.ap_mm"]) == found["annulus"]["ap_mm"]
        assert float(row["coronary_sinus.length_mm"]) == found["coronary_sinus"]["length_mm"]
    # The table keeps six decimals and finds the axes anew.
    assert float(rows[2]["annulus.perimeter_3d_mm"]) == pytest.approx(
        float(rows[0]["annulus.perimeter_3d_mm"]), abs=1e-4
    )
    assert rows[2]["frame"] == "0" and rows[2]["coronary_sinus.length_mm"] == ""
    capsys.readouterr()
    for words, said in (
        (files[:2], "one case must be given without --csv; got 2"),
        ([*files[:2], "--csv", "-", "--samples", "5"], "--samples must be given without --csv"),
        ([files[0], "--csv", "-", "--unit", "mm"], "--unit must be given with a CSV table"),
        ([files[0], "--csv", files[0]], "would be written over the input"),
    ):
        with pytest.raises(SystemExit) as left:
            main(["measure", *words])
        err = capsys.readouterr().err
        assert left.value.code == 2 and said in err and err.count("\n") == 1

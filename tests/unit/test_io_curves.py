"""Slicer markups, point lists, centrelines and contour tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annulus.errors import FileError
from annulus.io import read_contour, read_curve, read_landmark_table, read_loops, read_markups, read_points, write
from annulus.io._polyline import in_order
from io_samples import heart, place


def _file(folder: Path, *markups: dict[str, Any], **root: Any) -> Path:
    path = folder / "a.mrk.json"
    path.write_text(json.dumps({"@schema": "x", "markups": list(markups), **root}))
    return path


def _points(*positions: list[float], **extra: Any) -> list[dict[str, Any]]:
    return [{"id": str(i), "label": f"p{i}", "position": p, **extra} for i, p in enumerate(positions)]


def test_case_round_trip_with_radii(tmp_path: Path) -> None:
    case = heart()
    write(case, tmp_path / "case.mrk.json")
    names = [markup.name for markup in read_markups(tmp_path / "case.mrk.json")]
    assert names == ["AnnulusContour", "AnnulusLabels", "CoronarySinus", "LCx"]
    loop, put_in_order, landmarks = read_contour(tmp_path / "case.mrk.json")
    assert loop.points.tobytes() == case.annulus.loop.points.tobytes() and not put_in_order
    assert {name: point.tobytes() for name, point in landmarks.items()} == {
        name: point.tobytes() for name, point in case.annulus.landmarks.items()
    }
    vein = read_curve(tmp_path / "case.mrk.json", name="CoronarySinus")
    assert case.coronary_sinus is not None and vein.radius is not None and vein.mis_radius is not None
    assert vein.radius.tobytes() == case.coronary_sinus.curve.radius.tobytes()  # type: ignore[union-attr]
    assert vein.mis_radius.tobytes() == case.coronary_sinus.curve.mis_radius.tobytes()  # type: ignore[union-attr]


@pytest.mark.parametrize("where", ["markup", "root"])
def test_ras_negates_x_and_y(tmp_path: Path, where: str) -> None:
    markup = {"type": "Curve", "controlPoints": _points([1.0, 2.0, 3.0], [2.0, 2.0, 3.0])}
    stated = {"coordinateSystem": "RAS"}
    path = _file(tmp_path, markup | stated) if where == "markup" else _file(tmp_path, markup, **stated)
    np.testing.assert_array_equal(read_curve(path).points[0], [-1.0, -2.0, 3.0])
    np.testing.assert_array_equal(read_curve(path, coordinate_system="LPS", override=True).points[0], [1.0, 2.0, 3.0])
    with pytest.raises(FileError, match="the file states RAS; LPS was asked for"):
        read_curve(path, coordinate_system="LPS")


@pytest.mark.parametrize(("unit", "factor"), [("mm", 1.0), ("um", 1e-3), (["um", "UCUM", "micrometer"], 1e-3)])
def test_units(tmp_path: Path, unit: Any, factor: float) -> None:
    markup = {
        "type": "Curve",
        "coordinateUnits": unit,
        "controlPoints": _points([1.0, 2.0, 3.0], [2.0, 2.0, 3.0]),
        "measurements": [{"name": "Radius", "controlPointValues": [2.0, 3.0]}],
    }
    curve = read_curve(_file(tmp_path, markup))
    np.testing.assert_allclose(curve.points[0], factor * np.array([1.0, 2.0, 3.0]))
    np.testing.assert_allclose(curve.radius, factor * np.array([2.0, 3.0]))


def test_undefined_points_and_their_values_are_left_out(tmp_path: Path) -> None:
    points = _points([0.0, 0.0, 0.0], [9.0, 9.0, 9.0], [1.0, 0.0, 0.0])
    points[1]["positionStatus"] = "undefined"
    markup = {
        "type": "Curve",
        "controlPoints": points,
        "measurements": [{"name": "length", "value": 1.0}, {"name": "Radius", "controlPointValues": [1.0, 5.0, 2.0]}],
    }
    curve = read_curve(_file(tmp_path, markup))
    np.testing.assert_array_equal(curve.points[:, 0], [0.0, 1.0])
    np.testing.assert_array_equal(curve.radius, [1.0, 2.0])


def test_fiducial_contour_is_put_in_order_and_says_so(tmp_path: Path) -> None:
    ring = place(np.arange(0.0, 360.0, 30.0), 17.0, 0.0)
    shuffled = ring[np.random.default_rng(3).permutation(12)]
    markup = {"type": "Fiducial", "name": "AnnulusContourMarkup", "controlPoints": _points(*shuffled.tolist())}
    labels = {"type": "Fiducial", "name": "AnnulusLabelsMarkup", "controlPoints": _points(ring[0].tolist())}
    loop, put_in_order, landmarks = read_contour(_file(tmp_path, markup, labels))
    assert put_in_order and list(landmarks) == ["p0"]
    # The perimeter of the ordered polygon is the unshuffled one's.
    expected = np.linalg.norm(np.roll(ring, -1, axis=0) - ring, axis=1).sum()
    assert loop.length == pytest.approx(expected, rel=1e-12)
    kept, moved = in_order(ring)
    assert not moved and kept.tobytes() == ring.tobytes()


@pytest.mark.parametrize(("line", "axes"), [("LPS", 1.0), ("1", 1.0), ("RAS", -1.0), ("0", -1.0)])
def test_fcsv_spellings(tmp_path: Path, line: str, axes: float) -> None:
    path = tmp_path / "a.fcsv"
    path.write_text(
        "# Markups fiducial file version = 4.11\n"
        f"# CoordinateSystem = {line}\n"
        "# columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID\n"
        'vtk_1,1,2,3,0,0,0,1,1,1,0,"A, horn",,\n'
    )
    np.testing.assert_array_equal(read_points(path)["A, horn"], [axes, 2.0 * axes, 3.0])
    np.testing.assert_array_equal(read_points(path, coordinate_system="LPS", override=True)["A, horn"], [1.0, 2.0, 3.0])


def _centreline(path: Path, name: str) -> None:
    pyvista = pytest.importorskip("pyvista")
    line = pyvista.lines_from_points(np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 5.0], [1.0, 0.0, 9.0]]))
    line.point_data[name] = [3.0, 2.0, 1.0]
    line.field_data["SPACE"] = ["RAS"]
    line.save(path)


@pytest.mark.parametrize(("name", "kept"), [("MaximumInscribedSphereRadius", "mis_radius"), ("Radius", "radius")])
def test_vmtk_centreline(tmp_path: Path, name: str, kept: str) -> None:
    _centreline(tmp_path / "a.vtp", name)
    curve = read_curve(tmp_path / "a.vtp", unit="cm")
    np.testing.assert_allclose(getattr(curve, kept), [30.0, 20.0, 10.0], rtol=1e-14)
    np.testing.assert_array_equal(curve.points[2], [-10.0, 0.0, 90.0])
    with pytest.raises(FileError, match='say unit = "mm"'):
        read_curve(tmp_path / "a.vtp")


def test_loops_by_valve_and_frame(tmp_path: Path) -> None:
    path = tmp_path / "loops.csv"
    rows = ["frame,valve,index,x,y,z"]
    for frame in (0, 3):
        for valve, n in (("mitral", 12), ("aortic", 9)):
            ring = place(np.arange(n) * 360.0 / n, 17.0 + frame, 0.0)
            rows += [f"{frame},{valve},{i},{x!r},{y!r},{z!r}" for i, (x, y, z) in enumerate(ring.tolist())]
    path.write_text("\n".join(rows))
    loops = read_loops(path, unit="mm", coordinate_system="LPS")
    assert [(item.frame, len(item.loop)) for item in loops["mitral"]] == [(0, 12), (3, 12)]
    assert loops["aortic"][1].loop.points.tobytes() == place(np.arange(9) * 40.0, 20.0, 0.0).tobytes()
    with pytest.raises(FileError, match='say coordinate_system = "LPS"'):
        read_loops(path, unit="mm")
    with pytest.raises(FileError, match="frames 0, 3"):
        read_contour(path, unit="mm", coordinate_system="LPS")


def test_slicerheart_tables(tmp_path: Path) -> None:
    path = tmp_path / "AnnulusContourPoints.csv"
    head = "Filename, Phase, FrameNumber, Valve, AnnulusContourX, AnnulusContourY, AnnulusContourZ, AnnulusContourLabel"
    path.write_text(
        head + "\n" + "\n".join(f"a.nrrd, MS, 4, mitral, {np.cos(t):.2f}, {np.sin(t):.2f}, 0, {'A' if i == 0 else ''}"
                                for i, t in enumerate(np.arange(0.0, 6.2, 0.5)))
    )  # fmt: skip
    (item,) = read_loops(path, coordinate_system="RAS")["mitral"]
    assert item.frame == 4 and item.phase == "MS"
    np.testing.assert_array_equal(item.landmarks["A"], [-1.0, 0.0, 0.0])
    marks = tmp_path / "ValveLandmarkPoints.csv"
    marks.write_text(
        "Filename, Phase, Valve, FrameNumber, LandmarkLabel, LandmarkR, LandmarkA, LandmarkS\n"
        "a.nrrd, MS, mitral, 4, PM, 1.0, 2.0, 3.0\n"
    )
    np.testing.assert_array_equal(read_landmark_table(marks)["PM"], [-1.0, -2.0, 3.0])


CURVE = {"type": "Curve", "controlPoints": _points([0.0, 0.0, 0.0], [1.0, 0.0, 0.0])}


@pytest.mark.parametrize(
    ("markup", "said"),
    [
        (CURVE | {"type": "ClosedCurv"}, "did you mean 'ClosedCurve'"),
        (CURVE | {"coordinateSystem": "IJK"}, "LPS or RAS; got 'IJK'"),
        (CURVE | {"coordinateUnits": "furlong"}, "got 'furlong'"),
        (CURVE | {"controlPoints": _points([0.0, 0.0])}, "controlPoints[0].position: must be three finite numbers"),
        (
            CURVE | {"measurements": [{"name": "Radius", "controlPointValues": [1.0]}]},
            "each of 2 control points; got 1",
        ),
        (CURVE | {"controlPoints": _points([0.0, 0.0, float("nan")])}, "three finite numbers"),
        (CURVE | {"controlPoints": []}, "at least 2 points; got 0"),
    ],
)
def test_bad_markups_are_one_sentence(tmp_path: Path, markup: dict[str, Any], said: str) -> None:
    path = _file(tmp_path, markup)
    with pytest.raises(FileError) as caught:
        read_curve(path)
    assert said in str(caught.value) and str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.fcsv", "vtk,1,2,3\n", "must state its CoordinateSystem"),
        ("a.fcsv", "# CoordinateSystem = 2\n", "got '2'"),
        ("a.fcsv", "# CoordinateSystem = LPS\nvtk,1,x,3\n", "line 2: x, y, z must be finite numbers"),
        ("a.mrk.json", "{", "line 1 column 2: must be JSON; the file ends too early"),
        ("a.mrk.json", "{}", "it is missing"),
        ("a.xyz", "", "suffix must be one of"),
    ],
)
def test_bad_point_files_are_one_sentence(tmp_path: Path, name: str, content: str, said: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(FileError) as caught:
        read_points(tmp_path / name)
    assert said in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\n1,2\n", "columns must be frame"),
        ("frame,valve,index,x,y,z\n", "no rows"),
        ("frame,valve,index,x,y,z\n0,mitral,0,1,2,nan\n", "line 2: z must be a finite number"),
        ("frame,valve,index,x,y,z\n0,mitral,1,1,2,3\n", "index must run 0, 1, 2"),
        ("frame,valve,index,x,y,z\n0,mitral,0,1,2,3\n", "lines 2 to 2 (mitral, frame 0): points must have at least 3"),
    ],
)
def test_bad_tables_are_one_sentence(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "a.csv").write_text(content)
    with pytest.raises(FileError) as caught:
        read_loops(tmp_path / "a.csv", unit="mm", coordinate_system="LPS")
    assert said in str(caught.value)

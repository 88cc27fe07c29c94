"""`annulus import` and `annulus measure`: output, exit codes, and one sentence for each bad input."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annulus.cli import main
from annulus.io import validate_result
from io_samples import case_document, recipe_folder

Document = dict[str, Any]


def _run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        main(words)
    out, err = capsys.readouterr()
    return int(left.value.code or 0), out, err


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Document]:
    folder = tmp_path_factory.mktemp("case")
    return folder, case_document(folder)


def _written(document: tuple[Path, Document], change: Callable[[Document], object]) -> Path:
    folder, content = document
    copy = json.loads(json.dumps(content))
    change(copy)
    path = folder / "changed.json"
    path.write_text(json.dumps(copy))
    return path


def _scaled(factor: float) -> Callable[[Document], object]:
    def change(case: Document) -> None:
        for part in (case["annulus"], case["coronary_sinus"], *case["arteries"]):
            part["points_mm"] = (factor * np.array(part["points_mm"])).tolist()
        case["annulus"]["landmarks"] = {
            k: (factor * np.array(p)).tolist() for k, p in case["annulus"]["landmarks"].items()
        }

    return change


def _flip(points: list[list[float]]) -> list[list[float]]:
    return (np.array(points) * [-1.0, -1.0, 1.0]).tolist()


def _crossed(case: Document) -> None:
    points = case["annulus"]["points_mm"]
    points[20], points[40] = points[40], points[20]


def _few(case: Document) -> None:
    del case["annulus"]["points_mm"][7:]


def _sparse(case: Document) -> None:
    case["annulus"]["points_mm"] = case["annulus"]["points_mm"][::11]


BAD_CASES: list[tuple[str, Callable[[Document], object], str, str]] = [
    ("metres", _scaled(1e-3), "annulus.points_mm", "numbers look like m: state the unit"),
    ("micrometres", _scaled(1e3), "annulus.points_mm", "numbers look like um: state the unit"),
    ("centimetres", _scaled(0.1), "annulus.points_mm", "numbers look like cm: state the unit"),
    ("vein in RAS", lambda c: c["coronary_sinus"].update(points_mm=_flip(c["coronary_sinus"]["points_mm"])),
     "coronary_sinus", "RAS points were read as LPS"),
    ("artery in RAS", lambda c: c["arteries"][0].update(points_mm=_flip(c["arteries"][0]["points_mm"])),
     "arteries lcx", "RAS points were read as LPS"),
    ("landmarks in RAS", lambda c: c["annulus"].update(landmarks={k: _flip([p])[0] for k, p in
                                                                  c["annulus"]["landmarks"].items()}),
     "annulus", "check its unit and coordinate system"),
    ("self-crossing", _crossed, "annulus", "must not cross itself"),
    ("open", lambda c: c["annulus"].update(points_mm=c["annulus"]["points_mm"][:48]), "annulus", "must be closed"),
    ("first point repeated", lambda c: c["annulus"]["points_mm"].append(c["annulus"]["points_mm"][0]),
     "annulus.points_mm", "does not repeat its first point"),
    ("seven points", _sparse, "annulus", "at least 8 points; got 7"),
    ("NaN", lambda c: c["annulus"]["points_mm"].__setitem__(3, [1.0, float("nan"), 2.0]),
     "annulus.points_mm[3][1]", "must be a finite number; got nan"),
    ("text for a number", lambda c: c["annulus"]["points_mm"].__setitem__(3, [1.0, "2", 2.0]),
     "annulus.points_mm[3][1]", "must be a number; got '2'"),
    ("two coordinates", lambda c: c["annulus"]["points_mm"].__setitem__(3, [1.0, 2.0]), "annulus.points_mm[3]",
     "value must be given"),
    ("swapped vein", lambda c: c["coronary_sinus"]["points_mm"].reverse(), "coronary_sinus", "reverse its points"),
    ("vein far away", lambda c: c["coronary_sinus"].update(
        points_mm=(np.array(c["coronary_sinus"]["points_mm"]) + [0.0, 500.0, 0.0]).tolist()),
     "coronary_sinus", "check unit and coordinate system"),
    ("radius missing", lambda c: c["coronary_sinus"]["radius_mm"].pop(), "coronary_sinus.radius_mm",
     "one value for each of 60 points; got 59"),
    ("radius of zero", lambda c: c["coronary_sinus"]["radius_mm"].__setitem__(4, 0.0), "coronary_sinus",
     "radius must be positive"),
    ("part off the vein", lambda c: c["coronary_sinus"]["parts"][0].update(to_mm=999.0), "coronary_sinus",
     "must lie in"),
    ("unknown key", lambda c: c.update(coronary_sinnus={}), "", "did you mean 'coronary_sinus'?"),
    ("unknown inner key", lambda c: c["loading"].update(lv_presure_mmhg=1.0), "loading", "'lv_pressure_mmhg'"),
    ("missing key", lambda c: c.pop("annulus"), "annulus", "this key must be given"),
    ("missing landmark", lambda c: c["annulus"]["landmarks"].pop("P"), "annulus", "missing: P"),
    ("landmarks the wrong way", lambda c: c["annulus"]["landmarks"].update(
        A=c["annulus"]["landmarks"]["AL"], AL=c["annulus"]["landmarks"]["A"]), "annulus", "must run A, AL, P, PM"),
    ("unknown phase", lambda c: c.update(phase="systole"), "phase", "end-systole"),
    ("other version", lambda c: c.update(schema="annulus.case/2"), "schema", 'must be "annulus.case/1"'),
    ("RAS case", lambda c: c.update(coordinate_system="RAS"), "coordinate_system", "must be 'LPS'"),
    ("missing mesh", lambda c: c["surfaces"].update(la="gone.ply"), "surfaces.la", "must name an existing file"),
    ("mesh outside", lambda c: c["surfaces"].update(la="C:\\la.ply"), "surfaces.la", "relative to the case file"),
    ("pressure of 5000", lambda c: c["loading"].update(lv_pressure_mmhg=5000.0), "loading", "[0, 300] mmHg"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "place", "said"), [row[1:] for row in BAD_CASES], ids=[row[0] for row in BAD_CASES])
def test_bad_case_is_one_sentence(
    capsys: pytest.CaptureFixture[str],
    document: tuple[Path, Document],
    change: Callable[[Document], object],
    place: str,
    said: str,
) -> None:
    path = _written(document, change)
    code, out, err = _run(capsys, "measure", str(path))
    assert code == 2 and out == ""
    assert err.startswith(f"annulus: {path}: {place}"), err
    assert said in err
    assert err.count("\n") == 1 and "Traceback" not in err


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.json", "", "must be JSON; the file ends too early"),
        ("cut.json", '{"schema": "annulus.case/1", "id": ', "line 1 column"),
        ("list.json", "[]", "got 'list'"),
        ("binary.json", "\udc80\udcff\0", "UTF-8"),
    ],
)
def test_unreadable_case(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str, content: str, said: str
) -> None:
    (tmp_path / name).write_bytes(content.encode("utf-8", "surrogateescape"))
    code, out, err = _run(capsys, "measure", str(tmp_path / name))
    assert (code, out) == (2, "") and said in err and name in err and err.count("\n") == 1


def test_truncated_case(capsys: pytest.CaptureFixture[str], document: tuple[Path, Document]) -> None:
    path = document[0] / "cut.json"
    path.write_text((document[0] / "case.json").read_text()[:-400])
    code, _, err = _run(capsys, "measure", str(path))
    assert code == 2 and "must be JSON" in err


BAD_RECIPES = [
    ("missing file", 'surfaces = "vein.ply"', 'surfaces = "vain.ply"', "coronary_sinus.pieces[0].surfaces", "vain.ply"),
    ("unknown key", "[aortic_valve]", "[aortic_valv]", "", "did you mean 'aortic_valve'?"),
    (
        "unknown suffix",
        'la = "la.ply"',
        'la = "bad.toml"',
        "",
        "suffix must be one of .ply, .stl, .obj, .glb, .gltf, .vtp, .vtk, .vtu; got .toml",
    ),
    ("no unit", 'unit = "mm"\n', "", "", 'say unit = "mm"'),
    ("no axes", 'coordinate_system = "LPS"\n', "oriented = false\n", "", 'say coordinate_system = "LPS"'),
    ("metres", 'unit = "mm"', 'unit = "m"', "surfaces.la", "check the unit"),
    ("micrometres", 'unit = "mm"', 'unit = "um"', "surfaces.la", "check the unit"),
    ("RAS", 'coordinate_system = "LPS"', 'coordinate_system = "RAS"', "annulus", "RAS points were read as LPS"),
    ("no TOML", "[annulus]", "[annulus", "", "must be TOML"),
    ("other version", "annulus.recipe/1", "annulus.recipe/9", "schema", "annulus.recipe/1"),
    ("two ostium rules", "ostium = {", 'ostium = { near = "la.ply",', "coronary_sinus.ostium", "exactly one of"),
    ("no pieces", 'pieces = [{ name = "vein", surfaces = "vein.ply" }]', "", "coronary_sinus", "pieces or centreline"),
    ("ring that is none", 'surfaces = "ring.ply"', 'surfaces = "vein.ply"', "annulus", "ring"),
    ("bad scale", 'id = "sample"', 'id = "sample"\nscale = -1.0', "scale", "greater than 0"),
]


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = recipe_folder(tmp_path_factory.mktemp("recipe"))
    # Without the header comments that our own writer adds, a mesh states neither unit nor axes.
    for mesh in path.parent.glob("*.ply"):
        lines = mesh.read_bytes().split(b"\n", 4)
        mesh.write_bytes(b"\n".join([*lines[:2], lines[4]]))
    return path


@pytest.mark.parametrize(
    ("old", "new", "place", "said"), [row[1:] for row in BAD_RECIPES], ids=[row[0] for row in BAD_RECIPES]
)
def test_bad_recipe_is_one_sentence(
    capsys: pytest.CaptureFixture[str], recipe: Path, old: str, new: str, place: str, said: str
) -> None:
    text = recipe.read_text()
    assert old in text
    path = recipe.with_name("bad.toml")
    path.write_text(text.replace(old, new, 1))
    code, out, err = _run(capsys, "import", str(path), "-o", str(recipe.with_name("out.json")))
    assert code == 2 and out == "", err
    assert err.startswith(f"annulus: {recipe.parent}") and place in err and said in err, err
    assert err.count("\n") == 1 and "Traceback" not in err
    assert not recipe.with_name("out.json").exists()


def test_import_then_measure(capsys: pytest.CaptureFixture[str], recipe: Path, tmp_path: Path) -> None:
    code, out, _ = _run(capsys, "import", str(recipe), "-o", str(tmp_path / "case.json"), "--scale", "1.1")
    assert code == 0
    for word in ("coronary sinus", "facing", "written", "assumptions"):
        assert word in out
    code, out, _ = _run(capsys, "measure", str(tmp_path / "case.json"), "--json", "-")
    document = json.loads(out)
    assert code == 0
    validate_result(document)
    names = {line["name"] for line in document["assumptions"]}
    assert {"scale", "leaflets"} <= names
    code, out, _ = _run(capsys, "measure", str(tmp_path / "case.json"), "--json", str(tmp_path / "m.json"))
    assert code == 0 and "mm2" in out and json.loads((tmp_path / "m.json").read_text()) == document


def test_no_circumflex_goes_on_and_says_so(capsys: pytest.CaptureFixture[str], document: tuple[Path, Document]) -> None:
    path = _written(document, lambda case: (case.pop("arteries"), case.pop("leaflets")))
    code, out, err = _run(capsys, "measure", str(path), "--json", "-")
    measures = json.loads(out)
    assert code == 0 and err == ""
    validate_result(measures)
    assert "circumflex" not in measures
    assert "circumflex" in {line["name"] for line in measures["assumptions"]}


def test_usage_errors_leave_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(capsys, "measure")[0] == 2
    assert _run(capsys, "import", "nowhere.toml")[0] == 2
    assert _run(capsys, "measure", "nowhere.json")[2].count("\n") == 1

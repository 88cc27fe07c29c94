"""Inputs that users bring and that must not pass: one sentence each, with place, rule, what came and what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import annulus
from annulus.anatomy import Case
from annulus.anatomy.parametric import Preset, preset
from annulus.cli import main
from annulus.errors import AnnulusError, FileError, InputError, rounded_down
from annulus.heart import Heart
from annulus.io import import_case, load_case, read_curve, read_json, read_points, save_case
from annulus.io._reading import read_toml
from annulus.population import sample_population
from io_samples import RECIPE, case_document, heart, recipe_folder

Document = dict[str, Any]


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main([str(word) for word in words])
    out, err = capsys.readouterr()
    return int(left.value.code or 0), out, err


@pytest.fixture
def fmr(tmp_path: Path) -> Path:
    case = preset(Preset.FMR)
    save_case(Case(id="fmr", annulus=case.annulus, coronary_sinus=case.coronary_sinus, arteries=case.arteries,
                   papillary_tips=case.papillary_tips), tmp_path / "case.json")  # fmt: skip
    return tmp_path / "case.json"


def changed(path: Path, change: Callable[[Document], object]) -> Path:
    document = json.loads(path.read_text())
    change(document)
    file = path.with_name("changed.json")
    file.write_text(json.dumps(document))
    return file


# ---- plausible sizes


@pytest.mark.parametrize("radius", [0.4, 40.0, 1000.0])
@pytest.mark.parametrize("vessel", ["vein", "artery"])
def test_a_vessel_of_a_width_that_none_has(fmr: Path, vessel: str, radius: float) -> None:
    def change(case: Document) -> None:
        part = case["coronary_sinus"] if vessel == "vein" else case["arteries"][0]
        part["radius_mm"] = [0.5 * radius if vessel == "artery" else radius] * len(part["points_mm"])
        part.pop("mis_radius_mm", None)

    with pytest.raises(FileError, match=r"the largest radius must lie in .* mm wide: check its unit"):
        load_case(changed(fmr, change))


def inside(case: Document) -> None:
    vein, centre = case["coronary_sinus"], np.mean(case["annulus"]["points_mm"], axis=0)
    vein["points_mm"] = (centre + 0.4 * (np.array(vein["points_mm"]) - centre)).tolist()
    vein["parts"] = []


def test_a_vein_inside_the_annulus_is_refused_by_file_and_by_measure(fmr: Path) -> None:
    with pytest.raises(FileError, match="coronary sinus must run outside of the annulus; 100 % of its stretch"):
        load_case(changed(fmr, inside))
    case = load_case(fmr)
    assert case.coronary_sinus is not None
    shrunk = case.coronary_sinus.curve.points
    centre = case.annulus.loop.centroid
    curve = type(case.coronary_sinus.curve)(centre + 0.4 * (shrunk - centre))
    with pytest.raises(InputError, match="must run outside of the annulus"):
        annulus.measure(Case(id="x", annulus=case.annulus, coronary_sinus=type(case.coronary_sinus)(curve)))


@pytest.mark.parametrize(("factor", "word"), [(0.5, "smaller"), (1.91, "larger")])
def test_an_implausible_size_is_said_first(
    fmr: Path, capsys: pytest.CaptureFixture[str], factor: float, word: str
) -> None:
    case = load_case(fmr).scaled(factor)
    save_case(case, fmr)
    said = f"! the annulus is {word} than an adult's: A to P is {34.0 * factor:.1f} mm"
    code, out, _ = run(capsys, "measure", fmr)
    assert code == 0 and " ".join(out.split()).startswith(said)
    result = annulus.simulate(load_case(fmr), "none")
    assert result.summary[0].startswith(said)
    assert "implausible_size" in {line.name for line in result.assumptions}
    assert "implausible_size" not in {line.name for line in annulus.measure(case.scaled(1.0 / factor)).assumptions}


@pytest.mark.parametrize("factor", ["100", "0.01", "-1", "nan"])
def test_a_scale_that_leaves_no_heart_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], factor: str
) -> None:
    recipe = recipe_folder(tmp_path)
    code, _, err = run(capsys, "import", recipe, "-o", tmp_path / "out.json", "--scale", factor)
    assert code == 2 and "scale" in err and err.count("\n") == 1
    assert not (tmp_path / "out.json").exists()
    # What was written can be read.
    code, _, err = run(capsys, "import", recipe, "-o", tmp_path / "out.json", "--scale", "1.2")
    assert code == 0, err
    load_case(tmp_path / "out.json")


# ---- recipes


def stating_nothing(folder: Path) -> Path:
    """The sample's recipe and meshes, without the header comments that state unit and axes."""
    recipe = recipe_folder(folder)
    for mesh in folder.glob("*.ply"):
        lines = mesh.read_bytes().split(b"\n", 4)
        mesh.write_bytes(b"\n".join([*lines[:2], lines[4]]))
    return recipe


def test_a_turned_recipe_is_told_once_and_stays_told(tmp_path: Path) -> None:
    recipe = stating_nothing(tmp_path)
    text = recipe.read_text()
    recipe.write_text(text.replace('coordinate_system = "LPS"', 'coordinate_system = "RAS"'))
    with pytest.raises(FileError, match=r"annulus: must stand as a heart does in LPS .* look like RAS"):
        import_case(recipe)
    recipe.write_text(text.replace('coordinate_system = "LPS"', 'coordinate_system = "LPS"\noriented = false'))
    save_case(import_case(recipe).case, tmp_path / "case.json")
    assert "oriented" in {line.name for line in load_case(tmp_path / "case.json").assumptions}


@pytest.mark.parametrize(("axes", "index"), [("RPS", 0), ("LAS", 1), ("LPI", 2)])
def test_mirrored_meshes_are_refused(tmp_path: Path, axes: str, index: int) -> None:
    recipe = stating_nothing(tmp_path)
    # Meshes read with one axis of the other hand; the recipe's own points are mirrored with them.
    text = recipe.read_text().replace('coordinate_system = "LPS"', f'coordinate_system = "{axes}"\noriented = false')
    flip = np.where(np.arange(3) == index, -1.0, 1.0)

    def flipped(found: re.Match[str]) -> str:
        return ", ".join(f"{x:.3f}" for x in flip * [float(word) for word in found[0].split(",")])

    recipe.write_text(re.sub(r"-?[\d.]+, -?[\d.]+, -?[\d.]+", flipped, text))
    with pytest.raises(FileError, match=r"the heart is a mirror image \(.*undo the reflection"):
        import_case(recipe)


@pytest.mark.parametrize(
    ("labels", "said"),
    [(("one", "two"), "must have labels among A, P, AL, PM"), (("a", "P"), "has the label 'a': did you mean 'A'?"),
     ((), "its labels are none")],
)  # fmt: skip
def test_landmarks_from_a_file_without_any(tmp_path: Path, labels: tuple[str, ...], said: str) -> None:
    recipe = recipe_folder(tmp_path)
    points = [{"position": heart().annulus.loop.points[k].tolist(), "label": label} for k, label in enumerate(labels)]
    markup = {"type": "Fiducial", "coordinateSystem": "LPS", "controlPoints": points}
    (tmp_path / "marks.mrk.json").write_text(json.dumps({"markups": [markup]}))
    recipe.write_text(RECIPE_WITH(recipe, 'landmarks_from = "marks.mrk.json"'))
    with pytest.raises(FileError, match=re.escape(said)):
        import_case(recipe)


def RECIPE_WITH(recipe: Path, line: str) -> str:  # noqa: N802
    """The sample's recipe with one more line for its annulus."""
    assert "[aortic_valve]" in RECIPE
    return recipe.read_text().replace("[aortic_valve]", f"{line}\n\n[aortic_valve]")


def test_a_unit_that_would_be_ignored_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], fmr: Path) -> None:
    recipe = recipe_folder(tmp_path)
    markup = {"type": "Fiducial", "controlPoints": []}
    (tmp_path / "marks.mrk.json").write_text(json.dumps({"markups": [markup]}))
    recipe.write_text(RECIPE_WITH(recipe, 'landmarks_from = { file = "marks.mrk.json", unit = "cm" }'))
    with pytest.raises(FileError, match=r"unit: the file states mm; cm was asked for: leave unit out"):
        import_case(recipe)
    for words, said in ((("--unit", "cm"), "--unit must be given with a CSV table; got a case file"),
                        (("--unit", "mm"), "--unit must be given with a CSV table"),
                        (("--coordinate-system", "RAS"), "--coordinate-system must be given with a CSV table"),
                        (("--valve", "aortic"), "--valve must be given with a CSV table")):  # fmt: skip
        code, out, err = run(capsys, "measure", fmr, *words)
        assert code == 2 and out == "" and said in err
    table = tmp_path / "loops.csv"
    table.write_text("frame,valve,index,x,y,z\n")
    for words in (("--samples", "30"), ("--seed", "2"), ("--level", "0.5"), ("--define",)):
        code, _, err = run(capsys, "measure", table, *words)
        assert code == 2 and f"{words[0]} must be given with a case; got a CSV table" in err


# ---- markups, lines and tables


def two_markups(folder: Path, *names: str) -> Path:
    points = [[0.0, 0.0, 0.0], [0.0, 0.0, 5.0], [0.0, 1.0, 9.0]]
    markups = [
        {"type": "Curve", "name": name, "controlPoints": [{"position": [x + 50.0 * k, y, z]} for x, y, z in points]}
        for k, name in enumerate(names)
    ]
    file = folder / "two.mrk.json"
    file.write_text(json.dumps({"markups": markups}))
    return file


def test_markups_are_chosen_by_number_where_names_do_not_tell(tmp_path: Path) -> None:
    file = two_markups(tmp_path, "", "")
    with pytest.raises(FileError, match=r"holds 2 markups, .* one of 0 \(no name\), 1 \(no name\)"):
        read_curve(file)
    assert read_curve(file, name="1").points[0, 0] == 50.0
    with pytest.raises(FileError, match="must be a name or a number, 0 to 1"):
        read_curve(file, name="2")
    file = two_markups(tmp_path, "vein", "vein")
    with pytest.raises(FileError, match="0 and 1 have that name: give its number"):
        read_curve(file, name="vein")
    # A name wins over a number.
    assert read_curve(two_markups(tmp_path, "1", "0"), name="1").points[0, 0] == 0.0


def test_exact_repeats_are_left_out_and_others_refused(tmp_path: Path) -> None:
    file = two_markups(tmp_path, "vein")
    document = json.loads(file.read_text())
    controls = document["markups"][0]["controlPoints"]
    controls.insert(1, dict(controls[0]))
    radius = {"name": "Radius", "controlPointValues": [3.0, 3.0, 2.0, 1.0]}
    document["markups"][0]["measurements"] = [radius]
    file.write_text(json.dumps(document))
    curve = read_curve(file)
    assert len(curve) == 3 and curve.radius is not None and curve.radius.tolist() == [3.0, 2.0, 1.0]
    radius["controlPointValues"] = [3.0, 2.5, 2.0, 1.0]
    file.write_text(json.dumps(document))
    with pytest.raises(FileError, match="must not repeat a neighbour"):
        read_curve(file)


def loops(folder: Path, rows: list[str], header: str = "frame,valve,index,x,y,z") -> Path:
    file = folder / "loops.csv"
    file.write_text("\n".join([header, *rows]) + "\n")
    return file


def ring_rows(frame: int, n: int = 24) -> list[str]:
    angle = 2.0 * np.pi * np.arange(n) / n
    return [
        f"{frame},mitral,{k},{17.0 * np.cos(a):.3f},{15.0 * np.sin(a):.3f},{np.cos(2 * a):.3f}"
        for k, a in enumerate(angle)
    ]


@pytest.mark.parametrize(
    ("rows", "header", "said"),
    [
        ([*ring_rows(0), *ring_rows(1)[:9]], None, "must have 24 points as the frames before it; got 9: the table is"),
        ([*ring_rows(0), "1,mitral,0,3.2"], None, "line 26: must have a value in each of 6 columns; it ends too early"),
        ([*ring_rows(0)[:-1], ring_rows(0)[-1] + ",7"], None, "line 25: must have a value in each of 6 columns;"),
        (ring_rows(0), "frame,valve,index,x,y,x", "line 1: columns must differ; 'x' stands twice"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("by", ["measure", "import"])
def test_cut_and_damaged_tables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rows: list[str], header: str | None, said: str, by: str
) -> None:
    file = loops(tmp_path, rows, header or "frame,valve,index,x,y,z")
    if by == "measure":
        code, _, err = run(capsys, "measure", file, "--unit", "mm", "--coordinate-system", "LPS")
    else:
        recipe = tmp_path / "r.toml"
        recipe.write_text(
            'schema = "annulus.recipe/1"\nid = "x"\nunit = "mm"\ncoordinate_system = "LPS"\n[annulus]\n'
            'from = "contour"\ncontour = "loops.csv"\nframe = 1\n'
        )
        code, _, err = run(capsys, "import", recipe, "-o", tmp_path / "out.json")
    assert code == 2 and said in err and err.count("\n") == 1, err


def test_points_out_of_order_are_told_whatever_the_loop_then_looks_like(fmr: Path) -> None:
    n = len(json.loads(fmr.read_text())["annulus"]["points_mm"])
    for seed, share in ((1, 1.0), (2, 0.3), (3, 0.1)):
        rng = np.random.default_rng(seed)
        order = np.arange(n)
        moved = rng.choice(n, size=max(4, int(share * n)), replace=False)
        order[np.sort(moved)] = order[moved]

        def change(case: Document, order: np.ndarray = order) -> None:
            case["annulus"]["points_mm"] = [case["annulus"]["points_mm"][k] for k in order]

        with pytest.raises(FileError, match=r"not in order along the contour|check the order of the points"):
            load_case(changed(fmr, change))


# ---- JSON and TOML


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('id = "a"\nid = "b"\n', "id"),
        ("[annulus]\na = 1\n[annulus]\nb = 1\n", "annulus"),
        ("a = { b = 1, b = 2 }\n", "b"),
        ('x = 1\nid = [1,\n2]\nid = [1,\n2,\n3]\n', "id"),
        ("a.b = 1\n[a]\nc = 2\n", "a"),
    ],
)  # fmt: skip
def test_a_key_twice_in_toml_is_named(tmp_path: Path, text: str, key: str) -> None:
    file = tmp_path / "x.toml"
    file.write_text(text)
    with pytest.raises(FileError, match="must stand once in its table; it stands twice, in line ") as caught:
        read_toml(file)
    assert caught.value.place == key


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_nested_brackets_are_one_sentence(tmp_path: Path, opening: str) -> None:
    file = tmp_path / "x.json"
    closing = "".join({"[": "]", "{": "}"}.get(letter, "") for letter in reversed(opening))
    file.write_text(opening * 100_000 + "1" + closing * 100_000)
    with pytest.raises(FileError, match="brackets are nested too deeply"):
        read_json(file)
    with pytest.raises(FileError, match="brackets are nested too deeply"):
        read_points(file.rename(tmp_path / "x.mrk.json"))
    toml = tmp_path / "x.toml"
    toml.write_text("a = " + "[" * 100_000 + "]" * 100_000)
    with pytest.raises(FileError, match="brackets are nested too deeply"):
        read_toml(toml)


# ---- arguments of the wrong kind


@pytest.mark.parametrize(
    "use",
    [
        lambda case: Heart(case, "fast"),
        lambda case: Heart("case.json"),
        lambda case: Heart(case, None, 3),
        lambda case: annulus.measure("case.json"),
        lambda case: annulus.load_case(5),
        lambda case: annulus.save_case(3, "x.json"),
        lambda case: annulus.save_case(case, 3),
        lambda case: annulus.simulate(case, "none", samples="5"),
        lambda case: annulus.simulate(case, "none", samples=20, seed=1.5),
        lambda case: annulus.simulate(case, "none", samples=True),
        lambda case: annulus.simulate(case, "none", workers="1"),
        lambda case: annulus.simulate(case, "none", level="0.9"),
        lambda case: annulus.simulate(case, "none", sobol=-8),
        lambda case: annulus.simulate(case, "none", scheme=3),
        lambda case: annulus.simulate(case, "none", closure=3),
        lambda case: annulus.simulate(case, "none", priors="own.toml"),
        lambda case: annulus.simulate(case, "carillon-9-18-60", plication_mm="5"),
        lambda case: annulus.simulate(case, "carillon-9-18-60", distal_at_mm=[80.0]),
        lambda case: annulus.simulate(case, "carillon-9-18-60", landing=(80.0, 10.0)),
        lambda case: annulus.plan(case, None),
        lambda case: annulus.plan(case, search=3),
        lambda case: annulus.plan(case, rules=3),
        lambda case: annulus.compare(case, None),
        lambda case: annulus.compare(case, 3),
        lambda case: annulus.compare(case, "none", samples="5"),
        lambda case: annulus.evaluate(case, None, "none"),
        lambda case: annulus.evaluate(Heart(case), case, "none"),
        lambda case: annulus.evaluate(case, case, None),
        lambda case: annulus.evaluate(case, case, "none", wishes=3),
        lambda case: annulus.evaluate(case, case, "none", wishes={"plication": 3.0}),
        lambda case: case.scaled("2"),
        lambda case: sample_population("fmr", n="2"),
    ],
)
def test_arguments_of_the_wrong_kind_are_one_sentence(use: Callable[[Any], object], fmr: Path) -> None:
    case = load_case(fmr)
    with pytest.raises(AnnulusError) as caught:
        use(case)
    assert isinstance(caught.value, InputError) and "\n" not in f"{caught.value}" and "; got " in f"{caught.value}"


def test_ends_of_ranges_are_allowed_themselves() -> None:
    case = preset(Preset.FMR)
    with pytest.raises(InputError) as caught:
        annulus.simulate(case, "carillon-9-18-60", distal_at_mm=500.0, closure="none")
    last = re.search(r"at most ([0-9.]+) mm", f"{caught.value}")
    assert last is not None
    assert annulus.simulate(case, "carillon-9-18-60", distal_at_mm=float(last[1]), closure="none").converged
    assert [rounded_down(value) for value in (133.97, 134.0, 0.3, 0.29999999999)] == ["133.9", "134.0", "0.3", "0.2"]


def test_no_plication_has_no_sign() -> None:
    result = annulus.simulate(preset(Preset.FMR), "carillon-9-18-60", plication_mm=0.0, closure="none")
    value = result.values["therapy.plication_mm"]
    assert value == 0.0 and not np.signbit(value)
    texts = [
        *result.summary,
        *(cell for row in result.rows() for cell in (row.change, row.text("after"), row.text(""))),
    ]
    assert not any(re.search(r"-0\.0*(?![\d.])", text) for text in texts), texts


def test_standard_output_by_its_file_is_json_alone(fmr: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"):
        code, out, _ = run(capsys, "measure", fmr, "--json", name)
        assert code == 0 and json.loads(out)["schema"] == "annulus.measures/1"


def test_a_population_of_one_and_one_that_replaces_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "p"
    code, said, err = run(capsys, "population", "normal", "-n", "2", "-o", out, "--cases", "2")
    assert code == 0 and "replaced" not in said, err
    code, said, err = run(capsys, "population", "normal", "-n", "1", "-o", out)
    assert code == 0 and f"the population that was in {out} was replaced." in said.replace("\n", " "), err
    assert sorted(path.name for path in out.iterdir()) == ["patients.csv", "population.json"]


def test_a_document_of_the_sample_is_a_heart(tmp_path: Path) -> None:
    # What the tests above change is accepted as it is.
    case_document(tmp_path)
    assert load_case(tmp_path / "case.json").id == "sample"

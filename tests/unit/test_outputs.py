"""An input is never a target, however it is spelled or linked; nothing is done before that is known."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import pytest

from annulus.cli import main
from annulus.errors import FileError, InputError
from annulus.io import (
    load_case,
    read_json,
    read_population_preset,
    read_recipe,
    require_outputs,
    save_case,
    schema_files,
    write_document,
    write_population,
)
from annulus.population import Population, sample_population
from io_samples import heart, recipe_folder


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as leave:
        main([str(word) for word in words])
    said = capsys.readouterr()
    return int(leave.value.code or 0), said.out, said.err


@pytest.fixture
def case(tmp_path: Path) -> Path:
    save_case(heart(), tmp_path / "case.json")
    return tmp_path / "case.json"


SPELLINGS = ("itself", "relative", "dots", "doubled slashes", "symbolic link", "linked folder", "hard link")


def spelled(how: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    home = path.parent
    if how == "relative":
        monkeypatch.chdir(home)
        return path.name
    if how == "dots":
        (home / "sub").mkdir()
        return f"{home}/sub/.././{path.name}"
    if how == "doubled slashes":
        return f"{home}//{path.name}"
    if how == "symbolic link":
        (home / f"soft{path.suffix}").symlink_to(path.name)
        return f"{home}/soft{path.suffix}"
    if how == "linked folder":
        (home.parent / "other").symlink_to(home)
        return f"{home.parent}/other/{path.name}"
    if how == "hard link":
        os.link(path, home / f"hard{path.suffix}")
        return f"{home}/hard{path.suffix}"
    return str(path)


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    (tmp_path / "deep").mkdir()
    return tmp_path / "deep"


@pytest.mark.parametrize("how", SPELLINGS)
class TestVerbs:
    def refused(self, capsys, deep: Path, *words: object) -> None:
        before = tree(deep)
        code, out, err = run(capsys, *words)
        assert code == 2 and out == "" and err.count("\n") == 1
        assert "would be written over" in err and err.rstrip().endswith("name another file."), err
        assert tree(deep) == before

    def test_measure(self, capsys, deep: Path, how: str, monkeypatch) -> None:
        save_case(heart(), deep / "case.json")
        self.refused(
            capsys, deep, "measure", deep / "case.json", "--json", spelled(how, deep / "case.json", monkeypatch)
        )

    def test_measure_over_a_mesh_of_the_case(self, capsys, deep: Path, how: str, monkeypatch) -> None:
        save_case(heart(), deep / "case.json")
        target = spelled(how, deep / "case_meshes" / "la.ply", monkeypatch)
        self.refused(capsys, deep, "measure", deep / "case.json", "--json", target)

    def test_measure_over_the_priors(self, capsys, deep: Path, how: str, monkeypatch) -> None:
        save_case(heart(), deep / "case.json")
        (deep / "priors.toml").write_text("[contour_error_mm]\nvalue = 0.5\n")
        target = spelled(how, deep / "priors.toml", monkeypatch)
        self.refused(capsys, deep, "measure", deep / "case.json", "--priors", deep / "priors.toml", "--json", target)

    def test_import_over_the_recipe(self, capsys, deep: Path, how: str, monkeypatch) -> None:
        recipe = recipe_folder(deep)
        self.refused(capsys, deep, "import", recipe, "-o", spelled(how, recipe, monkeypatch))

    def test_import_over_a_file_of_the_recipe(self, capsys, deep: Path, how: str, monkeypatch) -> None:
        recipe = recipe_folder(deep)
        self.refused(capsys, deep, "import", recipe, "-o", spelled(how, deep / "vein.ply", monkeypatch))

    def test_import_over_a_file_below_the_root(self, capsys, deep: Path, how: str, monkeypatch) -> None:
        recipe = recipe_folder(deep)
        elsewhere = shutil.move(recipe, deep.parent / "recipe.txt")
        target = spelled(how, deep / "vein.ply", monkeypatch)
        self.refused(capsys, deep, "import", elsewhere, "--root", deep, "-o", target)

    def test_view_over_the_case_or_the_result(self, capsys, deep: Path, how: str, monkeypatch) -> None:
        # Pictures have suffixes of their own: only a link or a case of that name gets there.
        save_case(heart(), deep / "case.png")
        self.refused(
            capsys, deep, "view", deep / "case.png", "--screenshot", spelled(how, deep / "case.png", monkeypatch)
        )

    def test_population_over_the_preset(self, capsys, deep: Path, how: str, monkeypatch) -> None:
        preset = deep / "own.toml"
        preset.write_text('schema = "annulus.population-preset/1"\nbase = "fmr"\n')
        target = spelled(how, preset, monkeypatch)
        out = deep.parent / "out"
        self.refused(capsys, deep, "population", preset, "-n", "1", "-o", out, "--json", target)
        assert not out.exists()


def test_what_an_input_names_is_an_input_too(case: Path) -> None:
    study = case.with_name("study.toml")
    study.write_text('cases = ["case.json"]\n')
    require_outputs(case.with_name("new.json"), None, "-", inputs=(study, case, None))
    for target, said in (
        (study, rf"the input {study}"),
        (case, rf"{case}, which {study} names"),
        (case.parent / "case_meshes" / "la.ply", rf"la\.ply, which {case} names"),
    ):
        with pytest.raises(FileError, match=said):
            require_outputs(target, inputs=(study,))


def test_two_outputs_are_two_files(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="written twice"):
        require_outputs(tmp_path / "a.json", tmp_path / "b" / ".." / "a.json")
    require_outputs("/dev/null", "/dev/null", "-", "-")


def test_what_cannot_be_written_is_known_before_the_work(case: Path, capsys) -> None:
    (case.parent / "folder").mkdir()
    for target, said in (("folder", "it is a folder"), ("case.json/x.json", "no folder"), ("n" * 300, "too long")):
        code, out, err = run(capsys, "verify", "--json", case.parent / target)
        assert code == 2 and out == "" and said in err, err


def test_an_unreadable_input_is_left_to_its_reader(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_bytes(b"\xff{")
    require_outputs(tmp_path / "new.json", inputs=(tmp_path / "broken.json", tmp_path / "missing.json", tmp_path))
    with pytest.raises(FileError, match=r"written over the input .*broken\.json"):
        require_outputs(tmp_path / "broken.json", inputs=(tmp_path / "broken.json",))


def test_import_beside_its_own_meshes_keeps_them(tmp_path: Path) -> None:
    """The case's meshes go to the folder where the recipe's lie, under other names."""
    recipe = recipe_folder(tmp_path)
    (tmp_path / "case_meshes").mkdir()
    (tmp_path / "la.ply").rename(tmp_path / "case_meshes" / "la.ply")
    # The same surface in other bytes, as another program writes it.
    mesh = tmp_path / "case_meshes" / "la.ply"
    mesh.write_bytes(mesh.read_bytes().replace(b"comment UNIT=mm\n", b"comment UNIT=mm\ncomment from the scanner\n"))
    recipe.write_text(recipe.read_text().replace('"la.ply"', '"case_meshes/la.ply"'))
    before = tree(tmp_path)
    with pytest.raises(SystemExit):
        main(["import", str(recipe), "-o", str(tmp_path / "case.json")])
    after = tree(tmp_path)
    assert {name: after[name] for name in before} == before
    assert (
        load_case(tmp_path / "case.json").surfaces["la"].points.shape
        == load_case(tmp_path / "case.json").surfaces["la"].points.shape
    )


@cache
def two_patients() -> Population:
    return sample_population("fmr", n=2, seed=1)


class TestPopulations:
    @pytest.fixture
    def drawn(self):
        return two_patients()

    def test_an_older_one_is_replaced_as_a_whole(self, drawn, tmp_path: Path) -> None:
        write_population(drawn, tmp_path / "p", n_cases=2)
        assert {"cases/patient-000000.json", "cases/patient-000001.json"} < set(tree(tmp_path / "p"))
        write_population(drawn, tmp_path / "p", n_cases=1)
        names = set(tree(tmp_path / "p"))
        assert "cases/patient-000000.json" in names and not any("patient-000001" in name for name in names)
        assert load_case(tmp_path / "p" / "cases" / "patient-000000.json").id

    def test_an_empty_folder_is_taken(self, drawn, tmp_path: Path) -> None:
        write_population(drawn, tmp_path)
        assert set(tree(tmp_path)) == {"patients.csv", "population.json"}

    @pytest.mark.parametrize(
        "foreign", ["notes.txt", "cases/mine.json", "cases/patient-000000_meshes/raw.stl", ".hidden", "patients.csv/x"]
    )
    def test_what_is_foreign_is_never_lost(self, drawn, tmp_path: Path, foreign: str, capsys) -> None:
        if not foreign.startswith("patients"):
            write_population(drawn, tmp_path / "p", n_cases=1)
        (tmp_path / "p" / foreign).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "p" / foreign).write_text("mine")
        before = tree(tmp_path)
        with pytest.raises(FileError, match="must be a new or empty folder"):
            write_population(drawn, tmp_path / "p")
        code, out, err = run(capsys, "population", "fmr", "-n", "100000", "-o", tmp_path / "p")
        assert code == 2 and out == "" and foreign.split("/")[0] in err
        assert tree(tmp_path) == before

    def test_a_table_without_its_document_is_foreign(self, drawn, tmp_path: Path) -> None:
        (tmp_path / "patients.csv").write_text("mine")
        with pytest.raises(FileError, match=r"it holds patients\.csv"):
            write_population(drawn, tmp_path)

    def test_what_a_killed_run_left_goes_unless_it_holds_the_old(self, drawn, tmp_path: Path) -> None:
        (tmp_path / ".annulus-part-1234" / "new").mkdir(parents=True)
        write_population(drawn, tmp_path)
        assert set(tree(tmp_path)) == {"patients.csv", "population.json"} and len(list(tmp_path.iterdir())) == 2
        (tmp_path / ".annulus-part-1234" / "old").mkdir(parents=True)
        with pytest.raises(FileError, match=r"it holds \.annulus-part-1234"):
            write_population(drawn, tmp_path)

    def test_the_document_stays_out_of_the_folder(self, tmp_path: Path, capsys) -> None:
        out = tmp_path / "out"
        for json_file in (out, out / "x.json", out / "patients.csv"):
            code, _, err = run(capsys, "population", "fmr", "-n", "1", "-o", out, "--json", json_file)
            assert code == 2 and "is replaced as a whole" in err and not out.exists()

    def test_a_file_is_no_folder(self, tmp_path: Path, capsys) -> None:
        (tmp_path / "file").write_text("mine")
        code, _, err = run(capsys, "population", "fmr", "-n", "1", "-o", tmp_path / "file")
        assert code == 2 and "must be a folder; it is a file" in err


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_population_that_is_stopped_with_its_workers_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    """As a terminal or `timeout` stops it: the signal reaches every process of the group."""
    write_population(two_patients(), tmp_path / "p")
    before = tree(tmp_path)
    code = "from annulus.cli import main\nmain()"
    words = ("population", "fmr", "-n", "100000", "--workers", "2", "-o", str(tmp_path / "p"))
    child = subprocess.Popen(
        [sys.executable, "-c", code, *words], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    time.sleep(8.0)
    assert child.poll() is None
    os.killpg(child.pid, number)
    _, said = child.communicate(timeout=120)
    assert child.returncode == 128 + number and "annulus: stopped.\n" in said
    assert tree(tmp_path) == before


class TestDocuments:
    def sequence(self) -> dict:
        return {
            "schema": "annulus.sequence/1",
            "source": "x.csv",
            "valve": "mitral",
            "frames": [0],
            "annulus": {"ap_mm": [1.0]},
            "assumptions": [],
        }

    def test_what_obeys_is_written(self, tmp_path: Path) -> None:
        write_document(self.sequence(), tmp_path / "x.json")
        assert read_json(tmp_path / "x.json") == self.sequence()
        assert "annulus.sequence-1.json" in schema_files()

    @pytest.mark.parametrize(
        ("change", "key", "rule"),
        [
            ({"frames": ["one"]}, "frames[0]", "must be a whole number; got 'one'"),
            ({"frames": [0.5]}, "frames[0]", "must be a whole number; got 0.5"),
            ({"annulus": {"ap_mm": ["1"]}}, "annulus.ap_mm[0]", "must be a number; got '1'"),
            ({"valves": "mitral"}, "", "unknown key 'valves': did you mean 'valve'?"),
        ],
    )
    def test_what_breaks_its_schema_is_not(self, tmp_path: Path, change, key, rule) -> None:
        (tmp_path / "x.json").write_text("old")
        with pytest.raises(FileError) as caught:
            write_document({**self.sequence(), **change}, tmp_path / "x.json")
        assert caught.value.place == key and rule in caught.value.message and "annulus.sequence/1" in str(caught.value)
        assert (tmp_path / "x.json").read_text() == "old"

    def test_others_are_written_as_they_are(self, tmp_path: Path) -> None:
        write_document({"schema": "annulus.verification/1", "x": 1}, tmp_path / "x.json")
        with pytest.raises(InputError, match=r"a\.b\[1\] must be a JSON value and finite to be written; got nan"):
            write_document({"a": {"b": [1.0, float("nan")]}}, tmp_path / "x.json")
        with pytest.raises(InputError, match=r"a must be a JSON value and finite to be written; got .*PosixPath"):
            write_document({"a": tmp_path}, tmp_path / "x.json")
        assert read_json(tmp_path / "x.json") == {"schema": "annulus.verification/1", "x": 1}


class TestJson:
    def test_a_key_that_stands_twice(self, tmp_path: Path, case: Path) -> None:
        text = case.read_text().replace('"id": "sample"', '"id": "sample",\n "id": "other"')
        case.write_text(text)
        with pytest.raises(FileError, match=r"case\.json: id: must stand once in its object; it stands twice, in"):
            load_case(case)
        (tmp_path / "x.json").write_text('{"a": {"b": 1, "c": 2, "b": 3}, "b": 4, "c": 5}')
        with pytest.raises(FileError, match=r"x\.json: b: must stand once in its object; it stands twice: leave"):
            read_json(tmp_path / "x.json")
        (tmp_path / "x.json").write_text('{"a": {"b": 1}, "b": {"a": 4}}')
        assert read_json(tmp_path / "x.json") == {"a": {"b": 1}, "b": {"a": 4}}

    @pytest.mark.parametrize("depth", [100, 300, 900, 970, 990, 1000, 5000, 100_000])
    @pytest.mark.parametrize("place", ["all of it", "a value"])
    def test_nested_brackets(self, tmp_path: Path, case: Path, depth: int, place: str, capsys) -> None:
        document = json.loads(case.read_text())
        nested = "[" * depth + "]" * depth
        text = nested if place == "all of it" else json.dumps({**document, "source": "HERE"}).replace('"HERE"', nested)
        case.write_text(text)
        code, out, err = run(capsys, "measure", case, "--json", tmp_path / "new.json")
        assert code == 2 and out == "" and err.count("\n") == 1 and len(err) < 500, err
        (tmp_path / "x.toml").write_text(f"x = {nested}")
        for read in (read_recipe, read_population_preset):
            with pytest.raises(FileError):
                read(tmp_path / "x.toml")

    def test_numbers_without_end(self, tmp_path: Path) -> None:
        (tmp_path / "x.json").write_text("1" * 10_000)
        with pytest.raises(FileError, match="must be JSON"):
            read_json(tmp_path / "x.json")

    def test_a_byte_order_mark_is_no_content(self, tmp_path: Path) -> None:
        (tmp_path / "x.json").write_bytes(b'\xef\xbb\xbf{"a": 1}')
        assert read_json(tmp_path / "x.json") == {"a": 1}

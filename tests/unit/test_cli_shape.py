"""`annulus shape`: a case that the other verbs take, flags that say what they are, one sentence for rubbish."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest
import typer

from annulus.anatomy.parametric import ClinicalNumbers, Preset
from annulus.cli import main
from annulus.cli._app import app
from annulus.io import load_case


def _run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        main(words)
    out, err = capsys.readouterr()
    return int(left.value.code or 0), out, err


def test_the_written_case_measures_as_asked_and_takes_a_device(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    case, measures, result = (str(tmp_path / name) for name in ("p7.json", "measures.json", "result.json"))
    code, out, err = _run(
        capsys, "shape", "fmr", "--ap-mm", "36", "--alpm-mm", "45", "--height-mm", "6.5", "--intertrigonal-mm", "28",
        "--cs-p2-distance-mm", "12", "--lcx-crossing-mm", "80", "--eroa-mm2", "22", "--id", "patient-7", "-o", case,
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert "patient-7: asked and got" in out
    assert re.search(r"ap_mm\W+36\W+36\b", out)
    assert f"{len(load_case(case).assumptions)} assumptions" in out
    assert f"written: {case}" in out.replace("\n", "")

    assert _run(capsys, "measure", case, "--json", measures)[0] == 0
    ring = json.loads(Path(measures).read_text())["annulus"]
    for key, asked in {"ap_mm": 36.0, "alpm_mm": 45.0, "height_mm": 6.5, "it_mm": 28.0}.items():
        assert ring[key] == pytest.approx(asked, rel=1e-6), key

    assert _run(capsys, "simulate", case, "--device", "carillon-9-18-60", "--json", result)[0] == 0
    annulus = json.loads(Path(result).read_text())["annulus"]
    assert annulus["before"]["ap_mm"] == pytest.approx(36.0, rel=1e-6)
    assert annulus["after"]["ap_mm"] < 36.0


def test_redundant_numbers_print_what_is_missed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    case = str(tmp_path / "torn.json")
    code, out, _ = _run(
        capsys, "shape", "fmr", "--ap-mm", "34", "--alpm-mm", "44", "--perimeter-mm", "140", "-o", case
    )  # fmt: skip
    text = " ".join(out.split())
    assert code == 0
    assert "least squares; got less asked: ap_mm +" in text
    assert re.search(r"perimeter_mm -\d", text)
    assert load_case(case).id == "torn"


@pytest.mark.parametrize("which", Preset)
def test_list_tells_each_preset_in_a_line(capsys: pytest.CaptureFixture[str], which: Preset) -> None:
    code, out, _ = _run(capsys, "shape", "--list")
    assert code == 0
    (line,) = [line for line in out.splitlines() if line.split()[0] == which.value]
    assert "AP " in line and "ALPM " in line


def _options() -> dict[str, str]:
    command = typer.main.get_command(app)
    shape = command.commands["shape"]  # type: ignore[attr-defined]
    return {item.name: item.help or "" for item in shape.params if item.param_type_name == "option"}


def test_there_is_a_flag_for_every_clinical_number() -> None:
    options = _options()
    others = {"output", "presets", "id", "phase", "lcx_side", "dominance", "no_lcx", "help"}
    assert options.keys() - others == {item.name for item in fields(ClinicalNumbers)}


def test_every_flag_has_its_unit_and_its_words() -> None:
    units = ("_mm", "_mm2", "_ml", "_percent", "_bpm", "_mmhg")
    for name, text in _options().items():
        assert len(text.split()) >= 2, name
        assert name.endswith(units) or name not in {item.name for item in fields(ClinicalNumbers)}, name


RUBBISH = [
    (("fmrr",), "got 'fmrr': did you mean 'fmr'?"),
    (("FMR",), "did you mean 'fmr'?"),
    (("fmr", "--ap-mm", "3.2"), "if that is in cm, give 32"),
    (("fmr", "--ap-mm", "-34"), "must lie in [10, 80] mm; got -34"),
    (("fmr", "--ap-mm", "nan"), "must be a finite number; got nan"),
    (("fmr", "--ap-mm", "wide"), "Invalid value for '--ap-mm'"),
    (("fmr", "--ap-mm", "60", "--alpm-mm", "30"), "must lie in [0.5, 1.25]; got 60 / 30"),
    (("fmr", "--ap-mm", "20", "--alpm-mm", "60"), "must lie in [0.5, 1.25]; got 20 / 60"),
    (("fmr", "--cs-p2-height-mm", "40"), "make the distance larger than the height"),
    (("fmr", "--phase", "systole"), "--phase must be one of"),
    (("fmr", "--lcx-side", "left"), "'under', 'over', 'none'"),
    (("fmr", "--no-lcx", "--lcx-gap-mm", "1"), "must be left out where the circumflex is unknown"),
    (("fmr", "--annulus-mm", "30"), "No such option"),
]


@pytest.mark.parametrize(("words", "sentence"), RUBBISH, ids=lambda value: " ".join(value) if len(value) < 6 else "")
def test_rubbish_is_one_sentence_and_writes_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    code, out, err = _run(capsys, "shape", *words, "-o", str(tmp_path / "x.json"))
    assert (code, out) == (2, "")
    assert sentence in err
    assert len(err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_without_an_output_it_says_which_option_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = _run(capsys, "shape", "fmr")
    assert code == 2
    assert "Missing option '--output'" in err

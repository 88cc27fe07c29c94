"""`annulus simulate`: table, JSON, exit codes 0, 2 and 3, one sentence for bad input; scaled cases through `view`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from annulus.cli import main
from annulus.io import load_case, save_case, validate_result

CASE = "data/meshes/fmr/case.json"
WISHES = ("--device", "carillon-9-18-60", "--distal-at-mm", "95")


def _run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        main(words)
    out, err = capsys.readouterr()
    return int(left.value.code or 0), out, err


@pytest.fixture(autouse=True)
def _at_root(monkeypatch: pytest.MonkeyPatch, repository: Path) -> None:
    monkeypatch.chdir(repository)


def test_table_and_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "new" / "result.json"
    code, out, err = _run(capsys, "simulate", CASE, *WISHES, "--plication-mm", "10", "--json", str(file))
    assert (code, err) == (0, "")
    told = (
        "AL-PM 44.0 ->",
        "area 1231 ->",
        "of each newton in the ribbon",
        "AP [mm]",
        "perimeter [mm]",
        "locked tension [N]",
        "the forces balance",
        "Research use only",
    )
    sizes = (
        "plication 10.0 mm",
        "at the distal anchor (oversize 1.52)",
        "lcx runs between vein and annulus along",
        "smallest artery gap",
    )
    for words in (*told, *sizes):
        assert words in " ".join(out.split()), words
    document = json.loads(file.read_text())
    validate_result(document)
    assert f"{document['annulus']['after']['ap_mm']:.1f}" in out


def test_a_device_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "slim.toml"
    text = 'name = "slim"\nsource = "us"\ndistal_mm = [6, 10]\nproximal_mm = [12, 16]\nlength_mm = [55, 65]\n'
    file.write_text(f"{text}[size]\ndistal_mm = 9\nproximal_mm = 16\nlength_mm = 65\n")
    code, out, err = _run(capsys, "simulate", CASE, "--device", str(file), "--closure", "none")
    assert (code, err) == (0, "") and "slim-9-16-65" in out
    code, _, err = _run(capsys, "simulate", CASE, "--device", str(file), "--json", str(file))
    assert code == 2 and file.read_text().startswith("name")
    file.write_text(text + "[size]\ndistal_mm = 9\n")
    code, _, err = _run(capsys, "simulate", CASE, "--device", str(file))
    assert code == 2 and "slim.toml: size.proximal_mm: must be a positive number; got nothing" in err


def test_dash_prints_only_json(capsys: pytest.CaptureFixture[str]) -> None:
    words = (*WISHES, "--traction-n", "1", "--traction-reaction", "outside")
    code, out, err = _run(capsys, "simulate", CASE, *words, "--json", "-")
    assert (code, err) == (0, "")
    document = json.loads(out)
    validate_result(document)
    assert document["therapy"]["traction_n"] == 1.0
    assert document["therapy"]["traction_reaction"] == "outside"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((CASE,), "Missing option '--device'"),
        ((CASE, *WISHES, "--traction-n", "1", "--plication-mm", "10"), "must not both be given"),
        ((CASE, *WISHES, "--plication-mm", "-2"), "plication must be >= 0 mm; got -2"),
        ((CASE, *WISHES, "--traction-reaction", "hand"), "traction_reaction must be ostium or outside; got 'hand'"),
        ((CASE, *WISHES, "--traction-n", "-2"), "traction must lie in [0, 20] N"),
        ((CASE, *WISHES, "--traction-n", "much"), "Invalid value for '--traction-n'"),
        ((CASE, "--device", "carillon-9-18-60", "--distal-at-mm", "500"), "distal anchor must land more than 0 and"),
        ((CASE, "--device", "stent-30"), "a therapy must be named carillon-D-P-L"),
        ((CASE, "--device", "ring-30", "--plication-mm", "10"), "plication_mm is nothing that ring-30"),
        ((CASE, "--device", "carilon-9-18-60"), "Did you mean carillon-"),
        (("nowhere.json", *WISHES), "nowhere.json"),
        ((CASE, *WISHES, "--closing", "full"), "No such option"),
        ((CASE, *WISHES, "--plication-mm", "10", "--json", "data"), "data: must be a file; it is a folder"),
    ],
)
def test_bad_input_is_one_sentence_and_code_2(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    code, out, err = _run(capsys, "simulate", *words)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1 and err.startswith("annulus")
    assert sentence in err


@pytest.mark.parametrize(
    ("wishes", "soft", "status", "sentence"),
    [
        # 80 mm of tissue for a ribbon of 5: a stretch of vein vanishes before the forces balance.
        (("double-anchor-9-18-5", "100", "80"), False, "squeezed", "squeezed to almost nothing"),
        # A fifth of the support and no artery that the anchor could press on: traction and lock are equilibria of an
        # annulus that crosses itself.
        (("double-anchor-9-18-20", "92", "30"), True, "folded", "no simple loop any more"),
    ],
    ids=["squeezed", "folded"],
)
def test_solve_that_fails_still_writes_its_result(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    wishes: tuple[str, str, str],
    soft: bool,
    status: str,
    sentence: str,
) -> None:
    """Exit code 3: the file says what failed and holds what is known."""
    file, priors = tmp_path / "result.json", tmp_path / "priors.toml"
    priors.write_text('[foundation_kpa]\nvalue = 0.2\ndistribution = "fixed"\n' if soft else "")
    device, distal, plication = wishes
    words = ("--device", device, "--distal-at-mm", distal, "--plication-mm", plication, "--priors", str(priors))
    case = CASE
    if soft:
        case = str(tmp_path / "case.json")
        save_case(replace(load_case(CASE), arteries=()), case)
    code, out, err = _run(capsys, "simulate", case, *words, "--json", str(file))
    assert (code, err) == (3, "")
    assert f"written: {file}" in out
    document = json.loads(file.read_text())
    validate_result(document)
    assert document["solver"]["status"] == status
    assert document["solver"]["advice"].split(":")[0] in " ".join(out.split())
    assert any(sentence in flag for flag in document["flags"])
    assert document["therapy"]["plication_mm"] == pytest.approx(float(plication))
    assert document["annulus"]["before"]["ap_mm"] == pytest.approx(34.0, abs=0.01)
    known = document["annulus"].keys()
    assert ("after" in known, "annulus_after_mm" in document["shapes"]) == ((False, False) if soft else (True, True))
    assert "intervals" not in document


@pytest.mark.slow
def test_scaled_import_simulate_view(capsys: pytest.CaptureFixture[str], tmp_path: Path, renderer: None) -> None:
    case, result, picture = tmp_path / "case.json", tmp_path / "result.json", tmp_path / "picture.png"
    recipe = ("data/recipes/example-fmr.toml", "--root", "data/meshes/fmr")
    assert _run(capsys, "import", *recipe, "--scale", "1.2", "-o", str(case))[0] == 0
    assert _run(capsys, "simulate", str(case), *WISHES, "--plication-mm", "10", "--json", str(result))[0] == 0
    document = json.loads(result.read_text())
    scale = [line for line in document["assumptions"] if line["name"] == "scale"]
    assert len(scale) == 1 and scale[0]["value"] == 1.2
    assert document["annulus"]["before"]["ap_mm"] == pytest.approx(1.2 * 34.0, rel=0.02)
    words = ("view", str(case), "--result", str(result), "--screenshot", str(picture), "--size", "400x300")
    code, _, err = _run(capsys, *words)
    assert (code, err) == (0, "")
    assert picture.stat().st_size > 1000
    # The unscaled case is another heart.
    code, _, err = _run(capsys, "view", CASE, *words[2:])
    assert code == 2 and "result.json" in err

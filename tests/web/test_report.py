"""The report as a file, on the screen of a real browser, and on paper."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from annulus import load_case, write_report
from annulus.cli import main
from annulus.errors import FileError, InputError
from annulus.report import REPORTED, report_html
from pixels import changed_share, n_colors, picture


@pytest.fixture(scope="module")
def report(fmr_result: Any, renderer: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(fmr_result, tmp_path_factory.mktemp("report") / "fmr.html")


def test_page_is_self_contained(report: Path) -> None:
    text = report.read_text(encoding="utf-8")
    assert not re.findall(r"(?:src|href)\s*=\s*[\"'](?!data:)", text)
    assert "default-src 'none'" in text  # the browser itself forbids the network


def test_page_says_figures_intervals_assumptions_and_use(fmr_result: Any, report: Path) -> None:
    text = report.read_text(encoding="utf-8")
    low, high = fmr_result.interval("annulus.after.ap_mm")
    before, after = (fmr_result[f"annulus.{state}.ap_mm"] for state in ("before", "after"))
    assert f"AP {before:.1f} → {after:.1f} mm" in text
    assert f"{low:.1f} to {high:.1f}" in text
    assert text.index("<h2>Answer</h2>") < text.index("<h2>Key figures</h2>") < text.index("<h2>Pictures</h2>")
    assert f"Assumptions ({len(fmr_result.assumptions)})" in text
    assert all(line.source in text for line in fmr_result.assumptions)
    assert "Research use only" in text and fmr_result.case.digest in text


def test_safety_panel_is_told_row_by_row(fmr_result: Any) -> None:
    row = {
        "event": "vein perforation",
        "status": "caution",
        "indicator": "distal oversize",
        "value": 1.62,
        "unit": "1",
        "basis": "above 1.5 the wall is strained",
    }
    text = report_html(fmr_result.to_dict() | {"safety": [row]})
    assert "<h2>Safety panel</h2>" in text
    assert 'class="status-caution"' in text and "above 1.5 the wall is strained" in text and "1.62" in text


def test_names_cannot_become_markup(fmr_result: Any) -> None:
    document = fmr_result.to_dict()
    document["case"] = {**document["case"], "id": "<script>alert(1)</script>"}
    text = report_html(document)
    assert "<script>alert" not in text and "&lt;script&gt;alert" in text


_OTHERS = {
    "annulus.study/1": {
        "schema": "annulus.study/1",
        "line": "20 cases, 3 therapies",
        "rows": [{"case": "p1", "ap_mm": 31.25}, {"case": "p2", "ap_mm": 29.5}],
        "provenance": {"version": "0"},
    },
    "annulus.study-summary/1": {
        "schema": "annulus.study-summary/1",
        "name": "lengths",
        "tables": {"counts": [{"therapy": "rods-2", "done": 17}], "reasons": []},
        "provenance": {},
    },
    "annulus.evaluation/1": {
        "schema": "annulus.evaluation/1",
        "level": 0.9,
        "samples": 100,
        "seed": 0,
        "pairs": [],
        "failures": {"p9": "no equilibrium."},
        "summary": [
            {"key": "annulus.after.ap_mm", "n": 3, "bias": -1.25, "rms": 1.5, "n_inside": 2, "n_with_interval": 3}
        ],
        "assumptions": [],
        "provenance": {},
    },
    "annulus.trial/1": {
        "schema": "annulus.trial/1",
        "endpoints": {"regurgitant_volume_ml": {"published": -7.1, "predicted": -8.0}},
    },
}


_WORDS = {
    "annulus.study/1": ("31.25", "p2", "20 cases, 3 therapies"),
    "annulus.study-summary/1": ("Counts", "rods-2", "17", "lengths"),
    "annulus.evaluation/1": ("p9: no equilibrium.", "2 of 3 within the interval", "anteroposterior AP [mm]"),
    "annulus.trial/1": ("-7.1", "Endpoints"),
}


@pytest.mark.parametrize("schema", [name for name in REPORTED if name in _OTHERS])
def test_other_documents_get_a_page(schema: str) -> None:
    text = report_html(_OTHERS[schema])
    assert text.startswith("<!doctype html>") and "Research use only" in text
    assert all(word in text for word in _WORDS[schema])


def test_result_of_another_case_is_refused(fmr_result: Any, repository: Path, tmp_path: Path) -> None:
    other = load_case(repository / "data" / "meshes" / "afmr" / "case.json")
    with pytest.raises(FileError, match=r"must belong to the case that is drawn, 'afmr'.*'fmr'"):
        write_report(fmr_result.to_dict(), tmp_path / "no.html", case=other)
    assert not (tmp_path / "no.html").exists()


def test_bad_input_is_one_sentence(fmr_result: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "odd.json").write_text('{"schema": "annulus.case/1"}', encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        main(["report", str(tmp_path / "odd.json"), "-o", str(tmp_path / "odd.html")])
    assert left.value.code == 2
    said = capsys.readouterr().err
    assert "odd.json: schema: must be one of annulus.result/2" in said and said.count("\n") == 1
    with pytest.raises(FileError, match=r"suffix must be \.html"):
        write_report(fmr_result, tmp_path / "report.pdf")
    with pytest.raises(InputError, match=r"result must be what annulus\.simulate gives"):
        report_html(3)


def test_command_writes_the_page(
    fmr_result: Any, renderer: None, repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = tmp_path / "result.json"
    result.write_text(json.dumps(fmr_result.to_dict()), encoding="utf-8")
    page, case = tmp_path / "page.html", repository / "data" / "meshes" / "fmr" / "case.json"
    with pytest.raises(SystemExit) as left:
        main(["report", str(result), "-o", str(page), "--case", str(case)])
    assert left.value.code == 0 and str(page) in capsys.readouterr().out
    assert 'id="scene-after"' in page.read_text(encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        main(["report", str(result), "-o", str(page)])
    text = page.read_text(encoding="utf-8")
    assert left.value.code == 0 and "made without its case" in text and 'id="scene-after"' not in text


def _drawn(page: Any, frames: int) -> None:
    """Wait for a frame after that many; the page forbids a polling function to be made from text."""
    for _ in range(200):
        if page.evaluate(f"!!window.annulusViewer && annulusViewer.frames > {frames}"):
            return
        page.wait_for_timeout(50)
    raise AssertionError("nothing was drawn within 10 s")


@pytest.mark.slow
def test_scene_turns_in_a_browser(report: Path, page: Any) -> None:
    page.goto(report.as_uri())
    _drawn(page, 0)
    scene = page.locator("#scene")
    scene.scroll_into_view_if_needed()
    first = picture(scene)
    assert n_colors(first) > 60  # a blank canvas has one colour, labels alone a few
    page.get_by_role("button", name="posterior").click()
    page.wait_for_timeout(300)
    posterior = picture(scene)
    assert n_colors(posterior) > 60 and changed_share(first, posterior) > 0.05
    frames = page.evaluate("annulusViewer.frames")
    page.get_by_role("button", name="show before").click()
    _drawn(page, frames)
    before = picture(scene)
    assert n_colors(before) > 40 and changed_share(posterior, before) > 0.01
    scene.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert changed_share(before, picture(scene)) > 0.01
    # The picture in the page is no blank either.
    assert n_colors(picture(page.locator("figure img").first)) > 60


@pytest.mark.slow
def test_report_on_paper_has_its_numbers(fmr_result: Any, report: Path, page: Any) -> None:
    pypdf = pytest.importorskip("pypdf")
    page.goto(report.as_uri())
    _drawn(page, 0)
    paper = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    assert 3 <= len(paper.pages) <= 14
    assert [round(float(side) / 72.0 * 25.4) for side in paper.pages[0].mediabox[2:]] == [210, 297]  # A4
    first = paper.pages[0].extract_text()
    after = fmr_result["annulus.after.ap_mm"]
    assert f"{after:.1f} mm" in first and "Research use only" in first
    text = "\n".join(sheet.extract_text() for sheet in paper.pages)
    low, high = fmr_result.interval("regurgitation.after.eroa_mm2")
    assert f"{low:.0f} to {high:.0f}" in text
    assert fmr_result.assumptions[-1].name in text

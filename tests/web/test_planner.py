"""The planner without a page: choices, undo, refusals, ports; and with one, in a real browser."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annulus import load_case, simulate
from annulus.app import Planner
from annulus.app._planner import kinds_of, resized
from annulus.app._server import free_port
from annulus.cli import main
from annulus.errors import AnnulusError, InputError
from annulus.therapies import ALL_THERAPIES
from pixels import changed_share, n_colors, picture


@pytest.fixture
def planner(repository: Path) -> Planner:
    made = Planner([repository / "data" / "meshes" / name / "case.json" for name in ("fmr", "ischaemic")])
    made.open(0)
    return made


def test_what_is_seen_is_what_simulate_says(planner: Planner, repository: Path) -> None:
    choice = replace(planner.reset(), distal_at_mm=92.0, plication_mm=7.0)
    seen = {row.quantity.id: row.values for row in planner.seen(choice).rows}
    case = load_case(repository / "data" / "meshes" / "fmr" / "case.json")
    result = simulate(case, choice.therapy, distal_at_mm=92.0, plication_mm=7.0)
    whole = {row.quantity.id: row.values for row in result.rows()}
    # What only a whole result has comes when the slider is let go.
    assert seen.keys() <= whole.keys() and len(whole) - len(seen) <= 2
    assert {"ap", "eroa", "cs_lcx_min_gap_after", "locked_tension"} <= seen.keys()
    for name, values in seen.items():
        np.testing.assert_allclose(
            [whole[name][state] for state in values], list(values.values()), rtol=1e-9, atol=1e-9
        )


def test_undo_goes_back_choice_by_choice(planner: Planner) -> None:
    first = planner.reset()
    second, third = replace(first, plication_mm=4.0), replace(first, plication_mm=6.0)
    for choice in (second, second, third):
        planner.keep(choice)
    assert planner.undone(third) == second and planner.undone(second) == first
    assert not planner.can_undo(first) and planner.undone(first) == first
    # What failed was never kept: undo takes it back.
    assert planner.can_undo(second) and planner.undone(second) == first


def test_every_therapy_can_be_chosen(planner: Planner) -> None:
    first = planner.reset()
    kinds = kinds_of(planner.opened)
    assert [row["kind"] for row in kinds] == [kind.kind for kind in ALL_THERAPIES]
    live = []
    for row in kinds:
        choice = planner.changed_to(row["first"], first)
        assert choice.therapy == row["first"] and not row["why"]
        if row["kind"] != "edge_to_edge_clip":  # closed fully only
            labels = [found.quantity.id for found in planner.seen(choice).rows]
            live += ["ap" in labels or any("ap" in label for label in labels)]
    assert all(live) and len(live) == len(kinds) - 1


def test_ribbon_of_another_length_has_a_name() -> None:
    assert resized("carillon-9-18-60", 70.0) == "carillon-9-18-70" or resized("carillon-9-18-60", 70.0).startswith("d")
    assert resized("carillon-9-18-60", 63.0) == "double-anchor-9-18-63"
    assert resized("double-anchor-9-18-63", 60.0) == "carillon-9-18-60"


def test_what_cannot_be_done_is_a_sentence(planner: Planner) -> None:
    choice = planner.reset()
    with pytest.raises(InputError, match="ribbon and plication together must fit"):
        planner.seen(replace(choice, plication_mm=25.0))
    warm = planner.warm
    bad = Planner([Path("nowhere.json")])
    with pytest.raises(AnnulusError, match=r"nowhere\.json"):
        bad.open(0)
    assert bad.warm is None and planner.warm is warm
    with pytest.raises(InputError, match="no case is open"):
        bad.seen(choice)


def test_port_in_use_gives_the_next_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port < free_port("127.0.0.1", port) <= port + 100
    with pytest.raises(InputError, match="must lie in"):
        free_port("127.0.0.1", 0)
    with pytest.raises(InputError, match="an address of this machine"):
        free_port("192.0.2.1", 8080)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--web", "--screenshot", "a.png"], "only cases and --port may be given"),
        (["--port", "9000"], "--port belongs to --web"),
    ],
)
def test_options_that_do_not_go_together(
    words: list[str], said: str, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["view", str(repository / "data" / "meshes" / "fmr" / "case.json"), *words])
    assert left.value.code == 2 and said in capsys.readouterr().err


# ---- in a browser

_DRAWN = "window.annulusPlanner?.viewer?.models.after && annulusPlanner.viewer.element.isConnected"
_FIRST_MS = 400_000
"""A machine whose kernels are not compiled yet compiles them first [ms]."""


@pytest.fixture(scope="module")
def address(repository: Path, tmp_path_factory: pytest.TempPathFactory, chromium: Any) -> Iterator[str]:
    bad = tmp_path_factory.mktemp("cases") / "bad.json"
    bad.write_text('{"schema": "annulus.case/1", "id": "bad"}', encoding="utf-8")
    cases = [repository / "data" / "meshes" / "fmr" / "case.json", bad]
    pytest.importorskip("trame")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with subprocess.Popen(
            [sys.executable, "-m", "annulus", "view", *map(str, cases), "--web", "--port", str(port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(repository / "src")},
        ) as server:
            assert server.stdout is not None and server.stderr is not None
            line = server.stdout.readline()
            found = re.fullmatch(r"Planner: (http://127\.0\.0\.1:(\d+)/)\n", line)
            assert found and int(found[2]) > port, line  # that one is in use
            try:
                yield found[1]
            finally:
                server.send_signal(signal.SIGINT)
                server.wait(30)
            assert server.returncode == 130
            assert server.stdout.read() == "" and "Traceback" not in server.stderr.read()
    with socket.socket() as door:
        assert door.connect_ex(("127.0.0.1", int(found[2]))) != 0


@pytest.fixture
def planning(address: str, page: Any) -> Any:
    page.goto(address)
    page.wait_for_function(_DRAWN, timeout=_FIRST_MS)
    page.wait_for_function("document.querySelector('.busy')?.textContent === ''", timeout=_FIRST_MS)
    page.locator("#reset").click()
    page.wait_for_function("document.querySelector('.busy')?.textContent === ''")
    return page


def _ap(page: Any) -> float:
    return float(page.locator("td", has_text=re.compile(r"\d")).nth(1).inner_text())


@pytest.mark.slow
def test_slider_moves_number_and_picture(planning: Any) -> None:
    page, scene = planning, planning.locator("#scene")
    started, at_rest = _ap(page), picture(scene)
    assert n_colors(at_rest) > 60
    box = page.locator("#plication").bounding_box()
    y = box["y"] + box["height"] / 2
    drawn = int(page.get_attribute("#drawn", "data-drawn"))
    page.mouse.move(box["x"] + 0.42 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.2 * box["width"], y, steps=6)
    # Still held: numbers and picture follow while it is dragged.
    page.wait_for_function(f"Number(document.querySelector('#drawn').dataset.drawn) > {drawn}")
    # Less plication, a wider annulus.
    page.wait_for_function(f"Number(document.querySelectorAll('.numbers td')[1]?.textContent) > {started + 0.5}")
    page.wait_for_timeout(300)
    held, during = _ap(page), picture(scene)
    page.mouse.up()
    assert held > started + 0.5
    assert n_colors(during) > 60 and changed_share(at_rest, during) > 0.005
    page.wait_for_function("document.querySelector('#undo')?.disabled === false")
    page.keyboard.press("Control+z")
    page.wait_for_function(f"document.querySelectorAll('.numbers td')[1]?.textContent === '{started:.1f}'")
    # Everything needed is on a screen of 1280 x 800.
    for name in ("#plication", "#undo", "#export-result", "#scene"):
        place = page.locator(name).bounding_box()
        assert place["y"] + place["height"] <= 800 and place["x"] + place["width"] <= 1280, name


@pytest.mark.slow
def test_keyboard_moves_slider_and_before(planning: Any) -> None:
    page, scene = planning, planning.locator("#scene")
    distal = page.locator("#distal")
    value = float(distal.input_value())
    distal.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"Number(document.querySelector('#distal').value) === {value + 0.5}")
    page.wait_for_function("document.querySelector('.busy')?.textContent === ''")
    after = picture(scene)
    page.keyboard.press("b")
    page.wait_for_function("annulusPlanner.viewer.shown === 'before'")
    page.wait_for_timeout(300)
    assert changed_share(after, picture(scene)) > 0.005
    page.keyboard.press("b")


@pytest.mark.slow
def test_result_and_report_are_downloaded(planning: Any, tmp_path: Path, renderer: None) -> None:
    page = planning
    with page.expect_download() as waiting:
        page.click("#export-result")
    waiting.value.save_as(tmp_path / "result.json")
    document = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert document["schema"] == "annulus.result/2" and document["therapy"]["device"] == "carillon-9-18-60"
    assert f"{document['annulus']['after']['ap_mm']:.1f}" == f"{_ap(page):.1f}"
    with page.expect_download(timeout=120_000) as waiting:
        page.click("#export-report")
    waiting.value.save_as(tmp_path / "report.html")
    assert f"{_ap(page):.1f} mm" in (tmp_path / "report.html").read_text(encoding="utf-8")
    with page.expect_download(timeout=120_000) as waiting:
        page.click("#export-picture")
    waiting.value.save_as(tmp_path / "scene.png")
    assert (tmp_path / "scene.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


@pytest.mark.slow
def test_errors_stand_in_a_page_that_lives_on(planning: Any) -> None:
    page = planning
    page.select_option("#case", "1")
    page.wait_for_selector("#error")
    assert "bad.json: coordinate_system: this key must be given" in page.inner_text("#error")
    assert page.locator("#case").input_value() == "0"
    page.evaluate("trame.state.set('plication', 25)")
    page.wait_for_function("document.querySelector('#error')?.textContent.includes('must fit')")
    assert page.locator(".numbers.stale").count() == 1
    page.locator("#undo").click()
    page.wait_for_function("!document.querySelector('#error')")
    assert page.locator(".numbers.stale").count() == 0 and _ap(page) > 20.0

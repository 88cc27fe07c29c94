"""The planner's page: controls to choices, choices to numbers and a scene; what goes wrong is a sentence in it."""

from __future__ import annotations

import asyncio
import base64
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import Any

from annulus.app._planner import SITE_STEP_MM, Choice, Planner, Seen, holds_leaflets, kinds_of, resized
from annulus.app._words import cells_of, headlines_of, sentence_of
from annulus.io import json_text
from annulus.prediction import Result
from annulus.report import report_html
from annulus.therapies import therapy
from annulus.viz import scene_gltf, screenshot, viewer_script, viewer_style

__all__ = ["Page"]

_CONTROLS = ("therapy", "distal", "length", "pulled_by", "plication", "traction")
_LONGEST_MM, _SHORTEST_MM = 110, 40
_HELD = "Leaflets that are held are closed fully, which takes some seconds."


class Page:
    """One page on a server; several browsers see the same plan.

    Parameters
    ----------
    server
        trame's server.
    planner
        What it plans with.
    """

    def __init__(self, server: Any, planner: Planner) -> None:
        self.server, self.planner = server, planner
        self.state = server.state
        # One worker: a full closure at rest and exports go on while sliders move.
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="annulus-planner")
        self._choice: Choice | None = None
        self._shown: Choice | None = None
        self._result: Result | None = None
        self._glb: dict[str, bytes] = {}
        self._number: int | None = None
        self._asked: int | None = None
        self._wanted = self._drawing = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._build()

    def start(self) -> None:
        """Open the first case, while the browser is still on its way."""
        self._open(0)

    def close(self) -> None:
        """End the worker; what it does now is not waited for."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    # ---- building

    def _build(self) -> None:
        from trame.ui.html import DivLayout
        from trame.widgets import client

        state = self.state
        state.trame__title = "annulus planner"
        state.update(
            {
                "cases": [str(path) for path in self.planner.cases],
                "case_number": 0,
                "case_id": "",
                "kinds": [],
                "kind": "",
                "sizes": [],
                "therapy": "none",
                "distal": 0.0,
                "length": 60.0,
                "pulled_by": "plication",
                "plication": 10.0,
                "traction": 3.0,
                "takes_site": False,
                "takes_load": False,
                "takes_length": False,
                "vein_mm": 1.0,
                "shortest": _SHORTEST_MM,
                "longest": _LONGEST_MM,
                "full": False,
                "before_shown": False,
                "headlines": [],
                "rows": [],
                "flags": [],
                "leak_refused": "",
                "error": "",
                "stale": False,
                "step_mm": SITE_STEP_MM,
                "busy": "opening the case",
                "can_undo": False,
                "n_drawn": 0,
                "drawn_ms": 0,
            }
        )
        for name, act in (
            ("arrived", self._arrived),
            ("released", self._released),
            ("choose_kind", self._choose_kind),
            ("undo", self._undo),
            ("reset", self._reset),
            ("export_result", self._export_result),
            ("export_report", self._export_report),
            ("export_picture", self._export_picture),
        ):
            self.server.controller.trigger(name)(act)
        state.change("case_number")(self._choose_case)
        state.change(*_CONTROLS)(self._moved)
        self.server.controller.on_server_ready.add(lambda **_: self.start())
        style = viewer_style() + _asset("planner.css")
        with DivLayout(self.server) as layout:
            client.Style(style)
            client.Script(f"{viewer_script()}\n{_asset('planner.js')}")
            self._call = client.JSEval(exec="window.annulusPlanner.receive($event)")
            layout.root.add_child(_asset("planner.html"))

    # ---- what the browser tells

    def _arrived(self) -> None:
        """A page is there: it gets what is drawn; what is not yet comes when it is."""
        for name, glb in self._glb.items():
            self._send(name, glb)

    def _choose_case(self, case_number: Any, **_: Any) -> None:
        # None before the first one is opened: the page tells its controls as soon as it is there.
        if self._asked is not None and int(case_number) != self._asked:
            self._open(int(case_number))

    def _open(self, number: int) -> None:
        self._asked = number
        self._later("opening the case", lambda: self._ready(number), lambda found: self._opened(number, *found))

    def _ready(self, number: int) -> tuple[Choice, list[dict[str, Any]], bytes]:
        choice = self.planner.open(number)
        warm = self.planner.opened
        return choice, kinds_of(warm), scene_gltf(warm.case)

    def _opened(self, number: int, choice: Choice, kinds: list[dict[str, Any]], glb: bytes) -> None:
        self._number = number
        warm = self.planner.opened
        self.state.update({"case_id": warm.case.id, "kinds": kinds, "vein_mm": round(warm.vein_mm, 1), "error": ""})
        self._glb = {}
        self._send("before", glb)
        self._set_controls(choice)
        self._rest(choice)

    def _choose_kind(self, name: str) -> None:
        if self._choice is None:
            return
        with _Told(self):
            self._go_to(self.planner.changed_to(name, self._choice))

    def _moved(self, **_: Any) -> None:
        """A control moves: the newest choice is drawn as soon as the one before is."""
        if self.planner.warm is None or self._choice is None:
            return
        with _Told(self, keep=True):
            choice = self._controls()
            if choice != self._choice:
                self._choice = choice
                self._draw_soon()

    def _released(self) -> None:
        """A control came to rest."""
        if self.planner.warm is not None and self._choice is not None:
            with _Told(self):
                self._rest(self._controls())

    def _undo(self) -> None:
        if self._choice is not None:
            self._go_to(self.planner.undone(self._choice))

    def _reset(self) -> None:
        if self._choice is not None:
            self._go_to(self.planner.reset())

    def _go_to(self, choice: Choice) -> None:
        with _Told(self):
            self._set_controls(choice)
            self._rest(choice)

    # ---- controls

    def _controls(self) -> Choice:
        state = self.state
        name = str(state.therapy)
        if state.takes_length and getattr(therapy(name), "length_mm", None) != float(state.length):
            name = resized(name, float(state.length))
        return Choice(
            name,
            float(state.distal) if state.takes_site else None,
            str(state.pulled_by),
            float(state.plication),
            float(state.traction),
        )

    def _set_controls(self, choice: Choice) -> None:
        done = therapy(choice.therapy)
        takes_site, takes_load = self.planner.opened.takes(done)
        row = next(row for row in self.state.kinds if row["kind"] == done.kind)
        sizes = row["sizes"] if choice.therapy in row["sizes"] else [choice.therapy, *row["sizes"]]
        length = getattr(done, "length_mm", None)
        self._choice = choice
        self.state.update(
            {
                "therapy": choice.therapy,
                "kind": done.kind,
                "sizes": sizes,
                "takes_site": takes_site,
                "takes_load": takes_load,
                # A ribbon of any length is a device that can be named; of the others the name says the length.
                "takes_length": takes_load and length is not None,
                "length": self.state.length if length is None else float(length),
                "distal": self.state.distal if choice.distal_at_mm is None else choice.distal_at_mm,
                "pulled_by": choice.pulled_by,
                "plication": choice.plication_mm,
                "traction": choice.traction_n,
                "can_undo": self.planner.can_undo(choice),
            }
        )

    # ---- drawing

    def _draw_soon(self) -> None:
        self._wanted = True
        if not self._drawing:
            self._drawing = True
            self._task(self._draw_while_wanted())

    async def _draw_while_wanted(self) -> None:
        try:
            while self._wanted:
                self._wanted = False
                with self.state:
                    self._draw()
                # What the browser sent meanwhile is read here: only the newest choice is drawn next.
                await asyncio.sleep(0.005)
        finally:
            self._drawing = False

    def _draw(self) -> bool:
        choice = self._choice
        if choice is None or holds_leaflets(therapy(choice.therapy)):
            return choice is not None
        self.state.can_undo = self.planner.can_undo(choice)
        self.state.stale = True
        started = asyncio.get_running_loop().time()
        with _Told(self) as told:
            seen = self.planner.seen(choice)
            self._send("after", scene_gltf(self.planner.opened.case, seen.drawn))
            self._shown, self._result = choice, None
            self._tell_numbers(seen)
            self.state.stale = False
            spent = asyncio.get_running_loop().time() - started
            self.state.update({"n_drawn": int(self.state.n_drawn) + 1, "drawn_ms": round(1e3 * spent)})
        return not told.failed

    def _tell_numbers(self, seen: Seen) -> None:
        self.state.update(
            {
                "rows": [cells_of(row) for row in seen.rows],
                "headlines": headlines_of(seen.rows),
                "leak_refused": seen.leak_refused,
                "flags": [],
            }
        )

    def _rest(self, choice: Choice) -> None:
        """Draw a choice, remember it, and work out its whole result."""
        self._choice = choice
        if not self._draw():
            return
        self.planner.keep(choice)
        self._set_controls(choice)
        full = bool(self.state.full)
        held = holds_leaflets(therapy(choice.therapy))
        if held:
            self.state.update({"leak_refused": _HELD, "stale": True})
        words = "closing the valve fully" if full or self.state.leak_refused else "working out flags"
        self._later(words, lambda: self.planner.result(choice, full=full), lambda found: self._rested(choice, found))

    def _rested(self, choice: Choice, result: Result) -> None:
        if choice != self._choice or result.case is not self.planner.opened.case:
            return
        self._shown, self._result = choice, result
        flags = [*result.flags, *(line for line in result.summary if line.startswith("assumed"))]
        rows = result.rows()
        self.state.update({"flags": flags, "rows": [cells_of(row) for row in rows], "headlines": headlines_of(rows)})
        self.state.update({"leak_refused": "", "stale": False, "n_drawn": int(self.state.n_drawn) + 1})
        closed = result.closures.get("after")
        if closed is not None and closed.points is not None:
            self._send("after", scene_gltf(result.case, result.to_dict()))

    def _send(self, name: str, glb: bytes) -> None:
        self._glb[name] = glb
        self._call.exec({"name": name, "case": self.state.case_id, "glb": base64.b64encode(glb).decode()})

    # ---- exports

    async def _export_result(self) -> str:
        return await self._exported(lambda result: json_text(result.to_dict()))

    async def _export_report(self) -> str:
        return await self._exported(report_html)

    async def _export_picture(self) -> bytes | str:
        return await self._exported(_picture)

    async def _exported(self, make: Callable[[Result], Any]) -> Any:
        """What is downloaded; empty, and a sentence in the page, where it cannot be made."""
        choice, full = self._shown, bool(self.state.full)
        found: Any = ""

        def work() -> Any:
            kept = self._result
            if choice is None:
                return ""
            return make(self.planner.result(choice, full=full) if kept is None else kept)

        with self.state:
            self.state.busy = "exporting"
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._worker, work)
        except Exception as error:  # noqa: BLE001 - a page that dies tells nothing
            with self.state:
                self.state.error = sentence_of(error)
        with self.state:
            self.state.busy = ""
        return found

    # ---- work beside the page

    def _later(self, words: str, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        self.state.busy = words
        self._task(self._worked(work, then))

    async def _worked(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._worker, work)
        except Exception as error:  # noqa: BLE001 - a page that dies tells nothing
            with self.state:
                self.state.update({"error": sentence_of(error), "busy": ""})
                if self._number is not None:
                    self.state.case_number = self._asked = self._number
            return
        with self.state:
            self.state.busy = ""
            with _Told(self):
                then(found)

    def _task(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Told:
    """Within it an error becomes a sentence in the page; the picture and numbers before stay."""

    def __init__(self, page: Page, *, keep: bool = False) -> None:
        self.page, self.keep, self.failed = page, keep, False

    def __enter__(self) -> _Told:
        if not self.keep:
            self.page.state.error = ""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> bool:
        if not isinstance(error, Exception):
            return False
        self.failed = True
        self.page.state.error = sentence_of(error)
        return True


def _picture(result: Result) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return screenshot(result.case, Path(folder) / "scene.png", result.to_dict(), view="all").read_bytes()


def _asset(name: str) -> str:
    return files("annulus.app").joinpath(name).read_text(encoding="utf-8")

"""What takes long, said in one line on the terminal that disappears afterwards."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

import typer

__all__ = ["compile_progress", "counting"]

# The logger of annulus._jit, by name: to import that would load numba before a verb needs it.
_COMPILE_LOG = "annulus.kernels"


@dataclass(frozen=True, slots=True)
class _Line:
    """The last line of a terminal. Spaces and carriage returns only: every terminal knows them."""

    stream: TextIO

    def show(self, text: str) -> None:
        try:
            width = (os.get_terminal_size(self.stream.fileno()).columns or 80) - 1
        except OSError:
            width = 79
        self._write(f"\r{text[:width]:{width}}")

    def clear(self) -> None:
        self.show("")
        self._write("\r")

    def _write(self, text: str) -> None:
        try:
            self.stream.write(text)
            self.stream.flush()
        except OSError:  # a terminal that was closed: the work goes on
            pass


def _line(context: typer.Context) -> _Line | None:
    """Where to show progress; None when nobody looks or wants to."""
    if context.find_root().params.get("quiet") or sys.stderr is None or not sys.stderr.isatty():
        return None
    return _Line(sys.stderr)


@contextmanager
def compile_progress(context: typer.Context) -> Iterator[None]:
    """Show which kernel is being compiled, while the block runs."""
    line = _line(context)
    if line is None:
        yield
        return
    import logging

    class Show(logging.Handler):
        """Counts; kernels compile within kernels, and the line goes when the outermost is ready."""

        under_way = done = 0
        lost = False

        def emit(self, record: logging.LogRecord) -> None:
            stage = getattr(record, "stage", "")
            if not stage or record.process != owner:  # a forked worker has this handler too
                return
            self.under_way += 1 if stage == "start" else -1
            self.done += stage != "start"
            self.lost = self.lost or stage == "lost"
            why = "for this run only: set NUMBA_CACHE_DIR" if self.lost else "first run after an install"
            if self.under_way > 0:
                line.show(f"compiling kernels ({why}): {self.done} done, {getattr(record, 'kernel', '')}")
            else:
                line.clear()

    owner = os.getpid()
    show, log = Show(), logging.getLogger(_COMPILE_LOG)
    level = log.level
    log.addHandler(show)
    log.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        log.setLevel(level)
        log.removeHandler(show)
        if show.under_way > 0:
            line.clear()


@contextmanager
def counting(context: typer.Context, what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show how many of `total` are done, the rate, and how long the rest takes: call what this gives with the number.

    The first call, where it comes before anything was worked on, says what was there already.
    """
    line = _line(context)
    if line is None:
        yield lambda done: None
        return
    began = shown = time.monotonic()
    kept = 0

    def show(done: int) -> None:
        nonlocal shown, kept
        now = time.monotonic()
        if now - began < 0.1 and not kept:
            kept = done
        if now - shown < 0.1 or done <= kept:
            return
        shown = now
        rate = (done - kept) / (now - began)
        left = (total - done) / rate
        share = 100 * done // total
        line.show(f"{what}: {done} of {total} ({share} %), {rate:.3g} a second, about {left:.0f} s left")

    try:
        yield show
    finally:
        if shown > began:
            line.clear()

"""What the command does before and beside its verbs: module, completion, progress and its absence."""

from __future__ import annotations

import io
import logging
import os
import pty
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from annulus import _jit
from annulus.cli import _progress
from annulus.cli._app import app

VERBS = list(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def _run(*words: str, code: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *(("-c", code) if code else ("-m", "annulus")), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env={**os.environ, **env})


def test_module_runs_as_the_command_does() -> None:
    done = _run("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("annulus ")
    wrong = _run("no-such-verb")
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("annulus: ") and "annulus --help" in wrong.stderr


def test_bash_completes_the_verbs() -> None:
    done = _run(_ANNULUS_COMPLETE="complete_bash", COMP_WORDS="annulus ", COMP_CWORD="1")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == VERBS
    done = _run(_ANNULUS_COMPLETE="complete_bash", COMP_WORDS="annulus sim", COMP_CWORD="1")
    assert done.stdout.split() == ["simulate"]
    done = _run(_ANNULUS_COMPLETE="complete_bash", COMP_WORDS="annulus simulate --dev", COMP_CWORD="2")
    assert done.stdout.split() == ["--device"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_loads_nothing_heavy_and_needs_no_rich(shell: str) -> None:
    code = (
        "import sys\n"
        "sys.modules['rich'] = None\n"
        "from annulus.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(*(name for name in ('numpy', 'numba') if name in sys.modules), file=sys.stderr)\n"
    )
    words = {"COMP_WORDS": "annulus m", "COMP_CWORD": "1", "_TYPER_COMPLETE_ARGS": "annulus m"}
    action = {"_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    done = _run(code=code, _ANNULUS_COMPLETE=f"complete_{shell}", **words, **action)
    assert "measure" in done.stdout and done.stderr == "\n"


def test_bash_gets_a_script_that_asks_the_command() -> None:
    done = _run(_ANNULUS_COMPLETE="source_bash")
    assert done.returncode == 0
    assert "_ANNULUS_COMPLETE=complete_bash" in done.stdout
    assert subprocess.run(["bash", "-n"], input=done.stdout, text=True, check=False).returncode == 0


def test_shell_that_cannot_be_told_ends_without_a_traceback() -> None:
    done = _run("--show-completion", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert done.returncode in (0, 1, 2)
    assert "Traceback" not in done.stderr


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True

    def shown(self) -> list[str]:
        """What stood in the line, one after the other."""
        return [text.rstrip() for text in self.getvalue().split("\r") if text.strip()]

    def left(self) -> str:
        """What stands in the line at the end."""
        line = ""
        for text in self.getvalue().split("\r"):
            line = text + line[len(text) :]
        return line.rstrip()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> _Terminal:
    stream = _Terminal()
    monkeypatch.setattr(
        _progress, "sys", SimpleNamespace(stderr=stream)
    )  # pytest puts its own into sys before each test
    return stream


def _context(*, quiet: bool = False) -> Any:
    root = SimpleNamespace(params={"quiet": quiet})
    return SimpleNamespace(find_root=lambda: root)


def _tell(stage: str, kernel: str, **more: int) -> None:
    extra = {"stage": stage, "kernel": kernel}
    record = _jit._LOG.makeRecord(_jit._LOG.name, logging.DEBUG, "", 0, "%s", (kernel,), None, extra=extra)
    for name, value in more.items():
        setattr(record, name, value)
    if _jit._LOG.isEnabledFor(logging.DEBUG):
        _jit._LOG.handle(record)


def _tell_two_kernels() -> None:
    for stage, kernel in (("start", "minimise"), ("start", "tangent"), ("kept", "tangent"), ("kept", "minimise")):
        _tell(stage, kernel)


def test_line_names_the_kernels_and_disappears(terminal: _Terminal) -> None:
    with _progress.compile_progress(_context()):
        _tell_two_kernels()
        assert terminal.left() == ""  # computing now, not compiling
        _tell("start", "pull")
        assert terminal.left() == "compiling kernels (first run after an install): 2 done, pull"
    assert terminal.left() == ""
    assert [text.partition(": ")[2] for text in terminal.shown()] == [
        "0 done, minimise",
        "0 done, tangent",
        "1 done, tangent",
        "2 done, pull",
    ]
    assert _jit._LOG.handlers == [] and _jit._LOG.level == logging.NOTSET


def test_line_says_when_nothing_is_kept(terminal: _Terminal) -> None:
    with _progress.compile_progress(_context()):
        _tell("start", "minimise")
        _tell("lost", "minimise")
        _tell("start", "pull")
        assert "set NUMBA_CACHE_DIR" in terminal.left()


def test_forked_worker_says_nothing(terminal: _Terminal) -> None:
    with _progress.compile_progress(_context()):
        _tell("start", "minimise", process=os.getpid() + 1)
    assert terminal.getvalue() == ""


def test_nothing_compiled_nothing_written(terminal: _Terminal) -> None:
    with _progress.compile_progress(_context()), _progress.counting(_context(), "patients", 3):
        pass
    assert terminal.getvalue() == ""


def test_quiet_and_files_get_no_progress(terminal: _Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def work(context: Any) -> None:
        with _progress.compile_progress(context), _progress.counting(context, "patients", 3) as done:
            _tell_two_kernels()
            done(2)

    monkeypatch.setattr(_progress.time, "monotonic", iter(range(100)).__next__)
    work(_context(quiet=True))
    assert terminal.getvalue() == ""
    work(_context())
    assert "patients: 2 of 3 (66 %)" in terminal.getvalue()
    assert terminal.left() == ""
    file = io.StringIO()
    monkeypatch.setattr(_progress, "sys", SimpleNamespace(stderr=file))
    work(_context())
    assert file.getvalue() == ""


def _in_terminal(folder: Path, *words: str) -> tuple[str, str]:
    """Standard error on a terminal and standard output of `words`; `probe` runs a kernel never compiled before."""
    code = (
        "import sys\n"
        "from annulus.cli._app import app, main\n"
        "@app.command('probe')\n"
        "def probe():\n"
        "    import numpy as np\n"
        "    from annulus.kernels.loops import loop_length\n"
        "    print(loop_length(np.eye(3)))\n"
        "main()\n"
    )
    master, slave = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", code, *words],
        stdout=subprocess.PIPE,
        stderr=slave,
        text=True,
        env={**os.environ, "NUMBA_CACHE_DIR": str(folder)},
    ) as running:
        out = running.communicate(timeout=120)[0]
    os.set_blocking(master, False)
    shown = b""
    # A terminal hands over what was written piece by piece.
    with suppress(BlockingIOError):
        while piece := os.read(master, 65536):
            shown += piece
    os.close(slave)
    os.close(master)
    return shown.decode(), out


def test_compiling_on_a_real_terminal(tmp_path: Path) -> None:
    shown, out = _in_terminal(tmp_path, "probe")
    assert float(out) == pytest.approx(3 * 2**0.5)
    assert "\rcompiling kernels (first run after an install): 0 done, loop_length" in shown
    assert shown.endswith("\r") and not shown.split("\r")[-2].strip()
    assert _in_terminal(tmp_path, "probe") == ("", out)


def test_compiling_quietly_on_a_real_terminal(tmp_path: Path) -> None:
    for i, words in enumerate((("-q", "probe"), ("--quiet", "probe"), ("probe", "--quiet"))):
        assert _in_terminal(tmp_path / str(i), *words)[0] == ""

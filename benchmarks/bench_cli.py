"""Cold start of `annulus --help` in a fresh process, against a bare interpreter and against typer alone.

Aim: 0.5 s. No warm-up: the cold process is what is measured (files are in the page cache after the first round).
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

import pytest

COMMANDS = {
    "python": [sys.executable, "-c", "pass"],
    "typer": [sys.executable, "-c", "import typer"],
    "help": [sys.executable, "-c", "from annulus.cli import main; main(['--help'])"],
    "import": [sys.executable, "-c", "import annulus"],
}


def _run(name: str) -> str:
    return subprocess.run(COMMANDS[name], capture_output=True, text=True, check=True).stdout


def _median_time(name: str, rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        _run(name)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


@pytest.mark.parametrize("rounds", [pytest.param(1, id="small"), pytest.param(15, id="large")])
def test_help_cold(benchmark, rounds: int) -> None:
    bare = _median_time("python", rounds)
    typer = _median_time("typer", rounds)
    out = benchmark.pedantic(_run, args=("help",), rounds=rounds)
    ours = _median_time("help", rounds)
    benchmark.extra_info.update(seconds=ours, ratio_to_python=ours / bare, ratio_to_typer=ours / typer)
    print(f"\nannulus --help {ours:.3f} s: {ours / bare:.1f} x bare Python, {ours / typer:.2f} x import typer")
    assert out.startswith("Usage: annulus")


@pytest.mark.parametrize("rounds", [pytest.param(1, id="small"), pytest.param(15, id="large")])
def test_import_cold(benchmark, rounds: int) -> None:
    bare = _median_time("python", rounds)
    benchmark.pedantic(_run, args=("import",), rounds=rounds)
    ours = _median_time("import", rounds)
    benchmark.extra_info.update(seconds=ours, ratio_to_python=ours / bare)
    print(f"\nimport annulus {ours:.3f} s: {ours / bare:.2f} x bare Python")

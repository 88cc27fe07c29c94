"""Cold starts in fresh processes: the command's help and the import, against bare Python."""

from __future__ import annotations

import os
import subprocess
import sys

from annulus.bench._row import BenchRow
from annulus.bench._timing import interleaved

__all__ = ["start_rows"]

HELP_AIM_S = 0.5

_CODE = {
    "python": "pass",
    "help": "from annulus.cli import main; main(['--help'])",
    "import": "import annulus",
}


def start_rows(*, rounds: int = 15) -> tuple[BenchRow, ...]:
    """Cold starts; files are in the page cache after the first."""
    times = interleaved({name: lambda code=code: _run(code) for name, code in _CODE.items()}, rounds)
    bare = times["python"]
    return (
        BenchRow("annulus --help, cold", times["help"], "bare Python", bare, aim_seconds=HELP_AIM_S),
        BenchRow("import annulus, cold", times["import"], "bare Python", bare),
    )


def _run(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=dict(os.environ))

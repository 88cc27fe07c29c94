"""The benches: rows and their verdicts, how time is taken, counted work, and a command that needs no repository."""

from __future__ import annotations

import ast
import json
import math
import operator
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import annulus.bench
from annulus.anatomy.measures import measure_annulus
from annulus.bench import BENCHES, BenchRow, interleaved, on_two_processes, run_benches
from annulus.bench._closing import _factor_operations
from annulus.bench._hearts import cinch_problem
from annulus.bench._linear_step import SIZES, _step_work, resolution_of
from annulus.bench._measures import plain_measures, saddle
from annulus.bench._timing import best, growth_exponent, growth_note
from annulus.cli import main
from annulus.errors import AnnulusError, InputError
from annulus.kernels.envelope import TILE, Envelope, envelope
from annulus.mechanics.network import Resolution


def test_ratio_is_how_many_times_as_fast() -> None:
    row = BenchRow("work", 0.002, "other means", 0.03)
    assert row.ratio == pytest.approx(15.0)
    assert row.met is None and BenchRow("work", 0.002).ratio is None


@pytest.mark.parametrize(
    ("aim_seconds", "aim_ratio", "met"),
    [(0.002, None, True), (0.001, None, False), (None, 15.0, True), (None, 20.0, False), (0.002, 20.0, False)],
)
def test_aim_is_met_or_missed(aim_seconds: float | None, aim_ratio: float | None, met: bool) -> None:
    row = BenchRow("work", 0.002, "other means", 0.032, aim_seconds=aim_seconds, aim_ratio=aim_ratio)
    assert row.met is met
    assert row.to_dict()["met"] is met


def test_aim_for_a_ratio_waits_for_its_baseline() -> None:
    assert BenchRow("work", 0.002, aim_ratio=20.0, note="not installed").met is None


def test_works_take_turns_after_one_warm_up() -> None:
    """Each work moves a clock of its own making: the first by 1 s, then 3, 2, 7; the other by 10 s each time."""
    now, done = [0.0], []
    steps = iter([1.0, 3.0, 2.0, 7.0])

    def work(name: str, step: float | None) -> None:
        done.append(name)
        now[0] += next(steps) if step is None else step

    works = {"a": lambda: work("a", None), "b": lambda: work("b", 10.0)}
    assert interleaved(works, 3, clock=lambda: now[0]) == {"a": 3.0, "b": 10.0}
    assert done == ["a", "b"] * 4
    steps = iter([1.0, 3.0, 2.0, 7.0])
    assert best(works["a"], 3, clock=lambda: now[0]) == 2.0


def test_halves_must_give_the_whole() -> None:
    """first - last adds up over halves; first * last does not: 0 for the whole, n / 2 times n for its halves."""
    one, two = on_two_processes(operator.sub, 6)
    assert one > 0.0 and two > 0.0
    with pytest.raises(AnnulusError, match="two processes must give what one gives"):
        on_two_processes(operator.mul, 6)


def test_growth_of_a_power() -> None:
    sizes = [10.0, 40.0, 90.0]
    seconds = [3.0 * size**1.5 for size in sizes]
    assert growth_exponent(sizes, seconds) == pytest.approx(1.5)
    assert growth_note("nodes", sizes, seconds) == "grows with the nodes to the power 1.50"
    assert growth_note("nodes", sizes, seconds[:2]) == growth_note("nodes", sizes[:1], seconds[:1]) == ""


def test_operations_of_a_factor_in_tiles() -> None:
    """Counted one product of tiles after the other; of a full matrix of n unknowns they come to n^3 / 3 and less."""
    generator = np.random.default_rng(3)
    blocks = 96
    first = np.array([generator.integers(0, i + 1) for i in range(blocks)])
    for begins in (first, np.zeros(blocks, dtype=np.int64)):
        low, base, size = envelope(begins)
        products = 0
        for i in range(len(low)):
            for j in range(low[i], i):
                products += len(range(max(low[i], low[j]), j)) + 1
            products += len(range(low[i], i))
        counted = _factor_operations(Envelope(np.empty((size, TILE)), low, base))
        assert counted == pytest.approx(2.0 * TILE**3 * (products + len(low) / 3.0))
    n = 3 * blocks
    assert n**3 / 3.0 < counted < (n + 2 * TILE) ** 3 / 3.0


def test_operations_of_a_band() -> None:
    """A band of h entries below the diagonal takes h^2 operations a column and more, and each is stored once."""
    matrix = cinch_problem(Resolution(24, 20)).space.hessian
    operations, moved = _step_work(matrix)
    below = 3.0 * np.asarray(matrix.height, dtype=np.float64)
    assert operations > 3.0 * (below**2).sum()
    assert moved > 6.0 * 8.0 * 3.0 * below.sum()


def test_nodes_are_shared_as_at_the_working_resolution() -> None:
    for size in SIZES:
        own = resolution_of(size)
        assert own.n_annulus + own.n_vein == size
        assert own.n_annulus / size == pytest.approx(96 / 180, abs=1.0 / size)


def test_plain_measures_are_the_same_measures() -> None:
    """The baseline does the same work: its spline is the same, its sampling leaves 0.1 %."""
    exact = measure_annulus(saddle(128), minimal_surface=False).to_dict()
    for key, value in plain_measures(saddle(128)).items():
        assert value == pytest.approx(exact[key], rel=1e-3), key


def test_general_tools_find_the_same_equilibrium() -> None:
    problem = cinch_problem(Resolution(24, 20))
    own = problem.newton()
    other = problem.newton_sparse(problem.sparse_pattern())
    np.testing.assert_allclose(other.positions, own.positions, atol=1e-6)


def test_unknown_bench_is_refused() -> None:
    with pytest.raises(InputError, match="only must name benches; got 'speed': one of start, measures"):
        run_benches(only=("speed",))


def test_json_holds_the_rows_of_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bench.json"
    with pytest.raises(SystemExit) as leave:
        main(["bench", "--quick", "--only", "measures", "--only", "start", "--json", str(file)])
    assert leave.value.code == 0
    shown = capsys.readouterr().out
    report = json.loads(file.read_text(encoding="utf-8"))
    assert report["schema"] == "annulus.bench/2" and report["quick"] is True
    assert {row["bench"] for row in report["rows"]} == {"measures", "start"}
    for row in report["rows"]:
        assert row["work"] in shown
        assert row["seconds"] > 0.0
        if row["baseline"]:
            assert row["ratio"] == pytest.approx(row["baseline_seconds"] / row["seconds"])
    # Of a process, which bare Python's is part of.
    assert next(row for row in report["rows"] if row["work"].startswith("annulus --help"))["ratio"] < 1.0


def test_no_module_names_files_of_the_repository() -> None:
    """No path from where the module lies, and no other part of the package that only the repository has."""
    folder = Path(annulus.bench.__file__).parent
    for module in sorted(folder.glob("*.py")):
        tree = ast.parse(module.read_text(encoding="utf-8"))
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert not names & {"__file__", "open", "Path"}, module.name
        roots = {
            name.split(".")[0]
            for node in ast.walk(tree)
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        }
        assert roots <= {*sys.stdlib_module_names, "annulus", "numpy", "scipy"}, module.name


@pytest.mark.slow
def test_command_runs_without_the_repository(tmp_path: Path, repository: Path) -> None:
    """From another folder, every bench in small: nothing is opened in the repository but the package's own files."""
    watch = f"""
import sys
allowed = tuple(f"{repository}/{{name}}/" for name in ("src/annulus", ".numba-cache", ".venv"))
def hook(event, details):
    if event == "open" and isinstance(details[0], str) and details[0].startswith("{repository}/"):
        if not details[0].startswith(allowed):
            print("OPENED", details[0], file=sys.stderr)
sys.addaudithook(hook)
from annulus.cli import main
main(["bench", "--quick", "--json", "-"])
"""
    done = subprocess.run(
        [sys.executable, "-c", watch],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "OPENED" not in done.stderr
    report = json.loads(done.stdout)
    assert {row["bench"] for row in report["rows"]} == set(BENCHES)
    assert all(math.isfinite(row["seconds"]) for row in report["rows"])
    assert list(tmp_path.iterdir()) == []

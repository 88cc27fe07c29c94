"""How fast the cinching equilibrium is, against general tools, the nodes and the machine's own limits.

Every ratio is of two times taken in turn in the same run, as medians: on a shared machine a single time says little.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from multiprocessing import get_context
from time import perf_counter

import numpy as np

from annulus.anatomy import Case, trigone_positions
from annulus.anatomy.parametric import preset
from annulus.errors import AnnulusError
from annulus.kernels.banded import Matrix
from annulus.mechanics.network import Cinch, CinchModel, Landing, Resolution
from annulus.verification._baselines import CinchProblem, sparse_step
from annulus.verification._repeats import axpy, copies, moves, steps, tangents

__all__ = ["SIZES", "Floor", "GrowthRow", "SpeedReport", "floor", "growth", "interleaved", "speed_report"]

SIZES = (64, 128, 256, 512, 1024)
"""Nodes of annulus and vein together."""

RIBBON_MM = 60.0
DISTAL_MM = 90.0
PLICATION_MM = 10.0
LBFGS_TOLERANCE_N = 1.0e-4

_REPEATS = 20


@dataclass(frozen=True, slots=True)
class Floor:
    """Lower bound of one factorisation with its two solves, from operations and bytes over measured rates."""

    flops: float
    bytes: float
    gflops_dgemm: float
    gflops_axpy: float
    gbytes_per_s: float
    measured_us: float

    @property
    def flops_us(self) -> float:
        """Operations over the rate of an axpy loop in the first cache [us], the kind of loop the kernel runs."""
        return 1e-3 * self.flops / self.gflops_axpy

    @property
    def dgemm_us(self) -> float:
        """Operations over the rate of a matrix product [us]."""
        return 1e-3 * self.flops / self.gflops_dgemm

    @property
    def bytes_us(self) -> float:
        """Bytes over the bandwidth of the cache that holds the matrix [us]."""
        return 1e-3 * self.bytes / self.gbytes_per_s


@dataclass(frozen=True, slots=True)
class GrowthRow:
    """One size: nodes, iterations, one cold solve, SciPy's in the same Newton, linear steps alone [ms]."""

    n_nodes: int
    iterations: int
    cold_ms: float
    step_us: float
    sparse_ms: float
    sparse_step_us: float

    @property
    def ratio(self) -> float:
        """Whole solves."""
        return self.sparse_ms / self.cold_ms

    @property
    def step_ratio(self) -> float:
        """Factorisation and solves alone."""
        return self.sparse_step_us / self.step_us


@dataclass(frozen=True, slots=True)
class SpeedReport:
    """All figures; times in ms unless the name says otherwise, None where something is missing on this machine."""

    n_nodes: int
    iterations: int
    kernel_ms: float
    cold_ms: float
    build_ms: float
    tangent_us: float
    tangent_limp_us: float
    path_state_ms: float
    batch_one_ms: float
    batch_two_ms: float
    batch_size: int
    sparse_ms: float
    sparse_difference_mm: float
    lbfgs_ms: float
    lbfgs_free_ms: float
    lbfgs_residual_n: float
    lbfgs_iterations: int
    lbfgs_difference_mm: float
    calculix_ms: float | None
    calculix_own_ms: float | None
    calculix_note: str
    help_s: float
    growth: tuple[GrowthRow, ...]
    exponent: float
    floor: Floor

    def to_dict(self) -> dict[str, object]:
        """Plain dictionary, fit for JSON."""
        return {"schema": "annulus.bench/1", **asdict(self)}


def interleaved(works: Sequence[Callable[[], object]], rounds: int, *, best: bool = False) -> list[float]:
    """Median (or best) seconds of each piece of work, all of them once per round, after one warm-up each."""
    for work in works:
        work()
    times = np.empty((rounds, len(works)))
    for row in times:
        for i, work in enumerate(works):
            started = perf_counter()
            work()
            row[i] = perf_counter() - started
    return [float(value) for value in (times.min(axis=0) if best else np.median(times, axis=0))]


def growth(sizes: Sequence[int] = SIZES, *, rounds: int = 15) -> tuple[tuple[GrowthRow, ...], float]:
    """Solves of growing size, and the exponent of the time of one linear step in the number of nodes."""
    rows = []
    for size in sizes:
        n_annulus = max(round(size * 96 / 180), 12)
        problem = _problem(Resolution(n_annulus, size - n_annulus))
        pattern = problem.sparse_pattern()
        cold, sparse = interleaved([problem.newton, lambda p=problem, q=pattern: p.newton_sparse(q)], rounds)
        own_step, sparse_step_s = _linear_steps(problem, rounds)
        iterations = problem.newton().iterations
        rows.append(GrowthRow(size, iterations, 1e3 * cold, 1e6 * own_step, 1e3 * sparse, 1e6 * sparse_step_s))
    nodes = np.log([row.n_nodes for row in rows])
    slope = float(np.polyfit(nodes, np.log([row.step_us for row in rows]), 1)[0]) if len(rows) > 1 else float("nan")
    return tuple(rows), slope


def floor(*, rounds: int = 15) -> Floor:
    """Floor of the linear step at the working resolution."""
    problem = _problem(Resolution())
    hessian = problem.space.hessian
    flops, traffic = _operations(hessian)
    a, b = np.random.default_rng(0).normal(size=(2, 384, 384))
    x, y = np.ones(1024), np.ones(1024)
    # As large as the matrix, so that it stays in the same cache.
    stored = np.ones(hessian.band.size + hessian.border.size)
    target = np.empty_like(stored)
    # What the machine can do is its best round.
    product, added, copied = interleaved(
        [lambda: a @ b, lambda: axpy(2000, 1e-9, x, y), lambda: moves(100, stored, target)], rounds, best=True
    )
    own, _ = _linear_steps(problem, rounds)
    rates = (2e-9 * 384**3 / product, 2e-9 * 2000 * 1024 / added, 2e-7 * stored.nbytes / copied)
    return Floor(flops, traffic, *rates, 1e6 * own)


def speed_report(*, rounds: int = 15, batch: int = 1000, sizes: Sequence[int] = SIZES) -> SpeedReport:
    """Measure everything; `rounds` repetitions each, a batch of `batch` solves."""
    problem = _problem(Resolution())
    model, landing = problem.model, _landing(problem.model)
    pattern = problem.sparse_pattern()
    case = preset_case()
    cinch = Cinch.by_plication(model, landing, RIBBON_MM)
    own, cold, built, path, sparse = interleaved(
        [
            problem.newton,
            lambda: model.lock(landing, RIBBON_MM),
            lambda: _model(case, Resolution()).network,
            lambda: cinch.load_path(20),
            lambda: problem.newton_sparse(pattern),
        ],
        rounds,
    )
    reference = problem.newton()
    # So slow that one run is enough; the package's own time is taken again around it.
    before, evaluation = interleaved([problem.newton, lambda: problem.evaluate(problem.reference)], rounds)
    started = perf_counter()
    found = problem.lbfgs(LBFGS_TOLERANCE_N)
    lbfgs = perf_counter() - started
    (after,) = interleaved([problem.newton], rounds)
    other = problem.newton_sparse(pattern)
    scale = own / (0.5 * (before + after))
    limp = model.network
    tangent, tangent_limp = interleaved(
        [
            partial(tangents, _REPEATS, network, problem.cable, problem.law, reference.positions, problem.space)
            for network in (problem.network, limp)
        ],
        rounds,
    )
    one, two = _batch_times(batch)
    code_ms, code_own_ms, note = _calculix()
    rows, exponent = growth(sizes, rounds=rounds)
    return SpeedReport(
        n_nodes=model.strip.n_nodes,
        iterations=reference.iterations,
        kernel_ms=1e3 * own,
        cold_ms=1e3 * cold,
        build_ms=1e3 * built,
        tangent_us=1e6 * tangent / _REPEATS,
        tangent_limp_us=1e6 * tangent_limp / _REPEATS,
        path_state_ms=1e3 * path / 20.0,
        batch_one_ms=1e3 * one,
        batch_two_ms=1e3 * two,
        batch_size=batch,
        sparse_ms=1e3 * sparse,
        sparse_difference_mm=float(np.abs(other.positions - reference.positions).max()),
        lbfgs_ms=1e3 * lbfgs * scale,
        lbfgs_free_ms=1e3 * max(lbfgs - found.evaluations * evaluation, 0.0) * scale,
        lbfgs_residual_n=found.residual_n,
        lbfgs_iterations=found.iterations,
        lbfgs_difference_mm=float(np.abs(found.positions - reference.positions).max()),
        calculix_ms=code_ms,
        calculix_own_ms=code_own_ms,
        calculix_note=note,
        help_s=_help_seconds(max(rounds // 3, 1)),
        growth=rows,
        exponent=exponent,
        floor=floor(rounds=rounds),
    )


@cache
def preset_case() -> Case:
    """The FMR preset; without its artery, whose nodes would come on top of those counted."""
    return replace(preset("fmr"), arteries=())


def _model(case: Case, resolution: Resolution) -> CinchModel:
    places, _ = trigone_positions(case.annulus)
    return CinchModel.from_case(case, trigones=case.annulus.loop.at(places), resolution=resolution)


def _landing(model: CinchModel) -> Landing:
    return Landing(DISTAL_MM, model.proximal_end(DISTAL_MM, RIBBON_MM + PLICATION_MM))


@cache
def _problem(resolution: Resolution) -> CinchProblem:
    model = _model(preset_case(), resolution)
    return CinchProblem(model, _landing(model), RIBBON_MM)


def _linear_steps(problem: CinchProblem, rounds: int) -> tuple[float, float]:
    """Seconds of one factorisation with its two solves, here and by SuperLU; filling the matrix is not counted."""
    solved = problem.newton().positions
    pattern = problem.sparse_pattern()
    _, gradient, along, (_, stiffness) = problem.evaluate(solved)
    gradient, along = gradient.copy(), along.copy()
    hessian = pattern.filled(problem.space.hessian)
    full = problem.space.hessian
    source = Matrix(full.band.copy(), full.border.copy(), full.corner.copy(), full.height)
    work = partial(
        steps, _REPEATS, source, problem.space.hessian, along, stiffness, gradient, np.zeros((3, *along.shape))
    )
    copying = partial(copies, _REPEATS, source, problem.space.hessian)
    own, copied, sparse = interleaved([work, copying, lambda: sparse_step(hessian, gradient, along, stiffness)], rounds)
    return (own - copied) / _REPEATS, sparse


def _operations(matrix: Matrix) -> tuple[float, float]:
    """Floating-point operations of one factorisation and two solves, and bytes of one read and one write of both."""
    below = 3.0 * matrix.height
    m = float(matrix.corner.shape[0])
    factor = np.sum(3.0 * below**2 + 6.0 * below * m + 3.0 * m**2) + m**3 / 3.0
    solve = 4.0 * np.sum(3.0 * (below + m + 1.5)) + 2.0 * m**2
    stored = 8.0 * (np.sum(3.0 * (below + 3.0 + m)) + m**2)
    return float(factor + 2.0 * solve), float(6.0 * stored)


def _batch(first: int, last: int) -> float:
    """Locked states at plications of 2 to 15 mm; the sum of their tensions [N]."""
    problem = _problem(Resolution())
    model, landing = problem.model, _landing(problem.model)
    path = model.slack_free_path(landing)
    plications = np.random.default_rng(3).uniform(2.0, 15.0, size=last)[first:]
    return sum(model.lock(landing, path - float(plication)).tension_n for plication in plications)


def _batch_times(n: int) -> tuple[float, float]:
    """Seconds of n cold solves in this process and, in two warm worker processes, of the same."""
    _batch(0, 2)
    started = perf_counter()
    alone = _batch(0, n)
    one = perf_counter() - started
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        # Both workers build the model and load the kernels before the clock runs.
        list(pool.map(_batch, [0] * 8, [2] * 8))
        started = perf_counter()
        together = sum(pool.map(_batch, [0, n // 2], [n // 2, n]))
        two = perf_counter() - started
    if abs(together - alone) > 1e-6 * abs(alone):
        raise AnnulusError("two processes gave other tensions than one: the batch is not reproducible.")
    return one, two


def _calculix() -> tuple[float | None, float | None, str]:
    """CalculiX on the network's variant of 64 annulus nodes and this package's solve of the same [ms]."""
    try:
        from annulus.verification._calculix import calculix_run

        run = calculix_run(64)
    except (ImportError, AnnulusError) as error:
        return None, None, str(error)
    note = f"variant of free rods, largest difference {100.0 * run.difference:.1f} % of the largest displacement"
    return 1e3 * run.other_seconds, 1e3 * run.own_seconds, note


def _help_seconds(rounds: int) -> float:
    """Cold `annulus --help`."""
    command = [sys.executable, "-c", "from annulus.cli import main; main(['--help'])"]
    times = []
    for _ in range(rounds):
        started = perf_counter()
        subprocess.run(command, capture_output=True, check=True, env=dict(os.environ))
        times.append(perf_counter() - started)
    return float(np.median(times))

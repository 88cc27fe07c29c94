"""The linear step of a Newton iteration, one factorisation with its two solves: here, by SuperLU, and its floor."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from annulus.bench._cinch_problem import CinchProblem, sparse_step
from annulus.bench._hearts import cinch_problem
from annulus.bench._rates import machine_rates
from annulus.bench._repeats import copies, steps
from annulus.bench._row import BenchRow
from annulus.bench._timing import growth_note, interleaved
from annulus.kernels.banded import Matrix
from annulus.mechanics.network import Resolution

__all__ = ["SIZES", "growth_rows", "resolution_of", "step_row"]

SIZES = (64, 128, 256, 512, 1024)
"""Nodes of annulus and vein together."""

STEP_AIM_RATIO = 20.0

_REPEATS = 20
_SUPERLU = "SciPy's SuperLU"
_STEP = "factorisation and two solves, once"


def step_row(problem: CinchProblem, rounds: int) -> BenchRow:
    """The linear step at the working resolution, with its floor."""
    matrix = problem.space.hessian
    own, sparse = _linear_steps(problem, rounds)
    operations, moved = _step_work(matrix)
    rates = machine_rates(matrix.band.size + matrix.border.size, rounds)
    product_us = 1e-3 * operations / rates.product_gflops
    return BenchRow(
        _STEP,
        own,
        _SUPERLU,
        sparse,
        aim_ratio=STEP_AIM_RATIO,
        floor_seconds=rates.loop_seconds(operations, moved),
        part=True,
        note=(
            f"floor: {1e-6 * operations:.2f} Mflop at an axpy's {rates.axpy_gflops:.0f} Gflop/s or "
            f"{1e-6 * moved:.2f} MB at {rates.copy_gbytes:.0f} GB/s; "
            f"{product_us:.0f} us at a matrix product's {rates.product_gflops:.0f} Gflop/s"
        ),
    )


def growth_rows(sizes: Sequence[int] = SIZES, *, rounds: int = 15) -> tuple[BenchRow, ...]:
    """Equilibria of growing size and their linear steps, against SuperLU in the same Newton."""
    rows: list[BenchRow] = []
    step_seconds: list[float] = []
    for size in sizes:
        problem = cinch_problem(resolution_of(size))
        pattern = problem.sparse_pattern()
        times = interleaved({"own": problem.newton, "sparse": partial(problem.newton_sparse, pattern)}, rounds)
        step, sparse_step_seconds = _linear_steps(problem, rounds)
        step_seconds.append(step)
        work = f"one equilibrium, {size} nodes, {problem.newton().iterations} iterations"
        rows.append(BenchRow(work, times["own"], f"same Newton with {_SUPERLU}", times["sparse"]))
        note = growth_note("nodes", sizes, step_seconds)
        rows.append(BenchRow(_STEP, step, _SUPERLU, sparse_step_seconds, part=True, note=note))
    return tuple(rows)


def resolution_of(size: int) -> Resolution:
    """So many nodes, shared between annulus and vein as at the working resolution."""
    n_annulus = max(round(size * 96 / 180), 12)
    return Resolution(n_annulus, size - n_annulus)


def _linear_steps(problem: CinchProblem, rounds: int) -> tuple[float, float]:
    """Seconds of one factorisation with its two solves, here and by SuperLU; filling the matrix is not counted."""
    solved = problem.newton().positions
    pattern = problem.sparse_pattern()
    _, gradient, along, (_, stiffness) = problem.evaluate(solved)
    gradient, along = gradient.copy(), along.copy()
    full = problem.space.hessian
    hessian = pattern.filled(full)
    source = Matrix(full.band.copy(), full.border.copy(), full.corner.copy(), full.height)
    times = interleaved(
        {
            "own": partial(steps, _REPEATS, source, full, along, stiffness, gradient, np.zeros((3, *along.shape))),
            "copying": partial(copies, _REPEATS, source, full),
            "sparse": partial(sparse_step, hessian, gradient, along, stiffness),
        },
        rounds,
    )
    return (times["own"] - times["copying"]) / _REPEATS, times["sparse"]


def _step_work(matrix: Matrix) -> tuple[float, float]:
    """Floating-point operations of one factorisation and two solves, and bytes of one read and one write of both."""
    below = 3.0 * matrix.height
    m = float(matrix.corner.shape[0])
    factor = np.sum(3.0 * below**2 + 6.0 * below * m + 3.0 * m**2) + m**3 / 3.0
    solve = 4.0 * np.sum(3.0 * (below + m + 1.5)) + 2.0 * m**2
    stored = 8.0 * (np.sum(3.0 * (below + 3.0 + m)) + m**2)
    return float(factor + 2.0 * solve), float(6.0 * stored)

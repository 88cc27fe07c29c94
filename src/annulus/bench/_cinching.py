"""The cinching equilibrium: one solve, its parts, many of them, and the same by general tools."""

from __future__ import annotations

from functools import partial
from time import perf_counter

import numpy as np

from annulus.bench._cinch_problem import CinchProblem
from annulus.bench._hearts import PLICATION_MM, RIBBON_MM, bare_case, cinch_landing, cinch_model, cinch_problem
from annulus.bench._linear_step import step_row
from annulus.bench._repeats import tangents
from annulus.bench._row import BenchRow
from annulus.bench._timing import interleaved, on_two_processes
from annulus.errors import AnnulusError
from annulus.io._calculix import TENSION_N, CinchVariant, calculix_displacements
from annulus.kernels.laws import CableLaw
from annulus.mechanics.network import Cinch, Resolution

__all__ = ["LBFGS_TOLERANCE_N", "cinch_rows"]

COLD_AIM_S, WARM_AIM_S = 0.4e-3, 0.2e-3
LBFGS_AIM_RATIO = 1000.0
LBFGS_TOLERANCE_N = 1.0e-4

_REPEATS = 20
_CALCULIX_NODES = 64


def cinch_rows(*, rounds: int = 15, batch: int = 1000) -> tuple[BenchRow, ...]:
    """One equilibrium and what is compared with it; `rounds` repetitions each, a batch of `batch` solves."""
    problem = cinch_problem(Resolution())
    model = problem.model
    landing = cinch_landing(model)
    pattern = problem.sparse_pattern()
    cinch = Cinch.by_plication(model, landing, RIBBON_MM)
    times = interleaved(
        {
            "own": problem.newton,
            "python": partial(model.lock, landing, RIBBON_MM),
            "model": lambda: cinch_model(bare_case(), Resolution()).network,
            "path": partial(cinch.load_path, 20),
            "sparse": partial(problem.newton_sparse, pattern),
        },
        rounds,
    )
    solved = problem.newton()
    apart = float(np.abs(problem.newton_sparse(pattern).positions - solved.positions).max())
    one, two = on_two_processes(_tensions, batch)
    work = f"one equilibrium, {model.strip.n_nodes} nodes, {PLICATION_MM:g} mm of plication"
    return (
        BenchRow(
            work,
            times["own"],
            "same Newton, SciPy's SuperLU",
            times["sparse"],
            aim_seconds=COLD_AIM_S,
            note=f"{solved.iterations} iterations; results differ by {apart:.0e} mm",
        ),
        _tangent_row(problem, rounds),
        step_row(problem, rounds),
        _lbfgs_row(problem, work, rounds),
        BenchRow("the same through the Python interface", times["python"]),
        BenchRow("building its model from the case", times["model"], "one equilibrium by Python", times["python"]),
        BenchRow("one state of a path of 20, warm-started", times["path"] / 20.0, aim_seconds=WARM_AIM_S),
        BenchRow(f"{batch} equilibria on two processes", two, "on one process", one),
        _calculix_row(rounds),
    )


def _tangent_row(problem: CinchProblem, rounds: int) -> BenchRow:
    x = problem.newton().positions
    networks = {"with": problem.network, "without": problem.model.network}
    times = interleaved(
        {
            name: partial(tangents, _REPEATS, network, problem.cable, problem.law, x, problem.space)
            for name, network in networks.items()
        },
        rounds,
    )
    note = f"{1e6 * times['without'] / _REPEATS:.0f} us without the ribbon's bending"
    return BenchRow("energy, gradient and Hessian, once", times["with"] / _REPEATS, part=True, note=note)


def _lbfgs_row(problem: CinchProblem, work: str, rounds: int) -> BenchRow:
    # L-BFGS is so slow that one run is enough; the package's own time is taken again around it.
    before = interleaved({"own": problem.newton, "energy": lambda: problem.evaluate(problem.reference)}, rounds)
    started = perf_counter()
    found = problem.lbfgs(LBFGS_TOLERANCE_N)
    lbfgs = perf_counter() - started
    after = interleaved({"own": problem.newton}, rounds)
    own = 0.5 * (before["own"] + after["own"])
    apart = float(np.abs(found.positions - problem.newton().positions).max())
    free = max(lbfgs - found.evaluations * before["energy"], 0.0)
    return BenchRow(
        work,
        own,
        "SciPy's L-BFGS",
        lbfgs,
        aim_ratio=LBFGS_AIM_RATIO,
        note=(
            f"{found.iterations} iterations, {found.residual_n:.0e} N left, differs by {apart:.0e} mm; "
            f"ratio {free / own:.0f} if its energies and gradients cost nothing"
        ),
    )


def _calculix_row(rounds: int) -> BenchRow:
    """The network's variant of standard elements, here and by CalculiX."""
    variant = CinchVariant(_CALCULIX_NODES)
    network, law = variant.network(), CableLaw(TENSION_N, 0.0, 0.0)
    seconds = interleaved({"own": lambda: network.solve(law)}, rounds)["own"]
    work = f"variant of free rods, {_CALCULIX_NODES} annulus nodes"
    try:
        other, process = calculix_displacements(variant.deck(tension_n=TENSION_N), len(variant.points))
    except AnnulusError as error:
        return BenchRow(work, seconds, note=str(error))
    moved = network.solve(law).checked().positions - variant.points
    apart = float(np.linalg.norm(moved - other, axis=1).max() / np.linalg.norm(moved, axis=1).max())
    note = f"largest difference {100.0 * apart:.1f} % of the largest displacement"
    return BenchRow(work, seconds, "CalculiX, the whole process", process, note=note)


def _tensions(first: int, last: int) -> float:
    """Locked states at plications of 2 to 15 mm; the sum of their tensions [N]."""
    model = cinch_problem(Resolution()).model
    landing = cinch_landing(model)
    path = model.slack_free_path(landing)
    plications = np.random.default_rng(3).uniform(2.0, 15.0, size=last)[first:]
    return sum(model.lock(landing, path - float(plication)).tension_n for plication in plications)

"""The cinching equilibrium by general tools gives the same answer: SciPy's sparse Newton and L-BFGS.

`annulus bench` prints the ratios of their times.
"""

from __future__ import annotations

import numpy as np
import pytest

from annulus.bench import interleaved
from annulus.bench._cinching import LBFGS_TOLERANCE_N
from annulus.bench._hearts import cinch_problem
from annulus.bench._linear_step import SIZES, resolution_of
from annulus.mechanics.network import Resolution


@pytest.mark.parametrize(
    "size", [pytest.param(SIZES[0], id="64"), *(pytest.param(size, id=f"large-{size}") for size in SIZES)]
)
def test_same_newton_with_superlu(benchmark, size: int) -> None:
    problem = cinch_problem(resolution_of(size))
    own = benchmark(problem.newton)
    other = problem.newton_sparse(problem.sparse_pattern())
    benchmark.extra_info.update(iterations=own.iterations)
    np.testing.assert_allclose(other.positions, own.positions, atol=1e-6)


@pytest.mark.parametrize("rounds", [pytest.param(1, id="small"), pytest.param(3, id="large")])
def test_lbfgs(benchmark, rounds: int) -> None:
    problem = cinch_problem(Resolution() if rounds > 1 else Resolution(24, 20))
    own = interleaved({"own": problem.newton}, rounds)["own"]
    found = benchmark.pedantic(problem.lbfgs, args=(LBFGS_TOLERANCE_N,), rounds=rounds)
    if benchmark.stats:
        benchmark.extra_info.update(ratio_to_ours=benchmark.stats.stats.median / own, residual_n=found.residual_n)
    np.testing.assert_allclose(found.positions, problem.newton().positions, atol=0.05)

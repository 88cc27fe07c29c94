"""The cinching equilibrium against SciPy's sparse Newton and L-BFGS, growing sizes, and its floor.

`annulus bench` prints the same figures as one table.
"""

from __future__ import annotations

import numpy as np
import pytest

from annulus.mechanics.network import Resolution
from annulus.verification import speed
from annulus.verification.speed import SIZES, floor, growth, interleaved, speed_report

SMALL = pytest.param(SIZES[0], 2, id="64")
LARGE = [pytest.param(size, 15, id=f"large-{size}") for size in SIZES]


@pytest.mark.parametrize(("size", "rounds"), [SMALL, *LARGE])
def test_same_newton_with_superlu(benchmark, size: int, rounds: int) -> None:
    (row,), _ = growth((size,), rounds=rounds)
    n_annulus = round(size * 96 / 180)
    problem = speed._problem(Resolution(n_annulus, size - n_annulus))
    own = benchmark(problem.newton)
    other = problem.newton_sparse(problem.sparse_pattern())
    benchmark.extra_info.update(ratio_to_superlu=row.ratio, ratio_of_steps=row.step_ratio, iterations=own.iterations)
    print(f"\n{size} nodes: SuperLU / ours {row.ratio:.1f} whole, {row.step_ratio:.1f} for the linear steps")
    np.testing.assert_allclose(other.positions, own.positions, atol=1e-6)


@pytest.mark.parametrize("rounds", [pytest.param(1, id="small"), pytest.param(3, id="large")])
def test_lbfgs(benchmark, rounds: int) -> None:
    problem = speed._problem(Resolution() if rounds > 1 else Resolution(24, 20))
    own, theirs = interleaved([problem.newton, lambda: problem.lbfgs(1e-4)], rounds)
    found = benchmark.pedantic(problem.lbfgs, args=(1e-4,), rounds=rounds)
    benchmark.extra_info.update(ratio_to_ours=theirs / own, residual_n=found.residual_n)
    print(f"\nL-BFGS / ours {theirs / own:.0f}, {found.iterations} iterations, {found.residual_n:.0e} N left")
    np.testing.assert_allclose(found.positions, problem.newton().positions, atol=0.05)


@pytest.mark.parametrize("rounds", [pytest.param(2, id="small"), pytest.param(15, id="large")])
def test_floor(benchmark, rounds: int) -> None:
    found = benchmark.pedantic(floor, kwargs={"rounds": rounds}, rounds=1)
    share = found.measured_us / max(found.flops_us, found.bytes_us)
    benchmark.extra_info.update(ratio_to_floor=share)
    print(f"\nlinear step {found.measured_us:.0f} us, {share:.1f} times its floor")
    assert found.flops > 0.0 and found.gflops_dgemm > 0.0


def test_report_large(benchmark) -> None:
    report = benchmark.pedantic(speed_report, rounds=1)
    print(f"\n{report}")
    assert report.sparse_difference_mm < 1e-6

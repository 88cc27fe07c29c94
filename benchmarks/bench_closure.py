"""Full closure beyond the rows of `annulus bench`: a large mesh, another method on growing ones, and the references'
recorded process times.
"""

from __future__ import annotations

import numpy as np
import pytest

from annulus.bench._closing import growth_of_closing
from annulus.bench._hearts import fmr_valve
from annulus.bench._relaxation import relaxed
from annulus.mechanics.valve import ClosureOptions, LeafletMaterial, close_valve
from reference_valves import reference_valve

RECORDED_CPU_S = {"caseA_nocontact": 68.0, "caseA": 418.0, "caseB": 368.0}
"""FEBio 4.11, one thread, on the same meshes; its settings were not tuned for speed (see the references' README)."""


@pytest.mark.parametrize("mesh", [pytest.param((24, 3), id="small"), pytest.param((176, 28), id="large-9856")])
def test_growth_beyond_the_rows(benchmark, mesh: tuple[int, int]) -> None:
    (row,) = benchmark.pedantic(growth_of_closing, args=((mesh,),), kwargs={"rounds": 1}, rounds=1)
    print(f"\n{row.work}: {row.seconds:.2f} s, {row.note}")
    assert "did not converge" not in row.note


@pytest.mark.parametrize(
    "mesh",
    [pytest.param((20, 3), id="small"), pytest.param((40, 6), id="large-480"), pytest.param((80, 10), id="large-1600")],
)
def test_dynamic_relaxation(benchmark, mesh: tuple[int, int]) -> None:
    valve = fmr_valve(*mesh)
    points, steps = benchmark.pedantic(relaxed, args=(valve,), kwargs={"pressure_mmhg": 100.0}, rounds=1)
    own = close_valve(valve, options=ClosureOptions(multilevel=False))
    print(f"\n{steps} steps, {np.abs(points - own.points).max():.3f} mm from Newton's, {own.iterations} iterations")


@pytest.mark.parametrize("case", [pytest.param(case, id=f"large-{case}") for case in RECORDED_CPU_S])
def test_against_recorded_times(benchmark, case: str) -> None:
    valve = reference_valve(case).valve
    # As the references have it: leaflets of one thickness that bend by their law, under pressure all over.
    options = ClosureOptions(contact=case != "caseA_nocontact", thinning=False, seal=False)
    how = {"material": LeafletMaterial(bending_factor=1.0), "options": options}
    close_valve(valve, **how)
    solution = benchmark.pedantic(close_valve, args=(valve,), kwargs=how, rounds=3)
    ratio = RECORDED_CPU_S[case] / benchmark.stats.stats.min if benchmark.stats else float("nan")
    benchmark.extra_info.update(ratio_to_recorded=ratio)
    print(f"\n{case}: {ratio:.0f} times the recorded run's speed")
    assert solution.converged

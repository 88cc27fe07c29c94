"""The fast closure per call and per 10,000 calls, its growth with the mesh, and its ratio to the full closure."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import pytest

from annulus.anatomy.parametric import preset
from annulus.anatomy.valve import Valve, valve_of_case
from annulus.mechanics.valve import close_valve, fast_closure
from annulus.outcomes import anatomic_orifice, closure_measures

MESHES = ((40, 5), (80, 10), (160, 20))
PARAMS = [
    pytest.param(MESHES[0], id="400"),
    *(pytest.param(mesh, id=f"large-{2 * mesh[0] * mesh[1]}") for mesh in MESHES),
]


def fmr(mesh: tuple[int, int]) -> Valve:
    return valve_of_case(preset("fmr"), n_columns=mesh[0], n_rows=mesh[1])[0]


@pytest.mark.parametrize("mesh", PARAMS)
def test_one_call(benchmark, mesh: tuple[int, int]) -> None:
    valve = fmr(mesh)
    hinge, tips = valve.surface.points[valve.hinge], valve.tips
    found = benchmark(lambda: fast_closure(valve, pressure_mmhg=100.0, hinge=hinge, tips=tips))
    benchmark.extra_info.update(triangles=len(valve.surface.triangles))
    assert np.isfinite(list(found.measures.values())).all()


@pytest.mark.parametrize("calls", [pytest.param(20, id="20"), pytest.param(10000, id="large-10000")])
def test_many_calls(benchmark, calls: int) -> None:
    """Each with other tips and chordae, as the fit makes them."""
    valve = fmr((80, 10))
    generator = np.random.default_rng(1)
    moves = generator.normal(scale=2.0, size=(calls, 2, 3))
    slack = generator.normal(scale=1.5, size=calls)

    def run() -> float:
        lengths = valve.chordae.length_mm
        return sum(
            fast_closure(valve, tips=valve.tips + move, chordae_length_mm=lengths + more).roa_mm2
            for move, more in zip(moves, slack, strict=True)
        )

    total = benchmark.pedantic(run, rounds=1, warmup_rounds=0)
    benchmark.extra_info.update(calls=calls)
    assert total >= 0.0


@pytest.mark.parametrize("mesh", [pytest.param((24, 3), id="144"), pytest.param((80, 10), id="large-1600")])
def test_against_the_full_closure(benchmark, mesh: tuple[int, int]) -> None:
    """Ratio of times at unequal error: what the fast one gives up is in docs/closure_fast.md."""
    valve = fmr(mesh)
    fast_closure(valve)
    fast = benchmark(lambda: fast_closure(valve, pressure_mmhg=100.0))
    started = perf_counter()
    calls = 50
    for _ in range(calls):
        fast_closure(valve, pressure_mmhg=100.0)
    own = (perf_counter() - started) / calls
    close_valve(valve, pressure_mmhg=100.0)
    started = perf_counter()
    closed = close_valve(valve, pressure_mmhg=100.0)
    full, orifice = closure_measures(valve, closed.points), anatomic_orifice(valve, closed.points)
    theirs = perf_counter() - started
    benchmark.extra_info.update(ratio_to_full=theirs / own)
    print(
        f"\nfull / fast {theirs / own:.0f}; orifice {orifice.area_mm2:.0f} and {fast.roa_mm2:.0f} mm2, "
        f"mean coaptation height {full['coapt_height_mean_mm']:.1f} and {fast.measures['coapt_height_mean_mm']:.1f} mm"
    )
    assert fast.roa_mm2 >= 0.0

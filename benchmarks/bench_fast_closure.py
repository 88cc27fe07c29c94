"""Ten thousand fast closures, as the fit to an echo makes them; `annulus bench` times one."""

from __future__ import annotations

import numpy as np
import pytest

from annulus.bench._hearts import fmr_valve
from annulus.mechanics.valve import fast_closure


@pytest.mark.parametrize("calls", [pytest.param(20, id="20"), pytest.param(10000, id="large-10000")])
def test_many_calls(benchmark, calls: int) -> None:
    """Each with other tips and chordae, as the fit makes them."""
    valve = fmr_valve(80, 10)
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

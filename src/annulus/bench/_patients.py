"""Virtual patients, drawn and checked."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from annulus.bench._row import BenchRow
from annulus.population import sample_patient

__all__ = ["patient_rows"]

AIM_S = 6.0e-3

_SEED = 3


def patient_rows(*, n: int = 60) -> tuple[BenchRow, ...]:
    """Median time of a virtual patient of the FMR population, over `n` of them."""
    sample_patient("fmr", seed=_SEED, index=n)
    times = []
    for index in range(n):
        started = perf_counter()
        sample_patient("fmr", seed=_SEED, index=index)
        times.append(perf_counter() - started)
    slowest = f"{n} patients, the slowest {1e3 * max(times):.0f} ms: impossible hearts are drawn again"
    return (BenchRow("virtual patient, drawn and checked", float(np.median(times)), aim_seconds=AIM_S, note=slowest),)

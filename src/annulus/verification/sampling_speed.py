"""How fast draws are predicted: samples per second by number of samples and of processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from time import perf_counter

import numpy as np

from annulus.anatomy import Case
from annulus.anatomy.parametric import preset
from annulus.planning import Plan, SimulationResult, sample_plan, simulate

__all__ = ["SamplingRow", "sampling_speed"]

_DEVICE, _DISTAL_MM, _PLICATION_MM = "carillon-9-18-60", 95.0, 10.0


@dataclass(frozen=True, slots=True)
class SamplingRow:
    """One size: samples, processes, seconds, and seconds of one full prediction without draws in the same run."""

    samples: int
    workers: int
    seconds: float
    one_prediction_s: float

    @property
    def per_second(self) -> float:
        """Samples per second."""
        return self.samples / self.seconds

    @property
    def ratio(self) -> float:
        """Cost of a draw over that of a full prediction."""
        return self.seconds / self.samples / self.one_prediction_s


def sampling_speed(
    sizes: Sequence[int] = (50, 100, 200, 400), workers: Sequence[int] = (1, 2), *, rounds: int = 3
) -> tuple[tuple[SamplingRow, ...], float]:
    """Rows, and the exponent of one process's time in the number of samples; medians over `rounds`.

    The predictions without error, which the bias is estimated from, are part of the time.
    """
    plan = _plan()
    sample_plan(plan, samples=20, seed=0)
    once = float(np.median([_seconds(_predict) for _ in range(max(rounds, 3))]))
    rows = []
    for size in sizes:
        for count in workers:
            times = [
                _seconds(lambda n=size, w=count: sample_plan(plan, samples=n, seed=0, workers=w)) for _ in range(rounds)
            ]
            rows.append(SamplingRow(size, count, float(np.median(times)), once))
    alone = [row for row in rows if row.workers == min(workers)]
    logs = np.log([[row.samples, row.seconds] for row in alone])
    return tuple(rows), float(np.polyfit(logs[:, 0], logs[:, 1], 1)[0]) if len(alone) > 1 else float("nan")


@cache
def _plan() -> Plan:
    return _predict().plan


@cache
def _case() -> Case:
    return preset("fmr")


def _predict() -> SimulationResult:
    return simulate(_case(), _DEVICE, distal_at_mm=_DISTAL_MM, plication_mm=_PLICATION_MM)


def _seconds(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started

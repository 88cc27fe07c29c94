"""Draws of one plan, by number of draws and of processes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial

from annulus.bench._hearts import PLICATION_MM, fmr_case
from annulus.bench._row import BenchRow
from annulus.bench._timing import growth_note, interleaved
from annulus.planning import Plan, SimulationResult, sample_plan, simulate

__all__ = ["draw_rows"]

AIM_S = 0.5
"""Of 200 draws on two processes."""

_DEVICE, _DISTAL_MM = "carillon-9-18-60", 95.0


def draw_rows(
    sizes: Sequence[int] = (50, 100, 200, 400), workers: Sequence[int] = (1, 2), *, rounds: int = 3
) -> tuple[BenchRow, ...]:
    """Draws with every number and its interval, against as many full predictions.

    The predictions without error, which the bias is estimated from, are part of the time.
    """
    plan = _plan()
    once = interleaved({"once": _predict}, max(rounds, 3))["once"]
    rows: list[BenchRow] = []
    alone: list[float] = []
    for size in sizes:
        for count in workers:
            work = partial(sample_plan, plan, samples=size, seed=0, workers=count)
            seconds = interleaved({"draws": work}, rounds)["draws"]
            notes = [f"{size / seconds:.0f} draws a second"]
            if count == min(workers):
                alone.append(seconds)
                notes.append(growth_note("draws", sizes, alone))
            processes = "one process" if count == 1 else f"{count} processes"
            rows.append(
                BenchRow(
                    f"{size} draws of one plan on {processes}",
                    seconds,
                    "as many full predictions",
                    size * once,
                    aim_seconds=AIM_S if (size, count) == (200, 2) else None,
                    note="; ".join(filter(None, notes)),
                )
            )
    return tuple(rows)


@cache
def _plan() -> Plan:
    return _predict().plan


def _predict() -> SimulationResult:
    return simulate(fmr_case(), _DEVICE, distal_at_mm=_DISTAL_MM, plication_mm=PLICATION_MM)

"""Worlds of one plan, regurgitation by the fast closure included, by number of worlds and of processes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial

from annulus.bench._hearts import PLICATION_MM, fmr_case
from annulus.bench._row import BenchRow
from annulus.bench._timing import growth_note, interleaved
from annulus.heart import Heart, closure_settings
from annulus.planning import simulate
from annulus.prediction import Question, Result, sample_worlds
from annulus.therapies import Wish, therapy

__all__ = ["world_rows"]

AIM_S = 0.5
"""Of 200 worlds on two processes."""

_DEVICE, _DISTAL_MM = "carillon-9-18-60", 95.0


def world_rows(
    sizes: Sequence[int] = (50, 200), workers: Sequence[int] = (1, 2), *, rounds: int = 3
) -> tuple[BenchRow, ...]:
    """Worlds with every number and its interval, against as many calls of `simulate`.

    The predictions without error, which the bias is estimated from, are part of the time.
    """
    question = _question()
    once = interleaved({"once": _predict}, max(rounds, 3))["once"]
    rows: list[BenchRow] = []
    alone: list[float] = []
    for size in sizes:
        for count in workers:
            work = partial(sample_worlds, question, samples=size, seed=0, workers=count)
            seconds = interleaved({"worlds": work}, rounds)["worlds"]
            notes = [f"{size / seconds:.0f} worlds a second"]
            if count == min(workers):
                alone.append(seconds)
                notes.append(growth_note("worlds", sizes, alone))
            processes = "one process" if count == 1 else f"{count} processes"
            rows.append(
                BenchRow(
                    f"{size} worlds of one plan on {processes}",
                    seconds,
                    "as many calls of simulate",
                    size * once,
                    aim_seconds=AIM_S if (size, count) == (200, 2) else None,
                    note="; ".join(filter(None, notes)),
                )
            )
    return tuple(rows)


@cache
def _question() -> Question:
    heart, done = Heart(fmr_case(), closure_settings("fast")), therapy(_DEVICE)
    placement = done.site(heart, Wish(distal_at_mm=_DISTAL_MM, plication_mm=PLICATION_MM))
    return Question(heart, done, placement.site, placement.load)


def _predict() -> Result:
    return simulate(fmr_case(), _DEVICE, distal_at_mm=_DISTAL_MM, plication_mm=PLICATION_MM, closure="fast")

"""How time is taken: pieces of work in turn in the same run, warmed up, and work shared by two processes.

On a shared machine a single time says little; a ratio of two that were taken in turn holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from time import perf_counter

import numpy as np

from annulus.errors import AnnulusError

__all__ = ["best", "growth_exponent", "growth_note", "interleaved", "on_two_processes"]

_AGREEMENT = 1.0e-6


def interleaved(
    works: Mapping[str, Callable[[], object]],
    rounds: int,
    *,
    smallest: bool = False,
    clock: Callable[[], float] = perf_counter,
) -> dict[str, float]:
    """Median seconds of each piece of work, all of them once a round, after one warm-up each.

    Parameters
    ----------
    works
        What to do, by name.
    rounds
        How often.
    smallest
        The smallest time instead of the median: what the machine can do is its best round.
    clock
        `time.process_time` for processor time.
    """
    for work in works.values():
        work()
    times = np.empty((rounds, len(works)))
    for row in times:
        for i, work in enumerate(works.values()):
            started = clock()
            work()
            row[i] = clock() - started
    found = times.min(axis=0) if smallest else np.median(times, axis=0)
    return dict(zip(works, found.tolist(), strict=True))


def best(work: Callable[[], object], rounds: int, *, clock: Callable[[], float] = perf_counter) -> float:
    """Smallest time of one piece of work [s], after a warm-up."""
    return interleaved({"work": work}, rounds, smallest=True, clock=clock)["work"]


def on_two_processes(work: Callable[[int, int], float], n: int) -> tuple[float, float]:
    """Seconds of the items 0 to n in this process, and of their halves in two worker processes that are warm.

    Parameters
    ----------
    work
        A function of a module that does the items from a first one to before a last one and returns a number, whose
        sum over the halves must be the whole's.
    n
        Number of items.

    Raises
    ------
    AnnulusError
        The halves gave something else than the whole.
    """
    work(0, 2)
    started = perf_counter()
    alone = work(0, n)
    one = perf_counter() - started
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        # Both workers import and load the kernels before the clock runs.
        list(pool.map(work, [0] * 8, [2] * 8))
        started = perf_counter()
        together = sum(pool.map(work, [0, n // 2], [n // 2, n]))
        two = perf_counter() - started
    if abs(together - alone) > _AGREEMENT * abs(alone):
        raise AnnulusError("two processes must give what one gives; their sums differ: the work is not reproducible.")
    return one, two


def growth_exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Exponent of the power of the size that the time grows with, from two sizes on."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def growth_note(what: str, sizes: Sequence[float], seconds: Sequence[float]) -> str:
    """The note of the last of some sizes, once it has its time; empty before, and where there is but one."""
    if not len(sizes) == len(seconds) > 1:
        return ""
    return f"grows with the {what} to the power {growth_exponent(sizes, seconds):.2f}"

"""One whole prediction on a warm heart, split by step, and many candidates of one heart on two processes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from time import perf_counter

import numpy as np

from annulus.anatomy.measures import annulus_numbers
from annulus.bench._hearts import PLICATION_MM, fmr_case
from annulus.bench._row import BenchRow
from annulus.bench._timing import interleaved, on_two_processes
from annulus.heart import Heart, closure_settings, wall_gaps
from annulus.mechanics.network import Cinch
from annulus.prediction import Prediction, Question, predict
from annulus.therapies import Site, Wish, therapy
from annulus.therapies.double_anchor import landing_of

__all__ = ["candidate_rows", "prediction_rows"]

AIM_S = 2.0e-3
AIM_CANDIDATES_S = 1.5
"""Of 1,000 candidates on two processes."""

_DEVICE, _DISTAL_MM = "carillon-9-18-60", 95.0
_REACH_MM = 12.0
"""Candidates land up to this far to either side of the device's own site."""

STEPS: dict[str, Callable[[Prediction], object]] = {
    "equilibria of traction and lock": lambda p: p.states,
    "curves carried": lambda p: [(state.annulus, state.vein, state.arteries) for state in p.states],
    "measures of both annuli": lambda p: [state.numbers for state in p.states],
    "closed valve": lambda p: p.after.closed,
    "every number, gaps included": lambda p: p.numbers(),
}
"""What a prediction computes, in order; each keeps what it found."""


def prediction_rows(*, rounds: int = 100) -> tuple[BenchRow, ...]:
    """A prediction of a double anchor with the valve closed fast, every number included; its parts and its floor."""
    question = _question()
    work = {
        "whole": lambda: _predicted(question).numbers(),
        "once": lambda: _predicted(_fresh_question()).numbers(),
    }
    times = interleaved(work, rounds)
    floors = interleaved(_floors(question), rounds, smallest=True)
    return (
        BenchRow(
            "one prediction on a warm heart, valve closed fast",
            times["whole"],
            "the heart made ready each time",
            times["once"],
            aim_seconds=AIM_S,
            floor_seconds=sum(floors.values()),
            note="floor: its solves, fast closure, gaps and measures alone",
        ),
        *(
            BenchRow(step, seconds, part=True, note=f"alone {1e3 * floors[step]:.2f} ms" if step in floors else "")
            for step, seconds in _split(question, rounds).items()
        ),
    )


def candidate_rows(*, n: int = 1000) -> tuple[BenchRow, ...]:
    """Candidates of one heart, each with every number: landings side by side, the valve closed fast."""
    one, two = on_two_processes(partial(_candidates, n), n)
    return (
        BenchRow(
            f"{n} candidates of one heart on two processes",
            two,
            "one process",
            one,
            aim_seconds=AIM_CANDIDATES_S if n == 1000 else None,
            note=f"{n / two:.0f} candidates a second",
        ),
    )


def _candidates(n: int, first: int, last: int) -> float:
    """Sum of the AP diameters after, of candidates `first` to before `last` of `n`."""
    question = _question()
    moves = np.linspace(-_REACH_MM, _REACH_MM, n)[first:last]
    return sum(_predicted(question, float(move)).numbers()["annulus.after.ap_mm"] for move in moves)


def _split(question: Question, rounds: int) -> dict[str, float]:
    times = np.empty((rounds, len(STEPS)))
    for row in times:
        before = perf_counter()
        prediction = _predicted(question)
        for i, step in enumerate(STEPS.values()):
            step(prediction)
            now = perf_counter()
            row[i], before = now - before, now
    return dict(zip(STEPS, np.median(times, axis=0).tolist(), strict=True))


def _floors(question: Question) -> dict[str, Callable[[], object]]:
    """The least that each step must do, as functions on arrays that are ready."""
    prediction = _predicted(question)
    heart, after, ribbon = prediction.heart, prediction.after, prediction.after.ribbon
    model, vein, valve = after.model, after.vein, heart.valve
    if ribbon is None or model is None or vein is None or valve is None:
        raise AssertionError("the bench's prediction must have a ribbon, a network and a valve; it lacks one.")
    landing = landing_of(after)
    stations, hinge = heart.gap_stations, valve.hinge_on(after.annulus)
    return {
        "equilibria of traction and lock": partial(Cinch.by_plication, model, landing, ribbon.length_mm),
        "measures of both annuli": lambda: [annulus_numbers(state.annulus) for state in prediction.states],
        "closed valve": lambda: valve.closed(hinge=hinge),
        "every number, gaps included": lambda: [wall_gaps(vein, artery, stations) for artery in after.arteries],
    }


@cache
def _question() -> Question:
    return _fresh_question()


def _fresh_question() -> Question:
    heart, done = Heart(fmr_case(), closure_settings("fast")), therapy(_DEVICE)
    placement = done.site(heart, Wish(distal_at_mm=_DISTAL_MM, plication_mm=PLICATION_MM))
    return Question(heart, done, placement.site, placement.load)


def _predicted(question: Question, move_mm: float = 0.0) -> Prediction:
    distal, proximal = question.site.distal_s_mm, question.site.proximal_s_mm
    if distal is None or proximal is None:
        raise AssertionError("the bench's site must have two ends; it lacks one.")
    return predict(question.heart, question.therapy, Site(distal + move_mm, proximal + move_mm), question.load)

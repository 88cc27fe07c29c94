"""One plan in many worlds: the same therapy at the same site, other stiffnesses, other true geometry, other leaflets.

World k depends on the seed and k only, whatever the therapy and the number of workers: differences between therapies
are sharper than the predictions themselves, and any number of processes gives the same bits.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import active_children, get_context
from typing import TypeVar

from annulus.errors import AnnulusError, InputError, SolveError
from annulus.heart import Heart
from annulus.mechanics.network import CinchParameters
from annulus.prediction._intervals import WIDE, Samples, check_level
from annulus.prediction._predict import Prediction, predict
from annulus.prediction._priors import Priors
from annulus.prediction._world import World
from annulus.sources import Assumption
from annulus.therapies import Load, Site, Therapy

__all__ = ["BIAS_WORLDS", "Question", "beside_full_closure", "in_processes", "sample_questions", "sample_worlds"]

BIAS_WORLDS = 30
"""Worlds that are predicted three times more, without measurement error and with +- more of it: bias and spread."""

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_Rows = list[Mapping[str, float] | str]


@dataclass(frozen=True, eq=False)
class Question:
    """What is predicted in every world: this therapy, at this site, under this load, in this heart.

    Parameters
    ----------
    heart, therapy, site, load
        As in `predict`.
    parameters
        Stiffnesses that the user gave instead of the calibrated ones; None for those.
    blocks
        Blocks of the result whose numbers are wanted; empty for all.
    costly
        The costly quantities are wanted too.
    """

    heart: Heart
    therapy: Therapy
    site: Site
    load: Load
    parameters: CinchParameters | None = None
    blocks: tuple[str, ...] = ()
    costly: bool = False

    def predicted(self, world: World) -> Prediction:
        """The prediction in a world."""
        return predict(self.heart, self.therapy, self.site, self.load, world)

    def closing_fast(self, world: World) -> Question:
        """The same question, the valve closed by the fast closure, for many worlds; left open where that refuses this
        one.
        """
        fast = replace(self, heart=self.heart.closing_fast())
        return replace(fast, heart=fast.heart.with_settings(None)) if fast.predicted(world).refusal else fast

    def numbers(self, world: World) -> dict[str, float]:
        """Its numbers by their key in the result.

        Raises
        ------
        AnnulusError
            No equilibrium, or a geometry that cannot be.
        """
        return self.predicted(world).checked().numbers(self.blocks, costly=self.costly)

    def numbers_in(self, truth: Heart, world: World) -> dict[str, float]:
        """The same where the true heart is known (`Heart.as_truth`); the world's own error is not used."""
        found = predict(truth, self.therapy, self.site, self.load, world.with_error_times(0.0))
        return found.checked().numbers(self.blocks, costly=self.costly)


def sample_worlds(
    question: Question,
    *,
    samples: int,
    seed: int,
    level: float = 0.9,
    priors: Priors | None = None,
    workers: int = 1,
) -> Samples:
    """Predicted numbers over worlds 0 to `samples`.

    Raises
    ------
    InputError
        Too few samples for the level, or no worker.
    SolveError
        Too few worlds have an equilibrium.
    """
    found = sample_questions([question], samples=samples, seed=seed, level=level, priors=priors, workers=workers)[0]
    if isinstance(found, SolveError):
        raise found
    return found


def sample_questions(
    questions: Sequence[Question],
    *,
    samples: int,
    seed: int,
    level: float = 0.9,
    priors: Priors | None = None,
    workers: int = 1,
    bias_worlds: int = BIAS_WORLDS,
) -> list[Samples | SolveError]:
    """Predicted numbers of several questions in the same worlds; questions of one heart share each world's true heart.

    Parameters
    ----------
    questions
        What is asked in every world; stiffnesses that the user gave are those of the first.
    samples, seed, level, priors, workers
        As in `sample_worlds`.
    bias_worlds
        Worlds that are predicted three times more, for the bias that measurement error brings.

    Returns
    -------
    list
        Samples, or the error where too few worlds have an equilibrium; in order.

    Raises
    ------
    InputError
        Too few samples for the level, or no worker.
    """
    check_level(samples, level)
    known = priors or Priors()
    fast: dict[int, Heart] = {}
    for question in questions:
        if id(question.heart) not in fast:
            fast[id(question.heart)] = question.closing_fast(known.means(base=question.parameters)).heart
    asked = tuple(replace(question, heart=fast[id(question.heart)]) for question in questions)
    again = 2 * (min(samples, bias_worlds) // 2)
    # Pair by pair: both worlds of one, and their repeats, share the fields of their error.
    work = partial(_pair, asked, known, seed, samples, again)
    pairs = in_processes(work, range((samples + 1) // 2), workers=workers)
    out: list[Samples | SolveError] = []
    for number in range(len(asked)):
        drawn, bare, wide, opposite = ([row for pair in pairs for row in pair[number][part]] for part in range(4))
        try:
            out.append(Samples.from_draws(drawn, bare, wide, opposite, level=level, seed=seed))
        except SolveError as error:
            out.append(error)
    return out


def beside_full_closure(
    question: Question, point: Prediction, samples: Samples
) -> tuple[Samples, tuple[Assumption, ...]]:
    """Draws of the valve, which the fast closure closes, moved by what the full one differs from it at the point.

    Where the fast closure knows no valve like this, draws have no coaptation and no leak.

    Returns
    -------
    tuple
        The draws, and what they rest on; as they are where the point is closed fast, or not at all.
    """
    valve = point.heart.valve
    if valve is None or not valve.is_full:
        return samples, ()
    blocks = ("coaptation", "regurgitation")
    fast = question.closing_fast(point.world)
    if fast.heart.valve is None:
        why = "the fast closure, by which worlds are closed, knows no valve like this: coaptation and leak have none"
        return samples, (Assumption("valve_intervals", "absent", "", why, "rule"),)
    near, full = fast.predicted(point.world).numbers(blocks), point.numbers(blocks)
    by = {key: full[key] - near[key] for key in near if key in full}
    value = "fast closure, moved"
    why = "worlds close the valve fast; their numbers are moved by what the full closure differs from that at the means"
    if point.after.grasp is not None:
        value = "absent"
        why = (
            "the fast closure knows no held leaflets: coaptation, leak and annulus after have no interval; "
            f"before: {why}"
        )
        samples = samples.without("annulus.after.", "annulus.change_percent.", "coaptation.after.tent.")
    return samples.moved(by), (Assumption("valve_intervals", value, "", why, "rule"),)


def in_processes(work: Callable[[Item], Answer], items: Sequence[Item], *, workers: int) -> list[Answer]:
    """`work` on every item, in order, over forked processes (spawned where the system cannot fork).

    Raises
    ------
    InputError
        No worker.
    """
    if workers < 1:
        raise InputError(f"workers must be at least 1; got {workers}.")
    if workers == 1 or len(items) < 2:
        return [work(item) for item in items]
    parts = [items[first::workers] for first in range(workers)]
    # A forked child has the compiled kernels and the case already.
    context = get_context("fork" if sys.platform.startswith("linux") else "spawn")
    before = set(active_children())
    with ProcessPoolExecutor(workers - 1, mp_context=context) as pool:
        try:
            others = [pool.submit(_all, work, part) for part in parts[1:]]
            done = [_all(work, parts[0]), *(other.result() for other in others)]
        except BaseException:
            # Stopped, or failed: nobody waits for what the others are still at.
            for child in set(active_children()) - before:
                child.terminate()
            raise
    out: list[Answer | None] = [None] * len(items)
    for first, part in enumerate(done):
        out[first::workers] = part
    return out  # type: ignore[return-value]


def _all(work: Callable[[Item], Answer], items: Sequence[Item]) -> list[Answer]:
    return [work(item) for item in items]


def _pair(
    questions: Sequence[Question], priors: Priors, seed: int, samples: int, again: int, pair: int
) -> list[tuple[_Rows, _Rows, _Rows, _Rows]]:
    """Worlds 2 `pair` and the next; of the first `again` also those without error and with +-`WIDE` times it."""
    out: list[tuple[_Rows, _Rows, _Rows, _Rows]] = [([], [], [], []) for _ in questions]
    worlds = [(index, priors.draw(seed, index, base=questions[0].parameters)) for index in (2 * pair, 2 * pair + 1)]
    for part, scale in enumerate((1.0, 0.0, WIDE, -WIDE)):
        for index, world in worlds:
            if index < (samples if scale == 1.0 else again):
                # One true heart for all questions: a heart keeps its last.
                scaled = world.with_error_times(scale)
                for rows, question in zip(out, questions, strict=True):
                    rows[part].append(_numbers(question, scaled))
    return out


def _numbers(question: Question, world: World) -> Mapping[str, float] | str:
    try:
        return question.numbers(world)
    except AnnulusError as error:
        return f"{error}"

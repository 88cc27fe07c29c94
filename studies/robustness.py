"""Thousands of random hearts and devices: each cinch must converge, or say by status or sentence why it does not.

Run ``python studies/robustness.py --n 10000 --seed 1``. Every trial has a seed of its own (run seed and
trial number), so that any one can be repeated alone: ``run_trial(seed, index)``. A trial fails if anything else comes
back: another exception, a number that is not finite, a "converged" state that does not balance.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

import numpy as np

from annulus.errors import InputError
from annulus.mechanics import Status
from annulus.mechanics.network import Cinch, CinchModel, Equilibrium, Landing
from marked_page import put_between
from random_hearts import TRIALS_PER_HEART, RandomModel, random_model

__all__ = ["REFUSED", "Summary", "Trial", "main", "robustness_trials", "run_trial", "summarise"]

REFUSED = "input_error"
"""Outcome of a trial that was refused with a sentence, beside the values of `Status`."""

START, END = "<!-- run -->", "<!-- end of run -->"

FAILED = "FAILED"
"""Outcome of a trial that broke the promise."""

PROTOCOLS = ("landing", "plication", "traction", "traction beyond reason", "swapped", "off the vein")
_PROTOCOL_SHARES = (0.3, 0.36, 0.26, 0.04, 0.02, 0.02)

_SENSIBLE_SPAN_MM = 25.0
_SENSIBLE_SHARE = 0.25

_BALANCE_N = 1.0e-6
_LENGTH_MM = 1.0e-4


@dataclass(frozen=True, slots=True)
class Trial:
    """One random heart with one random device.

    Parameters
    ----------
    index
        Number of the trial.
    protocol
        One of `PROTOCOLS`: how the device was implanted.
    outcome
        Value of `Status`, "input_error", or "FAILED".
    detail
        The sentence of an error, or what is wrong with the result; empty for a good one.
    iterations
        Newton iterations of the locked and the traction state; empty if refused.
    residual_n
        Largest nodal force left in a state that converged [N].
    plication_mm, tension_n
        What was asked of the tissue and what the ribbon carries.
    seconds
        Time for both states, without the model.
    sensible
        A ribbon that spans 25 mm or more and is not shorter than three quarters of its path.
    """

    index: int
    protocol: str
    outcome: str
    detail: str = ""
    iterations: tuple[int, ...] = ()
    residual_n: float = 0.0
    plication_mm: float = 0.0
    tension_n: float = 0.0
    seconds: float = 0.0
    sensible: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run came to: counts by outcome, iterations, residuals, time, and each failure."""

    n: int
    seed: int
    outcomes: tuple[tuple[str, int, int], ...]
    refusals: tuple[tuple[str, int], ...]
    protocols: tuple[tuple[str, str, int], ...]
    median_iterations: float
    percentile_95_iterations: float
    max_iterations: int
    worst_residual_n: float
    max_plication_mm: float
    max_tension_n: float
    slowest_s: float
    wall_s: float
    failures: tuple[Trial, ...]

    def to_markdown(self) -> str:
        """The section for the validation page."""
        shares = [
            f"| {name} | {count} | {100.0 * count / self.n:.2f} % | {sensible} | {_meaning(name)} |"
            for name, count, sensible in self.outcomes
        ]
        refusals = [f"- {count} × {sentence}" for sentence, count in self.refusals]
        failures = [f"- trial {trial.index} ({trial.protocol}): {trial.detail}" for trial in self.failures] or [
            "- none"
        ]
        lines = [
            f"{self.n} trials, seed {self.seed}, {self.wall_s:.0f} s of wall time.",
            "",
            f"| outcome | trials | share | of them sensible (span ≥ {_SENSIBLE_SPAN_MM:.0f} mm, plication ≤ "
            f"{100.0 * _SENSIBLE_SHARE:.0f} % of the path) | meaning |",
            "|---|---|---|---|---|",
            *shares,
            "",
            "| figure | value |",
            "|---|---|",
            f"| Newton iterations of one solve: median / 95 % / most | {self.median_iterations:.0f} / "
            f"{self.percentile_95_iterations:.0f} / {self.max_iterations} |",
            f"| largest force left in a state called converged or slack | {self.worst_residual_n:.1e} N |",
            f"| most plication, most tension of a converged lock | {self.max_plication_mm:.1f} mm, "
            f"{self.max_tension_n:.1f} N |",
            f"| slowest trial (both states) | {self.slowest_s:.2f} s |",
            "",
            "Sentences of the refused ones (numbers left out):",
            "",
            *refusals,
            "",
            "Broken promises (another exception, a number that is not finite, a state that does not balance):",
            "",
            *failures,
        ]
        return "\n".join(lines) + "\n"


def run_trial(seed: int, index: int) -> Trial:
    """One trial of a run, from its two numbers alone."""
    generator = np.random.default_rng([seed, index])
    protocol = str(generator.choice(PROTOCOLS, p=_PROTOCOL_SHARES))
    started = perf_counter()
    try:
        drawn = random_model(seed, index // TRIALS_PER_HEART, generator)
        started = perf_counter()
        cinch = _implanted(drawn, protocol, generator)
    except InputError as error:
        detail = str(error)
        clear = len(detail) > 20 and detail.endswith(".") and "\n" not in detail
        return Trial(index, protocol, REFUSED if clear else FAILED, detail)
    except Exception as error:  # noqa: BLE001  # any other exception is what this run looks for
        return Trial(index, protocol, FAILED, f"{type(error).__name__}: {error}")
    seconds = perf_counter() - started
    states = (cinch.locked, cinch.traction)
    wrong = _wrong(cinch, protocol)
    left = [state.residual_n for state in states if state.status.converged]
    return Trial(
        index,
        protocol,
        FAILED if wrong else cinch.status.value,
        wrong,
        tuple(state.iterations for state in states),
        max(left, default=0.0),
        cinch.plication_mm,
        cinch.locked.tension_n,
        seconds,
        cinch.centreline_arc_mm >= _SENSIBLE_SPAN_MM
        and cinch.plication_mm <= _SENSIBLE_SHARE * cinch.slack_free_path_mm,
    )


def robustness_trials(n: int, *, seed: int = 1, workers: int = 1) -> Iterator[Trial]:
    """Trials 0 to n - 1, over `workers` processes; the order and the results do not depend on their number."""
    blocks = [range(first, min(first + TRIALS_PER_HEART, n)) for first in range(0, n, TRIALS_PER_HEART)]
    block = partial(_block, seed)
    if workers <= 1:
        for indices in blocks:
            yield from block(indices)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for trials in pool.map(block, blocks):
            yield from trials


def summarise(trials: Sequence[Trial], *, seed: int, wall_s: float) -> Summary:
    """Counts and extremes of a run."""
    iterations = np.array([count for trial in trials for count in trial.iterations] or [0])
    sensible = Counter(trial.outcome for trial in trials if trial.sensible)
    good = [trial for trial in trials if trial.outcome == Status.CONVERGED.value]
    return Summary(
        len(trials),
        seed,
        tuple((name, count, sensible[name]) for name, count in Counter(t.outcome for t in trials).most_common()),
        tuple(Counter(_without_numbers(trial.detail) for trial in trials if trial.outcome == REFUSED).most_common()),
        tuple((*key, count) for key, count in sorted(Counter((t.protocol, t.outcome) for t in trials).items())),
        float(np.median(iterations)),
        float(np.percentile(iterations, 95)),
        int(iterations.max()),
        max((trial.residual_n for trial in trials), default=0.0),
        max((trial.plication_mm for trial in good), default=0.0),
        max((trial.tension_n for trial in good), default=0.0),
        max((trial.seconds for trial in trials), default=0.0),
        wall_s,
        tuple(trial for trial in trials if trial.outcome == FAILED),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the trials and write the summary; exit code 1 where a promise was broken."""
    parser = argparse.ArgumentParser(description="Random hearts and devices through the cinching equilibrium.")
    parser.add_argument("--n", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument(
        "--into", type=Path, help=f"put the summary into this file, between its lines {START} and {END}"
    )
    options = parser.parse_args(arguments)
    started = perf_counter()
    trials = list(robustness_trials(options.n, seed=options.seed, workers=options.workers))
    summary = summarise(trials, seed=options.seed, wall_s=perf_counter() - started)
    sys.stdout.write(summary.to_markdown())
    if options.into is not None:
        put_between(options.into, START, END, summary.to_markdown())
    return 1 if summary.failures else 0


def _block(seed: int, indices: range) -> list[Trial]:
    return [run_trial(seed, index) for index in indices]


def _implanted(drawn: RandomModel, protocol: str, generator: np.random.Generator) -> Cinch:
    """A device of random length at a random site: mostly sensible, often too long, too short or out of place."""
    model = drawn.model
    vein = model.strip.vein_length
    length = float(generator.uniform(25.0, 110.0))
    distal = float(generator.uniform(0.35, 1.0) * vein)
    if protocol == "swapped":
        return Cinch.by_plication(model, Landing(0.3 * distal, distal), length)
    if protocol == "off the vein":
        return Cinch.by_plication(model, Landing(vein * float(generator.uniform(1.01, 2.0)), 5.0), length)
    if protocol == "landing":
        landing = Landing(distal, float(generator.uniform(0.0, 0.6) * distal))
        # From a ribbon half as long again as the path, which hangs slack, to one of half its length.
        return Cinch.by_plication(model, landing, float(generator.uniform(0.5, 1.5)) * model.slack_free_path(landing))
    if protocol == "plication":
        plication = float(generator.uniform(0.0, 30.0))
        length = min(length, max(_reach(model, distal) - plication - 1.0, 5.0)) if generator.random() < 0.8 else length
        return Cinch.by_plication(model, Landing(distal, model.proximal_end(distal, length + plication)), length)
    traction = float(
        generator.uniform(-5.0, 60.0) if protocol == "traction beyond reason" else generator.uniform(0.0, 8.0)
    )
    length = float(generator.uniform(0.3, 0.85)) * _reach(model, distal) if generator.random() < 0.8 else length
    return Cinch.by_traction(model, distal, length, traction)


def _reach(model: CinchModel, distal: float) -> float:
    return model.slack_free_path(Landing(distal, 0.0))


def _wrong(cinch: Cinch, protocol: str) -> str:
    """What is wrong with a result, empty where nothing is."""
    for name, state in (("locked", cinch.locked), ("traction", cinch.traction)):
        if not isinstance(state.status, Status):
            return f"{name} state has no status"
        if not _finite(state):
            return f"{name} state holds numbers that are not finite (status {state.status.value})"
        if state.status.converged and not state.residual_n <= _BALANCE_N:
            return f"{name} state is called {state.status.value} with {state.residual_n:.1e} N left"
    locked = cinch.locked
    if locked.status is Status.CONVERGED:
        over = locked.tension_n / cinch.model.parameters.ribbon_axial_n_per_mm
        if not abs(locked.path_length_mm - cinch.device_length_mm - over) <= _LENGTH_MM:
            return f"locked path {locked.path_length_mm} mm is not device plus stretch"
    if locked.status is Status.SLACK and locked.tension_n != 0.0:
        return "a slack ribbon carries tension"
    # A ribbon longer than its path is not pulled; by its bending stiffness alone it may still carry some tension.
    pulled = protocol in ("landing", "plication") and cinch.plication_mm > 0.0
    if pulled and cinch.status is Status.CONVERGED:
        ends = (cinch.landing.distal_s_mm, cinch.landing.proximal_s_mm)
        path = cinch.model.strip.path(cinch.traction.vein, *ends)
        reached = float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())
        if not abs(reached - cinch.device_length_mm) <= _LENGTH_MM:
            return f"traction path {reached} mm is not the device's {cinch.device_length_mm} mm"
    return ""


def _finite(state: Equilibrium) -> bool:
    numbers = (state.residual_n, state.energy_nmm, state.tension_n, state.path_length_mm)
    return bool(np.isfinite(numbers).all() and np.isfinite(state.positions).all())


def _without_numbers(sentence: str) -> str:
    words = ["#" if any(letter.isdigit() for letter in word) else word for word in sentence.split()]
    return " ".join(words)


def _meaning(outcome: str) -> str:
    if outcome == REFUSED:
        return "refused with a sentence"
    return "broken promise" if outcome == FAILED else Status(outcome).advice


if __name__ == "__main__":
    sys.exit(main())

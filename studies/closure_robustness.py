"""Hundreds of random valves: each closure must come to rest, or say by status or sentence why it does not.

Run ``python studies/closure_robustness.py --n 500 --seed 1``. Every trial has a seed of its own (run seed and trial
number) and can be repeated alone: ``run_trial(seed, index)``. A trial fails if anything else comes back: another
exception, a number that is not finite, sheets that pass through each other. ``--table`` appends each trial's measures
to a file as it ends; ``calibration/fast_closure`` fits the fast closure to such a table.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy.valve import Valve
from annulus.errors import InputError
from annulus.mechanics import Status
from annulus.mechanics.valve import ClosureSolution, close_valve, fast_closure, fast_closure_error
from annulus.outcomes import Orifice, anatomic_orifice, closure_measures
from marked_page import put_between
from patient_valves import patient_valve
from random_valves import is_wild, random_valve

__all__ = ["FAILED", "REFUSED", "ClosureSummary", "ClosureTrial", "closure_trials", "main", "run_trial", "summarise"]

REFUSED = "input_error"
"""Outcome of a trial that was refused with a sentence, beside the values of `Status`."""

FAILED = "FAILED"
"""Outcome of a trial that broke the promise."""

START, END = "<!-- run -->", "<!-- end of run -->"

SEGMENTS = ("a1p1", "a2p2", "a3p3")


@dataclass(frozen=True, slots=True)
class ClosureTrial:
    """One random valve, closed.

    Parameters
    ----------
    seed, index
        What it was drawn from.
    outcome
        Value of `Status`, "input_error", or "FAILED".
    wild
        Sizes beyond what a patient has.
    detail
        The sentence of an error, or what is wrong with the result.
    seconds
        Time of the closure.
    measures
        Size of the mesh, iterations, residual, and the closure's measures; empty without a closure.
    """

    seed: int
    index: int
    outcome: str
    wild: bool = False
    detail: str = ""
    seconds: float = 0.0
    measures: Mapping[str, float] = field(default_factory=dict)

    def row(self) -> dict[str, object]:
        """Columns of the table."""
        numbers: dict[str, object] = {name: f"{value:.6g}" for name, value in self.measures.items()}
        own: dict[str, object] = {
            "seed": self.seed,
            "index": self.index,
            "outcome": self.outcome,
            "wild": int(self.wild),
        }
        return own | {"seconds": f"{self.seconds:.3f}"} | numbers


@dataclass(frozen=True, slots=True)
class ClosureSummary:
    """What a run came to: counts by outcome, time, iterations, and each failure."""

    n: int
    seed: int
    outcomes: tuple[tuple[str, int, int], ...]
    iterations: tuple[float, float, float]
    seconds: tuple[float, float, float]
    worst_residual_n: float
    wall_s: float
    unsettled: tuple[ClosureTrial, ...]
    failures: tuple[ClosureTrial, ...]

    def to_markdown(self) -> str:
        """The section for the page."""

        def listed(trials: Iterable[ClosureTrial]) -> list[str]:
            lines = [f"- trial {t.index}{' (wild)' if t.wild else ''}: {t.outcome}, {t.detail}" for t in trials]
            return lines or ["- none"]

        rows = [
            f"| {name} | {count} | {100.0 * count / self.n:.1f} % | {wild} |" for name, count, wild in self.outcomes
        ]
        lines = [
            f"{self.n} valves, seed {self.seed}, {self.wall_s:.0f} s of wall time.",
            "",
            "| outcome | valves | share | of them beyond a patient's sizes |",
            "|---|---|---|---|",
            *rows,
            "",
            "| figure | value |",
            "|---|---|",
            "| Newton iterations: median / 95 % / most | " + " / ".join(f"{n:.0f}" for n in self.iterations) + " |",
            "| seconds of a closure: median / 95 % / most | " + " / ".join(f"{s:.2f}" for s in self.seconds) + " |",
            f"| largest force left in a state called converged | {self.worst_residual_n:.1e} N |",
            "",
            "Not converged, and said so:",
            "",
            *listed(self.unsettled),
            "",
            "Broken promises (another exception, a number that is not finite, sheets through each other):",
            "",
            *listed(self.failures),
        ]
        return "\n".join(lines) + "\n"


def run_trial(seed: int, index: int, *, patients: bool = False, mesh: tuple[int, int] | None = None) -> ClosureTrial:
    """One trial of a run, from its two numbers alone: a random valve, or with `patients` a virtual patient's on 1,600
    triangles; `mesh` (columns, rows) replaces its own.
    """
    wild, started = not patients and is_wild(seed, index), perf_counter()
    try:
        drawn = patient_valve(seed, index, mesh=mesh or (80, 10)) if patients else random_valve(seed, index, mesh=mesh)
        started = perf_counter()
        closed = close_valve(drawn.valve, pressure_mmhg=drawn.pressure_mmhg, hinge=drawn.hinge, tips=drawn.tips)
        seconds = perf_counter() - started
        measures = _measures(closed)
    except InputError as error:
        detail = str(error)
        clear = len(detail) > 20 and detail.endswith(".") and "\n" not in detail
        return ClosureTrial(seed, index, REFUSED if clear else FAILED, wild, detail, perf_counter() - started)
    except Exception as error:  # noqa: BLE001  # any other exception is what this run looks for
        return ClosureTrial(seed, index, FAILED, wild, f"{type(error).__name__}: {error}", perf_counter() - started)
    wrong = _wrong(closed)
    said = "" if closed.converged else f"{closed.residual_n:.1e} N left after {closed.iterations} iterations"
    outcome = FAILED if wrong else closed.status.value
    return ClosureTrial(seed, index, outcome, wild, wrong or said, seconds, measures)


def closure_trials(
    n: int, *, seed: int = 1, first: int = 0, patients: bool = False, unsure: float | None = None
) -> Iterator[ClosureTrial]:
    """Trials `first` to `first` + n - 1, of random valves or of virtual patients'.

    With `unsure` only patients for whose orifice the fast closure expects more than so many times its usual error.
    """
    for index in range(first, first + n):
        if unsure is None or _expected_error(seed, index) > unsure:
            yield run_trial(seed, index, patients=patients)


def _expected_error(seed: int, index: int) -> float:
    """Error that the fast closure gives with its orifice of a virtual patient's valve, over its usual one."""
    drawn = patient_valve(seed, index)
    fast = fast_closure(drawn.valve, pressure_mmhg=drawn.pressure_mmhg, hinge=drawn.hinge, tips=drawn.tips)
    return fast.error["roa_mm2"] / fast_closure_error("roa_mm2", fast.roa_mm2)


def summarise(trials: Sequence[ClosureTrial], *, seed: int, wall_s: float) -> ClosureSummary:
    """Counts and extremes of a run."""
    wild = Counter(trial.outcome for trial in trials if trial.wild)
    closed = [trial for trial in trials if trial.measures]
    done = (Status.CONVERGED.value, REFUSED, FAILED)

    def spread(values: list[float]) -> tuple[float, float, float]:
        array = np.array(values or [0.0])
        return float(np.median(array)), float(np.percentile(array, 95)), float(array.max())

    good = [trial for trial in closed if trial.outcome == Status.CONVERGED.value]
    return ClosureSummary(
        len(trials),
        seed,
        tuple((name, count, wild[name]) for name, count in Counter(t.outcome for t in trials).most_common()),
        spread([trial.measures["iterations"] for trial in closed]),
        spread([trial.seconds for trial in closed]),
        max((trial.measures["residual_n"] for trial in good), default=0.0),
        wall_s,
        tuple(trial for trial in trials if trial.outcome not in done),
        tuple(trial for trial in trials if trial.outcome == FAILED),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the trials and write the summary; exit code 1 where a promise was broken."""
    parser = argparse.ArgumentParser(description="Random valves through the full closure.")
    parser.add_argument("--n", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first trial")
    parser.add_argument("--patients", action="store_true", help="valves of virtual patients, on 1,600 triangles")
    parser.add_argument(
        "--unsure",
        type=float,
        help="only patients for whose orifice the fast closure expects more than so many times its usual error",
    )
    parser.add_argument("--table", type=Path, help="append each trial's measures to this file as it ends")
    parser.add_argument("--failures", type=Path, help="append each trial that did not converge to this file")
    parser.add_argument("--into", type=Path, help=f"put the summary into this file, between {START} and {END}")
    options = parser.parse_args(arguments)
    if options.unsure is not None and not options.patients:
        parser.error("--unsure is for virtual patients: add --patients.")
    started = perf_counter()
    trials = []
    for trial in closure_trials(
        options.n, seed=options.seed, first=options.first, patients=options.patients, unsure=options.unsure
    ):
        trials.append(trial)
        if options.table is not None and trial.measures:
            _append(options.table, trial.row())
        if options.failures is not None and (trial.outcome not in ("converged", REFUSED) or trial.seconds > 10.0):
            with options.failures.open("a", encoding="utf-8") as file:
                file.write(
                    f"run_trial({trial.seed}, {trial.index}): {trial.outcome}{' wild' if trial.wild else ''}, "
                    f"{trial.seconds:.1f} s, {trial.detail}\n"
                )
    summary = summarise(trials, seed=options.seed, wall_s=perf_counter() - started)
    sys.stdout.write(summary.to_markdown())
    if options.into is not None:
        put_between(options.into, START, END, summary.to_markdown())
    return 1 if summary.failures else 0


def _measures(closed: ClosureSolution) -> dict[str, float]:
    valve = closed.valve
    columns = len(valve.hinge)
    orifice = anatomic_orifice(valve, closed.points)
    return {
        "n_columns": columns,
        "n_rows": len(valve.surface.points) // columns - 1,
        "iterations": closed.iterations,
        "residual_n": closed.residual_n,
        "moving_mm": closed.moving_mm,
        "crossings": len(closed.interpenetrations()),
        "roa_mm2": orifice.area_mm2,
        "n_jets": len(orifice.jets),
        "vena_contracta_mm": orifice.vena_contracta_width_mm,
        **_thirds(valve, closed.points, orifice),
        "chordae_tension_n": float(closed.chordae_tension_n.sum()),
        **closure_measures(valve, closed.points),
    }


def _thirds(valve: Valve, points: FloatArray, orifice: Orifice) -> dict[str, float]:
    """Orifice area over each third of the valve's width: unlike the jets' places it does not jump as holes merge."""
    a, p = points[orifice.rungs[:, 0]], points[orifice.rungs[:, 1]]
    area = 0.5 * np.linalg.norm(np.cross(a[1:] - a[:-1], p[:-1] - a[:-1]), axis=1)
    area += 0.5 * np.linalg.norm(np.cross(p[1:] - p[:-1], a[1:] - p[:-1]), axis=1)
    x = valve.frame.to_local(0.5 * (a + p))[:, 0]
    ends = np.sort(x[[0, -1]])
    place = np.clip((0.5 * (x[1:] + x[:-1]) - ends[0]) / (ends[1] - ends[0]), 0.0, 1.0 - 1e-9)
    area = area * np.maximum(orifice.opening[1:], orifice.opening[:-1])
    thirds = np.bincount((3.0 * place).astype(np.int64), area, minlength=3)
    scale = orifice.area_mm2 / thirds.sum() if thirds.sum() > 0.0 else 0.0
    return {f"roa_{name}_mm2": float(scale * own) for name, own in zip(SEGMENTS, thirds, strict=True)}


def _wrong(closed: ClosureSolution) -> str:
    """What is wrong with a result, empty where nothing is."""
    forces = (closed.chordae_tension_n, closed.hinge_force_n)
    if not (np.isfinite(closed.points).all() and all(np.isfinite(part).all() for part in forces)):
        return f"numbers that are not finite (status {closed.status.value})"
    if closed.status is not Status.TANGLED_START and (crossing := len(closed.interpenetrations())):
        return f"{crossing} pairs of triangles pass through each other (status {closed.status.value})"
    return ""


def _append(file: Path, row: dict[str, object]) -> None:
    new = not file.exists()
    with file.open("a", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(row), lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(row)


if __name__ == "__main__":
    sys.exit(main())

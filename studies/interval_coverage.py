"""Do the intervals cover? Truth is drawn, measured with error, predicted with intervals, and counted.

Run ``python studies/interval_coverage.py --n 1000 --samples 39 --seed 1``. In each trial the truth is a heart of
a diseased preset, stretched along its three axes at random; what a user has is the same with an error of measurement.
On that a device is planned and its effect predicted with intervals; in truth, stiffnesses, slips and the rest come from
the priors. At 39 samples a 90 % interval runs from the 2nd to the 38th draw. Nothing here says that the priors are
right: it says that the intervals mean what they claim if they are.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np

from annulus.anatomy import Case
from annulus.anatomy._measurement_error import with_error
from annulus.anatomy.parametric import preset
from annulus.errors import AnnulusError
from annulus.heart import Heart
from annulus.mechanics.network import CinchParameters, Landing
from annulus.prediction import Priors, Question, World, check_level, in_processes, sample_worlds
from annulus.therapies import Wish, therapy
from marked_page import put_between

__all__ = ["KEYS", "CoverageRow", "coverage", "main", "run_trial", "spread_by_roughness"]

KEYS = (
    "annulus.before.ap_mm",
    "annulus.before.perimeter_3d_mm",
    "annulus.before.area_2d_mm2",
    "annulus.before.height_mm",
    "annulus.after.ap_mm",
    "annulus.after.perimeter_3d_mm",
    "annulus.change_percent.ap_mm",
    "annulus.change_percent.area_2d_mm2",
    "therapy.plication_mm",
    "therapy.locked_tension_n",
    "circumflex.min_gap_before_mm",
    "circumflex.min_gap_after_mm",
)
"""Numbers that are counted."""

_BEGIN, _END = "<!-- begin coverage -->", "<!-- end coverage -->"

_PRESETS = ("fmr", "ischaemic", "afmr")
_STRETCH = 0.08
"""Standard deviation of the logarithm of the stretch along each axis (assumed)."""

_DEVICE, _LENGTH_MM, _PLICATION_MM, _DISTAL_SHARE = "carillon-9-18-60", 60.0, 10.0, 0.85


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One number: trials counted, share of truths inside, above and below, mean width of the interval."""

    key: str
    n: int
    inside: float
    above: float
    below: float
    width: float

    @property
    def standard_error(self) -> float:
        """Of the share inside, from the number of trials."""
        return float(np.sqrt(self.inside * (1.0 - self.inside) / self.n))


def run_trial(
    seed: int, samples: int, level: float, priors: Priors, index: int
) -> Mapping[str, tuple[float, float, float]] | str:
    """Truth and interval of each number in trial `index`, or why it could not be run."""
    generator = np.random.default_rng([seed, index, 11])
    worlds, draws = (int(value) for value in generator.integers(2**31, size=2))
    truth = _heart(generator)
    world = priors.draw(worlds, 0)
    try:
        measured = truth if world.error is None else with_error(truth, world.error)
        question = _question(measured)
        real = question.numbers_in(question.heart.as_truth(truth), world)
        predicted = sample_worlds(question, samples=samples, seed=draws, level=level, priors=priors)
    except AnnulusError as error:
        return type(error).__name__
    return {key: (real[key], *predicted.intervals[key]) for key in KEYS if key in real and key in predicted.intervals}


def coverage(
    n: int,
    *,
    samples: int = 39,
    seed: int = 1,
    level: float = 0.9,
    priors: Priors | None = None,
    workers: int = 1,
) -> tuple[tuple[CoverageRow, ...], Mapping[str, int]]:
    """Coverage of each number over `n` trials, and the trials that could not be run by kind of error.

    Raises
    ------
    InputError
        Too few samples for the level.
    """
    check_level(samples, level)
    work = partial(run_trial, seed, samples, level, priors or Priors())
    trials = in_processes(work, range(n), workers=workers)
    good = [trial for trial in trials if not isinstance(trial, str)]
    rows = []
    for key in KEYS:
        found = np.array([trial[key] for trial in good if key in trial])
        if len(found):
            real, low, high = found.T
            above, below = float(np.mean(real > high)), float(np.mean(real < low))
            rows.append(CoverageRow(key, len(found), 1.0 - above - below, above, below, float(np.mean(high - low))))
    return tuple(rows), Counter(trial for trial in trials if isinstance(trial, str))


def spread_by_roughness(
    n: int, *, key: str = "annulus.change_percent.ap_mm", draws: int = 80, seed: int = 5
) -> dict[str, tuple[float, float, float]]:
    """Mean, standard deviation and 5 % quantile of one number over worlds, by how rough the geometry is.

    True smooth hearts and the same as measured, each with stiffnesses, slips and sizes alone, and with an error of
    measurement on top; standard deviations are root mean squares over `n` hearts, the rest means.
    """
    priors = Priors()
    rows = []
    for index in range(n):
        generator = np.random.default_rng([seed, index])
        truth = _heart(generator)
        error = priors.draw(seed, 900 + index).error
        measured = truth if error is None else with_error(truth, error)
        row = []
        for question in (_question(truth), _question(measured)):
            for scale in (0.0, 1.0):
                values = [_value(question, priors.draw(seed, k).with_error_times(scale), key) for k in range(draws)]
                row.append((np.nanmean(values), np.nanvar(values), np.nanquantile(values, 0.05)))
        rows.append(row)
    mean, variance, low = np.moveaxis(np.mean(rows, axis=0), -1, 0)
    names = ("true", "true with error", "measured", "measured with error")
    return {
        name: (float(a), float(np.sqrt(b)), float(c)) for name, a, b, c in zip(names, mean, variance, low, strict=True)
    }


def _value(question: Question, world: World, key: str) -> float:
    try:
        return question.numbers(world)[key]
    except AnnulusError:
        return float("nan")


def table(rows: Sequence[CoverageRow], left_out: Mapping[str, int]) -> str:
    """Markdown."""
    lines = ["| number | trials | inside | truth above | truth below | mean width |", "|---|---|---|---|---|---|"]
    lines += [
        f"| `{row.key}` | {row.n} | {100.0 * row.inside:.1f} ± {100.0 * row.standard_error:.1f} % | "
        f"{100.0 * row.above:.1f} % | {100.0 * row.below:.1f} % | {row.width:.3g} |"
        for row in rows
    ]
    reasons = ", ".join(f"{count} {name}" for name, count in left_out.items()) or "none"
    return "\n".join([*lines, "", f"Trials that could not be run: {reasons}."])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the study and print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--samples", type=int, default=39)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--level", type=float, default=0.9)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--spread", type=int, default=0, help="instead: spread of AP's change by roughness, N hearts")
    parser.add_argument("-o", "--output", type=Path, help="page whose part 'coverage' is renewed")
    given = parser.parse_args(arguments)
    if given.spread:
        for name, (mean, sd, low) in spread_by_roughness(given.spread).items():
            sys.stdout.write(f"{name}: mean {mean:.2f}, sd {sd:.2f}, 5 % quantile {low:.2f} %\n")
        return
    rows, left_out = coverage(given.n, samples=given.samples, seed=given.seed, level=given.level, workers=given.workers)
    text = table(rows, left_out) + f"\n{given.n} trials of {given.samples} samples, seed {given.seed}."
    if given.output is None:
        sys.stdout.write(text + "\n")
        return
    put_between(given.output, _BEGIN, _END, text + "\n")


@cache
def _preset(name: str) -> Case:
    return preset(name)


def _heart(generator: np.random.Generator) -> Case:
    """A smooth heart: a preset stretched along the axes of its annulus frame."""
    case = _preset(str(generator.choice(_PRESETS)))
    frame = case.annulus.frame
    stretch = np.exp(_STRETCH * generator.normal(size=3))
    linear = frame.axes.T @ np.diag(stretch) @ frame.axes
    return case.transformed(linear, frame.origin - linear @ frame.origin)


def _question(case: Case) -> Question:
    heart, done = Heart(case), therapy(_DEVICE)
    model = heart.model(CinchParameters())
    distal = _DISTAL_SHARE * model.strip.vein_length
    landing = Landing(distal, model.proximal_end(distal, _LENGTH_MM + _PLICATION_MM))
    placement = done.site(heart, Wish(landing=landing))
    return Question(heart, done, placement.site, placement.load, blocks=("annulus", "therapy", "circumflex"))


if __name__ == "__main__":
    main()

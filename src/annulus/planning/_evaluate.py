"""A prediction beside the outcome: predicted from the anatomy before, measured on that after an implant."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

import annulus
from annulus._arrays import whole_number
from annulus.anatomy import Case
from annulus.errors import AnnulusError, InputError
from annulus.heart import Heart
from annulus.planning._compression import wilson
from annulus.planning._measure_sampling import measure_samples
from annulus.planning._plan import require_case, words_of
from annulus.planning._same_heart import require_same_heart
from annulus.planning._simulate import simulate
from annulus.prediction import Priors, Result, Samples, check_level
from annulus.sources import Assumption
from annulus.therapies import Therapy, Wish
from annulus.therapies import therapy as therapy_named

__all__ = ["EVALUATION_SCHEMA", "Evaluation", "EvaluationPair", "MeasureError", "MeasureSummary", "evaluate"]

EVALUATION_SCHEMA = "annulus.evaluation/1"
"""Name and version of the file."""

_GAP = "circumflex.min_gap_after_mm"
_ECHO = {
    "regurgitation.after.eroa_mm2": "eroa_mm2",
    "regurgitation.after.regurgitant_volume_ml": "regurgitant_volume_ml",
    "regurgitation.after.vena_contracta_mm": "vena_contracta_mm",
}
"""What the echo of POST tells, by key of the prediction."""


@dataclass(frozen=True, slots=True)
class MeasureError:
    """One measure of one pair.

    Parameters
    ----------
    key
        Key of the prediction in a result.
    before
        Its value in PRE; None where that is not known.
    predicted, measured
        From PRE, and on POST.
    interval
        In which the measured value should lie: the prediction's draws with POST's own error of measurement; None
        without samples.
    """

    key: str
    before: float | None
    predicted: float
    measured: float
    interval: tuple[float, float] | None

    @property
    def error(self) -> float:
        """Predicted less measured."""
        return self.predicted - self.measured

    @property
    def inside(self) -> bool | None:
        """Whether the measured value lies in the interval; None without one."""
        return None if self.interval is None else self.interval[0] <= self.measured <= self.interval[1]


@dataclass(frozen=True, eq=False)
class EvaluationPair:
    """One heart before and after.

    Parameters
    ----------
    post
        The anatomy after.
    result
        The prediction from the anatomy before.
    errors
        Measure by measure.
    """

    post: Case
    result: Result
    errors: tuple[MeasureError, ...]

    @property
    def line(self) -> str:
        """The pair in a line."""
        ap = next(row for row in self.errors if row.key == "annulus.after.ap_mm")
        known = [row.inside for row in self.errors if row.inside is not None]
        told = f"; {sum(known)} of {len(known)} measures in their interval" if known else ""
        ends = "" if ap.interval is None else f" ({ap.interval[0]:.1f} to {ap.interval[1]:.1f})"
        return (
            f"{self.result.case.id}, {self.result.therapy_name}: AP predicted {ap.predicted:.1f} mm{ends}, measured "
            f"{ap.measured:.1f} mm, error {ap.error:+.1f} mm{told}"
        )


@dataclass(frozen=True, slots=True)
class MeasureSummary:
    """One measure over all pairs.

    Parameters
    ----------
    key
        Key of the prediction.
    n
        Pairs that have it.
    bias, sd, rms
        Mean error, its standard deviation (None of one pair), root mean square error.
    n_inside, n_with_interval
        Of how many pairs with an interval the measured value lies in it.
    """

    key: str
    n: int
    bias: float
    sd: float | None
    rms: float
    n_inside: int
    n_with_interval: int

    @property
    def coverage_interval(self) -> tuple[float, float] | None:
        """95 % Wilson interval of the share inside [wilson1927]; None without intervals."""
        if not self.n_with_interval:
            return None
        return wilson(self.n_inside / self.n_with_interval, self.n_with_interval)


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Predictions beside outcomes.

    Parameters
    ----------
    pairs
        Those that could be compared.
    failures
        Ids of a pair to why it could not.
    level, samples, seed
        Of the intervals.
    """

    pairs: tuple[EvaluationPair, ...]
    failures: Mapping[str, str]
    level: float
    samples: int
    seed: int

    @cached_property
    def summary(self) -> tuple[MeasureSummary, ...]:
        """Bias and coverage, measure by measure."""
        keys = dict.fromkeys(row.key for pair in self.pairs for row in pair.errors)
        out = []
        for key in keys:
            rows = [row for pair in self.pairs for row in pair.errors if row.key == key]
            errors = np.array([row.error for row in rows])
            inside = [row.inside for row in rows if row.inside is not None]
            sd = float(errors.std(ddof=1)) if len(errors) > 1 else None
            rms = float(np.sqrt((errors**2).mean()))
            out.append(MeasureSummary(key, len(rows), float(errors.mean()), sd, rms, sum(inside), len(inside)))
        return tuple(out)

    def to_dict(self) -> dict[str, Any]:
        """Content of the file ``annulus.evaluation/1``."""
        lines = dict.fromkeys(line for pair in self.pairs for line in pair.result.assumptions)
        return {
            "schema": EVALUATION_SCHEMA,
            "level": self.level,
            "samples": self.samples,
            "seed": self.seed,
            "pairs": [_pair_document(pair) for pair in self.pairs],
            "failures": dict(self.failures),
            "summary": [
                {
                    "key": row.key,
                    "n": row.n,
                    "bias": row.bias,
                    **({} if row.sd is None else {"sd": row.sd}),
                    "rms": row.rms,
                    "n_inside": row.n_inside,
                    "n_with_interval": row.n_with_interval,
                    **({} if row.coverage_interval is None else {"coverage_interval": list(row.coverage_interval)}),
                }
                for row in self.summary
            ],
            "assumptions": [line.to_dict() for line in (*lines, _SAME_PHASE)],
            "provenance": {
                "version": annulus.__version__,
                "platform": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
            },
        }

    def __repr__(self) -> str:
        return f"<Evaluation of {len(self.pairs)} pairs>"


_SAME_PHASE = Assumption(
    "pair", "one heart, one phase", "", "loading and remodelling between the two images are not modelled", "assumed"
)


def evaluate(
    pre: Case | Sequence[Case],
    post: Case | Sequence[Case],
    device: Therapy | str | Sequence[Therapy | str],
    *,
    wishes: Mapping[str, float] | Sequence[Mapping[str, float]] = (),
    samples: int = 100,
    seed: int = 0,
    level: float = 0.9,
    priors: Priors | None = None,
    workers: int = 1,
    same_heart: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Evaluation:
    """Predict from the anatomy before, measure the anatomy after, and tell the error measure by measure.

    Parameters
    ----------
    pre, post
        One heart, or several pairs in equal order.
    device
        What was implanted; one for all, or one for each pair.
    wishes
        Site and load as in `simulate`, such as ``{"distal_at_mm": 95.0, "plication_mm": 12.0}``; one for all, or one
        for each pair.
    samples, seed, level, priors, workers
        As in `simulate`; the error of measuring POST has the same priors and is drawn apart. 0 gives no intervals.
    same_heart
        The pairs are one heart each, whatever their geometry says.
    progress
        Called with the number of pairs done.

    Returns
    -------
    Evaluation
        Of several pairs one that cannot be compared stands in `Evaluation.failures`.

    Raises
    ------
    InputError
        Lists of different lengths; of one pair, different hearts or phases, or a device that this heart does not allow.
    SolveError
        Of one pair, the prediction has no equilibrium.
    """
    # Asked here: of several pairs, each one's error would pass for what the pair does not allow.
    for name, value, least in (("samples", samples, 0), ("seed", seed, 0), ("workers", workers, 1)):
        whole_number(name, value, at_least=least)
    check_level(samples or sys.maxsize, level)
    before, after = ([require_case(each) for each in _listed(cases)] for cases in (pre, post))
    devices = [device] if isinstance(device, str) else words_of("device", device)
    asked = [_site_and_load(each) for each in _listed(wishes)] or [{}]
    n = len(before)
    for name, rows in (("post", after), ("device", devices), ("wishes", asked)):
        if len(rows) != n and not (name != "post" and len(rows) == 1):
            raise InputError(f"{name} must have one entry for each of {n} hearts in pre; got {len(rows)}.")
    if not n:
        raise InputError("pre must have at least one case; got none.")
    pairs: list[EvaluationPair] = []
    failures: dict[str, str] = {}
    for number, (one, other) in enumerate(zip(before, after, strict=True)):
        done = therapy_named(devices[number % len(devices)])
        try:
            require_same_heart(one, other, through_vein="coronary_sinus" in done.needs, trusted=same_heart)
            result = simulate(
                one,
                done,
                **asked[number % len(asked)],
                samples=samples,
                seed=seed,
                level=level,
                priors=priors,
                workers=workers,
                throw=True,
            )
            pairs.append(EvaluationPair(other, result, _errors(result, other, samples, seed, level, priors)))
        except AnnulusError as error:
            if n == 1:
                raise
            failures[f"{number + 1}: {one.id}, {other.id}"] = f"{error}"
        if progress is not None:
            progress(number + 1)
    return Evaluation(tuple(pairs), failures, level, samples, seed)


def _listed(given: object) -> list[Any]:
    """What was given one for each pair, or one alone, as a list."""
    return list(given) if isinstance(given, Iterable) and not isinstance(given, (str, Mapping)) else [given]


def _site_and_load(wish: object) -> dict[str, Any]:
    """A wish by its words.

    Raises
    ------
    InputError
        It is none, or holds another word.
    """
    known = [field.name for field in fields(Wish)]
    if not isinstance(wish, Mapping):
        raise InputError(f"wishes must be a table of {', '.join(known)}, or a list of such; got {wish!r:.60}.")
    for name in wish:
        if name not in known:
            raise InputError(f"wishes must be of {', '.join(known)}; got {name!r}: leave it out.")
    return dict(wish)


def _errors(
    result: Result, post: Case, samples: int, seed: int, level: float, priors: Priors | None
) -> tuple[MeasureError, ...]:
    measured = _measured(post)
    # Drawn apart from the errors of PRE: another image, another reader's hand.
    own = measure_samples(post, samples=samples, seed=seed + 1, level=level, priors=priors) if samples else None
    rows = []
    for key, value in measured.items():
        predicted = result.values.get(key)
        if not isinstance(predicted, float):
            continue
        before = result.values.get(key.replace(".after.", ".before.").replace("gap_after", "gap_before"))
        interval = _interval(result.samples, key, own, value, level)
        rows.append(MeasureError(key, before if isinstance(before, float) else None, predicted, value, interval))
    return tuple(rows)


def _measured(post: Case) -> dict[str, float]:
    """What POST tells, by the key of the prediction."""
    heart = Heart(post)
    numbers = {f"annulus.after.{key}": value for key, value in heart.before_numbers.items()}
    gaps = [float(gap.min()) for gap in heart.gaps if np.isfinite(gap).all()] if post.coronary_sinus else []
    numbers |= {_GAP: min(gaps)} if gaps else {}
    echo = {key: getattr(post.echo, name) for key, name in _ECHO.items()}
    return numbers | {key: float(value) for key, value in echo.items() if value is not None}


def _interval(
    samples: Samples | None, key: str, own: Samples | None, value: float, level: float
) -> tuple[float, float] | None:
    """Of the prediction's draws, each with a draw of the error of measuring POST."""
    if samples is None or key not in samples.intervals:
        return None
    drawn = samples.values[key]
    there = key.replace(".after.", ".").replace("gap_after", "gap_before")
    if own is not None and there in own.values:
        errors = own.values[there] - value
        drawn = drawn + np.resize(errors[np.isfinite(errors)], len(drawn))
    drawn = drawn[np.isfinite(drawn)]
    low, high = np.quantile(drawn, (0.5 * (1.0 - level), 0.5 * (1.0 + level)), method="weibull").tolist()
    return low, high


def _pair_document(pair: EvaluationPair) -> dict[str, Any]:
    cases = {"pre": pair.result.case, "post": pair.post}
    return {
        **{name: {"id": c.id, "digest": c.digest, "phase": c.phase.value} for name, c in cases.items()},
        "device": pair.result.therapy_name,
        "line": pair.line,
        "errors": [
            {
                "key": row.key,
                **({} if row.before is None else {"before": row.before}),
                "predicted": row.predicted,
                "measured": row.measured,
                "error": row.error,
                **({} if row.interval is None else {"interval": list(row.interval), "inside": row.inside}),
            }
            for row in pair.errors
        ],
        "flags": list(pair.result.flags),
    }

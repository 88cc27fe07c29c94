"""A trial on virtual patients beside the published one: who gets the device, what changes, what the answer is worth."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import t

from annulus._arrays import whole_number
from annulus._typing import FloatArray
from annulus.errors import InputError
from annulus.sources import Assumption
from annulus.study._rows import heart_rows
from annulus.study._sizing import size_assumptions
from annulus.study._trial_design import TrialDesign, read_trial, states_of
from annulus.study._trial_result import LEVEL, BaselineRow, Flow, OutcomeRow, PowerRow, TrialResult
from annulus.study._trial_statistics import (
    evidence_weight,
    normal_overlap,
    paired_power,
    patients_for_power,
)

__all__ = ["run_trial"]

_Row = Mapping[str, Any]


def run_trial(
    trial: Path | str | Mapping[str, Any],
    *,
    n: int | None = None,
    seed: int | None = None,
    worlds: int = 16,
    progress: Callable[[int], None] | None = None,
) -> TrialResult:
    """Run a trial on virtual patients.

    Parameters
    ----------
    trial
        Name of a shipped trial, TRIAL.toml, or its content.
    n, seed
        Patients screened, and their seed; None for the file's.
    worlds
        Worlds in each of which the whole trial is run, patients and devices the same; 0 for the means alone.
    progress
        Called with the number of patients done.

    Raises
    ------
    FileError
        What is wrong in the file.
    InputError
        Fewer than two patients are enrolled or implanted.
    """
    design = read_trial(trial)
    n = design.model.population.n if n is None else whole_number("n", n, at_least=2)
    seed = design.model.population.seed if seed is None else whole_number("seed", seed, at_least=0)
    if whole_number("worlds", worlds, at_least=0) == 1:
        raise InputError("worlds must be 0, or at least 2 to differ; got 1.")
    point = design.patients(n, seed)
    drawn = design.patients(n, seed, worlds) if worlds else None
    out: Counter[str] = Counter()
    enrolled: list[_Row] = []
    in_worlds: list[Sequence[_Row]] = []
    for number in range(n):
        (row,) = heart_rows(point, number, None)
        if reason := _not_enrolled(design, row):
            out[reason] += 1
        else:
            enrolled.append(row)
            if drawn is not None:
                in_worlds.append(heart_rows(drawn, number, None) if row.get("fit.fits") else [row] * worlds)
        if progress is not None:
            progress(number + 1)
    if len(enrolled) < 2:
        told = "; ".join(f"{reason} ({count})" for reason, count in out.most_common(2))
        raise InputError(
            f"at least two patients must be enrolled; {len(enrolled)} of {n} are: {told}: widen the criteria or screen "
            "more."
        )
    results = [_failure(design, row) for row in enrolled]
    kept = [row for row, reason in zip(enrolled, results, strict=True) if not reason]
    # World by world a whole trial.
    trials = [[rows[j] for rows in in_worlds] for j in range(worlds)]
    failures = [[_failure(design, row) for row in trial] for trial in trials]
    kept_worlds = [
        [row for row, reason in zip(trial, reasons, strict=True) if not reason]
        for trial, reasons in zip(trials, failures, strict=True)
    ]
    if len(kept) < 2:
        told = "; ".join(f"{reason} ({count})" for reason, count in Counter(filter(None, results)).most_common(2))
        raise InputError(f"at least two patients must keep the device; {len(kept)} of {len(enrolled)} do: {told}.")
    model = design.model
    shares: Counter[str] = Counter(reason for one in failures for reason in one if reason)
    counts = [len(one) for one in kept_worlds]
    flow = Flow(
        n,
        len(enrolled),
        len(kept),
        dict(out.most_common()),
        dict(Counter(reason for reason in results if reason).most_common()),
        (min(counts), max(counts)) if counts else None,
        {reason: 100.0 * count / (worlds * len(enrolled)) for reason, count in shares.most_common()},
        None if model.flow is None else model.flow.enrolled,
        None if model.flow is None else model.flow.implanted,
        {rule.reason: rule.published_percent for rule in model.success if rule.published_percent is not None},
    )
    outcomes = tuple(_outcome(row, kept, kept_worlds) for row in model.outcomes)
    asked, (mean, sd, *_) = (
        model.endpoint,
        _predicted(model.endpoint.quantity, model.endpoint.change, kept, kept_worlds),
    )
    effect, read = mean / sd, mean / math.hypot(sd, asked.reading_sd)
    sizes = sorted({10, 20, 30, 50, *(row.n for row in model.outcomes)})
    return TrialResult(
        design,
        seed,
        worlds,
        flow,
        tuple(_baseline(row, enrolled) for row in model.baseline),
        outcomes,
        tuple(PowerRow(m, paired_power(effect, m), paired_power(read, m)) for m in sizes),
        (patients_for_power(effect), patients_for_power(read)),
        (*_assumptions(design), *size_assumptions(point.combinations[0].choices[0])),
    )


def _within(row: _Row, low: float | None, high: float | None, key: str) -> bool | None:
    """None where the number is unknown."""
    value = row.get(key)
    if value is None or not math.isfinite(value):
        return None
    return (low is None or value >= low) and (high is None or value <= high)


def _not_enrolled(design: TrialDesign, row: _Row) -> str:
    if row["status"] == "error":
        return f"fault of the package: {row['reason']}"
    for rule in design.model.inclusion:
        inside = _within(row, rule.min, rule.max, rule.key)
        if inside is not True:
            return f"{rule.key} {'unknown' if inside is None else _range_text(rule.min, rule.max, 'not ')}"
    for rule in design.model.exclusion:
        inside = _within(row, rule.min, rule.max, rule.key)
        if inside is not False:
            return f"{rule.key} {'unknown' if inside is None else _range_text(rule.min, rule.max, '')}"
    return ""


def _range_text(low: float | None, high: float | None, no: str) -> str:
    ends = (f"at least {low:g}" if low is not None else "", f"at most {high:g}" if high is not None else "")
    return no + " and ".join(end for end in ends if end)


def _failure(design: TrialDesign, row: _Row) -> str:
    """Why an enrolled patient has no device in the end; empty where there is one."""
    if row["status"] == "refused" or not row.get("fit.fits", False):
        return f"no device fits: {row.get('fit.reason') or row['reason']}"
    if row["status"] == "failed":
        return "not predicted: no equilibrium"
    if row["status"] == "error":
        return f"not predicted: {row['reason']}"
    for rule in design.model.success:
        inside = _within(row, rule.min, rule.max, rule.key)
        # An artery that the device does not reach has no number; nothing then forbids the device.
        if inside is False:
            return rule.reason
    endpoint = states_of(design.model.endpoint.quantity)
    if any(not math.isfinite(row.get(key, math.nan)) for key in endpoint):
        return "not predicted: the fast closure knows no valve like this"
    return ""


def _changes(quantity: str, change: str, rows: Sequence[_Row]) -> FloatArray:
    """Changes of those rows in which both states are known; shape (m,)."""
    before, after = (np.array([row.get(key, math.nan) for row in rows], float) for key in states_of(quantity))
    known = np.isfinite(before) & np.isfinite(after) & ((before > 0.0) | (change == "absolute"))
    before, after = before[known], after[known]
    return 100.0 * (after - before) / before if change == "percent" else after - before


def _predicted(
    quantity: str, change: str, kept: Sequence[_Row], worlds: Sequence[Sequence[_Row]]
) -> tuple[float, float, float, float, int]:
    """Mean of the changes, their SD between patients, SD of the mean between worlds, mean at the means, patients."""
    point = _changes(quantity, change, kept)
    if point.size < 2:
        raise InputError(f"{quantity} must be known before and after in at least two patients; got {point.size}.")
    found = [values for rows in worlds if (values := _changes(quantity, change, rows)).size > 1]
    if len(found) < 2:
        return float(point.mean()), float(point.std(ddof=1)), 0.0, float(point.mean()), point.size
    means = np.array([values.mean() for values in found])
    within = math.sqrt(float(np.mean([values.var(ddof=1) for values in found])))
    return float(means.mean()), within, float(means.std(ddof=1)), float(point.mean()), point.size


def _outcome(row: Any, kept: Sequence[_Row], worlds: Sequence[Sequence[_Row]]) -> OutcomeRow:
    mean, sd, world_sd, at_means, n = _predicted(row.quantity, row.change, kept, worlds)
    variance = sd**2 / n + world_sd**2
    # Worlds are few: their quantile is Student's, which is wide enough for both.
    quantile = float(t.ppf(0.5 + 0.5 * LEVEL, (len(worlds) if world_sd > 0.0 else n) - 1))
    low, high = mean - quantile * math.sqrt(variance), mean + quantile * math.sqrt(variance)
    ends = (row.mean, row.mean) if row.mean is not None else (row.low, row.high)
    nearest = min(max(mean, ends[0]), ends[1])
    real_sd = sd if row.sd is None else row.sd
    weight, stands_for = evidence_weight(real_sd, row.n, variance)
    means = normal_overlap(mean, math.sqrt(variance), nearest, real_sd / math.sqrt(row.n))
    apart = math.sqrt(variance + real_sd**2 / row.n)
    return OutcomeRow(
        row.quantity,
        row.change,
        n,
        mean,
        sd,
        low,
        high,
        at_means,
        world_sd,
        ends[0],
        ends[1],
        row.n,
        row.sd,
        row.sd is None,
        normal_overlap(mean, sd, nearest, real_sd),
        means,
        weight,
        stands_for,
        abs(mean - nearest) <= quantile * apart,
        row.source,
        row.why,
    )


def _baseline(row: Any, enrolled: Sequence[_Row]) -> BaselineRow:
    values = np.array([value for one in enrolled if math.isfinite(value := one.get(row.key, math.nan))], float)
    if values.size < 2:
        raise InputError(f"baseline {row.key} must be known in at least two patients; got {values.size}.")
    mean, sd = float(values.mean()), float(values.std(ddof=1))
    overlap = None if row.sd is None else normal_overlap(mean, sd, row.mean, row.sd)
    return BaselineRow(
        row.key, row.unit, values.size, mean, sd, row.mean, row.sd, row.n, overlap, row.source, row.why
    )  # fmt: skip


def _assumptions(design: TrialDesign) -> list[Assumption]:
    """What the file says of its own rules."""
    model = design.model
    rows = [
        Assumption(
            f"{block}.{row.key}", _range_text(row.min, row.max, ""), "", row.why or "no reason given", row.source
        )
        for block in ("inclusion", "exclusion", "success")
        for row in getattr(model, block)
    ]
    rows.append(Assumption("allocation", model.device.allocation, "", model.device.why or "none given", "assumed"))
    for name, unit in (("plication_mm", "mm"), ("traction_n", "N")):
        if (value := getattr(model.device, name)) is not None:
            rows.append(Assumption(name, value, unit, "asked for by the trial's file", model.device.source))
    if model.device.plication_mm is None and model.device.traction_n is None:
        rows.append(Assumption("load", "the therapy's default", "", "the trial's file does not say", "assumed"))
    if model.endpoint.reading_sd > 0.0:
        why = model.endpoint.reading_why or "no reason given"
        rows.append(Assumption("reading_sd", model.endpoint.reading_sd, model.endpoint.change, why, "assumed"))
    return rows

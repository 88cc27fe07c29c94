"""From many candidates to few: one prediction each, the rules, and the fronts of effect against risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from annulus._typing import FloatArray, IntArray
from annulus.errors import AnnulusError
from annulus.heart import Heart
from annulus.planning._candidates import Candidate
from annulus.planning._compression import is_accepted, risk_order
from annulus.planning._judging import different, effect_of, reduction_percent
from annulus.planning._rules import PlanRules
from annulus.prediction import in_processes, predict

__all__ = ["fronts", "screened", "shortlist"]

_BLOCKS = ("therapy", "annulus", "regurgitation", "circumflex")

_GRAIN = (1.0, 0.1, 0.05)
"""What is no difference to the fronts: EROA [mm2], AP [mm], risk [mm or 1]."""


def screened(heart: Heart, candidates: Sequence[Candidate], rules: PlanRules, *, workers: int = 1) -> list[Candidate]:
    """The candidates with the numbers of their point predictions, or with what is wrong with them."""
    # What all predictions share is made before the processes part.
    for ready in (heart.before_numbers, heart.gaps, heart.crossings, heart.valve):
        del ready
    return in_processes(partial(_predicted, heart, rules), candidates, workers=workers)


def _predicted(heart: Heart, rules: PlanRules, candidate: Candidate) -> Candidate:
    try:
        found = predict(heart, candidate.therapy, candidate.site, candidate.load)
        if not found.converged:
            return replace(candidate, problem="no equilibrium: none is found that can be measured.")
        numbers = found.numbers(("therapy",))
        pull = numbers["therapy.traction_n"]
        if pull > rules.max_traction_n:
            problem = f"too much traction: {pull:.1f} N; {rules.max_traction_n:g} N is the limit."
            return replace(candidate, numbers=numbers, problem=problem)
        # What the therapy itself flags of a landing: stents, valves, large branches under an anchor. Oversizes too, so
        # not where the user has a rule of his own.
        flags = found.therapy.flags(found.heart, found.site, found.by_name)
        if flags and rules.min_oversize is None and rules.max_oversize is None:
            return replace(candidate, numbers=numbers, problem=f"landing: {flags[0]}")
        return replace(candidate, numbers={**numbers, **found.numbers(_BLOCKS[1:])})
    except AnnulusError as error:
        return replace(candidate, problem=f"{error}")


def fronts(points: FloatArray) -> list[IntArray]:
    """Rows by Pareto front, the best first: no row of a front is as good as another in all columns and better in one.

    Parameters
    ----------
    points
        Objectives, less is better, shape (n, k).
    """
    no_worse = np.all(points[:, None, :] <= points[None, :, :], axis=2)
    beats = no_worse & np.any(points[:, None, :] < points[None, :, :], axis=2)
    left, out = np.arange(len(points)), []
    while len(left):
        free = ~np.any(beats[np.ix_(left, left)], axis=0)
        out.append(left[free])
        left = left[~free]
    return out


def shortlist(candidates: Sequence[Candidate], n: int, rules: PlanRules) -> list[Candidate]:
    """The `n` best: half of them those of most effect whose point prediction keeps the rules, no two alike in length
    and landing; then front after front, of a front that is too long evenly over its risk."""
    if not candidates:
        return []
    points = np.array([(*effect_of(c), risk_order(c.numbers)) for c in candidates])
    grains = np.round(points / _GRAIN)
    # Of candidates that differ in nothing that counts the one whose anchors are oversized most evenly.
    order = sorted(range(len(candidates)), key=lambda i: candidates[i].off_middle)
    alike: dict[tuple[float, ...], int] = {}
    for i in order:
        alike.setdefault(tuple(grains[i]), i)
    kept = np.array(sorted(alike.values()))
    out = _keeping([candidates[i] for i in kept], rules)[: (n + 1) // 2]
    for front in fronts(grains[kept]):
        rows = [i for i in kept[front] if candidates[i] not in out]
        rows.sort(key=lambda i: (points[i, 2], points[i, 0], points[i, 1]))
        room = n - len(out)
        if len(rows) > room:
            rows = [rows[int(k)] for k in np.unique(np.round(np.linspace(0, len(rows) - 1, room)))] if room else []
        out += [candidates[i] for i in rows]
        if len(out) >= n:
            break
    return out


def _keeping(candidates: Sequence[Candidate], rules: PlanRules) -> list[Candidate]:
    """Those whose point prediction keeps the rules, by effect; of one length and nearly one landing the best."""
    kept = [
        c
        for c in candidates
        if reduction_percent(c) >= rules.min_ap_reduction_percent and is_accepted(c.numbers, rules.max_compression)
    ]
    return different(sorted(kept, key=lambda c: (round(effect_of(c)[0]), effect_of(c)[1])))

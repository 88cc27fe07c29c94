"""Which device, where, how hard: a search over sizes, landings and loads of double anchors, subject to the rules.

Objective: the least leak that stays (EROA), then the least AP, among candidates whose probability of compressing an
artery is at most `PlanRules.max_compression` and whose anchors, traction and length obey `PlanRules`. A candidate whose
AP falls by less than `PlanRules.min_ap_reduction_percent` is not recommended: "no device suits" is an answer. The front
tells what more effect costs in risk.

Three steps, all on the one road: about a thousand candidates get one prediction each; the thirty best by fronts of
(EROA, AP, risk) a few worlds; of those that keep the rules the five best, no two alike in length and landing while
there are others, many worlds. Where none of the five keeps them, and another may, the next five follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from typing import Any

import numpy as np

from annulus._arrays import whole_number
from annulus.anatomy import Case, Phase
from annulus.errors import InputError, SolveError
from annulus.heart import Heart, closure_settings
from annulus.planning._candidates import Candidate, candidates_of
from annulus.planning._judging import could_keep, different, order_of, problem_of
from annulus.planning._plan_result import Plan
from annulus.planning._rules import PlanRules, PlanSearch
from annulus.planning._screening import screened, shortlist
from annulus.planning._simulate import require_parts
from annulus.prediction import BIAS_WORLDS, Priors, Question, Samples, sample_questions
from annulus.therapies import ALL_THERAPIES, Sizing, Therapy, therapy

__all__ = ["plan_one", "require_case", "sizes_of", "words_of"]

_ROUNDS = 3
"""Times that the next best are predicted in many worlds, where none before them keeps the rules."""

_FEW_BIAS_WORLDS = 12
"""Of few worlds so many tell the bias of measurement error: without that a least gap is too small."""

_SYSTOLE = (Phase.MID_SYSTOLE, Phase.END_SYSTOLE)
_SAMPLED = ("therapy", "annulus", "regurgitation", "circumflex")


def sizes_of(devices: str | Sequence[str | Therapy]) -> Mapping[str, tuple[Therapy, Sizing]]:
    """Sizes by name from ``"carillon"`` for its whole catalogue, from names, or from both, each once.

    Raises
    ------
    InputError
        Nothing, an unknown name, or a therapy that is not sized and landed in the vein.
    """
    words = words_of("devices", devices)
    out: dict[str, tuple[Therapy, Sizing]] = {}
    for word in words:
        for name in _family(word) or (word,):
            size = therapy(name)
            if size.sizing is None:
                raise InputError(
                    f"devices of a plan must have anchors that are sized and landed in the vein; got {size.name!r}: "
                    "put other therapies side by side with annulus compare."
                )
            out.setdefault(size.name, (size, size.sizing))
    if not out:
        raise InputError("devices must name at least one device, such as carillon or carillon-9-18-60; got none.")
    return out


def words_of(name: str, therapies: object) -> list[Any]:
    """Names or therapies of a text with commas, of one therapy, or of a list of either.

    Raises
    ------
    InputError
        It is nothing of these.
    """
    if isinstance(therapies, str):
        return therapies.split(",")
    if isinstance(therapies, Therapy):
        return [therapies]
    if not isinstance(therapies, Iterable):
        raise InputError(
            f"{name} must be names with commas, or a list of names and therapies; got {therapies!r:.60}: give one such "
            "as 'carillon-9-18-60'."
        )
    return list(therapies)


def _family(word: str | Therapy) -> tuple[str, ...]:
    """Catalogue of which a word is the family's name; empty where it is none's."""
    text = word.strip().lower() if isinstance(word, str) else ""
    names = [name for kind in ALL_THERAPIES for name in kind.catalogue() if text and name.startswith(f"{text}-")]
    return tuple(names) if names and therapy(names[0]).sizing is not None and "-" not in text else ()


def require_case(case: object) -> Case:
    """The case.

    Raises
    ------
    InputError
        It is none.
    """
    if not isinstance(case, Case):
        what = f"a path ({case})" if isinstance(case, (str, PathLike)) else type(case).__name__
        raise InputError(f"case must be a Case, as annulus.load_case gives it; got {what}.")
    return case


def plan_one(
    phases: Sequence[Case],
    sizes: Mapping[str, tuple[Therapy, Sizing]],
    rules: PlanRules,
    search: PlanSearch,
    *,
    priors: Priors | None = None,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Plan:
    """The plan of one heart, in all its phases.

    Parameters
    ----------
    phases
        The heart; where it was imaged in several phases one case each. A systolic one leads: there the valve leaks.
    sizes
        What may be implanted.
    rules, search, priors, workers
        As in `annulus.planning.plan`.
    progress
        Called with 1, 2, 3 after screening, few worlds and many worlds.

    Raises
    ------
    InputError
        A case without coronary sinus or without its radius, or rules that contradict the heart.
    """
    whole_number("workers", workers, at_least=1)
    told = progress or (lambda step: None)
    lead, *others = sorted(phases, key=lambda case: case.phase not in _SYSTOLE)
    for case in (lead, *others):
        require_parts(case, next(iter(sizes.values()))[0])
    heart, notes = _ready(lead)
    rest = {case.phase.value: Heart(case) for case in others}
    known = Priors() if priors is None else priors
    found, reasons = candidates_of(heart, sizes, rules, limit=search.candidates)
    found = screened(heart, found, rules, workers=workers)
    told(1)
    short = shortlist([candidate for candidate in found if not candidate.problem], search.short, rules)
    if search.short > search.best:
        short = _sampled(heart, rest, short, known, search, search.short_worlds, workers, bias_worlds=_FEW_BIAS_WORLDS)
        short.sort(key=lambda candidate: order_of(candidate, rules))
    told(2)
    best: list[Candidate] = []
    left = short
    for _ in range(_ROUNDS):
        chosen = [*different(left), *left]
        chosen = list(dict.fromkeys(chosen))[: search.best]
        left = [candidate for candidate in left if candidate not in chosen]
        again = min(BIAS_WORLDS, max(search.worlds // 3, _FEW_BIAS_WORLDS))
        best += _sampled(heart, rest, chosen, known, search, search.worlds, workers, bias_worlds=again)
        kept = any(not problem_of(candidate, rules) for candidate in best)
        if kept or not any(could_keep(candidate, rules) for candidate in left):
            break
    best.sort(key=lambda candidate: order_of(candidate, rules))
    best = [replace(candidate, problem=problem_of(candidate, rules)) for candidate in best]
    told(3)
    return Plan(heart, tuple(rest), sizes, rules, search, tuple(found), tuple(short), tuple(best), reasons, notes)


def _ready(case: Case) -> tuple[Heart, tuple[str, ...]]:
    """The heart, its valve closed fast where that can be; and what must be said before everything else."""
    notes = []
    if not case.arteries:
        notes.append("no circumflex is known: its risk is not part of this plan")
    if case.leaflets is None:
        heart = Heart(case)
        notes.append("no leaflets are known: planned by AP alone")
    else:
        heart = Heart(case, closure_settings("fast"))
        try:
            leak = heart.valve and heart.valve.closed_as_measured
            if leak is None or not leak.converged:
                raise SolveError(leak.advice if leak is not None else "it has no leaflets")
        except (InputError, SolveError) as error:
            heart = Heart(case)
            notes.append(f"the valve cannot be closed fast ({str(error).rstrip('.')}): planned by AP alone")
    gaps = [float(gap.min()) for gap in heart.gaps if np.isfinite(gap).all()]
    if case.arteries and not gaps:
        notes.append("the radius of vein or artery is unknown: circumflex risk is not part of this plan")
    elif gaps and min(gaps) < 0.0:
        notes.append(f"artery and vein overlap by {-min(gaps):.1f} mm before any device: check both outlines")
    return heart, tuple(notes)


def _sampled(
    heart: Heart,
    others: Mapping[str, Heart],
    candidates: Sequence[Candidate],
    priors: Priors,
    search: PlanSearch,
    n_worlds: int,
    workers: int,
    *,
    bias_worlds: int,
) -> list[Candidate]:
    """The candidates with their samples; those of which too few worlds can be predicted have a problem instead."""
    if not candidates:
        return []

    def asked(questions: list[Question]) -> list[Samples | SolveError]:
        return sample_questions(
            questions,
            samples=n_worlds,
            seed=search.seed,
            level=search.level,
            priors=priors,
            workers=workers,
            bias_worlds=bias_worlds,
        )

    here = asked([candidate.question(heart, _SAMPLED) for candidate in candidates])
    there = {
        phase: asked([candidate.landed_in(heart, other, _SAMPLED) for candidate in candidates])
        for phase, other in others.items()
    }
    out = []
    for number, (candidate, samples) in enumerate(zip(candidates, here, strict=True)):
        phases = {phase: rows[number] for phase, rows in there.items()}
        failed = next((each for each in (samples, *phases.values()) if isinstance(each, SolveError)), None)
        if isinstance(samples, SolveError) or failed is not None:
            out.append(replace(candidate, samples=None, problem=f"{failed}"))
        else:
            told = {phase: each for phase, each in phases.items() if isinstance(each, Samples)}
            out.append(replace(candidate, samples=samples, other_phases=told))
    return out

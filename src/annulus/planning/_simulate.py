"""One therapy in one case: what becomes of annulus, coaptation, leak and circumflex."""

from __future__ import annotations

import sys
from os import PathLike

from annulus._arrays import whole_number
from annulus.anatomy import Case
from annulus.errors import InputError, SolveError
from annulus.heart import ClosureSettings, Heart, closure_settings
from annulus.mechanics.network import CinchParameters, Landing, Resolution, TractionReaction
from annulus.prediction import (
    Prediction,
    Priors,
    Question,
    Result,
    beside_full_closure,
    check_level,
    importance,
    sample_worlds,
)
from annulus.sources import Assumption
from annulus.therapies import Placement, Therapy, Wish
from annulus.therapies import therapy as therapy_named

__all__ = ["simulate"]

_ADD = {
    "coronary_sinus": "a coronary sinus: add the curve of its axis (coronary_sinus in the case, or the vein's file in "
    "the recipe)",
    "vein_radius": "the radius of its coronary sinus: add radius values to the curve",
    "arteries": "an artery: add the curve of the circumflex (arteries)",
    "leaflets": "leaflets: add heights or meshes of both",
}


def simulate(
    case: Case | Heart,
    therapy: Therapy | str,
    *,
    distal_at_mm: float | None = None,
    landing: Landing | None = None,
    traction_n: float | None = None,
    plication_mm: float | None = None,
    traction_reaction: TractionReaction | str | None = None,
    closure: ClosureSettings | str | None = None,
    scheme: str | None = None,
    samples: int = 0,
    seed: int = 0,
    level: float = 0.9,
    priors: Priors | None = None,
    costly: bool = False,
    workers: int = 1,
    sobol: int = 0,
    parameters: CinchParameters | None = None,
    resolution: Resolution | None = None,
    throw: bool = False,
) -> Result:
    """Do a therapy to a heart and predict what follows; the same call for every therapy.

    Parameters
    ----------
    case
        The heart: a case, or a `Heart` that is ready already: `closure`, `scheme` and `resolution` are then its own.
    therapy
        A therapy, or its name such as ``"carillon-9-18-60"``, ``"ring-28"``, ``"clip-XTW"``.
    distal_at_mm
        Site on the vein: its distal end, arc length from the ostium [mm]; None for the therapy's default.
    landing
        Both ends on the vein; then no site and no load may be given.
    traction_n
        Pull on the ribbon at the ostium [N]; the proximal anchor opens where the ribbon then ends.
    plication_mm
        Slack-free path less device length [mm].
    traction_reaction
        What the pull is reacted by: ``"ostium"`` (the operator holds the catheter against it: the clinic, and the
        default) or ``"outside"`` (a bench's suture). The lock at a given plication does not depend on it.
    closure
        ``"fast"`` or ``"full"`` (or `ClosureSettings`): the valve is closed before and after; ``"none"`` leaves only
        the tent over the A2-P2 section. None closes as the therapy needs it where the case has leaflets, and fully
        where the fast closure knows no valve like this one.
    scheme
        Grading scheme of the closed valve's leak.
    samples, seed, level
        Worlds in which the prediction is made again (none by default), their seed, and the level of the intervals that
        they give. World k is the same for every therapy. Leak and coaptation are closed by the fast closure in them.
    priors
        Distributions other than the defaults.
    costly
        Intervals of the costly quantities too (area of the minimal surface, loss of AP per slip).
    workers
        Processes among which the worlds are shared; the result does not depend on it.
    sobol
        Length of a Sobol sequence (64, 128, ...) for `Result.importance`; 0 for none.
    parameters, resolution
        Stiffnesses and node counts other than the defaults.
    throw
        Raise where a solve failed; else the result's status and flags say so, and what is not known is absent.

    Returns
    -------
    Result
        Numbers with units in their keys, flags, assumptions; `Result.to_dict` is the result file's content.

    Raises
    ------
    InputError
        The case lacks what the therapy needs, wishes that contradict each other or the heart, too few samples.
    SolveError
        `throw` is true, and a solve failed, the load folds the annulus so that nothing can be measured, or too few
        worlds have an equilibrium.
    """
    # Without samples there is no interval to be too few for; the level must be one all the same.
    for name, value in (("samples", samples), ("seed", seed), ("sobol", sobol)):
        whole_number(name, value)
    whole_number("workers", workers, at_least=1)
    check_level(samples or sys.maxsize, level)
    for name, value, kind in (
        ("landing", landing, Landing),
        ("priors", priors, Priors),
        ("parameters", parameters, CinchParameters),
        ("resolution", resolution, Resolution),
    ):
        if value is not None and not isinstance(value, kind):
            raise InputError(f"{name} must be a {kind.__name__} or None; got {value!r:.60}: make one.")
    done = therapy_named(therapy)
    heart = _heart(case, done, closure, scheme, resolution)
    require_parts(heart.case, done)
    wish = Wish(distal_at_mm, landing, traction_n, plication_mm, traction_reaction)
    known = Priors() if priors is None else priors
    placement, question, point = _pointed(heart, done, wish, known, parameters, costly)
    placed = placement.assumptions
    if point.refusal and closure is None and not isinstance(case, Heart):
        heart = _heart(case, done, "full", scheme, resolution)
        placement, question, point = _pointed(heart, done, wish, known, parameters, costly)
        why = "the fast closure knows no valve like this one"
        placed = (*placed, Assumption("closure_kind", "full", "", why, "rule"))
    elif point.refusal:
        raise InputError(point.refusal)
    if throw:
        point.checked()
    # A valve that cannot be closed is told here, not where its numbers are read.
    for state in (point.before, point.after):
        if state.closed is not None and state.closed.solution is not None and throw:
            state.closed.solution.checked()
    sampled, lines, matters, failures = None, (), None, []
    try:
        if samples:
            sampled = sample_worlds(question, samples=samples, seed=seed, level=level, priors=known, workers=workers)
            sampled, lines = beside_full_closure(question, point, sampled)
            lines = (*known.assumptions(), *lines)
    except SolveError as error:
        failures.append(error)
    try:
        if sobol:
            matters = importance(question, base=sobol, seed=seed, priors=known, workers=workers)
    except SolveError as error:
        failures.append(error)
    if throw and failures:
        raise failures[0]
    told = tuple(f"{error}" for error in failures)
    return Result(point, question, placed, sampled, lines, matters, told)


def _pointed(
    heart: Heart,
    therapy: Therapy,
    wish: Wish,
    priors: Priors,
    parameters: CinchParameters | None,
    costly: bool,
) -> tuple[Placement, Question, Prediction]:
    """Where the therapy goes, what is asked, and the answer in the world of means."""
    placement = therapy.site(heart, wish)
    question = Question(heart, therapy, placement.site, placement.load, parameters, costly=costly)
    return placement, question, question.predicted(priors.means(base=parameters))


def require_parts(case: Case, therapy: Therapy) -> None:
    """Raise where a case lacks what a therapy needs.

    Raises
    ------
    InputError
        Says which part, and how to add it.
    """
    sinus, leaflets = case.coronary_sinus, case.leaflets
    there = {
        "coronary_sinus": sinus is not None,
        "vein_radius": sinus is not None and sinus.curve.radius is not None,
        "arteries": bool(case.arteries),
        "leaflets": leaflets is not None,
    }
    for part in therapy.needs:
        if part not in there:
            raise InputError(f"{therapy.name} needs {part!r}, which is no part of a case: one of {', '.join(there)}.")
        if not there[part]:
            raise InputError(f"{therapy.name} needs a case with {_ADD[part]}; case {case.id!r} has none.")


def _heart(
    case: Case | Heart,
    therapy: Therapy,
    closure: ClosureSettings | str | None,
    scheme: str | None,
    resolution: Resolution | None,
) -> Heart:
    if isinstance(case, Heart):
        for name, value in (("closure", closure), ("scheme", scheme), ("resolution", resolution)):
            if value is not None:
                raise InputError(f"{name} is a ready heart's own; got one beside it: make the Heart with it.")
        return case
    if not isinstance(case, Case):
        what = f"a path ({case})" if isinstance(case, (str, PathLike)) else type(case).__name__
        raise InputError(f"case must be a Case, as annulus.load_case gives it; got {what}.")
    if closure is None:
        closure = "none" if case.leaflets is None else therapy.closure
    return Heart(case, closure_settings(closure, scheme=scheme), resolution)

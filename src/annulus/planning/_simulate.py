"""One device in one case: what becomes of annulus, coaptation and circumflex."""

from __future__ import annotations

from annulus.anatomy import Case, trigone_positions
from annulus.anatomy.measures import AnnulusMeasures, measure_annulus
from annulus.devices import DoubleAnchor, parse_device
from annulus.errors import InputError, SolveError
from annulus.mechanics.network import (
    CinchModel,
    CinchParameters,
    Equilibrium,
    Landing,
    Resolution,
    carried_annulus,
    carried_sinus,
)
from annulus.outcomes import circumflex_change, tent_of_case
from annulus.planning._closure_change import ClosurePlan, baseline_of, closure_change, closure_plan
from annulus.planning._intervals import check_level
from annulus.planning._landing import anchor_flags, anchor_sizing, implanted
from annulus.planning._priors import Priors
from annulus.planning._sampling import Plan, sample_plan
from annulus.planning._simulation_result import SimulationResult, moved_arteries
from annulus.sources import Assumption

__all__ = ["simulate"]


def simulate(
    case: Case,
    device: DoubleAnchor | str,
    *,
    landing: Landing | None = None,
    distal_at_mm: float | None = None,
    traction_n: float | None = None,
    plication_mm: float | None = None,
    parameters: CinchParameters | None = None,
    resolution: Resolution | None = None,
    throw: bool = False,
    samples: int = 0,
    seed: int = 0,
    level: float = 0.9,
    priors: Priors | None = None,
    workers: int = 1,
    closure: ClosurePlan | str = "none",
    scheme: str | None = None,
) -> SimulationResult:
    """Implant a double-anchor device and predict what becomes of the annulus.

    Parameters
    ----------
    case
        The heart; it needs a coronary sinus with radius.
    device
        Device, or its name such as ``"carillon-9-18-60"``.
    landing
        Both ends of the ribbon on the vein; then nothing else may be given.
    distal_at_mm
        Site of the distal end of the ribbon, arc length from the ostium [mm].
    traction_n
        Pull from outside [N]; the proximal anchor opens where the ribbon then ends.
    plication_mm
        Slack-free path less device length [mm].
    parameters, resolution
        Stiffnesses and node counts other than the defaults.
    throw
        Raise where a solve failed; else the result's status says so.
    samples, seed, level
        Draws of the uncertain numbers (none by default), their seed, and the level of the intervals that they give.
        Draw k is the same world for every device. The sites on the vein and the device stay as planned.
    priors
        Distributions other than the defaults.
    workers
        Processes among which the draws are shared; the result does not depend on it.
    closure
        ``"none"`` (the tent over the A2-P2 section only), ``"fast"`` or ``"full"``, or a `ClosurePlan`: the valve is
        closed before and after. The draws of `samples` do not close it.
    scheme
        Grading scheme of the closed valve's leak.

    Raises
    ------
    InputError
        The case has no coronary sinus, the wishes contradict each other or the vein, the samples are too few, or a
        closure was asked for and the case has no leaflets.
    SolveError
        A solve failed and `throw` is true, the load folds the annulus so that nothing can be measured, or too few
        draws have an equilibrium.
    """
    if samples:
        check_level(samples, level)
    wanted = closure_plan(closure, scheme=scheme)
    device = parse_device(device) if isinstance(device, str) else device
    sinus = case.coronary_sinus
    if sinus is None:
        raise InputError(f"case {case.id!r} must have a coronary sinus to be cinched; it has none: add its curve.")
    if sinus.curve.radius is None:
        raise InputError(
            f"case {case.id!r} must give the radius of its coronary sinus; it gives none: add radius values."
        )
    places, trigone_source = trigone_positions(case.annulus)
    model = CinchModel.from_case(
        case, trigones=case.annulus.loop.at(places), parameters=parameters, resolution=resolution
    )
    cinch, wishes = implanted(
        model,
        device,
        vein_mm=sinus.curve.length,
        landing=landing,
        distal_at_mm=distal_at_mm,
        traction_n=traction_n,
        plication_mm=plication_mm,
    )
    if throw:
        cinch.traction.checked()
        cinch.locked.checked()
    before = measure_annulus(case.annulus, aortic=case.aortic_annulus)
    (traction, traction_flags), (after, after_flags) = (
        _measured(case, state, name) for name, state in (("traction", cinch.traction), ("locked", cinch.locked))
    )
    tent, tent_lines = tent_of_case(case, before.ap_mm)
    circumflex = circumflex_change(
        case,
        carried_sinus(sinus, cinch.locked),
        moved_arteries(case, cinch.locked),
        span=(cinch.landing.proximal_s_mm, cinch.landing.distal_s_mm),
    )
    closed = None
    if wanted is not None:
        closed = closure_change(baseline_of(case, wanted), carried_annulus(case.annulus, cinch.locked))
    sizing = anchor_sizing(sinus, device, cinch.landing)
    flags = (
        *anchor_flags(device, cinch.landing, sizing),
        *((cinch.status.advice,) if cinch.status.value != "converged" else ()),
        *traction_flags,
        *after_flags,
        *(() if closed is None else closed.flags),
    )
    lines = [*case.assumptions, *device.assumptions(), *wishes]
    if trigone_source != "landmarks":
        lines.append(
            Assumption("trigones", trigone_source, "", "the case gives no trigones", "annulus-anterior-share-scilit")
        )
    # A case read from a file says itself that it has none.
    if not case.arteries and all(line.name != "circumflex" for line in case.assumptions):
        why = "no circumflex is known: crossings, gaps and its risk are absent, not zero"
        lines.append(Assumption("circumflex", "absent", "", why, "case"))
    lines += [*before.assumptions, *model.parameters.assumptions(), *tent_lines]
    if closed is not None:
        lines += [*closed.baseline.assumptions, *closed.assumptions]
    plan = Plan(case, cinch.landing, device.length_mm, traction_n, tent, parameters, resolution)
    sampled = None
    if samples:
        lines += (priors or Priors()).assumptions()
        sampled = sample_plan(plan, samples=samples, seed=seed, level=level, priors=priors, workers=workers)
    return SimulationResult(
        case,
        device,
        cinch,
        before,
        traction,
        after,
        tent,
        circumflex,
        flags,
        tuple(dict.fromkeys(lines)),
        plan,
        sampled,
        closed,
    )


def _measured(case: Case, state: Equilibrium, name: str) -> tuple[AnnulusMeasures, tuple[str, ...]]:
    """Measures of the annulus in a state, and what could not be measured.

    Raises
    ------
    SolveError
        The annulus of that state is no simple loop.
    """
    try:
        annulus = carried_annulus(case.annulus, state)
    except InputError as error:
        raise SolveError(
            f"the annulus of the {name} state is no simple loop any more ({error}) The load lies beyond what the model "
            "supports: ask for less traction or less plication."
        ) from error
    try:
        return measure_annulus(annulus, aortic=case.aortic_annulus), ()
    except SolveError as error:
        flag = f"area_3d_mm2 of the {name} state is absent: {error}"
        return measure_annulus(annulus, aortic=case.aortic_annulus, minimal_surface=False), (flag,)

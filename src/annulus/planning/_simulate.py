"""One device in one case: what becomes of annulus, coaptation and circumflex."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

import annulus
from annulus.anatomy import (
    AnnulusMeasures,
    Artery,
    Case,
    measure_annulus,
    measure_coronary_sinus,
    trigone_positions,
)
from annulus.devices import DoubleAnchor, parse_device
from annulus.errors import InputError, SolveError
from annulus.mechanics import (
    Cinch,
    CinchModel,
    CinchParameters,
    Equilibrium,
    Landing,
    Resolution,
    carried_annulus,
    carried_artery,
    carried_sinus,
    sensitivities,
)
from annulus.outcomes import Tent, circumflex_change, tent_of_case
from annulus.planning._intervals import Samples, check_level
from annulus.planning._landing import anchor_flags, anchor_sizing, implanted
from annulus.planning._priors import Priors
from annulus.planning._sampling import Plan, sample_plan
from annulus.sources import Assumption

__all__ = ["SimulationResult", "simulate"]


@dataclass(frozen=True, eq=False)
class SimulationResult:
    """What a simulated implantation gives; `to_dict` is the result file's content.

    Parameters
    ----------
    case, device
        What went in.
    cinch
        Landing, plication, traction and locked state.
    before, traction, after
        Annulus measures of the three states.
    tent
        A2-P2 section before.
    circumflex
        Crossings and gaps before and after; empty without an artery.
    flags
        Sentences on what does not sit as it should.
    assumptions
        What the result rests on that was not measured in this case.
    plan
        What was asked for, ready to be predicted in other worlds.
    samples
        The predicted numbers over draws; None where none were asked for.
    """

    case: Case
    device: DoubleAnchor
    cinch: Cinch
    before: AnnulusMeasures
    traction: AnnulusMeasures
    after: AnnulusMeasures
    tent: Tent
    circumflex: Mapping[str, Any]
    flags: tuple[str, ...]
    assumptions: tuple[Assumption, ...]
    plan: Plan
    samples: Samples | None = None

    @property
    def converged(self) -> bool:
        """Both states are equilibria."""
        return self.cinch.status.succeeded

    @cached_property
    def change_percent(self) -> dict[str, float]:
        """Change of every annulus measure from before to after [%], where both are known and not zero."""
        old, new = _numbers(self.before), _numbers(self.after)
        return {key: 100.0 * (new[key] / old[key] - 1.0) for key in old if key in new and old[key] != 0.0}

    def to_dict(self) -> dict[str, object]:
        """Content of the result file (``annulus.result/1``); what was not computed has no key."""
        cinch, landing = self.cinch, self.cinch.landing
        document: dict[str, object] = {
            "schema": "annulus.result/1",
            "case": {"id": self.case.id, "digest": self.case.digest, "phase": self.case.phase.value},
            "therapy": {
                "kind": "double_anchor",
                "device": self.device.name,
                "landing": {"distal_s_mm": landing.distal_s_mm, "proximal_s_mm": landing.proximal_s_mm},
                "traction_n": cinch.traction.tension_n,
                "locked_tension_n": cinch.locked.tension_n,
                "locked_tension_range_n": list(self.tension_range_n),
                "plication_mm": cinch.plication_mm,
                "centreline_arc_mm": cinch.centreline_arc_mm,
                "slack_free_path_mm": cinch.slack_free_path_mm,
                "device_length_mm": cinch.device_length_mm,
                **self._sizing,
                **self.anchor_demand,
            },
            "annulus": {
                "before": self.before.to_dict(),
                "traction": self.traction.to_dict(),
                "after": self.after.to_dict(),
                "change_percent": self.change_percent,
            },
        }
        sinus = self.case.coronary_sinus
        if sinus is not None:
            document["coronary_sinus"] = measure_coronary_sinus(sinus, self.case.annulus).to_dict()
        document["coaptation"] = {
            "before": self.tent.to_dict(),
            "after": self.tent.with_diameter(self.after.ap_mm).to_dict(),
        }
        if self.circumflex:
            document["circumflex"] = dict(self.circumflex)
        if self.samples is not None:
            document["intervals"] = self.samples.to_dict()
        document["flags"] = list(self.flags)
        document["assumptions"] = [line.to_dict() for line in self.assumptions]
        document["solver"] = {
            "status": cinch.status.value,
            "advice": cinch.status.advice,
            "iterations": cinch.traction.iterations + cinch.locked.iterations,
            "residual_n": max(cinch.traction.residual_n, cinch.locked.residual_n),
            "net_force_n": float(np.linalg.norm(cinch.net_force())),
            "energy_nmm": cinch.locked.energy_nmm,
            "n_nodes": cinch.model.strip.n_nodes,
        }
        document["provenance"] = {
            "version": annulus.__version__,
            "platform": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
            "input_digests": {"case": self.case.digest},
            **({} if self.samples is None else {"seed": self.samples.seed}),
        }
        document["shapes"] = self._shapes()
        return document

    @cached_property
    def tension_range_n(self) -> tuple[float, float]:
        """Tension at the two ends that friction allows [N]: T exp(-+ mu phi / 2), phi the ribbon's turning angle."""
        mu = self.cinch.model.parameters.friction_coefficient
        half = 0.5 * mu * self.cinch.model.turning_angle(self.cinch.locked, self.cinch.landing)
        tension = self.cinch.locked.tension_n
        return tension * float(np.exp(-half)), tension * float(np.exp(half))

    @cached_property
    def anchor_demand(self) -> dict[str, float]:
        """What the anchors must hold [N], and what AP loses where one slips towards the other [mm per mm].

        Empty for a slack device or one at a limit point. The force is the ribbon's tension at its tighter end;
        whether an anchor holds it is not known, so it is not judged.
        """
        cinch = self.cinch
        if not (cinch.locked.status.succeeded and cinch.locked.tension_n > 0.0):
            return {}
        sites = ("distal_s_mm", "proximal_s_mm")
        try:
            slopes = sensitivities(cinch, self.case.annulus, only=sites).derivatives["ap_mm"]
        except SolveError:
            return {}
        return {
            "required_holding_force_n": self.tension_range_n[1],
            "ap_loss_per_distal_slip": -slopes["distal_s_mm"],
            "ap_loss_per_proximal_slip": slopes["proximal_s_mm"],
        }

    @property
    def _sizing(self) -> dict[str, float]:
        sinus = self.case.coronary_sinus
        return {} if sinus is None else anchor_sizing(sinus, self.device, self.cinch.landing)

    def _shapes(self) -> dict[str, object]:
        """Curves of the states [mm], for pictures."""
        cinch, case = self.cinch, self.case
        states = {"traction": cinch.traction, "after": cinch.locked}
        shapes: dict[str, object] = {"annulus_before_mm": case.annulus.loop.points.tolist()}
        for name, state in states.items():
            shapes[f"annulus_{name}_mm"] = carried_annulus(case.annulus, state).loop.points.tolist()
        sinus = case.coronary_sinus
        if sinus is not None:
            shapes["coronary_sinus_before_mm"] = sinus.curve.points.tolist()
            shapes["coronary_sinus_after_mm"] = carried_sinus(sinus, cinch.locked).curve.points.tolist()
        shapes["arteries_before_mm"] = {artery.name: artery.curve.points.tolist() for artery in case.arteries}
        shapes["arteries_after_mm"] = {
            artery.name: artery.curve.points.tolist() for artery in _moved_arteries(case, cinch.locked)
        }
        path = cinch.model.strip.path(cinch.locked.vein, cinch.landing.distal_s_mm, cinch.landing.proximal_s_mm)
        shapes["device_path_after_mm"] = path.tolist()
        shapes["anchors_mm"] = {"distal": path[0].tolist(), "proximal": path[-1].tolist()}
        return shapes

    def __str__(self) -> str:
        change = self.change_percent
        return (
            f"{self.case.id}, {self.device.name}: AP {self.before.ap_mm:.1f} -> {self.after.ap_mm:.1f} mm "
            f"({change['ap_mm']:+.1f} %), traction {self.traction.ap_mm:.1f} mm, "
            f"plication {self.cinch.plication_mm:.1f} mm, locked tension {self.cinch.locked.tension_n:.2f} N "
            f"[{self.cinch.status.value}]"
        )


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

    Raises
    ------
    InputError
        The case has no coronary sinus, the wishes contradict each other or the vein, or the samples are too few.
    SolveError
        A solve failed and `throw` is true, the load folds the annulus so that nothing can be measured, or too few
        draws have an equilibrium.
    """
    if samples:
        check_level(samples, level)
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
        _moved_arteries(case, cinch.locked),
        span=(cinch.landing.proximal_s_mm, cinch.landing.distal_s_mm),
    )
    sizing = anchor_sizing(sinus, device, cinch.landing)
    flags = (
        *anchor_flags(device, cinch.landing, sizing),
        *((cinch.status.advice,) if cinch.status.value != "converged" else ()),
        *traction_flags,
        *after_flags,
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


def _moved_arteries(case: Case, state: Equilibrium) -> tuple[Artery, ...]:
    """Arteries after the cinch: the first, the circumflex trunk, is part of the model; the others stay."""
    if not case.arteries:
        return ()
    return (carried_artery(case.arteries[0], state), *case.arteries[1:])


def _numbers(measures: AnnulusMeasures) -> dict[str, float]:
    return {key: value for key, value in measures.to_dict().items() if isinstance(value, float)}

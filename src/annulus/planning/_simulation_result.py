"""What a simulated implantation gives, and the result file's content."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

import annulus
from annulus.anatomy import Artery, Case
from annulus.anatomy.measures import AnnulusMeasures, measure_coronary_sinus
from annulus.devices import DoubleAnchor
from annulus.errors import SolveError
from annulus.mechanics.network import (
    Cinch,
    Equilibrium,
    carried_annulus,
    carried_artery,
    carried_sinus,
    sensitivities,
)
from annulus.outcomes import Tent
from annulus.planning._closure_change import ClosureChange
from annulus.planning._intervals import Samples
from annulus.planning._landing import anchor_sizing
from annulus.planning._sampling import Plan
from annulus.sources import Assumption

if TYPE_CHECKING:
    from annulus.planning._importance import Importance

__all__ = ["SimulationResult", "changes_percent", "moved_arteries", "provenance", "tent_key"]


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
    closure
        The valve closed before and after; None where it was not asked for.
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
    closure: ClosureChange | None = None

    @property
    def converged(self) -> bool:
        """Both states are equilibria, of the annulus and, where it was asked for, of the valve."""
        return self.cinch.status.converged and (self.closure is None or self.closure.converged)

    @cached_property
    def change_percent(self) -> dict[str, float]:
        """Change of every annulus measure from before to after [%], where both are known and not zero."""
        return changes_percent(self.before, self.after)

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
        document |= self._valve()
        if self.circumflex:
            document["circumflex"] = dict(self.circumflex)
        if self.samples is not None:
            document["intervals"] = self._lowered(self.samples.to_dict())
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
            **({} if self.closure is None else {"closure": self.closure.solver()}),
        }
        document["provenance"] = provenance(self.case) | ({} if self.samples is None else {"seed": self.samples.seed})
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
        if not (cinch.locked.status.converged and cinch.locked.tension_n > 0.0):
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

    def _valve(self) -> dict[str, object]:
        """Blocks ``coaptation``, ``regurgitation``, ``fit``: the tent alone, or inside what the closure gave."""
        tents = {"before": self.tent.to_dict(), "after": self.tent.with_diameter(self.after.ap_mm).to_dict()}
        if self.closure is None:
            return {"coaptation": tents}
        closed = self.closure.coaptation()
        fit = self.closure.fit()
        return {
            "coaptation": {name: {**closed[name], "tent": tents[name]} for name in tents},
            "regurgitation": self.closure.regurgitation(),
            **({"fit": fit} if fit else {}),
        }

    def _lowered(self, told: dict[str, object]) -> dict[str, object]:
        """Numbers by key; with a closure those of the tent, which alone is sampled, stand one level lower."""
        if self.closure is None:
            return told
        return {
            name: {tent_key(key): item for key, item in value.items()} if isinstance(value, Mapping) else value
            for name, value in told.items()
        }

    def importance_block(self, matters: Importance) -> dict[str, object]:
        """Block ``importance`` of the result file."""
        return self._lowered(matters.to_dict())

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
            artery.name: artery.curve.points.tolist() for artery in moved_arteries(case, cinch.locked)
        }
        path = cinch.model.strip.path(cinch.locked.vein, cinch.landing.distal_s_mm, cinch.landing.proximal_s_mm)
        shapes["device_path_after_mm"] = path.tolist()
        shapes["anchors_mm"] = {"distal": path[0].tolist(), "proximal": path[-1].tolist()}
        return shapes | ({} if self.closure is None else self.closure.shapes())

    def __str__(self) -> str:
        change = self.change_percent
        return (
            f"{self.case.id}, {self.device.name}: AP {self.before.ap_mm:.1f} -> {self.after.ap_mm:.1f} mm "
            f"({change['ap_mm']:+.1f} %), traction {self.traction.ap_mm:.1f} mm, "
            f"plication {self.cinch.plication_mm:.1f} mm, locked tension {self.cinch.locked.tension_n:.2f} N "
            f"[{self.cinch.status.value}]"
        )


def moved_arteries(case: Case, state: Equilibrium) -> tuple[Artery, ...]:
    """Arteries after the cinch: the first, the circumflex trunk, is part of the model; the others stay."""
    if not case.arteries:
        return ()
    return (carried_artery(case.arteries[0], state), *case.arteries[1:])


def provenance(case: Case) -> dict[str, object]:
    """Block ``provenance`` of the result file."""
    return {
        "version": annulus.__version__,
        "platform": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "input_digests": {"case": case.digest},
    }


def tent_key(key: str) -> str:
    """Key of the result file for a number of the tent where a closure stands beside it."""
    for state in ("coaptation.before.", "coaptation.after."):
        if key.startswith(state):
            return f"{state}tent.{key.removeprefix(state)}"
    return key


def changes_percent(before: AnnulusMeasures, after: AnnulusMeasures) -> dict[str, float]:
    """Change of every annulus measure [%], where both are known and not zero."""
    old, new = (
        {key: value for key, value in measures.to_dict().items() if isinstance(value, float)}
        for measures in (before, after)
    )
    return {key: 100.0 * (new[key] / old[key] - 1.0) for key in old if key in new and old[key] != 0.0}

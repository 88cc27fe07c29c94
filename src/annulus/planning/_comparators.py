"""Other therapies on the same valve and the same engine: edge-to-edge clips and surgical rings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from annulus._typing import FloatArray, IntArray
from annulus.anatomy import Annulus, Case
from annulus.anatomy.measures import AnnulusMeasures, measure_annulus
from annulus.devices import EdgeToEdgeClip, SurgicalRing, grasped_pairs, held_insertion_mm, ringed_annulus
from annulus.errors import InputError
from annulus.outcomes import CONTRACTION, ClosureKind, ValveOutcome, mean_gradient_mmhg
from annulus.planning._closure_change import (
    Baseline,
    ClosureChange,
    ClosurePlan,
    baseline_of,
    closure_change,
    closure_plan,
)
from annulus.planning._simulation_result import changes_percent, provenance
from annulus.sources import Assumption

__all__ = ["ComparatorResult", "simulate_clip", "simulate_ring"]

_OPEN_MMHG = 0.01
"""Pressure on the leaflets of the open valve [mmHg]: so little that they keep their stress-free shape."""

_APART_MM = (2.0, 1.6)
"""Leaflets that a clip cannot bring nearer than this are not in its arms, tried in this order [mm]."""

_GRASPS = 8


@dataclass(frozen=True, eq=False)
class ComparatorResult:
    """What a clip or a ring gives; `to_dict` is the result file's content.

    Parameters
    ----------
    case
        The heart.
    therapy
        Block ``therapy``: kind, device, what the clips hold.
    annulus_after
        The annulus afterwards.
    before, after
        Its measures.
    closure
        The valve closed before and after.
    filling
        Block ``filling``: the open valve before and after.
    flags
        Sentences on what does not sit as it should.
    assumptions
        What the result rests on that was not measured in this case.
    """

    case: Case
    therapy: Mapping[str, object]
    annulus_after: Annulus
    before: AnnulusMeasures
    after: AnnulusMeasures
    closure: ClosureChange
    filling: Mapping[str, Mapping[str, float | int]]
    flags: tuple[str, ...]
    assumptions: tuple[Assumption, ...]

    @property
    def converged(self) -> bool:
        """The leaflets came to rest before and after."""
        return self.closure.converged

    @cached_property
    def change_percent(self) -> dict[str, float]:
        """Change of every annulus measure from before to after [%], where both are known and not zero."""
        return changes_percent(self.before, self.after)

    def to_dict(self) -> dict[str, object]:
        """Content of the result file (``annulus.result/1``)."""
        loops = {"before": self.case.annulus.loop, "after": self.annulus_after.loop}
        solver = self.closure.solver()
        fit = self.closure.fit()
        last = self.closure.before if not self.closure.before.converged else self.closure.after
        return {
            "schema": "annulus.result/1",
            "case": {"id": self.case.id, "digest": self.case.digest, "phase": self.case.phase.value},
            "therapy": dict(self.therapy),
            "annulus": {
                "before": self.before.to_dict(),
                "after": self.after.to_dict(),
                "change_percent": self.change_percent,
            },
            "coaptation": self.closure.coaptation(),
            "regurgitation": self.closure.regurgitation(),
            **({"fit": fit} if fit else {}),
            "filling": {name: dict(values) for name, values in self.filling.items()},
            "flags": list(self.flags),
            "assumptions": [line.to_dict() for line in self.assumptions],
            "solver": {"status": last.status, "advice": last.advice, "closure": solver},
            "provenance": provenance(self.case),
            "shapes": {f"annulus_{name}_mm": loop.points.tolist() for name, loop in loops.items()}
            | self.closure.shapes(),
        }

    def __str__(self) -> str:
        leaks = [state.measures.get("eroa_mm2", np.nan) for state in self.closure.states.values()]
        return (
            f"{self.case.id}, {self.therapy['device']}: AP {self.before.ap_mm:.1f} -> {self.after.ap_mm:.1f} mm, "
            f"EROA {leaks[0]:.0f} -> {leaks[1]:.0f} mm2 [{self.closure.after.status}]"
        )


def simulate_ring(
    case: Case,
    ring: SurgicalRing,
    *,
    closure: ClosurePlan | str = "full",
    scheme: str | None = None,
    baseline: Baseline | None = None,
) -> ComparatorResult:
    """Sew a surgical ring on the annulus and close the valve.

    Parameters
    ----------
    case
        The heart; it needs leaflets.
    ring
        The ring.
    closure, scheme
        How the valve is closed and graded.
    baseline
        The case's valve closed as it is, where known already; then `closure` and `scheme` are its own.

    Raises
    ------
    InputError
        No leaflets, no closure, or landmarks that the ring cannot follow.
    """
    base = _base(case, closure, scheme, baseline)
    after = ringed_annulus(case.annulus, ring)
    change = closure_change(base, after)
    hinge = after.loop.at(base.stations)
    therapy = {"kind": "surgical_ring", "device": ring.name, "size_mm": ring.size_mm}
    return _result(base, therapy, after, change, ring.assumptions(), (), hinge=hinge)


def simulate_clip(
    case: Case,
    clips: EdgeToEdgeClip | Sequence[EdgeToEdgeClip],
    *,
    closure: ClosurePlan | str = "full",
    scheme: str | None = None,
    baseline: Baseline | None = None,
) -> ComparatorResult:
    """Join the leaflets by one or more edge-to-edge clips and close the valve.

    Each clip holds what lies in its arms and can be brought together without pressure; pairs of vertices that stay more
    than 1.6 mm apart are let go, from the hinge downwards, and the insertion that is left is in the result. The annulus
    stays as it is.

    Parameters
    ----------
    case, closure, scheme, baseline
        As in `simulate_ring`; the level must be full.
    clips
        One clip, or several that do not overlap.

    Raises
    ------
    InputError
        No clip, clips that overlap, no tissue where a clip is, no leaflets, or a level other than full.
    """
    several = (clips,) if isinstance(clips, EdgeToEdgeClip) else tuple(clips)
    if not several:
        raise InputError("clips must be at least one clip; got none.")
    base = _base(case, closure, scheme, baseline)
    if base.plan.level is not ClosureKind.FULL:
        raise InputError("a clip needs the full closure; the fast one has no tissue to hold: take closure full.")
    grasped = [grasped_pairs(base.valve, clip) for clip in several]
    _require_apart(several, grasped)
    owner = np.repeat(np.arange(len(several)), [len(pairs) for pairs in grasped])
    held, opened = _held(base, np.concatenate(grasped))
    pairs, owner = np.concatenate(grasped)[held], owner[held]
    after = base.closed(ties=pairs)
    rows, flags = [], []
    for number, clip in enumerate(several):
        insertion = held_insertion_mm(base.valve, pairs[owner == number])
        force = after.solution.tie_force_n[owner == number] if after.solution is not None else np.zeros(0)
        rows.append(
            {
                "device": clip.name,
                "at_mm": clip.at_mm,
                "insertion_anterior_mm": insertion[0],
                "insertion_posterior_mm": insertion[1],
                "force_n": float(force.sum()),
            }
        )
        if min(insertion) < clip.min_insertion_mm:
            flags.append(
                f"{clip.name} at {clip.at_mm:g} mm holds {insertion[0]:.1f} mm of the anterior and "
                f"{insertion[1]:.1f} mm of the posterior leaflet, less than {clip.min_insertion_mm:g} mm: "
                "the grasp is not secure."
            )
    name = "+".join(clip.name + (f"@{clip.at_mm:g}" if clip.at_mm else "") for clip in several)
    stays = "annulus and papillary tips stay where they are when the leaflets are clipped"
    drawn = "arms hold what comes within 1.6 mm without pressure, up to their length; the rest of the leaflet is free"
    lines = (
        *several[0].assumptions(),
        Assumption("clip_annulus", "unmoved", "", stays, "assumed"),
        Assumption("clip_insertion", "what comes together", "", drawn, "assumed"),
    )
    change = ClosureChange(base, after, ())
    therapy = {"kind": "edge_to_edge_clip", "device": name, "clips": rows}
    return _result(base, therapy, case.annulus, change, lines, tuple(flags), opened=opened)


def _base(case: Case, closure: ClosurePlan | str, scheme: str | None, baseline: Baseline | None) -> Baseline:
    if baseline is not None:
        if baseline.case.digest != case.digest:
            raise InputError(f"baseline must be that of case {case.id!r}; it is of {baseline.case.id!r}.")
        return baseline
    plan = closure_plan(closure, scheme=scheme)
    if plan is None:
        raise InputError("a clip or ring is judged by the closed valve: closure must be full or fast; got none.")
    return baseline_of(case, plan)


def _require_apart(clips: Sequence[EdgeToEdgeClip], grasped: Sequence[IntArray]) -> None:
    seen = np.concatenate([np.unique(pairs) for pairs in grasped])
    if len(np.unique(seen)) < len(seen):
        places = ", ".join(f"{clip.at_mm:g}" for clip in clips)
        raise InputError(f"clips must not hold the same tissue; at {places} mm they do: place them farther apart.")


def _held(base: Baseline, pairs: IntArray) -> tuple[np.ndarray, ValveOutcome]:
    """Which pairs come together without pressure, shape (k,), and the open valve with them."""
    held = np.ones(len(pairs), dtype=bool)
    for _ in range(_GRASPS):
        outcome = base.closed(ties=pairs[held], pressure_mmhg=_OPEN_MMHG)
        if outcome.measured or outcome.points is None:
            break
        first, second = pairs[held].T
        apart = np.linalg.norm(outcome.points[first] - outcome.points[second], axis=1)
        # The worst first, which hold the others apart.
        limit = next(limit for limit in (*_APART_MM, -np.inf) if apart.max() > limit)
        stays = apart <= limit if np.isfinite(limit) else apart < apart.max()
        held[held] = stays
        if not held.any():
            break
    return held, outcome


def _result(
    base: Baseline,
    therapy: Mapping[str, object],
    after: Annulus,
    change: ClosureChange,
    lines: tuple[Assumption, ...],
    flags: tuple[str, ...],
    *,
    hinge: FloatArray | None = None,
    opened: ValveOutcome | None = None,
) -> ComparatorResult:
    case = base.case
    before, reshaped = (measure_annulus(ring, aortic=case.aortic_annulus) for ring in (case.annulus, after))
    filling, more = _filling(base, change, hinge, opened)
    assumptions = (*case.assumptions, *lines, *before.assumptions, *base.assumptions, *change.assumptions, *more)
    told = (*flags, *change.flags)
    return ComparatorResult(
        case, therapy, after, before, reshaped, change, filling, told, tuple(dict.fromkeys(assumptions))
    )


def _filling(
    base: Baseline, change: ClosureChange, hinge: FloatArray | None, opened: ValveOutcome | None
) -> tuple[dict[str, dict[str, float | int]], tuple[Assumption, ...]]:
    """The open valve before and after: orifice and mean gradient of a steady filling."""
    if base.plan.level is not ClosureKind.FULL:
        return {}, ()
    wide = {
        "before": base.closed(pressure_mmhg=_OPEN_MMHG),
        "after": base.closed(hinge=hinge, pressure_mmhg=_OPEN_MMHG) if opened is None else opened,
    }
    leaks, beat = change.regurgitation(), base.beat
    blocks: dict[str, dict[str, float | int]] = {}
    for name, state in wide.items():
        area = state.measures.get("roa_mm2", 0.0)
        if area > 0.0:
            leaked = leaks.get(name, {}).get("regurgitant_volume_ml", 0.0)
            volume = beat.filling_ml(leaked if isinstance(leaked, float) else 0.0)
            gradient = mean_gradient_mmhg(area, filling_ml=volume, filling_s=beat.diastole_s)
            blocks[name] = {
                "diastolic_orifice_mm2": area,
                "n_orifices": len(state.jets),
                "filling_ml": volume,
                "mean_gradient_mmhg": gradient,
            }
    half = "the open valve has the stress-free, half-open shape; clips draw it together, no flow opens it further"
    steady = f"filling of forward and regurgitant volume in {beat.diastole_s:.2f} s at a steady flow: a lower bound"
    lines = [
        Assumption("diastolic_shape", "stress-free", "", half, "assumed"),
        Assumption("diastolic_flow", "steady", "", steady, "assumed"),
        Assumption("diastolic_contraction", CONTRACTION.value, "1", "of the open valve as of a sharp slit", "assumed"),
    ]
    if beat.stroke_ml is None:
        why = "the case does not give EF and end-diastolic volume"
        lines.append(Assumption("forward_ml", beat.forward_ml, "mL", why, "assumed"))
    return blocks, tuple(lines)

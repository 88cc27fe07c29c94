"""The valve of a case before and after a therapy, closed by one engine, and what leaks through it in a beat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from annulus._typing import FloatArray, IntArray
from annulus.anatomy import Annulus, Case
from annulus.anatomy.valve import Valve, hinge_positions, valve_of_case
from annulus.errors import InputError
from annulus.mechanics.valve import ClosureOptions, LeafletMaterial
from annulus.outcomes import (
    Beat,
    ClosureKind,
    ValveOutcome,
    beat_of_case,
    closure_kind,
    grade,
    leak,
    valve_outcome,
)
from annulus.planning._fitted_valve import FittedChange, FittedValve, fitted_valve
from annulus.sources import Assumption

__all__ = ["Baseline", "ClosureChange", "ClosurePlan", "baseline_of", "closure_change", "closure_plan"]


@dataclass(frozen=True, slots=True)
class ClosurePlan:
    """How the valve of a case is closed and its leak is graded.

    Parameters
    ----------
    level
        `annulus.outcomes.ClosureKind`, or its name.
    n_columns, n_rows
        Mesh of the valve: columns round the annulus (even), rows of each leaflet.
    scheme
        Grading scheme of `annulus.outcomes.grading_schemes`; None grades nothing.
    conditions
        Of ``elliptical`` and ``low_flow``, see `annulus.outcomes.grade`.
    beat
        Pressures and times; None takes those of the case.
    material, options
        Tissue and solver of the full level; None for the defaults.
    fit
        Fit chordal slack and papillary tips to the case's baseline echo first; None does so where it gives EROA or
        regurgitant volume.
    fit_members, fit_polish, fit_seed
        As in `annulus.outcomes.fit_valve`.

    Raises
    ------
    InputError
        Unknown level, scheme or condition.
    """

    level: ClosureKind | str = ClosureKind.FULL
    n_columns: int = 80
    n_rows: int = 10
    scheme: str | None = None
    conditions: frozenset[str] = frozenset()
    beat: Beat | None = None
    material: LeafletMaterial | None = None
    options: ClosureOptions | None = None
    fit: bool | None = None
    fit_members: int = 100
    fit_polish: int = 6
    fit_seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "level", closure_kind(self.level))
        if self.scheme is not None:
            grade({}, self.scheme, conditions=self.conditions)


def closure_plan(closure: ClosurePlan | ClosureKind | str, *, scheme: str | None = None) -> ClosurePlan | None:
    """Plan from its short forms: ``"none"`` gives None, ``"full"`` and ``"fast"`` the defaults of that level.

    Raises
    ------
    InputError
        Unknown level or scheme, or a scheme without a closure.
    """
    if isinstance(closure, ClosurePlan):
        return closure if scheme is None else replace(closure, scheme=scheme)
    if closure == "none":
        if scheme is not None:
            raise InputError("a grading scheme needs a closure, full or fast; got none.")
        return None
    try:
        return ClosurePlan(closure_kind(closure), scheme=scheme)
    except InputError as error:
        if "closure level" in str(error):
            raise InputError(f"closure must be none, fast or full; got {closure!r}.") from None
        raise


@dataclass(frozen=True, eq=False)
class Baseline:
    """The valve of a case closed as it is, shared by all therapies that are compared.

    Parameters
    ----------
    case, plan
        What was closed, and how.
    valve
        Stress-free valve.
    stations
        Places of the hinge on ``case.annulus.loop``, shape (k,).
    outcome
        The closed valve.
    beat
        Pressures and times.
    assumptions
        What valve and beat rest on.
    fitted
        Fit to the baseline echo, of which the valve's chordae and `tips` are the central member; None without one.
    tips
        Where the papillary tips stand [mm], shape (p, 3); None for the valve's own.
    """

    case: Case
    plan: ClosurePlan
    valve: Valve
    stations: FloatArray
    outcome: ValveOutcome
    beat: Beat
    assumptions: tuple[Assumption, ...]
    fitted: FittedValve | None = None
    tips: FloatArray | None = None

    def closed(
        self, *, hinge: FloatArray | None = None, ties: IntArray | None = None, pressure_mmhg: float | None = None
    ) -> ValveOutcome:
        """The valve closed with its hinge elsewhere, or with vertices tied together."""
        return valve_outcome(
            self.valve,
            hinge=hinge,
            tips=self.tips,
            ties=ties,
            pressure_mmhg=self.beat.gradient_mmhg if pressure_mmhg is None else pressure_mmhg,
            level=self.plan.level,
            material=self.plan.material,
            options=self.plan.options,
        )


def baseline_of(case: Case, plan: ClosurePlan) -> Baseline:
    """Close the valve of a case as it is.

    Raises
    ------
    InputError
        The case has no leaflets or impossible ones, or its atrial pressure exceeds the ventricular one.
    """
    valve, lines = valve_of_case(case, n_columns=plan.n_columns, n_rows=plan.n_rows)
    beat, more = beat_of_case(case)
    if plan.beat is not None:
        kept = {"contraction_coefficient", "blood_density"}
        beat, more = plan.beat, tuple(line for line in more if line.name in kept)
    fitted, tips = None, None
    known = case.echo.eroa_mm2 is not None or case.echo.regurgitant_volume_ml is not None
    if known if plan.fit is None else plan.fit:
        full = plan.level is ClosureKind.FULL
        fitted = fitted_valve(
            case,
            beat,
            n_members=plan.fit_members,
            polish=plan.fit_polish if full else 0,
            seed=plan.fit_seed,
            mesh=(plan.n_columns, plan.n_rows),
        )
        valve, tips = fitted.central(valve)
        lines = (*lines, *fitted.assumptions)
    outcome = valve_outcome(
        valve,
        tips=tips,
        pressure_mmhg=beat.gradient_mmhg,
        level=plan.level,
        material=plan.material,
        options=plan.options,
    )
    stations = hinge_positions(case.annulus, plan.n_columns)
    assumptions = (*lines, *more, *outcome.assumptions)
    return Baseline(case, plan, valve, stations, outcome, beat, assumptions, fitted, tips)


@dataclass(frozen=True, eq=False)
class ClosureChange:
    """The valve before and after a therapy.

    Parameters
    ----------
    baseline
        The valve before.
    after
        The valve after.
    assumptions
        What the change rests on beyond the baseline's.
    spread
        The fit's members before and after; None without a fit, or where the therapy holds the leaflets.
    """

    baseline: Baseline
    after: ValveOutcome
    assumptions: tuple[Assumption, ...]
    spread: FittedChange | None = None

    @property
    def before(self) -> ValveOutcome:
        """The valve before."""
        return self.baseline.outcome

    @property
    def converged(self) -> bool:
        """The leaflets came to rest in both states."""
        return self.before.converged and self.after.converged

    @property
    def states(self) -> Mapping[str, ValveOutcome]:
        """``before`` and ``after``."""
        return {"before": self.before, "after": self.after}

    @property
    def flags(self) -> tuple[str, ...]:
        """What did not go as it should, one sentence each."""
        lines = [
            f"closure {name}: {state.advice}"
            for name, state in self.states.items()
            if not state.converged or state.status == "extrapolated"
        ]
        fitted = self.baseline.fitted
        if fitted is not None:
            lines += fitted.flags(self.before.measures)
        stroke = self.baseline.beat.stroke_ml
        for name, block in self.regurgitation().items():
            volume = block.get("regurgitant_volume_ml")
            if stroke is not None and isinstance(volume, float) and volume > stroke:
                lines.append(
                    f"regurgitation {name}: {volume:.0f} mL exceed the stroke volume of {stroke:.0f} mL: orifice, "
                    "pressures and volumes do not belong together; the regurgitant fraction is absent."
                )
        return tuple(lines)

    def coaptation(self) -> dict[str, dict[str, object]]:
        """Block ``coaptation`` of the result file."""
        return {name: state.to_dict() for name, state in self.states.items()}

    def regurgitation(self) -> dict[str, dict[str, object]]:
        """Block ``regurgitation`` of the result file; a state that was not measured is absent."""
        plan, beat = self.baseline.plan, self.baseline.beat
        blocks = {
            name: leak(state, beat, scheme=plan.scheme, conditions=plan.conditions)
            for name, state in self.states.items()
        }
        return {name: block for name, block in blocks.items() if block}

    def fit(self) -> dict[str, object]:
        """Block ``fit`` of the result file; empty without one."""
        fitted = self.baseline.fitted
        if fitted is None:
            return {}
        closed = {key: self.before.measures[key] for key in fitted.targets if key in self.before.measures}
        return fitted.to_dict() | {"closed": closed} | ({} if self.spread is None else self.spread.to_dict())

    def shapes(self) -> dict[str, object]:
        """Closed leaflets for pictures [mm]; empty for the fast level."""
        valve = self.baseline.valve
        out: dict[str, object] = {}
        for name, state in self.states.items():
            if state.points is not None and state.measured:
                out[f"leaflets_{name}_mm"] = np.round(state.points, 4).tolist()
                out[f"chordae_{name}_mm"] = np.round(valve.chordae.ends(state.points), 4).tolist()
        if out:
            out["leaflet_triangles"] = valve.surface.triangles.tolist()
            out["leaflet_of_triangle"] = valve.leaflet.tolist()
            out["chordae_tip"] = valve.chordae.tip.tolist()
            out["papillary_tips_mm"] = (valve.tips if self.baseline.tips is None else self.baseline.tips).tolist()
        return out

    def solver(self) -> dict[str, object]:
        """How both closures ended."""
        out: dict[str, object] = {}
        for name, state in self.states.items():
            told: dict[str, object] = {"status": state.status}
            if state.solution is not None:
                told["iterations"] = state.solution.iterations
                if np.isfinite(state.solution.residual_n):
                    told["residual_n"] = state.solution.residual_n
            out[name] = told
        return out


def closure_change(baseline: Baseline, after: Annulus) -> ClosureChange:
    """Close the valve again with its hinge on the same annulus after a therapy.

    Parameters
    ----------
    baseline
        The valve before.
    after
        The case's annulus, vertex by vertex where the therapy took it.

    Raises
    ------
    InputError
        The annulus has not the vertices of the case's.
    """
    n = len(baseline.case.annulus.loop)
    if len(after.loop) != n:
        raise InputError(f"the annulus after must have the case's {n} vertices; got {len(after.loop)}.")
    outcome = baseline.closed(hinge=after.loop.at(baseline.stations))
    why = "the papillary tips stay where they are when the annulus is reshaped; no remodelling"
    lines = (Assumption("papillary_tips_after", "unmoved", "", why, "assumed"),)
    spread = None if baseline.fitted is None else baseline.fitted.change(baseline.case.annulus, after)
    return ClosureChange(baseline, outcome, lines, spread)

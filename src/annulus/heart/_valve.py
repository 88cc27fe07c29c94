"""The valve of a case made ready: stress-free, fitted to the echo where there is one, closed as it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from annulus._typing import ArrayLike, FloatArray, IntArray
from annulus.anatomy import Annulus, Case
from annulus.anatomy.valve import Valve, valve_of_case
from annulus.errors import InputError
from annulus.heart._fitted_valve import FittedValve, fitted_valve
from annulus.heart._settings import ClosureSettings
from annulus.mechanics.valve import ClosureSolution, close_valve
from annulus.outcomes import (
    Beat,
    ClosureKind,
    LeafletDraw,
    ValveMember,
    ValveOutcome,
    beat_of_case,
    fast_outcome,
    solved_outcome,
)
from annulus.sources import Assumption

__all__ = ["HeartValve", "heart_valve"]


@dataclass(frozen=True, eq=False)
class HeartValve:
    """The valve of a case, shared by all therapies, sites and loads.

    Parameters
    ----------
    settings
        How it is closed.
    valve
        Stress-free valve.
    stations
        Places of the hinge on the case's annulus loop, shape (k,).
    beat
        Pressures and times.
    fitted
        Fit to the baseline echo, of which the valve's chordae and leaflets and `tips` are the closest member; None
        without one.
    tips
        Where the papillary tips stand [mm], shape (2, 3); None for the valve's own.
    assumptions
        What valve and beat rest on.
    """

    settings: ClosureSettings
    valve: Valve
    stations: FloatArray
    beat: Beat
    fitted: FittedValve | None
    tips: FloatArray | None
    assumptions: tuple[Assumption, ...]

    @property
    def is_full(self) -> bool:
        """Both leaflets are closed in three dimensions."""
        return self.settings.kind is ClosureKind.FULL

    @cached_property
    def closed_as_measured(self) -> ValveOutcome:
        """The valve closed as the case gives it."""
        return self.closed()

    def hinge_on(self, annulus: Annulus) -> FloatArray:
        """The hinge on another state of the case's annulus, vertex by vertex the same, shape (k, 3) [mm]."""
        return annulus.loop.at(self.stations)

    def closed(
        self,
        *,
        hinge: FloatArray | None = None,
        ties: IntArray | None = None,
        tip_moves: ArrayLike | None = None,
        pressure_mmhg: float | None = None,
        leaflets: LeafletDraw | None = None,
    ) -> ValveOutcome:
        """The valve closed.

        Parameters
        ----------
        hinge
            Where the hinge ends [mm], shape (k, 3); None leaves it.
        ties
            Pairs of vertices that a clip holds together, shape (t, 2); full closure only.
        tip_moves
            Displacement of the papillary tips [mm], shape (2, 3).
        pressure_mmhg
            Ventricular minus atrial pressure [mmHg]; None for the beat's.
        leaflets
            What leaflets and chordae may be in truth; None for what is known of them.

        Raises
        ------
        InputError
            Held leaflets by the fast closure.
        """
        if self.is_full:
            solution = self.solved(
                hinge=hinge, ties=ties, tip_moves=tip_moves, pressure_mmhg=pressure_mmhg, leaflets=leaflets
            )
            return solved_outcome(solution, material=self.settings.material)
        if ties is not None:
            raise InputError("the fast closure has no tissue to hold: take closure full.")
        base, member, tips = self._member(tip_moves, leaflets)
        return fast_outcome(
            base,
            hinge=hinge,
            tips=tips,
            pressure_mmhg=self.beat.gradient_mmhg if pressure_mmhg is None else pressure_mmhg,
            chordae_length_mm=member.chordae_length_mm(base),
            length_factor=member.length_factor,
            model_error=0.0 if leaflets is None else leaflets.model_error,
            material=self.settings.material,
        )

    def solved(
        self,
        *,
        hinge: FloatArray | None = None,
        ties: IntArray | None = None,
        tip_moves: ArrayLike | None = None,
        pressure_mmhg: float | None = None,
        leaflets: LeafletDraw | None = None,
        start: ClosureSolution | None = None,
    ) -> ClosureSolution:
        """The valve closed fully and not measured; arguments as in `closed` and `close_valve`."""
        base, member, tips = self._member(tip_moves, leaflets)
        return close_valve(
            self.valve if leaflets is None else member.valve(base),
            pressure_mmhg=self.beat.gradient_mmhg if pressure_mmhg is None else pressure_mmhg,
            hinge=hinge,
            tips=tips,
            ties=ties,
            material=self.settings.material,
            options=self.settings.options,
            start=start,
        )

    def _member(self, moves: ArrayLike | None, leaflets: LeafletDraw | None) -> tuple[Valve, ValveMember, FloatArray]:
        """What a draw starts from, what it makes of that, and where the tips stand [mm], shape (2, 3)."""
        fit = None if self.fitted is None else self.fitted.fit
        base = self.valve if fit is None else fit.valve
        member = (LeafletDraw() if leaflets is None else leaflets).member(base, fit)
        return base, member, member.tips if moves is None else member.tips + np.asarray(moves, dtype=np.float64)


def heart_valve(case: Case, settings: ClosureSettings) -> HeartValve:
    """The valve of a case, made ready.

    Raises
    ------
    InputError
        The case has no leaflets or impossible ones, or its atrial pressure exceeds the ventricular one.
    """
    valve, lines = valve_of_case(case, n_columns=settings.n_columns, n_rows=settings.n_rows)
    beat, more = beat_of_case(case)
    if settings.beat is not None:
        kept = {"contraction_coefficient", "blood_density"}
        beat, more = settings.beat, tuple(line for line in more if line.name in kept)
    fitted, tips = None, None
    known = case.echo.eroa_mm2 is not None or case.echo.regurgitant_volume_ml is not None
    if known if settings.fit is None else settings.fit:
        full = settings.kind is ClosureKind.FULL
        fitted = fitted_valve(
            case,
            beat,
            n_members=settings.fit_members,
            polish=settings.fit_polish if full else 0,
            seed=settings.fit_seed,
            mesh=(settings.n_columns, settings.n_rows),
        )
        valve, tips = fitted.central(valve)
        lines = (*lines, *fitted.assumptions)
    # Not asked of the annulus: its commissures may come from the leaflets' meshes.
    stations, _ = case.annulus.loop.closest(valve.surface.points[valve.hinge])
    return HeartValve(settings, valve, stations, beat, fitted, tips, (*lines, *more))

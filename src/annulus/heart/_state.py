"""One state of a heart: as it is, pulled, locked; its curves moved there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from annulus.anatomy import Annulus, Artery, CoronarySinus
from annulus.anatomy.measures import annulus_numbers
from annulus.errors import InputError, SolveError
from annulus.geometry import Curve, minimal_surface
from annulus.heart._grasped import Grasped
from annulus.heart._heart import Heart
from annulus.mechanics import Status
from annulus.mechanics.network import (
    ArteryLoad,
    CinchModel,
    Equilibrium,
    Grasp,
    Ribbon,
    TensionLoop,
    TipMoves,
    artery_loads,
    carried_annulus,
    carried_artery,
    carried_sinus,
)
from annulus.outcomes import LeafletDraw, ValveOutcome, leak

__all__ = ["State"]

_OPEN_MMHG = 0.01
"""Pressure on the leaflets of the open valve [mmHg]: so little that they keep their stress-free shape."""


@dataclass(frozen=True, eq=False)
class State:
    """One state of a heart.

    Parameters
    ----------
    heart
        Whose state it is.
    name
        Stage that led to it.
    model, equilibrium
        Network and its nodes; None where no network was solved.
    reshaped
        The annulus, where a ring gives it its shape; None where it follows the nodes, or stays.
    ribbon
        The ribbon that holds it, with both ends; None without one.
    loop
        The cable that is drawn tight through the vein instead; None without one.
    grasp, tip_moves
        What holds or moves the valve; None for nothing.
    leaflets
        What leaflets and chordae may be in truth; None for what is known of them.
    grasped
        What the grasp holds, in balance with annulus and tips of this state; None without one, or closed fast.
    """

    heart: Heart
    name: str
    model: CinchModel | None = None
    equilibrium: Equilibrium | None = None
    reshaped: Annulus | None = None
    ribbon: Ribbon | None = None
    loop: TensionLoop | None = None
    grasp: Grasp | None = None
    tip_moves: TipMoves | None = None
    leaflets: LeafletDraw | None = None
    grasped: Grasped | None = None

    @classmethod
    def before(cls, heart: Heart, leaflets: LeafletDraw | None = None) -> State:
        """The heart without a therapy; the same state each time, of drawn leaflets the last one."""
        if leaflets is not None:
            # All candidates of one world ask for it.
            kept: State | None = heart._kept.get("before_drawn")
            if kept is None or kept.leaflets != leaflets:
                kept = heart._kept["before_drawn"] = cls(heart, "before", leaflets=leaflets)
            return kept
        state: State = heart._kept.setdefault("before", cls(heart, "before"))
        return state

    @property
    def converged(self) -> bool:
        """It is an equilibrium, or needs none, and its annulus can be measured."""
        return self.status.converged

    @property
    def status(self) -> Status:
        """How its solve ended; folded where it is an equilibrium whose annulus cannot be measured."""
        status = Status.CONVERGED if self.equilibrium is None else self.equilibrium.status
        return Status.FOLDED if status.converged and self.fold else status

    @property
    def fold(self) -> str:
        """Why the annulus of this state cannot be measured, a sentence; empty where it can."""
        found = self._annulus_or_fold
        return found if isinstance(found, str) else ""

    @property
    def annulus(self) -> Annulus:
        """The annulus in this state, vertex by vertex the heart's.

        Raises
        ------
        SolveError
            It is no simple loop any more: see `fold`.
        """
        found = self._annulus_or_fold
        if isinstance(found, str):
            raise SolveError(found)
        return found

    @cached_property
    def _annulus_or_fold(self) -> Annulus | str:
        if self.reshaped is not None:
            return self.reshaped
        if self.equilibrium is None:
            return self.heart.case.annulus
        try:
            return carried_annulus(self.heart.case.annulus, self.equilibrium)
        except InputError as error:
            return (
                f"the annulus of the {self.name} state is no simple loop any more ({error}) The load lies beyond what "
                "the model supports: ask for less."
            )

    @cached_property
    def vein(self) -> CoronarySinus | None:
        """The vein in this state, as wide as the anchors in it; None where the heart has none."""
        sinus, ribbon = self.heart.case.coronary_sinus, self.ribbon
        if sinus is None or self.equilibrium is None:
            return sinus
        moved = carried_sinus(sinus, self.equilibrium)
        if ribbon is None or ribbon.anchors is None:
            return moved
        s, radii = sinus.curve.arc_lengths, (moved.curve.radius, moved.curve.mis_radius)
        radius, mis_radius = (
            None if rows is None else ribbon.anchors.widened(s, rows, ribbon.distal_s_mm, ribbon.proximal_s_mm)
            for rows in radii
        )
        return replace(moved, curve=Curve(moved.curve.points, radius, mis_radius))

    @cached_property
    def arteries(self) -> tuple[Artery, ...]:
        """The arteries: those near the vein are part of the network, the others stay."""
        arteries, found = self.heart.case.arteries, self.equilibrium
        if found is None:
            return arteries
        return tuple(carried_artery(artery, found, index) for index, artery in enumerate(arteries))

    @cached_property
    def artery_loads(self) -> tuple[ArteryLoad, ...] | None:
        """What presses on each artery that the network knows; None where no network was solved."""
        if self.model is None or self.equilibrium is None:
            return None
        return artery_loads(self.model, self.equilibrium, self.loop or self.ribbon)

    @property
    def is_still(self) -> bool:
        """The annulus is that of the heart as it is."""
        return self.equilibrium is None and self.reshaped is None

    @cached_property
    def numbers(self) -> Mapping[str, float]:
        """Measures of the annulus by key; the minimal surface's area is not among them."""
        if self.is_still:
            return self.heart.before_numbers
        return annulus_numbers(self.annulus, aortic=self.heart.case.aortic_annulus)

    @cached_property
    def film_mm2(self) -> float | None:
        """Area of the minimal surface in the annulus [mm2]; None where none was found, or the annulus folds."""
        if self.is_still:
            return self.heart.before_film_mm2
        if self.fold:
            return None
        film = minimal_surface(self.annulus.loop)
        return film.area if film.converged else None

    @cached_property
    def opened(self) -> ValveOutcome | None:
        """The open valve: without pressure; None without a valve or by the fast closure, which has no open shape."""
        valve = self.heart.valve
        if valve is None or not valve.is_full or self.fold:
            return None
        return self._closed(pressure_mmhg=_OPEN_MMHG)

    @cached_property
    def closed(self) -> ValveOutcome | None:
        """The closed valve; None without one, where the annulus folds, and held leaflets by the fast closure."""
        valve = self.heart.valve
        if valve is None or self.fold:
            return None
        if self.grasp is not None:
            return None if self.grasped is None else self.grasped.outcome
        untouched = self.is_still and self.grasp is None and self.tip_moves is None
        if untouched and self.leaflets is None and self.heart.measured is None:
            return valve.closed_as_measured
        return self._closed()

    @cached_property
    def leak(self) -> Mapping[str, object]:
        """What the closed valve lets back through in a beat, as in `annulus.outcomes.leak`; empty without one."""
        valve, closed = self.heart.valve, self.closed
        if valve is None or closed is None:
            return {}
        return leak(closed, valve.beat, scheme=valve.settings.scheme, conditions=valve.settings.conditions)

    def _closed(self, *, pressure_mmhg: float | None = None) -> ValveOutcome:
        valve = self.heart.valve
        if valve is None:
            raise InputError(f"the valve of {self.heart.case.id!r} is not to be closed.")
        held = None if self.grasp is None else self.grasp.pairs
        moved = not self.is_still or self.heart.measured is not None
        return valve.closed(
            hinge=valve.hinge_on(self.annulus) if moved else None,
            ties=held,
            tip_moves=None if self.tip_moves is None else self.tip_moves.by_mm,
            pressure_mmhg=pressure_mmhg,
            leaflets=self.leaflets,
        )

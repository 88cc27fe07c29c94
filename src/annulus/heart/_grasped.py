"""Leaflets held together while annulus and papillary tips give way: valve and supports in one balance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import Annulus
from annulus.heart._heart import Heart
from annulus.heart._valve import HeartValve
from annulus.mechanics import Status
from annulus.mechanics.network import Equilibrium, Grasp, LineLoad, Strip, TipMoves, annulus_load, annulus_moves
from annulus.mechanics.valve import ClosureSolution
from annulus.outcomes import LeafletDraw, ValveOutcome, solved_outcome

__all__ = ["BALANCE_MM", "Grasped", "Support", "grasped"]

BALANCE_MM = 0.2
"""Annulus and tips are where the leaflets' pull puts them to within this, root mean square [mm]. Soft modes of the
annulus and contact that slides leave 0.1 to 0.2; AP and pull then repeat to 0.2 mm and 0.1 N."""

_CLOSURES = 12
"""Closures at most."""

_FIRST, _BEYOND = 0.1, 0.6
"""Share of the way that the supports go while nothing is known of how the valve answers, and beyond what is known: a
taut valve is several times as stiff as the annulus, so that the whole way would overshoot by as much."""

_LONGEST_MM = 2.0
"""Longest move of a hinge vertex or tip between two closures [mm]."""

_SECANTS = 12
"""So many of the last answers are kept."""

_TOLD = 1.0
"""Smaller changes of an answer, in units of the balance asked for, tell of contact that slid, not of the step."""

Support = Callable[[LineLoad, FloatArray | None], Equilibrium]
"""The annulus under a load, from a start (node positions) or None."""


@dataclass(frozen=True, eq=False)
class Grasped:
    """Leaflets held together, in balance with annulus and papillary tips.

    Parameters
    ----------
    outcome
        The closed valve with them.
    equilibrium
        The annulus under what the grasp changes in the leaflets' pull on it; None where it is held.
    tip_moves
        Displacement of the papillary tips by what it changes in the chordae's pull.
    off_mm
        Root mean square distance of hinge and tips in `outcome` from where its forces put them [mm].
    """

    outcome: ValveOutcome
    equilibrium: Equilibrium | None
    tip_moves: TipMoves
    off_mm: float


def grasped(
    heart: Heart,
    valve: HeartValve,
    grasp: Grasp,
    *,
    before: ClosureSolution,
    annulus: Annulus,
    support: Support | None,
    tip_moves: FloatArray | None = None,
    leaflets: LeafletDraw | None = None,
) -> Grasped:
    """Hold leaflets together and let annulus and papillary tips give way.

    The measured annulus and tips bear the measured valve. What the grasp changes in the leaflets' pull is a load: on
    the annulus' network, and on a spring at each tip. The valve closes on the annulus and tips that follow, and so on
    until they stay to within `BALANCE_MM`.

    Parameters
    ----------
    heart, valve
        Whose valve, which is closed fully.
    grasp
        What is to be held.
    before
        The valve that measured annulus and tips bear.
    annulus
        Where the hinge is without the grasp.
    support
        The annulus under a load; None holds it.
    tip_moves
        Displacement of the tips besides [mm], shape (2, 3).
    leaflets
        What leaflets and chordae may be in truth.
    """
    found = _Balance(heart, valve, grasp, before, annulus, support, tip_moves, leaflets).settled()
    tips = found.moves[-2:] + (0.0 if tip_moves is None else tip_moves)
    equilibrium = found.equilibrium
    if equilibrium is not None and equilibrium.converged and not found.off_mm <= 2.0 * BALANCE_MM:
        equilibrium = replace(equilibrium, status=Status.SUPPORTS_MOVE)
    outcome = solved_outcome(found.solution, material=valve.settings.material)
    return Grasped(outcome, equilibrium, TipMoves(tips), found.off_mm)


@dataclass(frozen=True, eq=False)
class _Balanced:
    solution: ClosureSolution
    equilibrium: Equilibrium | None
    moves: FloatArray
    off_mm: float


class _Balance:
    """Search for the moves of hinge vertices and tips (k + 2, 3) that follow from the forces of the valve on them.

    Each answer of valve and supports to a step is kept; the next step is the one that by these answers leaves nothing,
    and a share of what they do not reach (Anderson's method).
    """

    def __init__(
        self,
        heart: Heart,
        valve: HeartValve,
        grasp: Grasp,
        before: ClosureSolution,
        annulus: Annulus,
        support: Support | None,
        tip_moves: FloatArray | None,
        leaflets: LeafletDraw | None,
    ) -> None:
        self.valve, self.grasp, self.before, self.support, self.leaflets = valve, grasp, before, support, leaflets
        self.strip: Strip = heart.strip
        self.hinge = valve.hinge_on(annulus)
        self.tip_moves = np.zeros((2, 3)) if tip_moves is None else tip_moves
        self.moves = np.zeros((len(self.hinge) + 2, 3))
        self.solution, self.nodes = before, None
        self.steps: list[FloatArray] = []
        self.answers: list[FloatArray] = []

    def settled(self) -> _Balanced:
        """In balance, or the nearest to it."""
        last, best = None, None
        for _ in range(_CLOSURES):
            moves = self.moves
            solution = self.valve.solved(
                hinge=self.hinge + moves[:-2],
                tip_moves=self.tip_moves + moves[-2:],
                ties=self.grasp.pairs,
                leaflets=self.leaflets,
                start=self.solution,
            )
            if not np.isfinite(solution.points).all():
                break
            self.solution = solution
            wanted, equilibrium = self._moves_under(solution)
            left = wanted - moves
            off = float(np.sqrt((left**2).sum(axis=1).mean()))
            if best is None or off < best.off_mm:
                best = _Balanced(solution, equilibrium, moves, off)
            if off <= BALANCE_MM or (equilibrium is not None and not equilibrium.converged):
                break
            if last is not None and np.sqrt(((left - last[1]) ** 2).sum(axis=1).mean()) > _TOLD * BALANCE_MM:
                self.steps = [*self.steps, (moves - last[0]).ravel()][-_SECANTS:]
                self.answers = [*self.answers, (left - last[1]).ravel()][-_SECANTS:]
            last = moves, left
            self.moves = moves + self._step(left)
        return _Balanced(solution, None, self.moves, np.inf) if best is None else best

    def _moves_under(self, solution: ClosureSolution) -> tuple[FloatArray, Equilibrium | None]:
        """Where hinge and tips go under what this valve pulls more than the measured one."""
        tips = -(solution.tip_force_n - self.before.tip_force_n) / self.grasp.papillary_n_per_mm
        if self.support is None:
            return np.vstack([np.zeros_like(self.hinge), tips]), None
        more = -(solution.hinge_force_n - self.before.hinge_force_n)
        equilibrium = self.support(annulus_load(self.strip, self.hinge, more), self.nodes)
        if equilibrium.converged:
            self.nodes = equilibrium.positions
        return np.vstack([annulus_moves(self.hinge, equilibrium), tips]), equilibrium

    def _step(self, left: FloatArray) -> FloatArray:
        step = (_BEYOND if self.steps else _FIRST) * left
        if self.steps:
            answers, steps = np.column_stack(self.answers), np.column_stack(self.steps)
            share = np.linalg.lstsq(answers, left.ravel(), rcond=1e-3)[0]
            step = step - ((steps + _BEYOND * answers) @ share).reshape(step.shape)
        size = float(np.sqrt((step**2).sum(axis=1).max()))
        return step * min(1.0, _LONGEST_MM / size) if size > 0.0 else step

"""What every solver gives back: how the solve ended, after how many iterations, with which force left."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import ClassVar, Self

from annulus.errors import SolveError

__all__ = ["Solution", "Status"]


class Status(Enum):
    """How a solve ended."""

    CONVERGED = "converged"
    SLACK = "slack"
    ITERATION_LIMIT = "iteration_limit"
    LINE_SEARCH_FAILED = "line_search_failed"
    NOT_CONVEX = "not_convex"
    NOT_FINITE = "not_finite"
    OUT_OF_REACH = "out_of_reach"
    SQUEEZED = "squeezed"
    FOLDED = "folded"
    SUPPORTS_MOVE = "supports_move"
    NOT_SETTLED = "not_settled"
    TANGLED_START = "tangled_start"
    STUCK = "stuck"
    SADDLE = "saddle"

    @property
    def advice(self) -> str:
        """What happened and what to do, one sentence."""
        return _ADVICE[self]

    @property
    def converged(self) -> bool:
        """The state is an equilibrium (slack ribbons included)."""
        return self is Status.CONVERGED or self is Status.SLACK


_ADVICE = MappingProxyType(
    {
        Status.CONVERGED: "the forces balance.",
        Status.SLACK: "the device is as long as the slack-free path or longer and does not cinch: "
        "take a shorter device or a longer stretch of vein.",
        Status.ITERATION_LIMIT: "the iteration limit was reached before the forces balanced: "
        "take smaller steps of traction.",
        Status.LINE_SEARCH_FAILED: "the energy could not be lowered further, the state is near a jump: "
        "take smaller steps of traction.",
        Status.NOT_CONVEX: "no stable direction was found: the annulus buckles at this load; lower the traction.",
        Status.NOT_FINITE: "the state left the range of numbers: check the units of the case and the traction.",
        Status.OUT_OF_REACH: "the traction needed lies beyond what the model supports: "
        "ask for less plication or less traction.",
        Status.SQUEEZED: "a stretch of vein beside an anchor is squeezed to almost nothing, outside the model's range: "
        "ask for less plication or spread the anchors.",
        Status.FOLDED: "the annulus folds, nothing of it can be measured: ask for less.",
        Status.SUPPORTS_MOVE: "the fixed coordinates still moved after the last update of the forces that hold them: "
        "lower the load or the cable's tension.",
        Status.NOT_SETTLED: "the iteration limit was reached before the leaflets came to rest: see residual and "
        "what still moves; raise max_iterations.",
        Status.TANGLED_START: "the stress-free leaflets pass through each other: give a shape that does not.",
        Status.STUCK: "annulus, tips or clip could not be brought to their places without the leaflets passing "
        "through each other or turning inside out: ask for smaller changes.",
        Status.SADDLE: "the forces balance, but the leaflets rest on a ridge between two shapes and could not be "
        "brought off it: raise max_iterations, or start from a slightly different shape.",
    }
)


@dataclass(frozen=True, eq=False)
class Solution:
    """How a solve ended; what was found stands in the subclasses.

    Parameters
    ----------
    status
        How it ended.
    iterations
        Newton iterations in all.
    residual_n
        Largest force left on a node or vertex that is free to move [N].
    """

    status: Status
    iterations: int
    residual_n: float

    what: ClassVar[str] = "solve"
    """What was solved, for messages."""

    @property
    def converged(self) -> bool:
        """The state is an equilibrium."""
        return self.status.converged

    def checked(self) -> Self:
        """This solution.

        Raises
        ------
        SolveError
            It is not an equilibrium.
        """
        if not self.converged:
            raise SolveError(f"{self.what}: {self.status.advice} (residual {self.residual_n:.2e} N)")
        return self

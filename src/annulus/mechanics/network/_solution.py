"""What a solve gives back: a state of the network, with how it was reached."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from types import MappingProxyType

import numpy as np

from annulus._arrays import locked
from annulus._typing import FloatArray
from annulus.errors import SolveError
from annulus.kernels import newton
from annulus.mechanics.network._strip import Strip

__all__ = ["Equilibrium", "Status"]


class Status(Enum):
    """How a solve ended."""

    CONVERGED = "converged"
    ITERATION_LIMIT = "iteration_limit"
    LINE_SEARCH_FAILED = "line_search_failed"
    NOT_CONVEX = "not_convex"
    NOT_FINITE = "not_finite"
    SLACK = "slack"
    OUT_OF_REACH = "out_of_reach"
    SQUEEZED = "squeezed"

    @property
    def advice(self) -> str:
        """What happened and what to do, one sentence."""
        return _ADVICE[self]

    @property
    def converged(self) -> bool:
        """The state is an equilibrium (slack ribbons included)."""
        return self in (Status.CONVERGED, Status.SLACK)


_ADVICE = MappingProxyType(
    {
        Status.CONVERGED: "equilibrium found.",
        Status.ITERATION_LIMIT: "the iteration limit was reached before the forces balanced: "
        "take smaller steps of traction.",
        Status.LINE_SEARCH_FAILED: "the energy could not be lowered further, the state is near a jump: "
        "take smaller steps of traction.",
        Status.NOT_CONVEX: "no stable direction was found: the annulus buckles at this load; lower the traction.",
        Status.NOT_FINITE: "the state left the range of numbers: check the units of the case and the traction.",
        Status.SLACK: "the device is as long as the slack-free path or longer and does not cinch: "
        "take a shorter device or a longer stretch of vein.",
        Status.OUT_OF_REACH: "the traction needed lies beyond what the model supports: "
        "ask for less plication or less traction.",
        Status.SQUEEZED: "a stretch of vein beside an anchor is squeezed to almost nothing, outside the model's range: "
        "ask for less plication or spread the anchors.",
    }
)

STATUS_OF_KERNEL = MappingProxyType(
    {
        newton.CONVERGED: Status.CONVERGED,
        newton.ITERATION_LIMIT: Status.ITERATION_LIMIT,
        newton.LINE_SEARCH_FAILED: Status.LINE_SEARCH_FAILED,
        newton.NOT_CONVEX: Status.NOT_CONVEX,
        newton.NOT_FINITE: Status.NOT_FINITE,
    }
)


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """One state of the network.

    Parameters
    ----------
    strip
        The nodes.
    positions
        Node positions by solver number [mm], shape (n, 3).
    status, iterations, residual_n
        How the solve ended; Newton iterations; largest nodal force left [N].
    energy_nmm
        Energy with the cable's [N mm].
    tension_n
        Tension of the ribbon or cable [N].
    path_length_mm
        Length of the ribbon's or cable's path [mm].
    """

    strip: Strip
    positions: FloatArray
    status: Status
    iterations: int
    residual_n: float
    energy_nmm: float
    tension_n: float
    path_length_mm: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "positions", locked(np.array(self.positions)))

    def __reduce__(self) -> tuple[type[Equilibrium], tuple[object, ...]]:
        values = (self.strip, self.positions, self.status, self.iterations, self.residual_n)
        return type(self), (*values, self.energy_nmm, self.tension_n, self.path_length_mm)

    @cached_property
    def _parts(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        return self.strip.to_natural(self.positions)

    @property
    def annulus(self) -> FloatArray:
        """Annulus nodes [mm], shape (na, 3)."""
        return self._parts[0]

    @property
    def vein(self) -> FloatArray:
        """Vein nodes from the ostium [mm], shape (nc, 3)."""
        return self._parts[1]

    @property
    def artery(self) -> FloatArray:
        """Artery nodes [mm], shape (nl, 3)."""
        return self._parts[2]

    def checked(self) -> Equilibrium:
        """This state.

        Raises
        ------
        SolveError
            It is not an equilibrium.
        """
        if not self.status.converged:
            raise SolveError(f"cinching equilibrium: {self.status.advice} (residual {self.residual_n:.2e} N)")
        return self

"""What a solve of the network gives back: a state, with how it was reached."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from types import MappingProxyType
from typing import ClassVar, NamedTuple

import numpy as np

from annulus._arrays import locked
from annulus._typing import FloatArray
from annulus.kernels import newton
from annulus.kernels.cables import Cable
from annulus.kernels.laws import CableLaw, cable_law
from annulus.kernels.network import Network
from annulus.kernels.newton import Workspace, minimise
from annulus.mechanics._solution import Solution, Status
from annulus.mechanics.network._strip import Strip

__all__ = ["Equilibrium", "Minimum", "minimum", "status_of"]

_STATUS = MappingProxyType(
    {
        newton.CONVERGED: Status.CONVERGED,
        newton.ITERATION_LIMIT: Status.ITERATION_LIMIT,
        newton.LINE_SEARCH_FAILED: Status.LINE_SEARCH_FAILED,
        newton.NOT_CONVEX: Status.NOT_CONVEX,
        newton.NOT_FINITE: Status.NOT_FINITE,
    }
)


def status_of(code: int) -> Status:
    """Status that a kernel's code stands for."""
    return _STATUS[code]


class Minimum(NamedTuple):
    """How a minimisation ended, as `Solution`; energy [N mm], tension of the cable [N], length of its path [mm]."""

    status: Status
    iterations: int
    residual_n: float
    energy_nmm: float
    tension_n: float
    path_length_mm: float


def minimum(
    network: Network,
    cable: Cable,
    law: CableLaw,
    x: FloatArray,
    *,
    tolerance_n: float,
    limits: tuple[int, float],
    space: Workspace,
) -> Minimum:
    """Move x (n, 3) to a minimum of the energy; `limits` are the most iterations and the longest nodal step [mm]."""
    code, iterations, _, residual, energy, length = minimise(network, cable, law, x, tolerance_n, limits, space)
    return Minimum(_STATUS[code], iterations, residual, energy, cable_law(law, length)[1], length)


@dataclass(frozen=True, eq=False)
class Equilibrium(Solution):
    """One state of the network; besides the fields of `Solution`:

    Parameters
    ----------
    strip
        The nodes.
    positions
        Node positions by solver number [mm], shape (n, 3).
    energy_nmm
        Energy with the cable's [N mm].
    tension_n
        Tension of the ribbon or cable [N].
    path_length_mm
        Length of the ribbon's or cable's path [mm].
    """

    strip: Strip
    positions: FloatArray
    energy_nmm: float
    tension_n: float
    path_length_mm: float

    what: ClassVar[str] = "cinching equilibrium"

    def __post_init__(self) -> None:
        object.__setattr__(self, "positions", locked(np.array(self.positions)))

    def __reduce__(self) -> tuple[type[Equilibrium], tuple[object, ...]]:
        return type(self), tuple(getattr(self, item.name) for item in fields(self))

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

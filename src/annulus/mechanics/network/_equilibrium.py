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
from annulus.kernels.banded import Matrix
from annulus.kernels.cables import Cable
from annulus.kernels.laws import CableLaw, cable_law
from annulus.kernels.network import Network
from annulus.kernels.newton import Workspace, minimise
from annulus.mechanics._solution import Solution, Status
from annulus.mechanics.network._strip import Strip

__all__ = ["Equilibrium", "Minimum", "SolverOptions", "minimum", "status_of", "workspace"]

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


def workspace(network: Network) -> Workspace:
    """Scratch arrays for the solves of one call, their contents undefined: fresh ones cost next to nothing, and threads
    that share a model do not meet in them.
    """
    band, border, corner, height = network.constant
    hessian = Matrix(np.empty_like(band), np.empty_like(border), np.empty_like(corner), height)
    return Workspace(hessian, np.empty((6, *network.reference.shape)))


@dataclass(frozen=True, slots=True)
class SolverOptions:
    """Largest nodal force left [N], most Newton iterations, longest nodal step of one iteration [mm]."""

    tolerance_n: float = 1.0e-6
    max_iterations: int = 100
    longest_step_mm: float = 8.0


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
    options: SolverOptions,
    space: Workspace,
    *,
    tolerance_n: float | None = None,
) -> Minimum:
    """Move x (n, 3) to a minimum of the energy; `tolerance_n` replaces that of the options."""
    limits = options.max_iterations, options.longest_step_mm
    tolerance = options.tolerance_n if tolerance_n is None else tolerance_n
    code, iterations, _, residual, energy, length = minimise(network, cable, law, x, tolerance, limits, space)
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
        """Nodes of all arteries, as in `Strip.artery` [mm], shape (nl, 3)."""
        return self._parts[2]

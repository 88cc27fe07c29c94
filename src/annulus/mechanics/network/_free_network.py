"""Any small network of springs and rods, solved by the kernels of the cinching equilibrium.

The cinch model (`_strip`) builds its network from a heart; this one takes nodes and elements as they come. It serves
the exact cases of verification, comparisons with other codes, and devices that no strip describes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from annulus._arrays import locked, points_array
from annulus._typing import ArrayLike, FloatArray, IntArray
from annulus.errors import InputError
from annulus.kernels.banded import Matrix, factorise
from annulus.kernels.cables import Cable, cable_gradient
from annulus.kernels.laws import CableLaw
from annulus.kernels.network import Contacts, Network
from annulus.kernels.newton import tangent
from annulus.mechanics._solution import Solution, Status
from annulus.mechanics.network._equilibrium import SolverOptions, minimum, workspace
from annulus.mechanics.network._free_elements import (
    Bends,
    Springs,
    add_constant_elements,
    free_links,
    free_numbering,
    free_rods,
    rod_force_rate,
)
from annulus.mechanics.network._numbering import blank_matrix, envelope

__all__ = ["FreeNetwork", "FreeState", "free_network"]

SUPPORT_RATIO = 10.0
"""A fixed coordinate is held by a spring this many times as stiff as the stiffest node ..."""

SUPPORT_TOLERANCE = 1.0e-11
"""... and by a reaction, updated until it moves by less than this share of the network's size."""

_MAX_UPDATES = 40
_NO_CABLE = CableLaw(0.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class FreeState(Solution):
    """One state of a free network; arrays in the order of the nodes given. Besides the fields of `Solution`:

    Parameters
    ----------
    positions
        [mm], shape (n, 3).
    energy_nmm
        Energy with the cable's [N mm].
    reactions
        Forces that hold the fixed coordinates [N], shape (n, 3), zero elsewhere.
    tension_n, path_length_mm
        Of the cable; zero without one.
    """

    positions: FloatArray
    energy_nmm: float
    reactions: FloatArray
    tension_n: float
    path_length_mm: float

    what: ClassVar[str] = "free network"


@dataclass(frozen=True, eq=False)
class FreeNetwork:
    """Nodes and elements, ready to be solved; made by `free_network`.

    Parameters
    ----------
    points
        Reference positions [mm], shape (n, 3).
    number
        Solver number of each node, shape (n,).
    network, cable
        Arrays of the kernels.
    fixed
        Coordinates held at the reference, by solver number, shape (n, 3).
    stiffest
        Stiffness of the stiffest node [N/mm], the cable's left out.
    options
        Solver settings.
    """

    points: FloatArray
    number: IntArray
    network: Network
    cable: Cable
    fixed: NDArray[np.bool_]
    stiffest: float
    options: SolverOptions

    def with_load(self, load: ArrayLike) -> FreeNetwork:
        """The same network under other dead loads [N], shape (n, 3)."""
        return replace(self, network=self.network._replace(load=self._sorted(load)))

    def solve(self, law: CableLaw | None = None, *, start: ArrayLike | None = None) -> FreeState:
        """Equilibrium, from `start` (n, 3) or the reference."""
        # Floats and a locked reference: the kernels are then those compiled for the cinch model.
        law = CableLaw(*(float(value) for value in law or _NO_CABLE))
        x = np.array(self.network.reference) if start is None else self._sorted(start)
        space = workspace(self.network)
        support, constant = self._supported(law)
        # Displacements of the supports carry the coordinates' rounding.
        rounding = float(np.spacing(np.abs(self.points).max()))
        least = 4.0 * support * rounding
        tolerance = max(self.options.tolerance_n, least)
        allowed = max(SUPPORT_TOLERANCE * float(np.ptp(self.points, axis=0).max() or 1.0), 8.0 * rounding)
        reaction = np.zeros_like(x)
        total = 0
        for _ in range(_MAX_UPDATES):
            network = self.network._replace(constant=constant, load=self.network.load + reaction)
            found = minimum(network, self.cable, law, x, self.options, space, tolerance_n=tolerance)
            total += found.iterations
            moved = np.where(self.fixed, x - network.reference, 0.0)
            reaction = reaction - support * moved
            if not found.status.converged or np.abs(moved).max() <= allowed:
                break
            if found.iterations == 0:
                # The update is smaller than the forces that may be left.
                tolerance = max(0.1 * tolerance, least)
        else:
            found = found._replace(status=Status.SUPPORTS_MOVE)
        return FreeState(
            found.status,
            total,
            found.residual_n,
            positions=locked(x[self.number]),
            energy_nmm=found.energy_nmm,
            reactions=reaction[self.number],
            tension_n=found.tension_n,
            path_length_mm=found.path_length_mm,
        )

    def is_stable(self, positions: ArrayLike, law: CableLaw | None = None) -> bool:
        """Whether the energy is convex at `positions` under constant cable tension: no small move lowers it."""
        law = CableLaw(*(float(value) for value in law or _NO_CABLE))
        x = self._sorted(positions)
        network = self.network._replace(constant=self._supported(law)[1])
        hessian, vectors = workspace(network)
        tangent(network, self.cable, law, x, vectors[0], vectors[1], hessian, vectors[4:])
        return bool(factorise(hessian))

    def cable_force(self, state: FreeState) -> FloatArray:
        """Forces of the cable on the nodes [N], shape (n, 3)."""
        gradient = np.zeros_like(state.positions)
        cable_gradient(self.cable, self._sorted(state.positions), gradient)
        return -state.tension_n * gradient[self.number]

    def _supported(self, law: CableLaw) -> tuple[float, Matrix]:
        """Stiffness that holds fixed coordinates [N/mm], and the constant matrix with it."""
        v = np.diff(self.network.reference[self.cable.nodes], axis=1)[:, 0]
        shortest = float(np.linalg.norm(v, axis=1).min()) if len(v) else 1.0
        support = SUPPORT_RATIO * max(self.stiffest, law.tension / shortest + law.stiffness, 1.0e-12)
        band = self.network.constant.band.copy()
        diagonal = np.arange(3)
        band[:, diagonal, diagonal] += np.where(self.fixed, support, 0.0)
        return support, self.network.constant._replace(band=band)

    def _sorted(self, values: ArrayLike) -> FloatArray:
        ordered = np.empty(self.points.shape)
        ordered[self.number] = np.asarray(values, dtype=np.float64)
        return ordered


def free_network(
    points: ArrayLike,
    *,
    links: Iterable[Springs] = (),
    rods: Iterable[Bends] = (),
    bends: Iterable[Bends] = (),
    ties: Iterable[Springs] = (),
    ground: ArrayLike | None = None,
    load: ArrayLike | None = None,
    fixed: ArrayLike | None = None,
    cable: Sequence[int] = (),
    options: SolverOptions | None = None,
) -> FreeNetwork:
    """Network of `points`, numbered by reverse Cuthill-McKee.

    Parameters
    ----------
    points
        Reference positions [mm], shape (n, 3).
    links
        Springs along the line between two nodes.
    rods
        Bends of discrete elastic rods [bergou2008]: free in space, exact where straight or planar at rest.
    bends
        Oriented bends, embedded in a wall: they rest in the reference and resist its rotation.
    ties
        Springs that resist any relative displacement from the reference, in every direction alike.
    ground
        Springs from the reference position to each node [N/mm], shape (n,), or symmetric matrices (n, 3, 3).
    load
        Dead loads [N], shape (n, 3).
    fixed
        Coordinates held at the reference, booleans of shape (n, 3). They are exact to `SUPPORT_TOLERANCE`.
    cable
        Nodes that a frictionless cable runs through, in order; repeat the first node to close it.
    options
        Solver settings.

    Raises
    ------
    InputError
        An element names a node that does not exist.
    """
    points = points_array("points", points)
    n = len(points)
    links, rods, bends, ties = tuple(links), tuple(rods), tuple(bends), tuple(ties)
    path = np.asarray(cable, dtype=np.int64)
    groups = [part.pairs for part in (*links, *ties)] + [part.triples for part in (*rods, *bends)]
    groups += [np.stack([path[:-1], path[1:]], axis=1)] if len(path) else []
    for group in groups:
        if group.size and (group.min() < 0 or group.max() >= n):
            raise InputError(f"elements must join nodes 0 to {n - 1}; got {group.min()} to {group.max()}.")
    number = free_numbering(n, groups)
    constant = blank_matrix(envelope(n, [number[group] for group in groups]), 0)
    reference = np.empty((n, 3))
    reference[number] = points
    stiffest = add_constant_elements(constant, points, number, bends, ties, ground)
    chain = free_links(points, number, links)
    vertices = free_rods(points, number, rods)
    for part, size in ((chain.nodes[:, :2], chain.stiffness), (vertices.nodes, rod_force_rate(reference, vertices))):
        for column in range(part.shape[1]):
            np.add.at(stiffest, part[:, column], size)
    held = np.zeros((n, 3), dtype=bool)
    if fixed is not None:
        held[number] = np.asarray(fixed, dtype=bool)
    weights = np.tile([1.0, -1.0], (max(len(path) - 1, 0), 1))
    run = Cable(
        np.ascontiguousarray(np.stack([number[path[:-1]], number[path[1:]]], axis=1)),
        weights,
        np.zeros((len(weights), 3)),
    )
    loads = np.zeros((n, 3))
    if load is not None:
        loads[number] = np.asarray(load, dtype=np.float64)
    none = np.zeros(0)
    contacts = Contacts(
        np.zeros((0, 4), dtype=np.int64), np.zeros((0, 4)), np.zeros((0, 3)), none, none, none, none, none
    )
    network = Network(locked(reference), constant, loads, chain, np.zeros(n), np.zeros((n, 3, 3)), vertices, contacts)
    return FreeNetwork(points, number, network, run, held, float(stiffest.max()), options or SolverOptions())

"""The cinching network of a heart as a CalculiX or Abaqus deck that runs as written.

Springs and linear equations carry the network exactly, so no beam is needed: stretches and straps are springs along
their line; bending of the wall-embedded curves, straps as vectors and the linear support are springs between nodes and
to ground; a strap's foot on the annulus and the ribbon's path along the inner wall are dependent nodes. What standard
springs cannot hold is left out and named in the deck's first lines: the support's stiffening, the ribbon's bending,
arteries and friction. The ribbon pulls with a constant tension.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from annulus._typing import FloatArray, IntArray
from annulus.anatomy import Case
from annulus.errors import InputError
from annulus.heart import Heart
from annulus.io._deformed import Deformed
from annulus.io.exporters._inp import InpDeck, InpEquations, InpSprings, write_inp
from annulus.kernels.banded import Matrix
from annulus.kernels.laws import CableLaw
from annulus.kernels.paths import path_points
from annulus.mechanics.network import CinchModel, CinchParameters, Equilibrium

__all__ = ["NetworkDeck", "write_case", "write_deformed"]

ASSUMED_TENSION_N = 0.6
"""Tension of the ribbon where no result tells one [N] (assumed, as in the verification against CalculiX)."""

ASSUMED_OSTIUM_MM = 10.0
"""The ribbon then runs from here to the end of the modelled vein [mm] (assumed)."""

_UNSTIFFENING_MM = 1.0e9
_ROUNDING = 1.0e-12
_MIN_EDGE_MM = 1.0e-6


@dataclass(frozen=True, eq=False)
class NetworkDeck:
    """The network of a case that springs can carry, under a ribbon of constant tension.

    Parameters
    ----------
    model
        Network without stiffening, arteries and friction.
    ribbon_s_mm
        Arc lengths of the ribbon's distal and proximal end [mm].
    tension_n
        Its tension [N].
    title
        First lines of the deck.
    """

    model: CinchModel
    ribbon_s_mm: tuple[float, float]
    tension_n: float
    title: str = ""

    @classmethod
    def of_case(
        cls, case: Case, *, ribbon_s_mm: tuple[float, float] | None = None, tension_n: float | None = None
    ) -> NetworkDeck:
        """The deck's network; a ribbon that is not told is assumed, and the title says so.

        Raises
        ------
        InputError
            The case has no coronary sinus, or the ribbon does not lie on its modelled stretch.
        """
        heart = Heart(replace(case, arteries=(), leads=()))
        _ = heart.sinus
        parameters = replace(
            CinchParameters(), stiffening_length_mm=_UNSTIFFENING_MM, ribbon_bending_nmm2=0.0, friction_coefficient=0.0
        )
        model = CinchModel(heart.strip, parameters)
        told = ribbon_s_mm is not None and tension_n is not None
        ends = (heart.strip.vein_length, ASSUMED_OSTIUM_MM) if ribbon_s_mm is None else ribbon_s_mm
        pull = ASSUMED_TENSION_N if tension_n is None else tension_n
        heart.strip.stations(*ends)
        deck = cls(model, ends, pull)
        source = "of the result" if told else "assumed; export with a result for a device's"
        lines = [
            f"cinching network of case {case.id}, made by annulus for CalculiX and Abaqus; mm, N. Research use only",
            f"ribbon along the inner wall of the vein, s = {ends[0]:.3f} to {ends[1]:.3f} mm, {pull:.6g} N: {source}",
            "left out: stiffening of the support, bending of the ribbon, arteries, friction",
            *(_own_answer(deck.solved()) if pull > 0.0 else ()),
        ]
        return replace(deck, title="\n".join(line.encode("ascii", "replace").decode() for line in lines))

    def solved(self) -> Equilibrium:
        """This package's answer to the same network."""
        cable = self.model.strip.cable(*self.ribbon_s_mm)
        return self.model.solve(cable, CableLaw(float(self.tension_n), 0.0, 0.0))

    def deck(self) -> InpDeck:
        """Nodes in their natural order, annulus, then vein; dependent nodes after them."""
        strip, network = self.model.strip, self.model.network
        nodes = np.vstack([strip.annulus, strip.vein])
        n = len(nodes)
        natural = np.empty(n, dtype=np.int64)
        natural[strip.numbering] = np.arange(n)
        springs, grounded = _constant_springs(network.constant, natural, n)
        dependent = _Dependent(nodes)
        grounds = [dependent.turned(node, axes) for node, axes, _ in grounded]
        three = np.arange(3)
        springs.append(
            InpSprings(
                np.repeat(np.array(grounds, dtype=np.int64), 3),
                np.concatenate([values for _, _, values in grounded]),
                np.tile(three, len(grounded)),
            )
        )
        links = network.links
        ends = np.empty((len(links.count), 2), dtype=np.int64)
        for row, count in enumerate(links.count):
            some, weights = natural[links.nodes[row, :count]], links.weights[row, :count]
            for side, sign in enumerate((-1.0, 1.0)):
                here = sign * weights > 0.0
                ends[row, side] = dependent.between(some[here], sign * weights[here])
        springs.append(InpSprings(ends, np.array(links.stiffness)))
        path = self._path(dependent)
        apart = np.linalg.norm(np.diff(dependent.points[path], axis=0), axis=1)
        pulled = np.column_stack([path[:-1], path[1:]])[apart > _MIN_EDGE_MM]
        springs.append(InpSprings(pulled, np.full(len(pulled), self.tension_n), constant_tension=True))
        points = dependent.points
        return InpDeck(
            self.title,
            points,
            (),
            springs,
            np.zeros_like(points),
            equations=dependent.equations,
            sets={
                "ANNULUS": np.arange(len(strip.annulus)),
                "VEIN": np.arange(len(strip.annulus), n),
                "RIBBON": path,
            },
        )

    def _path(self, dependent: _Dependent) -> IntArray:
        """Dependent nodes along the ribbon: between two vein nodes, and off them by their way to the inner wall."""
        strip = self.model.strip
        stations, first = strip.stations(*self.ribbon_s_mm), len(strip.annulus)
        places = path_points(stations, strip.vein + strip.inner_wall)
        rows = []
        for station, place in zip(stations, places, strict=True):
            low = min(int(station), len(strip.vein) - 2)
            share = station - low
            pair, weights = np.array([first + low, first + low + 1]), np.array([1.0 - share, share])
            used = weights > _ROUNDING
            rows.append(dependent.between(pair[used], weights[used], at=place))
        return np.array(rows, dtype=np.int64)


def write_case(case: Case, path: Path) -> None:
    """The network under an assumed ribbon; see `NetworkDeck.of_case`."""
    write_inp(NetworkDeck.of_case(case).deck(), path)


def write_deformed(state: Deformed, path: Path) -> None:
    """The network under the ribbon of the result, where it lies and with its tension.

    Raises
    ------
    InputError
        The therapy of the result has no ribbon in the vein.
    """
    if state.ribbon_s_mm is None or state.tension_n is None:
        raise InputError(
            f"{path}: the therapy must have a ribbon between two places of the vein to be written as a network; the "
            "result tells none: leave --result out, or simulate a double anchor."
        )
    deck = NetworkDeck.of_case(state.before, ribbon_s_mm=state.ribbon_s_mm, tension_n=state.tension_n)
    write_inp(deck.deck(), path)


class _Dependent:
    """Nodes of a deck: the network's, and those that depend on them, as they are asked for."""

    def __init__(self, points: FloatArray) -> None:
        self._points = list(points)
        self.equations: list[InpEquations] = []

    @property
    def points(self) -> FloatArray:
        """All nodes [mm], shape (n, 3)."""
        return np.array(self._points)

    def between(self, nodes: IntArray, weights: FloatArray, *, at: FloatArray | None = None) -> int:
        """A node that moves as the weighted mean of others, at their mean or elsewhere; a single one itself."""
        if len(nodes) == 1 and at is None:
            return int(nodes[0])
        mean = sum(weight * self._points[node] for node, weight in zip(nodes.tolist(), weights.tolist(), strict=True))
        return self._add(np.asarray(mean if at is None else at), nodes, weights[:, None, None] * np.eye(3))

    def turned(self, node: int, axes: FloatArray) -> int:
        """A node whose coordinates are those of `node` along the rows of `axes` (3, 3)."""
        if np.allclose(axes, np.eye(3), atol=_ROUNDING):
            return node
        return self._add(self._points[node], np.array([node]), axes[None])

    def _add(self, point: FloatArray, nodes: IntArray, weights: FloatArray) -> int:
        number = len(self._points)
        self._points.append(point)
        self.equations.append(InpEquations(np.array([number]), nodes[None], weights[None]))
        return number


def _constant_springs(
    matrix: Matrix, natural: IntArray, n: int
) -> tuple[list[InpSprings], list[tuple[int, FloatArray, FloatArray]]]:
    """A constant stiffness as springs: between nodes alike in all directions, and what is left to ground.

    The second part is node, main directions as rows (3, 3) and stiffness along each [N/mm], shape (3,).
    """
    full = _dense(matrix, n)
    rows, pairs, stiffness = full.sum(axis=1), [], []
    for i, j in np.argwhere(np.abs(full).max(axis=(2, 3)) > 0.0):
        if i < j:
            # Blocks between nodes are a number times the unit matrix: bends and straps know no direction.
            pairs.append((natural[i], natural[j]))
            stiffness.append(-full[i, j, 0, 0])
    grounded = []
    for i, block in enumerate(rows):
        values, axes = np.linalg.eigh(0.5 * (block + block.T))
        if np.allclose(block, np.diag(np.diag(block)), atol=_ROUNDING * np.abs(block).max()):
            values, axes = np.diag(block), np.eye(3)
        grounded.append((int(natural[i]), axes.T, values))
    k = len(pairs)
    springs = InpSprings(
        np.tile(np.array(pairs, dtype=np.int64).reshape(-1, 2), (3, 1)),
        np.tile(stiffness, 3),
        np.repeat(np.arange(3), k),
    )
    return [springs], grounded


def _dense(matrix: Matrix, n: int) -> FloatArray:
    """Blocks by solver number, shape (n, n, 3, 3)."""
    full = np.zeros((n, n, 3, 3))
    n_band = len(matrix.band)
    for j in range(n_band):
        for r in range(min(matrix.band.shape[2] // 3, n_band - j)):
            full[j + r, j] = matrix.band[j, :, 3 * r : 3 * r + 3].T
            full[j, j + r] = full[j + r, j].T
        for p in range(n - n_band):
            full[j, n_band + p] = matrix.border[j, :, 3 * p : 3 * p + 3]
            full[n_band + p, j] = full[j, n_band + p].T
    for p in range(n - n_band):
        for q in range(p + 1):
            block = matrix.corner[3 * p : 3 * p + 3, 3 * q : 3 * q + 3]
            full[n_band + p, n_band + q] = block
            full[n_band + q, n_band + p] = block.T
    return full


def _own_answer(state: Equilibrium) -> tuple[str, ...]:
    if not state.status.converged:
        return ("annulus finds no equilibrium of this network: the tension is beyond what the model supports",)
    moved = np.linalg.norm(np.vstack([state.annulus - state.strip.annulus, state.vein - state.strip.vein]), axis=1)
    return (f"annulus solves this network too: largest displacement of its nodes {moved.max():.6f} mm",)

"""Input decks for CalculiX and Abaqus: nodes, beams, springs, loads of one large-displacement static step.

Beams are written as B31, which CalculiX expands to solids of rectangular section; springs along a line as SPRINGA,
to ground as SPRING1, between two nodes in a fixed direction as SPRING2. Nodes and elements count from 1 in a deck.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from annulus._arrays import points_array
from annulus._typing import FloatArray, IntArray
from annulus.errors import InputError
from annulus.io._atomic import write_text

__all__ = ["InpBeams", "InpDeck", "InpEquations", "InpSprings", "write_inp"]


_FAR_MM = 1000.0


@dataclass(frozen=True, eq=False)
class InpBeams:
    """Two-node beams of one material and rectangular section.

    Parameters
    ----------
    name
        Name of the element set.
    nodes
        First and last node of each beam, shape (k, 2).
    young_mpa, poisson
        Of the material.
    sides_mm
        Sides of the section, along `direction` and across it.
    direction
        First side's direction, not along the beam, shape (3,).
    """

    name: str
    nodes: IntArray
    young_mpa: float
    sides_mm: tuple[float, float]
    direction: tuple[float, float, float] = (0.0, 0.0, 1.0)
    poisson: float = 0.0


@dataclass(frozen=True, eq=False)
class InpSprings:
    """Springs of one kind.

    Parameters
    ----------
    nodes
        Node of each spring, shape (k,), for springs to ground; pairs, shape (k, 2), for others.
    stiffness
        [N/mm], shape (k,).
    directions
        Coordinate 0, 1 or 2 that each spring acts in, shape (k,); None for springs along their own line.
    constant_tension
        `stiffness` is instead a tension [N] that does not change with length: the segments of a frictionless cable.
    """

    nodes: IntArray
    stiffness: FloatArray
    directions: IntArray | None = None
    constant_tension: bool = False

    @property
    def kind(self) -> str:
        """Name of the element in the deck."""
        if self.directions is None:
            return "SPRINGA"
        return "SPRING1" if self.nodes.ndim == 1 else "SPRING2"


@dataclass(frozen=True, eq=False)
class InpEquations:
    """Nodes whose displacement is a linear combination of others': u = sum of W u_j.

    Parameters
    ----------
    nodes
        The dependent nodes, shape (k,).
    others
        What each depends on, shape (k, j).
    weights
        W [1], shape (k, j, 3, 3); for combinations of whole vectors a number times the unit matrix.
    """

    nodes: IntArray
    others: IntArray
    weights: FloatArray


@dataclass(frozen=True, eq=False)
class InpDeck:
    """One static step with large displacements.

    Parameters
    ----------
    title
        First lines, as comments.
    points
        Node positions [mm], shape (n, 3).
    beams, springs
        Elements.
    load
        Dead loads [N], shape (n, 3).
    fixed
        Coordinates held, booleans of shape (n, 3).
    first_increment
        Share of the load applied first.
    equations
        Dependent nodes.
    sets
        Name to nodes, for the reader of the deck.
    """

    title: str
    points: FloatArray
    beams: Sequence[InpBeams]
    springs: Sequence[InpSprings]
    load: FloatArray
    fixed: FloatArray | None = None
    first_increment: float = 0.1
    equations: Sequence[InpEquations] = ()
    sets: Mapping[str, IntArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", points_array("points", self.points))
        n = len(self.points)
        for part in (*self.beams, *self.springs):
            if part.nodes.size and (part.nodes.min() < 0 or part.nodes.max() >= n):
                raise InputError(
                    f"elements must join nodes 0 to {n - 1}; got {part.nodes.min()} to {part.nodes.max()}."
                )

    def to_text(self) -> str:
        """The deck."""
        return "\n".join([*self._model(), *self._step(), ""])

    def _model(self) -> Iterator[str]:
        yield from (f"** {line}" for line in self.title.splitlines())
        yield "*NODE, NSET=NALL"
        for i, point in enumerate(self.points, start=1):
            yield f"{i}, " + ", ".join(f"{value:.12g}" for value in point)
        for name, nodes in self.sets.items():
            yield f"*NSET, NSET={name}"
            yield from (f"{node + 1}," for node in nodes)
        element = 1
        for part in self.beams:
            yield f"*ELEMENT, TYPE=B31, ELSET={part.name}"
            for row in part.nodes:
                yield f"{element}, " + ", ".join(str(node + 1) for node in row)
                element += 1
            yield f"*MATERIAL, NAME=M{part.name}"
            yield "*ELASTIC"
            yield f"{part.young_mpa:.12g}, {part.poisson:.12g}"
            yield f"*BEAM SECTION, ELSET={part.name}, MATERIAL=M{part.name}, SECTION=RECT"
            yield f"{part.sides_mm[0]:.12g}, {part.sides_mm[1]:.12g}"
            yield ", ".join(f"{value:.12g}" for value in part.direction)
        group = 0
        for part in self.springs:
            for direction, stiffness, rows in _groups(part):
                group += 1
                yield f"*ELEMENT, TYPE={part.kind}, ELSET=S{group}"
                for row in rows:
                    yield f"{element}, " + ", ".join(str(node + 1) for node in np.atleast_1d(part.nodes[row]))
                    element += 1
                yield f"*SPRING, ELSET=S{group}{', NONLINEAR' if part.constant_tension else ''}"
                yield {"SPRINGA": "", "SPRING1": f"{direction + 1}", "SPRING2": f"{direction + 1}, {direction + 1}"}[
                    part.kind
                ]
                if part.constant_tension:
                    yield f"{stiffness:.12g}, {-_FAR_MM:g}"
                    yield f"{stiffness:.12g}, {_FAR_MM:g}"
                else:
                    yield f"{stiffness:.12g}"
        for part in self.equations:
            yield from _equations(part)
        if self.fixed is not None and np.any(self.fixed):
            yield "*BOUNDARY"
            for node, coordinate in np.argwhere(self.fixed):
                yield f"{node + 1}, {coordinate + 1}, {coordinate + 1}"

    def _step(self) -> Iterator[str]:
        yield "*STEP, NLGEOM, INC=1000"
        yield "*STATIC"
        yield f"{self.first_increment:.12g}, 1."
        if np.any(self.load):
            yield "*CLOAD"
        for node, coordinate in np.argwhere(self.load):
            yield f"{node + 1}, {coordinate + 1}, {self.load[node, coordinate]:.12g}"
        yield "*NODE PRINT, NSET=NALL, FREQUENCY=1000"
        yield "U"
        yield "*END STEP"


def write_inp(deck: InpDeck, path: str | Path) -> None:
    """Write the deck to `path`."""
    write_text(deck.to_text(), path)


def _equations(part: InpEquations) -> Iterator[str]:
    """An equation for each coordinate of each dependent node, which comes first in it."""
    for node, others, weights in zip(part.nodes, part.others, part.weights, strict=True):
        for coordinate in range(3):
            terms = [(int(node), coordinate, -1.0)]
            for other, weight in zip(others, weights[:, coordinate], strict=True):
                terms += [(int(other), k, value) for k, value in enumerate(weight.tolist()) if value != 0.0]
            yield "*EQUATION"
            yield f"{len(terms)}"
            yield from (f"{number + 1}, {k + 1}, {value:.16g}" for number, k, value in terms)


def _groups(part: InpSprings) -> Iterator[tuple[int, float, IntArray]]:
    """Direction, stiffness and rows of springs that share both."""
    directions = np.zeros(len(part.nodes), dtype=np.int64) if part.directions is None else part.directions
    keys = np.column_stack([directions, np.round(part.stiffness, 12)])
    found, inverse = np.unique(keys, axis=0, return_inverse=True)
    for i, (direction, stiffness) in enumerate(found):
        yield int(direction), float(stiffness), np.nonzero(inverse.reshape(-1) == i)[0]

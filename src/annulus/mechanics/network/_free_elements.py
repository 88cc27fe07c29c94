"""Springs and bends of a free network, and the arrays that the kernels make of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import reverse_cuthill_mckee

from annulus._typing import ArrayLike, FloatArray, IntArray
from annulus.kernels.banded import Matrix
from annulus.kernels.laws import bend_weights
from annulus.kernels.matrices import add_block, add_spring
from annulus.kernels.network import Links, Rods

__all__ = [
    "Bends",
    "Springs",
    "add_constant_elements",
    "free_links",
    "free_numbering",
    "free_rods",
    "rod_force_rate",
]


@dataclass(frozen=True, eq=False)
class Springs:
    """Straight springs between pairs of nodes.

    Parameters
    ----------
    pairs
        Node numbers, shape (k, 2).
    stiffness
        Force per lengthening [N/mm], shape (k,).
    rest
        Rest lengths [mm], shape (k,); None for the distances in the reference.
    tension_only
        A spring shorter than its rest length carries nothing.
    """

    pairs: IntArray
    stiffness: FloatArray
    rest: FloatArray | None = None
    tension_only: bool = False

    @classmethod
    def along(cls, points: FloatArray, nodes: Sequence[int], axial_n: float, *, closed: bool = False) -> Springs:
        """Springs of a curve through `nodes` with axial stiffness EA [N], unstressed in `points`."""
        index = np.asarray(nodes, dtype=np.int64)
        after = np.roll(index, -1) if closed else index[1:]
        pairs = np.stack([index[: len(after)], after], axis=1)
        lengths = np.linalg.norm(points[pairs[:, 1]] - points[pairs[:, 0]], axis=1)
        return cls(pairs, axial_n / lengths, lengths)


@dataclass(frozen=True, eq=False)
class Bends:
    """Bending stiffness at the middle one of three nodes.

    Parameters
    ----------
    triples
        Node numbers, shape (k, 3).
    stiffness
        Bending stiffness over the length that belongs to the middle node, B/l [N mm], shape (k,).
    rest
        Curvature binormal at rest, shape (k, 3); None for that of the reference. Only rods have one of their own:
        oriented bends rest in the reference.
    """

    triples: IntArray
    stiffness: FloatArray
    rest: FloatArray | None = None

    @classmethod
    def along(
        cls,
        points: FloatArray,
        nodes: Sequence[int],
        bending_nmm2: float,
        *,
        closed: bool = False,
        straight: bool = False,
    ) -> Bends:
        """Bends of a curve through `nodes` with bending stiffness B [N mm2]; `straight` at rest or as in `points`."""
        index = np.asarray(nodes, dtype=np.int64)
        if closed:
            triples = np.stack([np.roll(index, 1), index, np.roll(index, -1)], axis=1)
        else:
            triples = np.stack([index[:-2], index[1:-1], index[2:]], axis=1)
        first = np.linalg.norm(points[triples[:, 1]] - points[triples[:, 0]], axis=1)
        second = np.linalg.norm(points[triples[:, 2]] - points[triples[:, 1]], axis=1)
        rest = np.zeros((len(triples), 3)) if straight else None
        return cls(triples, bending_nmm2 / (0.5 * (first + second)), rest)


def free_numbering(n: int, groups: Sequence[IntArray]) -> IntArray:
    """Solver number of each node, shape (n,)."""
    pairs = [np.zeros((0, 2), dtype=np.int64)]
    for group in groups:
        pairs += [group[:, [a, b]] for a in range(group.shape[1]) for b in range(a)]
    edges = np.vstack(pairs)
    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(n, n))
    order = reverse_cuthill_mckee((graph + graph.T).tocsr(), symmetric_mode=True)
    number = np.empty(n, dtype=np.int64)
    number[order] = np.arange(n)
    return number


def add_constant_elements(
    matrix: Matrix,
    points: FloatArray,
    number: IntArray,
    bends: Sequence[Bends],
    ties: Sequence[Springs],
    ground: ArrayLike | None,
) -> FloatArray:
    """Add oriented bends, ties and ground springs; return the stiffness at each node [N/mm] by solver number."""
    stiffness = np.zeros(len(points))
    terms = [
        (pair, np.array([-1.0, 1.0]), k) for part in ties for pair, k in zip(part.pairs, part.stiffness, strict=True)
    ]
    for part in bends:
        for triple, k in zip(part.triples, part.stiffness, strict=True):
            left, right = np.linalg.norm(np.diff(points[triple], axis=0), axis=1)
            terms.append((triple, np.array(bend_weights(left, right)), k))
    for nodes, weight, k in terms:
        for a, wa in enumerate(weight):
            stiffness[number[nodes[a]]] += k * wa * wa
            for b in range(a + 1):
                add_spring(matrix, int(number[nodes[a]]), int(number[nodes[b]]), float(k * wa * weight[b]))
    if ground is not None:
        values = np.asarray(ground, dtype=np.float64)
        blocks = values[:, None, None] * np.eye(3) if values.ndim == 1 else values
        for node, block in enumerate(blocks):
            add_block(matrix, int(number[node]), int(number[node]), np.ascontiguousarray(block), 1.0)
            stiffness[number[node]] += block.max()
    return stiffness


def free_links(points: FloatArray, number: IntArray, links: Sequence[Springs]) -> Links:
    """Arrays of springs along their own line, by solver number."""
    pairs = np.vstack([np.zeros((0, 2), dtype=np.int64), *(part.pairs for part in links)])
    k = len(pairs)
    apart = np.linalg.norm(points[pairs[:, 1]] - points[pairs[:, 0]], axis=1)
    rest, slack, row = apart.copy(), np.zeros(k, dtype=np.int64), 0
    for part in links:
        rows = slice(row, row + len(part.pairs))
        rest[rows] = rest[rows] if part.rest is None else part.rest
        slack[rows] = int(part.tension_only)
        row += len(part.pairs)
    nodes = np.zeros((k, 4), dtype=np.int64)
    nodes[:, :2] = number[pairs]
    weights = np.zeros((k, 4))
    weights[:, :2] = [-1.0, 1.0]
    stiffness = np.concatenate([np.zeros(0), *(part.stiffness for part in links)])
    return Links(np.full(k, 2, dtype=np.int64), nodes, weights, np.zeros((k, 3)), stiffness, rest, slack)


def free_rods(points: FloatArray, number: IntArray, rods: Sequence[Bends]) -> Rods:
    """Arrays of the bends of rods, by solver number."""
    triples = np.vstack([np.zeros((0, 3), dtype=np.int64), *(part.triples for part in rods)])
    e, f = points[triples[:, 1]] - points[triples[:, 0]], points[triples[:, 2]] - points[triples[:, 1]]
    size = np.linalg.norm(e, axis=1) * np.linalg.norm(f, axis=1) + np.sum(e * f, axis=1)
    rest, row = 2.0 * np.cross(e, f) / size[:, None], 0
    for part in rods:
        if part.rest is not None:
            rest[row : row + len(part.triples)] = part.rest
        row += len(part.triples)
    k = len(triples)
    stiffness = np.concatenate([np.zeros(0), *(part.stiffness for part in rods)])
    return Rods(number[triples], np.ones((k, 2)), np.zeros((k, 2, 3)), np.ascontiguousarray(rest), stiffness)


def rod_force_rate(reference: FloatArray, rods: Rods) -> FloatArray:
    """Force per displacement of the middle node of each bend [N/mm], about (2/l)^2 B/l, shape (b,)."""
    if not len(rods.nodes):
        return np.zeros(0)
    edge = np.linalg.norm(reference[rods.nodes[:, 1]] - reference[rods.nodes[:, 0]], axis=1)
    return 4.0 * rods.stiffness / edge**2

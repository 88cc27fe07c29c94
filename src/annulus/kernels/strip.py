"""Assembly of the thin strip annulus - straps - coronary sinus (- arteries) into the arrays of `kernels.network`.

Natural numbering: annulus nodes 0..na-1 (closed), vein nodes na..na+nc-1 (open), the arteries' nodes after them, one
open curve after the other. Solver numbering: along the annulus, cut open where the vein is not; the two annulus nodes
at the cut go to the border (kernels.banded).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray, IntArray
from annulus.kernels.banded import Matrix
from annulus.kernels.curves import closest_on_polyline
from annulus.kernels.laws import (
    TUBE_HARD,
    TUBE_KNEE,
    bend_weights,
    stiffening_coefficient,
    support_shape,
    tube_stiffness,
)
from annulus.kernels.matrices import add_block, add_spring
from annulus.kernels.network import Contacts, Links

__all__ = [
    "StripStiffness",
    "add_constant_terms",
    "annulus_shares",
    "artery_contacts",
    "chain_lengths",
    "strap_links",
    "stretch_links",
    "tributary_lengths",
]


class StripStiffness(NamedTuple):
    """Stiffnesses of the strip in N and mm.

    Axial stiffness [N] and bending stiffness [N mm2] of annulus, vein and artery; strap stiffness along the link and
    as a vector [N/mm]; foundation of annulus and vein and bed of the artery [MPa]; tangential and normal ratio of
    the foundation; stiffening length [mm].
    """

    annulus_axial: float
    annulus_bending: float
    vein_axial: float
    vein_bending: float
    artery_axial: float
    artery_bending: float
    strap_link: float
    strap_vector: float
    annulus_foundation: float
    vein_foundation: float
    artery_bed: float
    tangential_ratio: float
    normal_ratio: float
    stiffening_length: float


@kernel
def _edge_length(points: FloatArray, i: int, j: int) -> float:
    """Distance of two vertices [mm]."""
    x = points[j, 0] - points[i, 0]
    y = points[j, 1] - points[i, 1]
    z = points[j, 2] - points[i, 2]
    return np.sqrt(x * x + y * y + z * z)


@kernel
def tributary_lengths(points: FloatArray, closed: bool) -> FloatArray:
    """Half of the edges at each vertex [mm], shape (n,)."""
    n = points.shape[0]
    lengths = np.zeros(n)
    for i in range(n if closed else n - 1):
        j = i + 1 if i + 1 < n else 0
        half = 0.5 * _edge_length(points, i, j)
        lengths[i] += half
        lengths[j] += half
    return lengths


@kernel
def chain_lengths(points: FloatArray, sizes: IntArray) -> FloatArray:
    """`tributary_lengths` of open curves that follow each other in `points` (n, 3), with `sizes` points each, (n,)."""
    lengths = np.zeros(points.shape[0])
    first = 0
    for size in sizes:
        for i in range(first, first + size - 1):
            half = 0.5 * _edge_length(points, i, i + 1)
            lengths[i] += half
            lengths[i + 1] += half
        first += size
    return lengths


@kernel
def stretch_links(points: FloatArray, closed: bool, axial: float, factor: FloatArray, links: Links, at: int) -> int:
    """Write one link per edge of a curve from row `at` on: stiffness EA/L0 times the edge's `factor`; next free row.

    Node numbers written are rows of `points`; the caller renumbers. Those beyond the count repeat the first.
    """
    n = points.shape[0]
    row = at
    for i in range(n if closed else n - 1):
        j = i + 1 if i + 1 < n else 0
        length = _edge_length(points, i, j)
        links.count[row] = 2
        links.nodes[row] = i
        links.nodes[row, 1] = j
        links.weights[row, 0] = -1.0
        links.weights[row, 1] = 1.0
        links.stiffness[row] = axial * factor[i] / length
        links.rest[row] = length
        row += 1
    return row


@kernel
def strap_links(
    place: FloatArray, distance: FloatArray, weight: FloatArray, n_annulus: int, strap: float, links: Links, at: int
) -> int:
    """Write one link per vein node to its place on the annulus: stiffness strap / d times its tributary length."""
    row = at
    for i in range(place.shape[0]):
        edge = int(np.floor(place[i])) % n_annulus
        fraction = place[i] - np.floor(place[i])
        links.count[row] = 3
        links.nodes[row] = n_annulus + i
        links.nodes[row, 1] = edge
        links.nodes[row, 2] = (edge + 1) % n_annulus
        links.weights[row, 0] = 1.0
        links.weights[row, 1] = fraction - 1.0
        links.weights[row, 2] = -fraction
        links.stiffness[row] = strap / distance[i] * weight[i]
        links.rest[row] = distance[i]
        row += 1
    return row


@kernel
def annulus_shares(lengths: FloatArray, left: float, right: float) -> tuple[FloatArray, FloatArray]:
    """Share of each annulus edge in the anterior arc, distance of each node to the nearer trigone [mm], both (n,).

    `lengths` (n + 1,) are the nodes' arc lengths, the last one the whole, `left` and `right` those of the trigones; the
    anterior arc runs from the right one through node 0 to the left one.
    """
    n = lengths.shape[0] - 1
    whole = lengths[n]
    share, nearest = np.empty(n), np.empty(n)
    for i in range(n):
        size = lengths[i + 1] - lengths[i]
        first = (min(lengths[i + 1], left) - max(lengths[i], right - whole)) / size
        second = (min(lengths[i + 1], left + whole) - max(lengths[i], right)) / size
        share[i] = min(min(max(first, 0.0), 1.0) + min(max(second, 0.0), 1.0), 1.0)
        one, other = abs(lengths[i] - left), abs(lengths[i] - right)
        nearest[i] = min(min(one, whole - one), min(other, whole - other))
    return share, nearest


@kernel
def artery_contacts(
    artery: tuple[FloatArray, FloatArray, IntArray],
    vein: tuple[FloatArray, FloatArray],
    pressure: float,
    number: IntArray,
) -> Contacts:
    """One contact per artery node, against its nearest vein edge and along the line of centres in the reference.

    Both stay as they are in the reference: a distance between centres could not tell the two sides of the vein apart
    once the artery has passed through, the signed gap can. `artery` and `vein` are nodes and radii [mm], `artery` with
    the number of nodes of each artery; `pressure` is theirs [MPa], `number` gives the solver's numbers of the vein's
    nodes and the arteries' after them.
    """
    points, radius, sizes = artery
    axis, vein_radius = vein
    n, nc = points.shape[0], axis.shape[0]
    nodes, weights, normal = np.empty((n, 4), dtype=np.int64), np.zeros((n, 4)), np.empty((n, 3))
    gap0, free, slope, knee, hard = np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    where, distance = closest_on_polyline(points, axis, False)
    lengths = chain_lengths(points, sizes)
    for i in range(n):
        edge = min(int(where[i]), nc - 2)
        fraction = where[i] - edge
        own = number[nc + i]
        nodes[i, 0], nodes[i, 1], nodes[i, 2], nodes[i, 3] = number[edge], number[edge + 1], own, own
        weights[i, 0], weights[i, 1], weights[i, 2] = fraction - 1.0, -fraction, 1.0
        for k in range(3):
            foot = axis[edge, k] * (1.0 - fraction) + axis[edge + 1, k] * fraction
            normal[i, k] = (points[i, k] - foot) / max(distance[i], 1e-9)
        reach = vein_radius[edge] * (1.0 - fraction) + vein_radius[edge + 1] * fraction + radius[i]
        gap0[i], free[i] = -reach, min(distance[i] - reach, 0.0)
        slope[i] = tube_stiffness(pressure, lengths[i])
        knee[i], hard[i] = TUBE_KNEE * 2.0 * radius[i], TUBE_HARD
    return Contacts(nodes, weights, normal, gap0, free, slope, knee, hard)


@kernel
def _add_bending(
    matrix: Matrix, points: FloatArray, closed: bool, bending: float, factor: FloatArray, number: IntArray, first: int
) -> None:
    """Add B/(2 lv) |v - v0|^2 with v the jump of the unit-rate tangents about the reference: a constant Hessian."""
    n = points.shape[0]
    weight, node = np.empty(3), np.empty(3, dtype=np.int64)
    for i in range(0 if closed else 1, n if closed else n - 1):
        before = i - 1 if i > 0 else n - 1
        after = i + 1 if i + 1 < n else 0
        left = _edge_length(points, before, i)
        right = _edge_length(points, i, after)
        weight[0], weight[1], weight[2] = bend_weights(left, right)
        node[0] = number[first + before]
        node[1] = number[first + i]
        node[2] = number[first + after]
        k = bending * factor[i] / (0.5 * (left + right))
        for a in range(3):
            for b in range(a + 1):
                add_spring(matrix, node[a], node[b], k * weight[a] * weight[b])


@kernel
def add_constant_terms(
    matrix: Matrix,
    curves: tuple[FloatArray, FloatArray, FloatArray, IntArray],
    coupling: tuple[FloatArray, FloatArray],
    factors: tuple[FloatArray, FloatArray, FloatArray],
    normal: FloatArray,
    stiffness: StripStiffness,
    number: IntArray,
    foundation: tuple[FloatArray, FloatArray],
) -> None:
    """Add bending, vector strip and linear foundation to the constant matrix; write the stiffening coefficients.

    `curves` are the nodes of annulus, vein and arteries and the number of each artery's; `coupling` the vein nodes'
    places on the annulus and distances to it; `factors` the bending factor and the foundation factor of each annulus
    node and the foundation factor of each vein node; `normal` the annulus normal; `foundation` is written: stiffening
    coefficient (n,) and foundation matrix (n, 3, 3) by solver number.
    """
    annulus, vein, artery, sizes = curves
    place, distance = coupling
    bending_factor, foundation_factor, vein_factor = factors
    coefficient, shape = foundation
    n_annulus = annulus.shape[0]
    n_vein = vein.shape[0]
    ones_vein = np.ones(n_vein)
    _add_bending(matrix, annulus, True, stiffness.annulus_bending, bending_factor, number, 0)
    _add_bending(matrix, vein, False, stiffness.vein_bending, ones_vein, number, n_annulus)
    first = 0
    for size in sizes:
        one = artery[first : first + size]
        _add_bending(matrix, one, False, stiffness.artery_bending, np.ones(size), number, n_annulus + n_vein + first)
        first += size
    identity = np.eye(3)
    vein_weight = tributary_lengths(vein, False)
    node = np.empty(3, dtype=np.int64)
    weight = np.empty(3)
    for i in range(n_vein):
        edge = int(np.floor(place[i])) % n_annulus
        fraction = place[i] - np.floor(place[i])
        node[0] = number[n_annulus + i]
        node[1] = number[edge]
        node[2] = number[(edge + 1) % n_annulus]
        weight[0] = 1.0
        weight[1] = fraction - 1.0
        weight[2] = -fraction
        k = stiffness.strap_vector / distance[i] * vein_weight[i]
        for a in range(3):
            for b in range(a + 1):
                add_spring(matrix, node[a], node[b], k * weight[a] * weight[b])
    annulus_weight = tributary_lengths(annulus, True)
    tangent = np.empty(3)
    for i in range(n_annulus + n_vein):
        if i < n_annulus:
            before = annulus[i - 1 if i > 0 else n_annulus - 1]
            after = annulus[i + 1 if i + 1 < n_annulus else 0]
            k = stiffness.annulus_foundation * foundation_factor[i] * annulus_weight[i]
        else:
            j = i - n_annulus
            before = vein[j - 1 if j > 0 else 0]
            after = vein[j + 1 if j + 1 < n_vein else n_vein - 1]
            k = stiffness.vein_foundation * vein_factor[j] * vein_weight[j]
        for c in range(3):
            tangent[c] = after[c] - before[c]
        p = number[i]
        support_shape(normal, tangent, stiffness.normal_ratio, stiffness.tangential_ratio, shape[p])
        add_block(matrix, p, p, shape[p], k)
        coefficient[p] = stiffening_coefficient(k, stiffness.stiffening_length)
    artery_weight = chain_lengths(artery, sizes)
    for i in range(artery.shape[0]):
        p = number[n_annulus + n_vein + i]
        shape[p] = identity
        add_spring(matrix, p, p, stiffness.artery_bed * artery_weight[i])
        coefficient[p] = stiffening_coefficient(stiffness.artery_bed * artery_weight[i], stiffness.stiffening_length)

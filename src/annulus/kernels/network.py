"""Energy, gradient and Hessian of a network of nodes joined by few kinds of elements.

The energy of node positions x, with u = x - X the displacement from the reference X, is

    Pi = 1/2 u.K u - f.u                                     constant part: bending about the reference shape,
                                                             vector strip, linear foundation, dead loads
       + sum k/2 (|v| - l0)^2                                links: stretch, straps, ties
       + sum c (u.Q u) |u|^2                                 stiffening of the foundation
       + sum B/(2 l) |kb - kb0|^2                            rods (discrete elastic rods, kernels.rods)
       + sum phi(delta)                                      contact, delta = -(n . sum w x + g0)
       + Phi(L), L = sum |v|                                 the cable

with v = sum_k w_k x_{n_k} + c over at most four nodes. Nodes are numbered as the solver wants them: the
first ones in the band, the last ones in the border (kernels.banded).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray, IntArray
from annulus.kernels.cables import element_vector
from annulus.kernels.matrices import Matrix, add_block, matrix_product
from annulus.kernels.rods import rod_bend

__all__ = ["Contacts", "Links", "Network", "Rods", "energy", "linearise"]


class Links(NamedTuple):
    """Vector elements: nodes (k, 4), weights (k, 4), offset (k, 3), stiffness, rest (k,), slack (k,).

    The first `count` of the four nodes are used. `slack` > 0 marks a tension-only link. A link with zero rest
    length and constant tension is a cable of its own, not a link.
    """

    count: IntArray
    nodes: IntArray
    weights: FloatArray
    offset: FloatArray
    stiffness: FloatArray
    rest: FloatArray
    slack: IntArray


class Rods(NamedTuple):
    """Bends of free rods: nodes (b, 3), fractions of the two edges (b, 2), edge offsets (b, 2, 3), rest (b, 3), k (b,).

    The edges are ``f0 (x1 - x0) + c0`` and ``f1 (x2 - x1) + c1``; `k` is B over the Voronoi length.
    """

    nodes: IntArray
    fractions: FloatArray
    offsets: FloatArray
    rest: FloatArray
    stiffness: FloatArray


class Contacts(NamedTuple):
    """One-sided linear gaps: nodes (c, 4), weights (c, 4), normal (c, 3), gap0, free, stiffness, knee, hard (c,).

    The gap is ``normal . sum_k w_k x_k + gap0``; the indentation is ``free - gap`` with `free` the gap at which
    force starts (0, or the negative reference gap where the surfaces overlap already). Force per unit indentation
    is `stiffness` up to the indentation `knee` and `hard` times as much beyond.
    """

    nodes: IntArray
    weights: FloatArray
    normal: FloatArray
    gap0: FloatArray
    free: FloatArray
    stiffness: FloatArray
    knee: FloatArray
    hard: FloatArray


class Network(NamedTuple):
    """Everything but the cable: reference (n, 3), constant matrix, dead load (n, 3), stiffening c (n,), Q (n, 3, 3)."""

    reference: FloatArray
    constant: Matrix
    load: FloatArray
    links: Links
    stiffening: FloatArray
    foundation: FloatArray
    rods: Rods
    contacts: Contacts


@kernel
def _contact_indentation(contacts: Contacts, i: int, x: FloatArray) -> float:
    gap = contacts.gap0[i]
    for a in range(4):
        p = contacts.nodes[i, a]
        w = contacts.weights[i, a]
        gap += w * (contacts.normal[i, 0] * x[p, 0] + contacts.normal[i, 1] * x[p, 1] + contacts.normal[i, 2] * x[p, 2])
    return contacts.free[i] - gap


@kernel
def energy(network: Network, x: FloatArray, work: FloatArray) -> float:
    """Energy [N mm] of the network without the cable at x (n, 3); `work` is scratch, shape (2, n, 3)."""
    u = work[0]
    product = work[1]
    n = x.shape[0]
    for i in range(n):
        for k in range(3):
            u[i, k] = x[i, k] - network.reference[i, k]
    matrix_product(network.constant, u, product)
    total = 0.0
    for i in range(n):
        for k in range(3):
            total += (0.5 * product[i, k] - network.load[i, k]) * u[i, k]
    v = np.empty(3)
    links = network.links
    for i in range(links.count.shape[0]):
        v[:] = links.offset[i]
        length = element_vector(x, links.nodes[i], links.weights[i], links.count[i], v)
        stretch = length - links.rest[i]
        if stretch > 0.0 or links.slack[i] == 0:
            total += 0.5 * links.stiffness[i] * stretch * stretch
    for i in range(n):
        c = network.stiffening[i]
        if c > 0.0:
            q = 0.0
            s = 0.0
            for k in range(3):
                s += u[i, k] * u[i, k]
                for m in range(3):
                    q += u[i, k] * network.foundation[i, k, m] * u[i, m]
            total += c * q * s
    rods = network.rods
    if rods.nodes.shape[0] > 0:
        edges = np.empty((2, 3))
        slope = np.empty((2, 3))
        curve = np.empty((2, 2, 3, 3))
        for i in range(rods.nodes.shape[0]):
            _rod_edges(rods, i, x, edges)
            total += rods.stiffness[i] * rod_bend(edges, rods.rest[i], slope, curve, False)
    contacts = network.contacts
    for i in range(contacts.gap0.shape[0]):
        depth = _contact_indentation(contacts, i, x)
        if depth > 0.0:
            total += 0.5 * contacts.stiffness[i] * depth * depth
            over = depth - contacts.knee[i]
            if over > 0.0:
                total += 0.5 * contacts.stiffness[i] * (contacts.hard[i] - 1.0) * over * over
    return total


@kernel
def _rod_edges(rods: Rods, i: int, x: FloatArray, edges: FloatArray) -> None:
    for e in range(2):
        p = rods.nodes[i, e]
        q = rods.nodes[i, e + 1]
        for k in range(3):
            edges[e, k] = rods.fractions[i, e] * (x[q, k] - x[p, k]) + rods.offsets[i, e, k]


@kernel
def _add_links(links: Links, x: FloatArray, gradient: FloatArray, hessian: Matrix) -> float:
    total = 0.0
    v = np.empty(3)
    block = np.empty((3, 3))
    for i in range(links.count.shape[0]):
        count = links.count[i]
        v[:] = links.offset[i]
        length = element_vector(x, links.nodes[i], links.weights[i], count, v)
        stretch = length - links.rest[i]
        k = links.stiffness[i]
        if length == 0.0 or (stretch <= 0.0 and links.slack[i] > 0):
            continue
        total += 0.5 * k * stretch * stretch
        side = k * stretch / length
        axial = (k - side) / (length * length)
        for r in range(3):
            for c in range(3):
                block[r, c] = axial * v[r] * v[c]
            block[r, r] += side
        for a in range(count):
            p = links.nodes[i, a]
            wa = links.weights[i, a]
            for r in range(3):
                gradient[p, r] += wa * side * v[r]
            add_block(hessian, p, p, block, wa * wa)
            for b in range(a):
                add_block(hessian, p, links.nodes[i, b], block, wa * links.weights[i, b])
    return total


@kernel
def _add_stiffening(network: Network, u: FloatArray, gradient: FloatArray, hessian: Matrix) -> float:
    total = 0.0
    block = np.empty((3, 3))
    t = np.empty(3)
    for i in range(u.shape[0]):
        c = network.stiffening[i]
        if c <= 0.0:
            continue
        s = 0.0
        q = 0.0
        for k in range(3):
            t[k] = 0.0
            for m in range(3):
                t[k] += network.foundation[i, k, m] * u[i, m]
            s += u[i, k] * u[i, k]
            q += u[i, k] * t[k]
        total += c * q * s
        for r in range(3):
            gradient[i, r] += 2.0 * c * (t[r] * s + q * u[i, r])
            for m in range(3):
                block[r, m] = 2.0 * c * (network.foundation[i, r, m] * s + 2.0 * (t[r] * u[i, m] + u[i, r] * t[m]))
            block[r, r] += 2.0 * c * q
        add_block(hessian, i, i, block, 1.0)
    return total


@kernel
def _add_rods(rods: Rods, x: FloatArray, gradient: FloatArray, hessian: Matrix) -> float:
    total = 0.0
    edges = np.empty((2, 3))
    slope = np.empty((2, 3))
    curve = np.empty((2, 2, 3, 3))
    # Edge e depends on the nodes through these weights: d edge0 = -f0 dx0 + f0 dx1, d edge1 = -f1 dx1 + f1 dx2.
    weight = np.zeros((2, 3))
    block = np.empty((3, 3))
    for i in range(rods.nodes.shape[0]):
        _rod_edges(rods, i, x, edges)
        k = rods.stiffness[i]
        total += k * rod_bend(edges, rods.rest[i], slope, curve, True)
        weight[0, 0] = -rods.fractions[i, 0]
        weight[0, 1] = rods.fractions[i, 0]
        weight[1, 1] = -rods.fractions[i, 1]
        weight[1, 2] = rods.fractions[i, 1]
        for a in range(3):
            p = rods.nodes[i, a]
            for r in range(3):
                gradient[p, r] += k * (weight[0, a] * slope[0, r] + weight[1, a] * slope[1, r])
            for b in range(a + 1):
                for r in range(3):
                    for c in range(3):
                        value = 0.0
                        for e in range(2):
                            for f in range(2):
                                value += weight[e, a] * weight[f, b] * curve[e, f, r, c]
                        block[r, c] = k * value
                add_block(hessian, p, rods.nodes[i, b], block, 1.0)
    return total


@kernel
def _add_contacts(contacts: Contacts, x: FloatArray, gradient: FloatArray, hessian: Matrix) -> float:
    total = 0.0
    block = np.empty((3, 3))
    for i in range(contacts.gap0.shape[0]):
        depth = _contact_indentation(contacts, i, x)
        if depth <= 0.0:
            continue
        k = contacts.stiffness[i]
        total += 0.5 * k * depth * depth
        force = k * depth
        over = depth - contacts.knee[i]
        if over > 0.0:
            extra = k * (contacts.hard[i] - 1.0)
            total += 0.5 * extra * over * over
            force += extra * over
            k += extra
        for r in range(3):
            for c in range(3):
                block[r, c] = k * contacts.normal[i, r] * contacts.normal[i, c]
        for a in range(4):
            p = contacts.nodes[i, a]
            wa = contacts.weights[i, a]
            if wa == 0.0:
                continue
            for r in range(3):
                gradient[p, r] -= wa * force * contacts.normal[i, r]
            add_block(hessian, p, p, block, wa * wa)
            for b in range(a):
                if contacts.weights[i, b] != 0.0:
                    add_block(hessian, p, contacts.nodes[i, b], block, wa * contacts.weights[i, b])
    return total


@kernel
def linearise(network: Network, x: FloatArray, gradient: FloatArray, hessian: Matrix, work: FloatArray) -> float:
    """Energy [N mm] of the network without the cable; writes gradient (n, 3) [N] and Hessian [N/mm] at x (n, 3)."""
    u = work[0]
    n = x.shape[0]
    for i in range(n):
        for k in range(3):
            u[i, k] = x[i, k] - network.reference[i, k]
    matrix_product(network.constant, u, gradient)
    total = 0.0
    for i in range(n):
        for k in range(3):
            total += (0.5 * gradient[i, k] - network.load[i, k]) * u[i, k]
            gradient[i, k] -= network.load[i, k]
    hessian.band[:] = network.constant.band
    hessian.border[:] = network.constant.border
    hessian.corner[:] = network.constant.corner
    total += _add_links(network.links, x, gradient, hessian)
    total += _add_stiffening(network, u, gradient, hessian)
    if network.rods.nodes.shape[0] > 0:
        total += _add_rods(network.rods, x, gradient, hessian)
    if network.contacts.gap0.shape[0] > 0:
        total += _add_contacts(network.contacts, x, gradient, hessian)
    return total

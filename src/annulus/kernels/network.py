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
from annulus.kernels.banded import Matrix, matrix_product
from annulus.kernels.cables import element_vector
from annulus.kernels.laws import spring, stiffening, tube
from annulus.kernels.matrices import add_block, copy_matrix
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
    matrix_product(network.constant, u.reshape(-1), product.reshape(-1))
    total = 0.0
    for i in range(n):
        for k in range(3):
            total += (0.5 * product[i, k] - network.load[i, k]) * u[i, k]
    v = np.empty(3)
    links = network.links
    for i in range(links.count.shape[0]):
        for k in range(3):
            v[k] = links.offset[i, k]
        length = element_vector(x, links.nodes[i], links.weights[i], links.count[i], v)
        total += spring(links.stiffness[i], length - links.rest[i], links.slack[i] > 0)[0]
    for i in range(n):
        c = network.stiffening[i]
        if c > 0.0:
            total += stiffening(c, network.foundation[i], u[i, 0], u[i, 1], u[i, 2])[0]
    rods = network.rods
    if rods.nodes.shape[0] > 0:
        edges = np.empty((2, 3))
        slope = np.empty((2, 3))
        curve = np.empty((3, 3, 3))
        bend = np.empty((4, 3))
        for i in range(rods.nodes.shape[0]):
            _rod_edges(rods, i, x, edges)
            total += rods.stiffness[i] * rod_bend(edges, rods.rest[i], slope, curve, bend, False)
    contacts = network.contacts
    for i in range(contacts.gap0.shape[0]):
        depth = _contact_indentation(contacts, i, x)
        total += tube(contacts.stiffness[i], contacts.knee[i], contacts.hard[i], depth)[0]
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
    band = hessian.band
    n_band = band.shape[0]
    for i in range(links.count.shape[0]):
        count = links.count[i]
        v[0] = links.offset[i, 0]
        v[1] = links.offset[i, 1]
        v[2] = links.offset[i, 2]
        length = element_vector(x, links.nodes[i], links.weights[i], count, v)
        value, force, k = spring(links.stiffness[i], length - links.rest[i], links.slack[i] > 0)
        if length == 0.0 or k == 0.0:
            continue
        total += value
        side = force / length
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
            for b in range(a + 1):
                q = links.nodes[i, b]
                factor = wa * links.weights[i, b]
                low = min(p, q)
                o = 3 * (p + q - 2 * low)
                if low + o // 3 < n_band:
                    # The block is symmetric: the order of the nodes does not matter. Written out, for speed.
                    for c in range(3):
                        band[low, c, o] += factor * block[0, c]
                        band[low, c, o + 1] += factor * block[1, c]
                        band[low, c, o + 2] += factor * block[2, c]
                else:
                    add_block(hessian, p, q, block, factor)
    return total


@kernel
def _add_stiffening(network: Network, u: FloatArray, gradient: FloatArray, hessian: Matrix) -> float:
    total = 0.0
    block = np.empty((3, 3))
    band = hessian.band
    for i in range(u.shape[0]):
        c = network.stiffening[i]
        if c <= 0.0:
            continue
        value, force, curve = stiffening(c, network.foundation[i], u[i, 0], u[i, 1], u[i, 2])
        total += value
        for k in range(3):
            gradient[i, k] += force[k]
            block[k, k] = curve[k]
        block[1, 0] = block[0, 1] = curve[3]
        block[2, 0] = block[0, 2] = curve[4]
        block[2, 1] = block[1, 2] = curve[5]
        if i < band.shape[0]:
            for k in range(3):
                band[i, k, 0] += block[k, 0]
                band[i, k, 1] += block[k, 1]
                band[i, k, 2] += block[k, 2]
        else:
            add_block(hessian, i, i, block, 1.0)
    return total


@kernel
def _add_rods(rods: Rods, x: FloatArray, gradient: FloatArray, hessian: Matrix) -> float:
    total = 0.0
    edges = np.empty((2, 3))
    slope = np.empty((2, 3))
    curve = np.empty((3, 3, 3))
    work = np.empty((4, 3))
    blocks = np.empty((6, 3, 3))
    for i in range(rods.nodes.shape[0]):
        _rod_edges(rods, i, x, edges)
        k = rods.stiffness[i]
        total += k * rod_bend(edges, rods.rest[i], slope, curve, work, True)
        # d edge0 = f (dx1 - dx0), d edge1 = g (dx2 - dx1).
        f = rods.fractions[i, 0]
        g = rods.fractions[i, 1]
        first, middle, last = rods.nodes[i, 0], rods.nodes[i, 1], rods.nodes[i, 2]
        for r in range(3):
            gradient[first, r] -= k * f * slope[0, r]
            gradient[middle, r] += k * (f * slope[0, r] - g * slope[1, r])
            gradient[last, r] += k * g * slope[1, r]
            for c in range(3):
                ee = k * f * f * curve[0, r, c]
                ef = k * f * g * curve[1, r, c]
                fe = k * f * g * curve[1, c, r]
                ff = k * g * g * curve[2, r, c]
                blocks[0, r, c] = ee
                blocks[1, r, c] = fe - ee
                blocks[2, r, c] = ee - ef - fe + ff
                blocks[3, r, c] = -fe
                blocks[4, r, c] = fe - ff
                blocks[5, r, c] = ff
        add_block(hessian, first, first, blocks[0], 1.0)
        add_block(hessian, middle, first, blocks[1], 1.0)
        add_block(hessian, middle, middle, blocks[2], 1.0)
        add_block(hessian, last, first, blocks[3], 1.0)
        add_block(hessian, last, middle, blocks[4], 1.0)
        add_block(hessian, last, last, blocks[5], 1.0)
    return total


@kernel
def _add_contacts(contacts: Contacts, x: FloatArray, gradient: FloatArray, hessian: Matrix) -> float:
    total = 0.0
    block = np.empty((3, 3))
    for i in range(contacts.gap0.shape[0]):
        depth = _contact_indentation(contacts, i, x)
        if depth <= 0.0:
            continue
        value, force, k = tube(contacts.stiffness[i], contacts.knee[i], contacts.hard[i], depth)
        total += value
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
    matrix_product(network.constant, u.reshape(-1), gradient.reshape(-1))
    total = 0.0
    for i in range(n):
        for k in range(3):
            total += (0.5 * gradient[i, k] - network.load[i, k]) * u[i, k]
            gradient[i, k] -= network.load[i, k]
    copy_matrix(network.constant, hessian)
    total += _add_links(network.links, x, gradient, hessian)
    total += _add_stiffening(network, u, gradient, hessian)
    if network.rods.nodes.shape[0] > 0:
        total += _add_rods(network.rods, x, gradient, hessian)
    if network.contacts.gap0.shape[0] > 0:
        total += _add_contacts(network.contacts, x, gradient, hessian)
    return total

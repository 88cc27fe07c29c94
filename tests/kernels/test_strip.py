"""Rows of `annulus.kernels.strip`: assembly written again with dense numpy."""

from __future__ import annotations

import numpy as np

from annulus.kernels.network import Contacts, Links
from annulus.kernels.strip import (
    StripStiffness,
    add_constant_terms,
    annulus_shares,
    artery_contacts,
    chain_lengths,
    strap_links,
    stretch_links,
    tributary_lengths,
)
from kernel_rows import kernel_rows
from network_samples import blank_matrix, dense

STIFFNESS = StripStiffness(6.0, 30.0, 3.0, 10.0, 3.0, 2.0, 0.3, 0.5, 1e-3, 2e-3, 2e-2, 1.5, 4.0, 8.0)
NORMAL = np.array([0.0, 0.6, 0.8])


def loop(n: int, seed: int = 0) -> np.ndarray:
    t = 2.0 * np.pi * np.arange(n) / n
    noise = np.random.default_rng(seed).normal(0.0, 0.2, (n, 3))
    return np.column_stack([20.0 * np.cos(t), 16.0 * np.sin(t), 2.0 * np.cos(2.0 * t)]) + noise


def vein(n: int) -> np.ndarray:
    t = np.linspace(0.2, 3.0, n)
    return np.column_stack([30.0 * np.cos(t), 26.0 * np.sin(t), np.full(n, 3.0)])


def links(rows: int) -> Links:
    return Links(
        np.zeros(rows, dtype=np.int64),
        np.zeros((rows, 4), dtype=np.int64),
        np.zeros((rows, 4)),
        np.zeros((rows, 3)),
        np.zeros(rows),
        np.zeros(rows),
        np.zeros(rows, dtype=np.int64),
    )


def tributary(points: np.ndarray, closed: bool) -> np.ndarray:
    edges = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
    if not closed:
        edges[-1:] = 0.0
    return 0.5 * (edges + np.roll(edges, 1))


def chain_reference(points: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    parts = np.split(points, np.cumsum(sizes)[:-1])
    return np.concatenate([tributary(part, False) for part in parts])


def stretch_reference(points, closed, axial, factor, out, at) -> tuple:
    n = len(points)
    edges = n if closed else n - 1
    j = (np.arange(edges) + 1) % n
    length = np.linalg.norm(points[j] - points[:edges], axis=1)
    i = np.arange(edges)
    return at + edges, np.column_stack([i, j, i, i]), axial * factor[:edges] / length, length


def strap_reference(places, distance, weight, n_annulus, strap_link, out, at) -> tuple:
    n = len(places)
    edge = np.floor(places).astype(np.int64) % n_annulus
    fraction = places - np.floor(places)
    own = n_annulus + np.arange(n)
    nodes = np.column_stack([own, edge, (edge + 1) % n_annulus, own])
    weights = np.column_stack([np.ones(n), fraction - 1.0, -fraction])
    return at + n, nodes, weights, strap_link / distance * weight, distance


def constant_arguments(na: int, nc: int, nl: int) -> tuple:
    n = na + nc + nl
    places = np.linspace(1.2, na - 3.3, nc) if nc else np.zeros(0)
    distance = np.linspace(8.0, 14.0, nc) if nc else np.zeros(0)
    artery = vein(nl) * 1.3 if nl else np.zeros((0, 3))
    sizes = np.array([nl - nl // 2, nl // 2])
    curves = (loop(na), vein(nc) if nc else np.zeros((0, 3)), artery, sizes)
    factors = (np.linspace(1.0, 3.0, na), np.linspace(2.0, 1.0, na), np.linspace(31.0, 1.0, nc))
    number = np.random.default_rng(3).permutation(n)
    foundation = (np.zeros(n), np.zeros((n, 3, 3)))
    return blank_matrix(n, reach=n), curves, (places, distance), factors, NORMAL, STIFFNESS, number, foundation


def constant_reference(matrix, curves, coupling, factors, normal, stiffness, number, foundation) -> tuple:
    """Each energy term as w [sum of a x]^2 / 2, assembled from its weights."""
    annulus, veins, artery, sizes = curves
    na, nc, nl = map(len, curves[:3])
    n = na + nc + nl
    scalar = np.zeros((n, n))
    full = np.zeros((3 * n, 3 * n))

    def bend(points, closed, bending, factor, first):
        count = len(points)
        for i in range(count) if closed else range(1, count - 1):
            b, a = (i - 1) % count, (i + 1) % count
            left, right = np.linalg.norm(points[i] - points[b]), np.linalg.norm(points[a] - points[i])
            row = np.zeros(n)
            row[number[first + np.array([b, i, a])]] = [1 / left, -1 / left - 1 / right, 1 / right]
            scalar[:] += bending * factor[i] / (0.5 * (left + right)) * np.outer(row, row)

    bend(annulus, True, stiffness.annulus_bending, factors[0], 0)
    if nc > 2:
        bend(veins, False, stiffness.vein_bending, np.ones(nc), na)
    for first, last in ((0, sizes[0]), (sizes[0], nl)):
        bend(artery[first:last], False, stiffness.artery_bending, np.ones(nl), na + nc + first)
    places, distance = coupling
    for i in range(nc):
        edge, fraction = int(places[i]) % na, places[i] % 1.0
        row = np.zeros(n)
        row[number[[na + i, edge, (edge + 1) % na]]] = [1.0, fraction - 1.0, -fraction]
        scalar[:] += stiffness.strap_vector / distance[i] * tributary(veins, False)[i] * np.outer(row, row)
    full += np.kron(scalar, np.eye(3))
    coefficient, shapes = np.zeros(n), np.zeros((n, 3, 3))

    def support(points, closed, modulus, factor, first, isotropic=False):
        weight = tributary(points, closed)
        for i in range(len(points)):
            b, a = (i - 1, (i + 1) % len(points)) if closed else (max(i - 1, 0), min(i + 1, len(points) - 1))
            tangent = points[a] - points[b]
            tangent = tangent - (tangent @ normal) * normal
            size = tangent @ tangent
            shape = np.eye(3)
            if not isotropic:
                shape = shape + (stiffness.normal_ratio - 1.0) * np.outer(normal, normal)
                if size > 0.0:
                    shape = shape + (stiffness.tangential_ratio - 1.0) * np.outer(tangent, tangent) / size
            p = number[first + i]
            k = modulus * factor[i] * weight[i]
            full[3 * p : 3 * p + 3, 3 * p : 3 * p + 3] += k * shape
            coefficient[p], shapes[p] = 0.25 * k / stiffness.stiffening_length**2, shape

    support(annulus, True, stiffness.annulus_foundation, factors[1], 0)
    support(veins, False, stiffness.vein_foundation, factors[2], na)
    for first, last in ((0, sizes[0]), (sizes[0], nl)):
        support(artery[first:last], False, stiffness.artery_bed, np.ones(nl), na + nc + first, isotropic=True)
    return full, coefficient, shapes


def shares_reference(lengths, left, right) -> tuple:
    """Anterior or not at ten thousand places of each edge; distances the shorter way round."""
    whole = lengths[-1]
    fine = (np.arange(10_000) + 0.5) / 10_000
    s = lengths[:-1, None] + fine * np.diff(lengths)[:, None]
    apart = np.array([np.abs((lengths[:-1] - at + whole / 2) % whole - whole / 2) for at in (left, right)])
    return ((s < left) | (s > right)).mean(axis=1), apart.min(axis=0)


def contact_arguments(nl: int, nc: int) -> tuple:
    artery = 1.2 * vein(max(nl, 2))[:nl] + np.random.default_rng(1).normal(0.0, 0.5, (nl, 3))
    number = np.random.default_rng(2).permutation(nl + nc)
    sizes = np.array([nl - nl // 3, nl // 3])
    return (artery, np.linspace(1.0, 2.0, nl), sizes), (vein(nc), np.linspace(5.0, 2.0, nc)), 0.0133, number


def dense_contacts(contacts: Contacts, arguments: tuple) -> tuple:
    """Weights by node: a foot at a vein node may be the end of either edge."""
    weights = np.zeros((len(contacts.nodes), len(arguments[3])))
    for row, nodes, own in zip(weights, contacts.nodes, contacts.weights, strict=True):
        np.add.at(row, nodes, own)
    return (weights, *contacts[2:])


def contacts_reference(artery, vein, pressure, number) -> tuple:
    """Nearest vein edge by trying all; the laws' numbers as the notes give them."""
    (points, radius, sizes), (axis, vein_radius) = artery, vein
    lengths = chain_reference(points, sizes)
    rows = []
    for i, (point, own) in enumerate(zip(points, radius, strict=True)):
        start, way = axis[:-1], np.diff(axis, axis=0)
        t = np.clip(np.sum((point - start) * way, axis=1) / np.sum(way**2, axis=1), 0.0, 1.0)
        apart = np.linalg.norm(point - start - t[:, None] * way, axis=1)
        edge = int(np.argmin(apart))
        share, me = t[edge], number[len(axis) + i]
        reach = own + (1.0 - share) * vein_radius[edge] + share * vein_radius[edge + 1]
        rows.append(
            (
                [number[edge], number[edge + 1], me, me],
                [share - 1.0, -share, 1.0, 0.0],
                (point - start[edge] - share * way[edge]) / apart[edge],
                -reach,
                min(apart[edge] - reach, 0.0),
                pressure * np.pi / 2.0 * lengths[i],
                1.8 * own,
                51.0,
            )
        )
    shapes = ((4,), (4,), (3,), (), (), (), (), ())
    found = [np.array([row[k] for row in rows]).reshape(-1, *shape) for k, shape in enumerate(shapes)]
    return dense_contacts(Contacts(found[0].astype(np.int64), *found[1:]), (artery, vein, pressure, number))


ROWS = [
    *kernel_rows(
        annulus_shares,
        reference=shares_reference,
        small=lambda: (np.linspace(0.0, 24.0, 13), 3.3, 20.1),
        large=lambda: (np.linspace(0.0, 110.0, 97), 17.0, 91.5),
        # A trigone at a node.
        degenerate=lambda: (np.linspace(0.0, 24.0, 13), 4.0, 20.1),
        atol=1e-4,
    ),
    *kernel_rows(
        artery_contacts,
        reference=contacts_reference,
        small=lambda: contact_arguments(4, 9),
        large=lambda: contact_arguments(50, 84),
        degenerate=lambda: contact_arguments(0, 9),
        output=dense_contacts,
    ),
    *kernel_rows(
        chain_lengths,
        reference=chain_reference,
        small=lambda: (vein(5), np.array([3, 2])),
        large=lambda: (vein(50), np.array([20, 0, 29, 1])),
        degenerate=lambda: (np.zeros((0, 3)), np.array([0])),
    ),
    *kernel_rows(
        tributary_lengths,
        reference=tributary,
        small=lambda: (loop(6), True),
        large=lambda: (vein(50), False),
        degenerate=lambda: (vein(2), False),
    ),
    *kernel_rows(
        stretch_links,
        reference=stretch_reference,
        small=lambda: (loop(6), True, 6.0, np.linspace(1, 2, 6), links(8), 1),
        large=lambda: (vein(50), False, 3.0, np.ones(50), links(49), 0),
        degenerate=lambda: (vein(2), False, 3.0, np.ones(2), links(3), 2),
        output=lambda end, a: (end, a[4].nodes[a[5] : end], a[4].stiffness[a[5] : end], a[4].rest[a[5] : end]),
    ),
    *kernel_rows(
        strap_links,
        reference=strap_reference,
        small=lambda: (np.array([1.2, 5.9]), np.array([8.0, 9.0]), np.array([1.0, 2.0]), 6, 0.3, links(3), 1),
        large=lambda: (np.linspace(0, 39.5, 30), np.linspace(8, 12, 30), np.ones(30), 40, 0.3, links(30), 0),
        degenerate=lambda: (np.array([3.0]), np.array([8.0]), np.array([1.0]), 6, 0.3, links(1), 0),
        output=lambda end, a: (
            end,
            a[5].nodes[a[6] : end],
            a[5].weights[a[6] : end, :3],
            a[5].stiffness[a[6] : end],
            a[5].rest[a[6] : end],
        ),
    ),
    *kernel_rows(
        add_constant_terms,
        reference=constant_reference,
        small=lambda: constant_arguments(8, 5, 4),
        large=lambda: constant_arguments(24, 20, 7),
        degenerate=lambda: constant_arguments(8, 0, 0),
        output=lambda returned, a: (dense(a[0]), *a[7]),
    ),
]

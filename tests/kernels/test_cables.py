"""Rows of `annulus.kernels.cables`: lengths and directions by numpy, second derivatives by complex steps."""

from __future__ import annotations

import numpy as np

from annulus.kernels.cables import Cable, add_cable_hessian, cable_gradient, cable_length, capstan, element_vector
from kernel_rows import kernel_rows
from network_samples import blank_matrix, cable_sample, dense


def bare(n: int, seed: int) -> tuple:
    t = 2.0 * np.pi * np.arange(n) / n
    x = np.column_stack([20.0 * np.cos(t), 16.0 * np.sin(t), np.cos(2.0 * t)])
    return cable_sample(n, seed), x + np.random.default_rng(seed).normal(0.0, 0.2, (n, 3))


def path_length(cable, x) -> float:
    v = cable.offset + np.einsum("ek,ekd->ed", cable.weights, x[cable.nodes])
    return float(np.linalg.norm(v, axis=1).sum())


def path_gradient(cable, x, out) -> tuple:
    gradient = np.zeros_like(x)
    v = cable.offset + np.einsum("ek,ekd->ed", cable.weights, x[cable.nodes])
    unit = v / np.linalg.norm(v, axis=1, keepdims=True)
    for a in range(2):
        np.add.at(gradient, cable.nodes[:, a], cable.weights[:, a, None] * unit)
    return path_length(cable, x), gradient


def second(cable, x, force, matrix) -> np.ndarray:
    n = x.size
    out = np.empty((n, n))
    v0 = cable.offset + np.einsum("ek,ekd->ed", cable.weights, x[cable.nodes])
    for j in range(n):
        moved = x.astype(np.complex128).reshape(-1)
        moved[j] += 1e-30j
        v = cable.offset + np.einsum("ek,ekd->ed", cable.weights, moved.reshape(x.shape)[cable.nodes])
        unit = v / np.sqrt(np.sum(v * v, axis=1))[:, None]
        slope = np.zeros(x.shape, dtype=np.complex128)
        for a in range(2):
            np.add.at(slope, cable.nodes[:, a], cable.weights[:, a, None] * unit)
        out[:, j] = force * np.imag(slope.reshape(-1)) / 1e-30
    assert v0.shape[1] == 3
    return out


def element(count: int) -> tuple:
    rng = np.random.default_rng(count)
    nodes, weights = rng.integers(0, 5, 4), rng.normal(size=4)
    return rng.normal(size=(5, 3)), nodes, weights, count, rng.normal(size=3)


def element_reference(x, nodes, weights, count, v) -> tuple:
    total = v + weights[:count] @ x[nodes[:count]]
    return float(np.linalg.norm(total)), total


def rubbed(n: int, seed: int, friction: float) -> tuple:
    cable, x = bare(n, seed)
    pulled = Cable(cable.nodes, np.zeros_like(cable.weights), np.zeros_like(cable.offset))
    return cable, x, friction, np.full(len(cable.nodes), 0.5), pulled


def kinked() -> tuple:
    """An element without length at a right angle: the turn is counted once, between its neighbours."""
    nodes, weights = np.array([[0, 1], [1, 1], [1, 2]]), np.tile([-1.0, 1.0], (3, 1))
    cable = Cable(nodes, weights, np.zeros((3, 3)))
    x = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 2.0, 0.0]])
    return cable, x, 0.3, np.zeros(3), Cable(nodes, np.zeros((3, 2)), np.zeros((3, 3)))


def capstan_reference(cable, x, friction, share, pulled) -> tuple:
    v = cable.offset + np.einsum("ek,ekd->ed", cable.weights, x[cable.nodes])
    size = np.linalg.norm(v, axis=1)
    unit = v[size > 0.0] / size[size > 0.0, None]
    turns = np.arccos(np.clip(np.sum(unit[1:] * unit[:-1], axis=1), -1.0, 1.0))
    kept = np.exp(-friction * np.append(np.cumsum(turns[::-1])[::-1], 0.0))
    # One without length has the share of the element after it.
    after = np.searchsorted(np.flatnonzero(size > 0.0), np.arange(len(size)))
    new = kept[after]
    return float(np.abs(new - share).max()), new, cable.weights * new[:, None], cable.offset * new[:, None]


ROWS = [
    *kernel_rows(
        capstan,
        reference=capstan_reference,
        small=lambda: rubbed(8, 1, 0.2),
        large=lambda: rubbed(40, 2, 0.4),
        degenerate=kinked,
        rtol=1e-11,
        output=lambda returned, a: (returned, a[3], a[4].weights, a[4].offset),
    ),
    *kernel_rows(
        cable_length,
        reference=path_length,
        small=lambda: bare(8, 1),
        large=lambda: bare(40, 2),
        degenerate=lambda: bare(5, 3),
    ),
    *kernel_rows(
        cable_gradient,
        reference=path_gradient,
        small=lambda: (*bare(8, 1), np.ones((8, 3))),
        large=lambda: (*bare(40, 2), np.ones((40, 3))),
        degenerate=lambda: (*bare(5, 3), np.ones((5, 3))),
        output=lambda returned, arguments: (returned, arguments[2]),
    ),
    *kernel_rows(
        add_cable_hessian,
        reference=second,
        small=lambda: (*bare(8, 1), 1.3, blank_matrix(8)),
        large=lambda: (*bare(14, 2), 0.4, blank_matrix(14)),
        degenerate=lambda: (*bare(5, 3), 0.0, blank_matrix(5)),
        rtol=1e-11,
        output=lambda returned, a: dense(a[3]),
    ),
    *kernel_rows(
        element_vector,
        reference=element_reference,
        small=lambda: element(2),
        large=lambda: element(4),
        degenerate=lambda: element(0),
        output=lambda returned, a: (returned, a[4]),
    ),
]

"""Small random networks for the kernel tests, and their energy written out a second time, fit for complex steps."""

from __future__ import annotations

import numpy as np

from annulus.kernels.banded import Matrix
from annulus.kernels.cables import Cable
from annulus.kernels.laws import CableLaw
from annulus.kernels.network import Contacts, Links, Network, Rods
from annulus.kernels.newton import Workspace

__all__ = [
    "blank_matrix",
    "cable_sample",
    "dense",
    "from_dense",
    "network_sample",
    "reference_energy",
    "reference_gradient",
    "reference_hessian",
    "workspace",
]


def blank_matrix(n_nodes: int, *, reach: int = 3, n_border: int = 2) -> Matrix:
    """Zero matrix whose last nodes are the border; `reach` is the band's height in nodes."""
    n = n_nodes - n_border
    height = np.minimum(reach, n - 1 - np.arange(n))
    m = 3 * n_border
    return Matrix(np.zeros((n, 3, 3 * (min(reach, n - 1) + 1))), np.zeros((n, 3, m)), np.zeros((m, m)), height)


def dense(matrix: Matrix) -> np.ndarray:
    """Full symmetric matrix."""
    n, _, m = matrix.border.shape
    full = np.zeros((3 * n + m, 3 * n + m))
    for j in range(n):
        for k in range(3):
            rows = slice(3 * j + k, 3 * (j + matrix.height[j] + 1))
            full[rows, 3 * j + k] = full[3 * j + k, rows] = matrix.band[j, k, k : 3 * (matrix.height[j] + 1)]
    flat = matrix.border.reshape(3 * n, m)
    full[: 3 * n, 3 * n :], full[3 * n :, : 3 * n], full[3 * n :, 3 * n :] = flat, flat.T, matrix.corner
    return full


def from_dense(full: np.ndarray, matrix: Matrix) -> Matrix:
    """`matrix`, filled from a full symmetric one."""
    n = len(matrix.band)
    for j in range(n):
        for k in range(3):
            rows = slice(3 * j, 3 * (j + matrix.height[j] + 1))
            matrix.band[j, k, : 3 * (matrix.height[j] + 1)] = full[rows, 3 * j + k]
    matrix.border[:] = full[: 3 * n, 3 * n :].reshape(matrix.border.shape)
    matrix.corner[:] = full[3 * n :, 3 * n :]
    return matrix


def network_sample(n: int, seed: int, *, slack: bool = False) -> Network:
    """Closed chain of `n` nodes with every kind of element; with `slack` all one-sided elements are open."""
    rng = np.random.default_rng(seed)
    t = 2.0 * np.pi * np.arange(n) / n
    reference = np.column_stack([20.0 * np.cos(t), 16.0 * np.sin(t), 2.0 * np.cos(2.0 * t)]) + rng.normal(
        0, 0.1, (n, 3)
    )
    constant = blank_matrix(n)
    full = np.zeros((3 * n, 3 * n))
    for i in range(n):
        j = (i + 1) % n
        block = rng.normal(size=(3, 3))
        block = block @ block.T
        for a, b, sign in ((i, i, 1), (j, j, 1), (i, j, -1), (j, i, -1)):
            full[3 * a : 3 * a + 3, 3 * b : 3 * b + 3] += sign * block
        full[3 * i : 3 * i + 3, 3 * i : 3 * i + 3] += 0.1 * np.eye(3)
    from_dense(full, constant)
    i = np.arange(n)
    length = np.linalg.norm(reference[(i + 1) % n] - reference, axis=1)
    nodes = np.column_stack([i, (i + 1) % n, np.zeros((n, 2), dtype=np.int64)])
    weights = np.column_stack([-np.ones(n), np.ones(n), np.zeros((n, 2))])
    k = 2  # a strap over three nodes, and a tension-only link
    nodes = np.vstack([nodes, [[1, 2, 3, 0], [0, 2, 0, 0]]])
    weights = np.vstack([weights, [[1.0, -0.4, -0.6, 0.0], [1.0, -1.0, 0.0, 0.0]]])
    rest = np.append(length * rng.uniform(0.9, 1.1, n), [1.0, 500.0 if slack else 0.5])
    links = Links(
        np.append(np.full(n, 2), [3, 2]).astype(np.int64),
        np.ascontiguousarray(nodes.astype(np.int64)),
        np.ascontiguousarray(weights),
        rng.normal(0, 0.05, (n + k, 3)),
        rng.uniform(1.0, 5.0, n + k),
        rest,
        np.append(np.zeros(n), [0, 1]).astype(np.int64),
    )
    shape = rng.normal(size=(n, 3, 3))
    shape = np.einsum("nij,nkj->nik", shape, shape)
    rods = Rods(
        np.array([[0, 1, 2], [1, 2, 3]], dtype=np.int64),
        np.array([[1.0, 0.7], [0.7, 1.0]]),
        rng.normal(0, 0.02, (2, 2, 3)),
        rng.normal(0, 0.1, (2, 3)),
        np.array([3.0, 2.0]),
    )
    normal = rng.normal(size=(2, 3))
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    contact_nodes = np.array([[1, 2, 3, 3], [2, 3, 4, 4]], dtype=np.int64)
    contact_weights = np.array([[-0.3, -0.7, 1.0, 0.0], [-0.5, -0.5, 1.0, 0.0]])
    at = np.einsum("ck,ckd,cd->c", contact_weights, reference[contact_nodes], normal)
    # First contact shallow, second beyond its knee.
    depth = np.array([-5.0, -5.0]) if slack else np.array([0.6, 2.0])
    contacts = Contacts(
        contact_nodes,
        contact_weights,
        normal,
        -at - depth,
        np.zeros(2),
        np.array([0.5, 0.8]),
        np.array([3.0, 0.9]),
        np.array([51.0, 5.0]),
    )
    return Network(
        np.ascontiguousarray(reference),
        constant,
        rng.normal(0, 0.1, (n, 3)),
        links,
        rng.uniform(0.0, 0.1, n),
        shape,
        rods,
        contacts,
    )


def cable_sample(n: int, seed: int) -> Cable:
    """Path over the first nodes, its ends inside an edge and at a fixed point."""
    rng = np.random.default_rng(seed)
    last = min(n - 3, 5)
    nodes = [[i, i + 1] for i in range(last)] + [[0, 0]]
    weights = [[0.4, -0.4]] + [[1.0, -1.0]] * (last - 1) + [[-1.0, 0.0]]
    return Cable(
        np.array(nodes, dtype=np.int64), np.array(weights), rng.normal(0, 0.3, (last + 1, 3)) + [0.0, 0.0, 1.0]
    )


def workspace(network: Network) -> Workspace:
    """Scratch for a solve."""
    return Workspace(blank_matrix(len(network.reference)), np.zeros((6, len(network.reference), 3)))


def reference_energy(
    network: Network, x: np.ndarray, cable: Cable | None = None, law: CableLaw | None = None
) -> complex:
    """Energy, element by element; `x` may be complex. Branches follow the real part."""
    u = x - network.reference
    flat = u.reshape(-1)
    total = 0.5 * flat @ dense(network.constant) @ flat - np.sum(network.load * u)
    for i in range(len(network.links.count)):
        c = network.links.count[i]
        v = network.links.offset[i] + network.links.weights[i, :c] @ x[network.links.nodes[i, :c]]
        stretch = np.sqrt(v @ v) - network.links.rest[i]
        if not (network.links.slack[i] and stretch.real <= 0.0):
            total = total + 0.5 * network.links.stiffness[i] * stretch**2
    for i in range(len(x)):
        total = total + network.stiffening[i] * (u[i] @ network.foundation[i] @ u[i]) * (u[i] @ u[i])
    for i in range(len(network.rods.nodes)):
        a, b, c = x[network.rods.nodes[i]]
        e = network.rods.fractions[i, 0] * (b - a) + network.rods.offsets[i, 0]
        f = network.rods.fractions[i, 1] * (c - b) + network.rods.offsets[i, 1]
        kb = 2.0 * np.cross(e, f) / (np.sqrt(e @ e) * np.sqrt(f @ f) + e @ f) - network.rods.rest[i]
        total = total + 0.5 * network.rods.stiffness[i] * (kb @ kb)
    for i in range(len(network.contacts.gap0)):
        con = network.contacts
        gap = con.gap0[i] + con.normal[i] @ (con.weights[i] @ x[con.nodes[i]])
        depth = con.free[i] - gap
        if depth.real > 0.0:
            total = total + 0.5 * con.stiffness[i] * depth**2
            over = depth - con.knee[i]
            if over.real > 0.0:
                total = total + 0.5 * con.stiffness[i] * (con.hard[i] - 1.0) * over**2
    if cable is not None and law is not None:
        v = cable.offset + np.einsum("ek,ekd->ed", cable.weights, x[cable.nodes])
        length = np.sum(np.sqrt(np.sum(v * v, axis=1)))
        total = total + law.tension * length
        if length.real > law.length:
            total = total + 0.5 * law.stiffness * (length - law.length) ** 2
    return total


def reference_gradient(
    network: Network, x: np.ndarray, cable: Cable | None = None, law: CableLaw | None = None
) -> np.ndarray:
    """Gradient of `reference_energy` by complex steps: exact to rounding."""
    gradient = np.empty(x.shape)
    for i in range(x.shape[0]):
        for k in range(3):
            moved = x.astype(np.complex128)
            moved[i, k] += 1e-30j
            gradient[i, k] = np.imag(reference_energy(network, moved, cable, law)) / 1e-30
    return gradient


def reference_hessian(
    network: Network, x: np.ndarray, cable: Cable | None = None, law: CableLaw | None = None
) -> np.ndarray:
    """Hessian by central differences of `reference_gradient`, relative error about 1e-9."""
    n = x.size
    hessian = np.empty((n, n))
    for j in range(n):
        step = np.zeros(n)
        step[j] = 1e-5
        moved = [
            reference_gradient(network, x + sign * step.reshape(x.shape), cable, law).reshape(-1) for sign in (1, -1)
        ]
        hessian[:, j] = (moved[0] - moved[1]) / 2e-5
    return hessian

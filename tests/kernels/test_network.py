"""Rows of `annulus.kernels.network`: a second, complex-safe energy and its complex-step derivatives."""

from __future__ import annotations

import numpy as np

from annulus.kernels.network import add_block, cable_gradient, cable_length, energy, linearise
from annulus.kernels.newton import CableLaw
from kernel_rows import kernel_rows
from network_samples import (
    blank_matrix,
    cable_sample,
    dense,
    network_sample,
    reference_energy,
    reference_gradient,
    reference_hessian,
)


def state(n: int, seed: int, slack: bool = False) -> tuple:
    network = network_sample(n, seed, slack=slack)
    x = network.reference + np.random.default_rng(seed + 100).normal(0.0, 0.2, (n, 3))
    return network, x


def at_rest(n: int) -> tuple:
    network = network_sample(n, 5, slack=True)
    return network, np.array(network.reference)


def block(p: int, q: int) -> tuple:
    values = np.random.default_rng(7).normal(size=(3, 3))
    return blank_matrix(8), p, q, values + values.T if p == q else values, 1.5


def placed(matrix: object, p: int, q: int, values: np.ndarray, factor: float) -> np.ndarray:
    out = np.zeros((24, 24))
    out[3 * p : 3 * p + 3, 3 * q : 3 * q + 3] += factor * values
    if p != q:
        out[3 * q : 3 * q + 3, 3 * p : 3 * p + 3] += factor * values.T
    return out


def with_work(arguments: tuple) -> tuple:
    network, x = arguments
    return network, x, np.zeros((2, *x.shape))


def with_output(arguments: tuple) -> tuple:
    network, x = arguments
    return network, x, np.zeros_like(x), blank_matrix(len(x)), np.zeros((2, *x.shape))


def linear_reference(network, x, gradient, hessian, work) -> tuple:
    return float(reference_energy(network, x)), reference_gradient(network, x), reference_hessian(network, x)


def linear_output(returned, arguments) -> tuple:
    return returned, arguments[2], dense(arguments[3])


UNIT = CableLaw(1.0, 0.0, 0.0)


def bare(n: int, seed: int) -> tuple:
    return cable_sample(n, seed), state(n, seed)[1]


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


ROWS = [
    *kernel_rows(
        add_block,
        reference=placed,
        small=lambda: block(2, 1),
        large=lambda: block(1, 3),
        degenerate=lambda: block(7, 7),
        output=lambda returned, arguments: dense(arguments[0]),
    ),
    *kernel_rows(
        add_block,
        reference=placed,
        small=lambda: block(6, 2),
        large=lambda: block(2, 7),
        degenerate=lambda: block(6, 7),
        output=lambda returned, arguments: dense(arguments[0]),
    ),
    *kernel_rows(
        energy,
        reference=lambda network, x, work: float(reference_energy(network, x)),
        small=lambda: with_work(state(8, 1)),
        large=lambda: with_work(state(40, 2)),
        degenerate=lambda: with_work(at_rest(8)),
        rtol=1e-11,
    ),
    *kernel_rows(
        linearise,
        reference=linear_reference,
        small=lambda: with_output(state(8, 1)),
        large=lambda: with_output(state(12, 2, slack=True)),
        degenerate=lambda: with_output(at_rest(8)),
        rtol=1e-7,
        atol=1e-7,
        output=linear_output,
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
]


def test_gradient_to_rounding() -> None:
    """The Hessian's row is limited by differences; the gradient, by complex steps, is not."""
    for seed in range(3):
        network, x = state(9, seed)
        gradient = np.zeros_like(x)
        linearise(network, x, gradient, blank_matrix(9), np.zeros((2, 9, 3)))
        np.testing.assert_allclose(gradient, reference_gradient(network, x), rtol=1e-11, atol=1e-11)

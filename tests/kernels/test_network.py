"""Rows of `annulus.kernels.network`: a second, complex-safe energy and its complex-step derivatives."""

from __future__ import annotations

import numpy as np

from annulus.kernels.network import energy, linearise
from kernel_rows import kernel_rows
from network_samples import (
    blank_matrix,
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


ROWS = [
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
]


def test_gradient_to_rounding() -> None:
    """The Hessian's row is limited by differences; the gradient, by complex steps, is not."""
    for seed in range(3):
        network, x = state(9, seed)
        gradient = np.zeros_like(x)
        linearise(network, x, gradient, blank_matrix(9), np.zeros((2, 9, 3)))
        np.testing.assert_allclose(gradient, reference_gradient(network, x), rtol=1e-11, atol=1e-11)

"""Rows of `annulus.kernels.newton`: numpy's dense algebra and scipy's own minimiser."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from annulus.kernels.banded import factorise
from annulus.kernels.laws import CableLaw
from annulus.kernels.newton import CONVERGED, ESTIMATE, condensed_solve, minimise, tangent, tangent_at_tension
from kernel_rows import kernel_rows
from network_samples import (
    blank_matrix,
    cable_sample,
    dense,
    network_sample,
    reference_energy,
    reference_gradient,
    reference_hessian,
    workspace,
)


def tangent_arguments(n: int, seed: int, law: CableLaw) -> tuple:
    network = network_sample(n, seed)
    x = network.reference + np.random.default_rng(seed).normal(0.0, 0.2, (n, 3))
    return (
        network,
        cable_sample(n, seed),
        law,
        x,
        np.zeros((n, 3)),
        np.zeros((n, 3)),
        blank_matrix(n),
        np.zeros((2, n, 3)),
    )


def tangent_reference(network, cable, law, x, *_) -> tuple:
    unit = CableLaw(1.0, 0.0, 0.0)
    none = CableLaw(0.0, 0.0, 0.0)
    along = reference_gradient(network, x, cable, unit) - reference_gradient(network, x, cable, none)
    v = cable.offset + np.einsum("ek,ekd->ed", cable.weights, x[cable.nodes])
    length = float(np.linalg.norm(v, axis=1).sum())
    stiffness = law.stiffness if length > law.length else 0.0
    hessian = reference_hessian(network, x, cable, law) - stiffness * np.outer(along, along)
    return (
        float(reference_energy(network, x, cable, law)),
        length,
        stiffness,
        reference_gradient(network, x, cable, law),
        along,
        hessian,
    )


def at_tension_reference(network, cable, law, x, gradient, along, hessian, work, multiplier) -> tuple:
    """As `tangent_reference`, the second derivative of the path taken with another tension."""
    value, length, stiffness, slope, along, exact = tangent_reference(network, cable, law, x)
    force = law.tension + law.stiffness * max(0.0, length - law.length)
    if stiffness == 0.0:
        multiplier = force
    elif multiplier == ESTIMATE:
        rest = slope - force * along
        multiplier = np.clip(-np.sum(rest * along) / np.sum(along * along), 0.0, force)
    one, none = (reference_hessian(network, x, cable, CableLaw(t, 0.0, 0.0)) for t in (1.0, 0.0))
    return value, length, force, stiffness, slope, along, exact + (multiplier - force) * (one - none)


def solve_arguments(n: int, seed: int, stiffness: float) -> tuple:
    factor = network_sample(n, seed).constant
    factorise(factor)
    rng = np.random.default_rng(seed)
    return factor, rng.normal(size=(n, 3)), stiffness, rng.normal(size=(n, 3)), np.empty((2, n, 3))


def solve_reference(factor, along, stiffness, right, carried) -> tuple:
    lower = np.tril(dense(factor))
    a = along.reshape(-1)
    full = lower @ lower.T + stiffness * np.outer(a, a)
    return True, np.linalg.solve(full, right.reshape(-1)).reshape(right.shape)


def minimum_arguments(n: int, seed: int, law: CableLaw) -> tuple:
    network = network_sample(n, seed, slack=True)
    return network, cable_sample(n, seed), law, np.array(network.reference), 1e-9, (100, 4.0), workspace(network)


def minimum_reference(network, cable, law, x, *_) -> tuple:
    shape = x.shape

    def value(flat):
        return float(np.real(reference_energy(network, flat.reshape(shape), cable, law)))

    def slope(flat):
        return reference_gradient(network, flat.reshape(shape), cable, law).reshape(-1)

    found = minimize(value, x.reshape(-1), jac=slope, method="BFGS", options={"gtol": 1e-8, "maxiter": 2000})
    return CONVERGED, found.fun, found.x.reshape(shape)


ROWS = [
    *kernel_rows(
        tangent,
        reference=tangent_reference,
        small=lambda: tangent_arguments(8, 1, CableLaw(0.7, 0.0, 0.0)),
        large=lambda: tangent_arguments(12, 2, CableLaw(0.0, 4.0, 1.0)),
        degenerate=lambda: tangent_arguments(8, 3, CableLaw(0.0, 4.0, 1e6)),
        rtol=1e-7,
        atol=1e-6,
        output=lambda returned, a: (*returned, a[4], a[5], dense(a[6])),
    ),
    *kernel_rows(
        tangent_at_tension,
        reference=at_tension_reference,
        small=lambda: (*tangent_arguments(8, 1, CableLaw(0.0, 4.0, 1.0)), ESTIMATE),
        large=lambda: (*tangent_arguments(12, 2, CableLaw(0.0, 4.0, 1.0)), 2.5),
        degenerate=lambda: (*tangent_arguments(8, 3, CableLaw(0.0, 4.0, 1e6)), 2.5),
        rtol=1e-7,
        atol=1e-6,
        output=lambda returned, a: (*returned, a[4], a[5], dense(a[6])),
    ),
    *kernel_rows(
        condensed_solve,
        reference=solve_reference,
        small=lambda: solve_arguments(8, 1, 0.0),
        large=lambda: solve_arguments(30, 2, 40.0),
        degenerate=lambda: solve_arguments(8, 3, 1e-12),
        rtol=1e-9,
        atol=1e-11,
        output=lambda returned, a: (returned, a[3]),
    ),
    *kernel_rows(
        minimise,
        reference=minimum_reference,
        small=lambda: minimum_arguments(8, 1, CableLaw(0.5, 0.0, 0.0)),
        large=lambda: minimum_arguments(12, 2, CableLaw(0.0, 40.0, 48.0)),
        degenerate=lambda: minimum_arguments(8, 3, CableLaw(0.0, 0.0, 0.0)),
        rtol=1e-6,
        atol=1e-6,
        twin_rtol=1e-9,
        output=lambda returned, a: (returned[0], returned[4], a[3]),
    ),
]

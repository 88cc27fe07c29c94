"""Rows of `annulus.kernels.traction`: the tension found by bisection, each state by SciPy's minimiser.

With friction there is no energy to minimise: SciPy finds the root of forces and path length together.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq, minimize, root

from annulus.kernels.cables import Cable, cable_length
from annulus.kernels.laws import CableLaw
from annulus.kernels.newton import CONVERGED, NOT_CONVEX, minimise
from annulus.kernels.traction import pull_to_length
from kernel_rows import kernel_rows
from network_samples import cable_sample, network_sample, reference_energy, reference_gradient, workspace

SHORTER = 0.9


def arguments(n: int, seed: int) -> tuple:
    """Pull with one cable until the path of another is shorter than without."""
    network, cable, path = network_sample(n, seed, slack=True), cable_sample(n, seed), cable_sample(n, seed + 5)
    x = np.array(network.reference)
    minimise(network, cable, CableLaw(0.0, 0.0, 0.0), x, 1e-10, (100, 4.0), workspace(network))
    free = cable_length(path, x)
    minimise(network, cable, CableLaw(SHORTER, 0.0, 0.0), x, 1e-10, (100, 4.0), workspace(network))
    target = cable_length(path, x)
    assert target < free
    start = np.array(network.reference)
    return network, cable, path, target, start, (0.5, 0.0), (1e-9, 1e-9), (40, 4.0), workspace(network)


def in_vain(n: int, seed: int) -> tuple:
    """The path is not touched by the pull: more tension does not shorten it."""
    network, cable, _, _, x, pull, tolerances, limits, space = arguments(n, seed)
    nowhere = cable._replace(weights=np.zeros_like(cable.weights), offset=np.ones_like(cable.offset))
    return network, cable, nowhere, 0.5, x, pull, tolerances, limits, space


def with_friction(n: int, seed: int) -> tuple:
    """The path as short as above, the cable rubbing."""
    network, cable, path, target, start, _, tolerances, limits, space = arguments(n, seed)
    return network, cable, path, target, start, (0.5, 0.25), tolerances, limits, space


def rubbed(cable, x, friction) -> Cable:
    v = cable.offset + np.einsum("ek,ekd->ed", cable.weights, x[cable.nodes])
    unit = v / np.linalg.norm(v, axis=1, keepdims=True)
    turns = np.arccos(np.clip(np.sum(unit[1:] * unit[:-1], axis=1), -1.0, 1.0))
    share = np.exp(-friction * np.append(np.cumsum(turns[::-1])[::-1], 0.0))
    return Cable(cable.nodes, cable.weights * share[:, None], cable.offset * share[:, None])


def root_pull(network, cable, path, target, x, pull, *_) -> tuple:
    """Forces and path length together, from the frictionless state."""
    shape, friction = x.shape, pull[1]
    if not path.weights.any():
        return (NOT_CONVEX,)
    _, tension, start = slow_pull(network, cable, path, target, x)

    def left(unknown):
        at, force = unknown[:-1].reshape(shape), float(unknown[-1])
        forces = reference_gradient(network, at, rubbed(cable, at, friction), CableLaw(force, 0.0, 0.0))
        return np.append(forces.reshape(-1), cable_length(path, at) - target)

    found = root(left, np.append(start.reshape(-1), tension), method="hybr", tol=1e-11)
    assert np.abs(found.fun).max() < 1e-8
    return CONVERGED, float(found.x[-1]), found.x[:-1].reshape(shape)


def slow_pull(network, cable, path, target, x, *_) -> tuple:
    shape = x.shape
    if not path.weights.any():
        return (NOT_CONVEX,)

    def state(tension: float) -> np.ndarray:
        law = CableLaw(tension, 0.0, 0.0)

        def value(flat):
            return float(np.real(reference_energy(network, flat.reshape(shape), cable, law)))

        def slope(flat):
            return reference_gradient(network, flat.reshape(shape), cable, law).reshape(-1)

        found = minimize(value, x.reshape(-1), jac=slope, method="BFGS", options={"gtol": 1e-8, "maxiter": 2000})
        return found.x.reshape(shape)

    tension = brentq(lambda t: cable_length(path, state(t)) - target, 0.3, 2.0, xtol=1e-9)
    return CONVERGED, tension, state(tension)


ROWS = [
    *kernel_rows(
        pull_to_length,
        reference=slow_pull,
        small=lambda: arguments(8, 1),
        large=lambda: arguments(12, 2),
        degenerate=lambda: in_vain(8, 1),
        output=lambda returned, a: (returned[0], returned[4], a[4]) if returned[0] == CONVERGED else (returned[0],),
        rtol=1e-5,
        atol=1e-5,  # the reference's states are good to 1e-6
        twin_rtol=1e-8,
    ),
    *kernel_rows(
        pull_to_length,
        reference=root_pull,
        small=lambda: with_friction(8, 1),
        large=lambda: with_friction(12, 2),
        degenerate=lambda: in_vain(8, 1),
        output=lambda returned, a: (returned[0], returned[4], a[4]) if returned[0] == CONVERGED else (returned[0],),
        rtol=1e-5,
        atol=1e-5,
        twin_rtol=1e-8,
    ),
]

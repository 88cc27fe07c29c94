"""Rows of `annulus.kernels.traction`: the tension found by bisection, each state by SciPy's minimiser."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq, minimize

from annulus.kernels.cables import cable_length
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
    return network, cable, path, target, start, 0.5, (1e-9, 1e-9), (40, 4.0), workspace(network)


def in_vain(n: int, seed: int) -> tuple:
    """The path is not touched by the pull: more tension does not shorten it."""
    network, cable, _, _, x, tension, tolerances, limits, space = arguments(n, seed)
    nowhere = cable._replace(weights=np.zeros_like(cable.weights), offset=np.ones_like(cable.offset))
    return network, cable, nowhere, 0.5, x, tension, tolerances, limits, space


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
]

"""The traction that shortens the ribbon's path to a given length, searched: slow, but from afar and past failures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from annulus._typing import FloatArray
from annulus.kernels.banded import factorise
from annulus.kernels.cables import Cable, cable_gradient, cable_length
from annulus.kernels.laws import CableLaw
from annulus.kernels.network import Network
from annulus.kernels.newton import Workspace, condensed_solve, tangent
from annulus.mechanics._solution import Status
from annulus.mechanics.network._equilibrium import Equilibrium

__all__ = ["MAX_TRACTION_N", "search_tension"]

MAX_TRACTION_N = 20.0
"""Traction beyond this is out of the model's reach [N]; benches applied 2 to 4 N [mechanics-notes]."""

_PATH_TOLERANCE_MM = 1.0e-5
# A search that needs more than this has lost its way: a good one takes 20 to 60.
_MAX_ITERATIONS = 800


def search_tension(
    solve: Callable[[float, FloatArray | None], Equilibrium],
    network: Network,
    ribbon: Cable,
    traction: Cable,
    length_mm: float,
    space: Workspace,
) -> Equilibrium:
    """Equilibrium of `network` in which `traction` pulls just so that `ribbon` is `length_mm` long.

    `solve` gives the equilibrium at a tension [N], from a start or the reference state. Newton on the tension, each
    residual one warm-started equilibrium, with the slope dL/dT = -a . H^-1 b (a, b the gradients of ribbon path and
    traction path), exact without friction; from the second step on the secant, where it falls.
    """
    state = solve(0.0, None)
    tension, low, high = 0.0, 0.0, MAX_TRACTION_N
    iterations = state.iterations
    failed: Status | None = None
    last: tuple[float, float] | None = None
    for _ in range(40):
        over = float(cable_length(ribbon, state.positions)) - length_mm
        if abs(over) <= _PATH_TOLERANCE_MM or (tension == 0.0 and over < 0.0 and state.converged):
            # Without a pull the path may be short enough already: an anchor that presses an artery moves the vein.
            return replace(state, iterations=iterations)
        low, high = (tension, high) if over > 0.0 else (low, tension)
        slope = 0.0 if last is None or last[0] == tension else (over - last[1]) / (tension - last[0])
        if not slope < 0.0:
            slope = _length_slope(network, ribbon, traction, tension, state.positions, space)
        last = (tension, over) if state.converged else None
        guess = tension - over / slope if slope < 0.0 else np.inf
        following = guess if low < guess < high else 0.5 * (low + high)
        if high - low < 1.0e-9:
            break
        tension = min(following, tension + 2.0)
        state = solve(tension, state.positions if state.converged else None)
        iterations += state.iterations
        if not state.converged:
            state = solve(tension, None)
            iterations += state.iterations
            if not state.converged:
                high = tension
                failed = state.status
        if iterations > _MAX_ITERATIONS:
            failed = failed or Status.ITERATION_LIMIT
            break
    return replace(state, status=failed or Status.OUT_OF_REACH, iterations=iterations)


def _length_slope(
    network: Network, ribbon: Cable, traction: Cable, tension: float, positions: FloatArray, space: Workspace
) -> float:
    hessian, (gradient, along, right, *_) = space
    work = space.vectors[4:6]
    x = np.array(positions)
    tangent(network, traction, CableLaw(tension, 0.0, 0.0), x, gradient, along, hessian, work)
    if not factorise(hessian):
        return 0.0
    right[:] = along
    condensed_solve(hessian, along, 0.0, right, work)
    cable_gradient(ribbon, x, along)
    return -float(np.sum(along * right))

"""The traction that shortens the ribbon's path to a given length, searched: slow, but from afar and past failures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from annulus._typing import FloatArray
from annulus.kernels.banded import factorise
from annulus.kernels.cables import Cable, cable_gradient, cable_length
from annulus.kernels.laws import CableLaw
from annulus.kernels.newton import condensed_solve, tangent
from annulus.mechanics._solution import Status
from annulus.mechanics.network._equilibrium import Equilibrium
from annulus.mechanics.network._numbering import empty_like

if TYPE_CHECKING:
    from annulus.mechanics.network._cinch import CinchModel

__all__ = ["MAX_TRACTION_N", "search_tension"]

MAX_TRACTION_N = 20.0
"""Traction beyond this is out of the model's reach [N]; benches applied 2 to 4 N [mechanics-notes]."""

_PATH_TOLERANCE_MM = 1.0e-5
# A search that needs more than this has lost its way: a good one takes 20 to 60.
_MAX_ITERATIONS = 800


def search_tension(
    model: CinchModel, ribbon: Cable, traction: Cable, length_mm: float, *, tolerance_n: float
) -> Equilibrium:
    """Equilibrium in which `traction` pulls just so that `ribbon` is `length_mm` long.

    Newton on the tension, each residual one warm-started equilibrium, with the exact slope
    dL/dT = -a . H^-1 b (a, b the gradients of ribbon path and traction path).
    """
    state = model.solve(traction, CableLaw(0.0, 0.0, 0.0), tolerance_n=tolerance_n)
    tension, low, high = 0.0, 0.0, MAX_TRACTION_N
    iterations = state.iterations
    failed: Status | None = None
    for _ in range(40):
        over = float(cable_length(ribbon, state.positions)) - length_mm
        if abs(over) <= _PATH_TOLERANCE_MM:
            return replace(state, iterations=iterations)
        low, high = (tension, high) if over > 0.0 else (low, tension)
        slope = _length_slope(model, ribbon, traction, tension, state.positions)
        guess = tension - over / slope if slope < 0.0 else np.inf
        following = guess if low < guess < high else 0.5 * (low + high)
        if high - low < 1.0e-9:
            break
        tension = min(following, tension + 2.0)
        start = state.positions if state.status.converged else None
        state = model.solve(traction, CableLaw(tension, 0.0, 0.0), start=start, tolerance_n=tolerance_n)
        iterations += state.iterations
        if not state.status.converged:
            state = model.solve(traction, CableLaw(tension, 0.0, 0.0), tolerance_n=tolerance_n)
            iterations += state.iterations
            if not state.status.converged:
                high = tension
                failed = state.status
        if iterations > _MAX_ITERATIONS:
            failed = failed or Status.ITERATION_LIMIT
            break
    return replace(state, status=failed or Status.OUT_OF_REACH, iterations=iterations)


def _length_slope(model: CinchModel, ribbon: Cable, traction: Cable, tension: float, positions: FloatArray) -> float:
    x = np.array(positions)
    gradient, along, right = (np.zeros_like(x) for _ in range(3))
    work = np.zeros((2, *x.shape))
    hessian = empty_like(model.network.constant)
    tangent(model.network, traction, CableLaw(tension, 0.0, 0.0), x, gradient, along, hessian, work)
    if not factorise(hessian):
        return 0.0
    right[:] = along
    condensed_solve(hessian, along, 0.0, right, work)
    cable_gradient(ribbon, x, along)
    return -float(np.sum(along * right))

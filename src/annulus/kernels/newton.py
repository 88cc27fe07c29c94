"""Newton's method on the energy of a network with a cable: energy line search, shifted where not convex.

The cable's energy is Phi(L) = T L + k/2 max(0, L - L0)^2. Its second derivative is
Phi' d2L + Phi'' a a^T with a = dL/dx: the first part has the pattern of the network, the second is a rank-one
term that a Sherman-Morrison step adds to the factorised rest, so the energy stays one scalar for one line search.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray
from annulus.kernels.banded import Matrix, factorise, solve_factorised
from annulus.kernels.cables import Cable, add_cable_hessian, cable_gradient
from annulus.kernels.laws import CableLaw, cable_law
from annulus.kernels.network import Network, linearise

__all__ = [
    "CONVERGED",
    "ESTIMATE",
    "EXACT",
    "ITERATION_LIMIT",
    "LINE_SEARCH_FAILED",
    "NOT_CONVEX",
    "NOT_FINITE",
    "Workspace",
    "condensed_solve",
    "minimise",
    "tangent",
    "tangent_at_tension",
]

CONVERGED = 0
ITERATION_LIMIT = 1
LINE_SEARCH_FAILED = 2
NOT_CONVEX = 3
NOT_FINITE = 4

# Not a tension: the law's own, or the one that balances the rest best.
EXACT = -1.0
ESTIMATE = -2.0

_ARMIJO = 1.0e-4
_FIRST_SHIFT = 1.0e-5
_SHIFT_GROWTH = 4.0
_ROUNDING = 1.0e-13
_MAX_HALVINGS = 40
# Near the minimum the energy's change drowns in rounding; a full step that halves the forces is then still good.
_FLAT = 1.0e-10


class Workspace(NamedTuple):
    """Scratch for `minimise`: the Hessian, overwritten by its factor, and vectors (6, n, 3)."""

    hessian: Matrix
    vectors: FloatArray


@kernel
def tangent(
    network: Network,
    cable: Cable,
    law: CableLaw,
    x: FloatArray,
    gradient: FloatArray,
    along: FloatArray,
    hessian: Matrix,
    work: FloatArray,
) -> tuple[float, float, float]:
    """Energy [N mm], cable length [mm], Phi'' [N/mm] at x; writes gradient, dL/dx and the Hessian less Phi'' a a^T."""
    total, length, _, stiffness = tangent_at_tension(network, cable, law, x, gradient, along, hessian, work, EXACT)
    return total, length, stiffness


@kernel
def tangent_at_tension(
    network: Network,
    cable: Cable,
    law: CableLaw,
    x: FloatArray,
    gradient: FloatArray,
    along: FloatArray,
    hessian: Matrix,
    work: FloatArray,
    multiplier: float,
) -> tuple[float, float, float, float]:
    """Energy, cable length, Phi' and Phi'' as `tangent`, but for the tension in the Hessian of a strained cable.

    That is `multiplier` [N], or by least squares of |g + T a| where it is `ESTIMATE`: a ribbon strained before anything
    has moved pulls with some hundred newtons, which would make all of the path's second derivative (docs/theory.md).
    """
    total = linearise(network, x, gradient, hessian, work)
    length = cable_gradient(cable, x, along)
    energy, force, stiffness = cable_law(law, length)
    total += energy
    tension = force
    if stiffness > 0.0 and multiplier == ESTIMATE:
        against = 0.0
        square = 0.0
        for i in range(x.shape[0]):
            for k in range(3):
                against -= gradient[i, k] * along[i, k]
                square += along[i, k] * along[i, k]
        tension = min(max(against / square, 0.0), force) if square > 0.0 else force
    elif stiffness > 0.0 and multiplier >= 0.0:
        tension = multiplier
    if tension != 0.0:
        add_cable_hessian(cable, x, tension, hessian)
    if force != 0.0:
        for i in range(x.shape[0]):
            for k in range(3):
                gradient[i, k] += force * along[i, k]
    return total, length, force, stiffness


@kernel
def condensed_solve(
    factor: Matrix, along: FloatArray, stiffness: float, right: FloatArray, carried: FloatArray
) -> bool:
    """Overwrite `right` (n, 3) with (H + k a a^T)^-1 right, given the factor of H; `carried` (2, n, 3) is scratch.

    False where the rank-one term makes the matrix singular or indefinite.
    """
    pair = carried.reshape(-1, 2)
    i = 0
    for p in range(right.shape[0]):
        for k in range(3):
            pair[i, 0] = right[p, k]
            pair[i, 1] = along[p, k]
            i += 1
    solve_factorised(factor, pair)
    numerator = 0.0
    denominator = 1.0
    i = 0
    for p in range(right.shape[0]):
        for k in range(3):
            numerator += along[p, k] * pair[i, 0]
            denominator += stiffness * along[p, k] * pair[i, 1]
            i += 1
    if not denominator > 0.0:
        return False
    share = stiffness * numerator / denominator
    i = 0
    for p in range(right.shape[0]):
        for k in range(3):
            right[p, k] = pair[i, 0] - share * pair[i, 1]
            i += 1
    return True


@kernel
def _add_diagonal(matrix: Matrix, shift: float) -> None:
    for j in range(matrix.band.shape[0]):
        for k in range(3):
            matrix.band[j, k, k] += shift
    for p in range(matrix.corner.shape[0]):
        matrix.corner[p, p] += shift


@kernel
def _largest_diagonal(matrix: Matrix) -> float:
    largest = 0.0
    for j in range(matrix.band.shape[0]):
        for k in range(3):
            largest = max(largest, abs(matrix.band[j, k, k]))
    for p in range(matrix.corner.shape[0]):
        largest = max(largest, abs(matrix.corner[p, p]))
    return largest


@kernel
def _largest_row(vectors: FloatArray) -> float:
    largest = 0.0
    for i in range(vectors.shape[0]):
        size = vectors[i, 0] ** 2 + vectors[i, 1] ** 2 + vectors[i, 2] ** 2
        if not np.isfinite(size):
            return size
        largest = max(largest, size)
    return np.sqrt(largest)


@kernel
def minimise(
    network: Network,
    cable: Cable,
    law: CableLaw,
    x: FloatArray,
    tolerance: float,
    limits: tuple[int, float],
    space: Workspace,
) -> tuple[int, int, int, float, float, float]:
    """Move x (n, 3) to a minimum of the energy.

    `tolerance` is the largest nodal force left [N]; `limits` are the most iterations and the longest nodal step
    of one iteration [mm]. Returns status, iterations, shifted factorisations, residual [N], energy [N mm] and
    cable length [mm]. The energy never rises from one iterate to the next (beyond rounding).
    """
    max_iterations, longest_step = limits
    gradient = space.vectors[0]
    along = space.vectors[1]
    step = space.vectors[2]
    trial = space.vectors[3]
    work = space.vectors[4:6]
    hessian = space.hessian
    n = x.shape[0]
    started = False
    iteration = 0
    n_shifted = 0
    n_halved = 0
    shift = 0.0
    factor = 1.0
    slope = 0.0
    value = 0.0
    length = 0.0
    residual = 0.0
    multiplier = ESTIMATE
    for i in range(n):
        for k in range(3):
            trial[i, k] = x[i, k]
    while True:
        # One place where energy, gradient and Hessian are taken: at a trial point, nearly always accepted, or again
        # at the iterate when its Hessian, overwritten by a failed factorisation, has to be shifted.
        new_value, new_length, force, stiffness = tangent_at_tension(
            network, cable, law, trial, gradient, along, hessian, work, multiplier
        )
        if shift == 0.0:
            new_residual = _largest_row(gradient)
            if started:
                enough = value + _ARMIJO * factor * slope + _ROUNDING * (abs(value) + 1.0)
                flat = n_halved == 0 and abs(new_value - value) <= _FLAT * (abs(value) + 1.0)
                if not (new_value <= enough or (flat and new_residual <= 0.5 * residual)):
                    n_halved += 1
                    if n_halved > _MAX_HALVINGS:
                        return LINE_SEARCH_FAILED, iteration, n_shifted, residual, value, length
                    factor *= 0.5
                    for i in range(n):
                        for k in range(3):
                            trial[i, k] = x[i, k] + factor * step[i, k]
                    continue
                iteration += 1
            started = True
            value = new_value
            length = new_length
            residual = new_residual
            for i in range(n):
                for k in range(3):
                    x[i, k] = trial[i, k]
            if not np.isfinite(value) or not np.isfinite(residual):
                return NOT_FINITE, iteration, n_shifted, residual, value, length
            if residual <= tolerance:
                return CONVERGED, iteration, n_shifted, residual, value, length
            if iteration >= max_iterations:
                return ITERATION_LIMIT, iteration, n_shifted, residual, value, length
        largest = _largest_diagonal(hessian)
        if shift > 0.0:
            _add_diagonal(hessian, shift)
        ready = factorise(hessian)
        if ready:
            for i in range(n):
                for k in range(3):
                    step[i, k] = -gradient[i, k]
            ready = condensed_solve(hessian, along, stiffness, step, work)
        if not ready:
            shift = _FIRST_SHIFT * largest if shift == 0.0 else _SHIFT_GROWTH * shift
            n_shifted += 1
            if not shift <= 1.0e6 * largest:
                return NOT_CONVEX, iteration, n_shifted, residual, value, length
            continue
        shift = 0.0
        size = _largest_row(step)
        if not np.isfinite(size):
            return NOT_FINITE, iteration, n_shifted, residual, value, length
        factor = longest_step / size if size > longest_step else 1.0
        n_halved = 0
        slope = 0.0
        stretch = 0.0
        for i in range(n):
            for k in range(3):
                slope += gradient[i, k] * step[i, k]
                stretch += along[i, k] * step[i, k]
                trial[i, k] = x[i, k] + factor * step[i, k]
        # The tension after a full step, to first order: as if it were an unknown of its own.
        multiplier = max(force + stiffness * stretch, 0.0)

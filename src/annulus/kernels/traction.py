"""A pull of unknown tension that shortens another path to a given length: Newton on shape and tension at once.

Unknown are the positions x and the tension T of the pulling cable, whose length is L(x); known is the length of
a second path, R(x) = r. With g the network's gradient, b = dL/dx and a = dR/dx,

    g + T b = 0,   R = r;      (H + T d2L) dx + b dT = -(g + T b),   a . dx = r - R.

One factorisation a step serves both right-hand sides. There is no energy to descend, so the start has to be near; who
calls falls back on a search of the tension where this does not converge. With friction each element of the cable has
its own share of T, taken from the shape of every step: L is then the sum of the shares times the elements' lengths, and
how the shares follow the shape is left out of the matrix (the convergence is linear, with a factor of about mu).
"""

from __future__ import annotations

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray
from annulus.kernels.banded import factorise, solve_factorised
from annulus.kernels.cables import Cable, cable_gradient, cable_length, capstan
from annulus.kernels.laws import CableLaw
from annulus.kernels.network import Network
from annulus.kernels.newton import (
    CONVERGED,
    ITERATION_LIMIT,
    NOT_CONVEX,
    NOT_FINITE,
    Workspace,
    tangent,
)

__all__ = ["pull_to_length"]


@kernel
def pull_to_length(
    network: Network,
    cable: Cable,
    path: Cable,
    length: float,
    x: FloatArray,
    pull: tuple[float, float],
    tolerances: tuple[float, float],
    limits: tuple[int, float],
    space: Workspace,
) -> tuple[int, int, float, float, float, float]:
    """Move x (n, 3) to the equilibrium in which `cable` pulls just so that `path` is `length` long [mm].

    `pull` is the tension where it starts [N] and the coefficient of friction along `cable` [1]. `tolerances` are the
    largest nodal force [N] and the error of the length [mm] that may be left; `limits` the most iterations and the
    longest nodal step of one iteration [mm]. Returns status, iterations, residual [N], energy [N mm], tension at the
    last element [N] and length of `cable` [mm]; NOT_CONVEX where the state is no minimum at that tension or more
    tension does not shorten the path.
    """
    force_tolerance, length_tolerance = tolerances
    max_iterations, longest_step = limits
    gradient = space.vectors[0]
    along = space.vectors[1]
    slope = space.vectors[2]
    work = space.vectors[4:6]
    pair = work.reshape(-1, 2)
    n = x.shape[0]
    tension, friction = pull
    pulled = Cable(cable.nodes, np.copy(cable.weights), np.copy(cable.offset))
    share = np.ones(cable.nodes.shape[0])
    iteration = 0
    while True:
        if friction > 0.0:
            capstan(cable, x, friction, share, pulled)
        value, _, _ = tangent(network, pulled, CableLaw(tension, 0.0, 0.0), x, gradient, along, space.hessian, work)
        over = cable_gradient(path, x, slope) - length
        residual = 0.0
        for i in range(n):
            residual = max(residual, gradient[i, 0] ** 2 + gradient[i, 1] ** 2 + gradient[i, 2] ** 2)
        residual = np.sqrt(residual)
        if not np.isfinite(value + residual + over):
            return NOT_FINITE, iteration, residual, value, tension, np.nan
        if residual <= force_tolerance and abs(over) <= length_tolerance:
            return CONVERGED, iteration, residual, value, tension, cable_length(cable, x)
        if iteration >= max_iterations:
            return ITERATION_LIMIT, iteration, residual, value, tension, cable_length(cable, x)
        if not factorise(space.hessian):
            return NOT_CONVEX, iteration, residual, value, tension, cable_length(cable, x)
        row = 0
        for i in range(n):
            for k in range(3):
                pair[row, 0] = -gradient[i, k]
                pair[row, 1] = along[i, k]
                row += 1
        solve_factorised(space.hessian, pair)
        shortened = 0.0
        given = 0.0
        row = 0
        for i in range(n):
            for k in range(3):
                given += slope[i, k] * pair[row, 0]
                shortened += slope[i, k] * pair[row, 1]
                row += 1
        if not shortened > 0.0:
            return NOT_CONVEX, iteration, residual, value, tension, cable_length(cable, x)
        more = (over + given) / shortened
        size = 0.0
        for i in range(n):
            square = 0.0
            for k in range(3):
                square += (pair[3 * i + k, 0] - more * pair[3 * i + k, 1]) ** 2
            size = max(size, square)
        size = np.sqrt(size)
        factor = longest_step / size if size > longest_step else 1.0
        for i in range(n):
            for k in range(3):
                x[i, k] += factor * (pair[3 * i + k, 0] - more * pair[3 * i + k, 1])
        tension += factor * more
        iteration += 1

"""Pieces of a solve repeated in compiled loops, so that the call from Python does not count in their time."""

from __future__ import annotations

from annulus._jit import kernel
from annulus._typing import FloatArray
from annulus.kernels.banded import Matrix, factorise
from annulus.kernels.cables import Cable
from annulus.kernels.laws import CableLaw
from annulus.kernels.matrices import copy_matrix
from annulus.kernels.network import Network
from annulus.kernels.newton import Workspace, condensed_solve, tangent

__all__ = ["axpy", "copies", "moves", "steps", "tangents"]


@kernel
def steps(
    times: int,
    source: Matrix,
    factor: Matrix,
    along: FloatArray,
    stiffness: float,
    gradient: FloatArray,
    space: FloatArray,
) -> bool:
    """Copy, factorise and solve again and again, so that the call from Python does not count."""
    ready = True
    for _ in range(times):
        copy_matrix(source, factor)
        ready = factorise(factor) and ready
        space[0] = gradient
        ready = condensed_solve(factor, along, stiffness, space[0], space[1:]) and ready
    return ready


@kernel
def copies(times: int, source: Matrix, target: Matrix) -> None:
    """Copy a matrix again and again."""
    for _ in range(times):
        copy_matrix(source, target)


@kernel
def axpy(times: int, factor: float, x: FloatArray, y: FloatArray) -> float:
    """Add a multiple of x to y again and again."""
    for _ in range(times):
        for i in range(x.shape[0]):
            y[i] += factor * x[i]
    return y[0]


@kernel
def moves(times: int, source: FloatArray, target: FloatArray) -> None:
    """Copy an array again and again."""
    for k in range(times):
        for i in range(source.shape[0]):
            target[i] = source[i] + k


@kernel
def tangents(times: int, network: Network, cable: Cable, law: CableLaw, x: FloatArray, space: Workspace) -> float:
    """Energy, gradient and Hessian again and again."""
    total = 0.0
    for _ in range(times):
        value, _, _ = tangent(
            network, cable, law, x, space.vectors[0], space.vectors[1], space.hessian, space.vectors[5:7]
        )
        total += value
    return total

"""Paths of vector elements whose total length carries one tension: a ribbon, a suture, a cable."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray, IntArray
from annulus.kernels.banded import Matrix
from annulus.kernels.matrices import add_block

__all__ = ["Cable", "add_cable_hessian", "cable_gradient", "cable_length", "element_vector"]


class Cable(NamedTuple):
    """Path of vector elements over two nodes: nodes (e, 2), weights (e, 2), offset (e, 3)."""

    nodes: IntArray
    weights: FloatArray
    offset: FloatArray


@kernel
def element_vector(x: FloatArray, nodes: IntArray, weights: FloatArray, count: int, v: FloatArray) -> float:
    """Add the weighted nodes to v (3,), which holds the offset; return the length."""
    for a in range(count):
        p = nodes[a]
        w = weights[a]
        v[0] += w * x[p, 0]
        v[1] += w * x[p, 1]
        v[2] += w * x[p, 2]
    return np.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])


@kernel
def cable_length(cable: Cable, x: FloatArray) -> float:
    """Length [mm] of the cable's path at node positions x (n, 3)."""
    total = 0.0
    v = np.empty(3)
    for i in range(cable.nodes.shape[0]):
        for k in range(3):
            v[k] = cable.offset[i, k]
        total += element_vector(x, cable.nodes[i], cable.weights[i], 2, v)
    return total


@kernel
def cable_gradient(cable: Cable, x: FloatArray, gradient: FloatArray) -> float:
    """Write the derivative of the cable's length to gradient (n, 3); return the length [mm]."""
    for i in range(gradient.shape[0]):
        for k in range(3):
            gradient[i, k] = 0.0
    total = 0.0
    v = np.empty(3)
    for i in range(cable.nodes.shape[0]):
        for k in range(3):
            v[k] = cable.offset[i, k]
        length = element_vector(x, cable.nodes[i], cable.weights[i], 2, v)
        total += length
        if length > 0.0:
            for a in range(2):
                p = cable.nodes[i, a]
                w = cable.weights[i, a] / length
                for k in range(3):
                    gradient[p, k] += w * v[k]
    return total


@kernel
def add_cable_hessian(cable: Cable, x: FloatArray, force: float, hessian: Matrix) -> None:
    """Add ``force`` times the second derivative of the cable's length to the Hessian."""
    v = np.empty(3)
    block = np.empty((3, 3))
    for i in range(cable.nodes.shape[0]):
        p = cable.nodes[i, 0]
        q = cable.nodes[i, 1]
        wp = cable.weights[i, 0]
        wq = cable.weights[i, 1]
        square = 0.0
        for k in range(3):
            v[k] = wp * x[p, k] + wq * x[q, k] + cable.offset[i, k]
            square += v[k] * v[k]
        if square == 0.0:
            continue
        length = np.sqrt(square)
        for r in range(3):
            for c in range(3):
                block[r, c] = -force / length * v[r] * v[c] / square
            block[r, r] += force / length
        add_block(hessian, p, p, block, wp * wp)
        if wq != 0.0:
            add_block(hessian, q, q, block, wq * wq)
            add_block(hessian, p, q, block, wp * wq)

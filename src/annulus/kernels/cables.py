"""Paths of vector elements whose total length carries one tension: a ribbon, a suture, a cable."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray, IntArray
from annulus.kernels.banded import Matrix
from annulus.kernels.matrices import add_block

__all__ = ["Cable", "add_cable_hessian", "cable_gradient", "cable_length", "capstan", "element_vector"]


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


@kernel
def capstan(cable: Cable, x: FloatArray, friction: float, share: FloatArray, pulled: Cable) -> float:
    """Write the capstan's shares of tension, and the cable that carries them; return the largest change of a share.

    A cable that slides towards its last element has there the whole tension and elsewhere T exp(-mu phi), phi the angle
    turned between [mechanics-notes]. `share` (e,) holds the shares before; `pulled` has the nodes of `cable`, its
    weights and offset are written as those of `cable` times the share.
    """
    n = cable.nodes.shape[0]
    v, following = np.empty(3), np.empty(3)
    turned, change, seen = 0.0, 0.0, False
    for back in range(n):
        i = n - 1 - back
        for k in range(3):
            v[k] = cable.offset[i, k]
        # An element without length has no direction: nothing turns there.
        if element_vector(x, cable.nodes[i], cable.weights[i], 2, v) > 0.0:
            if seen:
                a = v[1] * following[2] - v[2] * following[1]
                b = v[2] * following[0] - v[0] * following[2]
                c = v[0] * following[1] - v[1] * following[0]
                along = v[0] * following[0] + v[1] * following[1] + v[2] * following[2]
                turned += np.arctan2(np.sqrt(a * a + b * b + c * c), along)
            seen = True
            for k in range(3):
                following[k] = v[k]
        now = np.exp(-friction * turned)
        change = max(change, abs(now - share[i]))
        share[i] = now
        for a in range(2):
            pulled.weights[i, a] = now * cable.weights[i, a]
        for k in range(3):
            pulled.offset[i, k] = now * cable.offset[i, k]
    return change

"""Follower pressure on triangles: forces, both parts of their tangent, work along a straight way.

On a sheet with free edges it has no potential: its tangent has an antisymmetric part (``docs/closure_theory.md``).
"""

from __future__ import annotations

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray, IntArray
from annulus.kernels.envelope import Envelope, add_block

__all__ = ["pressure_skew", "pressure_terms", "pressure_work"]


@kernel
def pressure_work(triangles: IntArray, load: FloatArray, x: FloatArray, step: FloatArray, alpha: float) -> float:
    """Work of follower pressure, `load` (m,) [MPa], along the straight way x + s step, s from 0 to alpha [N mm]; exact.

    The force on a vertex, a third of the area vectors around it, is quadratic in s; on an open sheet it has no
    potential, so that the way matters.
    """
    total = 0.0
    node = 0.5 * alpha / np.sqrt(3.0)
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        m0 = step[i, 0] + step[j, 0] + step[k, 0]
        m1 = step[i, 1] + step[j, 1] + step[k, 1]
        m2 = step[i, 2] + step[j, 2] + step[k, 2]
        sum_t = 0.0
        for side in (-1.0, 1.0):
            s = 0.5 * alpha + side * node
            u0 = x[j, 0] - x[i, 0] + s * (step[j, 0] - step[i, 0])
            u1 = x[j, 1] - x[i, 1] + s * (step[j, 1] - step[i, 1])
            u2 = x[j, 2] - x[i, 2] + s * (step[j, 2] - step[i, 2])
            v0 = x[k, 0] - x[i, 0] + s * (step[k, 0] - step[i, 0])
            v1 = x[k, 1] - x[i, 1] + s * (step[k, 1] - step[i, 1])
            v2 = x[k, 2] - x[i, 2] + s * (step[k, 2] - step[i, 2])
            sum_t += m0 * (u1 * v2 - u2 * v1) + m1 * (u2 * v0 - u0 * v2) + m2 * (u0 * v1 - u1 * v0)
        total += load[t] * sum_t
    return total * alpha / 12.0


@kernel
def pressure_skew(triangles: IntArray, load: FloatArray, x: FloatArray, step: FloatArray, product: FloatArray) -> None:
    """Write the antisymmetric part of the pressure's tangent times `step` (n, 3) to `product` (n, 3) [N].

    It lives on free edges and where the `load` (m,) [MPa] changes: elsewhere neighbours cancel.
    """
    product[:] = 0.0
    for t in range(triangles.shape[0]):
        twelfth = load[t] / 12.0
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        for a, b, c in ((i, j, k), (j, k, i), (k, i, j)):
            # Column c of the tangent is the cross product with (x_b - x_a) / -6 in every row, so that the antisymmetric
            # part at a is the mean over columns of the sum of the row's vector and the column's.
            e0, e1, e2 = x[b, 0] - x[a, 0], x[b, 1] - x[a, 1], x[b, 2] - x[a, 2]
            s0 = step[i, 0] + step[j, 0] + step[k, 0]
            s1 = step[i, 1] + step[j, 1] + step[k, 1]
            s2 = step[i, 2] + step[j, 2] + step[k, 2]
            # Row c of the transpose: -e x (sum of the steps); column c: e x step[c] to all three rows.
            product[c, 0] -= twelfth * (e1 * s2 - e2 * s1)
            product[c, 1] -= twelfth * (e2 * s0 - e0 * s2)
            product[c, 2] -= twelfth * (e0 * s1 - e1 * s0)
            d0 = twelfth * (e1 * step[c, 2] - e2 * step[c, 1])
            d1 = twelfth * (e2 * step[c, 0] - e0 * step[c, 2])
            d2 = twelfth * (e0 * step[c, 1] - e1 * step[c, 0])
            for row in (i, j, k):
                product[row, 0] -= d0
                product[row, 1] -= d1
                product[row, 2] -= d2


@kernel
def pressure_terms(
    triangles: IntArray, load: FloatArray, x: FloatArray, number: IntArray, force: FloatArray, matrix: Envelope
) -> None:
    """Take pressure, `load` (m,) [MPa], along the normals from `force` (n, 3), the symmetric part of its tangent from
    `matrix`.

    `number` (n,) is a vertex's place among the unknowns, -1 for one that does not move. A matrix without entries asks
    for forces only.
    """
    block = np.zeros((3, 3))
    k = np.empty((3, 3))
    for t in range(triangles.shape[0]):
        sixth = load[t] / 6.0
        if sixth == 0.0:
            continue
        tri = triangles[t]
        i0, i1, i2 = tri[0], tri[1], tri[2]
        ux, uy, uz = x[i1, 0] - x[i0, 0], x[i1, 1] - x[i0, 1], x[i1, 2] - x[i0, 2]
        vx, vy, vz = x[i2, 0] - x[i0, 0], x[i2, 1] - x[i0, 1], x[i2, 2] - x[i0, 2]
        n0, n1, n2 = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for corner in range(3):
            force[tri[corner], 0] -= sixth * n0
            force[tri[corner], 1] -= sixth * n1
            force[tri[corner], 2] -= sixth * n2
        if matrix.data.shape[0] == 0:
            continue
        # Column j of the pressure's tangent is the cross product with k[j]; its symmetric part is half a difference.
        k[0, 0], k[0, 1], k[0, 2] = -sixth * (vx - ux), -sixth * (vy - uy), -sixth * (vz - uz)
        k[1, 0], k[1, 1], k[1, 2] = sixth * vx, sixth * vy, sixth * vz
        k[2, 0], k[2, 1], k[2, 2] = -sixth * ux, -sixth * uy, -sixth * uz
        for i in range(3):
            r = number[tri[i]]
            if r < 0:
                continue
            for j in range(i):
                s = number[tri[j]]
                if s < 0:
                    continue
                w0, w1, w2 = 0.5 * (k[j, 0] - k[i, 0]), 0.5 * (k[j, 1] - k[i, 1]), 0.5 * (k[j, 2] - k[i, 2])
                block[0, 1], block[0, 2], block[1, 2] = -w2, w1, -w0
                block[1, 0], block[2, 0], block[2, 1] = w2, -w1, w0
                add_block(matrix, r, s, block)

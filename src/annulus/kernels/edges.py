"""Edges between two triangles: how sharply the sheet bends there, with first and second derivatives.

An edge is its two ends and the vertices opposite, one of each triangle. Its bend is t / l with l its
length and t = theta / (1 - (theta / pi)^6): the angle itself to 2 % up to a right one, and infinite where one triangle
would fold through the other.
"""

from __future__ import annotations

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray, IntArray
from annulus.kernels.envelope import Envelope, add_block

__all__ = ["add_edge_curvature", "edge_bends"]


@kernel
def _raised(angle: float) -> tuple[float, float, float]:
    """t of an angle and its two derivatives."""
    u = (angle / np.pi) ** 2
    cube = u * u * u
    left = 1.0 - cube
    curve = 2.0 * angle / np.pi**2 * u * u * (21.0 + 15.0 * cube) / (left * left * left)
    return angle / left, (1.0 + 5.0 * cube) / (left * left), curve


@kernel
def edge_bends(edges: IntArray, x: FloatArray, bend: FloatArray, slope: FloatArray) -> None:
    """Write every edge's bend [rad/mm] to `bend` (e,), its gradient to `slope` (e, 4, 3).

    A `slope` without rows asks for the bends only.
    """
    with_slope = slope.shape[0] > 0
    for h in range(edges.shape[0]):
        edge = edges[h]
        i, j, k, o = edge[0], edge[1], edge[2], edge[3]
        ex, ey, ez = x[j, 0] - x[i, 0], x[j, 1] - x[i, 1], x[j, 2] - x[i, 2]
        ax, ay, az = x[k, 0] - x[i, 0], x[k, 1] - x[i, 1], x[k, 2] - x[i, 2]
        bx, by, bz = x[o, 0] - x[i, 0], x[o, 1] - x[i, 1], x[o, 2] - x[i, 2]
        mx, my, mz = ey * az - ez * ay, ez * ax - ex * az, ex * ay - ey * ax
        nx, ny, nz = by * ez - bz * ey, bz * ex - bx * ez, bx * ey - by * ex
        square = ex * ex + ey * ey + ez * ez
        length = np.sqrt(square)
        cosine = mx * nx + my * ny + mz * nz
        sine = (ex * (my * nz - mz * ny) + ey * (mz * nx - mx * nz) + ez * (mx * ny - my * nx)) / length
        turn, rate, _ = _raised(np.arctan2(sine, cosine))
        bend[h] = turn / length
        if not with_slope:
            continue
        mm = mx * mx + my * my + mz * mz
        nn = nx * nx + ny * ny + nz * nz
        along_a = (ax * ex + ay * ey + az * ez) / square
        along_b = (bx * ex + by * ey + bz * ez) / square
        shrink = turn / (square * length)
        for d in range(3):
            m = (mx if d == 0 else (my if d == 1 else mz)) * rate / mm
            n = (nx if d == 0 else (ny if d == 1 else nz)) * rate / nn
            e = (ex if d == 0 else (ey if d == 1 else ez)) * shrink
            slope[h, 2, d] = -m
            slope[h, 3, d] = -n
            slope[h, 1, d] = along_a * m + along_b * n - e
            slope[h, 0, d] = (1.0 - along_a) * m + (1.0 - along_b) * n + e


@kernel
def add_edge_curvature(
    edges: IntArray,
    x: FloatArray,
    moment: FloatArray,
    bend: FloatArray,
    slope: FloatArray,
    number: IntArray,
    matrix: Envelope,
) -> None:
    """Add `moment` (e,) times the second derivatives of `edge_bends` to `matrix`; `bend` and `slope` are its results.

    With over_v and along_v the gradient of corner v's barycentric coordinate across and along the edge, t and w unit
    vectors in these directions and n the normal, one side's part of the angle's is
    (over_v over_w + along_v along_w / 2) (t n + n t) + over_v along_w w n + along_v over_w n w.
    """
    way, own, block = np.empty(3), np.empty((4, 3)), np.empty((3, 3))
    normal, across = np.empty((2, 3)), np.empty((2, 3))
    over, along = np.zeros((2, 4)), np.zeros(4)
    for h in range(edges.shape[0]):
        edge = edges[h]
        i, j = edge[0], edge[1]
        length = 0.0
        for d in range(3):
            way[d] = x[j, d] - x[i, d]
            length += way[d] * way[d]
        length = np.sqrt(length)
        for d in range(3):
            way[d] /= length
        along[0], along[1] = -1.0 / length, 1.0 / length
        for side in range(2):
            far = edge[2 + side]
            sign = 1.0 if side == 0 else -1.0
            area, inside = 0.0, 0.0
            for d in range(3):
                d1, d2 = (d + 1) % 3, (d + 2) % 3
                normal[side, d] = way[d1] * (x[far, d2] - x[i, d2]) - way[d2] * (x[far, d1] - x[i, d1])
                normal[side, d] *= sign
                area += normal[side, d] * normal[side, d]
                inside += way[d] * (x[far, d] - x[j, d])
            height = np.sqrt(area)
            for d in range(3):
                normal[side, d] /= height
            for d in range(3):
                d1, d2 = (d + 1) % 3, (d + 2) % 3
                across[side, d] = sign * (normal[side, d1] * way[d2] - normal[side, d2] * way[d1])
            over[side, 2 + side] = 1.0 / height
            over[side, 0] = inside / (height * length)
            over[side, 1] = -over[side, 0] - 1.0 / height
        # Of t over length: l's gradient is the unit vector along the edge.
        turn = bend[h] * length
        cosine, sine = 0.0, 0.0
        for d in range(3):
            d1, d2 = (d + 1) % 3, (d + 2) % 3
            cosine += normal[0, d] * normal[1, d]
            sine += way[d] * (normal[0, d1] * normal[1, d2] - normal[0, d2] * normal[1, d1])
        _, rate, curve = _raised(np.arctan2(sine, cosine))
        push = moment[h] / length
        rate, curve, twist = push * rate, push * curve * (length / rate) ** 2, push * turn
        for v in range(4):
            for d in range(3):
                # The angle's gradient times its rate over length.
                own[v, d] = slope[h, v, d] + along[v] * way[d] * turn / length
        for v in range(4):
            p = number[edge[v]]
            if p < 0:
                continue
            for w in range(v + 1):
                q = number[edge[w]]
                if q < 0:
                    continue
                both, half = twist * along[v] * along[w], 0.5 * along[v] * along[w]
                c0, c1 = rate * (over[0, v] * over[0, w] + half), rate * (over[1, v] * over[1, w] + half)
                u0, u1 = rate * over[0, v] * along[w], rate * over[1, v] * along[w]
                o0, o1 = rate * over[0, w] * along[v], rate * over[1, w] * along[v]
                s, o = push * length * along[w], push * length * along[v]
                for c in range(3):
                    n0, n1, t0, t1 = normal[0, c], normal[1, c], c0 * across[0, c], c1 * across[1, c]
                    # What multiplies normals, directions across, and the one along.
                    m0, m1, m2, m3 = t0 + u0 * way[c], t1 + u1 * way[c], c0 * n0, c1 * n1
                    m4 = o0 * n0 + o1 * n1 - s * slope[h, v, c] + both * way[c]
                    m5, m6 = curve * own[v, c], o * way[c]
                    for d in range(3):
                        block[c, d] = m0 * normal[0, d] + m1 * normal[1, d] + m2 * across[0, d] + m3 * across[1, d]
                        block[c, d] += m4 * way[d] + m5 * own[w, d] - m6 * slope[h, w, d]
                    block[c, c] -= both
                add_block(matrix, p, q, block)

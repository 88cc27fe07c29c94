"""Hinges between triangles: how sharply they bend, with first and second derivatives.

A hinge is an edge's two ends and the vertices opposite, one of each triangle. Its bend is t / l with l the edge's
length and t = theta / (1 - (theta / pi)^6): the angle itself to 2 % up to a right one, and infinite where one triangle
would fold through the other.
"""

from __future__ import annotations

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray, IntArray
from annulus.kernels.envelope import Envelope, add_block

__all__ = ["add_hinge_curvature", "hinge_angle", "hinge_bends"]


@kernel
def hinge_angle(p: FloatArray, q: FloatArray, r: FloatArray, s: FloatArray) -> float:
    """Angle between the triangles (p, q, r) and (q, p, s) [rad], 0 where they lie in one plane."""
    ex, ey, ez = q[0] - p[0], q[1] - p[1], q[2] - p[2]
    ax, ay, az = r[0] - p[0], r[1] - p[1], r[2] - p[2]
    bx, by, bz = s[0] - p[0], s[1] - p[1], s[2] - p[2]
    mx, my, mz = ey * az - ez * ay, ez * ax - ex * az, ex * ay - ey * ax
    nx, ny, nz = by * ez - bz * ey, bz * ex - bx * ez, bx * ey - by * ex
    length = np.sqrt(ex * ex + ey * ey + ez * ez)
    cosine = mx * nx + my * ny + mz * nz
    sine = (ex * (my * nz - mz * ny) + ey * (mz * nx - mx * nz) + ez * (mx * ny - my * nx)) / length
    return np.arctan2(sine, cosine)


@kernel
def _raised(angle: float) -> tuple[float, float, float]:
    """t of an angle and its two derivatives."""
    u = (angle / np.pi) ** 2
    cube = u * u * u
    left = 1.0 - cube
    curve = 2.0 * angle / np.pi**2 * u * u * (21.0 + 15.0 * cube) / (left * left * left)
    return angle / left, (1.0 + 5.0 * cube) / (left * left), curve


@kernel
def hinge_bends(hinges: IntArray, x: FloatArray, bend: FloatArray, slope: FloatArray) -> None:
    """Write every hinge's bend [rad/mm] to `bend` (e,), its gradient to `slope` (e, 4, 3).

    A `slope` without rows asks for the bends only.
    """
    with_slope = slope.shape[0] > 0
    for h in range(hinges.shape[0]):
        hinge = hinges[h]
        i, j, k, o = hinge[0], hinge[1], hinge[2], hinge[3]
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
def add_hinge_curvature(
    hinges: IntArray,
    x: FloatArray,
    moment: FloatArray,
    bend: FloatArray,
    slope: FloatArray,
    number: IntArray,
    matrix: Envelope,
) -> None:
    """Add `moment` (e,) times the second derivatives of `hinge_bends` to `matrix`; `bend` and `slope` are its results.

    With t_v the gradient of corner v's barycentric coordinate, t and w unit vectors across and along the edge and n the
    normal, one side's part of the angle's is (t_v t) t_w n + (t_w t) n t_v + (t_v w) (t_w w) (n t + t n) / 2.
    """
    second = np.empty((4, 4, 3, 3))
    way, normal, across = np.empty(3), np.empty(3), np.empty(3)
    t = np.empty((3, 3))
    along, over = np.empty(3), np.empty(3)
    corners = np.empty(3, dtype=np.int64)
    for h in range(hinges.shape[0]):
        hinge = hinges[h]
        length = 0.0
        for d in range(3):
            way[d] = x[hinge[1], d] - x[hinge[0], d]
            length += way[d] * way[d]
        length = np.sqrt(length)
        for d in range(3):
            way[d] /= length
        second[:] = 0.0
        for side in range(2):
            corners[0], corners[1], corners[2] = side, 1 - side, 2 + side
            p, q, r = hinge[corners[0]], hinge[corners[1]], hinge[corners[2]]
            area = 0.0
            for d in range(3):
                d1, d2 = (d + 1) % 3, (d + 2) % 3
                normal[d] = (x[q, d1] - x[p, d1]) * (x[r, d2] - x[p, d2])
                normal[d] -= (x[q, d2] - x[p, d2]) * (x[r, d1] - x[p, d1])
                area += normal[d] * normal[d]
            for d in range(3):
                normal[d] /= np.sqrt(area)
            for v in range(3):
                first, last = hinge[corners[(v + 1) % 3]], hinge[corners[(v + 2) % 3]]
                for d in range(3):
                    d1, d2 = (d + 1) % 3, (d + 2) % 3
                    t[v, d] = normal[d1] * (x[last, d2] - x[first, d2]) - normal[d2] * (x[last, d1] - x[first, d1])
                    t[v, d] /= np.sqrt(area)
            size = np.sqrt(t[2, 0] * t[2, 0] + t[2, 1] * t[2, 1] + t[2, 2] * t[2, 2])
            for d in range(3):
                across[d] = t[2, d] / size
            for v in range(3):
                over[v] = t[v, 0] * across[0] + t[v, 1] * across[1] + t[v, 2] * across[2]
                along[v] = t[v, 0] * way[0] + t[v, 1] * way[1] + t[v, 2] * way[2]
            for v in range(3):
                for w in range(3):
                    both = 0.5 * along[v] * along[w]
                    for c in range(3):
                        for d in range(3):
                            here = (over[v] * t[w, c] + both * across[c]) * normal[d]
                            there = normal[c] * (over[w] * t[v, d] + both * across[d])
                            second[corners[v], corners[w], c, d] += here + there
        # Of t over length: l's gradient is the unit vector along the edge.
        turn = bend[h] * length
        _, rate, curve = _raised(hinge_angle(x[hinge[0]], x[hinge[1]], x[hinge[2]], x[hinge[3]]))
        curve *= (length / rate) ** 2
        for v in range(4):
            for w in range(v + 1):
                sign_v = 1.0 if v == 1 else (-1.0 if v == 0 else 0.0)
                sign_w = 1.0 if w == 1 else (-1.0 if w == 0 else 0.0)
                pull = sign_v * sign_w * turn / (length * length)
                for c in range(3):
                    # The angle's gradient times rate over length.
                    own = slope[h, v, c] + sign_v * way[c] * turn / (length * length)
                    for d in range(3):
                        other = slope[h, w, d] + sign_w * way[d] * turn / (length * length)
                        second[v, w, c, d] = rate * second[v, w, c, d] + curve * own * other
                        second[v, w, c, d] -= slope[h, v, c] * sign_w * way[d] + sign_v * way[c] * slope[h, w, d]
                        second[v, w, c, d] += pull * way[c] * way[d]
                    second[v, w, c, c] -= pull
                pv, pw = number[hinge[v]], number[hinge[w]]
                if pv >= 0 and pw >= 0:
                    add_block(matrix, pv, pw, moment[h] / length * second[v, w])

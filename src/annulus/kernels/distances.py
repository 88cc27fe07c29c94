"""Nearest points of a pair: a vertex and a triangle (kind 0), or two edges (kind 1), four vertices in all.

With the nearest points written as weights w on the four, d = |sum w x| and its gradient is w d / |d|, whichever corner,
side or face is nearest.
"""

from __future__ import annotations

import numpy as np

from annulus._jit import inlined, kernel
from annulus._typing import FloatArray, IntArray

__all__ = ["edge_distance", "pair_distance", "pair_slides", "triangle_distance"]


@inlined
def _unit(part: float, whole: float) -> float:
    """part / whole, kept between 0 and 1; nought over nought is 0."""
    return min(max(part / max(whole, 1e-300), 0.0), 1.0)


@kernel
def triangle_distance(x: FloatArray, i: int, j: int, k: int, o: int, w: FloatArray) -> float:
    """Distance of vertex i to triangle j, k, o; weights to w (4,).

    The foot in the triangle's plane where that lies inside, otherwise the nearest of the sides' nearest points. All are
    computed and one is selected: which it is cannot be predicted, and a wrong guess costs as much as the rest.
    """
    ab0, ab1, ab2 = x[k, 0] - x[j, 0], x[k, 1] - x[j, 1], x[k, 2] - x[j, 2]
    ac0, ac1, ac2 = x[o, 0] - x[j, 0], x[o, 1] - x[j, 1], x[o, 2] - x[j, 2]
    ap0, ap1, ap2 = x[i, 0] - x[j, 0], x[i, 1] - x[j, 1], x[i, 2] - x[j, 2]
    bb, cc = ab0 * ab0 + ab1 * ab1 + ab2 * ab2, ac0 * ac0 + ac1 * ac1 + ac2 * ac2
    bc = ab0 * ac0 + ab1 * ac1 + ab2 * ac2
    pb, pc = ap0 * ab0 + ap1 * ab1 + ap2 * ab2, ap0 * ac0 + ap1 * ac1 + ap2 * ac2
    # Shares on the three sides, and squared distances less that of corner j.
    s, t, r = _unit(pb, bb), _unit(pc, cc), _unit(pc - pb - bc + bb, bb - 2.0 * bc + cc)
    on_s, on_t, m = s * (s * bb - 2.0 * pb), t * (t * cc - 2.0 * pc), 1.0 - r
    on_r = m * (m * bb - 2.0 * pb) + r * (r * cc - 2.0 * pc) + 2.0 * m * r * bc
    other = on_t < on_s
    v, u = 0.0 if other else s, t if other else 0.0
    third = on_r < min(on_s, on_t)
    v, u = m if third else v, r if third else u
    det, foot, rise = bb * cc - bc * bc, pb * cc - pc * bc, pc * bb - pb * bc
    inside = (det > 1e-12 * bb * cc) & (foot >= 0.0) & (rise >= 0.0) & (foot + rise <= det)
    scale = 1.0 / max(det, 1e-300)
    v, u = foot * scale if inside else v, rise * scale if inside else u
    w[0], w[1], w[2], w[3] = 1.0, u + v - 1.0, -v, -u
    r0, r1, r2 = ap0 - v * ab0 - u * ac0, ap1 - v * ab1 - u * ac1, ap2 - v * ab2 - u * ac2
    return np.sqrt(r0 * r0 + r1 * r1 + r2 * r2)


@kernel
def edge_distance(x: FloatArray, i: int, j: int, k: int, o: int, w: FloatArray) -> float:
    """Distance of edge i, j to edge k, o; weights to w (4,) [Ericson, Real-Time Collision Detection, 5.1.9].

    Nearest points of the lines are moved onto their edges one after the other, then the first once more; no branches.
    """
    a0, a1, a2 = x[j, 0] - x[i, 0], x[j, 1] - x[i, 1], x[j, 2] - x[i, 2]
    b0, b1, b2 = x[o, 0] - x[k, 0], x[o, 1] - x[k, 1], x[o, 2] - x[k, 2]
    r0, r1, r2 = x[i, 0] - x[k, 0], x[i, 1] - x[k, 1], x[i, 2] - x[k, 2]
    aa, bb = a0 * a0 + a1 * a1 + a2 * a2, b0 * b0 + b1 * b1 + b2 * b2
    ab = a0 * b0 + a1 * b1 + a2 * b2
    ar, br = a0 * r0 + a1 * r1 + a2 * r2, b0 * r0 + b1 * r1 + b2 * r2
    det = aa * bb - ab * ab
    s = _unit(ab * br - ar * bb if det > 1e-12 * aa * bb else 0.0, det)
    t = _unit(ab * s + br, bb)
    s = _unit(ab * t - ar, aa)
    w[0], w[1], w[2], w[3] = 1.0 - s, s, t - 1.0, -t
    r0, r1, r2 = r0 + s * a0 - t * b0, r1 + s * a1 - t * b1, r2 + s * a2 - t * b2
    return np.sqrt(r0 * r0 + r1 * r1 + r2 * r2)


@kernel
def pair_distance(kind: int, x: FloatArray, vertices: IntArray, w: FloatArray) -> float:
    """Distance [mm] of the pair at positions x (n, 3); weights of its nearest points to w (4,)."""
    i, j, k, o = vertices[0], vertices[1], vertices[2], vertices[3]
    return triangle_distance(x, i, j, k, o, w) if kind == 0 else edge_distance(x, i, j, k, o, w)


@kernel
def pair_slides(
    kind: int, vertices: IntArray, x: FloatArray, w: FloatArray, u: FloatArray, distance: float, slides: FloatArray
) -> int:
    """Write what sliding of the nearest points takes from the tangent of half the squared distance: sum s s^T.

    The places are moved by up to two parameters; with D the vector between them, E its derivatives, G = E^T E and
    B = w E + (dw) D, the sum is B G^-1 B^T.
    """
    rates = np.zeros((2, 4))
    count = 0
    if kind == 0:
        base = 1 if w[1] != 0.0 else (2 if w[2] != 0.0 else 3)
        for a in range(base + 1, 4):
            if w[a] != 0.0:
                rates[count, base], rates[count, a] = 1.0, -1.0
                count += 1
    else:
        if w[0] != 0.0 and w[1] != 0.0:
            rates[count, 0], rates[count, 1] = -1.0, 1.0
            count += 1
        if w[2] != 0.0 and w[3] != 0.0:
            rates[count, 2], rates[count, 3] = 1.0, -1.0
            count += 1
    if count == 0:
        return 0
    ways = np.zeros((2, 3))
    for m in range(count):
        for a in range(4):
            for d in range(3):
                ways[m, d] += rates[m, a] * x[vertices[a], d]
    g00 = ways[0, 0] ** 2 + ways[0, 1] ** 2 + ways[0, 2] ** 2
    # Gram-Schmidt: with one way across the other G is diagonal.
    if count == 2:
        part = (ways[0, 0] * ways[1, 0] + ways[0, 1] * ways[1, 1] + ways[0, 2] * ways[1, 2]) / g00
        size = ways[1, 0] ** 2 + ways[1, 1] ** 2 + ways[1, 2] ** 2
        for d in range(3):
            ways[1, d] -= part * ways[0, d]
        for a in range(4):
            rates[1, a] -= part * rates[0, a]
        g11 = ways[1, 0] ** 2 + ways[1, 1] ** 2 + ways[1, 2] ** 2
        if g11 < 1e-6 * size:
            # Parallel edges: the places are not one point.
            count = 1
    for m in range(count):
        root = np.sqrt(g00 if m == 0 else ways[1, 0] ** 2 + ways[1, 1] ** 2 + ways[1, 2] ** 2)
        for a in range(4):
            for d in range(3):
                slides[m, a, d] = (w[a] * ways[m, d] + rates[m, a] * distance * u[d]) / root
    return count

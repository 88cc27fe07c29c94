"""Bending of a discrete elastic rod at one vertex, with exact first and second derivatives.

With edges e, f at a vertex, the curvature binormal is ``kb = 2 e x f / D``, ``D = |e||f| + e.f``, and the
energy ``1/2 |kb - kb0|^2`` times B over the Voronoi length [bergou2008]. `kb0` is fixed in space: zero for a
naturally straight rod (exact in 3D), or normal to the plane for a planar rod with natural curvature (exact in
its plane).
"""

from __future__ import annotations

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray

__all__ = ["rod_bend"]


@kernel
def rod_bend(
    edges: FloatArray, rest: FloatArray, slope: FloatArray, curve: FloatArray, work: FloatArray, derivatives: bool
) -> float:
    """Value of ``1/2 |kb - kb0|^2``; with `derivatives` also slope (2, 3) and curve (3, 3, 3) by the two edges.

    `curve` holds the second derivatives by (e, e), (e, f) and (f, f), rows first. `edges` has shape (2, 3), no zero
    edge, no full reversal (D = 0); `rest` is kb0, shape (3,); `work` is scratch, shape (4, 3).
    """
    e0, e1, e2 = edges[0, 0], edges[0, 1], edges[0, 2]
    f0, f1, f2 = edges[1, 0], edges[1, 1], edges[1, 2]
    le = np.sqrt(e0 * e0 + e1 * e1 + e2 * e2)
    lf = np.sqrt(f0 * f0 + f1 * f1 + f2 * f2)
    ef = e0 * f0 + e1 * f1 + e2 * f2
    d = le * lf + ef
    g = 2.0 / d
    n0 = e1 * f2 - e2 * f1
    n1 = e2 * f0 - e0 * f2
    n2 = e0 * f1 - e1 * f0
    w0 = g * n0 - rest[0]
    w1 = g * n1 - rest[1]
    w2 = g * n2 - rest[2]
    value = 0.5 * (w0 * w0 + w1 * w1 + w2 * w2)
    if not derivatives:
        return value
    # With n = e x f and kb = g n: d(kb) = g dn - (g / D) n dD, and the transposes of dn on any v are f x v (by e)
    # and v x e (by f). Writing D_a for the derivative of D by edge a, N_a for that of n, h = (w . n) g / D:
    #   slope_a = g N_a^T w - h D_a,
    #   curve_ab = g^2 N_a^T N_b + c_a D_b^T + D_a c_b^T - h d2D_ab + g w . d2n_ab,
    #   c_a = (g^2 |n|^2 / D^2 + 2 h / D) D_a / 2 - N_a^T (g^2 n + g w) / D.
    wn = w0 * n0 + w1 * n1 + w2 * n2
    h = wn * g / d
    half = 0.5 * g * g * (n0 * n0 + n1 * n1 + n2 * n2) / (d * d) + h / d
    z0 = (g * g * n0 + g * w0) / d
    z1 = (g * g * n1 + g * w1) / d
    z2 = (g * g * n2 + g * w2) / d
    de, df, ce, cf = work[0], work[1], work[2], work[3]
    ratio = lf / le
    for k in range(3):
        de[k] = ratio * edges[0, k] + edges[1, k]
        df[k] = edges[1, k] / ratio + edges[0, k]
    ce[0] = half * de[0] - (f1 * z2 - f2 * z1)
    ce[1] = half * de[1] - (f2 * z0 - f0 * z2)
    ce[2] = half * de[2] - (f0 * z1 - f1 * z0)
    cf[0] = half * df[0] - (z1 * e2 - z2 * e1)
    cf[1] = half * df[1] - (z2 * e0 - z0 * e2)
    cf[2] = half * df[2] - (z0 * e1 - z1 * e0)
    slope[0, 0] = g * (f1 * w2 - f2 * w1) - h * de[0]
    slope[0, 1] = g * (f2 * w0 - f0 * w2) - h * de[1]
    slope[0, 2] = g * (f0 * w1 - f1 * w0) - h * de[2]
    slope[1, 0] = g * (w1 * e2 - w2 * e1) - h * df[0]
    slope[1, 1] = g * (w2 * e0 - w0 * e2) - h * df[1]
    slope[1, 2] = g * (w0 * e1 - w1 * e0) - h * df[2]
    square = g * g
    # N_e^T N_e = |f|^2 - f f^T, N_e^T N_f = e f^T - e . f; d2D by (e, e) is lf/le (1 - unit unit^T), by (e, f)
    # unit_e unit_f^T + 1.
    same_e = h * ratio / (le * le)
    same_f = h / (ratio * lf * lf)
    mixed = square - h / (le * lf)
    for r in range(3):
        er, fr = edges[0, r], edges[1, r]
        for c in range(3):
            ec, fc = edges[0, c], edges[1, c]
            curve[0, r, c] = same_e * er * ec - square * fr * fc + ce[r] * de[c] + de[r] * ce[c]
            curve[1, r, c] = mixed * er * fc + ce[r] * df[c] + de[r] * cf[c]
            curve[2, r, c] = same_f * fr * fc - square * er * ec + cf[r] * df[c] + df[r] * cf[c]
        curve[0, r, r] += square * lf * lf - h * ratio
        curve[1, r, r] -= square * ef + h
        curve[2, r, r] += square * le * le - h / ratio
    # w . d2n by (e_r, f_c) is w . (unit_r x unit_c).
    curve[1, 0, 1] += g * w2
    curve[1, 1, 0] -= g * w2
    curve[1, 1, 2] += g * w0
    curve[1, 2, 1] -= g * w0
    curve[1, 2, 0] += g * w1
    curve[1, 0, 2] -= g * w1
    return value

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
def rod_bend(edges: FloatArray, rest: FloatArray, slope: FloatArray, curve: FloatArray, derivatives: bool) -> float:
    """Value of ``1/2 |kb - kb0|^2``; with `derivatives` also slope (2, 3) and curve (2, 2, 3, 3) by the two edges.

    `edges` has shape (2, 3), no zero edge, no full reversal (D = 0); `rest` is kb0, shape (3,).
    """
    e = edges[0]
    f = edges[1]
    le = np.sqrt(e[0] * e[0] + e[1] * e[1] + e[2] * e[2])
    lf = np.sqrt(f[0] * f[0] + f[1] * f[1] + f[2] * f[2])
    d = le * lf + e[0] * f[0] + e[1] * f[1] + e[2] * f[2]
    n = np.empty(3)
    n[0] = e[1] * f[2] - e[2] * f[1]
    n[1] = e[2] * f[0] - e[0] * f[2]
    n[2] = e[0] * f[1] - e[1] * f[0]
    w = np.empty(3)
    value = 0.0
    for k in range(3):
        w[k] = 2.0 * n[k] / d - rest[k]
        value += 0.5 * w[k] * w[k]
    if not derivatives:
        return value
    # kb = g n with g = 2 / D. The value's derivative is w . d(kb) = g (w . dn) + (w . n) dg, dg = -(g / D) dD.
    g = 2.0 / d
    wn = w[0] * n[0] + w[1] * n[1] + w[2] * n[2]
    dd = np.empty((2, 3))
    wdn = np.empty((2, 3))
    for k in range(3):
        dd[0, k] = lf * e[k] / le + f[k]
        dd[1, k] = le * f[k] / lf + e[k]
    # w . (e x f): by e it is f x w, by f it is w x e.
    wdn[0, 0] = f[1] * w[2] - f[2] * w[1]
    wdn[0, 1] = f[2] * w[0] - f[0] * w[2]
    wdn[0, 2] = f[0] * w[1] - f[1] * w[0]
    wdn[1, 0] = w[1] * e[2] - w[2] * e[1]
    wdn[1, 1] = w[2] * e[0] - w[0] * e[2]
    wdn[1, 2] = w[0] * e[1] - w[1] * e[0]
    for a in range(2):
        for k in range(3):
            slope[a, k] = g * wdn[a, k] - wn * g / d * dd[a, k]
    # Columns of d(kb): jac[a, :, c] = g dn/d(edge a)_c - (g / D) n dD_c.
    jac = np.empty((2, 3, 3))
    jac[0, 0, 0] = 0.0
    jac[0, 0, 1] = f[2]
    jac[0, 0, 2] = -f[1]
    jac[0, 1, 0] = -f[2]
    jac[0, 1, 1] = 0.0
    jac[0, 1, 2] = f[0]
    jac[0, 2, 0] = f[1]
    jac[0, 2, 1] = -f[0]
    jac[0, 2, 2] = 0.0
    jac[1, 0, 0] = 0.0
    jac[1, 0, 1] = -e[2]
    jac[1, 0, 2] = e[1]
    jac[1, 1, 0] = e[2]
    jac[1, 1, 1] = 0.0
    jac[1, 1, 2] = -e[0]
    jac[1, 2, 0] = -e[1]
    jac[1, 2, 1] = e[0]
    jac[1, 2, 2] = 0.0
    for a in range(2):
        for k in range(3):
            for c in range(3):
                jac[a, k, c] = g * jac[a, k, c] - g / d * n[k] * dd[a, c]
    # Second derivative of D: by (e, e) lf/le (I - ee), by (e, f) ee ff^T + I.
    h = wn * g / d
    for a in range(2):
        for b in range(2):
            for r in range(3):
                for c in range(3):
                    value2 = 0.0
                    for k in range(3):
                        value2 += jac[a, k, r] * jac[b, k, c]
                    value2 += -g / d * (wdn[a, r] * dd[b, c] + dd[a, r] * wdn[b, c])
                    value2 += 2.0 * h / d * dd[a, r] * dd[b, c]
                    same = 1.0 if r == c else 0.0
                    if a == 0 and b == 0:
                        second = lf / le * (same - e[r] * e[c] / (le * le))
                    elif a == 1 and b == 1:
                        second = le / lf * (same - f[r] * f[c] / (lf * lf))
                    elif a == 0:
                        second = e[r] * f[c] / (le * lf) + same
                    else:
                        second = f[r] * e[c] / (le * lf) + same
                    curve[a, b, r, c] = value2 - h * second
    # w . d2n: by (e_r, f_c) it is w . (unit_r x unit_c), times g.
    for sign in range(2):
        a = sign
        b = 1 - sign
        s = g if sign == 0 else -g
        curve[a, b, 0, 1] += s * w[2]
        curve[a, b, 1, 0] -= s * w[2]
        curve[a, b, 1, 2] += s * w[0]
        curve[a, b, 2, 1] -= s * w[0]
        curve[a, b, 2, 0] += s * w[1]
        curve[a, b, 0, 2] -= s * w[1]
    return value

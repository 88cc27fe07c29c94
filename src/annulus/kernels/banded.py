"""Cholesky factorisation of a block-banded matrix with a dense border.

The matrix is ``[[B, E], [E^T, D]]``: `B` banded over n nodes of three unknowns each, `E` (3 n, m) and `D` (m, m) with
m small. A thin closed strip has this form once it is cut: numbered along the strip, only the few unknowns at the
cut reach far, and they go last. A column whose height is w unknowns costs about w^2 / 2 + w m multiply-adds; the
folded numbering that reverse Cuthill-McKee finds for a closed strip has twice the height and no border, which counts
about twice as many in all (``docs/theory.md``).

Storage (`Matrix`): ``band[j, k, 3 r + i] = B[3 (j + r) + i, 3 j + k]`` for r = 0..height[j], so that a node's three
columns run along memory and every trailing column is read and written once for three updates. `height` never
falls by more than one from a node to the next (an envelope), so that the factor fills nothing outside it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray, IntArray

__all__ = ["Matrix", "factorise", "matrix_product", "solve_factorised"]


class Matrix(NamedTuple):
    """Symmetric matrix: band (n, 3, 3 (h + 1)), border (n, 3, m), corner (m, m), height (n,) <= h.

    ``band[j, k, 3 r + i] = B[3 (j + r) + i, 3 j + k]`` (the diagonal block, r = 0, in full), ``border[j, k, p] =
    E[3 j + k, p]``; entries beyond ``height[j]`` or the last node are zero.
    """

    band: FloatArray
    border: FloatArray
    corner: FloatArray
    height: IntArray


@kernel
def factorise(matrix: Matrix) -> bool:
    """Overwrite the matrix with its Cholesky factor; False where it is not positive definite.

    After success ``band`` holds L of B (the upper half of its diagonal blocks is rubbish), ``border`` holds L^-1 E,
    ``corner`` the lower factor of the Schur complement.
    """
    n, _, m = matrix.border.shape
    corner = matrix.corner
    for j in range(n):
        h = matrix.height[j]
        length = 3 * (h + 1)
        a = matrix.band[j, 0]
        b = matrix.band[j, 1]
        c = matrix.band[j, 2]
        ea = matrix.border[j, 0]
        eb = matrix.border[j, 1]
        ec = matrix.border[j, 2]
        if not a[0] > 0.0:
            return False
        scale = 1.0 / np.sqrt(a[0])
        for q in range(length):
            a[q] *= scale
        for q in range(m):
            ea[q] *= scale
        f = a[1]
        for q in range(length):
            b[q] -= f * a[q]
        for q in range(m):
            eb[q] -= f * ea[q]
        if not b[1] > 0.0:
            return False
        scale = 1.0 / np.sqrt(b[1])
        for q in range(length):
            b[q] *= scale
        for q in range(m):
            eb[q] *= scale
        f = a[2]
        g = b[2]
        for q in range(length):
            c[q] -= f * a[q] + g * b[q]
        for q in range(m):
            ec[q] -= f * ea[q] + g * eb[q]
        if not c[2] > 0.0:
            return False
        scale = 1.0 / np.sqrt(c[2])
        for q in range(length):
            c[q] *= scale
        for q in range(m):
            ec[q] *= scale
        for s in range(1, h + 1):
            o = 3 * s
            a0, a1, a2 = a[o], a[o + 1], a[o + 2]
            b0, b1, b2 = b[o], b[o + 1], b[o + 2]
            c0, c1, c2 = c[o], c[o + 1], c[o + 2]
            x = matrix.band[j + s, 0]
            y = matrix.band[j + s, 1]
            z = matrix.band[j + s, 2]
            for q in range(length - o):
                u = a[o + q]
                v = b[o + q]
                w = c[o + q]
                x[q] -= a0 * u + b0 * v + c0 * w
                y[q] -= a1 * u + b1 * v + c1 * w
                z[q] -= a2 * u + b2 * v + c2 * w
            x = matrix.border[j + s, 0]
            y = matrix.border[j + s, 1]
            z = matrix.border[j + s, 2]
            for q in range(m):
                u = ea[q]
                v = eb[q]
                w = ec[q]
                x[q] -= a0 * u + b0 * v + c0 * w
                y[q] -= a1 * u + b1 * v + c1 * w
                z[q] -= a2 * u + b2 * v + c2 * w
        for p in range(m):
            u = ea[p]
            v = eb[p]
            w = ec[p]
            for q in range(p + 1):
                corner[p, q] -= u * ea[q] + v * eb[q] + w * ec[q]
    for p in range(m):
        for q in range(p + 1):
            total = corner[p, q]
            for k in range(q):
                total -= corner[p, k] * corner[q, k]
            if p == q:
                if not total > 0.0:
                    return False
                corner[p, p] = np.sqrt(total)
            else:
                corner[p, q] = total / corner[q, q]
    return True


@kernel
def solve_factorised(matrix: Matrix, x: FloatArray) -> None:
    """Overwrite the right-hand side `x`, shape (3 n + m,), with the solution, given the output of `factorise`."""
    n, _, m = matrix.border.shape
    corner = matrix.corner
    last = 3 * n
    for j in range(n):
        length = 3 * (matrix.height[j] + 1)
        a = matrix.band[j, 0]
        b = matrix.band[j, 1]
        c = matrix.band[j, 2]
        i = 3 * j
        u = x[i] / a[0]
        v = (x[i + 1] - a[1] * u) / b[1]
        w = (x[i + 2] - a[2] * u - b[2] * v) / c[2]
        x[i], x[i + 1], x[i + 2] = u, v, w
        for q in range(3, length):
            x[i + q] -= a[q] * u + b[q] * v + c[q] * w
        for p in range(m):
            x[last + p] -= matrix.border[j, 0, p] * u + matrix.border[j, 1, p] * v + matrix.border[j, 2, p] * w
    for p in range(m):
        total = x[last + p]
        for k in range(p):
            total -= corner[p, k] * x[last + k]
        x[last + p] = total / corner[p, p]
    for p in range(m - 1, -1, -1):
        total = x[last + p]
        for k in range(p + 1, m):
            total -= corner[k, p] * x[last + k]
        x[last + p] = total / corner[p, p]
    for j in range(n - 1, -1, -1):
        length = 3 * (matrix.height[j] + 1)
        a = matrix.band[j, 0]
        b = matrix.band[j, 1]
        c = matrix.band[j, 2]
        i = 3 * j
        u, v, w = x[i], x[i + 1], x[i + 2]
        for q in range(3, length):
            value = x[i + q]
            u -= a[q] * value
            v -= b[q] * value
            w -= c[q] * value
        for p in range(m):
            value = x[last + p]
            u -= matrix.border[j, 0, p] * value
            v -= matrix.border[j, 1, p] * value
            w -= matrix.border[j, 2, p] * value
        w /= c[2]
        v = (v - b[2] * w) / b[1]
        x[i] = (u - a[1] * v - a[2] * w) / a[0]
        x[i + 1] = v
        x[i + 2] = w


@kernel
def matrix_product(matrix: Matrix, x: FloatArray, y: FloatArray) -> None:
    """Write the product of the (unfactorised) matrix with `x` to `y`, both shape (3 n + m,)."""
    n, _, m = matrix.border.shape
    last = 3 * n
    for i in range(last + m):
        y[i] = 0.0
    for j in range(n):
        length = 3 * (matrix.height[j] + 1)
        a = matrix.band[j, 0]
        b = matrix.band[j, 1]
        c = matrix.band[j, 2]
        i = 3 * j
        u, v, w = x[i], x[i + 1], x[i + 2]
        r = a[0] * u + b[0] * v + c[0] * w
        s = a[1] * u + b[1] * v + c[1] * w
        t = a[2] * u + b[2] * v + c[2] * w
        for q in range(3, length):
            y[i + q] += a[q] * u + b[q] * v + c[q] * w
        for q in range(3, length):
            value = x[i + q]
            r += a[q] * value
            s += b[q] * value
            t += c[q] * value
        for p in range(m):
            value = x[last + p]
            r += matrix.border[j, 0, p] * value
            s += matrix.border[j, 1, p] * value
            t += matrix.border[j, 2, p] * value
            y[last + p] += matrix.border[j, 0, p] * u + matrix.border[j, 1, p] * v + matrix.border[j, 2, p] * w
        y[i] += r
        y[i + 1] += s
        y[i + 2] += t
    for p in range(m):
        for q in range(m):
            y[last + p] += matrix.corner[p, q] * x[last + q]

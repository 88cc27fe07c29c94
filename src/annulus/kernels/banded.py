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
    """Symmetric matrix: band (n, 3, 3 (h + 1)), border (n, 3, m), corner (m, m), height (n,) <= h; m a multiple of 3.

    ``band[j, k, 3 r + i] = B[3 (j + r) + i, 3 j + k]`` (the diagonal block, r = 0, in full), ``border[j, k, p] =
    E[3 j + k, p]``; entries beyond ``height[j]`` or the last node are zero.
    """

    band: FloatArray
    border: FloatArray
    corner: FloatArray
    height: IntArray


@kernel
def _subtract(
    target: FloatArray,
    t: int,
    source: FloatArray,
    q: int,
    above: tuple[float, float, float, float, float, float, float, float, float],
) -> None:
    """Take the product of two 3 x 3 blocks from a third; all is loaded before it is stored, which is a quarter faster.

    `above` is the left block by rows; `source` (3, ...) and `target` (3, ...) have theirs at columns q and t.
    """
    a0, b0, c0, a1, b1, c1, a2, b2, c2 = above
    u0, u1, u2 = source[0, q], source[0, q + 1], source[0, q + 2]
    v0, v1, v2 = source[1, q], source[1, q + 1], source[1, q + 2]
    w0, w1, w2 = source[2, q], source[2, q + 1], source[2, q + 2]
    x0 = target[0, t] - (a0 * u0 + b0 * v0 + c0 * w0)
    x1 = target[0, t + 1] - (a0 * u1 + b0 * v1 + c0 * w1)
    x2 = target[0, t + 2] - (a0 * u2 + b0 * v2 + c0 * w2)
    y0 = target[1, t] - (a1 * u0 + b1 * v0 + c1 * w0)
    y1 = target[1, t + 1] - (a1 * u1 + b1 * v1 + c1 * w1)
    y2 = target[1, t + 2] - (a1 * u2 + b1 * v2 + c1 * w2)
    z0 = target[2, t] - (a2 * u0 + b2 * v0 + c2 * w0)
    z1 = target[2, t + 1] - (a2 * u1 + b2 * v1 + c2 * w1)
    z2 = target[2, t + 2] - (a2 * u2 + b2 * v2 + c2 * w2)
    target[0, t], target[0, t + 1], target[0, t + 2] = x0, x1, x2
    target[1, t], target[1, t + 1], target[1, t + 2] = y0, y1, y2
    target[2, t], target[2, t + 1], target[2, t + 2] = z0, z1, z2


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
            above = (a[o], b[o], c[o], a[o + 1], b[o + 1], c[o + 1], a[o + 2], b[o + 2], c[o + 2])
            for q in range(0, length - o, 3):
                _subtract(matrix.band[j + s], q, matrix.band[j], o + q, above)
            for q in range(0, m, 3):
                _subtract(matrix.border[j + s], q, matrix.border[j], q, above)
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
    """Overwrite two right-hand sides `x`, shape (3 n + m, 2), with their solutions, given the output of `factorise`.

    Two at once, because the factor's way through the cache costs as much as the arithmetic of either.
    """
    n, _, m = matrix.border.shape
    corner = matrix.corner
    last = 3 * n
    for j in range(n):
        length = 3 * (matrix.height[j] + 1)
        a = matrix.band[j, 0]
        b = matrix.band[j, 1]
        c = matrix.band[j, 2]
        i = 3 * j
        p = 1.0 / a[0]
        q = 1.0 / b[1]
        r = 1.0 / c[2]
        u0 = x[i, 0] * p
        u1 = x[i, 1] * p
        v0 = (x[i + 1, 0] - a[1] * u0) * q
        v1 = (x[i + 1, 1] - a[1] * u1) * q
        w0 = (x[i + 2, 0] - a[2] * u0 - b[2] * v0) * r
        w1 = (x[i + 2, 1] - a[2] * u1 - b[2] * v1) * r
        x[i, 0], x[i, 1], x[i + 1, 0], x[i + 1, 1], x[i + 2, 0], x[i + 2, 1] = u0, u1, v0, v1, w0, w1
        for k in range(3, length):
            x[i + k, 0] -= a[k] * u0 + b[k] * v0 + c[k] * w0
            x[i + k, 1] -= a[k] * u1 + b[k] * v1 + c[k] * w1
        e = matrix.border[j]
        for k in range(m):
            x[last + k, 0] -= e[0, k] * u0 + e[1, k] * v0 + e[2, k] * w0
            x[last + k, 1] -= e[0, k] * u1 + e[1, k] * v1 + e[2, k] * w1
    for side in range(2):
        for p in range(m):
            total = x[last + p, side]
            for k in range(p):
                total -= corner[p, k] * x[last + k, side]
            x[last + p, side] = total / corner[p, p]
        for p in range(m - 1, -1, -1):
            total = x[last + p, side]
            for k in range(p + 1, m):
                total -= corner[k, p] * x[last + k, side]
            x[last + p, side] = total / corner[p, p]
    for j in range(n - 1, -1, -1):
        length = 3 * (matrix.height[j] + 1)
        a = matrix.band[j, 0]
        b = matrix.band[j, 1]
        c = matrix.band[j, 2]
        i = 3 * j
        u0, u1, v0, v1, w0, w1 = x[i, 0], x[i, 1], x[i + 1, 0], x[i + 1, 1], x[i + 2, 0], x[i + 2, 1]
        for k in range(3, length):
            left = x[i + k, 0]
            right = x[i + k, 1]
            u0 -= a[k] * left
            v0 -= b[k] * left
            w0 -= c[k] * left
            u1 -= a[k] * right
            v1 -= b[k] * right
            w1 -= c[k] * right
        e = matrix.border[j]
        for k in range(m):
            left = x[last + k, 0]
            right = x[last + k, 1]
            u0 -= e[0, k] * left
            v0 -= e[1, k] * left
            w0 -= e[2, k] * left
            u1 -= e[0, k] * right
            v1 -= e[1, k] * right
            w1 -= e[2, k] * right
        w0 /= c[2]
        w1 /= c[2]
        v0 = (v0 - b[2] * w0) / b[1]
        v1 = (v1 - b[2] * w1) / b[1]
        x[i, 0] = (u0 - a[1] * v0 - a[2] * w0) / a[0]
        x[i, 1] = (u1 - a[1] * v1 - a[2] * w1) / a[0]
        x[i + 1, 0], x[i + 1, 1], x[i + 2, 0], x[i + 2, 1] = v0, v1, w0, w1


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

"""Cholesky factorisation of a banded matrix with a dense border.

The matrix is ``[[B, E], [E^T, D]]``: `B` banded (n unknowns, half-bandwidth w), `E` (n, m) and `D` (m, m)
with m small. A thin closed strip has this form once it is cut: numbered along the strip, only the few
unknowns at the cut reach far, and they go last. Cost: n w^2 + 2 n w m multiply-adds, against 4 n w^2 for
the folded numbering that reverse Cuthill-McKee finds for a closed strip.

Storage: ``band[j, d] = B[j + d, j]`` for d = 0..w (column by column, so that every inner loop runs along
memory), rows past the end are zero.
"""

from __future__ import annotations

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray

__all__ = ["factorise", "multiply", "solve_factorised"]


@kernel
def factorise(band: FloatArray, border: FloatArray, corner: FloatArray) -> bool:
    """Overwrite the matrix with its Cholesky factor; False where it is not positive definite.

    After success ``band`` holds L of B, ``border`` holds L^-1 E, ``corner`` the lower factor of the Schur
    complement. Columns are taken three at a time (a node's unknowns): the trailing columns are then read
    and written once for three updates. The number of columns must be a multiple of three.
    """
    n, width = band.shape
    w = width - 1
    m = border.shape[1]
    for j in range(0, n, 3):
        # The 3-column panel.
        for c in range(3):
            p = j + c
            for q in range(j, p):
                f = band[q, p - q]
                for d in range(w + 1 - (p - q)):
                    band[p, d] -= f * band[q, p - q + d]
                for k in range(m):
                    border[p, k] -= f * border[q, k]
            pivot = band[p, 0]
            if not pivot > 0.0:
                return False
            scale = 1.0 / np.sqrt(pivot)
            for d in range(w + 1):
                band[p, d] *= scale
            for k in range(m):
                border[p, k] *= scale
        # Rank-3 update of the columns that the panel reaches.
        last = min(n, j + 3 + w)
        a = band[j]
        b = band[j + 1]
        e = band[j + 2]
        for i in range(j + 3, last):
            r = i - j
            fa = a[r] if r <= w else 0.0
            fb = b[r - 1] if r - 1 <= w else 0.0
            fe = e[r - 2]
            target = band[i]
            na = w + 1 - r
            if na < 0:
                na = 0
            for d in range(na):
                target[d] -= fa * a[r + d] + fb * b[r - 1 + d] + fe * e[r - 2 + d]
            if na < w + 2 - r:
                target[na] -= fb * b[r - 1 + na] + fe * e[r - 2 + na]
                target[na + 1] -= fe * e[r - 1 + na]
            else:
                target[na] -= fe * e[r - 2 + na]
            for k in range(m):
                border[i, k] -= fa * border[j, k] + fb * border[j + 1, k] + fe * border[j + 2, k]
    for i in range(n):
        for p in range(m):
            f = border[i, p]
            if f != 0.0:
                for q in range(p + 1):
                    corner[p, q] -= f * border[i, q]
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
def solve_factorised(band: FloatArray, border: FloatArray, corner: FloatArray, x: FloatArray) -> None:
    """Overwrite the right-hand side `x`, shape (n + m,), with the solution, given the output of `factorise`."""
    n, width = band.shape
    w = width - 1
    m = border.shape[1]
    for j in range(n):
        f = x[j] / band[j, 0]
        x[j] = f
        reach = min(w, n - 1 - j)
        for d in range(1, reach + 1):
            x[j + d] -= f * band[j, d]
        for k in range(m):
            x[n + k] -= f * border[j, k]
    for p in range(m):
        total = x[n + p]
        for k in range(p):
            total -= corner[p, k] * x[n + k]
        x[n + p] = total / corner[p, p]
    for p in range(m - 1, -1, -1):
        total = x[n + p]
        for k in range(p + 1, m):
            total -= corner[k, p] * x[n + k]
        x[n + p] = total / corner[p, p]
    for j in range(n - 1, -1, -1):
        total = x[j]
        reach = min(w, n - 1 - j)
        for d in range(1, reach + 1):
            total -= band[j, d] * x[j + d]
        for k in range(m):
            total -= border[j, k] * x[n + k]
        x[j] = total / band[j, 0]


@kernel
def multiply(band: FloatArray, border: FloatArray, corner: FloatArray, x: FloatArray, y: FloatArray) -> None:
    """Write the product of the (unfactorised, symmetric) matrix with `x` to `y`, both shape (n + m,)."""
    n, width = band.shape
    w = width - 1
    m = border.shape[1]
    y[:] = 0.0
    for j in range(n):
        total = band[j, 0] * x[j]
        f = x[j]
        reach = min(w, n - 1 - j)
        for d in range(1, reach + 1):
            y[j + d] += band[j, d] * f
            total += band[j, d] * x[j + d]
        for k in range(m):
            total += border[j, k] * x[n + k]
            y[n + k] += border[j, k] * f
        y[j] += total
    for p in range(m):
        for q in range(p):
            y[n + p] += corner[p, q] * x[n + q]
            y[n + q] += corner[p, q] * x[n + p]
        y[n + p] += corner[p, p] * x[n + p]

"""Bordered band matrices filled node by node."""

from __future__ import annotations

from annulus._jit import inlined, kernel
from annulus._typing import FloatArray, IntArray
from annulus.kernels.banded import Matrix

__all__ = ["add_block", "add_spring", "copy_matrix", "reach_of_groups"]


@kernel
def add_block(matrix: Matrix, p: int, q: int, block: FloatArray, factor: float) -> None:
    """Add ``factor * block`` (3, 3) at node row p, node column q, and its transpose at (q, p) where p != q.

    For p == q the block must be symmetric.
    """
    n = matrix.band.shape[0]
    if p < n and q < n:
        if p >= q:
            o = 3 * (p - q)
            for c in range(3):
                for r in range(3):
                    matrix.band[q, c, o + r] += factor * block[r, c]
        else:
            o = 3 * (q - p)
            for r in range(3):
                for c in range(3):
                    matrix.band[p, r, o + c] += factor * block[r, c]
    elif q < n:
        o = 3 * (p - n)
        for c in range(3):
            for r in range(3):
                matrix.border[q, c, o + r] += factor * block[r, c]
    elif p < n:
        o = 3 * (q - n)
        for r in range(3):
            for c in range(3):
                matrix.border[p, r, o + c] += factor * block[r, c]
    else:
        for r in range(3):
            for c in range(3):
                matrix.corner[3 * (p - n) + r, 3 * (q - n) + c] += factor * block[r, c]
                if p != q:
                    matrix.corner[3 * (q - n) + c, 3 * (p - n) + r] += factor * block[r, c]


@inlined
def add_spring(matrix: Matrix, p: int, q: int, stiffness: float) -> None:
    """Add ``stiffness`` times the unit matrix, as `add_block`: a spring that pulls alike in every direction."""
    n = matrix.band.shape[0]
    low, high = (p, q) if p < q else (q, p)
    if high < n:
        o = 3 * (high - low)
        for k in range(3):
            matrix.band[low, k, o + k] += stiffness
    elif low < n:
        o = 3 * (high - n)
        for k in range(3):
            matrix.border[low, k, o + k] += stiffness
    else:
        for k in range(3):
            r, c = 3 * (p - n) + k, 3 * (q - n) + k
            matrix.corner[r, c] += stiffness
            if p != q:
                matrix.corner[c, r] += stiffness


@kernel
def copy_matrix(source: Matrix, target: Matrix) -> None:
    """Overwrite `target` with `source`, of the same envelope; what lies outside stays."""
    n = source.band.shape[0]
    m = source.corner.shape[0]
    for j in range(n):
        length = 3 * (source.height[j] + 1)
        for k in range(3):
            for q in range(length):
                target.band[j, k, q] = source.band[j, k, q]
            for q in range(m):
                target.border[j, k, q] = source.border[j, k, q]
    for p in range(m):
        for q in range(m):
            target.corner[p, q] = source.corner[p, q]


@kernel
def reach_of_groups(groups: IntArray, last: IntArray) -> None:
    """Raise `last`, shape (n,), at the lowest node of each group, shape (g, k), to its highest; nodes >= n aside."""
    n = last.shape[0]
    for g in range(groups.shape[0]):
        low = n
        high = -1
        for a in range(groups.shape[1]):
            node = groups[g, a]
            if node < n:
                low = min(low, node)
                high = max(high, node)
        if high >= 0:
            last[low] = max(last[low], high)

"""Numbering of a strip's nodes for the bordered band solver, and the envelope that it gives."""

from __future__ import annotations

import numpy as np

from annulus._typing import FloatArray, IntArray
from annulus.kernels.banded import Matrix
from annulus.kernels.matrices import reach_of_groups

__all__ = ["blank_matrix", "empty_like", "envelope", "strip_numbering"]


def strip_numbering(n_annulus: int, places: FloatArray, border: tuple[int, ...] = ()) -> IntArray:
    """Solver number of each natural node, shape (n,): along the annulus, cut open where no other node hangs on it.

    `places` holds the place of each vein and artery node on the annulus (edge index plus fraction), shape (n - na,).
    The two annulus nodes at the cut come last, with the `border` nodes (ends of ties across the annulus) before them.
    """
    cut = 0
    if len(places):
        order = np.sort(places)
        widths = np.diff(np.append(order, order[0] + n_annulus))
        widest = int(np.argmax(widths))
        cut = int(order[widest] + 0.5 * widths[widest]) % n_annulus
    along = (np.arange(n_annulus) - cut) % n_annulus
    key = np.concatenate([np.where(along < 2, along + 3.0 * n_annulus, along), (places - cut) % n_annulus])
    key[list(border)] += 2.0 * n_annulus
    number = np.empty(len(key), dtype=np.int64)
    number[np.argsort(key, kind="stable")] = np.arange(len(key))
    return number


def envelope(n_band: int, groups: list[IntArray]) -> IntArray:
    """Height of each node's column in nodes, shape (n_band,), falling by one a node at most.

    Each group holds coupled nodes by solver number, shape (g, k); nodes from `n_band` on are the border's.
    """
    last = np.arange(n_band)
    for group in groups:
        reach_of_groups(group, last)
    return np.maximum.accumulate(last) - np.arange(n_band)


def blank_matrix(height: IntArray, n_border: int) -> Matrix:
    """Zero matrix of an envelope, with `n_border` nodes in the border."""
    n, m = len(height), 3 * n_border
    most = int(height.max()) if n else 0
    return Matrix(np.zeros((n, 3, 3 * (most + 1))), np.zeros((n, 3, m)), np.zeros((m, m)), height)


def empty_like(matrix: Matrix) -> Matrix:
    """Zero matrix of the same shape."""
    return Matrix(np.zeros_like(matrix.band), np.zeros_like(matrix.border), np.zeros_like(matrix.corner), matrix.height)

"""Numbering of a strip's nodes for the bordered band solver, and the bandwidth that it gives."""

from __future__ import annotations

import numpy as np

from annulus._typing import FloatArray, IntArray

__all__ = ["half_bandwidth", "strip_numbering"]


def strip_numbering(n_annulus: int, ring: FloatArray, border: tuple[int, ...] = ()) -> IntArray:
    """Solver number of each natural node, shape (n,): along the annulus, cut open where no other node hangs on it.

    `ring` holds the place of each vein and artery node on the annulus (edge index plus fraction), shape (n - na,).
    The two annulus nodes at the cut come last, with the `border` nodes (ends of ties across the annulus) before them.
    """
    cut = 0
    if len(ring):
        places = np.sort(ring)
        widths = np.diff(np.append(places, places[0] + n_annulus))
        widest = int(np.argmax(widths))
        cut = int(places[widest] + 0.5 * widths[widest]) % n_annulus
    along = (np.arange(n_annulus) - cut) % n_annulus
    key = np.concatenate([np.where(along < 2, along + 3.0 * n_annulus, along), (ring - cut) % n_annulus])
    key[list(border)] += 2.0 * n_annulus
    number = np.empty(len(key), dtype=np.int64)
    number[np.argsort(key, kind="stable")] = np.arange(len(key))
    return number


def half_bandwidth(n_band: int, groups: list[IntArray]) -> int:
    """Half-bandwidth in unknowns; each group holds coupled nodes by solver number, shape (g, k)."""
    widest = 0
    for group in groups:
        if group.size:
            inside = group < n_band
            high = np.where(inside, group, -1).max(axis=1)
            low = np.where(inside, group, n_band).min(axis=1)
            widest = max(widest, int((high - low).max()))
    return 3 * widest + 2

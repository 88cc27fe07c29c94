"""Where leaflets seal: how firmly each vertex touches the other leaflet, and what stands under pressure because of it.

Beyond the last place where a leaflet touches the other one, both of its faces see the ventricle and nothing presses it.
"""

from __future__ import annotations

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray, IntArray
from annulus.kernels.contact import Pairs
from annulus.kernels.distances import triangle_distance

__all__ = ["exposed", "touches"]


@kernel
def touches(pairs: Pairs, side: IntArray, approach: float, x: FloatArray, touch: FloatArray) -> None:
    """Write how firmly each vertex touches a triangle of the other side to `touch` (n,): 0 not at all, 1 fully.

    Fully where they have come nearer than their reach by the share `approach`. `side` (n,) is +1 or -1, and 0 for
    vertices of both sides, which touch nothing.
    """
    touch[:] = 0.0
    w = np.empty(4)
    for c in range(pairs.kind.shape[0]):
        if pairs.kind[c] != 0:
            continue
        i, j, k, o = pairs.vertices[c, 0], pairs.vertices[c, 1], pairs.vertices[c, 2], pairs.vertices[c, 3]
        if side[i] * (side[j] + side[k] + side[o]) >= 0:
            continue
        nearer = 1.0 - triangle_distance(x, i, j, k, o, w) / pairs.reach[c]
        touch[i] = max(touch[i], min(nearer / approach, 1.0))


@kernel
def exposed(columns: IntArray, touch: FloatArray, share: FloatArray) -> None:
    """Write the share of the pressure that each vertex sees to `share` (n,).

    A column (k, r) runs from hinge to free edge. It sees all of the pressure down to the last vertex that touches, and
    all of it where none does; between, in proportion. Vertices in no column keep what they have.
    """
    for c in range(columns.shape[0]):
        firmest = 0.0
        for r in range(columns.shape[1]):
            firmest = max(firmest, touch[columns[c, r]])
        beyond = 0.0
        for r in range(columns.shape[1] - 1, -1, -1):
            v = columns[c, r]
            beyond = max(beyond, touch[v])
            share[v] = 1.0 - firmest + beyond

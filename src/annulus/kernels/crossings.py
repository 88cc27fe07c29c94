"""Two polylines seen from a direction, and where a point lies around a vessel."""

from __future__ import annotations

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray

__all__ = ["polyline_crossings", "side_components"]


@kernel
def polyline_crossings(first: FloatArray, second: FloatArray) -> FloatArray:
    """Where two open polylines in the plane, shapes (n, 2) and (m, 2), cross, shape (c, 3), in order along `first`.

    Columns: position on `first` and on `second`, edge index plus fraction, and the sense: +1 where `second` passes
    from the right of `first` to its left. Edges count from their first vertex up to, not including, their last;
    parallel edges do not cross.
    """
    n = first.shape[0] - 1
    m = second.shape[0] - 1
    found = np.empty((n * m, 3))
    count = 0
    for i in range(n):
        ax = first[i, 0]
        ay = first[i, 1]
        dx = first[i + 1, 0] - ax
        dy = first[i + 1, 1] - ay
        before = count
        for j in range(m):
            ex = second[j + 1, 0] - second[j, 0]
            ey = second[j + 1, 1] - second[j, 1]
            turn = dx * ey - dy * ex
            if turn == 0.0:
                continue
            gx = second[j, 0] - ax
            gy = second[j, 1] - ay
            t = (gx * ey - gy * ex) / turn
            u = (gx * dy - gy * dx) / turn
            if 0.0 <= t < 1.0 and 0.0 <= u < 1.0:
                # Insert in order along the edge of `first`.
                k = count
                while k > before and found[k - 1, 0] > i + t:
                    found[k] = found[k - 1]
                    k -= 1
                found[k, 0] = i + t
                found[k, 1] = j + u
                found[k, 2] = 1.0 if turn > 0.0 else -1.0
                count += 1
    return found[:count].copy()


@kernel
def side_components(offsets: FloatArray, tangents: FloatArray, down: FloatArray, handed: float) -> FloatArray:
    """Offsets from a vessel's axis, shape (n, 3), in its own cross-section: towards inside and `down`, shape (n, 2).

    `tangents` are unit vectors, shape (n, 3). The downward axis is the unit vector `down` less its part along the
    tangent, the inward axis `handed` times downward x tangent. Not-a-number where the vessel runs along `down`.
    """
    out = np.empty((offsets.shape[0], 2))
    for i in range(offsets.shape[0]):
        along = 0.0
        for k in range(3):
            along += down[k] * tangents[i, k]
        v0 = down[0] - along * tangents[i, 0]
        v1 = down[1] - along * tangents[i, 1]
        v2 = down[2] - along * tangents[i, 2]
        size = np.sqrt(v0 * v0 + v1 * v1 + v2 * v2)
        if size < 1e-6:
            out[i, 0] = np.nan
            out[i, 1] = np.nan
            continue
        w0 = handed * (v1 * tangents[i, 2] - v2 * tangents[i, 1])
        w1 = handed * (v2 * tangents[i, 0] - v0 * tangents[i, 2])
        w2 = handed * (v0 * tangents[i, 1] - v1 * tangents[i, 0])
        out[i, 0] = (offsets[i, 0] * w0 + offsets[i, 1] * w1 + offsets[i, 2] * w2) / size
        out[i, 1] = (offsets[i, 0] * v0 + offsets[i, 1] * v1 + offsets[i, 2] * v2) / size
    return out

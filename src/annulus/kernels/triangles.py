"""Which triangles of a mesh pass through each other: boxes swept along one axis, then signs of volumes."""

from __future__ import annotations

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray, IntArray

__all__ = ["crossing_pairs", "volume_sign"]

_ROUNDING = 1.0e-15
"""Above the rounding error of a 3 x 3 determinant over the sum of its terms' sizes (7.8e-16 for doubles)."""

_CLOSED = 1.0e-12
"""Barycentric coordinates this little outside still belong to the triangle: a shared edge has no gap [1]."""


@kernel
def volume_sign(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> int:
    """Sign of the volume of the tetrahedron a, b, c, d: 1 where d sees a, b, c clockwise, 0 within rounding."""
    ax, ay, az = a[0] - d[0], a[1] - d[1], a[2] - d[2]
    bx, by, bz = b[0] - d[0], b[1] - d[1], b[2] - d[2]
    cx, cy, cz = c[0] - d[0], c[1] - d[1], c[2] - d[2]
    volume = ax * (by * cz - bz * cy) + bx * (cy * az - cz * ay) + cx * (ay * bz - az * by)
    size = (
        abs(ax) * (abs(by * cz) + abs(bz * cy))
        + abs(bx) * (abs(cy * az) + abs(cz * ay))
        + abs(cx) * (abs(ay * bz) + abs(az * by))
    )
    if abs(volume) <= _ROUNDING * size:
        return 0
    return 1 if volume > 0.0 else -1


@kernel
def _pierces(p: FloatArray, q: FloatArray, a: FloatArray, b: FloatArray, c: FloatArray) -> bool:
    """Whether p and q lie strictly on either side of the triangle's plane and their line meets the closed triangle.

    The place in the triangle is judged within its plane: signs of the volumes on p, q and a side would be noise where
    both triangles lie nearly in one plane.
    """
    if volume_sign(a, b, c, p) * volume_sign(a, b, c, q) >= 0:
        return False
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    height_p = nx * (p[0] - a[0]) + ny * (p[1] - a[1]) + nz * (p[2] - a[2])
    height_q = nx * (q[0] - a[0]) + ny * (q[1] - a[1]) + nz * (q[2] - a[2])
    share = height_p / (height_p - height_q) if height_p != height_q else 0.5
    share = min(max(share, 0.0), 1.0)
    wx = p[0] + share * (q[0] - p[0]) - a[0]
    wy = p[1] + share * (q[1] - p[1]) - a[1]
    wz = p[2] + share * (q[2] - p[2]) - a[2]
    square = nx * nx + ny * ny + nz * nz
    along_v = nx * (uy * wz - uz * wy) + ny * (uz * wx - ux * wz) + nz * (ux * wy - uy * wx)
    along_u = nx * (wy * vz - wz * vy) + ny * (wz * vx - wx * vz) + nz * (wx * vy - wy * vx)
    slack = _CLOSED * square
    return along_u >= -slack and along_v >= -slack and along_u + along_v <= square + slack


@kernel
def crossing_pairs(points: FloatArray, triangles: IntArray) -> IntArray:
    """Pairs of triangles, shape (c, 2), lower number first, that share no vertex and pass through each other.

    A pair counts where an edge of one strictly changes sides of the other's plane within the closed triangle. Overlap
    within one plane, a corner that touches and triangles that share a vertex do not count.
    """
    m = triangles.shape[0]
    low = np.empty((m, 3))
    high = np.empty((m, 3))
    for t in range(m):
        for k in range(3):
            x, y, z = points[triangles[t, 0], k], points[triangles[t, 1], k], points[triangles[t, 2], k]
            low[t, k] = min(x, y, z)
            high[t, k] = max(x, y, z)
    # Sweep along the axis on which the mesh is longest.
    axis, longest = 0, -1.0
    for k in range(3):
        if m and high[:, k].max() - low[:, k].min() > longest:
            axis, longest = k, high[:, k].max() - low[:, k].min()
    order = np.argsort(low[:, axis])
    found = np.empty((16, 2), dtype=np.int64)
    count = 0
    for rank in range(m):
        s = order[rank]
        for later in range(rank + 1, m):
            t = order[later]
            if low[t, axis] > high[s, axis]:
                break
            apart, shared = False, False
            for k in range(3):
                apart = apart or low[t, k] > high[s, k] or low[s, k] > high[t, k]
                for j in range(3):
                    shared = shared or triangles[s, k] == triangles[t, j]
            if apart or shared:
                continue
            crossing = False
            for k in range(3):
                j, i = (k + 1) % 3, (k + 2) % 3
                a, b, c = points[triangles[s, k]], points[triangles[s, j]], points[triangles[s, i]]
                d, e, f = points[triangles[t, k]], points[triangles[t, j]], points[triangles[t, i]]
                crossing = crossing or _pierces(a, b, d, e, f) or _pierces(d, e, a, b, c)
            if crossing:
                if count == found.shape[0]:
                    larger = np.empty((2 * count, 2), dtype=np.int64)
                    larger[:count] = found
                    found = larger
                found[count, 0] = min(s, t)
                found[count, 1] = max(s, t)
                count += 1
    return found[:count].copy()

"""Open polylines in space: arc lengths, parallel-transport frames, closest points."""

from __future__ import annotations

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray

__all__ = ["arc_lengths", "closest_on_polyline", "parallel_transport"]


@kernel
def arc_lengths(points: FloatArray) -> FloatArray:
    """Arc length [mm] of every vertex from the first one, shape (n,)."""
    n = points.shape[0]
    lengths = np.zeros(n)
    for i in range(1, n):
        dx = points[i, 0] - points[i - 1, 0]
        dy = points[i, 1] - points[i - 1, 1]
        dz = points[i, 2] - points[i - 1, 2]
        lengths[i] = lengths[i - 1] + np.sqrt(dx * dx + dy * dy + dz * dz)
    return lengths


@kernel
def parallel_transport(tangents: FloatArray, first_normal: FloatArray) -> FloatArray:
    """Normals carried along `tangents` without twist (double reflection of the chord of tangents), shape (n, 3).

    `tangents` are unit vectors, shape (n, 3); `first_normal` is a unit vector orthogonal to the first.
    Each step turns the normal by the smallest rotation that maps one tangent to the next.
    """
    n = tangents.shape[0]
    normals = np.empty((n, 3))
    normals[0] = first_normal
    for i in range(1, n):
        t0 = tangents[i - 1]
        t1 = tangents[i]
        m = normals[i - 1]
        # Smallest rotation t0 -> t1: v - (v.(t0+t1))/(1+t0.t1) (t0+t1) + 2 (v.t0) t1; here v.t0 = 0.
        s = t0 + t1
        factor = (m[0] * s[0] + m[1] * s[1] + m[2] * s[2]) / (1.0 + t0[0] * t1[0] + t0[1] * t1[1] + t0[2] * t1[2])
        v = m - factor * s
        along = v[0] * t1[0] + v[1] * t1[1] + v[2] * t1[2]
        v = v - along * t1
        normals[i] = v / np.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
    return normals


@kernel
def closest_on_polyline(queries: FloatArray, points: FloatArray, closed: bool) -> tuple[FloatArray, FloatArray]:
    """Closest point of a polyline to each query.

    Returns the position along the polyline, shape (q,), as edge index plus fraction in [0, n), and the
    distances [mm], shape (q,). With `closed` the last vertex is joined to the first.
    """
    q = queries.shape[0]
    n = points.shape[0]
    n_edges = n if closed else n - 1
    where = np.zeros(q)
    distances = np.empty(q)
    for i in range(q):
        best = np.inf
        best_at = 0.0
        for e in range(n_edges):
            f = e + 1 if e + 1 < n else 0
            dd = 0.0
            dw = 0.0
            for k in range(3):
                d = points[f, k] - points[e, k]
                dd += d * d
                dw += d * (queries[i, k] - points[e, k])
            t = dw / dd if dd > 0.0 else 0.0
            t = min(1.0, max(0.0, t))
            gap = 0.0
            for k in range(3):
                r = points[e, k] + t * (points[f, k] - points[e, k]) - queries[i, k]
                gap += r * r
            if gap < best:
                best = gap
                best_at = e + t
        where[i] = best_at
        distances[i] = np.sqrt(best)
    return where, distances

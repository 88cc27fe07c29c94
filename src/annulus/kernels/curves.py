"""Open polylines in space: arc lengths, splines through them, parallel-transport frames, closest points."""

from __future__ import annotations

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray

__all__ = [
    "arc_lengths",
    "closest_on_polyline",
    "equal_steps",
    "interpolated",
    "natural_spline",
    "parallel_transport",
    "repeated_vertex",
    "wall_distances",
]

# Gauss-Legendre rule with four points on [0, 1].
_GAUSS_X = 0.5 * (np.polynomial.legendre.leggauss(4)[0] + 1.0)
_GAUSS_W = 0.5 * np.polynomial.legendre.leggauss(4)[1]

_RUN = 8


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
def repeated_vertex(points: FloatArray, closed: bool) -> int:
    """Index of the first vertex that equals the next one, -1 where none does; with `closed` the last has a next one."""
    n = points.shape[0]
    for i in range(n if closed else n - 1):
        j = i + 1 if i + 1 < n else 0
        square = 0.0
        for k in range(3):
            square += (points[j, k] - points[i, k]) ** 2
        if square == 0.0:
            return i
    return -1


@kernel
def interpolated(at: FloatArray, knots: FloatArray, values: FloatArray) -> FloatArray:
    """Values (n, m) at increasing `knots` (n,), n >= 2, linear between them and held at the ends, shape (q, m)."""
    n, m = values.shape
    out = np.empty((at.shape[0], m))
    for q in range(at.shape[0]):
        t = min(max(at[q], knots[0]), knots[n - 1])
        i = min(max(np.searchsorted(knots, t, side="right") - 1, 0), n - 2)
        share = t - knots[i]
        width = knots[i + 1] - knots[i]
        for k in range(m):
            if share == width:
                out[q, k] = values[i + 1, k]
            else:
                out[q, k] = (values[i + 1, k] - values[i, k]) / width * share + values[i, k]
    return out


@kernel
def natural_spline(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Natural cubic spline through `points`, shape (n, 3), n >= 2, over the chord length: knots (n,), coefficients.

    ``x(t) = c0 u^3 + c1 u^2 + c2 u + c3``, u = t - knots[i] on piece i, coefficients (4, n - 1, 3) as SciPy has them.
    """
    n = points.shape[0]
    knots = arc_lengths(points)
    bend = np.zeros((n, 3))
    diagonal = np.empty(n)
    for i in range(1, n - 1):
        h0 = knots[i] - knots[i - 1]
        h1 = knots[i + 1] - knots[i]
        diagonal[i] = 2.0 * (h0 + h1)
        factor = h0 / diagonal[i - 1] if i > 1 else 0.0
        diagonal[i] -= factor * h0
        for k in range(3):
            right = 6.0 * ((points[i + 1, k] - points[i, k]) / h1 - (points[i, k] - points[i - 1, k]) / h0)
            bend[i, k] = right - factor * bend[i - 1, k]
    for i in range(n - 2, 0, -1):
        h = knots[i + 1] - knots[i]
        for k in range(3):
            bend[i, k] = (bend[i, k] - h * bend[i + 1, k]) / diagonal[i]
    coefficients = np.empty((4, n - 1, 3))
    for i in range(n - 1):
        h = knots[i + 1] - knots[i]
        for k in range(3):
            m0 = bend[i, k]
            m1 = bend[i + 1, k]
            coefficients[0, i, k] = (m1 - m0) / (6.0 * h)
            coefficients[1, i, k] = 0.5 * m0
            coefficients[2, i, k] = (points[i + 1, k] - points[i, k]) / h - h * (2.0 * m0 + m1) / 6.0
            coefficients[3, i, k] = points[i, k]
    return knots, coefficients


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
    # Balls around runs of edges: a run whose ball is farther than a known place cannot win.
    n_runs = (n_edges + _RUN - 1) // _RUN
    centres = np.zeros((n_runs, 3))
    radii = np.zeros(n_runs)
    for b in range(n_runs):
        first = b * _RUN
        last = min(first + _RUN, n_edges)
        for e in range(first, last + 1):
            f = e if e < n else 0
            for k in range(3):
                centres[b, k] += points[f, k] / (last + 1 - first)
        for e in range(first, last + 1):
            f = e if e < n else 0
            square = 0.0
            for k in range(3):
                square += (points[f, k] - centres[b, k]) ** 2
            radii[b] = max(radii[b], square)
        radii[b] = np.sqrt(radii[b])
    near = 0
    for i in range(q):
        x = queries[i, 0]
        y = queries[i, 1]
        z = queries[i, 2]
        # No farther than the first vertex of the edge that was nearest to the query before.
        bound = np.sqrt((points[near, 0] - x) ** 2 + (points[near, 1] - y) ** 2 + (points[near, 2] - z) ** 2)
        best = np.inf
        best_at = 0.0
        for b in range(n_runs):
            reach = bound + radii[b]
            square = (centres[b, 0] - x) ** 2 + (centres[b, 1] - y) ** 2 + (centres[b, 2] - z) ** 2
            if square > reach * reach * (1.0 + 1e-12):
                continue
            for e in range(b * _RUN, min(b * _RUN + _RUN, n_edges)):
                f = e + 1 if e + 1 < n else 0
                d0 = points[f, 0] - points[e, 0]
                d1 = points[f, 1] - points[e, 1]
                d2 = points[f, 2] - points[e, 2]
                r0 = points[e, 0] - x
                r1 = points[e, 1] - y
                r2 = points[e, 2] - z
                dd = d0 * d0 + d1 * d1 + d2 * d2
                t = -(d0 * r0 + d1 * r1 + d2 * r2) / dd if dd > 0.0 else 0.0
                t = min(1.0, max(0.0, t))
                r0 += t * d0
                r1 += t * d1
                r2 += t * d2
                gap = r0 * r0 + r1 * r1 + r2 * r2
                if gap < best:
                    best = gap
                    best_at = e + t
                    near = e
            bound = min(bound, np.sqrt(best))
        where[i] = best_at
        distances[i] = np.sqrt(best)
    return where, distances


@kernel
def wall_distances(
    stations: FloatArray,
    first: tuple[FloatArray, FloatArray, FloatArray],
    second: tuple[FloatArray, FloatArray, FloatArray],
) -> FloatArray:
    """Wall to wall [mm] from `stations` (q,) of one tube to the nearest place of another, shape (q,).

    A tube is arc lengths (n,), points (n, 3) and radii (n,) of its axis; negative where the walls overlap.
    """
    arcs, points, radii = first
    _, other_points, other_radii = second
    where, distances = closest_on_polyline(interpolated(stations, arcs, points), other_points, False)
    radius = interpolated(stations, arcs, radii.reshape(-1, 1))
    for q in range(stations.shape[0]):
        edge = min(int(where[q]), other_points.shape[0] - 2)
        share = where[q] - edge
        # Radii run linearly with arc length, which runs linearly with the fraction of an edge.
        beside = other_radii[edge] * (1.0 - share) + other_radii[edge + 1] * share
        distances[q] -= radius[q, 0] + beside
    return distances


@kernel
def _speed(knots: FloatArray, coefficients: FloatArray, piece: int, t: float) -> float:
    u = t - knots[piece]
    square = 0.0
    for k in range(3):
        d = coefficients[2, piece, k] + u * (2.0 * coefficients[1, piece, k] + 3.0 * u * coefficients[0, piece, k])
        square += d * d
    return np.sqrt(square)


@kernel
def equal_steps(
    knots: FloatArray, coefficients: FloatArray, first: float, last: float, n_points: int
) -> tuple[FloatArray, FloatArray]:
    """Points of a cubic spline equally spaced in arc length between two parameters, and their parameters.

    ``x(t) = c0 u^3 + c1 u^2 + c2 u + c3``, u = t - knots[i] on piece i, coefficients (4, n, 3) as SciPy has them.
    `first` lies on the spline; beyond its end the parameter goes on from its start (closed curves). Speed is
    integrated by a four-point Gauss rule on each half of a piece, and the inverse found by Newton's method. Returns
    points (n_points, 3) and parameters in [first, last], shape (n_points,).
    """
    n = coefficients.shape[1]
    period = knots[n] - knots[0]
    begin = min(max(np.searchsorted(knots, first, side="right") - 1, 0), n - 1)
    # Half pieces from `first` to `last`: where each starts, its piece, turns done, and the arc up to it.
    most = 2 * n + 4
    starts = np.empty(most + 1)
    pieces = np.empty(most, dtype=np.int64)
    turns = np.empty(most)
    arcs = np.zeros(most + 1)
    turn = 0.0
    count = 0
    at = first
    piece = begin
    starts[0] = first
    while at < last and count < most:
        middle = turn + 0.5 * (knots[piece] + knots[piece + 1])
        end = turn + knots[piece + 1]
        stop = min(middle if at < middle else end, last)
        total = 0.0
        for g in range(4):
            total += _GAUSS_W[g] * _speed(knots, coefficients, piece, at + _GAUSS_X[g] * (stop - at) - turn)
        pieces[count] = piece
        turns[count] = turn
        arcs[count + 1] = arcs[count] + total * (stop - at)
        count += 1
        starts[count] = stop
        at = stop
        if stop == end:
            piece += 1
            if piece == n:
                piece = 0
                turn += period
    points = np.empty((n_points, 3))
    parameters = np.empty(n_points)
    whole = arcs[count]
    half = 0
    for i in range(n_points):
        target = whole * i / (n_points - 1)
        while half + 1 < count and arcs[half + 1] < target:
            half += 1
        piece = pieces[half]
        shift = turns[half]
        span = starts[half + 1] - starts[half]
        width = arcs[half + 1] - arcs[half]
        t = starts[half] + (span * (target - arcs[half]) / width if width > 0.0 else 0.0)
        for _ in range(3):
            reached = 0.0
            step = t - starts[half]
            for g in range(4):
                reached += _GAUSS_W[g] * _speed(knots, coefficients, piece, starts[half] + _GAUSS_X[g] * step - shift)
            speed = _speed(knots, coefficients, piece, t - shift)
            change = (target - arcs[half] - reached * step) / speed if speed > 0.0 else 0.0
            t += change
            if abs(change) <= 1e-14 * period:
                break
        if i == 0:
            t = first
        elif i == n_points - 1:
            t = last
        parameters[i] = t
        u = t - shift - knots[piece]
        for k in range(3):
            c1 = coefficients[1, piece, k]
            c2 = coefficients[2, piece, k]
            points[i, k] = coefficients[3, piece, k] + u * (c2 + u * (c1 + u * coefficients[0, piece, k]))
    return points, parameters

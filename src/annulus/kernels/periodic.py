"""Periodic cubic splines in space: coefficients, integrals, closest points, level crossings, extremes.

A spline is its knots, shape (n + 1,), from 0 to the period, and its coefficients, shape (n, 4, 3): on piece i,
x(t) = c0 + c1 u + c2 u^2 + c3 u^3 with u = t - knots[i].
"""

from __future__ import annotations

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray

__all__ = [
    "periodic_closest",
    "periodic_cumulative",
    "periodic_evaluate",
    "periodic_extremes",
    "periodic_levels",
    "periodic_moments",
    "periodic_spline",
]

# Gauss-Legendre rule with four points on [-1, 1].
_GAUSS_X = np.array([-0.8611363115940526, -0.3399810435848563, 0.3399810435848563, 0.8611363115940526])
_GAUSS_W = np.array([0.3478548451374538, 0.6521451548625461, 0.6521451548625461, 0.3478548451374538])


@kernel
def periodic_spline(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Periodic cubic spline through `points`, shape (n, 3), n >= 3, over the chord length along the closed polygon.

    Neighbours differ. The cyclic tridiagonal system for the second derivatives is solved by elimination with one
    rank-one correction.
    """
    n = points.shape[0]
    knots = np.zeros(n + 1)
    for i in range(n):
        j = i + 1 if i + 1 < n else 0
        square = 0.0
        for k in range(3):
            square += (points[j, k] - points[i, k]) ** 2
        knots[i + 1] = knots[i] + np.sqrt(square)
    # Row i: h[i-1] M[i-1] + 2 (h[i-1] + h[i]) M[i] + h[i] M[i+1] = 6 (slope[i] - slope[i-1]), indices modulo n.
    corner = knots[n] - knots[n - 1]
    diagonal = np.empty(n)
    right = np.empty((n, 4))
    for i in range(n):
        before = i - 1 if i > 0 else n - 1
        after = i + 1 if i + 1 < n else 0
        h0 = knots[before + 1] - knots[before]
        h1 = knots[i + 1] - knots[i]
        diagonal[i] = 2.0 * (h0 + h1)
        for k in range(3):
            right[i, k] = 6.0 * ((points[after, k] - points[i, k]) / h1 - (points[i, k] - points[before, k]) / h0)
        right[i, 3] = 0.0
    # A = T + corner v v^T with v = (1, 0, ..., 0, 1), so T loses `corner` from both end diagonals.
    diagonal[0] -= corner
    diagonal[n - 1] -= corner
    right[0, 3] = 1.0
    right[n - 1, 3] = 1.0
    for i in range(1, n):
        h = knots[i] - knots[i - 1]
        factor = h / diagonal[i - 1]
        diagonal[i] -= factor * h
        for k in range(4):
            right[i, k] -= factor * right[i - 1, k]
    for k in range(4):
        right[n - 1, k] /= diagonal[n - 1]
    for i in range(n - 2, -1, -1):
        h = knots[i + 1] - knots[i]
        for k in range(4):
            right[i, k] = (right[i, k] - h * right[i + 1, k]) / diagonal[i]
    bend = 1.0 + corner * (right[0, 3] + right[n - 1, 3])
    pulls = np.empty(3)
    for k in range(3):
        pulls[k] = corner * (right[0, k] + right[n - 1, k]) / bend
    coefficients = np.empty((n, 4, 3))
    for i in range(n):
        j = i + 1 if i + 1 < n else 0
        h = knots[i + 1] - knots[i]
        for k in range(3):
            m0 = right[i, k] - pulls[k] * right[i, 3]
            m1 = right[j, k] - pulls[k] * right[j, 3]
            coefficients[i, 0, k] = points[i, k]
            coefficients[i, 1, k] = (points[j, k] - points[i, k]) / h - h * (2.0 * m0 + m1) / 6.0
            coefficients[i, 2, k] = 0.5 * m0
            coefficients[i, 3, k] = (m1 - m0) / (6.0 * h)
    return knots, coefficients


@kernel
def periodic_evaluate(knots: FloatArray, coefficients: FloatArray, parameters: FloatArray) -> FloatArray:
    """Points, first and second derivatives at `parameters` (any real number), shape (q, 3, 3)."""
    n = coefficients.shape[0]
    values = np.empty((parameters.shape[0], 3, 3))
    for q in range(parameters.shape[0]):
        t = parameters[q] % knots[n]
        i = min(max(np.searchsorted(knots, t, side="right") - 1, 0), n - 1)
        u = t - knots[i]
        for k in range(3):
            c1 = coefficients[i, 1, k]
            c2 = coefficients[i, 2, k]
            c3 = coefficients[i, 3, k]
            values[q, 0, k] = coefficients[i, 0, k] + u * (c1 + u * (c2 + u * c3))
            values[q, 1, k] = c1 + u * (2.0 * c2 + 3.0 * u * c3)
            values[q, 2, k] = 2.0 * c2 + 6.0 * u * c3
    return values


@kernel
def periodic_moments(
    knots: FloatArray, coefficients: FloatArray, first: float, last: float
) -> tuple[float, FloatArray, FloatArray, FloatArray]:
    """Integrals over the arc from parameter `first` in [0, period) to `last` in (first, first + period].

    Returns length [mm], arc-length-weighted centroid [mm], second moment about it, integral of
    (x - c)(x - c)^T ds [mm3], shape (3, 3), and the area vector, half the integral of (x - x(first)) x dx [mm2].
    Four-point Gauss rule on every piece.
    """
    n = coefficients.shape[0]
    period = knots[n]
    i = min(max(np.searchsorted(knots, first, side="right") - 1, 0), n - 1)
    origin = np.empty(3)
    u = first - knots[i]
    for k in range(3):
        c = coefficients[i, :, k]
        origin[k] = c[0] + u * (c[1] + u * (c[2] + u * c[3]))
    length = 0.0
    mean = np.zeros(3)
    moment = np.zeros((3, 3))
    area = np.zeros(3)
    x = np.empty(3)
    d = np.empty(3)
    offset = 0.0
    start = first
    while start < last:
        stop = min(knots[i + 1] + offset, last)
        half = 0.5 * (stop - start)
        for g in range(4):
            u = start + half * (1.0 + _GAUSS_X[g]) - offset - knots[i]
            square = 0.0
            for k in range(3):
                c1 = coefficients[i, 1, k]
                c2 = coefficients[i, 2, k]
                c3 = coefficients[i, 3, k]
                x[k] = coefficients[i, 0, k] + u * (c1 + u * (c2 + u * c3)) - origin[k]
                d[k] = c1 + u * (2.0 * c2 + 3.0 * u * c3)
                square += d[k] * d[k]
            weight = half * _GAUSS_W[g]
            ds = weight * np.sqrt(square)
            length += ds
            for k in range(3):
                mean[k] += ds * x[k]
                for m in range(3):
                    moment[k, m] += ds * x[k] * x[m]
            area[0] += 0.5 * weight * (x[1] * d[2] - x[2] * d[1])
            area[1] += 0.5 * weight * (x[2] * d[0] - x[0] * d[2])
            area[2] += 0.5 * weight * (x[0] * d[1] - x[1] * d[0])
        start = stop
        i += 1
        if i == n:
            i = 0
            offset += period
    mean /= length
    for k in range(3):
        for m in range(3):
            moment[k, m] -= length * mean[k] * mean[m]
    return length, mean + origin, moment, area


@kernel
def periodic_cumulative(
    knots: FloatArray, coefficients: FloatArray, parameters: FloatArray, centre: FloatArray, normal: FloatArray
) -> FloatArray:
    """What the spline has covered from parameter 0 to each of `parameters` in [0, period], shape (q, 3).

    Columns: arc length [mm]; length projected on the plane with unit `normal` [mm]; area swept about `centre`
    in that plane [mm2], half the integral of normal . ((x - centre) x dx).
    """
    n = coefficients.shape[0]
    totals = np.zeros((n + 1, 3))
    covered = np.zeros((parameters.shape[0], 3))
    sums = np.empty(3)
    # First all whole pieces, then the part of a piece that each parameter ends in.
    for job in range(n + parameters.shape[0]):
        if job < n:
            i = job
            half = 0.5 * (knots[i + 1] - knots[i])
        else:
            t = parameters[job - n]
            i = min(max(np.searchsorted(knots, t, side="right") - 1, 0), n - 1)
            half = 0.5 * (t - knots[i])
        sums[:] = 0.0
        for g in range(4):
            u = half * (1.0 + _GAUSS_X[g])
            x0 = coefficients[i, 0, 0] + u * (
                coefficients[i, 1, 0] + u * (coefficients[i, 2, 0] + u * coefficients[i, 3, 0])
            )
            x1 = coefficients[i, 0, 1] + u * (
                coefficients[i, 1, 1] + u * (coefficients[i, 2, 1] + u * coefficients[i, 3, 1])
            )
            x2 = coefficients[i, 0, 2] + u * (
                coefficients[i, 1, 2] + u * (coefficients[i, 2, 2] + u * coefficients[i, 3, 2])
            )
            d0 = coefficients[i, 1, 0] + u * (2.0 * coefficients[i, 2, 0] + 3.0 * u * coefficients[i, 3, 0])
            d1 = coefficients[i, 1, 1] + u * (2.0 * coefficients[i, 2, 1] + 3.0 * u * coefficients[i, 3, 1])
            d2 = coefficients[i, 1, 2] + u * (2.0 * coefficients[i, 2, 2] + 3.0 * u * coefficients[i, 3, 2])
            x0 -= centre[0]
            x1 -= centre[1]
            x2 -= centre[2]
            square = d0 * d0 + d1 * d1 + d2 * d2
            along = normal[0] * d0 + normal[1] * d1 + normal[2] * d2
            weight = half * _GAUSS_W[g]
            sums[0] += weight * np.sqrt(square)
            sums[1] += weight * np.sqrt(max(square - along * along, 0.0))
            sums[2] += (
                0.5
                * weight
                * (normal[0] * (x1 * d2 - x2 * d1) + normal[1] * (x2 * d0 - x0 * d2) + normal[2] * (x0 * d1 - x1 * d0))
            )
        for k in range(3):
            if job < n:
                totals[i + 1, k] = totals[i, k] + sums[k]
            else:
                covered[job - n, k] = totals[i, k] + sums[k]
    return covered


@kernel
def periodic_closest(knots: FloatArray, coefficients: FloatArray, queries: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Parameters of the closest points, shape (q,), in [0, period), and the distances [mm], shape (q,).

    Three samples a piece find the neighbourhood; Newton's method, kept inside it by bisection, the minimum.
    """
    n = coefficients.shape[0]
    period = knots[n]
    where = np.empty(queries.shape[0])
    distances = np.empty(queries.shape[0])
    for q in range(queries.shape[0]):
        best = np.inf
        best_at = 0.0
        step = 0.0
        for i in range(n):
            h = (knots[i + 1] - knots[i]) / 3.0
            for part in range(3):
                u = part * h
                square = 0.0
                for k in range(3):
                    c = coefficients[i, :, k]
                    r = c[0] + u * (c[1] + u * (c[2] + u * c[3])) - queries[q, k]
                    square += r * r
                if square < best:
                    best = square
                    best_at = knots[i] + u
                    # The sample before may lie in a longer piece.
                    step = (
                        h if part > 0 else max(h, (knots[i] - knots[i - 1] if i > 0 else period - knots[n - 1]) / 3.0)
                    )
        low = best_at - step
        high = best_at + step
        t = best_at
        for _ in range(60):
            inside = t % period
            i = min(max(np.searchsorted(knots, inside, side="right") - 1, 0), n - 1)
            u = inside - knots[i]
            square = 0.0
            slope = 0.0
            bend = 0.0
            for k in range(3):
                c = coefficients[i, :, k]
                r = c[0] + u * (c[1] + u * (c[2] + u * c[3])) - queries[q, k]
                d = c[1] + u * (2.0 * c[2] + 3.0 * u * c[3])
                square += r * r
                slope += r * d
                bend += d * d + r * (2.0 * c[2] + 6.0 * u * c[3])
            if square <= best:
                best = square
                best_at = t
            if slope > 0.0:
                high = t
            else:
                low = t
            next_t = t - slope / bend if bend > 0.0 else low
            if not low < next_t < high:
                next_t = 0.5 * (low + high)
            if abs(next_t - t) <= 1e-14 * period:
                break
            t = next_t
        where[q] = best_at % period
        distances[q] = np.sqrt(best)
    return where, distances


@kernel
def periodic_levels(
    knots: FloatArray, coefficients: FloatArray, origin: FloatArray, direction: FloatArray
) -> FloatArray:
    """Parameters, increasing, in [0, period), where direction . (x - origin) changes sign or is zero, shape (r,)."""
    n = coefficients.shape[0]
    found = np.empty(3 * n)
    n_found = 0
    ends = np.empty(4)
    f = np.empty(4)
    for i in range(n):
        h = knots[i + 1] - knots[i]
        f[:] = 0.0
        value_end = 0.0
        j = i + 1 if i + 1 < n else 0
        for k in range(3):
            for p in range(4):
                f[p] += direction[k] * coefficients[i, p, k]
            f[0] -= direction[k] * origin[k]
            value_end += direction[k] * coefficients[j, 0, k]
            value_end -= direction[k] * origin[k]
        # Split at the extremes of the cubic: one root at most between two of them.
        ends[0] = 0.0
        n_ends = 1
        a = 3.0 * f[3]
        b = f[2]
        inside = b * b - a * f[1]
        if inside > 0.0:
            w = -(b + np.sqrt(inside)) if b >= 0.0 else -(b - np.sqrt(inside))
            u0 = w / a if a != 0.0 else -1.0
            u1 = f[1] / w if w != 0.0 else -1.0
            for u in (min(u0, u1), max(u0, u1)):
                if 0.0 < u < h:
                    ends[n_ends] = u
                    n_ends += 1
        ends[n_ends] = h
        value = f[0]
        for e in range(n_ends):
            low = ends[e]
            high = ends[e + 1]
            # The value at a knot is taken from one side only, so that no root is lost or found twice.
            value_high = value_end if e == n_ends - 1 else f[0] + high * (f[1] + high * (f[2] + high * f[3]))
            if value == 0.0:
                found[n_found] = knots[i] + low
                n_found += 1
            elif value * value_high < 0.0:
                u = low + (high - low) * value / (value - value_high)
                for _ in range(60):
                    g = f[0] + u * (f[1] + u * (f[2] + u * f[3]))
                    if g * value > 0.0:
                        low = u
                    else:
                        high = u
                    slope = f[1] + u * (2.0 * f[2] + 3.0 * u * f[3])
                    next_u = u - g / slope if slope != 0.0 else low
                    if not low < next_u < high:
                        next_u = 0.5 * (low + high)
                    if abs(next_u - u) <= 1e-15 * knots[n]:
                        break
                    u = next_u
                found[n_found] = knots[i] + u
                n_found += 1
            value = value_high
    return found[:n_found].copy()


@kernel
def periodic_extremes(
    knots: FloatArray, coefficients: FloatArray, origin: FloatArray, direction: FloatArray
) -> tuple[float, float]:
    """Smallest and largest value of direction . (x - origin) along the spline."""
    n = coefficients.shape[0]
    lowest = np.inf
    highest = -np.inf
    f = np.empty(4)
    for i in range(n):
        h = knots[i + 1] - knots[i]
        f[:] = 0.0
        for k in range(3):
            for p in range(4):
                f[p] += direction[k] * coefficients[i, p, k]
            f[0] -= direction[k] * origin[k]
        lowest = min(lowest, f[0])
        highest = max(highest, f[0])
        a = 3.0 * f[3]
        b = f[2]
        inside = b * b - a * f[1]
        if inside > 0.0:
            w = -(b + np.sqrt(inside)) if b >= 0.0 else -(b - np.sqrt(inside))
            for root in range(2):
                if root == 0:
                    u = w / a if a != 0.0 else -1.0
                else:
                    u = f[1] / w if w != 0.0 else -1.0
                if 0.0 < u < h:
                    value = f[0] + u * (f[1] + u * (f[2] + u * f[3]))
                    lowest = min(lowest, value)
                    highest = max(highest, value)
    return lowest, highest

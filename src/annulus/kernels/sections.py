"""Plane sections of triangle surfaces, and what is measured on the polygons that come out."""

from __future__ import annotations

import numpy as np

from annulus._jit import kernel
from annulus._typing import BoolArray, FloatArray, IntArray

__all__ = ["inscribed_circle", "plane_section", "polygon_moments", "polygon_signed_distance"]


@kernel
def plane_section(
    points: FloatArray, triangles: IntArray, neighbours: IntArray, origin: FloatArray, normal: FloatArray
) -> tuple[FloatArray, IntArray, BoolArray]:
    """Polylines in which the plane through `origin` cuts the triangles.

    `neighbours[t, k]` is the triangle across edge k (from corner k to corner k + 1) of triangle t, or -1.
    A vertex on the plane counts as above it, so that every cut triangle is cut in exactly two edges.

    Returns the crossing points chain after chain, shape (p, 3), the chains' first rows with the total
    appended, shape (c + 1,), and which chains are closed, shape (c,).
    """
    n = points.shape[0]
    m = triangles.shape[0]
    height = np.empty(n)
    for i in range(n):
        height[i] = (
            (points[i, 0] - origin[0]) * normal[0]
            + (points[i, 1] - origin[1]) * normal[1]
            + (points[i, 2] - origin[2]) * normal[2]
        )
    n_cut = 0
    open_triangle = np.zeros(m, dtype=np.bool_)
    for t in range(m):
        a = height[triangles[t, 0]] >= 0.0
        if a != (height[triangles[t, 1]] >= 0.0) or a != (height[triangles[t, 2]] >= 0.0):
            open_triangle[t] = True
            n_cut += 1
    found = np.empty((2 * n_cut, 3))
    starts = np.zeros(n_cut + 1, dtype=np.int64)
    closed = np.zeros(n_cut, dtype=np.bool_)
    side = np.empty((n_cut + 2, 3))
    n_found = 0
    n_chains = 0
    for first in range(m):
        if not open_triangle[first]:
            continue
        open_triangle[first] = False
        edges = np.empty(2, dtype=np.int64)
        count = 0
        for k in range(3):
            if (height[triangles[first, k]] >= 0.0) != (height[triangles[first, (k + 1) % 3]] >= 0.0):
                edges[count] = k
                count += 1
        # Forwards through the second edge; when that ends at an open edge, backwards through the first.
        is_closed = False
        for direction in range(2):
            n_side = 0
            t = first
            leave = edges[1 - direction]
            while True:
                i = triangles[t, leave]
                j = triangles[t, (leave + 1) % 3]
                share = height[i] / (height[i] - height[j])
                for c in range(3):
                    side[n_side, c] = points[i, c] + share * (points[j, c] - points[i, c])
                n_side += 1
                t = neighbours[t, leave]
                if t < 0:
                    break
                if t == first:
                    is_closed = direction == 0
                    break
                if not open_triangle[t]:
                    break
                open_triangle[t] = False
                for k in range(3):
                    p = triangles[t, k]
                    q = triangles[t, (k + 1) % 3]
                    if (height[p] >= 0.0) != (height[q] >= 0.0) and not ((p == i and q == j) or (p == j and q == i)):
                        leave = k
            if direction == 0:
                for r in range(n_side):
                    found[n_found + r] = side[r]
                n_found += n_side
                if is_closed:
                    break
            else:
                begin = starts[n_chains]
                for r in range(n_found - begin):
                    found[n_found + n_side - 1 - r] = found[n_found - 1 - r]
                for r in range(n_side):
                    found[begin + r] = side[n_side - 1 - r]
                n_found += n_side
        closed[n_chains] = is_closed
        n_chains += 1
        starts[n_chains] = n_found
    return found[:n_found].copy(), starts[: n_chains + 1].copy(), closed[:n_chains].copy()


@kernel
def polygon_moments(polygon: FloatArray) -> tuple[float, FloatArray, float]:
    """Signed area [mm2], area centroid [mm], shape (2,), and perimeter [mm] of a plane polygon, shape (n, 2)."""
    n = polygon.shape[0]
    area = 0.0
    perimeter = 0.0
    centre = np.zeros(2)
    x0 = polygon[0, 0]
    y0 = polygon[0, 1]
    for i in range(n):
        j = i + 1 if i + 1 < n else 0
        ax = polygon[i, 0] - x0
        ay = polygon[i, 1] - y0
        bx = polygon[j, 0] - x0
        by = polygon[j, 1] - y0
        cross = ax * by - ay * bx
        area += 0.5 * cross
        centre[0] += cross * (ax + bx) / 6.0
        centre[1] += cross * (ay + by) / 6.0
        perimeter += np.sqrt((bx - ax) ** 2 + (by - ay) ** 2)
    if area != 0.0:
        centre[0] = x0 + centre[0] / area
        centre[1] = y0 + centre[1] / area
    else:
        centre[0] = x0
        centre[1] = y0
    return area, centre, perimeter


@kernel
def polygon_signed_distance(polygon: FloatArray, x: float, y: float) -> float:
    """Distance [mm] from (x, y) to the polygon's edges, positive inside (even-odd rule), negative outside."""
    n = polygon.shape[0]
    nearest = np.inf
    inside = False
    for i in range(n):
        j = i + 1 if i + 1 < n else 0
        ax = polygon[i, 0] - x
        ay = polygon[i, 1] - y
        dx = polygon[j, 0] - polygon[i, 0]
        dy = polygon[j, 1] - polygon[i, 1]
        dd = dx * dx + dy * dy
        t = -(ax * dx + ay * dy) / dd if dd > 0.0 else 0.0
        t = min(1.0, max(0.0, t))
        gap = (ax + t * dx) ** 2 + (ay + t * dy) ** 2
        nearest = min(nearest, gap)
        # The end's own difference, not ay + dy: both edges at a vertex must see the same sign.
        by = polygon[j, 1] - y
        if (ay > 0.0) != (by > 0.0) and ax - ay * dx / dy > 0.0:
            inside = not inside
    distance = np.sqrt(nearest)
    return distance if inside else -distance


@kernel
def inscribed_circle(polygon: FloatArray, n_grid: int) -> tuple[FloatArray, float]:
    """Centre, shape (2,), and radius [mm] of the largest circle inside a plane polygon.

    The signed distance is sampled at `n_grid` x `n_grid` cell centres of the bounding box; from the best one a
    pattern search halves its step down to 1e-4 of the box.
    """
    low = np.array([np.inf, np.inf])
    high = np.array([-np.inf, -np.inf])
    for i in range(polygon.shape[0]):
        for k in range(2):
            low[k] = min(low[k], polygon[i, k])
            high[k] = max(high[k], polygon[i, k])
    cell = (high - low) / n_grid
    best = -np.inf
    centre = 0.5 * (low + high)
    for i in range(n_grid):
        for j in range(n_grid):
            x = low[0] + (i + 0.5) * cell[0]
            y = low[1] + (j + 0.5) * cell[1]
            value = polygon_signed_distance(polygon, x, y)
            if value > best:
                best = value
                centre[0] = x
                centre[1] = y
    step = max(cell[0], cell[1])
    smallest = 1e-4 * n_grid * step
    while step > smallest:
        moved = False
        for turn in range(8):
            angle = 0.25 * np.pi * turn
            x = centre[0] + step * np.cos(angle)
            y = centre[1] + step * np.sin(angle)
            value = polygon_signed_distance(polygon, x, y)
            if value > best:
                best = value
                centre[0] = x
                centre[1] = y
                moved = True
                break
        if not moved:
            step *= 0.5
    return centre, best

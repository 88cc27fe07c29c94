"""Sums along closed polygons in space: length, centroid, plane moments, area vector."""

from __future__ import annotations

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray
from annulus.kernels.curves import closest_on_polyline

__all__ = [
    "loop_area_vector",
    "loop_centroid",
    "loop_length",
    "loop_plane",
    "loop_second_moment",
    "marks_in_order",
    "smallest_axis",
    "star_shaped",
]


@kernel
def loop_length(points: FloatArray) -> float:
    """Length [mm] of the closed polygon through `points`, shape (n, 3)."""
    n = points.shape[0]
    total = 0.0
    for i in range(n):
        j = i + 1 if i + 1 < n else 0
        dx = points[j, 0] - points[i, 0]
        dy = points[j, 1] - points[i, 1]
        dz = points[j, 2] - points[i, 2]
        total += np.sqrt(dx * dx + dy * dy + dz * dz)
    return total


@kernel
def loop_centroid(points: FloatArray) -> FloatArray:
    """Arc-length-weighted centroid [mm], shape (3,): exact for the polygon."""
    n = points.shape[0]
    centre = np.zeros(3)
    total = 0.0
    for i in range(n):
        j = i + 1 if i + 1 < n else 0
        dx = points[j, 0] - points[i, 0]
        dy = points[j, 1] - points[i, 1]
        dz = points[j, 2] - points[i, 2]
        weight = np.sqrt(dx * dx + dy * dy + dz * dz)
        total += weight
        for k in range(3):
            centre[k] += 0.5 * weight * (points[i, k] + points[j, k])
    return centre / total


@kernel
def loop_second_moment(points: FloatArray, centre: FloatArray) -> FloatArray:
    """Integral of (x - c)(x - c)^T along the polygon [mm3], shape (3, 3): exact, edge by edge."""
    n = points.shape[0]
    moment = np.zeros((3, 3))
    a = np.empty(3)
    b = np.empty(3)
    for i in range(n):
        j = i + 1 if i + 1 < n else 0
        weight = 0.0
        for k in range(3):
            a[k] = points[i, k] - centre[k]
            b[k] = points[j, k] - centre[k]
            weight += (b[k] - a[k]) ** 2
        weight = np.sqrt(weight) / 6.0
        for k in range(3):
            for m in range(3):
                moment[k, m] += weight * (2.0 * a[k] * a[m] + a[k] * b[m] + b[k] * a[m] + 2.0 * b[k] * b[m])
    return moment


@kernel
def loop_area_vector(points: FloatArray) -> FloatArray:
    """Vector area [mm2] of the closed polygon, shape (3,): half the sum of x_i x x_{i+1}."""
    n = points.shape[0]
    area = np.zeros(3)
    for i in range(n):
        j = i + 1 if i + 1 < n else 0
        ax = points[i, 0] - points[0, 0]
        ay = points[i, 1] - points[0, 1]
        az = points[i, 2] - points[0, 2]
        bx = points[j, 0] - points[0, 0]
        by = points[j, 1] - points[0, 1]
        bz = points[j, 2] - points[0, 2]
        area[0] += 0.5 * (ay * bz - az * by)
        area[1] += 0.5 * (az * bx - ax * bz)
        area[2] += 0.5 * (ax * by - ay * bx)
    return area


@kernel
def smallest_axis(moment: FloatArray) -> FloatArray:
    """Unit eigenvector of the smallest eigenvalue of a symmetric matrix, shape (3, 3); its sign is anyone's guess."""
    return np.linalg.eigh(moment)[1][:, 0].copy()


@kernel
def loop_plane(points: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Centroid [mm], vector area [mm2] and unit normal, on the area's side, of the least-squares plane, each (3,)."""
    centre = loop_centroid(points)
    area = loop_area_vector(points)
    normal = smallest_axis(loop_second_moment(points, centre))
    along = normal[0] * area[0] + normal[1] * area[1] + normal[2] * area[2]
    return centre, area, normal if along >= 0.0 else -normal


@kernel
def star_shaped(points: FloatArray) -> bool:
    """Whether the closed polygon in x and y, shape (n, 2 or more), turns once about the origin and never back.

    Then it does not cross itself. Where this is false, it may or may not.
    """
    n = points.shape[0]
    turns = 0
    sense = 0.0
    for i in range(n):
        j = i + 1 if i + 1 < n else 0
        cross = points[i, 0] * points[j, 1] - points[i, 1] * points[j, 0]
        if i == 0:
            sense = 1.0 if cross > 0.0 else -1.0
        if not sense * cross > 0.0:
            return False
        # Each edge spans less than half a turn, so a turn passes the positive x axis upwards (or downwards) once.
        if (points[i, 1] < 0.0) != (points[j, 1] < 0.0) and sense * (points[j, 1] - points[i, 1]) > 0.0:
            turns += 1
    return turns == 1


@kernel
def marks_in_order(
    points: FloatArray,
    marks: FloatArray,
    places: tuple[int, int, int],
    frame: tuple[FloatArray, FloatArray],
    reach: float,
) -> bool:
    """Whether marks (k, 3) lie by a loop (n, 3) that is a star, three of them one after the other around it.

    All lie within `reach` times the loop's length of it; in `frame`, origin and axes as rows, those at `places` follow
    each other counter-clockwise from +y, and the loop is `star_shaped`. False where anything is not a number.
    """
    origin, axes = frame
    _, distances = closest_on_polyline(marks, points, True)
    allowed = reach * loop_length(points)
    for k in range(marks.shape[0]):
        if not distances[k] <= allowed:
            return False
    local = np.empty((points.shape[0], 2))
    for i in range(points.shape[0]):
        for c in range(2):
            local[i, c] = (
                (points[i, 0] - origin[0]) * axes[c, 0]
                + (points[i, 1] - origin[1]) * axes[c, 1]
                + (points[i, 2] - origin[2]) * axes[c, 2]
            )
    if not star_shaped(local):
        return False
    last = -np.inf
    for place in places:
        x, y = 0.0, 0.0
        for k in range(3):
            x += (marks[place, k] - origin[k]) * axes[0, k]
            y += (marks[place, k] - origin[k]) * axes[1, k]
        angle = np.arctan2(-x, y) % (2.0 * np.pi)
        if not angle > last:
            return False
        last = angle
    return True

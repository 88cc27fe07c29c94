"""Two polylines seen from a direction, and where a point lies around a vessel."""

from __future__ import annotations

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray
from annulus.kernels.curves import closest_on_polyline, interpolated

__all__ = ["polyline_crossings", "side_components", "tube_crossings"]


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
def tube_crossings(
    frame: tuple[FloatArray, FloatArray],
    first: tuple[FloatArray, FloatArray, FloatArray],
    second: tuple[FloatArray, FloatArray, FloatArray],
) -> FloatArray:
    """Where two tubes cover each other seen along a frame's third axis, shape (c, 8), in order along the first.

    `frame` is origin (3,) and axes (3, 3, rows); a tube is arc lengths (n,), points (n, 3) and radii (n,) of its axis,
    not-a-number where unknown. Columns: arc lengths on `first` and `second`; rise of the second over the first; sense,
    as `polyline_crossings`; axis to axis and wall to wall from the first's place to the nearest of the second; sum of
    radii there; 1 where the second, walking along the first, comes from outside and goes inside (nearer to the third
    axis), a hundredth of its length before and after, else 0.
    """
    origin, axes = frame
    arcs, points, radii = first
    other_arcs, other_points, other_radii = second
    plane = np.ascontiguousarray(axes[:2].T)
    crossings = polyline_crossings((points - origin) @ plane, (other_points - origin) @ plane)
    count = crossings.shape[0]
    out = np.empty((count, 8))
    if count == 0:
        return out
    index = np.arange(float(points.shape[0]))
    other_index = np.arange(float(other_points.shape[0]))
    out[:, 0:1] = interpolated(crossings[:, 0].copy(), index, arcs.reshape(-1, 1))
    out[:, 1:2] = interpolated(crossings[:, 1].copy(), other_index, other_arcs.reshape(-1, 1))
    places = interpolated(out[:, 0].copy(), arcs, points)
    other_places = interpolated(out[:, 1].copy(), other_arcs, other_points)
    where, distances = closest_on_polyline(places, other_points, False)
    radius = interpolated(out[:, 0].copy(), arcs, radii.reshape(-1, 1))
    other_radius = interpolated(where, other_index, other_radii.reshape(-1, 1))
    whole = other_arcs[other_arcs.shape[0] - 1]
    ends = np.empty(2)
    for c in range(count):
        rise = 0.0
        for k in range(3):
            rise += axes[2, k] * (other_places[c, k] - places[c, k])
        out[c, 2] = rise
        out[c, 3] = crossings[c, 2]
        out[c, 4] = distances[c]
        out[c, 6] = radius[c, 0] + other_radius[c, 0]
        out[c, 5] = distances[c] - out[c, 6]
        ends[0] = max(out[c, 1] - 0.01 * whole, 0.0)
        ends[1] = min(out[c, 1] + 0.01 * whole, whole)
        beside = interpolated(ends, other_arcs, other_points)
        at, _ = closest_on_polyline(beside, points, False)
        feet = interpolated(at, index, points)
        flat = (beside - origin) @ plane
        flat_feet = (feet - origin) @ plane
        further_out = np.sqrt(flat[:, 0] ** 2 + flat[:, 1] ** 2) - np.sqrt(flat_feet[:, 0] ** 2 + flat_feet[:, 1] ** 2)
        distal_first = at[0] > at[1]
        out[c, 7] = 1.0 if (further_out[1] < further_out[0]) != distal_first else 0.0
    return out


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

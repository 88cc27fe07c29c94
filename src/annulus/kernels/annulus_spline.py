"""All that the measures of an annulus read off its spline, in one go."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray, IntArray
from annulus.kernels.loops import smallest_axis
from annulus.kernels.periodic import (
    periodic_closest,
    periodic_cumulative,
    periodic_evaluate,
    periodic_extremes,
    periodic_levels,
    periodic_moments,
    periodic_spline,
)

__all__ = ["AnnulusSpline", "annulus_spline"]


class AnnulusSpline(NamedTuple):
    """Readings of one annulus with k landmarks.

    Period and length of the spline [mm]; centroid, area vector [mm2], normal of its plane on the side asked for, and
    direction to A in that plane, each (3,); smallest and largest height over the plane [mm]; width of the cut across
    [mm]; landmarks' parameters (k,) and places (k, 3); what is covered up to each landmark and in all (k + 1, 3), as
    `periodic_cumulative`; normals of the planes of the posterior and the anterior half, on the same side (2, 3).
    """

    period: float
    length: float
    centre: FloatArray
    area: FloatArray
    normal: FloatArray
    anterior: FloatArray
    low: float
    high: float
    width: float
    where: FloatArray
    places: FloatArray
    covered: FloatArray
    halves: FloatArray


@kernel
def _towards(vector: FloatArray, side: FloatArray) -> FloatArray:
    along = vector[0] * side[0] + vector[1] * side[1] + vector[2] * side[2]
    return vector if along > 0.0 else -vector


@kernel
def annulus_spline(points: FloatArray, landmarks: FloatArray, named: IntArray, atrial: FloatArray) -> AnnulusSpline:
    """Readings of the periodic spline through `points`, shape (n, 3).

    `landmarks` are points near it, shape (k, 3); `named` the rows of A, P, AL and PM, shape (4,); `atrial` tells the
    side of the normals, shape (3,).
    """
    knots, pieces = periodic_spline(points)
    period = knots[points.shape[0]]
    length, centre, moment, area = periodic_moments(knots, pieces, 0.0, period)
    normal = _towards(smallest_axis(moment), atrial)
    where, _ = periodic_closest(knots, pieces, landmarks)
    places = np.ascontiguousarray(periodic_evaluate(knots, pieces, where)[:, 0])
    anterior = places[named[0]] - places[named[1]]
    along = anterior[0] * normal[0] + anterior[1] * normal[1] + anterior[2] * normal[2]
    anterior -= along * normal
    anterior /= np.sqrt(anterior[0] ** 2 + anterior[1] ** 2 + anterior[2] ** 2)
    ends = np.empty(where.shape[0] + 1)
    ends[:-1] = where
    ends[-1] = period
    covered = periodic_cumulative(knots, pieces, ends, centre, normal)
    low, high = periodic_extremes(knots, pieces, centre, normal)
    # Across: the two outermost places where the plane through the centroid, normal to A, cuts the loop.
    cut = periodic_evaluate(knots, pieces, periodic_levels(knots, pieces, centre, anterior))[:, 0]
    least = np.inf
    most = -np.inf
    left = 0
    right = 0
    for i in range(cut.shape[0]):
        r0, r1, r2 = cut[i, 0] - centre[0], cut[i, 1] - centre[1], cut[i, 2] - centre[2]
        aside = (
            r0 * (anterior[1] * normal[2] - anterior[2] * normal[1])
            + r1 * (anterior[2] * normal[0] - anterior[0] * normal[2])
            + r2 * (anterior[0] * normal[1] - anterior[1] * normal[0])
        )
        if aside < least:
            least = aside
            left = i
        if aside > most:
            most = aside
            right = i
    width = np.sqrt(
        (cut[left, 0] - cut[right, 0]) ** 2 + (cut[left, 1] - cut[right, 1]) ** 2 + (cut[left, 2] - cut[right, 2]) ** 2
    )
    forwards = area[0] * normal[0] + area[1] * normal[1] + area[2] * normal[2] > 0.0
    halves = np.empty((2, 3))
    for half in range(2):
        first = where[named[2]]
        last = where[named[3]]
        # Growing parameter runs from AL by P to PM, or the other way round where the loop is walked backwards.
        if (half == 1) == forwards:
            first, last = last, first
        if last <= first:
            last += period
        _, _, part, _ = periodic_moments(knots, pieces, first, last)
        halves[half] = _towards(smallest_axis(part), normal)
    return AnnulusSpline(
        period, length, centre, area, normal, anterior, low, high, width, where, places, covered, halves
    )

"""Points of a drawn or computed line: closure, repeats, order, few points; one rule for all kinds of lines."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from annulus._typing import ArrayLike, FloatArray, IntArray
from annulus.geometry import Curve, Loop
from annulus.sources import Assumption

__all__ = ["in_order", "smooth_curve", "smooth_loop", "without_repeats"]

_SAME = 1e-7
"""Points nearer to each other than this share of the line's extent are one point: float32 resolves no less."""

_MOST_SORTED = 2000
"""Contours with more points are not put in order: nobody places so many by hand, and comparing all pairs of edges would
fill the memory."""


_FEW_POINTS = 48
"""A drawn line with fewer points stands for a smooth curve, as in Slicer; its polygon would be too short."""

_LOOP_POINTS = 128
"""Points that such a contour gets: edges of about 1 mm."""

_STEP_MM, _FINE_MM = 2.0, 1.0
"""An open line of few points is sparse if its mean step is longer [mm]; it gets points at about this step [mm]."""


def without_repeats(points: FloatArray, values: Iterable[FloatArray] = (), *, closed: bool) -> tuple[IntArray, int]:
    """Numbers of the points that are no repeats of the point before, and how many repeats there were.

    Parameters
    ----------
    points
        Shape (n, 3).
    values
        At every point, each of shape (n,). A repeat with other values stays, and is refused where a curve is
        made of it: which of the two holds is not known.
    closed
        The last point may repeat the first one: the closure, which counts as no repeat.
    """
    if not len(points):
        return np.zeros(0, dtype=np.int64), 0
    near = _SAME * float(np.ptp(points, axis=0).max())
    n = len(points)
    # A spline sampled over its whole period, and a closed poly line, end with their first point again.
    while closed and n > 3 and np.abs(points[n - 1] - points[0]).max() <= near:
        n -= 1
    kept = np.ones(n, dtype=bool)
    # What is not finite is no repeat: it is refused later.
    kept[1:] = ~(np.abs(np.diff(points[:n], axis=0)).max(axis=1) <= near)
    for array in values:
        kept[1:] |= ~np.isclose(array[1:n], array[: n - 1], rtol=1e-6, atol=0.0, equal_nan=True)
    return np.flatnonzero(kept), int((~kept).sum())


def in_order(points: ArrayLike) -> tuple[FloatArray, bool]:
    """Contour points in order, shape (n, 3), and whether they had to be put in order.

    Points that already run once around, seen along the normal of their least-squares plane, stay as they are.
    Others (point lists placed view by view) are sorted by their angle about the centroid, which is the contour's order
    for any outline that its centroid sees whole, as an annulus is.
    """
    given = np.array(points, dtype=np.float64)
    if len(given) > _MOST_SORTED:
        return given, False
    # Products of coordinates that no heart has would overflow.
    centred = given / max(float(np.abs(given).max()), 1.0)
    centred -= centred.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    flat = centred @ axes[:2].T
    if not _crosses_itself(flat):
        return given, False
    order = np.argsort(np.arctan2(flat[:, 1], flat[:, 0]), kind="stable")
    return given[order], True


def _crosses_itself(polygon: FloatArray) -> bool:
    a, b = polygon, np.roll(polygon, -1, axis=0)

    def side(p: FloatArray, q: FloatArray, r: FloatArray) -> FloatArray:
        return (q[..., 0] - p[..., 0]) * (r[..., 1] - p[..., 1]) - (q[..., 1] - p[..., 1]) * (r[..., 0] - p[..., 0])

    a1, b1, a2, b2 = a[:, None], b[:, None], a[None], b[None]
    apart = (side(a1, b1, a2) * side(a1, b1, b2) < 0.0) & (side(a2, b2, a1) * side(a2, b2, b1) < 0.0)
    return bool(apart.any())


def smooth_loop(loop: Loop) -> tuple[Loop, list[Assumption]]:
    """The curve through few contour points, and the line that says so."""
    if len(loop) >= _FEW_POINTS:
        return loop, []
    why = f"the contour has {len(loop)} points; a periodic spline through them stands for the curve drawn"
    return loop.resampled(_LOOP_POINTS), [Assumption("contour_spline", float(_LOOP_POINTS), "points", why, "rule")]


def smooth_curve(curve: Curve, name: str) -> tuple[Curve, list[Assumption]]:
    """The curve through few points of an open line, and the line that says so; radii follow linearly."""
    if len(curve) >= _FEW_POINTS or len(curve) < 3 or curve.length <= _STEP_MM * (len(curve) - 1):
        return curve, []
    n = int(np.ceil(curve.length / _FINE_MM)) + 1
    if n > 20 * _FEW_POINTS:
        return curve, []  # wrong units, which are refused where the heart is checked
    why = f"the line has {len(curve)} points; a natural spline through them stands for the curve drawn"
    return curve.resampled(n), [Assumption(f"{name} spline", float(n), "points", why, "rule")]

"""Leaflet heights read from meshes with holes, fragments and chordae attached.

Distance from the annulus is followed over the mesh's edges. Seen from the atrium, strips run from the annulus to the
line of coaptation, as the columns of `parametric_valve` do; in each strip the leaflet ends where its tissue no longer
covers enough of the strip's width: a hole is bridged, a chorda is too narrow to count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from annulus._typing import FloatArray
from annulus.anatomy._annulus import Annulus
from annulus.anatomy._case import LeafletHeights, Leaflets
from annulus.anatomy.parametric._annulus import points_at_theta
from annulus.anatomy.valve._stations import MEETING_WIDTH, meeting_points
from annulus.errors import InputError
from annulus.geometry import Surface, welded

__all__ = ["MeasuredHeights", "heights_from_meshes"]

_N_STRIPS = 36
_STEP_MM = 1.0
_HALVES = {"anterior": 75.0, "posterior": 135.0}
"""A leaflet hangs within this angle of A or P [deg]; about the commissures the longer of both counts."""
_HINGE_MM = 3.0
"""Vertices nearer to the annulus than this are where a leaflet may begin."""
_COVERAGE = 0.65
"""A leaflet's tissue covers at least this share of its strip's width; a row of chordae does not."""
_HOLE_MM = 2.0
"""A hole up to this long does not end a leaflet."""


@dataclass(frozen=True, slots=True)
class MeasuredHeights:
    """Heights from meshes, and what was left out.

    Parameters
    ----------
    heights
        Height around the annulus.
    detached_share
        Area of fragments that no path joins to the annulus, over the whole area [1].
    beyond_share
        Area beyond the heights (chordae, commissural strands), over the whole area [1].
    n_filled
        Strips without tissue, filled from their neighbours.
    """

    heights: LeafletHeights
    detached_share: float
    beyond_share: float
    n_filled: int


def heights_from_meshes(annulus: Annulus, leaflets: Leaflets) -> MeasuredHeights:
    """Height of the leaflets around the annulus from their meshes.

    Raises
    ------
    InputError
        A mesh is missing, does not reach the annulus, or leaves more than a third of it without tissue.
    """
    theta = (np.arange(_N_STRIPS) + 0.5) * 360.0 / _N_STRIPS
    arc = _strip_arcs(annulus)
    height, area, detached, beyond = np.zeros(_N_STRIPS), 0.0, 0.0, 0.0
    for name, middle in (("anterior", 0.0), ("posterior", 180.0)):
        mesh = getattr(leaflets, name)
        if mesh is None:
            raise InputError(f"leaflet heights need both leaflets' meshes; the {name} one is missing.")
        # One vertex where pieces touch: the way does not end at a crack.
        sheet = welded(mesh)
        strips = np.flatnonzero(np.abs((theta - middle + 180.0) % 360.0 - 180.0) < _HALVES[name])
        s = _walked(sheet, annulus, name)[sheet.triangles].mean(axis=1)
        local = annulus.frame.to_local(sheet.corners.mean(axis=1))
        nearest, narrowing = _nearest_line(annulus, theta[strips], local)
        strip = strips[nearest]
        joined = np.isfinite(s)
        own = np.zeros(_N_STRIPS)
        for k in strips:
            m = joined & (strip == k)
            own[k] = _strip_height(s[m], sheet.areas[m], local[m], arc[k] * narrowing[m])
        height = np.maximum(height, own)
        area += sheet.area
        detached += float(sheet.areas[~joined].sum())
        beyond += float(sheet.areas[joined & (s > own[strip] + _STEP_MM)].sum())
    empty = height < _STEP_MM
    if empty.sum() > _N_STRIPS // 3:
        raise InputError(
            f"leaflet meshes must line the annulus; {int(empty.sum())} of {_N_STRIPS} strips have no tissue there: "
            "check which file is which."
        )
    height = np.interp(theta, theta[~empty], height[~empty], period=360.0)
    # One torn or bridged strip does not count.
    height = gaussian_filter1d(median_filter(height, 3, mode="wrap"), 1.0, mode="wrap")
    return MeasuredHeights(LeafletHeights(theta, height), detached / area, beyond / area, int(empty.sum()))


def _strip_arcs(annulus: Annulus) -> FloatArray:
    """Arc length of each strip's hinge [mm]."""
    points = annulus.oriented_loop.points
    following = np.roll(points, -1, axis=0)
    strip = np.floor(annulus.theta_deg(0.5 * (points + following)) / 360.0 * _N_STRIPS).astype(np.int64) % _N_STRIPS
    arc = np.bincount(strip, np.linalg.norm(following - points, axis=1), minlength=_N_STRIPS)
    return np.maximum(arc, 0.25 * arc.mean())


def _nearest_line(annulus: Annulus, theta_deg: FloatArray, local: FloatArray) -> tuple[np.ndarray, FloatArray]:
    """Line from hinge to meeting point that each point is nearest to, and a strip's width there over that at the hinge.

    Both as seen from the atrium.
    """
    hinge = points_at_theta(annulus, theta_deg)
    along = meeting_points(annulus, hinge) - hinge[:, :2]
    off = local[:, None, :2] - hinge[None, :, :2]
    share = np.clip(np.einsum("psd,sd->ps", off, along) / np.einsum("sd,sd->s", along, along), -0.2, 1.0)
    nearest = np.linalg.norm(off - share[..., None] * along, axis=2).argmin(axis=1)
    there = np.clip(share[np.arange(len(local)), nearest], 0.0, 1.0)
    return nearest, 1.0 - (1.0 - MEETING_WIDTH) * there


def _walked(sheet: Surface, annulus: Annulus, name: str) -> FloatArray:
    """Shortest way along edges from the annulus to each vertex [mm], infinite where there is none, shape (n,)."""
    n = len(sheet.points)
    _, gap = annulus.loop.closest(sheet.points)
    near = np.flatnonzero(gap < _HINGE_MM)
    if len(near) == 0:
        raise InputError(
            f"the {name} leaflet's mesh must reach the annulus; its nearest vertex is {gap.min():.1f} mm away: "
            "check unit, coordinate system and which file is which."
        )
    tails, heads = sheet.triangles.ravel(), np.roll(sheet.triangles, -1, axis=1).ravel()
    length = np.linalg.norm(sheet.points[tails] - sheet.points[heads], axis=1)
    # A further vertex stands for the annulus; the way from it to a near vertex is the gap.
    ends = np.column_stack([np.concatenate([tails, np.full(len(near), n)]), np.concatenate([heads, near])])
    # An edge stands twice in the list where two triangles share it: the matrix holds its length once.
    pair, first = np.unique(np.sort(ends, axis=1), axis=0, return_index=True)
    weight = np.maximum(np.concatenate([length, gap[near]]), 1e-9)[first]
    graph = coo_array((weight, (pair[:, 0], pair[:, 1])), shape=(n + 1, n + 1)).tocsr()
    return np.asarray(dijkstra(graph, directed=False, indices=n), dtype=np.float64)[:n]


def _strip_height(s: FloatArray, area: FloatArray, local: FloatArray, width: FloatArray) -> float:
    """Height of the leaflet in one strip [mm]: length of its mean profile down to where the tissue ends."""
    if len(s) == 0:
        return 0.0
    row = np.floor(s / _STEP_MM).astype(np.int64)
    n = int(row.max()) + 1
    covered = np.bincount(row, area / width, minlength=n) / _STEP_MM >= _COVERAGE
    last, gap = -1, 0.0
    for i in range(n):
        gap = 0.0 if covered[i] else gap + _STEP_MM
        if gap > _HOLE_MM:
            break
        last = i if covered[i] else last
    if last < 0:
        return 0.0
    # Edges of a mesh zigzag: the profile's own length is shorter than the way along them.
    total = np.bincount(row, area, minlength=n)
    filled = np.flatnonzero(total[: last + 1] > 0.0)
    centre = np.column_stack(
        [np.bincount(row, area * local[:, k], minlength=n)[filled] / total[filled] for k in range(3)]
    )
    inner = float(np.linalg.norm(np.diff(centre, axis=0), axis=1).sum())
    # From the annulus to the first centre, and from the last centre to its row's end.
    return inner + (filled[0] + 0.5) * _STEP_MM + 0.5 * _STEP_MM

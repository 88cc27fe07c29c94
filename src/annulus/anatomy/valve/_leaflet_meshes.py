"""Leaflet heights read from meshes with holes, fragments and chordae attached.

Distance from the annulus is followed over the mesh's edges. Seen from the atrium, strips run from the annulus to the
line of coaptation, as the columns of `parametric_valve` do; in each strip the leaflet ends where its tissue no longer
covers enough of the strip's width: a hole is bridged, a chorda is too narrow to count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter
from scipy.optimize import least_squares
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from annulus._typing import FloatArray, IntArray
from annulus.anatomy._annulus import Annulus
from annulus.anatomy._case import LeafletHeights, Leaflets
from annulus.anatomy.parametric._annulus import points_at_theta
from annulus.anatomy.valve._stations import CoaptationLine, line_marks, meeting_points
from annulus.errors import InputError
from annulus.geometry import Surface, welded

__all__ = ["MeasuredLeaflets", "leaflets_from_meshes", "line_between"]

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
_NARROWING = (0.25, 1.0)
"""Width of a strip at the line of coaptation over that at the hinge: a chorda would fill less than the least."""
_MIN_PAIRS = 8
"""Fewer places half way between facing free edges tell no line."""
_LINE_BOUNDS = ((0.15, 0.0), (0.65, 1.0))
"""Depth and rise of a line that is read off meshes: least and greatest."""
_WIDTH_BOUNDS = (0.5, 0.85)
"""Width of such a line, from one end of what faces each other to the other: least and greatest."""


@dataclass(frozen=True, slots=True)
class MeasuredLeaflets:
    """Heights and line of coaptation from meshes, and what was left out.

    Parameters
    ----------
    heights
        Height around the annulus.
    line
        Line half way between the free edges; the usual one where too few edges face each other.
    line_scatter_mm
        Root mean square distance, along AP, of the places half way between the edges from `line` [mm].
    usual_scatter_mm
        The same from the usual line [mm]; both not-a-number where there are too few such places.
    detached_share
        Area of fragments that no path joins to the annulus, over the whole area [1].
    beyond_share
        Area beyond the heights (chordae, commissural strands), over the whole area [1].
    n_filled
        Strips without tissue, filled from their neighbours.
    """

    heights: LeafletHeights
    line: CoaptationLine
    line_scatter_mm: float
    usual_scatter_mm: float
    detached_share: float
    beyond_share: float
    n_filled: int


@dataclass(frozen=True, eq=False)
class _Sheet:
    """One leaflet: its triangles' ways from the annulus, places in the annulus frame and areas; strips it may fill."""

    s: FloatArray
    local: FloatArray
    areas: FloatArray
    strips: IntArray


def leaflets_from_meshes(annulus: Annulus, leaflets: Leaflets) -> MeasuredLeaflets:
    """Height of the leaflets around the annulus, and their line of coaptation, from their meshes.

    Strips are drawn towards the usual line first; where their free edges lie tells the meshes' own line, and the
    strips are drawn towards that.

    Raises
    ------
    InputError
        A mesh is missing, does not reach the annulus, or leaves more than a third of it without tissue.
    """
    theta = (np.arange(_N_STRIPS) + 0.5) * 360.0 / _N_STRIPS
    sheets = []
    for name, middle in (("anterior", 0.0), ("posterior", 180.0)):
        mesh = getattr(leaflets, name)
        if mesh is None:
            raise InputError(f"leaflet heights need both leaflets' meshes; the {name} one is missing.")
        # One vertex where pieces touch: the way does not end at a crack.
        sheet = welded(mesh)
        strips = np.flatnonzero(np.abs((theta - middle + 180.0) % 360.0 - 180.0) < _HALVES[name])
        s = _walked(sheet, annulus, name)[sheet.triangles].mean(axis=1)
        sheets.append(_Sheet(s, annulus.frame.to_local(sheet.corners.mean(axis=1)), sheet.areas, strips))
    _, edges, _ = _in_strips(annulus, theta, sheets, CoaptationLine())
    line, scatter, usual = line_between(annulus, edges[0], edges[1])
    height, _, beyond = _in_strips(annulus, theta, sheets, line)
    empty = height < _STEP_MM
    if empty.sum() > _N_STRIPS // 3:
        raise InputError(
            f"leaflet meshes must line the annulus; {int(empty.sum())} of {_N_STRIPS} strips have no tissue there: "
            "check which file is which."
        )
    height = np.interp(theta, theta[~empty], height[~empty], period=360.0)
    # One torn or bridged strip does not count.
    height = gaussian_filter1d(median_filter(height, 3, mode="wrap"), 1.0, mode="wrap")
    area = sum(float(sheet.areas.sum()) for sheet in sheets)
    detached = sum(float(sheet.areas[~np.isfinite(sheet.s)].sum()) for sheet in sheets)
    heights = LeafletHeights(theta, height)
    return MeasuredLeaflets(heights, line, scatter, usual, detached / area, beyond / area, int(empty.sum()))


def _in_strips(
    annulus: Annulus, theta: FloatArray, sheets: Sequence[_Sheet], line: CoaptationLine
) -> tuple[FloatArray, list[FloatArray], float]:
    """Height of each strip, the longer leaflet's, places of each leaflet's free edge (k, 3), and the area beyond."""
    arc = _strip_arcs(annulus)
    height, edges, beyond = np.zeros(_N_STRIPS), [], 0.0
    for sheet in sheets:
        nearest, narrowing = _nearest_line(annulus, theta[sheet.strips], sheet.local, line)
        strip = sheet.strips[nearest]
        joined = np.isfinite(sheet.s)
        own, ends = np.zeros(_N_STRIPS), []
        for k in sheet.strips:
            m = joined & (strip == k)
            own[k], end = _strip_height(sheet.s[m], sheet.areas[m], sheet.local[m], arc[k] * narrowing[m])
            ends += [] if own[k] < _STEP_MM else [end]
        height = np.maximum(height, own)
        edges.append(np.reshape(ends, (-1, 3)))
        beyond += float(sheet.areas[joined & (sheet.s > own[strip] + _STEP_MM)].sum())
    return height, edges, beyond


def line_between(annulus: Annulus, front: FloatArray, back: FloatArray) -> tuple[CoaptationLine, float, float]:
    """Line half way between anterior and posterior free edges, its scatter and the usual line's [mm].

    Parameters
    ----------
    annulus
        With its commissures, or their stand-ins.
    front, back
        Places on the free edges in the annulus frame [mm], shapes (k, 3) and (j, 3).
    """
    usual = CoaptationLine()
    x, y = _half_way(front, back)
    if len(x) < _MIN_PAIRS:
        return usual, float("nan"), float("nan")
    width = float(np.clip(np.ptp(x) / np.ptp(annulus.frame.to_local(annulus.loop.points)[:, 0]), *_WIDTH_BOUNDS))
    # A place of the line belongs to the hinge that is farther out by the width.
    rear, fore, share, ends = line_marks(annulus, x / width)

    def off(numbers: FloatArray) -> FloatArray:
        middle = rear + numbers[0] * (fore - rear)
        return np.asarray(middle + numbers[1] * (ends - middle) * share**2 - y, dtype=np.float64)

    start = np.array([usual.depth, usual.rise])
    found = least_squares(off, start, bounds=_LINE_BOUNDS, loss="soft_l1", f_scale=2.0)
    scatter, before = (float(np.sqrt(np.mean(off(numbers) ** 2))) for numbers in (found.x, start))
    return CoaptationLine(width, *found.x.tolist()), scatter, before


def _half_way(front: FloatArray, back: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Places half way, along AP, between either edge's places and the other edge: x and y [mm]."""
    x, y = [], []
    for own, other in ((front, back), (back, front)):
        if len(other) < 2:
            continue
        other = other[np.argsort(other[:, 0])]
        facing = (own[:, 0] >= other[0, 0]) & (own[:, 0] <= other[-1, 0])
        x.append(own[facing, 0])
        y.append(0.5 * (own[facing, 1] + np.interp(own[facing, 0], other[:, 0], other[:, 1])))
    return np.concatenate([*x, np.empty(0)]), np.concatenate([*y, np.empty(0)])


def _strip_arcs(annulus: Annulus) -> FloatArray:
    """Arc length of each strip's hinge [mm]."""
    points = annulus.oriented_loop.points
    following = np.roll(points, -1, axis=0)
    strip = np.floor(annulus.theta_deg(0.5 * (points + following)) / 360.0 * _N_STRIPS).astype(np.int64) % _N_STRIPS
    arc = np.bincount(strip, np.linalg.norm(following - points, axis=1), minlength=_N_STRIPS)
    return np.maximum(arc, 0.25 * arc.mean())


def _nearest_line(
    annulus: Annulus, theta_deg: FloatArray, local: FloatArray, line: CoaptationLine
) -> tuple[np.ndarray, FloatArray]:
    """Line from hinge to meeting point that each point is nearest to, and a strip's width there over that at the hinge.

    Both as seen from the atrium.
    """
    places = np.concatenate([theta_deg, theta_deg - 180.0 / _N_STRIPS, theta_deg + 180.0 / _N_STRIPS])
    hinge = points_at_theta(annulus, places)
    (start, *rims), (end, *rims_there) = (np.split(p[:, :2], 3) for p in (hinge, meeting_points(annulus, hinge, line)))
    along = end - start
    off = local[:, None, :2] - start[None]
    square = np.einsum("sd,sd->s", along, along)
    share = np.clip(np.einsum("psd,sd->ps", off, along) / square, -0.2, 1.0)
    nearest = np.linalg.norm(off - share[..., None] * along, axis=2).argmin(axis=1)
    # Across the strip; towards the commissures its lines run together.
    here, there = (
        np.abs(along[:, 0] * (one - other)[:, 1] - along[:, 1] * (one - other)[:, 0])
        for one, other in (rims, rims_there)
    )
    narrow = np.clip(there / np.maximum(here, 1e-9), *_NARROWING)[nearest]
    at = np.clip(share[np.arange(len(local)), nearest], 0.0, 1.0)
    return nearest, 1.0 - (1.0 - narrow) * at


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


def _strip_height(s: FloatArray, area: FloatArray, local: FloatArray, width: FloatArray) -> tuple[float, FloatArray]:
    """Height of the leaflet in one strip [mm]: length of its mean profile down to where the tissue ends; that place."""
    if len(s) == 0:
        return 0.0, np.zeros(3)
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
        return 0.0, np.zeros(3)
    # Edges of a mesh zigzag: the profile's own length is shorter than the way along them.
    total = np.bincount(row, area, minlength=n)
    filled = np.flatnonzero(total[: last + 1] > 0.0)
    centre = np.column_stack(
        [np.bincount(row, area * local[:, k], minlength=n)[filled] / total[filled] for k in range(3)]
    )
    inner = float(np.linalg.norm(np.diff(centre, axis=0), axis=1).sum())
    # From the annulus to the first centre, and from the last centre to its row's end.
    return inner + (filled[0] + 0.5) * _STEP_MM + 0.5 * _STEP_MM, centre[-1]

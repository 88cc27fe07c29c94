"""Measures of a closed valve, integrated exactly over its triangles: no raster, no voxels.

Contact: where the distance to the other sheet, exact at vertices and linear between, is at most a stated distance.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from annulus._typing import ArrayLike, FloatArray, IntArray
from annulus.anatomy.valve import ANTERIOR, POSTERIOR, Valve
from annulus.errors import InputError
from annulus.geometry import Frame, Loop, Surface, directed_edges
from annulus.kernels.sections import polygon_signed_distance
from annulus.outcomes._sheets import contact_distance_mm, deformed_points, sheet_distance

__all__ = ["ClosureSection", "closure_measures", "closure_section"]

_PLACES = {"a1p1": 1.0 / 6.0, "a2p2": 0.5, "a3p3": 5.0 / 6.0}

# Where coaptation height is sampled: the middle 80 percent, off the commissures.
_STATIONS = tuple(np.linspace(0.1, 0.9, 33).tolist())


_BESIDE_MM = 1.0
"""Leaflets hang outside the hinge from this far beyond it on [mm]: nearer a bulge is no tissue left over."""


@dataclass(frozen=True, slots=True)
class ClosureSection:
    """Cut of both leaflets by a plane x = constant of the deformed hinge's frame; lengths in mm, angles in degrees.

    `coapt_height_mm` is the mean of both leaflets' arc lengths in contact; the coaptation point is the one in contact
    nearest to the atrium, without contact the higher of the two free-edge points. Its `tenting_height_mm` is below the
    plane of the whole hinge, its `coaptation_depth_mm` below the line between both hinges of the section, as echo
    measures it: at A2-P2, where the annulus is high, 2 to 3 mm more. Angles are those of the straight
    line from hinge to coaptation point against the annular plane, positive below it. `tenting_area_mm2` lies between
    the chord of the hinges and the leaflets, billow taken off, with the free edges joined by a straight line.
    """

    coapt_height_a_mm: float
    coapt_height_p_mm: float
    coapt_height_mm: float
    leaflet_length_a_mm: float
    leaflet_length_p_mm: float
    tenting_height_mm: float
    coaptation_depth_mm: float
    tenting_area_mm2: float
    leaflet_angle_a_deg: float
    leaflet_angle_p_deg: float


def _hinge_frame(valve: Valve, points: FloatArray) -> Frame:
    hinge = points[valve.hinge]
    y = valve.frame.vectors_to_world(np.array([[0.0, 1.0, 0.0]]))[0]
    return Frame.from_normal(hinge.mean(axis=0), z=Loop(hinge).area_vector, y_towards=y)


def _cut(local: FloatArray, triangles: IntArray, distance: FloatArray, x: float) -> FloatArray:
    """Segments of a leaflet in the plane, shape (s, 2, 3): y, z and distance at both ends."""
    # A vertex on the plane counts as beyond it, so that every cut triangle has two cut edges.
    beyond = local[:, 0] >= x
    data = np.column_stack([local, distance])
    segments = []
    for tri in triangles[np.ptp(beyond[triangles].astype(np.int8), axis=1) > 0]:
        ends = []
        for i, j in ((tri[0], tri[1]), (tri[1], tri[2]), (tri[2], tri[0])):
            if beyond[i] != beyond[j]:
                share = (x - local[i, 0]) / (local[j, 0] - local[i, 0])
                ends.append((data[i] + share * (data[j] - data[i]))[1:])
        # Along normal x plane normal: from the posterior hinge towards the anterior one.
        b, c = local[tri[1]] - local[tri[0]], local[tri[2]] - local[tri[0]]
        along = b[0] * c[1] - b[1] * c[0], -(b[2] * c[0] - b[0] * c[2])
        forward = (ends[1][:2] - ends[0][:2]) @ along >= 0.0
        segments.append(ends if forward else ends[::-1])
    return np.array(segments).reshape(-1, 2, 3)


def _touching(segments: FloatArray, contact: float) -> FloatArray:
    """Parts of the segments within contact, shape (k, 2, 3)."""
    gap = segments[:, :, 2] - contact
    some = segments[(gap <= 0.0).any(axis=1)].copy()
    gap = gap[(gap <= 0.0).any(axis=1)]
    for outer in (0, 1):
        out = gap[:, outer] > 0.0
        share = gap[out, outer] / (gap[out, outer] - gap[out, 1 - outer])
        some[out, outer] += share[:, None] * (some[out, 1 - outer] - some[out, outer])
    return some


def _length(segments: FloatArray) -> float:
    return float(np.linalg.norm(segments[:, 1, :2] - segments[:, 0, :2], axis=1).sum())


def _highest_crossing(local: FloatArray, edges: IntArray, x: float) -> FloatArray | None:
    """Of the points where edges cross the plane the highest (y, z); None where none does."""
    beyond = local[edges, 0] >= x
    i, j = edges[beyond[:, 0] != beyond[:, 1]].T
    if len(i) == 0:
        return None
    share = (x - local[i, 0]) / (local[j, 0] - local[i, 0])
    found = (local[i] + share[:, None] * (local[j] - local[i]))[:, 1:]
    return found[found[:, 1].argmax()]


def _open_edges(triangles: IntArray) -> IntArray:
    edges = directed_edges(triangles)
    _, place, count = np.unique(np.sort(edges, axis=1), axis=0, return_index=True, return_counts=True)
    return edges[place[count == 1]]


@lru_cache(maxsize=64)
def _sheet(valve: Valve, leaflet: int) -> tuple[IntArray, IntArray, IntArray]:
    """Triangles of a leaflet, and its open edges on the hinge and off it."""
    triangles = valve.surface.triangles[valve.leaflet == leaflet]
    edges = _open_edges(triangles)
    fixed = np.isin(edges, valve.hinge).all(axis=1)
    return triangles, edges[fixed], edges[~fixed]


def closure_section(
    valve: Valve, points: ArrayLike, place: float, *, contact_mm: float | None = None
) -> ClosureSection:
    """Section at a place from the anterolateral (0) to the posteromedial end (1) of the hinge's x.

    Raises
    ------
    InputError
        A place where the plane does not cut both leaflets.
    """
    points = deformed_points(valve, points)
    contact = contact_distance_mm(valve) if contact_mm is None else contact_mm
    return _section(valve, _hinge_frame(valve, points).to_local(points), sheet_distance(valve, points), place, contact)


def _section(valve: Valve, local: FloatArray, distance: FloatArray, place: float, contact: float) -> ClosureSection:
    low, high = np.min(local[valve.hinge, 0]), np.max(local[valve.hinge, 0])
    x = float(low + place * (high - low))
    sheets = [_sheet(valve, k) for k in (ANTERIOR, POSTERIOR)]
    cuts = [_cut(local, triangles, distance, x) for triangles, _, _ in sheets]
    hinges, rims = (
        [found for sheet in sheets if (found := _highest_crossing(local, sheet[k], x)) is not None] for k in (1, 2)
    )
    if len(hinges) + len(rims) < 4:
        raise InputError(f"place must be one in (0, 1) where both leaflets are cut; got {place:g}.")
    parts = [_touching(cut, contact) for cut in cuts]
    met = np.concatenate(parts)[:, :, :2].reshape(-1, 2)
    candidates = met if len(met) else np.array(rims)
    point = candidates[candidates[:, 1].argmax()]
    heights = [_length(part) for part in parts]
    angles = [float(np.degrees(np.arctan2(h[1] - point[1], abs(h[0] - point[0])))) for h in hinges]
    path = np.concatenate([*(cut[:, :, :2] for cut in cuts), [rims[::-1]], [hinges]])
    area = -float((path[:, 1, 0] - path[:, 0, 0]) @ path[:, :, 1].mean(axis=1))
    lengths = [_length(cut) for cut in cuts]
    return ClosureSection(
        coapt_height_a_mm=heights[0],
        coapt_height_p_mm=heights[1],
        coapt_height_mm=sum(heights) / 2.0,
        leaflet_length_a_mm=lengths[0],
        leaflet_length_p_mm=lengths[1],
        tenting_height_mm=-float(point[1]),
        coaptation_depth_mm=_below_line(point, *hinges),
        tenting_area_mm2=area,
        leaflet_angle_a_deg=angles[0],
        leaflet_angle_p_deg=angles[1],
    )


def _below_line(point: FloatArray, anterior: FloatArray, posterior: FloatArray) -> float:
    """Distance of a point (y, z) below the line between the hinges [mm], negative above it."""
    (y, z), (ay, az) = point - posterior, anterior - posterior
    return float((az * y - ay * z) / np.hypot(ay, az))


def _area_within(points: FloatArray, triangles: IntArray, distance: FloatArray, contact: float) -> float:
    """Area of the triangles' part within contact: of a linear field, exact."""
    areas = Surface(points, triangles).areas
    d = np.sort(distance[triangles] - contact, axis=1)
    share = np.where(d[:, 2] <= 0.0, 1.0, 0.0)
    one, two = (d[:, 0] <= 0.0) & (d[:, 1] > 0.0), (d[:, 1] <= 0.0) & (d[:, 2] > 0.0)
    share[one] = d[one, 0] ** 2 / ((d[one, 1] - d[one, 0]) * (d[one, 2] - d[one, 0]))
    share[two] = 1.0 - d[two, 2] ** 2 / ((d[two, 2] - d[two, 0]) * (d[two, 2] - d[two, 1]))
    return float(areas @ share)


def _beyond_hinge(valve: Valve, local: FloatArray) -> FloatArray:
    """Distance of each vertex' projection on the annular plane outside the hinge [mm], negative inside, shape (n,)."""
    polygon = np.ascontiguousarray(local[valve.hinge, :2])
    return np.array([-polygon_signed_distance(polygon, x, y) for x, y in local[:, :2]])


def _volume_above(local: FloatArray, triangles: IntArray) -> tuple[float, float]:
    """Integrals of max(z, 0) and of max(-z, 0) over the projected area of the triangles, exact [mm3]."""
    corners = local[triangles]
    side, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    projected = 0.5 * (side[:, 0] * other[:, 1] - side[:, 1] * other[:, 0])
    z = np.sort(corners[:, :, 2], axis=1)
    mean = z.mean(axis=1)
    above = np.where(z[:, 0] >= 0.0, mean, 0.0)
    one, two = (z[:, 2] > 0.0) & (z[:, 1] <= 0.0), (z[:, 1] > 0.0) & (z[:, 0] < 0.0)
    above[one] = z[one, 2] ** 3 / (3.0 * (z[one, 2] - z[one, 0]) * (z[one, 2] - z[one, 1]))
    above[two] = mean[two] - z[two, 0] ** 3 / (3.0 * (z[two, 2] - z[two, 0]) * (z[two, 1] - z[two, 0]))
    return float(projected @ above), float(projected @ (above - mean))


def closure_measures(valve: Valve, points: ArrayLike, *, contact_mm: float | None = None) -> dict[str, float]:
    """Measures of table "leaflets and coaptation" by their ids, with units in the keys.

    Parameters
    ----------
    valve, points
        The valve and its deformed vertices [mm], shape (n, 3). Of thick sheets give the atrial faces where volumes
        matter: between mid-surfaces in contact a slot as wide as the leaflet stays open and counts as tenting.
    contact_mm
        Leaflets touch within this distance [mm]; mean thickness + 0.5 unless given.

    Returns
    -------
    dict
        Areas of leaflets and contact; `closure_ratio`, total leaflet area over its part not in contact (what it takes
        to close); tenting and billow volume [mL], integrals of depth and height over the area projected on the annular
        plane, with the gap between the free edges closed by a cone; `outside_area_mm2`, leaflet whose projection on the
        annular plane lies more than 1 mm outside the hinge; least, mean and greatest
        coaptation height over the middle 80 percent of the valve's width; sections at the thirds' middles
        (A1-P1, A2-P2, A3-P3) with the keys of `ClosureSection`, NaN where the plane misses a leaflet.
    """
    points = deformed_points(valve, points)
    contact = contact_distance_mm(valve) if contact_mm is None else contact_mm
    local = _hinge_frame(valve, points).to_local(points)
    distance = sheet_distance(valve, points)
    triangles = valve.surface.triangles
    result = {"contact_distance_mm": contact}
    total, meets = 0.0, []
    for leaflet, letter in ((ANTERIOR, "a"), (POSTERIOR, "p")):
        own = triangles[valve.leaflet == leaflet]
        area = Surface(points, own).area
        # The commissures' own rows are joined, not in contact.
        meets.append(_area_within(points, own[~np.isin(own, valve.shared).any(axis=1)], distance, contact))
        total += area
        result[f"leaflet_area_{letter}_mm2"], result[f"coapt_area_{letter}_mm2"] = area, meets[-1]
    result["coapt_area_mm2"] = sum(meets) / 2.0
    result["closure_ratio"] = total / (total - sum(meets)) if total > sum(meets) else float("inf")
    result["outside_area_mm2"] = total - _area_within(points, triangles, _beyond_hinge(valve, local), _BESIDE_MM)
    closed_local, closed_triangles = _with_cone(valve, local)
    billow, tent = _volume_above(closed_local, closed_triangles)
    result["billow_volume_ml"], result["tenting_volume_ml"] = billow * 1e-3, tent * 1e-3
    sections = [_cut_through(valve, local, distance, place, contact) for place in _STATIONS]
    heights = [section.coapt_height_mm for section in sections if section is not None]
    for name, value in (("min", np.min), ("mean", np.mean), ("max", np.max)):
        result[f"coapt_height_{name}_mm"] = float(value(heights)) if heights else float("nan")
    for name, place in _PLACES.items():
        section = _cut_through(valve, local, distance, place, contact)
        result |= {
            f"{name}_{key}": float("nan") if section is None else getattr(section, key)
            for key in ClosureSection.__slots__
        }
    return result


def _cut_through(
    valve: Valve, local: FloatArray, distance: FloatArray, place: float, contact: float
) -> ClosureSection | None:
    """Section, or None where a leaflet is not in the plane: one that hangs aside under pressure."""
    try:
        return _section(valve, local, distance, place, contact)
    except InputError:
        return None


def _with_cone(valve: Valve, local: FloatArray) -> tuple[FloatArray, IntArray]:
    """Leaflets with a cone over their open edges off the hinge, apex at the mean of those edges' vertices."""
    triangles = valve.surface.triangles
    rim = _open_edges(triangles)
    rim = rim[~np.isin(rim, valve.hinge).all(axis=1)]
    if len(rim) == 0:
        return local, triangles
    apex = np.full(len(rim), len(local))
    return np.vstack([local, local[np.unique(rim)].mean(axis=0)]), np.vstack(
        [triangles, np.column_stack([rim[:, ::-1], apex])]
    )

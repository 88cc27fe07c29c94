"""Measures of the coronary sinus and great cardiac vein relative to the annulus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from annulus._arrays import locked
from annulus._typing import FloatArray
from annulus.anatomy._annulus import Annulus
from annulus.anatomy._vessels import CoronarySinus, VesselPart
from annulus.errors import InputError
from annulus.kernels.curves import arc_lengths, closest_on_polyline
from annulus.kernels.periodic import periodic_evaluate, periodic_spline

__all__ = ["CoronarySinusMeasures", "check_coronary_sinus", "measure_coronary_sinus"]

_STEP_MM = 1.0
_SECTION_STEP_DEG = 5.0
_MOST_INSIDE = 0.5
"""Share of the vein's annular stretch that may lie inside the annulus; the vein of a heart lies outside throughout."""

STATION_MM = 10.0
"""Between the stations of the report along the vein [mm], as venography and CT report diameters."""

_DENSE = 360
"""Points that stand for the annulus where the vein's distance to it is taken: sagitta below 0.002 mm."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class CoronarySinusMeasures:
    """Measures of the vein; None where a radius is unknown or the vein has no stretch along the annulus.

    Parameters
    ----------
    length_mm
        Length of the axis from the ostium to its last point [mm].
    tortuosity
        Length over the distance of the ends, minus 1.
    parts
        Named stretches, as given.
    ostium_source
        How the ostium end was found.
    s_mm, theta_deg
        Stations from the ostium, at most 1 mm apart [mm], and their annular angles [deg], shape (n,).
    radius_mm, mis_radius_mm
        Area-equivalent and inscribed radius at the stations [mm], shape (n,).
    annulus_distance_mm
        Axis of the vein to the nearest place of the annulus [mm], shape (n,).
    height_above_plane_mm
        Height above the annulus plane, positive on the atrial side [mm], shape (n,).
    section_theta_deg, section_s_mm, section_distance_mm
        Every 5 degrees along the annular stretch: angle [deg], station [mm] and distance [mm] from the annulus within
        that half-plane, shape (m,).
    annular_stretch_mm
        First and last station of the stretch, around the nearest one, on which the axis is closer to the annulus than
        the annulus' mean radius (perimeter / 2 pi) [mm].
    annulus_distance_min_mm, annulus_distance_mean_mm
        Over the annular stretch [mm].
    theta_span_deg
        Annular angle that the stretch covers [deg].
    plane_angle_deg
        Between the least-squares planes of the stretch and of the annulus, 0 to 90 [deg].
    plane_distance_mm
        Mean height of the stretch above the annulus plane [mm].
    projection_length_mm
        Length of the annulus between the angles of the stretch's ends [mm].
    stations
        Every 10 mm from the ostium, by key: arc length, diameters, distance to the annulus, height above its plane
        [mm], and angle of the axis to that plane [deg].
    """

    length_mm: float
    tortuosity: float
    parts: tuple[VesselPart, ...]
    ostium_source: str
    s_mm: FloatArray
    theta_deg: FloatArray
    radius_mm: FloatArray | None
    mis_radius_mm: FloatArray | None
    annulus_distance_mm: FloatArray
    height_above_plane_mm: FloatArray
    section_theta_deg: FloatArray
    section_s_mm: FloatArray
    section_distance_mm: FloatArray
    annular_stretch_mm: tuple[float, float]
    annulus_distance_min_mm: float
    annulus_distance_mean_mm: float
    theta_span_deg: float
    plane_angle_deg: float | None
    plane_distance_mm: float
    projection_length_mm: float
    stations: tuple[Mapping[str, float], ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Object ``coronary_sinus`` of the result file; what is unknown has no key."""
        out: dict[str, object] = {}
        for name in self.__slots__:
            value = getattr(self, name)
            if value is None:
                continue
            if isinstance(value, np.ndarray):
                out[name] = value.tolist()
            elif name == "stations":
                out[name] = [dict(row) for row in self.stations]
            elif name == "parts":
                out[name] = [
                    {"name": p.name, "from_mm": p.from_mm, "to_mm": p.to_mm, "length_mm": p.to_mm - p.from_mm}
                    for p in value
                ]
            else:
                out[name] = list(value) if isinstance(value, tuple) else value
        return out


def check_coronary_sinus(cs: CoronarySinus, annulus: Annulus) -> None:
    """Raise where the vein cannot be this annulus' coronary sinus.

    Raises
    ------
    InputError
        The vein is nowhere near the annulus, runs from the anterolateral side to the ostium, or inside the annulus.
    """
    _stations(cs, annulus)


def _share_inside(annulus: Annulus, points: FloatArray, dense: FloatArray) -> float:
    """Share of points that lie nearer to the annulus' axis than the annulus itself at the same angle."""
    ring, vein = annulus.frame.to_local(dense), annulus.frame.to_local(points)
    angle = np.arctan2(ring[:, 1], ring[:, 0])
    order = np.argsort(angle)
    reach = np.interp(
        np.arctan2(vein[:, 1], vein[:, 0]), angle[order], np.hypot(ring[:, 0], ring[:, 1])[order], period=2.0 * np.pi
    )
    return float(np.mean(np.hypot(vein[:, 0], vein[:, 1]) < reach))


def measure_coronary_sinus(cs: CoronarySinus, annulus: Annulus) -> CoronarySinusMeasures:
    """Measures of the vein along its axis and relative to the annulus.

    Raises
    ------
    InputError
        As `check_coronary_sinus`.
    """
    curve = cs.curve
    s, points, theta, dense, distance, first, last = _stations(cs, annulus)
    height = annulus.frame.to_local(points)[:, 2]
    stretch = slice(first, last + 1)
    covered = _covered_arc(annulus, dense, theta[[first, last]])
    section_theta, section_s, section_distance = _sections(annulus, dense, s[stretch], points[stretch], theta[stretch])
    return CoronarySinusMeasures(
        length_mm=curve.length,
        tortuosity=curve.length / float(np.linalg.norm(curve.points[-1] - curve.points[0])) - 1.0,
        parts=cs.parts,
        ostium_source=cs.ostium_source,
        s_mm=locked(s),
        theta_deg=locked(theta % 360.0),
        radius_mm=None if curve.radius is None else locked(np.interp(s, curve.arc_lengths, curve.radius)),
        mis_radius_mm=None if curve.mis_radius is None else locked(np.interp(s, curve.arc_lengths, curve.mis_radius)),
        annulus_distance_mm=locked(distance),
        height_above_plane_mm=locked(height),
        section_theta_deg=locked(section_theta),
        section_s_mm=locked(section_s),
        section_distance_mm=locked(section_distance),
        annular_stretch_mm=(float(s[first]), float(s[last])),
        annulus_distance_min_mm=float(distance[stretch].min()),
        annulus_distance_mean_mm=float(distance[stretch].mean()),
        theta_span_deg=float(abs(theta[last] - theta[first])),
        plane_angle_deg=_plane_angle(points[stretch], annulus.frame.axes[2]),
        plane_distance_mm=float(height[stretch].mean()),
        projection_length_mm=abs(float(covered[1] - covered[0])),
        stations=_report(cs, annulus, s, distance, height),
    )


def _report(
    cs: CoronarySinus, annulus: Annulus, s: FloatArray, distance: FloatArray, height: FloatArray
) -> tuple[Mapping[str, float], ...]:
    """Rows of the report every `STATION_MM` along the vein."""
    curve = cs.curve
    at = np.arange(0.0, curve.length + 1e-9, STATION_MM)
    tangents = np.stack([np.interp(at, curve.arc_lengths, curve.tangents[:, k]) for k in range(3)], axis=-1)
    rise = tangents @ annulus.frame.axes[2] / np.linalg.norm(tangents, axis=1)
    columns = {
        "s_mm": at,
        "annulus_distance_mm": np.interp(at, s, distance),
        "height_above_plane_mm": np.interp(at, s, height),
        "plane_angle_deg": np.degrees(np.arcsin(np.clip(np.abs(rise), 0.0, 1.0))),
    }
    if curve.radius is not None:
        columns["diameter_mm"] = 2.0 * np.interp(at, curve.arc_lengths, curve.radius)
    if curve.mis_radius is not None:
        columns["mis_diameter_mm"] = 2.0 * np.interp(at, curve.arc_lengths, curve.mis_radius)
    return tuple(dict(zip(columns, row, strict=True)) for row in np.column_stack(list(columns.values())).tolist())


def _stations(
    cs: CoronarySinus, annulus: Annulus
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, int, int]:
    """Stations, their points, angles without jumps, dense annulus, distances, and the ends of the annular stretch."""
    curve = cs.curve
    s = np.linspace(0.0, curve.length, max(2, int(np.ceil(curve.length / _STEP_MM)) + 1))
    points = curve.at(s)
    knots, pieces = periodic_spline(annulus.oriented_loop.points)
    dense = np.ascontiguousarray(periodic_evaluate(knots, pieces, np.arange(_DENSE) * (knots[-1] / _DENSE))[:, 0])
    _, distance = closest_on_polyline(points, dense, True)
    radius = float(knots[-1]) / (2.0 * np.pi)
    nearest = int(np.argmin(distance))
    if not distance[nearest] < radius:
        raise InputError(
            f"coronary sinus must run along the annulus; its axis comes no nearer than {distance[nearest]:.1f} mm "
            f"(mean annulus radius {radius:.1f} mm): check unit, coordinate system (LPS or RAS) and which vessel it is."
        )
    far = np.flatnonzero(distance >= radius)
    first = int(far[far < nearest].max()) + 1 if (far < nearest).any() else 0
    last = int(far[far > nearest].min()) - 1 if (far > nearest).any() else len(s) - 1
    theta = np.degrees(np.unwrap(np.radians(annulus.theta_deg(points))))
    if theta[last] > theta[first]:
        raise InputError(
            "coronary sinus must start at the ostium, on the posteromedial side, and run to the anterolateral side; "
            f"its annular angle grows from {theta[first] % 360.0:.0f} to {theta[last] % 360.0:.0f} deg: its ends are "
            "swapped, or A and P are, or AL and PM."
        )
    inside = _share_inside(annulus, points[first : last + 1], dense)
    if inside > _MOST_INSIDE:
        raise InputError(
            f"coronary sinus must run outside of the annulus; {100.0 * inside:.0f} % of its stretch along the annulus "
            "lie inside, seen along the annulus' normal: check that both are of one heart, one phase and one unit."
        )
    return s, points, theta, dense, distance, first, last


def _covered_arc(annulus: Annulus, dense: FloatArray, theta: FloatArray) -> FloatArray:
    """Arc length of the annulus from theta 0 to angles without jumps [deg]; whole turns add the perimeter."""
    angle, arc, perimeter = _arc_by_angle(annulus, dense)
    return np.interp(theta % 360.0, angle, arc) + np.floor(theta / 360.0) * perimeter


def _arc_by_angle(annulus: Annulus, dense: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    closed = np.vstack([dense, dense[:1]])
    arc = arc_lengths(closed)
    angle = np.degrees(np.unwrap(np.radians(annulus.theta_deg(closed))))
    # One turn more on either side, so that every angle in [0, 360) lies inside the table.
    turns = np.concatenate([angle[:-1] - 360.0, angle[:-1], angle + 360.0])
    arcs = np.concatenate([arc[:-1] - arc[-1], arc[:-1], arc + arc[-1]])
    return turns, arcs, float(arc[-1])


def _sections(
    annulus: Annulus, dense: FloatArray, s: FloatArray, points: FloatArray, theta: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Angle, station and distance where the vein first passes each multiple of five degrees."""
    # An angle at the very end of the stretch would come and go with rounding.
    margin = 1e-6
    high, low = (float(theta.max()) - margin) / _SECTION_STEP_DEG, (float(theta.min()) + margin) / _SECTION_STEP_DEG
    wanted = np.arange(np.ceil(low), np.floor(high) + 1.0)[::-1] * _SECTION_STEP_DEG
    passed = theta[None, :] <= wanted[:, None]
    index = np.argmax(passed, axis=1)
    keep = (index > 0) & passed.any(axis=1)
    wanted, index = wanted[keep], index[keep]
    t = (theta[index - 1] - wanted) / (theta[index - 1] - theta[index])
    at_vein = points[index - 1] + t[:, None] * (points[index] - points[index - 1])
    angle, _, _ = _arc_by_angle(annulus, dense)
    n = len(dense)
    where = np.interp(wanted % 360.0, angle, np.arange(len(angle), dtype=np.float64))
    edge = np.floor(where).astype(np.int64)
    fraction = (where - edge)[:, None]
    hinge = dense[edge % n] * (1.0 - fraction) + dense[(edge + 1) % n] * fraction
    distance = np.linalg.norm(at_vein - hinge, axis=1)
    return wanted % 360.0, s[index - 1] + t * (s[index] - s[index - 1]), distance


def _plane_angle(points: FloatArray, normal: FloatArray) -> float | None:
    """Angle [deg] between the least-squares plane of points and a plane; None where the points lie on a line."""
    if len(points) < 3:
        return None
    _, sizes, axes = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
    if sizes[1] < 1e-3 * sizes[0]:
        return None
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(axes[2], normal)), abs(axes[2] @ normal))))

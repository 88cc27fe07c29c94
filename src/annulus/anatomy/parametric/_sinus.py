"""Coronary sinus and great cardiac vein around an annulus, from clinical parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.optimize import root_scalar

from annulus._typing import FloatArray
from annulus.anatomy._annulus import Annulus
from annulus.anatomy._vessels import CoronarySinus, VesselPart
from annulus.anatomy.parametric._annulus import AnnulusByAngle
from annulus.errors import InputError
from annulus.geometry import Curve
from annulus.kernels.curves import arc_lengths

__all__ = ["CoronarySinusParameters", "parametric_coronary_sinus"]

_STATION_DEG, _FIRST_DEG, _LAST_DEG, _BRACKET_DEG = 85.0, 150.0, 5.0, 20.0
"""Angle of the great cardiac vein station from which its search starts, its bounds, and the search's steps [deg]."""


@dataclass(frozen=True, slots=True)
class CoronarySinusParameters:
    """Course and size of the coronary sinus and great cardiac vein.

    Distances are from the vein's axis to the annulus curve in space, heights are above the annulus plane
    (towards the atrium); both follow half a parabola in theta from the mid-posterior station (theta 180,
    the vertex) to the ostium, and another to the great cardiac vein station, `length_mm` from the ostium.

    Parameters
    ----------
    length_mm
        Ostium to great cardiac vein station along the axis [mm].
    sinus_length_mm
        Ostium to the end of the coronary sinus proper [mm].
    anterior_interventricular_mm
        Length of the anterior interventricular vein that is drawn beyond the station [mm]; 0 for none.
    ostium_theta_deg
        Annular angle of the ostium [deg].
    ostium_distance_mm, mid_distance_mm, gcv_distance_mm
        Axis to annulus [mm].
    ostium_height_mm, mid_height_mm, gcv_height_mm
        Axis above the annulus plane [mm].
    tilt_deg
        Further tilt of the vein's plane about the AP axis [deg]; positive raises the posteromedial side.
    ostium_radius_mm, proximal_radius_mm, gcv_radius_mm, end_radius_mm
        Area-equivalent lumen radius at the ostium, `proximal_at_mm` from it, at the station, at the end [mm].
    proximal_at_mm
        Where the proximal radius holds [mm].
    inscribed_ratio
        Inscribed over area-equivalent radius [1]; 1 is a round vein.
    """

    length_mm: float
    sinus_length_mm: float
    anterior_interventricular_mm: float
    ostium_theta_deg: float
    ostium_distance_mm: float
    mid_distance_mm: float
    gcv_distance_mm: float
    ostium_height_mm: float
    mid_height_mm: float
    gcv_height_mm: float
    ostium_radius_mm: float
    proximal_radius_mm: float
    gcv_radius_mm: float
    end_radius_mm: float
    proximal_at_mm: float
    inscribed_ratio: float
    tilt_deg: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 < self.sinus_length_mm < self.length_mm:
            raise InputError(
                f"sinus_length_mm must lie between 0 and length_mm ({self.length_mm:g} mm); "
                f"got {self.sinus_length_mm:g}."
            )
        if not 0.0 < self.proximal_at_mm < self.length_mm:
            raise InputError(f"proximal_at_mm must lie between 0 and length_mm; got {self.proximal_at_mm:g} mm.")
        if self.anterior_interventricular_mm < 0.0:
            raise InputError(f"anterior_interventricular_mm must be >= 0; got {self.anterior_interventricular_mm:g}.")
        if not 240.0 <= self.ostium_theta_deg <= 320.0:
            raise InputError(f"ostium_theta_deg must lie in [240, 320] (near PM, 270); got {self.ostium_theta_deg:g}.")
        if not 0.3 <= self.inscribed_ratio <= 1.0:
            raise InputError(f"inscribed_ratio must lie in [0.3, 1]; got {self.inscribed_ratio:g}.")
        if not abs(self.tilt_deg) <= 30.0:
            raise InputError(f"tilt_deg must lie in [-30, 30]; got {self.tilt_deg:g}.")
        for name in ("ostium_radius_mm", "proximal_radius_mm", "gcv_radius_mm", "end_radius_mm"):
            if not getattr(self, name) > 0.0:
                raise InputError(f"{name} must be positive; got {getattr(self, name):g}.")


def parametric_coronary_sinus(
    annulus: Annulus, parameters: CoronarySinusParameters, *, step_mm: float = 1.0
) -> CoronarySinus:
    """Coronary sinus, great cardiac vein and anterior interventricular vein around `annulus`.

    The angle of the station is found so that the axis has the given length; at every angle the radial
    place is found so that axis and annulus are the given distance apart.

    Parameters
    ----------
    annulus
        Annulus, in any frame.
    parameters
        Course and size.
    step_mm
        Spacing of the vertices [mm], about.

    Raises
    ------
    InputError
        The height differs from the annulus by more than the distance, or no angle gives the length.
    """

    around = AnnulusByAngle(annulus)

    def excess(end_deg: float) -> float:
        course = _course(annulus, around, parameters, end_deg, 91)
        return float(arc_lengths(course)[-1]) - parameters.length_mm

    end_deg = root_scalar(excess, bracket=_bracket(excess, parameters.length_mm), xtol=1e-8).root
    points = annulus.frame.to_local(_course(annulus, around, parameters, end_deg, 91))
    main = Curve(points)
    station = main.length
    if parameters.anterior_interventricular_mm > 0.0:
        points = np.vstack([points, _interventricular(main, parameters.anterior_interventricular_mm)])
    n_points = round(Curve(points).length / step_mm) + 1
    curve = Curve(points).resampled(n_points)
    knots = [0.0, parameters.proximal_at_mm, station, station + max(parameters.anterior_interventricular_mm, 1.0)]
    values = [
        parameters.ostium_radius_mm,
        parameters.proximal_radius_mm,
        parameters.gcv_radius_mm,
        parameters.end_radius_mm,
    ]
    radius = PchipInterpolator(knots, values)(np.clip(curve.arc_lengths, 0.0, knots[-1]))
    placed = Curve(annulus.frame.to_world(curve.points), radius, parameters.inscribed_ratio * radius)
    parts = [
        VesselPart("coronary sinus", 0.0, parameters.sinus_length_mm),
        VesselPart("great cardiac vein", parameters.sinus_length_mm, min(station, placed.length)),
    ]
    if parameters.anterior_interventricular_mm > 0.0:
        parts.append(VesselPart("anterior interventricular vein", station, placed.length))
    return CoronarySinus(placed, tuple(parts), "parametric shape")


def _bracket(excess: Callable[[float], float], length_mm: float) -> tuple[float, float]:
    """Two angles of the station between which the vein becomes as long as asked [deg].

    They are sought outwards from the anterolateral side: a vein drawn on to a station far from its own may be higher
    above the annulus than it is away from it where the one that is asked for is not.
    """
    begin = _STATION_DEG
    before = excess(begin)
    # Shortest: just beyond the mid-posterior station; longest: once around to the saddle horn.
    towards = _FIRST_DEG if before > 0.0 else _LAST_DEG
    while begin != towards:
        end = min(begin + _BRACKET_DEG, towards) if towards > begin else max(begin - _BRACKET_DEG, towards)
        after = excess(end)
        if before * after <= 0.0:
            return begin, end
        begin, before = end, after
    word = "at least" if before > 0.0 else "at most"
    raise InputError(f"length_mm must be {word} {before + length_mm:.0f} mm around this annulus; got {length_mm:g} mm.")


def _course(
    annulus: Annulus, around: AnnulusByAngle, parameters: CoronarySinusParameters, end_deg: float, n_points: int
) -> FloatArray:
    """Axis from the ostium to the station at angle `end_deg`, in world coordinates, shape (n, 3)."""
    theta = np.linspace(parameters.ostium_theta_deg, end_deg, n_points)
    reach = np.where(theta >= 180.0, parameters.ostium_theta_deg - 180.0, 180.0 - end_deg)
    share = ((theta - 180.0) / reach) ** 2

    def arch(ostium: float, mid: float, gcv: float) -> FloatArray:
        return mid + (np.where(theta >= 180.0, ostium, gcv) - mid) * share

    distance = arch(parameters.ostium_distance_mm, parameters.mid_distance_mm, parameters.gcv_distance_mm)
    height = arch(parameters.ostium_height_mm, parameters.mid_height_mm, parameters.gcv_height_mm)
    base = around.at(theta)
    outward = np.column_stack([-np.sin(np.radians(theta)), np.cos(np.radians(theta))])
    tilt = np.tan(np.radians(parameters.tilt_deg)) * outward[:, 0]
    inner = np.linalg.norm(base[:, :2], axis=1)
    local = np.empty((n_points, 3))
    radial = inner + np.sqrt(np.maximum(distance**2 - (height - base[:, 2]) ** 2, 1.0))
    step, slope, before = np.zeros(n_points), np.ones(n_points), np.zeros(n_points)
    for _ in range(60):
        lifted = height + tilt * radial
        local[:, :2] = radial[:, None] * outward
        local[:, 2] = lifted
        points = annulus.frame.to_world(local)
        miss = distance - annulus.loop.closest(points)[1]
        if np.abs(miss).max() < 1e-7:
            return points
        # The distance grows with the radial place by a cosine that each step shows (secant method).
        moved = np.abs(step) > 1e-9
        slope[moved] = np.minimum(np.maximum((before - miss)[moved] / step[moved], 0.2), 1.0)
        step, before = np.minimum(np.maximum(miss / slope, -2.0), 2.0), miss
        radial = radial + step
        if (radial < 0.5 * inner).any():
            break
    worst = int(np.abs(miss).argmax())
    raise InputError(
        f"coronary sinus cannot lie {distance[worst]:.1f} mm from the annulus and {lifted[worst]:.1f} mm above its "
        f"plane at theta {theta[worst]:.0f} deg: make the distance larger than the height."
    )


def _interventricular(main: Curve, length: float) -> FloatArray:
    """Continuation of the vein, in the annulus frame: it turns from its course towards the apex, shape (n, 3)."""
    tangent = main.tangents[-1]
    down = np.array([0.0, 0.0, -1.0])
    ahead = tangent - (tangent @ down) * down
    ahead = ahead / np.linalg.norm(ahead)
    first = np.arctan2(tangent @ down, tangent @ ahead)
    s = np.arange(1.0, length + 0.5)
    # The course bends down to 75 degrees over the first 20 mm.
    angle = first + (np.radians(75.0) - first) * np.clip(s / 20.0, 0.0, 1.0)
    steps = np.cos(angle)[:, None] * ahead + np.sin(angle)[:, None] * down
    return main.points[-1] + np.cumsum(steps, axis=0) * (length / len(s))

"""Where an artery runs beside the vein: gap, distance and side along it.

Angle about the vein's axis: 0 towards the inside of the annulus, 90 ventricular, 180 outside (epicardial), 270 atrial.
Ventricular is the annulus frame's -z less its part along the vein, so that an artery at 90 lies straight under the vein
seen along the annulus axis, whatever the height at which the vein runs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annulus._arrays import locked
from annulus._typing import BoolArray, FloatArray
from annulus.anatomy._annulus import Annulus
from annulus.anatomy._vessels import Artery, CoronarySinus
from annulus.errors import InputError, rounded_down
from annulus.kernels.crossings import side_components

__all__ = ["TOGETHER_MM", "GapProfile", "gap_profile"]

TOGETHER_MM = 5.0
"""Wall gap [mm] up to which vein and artery count as running together (as lcx-near-cs-pmid19800853 does)."""


@dataclass(frozen=True, eq=False, slots=True)
class GapProfile:
    """The artery nearest to each station of the vein; all arrays have shape (n,).

    Parameters
    ----------
    s_mm
        Arc length along the vein's axis from the ostium [mm].
    artery_s_mm
        Arc length along the artery of its nearest place [mm].
    axis_distance_mm
        Axis to axis [mm].
    gap_mm
        Wall to wall [mm]: axis distance minus both area-equivalent radii, negative where the walls overlap. The true
        gap of a vein with a half-moon section is larger or smaller, depending on the side. Not-a-number where a
        radius is unknown.
    angle_deg
        Side on which the artery lies [deg], in [0, 360); not-a-number where the vein runs along the annulus axis.
    reach_mm
        Sum of both radii [mm]; not-a-number where one is unknown.
    aside_deg
        Angle about the vein's axis between the artery and the nearest place of the annulus [deg], 0 to 180: 0 straight
        between them, below 90 on the annulus side of the vein.
    """

    s_mm: FloatArray
    artery_s_mm: FloatArray
    axis_distance_mm: FloatArray
    gap_mm: FloatArray
    angle_deg: FloatArray
    reach_mm: FloatArray
    aside_deg: FloatArray

    def __post_init__(self) -> None:
        for name in self.__slots__:
            object.__setattr__(self, name, locked(np.array(getattr(self, name), dtype=np.float64)))

    def __reduce__(self) -> tuple[type[GapProfile], tuple[FloatArray, ...]]:
        return type(self), tuple(getattr(self, name) for name in self.__slots__)

    @property
    def between(self) -> BoolArray:
        """Stations where the artery lies between vein and annulus: on the annulus side, at most 5 mm away, (n,)."""
        return (self.aside_deg < 90.0) & (self.gap_mm <= TOGETHER_MM)


def gap_profile(
    cs: CoronarySinus, artery: Artery, annulus: Annulus, *, s_mm: FloatArray | None = None, step_mm: float = 0.5
) -> GapProfile:
    """Nearest place, distance, gap and side of an artery along the vein.

    Parameters
    ----------
    cs, artery, annulus
        Vein, artery, and the annulus whose frame tells ventricular from atrial.
    s_mm
        Stations [mm], increasing, within the vein; by default equally spaced, at most `step_mm` apart.

    Raises
    ------
    InputError
        A station lies off the vein.
    """
    curve = cs.curve
    if s_mm is None:
        s_mm = np.linspace(0.0, curve.length, max(2, int(np.ceil(curve.length / step_mm)) + 1))
    elif (np.asarray(s_mm) < -1e-9).any() or (np.asarray(s_mm) > curve.length + 1e-9).any():
        raise InputError(
            f"s_mm must lie within the vein, 0 to {rounded_down(curve.length, 2)} mm; got {np.min(s_mm)} to "
            f"{np.max(s_mm)}."
        )
    stations = np.asarray(s_mm, dtype=np.float64)
    axis = curve.at(stations)
    artery_s, distance = artery.curve.closest(axis)
    tangents = vein_tangents(cs, stations)
    down = -annulus.frame.axes[2]
    offset = artery.curve.at(artery_s) - axis
    sides = side_components(offset, tangents, down, turning_sense(cs, annulus))
    reach = np.full(len(stations), np.nan)
    if curve.radius is not None and artery.curve.radius is not None:
        reach = curve.radius_at(stations) + artery.curve.radius_at(artery_s)
    angle = np.degrees(np.arctan2(sides[:, 1], sides[:, 0])) % 360.0
    inward = annulus.loop.at(annulus.loop.closest(axis)[0]) - axis
    aside = _angle_about(tangents, offset, inward)
    return GapProfile(stations, artery_s, distance, distance - reach, angle, reach, aside)


def _angle_about(axis: FloatArray, first: FloatArray, second: FloatArray) -> FloatArray:
    """Angle [deg] between two vectors seen along unit vectors, all shape (n, 3); 90 where one of them has no length."""
    first, second = (rows - np.sum(rows * axis, axis=1, keepdims=True) * axis for rows in (first, second))
    crossed = np.linalg.norm(np.cross(first, second), axis=1)
    inner = np.sum(first * second, axis=1)
    return np.where((crossed == 0.0) & (inner == 0.0), 90.0, np.degrees(np.arctan2(crossed, inner)))


def vein_tangents(cs: CoronarySinus, s_mm: FloatArray) -> FloatArray:
    """Unit tangents of the vein at stations [mm], linear between its vertices, shape (n, 3)."""
    curve = cs.curve
    tangents = np.stack([np.interp(s_mm, curve.arc_lengths, curve.tangents[:, k]) for k in range(3)], axis=-1)
    return tangents / np.linalg.norm(tangents, axis=1, keepdims=True)


def turning_sense(cs: CoronarySinus, annulus: Annulus) -> float:
    """+1 where ventricular x tangent points inwards, which it does for a vein from PM to AL; -1 for a mirrored one."""
    curve = cs.curve
    inward = annulus.loop.centroid - curve.points
    sides = side_components(inward, np.asarray(curve.tangents), -annulus.frame.axes[2], 1.0)
    return 1.0 if np.nansum(np.sign(sides[:, 0])) >= 0.0 else -1.0

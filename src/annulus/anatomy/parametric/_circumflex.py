"""Circumflex and marginals beside a coronary sinus, from clinical parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np
from scipy.interpolate import CubicSpline

from annulus._typing import FloatArray
from annulus.anatomy._annulus import Annulus
from annulus.anatomy._vessels import Artery, CoronarySinus
from annulus.anatomy.parametric._annulus import points_at_theta
from annulus.errors import InputError
from annulus.geometry import Curve

__all__ = [
    "CROSSING_MARGIN_MM",
    "CircumflexParameters",
    "CrossingSide",
    "Dominance",
    "course_at_crossing",
    "parametric_circumflex",
    "vein_directions",
]

CROSSING_MARGIN_MM = 8.0
"""A crossing lies at least this far before the vein's last station: the artery needs the room to come beside it
(assumed; set from 12 to 8 mm after rejected draws were seen)."""

_NEAR_BEFORE_MM = 33.5
"""The artery comes near the vein this far before the crossing: 86.5 [choure2006] less 53 mm
[lcx-near-cs-pmid19800853]."""

_NEAR_BEYOND_MM = 17.5
"""And leaves it this far beyond: 104 less 86.5 mm."""

_END_BEYOND_MM = 20.0
"""The artery goes on at least this far beyond its crossing."""

_SWING_DEG = 45.0
"""Far from the crossing the artery lies this far to either side of straight under (or over) the vein."""

_ASIDE_DEG = 75.0
"""An artery between vein and annulus lies at most this far from the vein's direction to the annulus (assumed)."""

_SWINGS_OVER_MM = 20.0
"""It joins the vein's course straight between vein and annulus and swings out over this length of it (assumed)."""

_NEARER_GAP_MM = 1.5
"""Away from its nearest place it keeps at least this much more gap to the vein (assumed)."""

_LEAVES_BEFORE_MM = {True: 12.0, False: 6.0}
"""The artery joins the vein's course this far before the vein turns down to the apex: one that stays between vein and
annulus, and one that crosses (assumed)."""

_SMOOTHINGS = 6
"""Times that the angles at the stations beside the vein are averaged with their neighbours' (SD of 7 mm of vein)."""

_STATION_MM = 4.0
"""Spacing of the places beside the vein that the artery's spline runs through."""

_BEND_MM = {True: 3.0, False: 4.0}
"""How far the way from the bifurcation to the vein bends towards the annulus, of the same two (assumed)."""


class Dominance(Enum):
    """Which coronary artery reaches the crux."""

    RIGHT = "right"
    LEFT = "left"


class CrossingSide(Enum):
    """On which side of the vein the artery passes."""

    BETWEEN = "between"
    """The artery runs between vein and annulus all along: the vein lies over it, it never reaches the outside."""
    UNDER = "under"
    """The artery crosses to the outside on the ventricular side of the vein."""
    OVER = "over"
    """The artery crosses to the outside on the atrial side of the vein."""
    NONE = "none"
    """The artery runs between vein and annulus and ends before it would pass the vein's nearest place."""


@dataclass(frozen=True, slots=True)
class CircumflexParameters:
    """Course and size of the circumflex relative to the vein.

    Parameters
    ----------
    crossing_at_mm
        Where the artery passes nearest to the vein, or crosses it, arc length along the vein from its ostium [mm].
    crossing_side
        Between vein and annulus, crossing under (ventricular side) or over (atrial side), or none: the artery ends
        `crossing_length_mm` before it.
    crossing_gap_mm
        Wall to wall there [mm].
    annulus_distance_mm
        Annulus to the axis of an artery between it and the vein [mm], where the gap to the vein leaves it the room.
    near_from_mm, near_to_mm
        Stretch of the vein over which the artery stays within `near_gap_mm` of it [mm from the ostium].
    near_gap_mm
        Wall gap at both ends of that stretch [mm]; it rises with the square from the crossing, and levels beyond.
    crossing_length_mm
        Arc length of vein over which the artery changes sides [mm].
    end_at_mm
        How near the ostium the artery ends, arc length along the vein [mm]; small where it reaches the crux.
    bifurcation_theta_deg, bifurcation_distance_mm, bifurcation_height_mm
        Left main bifurcation: annular angle [deg], radial distance outside the annulus and height [mm].
    proximal_lumen_diameter_mm, distal_lumen_diameter_mm
        Lumen diameters at the bifurcation and at the end [mm].
    wall_thickness_mm
        Wall [mm]; the artery's radius is lumen radius plus wall.
    n_marginals
        Obtuse marginal branches.
    marginal_length_mm, marginal_lumen_diameter_mm
        Their length and lumen diameter [mm].
    dominance
        Right or left.
    level
        Count the angle about the vein's axis from the annulus plane's direction inwards, not from the direction to the
        nearest place of the annulus: the artery then crosses, seen along the annulus axis, at `crossing_at_mm` itself,
        however high the vein lies.
    """

    crossing_at_mm: float
    crossing_side: CrossingSide
    crossing_gap_mm: float
    annulus_distance_mm: float
    near_from_mm: float
    near_to_mm: float
    near_gap_mm: float
    crossing_length_mm: float
    end_at_mm: float
    bifurcation_theta_deg: float
    bifurcation_distance_mm: float
    bifurcation_height_mm: float
    proximal_lumen_diameter_mm: float
    distal_lumen_diameter_mm: float
    wall_thickness_mm: float
    n_marginals: int
    marginal_length_mm: float
    marginal_lumen_diameter_mm: float
    dominance: Dominance = Dominance.RIGHT
    level: bool = False

    def __post_init__(self) -> None:
        if not 0.0 <= self.end_at_mm < self.near_from_mm < self.crossing_at_mm < self.near_to_mm:
            raise InputError(
                "end_at_mm < near_from_mm < crossing_at_mm < near_to_mm must hold along the vein; got "
                f"{self.end_at_mm:g}, {self.near_from_mm:g}, {self.crossing_at_mm:g}, {self.near_to_mm:g} mm."
            )
        if not 0 <= self.n_marginals <= 4:
            raise InputError(f"n_marginals must lie in [0, 4]; got {self.n_marginals}.")
        for name in ("proximal_lumen_diameter_mm", "distal_lumen_diameter_mm", "marginal_lumen_diameter_mm",
                     "crossing_length_mm"):  # fmt: skip
            if not getattr(self, name) > 0.0:
                raise InputError(f"{name} must be positive; got {getattr(self, name):g}.")
        if not self.annulus_distance_mm >= 0.0:
            raise InputError(f"annulus_distance_mm must be >= 0; got {self.annulus_distance_mm:g}.")
        if self.wall_thickness_mm < 0.0:
            raise InputError(f"wall_thickness_mm must be >= 0; got {self.wall_thickness_mm:g}.")

    @property
    def stays_between(self) -> bool:
        """The artery runs between vein and annulus all along."""
        return self.crossing_side in (CrossingSide.BETWEEN, CrossingSide.NONE)


def course_at_crossing(at_mm: float, *, end_at_mm: float, station_mm: float) -> Mapping[str, float]:
    """The places along the vein that go with a crossing: fields of `CircumflexParameters` by name.

    Parameters
    ----------
    at_mm
        Crossing, arc length from the vein's ostium [mm].
    end_at_mm
        Where the artery would end, nearer the ostium [mm]; it always runs some way beyond its crossing.
    station_mm
        End of the great cardiac vein [mm].
    """
    end = min(end_at_mm, max(at_mm - _END_BEYOND_MM, 0.0))
    return {
        "crossing_at_mm": at_mm,
        "near_from_mm": max(at_mm - _NEAR_BEFORE_MM, end + 1.0),
        "near_to_mm": min(at_mm + _NEAR_BEYOND_MM, station_mm - 0.5),
        "end_at_mm": end,
    }


def parametric_circumflex(
    annulus: Annulus, sinus: CoronarySinus, parameters: CircumflexParameters, *, step_mm: float = 1.0
) -> tuple[Artery, ...]:
    """Circumflex ("lcx") from the left main bifurcation along the vein, and its marginals ("om1", ...).

    Beside the vein the artery's place is given by the wall gap and the angle about the vein's axis (0 towards the
    annulus, 90 ventricular). Between vein and annulus the angle is the one at which the artery has its distance to the
    annulus, 0 to 75 degrees. One that crosses runs on the annulus side from the bifurcation to the crossing, passes 90
    degrees (under) or 270 (over) there, and goes on outside.

    Raises
    ------
    InputError
        The crossing lies off the vein.
    """
    main_end = sinus.parts[1].to_mm if len(sinus.parts) > 1 else sinus.curve.length
    if not parameters.near_to_mm < main_end:
        raise InputError(
            f"near_to_mm must lie before the end of the great cardiac vein ({main_end:.1f} mm); "
            f"got {parameters.near_to_mm:g}."
        )
    # Few stations, one of them at the crossing: a spline through them stays as smooth as an artery.
    s = parameters.crossing_at_mm + _STATION_MM * np.arange(60.0, -61.0, -1.0)
    end_at = parameters.end_at_mm
    if parameters.crossing_side is CrossingSide.NONE:
        end_at = parameters.crossing_at_mm + parameters.crossing_length_mm
    s = s[(s >= end_at) & (s <= main_end - _LEAVES_BEFORE_MM[parameters.stays_between])]
    if not s.size:
        raise InputError(
            f"crossing_at_mm must lie farther before the end of the great cardiac vein ({main_end:.1f} mm) for an "
            f"artery that ends before it crosses; got {parameters.crossing_at_mm:g}."
        )
    lumen = np.interp(
        s,
        [end_at, main_end],
        [parameters.distal_lumen_diameter_mm, parameters.proximal_lumen_diameter_mm],
    )
    along = _beside_vein(annulus, sinus.curve, parameters, s, 0.5 * lumen + parameters.wall_thickness_mm)
    points = np.vstack([_from_bifurcation(annulus, parameters, along[0]), along])
    chord = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1)))
    smooth = CubicSpline(chord, points, bc_type="natural")
    dense = Curve(smooth(np.linspace(0.0, chord[-1], 12 * len(points))))
    curve = dense.resampled(round(dense.length / step_mm) + 1)
    share = curve.arc_lengths / curve.length
    radius = (
        0.5 * (parameters.proximal_lumen_diameter_mm * (1.0 - share) + parameters.distal_lumen_diameter_mm * share)
        + parameters.wall_thickness_mm
    )
    circumflex = Artery("lcx", Curve(curve.points, radius, radius))
    return circumflex, *_marginals(annulus, circumflex.curve, parameters)


def vein_directions(annulus: Annulus, vein: Curve) -> tuple[FloatArray, FloatArray]:
    """Unit vectors across the vein's axis: towards the annulus (0 deg) and ventricular (90 deg), each (n, 3)."""
    nearest = annulus.loop.at(annulus.loop.closest(vein.points)[0])
    inward = nearest - vein.points
    inward = inward - np.sum(inward * vein.tangents, axis=1, keepdims=True) * vein.tangents
    inward = inward / np.linalg.norm(inward, axis=1, keepdims=True)
    ventricular = np.cross(vein.tangents, inward)
    upward = np.sum(ventricular * annulus.frame.axes[2], axis=1, keepdims=True) > 0.0
    return inward, np.where(upward, -ventricular, ventricular)


def _level_directions(annulus: Annulus, vein: Curve) -> tuple[FloatArray, FloatArray]:
    """As `vein_directions`, but 90 degrees is straight below the vein along the annulus axis."""
    down, tangents = -annulus.frame.axes[2], vein.tangents
    ventricular = down - (tangents @ down)[:, None] * tangents
    ventricular = ventricular / np.linalg.norm(ventricular, axis=1, keepdims=True)
    inward = np.cross(ventricular, tangents)
    outward = np.sum(inward * (annulus.frame.origin - vein.points), axis=1) < 0.0
    # One side of the vein all along: where it turns down to the apex the centroid is no guide.
    return (-inward if outward.mean() > 0.5 else inward), ventricular


def _from_bifurcation(annulus: Annulus, parameters: CircumflexParameters, to: FloatArray) -> FloatArray:
    """Places from the left main bifurcation around the annulus to the first place beside the vein, shape (n, 3)."""
    goal = annulus.frame.to_local(to)
    last = float(annulus.theta_deg(to))
    theta = np.linspace(parameters.bifurcation_theta_deg, last, 4)[:-1]
    base = points_at_theta(annulus, np.append(theta, last))
    clearance = np.hypot(goal[0], goal[1]) - np.hypot(base[-1, 0], base[-1, 1])
    share = np.linspace(0.0, 1.0, 4)[:-1]
    # A way that bends in between: the vein turns down to the apex just outside.
    clear = (
        (1.0 - share) * parameters.bifurcation_distance_mm
        + share * clearance
        - 4.0 * _BEND_MM[parameters.stays_between] * share * (1.0 - share)
    )
    if parameters.level:
        # The bend is for a vein far out; beside a near one the wall stays off the annulus.
        clear = np.maximum(clear, 0.5 * parameters.proximal_lumen_diameter_mm + parameters.wall_thickness_mm + 1.5)
    height = (1.0 - share) * parameters.bifurcation_height_mm + share * goal[2]
    if parameters.stays_between:
        # Nor does the axis come nearer to the annulus than asked, as far as the vein just outside leaves it the room.
        own = min(parameters.annulus_distance_mm, clearance)
        clear = np.maximum(clear, np.sqrt(np.maximum(own**2 - (height - base[:-1, 2]) ** 2, 0.0)))
    radial = np.hypot(base[:-1, 0], base[:-1, 1]) + clear
    turn = np.radians(theta)
    return annulus.frame.to_world(np.column_stack([-radial * np.sin(turn), radial * np.cos(turn), height]))


def _beside_vein(
    annulus: Annulus, vein: Curve, parameters: CircumflexParameters, s: FloatArray, radius: FloatArray
) -> FloatArray:
    """Artery axis beside the vein at the vein's arc lengths `s`, shape (n, 3)."""
    level = parameters.level and not parameters.stays_between
    inward, ventricular = _level_directions(annulus, vein) if level else vein_directions(annulus, vein)
    where = vein.arc_lengths
    inward_at = np.column_stack([np.interp(s, where, inward[:, k]) for k in range(3)])
    down_at = np.column_stack([np.interp(s, where, ventricular[:, k]) for k in range(3)])
    before = (parameters.crossing_at_mm - s) / (parameters.crossing_at_mm - parameters.near_from_mm)
    beyond = (s - parameters.crossing_at_mm) / (parameters.near_to_mm - parameters.crossing_at_mm)
    rise = np.tanh(1.2 * np.maximum(before, beyond) ** 2) / np.tanh(1.2)
    gap = parameters.crossing_gap_mm + (parameters.near_gap_mm - parameters.crossing_gap_mm) * rise
    axis, reach = vein.at(s), vein.radius_at(s) + radius + gap
    if parameters.stays_between:
        # Triangle of vein, artery and nearest annulus: two sides and the artery's distance give the angle at the vein.
        away = annulus.loop.closest(axis)[1]
        asked = parameters.annulus_distance_mm
        # Towards the bifurcation it comes up beside the vein, which turns down to the apex just ahead.
        to_end = np.clip((s.max() - s) / _SWINGS_OVER_MM, 0.0, 1.0)
        limit = np.radians(_ASIDE_DEG) * to_end
        turn = _angle_at_vein(reach, away, asked)
        # Where that leaves it too near to the annulus it comes nearer to the vein instead.
        nearer = away * np.cos(limit) - np.sqrt(np.maximum(asked**2 - (away * np.sin(limit)) ** 2, 0.0))
        least = reach - gap + np.minimum(gap, parameters.crossing_gap_mm + _NEARER_GAP_MM)
        reach = np.where(turn > limit, np.clip(nearer, least, reach), reach)
        turn = _smooth(np.minimum(_angle_at_vein(reach, away, asked), limit))[:, None]
    else:
        swing = _SWING_DEG * np.tanh((parameters.crossing_at_mm - s) / (0.5 * parameters.crossing_length_mm))
        over = parameters.crossing_side is CrossingSide.OVER
        turn = np.radians(270.0 - swing if over else 90.0 + swing)[:, None]
    across = np.cos(turn) * inward_at + np.sin(turn) * down_at
    across = across / np.linalg.norm(across, axis=1, keepdims=True)
    return axis + reach[:, None] * across


def _angle_at_vein(reach: FloatArray, away: FloatArray, opposite: float) -> FloatArray:
    """Angle between the sides `reach` and `away` of a triangle [rad]; 0 or pi where the third is too short or long."""
    cosine = (reach**2 + away**2 - opposite**2) / (2.0 * reach * away)
    return np.arccos(np.clip(cosine, -1.0, 1.0))


def _smooth(values: FloatArray) -> FloatArray:
    """Values along the vein without kinks: neighbours averaged with weights 1, 2, 1, the ends kept, (n,)."""
    for _ in range(_SMOOTHINGS):
        values = np.concatenate([values[:1], 0.25 * (values[:-2] + 2.0 * values[1:-1] + values[2:]), values[-1:]])
    return values


def _marginals(annulus: Annulus, circumflex: Curve, parameters: CircumflexParameters) -> tuple[Artery, ...]:
    """Obtuse marginals: from evenly spaced places in the artery's middle, down the free wall."""
    outside_frame = annulus.frame.to_local(circumflex.points)
    branches = []
    for number in range(parameters.n_marginals):
        share = 0.35 + 0.4 * (number + 0.5) / max(parameters.n_marginals, 1)
        index = round(share * (len(circumflex) - 1))
        start = outside_frame[index]
        outward = np.array([start[0], start[1], 0.0]) / np.hypot(start[0], start[1])
        tangent = annulus.frame.vectors_to_local(circumflex.tangents[index])
        s = np.linspace(0.0, parameters.marginal_length_mm, round(parameters.marginal_length_mm / 2.0) + 1)
        part = s / parameters.marginal_length_mm
        down = np.array([0.0, 0.0, -1.0])
        # First with the parent, then down the wall, which bulges out and is upright at the middle of the ventricle,
        # where the branch ends.
        heading = (1.0 - part)[:, None] ** 3 * tangent + np.minimum(2.0 * part, 1.0)[:, None] * down
        heading = heading + 0.35 * (1.0 - part)[:, None] * outward
        heading = heading / np.linalg.norm(heading, axis=1, keepdims=True)
        steps = 0.5 * (heading[1:] + heading[:-1]) * np.diff(s)[:, None]
        points = start + np.vstack([np.zeros(3), np.cumsum(steps, axis=0)])
        radius = 0.5 * parameters.marginal_lumen_diameter_mm * (1.0 - 0.4 * part) + 0.4 * parameters.wall_thickness_mm
        branches.append(Artery(f"om{number + 1}", Curve(annulus.frame.to_world(points), radius, radius)))
    return tuple(branches)

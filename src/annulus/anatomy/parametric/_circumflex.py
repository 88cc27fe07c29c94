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

_LEAVES_BEFORE_MM = 6.0
"""The artery joins the vein's course this far before the vein turns down to the apex."""

_STATION_MM = 4.0
"""Spacing of the places beside the vein that the artery's spline runs through."""

_BEND_MM = 4.0
"""How far the way from the bifurcation to the vein bends towards the annulus."""


class Dominance(Enum):
    """Which coronary artery reaches the crux."""

    RIGHT = "right"
    LEFT = "left"


class CrossingSide(Enum):
    """On which side of the vein the artery crosses it."""

    UNDER = "under"
    """The artery lies on the ventricular side of the vein."""
    OVER = "over"
    """The artery lies on the atrial side of the vein."""
    NONE = "none"
    """The artery ends on the annulus side, under the vein's inner edge, before it would cross."""


@dataclass(frozen=True, slots=True)
class CircumflexParameters:
    """Course and size of the circumflex relative to the vein.

    Parameters
    ----------
    crossing_at_mm
        Where the artery crosses the vein, arc length along the vein from its ostium [mm].
    crossing_side
        Under (ventricular side) or over (atrial side), or none: the artery ends `crossing_length_mm` before it.
    crossing_gap_mm
        Wall to wall at the crossing [mm].
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
        if self.wall_thickness_mm < 0.0:
            raise InputError(f"wall_thickness_mm must be >= 0; got {self.wall_thickness_mm:g}.")


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

    Beside the vein the artery's place is given by the wall gap and the angle about the vein's axis
    (0 towards the annulus, 90 ventricular): it runs on the annulus side between bifurcation and crossing,
    passes 90 degrees (under) or 270 (over) at the crossing, and goes on outside.

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
    s = s[(s >= end_at) & (s <= main_end - _LEAVES_BEFORE_MM)]
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
        (1.0 - share) * parameters.bifurcation_distance_mm + share * clearance - 4.0 * _BEND_MM * share * (1.0 - share)
    )
    if parameters.level:
        # The bend is for a vein far out; beside a near one the wall stays off the annulus.
        clear = np.maximum(clear, 0.5 * parameters.proximal_lumen_diameter_mm + parameters.wall_thickness_mm + 1.5)
    radial = np.hypot(base[:-1, 0], base[:-1, 1]) + clear
    height = (1.0 - share) * parameters.bifurcation_height_mm + share * goal[2]
    turn = np.radians(theta)
    return annulus.frame.to_world(np.column_stack([-radial * np.sin(turn), radial * np.cos(turn), height]))


def _beside_vein(
    annulus: Annulus, vein: Curve, parameters: CircumflexParameters, s: FloatArray, radius: FloatArray
) -> FloatArray:
    """Artery axis beside the vein at the vein's arc lengths `s`, shape (n, 3)."""
    inward, ventricular = _level_directions(annulus, vein) if parameters.level else vein_directions(annulus, vein)
    where = vein.arc_lengths
    inward_at = np.column_stack([np.interp(s, where, inward[:, k]) for k in range(3)])
    down_at = np.column_stack([np.interp(s, where, ventricular[:, k]) for k in range(3)])
    before = (parameters.crossing_at_mm - s) / (parameters.crossing_at_mm - parameters.near_from_mm)
    beyond = (s - parameters.crossing_at_mm) / (parameters.near_to_mm - parameters.crossing_at_mm)
    rise = np.tanh(1.2 * np.maximum(before, beyond) ** 2) / np.tanh(1.2)
    gap = parameters.crossing_gap_mm + (parameters.near_gap_mm - parameters.crossing_gap_mm) * rise
    swing = _SWING_DEG * np.tanh((parameters.crossing_at_mm - s) / (0.5 * parameters.crossing_length_mm))
    angle = 270.0 - swing if parameters.crossing_side is CrossingSide.OVER else 90.0 + swing
    turn = np.radians(angle)[:, None]
    across = np.cos(turn) * inward_at + np.sin(turn) * down_at
    across = across / np.linalg.norm(across, axis=1, keepdims=True)
    return vein.at(s) + (vein.radius_at(s) + radius + gap)[:, None] * across


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

"""The arteries beside the coronary sinus: crossings, gaps and the stretch that they run together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from annulus._arrays import locked
from annulus._typing import FloatArray
from annulus.anatomy._annulus import Annulus
from annulus.anatomy._vessels import Artery, CoronarySinus
from annulus.anatomy.measures._artery_reports import (
    ClockSection,
    ParallelStretch,
    clock_sections,
    parallel_stretches,
)
from annulus.anatomy.measures._gap import TOGETHER_MM, GapProfile, gap_profile
from annulus.geometry import Curve
from annulus.kernels.crossings import tube_crossings

__all__ = [
    "ArteryMeasures",
    "CircumflexMeasures",
    "Crossing",
    "between_length",
    "crossing_places",
    "measure_circumflex",
    "vessel_crossings",
]

NEAR = 1.0
"""Vessels that pass each other count as crossing up to this wall gap over the sum of their radii."""

_GRAZE = 0.1
"""Two crossings in opposite senses are one touch, no crossing, where the artery strays sideways by less than this
share of the sum of radii between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A place where an artery passes from one side of the vein to the other, seen along the annulus axis.

    Parameters
    ----------
    artery
        Name of the artery.
    cs_s_mm, lcx_s_mm
        Arc lengths along vein and artery [mm].
    theta_deg
        Annular angle [deg].
    side_deg
        Where the nearest place of the artery lies around the vein [deg]: 90 ventricular, 270 atrial.
    side
        "ventricular" where the artery passes under the vein, "atrial" where over it.
    inwards
        Walking along the vein from the ostium, the artery comes from outside and goes inside.
    gap_mm, axis_distance_mm
        Wall to wall and axis to axis at this station of the vein [mm]; the gap is None where a radius is unknown.
    """

    artery: str
    cs_s_mm: float
    lcx_s_mm: float
    theta_deg: float
    side_deg: float
    side: str
    inwards: bool
    gap_mm: float | None
    axis_distance_mm: float

    def to_dict(self) -> dict[str, object]:
        """Entry of ``circumflex.crossings`` in the result file."""
        out: dict[str, object] = {
            "artery": self.artery,
            "cs_s_mm": self.cs_s_mm,
            "lcx_s_mm": self.lcx_s_mm,
            "theta_deg": self.theta_deg,
            "side_deg": self.side_deg,
            "side": self.side,
            "inwards": self.inwards,
            "axis_distance_mm": self.axis_distance_mm,
        }
        if self.gap_mm is not None:
            out["gap_before_mm"] = self.gap_mm
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class ArteryMeasures:
    """One artery beside the vein; None where a radius is unknown or the stretch does not exist.

    Parameters
    ----------
    artery
        Name.
    crossings
        In order along the vein.
    profile
        Gap, distance and side along the vein.
    min_gap_mm, min_gap_cs_s_mm
        Smallest wall gap [mm] (negative: overlap) and its station [mm].
    min_axis_distance_mm
        Smallest axis distance [mm].
    together_mm
        First and last station with a wall gap below 5 mm [mm].
    overlap_theta_deg
        Annular angles of the first and last station where the vessels overlie each other along the annulus axis [deg].
    walls_overlap_mm
        Length of the vein along which the walls overlap (negative gap) [mm].
    between_mm
        Length of the vein along which the artery lies between vein and annulus, at most 5 mm away, wall to wall [mm].
    """

    artery: str
    crossings: tuple[Crossing, ...]
    profile: GapProfile
    min_gap_mm: float | None = None
    min_gap_cs_s_mm: float | None = None
    min_axis_distance_mm: float
    together_mm: tuple[float, float] | None = None
    overlap_theta_deg: tuple[float, float] | None = None
    walls_overlap_mm: float | None = None
    between_mm: float | None = None

    def to_dict(self) -> dict[str, object]:
        """Entry of ``circumflex.arteries`` in the result file."""
        out: dict[str, object] = {"artery": self.artery, "crossing_count": len(self.crossings)}
        values = {
            "min_gap_before_mm": self.min_gap_mm,
            "min_gap_cs_s_mm": self.min_gap_cs_s_mm,
            "min_axis_distance_mm": self.min_axis_distance_mm,
            "together_cs_s_mm": self.together_mm,
            "overlap_theta_deg": self.overlap_theta_deg,
            "walls_overlap_mm": self.walls_overlap_mm,
            "between_vein_and_annulus_mm": self.between_mm,
        }
        for key, value in values.items():
            if value is not None:
                out[key] = list(value) if isinstance(value, tuple) else value
        profile: dict[str, list[float | None]] = {"cs_s_mm": _plain(self.profile.s_mm)}
        profile["axis_distance_mm"] = _plain(self.profile.axis_distance_mm)
        if self.min_gap_mm is not None:
            profile["gap_before_mm"] = _plain(self.profile.gap_mm)
        profile["side_deg"] = _plain(self.profile.angle_deg)
        profile["aside_deg"] = _plain(self.profile.aside_deg)
        out["profile"] = profile
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class CircumflexMeasures:
    """All arteries of a case beside its vein.

    Parameters
    ----------
    arteries
        One by one.
    stretches
        Where each runs along the vein.
    sections
        The nearest one by the clock around the annulus.
    """

    arteries: tuple[ArteryMeasures, ...]
    stretches: tuple[ParallelStretch, ...] = ()
    sections: tuple[ClockSection, ...] = ()

    @property
    def crossings(self) -> tuple[Crossing, ...]:
        """Crossings of all arteries, in order along the vein."""
        return tuple(sorted((c for a in self.arteries for c in a.crossings), key=lambda c: c.cs_s_mm))

    @property
    def min_gap_mm(self) -> float | None:
        """Smallest wall gap of any artery [mm]; negative where walls overlap, None where no radius is known."""
        gaps = [a.min_gap_mm for a in self.arteries if a.min_gap_mm is not None]
        return min(gaps) if gaps else None

    @property
    def min_axis_distance_mm(self) -> float:
        """Smallest axis distance of any artery [mm]."""
        return min(a.min_axis_distance_mm for a in self.arteries)

    def to_dict(self) -> dict[str, object]:
        """Object ``circumflex`` of the result file; what is unknown has no key."""
        out: dict[str, object] = {"crossings": [c.to_dict() for c in self.crossings]}
        if self.min_gap_mm is not None:
            out["min_gap_before_mm"] = self.min_gap_mm
        out["min_axis_distance_mm"] = self.min_axis_distance_mm
        out["arteries"] = [a.to_dict() for a in self.arteries]
        out["stretches"] = [stretch.to_dict() for stretch in self.stretches]
        out["sections"] = [section.to_dict() for section in self.sections]
        return out


def measure_circumflex(cs: CoronarySinus, arteries: Sequence[Artery], annulus: Annulus) -> CircumflexMeasures | None:
    """Crossings and gaps of the arteries beside the vein; None where no artery is known."""
    if not arteries:
        return None
    found = tuple(_measure_artery(cs, artery, annulus) for artery in arteries)
    return CircumflexMeasures(
        arteries=found,
        stretches=tuple(
            stretch for item in found for stretch in parallel_stretches(cs, annulus, item.artery, item.profile)
        ),
        sections=clock_sections(
            cs,
            annulus,
            [(item.artery, item.profile) for item in found],
            [crossing.theta_deg for item in found for crossing in item.crossings],
        ),
    )


def between_length(profiles: Sequence[GapProfile], span: tuple[float, float] = (-np.inf, np.inf)) -> float:
    """Length of the vein, within `span` of it [mm], along which any artery lies between vein and annulus [mm].

    The profiles must have the same stations.
    """
    s, between = profiles[0].s_mm, np.any([profile.between for profile in profiles], axis=0)
    # Each station stands for half of both steps beside it.
    ends = np.concatenate([s[:1], 0.5 * (s[1:] + s[:-1]), s[-1:]])
    low, high = np.clip(ends[:-1], *span), np.clip(ends[1:], *span)
    return float(np.sum((high - low)[between]))


def vessel_crossings(
    cs: CoronarySinus, artery: Artery, annulus: Annulus, *, near: float = NEAR
) -> tuple[Crossing, ...]:
    """Crossings of one artery with the vein, seen along the annulus axis, in order along the vein.

    A crossing counts where the wall gap there is at most `near` times the sum of the radii (where radii are unknown,
    every crossing counts), and where the artery really changes sides rather than grazes the vein's axis.
    """
    kept = _kept_crossings(cs, artery, annulus, near)
    if not kept:
        return ()
    at = gap_profile(cs, artery, annulus, s_mm=np.array([row[0] for row in kept]))
    thetas = annulus.theta_deg(cs.curve.at(at.s_mm)).tolist()
    return tuple(
        _crossing(artery.name, row, theta, side_deg)
        for row, theta, side_deg in zip(kept, thetas, at.angle_deg.tolist(), strict=True)
    )


def crossing_places(cs: CoronarySinus, artery: Artery, annulus: Annulus) -> tuple[Crossing, ...]:
    """As `vessel_crossings`, but for the side around the vein, which is not-a-number: at a third of the cost."""
    kept = _kept_crossings(cs, artery, annulus, NEAR)
    if not kept:
        return ()
    thetas = annulus.theta_deg(cs.curve.at([row[0] for row in kept])).tolist()
    return tuple(_crossing(artery.name, row, theta, np.nan) for row, theta in zip(kept, thetas, strict=True))


def _crossing(artery: str, row: list[float], theta_deg: float, side_deg: float) -> Crossing:
    first, second, rise, _, distance, gap, _, inwards = row
    return Crossing(
        artery=artery,
        cs_s_mm=first,
        lcx_s_mm=second,
        theta_deg=theta_deg,
        side_deg=side_deg,
        side="ventricular" if rise < 0.0 else "atrial",
        inwards=inwards > 0.0,
        gap_mm=gap if np.isfinite(gap) else None,
        axis_distance_mm=distance,
    )


def _kept_crossings(cs: CoronarySinus, artery: Artery, annulus: Annulus, near: float) -> list[list[float]]:
    """Rows of `tube_crossings` that count."""
    frame = annulus.frame
    seen = tube_crossings((frame.origin, frame.axes), _tube(cs.curve), _tube(artery.curve)).tolist()
    out: list[list[float]] = []
    for row in seen:
        gap, reach = row[5:7]
        if gap > near * reach:
            continue
        # Neighbours in opposite senses between which the artery hardly leaves the vein's axis sideways are no crossing.
        if out and out[-1][3] != row[3] and np.isfinite(reach):
            points = artery.curve.at(np.linspace(out[-1][1], row[1], 33))
            s, _ = cs.curve.closest(points)
            offset = points - cs.curve.at(s)
            flat = offset - np.outer(offset @ frame.axes[2], frame.axes[2])
            if np.linalg.norm(flat, axis=1).max() < _GRAZE * reach:
                out.pop()
                continue
        out.append(row)
    return out


def _tube(curve: Curve) -> tuple[FloatArray, FloatArray, FloatArray]:
    radius = curve.radius if curve.radius is not None else locked(np.full(len(curve), np.nan))
    return curve.arc_lengths, curve.points, radius


def _measure_artery(cs: CoronarySinus, artery: Artery, annulus: Annulus) -> ArteryMeasures:
    profile = gap_profile(cs, artery, annulus)
    crossings = vessel_crossings(cs, artery, annulus)
    nearest = float(profile.axis_distance_mm.min())
    if not np.isfinite(profile.gap_mm).all():
        return ArteryMeasures(artery=artery.name, crossings=crossings, profile=profile, min_axis_distance_mm=nearest)
    least = int(np.argmin(profile.gap_mm))
    together = np.flatnonzero(profile.gap_mm < TOGETHER_MM)
    frame = annulus.frame
    offset = artery.curve.at(profile.artery_s_mm) - cs.curve.at(profile.s_mm)
    aside = np.linalg.norm(frame.vectors_to_local(offset)[:, :2], axis=1)
    over = np.flatnonzero((aside < profile.reach_mm) & (profile.gap_mm < TOGETHER_MM))
    ends = None
    if over.size:
        first, last = annulus.theta_deg(cs.curve.at(profile.s_mm[[over[0], over[-1]]]))
        ends = (float(first), float(last))
    return ArteryMeasures(
        artery=artery.name,
        crossings=crossings,
        profile=profile,
        min_gap_mm=float(profile.gap_mm[least]),
        min_gap_cs_s_mm=float(profile.s_mm[least]),
        min_axis_distance_mm=nearest,
        together_mm=(float(profile.s_mm[together[0]]), float(profile.s_mm[together[-1]])) if together.size else None,
        overlap_theta_deg=ends,
        walls_overlap_mm=_length_below_zero(profile.s_mm, profile.gap_mm),
        between_mm=between_length([profile]),
    )


def _length_below_zero(s: FloatArray, gap: FloatArray) -> float:
    """Length of the stations where the piecewise linear gap is negative [mm]."""
    a, b, h = gap[:-1], gap[1:], np.diff(s)
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(
            (a < 0.0) & (b < 0.0), 1.0, np.where((a < 0.0) != (b < 0.0), np.minimum(a, b) / -np.abs(b - a), 0.0)
        )
    return float(np.nansum(part * h))


def _plain(values: FloatArray) -> list[float | None]:
    return [float(v) if np.isfinite(v) else None for v in values]

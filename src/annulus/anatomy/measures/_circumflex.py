"""The arteries beside the coronary sinus: crossings, gaps and the stretch that they run together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy._annulus import Annulus
from annulus.anatomy._vessels import Artery, CoronarySinus
from annulus.anatomy.measures._gap import GapProfile, gap_profile
from annulus.geometry import crossings_seen_from

__all__ = ["ArteryMeasures", "CircumflexMeasures", "Crossing", "measure_circumflex", "vessel_crossings"]

NEAR = 1.0
"""Vessels that pass each other count as crossing up to this wall gap over the sum of their radii."""

_GRAZE = 0.1
"""Two crossings in opposite senses are one touch, no crossing, where the artery strays sideways by less than this
share of the sum of radii between them."""

_TOGETHER_MM = 5.0
"""Wall gap [mm] up to which vein and artery count as running together (as lcx-near-cs-pmid19800853 does)."""


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
        }
        for key, value in values.items():
            if value is not None:
                out[key] = list(value) if isinstance(value, tuple) else value
        profile: dict[str, list[float | None]] = {"cs_s_mm": _plain(self.profile.s_mm)}
        profile["axis_distance_mm"] = _plain(self.profile.axis_distance_mm)
        if self.min_gap_mm is not None:
            profile["gap_before_mm"] = _plain(self.profile.gap_mm)
        profile["side_deg"] = _plain(self.profile.angle_deg)
        out["profile"] = profile
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class CircumflexMeasures:
    """All arteries of a case beside its vein."""

    arteries: tuple[ArteryMeasures, ...]

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
        return out


def measure_circumflex(cs: CoronarySinus, arteries: Sequence[Artery], annulus: Annulus) -> CircumflexMeasures | None:
    """Crossings and gaps of the arteries beside the vein; None where no artery is known."""
    if not arteries:
        return None
    return CircumflexMeasures(arteries=tuple(_measure_artery(cs, artery, annulus) for artery in arteries))


def vessel_crossings(
    cs: CoronarySinus, artery: Artery, annulus: Annulus, *, near: float = NEAR
) -> tuple[Crossing, ...]:
    """Crossings of one artery with the vein, seen along the annulus axis, in order along the vein.

    A crossing counts where the wall gap there is at most `near` times the sum of the radii (where radii are unknown,
    every crossing counts), and where the artery really changes sides rather than grazes the vein's axis.
    """
    seen = list(crossings_seen_from(annulus.frame.axes[2], cs.curve, artery.curve))
    if not seen:
        return ()
    at = gap_profile(cs, artery, annulus, s_mm=np.array([c.first_mm for c in seen]))
    far = at.gap_mm > near * at.reach_mm
    kept = [(c, i) for i, c in enumerate(seen) if not far[i]]
    kept = _without_grazes(kept, cs, artery, annulus, at.reach_mm)
    crossings = []
    for crossing, i in kept:
        point = cs.curve.at(crossing.first_mm)
        gap = float(at.gap_mm[i])
        crossings.append(
            Crossing(
                artery=artery.name,
                cs_s_mm=crossing.first_mm,
                lcx_s_mm=crossing.second_mm,
                theta_deg=float(annulus.theta_deg(point)),
                side_deg=float(at.angle_deg[i]),
                side="ventricular" if crossing.rise_mm < 0.0 else "atrial",
                inwards=_goes_inwards(cs, artery, annulus, crossing.first_mm, crossing.second_mm),
                gap_mm=gap if np.isfinite(gap) else None,
                axis_distance_mm=float(at.axis_distance_mm[i]),
            )
        )
    return tuple(crossings)


def _without_grazes(kept: list, cs: CoronarySinus, artery: Artery, annulus: Annulus, reach: FloatArray) -> list:
    """Drop neighbours in opposite senses between which the artery hardly leaves the vein's axis sideways."""
    out: list = []
    normal = annulus.frame.axes[2]
    for crossing, i in kept:
        if out and out[-1][0].sense != crossing.sense and np.isfinite(reach[i]):
            between = np.linspace(out[-1][0].second_mm, crossing.second_mm, 33)
            points = artery.curve.at(between)
            s, _ = cs.curve.closest(points)
            offset = points - cs.curve.at(s)
            flat = offset - np.outer(offset @ normal, normal)
            if np.linalg.norm(flat, axis=1).max() < _GRAZE * reach[i]:
                out.pop()
                continue
        out.append((crossing, i))
    return out


def _goes_inwards(cs: CoronarySinus, artery: Artery, annulus: Annulus, s: float, artery_s: float) -> bool:
    """Whether the artery lies further in beyond station `s` than before it."""
    frame = annulus.frame
    step = 0.01 * artery.curve.length
    ends = artery.curve.at(np.clip([artery_s - step, artery_s + step], 0.0, artery.curve.length))
    places, _ = cs.curve.closest(ends)
    out = np.linalg.norm(frame.to_local(ends)[:, :2], axis=1) - np.linalg.norm(
        frame.to_local(cs.curve.at(places))[:, :2], axis=1
    )
    distal_first = places[0] > places[1]
    return bool((out[1] < out[0]) != distal_first)


def _measure_artery(cs: CoronarySinus, artery: Artery, annulus: Annulus) -> ArteryMeasures:
    profile = gap_profile(cs, artery, annulus)
    crossings = vessel_crossings(cs, artery, annulus)
    nearest = float(profile.axis_distance_mm.min())
    if not np.isfinite(profile.gap_mm).all():
        return ArteryMeasures(artery=artery.name, crossings=crossings, profile=profile, min_axis_distance_mm=nearest)
    least = int(np.argmin(profile.gap_mm))
    together = np.flatnonzero(profile.gap_mm < _TOGETHER_MM)
    frame = annulus.frame
    offset = artery.curve.at(profile.artery_s_mm) - cs.curve.at(profile.s_mm)
    aside = np.linalg.norm(frame.vectors_to_local(offset)[:, :2], axis=1)
    over = np.flatnonzero((aside < profile.reach_mm) & (profile.gap_mm < _TOGETHER_MM))
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

"""Vein and arteries as two published schemes report them: by the clock around the annulus, and by parallel stretches.

Sections every ten degrees of annular angle from 12 o'clock, with what crosses there [lcx-crossing-pmid23978368];
stretches with a wall gap below five millimetres, one by one [lcx-near-cs-pmid19800853].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy._annulus import Annulus
from annulus.anatomy._vessels import CoronarySinus
from annulus.anatomy.measures._gap import TOGETHER_MM, GapProfile

__all__ = ["ClockSection", "ParallelStretch", "clock_sections", "parallel_stretches"]

SECTION_DEG = 10.0
"""Between neighbouring sections [deg]: 36 around the annulus."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParallelStretch:
    """A stretch of the vein on which one artery runs at most 5 mm away, wall to wall.

    Parameters
    ----------
    artery
        Name.
    cs_from_s_mm, cs_to_s_mm, lcx_from_s_mm, lcx_to_s_mm
        Its ends along the vein from the ostium and along the artery [mm].
    theta_from_deg, theta_to_deg
        Their annular angles [deg].
    min_gap_before_mm
        Least wall gap on it [mm].
    side_deg
        Where the artery lies around the vein where they are nearest [deg]; None where that has no meaning.
    between_mm
        Length on which the artery lies between vein and annulus [mm].
    """

    artery: str
    cs_from_s_mm: float
    cs_to_s_mm: float
    lcx_from_s_mm: float
    lcx_to_s_mm: float
    theta_from_deg: float
    theta_to_deg: float
    min_gap_before_mm: float
    side_deg: float | None
    between_mm: float

    def to_dict(self) -> dict[str, object]:
        """Entry of ``circumflex.stretches`` in the result file."""
        return {key: value for key, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSection:
    """One half-plane through the annulus axis that the vein crosses, and the artery nearest to the vein there.

    Parameters
    ----------
    clock_deg
        Annular angle [deg]: 0 at 12 o'clock (A), counter-clockwise seen from the atrium.
    cs_s_mm, annulus_distance_mm
        Where the vein crosses it, from the ostium, and how far it is from the nearest place of the annulus [mm].
    artery
        Name of the artery that is nearest to the vein there, wall to wall (axis to axis where a radius is unknown).
    axis_distance_mm, gap_before_mm
        Axis to axis and wall to wall [mm]; the gap is None where a radius is unknown.
    side_deg
        Where it lies around the vein [deg]; None where that has no meaning.
    crosses
        An artery crosses the vein within five degrees of this section.
    """

    clock_deg: float
    cs_s_mm: float
    annulus_distance_mm: float
    artery: str
    axis_distance_mm: float
    gap_before_mm: float | None
    side_deg: float | None
    crosses: bool

    def to_dict(self) -> dict[str, object]:
        """Entry of ``circumflex.sections`` in the result file."""
        return {key: value for key, value in asdict(self).items() if value is not None}


def parallel_stretches(
    cs: CoronarySinus, annulus: Annulus, name: str, profile: GapProfile
) -> tuple[ParallelStretch, ...]:
    """Stretches of one artery, in order along the vein; none where a radius is unknown."""
    together = np.concatenate([[False], profile.gap_mm < TOGETHER_MM, [False]])
    starts, stops = np.flatnonzero(together[1:] & ~together[:-1]), np.flatnonzero(together[:-1] & ~together[1:])
    out = []
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        s, gap = profile.s_mm[start:stop], profile.gap_mm[start:stop]
        nearest = start + int(np.argmin(gap))
        theta = annulus.theta_deg(cs.curve.at(s[[0, -1]]))
        step = float(np.median(np.diff(profile.s_mm)))
        out.append(
            ParallelStretch(
                artery=name,
                cs_from_s_mm=float(s[0]),
                cs_to_s_mm=float(s[-1]),
                lcx_from_s_mm=float(profile.artery_s_mm[start]),
                lcx_to_s_mm=float(profile.artery_s_mm[stop - 1]),
                theta_from_deg=float(theta[0]),
                theta_to_deg=float(theta[1]),
                min_gap_before_mm=float(gap.min()),
                side_deg=_known(profile.angle_deg[nearest]),
                between_mm=step * float(np.count_nonzero(profile.between[start:stop])),
            )
        )
    return tuple(out)


def clock_sections(
    cs: CoronarySinus,
    annulus: Annulus,
    profiles: Sequence[tuple[str, GapProfile]],
    crossing_deg: Sequence[float],
) -> tuple[ClockSection, ...]:
    """Sections of 36 that the vein crosses, from 0 degrees on; the profiles must have the same stations.

    Where the vein comes back to an angle, its first crossing from the ostium counts. `crossing_deg` are the annular
    angles of all crossings.
    """
    s = profiles[0][1].s_mm
    theta = np.degrees(np.unwrap(np.radians(annulus.theta_deg(cs.curve.at(s)))))
    wanted = SECTION_DEG * np.arange(np.ceil(theta.min() / SECTION_DEG), np.floor(theta.max() / SECTION_DEG) + 1.0)
    found: dict[float, float] = {}
    for angle in wanted.tolist():
        passed = np.flatnonzero((theta[:-1] - angle) * (theta[1:] - angle) <= 0.0)
        if passed.size:
            k = int(passed[0])
            rise = theta[k + 1] - theta[k]
            at = float(s[k] + (s[k + 1] - s[k]) * (0.0 if rise == 0.0 else (angle - theta[k]) / rise))
            clock = angle % 360.0
            found[clock] = min(found.get(clock, np.inf), at)
    if not found:
        return ()
    clocks = np.array(sorted(found))
    stations = np.array([found[clock] for clock in clocks.tolist()])
    _, away = annulus.loop.closest(cs.curve.at(stations))
    rows = np.clip(np.searchsorted(s, stations), 0, len(s) - 1)
    return tuple(
        _section(clock, at, distance, row, profiles, crossing_deg)
        for clock, at, distance, row in zip(
            clocks.tolist(), stations.tolist(), np.asarray(away).tolist(), rows.tolist(), strict=True
        )
    )


def _section(
    clock: float,
    at: float,
    distance: float,
    row: int,
    profiles: Sequence[tuple[str, GapProfile]],
    crossing_deg: Sequence[float],
) -> ClockSection:
    known = [item for item in profiles if np.isfinite(item[1].gap_mm[row])]
    name, profile = min(
        known or profiles, key=lambda item: item[1].gap_mm[row] if known else item[1].axis_distance_mm[row]
    )
    return ClockSection(
        clock_deg=clock,
        cs_s_mm=at,
        annulus_distance_mm=distance,
        artery=name,
        axis_distance_mm=_between(profile.s_mm, profile.axis_distance_mm, at),
        gap_before_mm=_between(profile.s_mm, profile.gap_mm, at) if known else None,
        side_deg=_known(profile.angle_deg[row]),
        crosses=any(abs((angle - clock + 180.0) % 360.0 - 180.0) <= 0.5 * SECTION_DEG for angle in crossing_deg),
    )


def _between(s: FloatArray, values: FloatArray, at: float) -> float:
    return float(np.interp(at, s, values))


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None

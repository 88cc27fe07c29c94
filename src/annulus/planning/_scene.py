"""A heart as it may be in truth, before any device: its nodes, gaps and crossings, computed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import Artery, Case, CoronarySinus, trigone_positions
from annulus.anatomy._measurement_error import ErrorFields, MeasurementError, slid, with_error
from annulus.anatomy.measures import Crossing, crossing_places, vessel_crossings
from annulus.kernels.curves import wall_distances
from annulus.mechanics.network import Resolution, Strip

__all__ = ["Scene", "gap_stations", "known_crossings", "nearest_crossings", "wall_gaps"]

_SAME_CROSSING_MM = 25.0
"""A crossing of the true vessels is that of the measured ones where it lies within this of it along the vein."""


@dataclass(frozen=True, eq=False)
class Scene:
    """One heart with its nodes.

    Parameters
    ----------
    case
        The heart.
    strip
        Its nodes.
    known
        Crossings of the measured case by their place in the result's list.
    """

    case: Case
    strip: Strip
    known: Mapping[int, Crossing]

    @classmethod
    def of(
        cls,
        case: Case,
        known: Mapping[int, Crossing],
        *,
        error: MeasurementError | None = None,
        fields: ErrorFields | None = None,
        resolution: Resolution | None = None,
    ) -> Scene:
        """Scene of a case, or of what it may be in truth if measured with an error.

        `fields` are those of the case, where many errors are tried.

        Raises
        ------
        InputError
            The error folds a curve.
        """
        if error is not None:
            same = fields is not None and fields.correlation_mm == error.correlation_mm
            case = fields.moved(error) if fields is not None and same else with_error(case, error)
        places, source = trigone_positions(case.annulus)
        loop = case.annulus.loop
        trigones = loop.at(places)
        if source != "landmarks" and error is not None:
            # Known trigones have moved with the landmarks; stand-ins have an error of their own.
            slides, side = error.slides(), 1.0 if case.annulus.oriented_loop is loop else -1.0
            trigones = slid(loop, trigones, [side * slides["LT"], side * slides["RT"]])
        return cls(case, Strip.from_case(case, trigones=trigones, resolution=resolution), known)

    def strip_with(self, inner_wall_factor: float) -> Strip:
        """The nodes with the ribbon's path at another distance from the vein's axis."""
        return self.strip.with_inner_wall(inner_wall_factor * self.strip.inner_wall)

    @cached_property
    def gaps(self) -> tuple[FloatArray, ...]:
        """Wall gap of each artery at `gap_stations` [mm]."""
        sinus = self.case.coronary_sinus
        if sinus is None:
            return ()
        return tuple(wall_gaps(sinus, artery, gap_stations(sinus)) for artery in self.case.arteries)

    @cached_property
    def crossings(self) -> Mapping[int, Crossing]:
        """`nearest_crossings` of the known ones."""
        return nearest_crossings(self.case, self.known)


def nearest_crossings(case: Case, known: Mapping[int, Crossing]) -> dict[int, Crossing]:
    """For each known crossing the nearest of this case in the same sense; absent where none is near."""
    sinus = case.coronary_sinus
    names = {crossing.artery for crossing in known.values()}
    if sinus is None or not names:
        return {}
    arteries = [artery for artery in case.arteries if artery.name in names]
    found = [c for artery in arteries for c in crossing_places(sinus, artery, case.annulus)]
    out = {}
    for index, crossing in known.items():
        alike = [c for c in found if c.artery == crossing.artery and c.inwards == crossing.inwards]
        nearest = min(alike, key=lambda c: abs(c.cs_s_mm - crossing.cs_s_mm), default=None)
        if nearest is not None and abs(nearest.cs_s_mm - crossing.cs_s_mm) <= _SAME_CROSSING_MM:
            out[index] = nearest
    return out


def known_crossings(case: Case) -> dict[int, Crossing]:
    """Crossings of a case by their place in the result's list."""
    sinus = case.coronary_sinus
    if sinus is None:
        return {}
    found = [c for artery in case.arteries for c in vessel_crossings(sinus, artery, case.annulus)]
    return dict(enumerate(sorted(found, key=lambda crossing: crossing.cs_s_mm)))


def gap_stations(sinus: CoronarySinus) -> FloatArray:
    """Stations of `annulus.anatomy.measures.gap_profile`, half a millimetre apart [mm]."""
    length = sinus.curve.length
    return np.linspace(0.0, length, max(2, int(np.ceil(length / 0.5)) + 1))


def wall_gaps(sinus: CoronarySinus, artery: Artery, s_mm: FloatArray) -> FloatArray:
    """The gaps of `gap_profile` alone [mm], without sides; not-a-number where a radius is unknown."""
    vein, other = sinus.curve, artery.curve
    if vein.radius is None or other.radius is None:
        return np.full(len(s_mm), np.nan)
    return wall_distances(
        s_mm, (vein.arc_lengths, vein.points, vein.radius), (other.arc_lengths, other.points, other.radius)
    )

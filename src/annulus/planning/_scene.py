"""A heart as it may be in truth, before any device: its nodes, gaps and crossings, computed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import Artery, Case, CoronarySinus, Crossing, trigone_positions, vessel_crossings
from annulus.anatomy._measurement_error import MeasurementError, slid, with_error
from annulus.mechanics import Resolution, Strip

__all__ = ["Scene", "gap_stations", "known_crossings", "nearest_crossings", "wall_gaps"]

_SAME_CROSSING_MM = 25.0
"""A crossing of the true vessels is that of the measured ones where it lies within this of it along the vein."""

_SAME_NODES = ("ring", "numbering", "annulus_loop", "carriers", "reference", "vein_length", "n_nodes")


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
        resolution: Resolution | None = None,
    ) -> Scene:
        """Scene of a case, or of what it may be in truth if measured with an error.

        Raises
        ------
        InputError
            The error folds a curve.
        """
        case = case if error is None else with_error(case, error)
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
        strip = self.strip
        values = [getattr(strip, name) for name in Strip.__dataclass_fields__]
        place = list(Strip.__dataclass_fields__).index("inner_wall")
        values[place] = inner_wall_factor * strip.inner_wall
        other = Strip(*values)
        # What does not depend on the path need not be found anew.
        other.__dict__.update({name: getattr(strip, name) for name in _SAME_NODES})
        return other

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
    found = [c for artery in arteries for c in vessel_crossings(sinus, artery, case.annulus)]
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
    """Stations of `annulus.anatomy.gap_profile`, half a millimetre apart [mm]."""
    length = sinus.curve.length
    return np.linspace(0.0, length, max(2, int(np.ceil(length / 0.5)) + 1))


def wall_gaps(sinus: CoronarySinus, artery: Artery, s_mm: FloatArray) -> FloatArray:
    """The gaps of `annulus.anatomy.gap_profile` alone [mm], without sides; not-a-number where a radius is unknown."""
    vein, other = sinus.curve, artery.curve
    artery_s, distance = other.closest(vein.at(s_mm))
    if vein.radius is None or other.radius is None:
        return np.full(len(distance), np.nan)
    return distance - vein.radius_at(s_mm) - other.radius_at(artery_s)

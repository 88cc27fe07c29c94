"""Gaps and crossings of vein and arteries that every state of a heart is asked for."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import Artery, Case, CoronarySinus
from annulus.anatomy.measures import Crossing, crossing_places, vessel_crossings
from annulus.kernels.curves import wall_distances

__all__ = ["gap_stations", "known_crossings", "nearest_crossings", "wall_gaps"]

_SAME_CROSSING_MM = 25.0
"""A crossing of the true vessels is that of the measured ones where it lies within this of it along the vein."""


def known_crossings(case: Case) -> dict[int, Crossing]:
    """Crossings of a case by their place in the result's list."""
    sinus = case.coronary_sinus
    if sinus is None:
        return {}
    found = [c for artery in case.arteries for c in vessel_crossings(sinus, artery, case.annulus)]
    return dict(enumerate(sorted(found, key=lambda crossing: crossing.cs_s_mm)))


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

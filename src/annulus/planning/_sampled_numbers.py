"""The numbers of one draw by the keys of the result file, at the least cost: no tables, no shapes, no profiles kept."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import (
    Annulus,
    AnnulusMeasures,
    Artery,
    Case,
    CoronarySinus,
    Crossing,
    vessel_crossings,
)
from annulus.geometry import minimal_surface
from annulus.mechanics import Cinch, carried_artery, carried_sinus
from annulus.outcomes import Tent

__all__ = [
    "annulus_numbers",
    "artery_numbers",
    "cinch_numbers",
    "crossing_numbers",
    "film_area",
    "matched",
    "measure_numbers",
    "tent_numbers",
]

FILM_POINTS = 48
"""Points of the minimal surface's boundary in a draw: half of the point prediction's."""

_SAME_CROSSING_MM = 25.0
"""A crossing of the true vessels is that of the measured ones where it lies within this of it along the vein."""


def cinch_numbers(cinch: Cinch) -> dict[str, float]:
    """Object ``therapy``."""
    half = cinch.model.parameters.friction_coefficient * cinch.model.turning_angle(cinch.locked, cinch.landing) / 2.0
    tension = cinch.locked.tension_n
    values = {
        "landing.distal_s_mm": cinch.landing.distal_s_mm,
        "landing.proximal_s_mm": cinch.landing.proximal_s_mm,
        "traction_n": cinch.traction.tension_n,
        "locked_tension_n": tension,
        "locked_tension_range_n[0]": tension * float(np.exp(-half)),
        "locked_tension_range_n[1]": tension * float(np.exp(half)),
        "required_holding_force_n": tension * float(np.exp(half)),
        "plication_mm": cinch.plication_mm,
        "centreline_arc_mm": cinch.centreline_arc_mm,
        "slack_free_path_mm": cinch.slack_free_path_mm,
    }
    return {f"therapy.{key}": value for key, value in values.items()}


def annulus_numbers(states: Mapping[str, Annulus], measures: Mapping[str, AnnulusMeasures]) -> dict[str, float]:
    """Object ``annulus``: the three states and the change."""
    numbers: dict[str, dict[str, float]] = {}
    for name, annulus in states.items():
        numbers[name] = measure_numbers(measures[name])
        area = film_area(annulus)
        if area is not None:
            numbers[name]["area_3d_mm2"] = area
    old, new = numbers["before"], numbers["after"]
    numbers["change_percent"] = {
        key: 100.0 * (new[key] / old[key] - 1.0) for key in old if key in new and "." not in key and old[key] != 0.0
    }
    return {f"annulus.{name}.{key}": value for name, row in numbers.items() for key, value in row.items()}


def measure_numbers(measures: AnnulusMeasures) -> dict[str, float]:
    """Every measure of an annulus that is a number, the quadrants one by one."""
    row: dict[str, float] = {}
    for key, value in measures.to_dict().items():
        if isinstance(value, float):
            row[key] = value
        elif key == "quadrant_area_mm2" and isinstance(value, dict):
            row |= {f"{key}.{part}": area for part, area in value.items()}
    return row


def film_area(annulus: Annulus) -> float | None:
    """Area of the minimal surface [mm2]; None where it was not found."""
    film = minimal_surface(annulus.loop, n_points=FILM_POINTS)
    return film.area if film.converged else None


def tent_numbers(tent: Tent, ap_after_mm: float) -> dict[str, float]:
    """Object ``coaptation``."""
    out: dict[str, float] = {}
    for name, state in (("before", tent), ("after", tent.with_diameter(ap_after_mm))):
        for key, value in state.to_dict().items():
            if isinstance(value, float):
                out[f"coaptation.{name}.{key}"] = value
    return out


def artery_numbers(case: Case, cinch: Cinch, measured: Case) -> dict[str, float]:
    """Object ``circumflex``: smallest gaps, and the gap at every crossing of the `measured` case that this one has."""
    sinus = case.coronary_sinus
    if sinus is None or not case.arteries:
        return {}
    after = carried_sinus(sinus, cinch.locked)
    arteries = (carried_artery(case.arteries[0], cinch.locked), *case.arteries[1:])
    known = measured_crossings(measured)
    stations = gap_stations(sinus)
    carried = np.interp(stations, sinus.curve.arc_lengths, after.curve.arc_lengths)
    least: list[tuple[float, float]] = []
    out: dict[str, float] = {}
    for artery, moved in zip(case.arteries, arteries, strict=True):
        gap_before = wall_gaps(sinus, artery, stations)
        if not np.isfinite(gap_before).all():
            continue
        gap_after = wall_gaps(after, moved, carried)
        least.append((float(gap_before.min()), float(gap_after.min())))
        own = {index: crossing for index, crossing in known.items() if crossing.artery == artery.name}
        for index, crossing in matched(own, sinus, artery, case.annulus).items():
            name = f"circumflex.crossings[{index}]"
            out[f"{name}.cs_s_mm"] = crossing.cs_s_mm
            out[f"{name}.theta_deg"] = crossing.theta_deg
            if crossing.gap_mm is not None:
                out[f"{name}.gap_before_mm"] = crossing.gap_mm
                out[f"{name}.gap_after_mm"] = float(np.interp(crossing.cs_s_mm, stations, gap_after))
    if least:
        out["circumflex.min_gap_before_mm"] = min(before for before, _ in least)
        out["circumflex.min_gap_after_mm"] = min(last for _, last in least)
    return out


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


def measured_crossings(case: Case) -> dict[int, Crossing]:
    """Place in the result's list to crossing, of the case as measured."""
    found = case.__dict__.get("_sampled_crossings")
    if found is None:
        sinus = case.coronary_sinus
        rows = [c for a in case.arteries for c in vessel_crossings(sinus, a, case.annulus)] if sinus else []
        found = dict(enumerate(sorted(rows, key=lambda crossing: crossing.cs_s_mm)))
        case.__dict__["_sampled_crossings"] = found
    return found


def crossing_numbers(case: Case, measured: Case) -> dict[int, Crossing]:
    """The case's crossing for each one of the `measured` case; absent where it has none near there."""
    sinus, known = case.coronary_sinus, measured_crossings(measured)
    out: dict[int, Crossing] = {}
    for artery in case.arteries if sinus is not None else ():
        own = {index: crossing for index, crossing in known.items() if crossing.artery == artery.name}
        out |= matched(own, sinus, artery, case.annulus)  # type: ignore[arg-type]
    return out


def matched(
    known: Mapping[int, Crossing], sinus: CoronarySinus, artery: Artery, annulus: Annulus
) -> dict[int, Crossing]:
    """For each known crossing the nearest of this geometry in the same sense; absent where none is near."""
    if not known:
        return {}
    found = vessel_crossings(sinus, artery, annulus)
    out = {}
    for index, crossing in known.items():
        alike = [item for item in found if item.inwards == crossing.inwards]
        nearest = min(alike, key=lambda item: abs(item.cs_s_mm - crossing.cs_s_mm), default=None)
        if nearest is not None and abs(nearest.cs_s_mm - crossing.cs_s_mm) <= _SAME_CROSSING_MM:
            out[index] = nearest
    return out

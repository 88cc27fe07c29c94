"""The numbers of one draw by the keys of the result file, at the least cost: no tables, no shapes, no profiles kept."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from annulus.anatomy import Annulus
from annulus.anatomy.measures import annulus_numbers as measured_numbers
from annulus.geometry import Loop, minimal_surface
from annulus.mechanics.network import Cinch, carried_artery, carried_sinus
from annulus.outcomes import Tent
from annulus.planning._scene import Scene, gap_stations, wall_gaps

__all__ = ["annulus_numbers", "artery_numbers", "cinch_numbers", "state_numbers", "tent_numbers"]

FILM_POINTS = 48
"""Points of the minimal surface's boundary in a draw: half of the point prediction's."""


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


def annulus_numbers(
    before: Mapping[str, float], traction: Annulus, after: Annulus, *, aortic: Loop | None = None
) -> dict[str, float]:
    """Object ``annulus``: the three states and the change; `before` is `state_numbers` of the first."""
    numbers = {"before": dict(before), "traction": state_numbers(traction, aortic=aortic)}
    numbers["after"] = state_numbers(after, aortic=aortic)
    old, new = numbers["before"], numbers["after"]
    numbers["change_percent"] = {
        key: 100.0 * (new[key] / old[key] - 1.0) for key in old if key in new and "." not in key and old[key] != 0.0
    }
    return {f"annulus.{name}.{key}": value for name, row in numbers.items() for key, value in row.items()}


def state_numbers(annulus: Annulus, *, aortic: Loop | None = None) -> dict[str, float]:
    """Every measure of an annulus that is a number, the quadrants one by one."""
    row = measured_numbers(annulus, aortic=aortic)
    film = minimal_surface(annulus.loop, n_points=FILM_POINTS)
    return row | {"area_3d_mm2": film.area} if film.converged else row


def tent_numbers(tent: Tent, ap_after_mm: float) -> dict[str, float]:
    """Object ``coaptation``."""
    out: dict[str, float] = {}
    for name, state in (("before", tent), ("after", tent.with_diameter(ap_after_mm))):
        for key, value in state.to_dict().items():
            if isinstance(value, float):
                out[f"coaptation.{name}.{key}"] = value
    return out


def artery_numbers(scene: Scene, cinch: Cinch) -> dict[str, float]:
    """Object ``circumflex``: smallest gaps, and the gap at every crossing of the measured case that this one has."""
    case = scene.case
    sinus = case.coronary_sinus
    if sinus is None or not case.arteries:
        return {}
    after = carried_sinus(sinus, cinch.locked)
    arteries = (carried_artery(case.arteries[0], cinch.locked), *case.arteries[1:])
    stations = gap_stations(sinus)
    carried = np.interp(stations, sinus.curve.arc_lengths, after.curve.arc_lengths)
    least: list[tuple[float, float]] = []
    out: dict[str, float] = {}
    for artery, gap_before in zip(arteries, scene.gaps, strict=True):
        if not np.isfinite(gap_before).all():
            continue
        gap_after = wall_gaps(after, artery, carried)
        least.append((float(gap_before.min()), float(gap_after.min())))
        for index, crossing in scene.crossings.items():
            if crossing.artery != artery.name:
                continue
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

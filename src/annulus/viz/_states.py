"""What a picture shows of a case and its result: annulus, vein, arteries and gaps, before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import Annulus, Case
from annulus.geometry import Curve, Loop
from annulus.viz._shapes import ResultShapes

__all__ = ["DrawnArtery", "DrawnState", "drawn_states", "wall_gap"]


_STATION_MM = 0.5
"""Step along the vein at which the smallest gap is looked for [mm], as in a result."""


@dataclass(frozen=True, eq=False)
class DrawnArtery:
    """An artery with its wall-to-wall gap to the vein at every vertex [mm]; None where a radius is unknown."""

    name: str
    curve: Curve
    gap: FloatArray | None


@dataclass(frozen=True, eq=False)
class DrawnState:
    """One state of the heart: before, or with the device locked."""

    annulus: Annulus
    vein: Curve | None
    arteries: tuple[DrawnArtery, ...]

    @property
    def smallest_gap(self) -> tuple[float, FloatArray] | None:
        """Smallest gap [mm] over all arteries and the place on the artery's axis; None where no gap is known."""
        vein, found = self.vein, list[tuple[float, FloatArray]]()
        for artery in self.arteries:
            radius = artery.curve.radius
            if vein is None or vein.radius is None or radius is None:
                continue
            # Along the vein, as results measure it: an anchor widens it from one place to the next.
            s = np.arange(0.0, vein.length, _STATION_MM)
            at, distance = artery.curve.closest(vein.at(s))
            gap = distance - vein.radius_at(s) - artery.curve.radius_at(at)
            row = int(np.argmin(gap))
            found.append((float(gap[row]), artery.curve.at(at[row : row + 1])[0]))
        return min(found, key=lambda pair: pair[0], default=None)


def wall_gap(vein: Curve, artery: Curve) -> FloatArray | None:
    """Gap between the walls of vein and artery at the artery's vertices [mm], shape (n,); negative where they overlap.

    Distance from the artery's axis to the nearest point of the vein's axis, less both area-equivalent radii there.
    None where a radius is unknown.
    """
    if vein.radius is None or artery.radius is None:
        return None
    s, distance = vein.closest(artery.points)
    return distance - vein.radius_at(s) - artery.radius


def drawn_states(
    case: Case, result: Mapping[str, Any] | None, shapes: ResultShapes
) -> tuple[DrawnState, DrawnState | None]:
    """State before, and state after where the result carries shapes of it."""
    vein = None if case.coronary_sinus is None else case.coronary_sinus.curve
    before = _state(case.annulus, vein, {artery.name: artery.curve for artery in case.arteries})
    if result is None or shapes.annulus_after is None:
        return before, None
    moved_vein = vein
    if vein is not None and shapes.coronary_sinus_after is not None:
        moved_vein = _moved(vein, shapes.coronary_sinus_before, shapes.coronary_sinus_after)
        wide = shapes.coronary_sinus_after_radius
        if wide is not None:
            mis_radius = moved_vein.mis_radius
            moved_vein = Curve(moved_vein.points, wide, None if mis_radius is None else np.minimum(mis_radius, wide))
    arteries = {}
    for artery in case.arteries:
        after = shapes.arteries_after.get(artery.name)
        curve = artery.curve
        arteries[artery.name] = (
            curve if after is None else _moved(curve, shapes.arteries_before.get(artery.name), after)
        )
    return before, _state(_moved_annulus(case.annulus, shapes), moved_vein, arteries)


def _state(annulus: Annulus, vein: Curve | None, arteries: Mapping[str, Curve]) -> DrawnState:
    drawn = tuple(
        DrawnArtery(name, curve, None if vein is None else wall_gap(vein, curve)) for name, curve in arteries.items()
    )
    return DrawnState(annulus, vein, drawn)


def _moved(curve: Curve, before: FloatArray | None, after: FloatArray) -> Curve:
    """The curve in its new place: its radii go along by arc length where the result tells from where, else by share."""
    if before is not None and len(before) == len(after):
        s, _ = curve.closest(before)
    else:
        moved = Curve(after)
        s = moved.arc_lengths * (curve.length / moved.length)
    radius, mis_radius = (
        None if values is None else np.interp(s, curve.arc_lengths, values)
        for values in (curve.radius, curve.mis_radius)
    )
    return Curve(after, radius, mis_radius)


def _moved_annulus(annulus: Annulus, shapes: ResultShapes) -> Annulus:
    """Annulus after, with landmarks that went along."""
    after = shapes.annulus_after
    if after is None:
        return annulus
    before = shapes.annulus_before
    if before is None or len(before) != len(after):
        # Nothing says which point went where: a landmark goes to the place at its angle.
        moved = Loop(after)
        theta = annulus.theta_deg(moved.points)
        places = {
            name: moved.points[np.argmin(np.abs((theta - annulus.theta_deg(point) + 180.0) % 360.0 - 180.0))]
            for name, point in annulus.landmarks.items()
        }
        return Annulus(moved, places, annulus.landmark_sources)
    return Annulus(Loop(before), annulus.landmarks, annulus.landmark_sources).with_loop_points(after)

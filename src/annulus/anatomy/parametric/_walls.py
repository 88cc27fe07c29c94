"""Whether the walls of vein, artery and annulus leave each other room."""

from __future__ import annotations

from annulus._typing import FloatArray
from annulus.anatomy._annulus import Annulus
from annulus.anatomy._vessels import Artery, CoronarySinus
from annulus.errors import InputError
from annulus.geometry import Curve

__all__ = ["WALL_OVERLAP_MM", "annulus_clearance", "wall_gap"]

WALL_OVERLAP_MM = 0.3
"""Walls of vein and artery may lie in each other by this much, as in images; the rest is no anatomy."""


def annulus_clearance(annulus: Annulus, vessel: Curve) -> FloatArray:
    """Annulus to the vessel's wall at each vertex [mm], shape (n,); negative where the wall cuts the annulus."""
    return annulus.loop.closest(vessel.points)[1] - _radius(vessel)


def wall_gap(sinus: CoronarySinus, artery: Artery) -> float:
    """Smallest wall gap between vein and artery [mm], taken at the artery's vertices."""
    s, distance = sinus.curve.closest(artery.curve.points)
    return float((distance - _radius(artery.curve) - sinus.curve.radius_at(s)).min())


def _radius(vessel: Curve) -> FloatArray:
    if vessel.radius is None:
        raise InputError("vessel must have a radius; it has none.")
    return vessel.radius

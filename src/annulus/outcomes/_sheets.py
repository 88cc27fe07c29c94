"""Distance between the two leaflets of a deformed valve, vertex to sheet."""

from __future__ import annotations

import numpy as np

from annulus._arrays import points_array
from annulus._typing import ArrayLike, FloatArray
from annulus.anatomy.valve import ANTERIOR, POSTERIOR, Valve
from annulus.errors import InputError
from annulus.kernels.ladders import nearest_distances

__all__ = ["CONTACT_GAP_MM", "contact_distance_mm", "deformed_points", "sheet_distance"]

CONTACT_GAP_MM = 0.5
"""Leaflets touch where their faces are nearer than this [mm]; the independent solutions count contact so."""


def deformed_points(valve: Valve, points: ArrayLike) -> FloatArray:
    """Checked vertices of the deformed valve [mm], shape (n, 3)."""
    array = points_array("deformed points", points)
    if len(array) != len(valve.surface.points):
        raise InputError(f"deformed points must be the valve's {len(valve.surface.points)}; got {len(array)}.")
    return array


def contact_distance_mm(valve: Valve) -> float:
    """Distance of mid-surfaces under which the leaflets touch [mm]: mean thickness + `CONTACT_GAP_MM`."""
    return float(valve.thickness_mm.mean()) + CONTACT_GAP_MM


def sheet_distance(valve: Valve, points: FloatArray) -> FloatArray:
    """Exact distance of each vertex to the other leaflet's triangles [mm], shape (n,); 0 at vertices of both."""
    distance = np.zeros(len(points))
    for own, other in ((ANTERIOR, POSTERIOR), (POSTERIOR, ANTERIOR)):
        vertices = np.setdiff1d(valve.surface.triangles[valve.leaflet == own], valve.shared)
        corners = points[valve.surface.triangles[valve.leaflet == other]]
        distance[vertices] = nearest_distances(points[vertices], corners)
    return distance

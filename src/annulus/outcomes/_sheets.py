"""Distance between the two leaflets of a deformed valve, vertex to sheet."""

from __future__ import annotations

import numpy as np

from annulus._arrays import points_array
from annulus._typing import ArrayLike, FloatArray
from annulus.anatomy import ANTERIOR, POSTERIOR, Valve
from annulus.errors import InputError

__all__ = ["CONTACT_GAP_MM", "contact_distance_mm", "deformed_points", "sheet_distance"]

CONTACT_GAP_MM = 0.5
"""Leaflets touch where their faces are nearer than this [mm]; the independent solutions count contact so."""

_CHUNK = 64


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
        for start in range(0, len(vertices), _CHUNK):
            some = vertices[start : start + _CHUNK]
            distance[some] = _to_triangles(points[some], corners).min(axis=1)
    return distance


def _to_triangles(queries: FloatArray, corners: FloatArray) -> FloatArray:
    """Distance of q points to t triangles, shape (q, t): to the plane inside, else to the nearest side."""
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(normal, axis=1, keepdims=True)
    normal = np.divide(normal, size, out=np.zeros_like(normal), where=size > 0.0)
    inside = np.broadcast_to(size[:, 0] > 0.0, (len(queries), len(corners))).copy()
    nearest = np.full(inside.shape, np.inf)
    for k in range(3):
        a, side = corners[:, k], corners[:, (k + 1) % 3] - corners[:, k]
        offset = queries[:, None] - a
        inside &= np.einsum("qtd,td->qt", offset, np.cross(normal, side)) >= 0.0
        squared = np.maximum(np.einsum("td,td->t", side, side), np.finfo(float).tiny)
        share = np.clip(np.einsum("qtd,td->qt", offset, side) / squared, 0.0, 1.0)
        np.minimum(nearest, np.linalg.norm(offset - share[..., None] * side, axis=2), out=nearest)
    height = np.abs(np.einsum("qtd,td->qt", queries[:, None] - corners[:, 0], normal))
    return np.where(inside, height, nearest)

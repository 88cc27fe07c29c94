"""Annulus from the interface of left atrium and left ventricle: where their surfaces come within a tolerance."""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

from annulus._typing import FloatArray
from annulus.errors import InputError
from annulus.geometry._frame import Frame
from annulus.geometry._own_frame import in_frame, own_frame, principal_frame
from annulus.geometry._polar import ExtractedLoop, loop_from_bins, polar, spaced_loop
from annulus.geometry._skeleton import surface_samples
from annulus.geometry._surface import Surface
from annulus.geometry._welding import welded, without_fragments

__all__ = ["annulus_from_interface"]

_N_BINS = 120
_DISC_SHARE = 0.6
"""The interface is a disc (blood pools that share the valve's plane) when its innermost tenth comes nearer to its
centre than this share of its outer radius; otherwise it is a band around the orifice (walls that touch)."""
_BESIDE = 0.06
"""What lies within this share of the rim's distance from the centre is averaged into its height."""
_RIM = 0.03
"""Share of a bin's area beyond its rim that is left out as stray."""


def annulus_from_interface(
    atrium: Surface,
    ventricle: Surface,
    *,
    tolerance: float = 1.0,
    n_points: int | None = None,
    largest_gap: float = 0.1,
) -> ExtractedLoop:
    """Annulus along the rim of the zone where atrium and ventricle touch.

    Blood pools share the valve's plane: the zone is a disc and the annulus its outer rim. Walls touch around the
    orifice: the zone is a band and the annulus its inner rim. The result's `source` says which it was.

    Parameters
    ----------
    atrium, ventricle
        Surfaces of the left atrium and the left ventricle, walls or blood pools.
    tolerance
        Largest distance between the two surfaces that counts as touching [mm].
    n_points
        Points of the loop; None for 120, about one each millimetre.
    largest_gap
        Longest stretch without contact that is bridged, as a share of the turn. Walls of real hearts do not touch
        along the aortic curtain, a quarter of the turn and more: allow that knowingly.

    Raises
    ------
    InputError
        The surfaces do not come within the tolerance, the contact zone is open, or the loop crosses itself.
    """
    if tolerance <= 0.0:
        raise InputError(f"tolerance must be positive; got {tolerance:g} mm.")
    world = own_frame([atrium, ventricle])
    parts = [without_fragments(welded(in_frame(surface, world))) for surface in (atrium, ventricle)]
    notes = [
        f"{name}: {len(dropped)} stray fragments of {sum(dropped):.3g} mm2 in all dropped"
        for name, (_, dropped) in zip(("atrium", "ventricle"), parts, strict=True)
        if dropped
    ]
    points, areas = _contact(parts[0][0], parts[1][0], tolerance)
    frame = principal_frame(points, areas, z_towards=parts[0][0].centroid)
    for _ in range(5):
        line, rim, note = _rim_loop(points, areas, frame, largest_gap, world)
        # The rim, not the whole zone, sets the plane and the centre about which the rim is sought.
        frame = principal_frame(line, np.ones(len(line)), z_towards=parts[0][0].centroid)
    if note:
        notes.append(note)
    loop = spaced_loop(world.to_world(line), n_points, "the interface's rim")
    if loop.area_vector @ (world.to_world(parts[0][0].centroid) - loop.centroid) < 0.0:
        loop = loop.reversed()
    return ExtractedLoop(
        loop, f"{rim} of the zone where atrium and ventricle come within {tolerance:g} mm", tuple(notes)
    )


def _contact(atrium: Surface, ventricle: Surface, tolerance: float) -> tuple[FloatArray, FloatArray]:
    """Points of the atrium's surface within the tolerance of the ventricle's, and the areas they stand for."""
    near = _near_box(atrium, ventricle, 2.0 * tolerance)
    far = _near_box(ventricle, atrium, 2.0 * tolerance)
    if near is None or far is None:
        raise InputError(f"atrium and ventricle must touch; their boxes lie more than {2.0 * tolerance:g} mm apart.")
    # Finer than the tolerance gains nothing, nor does finer than the rim's polar bins.
    spacing = max(tolerance, float(np.linalg.norm(np.ptp(near.points[near.triangles], axis=(0, 1)))) / 150.0)
    points, areas = surface_samples(near, spacing)
    others, _ = surface_samples(far, spacing)
    gap = KDTree(others, balanced_tree=False).query(points, distance_upper_bound=2.0 * (tolerance + spacing))[0]
    # The nearest sample lies at most about half a spacing beside the nearest point.
    touching = gap <= np.hypot(tolerance, 0.5 * spacing)
    if touching.sum() < 3:
        raise InputError(
            f"atrium and ventricle must come within {tolerance:g} mm of each other; they do not: raise tolerance, or "
            "check that both are in millimetres and in one frame."
        )
    return points[touching], areas[touching]


def _near_box(surface: Surface, other: Surface, margin: float) -> Surface | None:
    """Triangles that reach into the other surface's box."""
    low, high = other.points.min(axis=0) - margin, other.points.max(axis=0) + margin
    corners = surface.corners
    inside = ((corners.max(axis=1) >= low) & (corners.min(axis=1) <= high)).all(axis=1)
    return Surface(surface.points, surface.triangles[inside]) if inside.any() else None


def _rim_loop(
    points: FloatArray, areas: FloatArray, frame: Frame, largest_gap: float, world: Frame
) -> tuple[FloatArray, str, str]:
    angle, distance, height = polar(frame, points)
    row = np.minimum((angle / (2.0 * np.pi) * _N_BINS).astype(np.int64), _N_BINS - 1)
    disc = np.quantile(distance, 0.1) < _DISC_SHARE * np.quantile(distance, 0.95)
    values = np.zeros((_N_BINS, 2))
    found = np.zeros(_N_BINS, dtype=np.int64)
    outward = 1.0 if disc else -1.0
    for k in np.unique(row):
        rows = np.flatnonzero(row == k)
        rows = rows[np.argsort(-outward * distance[rows])]
        share = np.cumsum(areas[rows]) / areas[rows].sum()
        edge = rows[min(int(np.searchsorted(share, _RIM)), len(rows) - 1)]
        beside = rows[np.abs(distance[rows] - distance[edge]) < _BESIDE * distance[edge]]
        values[k] = distance[edge], np.average(height[beside], weights=areas[beside])
        found[k] = 1
    line, note = loop_from_bins(
        frame,
        values,
        found,
        smoothing=2.0,
        largest_gap=largest_gap,
        what="the contact of atrium and ventricle",
        world=world,
    )
    return line, "outer rim (disc)" if disc else "inner rim (band)", note

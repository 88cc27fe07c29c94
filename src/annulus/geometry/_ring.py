"""Centre line of an explicit ring: a closed tube such as a drawn annulus."""

from __future__ import annotations

import numpy as np

from annulus._typing import FloatArray
from annulus.errors import InputError
from annulus.geometry._centreline import sections_along
from annulus.geometry._frame import Frame
from annulus.geometry._loop import Loop
from annulus.geometry._own_frame import in_frame, own_frame, place_of, principal_frame
from annulus.geometry._polar import ExtractedLoop, loop_from_bins, polar, require_simple, spaced_loop
from annulus.geometry._section import TubeMesh, Wall
from annulus.geometry._skeleton import surface_samples
from annulus.geometry._smoothing import smoothed
from annulus.geometry._surface import Surface
from annulus.geometry._welding import welded, without_fragments

__all__ = ["ring_axis"]

_N_BINS = 72
_ROUNDS = 6
_SETTLED = 0.005
_LARGEST_GAP = 0.03
"""Longest run of empty bins in the rough ring, as a share of the turn."""
_LONGEST_HOLE = 2.0
"""Longest stretch without a section that is filled in, in tube radii; beyond it the ring is open."""
_THICKEST = 0.4
"""A tube thicker than this share of the ring's radius is no ring."""


def ring_axis(surface: Surface, *, n_points: int | None = None) -> ExtractedLoop:
    """Centre line of a closed ring-shaped tube.

    The start is the mean position in each of 72 polar bins about the ring's plane; then, as for vessels, stations
    move to the area centroids of the sections across the line until they rest.

    Parameters
    ----------
    surface
        The tube's surface; seen along its plane's normal each direction from the centre meets it once.
    n_points
        Points of the loop; None for 120, about one each millimetre.

    Raises
    ------
    InputError
        The surface is open somewhere along the ring, is no ring, or its centre line crosses itself.
    """
    world = own_frame([surface])
    kept, dropped = without_fragments(welded(in_frame(surface, world)))
    notes = [f"{len(dropped)} stray fragments of {sum(dropped):.3g} mm2 in all dropped"] if dropped else []
    line = _rough_ring(kept, world)
    require_simple(Loop(world.to_world(line)), "the ring's centre line")
    radius = kept.area / (2.0 * np.pi * Loop(line).length)
    mesh = TubeMesh.from_surface(kept)
    for _ in range(_ROUNDS):
        line = _equally_spaced(line, 0.7 * radius)
        centres, trust = _centres(mesh, line, radius, world)
        moved = smoothed(centres, trust, length=1.0, closed=True)
        shift = float(np.linalg.norm(moved - line, axis=1).max())
        line = moved
        if shift < _SETTLED * radius:
            break
    if not trust.all():
        notes.append(f"{int(np.sum(trust == 0.0))} of {len(trust)} sections missing or odd, filled in from neighbours")
    if Loop(line).length < 2.0 * np.pi * radius:
        raise InputError(
            f"surface must be a ring-shaped tube: its centre line shrank to {Loop(line).length:.1f} mm, less than the "
            f"tube's own turn; give the annulus ring itself, or take the annulus from the leaflets."
        )
    loop = spaced_loop(world.to_world(line), n_points, "the ring's centre line")
    return ExtractedLoop(loop, f"centre line of a ring tube of radius {radius:.2f} mm", tuple(notes))


def _rough_ring(surface: Surface, world: Frame) -> FloatArray:
    diagonal = float(np.linalg.norm(np.ptp(surface.points, axis=0)))
    points, areas = surface_samples(surface, diagonal / 150.0)
    frame = principal_frame(points, areas)
    angle, distance, height = polar(frame, points)
    row = np.minimum((angle / (2.0 * np.pi) * _N_BINS).astype(np.int64), _N_BINS - 1)
    weight = np.bincount(row, areas, _N_BINS)
    safe = np.where(weight > 0.0, weight, 1.0)
    values = np.stack([np.bincount(row, areas * v, _N_BINS) / safe for v in (distance, height)], axis=1)
    line, _ = loop_from_bins(
        frame,
        values,
        (weight > 0.0).astype(np.int64),
        smoothing=1.0,
        largest_gap=_LARGEST_GAP,
        what="the ring",
        world=world,
    )
    spread = np.sqrt(np.bincount(row, areas * (distance - values[row, 0]) ** 2, _N_BINS) / safe)
    mean = float(values[:, 0].mean())
    if np.median(spread) * np.sqrt(2.0) > _THICKEST * mean:
        raise InputError(
            f"surface must be a ring-shaped tube: around its centre it reaches over {np.median(spread):.1f} mm either "
            f"side of {mean:.1f} mm; give the annulus ring itself, or take the annulus from the leaflets."
        )
    return line


def _equally_spaced(line: FloatArray, spacing: float) -> FloatArray:
    loop = Loop(line)
    return loop.resampled(max(24, round(loop.length / spacing))).points


def _centres(mesh: TubeMesh, line: FloatArray, radius: float, world: Frame) -> tuple[FloatArray, FloatArray]:
    sections = sections_along(mesh, line, radius, closed=True)
    area = np.array([0.0 if s is None or s.outer.open_share > 0.05 else s.outer.area for s in sections])
    usual = float(np.median(area[area > 0.0])) if (area > 0.0).any() else 0.0
    trust = ((area > 0.4 * usual) & (area < 2.5 * usual)).astype(np.float64)
    n = len(line)
    twice = np.append(trust, trust) == 0.0
    edges = np.flatnonzero(np.diff(np.concatenate([[False], twice, [False]]).astype(np.int64)))
    longest = int((edges[1::2] - edges[::2]).max(initial=0))
    missing = min(longest, n) * Loop(line).length / n
    if missing > _LONGEST_HOLE * radius:
        place = line[edges[::2][int(np.argmax(edges[1::2] - edges[::2]))] % n]
        raise InputError(
            f"the ring must be a closed tube: over {missing:.1f} mm from {place_of(world, place)} "
            "no plane meets a closed outline: mend the surface."
        )
    centres = np.array([p if s is None else s.centroid(Wall.OUTER) for p, s in zip(line, sections, strict=True)])
    return centres, trust

"""Axis of one tube: plane sections across a rough path, centred, smoothed and extended to the ends, until it rests.

Each round cuts the surface across the present axis at equal steps of half a radius, moves every station to the area
centroid of its section, smooths, cuts the ends back and marches outwards again until the axis leaves the tube.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import median_filter

from annulus._typing import BoolArray, FloatArray
from annulus.errors import InputError
from annulus.geometry._section import Section, TubeMesh, Wall, section_at
from annulus.geometry._smoothing import smoothed

__all__ = ["TubeAxis", "equally_spaced", "sections_along", "tube_axis"]

_ROUNDS = 8
_SETTLED = 0.005
"""Rounds stop when no station moves by more than this share of the radius."""
_SMOOTHING = 0.6
"""Smoothing length of the axis in radii."""
_HOLLOW_SHARE = 0.5
"""A tube is hollow when at least this share of its sections has a second outline inside."""
_ODD_AREA = 1.6
"""A section larger or smaller than its neighbours' median by this factor belongs to a side branch or a hole."""
_PAST_HOLES = (2.0, 3.0)
"""Steps of a quarter radius at which the march looks for the tube beyond a missing section."""


@dataclass(frozen=True, eq=False)
class TubeAxis:
    """Axis of one tube from end to end.

    Parameters
    ----------
    points
        Equally spaced axis points [mm], shape (n, 3).
    radius, mis_radius, lumen_radius
        Area-equivalent and inscribed radius of the wall asked for, and area-equivalent radius of the lumen (NaN where
        the tube has one wall) [mm], shape (n,).
    hollow
        Whether the tube has two walls.
    capped
        Whether the first and the last end are closed.
    n_odd
        Sections that were left out of the radius: side branches, holes.
    """

    points: FloatArray
    radius: FloatArray
    mis_radius: FloatArray
    lumen_radius: FloatArray
    hollow: bool
    capped: tuple[bool, bool]
    n_odd: int

    def reversed(self) -> TubeAxis:
        """Same axis walked the other way."""
        return TubeAxis(
            self.points[::-1],
            self.radius[::-1],
            self.mis_radius[::-1],
            self.lumen_radius[::-1],
            self.hollow,
            (self.capped[1], self.capped[0]),
            self.n_odd,
        )


@dataclass(frozen=True, eq=False)
class _Stations:
    """Sections at every station, and how far each is trusted."""

    sections: list[Section | None]
    radius: FloatArray
    trust: FloatArray


def tube_axis(mesh: TubeMesh, path: FloatArray, guide_radius: float, *, wall: Wall, name: str) -> TubeAxis:
    """Axis of a tube along a rough path through it.

    Parameters
    ----------
    mesh
        Welded surface.
    path
        Rough axis, ends included or not [mm], shape (k, 3).
    guide_radius
        Rough radius [mm].
    wall
        The wall whose section is centred and measured; a tube with one wall has no choice.
    name
        What errors call this tube.

    Raises
    ------
    InputError
        Most planes across the path find no closed outline: the surface is no tube.
    """
    radius = guide_radius
    line = equally_spaced(path, 0.5 * radius)
    for _ in range(_ROUNDS):
        line = _without_ends(line, radius)
        stations = _measured(mesh, line, wall, radius)
        if np.mean(stations.trust > 0.0) < 0.5:
            raise InputError(
                f"{name} must be a tube: only {np.mean(stations.trust > 0.0):.0%} of the planes across its length "
                "meet a closed outline; give the vessel's own surface, or mend the holes."
            )
        radius = float(np.median(stations.radius[stations.trust > 0.0]))
        before = line
        line = _centred(line, stations, wall, radius)
        ends = [_march(mesh, line[::-1], radius, wall), _march(mesh, line, radius, wall)]
        line = equally_spaced(np.vstack([ends[0][::-1], line, ends[1]]), 0.5 * radius)
        if _distance(before, line) < _SETTLED * radius:
            break
    return _finished(mesh, line, wall, radius)


def equally_spaced(points: FloatArray, spacing: float) -> FloatArray:
    """Polyline resampled linearly at equal steps near `spacing`, at least five points."""
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    s = np.append(0.0, np.cumsum(steps))
    keep = np.append(True, steps > 1e-9 * s[-1])
    at = np.linspace(0.0, s[-1], max(5, round(s[-1] / spacing) + 1))
    return np.stack([np.interp(at, s[keep], points[keep, k]) for k in range(3)], axis=1)


def sections_along(
    mesh: TubeMesh, line: FloatArray, guide_radius: FloatArray | float, *, closed: bool = False
) -> list[Section | None]:
    """Section across the line at every point."""
    ahead = np.roll(line, -1, axis=0) - np.roll(line, 1, axis=0)
    if not closed:
        ahead = np.gradient(line, axis=0)
    tangents = ahead / np.linalg.norm(ahead, axis=1, keepdims=True)
    guides = np.broadcast_to(guide_radius, len(line))
    return [section_at(mesh, p, t, float(g)) for p, t, g in zip(line, tangents, guides, strict=True)]


def _measured(mesh: TubeMesh, line: FloatArray, wall: Wall, guide_radius: float) -> _Stations:
    sections = sections_along(mesh, line, guide_radius)
    radius = np.array([np.nan if s is None else s.wall(wall).radius for s in sections])
    found = np.isfinite(radius)
    trust = found.astype(np.float64)
    if found.any():
        odd = _odd(radius, found, 7)
        trust[odd] = 0.02
        open_share = np.array([1.0 if s is None else s.wall(wall).open_share for s in sections])
        trust[found & (open_share > 0.05)] = 0.02
    return _Stations(sections, radius, trust)


def _odd(radius: FloatArray, found: BoolArray, width: int) -> BoolArray:
    """Stations whose area leaves the running median of the found ones."""
    area = radius[found] ** 2
    usual = median_filter(area, size=min(2 * width + 1, len(area)), mode="nearest")
    odd = np.zeros(len(radius), dtype=bool)
    odd[found] = (area > _ODD_AREA * usual) | (area * _ODD_AREA < usual)
    return odd


def _without_ends(line: FloatArray, radius: float) -> FloatArray:
    """Line cut back by a radius at both ends, where it is least known; at most by a fifth of its length."""
    s = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1)))
    cut = min(radius, 0.2 * s[-1])
    at = np.linspace(cut, s[-1] - cut, max(5, round((s[-1] - 2.0 * cut) / (0.5 * radius)) + 1))
    return np.stack([np.interp(at, s, line[:, k]) for k in range(3)], axis=1)


def _centred(line: FloatArray, stations: _Stations, wall: Wall, radius: float) -> FloatArray:
    centres = np.array([p if s is None else s.centroid(wall) for p, s in zip(line, stations.sections, strict=True)])
    spacing = float(np.linalg.norm(np.diff(line, axis=0), axis=1).mean())
    return smoothed(centres, stations.trust, length=_SMOOTHING * radius / spacing, closed=False)


def _march(mesh: TubeMesh, line: FloatArray, radius: float, wall: Wall) -> FloatArray:
    """Points that carry the line on beyond its last one until it leaves the tube, shape (k, 3)."""
    step = 0.25 * radius
    known = line
    last = section_at(mesh, line[-1], _direction(line[-2:]), radius)
    outside = 0.0 if last is None else max(0.0, -last.wall(wall).inset)
    full = radius if last is None else last.wall(wall).radius
    added: list[FloatArray] = []
    for _ in range(400):
        section, point = _ahead(mesh, known, step, full, wall, outside, radius)
        if section is None and any(
            _ahead(mesh, known, k * step, full, wall, outside, radius)[0] is not None for k in _PAST_HOLES
        ):
            # A hole in the wall, not the end: the axis runs on over it.
            added.append(point)
            known = np.vstack([known, point])
            continue
        if section is None:
            low, high = 0.0, step
            for _ in range(6):
                middle = 0.5 * (low + high)
                section, point = _ahead(mesh, known, middle, full, wall, outside, radius)
                low, high = (middle, high) if section is not None else (low, middle)
            if low > 0.0:
                added.append(_extrapolated(known, low, radius)[0])
            break
        outline = section.wall(wall)
        # In a cap the section shrinks and its centroid wanders: there the axis just runs on.
        whole = outline.radius > 0.85 * full and outline.radius < 1.2 * full and outline.open_share < 0.05
        point = section.centroid(wall) if whole else point
        added.append(point)
        known = np.vstack([known, point])
    return np.array(added).reshape(-1, 3)


def _ahead(
    mesh: TubeMesh, line: FloatArray, step: float, full: float, wall: Wall, outside: float, radius: float
) -> tuple[Section | None, FloatArray]:
    """Section at `step` beyond the line, None where the point there lies outside the tube."""
    point, direction = _extrapolated(line, step, radius)
    section = section_at(mesh, point, direction, full)
    if section is None:
        return None, point
    outline = section.wall(wall)
    leaves = outline.inset < -(1.2 * outside + 0.02 * radius if outside > 0.0 else 0.0)
    return (None if leaves or outline.radius > 2.0 * full else section), point


def _extrapolated(line: FloatArray, step: float, radius: float) -> tuple[FloatArray, FloatArray]:
    """Point and direction at `step` beyond the last point, by the parabola over the last three radii."""
    back = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(line[::-1], axis=0), axis=1)))
    last = max(4, int(np.searchsorted(back, 3.0 * radius)))
    s = -back[:last]
    # The parabola keeps to the last point: the line goes on from where it is.
    origin = line[-1]
    basis = np.stack([s, s * s], axis=1)
    coefficients, *_ = np.linalg.lstsq(basis, line[::-1][:last] - origin, rcond=None)
    direction = coefficients[0] + 2.0 * step * coefficients[1]
    return origin + step * coefficients[0] + step * step * coefficients[1], direction / np.linalg.norm(direction)


def _direction(points: FloatArray) -> FloatArray:
    step = points[-1] - points[0]
    return step / np.linalg.norm(step)


def _distance(before: FloatArray, after: FloatArray) -> float:
    """Largest distance of a point of `before` from the polyline `after`."""
    a, d = after[:-1], np.diff(after, axis=0)
    w = before[:, None] - a[None]
    t = np.clip(np.einsum("qij,ij->qi", w, d) / np.maximum(np.einsum("ij,ij->i", d, d), 1e-300), 0.0, 1.0)
    return float(np.linalg.norm(w - t[..., None] * d, axis=2).min(axis=1).max())


def _finished(mesh: TubeMesh, line: FloatArray, wall: Wall, guide_radius: float) -> TubeAxis:
    """Radii along the settled axis."""
    spacing = float(np.linalg.norm(np.diff(line, axis=0), axis=1).mean())
    stations = _measured(mesh, line, wall, guide_radius)
    hollow = np.mean([s is not None and s.lumen is not None for s in stations.sections]) >= _HOLLOW_SHARE
    s = np.arange(len(line), dtype=np.float64) * spacing
    rims = [_rim_distance(mesh, line[k]) for k in (0, -1)]
    capped = tuple(rim > 1.6 * guide_radius for rim in rims)
    good = stations.trust > 0.5
    odd = int(np.sum(~good & (s > guide_radius) & (s < s[-1] - guide_radius)))
    good &= _away_from_ends(stations, s, capped, guide_radius)
    if good.sum() < 2:
        good = stations.trust > 0.0
    if hollow and wall is Wall.LUMEN:
        good &= np.array([sec is not None and sec.lumen is not None for sec in stations.sections])
    outlines = [sec.wall(wall) for sec, ok in zip(stations.sections, good, strict=True) if ok and sec is not None]
    area = np.interp(s, s[good], [o.area for o in outlines])
    inscribed = np.interp(s, s[good], [o.inscribed_radius() for o in outlines])
    lumens = np.full(len(line), np.nan)
    if hollow:
        has = np.array(
            [ok and sec is not None and sec.lumen is not None for ok, sec in zip(good, stations.sections, strict=True)]
        )
        inner = [sec.lumen.area for sec, ok in zip(stations.sections, has, strict=True) if ok and sec and sec.lumen]
        lumens = np.sqrt(np.interp(s, s[has], inner) / np.pi)
    return TubeAxis(line, np.sqrt(area / np.pi), inscribed, lumens, bool(hollow), (capped[0], capped[1]), odd)


def _rim_distance(mesh: TubeMesh, point: FloatArray) -> float:
    return float(np.linalg.norm(mesh.rim - point, axis=1).min()) if len(mesh.rim) else np.inf


def _away_from_ends(stations: _Stations, s: FloatArray, capped: tuple[bool, ...], radius: float) -> BoolArray:
    """False in the caps: within a radius of a closed end, where the section is smaller than one radius farther in."""
    ok = np.ones(len(s), dtype=bool)
    ok[[0, -1]] = False
    if s[-1] < 4.0 * radius:
        return ok
    for end, place in zip(capped, (s, s[-1] - s), strict=True):
        inside = stations.radius[np.argmin(np.abs(place - radius))]
        if end and np.isfinite(inside):
            ok &= ~((place < radius) & (stations.radius < 0.95 * inside))
    return ok

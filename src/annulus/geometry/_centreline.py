"""Axis of one tube: plane sections across a rough path, centred, smoothed and extended to the ends, until it rests.

Each round cuts the surface across the present axis at equal steps of half a radius, moves every station to the area
centroid of its section, smooths, cuts the ends back and marches outwards again until the axis leaves the tube. A march
starts at the last whole section: in a flared or oblique mouth the rough path's tip may lie beside the tube, and a
section there says nothing of its calibre.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import median_filter

from annulus._typing import BoolArray, FloatArray
from annulus.errors import InputError
from annulus.geometry._frame import Frame
from annulus.geometry._march import march
from annulus.geometry._own_frame import place_of
from annulus.geometry._section import Section, TubeMesh, Wall, section_at
from annulus.geometry._smoothing import smoothed

__all__ = ["TubeAxis", "equally_spaced", "sections_along", "tube_axis"]

_ROUNDS = 8
_SETTLED = 0.005
"""Rounds stop when no station moves by more than this share of the radius."""
_SMOOTHING = 0.6
"""Smoothing length of the axis in radii."""
_REWEIGHTED = 4
_STRAY = 0.1
"""A centre farther than this many radii from the smoothed line is trusted less: at a side branch's foot the section
takes in the branch."""
_HOLLOW_SHARE = 0.5
"""A tube is hollow when at least this share of its sections has a second outline inside."""
_ODD_AREA = 1.6
"""A section larger or smaller than its neighbours' median by this factor belongs to a side branch or a hole."""
_CALIBRE = 8
"""Stations (half a radius apart) whose median radius is the calibre that the next one is held against."""
_OPEN = 0.05
"""A section is open when its closing chord is a larger share of its outline."""
_MOST_OPEN = (0.5, 1.0 / 3.0)
"""At most these shares of the sections are open or missing: on the way, and along the axis that was found."""


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
    holes
        First and last point of each run of sections that are open or missing.
    """

    points: FloatArray
    radius: FloatArray
    mis_radius: FloatArray
    lumen_radius: FloatArray
    hollow: bool
    capped: tuple[bool, bool]
    n_odd: int
    holes: tuple[tuple[int, int], ...] = ()

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
            tuple((len(self.points) - 1 - j, len(self.points) - 1 - i) for i, j in self.holes[::-1]),
        )


@dataclass(frozen=True, eq=False)
class _Stations:
    """Sections at every station, and how far each is trusted."""

    sections: list[Section | None]
    radius: FloatArray
    trust: FloatArray
    is_open: BoolArray

    def between_whole_ones(self, line: FloatArray, wall: Wall, radius: float) -> tuple[FloatArray, _Stations]:
        """Line and stations cut back at both ends to the last whole section after another such one.

        A section is whole where it is closed, of the calibre of those farther in, and around the line. In a strongly
        bent half-moon the line lies outside of all of them, and the last says nothing.
        """
        inset = np.array([-np.inf if s is None else s.wall(wall).inset for s in self.sections])
        around = (inset > 0.0) | (np.median(inset[np.isfinite(inset)]) <= 0.0)
        calibre = np.where(np.isfinite(self.radius), self.radius, 0.0)
        last = _last_whole(calibre, around & (self.trust > 0.5), radius)
        first = len(line) - 1 - _last_whole(calibre[::-1], (around & (self.trust > 0.5))[::-1], radius)
        kept = slice(first, last + 1)
        return line[kept], _Stations(self.sections[kept], self.radius[kept], self.trust[kept], self.is_open[kept])


def tube_axis(
    mesh: TubeMesh, path: FloatArray, guide_radius: float, *, wall: Wall, name: str, world: Frame
) -> TubeAxis:
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
    world
        Frame whose coordinates these are; errors name places of the world.

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
        found = stations.trust > 0.0
        _require_closed(stations, line, _MOST_OPEN[0], name, world)
        radius = float(np.median(stations.radius[found]))
        before, stations = stations.between_whole_ones(line, wall, radius)
        line = _centred(before, stations, wall, radius)
        allowed = _outside(mesh, line, stations, wall, radius)
        back, on = (
            march(mesh, way, calibre, tip, radius, wall, allowed)
            for way, calibre, tip in (
                (line[::-1], stations.radius[0], path[0]),
                (line, stations.radius[-1], path[-1]),
            )
        )
        line = equally_spaced(np.vstack([back[::-1], line, on]), 0.5 * radius)
        if _distance(before, line) < _SETTLED * radius:
            break
    return _finished(mesh, line, wall, radius, name, world)


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
    is_open = np.array([s is None or s.wall(wall).open_share > _OPEN for s in sections])
    trust[found & is_open] = 0.02
    return _Stations(sections, radius, trust, is_open)


def _require_closed(stations: _Stations, line: FloatArray, most: float, name: str, world: Frame) -> None:
    missing = stations.is_open
    if np.mean(missing) > most:
        raise InputError(
            f"{name} must be a tube: only {np.mean(~missing):.0%} of the planes across its length, none near "
            f"{place_of(world, line[_middle_of_longest(missing)])}, meet a closed outline (at least {1.0 - most:.0%}); "
            "give the vessel's own surface, or mend the holes."
        )


def _odd(radius: FloatArray, found: BoolArray, width: int) -> BoolArray:
    """Stations whose area leaves the running median of the found ones."""
    area = radius[found] ** 2
    usual = median_filter(area, size=min(2 * width + 1, len(area)), mode="nearest")
    odd = np.zeros(len(radius), dtype=bool)
    odd[found] = (area > _ODD_AREA * usual) | (area * _ODD_AREA < usual)
    return odd


def _without_ends(line: FloatArray, radius: float) -> FloatArray:
    """Line cut back by two radii at both ends, where planes meet the caps; at most by a fifth of its length."""
    s = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1)))
    cut = min(2.0 * radius, 0.2 * s[-1])
    at = np.linspace(cut, s[-1] - cut, max(5, round((s[-1] - 2.0 * cut) / (0.5 * radius)) + 1))
    return np.stack([np.interp(at, s, line[:, k]) for k in range(3)], axis=1)


def _centred(line: FloatArray, stations: _Stations, wall: Wall, radius: float) -> FloatArray:
    centres = np.array([p if s is None else s.centroid(wall) for p, s in zip(line, stations.sections, strict=True)])
    spacing = float(np.linalg.norm(np.diff(line, axis=0), axis=1).mean())
    trust = stations.trust
    for _ in range(_REWEIGHTED):
        line = smoothed(centres, trust, length=_SMOOTHING * radius / spacing, closed=False)
        off = np.linalg.norm(centres - line, axis=1)
        trust = stations.trust / (1.0 + (off / (_STRAY * radius)) ** 2) ** 2
    return line


def _runs(missing: BoolArray) -> tuple[tuple[int, int], ...]:
    """First and last index of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], missing, [False]]).astype(np.int64))).tolist()
    return tuple((i, j - 1) for i, j in zip(edges[::2], edges[1::2], strict=True))


def _middle_of_longest(missing: BoolArray) -> int:
    first, last = max(_runs(missing), key=lambda run: run[1] - run[0])
    return (first + last) // 2


def _outside(mesh: TubeMesh, line: FloatArray, stations: _Stations, wall: Wall, radius: float) -> float:
    """How far the axis lies outside of its outlines [mm]: 0 but in a tube that is a strongly bent half-moon throughout.

    One end says nothing: there the line may have left the tube.
    """
    insets = [s.wall(wall).inset for s in stations.sections if s is not None]
    if np.median(insets) > 0.0:
        return 0.0
    # Measured again where the line runs now.
    sections = [s for s in sections_along(mesh, line, radius) if s is not None]
    beyond = max(0.0, -float(np.median([s.wall(wall).inset for s in sections])))
    return 1.2 * beyond + 0.02 * radius if beyond > 0.0 else 0.0


def _last_whole(calibre: FloatArray, whole: BoolArray, radius: float) -> int:
    """The last station of the farther half that is whole after another such one; the very last where none is."""
    before = False
    for k in range(len(calibre) - 1, len(calibre) // 2, -1):
        inner = calibre[max(0, k - _CALIBRE) : k]
        usual = float(np.median(inner[inner > 0.0])) if (inner > 0.0).any() else radius
        here = bool(whole[k]) and 0.6 * usual < calibre[k] < 1.6 * usual
        if here and before:
            return k + 1
        before = here
    return len(calibre) - 1


def _distance(before: FloatArray, after: FloatArray) -> float:
    """Largest distance of a point of `before` from the polyline `after`."""
    a, d = after[:-1], np.diff(after, axis=0)
    w = before[:, None] - a[None]
    t = np.clip(np.einsum("qij,ij->qi", w, d) / np.maximum(np.einsum("ij,ij->i", d, d), 1e-300), 0.0, 1.0)
    return float(np.linalg.norm(w - t[..., None] * d, axis=2).min(axis=1).max())


def _finished(mesh: TubeMesh, line: FloatArray, wall: Wall, guide_radius: float, name: str, world: Frame) -> TubeAxis:
    """Radii along the settled axis."""
    spacing = float(np.linalg.norm(np.diff(line, axis=0), axis=1).mean())
    stations = _measured(mesh, line, wall, guide_radius)
    hollow = np.mean([s is not None and s.lumen is not None for s in stations.sections]) >= _HOLLOW_SHARE
    s = np.arange(len(line), dtype=np.float64) * spacing
    rims = [_rim_distance(mesh, line[k]) for k in (0, -1)]
    capped = tuple(rim > 1.6 * guide_radius for rim in rims)
    good = stations.trust > 0.5
    inner = (s > guide_radius) & (s < s[-1] - guide_radius)
    odd = int(np.sum(~good & inner))
    _require_closed(stations, line, _MOST_OPEN[1], name, world)
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
        areas = [sec.lumen.area for sec, ok in zip(stations.sections, has, strict=True) if ok and sec and sec.lumen]
        lumens = np.sqrt(np.interp(s, s[has], areas) / np.pi)
    radius, holes = np.sqrt(area / np.pi), _runs(stations.is_open & inner)
    return TubeAxis(line, radius, inscribed, lumens, bool(hollow), (capped[0], capped[1]), odd, holes)


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

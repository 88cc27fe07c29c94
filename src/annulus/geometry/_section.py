"""The section of a tubular surface by one plane: which of the cut outlines is the vessel, and its measures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np

from annulus._typing import FloatArray, IntArray
from annulus.geometry._surface import Surface
from annulus.geometry._welding import boundary_edges, triangle_neighbours
from annulus.kernels.sections import inscribed_circle, plane_section, polygon_moments, polygon_signed_distance

__all__ = ["Outline", "Section", "TubeMesh", "Wall", "section_at"]

_OPEN_SHARE = 0.45
"""An outline whose closing chord is a larger share of its perimeter is no outline (a half circle has 0.39)."""
_LARGEST = 3.0
"""An outline whose equivalent radius exceeds the guide's by this factor is a cut along the tube, not across it."""
_N_GRID = 12


class Wall(Enum):
    """Which wall of a hollow vessel its axis and radii refer to."""

    OUTER = "outer"
    LUMEN = "lumen"


@dataclass(frozen=True, eq=False)
class TubeMesh:
    """A welded surface ready to be cut.

    Parameters
    ----------
    points, triangles, neighbours
        Vertices [mm], shape (n, 3); vertex indices and triangles across the edges, shape (m, 3).
    rim
        Points on open edges [mm], shape (k, 3).
    """

    points: FloatArray
    triangles: IntArray
    neighbours: IntArray
    rim: FloatArray

    @classmethod
    def from_surface(cls, surface: Surface) -> TubeMesh:
        """Mesh of a welded surface."""
        rim = np.unique(boundary_edges(surface.triangles))
        return cls(surface.points, surface.triangles, triangle_neighbours(surface.triangles), surface.points[rim])


@dataclass(frozen=True, eq=False, slots=True)
class Outline:
    """One closed (or nearly closed) outline in the section's plane; `inset` is the guide's signed distance inside."""

    polygon: FloatArray
    area: float
    centre: FloatArray
    open_share: float
    inset: float

    @property
    def radius(self) -> float:
        """Radius of the circle of the same area [mm]."""
        return float(np.sqrt(self.area / np.pi))

    def inscribed_radius(self) -> float:
        """Radius of the largest inscribed circle [mm]."""
        return float(inscribed_circle(self.polygon, _N_GRID)[1])


@dataclass(frozen=True, eq=False, slots=True)
class Section:
    """Outer outline and, in a hollow vessel, the lumen's; `axes` maps plane coordinates about `origin` to the world."""

    origin: FloatArray
    axes: FloatArray
    outer: Outline
    lumen: Outline | None

    def wall(self, wall: Wall) -> Outline:
        """The outline that `wall` names; a vessel with one wall has only that."""
        return self.lumen if wall is Wall.LUMEN and self.lumen is not None else self.outer

    def centroid(self, wall: Wall) -> FloatArray:
        """Area centroid inside the wall [mm], shape (3,)."""
        return self.origin + self.wall(wall).centre @ self.axes


def section_at(mesh: TubeMesh, origin: FloatArray, normal: FloatArray, guide_radius: float) -> Section | None:
    """The outlines around `origin` in the plane normal to `normal`; None where no outline is near.

    The outer outline is the largest one around the origin; where none is around it (a strongly bent half-moon, whose
    centroid lies outside), the nearest one within `guide_radius`. The lumen is the largest outline inside that.
    """
    found, starts, closed = plane_section(mesh.points, mesh.triangles, mesh.neighbours, origin, normal)
    if len(closed) == 0:
        return None
    axes = _plane_axes(normal)
    flat = np.ascontiguousarray((found - origin) @ axes.T)
    chains = [(flat[i:j], bool(shut)) for i, j, shut in zip(starts[:-1], starts[1:], closed, strict=True)]
    polygons = [chain for chain, shut in chains if shut]
    polygons += _joined([chain for chain, shut in chains if not shut], 0.5 * guide_radius)
    n_closed = sum(shut for _, shut in chains)
    outlines = [_outline(polygon, k < n_closed) for k, polygon in enumerate(polygons) if len(polygon) >= 3]
    usable = [o for o in outlines if o.area > 1e-6 * guide_radius**2 and o.open_share <= _OPEN_SHARE]
    usable = [o for o in usable if o.radius <= _LARGEST * guide_radius]
    around = [o for o in usable if o.inset >= 0.0]
    if around:
        outer = max(around, key=lambda o: o.area)
    else:
        near = [o for o in usable if -o.inset <= guide_radius]
        if not near:
            return None
        outer = max(near, key=lambda o: o.inset + 0.25 * o.radius)
        hosts = [o for o in near if o.area > outer.area and _lies_inside(outer, o)]
        outer = max([outer, *hosts], key=lambda o: o.area)
    inner = [o for o in usable if o is not outer and 0.1 * outer.area < o.area < outer.area and _lies_inside(o, outer)]
    return Section(origin, axes, outer, max(inner, key=lambda o: o.area) if inner else None)


def _plane_axes(normal: FloatArray) -> FloatArray:
    # Numbers one by one: numpy's cross product costs more than the whole section.
    x, y, z = normal.tolist()
    if abs(x) <= abs(y) and abs(x) <= abs(z):
        a, b, c = 0.0, z, -y
    elif abs(y) <= abs(z):
        a, b, c = -z, 0.0, x
    else:
        a, b, c = y, -x, 0.0
    norm = math.sqrt(a * a + b * b + c * c)
    a, b, c = a / norm, b / norm, c / norm
    return np.array([[a, b, c], [y * c - z * b, z * a - x * c, x * b - y * a]])


def _outline(polygon: FloatArray, closed: bool) -> Outline:
    area, centre, perimeter = polygon_moments(polygon)
    chord = 0.0 if closed else float(np.linalg.norm(polygon[0] - polygon[-1]))
    share = chord / perimeter if perimeter > 0.0 else 1.0
    return Outline(polygon, abs(area), centre, share, polygon_signed_distance(polygon, 0.0, 0.0))


def _lies_inside(inner: Outline, outer: Outline) -> bool:
    probes = inner.polygon[:: max(1, len(inner.polygon) // 8)]
    within = sum(polygon_signed_distance(outer.polygon, x, y) > 0.0 for x, y in probes)
    return within >= 0.75 * len(probes)


def _joined(chains: list[FloatArray], reach: float) -> list[FloatArray]:
    """Open chains linked end to end where their ends lie within `reach`, nearest first (cracks and small holes)."""
    chains = sorted(chains, key=len)[-24:]
    while len(chains) > 1:
        best, link = reach, None
        for i in range(len(chains)):
            own = float(np.linalg.norm(chains[i][0] - chains[i][-1]))
            for j in range(i + 1, len(chains)):
                other = float(np.linalg.norm(chains[j][0] - chains[j][-1]))
                for a in (0, -1):
                    for b in (0, -1):
                        gap = float(np.linalg.norm(chains[i][a] - chains[j][b]))
                        # An outline whose own ends are nearer to each other is complete.
                        if gap < best and (gap < own or len(chains[i]) < 3) and (gap < other or len(chains[j]) < 3):
                            best, link = gap, (i, j, a, b)
        if link is None:
            break
        i, j, a, b = link
        head = chains[i] if a == -1 else chains[i][::-1]
        tail = chains[j] if b == 0 else chains[j][::-1]
        chains = [chain for k, chain in enumerate(chains) if k not in (i, j)] + [np.vstack([head, tail])]
    return chains

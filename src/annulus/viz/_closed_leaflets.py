"""Closed leaflets that a result carries: checked, and drawn with coaptation zone, holes and chordae."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from annulus._typing import FloatArray, IntArray
from annulus.anatomy.valve import ANTERIOR, POSTERIOR
from annulus.errors import FileError
from annulus.geometry import Frame
from annulus.kernels.ladders import nearest_distances
from annulus.viz import _style as style

__all__ = ["ClosedLeaflets", "Hole", "add_closed_leaflets", "add_holes"]

_CHORDA_RADIUS_MM = 0.2


@dataclass(frozen=True, eq=False)
class ClosedLeaflets:
    """Leaflets of a closed valve in world coordinates.

    Parameters
    ----------
    points
        Vertices [mm], shape (n, 3).
    triangles, leaflet
        Triangles, shape (m, 3), and which leaflet each belongs to, shape (m,).
    chordae
        Both ends of each chorda [mm], shape (k, 2, 3), tip first; None where the result has none.
    contact_mm
        Distance of the sheets at which they count as touching [mm]; None where the result does not say.
    """

    points: FloatArray
    triangles: IntArray
    leaflet: IntArray
    chordae: FloatArray | None = None
    contact_mm: float | None = None

    @classmethod
    def from_shapes(
        cls, shapes: Mapping[str, Any], *, state: str, contact_mm: float | None = None, file: object = "result"
    ) -> ClosedLeaflets | None:
        """Leaflets of a state, ``before`` or ``after``, from a result's shapes; None where it has none.

        Raises
        ------
        FileError
            Vertices, triangles or chordae that are none.
        """
        key = f"leaflets_{state}_mm"
        if shapes.get(key) is None:
            return None
        try:
            points = np.asarray(shapes[key], dtype=np.float64)
            triangles = np.asarray(shapes["leaflet_triangles"], dtype=np.int64)
            leaflet = np.asarray(shapes["leaflet_of_triangle"], dtype=np.int64)
        except (KeyError, TypeError, ValueError):
            raise FileError(
                file, f"shapes.{key}", "must come with leaflet_triangles and leaflet_of_triangle as rows of numbers."
            ) from None
        if (
            points.ndim != 2
            or points.shape[1] != 3
            or not np.isfinite(points).all()
            or triangles.ndim != 2
            or triangles.shape[1] != 3
            or leaflet.shape != (len(triangles),)
            or not len(triangles)
            or triangles.min() < 0
            or triangles.max() >= len(points)
        ):
            raise FileError(
                file, f"shapes.{key}", f"must be vertices (n, 3) of the triangles beside it; got shape {points.shape}."
            )
        return cls(points, triangles, leaflet, _chordae(shapes, state, file), contact_mm)

    def of(self, number: int) -> IntArray:
        """Triangles of one leaflet, shape (m, 3)."""
        return self.triangles[self.leaflet == number]

    def distance_to_other(self) -> FloatArray:
        """Distance of each vertex to the other leaflet's triangles [mm], shape (n,); infinite at vertices of both.

        The commissures, where one leaflet goes over into the other, are thereby no coaptation.
        """
        distance = np.full(len(self.points), np.inf)
        front, back = self.of(ANTERIOR), self.of(POSTERIOR)
        for own, other in ((front, back), (back, front)):
            vertices = np.setdiff1d(own, other)
            if len(vertices) and len(other):
                distance[vertices] = nearest_distances(self.points[vertices], self.points[other])
        return distance


@dataclass(frozen=True, eq=False)
class Hole:
    """An opening between the leaflets: section, area [mm2], width [mm], centre [mm], shape (3,)."""

    section: str
    area_mm2: float
    width_mm: float
    centre: FloatArray

    @classmethod
    def from_result(cls, result: Mapping[str, Any], state: str) -> list[Hole]:
        """Holes of a state, ``before`` or ``after``; empty where the result has none with a place."""
        jets = ((result.get("regurgitation") or {}).get(state) or {}).get("jets") or ()
        found = []
        for jet in jets:
            centre = np.asarray(jet.get("centre_mm") or (), dtype=np.float64)
            if centre.shape == (3,) and jet.get("area_mm2", 0.0) > 0.0 and jet.get("width_mm", 0.0) > 0.0:
                found.append(cls(str(jet.get("section", "")), float(jet["area_mm2"]), float(jet["width_mm"]), centre))
        return found


def add_closed_leaflets(plotter: Any, pv: ModuleType, leaflets: ClosedLeaflets) -> bool:
    """Add both leaflets with their edges and chordae; tell whether a coaptation zone is coloured on them."""
    contact, distance = leaflets.contact_mm, None
    if contact is not None:
        distance = np.minimum(leaflets.distance_to_other(), 2.0 * contact)
    for number, word, color in (
        (ANTERIOR, "anterior", style.LEAFLET_ANTERIOR),
        (POSTERIOR, "posterior", style.LEAFLET_POSTERIOR),
    ):
        own = leaflets.of(number)
        if not len(own):
            continue
        mesh = pv.PolyData.from_regular_faces(leaflets.points, own)
        look: dict[str, Any] = {"color": color}
        if distance is not None and contact is not None:
            mesh.point_data["sheet_distance_mm"] = distance
            look = {
                "scalars": "sheet_distance_mm", "cmap": [style.COAPTATION, color], "n_colors": 2,
                "clim": (0.0, 2.0 * contact), "show_scalar_bar": False, "interpolate_before_map": True,
            }  # fmt: skip
        actor = plotter.add_mesh(
            mesh,
            name=f"leaflet {word}",
            smooth_shading=True,
            split_sharp_edges=False,
            specular=0.1,
            ambient=0.3,
            **look,
        )
        if number == POSTERIOR:
            # Where sheets touch, one lies behind the other by rule and not by rounding.
            mapper = actor.GetMapper()
            mapper.SetResolveCoincidentTopologyToPolygonOffset()
            mapper.SetRelativeCoincidentTopologyPolygonOffsetParameters(2.0, 2.0)
        edge = mesh.extract_feature_edges(
            boundary_edges=True, feature_edges=False, non_manifold_edges=False, manifold_edges=False
        )
        plotter.add_mesh(edge, color=style.LEAFLET_EDGE, line_width=2.0, name=f"leaflet {word} outline")
    if leaflets.chordae is not None and len(leaflets.chordae):
        # A little short of the sheet's middle, through which they would stick.
        tips, heads = leaflets.chordae[:, 0], leaflets.chordae[:, 1]
        length = np.maximum(np.linalg.norm(heads - tips, axis=1, keepdims=True), 1e-9)
        heads = heads - np.minimum(0.6 / length, 0.5) * (heads - tips)
        ends = np.ascontiguousarray(np.stack([tips, heads], axis=1).reshape(-1, 3))
        lines = np.column_stack([np.full(len(ends) // 2, 2), np.arange(len(ends)).reshape(-1, 2)])
        tubes = pv.PolyData(ends, lines=lines.ravel()).tube(radius=_CHORDA_RADIUS_MM, n_sides=8)
        plotter.add_mesh(tubes, color=style.CHORDAE["marginal"], name="chordae", smooth_shading=True)
    return distance is not None and bool((distance <= (contact or 0.0)).any())


def add_holes(plotter: Any, pv: ModuleType, holes: list[Hole], frame: Frame) -> None:
    """Add each hole as an ellipse of its area and width at its place, its long side from AL to PM."""
    for number, hole in enumerate(holes):
        length = hole.area_mm2 / (0.25 * np.pi * hole.width_mm)
        phase = np.linspace(0.0, 2.0 * np.pi, 49)[:-1, None]
        # In front of the leaflets' edges, seen from the atrium.
        middle = hole.centre + 0.4 * frame.axes[2]
        ring = (
            middle + 0.5 * length * np.cos(phase) * frame.axes[0] + 0.5 * hole.width_mm * np.sin(phase) * frame.axes[1]
        )
        disc = pv.PolyData(ring, faces=np.concatenate([[len(ring)], np.arange(len(ring))]))
        actor = plotter.add_mesh(disc, color=style.HOLE, lighting=False, name=f"hole {number}")
        # A slanted hole lies below the edge of a leaflet: it is drawn in front of it all the same.
        actor.GetMapper().SetResolveCoincidentTopologyToPolygonOffset()
        actor.GetMapper().SetRelativeCoincidentTopologyPolygonOffsetParameters(0.0, -30000.0)
        rim = pv.lines_from_points(np.vstack([ring, ring[:1]]))
        plotter.add_mesh(rim, color=style.HOLE, line_width=3.0, name=f"hole {number} rim")


def _chordae(shapes: Mapping[str, Any], state: str, file: object) -> FloatArray | None:
    key = f"chordae_{state}_mm"
    if shapes.get(key) is None or shapes.get("papillary_tips_mm") is None or shapes.get("chordae_tip") is None:
        return None
    try:
        ends = np.asarray(shapes[key], dtype=np.float64).reshape(-1, 3)
        tips = np.asarray(shapes["papillary_tips_mm"], dtype=np.float64).reshape(-1, 3)
        return np.stack([tips[np.asarray(shapes["chordae_tip"], dtype=np.int64)], ends], axis=1)
    except (TypeError, ValueError, IndexError):
        raise FileError(
            file, f"shapes.{key}", "must be rows of three numbers [mm], one for each number of a tip in chordae_tip."
        ) from None

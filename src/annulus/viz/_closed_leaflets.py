"""Closed leaflets that a result carries: checked, and drawn in a case's scene."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from annulus._typing import FloatArray, IntArray
from annulus.anatomy.valve import ANTERIOR, POSTERIOR
from annulus.errors import FileError
from annulus.viz import _style as style

__all__ = ["ClosedLeaflets", "add_closed_leaflets"]


@dataclass(frozen=True, eq=False)
class ClosedLeaflets:
    """Leaflets of a closed valve in world coordinates.

    Parameters
    ----------
    points
        Vertices [mm], shape (n, 3).
    triangles, leaflet
        Triangles, shape (m, 3), and which leaflet each belongs to, shape (m,).
    """

    points: FloatArray
    triangles: IntArray
    leaflet: IntArray

    @classmethod
    def from_shapes(cls, shapes: Mapping[str, Any], *, state: str, file: object = "result") -> ClosedLeaflets | None:
        """Leaflets of a state, ``before`` or ``after``, from a result's shapes; None where it has none.

        Raises
        ------
        FileError
            Vertices or triangles that are none.
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
        return cls(points, triangles, leaflet)


def add_closed_leaflets(plotter: Any, pv: ModuleType, leaflets: ClosedLeaflets) -> None:
    """Add both leaflets with their free and hinged edges."""
    for number, word, color in (
        (ANTERIOR, "anterior", style.LEAFLET_ANTERIOR),
        (POSTERIOR, "posterior", style.LEAFLET_POSTERIOR),
    ):
        own = leaflets.triangles[leaflets.leaflet == number]
        if not len(own):
            continue
        mesh = pv.PolyData.from_regular_faces(leaflets.points, own)
        plotter.add_mesh(
            mesh,
            color=color,
            name=f"leaflet {word}",
            smooth_shading=True,
            split_sharp_edges=False,
            specular=0.1,
            ambient=0.3,
        )
        edge = mesh.extract_feature_edges(
            boundary_edges=True, feature_edges=False, non_manifold_edges=False, manifold_edges=False
        )
        plotter.add_mesh(edge, color=style.LEAFLET_EDGE, line_width=2.0, name=f"leaflet {word} outline")

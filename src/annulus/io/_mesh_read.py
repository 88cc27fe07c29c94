"""Surfaces in: PLY, STL, OBJ, GLB, VTP, VTU and VTK, turned to LPS millimetres."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from annulus.geometry import Surface
from annulus.io._axes import to_lps_matrix
from annulus.io._reading import existing
from annulus.io._registry import Content, reader
from annulus.io._schema import placed
from annulus.io._stated import Asked, settle
from annulus.io.readers import RawSurface

__all__ = ["read_mesh", "read_mesh_as"]


def read_mesh(
    path: Path | str,
    *,
    node: str | None = None,
    unit: str | None = None,
    coordinate_system: str | None = None,
    override: bool = False,
) -> Surface:
    """Surface of a mesh file in LPS mm, with points and triangles in the file's order; unused points are left out.

    Parameters
    ----------
    path
        PLY, STL, OBJ, GLB, glTF, VTP, VTU or VTK file.
    node
        Name of a node (glTF), object or group (OBJ), or solid (text STL) as the file gives it, or its number from 0;
        may be left out where there is only one.
    unit, coordinate_system
        What the coordinates are ("mm", "LPS"); may be left out where the file says it (Slicer's header text,
        glTF, field data).
    override
        `unit` and `coordinate_system` hold even where the file states others.

    Raises
    ------
    MissingFileError, FileError
        No such file, an unknown suffix, an unreadable or empty file, a unit or coordinate system that nobody
        states, or one that contradicts the file.
    """
    return read_mesh_as(path, Asked(coordinate_system, unit, override), node=node)


@np.errstate(invalid="ignore", over="ignore")  # what is not finite is refused
def read_mesh_as(path: Path | str, asked: Asked, *, node: str | None = None) -> Surface:
    """As `read_mesh`, with defaults for files that state nothing."""
    file = existing(path)
    raw: RawSurface = reader(file, Content.SURFACE)[1](file, node)
    settled = settle(file, raw.stated, asked)
    used = np.zeros(len(raw.points), dtype=bool)
    used[raw.triangles] = True
    # Points without a triangle belong to nothing: they would count in extents and nearest points.
    points, triangles = raw.points, raw.triangles
    if not used.all():
        points, triangles = points[used], (np.cumsum(used) - 1)[triangles]
    with placed(file, node or ""):
        return Surface(points, triangles).transformed(to_lps_matrix(*settled))

"""Surfaces in: PLY, STL, OBJ, GLB, VTP and VTK, turned to LPS millimetres."""

from __future__ import annotations

from pathlib import Path

from annulus.geometry import Surface
from annulus.io._axes import to_lps_matrix
from annulus.io._reading import existing, settle
from annulus.io._registry import Content, reader
from annulus.io._schema import placed
from annulus.io.readers import RawSurface

__all__ = ["read_mesh"]


def read_mesh(
    path: Path | str,
    *,
    node: str | None = None,
    unit: str | None = None,
    coordinate_system: str | None = None,
    override: bool = False,
) -> Surface:
    """Surface of a mesh file in LPS mm, with points and triangles in the file's order.

    Parameters
    ----------
    path
        PLY, STL, OBJ, GLB, VTP or VTK file.
    node
        Named node of a GLB or OBJ file; may be left out where there is only one.
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
    DependencyError
        A VTK file, and pyvista is not installed.
    """
    file = existing(path)
    raw: RawSurface = reader(file, Content.SURFACE)[1](file, node)
    stated = (raw.coordinate_system, raw.unit)
    settled = settle(file, stated=stated, given=(coordinate_system, unit), override=override)
    with placed(file, node or ""):
        return Surface(raw.points, raw.triangles).transformed(to_lps_matrix(*settled))

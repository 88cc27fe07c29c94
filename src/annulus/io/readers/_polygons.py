"""PLY, STL, OBJ and GLB meshes."""

from __future__ import annotations

from pathlib import Path

from annulus.io._mesh_text import stated_axes, stated_unit
from annulus.io.readers._raw import RawSurface

__all__ = ["read_surface"]


def read_surface(file: Path, node: str | None = None) -> RawSurface:
    """The triangles of the file, or of one named node of it, and what its header states.

    Raises
    ------
    FileError
        The file is not readable as its suffix says, has no triangles, or has no such node.
    """
    from annulus.io._trimesh import mesh_arrays

    points, triangles = mesh_arrays(file, node)
    return RawSurface(points, triangles, stated_axes(file), stated_unit(file))

"""VTP, VTU and legacy VTK files: surfaces and lines. Read here, without VTK itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from annulus.errors import FileError
from annulus.io.readers._line_sets import chained
from annulus.io.readers._raw import RawLines, RawSurface
from annulus.io.readers._vtk_cells import VtkData
from annulus.io.readers._vtk_legacy import read_legacy
from annulus.io.readers._vtk_xml import read_xml

__all__ = ["read_lines", "read_surface"]


def read_surface(file: Path, node: str | None = None) -> RawSurface:
    """Points, triangles (polygons are split; of volume cells, those on the outside), and what the file states.

    Raises
    ------
    FileError
        The file is not readable as its suffix says, or has no polygons.
    """
    if node is not None:
        raise FileError(file, f"node {node!r}", "names a part of a GLB or OBJ file; a VTK file has none: leave it out.")
    data = _data(file)
    if not len(data.triangles):
        raise FileError(file, "", "must hold polygons; it has none: export a surface.")
    return RawSurface(data.points, data.triangles, data.stated)


def read_lines(file: Path) -> RawLines:
    """Every line of the file; segments that share end points are chained into lines, in whatever order they stand.

    Raises
    ------
    FileError
        The file is not readable as its suffix says, or has no lines.
    """
    data = _data(file)
    cells = chained(data.lines)
    if not cells:
        raise FileError(file, "", "must hold lines; it has none: export a centreline as poly lines.")
    lines = tuple((data.points[cell], {name: array[cell] for name, array in data.values.items()}) for cell in cells)
    return RawLines(lines, data.stated)


def _data(file: Path) -> VtkData:
    data = read_legacy(file) if file.suffix.lower() == ".vtk" else read_xml(file)
    n = len(data.points)
    corners = [np.asarray(data.triangles).ravel(), *(np.asarray(line) for line in data.lines)]
    for some in corners:
        if some.size and (some.min() < 0 or some.max() >= n):
            raise FileError(file, "", f"cells must name points 0 to {n - 1}; one names another: export it again.")
    return data

"""VTP and legacy VTK files: surfaces and lines. pyvista loads on first use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from annulus._typing import IntArray
from annulus.errors import FileError
from annulus.io._mesh_text import stated_axes
from annulus.io._pyvista import load_pyvista
from annulus.io.readers._raw import RawLines, RawSurface

__all__ = ["read_lines", "read_surface"]


def read_surface(path: Path, node: str | None = None) -> RawSurface:
    """Points, triangles (polygons are split), and the axes and unit that the file's fields or header state.

    Raises
    ------
    FileError
        The file is not readable as its suffix says, or has no polygons.
    """
    if node is not None:
        raise FileError(path, f"node {node!r}", "names a part of a GLB or OBJ file; a VTK file has none: leave it out.")
    data = _polydata(path)
    surface = data.triangulate()
    triangles = np.asarray(surface.faces, dtype=np.int64).reshape(-1, 4)[:, 1:]
    if not len(triangles):
        raise FileError(path, "", "must hold polygons; it has none: export a surface.")
    axes, unit = _stated_in_fields(data)
    return RawSurface(np.asarray(surface.points, dtype=np.float64), triangles, axes or stated_axes(path), unit)


def read_lines(path: Path) -> RawLines:
    """Every line cell of the file; two-point segments that share end points are chained into lines.

    Raises
    ------
    FileError
        The file is not readable as its suffix says, or has no lines.
    """
    data = _polydata(path)
    cells = _chained(_line_cells(np.asarray(data.lines, dtype=np.int64)))
    if not cells:
        raise FileError(path, "", "must hold lines; it has none: export a centreline as poly lines.")
    points = np.asarray(data.points, dtype=np.float64)
    values = {
        name: np.asarray(data.point_data[name], dtype=np.float64)
        for name in data.point_data
        if np.asarray(data.point_data[name]).ndim == 1
    }
    axes, unit = _stated_in_fields(data)
    lines = tuple((points[cell], {name: array[cell] for name, array in values.items()}) for cell in cells)
    return RawLines(lines, axes or stated_axes(path), unit)


def _stated_in_fields(data: Any) -> tuple[str | None, str | None]:
    """Axes and unit from the field arrays SPACE and UNIT, None where the file does not state them."""
    found: list[str | None] = []
    for key, allowed in (("SPACE", ("LPS", "RAS")), ("UNIT", ("um", "mm", "cm", "m"))):
        text = str(data.field_data[key][0]) if key in data.field_data else ""
        found.append(next((word for word in allowed if text == word or (key == "SPACE" and word in text)), None))
    return found[0], found[1]


def _polydata(path: Path) -> Any:
    pyvista = load_pyvista(path)
    _refuse_truncated(path)
    from vtkmodules.vtkCommonCore import vtkOutputWindow, vtkStringOutputWindow

    # VTK's readers report errors on a window of their own instead of raising; catch what they say there.
    window, before = vtkStringOutputWindow(), vtkOutputWindow.GetInstance()
    vtkOutputWindow.SetInstance(window)
    try:
        data = pyvista.read(str(path))
        # VTK and pyvista raise many classes on a broken file, none of them documented.
    except Exception as error:  # noqa: BLE001
        raise FileError(
            path, "", f"must be a readable VTK file; reading it failed ({error}): export it again."
        ) from None
    finally:
        vtkOutputWindow.SetInstance(before)
    said = " ".join(window.GetOutput().split())
    if "ERROR" in said.upper():
        raise FileError(path, "", "must be a readable VTK file; VTK reports an error in it: export or copy it again.")
    if isinstance(data, (pyvista.ImageData, pyvista.RectilinearGrid)):
        raise FileError(
            path,
            "",
            "must hold a surface or lines; it holds an image: make a surface of the label first, and export it.",
        )
    if not isinstance(data, pyvista.PolyData):
        data = data.extract_surface()
    return data


def _refuse_truncated(path: Path) -> None:
    if path.suffix.lower() == ".vtp" and b"</VTKFile>" not in path.read_bytes()[-64:]:
        raise FileError(
            path, "", "must end with </VTKFile>; the file is cut off or no VTK XML: export or copy it again."
        )


def _line_cells(flat: IntArray) -> list[list[int]]:
    cells, start = [], 0
    while start < len(flat):
        count = int(flat[start])
        cells.append([int(index) for index in flat[start + 1 : start + 1 + count]])
        start += count + 1
    return cells


def _chained(cells: list[list[int]]) -> list[list[int]]:
    """Join two-point segments whose end is the next one's start; longer lines stay as they are."""
    chained: list[list[int]] = []
    for cell in cells:
        if chained and len(cell) == 2 and chained[-1][-1] == cell[0]:
            chained[-1].append(cell[1])
        elif len(cell) > 1:
            chained.append(list(cell))
    return chained

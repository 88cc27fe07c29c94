"""Surfaces as VTK XML polygons."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from annulus.errors import FileError
from annulus.geometry import Surface
from annulus.io._atomic import write_bytes
from annulus.io._pyvista import load_pyvista

__all__ = ["write_surface"]


def write_surface(surface: Surface, path: Path) -> None:
    """VTP file with SPACE and UNIT as field data, as Slicer writes them.

    Raises
    ------
    DependencyError
        pyvista is not installed.
    """
    pyvista = load_pyvista(path)
    from vtkmodules.vtkIOXML import vtkXMLPolyDataWriter

    faces = np.hstack([np.full((len(surface.triangles), 1), 3), surface.triangles])
    data = pyvista.PolyData(surface.points.copy(), faces.ravel())
    data.field_data["SPACE"] = ["LPS"]
    data.field_data["UNIT"] = ["mm"]
    # Into memory: VTK does not raise when the disk is full.
    vtk_writer = vtkXMLPolyDataWriter()
    vtk_writer.SetInputData(data)
    vtk_writer.SetDataModeToBinary()
    vtk_writer.WriteToOutputStringOn()
    if not vtk_writer.Write():
        raise FileError(path, "", "cannot be written, VTK refuses the surface: write it as PLY.")
    write_bytes(vtk_writer.GetOutputString().encode("utf-8"), path)

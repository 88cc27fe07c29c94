"""What other programs write is read: every writer at hand against the tube and the line that it was given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from annulus.io import read_curve, read_mesh
from file_writers import LINE, RADIUS, TUBE, Write, lines, sorted_corners, surfaces

# glTF states metres and y up; the tube was given in mm and LPS, which override takes it for.
ASKED = {"unit": "mm", "coordinate_system": "LPS", "override": True}


@pytest.mark.parametrize(("writer", "name", "write"), [pytest.param(*row, id=row[0]) for row in surfaces()])
def test_a_surface_comes_back(tmp_path: Path, writer: str, name: str, write: Write) -> None:
    write(tmp_path / name)
    back = read_mesh(tmp_path / name, **({} if writer.startswith("annulus") else ASKED))  # type: ignore[arg-type]
    # Most formats hold float32, text ones six digits.
    np.testing.assert_allclose(sorted_corners(back), sorted_corners(TUBE), atol=2e-6)


@pytest.mark.parametrize(("name", "write"), [pytest.param(*row[1:], id=row[0]) for row in lines()])
def test_a_line_comes_back_with_its_radius(tmp_path: Path, name: str, write: Write) -> None:
    write(tmp_path / name)
    back = read_curve(tmp_path / name, **ASKED)  # type: ignore[arg-type]
    np.testing.assert_allclose(back.points, LINE, atol=2e-6)
    np.testing.assert_allclose(back.mis_radius, RADIUS, atol=2e-6)


CARRIED = ("airplane.ply", "ant.ply", "sphere.ply", "nut.ply", "globe.vtk", "hexbeam.vtk")
"""Surfaces and a volume mesh that the wheel of pyvista carries; VTK's own readers are the reference."""


@pytest.mark.parametrize("name", CARRIED)
def test_files_that_a_package_carries_are_read_as_vtk_reads_them(name: str) -> None:
    pyvista = pytest.importorskip("pyvista")
    file = Path(pyvista.__file__).parent / "examples" / name
    if not file.exists():
        pytest.skip(f"this version carries no {name}")
    theirs = pyvista.read(file)
    if not isinstance(theirs, pyvista.PolyData):
        theirs = theirs.extract_surface(algorithm="dataset_surface")
    ours = read_mesh(file, **ASKED)  # type: ignore[arg-type]
    # Quads that are not flat have another area for each way of splitting them.
    assert ours.area == pytest.approx(theirs.triangulate().area, rel=1e-5)
    np.testing.assert_allclose(np.ptp(ours.points, axis=0), np.ptp(theirs.points, axis=0), rtol=1e-6)

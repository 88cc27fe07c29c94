"""Meshes in and out: units and axes are read or asked for, never guessed."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annulus.errors import FileError, MissingFileError
from annulus.geometry import Surface
from annulus.io import read_mesh, write
from io_samples import heart

TETRA = Surface([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 3.0]],
                [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])  # fmt: skip
PLAIN_PLY = (
    "ply\nformat ascii 1.0\n{comment}element vertex 3\nproperty float x\nproperty float y\nproperty float z\n"
    "element face 1\nproperty list uchar int vertex_indices\nend_header\n0 0 0\n1 0 0\n0 2 0\n3 0 1 2\n"
)


@pytest.mark.parametrize("suffix", [".ply", ".stl", ".vtp", ".glb"])
def test_what_we_write_we_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"mesh{suffix}"
    write(TETRA, path)
    back = read_mesh(path)
    # STL and GLB hold float32; the corners are what all formats keep.
    np.testing.assert_allclose(back.corners, TETRA.corners, atol=1e-6)
    if suffix == ".ply":
        assert back.points.tobytes() == TETRA.points.tobytes()
    np.testing.assert_allclose(back.area_vectors, TETRA.area_vectors, atol=1e-5)


def test_glb_of_a_case_has_named_nodes(tmp_path: Path) -> None:
    write(heart(), tmp_path / "case.glb")
    with pytest.raises(FileError, match="left_ventricle"):
        read_mesh(tmp_path / "case.glb")
    back = read_mesh(tmp_path / "case.glb", node="la")
    # 1220 mm in float32 metres leaves about 0.1 um.
    np.testing.assert_allclose(back.points, heart().surfaces["la"].points, atol=1e-3)
    with pytest.raises(FileError, match="did you mean 'la'"):
        read_mesh(tmp_path / "case.glb", node="laa")


def test_obj_and_axes(tmp_path: Path) -> None:
    path = tmp_path / "a.obj"
    path.write_text("# 3D Slicer output. SPACE=RAS\nv 1 2 3\nv 2 2 3\nv 1 4 3\nf 1 2 3\n")
    np.testing.assert_array_equal(read_mesh(path, unit="cm").points[0], [-10.0, -20.0, 30.0])


@pytest.mark.parametrize("comment", ["comment SPACE=RAS\n", "comment 3D Slicer output. SPACE=RAS\n"])
def test_slicer_header_is_honoured(tmp_path: Path, comment: str) -> None:
    path = tmp_path / "a.ply"
    path.write_text(PLAIN_PLY.format(comment=comment))
    np.testing.assert_array_equal(read_mesh(path, unit="mm").points[1], [-1.0, 0.0, 0.0])
    with pytest.raises(FileError, match="states RAS; LPS was asked for"):
        read_mesh(path, unit="mm", coordinate_system="LPS")
    forced = read_mesh(path, unit="mm", coordinate_system="LPS", override=True)
    np.testing.assert_array_equal(forced.points[1], [1.0, 0.0, 0.0])


def test_stl_header_and_legacy_vtk_title_are_honoured(tmp_path: Path) -> None:
    write(TETRA, tmp_path / "a.stl")
    raw = bytearray((tmp_path / "a.stl").read_bytes())
    raw[:80] = b"3D Slicer output. SPACE=RAS".ljust(80)
    (tmp_path / "a.stl").write_bytes(bytes(raw))
    assert read_mesh(tmp_path / "a.stl", unit="mm").points[:, 0].min() == -1.0
    (tmp_path / "a.vtk").write_text(
        "# vtk DataFile Version 3.0\n3D Slicer output. SPACE=RAS\nASCII\nDATASET POLYDATA\nPOINTS 3 float\n"
        "0 0 0 1 0 0 0 2 0\nPOLYGONS 1 4\n3 0 1 2\n"
    )
    assert read_mesh(tmp_path / "a.vtk", unit="mm").points[:, 1].min() == -2.0


def test_a_mirrored_axis_keeps_the_outside_outside(tmp_path: Path) -> None:
    path = tmp_path / "a.ply"
    path.write_text(PLAIN_PLY.format(comment=""))
    # RPS is left-handed: x is mirrored, and the triangle's winding with it.
    np.testing.assert_allclose(read_mesh(path, unit="mm", coordinate_system="RPS").area_vectors, [[0.0, 0.0, 1.0]])


def test_gltf_states_metres_and_y_up(tmp_path: Path) -> None:
    write(TETRA, tmp_path / "a.glb")
    with pytest.raises(FileError, match="states LSA; LPS was asked for"):
        read_mesh(tmp_path / "a.glb", coordinate_system="LPS")


@pytest.mark.parametrize(
    ("name", "content", "arguments", "said"),
    [
        ("a.ply", PLAIN_PLY.format(comment=""), {"coordinate_system": "LPS"}, 'say unit = "mm"'),
        ("a.ply", PLAIN_PLY.format(comment=""), {"unit": "mm"}, 'say coordinate_system = "LPS"'),
        ("a.ply", PLAIN_PLY.format(comment="")[:-20], {"unit": "mm", "coordinate_system": "LPS"}, "must "),
        ("a.stl", "solid x\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\n",
         {"unit": "mm", "coordinate_system": "LPS"}, "must "),
        ("a.stl", "no mesh", {"unit": "mm", "coordinate_system": "LPS"}, "must hold triangles"),
        ("a.glb", "no mesh", {}, "readable GLB"),
        ("a.vtp", "<VTKFile", {"unit": "mm", "coordinate_system": "LPS"}, "cut off"),
        ("a.vtk", "nonsense", {"unit": "mm", "coordinate_system": "LPS"}, "VTK"),
        ("a.plly", "", {}, "did you mean .ply"),
        ("a.step", "", {}, "must be one of .ply"),
        ("a.ply", PLAIN_PLY.format(comment=""), {"unit": "inch", "coordinate_system": "LPS"}, "one of um, mm, cm, m"),
        ("a.ply", PLAIN_PLY.format(comment=""), {"unit": "mm", "coordinate_system": "LLS"}, "one letter each"),
        ("a.ply", PLAIN_PLY.format(comment="").replace("1 0 0", "nan 0 0"), {"unit": "mm", "coordinate_system": "LPS"},
         "must be finite"),
    ],
)  # fmt: skip
def test_bad_mesh_is_one_sentence(
    tmp_path: Path, name: str, content: str, arguments: Mapping[str, Any], said: str
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(FileError) as caught:
        read_mesh(tmp_path / name, **arguments)
    assert said in str(caught.value)
    assert name in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", [".ply", ".stl", ".vtp", ".glb"])
@pytest.mark.parametrize("share", [0.4, 0.8, 0.97])
def test_truncated_mesh_is_refused(tmp_path: Path, suffix: str, share: float) -> None:
    path = tmp_path / f"mesh{suffix}"
    write(TETRA, path)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(FileError, match="mesh"):
        read_mesh(path, unit="mm", coordinate_system="LPS", override=True)


def test_missing_mesh(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"nope\.ply: must be an existing file"):
        read_mesh(tmp_path / "nope.ply")


def test_vtk_files_are_read_and_written_without_vtk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(TETRA, tmp_path / "a.vtp")
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.partition(".")[0] in ("pyvista", "vtk", "vtkmodules"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    assert len(read_mesh(tmp_path / "a.vtp").triangles) == 4
    write(TETRA, tmp_path / "b.vtp")
    assert len(read_mesh(tmp_path / "b.vtp").triangles) == 4

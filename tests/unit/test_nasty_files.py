"""Files made to break readers: one sentence each, little time and memory, and nothing written beside the output."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from annulus.cli import main
from annulus.errors import FileError
from annulus.io import (
    import_case,
    load_case,
    read_curve,
    read_json,
    read_loops,
    read_markups,
    read_mesh,
    read_points,
    read_recipe,
)  # fmt: skip
from io_samples import recipe_folder

ASKED = {"unit": "mm", "coordinate_system": "LPS"}
PLY = "ply\nformat {form} 1.0\nelement vertex {n}\nproperty float x\nproperty float y\nproperty float z\n" \
      "element face {m}\nproperty list uchar int vertex_indices\nend_header\n"  # fmt: skip
VTK = b"# vtk DataFile Version 3.0\nx\nBINARY\nDATASET POLYDATA\nPOINTS 3 float\n"
TRIANGLE = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
LARGE = 4_000_000_000


def vtp(points: bytes, extra: str = "", compressor: str = "", n: int = 3) -> bytes:
    kind = f' compressor="{compressor}"' if compressor else ""
    return (
        f'<?xml version="1.0"?>{extra}<VTKFile type="PolyData" version="1.0" byte_order="LittleEndian"'
        f' header_type="UInt32"{kind}><PolyData><Piece NumberOfPoints="{n}" NumberOfPolys="1"><Points>'
        '<DataArray type="Float32" NumberOfComponents="3" format="appended" offset="0"/></Points><Polys>'
        '<DataArray type="Int64" Name="connectivity" format="ascii">0 1 2</DataArray>'
        '<DataArray type="Int64" Name="offsets" format="ascii">3</DataArray></Polys></Piece></PolyData>'
        '<AppendedData encoding="raw">_'
    ).encode() + points + b"</AppendedData></VTKFile>"  # fmt: skip


def bomb() -> bytes:
    """Zlib blocks that say 2 GB and hold it."""
    block = zlib.compress(b"\0" * (1 << 24), 9)
    heads = np.array([128, 1 << 24, 0, *[len(block)] * 128], dtype="<u4").tobytes()
    return heads + block * 128


def liar() -> bytes:
    """A block of 16 MB that says it has 36 bytes."""
    block = zlib.compress(b"\0" * (1 << 24), 9)
    return np.array([1, 36, 0, len(block)], dtype="<u4").tobytes() + block


MESHES = {
    "count.ply": PLY.format(form="binary_little_endian", n=LARGE, m=1).encode() + b"\0" * 50,
    "count-text.ply": PLY.format(form="ascii", n=LARGE, m=1).encode() + b"0 0 0\n" * 5,
    "faces.ply": PLY.format(form="binary_little_endian", n=3, m=LARGE).encode() + TRIANGLE.astype("<f4").tobytes(),
    "endian.ply": PLY.format(form="binary_big_endian", n=3, m=1).encode()
    + TRIANGLE.astype("<f4").tobytes() + b"\3" + np.array([0, 1, 2], "<i4").tobytes(),
    "corner.ply": PLY.format(form="ascii", n=3, m=1).encode() + b"0 0 0\n1 0 0\n0 1 0\n3 0 1 99\n",
    "nan.ply": PLY.format(form="ascii", n=3, m=1).encode() + b"nan 0 0\n1 0 0\n0 1 0\n3 0 1 2\n",
    "inf.ply": PLY.format(form="ascii", n=3, m=1).encode() + b"1e999 0 0\n1 0 0\n0 1 0\n3 0 1 2\n",
    "count.stl": b"\0" * 80 + np.array([LARGE], "<u4").tobytes() + b"\0" * 50,
    "endian.stl": b"\0" * 80 + np.array([1], ">u4").tobytes() + b"\0" * 50,
    "count.vtk": VTK.replace(b"3 float", f"{LARGE} float".encode()) + b"\0" * 40,
    "cells.vtk": VTK + TRIANGLE.astype(">f4").tobytes() + f"\nPOLYGONS {LARGE} {LARGE}\n".encode(),
    "endian.vtk": VTK + TRIANGLE.astype("<f4").tobytes() + b"\nPOLYGONS 1 4\n"
    + np.array([3, 0, 1, 2], "<i4").tobytes(),
    "bomb.vtp": vtp(bomb(), compressor="vtkZLibDataCompressor"),
    "liar.vtp": vtp(liar(), compressor="vtkZLibDataCompressor"),
    "lz4.vtp": vtp(liar(), compressor="vtkLZ4DataCompressor"),
    "entities.vtp": vtp(b"", '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'),
    "blocks.vtp": vtp(np.array([LARGE, 1, 1], "<u4").tobytes(), compressor="vtkZLibDataCompressor"),
    "corner.obj": b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 999999999999999999999999999\n",
    "zero.obj": b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 0 1 2\n",
    "deep.gltf": b'{"asset":' * 100_000,
    "binary.obj": bytes(range(256)),
    "empty.vtk": b"", "empty.vtp": b"", "empty.ply": b"", "empty.stl": b"", "empty.obj": b"", "empty.glb": b"",
}  # fmt: skip


@pytest.mark.parametrize("name", MESHES)
def test_a_nasty_mesh_is_one_sentence_and_little_memory(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(MESHES[name])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(FileError) as caught:
        read_mesh(tmp_path / name, **ASKED, override=True)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 1500
    # The largest file here has 2 MB.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000


@pytest.mark.parametrize(
    "content", ["[" * 100_000, '{"a":' * 100_000, '{"schema": 1, "schema": 2}', "1" * 10_000, "\0"]
)
def test_nasty_json(tmp_path: Path, content: str) -> None:
    for name in ("case.json", "a.mrk.json"):
        (tmp_path / name).write_text(content)
        with pytest.raises(FileError):
            (load_case if name == "case.json" else read_markups)(tmp_path / name)
    if "schema" in content:
        with pytest.raises(FileError, match="it stands twice"):
            read_json(tmp_path / "case.json")


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../ring.ply", "a/../../ring.ply", "..\\ring.ply", "C:ring.ply", "file:x"]
)
def test_a_recipe_does_not_lead_out_of_its_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "in").mkdir()
    recipe = recipe_folder(tmp_path / "in")
    (tmp_path / "ring.ply").write_bytes((tmp_path / "in" / "ring.ply").read_bytes())
    recipe.write_text(recipe.read_text().replace('"ring.ply"', f"'{name}'"))
    with pytest.raises(FileError, match="which leads out of it"):
        import_case(recipe)


def test_a_failed_import_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "r.toml").write_text("[" * 50_000)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(SystemExit) as left:
        main(["import", str(tmp_path / "r.toml"), "-o", str(tmp_path / "case.json")])
    assert left.value.code == 2 and sorted(tmp_path.rglob("*")) == before
    assert "Traceback" not in capsys.readouterr().err
    with pytest.raises(FileError):
        read_recipe(tmp_path / "r.toml")


CONTOUR = "frame,valve,index,x,y,z\n" + "\n".join(f"0,mitral,{k},{k},{k * k},1.5" for k in range(9))


@pytest.mark.parametrize("coding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_text_is_read_in_the_codings_that_editors_write(tmp_path: Path, coding: str) -> None:
    (tmp_path / "a.csv").write_bytes(CONTOUR.encode(coding))
    assert len(read_loops(tmp_path / "a.csv", **ASKED)["mitral"][0].loop) == 9
    (tmp_path / "a.fcsv").write_bytes("# CoordinateSystem = LPS\nid,1,2,3,0,0,0,1,1,1,0,Stütz,,\n".encode(coding))
    assert "Stütz" in read_points(tmp_path / "a.fcsv")


def test_latin_letters_decimal_commas_and_a_table_of_two_recordings(tmp_path: Path) -> None:
    (tmp_path / "a.fcsv").write_bytes("# CoordinateSystem = LPS\nid,1,2,3,0,0,0,1,1,1,0,Stütz,,\n".encode("cp1252"))
    assert "Stütz" in read_points(tmp_path / "a.fcsv")
    (tmp_path / "a.csv").write_text(
        CONTOUR.replace(",", ";").replace("1.5", "1,5").replace("frame;valve", "Frame;VALVE")
    )
    assert read_loops(tmp_path / "a.csv", **ASKED)["mitral"][0].loop.points[0, 2] == 1.5
    head = "Filename,Phase,FrameNumber,Valve,AnnulusContourX,AnnulusContourY,AnnulusContourZ\n"
    rows = [f"{name}.nrrd,MS,4,mitral,{k},{k * k},0" for name in "ab" for k in range(9)]
    (tmp_path / "b.csv").write_text(head + "\n".join(rows))
    found = read_loops(tmp_path / "b.csv", coordinate_system="RAS")["mitral"]
    assert [(item.recording, len(item.loop)) for item in found] == [("a.nrrd", 9), ("b.nrrd", 9)]


def test_an_ascii_locale_reads_and_tells_as_any_other(tmp_path: Path) -> None:
    (tmp_path / "größe.csv").write_text("Gr\xf6\xdfe\n", encoding="utf-8")
    words = [sys.executable, "-m", "annulus", "measure", str(tmp_path / "größe.csv"), "--unit", "mm"]
    environment = {**os.environ, "LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(words, capture_output=True, env=environment, check=False)
    assert done.returncode == 2 and b"Traceback" not in done.stderr and done.stderr.count(b"\n") <= 3


def test_a_million_points_of_a_line_take_no_pairs(tmp_path: Path) -> None:
    # Order, repeats and closure are asked without comparing pairs.
    n = 1_000_000
    points = np.column_stack([np.arange(n), np.zeros(n), np.zeros(n)]).astype(">f4")
    cell = np.concatenate([[n], np.arange(n)]).astype(">i4")
    head = VTK.replace(b"3 float", f"{n} float".encode())
    (tmp_path / "a.vtk").write_bytes(head + points.tobytes() + f"\nLINES 1 {n + 1}\n".encode() + cell.tobytes())
    assert len(read_curve(tmp_path / "a.vtk", **ASKED)) == n

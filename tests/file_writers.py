"""One surface and one line, written by every writer at hand: trimesh's, VTK's, meshio's (where it is installed), ours.

`python tests/file_writers.py` prints the table of docs/files.md.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from annulus.geometry import Surface

Write = Callable[[Path], None]

ANGLE = 2.0 * np.pi * np.arange(24) / 24
POINTS = np.vstack([np.column_stack([10.0 * np.cos(ANGLE), 8.0 * np.sin(ANGLE), np.full(24, z)]) for z in (0.0, 5.5)])
TRIANGLES = np.array([t for i in range(24) for j in [(i + 1) % 24] for t in ((i, j, j + 24), (i, j + 24, i + 24))])
TUBE = Surface(POINTS, TRIANGLES)
"""An open tube: what every writer below is given."""

LINE = np.column_stack(
    [np.linspace(0.0, 50.0, 26), 10.0 * np.sin(np.linspace(0.0, 3.0, 26)), np.linspace(3.0, 9.0, 26)]
)
RADIUS = np.linspace(5.0, 2.0, 26)


def surfaces() -> Iterator[tuple[str, str, Write]]:
    """Writer, file name, and the function that writes the tube there."""
    yield from _ours()
    yield from _trimesh()
    if find_spec("vtkmodules"):
        yield from _vtk()
    if find_spec("meshio"):
        yield from _meshio()


def lines() -> Iterator[tuple[str, str, Write]]:
    """The same of the line with its radius."""
    if find_spec("vtkmodules"):
        for name, write in _vtk_writers():
            if name.endswith(("vtp", "vtk")):
                yield f"vtk {name}", f"line.{name[-3:]}", lambda path, write=write: write(_vtk_line(), path)
    if find_spec("meshio"):
        for form, binary in (("vtk", True), ("vtk", False), ("vtu", True), ("vtu", False)):
            yield f"meshio {form} binary={binary}", f"line.{form}", _meshio_line(form, binary)


def _ours() -> Iterator[tuple[str, str, Write]]:
    from annulus.io import write

    for suffix in ("ply", "stl", "glb", *(("vtp",) if find_spec("pyvista") else ())):
        yield f"annulus {suffix}", f"tube.{suffix}", lambda path: write(TUBE, path)


def _trimesh() -> Iterator[tuple[str, str, Write]]:
    import trimesh

    mesh = trimesh.Trimesh(POINTS, TRIANGLES, process=False)
    coloured = trimesh.Trimesh(POINTS, TRIANGLES, vertex_colors=np.full((48, 4), 200, np.uint8), process=False)
    for suffix in ("ply", "stl", "obj", "glb", "gltf"):
        options = {"ply": [{}, {"encoding": "ascii"}]}.get(suffix, [{}])
        for number, extra in enumerate(options):
            for shape, word in ((mesh, ""), (coloured, " with colours")):
                if suffix == "gltf":

                    def write(path: Path, shape: trimesh.Trimesh = shape) -> None:
                        for name, data in trimesh.exchange.gltf.export_gltf(trimesh.Scene(shape)).items():
                            (path if name == "model.gltf" else path.parent / name).write_bytes(data)
                else:

                    def write(
                        path: Path, shape: trimesh.Trimesh = shape, extra: dict[str, str] = extra, kind: str = suffix
                    ) -> None:
                        data = shape.export(file_type=kind, **extra)
                        path.write_bytes(data.encode() if isinstance(data, str) else data)

                yield f"trimesh {suffix}{' ascii' if number else ''}{word}", f"tube.{suffix}", write
    yield "trimesh stl_ascii", "tube.stl", lambda path: path.write_text(mesh.export(file_type="stl_ascii")) and None


def _vtk_polydata(points: np.ndarray) -> object:
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkPolyData

    data, held = vtkPolyData(), vtkPoints()
    held.SetDataTypeToDouble()
    held.SetData(numpy_to_vtk(points, deep=True))
    data.SetPoints(held)
    return data


def _vtk_cells(cells: list[list[int]]) -> object:
    from vtkmodules.vtkCommonDataModel import vtkCellArray

    array = vtkCellArray()
    for cell in cells:
        array.InsertNextCell(len(cell))
        for corner in cell:
            array.InsertCellPoint(int(corner))
    return array


def _vtk_line() -> object:
    from vtkmodules.util.numpy_support import numpy_to_vtk

    data = _vtk_polydata(LINE)
    data.SetLines(_vtk_cells([list(range(len(LINE)))]))  # type: ignore[attr-defined]
    radius = numpy_to_vtk(RADIUS, deep=True)
    radius.SetName("MaximumInscribedSphereRadius")
    data.GetPointData().AddArray(radius)  # type: ignore[attr-defined]
    return data


def _vtk_writers() -> Iterator[tuple[str, Callable[[object, Path], None]]]:
    from vtkmodules.vtkIOLegacy import vtkPolyDataWriter
    from vtkmodules.vtkIOXML import vtkXMLPolyDataWriter

    for version in (42, 51):
        for binary in (False, True):

            def legacy(data: object, path: Path, version: int = version, binary: bool = binary) -> None:
                writer = vtkPolyDataWriter()
                writer.SetFileVersion(version)
                (writer.SetFileTypeToBinary if binary else writer.SetFileTypeToASCII)()
                writer.SetFileName(str(path))
                writer.SetInputData(data)
                writer.Write()

            yield f"{version / 10:g} {'binary' if binary else 'ascii'} vtk", legacy
    for mode in ("Ascii", "Binary", "Appended", "AppendedRaw"):
        for compressor in ("None", "ZLib", "LZMA"):
            for header, order in ((32, "Little"), (64, "Big")):
                if mode == "Ascii" and (compressor != "None" or header == 64):
                    continue

                def xml(
                    data: object, path: Path, mode: str = mode, compressor: str = compressor, header: int = header,
                    order: str = order,
                ) -> None:  # fmt: skip
                    writer = vtkXMLPolyDataWriter()
                    getattr(writer, f"SetDataModeTo{mode.removesuffix('Raw')}")()
                    writer.SetEncodeAppendedData(mode == "Appended")
                    getattr(writer, f"SetCompressorTypeTo{compressor}")()
                    getattr(writer, f"SetHeaderTypeToUInt{header}")()
                    getattr(writer, f"SetByteOrderTo{order}Endian")()
                    writer.SetFileName(str(path))
                    writer.SetInputData(data)
                    writer.Write()

                yield f"{mode} {compressor} UInt{header} {order} vtp", xml


def _vtk() -> Iterator[tuple[str, str, Write]]:
    from vtkmodules.vtkCommonDataModel import VTK_TRIANGLE, vtkUnstructuredGrid
    from vtkmodules.vtkIOGeometry import vtkOBJWriter, vtkSTLWriter
    from vtkmodules.vtkIOLegacy import vtkUnstructuredGridWriter
    from vtkmodules.vtkIOPLY import vtkPLYWriter
    from vtkmodules.vtkIOXML import vtkXMLUnstructuredGridWriter

    triangles = _vtk_polydata(POINTS)
    triangles.SetPolys(_vtk_cells(TRIANGLES.tolist()))  # type: ignore[attr-defined]
    strips = _vtk_polydata(POINTS)
    order = [k for i in range(25) for k in (i % 24 + 24, i % 24)]
    strips.SetStrips(_vtk_cells([order]))  # type: ignore[attr-defined]
    grid = vtkUnstructuredGrid()
    grid.SetPoints(triangles.GetPoints())  # type: ignore[attr-defined]
    grid.SetCells(VTK_TRIANGLE, _vtk_cells(TRIANGLES.tolist()))
    for name, write in _vtk_writers():
        yield f"vtk {name}", f"tube.{name[-3:]}", lambda path, write=write: write(triangles, path)
        if name.startswith(("4.2", "5.1", "Appended ZLib UInt32")):
            yield f"vtk {name}, strip", f"tube.{name[-3:]}", lambda path, write=write: write(strips, path)
    for word, maker, kind in (
        ("ascii", vtkPLYWriter, "ply"), ("binary", vtkPLYWriter, "ply"), ("big", vtkPLYWriter, "ply"),
        ("ascii", vtkSTLWriter, "stl"), ("binary", vtkSTLWriter, "stl"), ("", vtkOBJWriter, "obj"),
        ("", vtkXMLUnstructuredGridWriter, "vtu"), ("ascii", vtkUnstructuredGridWriter, "vtk"),
        ("binary", vtkUnstructuredGridWriter, "vtk"),
    ):  # fmt: skip

        def write_with(path: Path, maker: type = maker, word: str = word, kind: str = kind) -> None:
            writer = maker()
            if word:
                (writer.SetFileTypeToASCII if word == "ascii" else writer.SetFileTypeToBinary)()
            if word == "big":
                writer.SetDataByteOrderToBigEndian()
            writer.SetFileName(str(path))
            writer.SetInputData(grid if kind in ("vtu", "vtk") else triangles)
            writer.Write()

        yield f"vtk {maker.__name__.removeprefix('vtk')} {word}".strip(), f"tube.{kind}", write_with


def _meshio() -> Iterator[tuple[str, str, Write]]:
    import meshio

    mesh = meshio.Mesh(POINTS, [("triangle", TRIANGLES)])
    for suffix, form, options in (
        ("ply", "ply", {"binary": True}), ("ply", "ply", {"binary": False}),
        ("stl", "stl", {"binary": True}), ("stl", "stl", {"binary": False}), ("obj", "obj", {}),
        ("vtk", "vtk42", {"binary": True}), ("vtk", "vtk42", {"binary": False}),
        ("vtk", "vtk51", {"binary": True}), ("vtk", "vtk51", {"binary": False}),
        ("vtu", "vtu", {"binary": True, "compression": "zlib"}), ("vtu", "vtu", {"binary": True, "compression": None}),
        ("vtu", "vtu", {"binary": True, "compression": "lzma"}), ("vtu", "vtu", {"binary": False}),
    ):  # fmt: skip

        def write(path: Path, form: str = form, options: dict[str, object] = options) -> None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                meshio.write(path, mesh, file_format=form, **options)

        told = " ".join(f"{key}={value}" for key, value in options.items())
        yield f"meshio {form} {told}".strip(), f"tube.{suffix}", write


def _meshio_line(form: str, binary: bool) -> Write:
    import meshio

    # Segments in no order, as a line set: what meshio makes of a line.
    pairs = np.column_stack([np.arange(25), np.arange(1, 26)])[np.random.default_rng(5).permutation(25)]
    mesh = meshio.Mesh(LINE, [("line", pairs)], point_data={"MaximumInscribedSphereRadius": RADIUS})

    def write(path: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            meshio.write(path, mesh, file_format=form, binary=binary)

    return write


def table() -> str:
    """The table of docs/files.md: program, kind of file, in how many variants, and the largest difference read back."""
    from annulus.io import read_curve, read_mesh

    asked = {"unit": "mm", "coordinate_system": "LPS", "override": True}
    gaps: dict[tuple[str, str, str], list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, (writer, name, write) in enumerate([*surfaces(), *lines()]):
            path = Path(folder) / f"{number}" / name
            path.parent.mkdir()
            write(path)
            if path.stem == "tube":
                back = read_mesh(path, **({} if writer.startswith("annulus") else asked))
                gap = float(np.abs(sorted_corners(back) - sorted_corners(TUBE)).max())
            else:
                gap = float(np.abs(read_curve(path, **asked).points - LINE).max())
            what = "surface" if path.stem == "tube" else "line with radius"
            gaps.setdefault((writer.partition(" ")[0], path.suffix, what), []).append(gap)
    rows = ["| written by | file | what | variants read | largest difference [mm] |", "|---|---|---|---|---|"]
    for (program, suffix, what), found in gaps.items():
        rows.append(f"| {program} | `{suffix}` | {what} | {len(found)} of {len(found)} | {max(found):.0e} |")
    return "\n".join(rows)


def sorted_corners(surface: Surface) -> np.ndarray:
    """Triangles by their corners, each from its smallest corner on, which keeps its outside."""
    corners = np.round(surface.corners, 4)
    first = [int(np.lexsort(one.T[::-1])[0]) for one in corners]
    rolled = np.array([np.roll(one, -k, axis=0) for one, k in zip(corners, first, strict=True)]).reshape(-1, 9)
    exact = np.array([np.roll(one, -k, axis=0) for one, k in zip(surface.corners, first, strict=True)]).reshape(-1, 9)
    return exact[np.lexsort(rolled.T[::-1])]


if __name__ == "__main__":
    print(table())

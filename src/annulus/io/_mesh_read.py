"""Surfaces in: PLY, STL, OBJ, GLB, VTP and VTK, turned to LPS millimetres."""

from __future__ import annotations

from pathlib import Path

from annulus.errors import FileError, MissingFileError
from annulus.geometry import Surface
from annulus.io._axes import GLTF_AXES, GLTF_UNIT, to_lps_matrix
from annulus.io._mesh_text import stated_axes, stated_unit
from annulus.io._schema import nearest_of, placed

__all__ = ["MESH_SUFFIXES", "Settled", "existing", "read_mesh", "settle"]

MESH_SUFFIXES = (".ply", ".stl", ".obj", ".glb", ".gltf", ".vtp", ".vtk")
"""Suffixes that `read_mesh` knows."""

Settled = tuple[str, str]
"""Coordinate system and unit of a file."""


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
    suffix = file.suffix.lower()
    if suffix in (".vtp", ".vtk"):
        from annulus.io._vtk import polygons

        points, triangles, axes, length_unit = polygons(file)
        axes = axes or stated_axes(file)
    elif suffix in MESH_SUFFIXES:
        from annulus.io._trimesh import mesh_arrays

        points, triangles = mesh_arrays(file, node)
        gltf = suffix in (".glb", ".gltf")
        axes = GLTF_AXES if gltf else stated_axes(file)
        length_unit = GLTF_UNIT if gltf else stated_unit(file)
    else:
        close = nearest_of(suffix, MESH_SUFFIXES)
        advice = f"did you mean {close}?" if close else f"use one of {', '.join(MESH_SUFFIXES)}."
        raise FileError(file, "", f"mesh suffix must be known; got {suffix or 'none'}: {advice}")
    settled = settle(file, stated=(axes, length_unit), given=(coordinate_system, unit), override=override)
    with placed(file, node or ""):
        return Surface(points, triangles).transformed(to_lps_matrix(*settled))


def existing(path: Path | str, *, place: str = "", named_in: object = None) -> Path:
    """`path`, if it is a file.

    Raises
    ------
    MissingFileError
        It is not; the sentence blames `named_in` where another file names it.
    """
    file = Path(path)
    if file.is_file():
        return file
    what = "a folder" if file.is_dir() else "nothing"
    if named_in is None:
        raise MissingFileError(file, place, f"must be an existing file; there is {what}: check the path.")
    raise MissingFileError(
        named_in, place, f"must name an existing file; there is {what} at {file}: check the name and the root folder."
    )


def settle(
    file: Path,
    *,
    stated: tuple[str | None, str | None],
    given: tuple[str | None, str | None],
    override: bool,
) -> Settled:
    """Coordinate system and unit from what the file states and what the caller gives.

    Raises
    ------
    FileError
        Nobody says, or the two contradict each other and `override` is off.
    """
    chosen: list[str] = []
    for name, in_file, asked in zip(("coordinate_system", "unit"), stated, given, strict=True):
        if in_file is None and asked is None:
            example = "LPS" if name == "coordinate_system" else "mm"
            raise FileError(
                file, name, f'must be known; neither the file nor the caller states it: say {name} = "{example}".'
            )
        if in_file is not None and asked is not None and in_file != asked and not override:
            raise FileError(
                file, name, f"the file states {in_file}; {asked} was asked for: leave {name} out, or set override."
            )
        chosen.append((asked if override or in_file is None else in_file) or in_file or "")
    return chosen[0], chosen[1]

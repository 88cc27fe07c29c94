"""What a mesh file says about itself: the coordinate-system and unit text that 3D Slicer writes into headers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from annulus.errors import FileError
from annulus.io._axes import GLTF_AXES, GLTF_UNIT

__all__ = ["SLICER_SPACE", "refuse_truncated", "stated_axes", "stated_unit", "stl_bytes"]

SLICER_SPACE = "3D Slicer output. SPACE=LPS"
"""Header text of Slicer (vtkMRMLModelStorageNode); our writers state the same."""

_HEAD_BYTES = 4096
"""Slicer's text stands in the first line (STL, VTK), a comment (PLY, OBJ) or field data (VTP)."""

_GLTF = (".glb", ".gltf")


def stated_axes(path: Path) -> str | None:
    """ "LPS" or "RAS" where the header says so, glTF's axes for glTF, else None."""
    if path.suffix.lower() in _GLTF:
        return GLTF_AXES
    head = _head(path)
    match = re.search(r"SPACE\s*=\s*(LPS|RAS)\b", head)
    return match.group(1) if match else None


def stated_unit(path: Path) -> str | None:
    """The unit where the header says "UNIT=mm" or another one, glTF's for glTF, else None."""
    if path.suffix.lower() in _GLTF:
        return GLTF_UNIT
    match = re.search(r"UNIT\s*=\s*(um|mm|cm|m)\b", _head(path))
    return match.group(1) if match else None


def refuse_truncated(path: Path, n_points: int, n_triangles: int) -> None:
    """Refuse a PLY that ends too early, which parsers let pass as a smaller mesh.

    Raises
    ------
    FileError
        It has fewer vertices or faces than its header counts.
    """
    if path.suffix.lower() != ".ply":
        return
    counts = dict(re.findall(r"element\s+(vertex|face)\s+(\d+)", _head(path)))
    # Polygons are split into more triangles; there are fewer where faces have two corners, or where the file is cut.
    if n_points < int(counts.get("vertex", 0)) or (n_triangles < int(counts.get("face", 0)) and _ply_ends_early(path)):
        raise _cut(path)


def stl_bytes(path: Path) -> bytes:
    """An STL file's bytes, without what stands behind the last triangle of a binary one.

    Raises
    ------
    FileError
        A binary file that is shorter than its count of triangles needs, or a text one without its last line.
    """
    data = path.read_bytes()
    # Binary headers may begin with the word "solid" too, but numbers have zero bytes and text has none.
    if data.startswith(b"solid") and b"\0" not in data[:_HEAD_BYTES]:
        if b"facet" in data[:_HEAD_BYTES] and b"endsolid" not in data[-_HEAD_BYTES:]:
            raise _cut(path)
        return data
    if len(data) < _STL_HEAD:
        return data  # its reader will say why
    needed = _STL_HEAD + _STL_TRIANGLE * int.from_bytes(data[_STL_HEAD - 4 : _STL_HEAD], "little")
    if len(data) < needed:
        raise _cut(path)
    return data[:needed]


def _cut(path: Path) -> FileError:
    return FileError(path, "", "must be whole; it ends before all of its triangles: export or copy it again.")


_STL_HEAD, _STL_TRIANGLE = 84, 50
"""Bytes of a binary STL before its triangles, and of each."""

_PLY_SIZES = {
    **dict.fromkeys(("char", "uchar", "int8", "uint8"), 1),
    **dict.fromkeys(("short", "ushort", "int16", "uint16"), 2),
    **dict.fromkeys(("int", "uint", "float", "int32", "uint32", "float32"), 4),
    **dict.fromkeys(("double", "float64", "int64", "uint64"), 8),
}


def _ply_ends_early(path: Path) -> bool:
    """Whether a PLY has less behind its header than the header counts."""
    data = path.read_bytes()
    end = re.search(rb"end_header[^\n]*\n", data)
    if end is None:
        return True
    head, body = data[: end.end()].decode("latin-1"), data[end.end() :]
    elements: list[tuple[int, list[list[str]]]] = []
    form = "ascii"
    for words in (line.split() for line in head.splitlines()):
        if words[:1] == ["format"]:
            form = words[1]
        elif words[:1] == ["element"]:
            elements.append((int(words[2]), []))
        elif words[:1] == ["property"] and elements:
            elements[-1][1].append(words[1:])
    if form == "ascii":
        return sum(1 for line in body.splitlines() if line.strip()) < sum(count for count, _ in elements)
    order: Literal["little", "big"] = "little" if form == "binary_little_endian" else "big"
    at = 0
    for count, properties in elements:
        if all(words[0] != "list" for words in properties):
            at += count * sum(_PLY_SIZES.get(words[0], 0) for words in properties)
            continue
        for _ in range(count):
            for words in properties:
                if words[0] == "list":
                    size = _PLY_SIZES.get(words[1], 1)
                    at += size + int.from_bytes(body[at : at + size], order) * _PLY_SIZES.get(words[2], 0)
                else:
                    at += _PLY_SIZES.get(words[0], 0)
            if at > len(body):
                return True
    return at > len(body)


def _head(path: Path) -> str:
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES).decode("latin-1")
    if path.suffix.lower() == ".ply":
        return head.split("end_header")[0]
    if path.suffix.lower() == ".stl":
        # Binary STL: 80 bytes of header; ASCII: the first line.
        return head[:80].split("\n")[0] if head.startswith("solid") else head[:80]
    if path.suffix.lower() == ".vtk":
        return "\n".join(head.split("\n")[:2])
    if path.suffix.lower() == ".obj":
        return "\n".join(line for line in head.split("\n") if line.startswith("#"))
    return ""

"""What a mesh file says about itself: the coordinate-system and unit text that 3D Slicer writes into headers."""

from __future__ import annotations

import re
from pathlib import Path

from annulus.errors import FileError
from annulus.io._axes import GLTF_AXES, GLTF_UNIT

__all__ = ["SLICER_SPACE", "refuse_truncated", "stated_axes", "stated_unit"]

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
    """Refuse a text mesh that ends too early, which parsers let pass as a smaller mesh.

    Raises
    ------
    FileError
        A PLY with fewer vertices or faces than its header counts, or a text STL without its last line.
    """
    suffix, cut = path.suffix.lower(), False
    if suffix == ".ply":
        counts = dict(re.findall(r"element\s+(vertex|face)\s+(\d+)", _head(path)))
        # Polygons are split, so there may be more triangles than faces, never fewer.
        cut = n_points < int(counts.get("vertex", 0)) or n_triangles < int(counts.get("face", 0))
    elif suffix == ".stl":
        with path.open("rb") as stream:
            text = stream.read(_HEAD_BYTES)
            stream.seek(0, 2)
            stream.seek(max(0, stream.tell() - _HEAD_BYTES))
            cut = text.startswith(b"solid") and b"facet" in text and b"endsolid" not in stream.read()
    if cut:
        raise FileError(path, "", "must be whole; it ends before all of its triangles: export or copy it again.")


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

"""What a VTK file holds, of whichever kind: points, triangles, lines, values; and cells by VTK's numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from annulus._typing import FloatArray, IntArray
from annulus.errors import FileError
from annulus.io._stated import Stated
from annulus.io.readers._raw import fan, strip

__all__ = ["VtkData", "cells_of", "from_cells", "joined"]

_LINES, _STRIP, _VOXEL, _PIXEL = (3, 4), 6, 11, 8
_POLYGONS = (5, 7, 9)
_POINTS = (0, 1, 2)
_FACES: Mapping[int, tuple[tuple[int, ...], ...]] = {
    10: ((0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3)),
    12: ((0, 3, 2, 1), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)),
    13: ((0, 1, 2), (3, 5, 4), (0, 3, 4, 1), (1, 4, 5, 2), (2, 5, 3, 0)),
    14: ((0, 3, 2, 1), (0, 1, 4), (1, 2, 4), (2, 3, 4), (3, 0, 4)),
}
"""Faces of tetrahedron, hexahedron, wedge and pyramid, seen from outside."""


@dataclass(frozen=True, eq=False)
class VtkData:
    """Contents in the file's order, unit and axes.

    Parameters
    ----------
    points
        Shape (n, 3).
    triangles
        Shape (m, 3); polygons and strips are split.
    lines
        Point numbers of each line.
    values
        Name to value at every point, shape (n,).
    stated
        Unit and axes that the file states.
    """

    points: FloatArray
    triangles: IntArray
    lines: list[IntArray] = field(default_factory=list)
    values: Mapping[str, FloatArray] = field(default_factory=dict)
    stated: Stated = field(default_factory=Stated)


def cells_of(file: Path, offsets: IntArray, connectivity: IntArray) -> list[IntArray]:
    """Cells from where each ends in the list of their corners.

    Raises
    ------
    FileError
        The ends run back, or beyond the list.
    """
    starts = np.concatenate([[0], offsets[:-1]]).astype(np.int64) if len(offsets) else np.zeros(0, dtype=np.int64)
    if len(offsets) and (offsets[0] < 0 or (np.diff(offsets) < 0).any() or offsets[-1] > len(connectivity)):
        raise FileError(file, "offsets", "must run forward within the cells' corners: export or copy it again.")
    return [connectivity[a:b] for a, b in zip(starts, offsets, strict=True)]


def joined(polygons: list[IntArray], strips: list[IntArray]) -> IntArray:
    """Triangles of polygons, then of strips."""
    parts = [np.zeros((0, 3), dtype=np.int64)]
    if polygons:
        parts.append(fan(np.concatenate(polygons), np.array([len(one) for one in polygons])))
    parts += [strip(one) for one in strips]
    return np.vstack(parts)


def from_cells(file: Path, types: IntArray, cells: list[IntArray]) -> tuple[IntArray, list[IntArray]]:
    """Triangles and lines of cells of VTK's types; of volume cells the faces that only one of them has.

    Raises
    ------
    FileError
        A type that is not decoded.
    """
    polygons: list[IntArray] = []
    strips: list[IntArray] = []
    lines: list[IntArray] = []
    outside: dict[tuple[int, ...], list[int] | None] = {}
    for kind, cell in zip(types.tolist(), cells, strict=True):
        if kind in _LINES:
            lines.append(cell)
        elif kind in _POLYGONS:
            polygons.append(cell)
        elif kind == _PIXEL and len(cell) == 4:
            polygons.append(cell[[0, 1, 3, 2]])
        elif kind == _STRIP:
            strips.append(cell)
        elif kind in _FACES or kind == _VOXEL:
            own = cell[[0, 1, 3, 2, 4, 5, 7, 6]] if kind == _VOXEL and len(cell) == 8 else cell
            faces = _FACES[12 if kind == _VOXEL else kind]
            if len(own) <= max(max(face) for face in faces):
                raise FileError(file, "cells", "must have all of their corners; one has not: export it again.")
            for face in faces:
                corners = own[list(face)].tolist()
                key = tuple(sorted(corners))
                outside[key] = None if key in outside else corners
        elif kind not in _POINTS:
            raise FileError(
                file,
                f"cell type {kind}",
                "must be a line, a polygon or a linear volume cell; quadratic and other cells are not decoded: export "
                "a surface of triangles.",
            )
    polygons += [np.array(corners) for corners in outside.values() if corners]
    return joined(polygons, strips), lines

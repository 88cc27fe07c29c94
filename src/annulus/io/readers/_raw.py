"""What a file holds before unit and axes are settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from annulus._typing import FloatArray, IntArray

__all__ = ["RawLines", "RawSurface"]


@dataclass(frozen=True, eq=False)
class RawSurface:
    """Triangles as they stand in a file.

    Parameters
    ----------
    points, triangles
        In the file's order, unit and axes, shapes (n, 3) and (m, 3).
    coordinate_system, unit
        What the file states ("LPS", "mm"), None where it is silent.
    """

    points: FloatArray
    triangles: IntArray
    coordinate_system: str | None
    unit: str | None


@dataclass(frozen=True, eq=False)
class RawLines:
    """Lines as they stand in a file.

    Parameters
    ----------
    lines
        For each line its points, shape (n, 3), and its values at the points by name, shape (n,).
    coordinate_system, unit
        What the file states ("LPS", "mm"), None where it is silent.
    """

    lines: tuple[tuple[FloatArray, Mapping[str, FloatArray]], ...]
    coordinate_system: str | None
    unit: str | None

"""Centrelines as tables: ours, and others with columns for a point and a radius (``.csv``, and VMTK's ``.dat``)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from annulus.errors import FileError
from annulus.io._stated import Stated, stated
from annulus.io.readers._csv import Table, read_table
from annulus.io.readers._raw import RawLines

__all__ = ["CURVE_COLUMNS", "read_lines"]

CURVE_COLUMNS = ("s_mm", "x_mm", "y_mm", "z_mm", "radius_mm", "mis_radius_mm", "coordinate_system")
"""What our tables of centrelines are called, now and later: arc length from the first point, the point, both radii, and
where +x, +y, +z point."""

_POINTS = (("x_mm", "y_mm", "z_mm"), ("x", "y", "z"), ("r", "a", "s"), ("l", "p", "s"))
_RADII = {"Radius": ("radius_mm", "radius"), "MaximumInscribedSphereRadius": ("mis_radius_mm", "mis_radius",
          "MaximumInscribedSphereRadius")}  # fmt: skip
_KNOWN = {name for names in (*_POINTS, *_RADII.values()) for name in names} | {"line", "cellid", "coordinate_system"}


def read_lines(file: Path) -> RawLines:
    """Every line of the table (by its column ``line`` or ``CellId``, else one), with both radii and other numbers.

    Raises
    ------
    FileError
        No columns for a point, or a row without numbers.
    """
    table = read_table(file)
    names = next((names for names in _POINTS if all(name in table.keys for name in names)), None)
    if names is None:
        raise FileError(
            file, "line 1", f"columns must have x_mm, y_mm, z_mm or x, y, z; got {', '.join(table.names)[:80]}: rename "
            "them.",
        )  # fmt: skip
    values = _values(table)
    groups: dict[str, list[int]] = {}
    points = np.array([[table.number(line, row, name) for name in names] for line, row in table.rows])
    for k, (_, row) in enumerate(table.rows):
        groups.setdefault(table.text(row, "line", "CellId"), []).append(k)
    lines = tuple((points[at], {name: array[at] for name, array in values.items()}) for at in groups.values())
    return RawLines(lines, _stated(table, names))


def _stated(table: Table, names: tuple[str, ...]) -> Stated:
    axes = {table.text(row, "coordinate_system") for _, row in table.rows} - {""}
    said = stated(table.file, [f"SPACE={name}" for name in sorted(axes)]).coordinate_system
    named = {"r": "RAS", "l": "LPS"}.get(names[0])
    return Stated(said or named, "mm" if names[0] == "x_mm" else None)


def _values(table: Table) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    for name, known in _RADII.items():
        at = table.column(*known)
        if at is not None and all(row[at].strip() for _, row in table.rows):
            found[name] = np.array([table.number(line, row, *known) for line, row in table.rows])
    for name in table.names:
        if name.lower() not in _KNOWN:
            try:
                found[name] = np.array([table.number(line, row, name) for line, row in table.rows])
            except FileError:
                continue  # words, or numbers that are not everywhere
    return found

"""Slicer's older point lists, ``.fcsv``."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from annulus.errors import FileError
from annulus.io._axes import to_lps_matrix
from annulus.io._markup import Markup
from annulus.io._reading import read_text
from annulus.io._schema import placed
from annulus.io._stated import Asked, Stated, settle

__all__ = ["read_markups"]

_NOTHING = Asked()

_COLUMNS = ("id", "x", "y", "z", "ow", "ox", "oy", "oz", "vis", "sel", "lock", "label", "desc", "associatedNodeID")
"""Columns of version 4.x where the file lists none."""

_SPELLINGS = {"0": "RAS", "1": "LPS", "RAS": "RAS", "LPS": "LPS"}
"""Both spellings of the coordinate system: newer files write the name, older ones the number."""


def read_markups(file: Path, asked: Asked = _NOTHING) -> tuple[Markup, ...]:
    """The points of the file as one Fiducial markup in LPS mm (Slicer's world is in mm).

    Parameters
    ----------
    file
        The ``.fcsv`` file.
    asked
        What the caller says of unit and axes. Older versions of Slicer wrote a wrong line of axes (Slicer issue 3731):
        there override it.

    Raises
    ------
    FileError
        No coordinate system is stated, or a row has no three finite numbers.
    """
    axes: str | None = None
    rows = []
    columns: list[str] = [*_COLUMNS]
    for number, line in enumerate(read_text(file, "an .fcsv file").splitlines(), start=1):
        if line.startswith("#"):
            key, _, value = (part.strip() for part in line[1:].partition("="))
            if key.lower() == "coordinatesystem":
                axes = _SPELLINGS.get(value.upper())
                if axes is None:
                    raise FileError(
                        file,
                        f"line {number}",
                        f"CoordinateSystem must be LPS, RAS, 0 or 1; got {value!r}: say which it is.",
                    )
            elif key == "columns":
                columns = [name.strip() for name in value.split(",")]
                columns = [name.lower() if name.lower() in (*"xyz", "label") else name for name in columns]
        elif line.strip():
            try:
                rows.append((number, next(csv.reader([line]))))
            except csv.Error as error:
                raise FileError(file, f"line {number}", f"must be comma-separated; {error}: mend the line.") from None
    if axes is None and asked.coordinate_system is None and asked.default_coordinate_system is None:
        raise FileError(
            file,
            "",
            "must state its CoordinateSystem (LPS or RAS); it does not: say coordinate_system where you read it.",
        )
    # Slicer's world is in mm.
    settled = settle(file, Stated(axes, "mm"), asked)
    missing = [name for name in "xyz" if name not in columns]
    if missing:
        raise FileError(file, "columns", f"must list x, y and z; missing: {', '.join(missing)}: mend that line.")
    points = [_numbers(file, number, row, columns) for number, row in rows]
    at = columns.index("label") if "label" in columns else -1
    labels = tuple(row[at] if 0 <= at < len(row) else "" for _, row in rows)
    with placed(file, ""):
        positions = np.array(points, dtype=np.float64).reshape(-1, 3) @ to_lps_matrix(*settled).T
        return (Markup(file.stem, "Fiducial", positions, labels),)


def _numbers(file: Path, number: int, row: list[str], columns: list[str]) -> list[float]:
    try:
        point = [float(row[columns.index(name)]) for name in "xyz"]
    except (IndexError, ValueError):
        point = [float("nan")]
    if not (np.abs(point) < 1e100).all():
        raise FileError(
            file, f"line {number}", f"x, y, z must be finite numbers; got {','.join(row)!r:.60}: mend the line."
        )
    return point

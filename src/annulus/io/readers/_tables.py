"""Contours of one or many frames in a table: biv-me style loops and SlicerHeart's contour and landmark CSV files."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from types import MappingProxyType

import numpy as np

from annulus._arrays import vector_array
from annulus._typing import FloatArray
from annulus.errors import FileError
from annulus.geometry import Loop
from annulus.io._axes import to_lps_matrix
from annulus.io._reading import existing, read_text, settle
from annulus.io._schema import placed

__all__ = ["FrameLoop", "read_landmark_table", "read_loops"]

_PLAIN = {"frame", "valve", "index", "x", "y", "z"}
_SLICERHEART = {"FrameNumber", "Valve", "AnnulusContourX", "AnnulusContourY", "AnnulusContourZ"}
_LANDMARKS = {"Valve", "FrameNumber", "LandmarkLabel", "LandmarkR", "LandmarkA", "LandmarkS"}


@dataclass(frozen=True, eq=False)
class FrameLoop:
    """The contour of one valve in one frame.

    Parameters
    ----------
    valve, frame, phase
        Which valve, which frame, and the phase's name where the table has one.
    loop
        The contour.
    landmarks
        Labelled vertices [mm], each of shape (3,).
    """

    valve: str
    frame: int
    loop: Loop
    phase: str = ""
    landmarks: Mapping[str, FloatArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        points = {name: vector_array(f"landmark {name}", point) for name, point in self.landmarks.items()}
        object.__setattr__(self, "landmarks", MappingProxyType(points))

    def __reduce__(self) -> tuple[type[FrameLoop], tuple[object, ...]]:
        return type(self), (self.valve, self.frame, self.loop, self.phase, dict(self.landmarks))


def read_loops(
    path: Path | str, *, unit: str | None = None, coordinate_system: str | None = None
) -> dict[str, list[FrameLoop]]:
    """Valve to its contours by frame, in LPS mm.

    Parameters
    ----------
    path
        CSV with the columns frame, valve, index, x, y, z, or SlicerHeart's ``AnnulusContourPoints.csv``.
    unit, coordinate_system
        What the coordinates are; these tables do not say it (SlicerHeart's are in mm).

    Raises
    ------
    FileError
        Unknown columns, no unit or axes, a row without numbers, or indices that do not run 0, 1, 2, ...
    """
    file = existing(path)
    header, rows = _table(file)
    plain = set(header) >= _PLAIN
    if not plain and not set(header) >= _SLICERHEART:
        raise FileError(
            file,
            "line 1",
            "columns must be frame, valve, index, x, y, z or those of SlicerHeart's AnnulusContourPoints.csv; "
            f"got {', '.join(header)}: rename them.",
        )
    names = ("x", "y", "z") if plain else ("AnnulusContourX", "AnnulusContourY", "AnnulusContourZ")
    axes, length_unit = settle(
        file, stated=(None, None if plain else "mm"), given=(coordinate_system, unit), override=False
    )
    with placed(file, "coordinate_system"):
        matrix = to_lps_matrix(axes, length_unit)
    groups: dict[tuple[str, str, int], list[tuple[int, list[float], str]]] = {}
    for number, row in rows:
        valve = row["valve" if plain else "Valve"].strip().lower()
        frame = int(_number(file, number, row, "frame" if plain else "FrameNumber"))
        point = [_number(file, number, row, name) for name in names]
        members = groups.setdefault((valve, row.get("Phase", ""), frame), [])
        index = int(_number(file, number, row, "index")) if plain else len(members)
        if index != len(members):
            raise FileError(
                file,
                f"line {number}",
                f"index must run 0, 1, 2, ... in each loop; got {index}, not {len(members)}: sort the rows.",
            )
        members.append((number, point, row.get("AnnulusContourLabel", "").strip()))
    found: dict[str, list[FrameLoop]] = {}
    for (valve, phase, frame), members in groups.items():
        points = np.array([point for _, point, _ in members]) @ matrix.T
        # A spline sampled over its whole period ends with its first point again: the closure, not a vertex.
        if len(points) > 3 and np.array_equal(points[0], points[-1]):
            points, members = points[:-1], members[:-1]
        place = f"lines {members[0][0]} to {members[-1][0]} ({valve}, frame {frame})"
        with placed(file, place):
            loop = Loop(points)
        labels: dict[str, FloatArray] = {}
        for point, (number, _, label) in zip(points, members, strict=True):
            if label in labels:
                raise FileError(
                    file, f"line {number}", f"labels of a contour must differ; {label!r} stands twice: rename one."
                )
            if label:
                labels[label] = point
        found.setdefault(valve, []).append(FrameLoop(valve, frame, loop, phase, labels))
    for valve, loops in found.items():
        _require_whole(file, valve, loops)
    return found


def read_landmark_table(path: Path | str, *, valve: str = "mitral", frame: int | None = None) -> dict[str, FloatArray]:
    """Label to point [mm], LPS, from SlicerHeart's ``ValveLandmarkPoints.csv`` (RAS by its column names).

    Raises
    ------
    FileError
        Other columns, no such valve or frame, or several frames and none chosen.
    """
    file = existing(path)
    header, rows = _table(file)
    if not set(header) >= _LANDMARKS:
        raise FileError(
            file, "line 1", f"columns must be those of SlicerHeart's ValveLandmarkPoints.csv; got {', '.join(header)}."
        )
    frames: dict[int, dict[str, FloatArray]] = {}
    for number, row in rows:
        if row["Valve"].strip().lower() == valve:
            point = np.array([_number(file, number, row, f"Landmark{axis}") for axis in "RAS"])
            marks = frames.setdefault(int(_number(file, number, row, "FrameNumber")), {})
            label = row["LandmarkLabel"].strip()
            if label in marks:
                raise FileError(
                    file, f"line {number}", f"labels of a frame must differ; {label!r} stands twice: rename one."
                )
            marks[label] = to_lps_matrix("RAS", "mm") @ point
    if not frames:
        raise FileError(file, "Valve", f"must hold rows of valve {valve!r}; there are none: check the valve's name.")
    if frame is None and len(frames) > 1:
        raise FileError(file, "FrameNumber", f"one frame must be chosen; the table has {sorted(frames)}: name one.")
    chosen = next(iter(frames)) if frame is None else frame
    if chosen not in frames:
        raise FileError(file, "FrameNumber", f"must be one of {sorted(frames)}; got {chosen}: choose one of them.")
    return frames[chosen]


def _table(file: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    reader = csv.DictReader(StringIO(read_text(file, "a CSV table"), newline=""), skipinitialspace=True)
    try:
        header = [name.strip() for name in reader.fieldnames or []]
        reader.fieldnames = header
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise FileError(file, "", f"must be a CSV table; reading it failed ({error}): export it again.") from None
    for name in header:
        if name and header.count(name) > 1:
            raise FileError(file, "line 1", f"columns must differ; {name!r} stands twice: leave one of them.")
    if not rows:
        raise FileError(file, "", "must hold a header and rows; it has no rows: export it again.")
    for number, row in rows:
        extra = any(field.strip() for field in row.pop(None, []))
        if extra or None in row.values():
            verb = "has more" if extra else "ends too early"
            raise FileError(
                file,
                f"line {number}",
                f"must have a value in each of {len(header)} columns; it {verb}: the row is cut or damaged, export the "
                "table again.",
            )
    return header, rows


def _require_whole(file: Path, valve: str, frames: Sequence[FrameLoop]) -> None:
    """Refuse a table that ends within its last frame, which would pass as a small or open annulus."""
    counts = [len(item.loop) for item in frames]
    if len(counts) > 1 and len(set(counts[:-1])) == 1 and counts[-1] < counts[0]:
        raise FileError(
            file,
            f"{valve}, frame {frames[-1].frame}",
            f"must have {counts[0]} points as the frames before it; got {counts[-1]}: the table is cut off, export it "
            "again.",
        )


def _number(file: Path, number: int, row: Mapping[str, str], name: str) -> float:
    try:
        value = float(row[name])
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise FileError(file, f"line {number}", f"{name} must be a finite number; got {row[name]!r}: mend the line.")
    return value

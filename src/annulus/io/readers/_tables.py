"""Contours of one or many frames in a table: biv-me style loops and SlicerHeart's contour and landmark CSV files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import numpy as np

from annulus._arrays import vector_array
from annulus._typing import FloatArray
from annulus.errors import FileError
from annulus.geometry import Loop
from annulus.io._axes import to_lps_matrix
from annulus.io._polyline import without_repeats
from annulus.io._reading import existing
from annulus.io._schema import nearest_of, placed
from annulus.io._stated import Asked, Stated, settle
from annulus.io.readers._csv import Table, read_table
from annulus.io.readers._raw import listed

__all__ = ["FrameLoop", "chosen_frame", "read_landmark_table", "read_loops"]

_PLAIN = ("frame", "valve", "index", "x", "y", "z")
_SLICERHEART = ("FrameNumber", "Valve", "AnnulusContourX", "AnnulusContourY", "AnnulusContourZ")
_LANDMARKS = ("Valve", "FrameNumber", "LandmarkLabel", "LandmarkR", "LandmarkA", "LandmarkS")

_Key = tuple[str, str, int]
"""What tells contours and landmarks of one valve apart: file name, phase, frame."""

_T = TypeVar("_T")


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
    recording
        File name of the image where the table has one.
    repeats
        How many points repeated the one before and were left out.
    """

    valve: str
    frame: int
    loop: Loop
    phase: str = ""
    landmarks: Mapping[str, FloatArray] = field(default_factory=dict)
    recording: str = ""
    repeats: int = 0

    def __post_init__(self) -> None:
        points = {name: vector_array(f"landmark {name}", point) for name, point in self.landmarks.items()}
        object.__setattr__(self, "landmarks", MappingProxyType(points))

    def __reduce__(self) -> tuple[type[FrameLoop], tuple[object, ...]]:
        return type(self), (
            self.valve, self.frame, self.loop, self.phase, dict(self.landmarks), self.recording, self.repeats
        )  # fmt: skip

    @property
    def key(self) -> _Key:
        """File name of the image, phase, frame."""
        return self.recording, self.phase, self.frame


@np.errstate(invalid="ignore", over="ignore")  # what is not finite is refused
def read_loops(
    path: Path | str, *, unit: str | None = None, coordinate_system: str | None = None, asked: Asked | None = None
) -> dict[str, list[FrameLoop]]:
    """Valve to its contours by frame, in LPS mm.

    Parameters
    ----------
    path
        CSV with the columns frame, valve, index, x, y, z, or SlicerHeart's ``AnnulusContourPoints.csv``.
    unit, coordinate_system
        What the coordinates are; these tables do not say it (SlicerHeart's are in mm).
    asked
        Both with defaults and override, instead.

    Raises
    ------
    FileError
        Unknown columns, no unit or axes, a row without numbers, or indices that do not run 0, 1, 2, ...
    """
    file = existing(path)
    table = read_table(file)
    plain = _has(table, _PLAIN)
    if not plain and not _has(table, _SLICERHEART):
        raise FileError(
            file,
            "line 1",
            "columns must be frame, valve, index, x, y, z or those of SlicerHeart's AnnulusContourPoints.csv; "
            f"got {', '.join(table.names)[:120]}: rename them.",
        )
    names = ("x", "y", "z") if plain else ("AnnulusContourX", "AnnulusContourY", "AnnulusContourZ")
    axes, length_unit = settle(
        file, Stated(None, None if plain else "mm"), Asked(coordinate_system, unit) if asked is None else asked
    )
    with placed(file, "coordinate_system"):
        matrix = to_lps_matrix(axes, length_unit)
    groups: dict[tuple[str, _Key], list[tuple[int, list[float], str]]] = {}
    for line, row in table.rows:
        point = [table.number(line, row, name) for name in names]
        valve = table.text(row, "valve").lower()
        members = groups.setdefault((valve, _key(table, line, row)), [])
        index = table.whole(line, row, "index") if plain else len(members)
        if index != len(members):
            raise FileError(
                file,
                f"line {line}",
                f"index must run 0, 1, 2, ... in each loop; got {index}, not {len(members)}: sort the rows.",
            )
        members.append((line, point, table.text(row, "AnnulusContourLabel")))
    found: dict[str, list[FrameLoop]] = {}
    for (valve, (recording, phase, frame)), members in groups.items():
        every = np.array([point for _, point, _ in members]) @ matrix.T
        kept, repeats = without_repeats(every, closed=True)
        with placed(file, f"lines {members[0][0]} to {members[-1][0]} ({valve}, frame {frame})"):
            loop = Loop(every[kept])
        labels = _labels(file, every, members)
        found.setdefault(valve, []).append(FrameLoop(valve, frame, loop, phase, labels, recording, repeats))
    for valve, loops in found.items():
        _require_whole(file, valve, loops)
    return found


@np.errstate(invalid="ignore", over="ignore")  # what is not finite is refused
def read_landmark_table(
    path: Path | str,
    *,
    valve: str = "mitral",
    frame: int | None = None,
    name: str | None = None,
    asked: Asked | None = None,
) -> dict[str, FloatArray]:
    """Label to point [mm], LPS, from SlicerHeart's ``ValveLandmarkPoints.csv`` (RAS, mm by its column names).

    Parameters
    ----------
    path
        The table.
    valve, frame, name
        Which valve; which frame, and which phase or file name, where there are several.
    asked
        What the caller says of unit and axes.

    Raises
    ------
    FileError
        Other columns, no such valve or frame, or several frames and none chosen.
    """
    file = existing(path)
    table = read_table(file)
    if not _has(table, _LANDMARKS):
        raise FileError(
            file,
            "line 1",
            f"columns must be those of SlicerHeart's ValveLandmarkPoints.csv; got {', '.join(table.names)[:120]}.",
        )
    settled = settle(file, Stated("RAS", "mm"), Asked() if asked is None else asked)
    with placed(file, "coordinate_system"):
        matrix = to_lps_matrix(*settled)
    frames: dict[_Key, dict[str, FloatArray]] = {}
    for line, row in table.rows:
        if table.text(row, "Valve").lower() == valve.lower():
            point = np.array([table.number(line, row, f"Landmark{axis}") for axis in "RAS"])
            marks = frames.setdefault(_key(table, line, row), {})
            label = table.text(row, "LandmarkLabel")
            if label in marks:
                raise FileError(
                    file, f"line {line}", f"labels of a frame must differ; {label!r} stands twice: rename one."
                )
            marks[label] = matrix @ point
    if not frames:
        raise FileError(file, "Valve", f"must hold rows of valve {valve!r}; there are none: check the valve's name.")
    return chosen_frame(file, frames, frame, name)


def chosen_frame(file: Path, frames: Mapping[_Key, _T], frame: int | None, name: str | None) -> _T:
    """The one of that frame, and of that phase or file name; the only one where nothing is said.

    Raises
    ------
    FileError
        There is none, or more than one.
    """
    fitting = [key for key in frames if frame is None or key[2] == frame]
    if name is not None:
        fitting = [key for key in fitting if name in key[:2]]
    if len(fitting) == 1:
        return frames[fitting[0]]
    told = ", ".join(str(key[2]) for key in list(frames)[:12])
    if frame is None and name is None and len({key[2] for key in frames}) == len(frames):
        raise FileError(file, "frame", f"one frame must be chosen; it has frames {told}: name one of them.")
    words = [" ".join(part for part in (key[0], key[1], f"frame {key[2]}") if part) for key in fitting or frames]
    if fitting:
        raise FileError(
            file, "frame", f"one must be chosen; {len(fitting)} fit, {listed(words)}: name a frame, and the phase or "
            "file name after #.",
        )  # fmt: skip
    close = nearest_of(name or "", [word for key in frames for word in key[:2] if word])
    asked = " of ".join([*([] if frame is None else [f"frame {frame}"]), *([] if name is None else [repr(name)])])
    advice = f"did you mean {close!r}?" if close else f"it has {listed(words)}."
    raise FileError(file, "frame", f"must be in the table; {asked} is not: {advice}")


def _has(table: Table, names: Sequence[str]) -> bool:
    return all(name.lower() in table.keys for name in names)


def _key(table: Table, line: int, row: Sequence[str]) -> _Key:
    return table.text(row, "Filename"), table.text(row, "Phase"), table.whole(line, row, "FrameNumber", "frame")


def _labels(file: Path, points: FloatArray, members: Sequence[tuple[int, list[float], str]]) -> dict[str, FloatArray]:
    labels: dict[str, FloatArray] = {}
    for point, (line, _, label) in zip(points, members, strict=True):
        # The point that closes the contour is the first one again, with its label.
        if label in labels and not np.array_equal(labels[label], point):
            raise FileError(
                file, f"line {line}", f"labels of a contour must differ; {label!r} stands twice: rename one."
            )
        if label:
            labels[label] = point
    return labels


def _require_whole(file: Path, valve: str, frames: Sequence[FrameLoop]) -> None:
    """Refuse a table that ends within its last frame, which would pass as a small or open annulus."""
    counts = [len(item.loop) + item.repeats for item in frames]
    if len(counts) > 1 and len(set(counts[:-1])) == 1 and counts[-1] < counts[0]:
        raise FileError(
            file,
            f"{valve}, frame {frames[-1].frame}",
            f"must have {counts[0]} points as the frames before it; got {counts[-1]}: the table is cut off, export it "
            "again.",
        )

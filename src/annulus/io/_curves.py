"""Curves, loops and labelled points in, by suffix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from annulus._typing import FloatArray
from annulus.errors import FileError
from annulus.geometry import Curve, Loop
from annulus.io._axes import to_lps_matrix
from annulus.io._markup import Markup
from annulus.io._polyline import in_order, without_repeats
from annulus.io._reading import existing
from annulus.io._registry import Content, reader
from annulus.io._schema import nearest_of, placed
from annulus.io._stated import Asked, settle
from annulus.io.readers import RawLines
from annulus.io.readers._raw import chosen
from annulus.io.readers._tables import FrameLoop, chosen_frame

__all__ = [
    "AREA_RADIUS",
    "MIS_RADIUS",
    "Contour",
    "Line",
    "read_contour",
    "read_contour_as",
    "read_curve",
    "read_line_as",
    "read_markups",
    "read_points",
    "read_points_as",
]

AREA_RADIUS = ("Radius", "radius")
MIS_RADIUS = ("MaximumInscribedSphereRadius", "Maximum Inscribed Sphere Radius")
"""What the two radii of a vessel are called in files."""


@dataclass(frozen=True, eq=False)
class Line:
    """An open line as it was drawn or computed, in LPS mm.

    Parameters
    ----------
    points, values
        Without repeats, shape (n, 3), and name to value at every point, shape (n,); radii in mm, others as in the file.
    repeats
        How many points repeated the one before and were left out.
    place
        Where it stood in the file.
    scale
        Millimetres for each unit of length of the file.
    """

    points: FloatArray
    values: Mapping[str, FloatArray]
    repeats: int
    place: str
    scale: float

    def curve(self) -> Curve:
        """The curve with the radii that the file gives.

        Raises
        ------
        InputError
            It is no curve: fewer than two points, or a radius that is not positive.
        """
        return Curve(self.points, _first(self.values, AREA_RADIUS), _first(self.values, MIS_RADIUS))


@dataclass(frozen=True, eq=False)
class Contour:
    """A closed contour in LPS mm, what was drawn with it, and what was done to it.

    Parameters
    ----------
    loop, landmarks
        The contour, and the labelled points of its file.
    in_order
        False where the points had to be put in order.
    repeats
        How many points repeated the one before and were left out.
    """

    loop: Loop
    landmarks: Mapping[str, FloatArray] = field(default_factory=dict)
    in_order: bool = True
    repeats: int = 0


@np.errstate(invalid="ignore", over="ignore")  # what is not finite is refused
def read_markups(
    path: Path | str, *, coordinate_system: str | None = None, override: bool = False
) -> tuple[Markup, ...]:
    """All markups of a ``.mrk.json`` or ``.fcsv`` file in LPS mm.

    `coordinate_system` must not contradict the file unless `override` is set: older Slicer versions wrote a wrong line
    into ``.fcsv``.

    Raises
    ------
    MissingFileError, FileError
        No such file, another suffix, or contents that break the format.
    """
    file = existing(path)
    return reader(file, Content.MARKUPS)[1](file, Asked(coordinate_system, None, override))


def read_curve(
    path: Path | str,
    *,
    name: str | None = None,
    line: int | None = None,
    unit: str | None = None,
    coordinate_system: str | None = None,
    override: bool = False,
) -> Curve:
    """An open curve with its radii, in LPS mm.

    Parameters
    ----------
    path
        Slicer markups, a VTP/VTK centreline of VMTK or SlicerVMTK, or a table of points (``.csv``, ``.dat``).
    name
        Which markup, where there are several: its name, or its number from 0 where no markup has that name.
    line
        Which line of a VTP/VTK file or table, from 0, where there are several.
    unit, coordinate_system
        For files that do not state them.
    override
        Both hold even where the file states others.

    Raises
    ------
    MissingFileError, FileError
        No such file, curve or line, or contents that break the format.

    Notes
    -----
    ``MaximumInscribedSphereRadius`` becomes `mis_radius`; ``Radius`` becomes `radius`. A repeat of the point
    before it, values included, is left out.
    """
    wish = name if line is None else str(line)
    (found,) = read_line_as(path, Asked(coordinate_system, unit, override), name=wish)
    with placed(Path(path), found.place):
        return found.curve()


@np.errstate(invalid="ignore", over="ignore")  # what is not finite is refused
def read_line_as(path: Path | str, asked: Asked, *, name: str | None = None) -> list[Line]:
    """The line of that name or number, or the only one; all of a file's lines for the name ``*``.

    VMTK writes a point twice where two pieces of a line meet. A repeat with other values is refused.
    """
    file = existing(path)
    content, read = reader(file, Content.MARKUPS, Content.LINES)
    if content is Content.MARKUPS:
        markups: tuple[Markup, ...] = read(file, asked)
        drawn = markups if name == "*" else [_markup(file, markups, name)]
        return [_line(item.points, item.values, item.name, 1.0) for item in drawn]
    raw: RawLines = read(file)
    numbers = range(len(raw.lines))
    if name != "*":
        numbers = [chosen(file, "line", [""] * len(raw.lines), name)]
    matrix = to_lps_matrix(*settle(file, raw.stated, asked))
    scale = float(abs(np.linalg.det(matrix)) ** (1.0 / 3.0))
    found = []
    for k in numbers:
        points, values = raw.lines[k]
        scaled = {key: scale * array if key in (*AREA_RADIUS, *MIS_RADIUS) else array for key, array in values.items()}
        found.append(_line(points @ matrix.T, scaled, f"line {k}", scale))
    return found


def read_contour(
    path: Path | str,
    *,
    name: str | None = None,
    line: int | None = None,
    valve: str = "mitral",
    frame: int | None = None,
    unit: str | None = None,
    coordinate_system: str | None = None,
    override: bool = False,
) -> tuple[Loop, bool, dict[str, FloatArray]]:
    """A closed contour in LPS mm, whether its points had to be put in order, and landmarks drawn with it.

    Parameters
    ----------
    path
        Slicer markups (ClosedCurve, Curve or Fiducial), VTP/VTK line, or a table that `read_loops` reads.
    name
        Which markup, where there are several, as in `read_curve`; other Fiducial markups of the file give the
        landmarks. Of a table: which phase or file name.
    line
        Which line of a VTP/VTK file, from 0, where there are several.
    valve, frame
        Which loop of a table.
    unit, coordinate_system, override
        As in `read_curve`.

    Raises
    ------
    MissingFileError, FileError
        As `read_curve`.
    """
    wish = name if line is None else str(line)
    asked = Asked(coordinate_system, unit, override)
    found = read_contour_as(path, asked, name=wish, valve=valve, frame=frame)
    return found.loop, not found.in_order, dict(found.landmarks)


@np.errstate(invalid="ignore", over="ignore")  # what is not finite is refused
def read_contour_as(
    path: Path | str, asked: Asked, *, name: str | None = None, valve: str = "mitral", frame: int | None = None
) -> Contour:
    """As `read_contour`, with defaults for files that state nothing, and all that was done to it."""
    file = existing(path)
    content, read = reader(file, Content.MARKUPS, Content.LOOPS, Content.LINES)
    if content is Content.LOOPS:
        loops: dict[str, list[FrameLoop]] = read(file, asked=asked)
        if valve.lower() not in loops:
            close = nearest_of(valve.lower(), loops)
            advice = f"did you mean {close!r}?" if close else f"use one of {', '.join(loops)[:120]}."
            raise FileError(file, f"valve {valve!r}", f"must be in the table; it is not: {advice}")
        one = chosen_frame(file, {item.key: item for item in loops[valve.lower()]}, frame, name)
        return Contour(one.loop, dict(one.landmarks), True, one.repeats)
    if content is Content.LINES:
        raw: RawLines = read(file)
        points, _ = raw.lines[chosen(file, "line", [""] * len(raw.lines), name)]
        return _closed(file, "", points @ to_lps_matrix(*settle(file, raw.stated, asked)).T, {}, True)
    markups: tuple[Markup, ...] = read(file, asked)
    markup = _markup(file, markups, name, prefer=("ClosedCurve", "annuluscontour"))
    points, sorted_here = markup.points, False
    if markup.kind == "Fiducial" and len(points) > 3:
        points, sorted_here = in_order(points)
    others = (other for other in markups if other is not markup and other.kind == "Fiducial")
    return _closed(file, markup.name, points, _labelled(file, others, unlabelled=False), not sorted_here)


def read_points(
    path: Path | str,
    *,
    name: str | None = None,
    coordinate_system: str | None = None,
    override: bool = False,
    valve: str = "mitral",
    frame: int | None = None,
) -> dict[str, FloatArray]:
    """Label to point [mm], LPS, from Slicer markups, ``.fcsv`` or SlicerHeart's landmark table.

    Parameters
    ----------
    path
        The file.
    name
        Only this markup, as in `read_curve`; None for all of the file's. Of a table: which phase or file name.
    coordinate_system, override
        As in `read_markups`.
    valve, frame
        Which landmarks of a table.

    Raises
    ------
    MissingFileError, FileError
        No such file, unknown suffix, contents that break the format, or a label that stands twice.
    """
    return read_points_as(path, Asked(coordinate_system, None, override), name=name, valve=valve, frame=frame)


@np.errstate(invalid="ignore", over="ignore")  # what is not finite is refused
def read_points_as(
    path: Path | str, asked: Asked, *, name: str | None = None, valve: str = "mitral", frame: int | None = None
) -> dict[str, FloatArray]:
    """As `read_points`, with defaults for files that state nothing."""
    file = existing(path)
    content, read = reader(file, Content.MARKUPS, Content.LANDMARK_TABLE)
    if content is Content.LANDMARK_TABLE:
        return read(file, valve=valve, frame=frame, name=name, asked=asked)
    markups: tuple[Markup, ...] = read(file, asked)
    return _labelled(file, markups if name is None else [_markup(file, markups, name)], unlabelled=True)


def _labelled(file: Path, markups: Iterable[Markup], *, unlabelled: bool) -> dict[str, FloatArray]:
    """Label to point of all the markups; a label that stands twice is refused."""
    points: dict[str, FloatArray] = {}
    for markup in markups:
        for label, point in zip(markup.labels, markup.points, strict=True):
            if not label and not unlabelled:
                continue
            if label in points:
                raise FileError(file, markup.name, f"labels must differ; {label!r} stands twice: rename one.")
            points[label] = point
    return points


def _markup(file: Path, markups: tuple[Markup, ...], name: str | None, prefer: tuple[str, ...] = ()) -> Markup:
    fitting = [
        item for item in markups if item.kind in prefer or any(item.name.lower().startswith(word) for word in prefer)
    ]
    if name is None and len(fitting) == 1:
        return fitting[0]
    return markups[chosen(file, "markup", [item.name for item in markups], name)]


def _closed(file: Path, place: str, points: FloatArray, landmarks: Mapping[str, FloatArray], in_order: bool) -> Contour:
    kept, repeats = without_repeats(points, closed=True)
    with placed(file, place):
        return Contour(Loop(points[kept]), landmarks, in_order, repeats)


def _line(points: FloatArray, values: Mapping[str, FloatArray], place: str, scale: float) -> Line:
    radii = [values[name] for name in (*AREA_RADIUS, *MIS_RADIUS) if name in values]
    kept, repeats = without_repeats(points, radii, closed=False)
    return Line(points[kept], {name: array[kept] for name, array in values.items()}, repeats, place, scale)


def _first(values: Mapping[str, FloatArray], names: tuple[str, ...]) -> FloatArray | None:
    return next((values[name] for name in names if name in values), None)

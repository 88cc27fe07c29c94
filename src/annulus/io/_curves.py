"""Curves, loops and labelled points in, by suffix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from annulus._typing import FloatArray
from annulus.errors import FileError
from annulus.geometry import Curve, Loop
from annulus.io._axes import to_lps_matrix
from annulus.io._contour import in_order
from annulus.io._markup import Markup
from annulus.io._reading import existing, settle
from annulus.io._registry import Content, reader
from annulus.io._schema import nearest_of, placed
from annulus.io.readers import RawLines
from annulus.io.readers._tables import FrameLoop

__all__ = ["read_contour", "read_curve", "read_curve_once", "read_markups", "read_points"]

_AREA_RADIUS = ("Radius", "radius")
_MIS_RADIUS = ("MaximumInscribedSphereRadius", "Maximum Inscribed Sphere Radius")


def read_markups(path: Path | str, *, coordinate_system: str | None = None) -> tuple[Markup, ...]:
    """All markups of a ``.mrk.json`` or ``.fcsv`` file in LPS mm.

    `coordinate_system` overrides what the file states: older Slicer versions wrote a wrong line into ``.fcsv``.

    Raises
    ------
    MissingFileError, FileError
        No such file, another suffix, or contents that break the format.
    """
    file = existing(path)
    return reader(file, Content.MARKUPS)[1](file, coordinate_system=coordinate_system)


def read_curve(
    path: Path | str,
    *,
    name: str | None = None,
    line: int | None = None,
    unit: str | None = None,
    coordinate_system: str | None = None,
) -> Curve:
    """An open curve with its radii, in LPS mm.

    Parameters
    ----------
    path
        Slicer markups, or a VTP/VTK centreline of VMTK or SlicerVMTK.
    name
        Which markup, where there are several: its name, or its number from 0 where no markup has that name.
    line
        Which line of a VTP/VTK file, from 0, where there are several.
    unit, coordinate_system
        For VTP/VTK files that do not state them; for markups `coordinate_system` overrides.

    Raises
    ------
    MissingFileError, FileError
        No such file, curve or line, or contents that break the format.
    DependencyError
        A VTK file, and pyvista is not installed.

    Notes
    -----
    ``MaximumInscribedSphereRadius`` becomes `mis_radius`; ``Radius`` becomes `radius`. An exact repeat of the point
    before it, values included, is left out.
    """
    return read_curve_once(path, name=name, line=line, unit=unit, coordinate_system=coordinate_system)[0]


def read_curve_once(
    path: Path | str,
    *,
    name: str | None = None,
    line: int | None = None,
    unit: str | None = None,
    coordinate_system: str | None = None,
) -> tuple[Curve, int]:
    """As `read_curve`, and how many exact repeats of a point were left out.

    VMTK writes a point twice where two pieces of a line meet. A repeat with other values is refused.
    """
    file = existing(path)
    content, read = reader(file, Content.MARKUPS, Content.LINES)
    if content is Content.LINES:
        return _line(file, read(file), line, unit, coordinate_system)
    markup = _chosen(file, read(file, coordinate_system=coordinate_system), name)
    points, values, repeats = _once(markup.points, markup.values)
    with placed(file, markup.name):
        return Curve(points, _first(values, _AREA_RADIUS), _first(values, _MIS_RADIUS)), repeats


def read_contour(
    path: Path | str,
    *,
    name: str | None = None,
    line: int | None = None,
    valve: str = "mitral",
    frame: int | None = None,
    unit: str | None = None,
    coordinate_system: str | None = None,
) -> tuple[Loop, bool, dict[str, FloatArray]]:
    """A closed contour in LPS mm, whether its points had to be put in order, and landmarks drawn with it.

    Parameters
    ----------
    path
        Slicer markups (ClosedCurve, Curve or Fiducial), VTP/VTK line, or a table that `read_loops` reads.
    name
        Which markup, where there are several, as in `read_curve`; other Fiducial markups of the file give the
        landmarks.
    line
        Which line of a VTP/VTK file, from 0, where there are several.
    valve, frame
        Which loop of a table.
    unit, coordinate_system
        Where the file does not state them; for markups `coordinate_system` overrides.

    Raises
    ------
    MissingFileError, FileError
        As `read_curve`.
    """
    file = existing(path)
    content, read = reader(file, Content.MARKUPS, Content.LOOPS, Content.LINES)
    if content is Content.LOOPS:
        found: dict[str, list[FrameLoop]] = read(file, unit=unit, coordinate_system=coordinate_system)
        loops = found.get(valve, [])
        chosen = [item for item in loops if frame is None or item.frame == frame]
        if len(chosen) != 1:
            frames = ", ".join(str(item.frame) for item in loops) or "none"
            raise FileError(
                file, f"valve {valve!r}", f"one frame must be chosen; it has frames {frames}: name one of them."
            )
        return chosen[0].loop, False, dict(chosen[0].landmarks)
    if content is Content.LINES:
        points = _line(file, read(file), line, unit, coordinate_system)[0].points
        return _closed(file, "", points), False, {}
    markups: tuple[Markup, ...] = read(file, coordinate_system=coordinate_system)
    markup = _chosen(file, markups, name, prefer=("ClosedCurve", "annuluscontour"))
    points, sorted_here = markup.points, False
    if markup.kind == "Fiducial" and len(points) > 3:
        points, sorted_here = in_order(points)
    others = (other for other in markups if other is not markup and other.kind == "Fiducial")
    return _closed(file, markup.name, points), sorted_here, _labelled(file, others, unlabelled=False)


def read_points(
    path: Path | str, *, name: str | None = None, coordinate_system: str | None = None
) -> dict[str, FloatArray]:
    """Label to point [mm], LPS, from Slicer markups, ``.fcsv`` or SlicerHeart's landmark table.

    Parameters
    ----------
    path
        The file.
    name
        Only this markup, as in `read_curve`; None for all of the file's.
    coordinate_system
        Overrides what markups state.

    Raises
    ------
    MissingFileError, FileError
        No such file, unknown suffix, contents that break the format, or a label that stands twice.
    """
    file = existing(path)
    content, read = reader(file, Content.MARKUPS, Content.LANDMARK_TABLE)
    if content is Content.LANDMARK_TABLE:
        for key, value in (("name", name), ("coordinate_system", coordinate_system)):
            if value is not None:
                raise FileError(
                    file,
                    key,
                    f"goes with markups; a table of landmarks states its own (RAS); got {value!r}: leave it out.",
                )
        return read(file)
    markups: tuple[Markup, ...] = read(file, coordinate_system=coordinate_system)
    return _labelled(file, markups if name is None else [_chosen(file, markups, name)], unlabelled=True)


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


def _chosen(file: Path, markups: tuple[Markup, ...], name: str | None, prefer: tuple[str, ...] = ()) -> Markup:
    names = [item.name for item in markups]
    numbers = f"0 to {len(names) - 1}" if len(names) > 1 else "0"
    if name is not None:
        if names.count(name) > 1:
            at = " and ".join(str(k) for k, one in enumerate(names) if one == name)
            raise FileError(file, f"markup {name!r}", f"must be one markup; {at} have that name: give its number.")
        if name not in names and name.isdecimal():
            if int(name) >= len(names):
                raise FileError(file, f"markup {name}", f"must be a name or a number, {numbers}; there is no such.")
            return markups[int(name)]
        if name not in names:
            close = nearest_of(name, names)
            advice = f"did you mean {close!r}?" if close else f"use one of {', '.join(names)}."
            raise FileError(file, f"markup {name!r}", f"must be in the file; it is not: {advice}")
        return markups[names.index(name)]
    fitting = [
        item for item in markups if item.kind in prefer or any(item.name.lower().startswith(word) for word in prefer)
    ]
    if len(markups) == 1 or len(fitting) == 1:
        return (fitting or list(markups))[0]
    known = ", ".join(f"{k} ({one or 'no name'})" for k, one in enumerate(names))
    raise FileError(
        file, "", f"holds {len(markups)} markups, one must be chosen; got none: give name or number of one of {known}."
    )


def _closed(file: Path, place: str, points: FloatArray) -> Loop:
    # A line that closes by repeating its first point says so exactly; that repeat is the closure, not a vertex.
    if len(points) > 3 and np.array_equal(points[0], points[-1]):
        points = points[:-1]
    with placed(file, place):
        return Loop(points)


def _line(
    file: Path, raw: RawLines, line: int | None, unit: str | None, coordinate_system: str | None
) -> tuple[Curve, int]:
    lines = raw.lines
    stated = (raw.coordinate_system, raw.unit)
    settled = settle(file, stated=stated, given=(coordinate_system, unit), override=False)
    if line is None and len(lines) > 1:
        raise FileError(
            file, "", f"holds {len(lines)} lines, one must be chosen; got none: say line = 0 to {len(lines) - 1}."
        )
    number = line or 0
    if not 0 <= number < len(lines):
        raise FileError(
            file, f"line {number}", f"must be 0 to {len(lines) - 1}; there is no such line: choose another."
        )
    points, values, repeats = _once(*lines[number])
    with placed(file, f"line {number}"):
        curve = Curve(points, _first(values, _AREA_RADIUS), _first(values, _MIS_RADIUS))
        return curve.transformed(to_lps_matrix(*settled)), repeats


def _once(points: FloatArray, values: Mapping[str, FloatArray]) -> tuple[FloatArray, dict[str, FloatArray], int]:
    """Points and radii without exact repeats of the one before, and how many there were."""
    rows = [points, *(values[name].reshape(-1, 1) for name in (*_AREA_RADIUS, *_MIS_RADIUS) if name in values)]
    table = np.column_stack(rows)
    kept = np.append(True, (table[1:] != table[:-1]).any(axis=1)) if len(table) else np.zeros(0, dtype=bool)
    return points[kept], {name: array[kept] for name, array in values.items()}, int((~kept).sum())


def _first(values: object, names: tuple[str, ...]) -> FloatArray | None:
    for name in names:
        if name in values:  # type: ignore[operator]
            return values[name]  # type: ignore[index]
    return None

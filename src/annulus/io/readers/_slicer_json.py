"""3D Slicer markups, ``.mrk.json``, schema 1.0.0 to 1.0.4.

Slicer's own defaults hold where the file is silent (LPS, mm): they are part of the format, not a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from annulus._typing import FloatArray
from annulus.errors import FileError
from annulus.io._axes import to_lps_matrix
from annulus.io._json import read_json
from annulus.io._markup import MARKUP_KINDS, Markup
from annulus.io._schema import nearest_of, placed
from annulus.io._stated import Asked, Stated, settle
from annulus.units import LENGTH_UNITS

__all__ = ["read_markups"]

_NOTHING = Asked()

_LENGTHS = ("radius", "diameter")
"""Words in the names of measurements that are lengths and follow the coordinate unit where they state none."""


def read_markups(file: Path, asked: Asked = _NOTHING) -> tuple[Markup, ...]:
    """All markups of a file, turned to LPS mm; control points that are not defined are left out.

    Parameters
    ----------
    file
        The ``.mrk.json`` file.
    asked
        What the caller says of unit and axes; defaults do not count, as this format has its own.

    Raises
    ------
    FileError
        No JSON, no markups, or a position, coordinate system, unit or measurement that breaks the format.
    """
    root = read_json(file)
    markups = root.get("markups") if isinstance(root, dict) else None
    if not isinstance(root, dict) or not isinstance(markups, list):
        raise FileError(
            file, "markups", "must be the list of markups of a Slicer file; it is missing: save it from Slicer."
        )
    if not markups:
        raise FileError(file, "markups", "must hold at least one markup; it is empty: save it again.")
    return tuple(_markup(file, f"markups[{index}]", item, root, asked) for index, item in enumerate(markups))


def _markup(file: Path, place: str, item: object, root: Mapping[str, object], asked: Asked) -> Markup:
    if not isinstance(item, dict):
        raise FileError(file, place, f"must be a table of keys; got {type(item).__name__}: save it again.")
    kind = item.get("type")
    if kind not in MARKUP_KINDS:
        close = nearest_of(str(kind), MARKUP_KINDS)
        advice = f"did you mean {close!r}?" if close else "save it from Slicer."
        raise FileError(file, f"{place}.type", f"must be one of {', '.join(MARKUP_KINDS)}; got {kind!r}: {advice}")
    said = item.get("coordinateSystem", root.get("coordinateSystem", "LPS"))
    if said not in ("LPS", "RAS"):
        raise FileError(file, f"{place}.coordinateSystem", f"must be LPS or RAS; got {said!r}: correct it.")
    known = _unit(file, f"{place}.coordinateUnits", item.get("coordinateUnits", root.get("coordinateUnits", "mm")))
    axes, unit = settle(file, Stated(said, known), asked)
    controls = item.get("controlPoints") or []
    if not isinstance(controls, list):
        raise FileError(file, f"{place}.controlPoints", "must be a list; it is not: save it again.")
    kept, points, labels = [], [], []
    for index, control in enumerate(controls):
        where = f"{place}.controlPoints[{index}]"
        if not isinstance(control, dict):
            raise FileError(file, where, "must be a table of keys; it is not: save it again.")
        # Without a status a point with a position counts as defined (schema default).
        if control.get("positionStatus", "defined") != "defined":
            continue
        points.append(_position(file, f"{where}.position", control.get("position")))
        labels.append(str(control.get("label", "")))
        kept.append(index)
    with placed(file, place):
        matrix = to_lps_matrix(axes, unit)
    positions = np.array(points, dtype=np.float64).reshape(-1, 3) @ matrix.T
    with placed(file, place):
        values = _values(file, place, item.get("measurements") or [], kept, len(controls), LENGTH_UNITS[unit])
        return Markup(str(item.get("name") or ""), str(kind), positions, tuple(labels), values)


def _position(file: Path, place: str, position: object) -> list[float]:
    good = isinstance(position, list) and len(position) == 3
    if not good or not all(isinstance(x, (int, float)) and abs(x) < 1e100 for x in position):  # type: ignore[union-attr]
        raise FileError(file, place, f"must be three finite numbers; got {position!r:.60}: place the point again.")
    return [float(x) for x in position]  # type: ignore[union-attr]


def _unit(file: Path, place: str, unit: object) -> str:
    # Either a word, or a coded triple such as ["mm", "UCUM", "millimeter"].
    word = unit[0] if isinstance(unit, list) and unit else unit
    if not isinstance(word, str) or word not in LENGTH_UNITS:
        raise FileError(
            file, place, f"must be one of {', '.join(LENGTH_UNITS)} or such a UCUM triple; got {unit!r}: correct it."
        )
    return str(word)


def _values(
    file: Path, place: str, measurements: object, kept: list[int], n_points: int, factor: float
) -> dict[str, FloatArray]:
    found: dict[str, FloatArray] = {}
    for index, item in enumerate(measurements if isinstance(measurements, list) else []):
        values = item.get("controlPointValues") if isinstance(item, dict) else None
        if not values:
            continue
        where = f"{place}.measurements[{index}].controlPointValues"
        if not isinstance(values, list) or not all(isinstance(x, (int, float)) and abs(x) < 1e300 for x in values):
            raise FileError(file, where, "must be a list of finite numbers; it is not: save it again.")
        if len(values) != n_points:
            raise FileError(
                file,
                where,
                f"must have one value for each of {n_points} control points; got {len(values)}: save it again.",
            )
        name = str(item.get("name", f"measurement {index}"))
        scale = 1.0
        plain = name.replace(" ", "").lower()
        units = item.get("units")
        if isinstance(units, str) and units in LENGTH_UNITS:
            scale = LENGTH_UNITS[units]
        elif any(word in plain for word in _LENGTHS):
            scale = factor
        found[name] = scale * np.array([values[i] for i in kept], dtype=np.float64)
    return found

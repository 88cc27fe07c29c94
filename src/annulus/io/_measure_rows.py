"""Measures of several hearts, or of the frames of sequences, as the rows of one table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from annulus.anatomy.measures import MEASURES, measure
from annulus.io._measure_loops import measure_loops
from annulus.io.readers._case_json import load_case

__all__ = ["MEASURE_ROW_COLUMNS", "measure_rows"]

MEASURE_ROW_COLUMNS = ("file", "case", "phase", "frame")
"""First columns: file's name, the case's id or the valve, its phase, and the number of a sequence's frame."""


def measure_rows(
    paths: Iterable[Path | str],
    *,
    valve: str = "mitral",
    unit: str | None = None,
    coordinate_system: str | None = None,
) -> tuple[list[str], list[dict[str, object]]]:
    """Columns and rows: one a case, one a frame of a contour table; each measure that is a single number.

    Columns are `MEASURE_ROW_COLUMNS`, then block and key of each measure that a row has, such as ``annulus.ap_mm``, in
    the order of ``docs/measures.md``. What a row has not is missing from it.

    Parameters
    ----------
    paths
        Case files and contour tables (``.csv``).
    valve, unit, coordinate_system
        Of the tables, as `measure_loops`.

    Raises
    ------
    MissingFileError, FileError
        A file cannot be read.
    """
    rows: list[dict[str, object]] = []
    for path in map(Path, paths):
        if path.suffix.lower() == ".csv":
            rows += _frames(path, valve, unit, coordinate_system)
        else:
            case = load_case(path)
            head = {"file": path.name, "case": case.id, "phase": case.phase.value}
            rows.append(head | _numbers(measure(case).to_dict()))
    known = {f"{row.group}.{row.key}" for row in MEASURES}
    keys = [f"{row.group}.{row.key}" for row in MEASURES if any(f"{row.group}.{row.key}" in one for one in rows)]
    keys += [key for one in rows for key in one if "." in key and key not in known]
    return [*MEASURE_ROW_COLUMNS, *dict.fromkeys(keys)], rows


def _frames(path: Path, valve: str, unit: str | None, axes: str | None) -> list[dict[str, object]]:
    document = measure_loops(path, valve=valve, unit=unit, coordinate_system=axes)
    frames, columns = document["frames"], document["annulus"]
    if not isinstance(frames, list) or not isinstance(columns, Mapping):
        return []
    return [
        {"file": path.name, "case": valve, "frame": frame}
        | {f"annulus.{key}": values[at] for key, values in columns.items() if values[at] is not None}
        for at, frame in enumerate(frames)
    ]


def _numbers(document: Mapping[str, object]) -> dict[str, object]:
    found: dict[str, object] = {}
    for group in ("annulus", "coronary_sinus", "circumflex"):
        block = document.get(group)
        for key, value in block.items() if isinstance(block, Mapping) else ():
            if isinstance(value, int | float) and not isinstance(value, bool):
                found[f"{group}.{key}"] = value
    return found

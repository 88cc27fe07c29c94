"""SlicerHeart's tables: contour and landmark points, and quantification results in its wide, long and hybrid form.

Columns, axes (RAS) and units are those of SlicerHeart's batch export, whose merge appends our rows to a study's; the
metrics are this package's own, under the keys of ``docs/measures.md``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import Case, Phase
from annulus.anatomy.measures import MEASURES, measure
from annulus.errors import FileError
from annulus.io._atomic import write_text
from annulus.io._axes import to_lps_matrix
from annulus.io._deformed import Deformed

__all__ = ["write_case", "write_deformed"]

_CONTOUR_NAMES = ("contourpoints.csv", "contourcurvepoints.csv", "contourcontrolpoints.csv")
_LANDMARK_NAMES = ("landmarkpoints.csv",)
_RESULT_NAMES = ("_wide.csv", "_long.csv", "_hybrid.csv", "units.csv")
"""Ends of the names by which SlicerHeart tells its tables apart."""

_CONTOUR = ("Filename", "Phase", "FrameNumber", "Valve", "AnnulusContourX", "AnnulusContourY", "AnnulusContourZ",
            "AnnulusContourLabel")  # fmt: skip
_LANDMARKS = ("Filename", "Phase", "Valve", "FrameNumber", "LandmarkLabel", "LandmarkR", "LandmarkA", "LandmarkS")
_PHASES: Mapping[Phase, str] = MappingProxyType(
    {
        Phase.END_DIASTOLE: "ED",
        Phase.MID_DIASTOLE: "MD",
        Phase.MID_SYSTOLE: "MS",
        Phase.END_SYSTOLE: "ES",
        Phase.UNKNOWN: "NA",
    }
)
_UNITS: Mapping[str, str] = MappingProxyType({"mm2": "mm*mm", "mm3": "mm*mm*mm", "1": "mm/mm"})
_PRESET = "MitralValve"
_VALVE = "mitral"
_FRAME = 0
"""A case is one frame and does not tell which."""


def write_case(case: Case, path: Path) -> None:
    """The table that the file's name asks for."""
    _write([(case, case.id, _PHASES[case.phase])], path)


def write_deformed(state: Deformed, path: Path) -> None:
    """The same with rows before and after the therapy, under phases such as ``MS`` and ``MS-after``."""
    before = state.before
    phase = _PHASES[before.phase]
    _write([(before, before.id, phase), (state.case, before.id, f"{phase}-after")], path)


def _write(states: Sequence[tuple[Case, str, str]], path: Path) -> None:
    name = path.name.lower()
    if not name.endswith((*_CONTOUR_NAMES, *_LANDMARK_NAMES, *_RESULT_NAMES)):
        raise FileError(
            path,
            "",
            "a table of a heart must be named as SlicerHeart names its own: AnnulusContourPoints.csv, "
            "ValveLandmarkPoints.csv, QuantificationResults_wide.csv, QuantificationResults_long.csv, "
            "QuantificationResults_hybrid.csv or QuantificationUnits.csv; choose one of them.",
        )
    if name.endswith(_CONTOUR_NAMES):
        text = _table(_CONTOUR, (row for state in states for row in _contour(*state)), quoted=False)
    elif name.endswith(_LANDMARK_NAMES):
        text = _table(_LANDMARKS, (row for state in states for row in _landmarks(*state)), quoted=False)
    else:
        text = _results(name, [(_metrics(case), file, phase) for case, file, phase in states])
    write_text(text, path)


def _contour(case: Case, file: str, phase: str) -> Iterable[tuple[object, ...]]:
    loop = case.annulus.loop
    labels = [""] * len(loop)
    for label, point in case.annulus.landmarks.items():
        apart = np.linalg.norm(loop.points - point, axis=1)
        # Farther off it is no label on the annulus: SlicerHeart drops it.
        if apart.min() <= loop.length / (4.0 * np.pi):
            labels[int(apart.argmin())] = label
    for point, label in zip(_ras(loop.points), labels, strict=True):
        yield (file, phase, _FRAME, _VALVE, *point, label)


def _landmarks(case: Case, file: str, phase: str) -> Iterable[tuple[object, ...]]:
    marks = case.annulus.landmarks
    for label, point in zip(marks, _ras(np.array(list(marks.values()))), strict=True):
        yield (file, phase, _VALVE, _FRAME, label, *point)


def _ras(points: FloatArray) -> list[list[float]]:
    # A matrix, not a sign: -0.0 would look odd in a table.
    return (np.round(points @ to_lps_matrix("RAS", "mm"), 6) + 0.0).tolist()


def _metrics(case: Case) -> dict[str, tuple[float, str]]:
    """Key of each single number of the annulus to its value and SlicerHeart's unit."""
    found = measure(case).to_dict().get("annulus")
    values = dict(found) if isinstance(found, Mapping) else {}
    rows = {row.key: row.unit for row in MEASURES if row.group == "annulus"}
    return {
        key: (float(values[key]), _UNITS.get(unit, unit))
        for key, unit in rows.items()
        if isinstance(values.get(key), (int, float)) and not isinstance(values[key], bool)
    }


def _results(name: str, states: Sequence[tuple[Mapping[str, tuple[float, str]], str, str]]) -> str:
    keys = list(dict.fromkeys(key for metrics, _, _ in states for key in metrics))
    if name.endswith("units.csv"):
        units = {key: unit for metrics, _, _ in states for key, (_, unit) in metrics.items()}
        return _table(("Measurement", "Unit"), units.items())
    if name.endswith("_wide.csv"):
        rows = [
            (file, phase, _PRESET, *(metrics[key][0] if key in metrics else "" for key in keys))
            for metrics, file, phase in states
        ]
        return _table(("Filename", "Phase", "Measurement", *keys), rows)
    if name.endswith("_long.csv"):
        long: list[tuple[object, ...]] = []
        for metrics, file, phase in states:
            long.append((file, phase, "ValveType", _PRESET))
            long += [(file, phase, key, value) for key, (value, _) in metrics.items()]
        return _table(("Filename", "Phase", "Measurement", "Value"), long)
    phases = sorted({phase for _, _, phase in states})
    known = {(key, phase): value for metrics, _, phase in states for key, (value, _) in metrics.items()}
    file = states[0][1]
    rows = [(key, file, *(known.get((key, phase), "") for phase in phases)) for key in keys]
    return _table(("Measurement", "Filename", *phases), rows)


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, quoted: bool = True) -> str:
    text = io.StringIO()
    table = csv.writer(text, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL, lineterminator="\n")
    table.writerow(columns)
    table.writerows(rows)
    return text.getvalue()

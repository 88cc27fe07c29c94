"""A heart as a result left it: the case's curves, vertex by vertex moved, and the device in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from annulus._arrays import points_array
from annulus._typing import FloatArray
from annulus.anatomy import Annulus, Artery, Case, Leaflets
from annulus.anatomy.valve import ANTERIOR, POSTERIOR
from annulus.errors import FileError
from annulus.geometry import Curve, Loop, Surface
from annulus.io._json import read_json
from annulus.io._result import upgraded_result
from annulus.io._schema import placed
from annulus.prediction import RESULT_SCHEMA
from annulus.sources import Assumption

__all__ = ["Deformed", "deformed_case", "read_result", "require_same_case"]


@dataclass(frozen=True, eq=False)
class Deformed:
    """A case in a state of a result.

    Parameters
    ----------
    before
        The heart that was simulated.
    case
        The heart with its annulus, vein, arteries and closed leaflets there; what no model moves is left out.
    device
        Name to line of the device (ribbon, rods, bridge, ring) [mm], shape (n, 3).
    ribbon_s_mm
        Arc length of the ribbon's distal and proximal end on the measured vein [mm]; None where the result tells none.
    tension_n
        Tension of the ribbon [N]; None where the result tells none.
    """

    before: Case
    case: Case
    device: Mapping[str, FloatArray] = field(default_factory=dict)
    ribbon_s_mm: tuple[float, float] | None = None
    tension_n: float | None = None

    def __post_init__(self) -> None:
        lines = {name: points_array(f"device {name}", rows, at_least=2) for name, rows in self.device.items()}
        object.__setattr__(self, "device", MappingProxyType(lines))

    def __reduce__(self) -> tuple[type[Deformed], tuple[object, ...]]:
        return type(self), (self.before, self.case, dict(self.device), self.ribbon_s_mm, self.tension_n)


def read_result(path: str | Path) -> dict[str, Any]:
    """Read a result file of `annulus simulate`.

    Raises
    ------
    MissingFileError, FileError
        There is no such file, or it is no result file.
    """
    result = read_json(path)
    if isinstance(result, dict):
        result = dict(upgraded_result(result))
    schema = result.get("schema") if isinstance(result, dict) else None
    if not isinstance(result, dict) or schema != RESULT_SCHEMA:
        raise FileError(
            path, "schema", f"must be {RESULT_SCHEMA!r}; got {schema!r}: give a file that 'annulus simulate' wrote."
        )
    return result


def require_same_case(result: Mapping[str, Any], case: Case, *, file: object = "result") -> None:
    """Refuse a result that was computed for another geometry.

    Raises
    ------
    FileError
        Its digest is another one, or it has none.
    """
    told = result.get("case")
    told = told if isinstance(told, Mapping) else {}
    if told.get("digest") != case.digest:
        raise FileError(
            file,
            "case.digest",
            f"the result must belong to case {case.id!r}; it was computed for {told.get('id', 'another case')!r} or "
            "for another state of it: give the case that was simulated.",
        )


def deformed_case(case: Case, result: Mapping[str, Any], *, file: object = "result") -> Deformed:
    """The case in the final state of a result.

    The leaflets are the closed ones under pressure where the result has them; surfaces of chambers, leads and leaflets
    that were not closed do not follow any model and are left out, which is listed in the case's assumptions.

    Parameters
    ----------
    case
        The case that was simulated.
    result
        The document, as `read_result` gives it.
    file
        What errors call it.

    Raises
    ------
    FileError
        The result is of another case, holds no shapes, or shapes that do not fit the case.
    """
    require_same_case(result, case, file=file)
    shapes = result.get("shapes")
    if not isinstance(shapes, Mapping) or shapes.get("annulus_after_mm") is None:
        raise FileError(
            file, "shapes.annulus_after_mm", "must be there to export the deformed state; it is not: simulate again."
        )
    sinus = case.coronary_sinus
    after = _rows(shapes, "coronary_sinus_after_mm", file, None if sinus is None else len(sinus.curve))
    if sinus is not None and after is not None:
        radius = shapes.get("coronary_sinus_after_radius_mm")
        with placed(file, "shapes.coronary_sinus_after_radius_mm"):
            own = sinus.curve.radius if radius is None else np.asarray(radius, dtype=np.float64)
            sinus = sinus.along(Curve(after, own, sinus.curve.mis_radius))
    arteries = shapes.get("arteries_after_mm")
    moved = []
    for artery in case.arteries:
        points = _rows(arteries if isinstance(arteries, Mapping) else {}, artery.name, file, len(artery.curve))
        moved.append(artery if points is None else Artery(artery.name, artery.curve.with_points(points)))
    leaflets = _leaflets(case, shapes, file)
    left_out = [name for name, there in (("surfaces", case.surfaces), ("leads", case.leads)) if there]
    left_out += ["leaflets"] if case.leaflets is not None and leaflets is None else []
    therapy = result.get("therapy")
    therapy = therapy if isinstance(therapy, Mapping) else {}
    why = "a prediction, not a measurement: geometry under load, not to be simulated again as if it were at rest"
    if left_out:
        why += f"; left out, since no model moves them: {', '.join(left_out)}"
    name = str(therapy.get("device") or therapy.get("kind") or "a therapy")
    state = replace(
        case,
        id=f"{case.id}-after",
        annulus=_annulus(case.annulus, _rows(shapes, "annulus_after_mm", file, len(case.annulus.loop))),
        coronary_sinus=sinus,
        arteries=tuple(moved),
        leaflets=leaflets,
        surfaces={},
        leads=(),
        assumptions=(*case.assumptions, Assumption("deformed_state", name, "", why, "rule")),
    )
    lines = shapes.get("device_mm")
    device = {key: _rows(lines, key, file, None) for key in lines} if isinstance(lines, Mapping) else {}
    return Deformed(case, state, {key: rows for key, rows in device.items() if rows is not None}, *_ribbon(therapy))


def _annulus(annulus: Annulus, points: FloatArray | None) -> Annulus:
    """The loop with other vertices; landmarks move as the loop's nearest place does."""
    if points is None:
        return annulus
    loop = Loop(points)
    names = list(annulus.landmarks)
    marks = np.array([annulus.landmarks[name] for name in names])
    places, _ = annulus.loop.closest(marks)
    carried = marks + loop.at(places) - annulus.loop.at(places)
    return Annulus(loop, dict(zip(names, carried, strict=True)), annulus.landmark_sources)


def _leaflets(case: Case, shapes: Mapping[str, Any], file: object) -> Leaflets | None:
    points = _rows(shapes, "leaflets_after_mm", file, None)
    if points is None:
        return None
    try:
        triangles = np.asarray(shapes.get("leaflet_triangles"), dtype=np.int64).reshape(-1, 3)
        of = np.asarray(shapes.get("leaflet_of_triangle"), dtype=np.int64).reshape(len(triangles))
    except (TypeError, ValueError):
        raise FileError(
            file, "shapes.leaflet_triangles", "must be rows of three vertices, with the leaflet of each in "
            "leaflet_of_triangle; got something else: simulate the case again.",
        ) from None  # fmt: skip
    with placed(file, "shapes.leaflet_triangles"):
        whole = Surface(points, triangles)
        anterior, posterior = (_used(whole, triangles[of == leaflet]) for leaflet in (ANTERIOR, POSTERIOR))
    return Leaflets(anterior, posterior, thickness=None if case.leaflets is None else case.leaflets.thickness)


def _used(surface: Surface, triangles: np.ndarray) -> Surface:
    """Some of the triangles, and the points that they use."""
    used, numbered = np.unique(triangles, return_inverse=True)
    return Surface(surface.points[used], numbered.reshape(-1, 3))


def _ribbon(therapy: Mapping[str, Any]) -> tuple[tuple[float, float] | None, float | None]:
    landing = therapy.get("landing")
    told = landing if isinstance(landing, Mapping) else {}
    distal, proximal = told.get("distal_s_mm"), told.get("proximal_s_mm")
    tension = therapy.get("locked_tension_n")
    return (
        (float(distal), float(proximal))
        if isinstance(distal, int | float) and isinstance(proximal, int | float)
        else None,
        float(tension) if isinstance(tension, int | float) else None,
    )


def _rows(shapes: Mapping[str, Any], key: str, file: object, count: int | None) -> FloatArray | None:
    value = shapes.get(key)
    if value is None:
        return None
    try:
        points = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        points = np.empty(0)
    if points.ndim != 2 or points.shape[-1] != 3 or not np.isfinite(points).all() or count not in (None, len(points)):
        rows = "" if count is None else f"{count} "
        raise FileError(
            file, f"shapes.{key}", f"must be {rows}rows of three finite numbers [mm]; got shape {points.shape}: "
            "simulate the case again.",
        )  # fmt: skip
    return points

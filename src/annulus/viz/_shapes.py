"""The deformed shapes that a result may carry, checked, and what the picture takes from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import Case
from annulus.errors import FileError
from annulus.io import read_result
from annulus.viz._closed_leaflets import ClosedLeaflets, Hole

__all__ = ["ResultShapes", "read_result"]


@dataclass(frozen=True, eq=False)
class ResultShapes:
    """Curves of a result in world coordinates [mm], each of shape (n, 3); None or empty where the result has none.

    Parameters
    ----------
    annulus_before, annulus_traction, annulus_after
        Annulus loops.
    coronary_sinus_before, coronary_sinus_after
        Vein axes from the ostium distally.
    coronary_sinus_after_radius
        Radius of the vein afterwards with what widens it, such as an anchor [mm]; None for the vein's own.
    arteries_before, arteries_after
        Artery name to axis.
    device
        Name to line of the device: ribbon, rods, bridge, ring.
    anchors
        Name such as "distal" to the anchor's place, shape (3,).
    footprints_mm
        Anchor's name to the length of vein that it covers beyond its place [mm].
    landing_mm
        End's name, "distal" or "proximal", to its arc length on the measured vein [mm], as the result tells it.
    leaflets
        Closed leaflets after, else before.
    holes
        What stays open between them.
    """

    annulus_before: FloatArray | None = None
    annulus_traction: FloatArray | None = None
    annulus_after: FloatArray | None = None
    coronary_sinus_before: FloatArray | None = None
    coronary_sinus_after: FloatArray | None = None
    coronary_sinus_after_radius: FloatArray | None = None
    arteries_before: Mapping[str, FloatArray] = field(default_factory=dict)
    arteries_after: Mapping[str, FloatArray] = field(default_factory=dict)
    device: Mapping[str, FloatArray] = field(default_factory=dict)
    anchors: Mapping[str, FloatArray] = field(default_factory=dict)
    footprints_mm: Mapping[str, float] = field(default_factory=dict)
    landing_mm: Mapping[str, float] = field(default_factory=dict)
    leaflets: ClosedLeaflets | None = None
    holes: tuple[Hole, ...] = ()

    @classmethod
    def from_result(cls, result: Mapping[str, Any], case: Case, *, file: object = "result") -> ResultShapes:
        """Shapes of a result dictionary, key `shapes`; empty where it has none.

        Raises
        ------
        FileError
            The result is of another case, or a shape is not rows of three finite numbers.
        """
        told = _section(result, "case", file)
        if told.get("digest", case.digest) != case.digest:
            raise FileError(
                file,
                "case.digest",
                f"the result must belong to the case that is drawn, {case.id!r}; it was computed for "
                f"{told.get('id', 'another case')!r} or for another state of it: give the case that was simulated.",
            )
        shapes = _section(result, "shapes", file)
        curves = {
            name: _points(shapes[f"{name}_mm"], file, f"shapes.{name}_mm", at_least)
            for name, at_least in _CURVES
            if shapes.get(f"{name}_mm") is not None
        }
        named = {
            name: {
                key: _points(value, file, f"shapes.{name}_mm.{key}", 2)
                for key, value in _section(shapes, f"{name}_mm", file, "shapes.").items()
            }
            for name in ("arteries_before", "arteries_after", "device")
        }
        anchors = {
            key: _points([value], file, f"shapes.anchors_mm.{key}", 1)[0]
            for key, value in _section(shapes, "anchors_mm", file, "shapes.").items()
        }
        state = "after" if shapes.get("leaflets_after_mm") is not None else "before"
        contact = ((result.get("coaptation") or {}).get(state) or {}).get("contact_distance_mm")
        leaflets = ClosedLeaflets.from_shapes(shapes, state=state, contact_mm=contact, file=file)
        return cls(
            **curves,
            coronary_sinus_after_radius=_radii(shapes, curves.get("coronary_sinus_after"), file),
            arteries_before=named["arteries_before"],
            arteries_after=named["arteries_after"],
            device=named["device"],
            anchors=anchors,
            footprints_mm=_footprints(result),
            landing_mm=_landing(result),
            leaflets=leaflets,
            holes=tuple(Hole.from_result(result, state)) if leaflets is not None else (),
        )


_CURVES = (
    ("annulus_before", 8),
    ("annulus_traction", 8),
    ("annulus_after", 8),
    ("coronary_sinus_before", 2),
    ("coronary_sinus_after", 2),
)


def _footprints(result: Mapping[str, Any]) -> dict[str, float]:
    """Lengths of the anchors, which results list among their assumptions [mm]."""
    found = {}
    for row in result.get("assumptions") or ():
        name = row.get("name", "") if isinstance(row, Mapping) else ""
        if name.endswith("_footprint_mm") and isinstance(row.get("value"), (int, float)):
            found[name.removesuffix("_footprint_mm")] = float(row["value"])
    return found


def _section(parent: Mapping[str, Any], key: str, file: object, prefix: str = "") -> Mapping[str, Any]:
    value = parent.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise FileError(file, prefix + key, f"must be an object; got {type(value).__name__}.")
    return value


def _landing(result: Mapping[str, Any]) -> dict[str, float]:
    found = (result.get("therapy") or {}).get("landing") or {}
    named = {name: found.get(f"{name}_s_mm") for name in ("distal", "proximal")}
    return {name: float(s) for name, s in named.items() if isinstance(s, (int, float))}


def _radii(shapes: Mapping[str, Any], axis: FloatArray | None, file: object) -> FloatArray | None:
    value = shapes.get("coronary_sinus_after_radius_mm")
    if value is None or axis is None:
        return None
    place = "shapes.coronary_sinus_after_radius_mm"
    try:
        radius = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise FileError(file, place, "must be numbers [mm]; got something else.") from None
    if radius.shape != (len(axis),) or not (np.isfinite(radius).all() and (radius > 0.0).all()):
        raise FileError(
            file, place, f"must be a positive number [mm] for each of {len(axis)} points; got shape {radius.shape}."
        )
    return radius


def _points(value: object, file: object, place: str, at_least: int) -> FloatArray:
    try:
        points = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise FileError(file, place, "must be rows of three numbers [mm]; got something else.") from None
    if points.ndim != 2 or points.shape[1] != 3 or len(points) < at_least or not np.isfinite(points).all():
        raise FileError(
            file, place, f"must be at least {at_least} rows of three finite numbers [mm]; got shape {points.shape}."
        )
    return points

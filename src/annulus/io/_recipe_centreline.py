"""A vessel's centreline in a recipe: which line, which end first, the curve through few points, and its radius."""

from __future__ import annotations

import numpy as np

from annulus._typing import FloatArray
from annulus.errors import FileError
from annulus.geometry import Curve, Surface
from annulus.io._curves import AREA_RADIUS, MIS_RADIUS, Line
from annulus.io._polyline import smooth_curve
from annulus.io._recipe_files import RecipeFiles
from annulus.io._recipe_model import FileRef, VesselRecipe
from annulus.io._schema import nearest_of, placed
from annulus.sources import Assumption
from annulus.units import length_factor

__all__ = ["centreline_of", "drawn_curve"]

_NEAR_MM = 20.0
"""An end of a drawn line lies within this of the point that tells it [mm]: 4 radii of a wide vein, as for walls."""


def centreline_of(
    recipe: VesselRecipe, ref: FileRef, files: RecipeFiles, key: str, name: str, *, start_near: FloatArray | None,
    atrium: Surface | None,
) -> tuple[Curve, str, list[Assumption]]:  # fmt: skip
    """The curve from ostium or origin distally, how its first end was found, and what was assumed."""
    far = None if recipe.end_near_mm is None else np.array(recipe.end_near_mm)
    found = files.lines(ref, f"{key}.centreline", every=far is not None)
    line = found[0] if far is None else min(found, key=lambda one: float(_ends_from(one, far).min()))
    lines: list[Assumption] = []
    how = f"centreline {ref.file}"
    points, turned = line.points, False
    with placed(files.path, f"{key}.centreline"):
        Curve(points)
    for place, what, gaps in (
        ("end_near_mm", "far", None if far is None else _ends_from(line, far)[::-1]),
        ("ostium" if key == "coronary_sinus" else "start_near_mm", "first",
         None if start_near is None else _ends_from(line, start_near)),
        ("ostium.right_atrium", "first", None if atrium is None else _ends_from(line, atrium.points)),
    ):  # fmt: skip
        if gaps is None:
            continue
        if place != "ostium.right_atrium" and gaps.min() > _NEAR_MM:
            _refuse_far(files, f"{key}.{place}", line, far if place == "end_near_mm" else start_near, float(gaps.min()))
        turned = bool(gaps[1] < gaps[0])
        how = f"centreline {ref.file}, its {what} end by {place}"
    if turned:
        why = f"the line was drawn from its far end; it was turned round, as {how.rpartition(' by ')[2]} says"
        lines.append(Assumption(f"{name} direction", "reversed", "", why, "rule"))
        line = Line(points[::-1], {one: array[::-1] for one, array in line.values.items()}, line.repeats, line.place,
                    line.scale)  # fmt: skip
    curve, notes = _with_radius(recipe, line, files, key, name)
    return curve, how, [*lines, *notes]


def drawn_curve(line: Line, name: str) -> tuple[Curve, list[Assumption]]:
    """The curve with what the file gives, splined where its points are few, and what was done."""
    lines: list[Assumption] = []
    if line.repeats:
        why = f"{line.repeats} points of the centreline repeat the one before them exactly: they were left out"
        lines.append(Assumption(f"{name} repeated_points", float(line.repeats), "points", why, "rule"))
    curve, note = smooth_curve(line.curve(), name)
    return curve, lines + note


def _with_radius(
    recipe: VesselRecipe, line: Line, files: RecipeFiles, key: str, name: str
) -> tuple[Curve, list[Assumption]]:
    chosen = recipe.radius_from
    if chosen is not None:
        values = line.values.get(chosen.name)
        if values is None:
            close = nearest_of(chosen.name, line.values)
            known = ", ".join(list(line.values)[:12]) or "none"
            raise FileError(
                files.path,
                f"{key}.radius_from",
                f"must name values at the points of the centreline; {chosen.name!r} is none: "
                + (f"did you mean {close!r}?" if close else f"it has {known}."),
            )
        own = (*AREA_RADIUS, *MIS_RADIUS)
        # Radii are in mm already, other values as the file has them.
        factor = 1.0 if chosen.name in own else line.scale
        if chosen.unit is not None:
            factor = length_factor(chosen.unit) / (line.scale if chosen.name in own else 1.0)
        radius = values * factor * (0.5 if chosen.diameter else 1.0)
        line = Line(line.points, {MIS_RADIUS[0] if chosen.inscribed else AREA_RADIUS[0]: radius}, line.repeats,
                    line.place, line.scale)  # fmt: skip
    elif recipe.radius_mm is not None:
        if any(one in line.values for one in AREA_RADIUS):
            raise FileError(
                files.path, f"{key}.radius_mm", "must be left out where the file gives the radius at every point; it "
                "does: leave radius_mm out, or remove the radius from the file.",
            )  # fmt: skip
        line = Line(line.points, {}, line.repeats, line.place, line.scale)
    with placed(files.path, f"{key}.radius_from" if chosen is not None else f"{key}.centreline"):
        curve, lines = drawn_curve(line, name)
    if recipe.radius_mm is not None:
        curve = _given_radius(recipe, curve, files, key)
        why = "the recipe gives the radius: one for the whole length, or by station with straight lines between"
        value = f"{curve.radius.max():g} to {curve.radius.min():g}" if curve.radius is not None else ""
        lines.append(Assumption(f"{name} radius", value, "mm", why, "user"))
    if curve.radius is None and curve.mis_radius is not None:
        curve = Curve(curve.points, curve.mis_radius, curve.mis_radius)
        why = "only the inscribed radius is known; it stands in for the area-equivalent one, which is larger"
        lines.append(Assumption(f"{name} radius", "inscribed", "", why, "rule"))
    return curve, lines


def _given_radius(recipe: VesselRecipe, curve: Curve, files: RecipeFiles, key: str) -> Curve:
    given = recipe.radius_mm
    table = np.array([[0.0, given]] if isinstance(given, float) else given, dtype=np.float64)
    if table[-1, 0] > curve.length + 0.5 or table[0, 0] < 0.0:
        raise FileError(
            files.path,
            f"{key}.radius_mm",
            f"stations must lie in [0, {curve.length:.1f}] mm along the centreline; got {table[0, 0]:g} to "
            f"{table[-1, 0]:g}: mend them.",
        )
    with placed(files.path, f"{key}.radius_mm"):
        return Curve(curve.points, np.interp(curve.arc_lengths, table[:, 0], table[:, 1]))


def _refuse_far(files: RecipeFiles, place: str, line: Line, point: FloatArray | None, gap: float) -> None:
    """Refuse a line of which no end is near the point that tells which end is which."""
    advice = "check the point and the coordinate system of both"
    if point is not None and _ends_from(line, point * np.array([-1.0, -1.0, 1.0])).min() <= _NEAR_MM:
        advice = (
            "with its x and y negated the line does, so its RAS points were read as LPS: state its coordinate system, "
            "or negate x and y of its points"
        )
    raise FileError(
        files.path,
        place,
        f"must lie at an end of the centreline; the nearest end is {gap:.1f} mm away, over {_NEAR_MM:g} mm: {advice}.",
    )


def _ends_from(line: Line, points: FloatArray) -> FloatArray:
    """Distance of the first and the last point from the nearest of `points` [mm], shape (2,)."""
    near = np.asarray(points, dtype=np.float64).reshape(-1, 3)
    with np.errstate(over="ignore"):  # farther than squares can tell is far enough
        return np.array([np.linalg.norm(near - line.points[k], axis=1).min() for k in (0, -1)])

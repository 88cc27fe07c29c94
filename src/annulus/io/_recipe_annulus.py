"""The annulus of a recipe: its loop from ring, boundary, interface or contour, and its landmarks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import LANDMARKS, Annulus, annulus_from_loop, typical_frame
from annulus.errors import FileError
from annulus.geometry import Loop, Surface, annulus_from_boundary, annulus_from_interface, ring_axis
from annulus.io._polyline import smooth_loop
from annulus.io._recipe_files import RecipeFiles, joined
from annulus.io._recipe_model import Recipe
from annulus.io._sanity import check_loop
from annulus.io._schema import placed
from annulus.sources import Assumption

__all__ = ["annulus_of"]

_SAME_MM = 0.5
"""A landmark that is given twice is told where the places differ by more [mm], about a voxel."""


def annulus_of(
    recipe: Recipe, files: RecipeFiles, surfaces: Mapping[str, Surface]
) -> tuple[Annulus, str, list[Assumption]]:
    """The annulus with its landmarks, how its loop was found, and what was assumed."""
    part = recipe.annulus
    lines: list[Assumption] = []
    given: dict[str, FloatArray] = {}
    loop, how = _loop(recipe, files, surfaces, given, lines)
    check_loop(loop, files.path, "annulus")
    if part.landmarks_from is not None:
        labelled = files.points(part.landmarks_from, "annulus.landmarks_from")
        _replace(given, _known(files, part.landmarks_from.file, labelled), "annulus.landmarks_from", lines)
        _say_unknown(part.landmarks_from.file, labelled, lines)
    trigones: dict[str, Surface] = {}
    commissures: dict[str, FloatArray] = {}
    for name, landmark in part.landmarks.items():
        key = f"annulus.landmarks.{name}"
        if landmark.point_mm is not None:
            _replace(given, {name: np.array(landmark.point_mm)}, "annulus.landmarks", lines)
        elif landmark.near is not None and name in ("LT", "RT"):
            trigones[name] = files.surface(landmark.near, key)
        elif landmark.near is not None and name in ("ALC", "PMC"):
            commissures[name] = files.centroid(landmark.near, key)
        elif landmark.near is not None:
            where, _ = loop.closest(files.centroid(landmark.near, key).reshape(1, 3))
            _replace(given, {name: loop.at(where)[0]}, "annulus.landmarks", lines)
    aortic = None
    if recipe.aortic_valve is not None:
        aortic = files.centroid(recipe.aortic_valve.surfaces, "aortic_valve.surfaces")
    with placed(files.path, "annulus"):
        annulus = annulus_from_loop(
            loop,
            atrial_side=_atrial_side(recipe, files, loop, surfaces, given, lines),
            aortic=aortic,
            trigones=trigones or None,
            commissures=commissures or None,
            given=given or None,
        )
    lines += [
        Assumption(f"landmark {name}", source, "", "not marked in the anatomy: found by this rule", "rule")
        for name, source in annulus.landmark_sources.items()
        if source != "given"
    ]
    return annulus, how, lines


def _replace(given: dict[str, FloatArray], found: Mapping[str, FloatArray], key: str, lines: list[Assumption]) -> None:
    """Take the points found; one that replaces another somewhere else is said."""
    for name, point in found.items():
        gap = float(np.linalg.norm(point - given[name])) if name in given else 0.0
        if gap > _SAME_MM:
            why = f"{key} gives it {gap:.1f} mm from where the contour's file or landmarks_from has it, and holds"
            lines.append(Assumption(f"landmark {name} given twice", gap, "mm", why, "user"))
        given[name] = point


def _say_unknown(name: str, labelled: Mapping[str, FloatArray], lines: list[Assumption]) -> None:
    """Labels that are no landmarks are not used, and that is said."""
    unknown = [label for label in labelled if label not in LANDMARKS]
    if unknown:
        why = f"{name} has labels that are no landmarks ({', '.join(repr(one) for one in unknown[:8])}): not used"
        lines.append(Assumption("labels", float(len(unknown)), "points", why, "rule"))


def _known(files: RecipeFiles, name: str, labelled: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """The points that are labelled as landmarks are; a file without any was named by mistake."""
    key = "annulus.landmarks_from"
    for label in labelled:
        word = label.strip().upper()
        if label not in LANDMARKS and word in LANDMARKS:
            raise FileError(files.path, key, f"{name} has the label {label!r}: did you mean {word!r}? Rename it.")
    found = {label: point for label, point in labelled.items() if label in LANDMARKS}
    if not found:
        came = ", ".join(repr(label) for label in list(labelled)[:8]) or "none"
        raise FileError(
            files.path,
            key,
            f"{name} must have labels among {', '.join(LANDMARKS)}; its labels are {came}: rename them in the file, or "
            "leave the key out.",
        )
    return found


def _atrial_side(
    recipe: Recipe,
    files: RecipeFiles,
    loop: Loop,
    surfaces: Mapping[str, Surface],
    given: Mapping[str, FloatArray],
    lines: list[Assumption],
) -> FloatArray | None:
    if "la" in surfaces:
        return surfaces["la"].centroid
    if "lv" in surfaces:
        return 2.0 * loop.centroid - surfaces["lv"].centroid
    tips = [np.array(point) for point in recipe.papillary_tips_mm.values()]
    tips += [files.centroid(refs, f"papillary_muscles.{name}") for name, refs in recipe.papillary_muscles.items()]
    if tips:
        return 2.0 * loop.centroid - np.mean(tips, axis=0)
    if {"A", "AL", "PM"} <= given.keys() or not recipe.oriented:
        return None
    why = (
        "neither atrium, ventricle nor papillary muscles are known: the atrial side is the one to the right and back "
        "of the body"
    )
    lines.append(Assumption("atrial_side", "right and back", "", why, "rule"))
    return loop.centroid + typical_frame().axes[2]


def _loop(
    recipe: Recipe,
    files: RecipeFiles,
    surfaces: Mapping[str, Surface],
    given: dict[str, FloatArray],
    lines: list[Assumption],
) -> tuple[Loop, str]:
    part = recipe.annulus
    if part.method == "contour" and part.contour is not None:
        found = files.contour(part.contour, "annulus.contour")
        loop = found.loop
        given.update({name: point for name, point in found.landmarks.items() if name in LANDMARKS})
        _say_unknown(f"contour {part.contour.file}", found.landmarks, lines)
        if not found.in_order:
            why = "the contour's points were not in order; they were sorted by angle about their centroid"
            lines.append(Assumption("contour_order", "sorted", "", why, "rule"))
        if found.repeats:
            why = f"{found.repeats} points of the contour repeat the one before them: they were left out"
            lines.append(Assumption("contour repeated_points", float(found.repeats), "points", why, "rule"))
        if len(loop) < 8:
            raise FileError(
                files.path, "annulus.contour", f"must have at least 8 points; got {len(loop)}: draw more points."
            )
        check_loop(loop, files.path, "annulus.contour")
        loop, notes = smooth_loop(loop)
        lines += notes
        return loop, f"contour {part.contour.file}"
    if part.surfaces is None:
        raise FileError(files.path, "annulus.surfaces", "must be given; it is missing: add it.")
    walls = files.surfaces(part.surfaces, "annulus.surfaces")
    with placed(files.path, "annulus.surfaces"):
        if part.method == "ring":
            found = ring_axis(joined(walls))
        elif part.method == "interface" and part.against is not None:
            ventricle = files.surface(part.against, "annulus.against")
            found = annulus_from_interface(
                joined(walls), ventricle, tolerance=part.tolerance_mm, largest_gap=part.largest_gap
            )
        else:
            if "la" not in surfaces:
                raise FileError(
                    files.path, "surfaces.la", "the left atrium must be known to find the valve's atrial edge: add it."
                )
            found = annulus_from_boundary(walls, atrial_side=surfaces["la"].centroid, largest_gap=part.largest_gap)
    lines += [Assumption("annulus extraction", None, "", note, "rule") for note in found.notes]
    return found.loop, found.source

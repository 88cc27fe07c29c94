"""Vessels of a recipe: pieces of wall or a finished centreline, from the ostium or origin distally."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial import KDTree

from annulus._typing import FloatArray
from annulus.anatomy import Artery, CoronarySinus, Lead, VeinBranch, VesselPart
from annulus.errors import FileError, InputError
from annulus.geometry import Curve, Surface, vessel_axis
from annulus.io._recipe_centreline import centreline_of, drawn_curve
from annulus.io._recipe_files import RecipeFiles
from annulus.io._recipe_model import ArteryRecipe, LeadRecipe, VeinRecipe, VesselRecipe
from annulus.io._schema import placed
from annulus.sources import Assumption

__all__ = ["artery_of", "lead_of", "vein_of"]

_BESIDE_MM = 20.0
"""A point that tells a station of the vein lies within this of its axis [mm]: a wide vein's radius and its branch."""


def vein_of(recipe: VeinRecipe, files: RecipeFiles) -> tuple[CoronarySinus, str, list[Assumption]]:
    """The coronary sinus, how its ostium end was found, and what was assumed."""
    key = "coronary_sinus"
    landmark, atrium = None, None
    if recipe.ostium is not None:
        if recipe.ostium.near is not None:
            landmark = files.centroid(recipe.ostium.near, f"{key}.ostium.near")
        elif recipe.ostium.near_point_mm is not None:
            landmark = np.array(recipe.ostium.near_point_mm)
        elif recipe.ostium.right_atrium is not None:
            atrium = files.surface(recipe.ostium.right_atrium, f"{key}.ostium.right_atrium")
    curve, parts, how, lines = _vessel(recipe, files, key, ostium_near=landmark, atrium=atrium)
    if recipe.ostium is not None and recipe.ostium.cut and atrium is not None:
        gap, _ = KDTree(atrium.points).query(curve.points)
        start = float(curve.arc_lengths[int(np.argmin(gap))])
        if start > 0.0:
            curve = curve.sliced(start, curve.length)
            parts = tuple(
                VesselPart(part.name, max(0.0, part.from_mm - start), min(part.to_mm - start, curve.length))
                for part in parts
                if part.to_mm > start
            )
            why = "the tube has no ostium; it begins where its axis is nearest to the right atrium"
            lines.append(Assumption("coronary_sinus_ostium", start, "mm cut off", why, "rule"))
            how = f"{how}; {start:.1f} mm before the nearest point to the right atrium cut off"

    def station(at: float | FloatArray | Sequence[float]) -> float:
        if isinstance(at, (int, float)):
            return at
        where, gap = curve.closest(np.array(at, dtype=np.float64).reshape(1, 3))
        if gap[0] > _BESIDE_MM:
            raise InputError(
                f"a point at the vein must lie within {_BESIDE_MM:g} mm of its axis; one is {gap[0]:.1f} mm away: "
                "check it."
            )
        return float(where[0])

    branches = []
    for index, row in enumerate(recipe.branches):
        with placed(files.path, f"{key}.branches[{index}]"):
            at = row.at_mm if row.near_mm is None else row.near_mm
            branches.append(VeinBranch(row.name, station(0.0 if at is None else at), row.diameter_mm))
    with placed(files.path, f"{key}.valves_mm"):
        valves = tuple(station(at) for at in recipe.valves_mm)
    stents = tuple(VesselPart(part.name, part.from_mm, part.to_mm) for part in recipe.stents)
    with placed(files.path, key):
        return CoronarySinus(curve, parts, how, tuple(branches), valves, stents), how, lines


def lead_of(recipe: LeadRecipe, files: RecipeFiles, key: str) -> tuple[Lead, list[Assumption]]:
    """The lead, and what was done to its path."""
    (line,) = files.lines(recipe.centreline, f"{key}.centreline")
    with placed(files.path, f"{key}.centreline"):
        curve, lines = drawn_curve(line, f"lead {recipe.name}")
    with placed(files.path, key):
        return Lead(recipe.name, Curve(curve.points), recipe.diameter_mm), lines


def artery_of(recipe: ArteryRecipe, files: RecipeFiles, key: str) -> tuple[Artery, str, list[Assumption]]:
    """The artery, how its origin was found, and what was assumed."""
    start = None if recipe.start_near_mm is None else np.array(recipe.start_near_mm)
    curve, _, how, lines = _vessel(recipe, files, key, start_near=start)
    return Artery(recipe.name, curve), how, lines


def _vessel(
    recipe: VesselRecipe,
    files: RecipeFiles,
    key: str,
    *,
    ostium_near: np.ndarray | None = None,
    start_near: np.ndarray | None = None,
    atrium: Surface | None = None,
) -> tuple[Curve, tuple[VesselPart, ...], str, list[Assumption]]:
    name = key if key == "coronary_sinus" else f"artery {getattr(recipe, 'name', key)}"
    lines: list[Assumption] = []
    if recipe.pieces is None:
        if recipe.centreline is None:
            raise FileError(files.path, key, "must have either pieces or centreline; it has neither: add one.")
        near = ostium_near if start_near is None else start_near
        curve, how, lines = centreline_of(recipe, recipe.centreline, files, key, name, start_near=near, atrium=atrium)
        parts: tuple[VesselPart, ...] = ()
    else:
        far = None if recipe.end_near_mm is None else np.array(recipe.end_near_mm)
        walls = [files.surface(piece.surfaces, f"{key}.pieces[{i}].surfaces") for i, piece in enumerate(recipe.pieces)]
        with placed(files.path, key):
            axis = vessel_axis(
                walls,
                ostium_near=ostium_near,
                start_near=start_near,
                end_near=far,
                atrium=atrium,
                names=[piece.name for piece in recipe.pieces],
            )
        curve, how = axis.curve, axis.start_source
        # A part reaches to where the next one begins: the joints in between are bridged or blended by the extraction.
        ends = [*(begin for begin, _ in axis.parts[1:]), curve.length]
        parts = tuple(
            VesselPart(part, begin, end)
            for part, (begin, _), end in zip(axis.part_names, axis.parts, ends, strict=True)
        )
        lines += [Assumption(f"{name} extraction", None, "", note, "rule") for note in axis.notes]
    if recipe.reverse:
        total = curve.length
        curve, how = curve.reversed(), f"{how}; reversed on request"
        parts = tuple(VesselPart(part.name, total - part.to_mm, total - part.from_mm) for part in reversed(parts))
        lines.append(Assumption(f"{name} direction", "reversed", "", "turned round on the recipe's request", "user"))
    return curve, parts, how, lines

"""Vessels of a recipe: pieces of wall or a finished centreline, from the ostium or origin distally."""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

from annulus.anatomy import Artery, CoronarySinus, VesselPart
from annulus.errors import FileError
from annulus.geometry import Curve, Surface, vessel_axis
from annulus.io._recipe_files import RecipeFiles
from annulus.io._recipe_model import ArteryRecipe, VeinRecipe, VesselRecipe
from annulus.io._schema import placed
from annulus.sources import Assumption

__all__ = ["artery_of", "vein_of"]


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
    with placed(files.path, key):
        return CoronarySinus(curve, parts, how), how, lines


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
        curve, repeats = files.curve(recipe.centreline, f"{key}.centreline")
        if repeats:
            why = f"{repeats} points of the centreline repeat the one before them exactly: they were left out"
            lines.append(Assumption(f"{name} repeated_points", float(repeats), "points", why, "rule"))
        parts: tuple[VesselPart, ...] = ()
        how = f"centreline {recipe.centreline.file}"
        if curve.radius is None and curve.mis_radius is not None:
            curve = Curve(curve.points, curve.mis_radius, curve.mis_radius)
            why = "only the inscribed radius is known; it stands in for the area-equivalent one, which is larger"
            lines.append(Assumption(f"{name} radius", "inscribed", "", why, "rule"))
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

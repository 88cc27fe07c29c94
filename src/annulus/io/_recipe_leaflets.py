"""Leaflets, papillary tips and chordae of a recipe."""

from __future__ import annotations

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import Annulus, LeafletHeights, Leaflets
from annulus.anatomy.parametric import LeafletParameters, leaflet_heights
from annulus.geometry import Surface
from annulus.io._recipe_files import RecipeFiles
from annulus.io._recipe_model import Recipe
from annulus.io._schema import placed
from annulus.sources import Assumption

__all__ = ["leaflets_of", "papillary_tips_of"]


def leaflets_of(recipe: Recipe, files: RecipeFiles, annulus: Annulus) -> tuple[Leaflets | None, list[Assumption]]:
    """Meshes, heights, thickness and chordae as the recipe gives them, and what was assumed; None without leaflets."""
    given = recipe.leaflets
    if given is None:
        return None, []
    lines: list[Assumption] = []
    sheets = {
        name: files.surface(refs, f"leaflets.{name}")
        for name in ("anterior", "posterior")
        if (refs := getattr(given, name)) is not None
    }
    if given.chordae_attached:
        why = "the leaflet meshes hold chordae too: where a leaflet ends and a chorda begins is not known from them"
        lines.append(Assumption("leaflet_meshes", "with chordae", "", why, "user"))
    heights = None
    if given.heights is not None:
        with placed(files.path, "leaflets.heights"):
            heights = LeafletHeights(np.array(given.heights.theta_deg), np.array(given.heights.height_mm))
    if given.sizes is not None:
        with placed(files.path, "leaflets.sizes"):
            heights = leaflet_heights(annulus, LeafletParameters(**given.sizes.model_dump()))
        why = "between the given heights at A, P and the commissures the parametric outline is taken"
        lines.append(Assumption("leaflet_heights", "parametric outline", "", why, "assumed"))
    with placed(files.path, "leaflets.thickness"):
        thickness = None if given.thickness is None else given.thickness.to_thickness()
    with placed(files.path, "leaflets.chordae"):
        chordae = None if given.chordae is None else given.chordae.to_chordae()
    with placed(files.path, "leaflets.cleft_depth_mm"):
        leaflets = Leaflets(
            sheets.get("anterior"), sheets.get("posterior"), heights, thickness, chordae, given.cleft_depth_mm
        )
    return leaflets, lines


def papillary_tips_of(
    recipe: Recipe, files: RecipeFiles, annulus: Annulus
) -> tuple[dict[str, FloatArray], list[Assumption], dict[str, str]]:
    """Tips given as points or found on the muscles, what was assumed, and a few words on each that was found."""
    tips = {str(name): np.array(point) for name, point in recipe.papillary_tips_mm.items()}
    lines: list[Assumption] = []
    found: dict[str, str] = {}
    for name, refs in recipe.papillary_muscles.items():
        if name in tips:
            continue
        tips[name] = _tip(files.surface(refs, f"papillary_muscles.{name}"), annulus.loop.centroid)
        why = "tip of the papillary muscle: its point nearest to the annulus centroid stands in for the chordal heads"
        lines.append(Assumption(f"papillary_tip_{name}", "nearest point", "", why, "rule"))
        found[name] = f"{float(annulus.frame.to_local(tips[name])[2]):.1f} mm from its plane"
    return tips, lines, found


def _tip(muscle: Surface, centroid: FloatArray) -> FloatArray:
    return muscle.points[int(np.argmin(np.linalg.norm(muscle.points - centroid, axis=1)))].copy()

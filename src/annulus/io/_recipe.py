"""From a recipe to a case: read the files it names, extract the structures, and list every decision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from annulus.anatomy import Artery, Case, Echo, Lead, Loading, Phase
from annulus.errors import FileError
from annulus.io._reading import existing, read_toml
from annulus.io._recipe_annulus import annulus_of
from annulus.io._recipe_files import RecipeFiles
from annulus.io._recipe_leaflets import leaflets_of, papillary_tips_of
from annulus.io._recipe_model import RECIPE_SCHEMA, Recipe
from annulus.io._recipe_vessels import artery_of, lead_of, vein_of
from annulus.io._sanity import NOT_ORIENTED, check_body_axes, check_case, missing_parts
from annulus.io._schema import placed, validated
from annulus.sources import Assumption

__all__ = ["Finding", "Imported", "import_case", "read_recipe"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One structure of an import: what it is, how it was found, and what came out."""

    structure: str
    how: str
    result: str


@dataclass(frozen=True, eq=False)
class Imported:
    """A case made by a recipe, and how each of its parts was found."""

    case: Case
    findings: tuple[Finding, ...]


def read_recipe(path: Path | str) -> Recipe:
    """The recipe in a TOML file.

    Raises
    ------
    MissingFileError, FileError
        No such file, no TOML, another format or version, or an unknown, missing or wrong key.
    """
    file = existing(path)
    data = read_toml(file)
    if data.get("schema") != RECIPE_SCHEMA:
        came = data.get("schema", "no schema key")
        raise FileError(file, "schema", f'must be "{RECIPE_SCHEMA}"; got {came!r}: give a recipe of this version.')
    return validated(Recipe, data, file=file)


def import_case(path: Path | str, *, root: Path | str | None = None, scale: float | None = None) -> Imported:
    """The case that a recipe describes.

    Parameters
    ----------
    path
        Recipe in TOML.
    root
        Folder that the recipe's paths start from; None for the recipe's own folder.
    scale
        Overrides the recipe's `scale`: the finished case is enlarged by it about the annulus centroid.

    Raises
    ------
    MissingFileError, FileError
        Anything wrong in the recipe or in a file that it names: file, place, rule, what came, what to do.
    """
    file = Path(path)
    recipe = read_recipe(file)
    files = RecipeFiles(recipe, file, file.parent if root is None else Path(root))
    findings: list[Finding] = []
    lines: list[Assumption] = []

    surfaces = {name: files.surface(refs, f"surfaces.{name}") for name, refs in recipe.surfaces.items()}
    annulus, how, notes = annulus_of(recipe, files, surfaces)
    lines += notes
    findings.append(Finding("annulus", how, f"{annulus.loop.length:.1f} mm around, {len(annulus.loop)} points"))
    for name, source in annulus.landmark_sources.items():
        findings.append(
            Finding(f"landmark {name}", source, f"theta {float(annulus.theta_deg(annulus.landmarks[name])):.0f} deg")
        )
    if recipe.oriented:
        # Before points of the recipe, which are LPS, are sought on meshes that are not.
        told = bool({"la", "lv"} & surfaces.keys() or recipe.papillary_muscles or recipe.papillary_tips_mm)
        check_body_axes(annulus, file, "annulus", knows_up=told)
    else:
        lines.append(NOT_ORIENTED)

    aortic_annulus = None
    if recipe.aortic_valve is not None and recipe.aortic_valve.annulus is not None:
        aortic_annulus, note = files.ring_around(recipe.aortic_valve.annulus, "aortic_valve.annulus")
        lines.append(note)
        findings.append(Finding("aortic annulus", note.why, f"{aortic_annulus.length:.1f} mm around"))

    vein = None
    if recipe.coronary_sinus is not None:
        vein, found, notes = vein_of(recipe.coronary_sinus, files)
        lines += notes
        findings.append(Finding("coronary sinus", found, _vessel_result(vein.curve.length, vein.curve.radius)))
        findings += [Finding(f"  {part.name}", "", f"{part.from_mm:.1f} to {part.to_mm:.1f} mm") for part in vein.parts]
    arteries: list[Artery] = []
    for index, one in enumerate(recipe.arteries):
        artery, found, notes = artery_of(one, files, f"arteries[{index}]")
        lines += notes
        arteries.append(artery)
        findings.append(
            Finding(f"artery {artery.name}", found, _vessel_result(artery.curve.length, artery.curve.radius))
        )

    leads: list[Lead] = []
    for index, row in enumerate(recipe.leads):
        lead, notes = lead_of(row, files, f"leads[{index}]")
        lines += notes
        leads.append(lead)
        findings.append(
            Finding(f"lead {lead.name}", f"centreline {row.centreline.file}", f"{lead.diameter_mm:g} mm wide")
        )

    tips, notes, found_tips = papillary_tips_of(recipe, files, annulus)
    lines += notes
    for name, words in found_tips.items():
        findings.append(Finding(f"papillary tip {name}", "nearest point to the annulus", words))

    leaflets, notes = leaflets_of(recipe, files, annulus)
    lines += notes
    with placed(file, ""):
        case = Case(
            id=recipe.id,
            annulus=annulus,
            coronary_sinus=vein,
            arteries=tuple(arteries),
            leads=tuple(leads),
            leaflets=leaflets,
            papillary_tips=tips,
            aortic_annulus=aortic_annulus,
            surfaces=surfaces,
            loading=Loading(**recipe.loading.model_dump()),
            echo=Echo(**recipe.echo.model_dump()),
            phase=Phase(recipe.phase),
            source=recipe.source,
            licence=recipe.licence,
            assumptions=tuple(lines),
        )
        check_case(case, file)
        absent = missing_parts(case)
        case = _with_lines(case, absent)
        factor = recipe.scale if scale is None else scale
        if factor is not None:
            case = case.scaled(factor)
            findings.append(Finding("scale", "on request", f"{factor:g}"))
            # What is written must be a heart that can be read again.
            with _scaled_by(factor):
                check_case(case, file)
    findings += [Finding(line.name, line.why, str(line.value)) for line in absent]
    return Imported(case, tuple(findings))


@contextmanager
def _scaled_by(factor: float) -> Iterator[None]:
    try:
        yield
    except FileError as error:
        raise FileError(
            error.file, "scale", f"must leave a heart in mm; enlarged by {factor:g}, {error.place} {error.message}"
        ) from None


def _with_lines(case: Case, lines: tuple[Assumption, ...]) -> Case:
    return replace(case, assumptions=(*case.assumptions, *lines))


def _vessel_result(length: float, radius: np.ndarray | None) -> str:
    if radius is None:
        return f"{length:.1f} mm long, radius unknown"
    return f"{length:.1f} mm long, radius {radius.max():.1f} to {radius.min():.1f} mm"

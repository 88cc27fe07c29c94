"""Recipes: from meshes with known axes to a case, and what a wrong recipe is told."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from annulus.anatomy.measures import measure
from annulus.io import import_case, load_case, read_recipe, save_case, write
from io_samples import heart, recipe_folder

RECIPES = ("bodyparts3d-heart5", "hra-vh-female", "slicer-markups")


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recipe_folder(tmp_path_factory.mktemp("recipe"))


@pytest.mark.parametrize("name", RECIPES)
def test_shipped_recipes_are_valid(repository: Path, name: str) -> None:
    path = repository / "data" / "recipes" / f"{name}.toml"
    assert read_recipe(path).id == name
    schema = json.loads((repository / "docs" / "schemas" / "annulus.recipe-1.json").read_text())
    jsonschema.validate(tomllib.loads(path.read_text()), schema)


def test_recipe_finds_the_curves_the_meshes_were_made_from(recipe: Path) -> None:
    imported = import_case(recipe)
    case, known = imported.case, heart()
    assert case.coronary_sinus is not None and known.coronary_sinus is not None
    # The ring tube is 12-sided and the loop has a point each millimetre.
    assert case.annulus.loop.closest(known.annulus.loop.points)[1].max() < 0.15
    # Tube ends are capped, so the axis may end up to a radius early; it begins at the ostium point given.
    assert np.linalg.norm(case.coronary_sinus.curve.points[0] - known.coronary_sinus.curve.points[0]) < 1.0
    assert case.coronary_sinus.curve.length == pytest.approx(known.coronary_sinus.curve.length, rel=0.02)
    radius, true = case.coronary_sinus.curve.radius, known.coronary_sinus.curve.radius
    assert radius is not None and true is not None
    assert np.interp([0.3, 0.5, 0.7], np.linspace(0, 1, len(radius)), radius) == pytest.approx(
        [4.1, 3.5, 2.9], rel=0.05
    )
    assert [artery.name for artery in case.arteries] == ["lcx"]
    # A faces the aortic valve, which the sample puts at theta 0 of its frame.
    assert np.linalg.norm(case.annulus.landmarks["A"] - known.annulus.landmarks["A"]) < 1.0
    assert case.annulus.landmark_sources["A"] == "facing the aortic valve"
    names = {line.name for line in case.assumptions}
    assert {"landmark A", "leaflets"} <= names and "circumflex" not in names
    assert {"annulus", "coronary sinus", "artery lcx", "leaflets"} <= {
        finding.structure for finding in imported.findings
    }


def test_an_imported_case_survives_its_file(recipe: Path, tmp_path: Path) -> None:
    case = import_case(recipe).case
    save_case(case, tmp_path / "case.json")
    assert load_case(tmp_path / "case.json").digest == case.digest


def test_scale_is_listed_and_overridden(recipe: Path) -> None:
    plain, large = import_case(recipe).case, import_case(recipe, scale=1.25).case
    assert large.annulus.loop.length == pytest.approx(1.25 * plain.annulus.loop.length, rel=1e-12)
    assert [line.value for line in large.assumptions if line.name == "scale"] == [1.25]


def test_root_says_where_the_files_lie(recipe: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "recipe.toml"
    elsewhere.write_text(recipe.read_text())
    assert import_case(elsewhere, root=recipe.parent).case.digest == import_case(recipe).case.digest


def test_reverse_turns_the_vein(recipe: Path, tmp_path: Path) -> None:
    text = recipe.read_text()
    wrong_end = heart().coronary_sinus.curve.points[-1]  # type: ignore[union-attr]
    lines = text.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("ostium"))
    lines[at] = f"ostium = {{ near_point_mm = {wrong_end.tolist()} }}\nreverse = true"
    (tmp_path / "r.toml").write_text("\n".join(lines))
    turned = import_case(tmp_path / "r.toml", root=recipe.parent).case
    straight = import_case(recipe).case
    np.testing.assert_allclose(
        turned.coronary_sinus.curve.points[0],  # type: ignore[union-attr]
        straight.coronary_sinus.curve.points[0],  # type: ignore[union-attr]
        atol=0.3,
    )
    assert any(line.name.endswith("direction") for line in turned.assumptions)


CONTOUR = """
schema = "annulus.recipe/1"
id = "drawn"
[annulus]
from = "contour"
contour = "drawn.mrk.json#AnnulusContour"
landmarks_from = "labels.mrk.json"
[coronary_sinus]
centreline = "drawn.mrk.json#CoronarySinus"
[[arteries]]
name = "lcx"
centreline = "drawn.mrk.json#LCx"
"""


def test_curves_drawn_in_slicer_become_a_case(tmp_path: Path) -> None:
    known = heart()
    write(known, tmp_path / "drawn.mrk.json")
    markups = json.loads((tmp_path / "drawn.mrk.json").read_text())
    markups["markups"] = [item for item in markups["markups"] if item["name"] == "AnnulusLabels"]
    (tmp_path / "labels.mrk.json").write_text(json.dumps(markups))
    (tmp_path / "r.toml").write_text(CONTOUR)
    case = import_case(tmp_path / "r.toml").case
    assert case.annulus.loop.points.tobytes() == known.annulus.loop.points.tobytes()
    assert dict(case.annulus.landmark_sources) == dict.fromkeys(("A", "P", "AL", "PM", "LT", "RT"), "given")
    ours, theirs = measure(case).to_dict(), measure(known).to_dict()
    assert ours["circumflex"] == theirs["circumflex"]


def test_a_sparse_contour_is_splined_and_says_so(tmp_path: Path) -> None:
    known = heart()
    sparse = known.annulus.loop.resampled(16)
    write(sparse, tmp_path / "drawn.mrk.json")
    (tmp_path / "r.toml").write_text(
        'schema = "annulus.recipe/1"\nid = "x"\n[annulus]\nfrom = "contour"\ncontour = "drawn.mrk.json"\n'
    )
    case = import_case(tmp_path / "r.toml").case
    assert case.annulus.loop.length == pytest.approx(known.annulus.loop.length, rel=2e-3)
    names = [line.name for line in case.assumptions]
    assert {"contour_spline", "atrial_side", "landmark A", "coronary_sinus", "circumflex", "leaflets"} <= set(names)

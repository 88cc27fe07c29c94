"""Leaflets, tips and chordae from a recipe, and through a case file; wrong ones are refused with their place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from annulus.anatomy import ChordaeLengths, ChordaeParameters, Leaflets, LeafletThickness
from annulus.anatomy.valve import valve_of_case
from annulus.errors import FileError
from annulus.io import import_case, load_case, save_case, write
from io_samples import heart

HEAD = 'schema = "annulus.recipe/1"\nid = "x"\n[annulus]\nfrom = "contour"\ncontour = "drawn.mrk.json"\n'
TAIL = """
[leaflets]
cleft_depth_mm = 3.0
sizes = { anterior_height_mm = 23.0, posterior_height_mm = 13.0, commissural_height_mm = 7.0, scallop_depth_mm = 2.0 }
thickness = { anterior_mm = 0.9 }
chordae = { n_marginal = 8, marginal_slack_mm = -1.0, lengths = "own-tips" }
"""


def import_text(folder: Path, text: str):
    write(heart().annulus.loop, folder / "drawn.mrk.json")
    (folder / "r.toml").write_text(HEAD + text)
    return import_case(folder / "r.toml").case


def test_a_recipe_gives_leaflets_and_chordae(tmp_path: Path) -> None:
    case = import_text(tmp_path, TAIL)
    assert case.leaflets is not None
    assert case.leaflets.heights is not None
    assert case.leaflets.thickness == LeafletThickness(anterior_mm=0.9)
    assert case.leaflets.chordae == ChordaeParameters(
        n_marginal=8, marginal_slack_mm=-1.0, lengths=ChordaeLengths.OWN_TIPS
    )
    assert case.leaflets.heights.at(0.0) == pytest.approx(23.0)
    assert "leaflet_heights" in [line.name for line in case.assumptions]
    valve, _ = valve_of_case(case)
    assert (valve.chordae.group == 0).sum() == 16
    assert valve.thickness_mm.max() == 0.9
    # The clefts split columns.
    assert len(valve.surface.points) > 80 * 11


def test_heights_by_angle(tmp_path: Path) -> None:
    case = import_text(
        tmp_path, "[leaflets.heights]\ntheta_deg = [0.0, 120.0, 240.0]\nheight_mm = [22.0, 12.0, 12.0]\n"
    )
    assert case.leaflets is not None
    assert case.leaflets.heights is not None
    assert case.leaflets.heights.at(60.0) == pytest.approx(17.0)
    assert case.leaflets.chordae is None


def test_case_file_keeps_them(tmp_path: Path) -> None:
    case = heart()
    assert case.leaflets is not None
    known = Leaflets(
        heights=case.leaflets.heights,
        thickness=LeafletThickness(0.8, 0.5, 1.2, 0.4),
        chordae=ChordaeParameters(n_strut=0, basal_slack_mm=1.5),
        cleft_depth_mm=2.5,
    )
    case = replace(case, leaflets=known)
    save_case(case, tmp_path / "case.json")
    back = load_case(tmp_path / "case.json")
    assert back.leaflets is not None
    assert (back.leaflets.thickness, back.leaflets.chordae) == (known.thickness, known.chordae)
    assert back.leaflets.cleft_depth_mm == 2.5
    assert back.digest == case.digest
    moved = back.transformed(np.eye(3), (1.0, 2.0, 3.0))
    assert moved.leaflets is not None
    assert moved.leaflets.chordae == known.chordae


@pytest.mark.parametrize(
    ("old", "new", "place", "sentence"),
    [
        ("n_marginal = 8", "n_marginals = 8", "leaflets.chordae", "did you mean 'n_marginal'"),
        ("n_marginal = 8", "n_marginal = -8", "leaflets.chordae", "n_marginal must lie in [0, 60]"),
        ('"own-tips"', '"long"', "leaflets.chordae.lengths", "must be 'own-tips' or 'up-to-normal'"),
        ("anterior_mm = 0.9", "anterior_mm = -0.9", "leaflets.thickness", "anterior_mm must lie"),
        ("posterior_height_mm = 13.0", "posterior_height_mm = 3.0", "leaflets.sizes", "commissural_height_mm must be"),
        ("cleft_depth_mm = 3.0", "cleft_depth_mm = -3.0", "leaflets.cleft_depth_mm", "cleft_depth_mm must lie"),
        ("cleft_depth_mm = 3.0", "heights = { theta_deg = [0, 1], height_mm = [1] }", "leaflets", "heights"),
    ],
)
def test_wrong_ones_are_refused(tmp_path: Path, old: str, new: str, place: str, sentence: str) -> None:
    with pytest.raises(FileError) as caught:
        import_text(tmp_path, TAIL.replace(old, new))
    assert place in str(caught.value)
    assert sentence in str(caught.value)

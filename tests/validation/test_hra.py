"""Human Reference Atlas, Visible Human Female heart: glTF in metres, y up, with the defects of modelled anatomy.

Expected numbers: measured once with other tools on the same meshes (`reference_crude.json` beside the data).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annulus.anatomy import Case
from annulus.anatomy.measures import measure
from annulus.io import import_case, read_mesh


@pytest.fixture(scope="module")
def case(shared_anatomy: Path, repository: Path) -> Case:
    return import_case(
        repository / "data" / "recipes" / "hra-vh-female.toml", root=shared_anatomy / "hra-vh-female"
    ).case


@pytest.fixture(scope="module")
def measures(case: Case) -> dict[str, Any]:
    return measure(case).to_dict()


def test_metres_with_y_up_become_lps_millimetres(shared_anatomy: Path) -> None:
    folder = shared_anatomy / "hra-vh-female"
    ours = read_mesh(folder / "original" / "VH_F_Heart.glb", node="VH_F_mitral_valve")
    theirs = read_mesh(folder / "ply" / "mitral_valve.ply", unit="mm", coordinate_system="LPS")
    for side in (np.min, np.max):
        np.testing.assert_allclose(side(ours.points, axis=0), side(theirs.points, axis=0), atol=0.01)
    assert ours.area == pytest.approx(theirs.area, rel=1e-3)


@pytest.mark.parametrize(
    ("key", "expected", "tolerance"),
    [
        # The annulus lies between the two sheets, the crude one on the outer: within about 1 mm on each side.
        ("perimeter_3d_mm", 101.1, 3.0),
        ("area_2d_mm2", 664.0, 40.0),
        ("height_mm", 6.7, 1.0),
    ],
)
def test_annulus(measures: dict[str, Any], key: str, expected: float, tolerance: float) -> None:
    assert measures["annulus"][key] == pytest.approx(expected, abs=tolerance)


def test_vein_is_far_from_the_annulus(measures: dict[str, Any]) -> None:
    vein = measures["coronary_sinus"]
    assert vein["annulus_distance_min_mm"] == pytest.approx(10.6, abs=1.0)
    # 209.6 mm of tube, of which about 24 mm lie before the right atrium and are cut off.
    assert vein["length_mm"] == pytest.approx(209.6 - 24.0, rel=0.05)


def test_overlap_of_vein_and_circumflex_is_reported(case: Case, measures: dict[str, Any]) -> None:
    assert measures["circumflex"]["min_gap_before_mm"] < -1.0
    assert measures["circumflex"]["arteries"][0]["walls_overlap_mm"] > 0.0
    assert "coronary_sinus_ostium" in {line.name for line in case.assumptions}

"""BodyParts3D heart5.0i, imported by the shipped recipe.

Expected numbers: measured once with other tools (voxel distance maps, angular binning; `reference_crude.json` beside
the data) with the tolerances of that comparison. They are for comparison, not truth.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annulus.anatomy import Case
from annulus.anatomy.measures import measure
from annulus.io import Imported, import_case, load_case, save_case, validate_result


@pytest.fixture(scope="module")
def imported(shared_anatomy: Path, repository: Path) -> Imported:
    return import_case(
        repository / "data" / "recipes" / "bodyparts3d-heart5.toml", root=shared_anatomy / "bodyparts3d-heart5"
    )


@pytest.fixture(scope="module")
def case(imported: Imported) -> Case:
    return imported.case


@pytest.fixture(scope="module")
def measures(case: Case) -> dict[str, Any]:
    return measure(case).to_dict()


@pytest.mark.parametrize(
    ("key", "expected", "tolerance"),
    [
        ("ap_mm", 31.4, 1.5),
        ("alpm_mm", 35.8, 1.5),
        ("area_2d_mm2", 932.0, 0.05 * 932.0),
        ("perimeter_3d_mm", 112.0, 0.03 * 112.0),
        ("height_mm", 4.2, 1.0),
    ],
)
def test_annulus(measures: dict[str, Any], key: str, expected: float, tolerance: float) -> None:
    assert measures["annulus"][key] == pytest.approx(expected, abs=tolerance)


def test_no_commissural_width_without_commissures(measures: dict[str, Any]) -> None:
    assert "cw_mm" not in measures["annulus"]


def test_annulus_follows_the_crude_contour(case: Case, shared_anatomy: Path) -> None:
    crude = json.loads((shared_anatomy / "bodyparts3d-heart5" / "reference_crude.json").read_text())["annulus"]
    distance = case.annulus.loop.closest(np.array(crude["points"]))[1]
    # The tube's radius is 0.86 mm; the crude contour comes from binned vertices.
    assert distance.mean() < 0.3 and distance.max() < 1.0
    assert case.annulus.frame.axes[2] @ np.array(crude["normal_to_LA"]) > np.cos(np.radians(5.0))


def test_vein_lengths(measures: dict[str, Any]) -> None:
    vein = measures["coronary_sinus"]
    assert vein["length_mm"] == pytest.approx(192.0, rel=0.05)
    sinus, cardiac = vein["parts"]
    assert (sinus["name"], cardiac["name"]) == ("coronary sinus", "great cardiac vein")
    assert sinus["to_mm"] == pytest.approx(60.0, rel=0.05)


def test_vein_lies_beside_the_annulus(case: Case) -> None:
    vein = case.coronary_sinus
    assert vein is not None
    stations = vein.curve.at(np.arange(0.0, 85.5, 0.5))
    distance = case.annulus.loop.closest(stations)[1]
    # The crude figure steps by 1 mm along the vein; ours passes 15 mm at about 84.7 mm, so the last step is 15.1 mm.
    assert distance.min() >= 5.0
    assert distance.max() <= 15.2
    assert distance.mean() == pytest.approx(8.1, abs=1.0)


def test_one_crossing_on_the_ventricular_side(measures: dict[str, Any]) -> None:
    (crossing,) = measures["circumflex"]["crossings"]
    assert crossing["cs_s_mm"] == pytest.approx(43.0, abs=4.0)
    assert crossing["side"] == "ventricular" and 45.0 < crossing["side_deg"] < 135.0
    # About zero or slightly negative; the crude figure for the smallest gap is -0.8 mm.
    assert -1.5 < crossing["gap_before_mm"] < 0.3
    assert measures["circumflex"]["min_gap_before_mm"] < 0.0


def test_artery_lies_outside_before_and_inside_after_the_crossing(measures: dict[str, Any]) -> None:
    profile = measures["circumflex"]["arteries"][0]["profile"]
    s, side = np.array(profile["cs_s_mm"]), np.array(profile["side_deg"], dtype=float)
    before, after = side[(s > 25.0) & (s < 38.0)], side[(s > 48.0) & (s < 70.0)]
    # 0 towards the annulus, 180 outside: the cosine is negative outside.
    assert (np.cos(np.radians(before)) < 0.0).all()
    assert (np.cos(np.radians(after)) > 0.0).all()


def test_every_decision_is_listed(case: Case, imported: Imported) -> None:
    names = {line.name for line in case.assumptions}
    assert {"landmark A", "papillary_tip_AL", "papillary_tip_PM", "leaflet_meshes", "aortic_annulus"} <= names
    assert any("coronary_sinus" in name for name in names)
    assert any("ostium landmark" in finding.how for finding in imported.findings)


def test_case_and_measures_survive_their_files(case: Case, measures: dict[str, Any], tmp_path: Path) -> None:
    save_case(case, tmp_path / "case.json")
    assert load_case(tmp_path / "case.json").digest == case.digest
    validate_result(measures)

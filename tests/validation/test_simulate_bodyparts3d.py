"""A first prediction on real anatomy: BodyParts3D heart 5.0i (Mitsuhashi 2009), enlarged to a dilated annulus.

Nothing published says what this heart does; expected are balance, monotony and signs.
"""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import jsonschema
import pytest

from annulus.anatomy import Case
from annulus.heart import ClosureSettings
from annulus.io import import_case, validate_result
from annulus.planning import simulate
from annulus.prediction import Result

TRACTION_N = (0.5, 1.0, 1.5, 2.0)
DISTAL_MM = 90.0  # in the great cardiac vein, which begins at 70 mm after scaling


@pytest.fixture(scope="module")
def case(shared_anatomy: Path, repository: Path) -> Case:
    recipe = repository / "data" / "recipes" / "bodyparts3d-heart5.toml"
    return import_case(recipe, root=shared_anatomy / "bodyparts3d-heart5", scale=1.2).case


@pytest.fixture(scope="module")
def results(case: Case) -> list[Result]:
    return [simulate(case, "carillon-9-18-60", distal_at_mm=DISTAL_MM, traction_n=pull) for pull in TRACTION_N]


def test_distal_anchor_lies_in_the_great_cardiac_vein(case: Case) -> None:
    assert case.coronary_sinus is not None
    part = next(p for p in case.coronary_sinus.parts if p.from_mm <= DISTAL_MM < p.to_mm)
    assert part.name == "great cardiac vein"


def test_ap_falls_with_traction(results: list[Result]) -> None:
    for states in ("traction", "after"):
        ap = [results[0].before.ap_mm, *(getattr(result, states).ap_mm for result in results)]
        assert all(later < earlier for earlier, later in pairwise(ap)), (states, ap)


def test_locked_recoils_from_traction(results: list[Result]) -> None:
    for result in results:
        assert result.traction.ap_mm < result.after.ap_mm < result.before.ap_mm
        assert 0.0 < result["therapy.locked_tension_n"] < result["therapy.traction_n"]


def test_forces_balance(results: list[Result]) -> None:
    for result in results:
        solver = result.to_dict()["solver"]
        assert solver["status"] == "converged"
        assert solver["residual_n"] < 1e-6
        assert solver["net_force_n"] < 1e-6


def test_result_obeys_its_published_schema(results: list[Result], repository: Path) -> None:
    document = json.loads(json.dumps(results[-1].to_dict(), allow_nan=False))
    validate_result(document)
    jsonschema.validate(document, json.loads((repository / "docs" / "schemas" / "annulus.result-2.json").read_text()))


def test_overlap_at_the_crossing_is_reported(results: list[Result]) -> None:
    """The atlas' artery touches the vein; scaling makes the overlap larger, and it is not hidden."""
    circumflex = results[0].to_dict()["circumflex"]
    assert isinstance(circumflex, dict)
    assert circumflex["min_gap_before_mm"] < 0.0
    assert all("gap_after_mm" in crossing for crossing in circumflex["crossings"])


def test_own_leaflets_close(case: Case) -> None:
    """Heights from the meshes, tips of the muscles: the leaflets come to rest without passing through each other, and
    cinching brings them nearer. The orifice is no expectation: nobody knows this heart's."""
    settings = ClosureSettings(n_columns=48, n_rows=6)
    result = simulate(case, "carillon-9-18-60", distal_at_mm=DISTAL_MM, plication_mm=8.0, closure=settings)
    assert result.converged
    before, after = result.closures.values()
    for state in (before, after):
        assert state.solution is not None and len(state.solution.interpenetrations()) == 0
        assert 0.0 < state.measures["roa_mm2"] < 0.15 * result.before.area_2d_mm2
    assert after.measures["roa_mm2"] < before.measures["roa_mm2"]
    assert after.measures["coapt_height_mean_mm"] > before.measures["coapt_height_mean_mm"]
    validate_result(result.to_dict())
    names = {line.name for line in result.assumptions}
    assert {"leaflet_heights", "systolic_gradient_mmhg", "papillary_tip_AL", "papillary_tips_after"} <= names

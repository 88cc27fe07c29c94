"""case.json: every bit comes back, the published schema is the code's, and versions are kept apart."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annulus.anatomy import Case
from annulus.errors import FileError
from annulus.io import load_case, missing_parts, save_case, schema_files
from io_samples import case_document, fitted_out, heart


def _arrays(case: Case) -> list[np.ndarray]:
    vein = case.coronary_sinus
    assert vein is not None and case.leaflets is not None and case.aortic_annulus is not None
    heights = case.leaflets.heights
    assert heights is not None and case.leaflets.anterior is not None
    curves = [vein.curve, *(artery.curve for artery in case.arteries)]
    return [
        case.annulus.loop.points,
        *case.annulus.landmarks.values(),
        *(
            values
            for curve in curves
            for values in (curve.points, curve.radius, curve.mis_radius)
            if values is not None
        ),
        heights.theta_deg,
        heights.height_mm,
        case.aortic_annulus.points,
        *case.papillary_tips.values(),
        *(
            array
            for mesh in (*case.surfaces.values(), case.leaflets.anterior)
            for array in (mesh.points, mesh.triangles)
        ),
    ]


def test_round_trip_is_bit_exact(tmp_path: Path) -> None:
    case = heart()
    save_case(case, tmp_path / "deep" / "case.json")
    back = load_case(tmp_path / "deep" / "case.json")
    assert [a.tobytes() for a in _arrays(back)] == [a.tobytes() for a in _arrays(case)]
    assert back.digest == case.digest
    for name in ("id", "phase", "source", "licence", "loading", "echo", "assumptions"):
        assert getattr(back, name) == getattr(case, name)
    assert back.annulus.landmark_sources == case.annulus.landmark_sources
    assert back.coronary_sinus is not None
    assert back.coronary_sinus.parts == case.coronary_sinus.parts  # type: ignore[union-attr]
    assert list(back.surfaces) == ["la", "left ventricle"]


def test_what_lies_in_the_vein_comes_back(tmp_path: Path) -> None:
    case = fitted_out()
    save_case(case, tmp_path / "case.json")
    back = load_case(tmp_path / "case.json")
    assert back.digest == case.digest != heart().digest
    for name in ("parts", "branches", "valves_mm", "stents"):
        assert getattr(back.coronary_sinus, name) == getattr(case.coronary_sinus, name)
    assert [(lead.name, lead.diameter_mm) for lead in back.leads] == [("lv lead", 1.7)]
    assert back.leads[0].curve.points.tobytes() == case.leads[0].curve.points.tobytes()
    document = json.loads((tmp_path / "case.json").read_text())
    # Absent is unknown: a case without them has no such keys.
    save_case(heart(), tmp_path / "bare.json")
    bare = json.loads((tmp_path / "bare.json").read_text())
    assert {"leads"} == document.keys() - bare.keys()
    assert document["coronary_sinus"].keys() - bare["coronary_sinus"].keys() == {"branches", "valves_mm", "stents"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"branches": [{"name": "b", "at_mm": 500.0, "diameter_mm": 2.0}]}, "branch 'b' must lie in"),
        ({"branches": [{"name": "b", "at_mm": 5.0, "diameter_mm": 0.0}]}, "must have a diameter > 0"),
        ({"valves_mm": [-3.0]}, "valve must lie in"),
        (
            {"stents": [{"name": "s", "from_mm": 20.0, "to_mm": 10.0}]},
            "stent 's' must lie in .* its start before its end",
        ),
    ],
)
def test_impossible_things_in_the_vein(tmp_path: Path, change: dict[str, object], told: str) -> None:
    document = case_document(tmp_path)
    document["coronary_sinus"] |= change
    (tmp_path / "case.json").write_text(json.dumps(document))
    with pytest.raises(FileError, match=f"coronary_sinus.*{told}"):
        load_case(tmp_path / "case.json")


def test_a_scaled_vein_carries_what_lies_in_it() -> None:
    """Arc lengths and a branch's diameter scale with the heart; a lead's diameter is a device's and stays."""
    case, large = fitted_out(), fitted_out().scaled(1.5)
    vein, wide = case.coronary_sinus, large.coronary_sinus
    assert vein is not None and wide is not None
    assert wide.branches[0].at_mm == pytest.approx(1.5 * vein.branches[0].at_mm)
    assert wide.branches[0].diameter_mm == pytest.approx(1.5 * vein.branches[0].diameter_mm)
    assert wide.valves_mm == pytest.approx([1.5 * s for s in vein.valves_mm])
    assert wide.stents[0].to_mm == pytest.approx(1.5 * vein.stents[0].to_mm)
    assert large.leads[0].diameter_mm == case.leads[0].diameter_mm


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shift=st.tuples(*[st.floats(-2000.0, 2000.0, allow_subnormal=True)] * 3), scale=st.floats(0.7, 1.6))
def test_any_placed_case_comes_back(tmp_path: Path, shift: tuple[float, float, float], scale: float) -> None:
    case = heart().transformed(scale * np.eye(3), shift)
    save_case(case, tmp_path / "case.json")
    assert load_case(tmp_path / "case.json").digest == case.digest


def test_second_save_is_the_same_text(tmp_path: Path) -> None:
    save_case(heart(), tmp_path / "case.json")
    first = (tmp_path / "case.json").read_text()
    save_case(load_case(tmp_path / "case.json"), tmp_path / "case.json")
    assert (tmp_path / "case.json").read_text() == first


def test_case_obeys_its_published_schema(tmp_path: Path, repository: Path) -> None:
    schema = json.loads((repository / "docs" / "schemas" / "annulus.case-1.json").read_text())
    document = case_document(tmp_path)
    jsonschema.validate(document, schema)
    document["annulus"]["points"] = []
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema)


@pytest.mark.parametrize("name", sorted(schema_files()))
def test_published_schema_is_in_step(name: str, repository: Path) -> None:
    # To write them again: python -m annulus.io._write_schemas docs/schemas
    assert (repository / "docs" / "schemas" / name).read_text(encoding="utf-8") == schema_files()[name]


def test_absent_parts_stay_absent_and_are_listed(tmp_path: Path) -> None:
    case = Case(id="bare", annulus=heart().annulus)
    save_case(case, tmp_path / "case.json")
    document = json.loads((tmp_path / "case.json").read_text())
    assert "coronary_sinus" not in document
    back = load_case(tmp_path / "case.json")
    assert back.coronary_sinus is None and back.leaflets is None and back.arteries == ()
    assert [line.name for line in missing_parts(back)] == ["coronary_sinus", "circumflex", "leaflets", "handedness"]


def test_file_error_survives_pickling(tmp_path: Path) -> None:
    (tmp_path / "case.json").write_text("{")
    with pytest.raises(FileError) as caught:
        load_case(tmp_path / "case.json")
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)


def test_two_surfaces_do_not_share_a_file(tmp_path: Path) -> None:
    mesh = heart().surfaces["la"]
    case = Case(id="x", annulus=heart().annulus, surfaces={"a b": mesh, "a_b": mesh.transformed(1.5 * np.eye(3))})
    save_case(case, tmp_path / "case.json")
    back = load_case(tmp_path / "case.json")
    assert back.surfaces["a_b"].points[0, 0] == 1.5 * back.surfaces["a b"].points[0, 0]

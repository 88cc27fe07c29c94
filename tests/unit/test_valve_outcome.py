"""`valve_outcome`, `leak`, `beat_of_case`: keys, closed forms, and what a valve that never came under pressure gives.

Meshes are coarse: numbers here say that the parts fit together, not what a valve does.
"""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from annulus.anatomy import Case, Echo, Loading
from annulus.anatomy.valve import CHORDAE_GROUPS, Valve, valve_of_case
from annulus.errors import InputError
from annulus.geometry import Loop
from annulus.outcomes import (
    BLOOD_DENSITY,
    CONTRACTION,
    HINGE_REGIONS,
    Beat,
    ValveOutcome,
    annular_tension,
    beat_of_case,
    closure_measures,
    hinge_regions,
    leak,
    valve_outcome,
)
from leaky_heart import leaky_heart


@pytest.fixture(scope="module")
def case() -> Case:
    return leaky_heart()


@pytest.fixture(scope="module")
def valve(case: Case) -> Valve:
    return valve_of_case(case, n_columns=40, n_rows=6)[0]


@pytest.fixture(scope="module")
def outcome(valve: Valve) -> ValveOutcome:
    return valve_outcome(valve, pressure_mmhg=105.0)


def test_keys_and_sums(valve: Valve, outcome: ValveOutcome) -> None:
    assert outcome.converged and outcome.status == "converged" and outcome.solution is not None
    assert outcome.points is not None
    measures = outcome.measures
    assert closure_measures(valve, outcome.points).keys() <= measures.keys()
    assert measures["roa_mm2"] == pytest.approx(sum(jet.area_mm2 for jet in outcome.jets))
    assert measures["eroa_mm2"] == pytest.approx(np.pi / (np.pi + 2.0) * measures["roa_mm2"])
    assert measures["vena_contracta_area_mm2"] == measures["eroa_mm2"]
    tension = outcome.solution.chordae_tension_n
    assert measures["chordae_tension_max_n"] == tension.max()
    by_group = sum(measures[f"chordae_tension_{group}_sum_n"] for group in CHORDAE_GROUPS)
    assert by_group == pytest.approx(tension.sum()) and measures["chordae_tension_sum_n"] == pytest.approx(
        tension.sum()
    )
    assert {f"annular_tension_{name}_n_per_m" for name in HINGE_REGIONS} <= measures.keys()
    block = outcome.to_dict()
    assert block["model"] == "full closure" and block["status"] == "converged"
    assert "roa_mm2" not in block and "a2p2_tenting_height_mm" in block
    names = {line.name for line in outcome.assumptions}
    assert {"leaflet_material", "contact_distance_mm", "closure"} <= names


def test_forces_balance(valve: Valve, outcome: ValveOutcome) -> None:
    """Pressure, chordae and annulus hold the leaflets: their sum is what single vertices may keep."""
    solution = outcome.solution
    assert solution is not None
    a, b, c = (solution.points[valve.surface.triangles[:, k]] for k in range(3))
    pressure = -105.0 * 133.322387415e-6 * 0.5 * solution.pressure_share @ np.cross(b - a, c - a)
    chordae = valve.chordae
    way = valve.tips[chordae.tip] - chordae.ends(solution.points)
    held = (solution.chordae_tension_n / np.linalg.norm(way, axis=1)) @ way
    assert np.abs(np.abs(pressure) - np.abs(held + solution.hinge_force_n.sum(axis=0))).max() < 1e-3


def test_tension_of_a_uniform_pull(valve: Valve, outcome: ValveOutcome) -> None:
    """A hinge on a circle with f outwards at each of its k vertices: k f over the circumference, everywhere."""
    solution = outcome.solution
    assert solution is not None
    k = len(valve.hinge)
    angle = 2.0 * np.pi * np.arange(k) / k
    out = np.column_stack([np.cos(angle), np.sin(angle), np.zeros(k)])
    points = np.array(solution.points)
    points[valve.hinge] = 20.0 * out
    length = Loop(20.0 * out).length
    told = annular_tension(replace(solution, points=points, hinge_force_n=0.3 * out))
    for name in HINGE_REGIONS:
        assert told[f"annular_tension_{name}_n_per_m"] == pytest.approx(1e3 * 0.3 * k / length)
        assert told[f"annular_pull_{name}_n_per_m"] == pytest.approx(1e3 * 0.3 * k / length)
    up = annular_tension(replace(solution, points=points, hinge_force_n=np.tile([0.0, 0.0, 0.4], (k, 1))))
    for name in HINGE_REGIONS:
        assert up[f"annular_tension_{name}_n_per_m"] == pytest.approx(1e3 * 0.4 * k / length)
        assert up[f"annular_pull_{name}_n_per_m"] == pytest.approx(0.0, abs=1e-9)


def test_regions_of_the_hinge(valve: Valve) -> None:
    region = hinge_regions(valve)
    y = valve.frame.to_local(valve.surface.points[valve.hinge])[:, 1]
    assert set(region) == {0, 1, 2}
    assert y[region == 0].min() > y[region == 1].max()
    # Twice twice five percent of the length, in steps of a column.
    assert 0.1 < (region == 2).mean() < 0.3


def test_a_valve_that_cannot_close_is_a_result(case: Case) -> None:
    leaflets = case.leaflets
    assert leaflets is not None and leaflets.heights is not None
    short = replace(leaflets, heights=replace(leaflets.heights, height_mm=0.5 * leaflets.heights.height_mm))
    valve, _ = valve_of_case(replace(case, leaflets=short), n_columns=40, n_rows=4)
    told = valve_outcome(valve, pressure_mmhg=105.0)
    assert told.measures["roa_mm2"] > 300.0
    assert told.measures["coapt_area_mm2"] == 0.0


def test_a_valve_that_gets_stuck_has_no_measures(valve: Valve) -> None:
    """The two hinge vertices that are tied cannot move."""
    pair = [[int(valve.hinge[0]), int(valve.hinge[len(valve.hinge) // 2])]]
    told = valve_outcome(valve, ties=pair, pressure_mmhg=105.0)
    assert told.status == "stuck" and not told.converged and not told.measured
    assert told.to_dict() == {"model": "full closure", "status": "stuck", "pressure_mmhg": 105.0}
    assert leak(told, Beat(), scheme="ASE 2017") == {}


def test_pickles(outcome: ValveOutcome) -> None:
    again = pickle.loads(pickle.dumps(outcome))
    assert dict(again.measures) == dict(outcome.measures) and again.jets == outcome.jets


def test_kind_must_be_known(valve: Valve) -> None:
    with pytest.raises(InputError, match="closure must be full or fast; got 'none'"):
        valve_outcome(valve, kind="none")


def test_leak_by_the_orifice_equation(outcome: ValveOutcome) -> None:
    """V = EROA sqrt(2 p / rho) t: in SI units, by hand."""
    beat = Beat(gradient_mmhg=100.0, systole_s=0.25, ejection_fraction_percent=60.0, end_diastolic_ml=300.0)
    told = leak(outcome, beat, scheme="ASE 2017")
    speed = (2.0 * 100.0 * 133.322387415 / BLOOD_DENSITY.value) ** 0.5
    volume = CONTRACTION.value * outcome.measures["roa_mm2"] * 1e-6 * speed * 0.25 * 1e6
    assert told["regurgitant_volume_ml"] == pytest.approx(volume)
    assert told["regurgitant_fraction_percent"] == pytest.approx(100.0 * volume / 180.0)
    assert told["n_jets"] == len(outcome.jets)
    eroa = CONTRACTION.value * outcome.measures["roa_mm2"]
    assert eroa > 40.0
    assert told["grade_by"] == "eroa" and told["grade"] == told["grades"]["eroa"] == "severe"
    assert leak(outcome, beat).keys().isdisjoint({"grade", "grades", "scheme"})
    by_area = leak(outcome, beat, scheme="3D echo")
    assert by_area["grade_by"] == "vena_contracta_area"
    # More than the ventricle ejects: no fraction.
    small = replace(beat, end_diastolic_ml=20.0)
    assert "regurgitant_fraction_percent" not in leak(outcome, small)
    with pytest.raises(InputError, match="scheme must be one of"):
        leak(outcome, beat, scheme="ASE 1917")


def test_beat_of_a_case(case: Case) -> None:
    told, lines = beat_of_case(case)
    assert told.gradient_mmhg == 105.0 and told.systole_s == 0.30
    assert told.systole_s + told.diastole_s == pytest.approx(60.0 / 70.0)
    assert {line.name for line in lines} == {"systole_s", "contraction_coefficient", "blood_density"}
    assert told.stroke_ml is None and told.filling_ml(30.0) == told.forward_ml + 30.0
    echo = Echo(heart_rate_bpm=90.0, ejection_fraction_percent=40.0, end_diastolic_volume_ml=200.0)
    known, _ = beat_of_case(replace(case, echo=echo))
    assert known.systole_s == pytest.approx(0.35 * 60.0 / 90.0) and known.stroke_ml == pytest.approx(80.0)
    assert known.filling_ml(30.0) == pytest.approx(80.0)
    _, assumed = beat_of_case(replace(case, loading=Loading()))
    assert "systolic_gradient_mmhg" in {line.name for line in assumed}
    with pytest.raises(InputError, match="lv_pressure_mmhg above la_pressure_mmhg"):
        beat_of_case(replace(case, loading=Loading(10.0, 20.0)))
    with pytest.raises(InputError, match=r"gradient_mmhg must lie in \(0, 300\]"):
        Beat(gradient_mmhg=400.0)


def test_volume_enters_the_digest_only_where_given(case: Case) -> None:
    bare = replace(case, echo=Echo(heart_rate_bpm=70.0))
    with_volume = replace(case, echo=Echo(heart_rate_bpm=70.0, end_diastolic_volume_ml=200.0))
    assert bare.digest != with_volume.digest

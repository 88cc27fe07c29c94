"""Closure before and after a device, ring or clip: the blocks of the result, signs, and what is refused.

Coarse meshes: signs and bookkeeping, not predictions.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annulus.anatomy import Case, Echo
from annulus.anatomy.parametric import preset
from annulus.cli import main
from annulus.devices import EdgeToEdgeClip, SurgicalRing, parse_therapy
from annulus.errors import InputError
from annulus.io import validate_result
from annulus.mechanics.network import carried_annulus
from annulus.outcomes import Beat
from annulus.planning import (
    Baseline,
    ClosurePlan,
    ComparatorResult,
    SimulationResult,
    baseline_of,
    simulate,
    simulate_clip,
    simulate_ring,
    tent_key,
)
from leaky_heart import leaky_heart

DEVICE = "carillon-9-18-60"
COARSE = ClosurePlan(n_columns=40, n_rows=6, scheme="ASE 2017")


@pytest.fixture(scope="module")
def case() -> Case:
    return leaky_heart()


@pytest.fixture(scope="module")
def result(case: Case) -> SimulationResult:
    return simulate(case, DEVICE, distal_at_mm=95.0, plication_mm=10.0, closure=COARSE)


@pytest.fixture(scope="module")
def base(case: Case) -> Baseline:
    return baseline_of(case, COARSE)


@pytest.fixture(scope="module")
def ring(case: Case, base: Baseline) -> ComparatorResult:
    return simulate_ring(case, SurgicalRing(28.0), baseline=base)


@pytest.fixture(scope="module")
def clip(case: Case, base: Baseline) -> ComparatorResult:
    # A narrow clip would hold a single column of so coarse a mesh.
    return simulate_clip(case, EdgeToEdgeClip(9.0, 6.0), baseline=base)


def test_blocks_of_the_contract(result: SimulationResult) -> None:
    document: dict[str, Any] = result.to_dict()
    validate_result(document)
    json.dumps(document, allow_nan=False)
    for state in ("before", "after"):
        block, flow = document["coaptation"][state], document["regurgitation"][state]
        assert block["model"] == "full closure" and block["tent"]["model"] == "tent"
        assert {"coapt_height_min_mm", "coapt_area_mm2", "tenting_volume_ml", "a2p2_tenting_height_mm"} <= block.keys()
        assert {"roa_mm2", "eroa_mm2", "regurgitant_volume_ml", "vena_contracta_mm", "grade", "scheme"} <= flow.keys()
        assert flow["scheme"] == "ASE 2017"
        assert (
            len(document["shapes"][f"leaflets_{state}_mm"])
            == max(map(max, document["shapes"]["leaflet_triangles"])) + 1
        )
        assert document["solver"]["closure"][state]["status"] == "converged"
    assert {line["name"] for line in document["assumptions"]} >= {"papillary_tips_after", "chordae", "systole_s"}


def test_cinching_closes(result: SimulationResult) -> None:
    """A shorter AP brings the leaflets together and lifts the line of coaptation."""
    assert result.closure is not None and result.converged
    before, after = (state.measures for state in result.closure.states.values())
    assert after["roa_mm2"] < before["roa_mm2"]
    assert after["coapt_height_mean_mm"] > before["coapt_height_mean_mm"]
    assert after["a2p2_tenting_height_mm"] < before["a2p2_tenting_height_mm"]


def test_hinge_goes_with_the_annulus(case: Case, result: SimulationResult) -> None:
    closure = result.closure
    assert closure is not None and closure.after.points is not None and closure.before.points is not None
    hinge, stations = closure.baseline.valve.hinge, closure.baseline.stations
    moved = carried_annulus(case.annulus, result.cinch.locked).loop.at(stations)
    assert np.abs(closure.after.points[hinge] - moved).max() < 1e-9
    assert np.abs(closure.before.points[hinge] - case.annulus.loop.at(stations)).max() < 1e-9


def test_without_closure_the_tent_stays(case: Case) -> None:
    document: dict[str, Any] = simulate(case, DEVICE, distal_at_mm=95.0, plication_mm=10.0).to_dict()
    assert document["coaptation"]["before"]["model"] == "tent"
    assert "regurgitation" not in document and "closure" not in document["solver"]


def test_numbers_of_the_tent_are_renamed_beside_a_closure(case: Case, result: SimulationResult) -> None:
    sampled = simulate(case, DEVICE, distal_at_mm=95.0, plication_mm=10.0, samples=24)
    both = replace(sampled, closure=result.closure)
    keys = both.to_dict()["intervals"]["by_key"]  # type: ignore[index,call-overload]
    assert "coaptation.after.tent.coapt_height_mm" in keys and "coaptation.after.coapt_height_mm" not in keys
    assert tent_key("annulus.after.ap_mm") == "annulus.after.ap_mm"


def test_pressures_of_the_plan_replace_those_of_the_case(case: Case) -> None:
    low = baseline_of(case, replace(COARSE, beat=Beat(gradient_mmhg=60.0)))
    assert low.outcome.pressure_mmhg == 60.0
    assert "systole_s" not in {line.name for line in low.assumptions}


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"closure": "half"}, "closure must be none, fast or full; got 'half'"),
        ({"closure": "full", "scheme": "ASE 1917"}, "scheme must be one of"),
        ({"scheme": "ASE 2017"}, "a grading scheme needs a closure"),
    ],
)
def test_wishes_that_cannot_be(case: Case, wish: dict[str, str], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        simulate(case, DEVICE, distal_at_mm=95.0, plication_mm=10.0, **wish)  # type: ignore[arg-type]


def test_a_known_baseline_is_fitted_first() -> None:
    """The closed valve has the central member's chordae and tips; every member goes with the annulus."""
    known = replace(preset("fmr"), echo=Echo(eroa_mm2=25.0, tenting_height_mm=9.0))
    plan = ClosurePlan("fast", n_columns=40, n_rows=6, fit_members=20, fit_polish=0)
    told = simulate(known, DEVICE, distal_at_mm=95.0, plication_mm=10.0, closure=plan)
    document: dict[str, Any] = told.to_dict()
    validate_result(document)
    block = document["fit"]
    assert block["targets"]["roa_mm2"] == pytest.approx(25.0 * (np.pi + 2.0) / np.pi)
    assert block["n_members"] == 20 and set(block["closed"]) == set(block["targets"])
    assert np.mean(block["after"]["a2p2_tenting_height_mm"]) < np.mean(block["before"]["a2p2_tenting_height_mm"])
    closure = told.closure
    assert closure is not None and closure.baseline.fitted is not None and closure.baseline.tips is not None
    fitted = closure.baseline.fitted
    plain = baseline_of(known, replace(plan, fit=False))
    assert plain.fitted is None and plain.tips is None
    slack = fitted.fit.members[fitted.place][:3][plain.valve.chordae.group]
    own = plain.valve.chordae.length_mm
    assert closure.baseline.valve.chordae.length_mm == pytest.approx(np.maximum(own + slack, 1.0))
    assert closure.baseline.tips == pytest.approx(fitted.fit.member(fitted.place).tips)
    misses = abs(block["closed"]["roa_mm2"] - block["targets"]["roa_mm2"]) > block["error"]["roa_mm2"]
    assert not fitted.fit.reached or misses == any("roa_mm2" in flag for flag in told.flags)


def test_no_leaflets_no_closure(case: Case) -> None:
    with pytest.raises(InputError, match="a valve needs leaflets"):
        simulate_ring(replace(case, leaflets=None), SurgicalRing(28.0), closure=COARSE)


def test_ring_closes_and_narrows(ring: ComparatorResult) -> None:
    document: dict[str, Any] = ring.to_dict()
    validate_result(document)
    assert document["therapy"]["kind"] == "surgical_ring" and document["therapy"]["device"] == "ring-28-saddle-complete"
    assert ring.after.alpm_mm == pytest.approx(28.0, abs=0.05) and ring.after.ap_mm == pytest.approx(21.0, abs=0.05)
    assert ring.change_percent["ap_mm"] == pytest.approx(100.0 * (ring.after.ap_mm / ring.before.ap_mm - 1.0))
    leaks = document["regurgitation"]
    assert leaks["after"]["roa_mm2"] < 0.5 * leaks["before"]["roa_mm2"]
    opened = document["filling"]
    assert opened["after"]["diastolic_orifice_mm2"] < opened["before"]["diastolic_orifice_mm2"]
    assert opened["after"]["n_orifices"] == 1


def test_gradient_is_that_of_the_open_valve(ring: ComparatorResult) -> None:
    """rho / 2 (Q / (c A))^2 in SI units, by hand."""
    block, beat = ring.filling["after"], ring.closure.baseline.beat
    flow = block["filling_ml"] * 1e-6 / beat.diastole_s
    speed = flow / (np.pi / (np.pi + 2.0) * block["diastolic_orifice_mm2"] * 1e-6)
    assert block["mean_gradient_mmhg"] == pytest.approx(0.5 * 1060.0 * speed**2 / 133.322387415)


def test_clip_makes_two_orifices(clip: ComparatorResult) -> None:
    document: dict[str, Any] = clip.to_dict()
    validate_result(document)
    opened = document["filling"]
    assert (opened["before"]["n_orifices"], opened["after"]["n_orifices"]) == (1, 2)
    assert opened["after"]["diastolic_orifice_mm2"] < opened["before"]["diastolic_orifice_mm2"]
    assert opened["after"]["mean_gradient_mmhg"] > opened["before"]["mean_gradient_mmhg"]
    solution = clip.closure.after.solution
    assert solution is not None and len(solution.ties)
    apart = np.linalg.norm(solution.points[solution.ties[:, 0]] - solution.points[solution.ties[:, 1]], axis=1)
    assert apart.max() < 2.0
    (row,) = document["therapy"]["clips"]
    assert 0.0 < row["insertion_anterior_mm"] <= 9.0 and row["force_n"] == pytest.approx(solution.tie_force_n.sum())
    secure = min(row["insertion_anterior_mm"], row["insertion_posterior_mm"]) >= 5.0
    assert secure != any("grasp is not secure" in flag for flag in document["flags"])
    # The annulus is left alone.
    assert clip.change_percent["ap_mm"] == 0.0


def test_clips_that_cannot_be(case: Case, base: Baseline) -> None:
    near = (EdgeToEdgeClip(at_mm=-1.0), EdgeToEdgeClip(at_mm=1.0))
    with pytest.raises(InputError, match="clips must not hold the same tissue"):
        simulate_clip(case, near, baseline=base)
    with pytest.raises(InputError, match="at least one clip"):
        simulate_clip(case, (), baseline=base)
    with pytest.raises(InputError, match="must lie where both leaflets have tissue"):
        simulate_clip(case, EdgeToEdgeClip(at_mm=60.0), baseline=base)
    with pytest.raises(InputError, match="baseline must be that of case"):
        simulate_clip(preset("normal"), EdgeToEdgeClip(), baseline=base)
    with pytest.raises(InputError, match="closure must be full or fast; got none"):
        simulate_clip(case, EdgeToEdgeClip(), closure="none")


@pytest.mark.parametrize(
    ("name", "device"),
    [
        ("ring-28", "ring-28-saddle-complete"),
        ("Ring-30-planar-partial", "ring-30-planar-partial"),
        ("ring-32-complete", "ring-32-saddle-complete"),
        ("carillon-9-18-60", "carillon-9-18-60"),
    ],
)
def test_names_of_therapies(name: str, device: str) -> None:
    therapy = parse_therapy(name)
    assert not isinstance(therapy, tuple)
    assert therapy.name == device


def test_names_of_clips() -> None:
    assert parse_therapy("clip-XTW") == (EdgeToEdgeClip(12.0, 6.0),)
    assert parse_therapy("clip-NT@-4.5 + clip-nt@4") == (EdgeToEdgeClip(at_mm=-4.5), EdgeToEdgeClip(at_mm=4.0))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("clip-ZT", "a clip must be named clip-NT"),
        ("clip-NT@1.2.3", "a clip must be named clip-NT"),
        ("ring-28-flat", "a ring must be named ring-SIZE"),
        ("ring-27", "ring size_mm must be one of"),
        ("band-28", "device must be named carillon-D-P-L"),
    ],
)
def test_names_that_are_none(name: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        parse_therapy(name)


def _coarse(closure: object, *, scheme: str | None = None) -> ClosurePlan | None:
    return None if closure == "none" else replace(COARSE, scheme=scheme)


def test_command_line(
    case: Case,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    repository: Path,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(repository)
    monkeypatch.setattr("annulus.planning._simulate.closure_plan", _coarse)
    monkeypatch.setattr("annulus.planning._comparators.closure_plan", _coarse)
    shared = ("simulate", "data/meshes/fmr/case.json", "--scheme", "ASE 2017")
    wishes = {
        DEVICE: ("--distal-at-mm", "95", "--plication-mm", "10", "--closure", "full"),
        "ring-30": (),
    }
    for device, more in wishes.items():
        file = tmp_path / f"{device}.json"
        with pytest.raises(SystemExit) as left:
            main((*shared, "--device", device, *more, "--json", str(file)))
        out, err = capsys.readouterr()
        assert (left.value.code, err) == (0, "")
        assert "effective orifice EROA [mm2]" in out and "grade by eroa, ASE 2017" in out
        validate_result(json.loads(file.read_text()))
    with pytest.raises(SystemExit) as left:
        main((*shared, "--device", "ring-30", "--plication-mm", "10"))
    assert left.value.code == 2
    assert "--plication-mm belongs to a double-anchor device" in capsys.readouterr().err

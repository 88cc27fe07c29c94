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
from annulus.errors import InputError, SolveError
from annulus.heart import ClosureSettings, Heart
from annulus.io import save_case, validate_result
from annulus.mechanics.network import carried_annulus
from annulus.mechanics.valve import ClosureOptions
from annulus.outcomes import Beat, ClosureKind
from annulus.planning import simulate
from annulus.prediction import GEOMETRY_PRIORS, Priors, Result
from annulus.therapies.clip import EdgeToEdge, EdgeToEdgeClip
from leaky_heart import leaky_heart

DEVICE = "carillon-9-18-60"
COARSE = ClosureSettings(n_columns=40, n_rows=6, scheme="ASE 2017")


@pytest.fixture(scope="module")
def case() -> Case:
    return leaky_heart()


@pytest.fixture(scope="module")
def heart(case: Case) -> Heart:
    """Closed as it is once, for all therapies."""
    return Heart(case, COARSE)


@pytest.fixture(scope="module")
def result(heart: Heart) -> Result:
    return simulate(heart, DEVICE, distal_at_mm=95.0, plication_mm=10.0)


@pytest.fixture(scope="module")
def ring(heart: Heart) -> Result:
    return simulate(heart, "ring-28")


@pytest.fixture(scope="module")
def clip() -> Result:
    # A coarse mesh has too few columns for a clip to part the open valve in two.
    return simulate(Heart(preset("fmr"), ClosureSettings(scheme="ASE 2017")), "clip-NTW")


def test_blocks_of_the_contract(result: Result) -> None:
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


def test_cinching_closes(result: Result) -> None:
    """A shorter AP brings the leaflets together and lifts them."""
    assert result.converged and list(result.closures) == ["before", "after"]
    before, after = (state.measures for state in result.closures.values())
    assert after["roa_mm2"] < before["roa_mm2"]
    assert after["coapt_height_mean_mm"] > before["coapt_height_mean_mm"]
    assert after["tenting_volume_ml"] < before["tenting_volume_ml"]


def test_hinge_goes_with_the_annulus(case: Case, result: Result) -> None:
    p = result.prediction
    hinge, stations = p.heart.valve.valve.hinge, p.heart.valve.stations
    before, after = (state.points for state in result.closures.values())
    moved = carried_annulus(case.annulus, p.after.equilibrium).loop.at(stations)
    assert np.abs(after[hinge] - moved).max() < 1e-9
    assert np.abs(before[hinge] - case.annulus.loop.at(stations)).max() < 1e-9


def test_valve_before_is_closed_once(heart: Heart, result: Result, ring: Result) -> None:
    """The heart as it is does not depend on the therapy."""
    assert result.closures["before"] is ring.closures["before"]
    assert result.closures["before"] is heart.valve.closed_as_measured


def test_without_closure_the_tent_stays(case: Case) -> None:
    wishes = {"distal_at_mm": 95.0, "plication_mm": 10.0}
    bare = simulate(case, DEVICE, **wishes, closure="none")
    document: dict[str, Any] = bare.to_dict()
    assert document["coaptation"]["before"].keys() == {"tent"}
    assert document["coaptation"]["before"]["tent"]["model"] == "tent"
    assert not bare.closures
    assert "regurgitation" not in document and "closure" not in document["solver"]


def test_what_is_closed_where_nothing_is_asked_for(case: Case) -> None:
    """Fast for a device; not at all without leaflets."""
    document: dict[str, Any] = simulate(case, DEVICE).to_dict()
    assert document["coaptation"]["before"]["model"] == "fast closure"
    assert document["coaptation"]["before"]["tent"]["model"] == "tent"
    assert not simulate(replace(case, leaflets=None), DEVICE).closures


def test_pressures_of_the_plan_replace_those_of_the_case(case: Case) -> None:
    low = Heart(case, replace(COARSE, beat=Beat(gradient_mmhg=60.0))).valve
    assert low.closed_as_measured.pressure_mmhg == 60.0
    assert "systole_s" not in {line.name for line in low.assumptions}


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"closure": "half"}, "closure must be none, fast or full; got 'half'"),
        ({"closure": "full", "scheme": "ASE 1917"}, "scheme must be one of"),
        ({"closure": "none", "scheme": "ASE 2017"}, "a grading scheme needs a closure"),
    ],
)
def test_wishes_that_cannot_be(case: Case, wish: dict[str, str], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        simulate(case, DEVICE, distal_at_mm=95.0, plication_mm=10.0, **wish)  # type: ignore[arg-type]


def test_a_ready_heart_has_its_own_closure(heart: Heart) -> None:
    for wish in ({"closure": "full"}, {"scheme": "ASE 2017"}):
        with pytest.raises(InputError, match=f"{next(iter(wish))} is a ready heart's own; .*: make the Heart with it"):
            simulate(heart, DEVICE, **wish)


def test_closure_that_fails_is_a_status_or_raised_on_request(case: Case) -> None:
    """One Newton iteration cannot do; the device's own states are equilibria."""
    settings = replace(COARSE, options=ClosureOptions(max_iterations=1))
    wishes = {"distal_at_mm": 95.0, "plication_mm": 10.0, "closure": settings}
    result = simulate(case, DEVICE, **wishes)
    assert result.prediction.converged and not result.converged
    document: dict[str, Any] = result.to_dict()
    validate_result(document)
    assert document["solver"]["status"] == document["solver"]["closure"]["before"]["status"] == "not_settled"
    assert any(flag.startswith("closure before:") for flag in document["flags"])
    with pytest.raises(SolveError, match="before the leaflets came to rest"):
        simulate(case, DEVICE, **wishes, throw=True)


@pytest.mark.parametrize("therapy", [DEVICE, "ring-28", "clip-NTW"])
def test_priors_about_other_centres_are_closed_as_asked(case: Case, therapy: str) -> None:
    """A vein that is 10 % wider in truth is no reason to close a valve by slices."""
    wider = {"vein_radius_factor": replace(GEOMETRY_PRIORS["vein_radius_factor"], value=1.1)}
    result = simulate(case, therapy, closure=COARSE, priors=Priors(wider))
    assert result.converged
    assert {outcome.kind for outcome in result.closures.values()} == {ClosureKind.FULL}
    assert ("filling" in result.blocks) == (therapy != DEVICE)


def test_longer_leaflets_are_closed_fully(case: Case) -> None:
    """Leaflets 10 % longer from a hinge that stays have more area, by a little more than 10 % as they fan out."""
    longer = {"leaflet_length_factor": replace(GEOMETRY_PRIORS["leaflet_length_factor"], value=1.1)}
    known, drawn = (simulate(case, "none", closure=COARSE, priors=priors) for priors in (None, Priors(longer)))
    areas = [sum(r[f"coaptation.before.leaflet_area_{k}_mm2"] for k in "ap") for r in (known, drawn)]
    assert 1.03 < areas[1] / areas[0] < 1.2
    assert drawn["coaptation.before.coapt_height_mean_mm"] > known["coaptation.before.coapt_height_mean_mm"]


def test_a_known_baseline_is_fitted_first() -> None:
    """The closed valve has the closest member's chordae, leaflets and tips; every member goes with the annulus."""
    known = replace(preset("fmr"), echo=Echo(eroa_mm2=25.0, tenting_height_mm=9.0))
    settings = ClosureSettings("fast", n_columns=40, n_rows=6, fit_members=20, fit_polish=0)
    told = simulate(known, DEVICE, distal_at_mm=95.0, plication_mm=10.0, closure=settings)
    document: dict[str, Any] = told.to_dict()
    validate_result(document)
    block = document["fit"]
    assert block["targets"]["roa_mm2"] == pytest.approx(25.0 * (np.pi + 2.0) / np.pi)
    assert block["n_members"] == 20 and set(block["closed"]) == set(block["targets"])
    assert np.mean(block["after"]["a2p2_tenting_height_mm"]) < np.mean(block["before"]["a2p2_tenting_height_mm"])
    closed = told.prediction.heart.valve
    assert closed.fitted is not None and closed.tips is not None
    fitted = closed.fitted
    plain = Heart(known, replace(settings, fit=False)).valve
    assert plain.fitted is None and plain.tips is None
    slack = fitted.fit.members[fitted.fit.closest][:3][plain.valve.chordae.group]
    own = plain.valve.chordae.length_mm
    assert closed.valve.chordae.length_mm == pytest.approx(np.maximum(own + slack, 1.0))
    assert closed.tips == pytest.approx(fitted.fit.member(fitted.fit.closest).tips)
    # The member that the fit found is the valve that is closed: its measures are the same.
    assert block["closed"] == pytest.approx(dict(fitted.fit.closed))
    assert block["reached"] and told.baseline_missed == "" and told.headline == told.advice


def test_a_missed_baseline_stands_in_the_first_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = replace(preset("fmr"), echo=Echo(eroa_mm2=2000.0))
    settings = ClosureSettings("fast", n_columns=40, n_rows=6, fit_members=5)
    told = simulate(known, "none", closure=settings)
    document: dict[str, Any] = told.to_dict()
    validate_result(document)
    has = told["regurgitation.before.eroa_mm2"]
    assert f"EROA {has:.1f} mm2 where the echo says 2000.0 ± 400.0" in told.headline
    assert told.baseline_missed in told.flags and document["fit"]["sentence"] == told.baseline_missed
    assert document["fit"]["reached"] is False
    save_case(known, tmp_path / "case.json")
    with pytest.raises(SystemExit) as left:
        main(["simulate", str(tmp_path / "case.json"), "--device", "none"])
    assert not left.value.code
    first = " ".join(capsys.readouterr().out.split())
    assert first.startswith(f"{known.id}, none: ") and first.index("baseline missed") < first.index("AP 34.0")


def test_no_leaflets_no_closure(case: Case) -> None:
    with pytest.raises(InputError, match="a valve needs leaflets"):
        simulate(replace(case, leaflets=None), "ring-28", closure=COARSE)
    # What nobody asked for is left out, as with every other therapy.
    assert not simulate(replace(case, leaflets=None), "ring-28").closures


def test_ring_closes_and_narrows(ring: Result) -> None:
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


def test_gradient_is_that_of_the_open_valve(ring: Result) -> None:
    """rho / 2 (Q / (c A))^2 in SI units, by hand."""
    block, beat = ring.blocks["filling"]["after"], ring.prediction.heart.valve.beat
    flow = block["filling_ml"] * 1e-6 / beat.diastole_s
    speed = flow / (np.pi / (np.pi + 2.0) * block["diastolic_orifice_mm2"] * 1e-6)
    assert block["mean_gradient_mmhg"] == pytest.approx(0.5 * 1060.0 * speed**2 / 133.322387415)


def test_clip_makes_two_orifices(clip: Result) -> None:
    document: dict[str, Any] = clip.to_dict()
    validate_result(document)
    opened = document["filling"]
    assert (opened["before"]["n_orifices"], opened["after"]["n_orifices"]) == (1, 2)
    assert opened["after"]["diastolic_orifice_mm2"] < opened["before"]["diastolic_orifice_mm2"]
    assert opened["after"]["mean_gradient_mmhg"] > opened["before"]["mean_gradient_mmhg"]
    solution = clip.closures["after"].solution
    assert solution is not None and len(solution.ties)
    apart = np.linalg.norm(solution.points[solution.ties[:, 0]] - solution.points[solution.ties[:, 1]], axis=1)
    assert apart.max() < 2.0
    (row,) = document["therapy"]["clips"]
    assert 0.0 < row["insertion_anterior_mm"] <= 9.0 and 0.0 < row["force_n"] <= solution.tie_force_n.sum()
    secure = min(row["insertion_anterior_mm"], row["insertion_posterior_mm"]) >= 5.0
    assert secure != any("grasp is not secure" in flag for flag in document["flags"])
    # The annulus gives way to what the clip pulls.
    assert clip.change_percent["ap_mm"] < -0.5


def test_clips_that_cannot_be(case: Case, heart: Heart) -> None:
    near = EdgeToEdge((EdgeToEdgeClip(at_mm=-1.0), EdgeToEdgeClip(at_mm=1.0)))
    with pytest.raises(InputError, match="clips must not hold the same tissue"):
        simulate(heart, near)
    with pytest.raises(InputError, match="at least one clip"):
        EdgeToEdge(())
    with pytest.raises(InputError, match="must lie where both leaflets have tissue"):
        simulate(heart, "clip-NT@60")
    for closure in ("none", "fast"):
        with pytest.raises(InputError, match="a clip needs the full closure"):
            simulate(case, "clip-NT", closure=closure)


def _coarse(closure: object, *, scheme: str | None = None) -> ClosureSettings | None:
    return None if closure == "none" else replace(COARSE, scheme=scheme)


def test_command_line(
    case: Case,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    repository: Path,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(repository)
    monkeypatch.setattr("annulus.planning._simulate.closure_settings", _coarse)
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
        assert "effective orifice EROA [mm2]" in out and "(by eroa, ASE 2017)" in out
        validate_result(json.loads(file.read_text()))
    with pytest.raises(SystemExit) as left:
        main((*shared, "--device", "ring-30", "--plication-mm", "10"))
    assert left.value.code == 2
    assert "plication_mm is nothing that ring-30-saddle-complete can be asked for" in capsys.readouterr().err

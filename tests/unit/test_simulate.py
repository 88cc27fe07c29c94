"""`simulate`: what a result holds, and the sentence that each impossible wish gets. Shapes are parametric."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annulus.anatomy import Case, CoronarySinus
from annulus.anatomy.parametric import preset
from annulus.errors import InputError, SolveError
from annulus.geometry import Curve
from annulus.heart import Heart
from annulus.io import validate_result
from annulus.mechanics import Status
from annulus.mechanics.network import (
    CINCH_PRIORS,
    CinchModel,
    CinchParameters,
    Landing,
    SolverOptions,
    TractionReaction,
)
from annulus.planning import simulate
from annulus.prediction import Priors, Result, cinch_of
from annulus.sources import Distribution
from annulus.therapies import DoubleAnchor

DEVICE = "carillon-9-18-60"


@pytest.fixture(scope="module")
def case() -> Case:
    return preset("fmr")


@pytest.fixture(scope="module")
def result(case: Case) -> Result:
    return simulate(case, DEVICE, distal_at_mm=95.0, plication_mm=10.0, closure="none")


def test_keys_of_the_contract(case: Case, result: Result) -> None:
    document = result.to_dict()
    assert document["schema"] == "annulus.result/2"
    assert document["case"] == {"id": "fmr", "digest": case.digest, "phase": "mid-systole"}
    therapy = document["therapy"]
    assert therapy["kind"] == "double_anchor" and therapy["device"] == DEVICE
    assert {
        "landing",
        "traction_n",
        "locked_tension_n",
        "plication_mm",
        "centreline_arc_mm",
        "slack_free_path_mm",
        "device_length_mm",
    } <= therapy.keys()
    assert document["annulus"].keys() == {"before", "traction", "after", "change_percent"}
    assert {"ap_mm", "alpm_mm", "perimeter_3d_mm", "area_2d_mm2", "area_3d_mm2", "height_mm", "npa_deg"} <= document[
        "annulus"
    ]["after"].keys()
    assert {"length_mm", "plane_angle_deg"} <= document["coronary_sinus"].keys()
    assert document["coaptation"].keys() == {"before", "after"}
    assert {"crossings", "min_gap_before_mm", "min_gap_after_mm"} <= document["circumflex"].keys()
    for crossing in document["circumflex"]["crossings"]:
        assert {"artery", "cs_s_mm", "lcx_s_mm", "theta_deg", "side_deg", "inside_span"} <= crossing.keys()
    assert {"status", "iterations", "residual_n"} <= document["solver"].keys()
    assert {"version", "platform", "input_digests"} <= document["provenance"].keys()
    # What later parts of the package compute is absent, never made up.
    assert not {"regurgitation", "intervals"} & document.keys()
    assert document["circumflex"]["risk"].keys() == {"probability", "class", "basis", "advice"}


def test_validates_and_round_trips_as_json(result: Result) -> None:
    document = result.to_dict()
    validate_result(document)
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_lengths_add_up(result: Result) -> None:
    assert result["therapy.plication_mm"] == pytest.approx(10.0, abs=1e-6)
    path, length = result["therapy.slack_free_path_mm"], result["therapy.device_length_mm"]
    assert path - length == pytest.approx(result["therapy.plication_mm"])
    # The inner side of the vein's wall is shorter than its axis.
    assert path < result["therapy.centreline_arc_mm"]


def test_balance_and_signs(result: Result) -> None:
    solver = result.to_dict()["solver"]
    assert solver["status"] == "converged"
    assert solver["residual_n"] < 1e-6 and solver["net_force_n"] < 1e-6
    assert result.before.ap_mm > result.after.ap_mm > result.traction.ap_mm  # the tissue recoils when it is locked
    assert result.before.perimeter_3d_mm > result.after.perimeter_3d_mm
    assert abs(result.change_percent["alpm_mm"]) < 0.3 * abs(result.change_percent["ap_mm"])


def test_every_assumption_stands_once_and_has_a_source(result: Result) -> None:
    names = [line.name for line in result.assumptions]
    assert len(names) == len(set(names))
    assert all(line.source and line.why for line in result.assumptions)


def test_survives_pickling(result: Result) -> None:
    again = pickle.loads(pickle.dumps(result))
    assert again.change_percent == result.change_percent
    assert again.to_dict() == result.to_dict()
    locked, there = (found.prediction.after.equilibrium for found in (result, again))
    assert np.array_equal(there.positions, locked.positions)


def test_pull_and_plication_agree(case: Case, result: Result) -> None:
    """The traction found for 10 mm of plication leads, asked for itself, to the same landing."""
    pulled = simulate(case, DEVICE, distal_at_mm=95.0, traction_n=result["therapy.traction_n"])
    key = "therapy.landing.proximal_s_mm"
    assert pulled[key] == pytest.approx(result[key], abs=1e-3)
    assert pulled.after.ap_mm == pytest.approx(result.after.ap_mm, abs=1e-4)


def test_default_wishes_are_assumptions(case: Case) -> None:
    result = simulate(case, DEVICE)
    named = {line.name: line.value for line in result.assumptions}
    assert named["plication_mm"] == 10.0
    assert named["distal_s_mm"] == result["therapy.landing.distal_s_mm"]
    # The proximal anchor, 10 mm long, lies just inside the ostium.
    assert result["therapy.landing.proximal_s_mm"] == pytest.approx(10.0, abs=1e-6)


def test_no_circumflex_is_said_once_and_nothing_is_made_up(case: Case) -> None:
    result = simulate(replace(case, arteries=()), DEVICE, distal_at_mm=95.0, plication_mm=10.0)
    assert "circumflex" not in result.to_dict()
    lines = [line for line in result.assumptions if line.name == "circumflex"]
    assert len(lines) == 1 and lines[0].value == "absent"
    again = replace(case, arteries=(), assumptions=(*case.assumptions, lines[0]))
    named = [line.name for line in simulate(again, DEVICE, distal_at_mm=95.0, plication_mm=10.0).assumptions]
    assert named.count("circumflex") == 1


@pytest.mark.parametrize(
    ("heart", "words"),
    [
        ("data/meshes/fmr/case.json", r"case must be a Case, as annulus.load_case .*got a path \(data/meshes/fmr/case"),
        (Path("case.json"), r"got a path \(case.json\)"),
        ({"id": "fmr"}, "got dict"),
        (None, "got NoneType"),
    ],
)
def test_what_is_no_case(heart: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        simulate(heart, DEVICE)


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"traction_n": 1.0, "plication_mm": 10.0}, "must not both be given; got both: give one"),
        ({"plication_mm": -1.0}, "plication must be >= 0 mm; got -1"),
        ({"plication_mm": float("nan")}, "plication_mm must be a finite number; got nan"),
        ({"traction_n": -1.0, "distal_at_mm": 95.0}, r"traction must lie in \[0, 20\] N.*got -1 N"),
        ({"traction_n": 50.0, "distal_at_mm": 95.0}, r"traction must lie in \[0, 20\] N"),
        ({"distal_at_mm": 500.0}, "distal anchor must land more than 0 and .* from the ostium .*got 500 mm: move it"),
        ({"distal_at_mm": -5.0}, "distal anchor must land more than 0 and at most .*got -5 mm"),
        ({"distal_at_mm": float("nan")}, "distal_at_mm must be a finite number; got nan"),
        ({"traction_n": float("inf")}, "traction_n must be a finite number; got inf"),
        ({"distal_at_mm": 50.0, "plication_mm": 10.0}, "must fit between distal anchor and ostium"),
        ({"landing": Landing(95.0, 20.0), "plication_mm": 10.0}, "give the landing alone"),
        ({"landing": Landing(95.0, 20.0), "traction_n": 1.0}, "give the landing alone"),
        ({"landing": Landing(95.0, 20.0), "distal_at_mm": 95.0}, "give the landing alone"),
        ({"traction_reaction": "hand"}, "traction_reaction must be ostium or outside; got 'hand'"),
        ({"landing": Landing(400.0, 20.0)}, "distal anchor must land more than 0 and at most"),
    ],
)
def test_impossible_wishes(case: Case, wishes: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        simulate(case, DEVICE, **wishes)


def test_swapped_anchors_are_refused() -> None:
    with pytest.raises(InputError, match=r"proximal < distal.*swap or move the anchors"):
        Landing(20.0, 95.0)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("carillon", "must be named carillon-D-P-L"),
        ("carillon-9-18-65", "length must be 60, 70, 80 mm"),
        ("double-anchor-9-18--60", "must be named"),
        ("double-anchor-0-18-60", "must be positive"),
        ("double-anchor-9-18-400", "must fit into the vein"),
    ],
)
def test_impossible_devices(case: Case, name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        simulate(case, name)


def test_no_vein_no_radius(case: Case) -> None:
    words = f"{DEVICE} needs a case with a coronary sinus: add the curve of its axis.*'fmr' has none"
    with pytest.raises(InputError, match=words):
        simulate(replace(case, coronary_sinus=None), DEVICE)
    bare = replace(case, coronary_sinus=CoronarySinus(Curve(case.coronary_sinus.curve.points)))
    with pytest.raises(InputError, match="needs a case with the radius of its coronary sinus: add radius values"):
        simulate(bare, DEVICE)


def test_anchor_smaller_than_the_vein_is_flagged(case: Case) -> None:
    result = simulate(case, "double-anchor-2-18-60", distal_at_mm=95.0, plication_mm=10.0)
    assert result.converged
    assert any("distal anchor (2 mm) is smaller than the vein" in flag for flag in result.flags)
    assert result.to_dict()["therapy"]["distal_oversize"] < 1.0


def test_proximal_anchor_out_of_the_ostium_is_flagged(case: Case) -> None:
    result = simulate(case, DEVICE, distal_at_mm=82.0, plication_mm=10.0)
    assert result["therapy.landing.proximal_s_mm"] < DoubleAnchor(9, 18, 60).proximal_footprint_mm
    assert any("out of the ostium" in flag for flag in result.flags)


def test_device_longer_than_the_path_is_slack(case: Case) -> None:
    """It does not cinch: status and flag say so, and the annulus stays as it was."""
    result = simulate(case, "double-anchor-9-18-60", landing=Landing(95.0, 45.0), closure="none")
    assert result.to_dict()["solver"]["status"] == "slack"
    assert result["therapy.plication_mm"] < 0.0
    assert any("does not cinch" in flag for flag in result.flags)
    assert result["therapy.locked_tension_n"] == 0.0
    assert result["therapy.locked_tension_range_n[1]"] == 0.0
    # Limp it would change nothing; its bending stiffness straightens the vein a little.
    assert result.after.ap_mm == pytest.approx(result.before.ap_mm, rel=0.01)


def test_reaction_of_the_pull_is_told_and_leaves_the_lock(case: Case) -> None:
    """At a given plication the locked annulus is the same; the therapy's block tells the reaction."""
    wishes = {"distal_at_mm": 95.0, "plication_mm": 10.0, "closure": "none"}
    clinic = simulate(case, DEVICE, **wishes)
    bench = simulate(case, DEVICE, traction_reaction=TractionReaction.OUTSIDE, **wishes)
    assert (clinic["therapy.traction_reaction"], bench["therapy.traction_reaction"]) == ("ostium", "outside")
    lines = {line.name: line.value for line in clinic.assumptions}
    assert lines["inner_wall_factor"] == 1.0 and lines["ostium_factor"] == 30.0
    # Under a given pull the reaction matters: it is an assumption unless asked for.
    pulled = simulate(case, DEVICE, distal_at_mm=95.0, traction_n=2.0, closure="none")
    assert {line.name: line.value for line in pulled.assumptions}["traction_reaction"] == "ostium"
    assert clinic.after.ap_mm == bench.after.ap_mm
    # The bench's suture draws the ostium outwards and the whole vein along.
    assert bench.traction.ap_mm < clinic.traction.ap_mm - 0.2
    assert bench["therapy.traction_n"] > clinic["therapy.traction_n"]


def test_first_line_tells_width_and_area_beside_ap(case: Case) -> None:
    result = simulate(case, DEVICE, distal_at_mm=95.0, plication_mm=10.0, closure="none")
    for key, word in (("ap_mm", "AP"), ("alpm_mm", "AL-PM"), ("area_2d_mm2", "area")):
        told = f"{result.change_percent[key]:+.1f} %"
        assert told in str(result) and told in result.summary[0] and word in result.summary[0]


def test_failed_solve_is_a_status_or_raised_on_request(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """One Newton iteration cannot do."""
    monkeypatch.setattr(Heart, "model", one_iteration(Heart.model))
    result = simulate(case, DEVICE, distal_at_mm=95.0, traction_n=2.0)
    assert not result.converged
    assert result.to_dict()["solver"]["status"] == "iteration_limit"
    assert any("iteration limit" in flag for flag in result.flags)
    assert np.isfinite(result.after.ap_mm)
    with pytest.raises(SolveError, match="iteration limit"):
        simulate(case, DEVICE, distal_at_mm=95.0, traction_n=2.0, throw=True)


SOFT = Priors({"foundation_kpa": replace(CINCH_PRIORS["foundation_kpa"], value=0.2, distribution=Distribution.FIXED)})
"""A fifth of the support, at which a device of 20 mm folds the annulus."""


@pytest.mark.parametrize("closure", ["none", "fast"])
def test_folded_annulus_is_a_status_and_what_is_known_is_told(case: Case, closure: str) -> None:
    wishes = {"distal_at_mm": 92.0, "plication_mm": 30.0, "closure": closure, "priors": SOFT}
    # Without the artery, which an anchor of 9 mm would press on.
    result = simulate(replace(case, arteries=()), "double-anchor-9-18-20", **wishes)
    assert all(state.equilibrium.converged and state.fold for state in result.prediction.states)
    assert result.status is Status.FOLDED and not result.converged
    document = result.to_dict()
    validate_result(document)
    assert document["solver"]["status"] == "folded"
    assert document["annulus"].keys() == {"before"}
    assert document["coaptation"].keys() == {"before"}
    assert document["therapy"]["locked_tension_n"] > 0.0
    assert "annulus_after_mm" not in document["shapes"] and "coronary_sinus_after_mm" in document["shapes"]
    assert sum("no simple loop any more" in flag for flag in document["flags"]) == 2
    assert "unknown afterwards" in str(result) and "folded" in str(result)
    assert all("after" not in row.values for row in result.rows() if row.quantity.group == "annulus")
    with pytest.raises(SolveError, match="the annulus of the locked state is no simple loop any more"):
        _ = result.after
    with pytest.raises(SolveError, match="the annulus of the traction state is no simple loop any more"):
        simulate(case, "double-anchor-9-18-20", **wishes, throw=True)


@pytest.mark.parametrize(("name", "wish"), [("sample_worlds", {"samples": 19}), ("importance", {"sobol": 8})])
def test_worlds_that_cannot_be_predicted_leave_the_point(
    case: Case, monkeypatch: pytest.MonkeyPatch, name: str, wish: dict[str, int]
) -> None:
    def none_has_an_equilibrium(*_: object, **__: object) -> None:
        raise SolveError("too few worlds have an equilibrium.")

    monkeypatch.setattr(f"annulus.planning._simulate.{name}", none_has_an_equilibrium)
    result = simulate(case, DEVICE, closure="none", **wish)
    assert result.prediction.converged and not result.converged
    assert "too few worlds have an equilibrium." in result.flags
    assert not {"intervals", "importance"} & result.to_dict().keys()
    with pytest.raises(SolveError, match="too few worlds"):
        simulate(case, DEVICE, closure="none", **wish, throw=True)


def test_numbers_that_are_none_are_absent(case: Case) -> None:
    """Stiffnesses beyond all reason: the file holds finite numbers only, and the status says that it failed."""
    wild = replace(CinchParameters(), foundation_kpa=1e300)
    result = simulate(case, DEVICE, distal_at_mm=95.0, plication_mm=10.0, closure="none", parameters=wild)
    assert not result.converged
    json.dumps(result.to_dict(), allow_nan=False)


def one_iteration(model: Callable[..., CinchModel]) -> Callable[..., CinchModel]:
    return lambda *a, **k: replace(model(*a, **k), options=SolverOptions(max_iterations=1))


def test_extreme_plication_says_what_is_absent(case: Case) -> None:
    """A fold as deep as this has an annulus still, and either its minimal surface or a flag."""
    result = simulate(case, "double-anchor-9-18-20", distal_at_mm=125.0, plication_mm=60.0)
    assert np.isfinite(result.after.ap_mm)
    assert (result.after.area_3d_mm2 is not None) or any("area_3d_mm2" in flag for flag in result.flags)


def test_anchor_demand_is_the_cost_of_a_slip(case: Case, result: Result) -> None:
    """An anchor that gives by 0.1 mm loses what the slopes say; it holds the ribbon at its tighter end."""
    assert result["therapy.required_holding_force_n"] == result["therapy.locked_tension_range_n[1]"]
    assert result["therapy.required_holding_force_n"] > result["therapy.locked_tension_n"]
    landing = cinch_of(result.prediction).landing
    slipped = {
        "ap_loss_per_distal_slip": Landing(landing.distal_s_mm - 0.1, landing.proximal_s_mm),
        "ap_loss_per_proximal_slip": Landing(landing.distal_s_mm, landing.proximal_s_mm + 0.1),
    }
    for key, sites in slipped.items():
        loss = simulate(case, DEVICE, landing=sites, closure="none").after.ap_mm - result.after.ap_mm
        # The ribbon's bending makes AP step by about 0.01 mm where an end passes a vein node.
        assert 0.1 * result[f"therapy.{key}"] == pytest.approx(loss, abs=0.015)
        assert result[f"therapy.{key}"] > 0.1


def test_anchors_at_the_very_ends_of_the_vein(case: Case, result: Result) -> None:
    """Nothing beyond the ends is asked for: the ribbon may begin at the ostium and end with the modelled vein."""
    last = result.prediction.heart.strip.vein_length
    for sites in (Landing(78.0, 0.0), Landing(last, last - 78.0)):
        extreme = simulate(case, "double-anchor-9-18-65", landing=sites)
        document = extreme.to_dict()
        validate_result(document)
        assert extreme.converged
        assert document["therapy"]["required_holding_force_n"] > 0.0
        assert document["therapy"]["ap_loss_per_distal_slip"] > 0.0

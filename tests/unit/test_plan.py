"""Plans: which sizes fit, what is recommended, why others lose; no device, no artery, no leaflets; two phases."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from annulus import plan
from annulus.anatomy import Artery, Case, Phase
from annulus.anatomy.parametric import preset
from annulus.cli import main
from annulus.errors import InputError
from annulus.geometry import Curve
from annulus.io import save_case, validate_result
from annulus.planning import (
    MATRIX_COLUMNS,
    Candidate,
    FitMatrix,
    Plan,
    PlanRules,
    PlanSearch,
    compression,
    effect_of,
    risk_of,
)
from annulus.planning._screening import fronts
from annulus.therapies import Load, Site
from annulus.therapies.double_anchor import DoubleAnchor

SHORT = PlanSearch(candidates=48, short=6, short_worlds=19, best=2, worlds=20)


@cache
def fmr() -> Case:
    return preset("fmr")


@cache
def far() -> Case:
    """The FMR preset, its arteries moved 40 mm away from vein and annulus."""
    case = fmr()
    away = -40.0 * case.annulus.frame.axes[2]
    moved = [Artery(a.name, Curve(a.curve.points + away, a.curve.radius)) for a in case.arteries]
    return replace(case, id="far", arteries=tuple(moved))


@cache
def of(case_name: str) -> Plan:
    case = {"fmr": fmr, "far": far}[case_name]()
    return plan(case, search=SHORT).plans[0]


def wider(case: Case, factor: float) -> Case:
    vein = case.coronary_sinus
    assert vein is not None and vein.curve.radius is not None
    curve = Curve(vein.curve.points, factor * vein.curve.radius)
    return replace(case, coronary_sinus=replace(vein, curve=curve))


# ---- parts


def test_compression_is_the_probability_where_a_prediction_has_one() -> None:
    gaps = {"circumflex.min_gap_after_mm": np.array([-1.0, 0.5, 2.0, 3.0])}
    standin = compression(gaps)
    assert standin is not None
    assert standin.probability == 0.25
    assert "stand-in" in standin.basis
    found = compression({**gaps, "circumflex.risk.probability": np.array([0.0, 0.0, 1.0, 1.0])})
    assert found is not None
    assert found.probability == 0.5
    assert "stand-in" not in found.basis
    assert compression({"annulus.after.ap_mm": np.ones(4)}) is None


def test_compression_interval_is_wilsons() -> None:
    """Of no event in n trials it ends at z2 / (n + z2): closed form."""
    found = compression({"circumflex.min_gap_after_mm": np.full(20, 5.0)})
    assert found is not None
    assert (found.probability, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(1.96**2 / (20.0 + 1.96**2), rel=1e-12)


def test_fronts_by_hand() -> None:
    points = np.array([[1.0, 3.0], [2.0, 2.0], [3.0, 1.0], [2.0, 3.0], [3.0, 3.0], [1.0, 3.0]])
    assert [front.tolist() for front in fronts(points)] == [[0, 1, 2, 5], [3], [4]]


def test_candidates_obey_the_sizing_rule() -> None:
    found = of("fmr")
    # At least one of each size that fits.
    assert len({each.therapy.name for each in found.screened}) + len(found.unfit) == len(found.sizes)
    vein = found.heart.sinus
    gcv = next(part for part in vein.parts if part.name == "great cardiac vein")
    for each in found.screened:
        distal, proximal = each.site.distal_s_mm, each.site.proximal_s_mm
        assert distal is not None and proximal is not None
        # Footprints of 10 mm: measured in their middles.
        sizing = each.therapy.sizing
        assert sizing is not None
        widths = 2.0 * vein.curve.radius_at([distal + 5.0, proximal - 5.0])
        ratios = np.array([sizing.distal_diameter_mm, sizing.proximal_diameter_mm]) / widths
        assert (ratios >= 1.2).all() and (ratios <= 2.0).all()
        assert gcv.from_mm <= distal <= gcv.to_mm - 10.0
        assert proximal >= 10.0


def test_every_size_has_a_verdict_and_a_reason() -> None:
    for name in ("fmr", "far"):
        verdicts = of(name).verdicts
        assert [verdict.therapy.name for verdict in verdicts] == list(DoubleAnchor.catalogue())
        assert all(verdict.reason or verdict.status == "recommended" for verdict in verdicts)
    unfit = [verdict for verdict in of("fmr").verdicts if verdict.status == "unfit"]
    assert any("distal anchor too large: 14 mm is" in verdict.reason for verdict in unfit)


# ---- the answer


def test_recommended_keeps_the_rules_and_has_the_best_effect() -> None:
    found = of("far")
    best = found.recommended
    assert best is not None and best.samples is not None
    risk = risk_of(best)
    assert risk is not None and risk.probability == 0.0
    assert best.numbers["therapy.traction_n"] <= found.rules.max_traction_n
    reduction = 1.0 - effect_of(best)[1] / best.numbers["annulus.before.ap_mm"]
    assert reduction >= 0.05
    others = [effect_of(each) for each in found.best if not each.problem]
    assert all((round(leak), ap) >= (round(effect_of(best)[0]), effect_of(best)[1]) for leak, ap in others)
    assert found.line.startswith("far: carillon-")
    assert "circumflex compression 0 %" in found.line
    assert found.runner_up is not None and found.runner_up.name != best.name


def test_an_artery_in_the_way_is_refused_or_accepted_by_the_limit() -> None:
    """An artery along the vein's wall on the side of the annulus, under the whole ribbon: pressed by every landing."""
    vein = fmr().coronary_sinus
    assert vein is not None and vein.curve.radius is not None
    s = np.linspace(125.0, 20.0, 80)
    towards = fmr().annulus.loop.centroid - vein.curve.at(s)
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    under = vein.curve.at(s) + (vein.curve.radius_at(s) + 1.5)[:, None] * towards
    wedged = replace(fmr(), id="wedged", arteries=(Artery("lcx", Curve(under, np.full(80, 1.5))),))
    refused = plan(wedged, search=SHORT).plans[0]
    assert refused.recommended is None
    assert "no device suits: the nearest is carillon-" in refused.line
    assert "circumflex at risk" in refused.line
    accepted = plan(wedged, rules=PlanRules(max_compression=1.0), search=SHORT).plans[0]
    assert accepted.recommended is not None


def test_front_rises_in_effect_with_risk() -> None:
    rows = [(risk_of(each), effect_of(each)) for each in of("fmr").front]
    assert len(rows) > 1
    risks = [round(risk.probability, 2) for risk, _ in rows if risk is not None]
    assert risks == sorted(risks)
    assert effect_of(of("fmr").front[-1])[1] < effect_of(of("fmr").front[0])[1]


def test_plan_does_not_depend_on_the_number_of_processes() -> None:
    one, two = (plan(far(), search=SHORT, workers=n).to_dict() for n in (1, 2))
    assert json.dumps(one["cases"]) == json.dumps(two["cases"])


# ---- what is not there


def test_without_an_artery_the_first_line_says_so() -> None:
    found = plan(replace(fmr(), arteries=()), search=SHORT).plans[0]
    assert found.line.startswith("fmr: no circumflex is known: its risk is not part of this plan; carillon-")
    assert found.recommended is not None and risk_of(found.recommended) is None
    assert "compression" not in found.to_dict()["recommended"]


def test_without_leaflets_ap_alone_is_planned() -> None:
    found = plan(replace(far(), leaflets=None), search=SHORT).plans[0]
    assert found.line.startswith("far: no leaflets are known: planned by AP alone; carillon-")
    assert "EROA" not in found.line
    assert found.recommended is not None


@pytest.mark.parametrize(("factor", "word"), [(0.3, "too large"), (2.5, "too small")])
def test_no_anchor_for_such_a_vein(factor: float, word: str) -> None:
    found = plan(wider(fmr(), factor), search=SHORT).plans[0]
    assert found.recommended is None and not found.screened
    assert "no device suits" in found.line
    assert word in found.line
    assert all(word in verdict.reason for verdict in found.verdicts if "anchor too" in verdict.reason)


def test_too_long_for_the_vein() -> None:
    vein = fmr().coronary_sinus
    assert vein is not None
    points = vein.curve.points[: int(0.6 * len(vein.curve.points))]
    assert vein.curve.radius is not None
    short = replace(
        fmr(), coronary_sinus=replace(vein, curve=Curve(points, vein.curve.radius[: len(points)]), parts=())
    )
    found = plan(short, "carillon-8-14-80", search=SHORT).plans[0]
    assert "too long: the vein must be at least 30 mm longer than the device" in found.verdicts[0].reason


# ---- several cases


def test_two_phases_of_one_heart_are_both_checked() -> None:
    """The same geometry twice: the second phase risks as much as the first, landed at the same places."""
    diastole = replace(fmr(), phase=Phase.END_DIASTOLE)
    found = plan([diastole, fmr()], search=SHORT)
    assert len(found.plans) == 1
    both = found.plans[0]
    assert both.heart.case.phase is Phase.MID_SYSTOLE
    assert both.other_phases == ("end-diastole",)
    for each in both.best:
        there = each.other_phases["end-diastole"].values["annulus.after.ap_mm"]
        assert each.samples is not None
        assert np.median(there) == pytest.approx(np.median(each.samples.values["annulus.after.ap_mm"]), abs=1.0)
    assert found.to_dict()["cases"][0]["other_phases"] == ["end-diastole"]


def test_fit_matrix(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    bare = replace(fmr(), id="bare", coronary_sinus=None)
    paths = []
    for case in (far(), bare, replace(fmr(), arteries=())):
        paths.append(tmp_path / case.id / "case.json")
        save_case(case, paths[-1])
    words = [*map(str, paths), "--candidates", "30", "--samples", "20", "--workers", "1", "--devices"]
    sizes = "carillon-8-14-60,carillon-8-14-80,carillon-14-20-80"
    csv, file = tmp_path / "fit.csv", tmp_path / "plan.json"
    with pytest.raises(SystemExit) as left:
        main(["plan", *words, sizes, "--csv", str(csv), "--json", str(file)])
    assert not left.value.code
    table = pandas.read_csv(csv)
    assert tuple(table.columns) == MATRIX_COLUMNS
    assert list(table["case"]) == ["far"] * 3 + ["fmr"] * 3
    assert set(table[table["device"] == "carillon-14-20-80"]["status"]) == {"unfit"}
    taken = table[table["status"] == "recommended"]
    assert len(taken) == 2
    assert (taken["ap_change_percent"] < -5.0).all()
    document = json.loads(file.read_text())
    validate_result(document)
    assert "coronary sinus" in document["failures"]["bare"]


def test_one_heart_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_case(far(), tmp_path / "case.json")
    words = (
        "--candidates",
        "20",
        "--samples",
        "20",
        "--workers",
        "1",
        "--devices",
        "carillon-8-14-80,carillon-14-20-80",
    )
    with pytest.raises(SystemExit) as left:
        main(["plan", str(tmp_path / "case.json"), *words])
    assert not left.value.code
    out = " ".join(capsys.readouterr().out.split())
    assert out.startswith("far: carillon-8-14-80, distal end at")
    for told in (
        "why the other sizes lost",
        "distal anchor too large",
        "candidates were screened",
        "Research use only",
    ):
        assert told in out


# ---- bad input


@pytest.mark.parametrize(
    ("devices", "told"),
    [
        ("carilon", "Did you mean carillon-...?"),
        ("ring-28", "must have anchors that are sized and landed in the vein"),
        ((), "at least one device"),
        ("carillon-9-18-61", "length must be"),
    ],
)
def test_unknown_devices(devices: str | Iterable[str], told: str) -> None:
    with pytest.raises(InputError, match=told):
        plan(fmr(), devices)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ({"min_oversize": 2.0, "max_oversize": 1.5}, "min_oversize must not exceed max_oversize"),
        ({"distal_from_mm": 90.0, "distal_to_mm": 80.0}, "nothing lies between"),
        ({"max_compression": 1.5}, "probability of at most 1"),
        ({"max_traction_n": 0.0}, "without a pull"),
    ],
)
def test_rules_that_contradict_themselves(rules: dict[str, float], told: str) -> None:
    with pytest.raises(InputError, match=told):
        PlanRules(**rules)


def test_rules_that_contradict_the_heart() -> None:
    with pytest.raises(InputError, match="least oversize must not exceed the largest; got 3 and 2"):
        plan(fmr(), rules=PlanRules(min_oversize=3.0))
    with pytest.raises(InputError, match="must land from 200 to 125 mm of the vein of case 'fmr', which is nowhere"):
        plan(fmr(), rules=PlanRules(distal_from_mm=200.0))


def test_one_heart_without_a_vein_is_refused() -> None:
    with pytest.raises(InputError, match="coronary sinus"):
        plan(replace(fmr(), coronary_sinus=None))
    with pytest.raises(InputError, match="at least one case"):
        plan([])
    with pytest.raises(InputError, match="'fmr' comes twice"):
        plan([fmr(), fmr()])


def test_names() -> None:
    device = DoubleAnchor(8.0, 14.0, 80.0)
    each = Candidate(device, Site(100.0, 20.0), Load(None, 12.0), (1.4, 1.5))
    assert each.name == "double-anchor-8-14-80, distal end at 100 mm, 12 mm plicated"
    assert isinstance(plan(far(), "carillon-8-14-80", search=SHORT), FitMatrix)

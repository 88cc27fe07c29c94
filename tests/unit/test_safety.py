"""The safety panel: every event is answered, every modelled row has a heart that turns it from ok to high."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from annulus import simulate
from annulus.anatomy import Case, CoronarySinus, Lead
from annulus.anatomy.parametric import preset
from annulus.geometry import Curve
from annulus.heart import ClosureSettings, Heart
from annulus.io import validate_result
from annulus.mechanics.network import CinchParameters, Landing
from annulus.outcomes import (
    bending_diameter_mm,
    bending_strain_percent,
    wall_force_n,
    wall_pressure_mmhg,
    widest_oversize,
)
from annulus.prediction import Result, Safety
from annulus.prediction._adverse_events import ADVERSE_EVENTS, NOT_IN_THE_MODEL, Criterion
from annulus.prediction._safety import safety_page, safety_panel
from annulus.therapies import ALL_THERAPIES, Therapy
from annulus.units import MMHG
from leaky_heart import leaky_heart

DISSECTION, RUPTURE = "coronary sinus dissection", "rupture of the coronary sinus or its tributaries"
PERFORATION, TAMPONADE = "coronary sinus perforation", "pericardial effusion / cardiac tamponade"
AIV, BLOCK = "anterior interventricular vein perforation", "atrioventricular block"
EROSION, THROMBOSIS = "erosion of the coronary sinus or its tributaries", "thrombosis of the coronary sinus"
STENOSIS = "progressive stenosis and deformation of the mitral orifice or chordal apparatus"
MIGRATION, FRACTURE = "device migration or embolisation", "device fracture"
LEAD = "interference with a pacing or defibrillator lead in the coronary sinus"
ARTERY, INFARCTION = "coronary artery compression", "myocardial infarction"


def vein(change: Callable[[Curve], Curve]) -> Case:
    """The FMR preset with another vein."""
    case = preset("fmr")
    assert case.coronary_sinus is not None
    return replace(case, coronary_sinus=CoronarySinus(change(case.coronary_sinus.curve)))


def as_wide_as(diameter_mm: float) -> Case:
    """The FMR preset with a vein of one diameter."""
    return vein(lambda curve: Curve(curve.points, np.full(len(curve.points), 0.5 * diameter_mm)))


def kinked() -> Case:
    """The FMR preset with a vein that jumps away from the annulus under the ribbon: 6 mm, within 5 mm."""

    def change(curve: Curve) -> Curve:
        s = np.linspace(0.0, curve.length, 400)
        points, case = curve.at(s), preset("fmr")
        aside = points - case.annulus.frame.origin
        aside /= np.linalg.norm(aside, axis=1, keepdims=True)
        bump = 6.0 * np.exp(-(((s - 50.0) / 2.5) ** 2))
        return Curve(points + bump[:, None] * aside, curve.radius_at(s))

    return vein(change)


def with_lead(diameter_mm: float, case: Case) -> Case:
    assert case.coronary_sinus is not None
    path = case.coronary_sinus.curve.at(np.linspace(0.0, 60.0, 50))
    return replace(case, leads=(Lead("lv lead", Curve(path), diameter_mm),))


@cache
def usual() -> Result:
    """An implant by the rules: anchors 1.5 times the vein, 10 mm taken up, well inside the vein."""
    case = as_wide_as(7.0)
    return simulate(case, "double-anchor-10-10-60", distal_at_mm=90.0, plication_mm=10.0, closure="none")


def status(result: Result, event: str) -> Safety:
    return next(row.status for row in result.safety if row.event == event)


def test_the_usual_implant_is_ok_or_says_why_not() -> None:
    asked = {row.event: row.status for row in usual().safety}
    silent = {event.name for event in (*ADVERSE_EVENTS, *NOT_IN_THE_MODEL) if event.not_modelled}
    told = {event for event, found in asked.items() if found is Safety.OK}
    # The artery of the preset was made for another vein.
    assert told - {ARTERY, INFARCTION} == set(asked) - silent - {ARTERY, INFARCTION}
    assert all(asked[event] is Safety.NOT_MODELLED for event in silent)


TURNED: dict[str, tuple[tuple[str, ...], Callable[[], Result]]] = {
    "anchor 2.9 times the vein": (
        (DISSECTION, RUPTURE, PERFORATION, TAMPONADE, EROSION),
        lambda: simulate(as_wide_as(3.5), "double-anchor-10-10-60", distal_at_mm=90.0, closure="none"),
    ),
    "vein narrower than the catheter": (
        (PERFORATION, TAMPONADE),
        lambda: simulate(as_wide_as(2.8), "double-anchor-4-4-60", distal_at_mm=90.0, closure="none"),
    ),
    "distal anchor beyond the great cardiac vein": (
        (AIV,),
        lambda: simulate(as_wide_as(7.0), "double-anchor-10-10-60", distal_at_mm=132.0, closure="none"),
    ),
    "proximal anchor half out of the ostium": (
        (BLOCK,),
        lambda: simulate(as_wide_as(7.0), "double-anchor-10-10-60", landing=Landing(79.0, 3.0), closure="none"),
    ),
    "tissue six times stiffer": (
        (EROSION, MIGRATION),
        lambda: simulate(
            as_wide_as(7.0),
            "double-anchor-10-10-60",
            distal_at_mm=90.0,
            closure="none",
            parameters=CinchParameters(human_stiffness_factor=8.4),
        ),
    ),
    "anchor narrower than the vein": (
        (MIGRATION,),
        lambda: simulate(as_wide_as(10.5), "double-anchor-10-10-60", distal_at_mm=90.0, closure="none"),
    ),
    "ribbon over a kink": (
        (FRACTURE,),
        lambda: simulate(kinked(), "double-anchor-10-16-60", distal_at_mm=90.0, plication_mm=0.0, closure="none"),
    ),
    "thick lead in a narrow vein": (
        (THROMBOSIS, LEAD),
        lambda: simulate(with_lead(2.8, as_wide_as(4.0)), "double-anchor-6-6-60", distal_at_mm=90.0, closure="none"),
    ),
    "bridge taken in by 24 mm": ((STENOSIS,), lambda: simulate(preset("fmr"), "bridge-24", closure="none")),
}


@pytest.mark.parametrize("name", TURNED)
def test_a_constructed_case_turns_each_row_to_high(name: str) -> None:
    events, made = TURNED[name]
    result = made()
    assert result.converged
    told = {event: status(result, event).value for event in events}
    assert told == dict.fromkeys(events, "high"), result.prediction.numbers(("indicators",))
    for event in events:
        assert status(usual(), event) is Safety.OK


def test_every_modelled_row_has_its_case() -> None:
    modelled = {event.name for event in ADVERSE_EVENTS if not event.not_modelled}
    assert {event for events, _ in TURNED.values() for event in events} == modelled - {ARTERY, INFARCTION}


@pytest.mark.parametrize(
    ("probability", "stenosis", "told"),
    [(0.05, 10.0, "ok"), (0.2, 10.0, "caution"), (0.05, 55.0, "high"), (0.4, 10.0, "high")],
)
def test_the_artery_is_answered_by_what_the_result_knows_of_its_risk(
    probability: float, stenosis: float, told: str
) -> None:
    values = dict(usual().values)
    values |= {"circumflex.risk.probability": probability, "circumflex.diameter_stenosis_percent": stenosis}
    rows = {row.event: row for row in safety_panel(usual().prediction, values)}
    assert rows[ARTERY].status.value == told == rows[INFARCTION].status.value


def test_without_a_risk_the_artery_is_unknown_and_its_gap_told() -> None:
    row = next(row for row in usual().safety if row.event == ARTERY)
    if "circumflex.risk.probability" not in usual().values:
        assert row.status is Safety.UNKNOWN and row.value == usual()["circumflex.min_gap_after_mm"]
    bare = simulate(replace(preset("fmr"), arteries=()), "carillon-9-18-60", closure="none")
    assert status(bare, ARTERY) is Safety.UNKNOWN is status(bare, INFARCTION)


@pytest.mark.parametrize("kind", ALL_THERAPIES, ids=lambda kind: kind.kind)
def test_every_therapy_has_the_whole_panel(kind: type[Therapy]) -> None:
    coarse = Heart(leaky_heart(), ClosureSettings(n_columns=40, n_rows=6, fit=False))
    result = (
        simulate(coarse, kind.catalogue()[0])
        if kind.closure == "full"
        else simulate(preset("fmr"), kind.catalogue()[0], closure="none")
    )
    document = result.to_dict()
    validate_result(document)
    assert [row["event"] for row in document["safety"]] == [row.name for row in (*ADVERSE_EVENTS, *NOT_IN_THE_MODEL)]  # type: ignore[index, attr-defined]
    assert all(row.basis for row in result.safety)


def test_without_a_therapy_nothing_is_wrong() -> None:
    told = {row.status for row in simulate(preset("fmr"), "none", closure="none").safety}
    assert told == {Safety.OK, Safety.NOT_MODELLED}


def test_the_panel_answers_the_guidance(repository: Path) -> None:
    """Rows and rates of the reference file."""
    path = repository.parent / "shared" / "reference" / "adverse-events.csv"
    if not path.is_file():
        pytest.skip("the reference file is not there")
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    rows = [(row["event"], row["rate"]) for row in csv.DictReader(lines)]
    assert [(event.name, event.rate) for event in ADVERSE_EVENTS] == rows


def test_the_page_is_made_from_the_table(repository: Path) -> None:
    assert (repository / "docs" / "safety.md").read_text(encoding="utf-8") == safety_page()


def test_indicators_carry_intervals() -> None:
    result = simulate(preset("fmr"), "carillon-9-18-60", closure="none", samples=20, level=0.8)
    keys = {row.key for row in result.safety if row.key and row.key.startswith("indicators.")}
    assert keys and all(result.interval(key) for key in keys)


def test_concern_runs_from_caution_to_high_in_both_directions() -> None:
    rising, falling = Criterion("k", "", 1.0, 3.0, ""), Criterion("k", "", 3.0, 1.0, "")
    assert [rising.concern(x) for x in (0.0, 1.0, 2.0, 3.0)] == [-0.5, 0.0, 0.5, 1.0]
    assert [falling.concern(x) for x in (4.0, 3.0, 2.0, 1.0)] == [-0.5, 0.0, 0.5, 1.0]
    never = Criterion("k", "", 1.0, float("inf"), "")
    assert [never.concern(x) for x in (0.9, 1.0, 1e9)] == [-1.0, 0.0, 0.0]


def test_wall_pressure_is_the_inverse_of_the_published_dilation() -> None:
    """Diameter 1 + 0.88 u^2 (3 - 2 u) at u = p / 80 mmHg, imaged at 8 mmHg: u = 0.5 by hand."""
    imaged = 1.0 + 0.88 * 0.01 * 2.8
    assert wall_pressure_mmhg(1.44 / imaged) == pytest.approx(40.0 - 8.0)
    assert wall_pressure_mmhg(1.88 / imaged) == pytest.approx(72.0) == wall_pressure_mmhg(3.0)
    assert widest_oversize() == pytest.approx(1.88 / imaged)
    assert wall_pressure_mmhg(1.0) == pytest.approx(0.0, abs=1e-9) and wall_pressure_mmhg(0.7) == 0.0
    # Pressure times the cylinder's wall, which is no wider than the vein can be.
    assert wall_force_n(1.44 / imaged, 9.0, 10.0) == pytest.approx(32.0 * MMHG * np.pi * 9.0 * 10.0)
    assert wall_force_n(3.0, 9.0, 10.0) == pytest.approx(72.0 * MMHG * np.pi * 9.0 * widest_oversize() / 3.0 * 10.0)


def test_a_bent_wire() -> None:
    """A wire of 0.6 mm round a radius of 30 mm is strained by 1 %; its stiffness is E pi d^4 / 64."""
    assert bending_strain_percent(1.0 / 30.0, 0.6) == pytest.approx(1.0)
    assert bending_diameter_mm(60000.0 * np.pi * 0.6**4 / 64.0) == pytest.approx(0.6)


def test_indicators_of_the_usual_implant_by_hand() -> None:
    """Vein of 7 mm, anchors of 10 mm, ribbon of 1 mm; wires and leads in the lumen."""
    found = usual().prediction.numbers(("indicators",))
    assert found["indicators.oversize_distal"] == pytest.approx(10.0 / 7.0)
    assert found["indicators.vein_over_catheter"] == pytest.approx(7.0 / 3.0)
    # The ribbon's 0.785 mm2 in the vein's 38.5 take more than the anchors' wires in the widened vein.
    assert found["indicators.residual_lumen_percent"] == pytest.approx(100.0 * (1.0 - 1.0 / 49.0), abs=1e-6)
    therapy = usual().blocks["therapy"]
    held = therapy["required_holding_force_n"]
    assert found["indicators.friction_needed_distal"] == pytest.approx(held / wall_force_n(10.0 / 7.0, 10.0, 10.0))
    assert found["indicators.anchor_to_ostium_mm"] == pytest.approx(therapy["landing"]["proximal_s_mm"] - 10.0)


@pytest.mark.parametrize(("probability", "told"), [(0.02, "not_modelled"), (0.2, "caution"), (0.4, "high")])
def test_a_band_that_presses_an_artery_is_told(probability: float, told: str) -> None:
    """Its own anchors are not modelled; the artery that it draws against the vein is, and the flags say so."""
    result = simulate(preset("fmr"), "band-20", closure="none")
    values = dict(result.values) | {"circumflex.risk.probability": probability}
    values["circumflex.diameter_stenosis_percent"] = 10.0
    rows = {row.event: row for row in safety_panel(result.prediction, values)}
    assert rows[ARTERY].status.value == told == rows[INFARCTION].status.value

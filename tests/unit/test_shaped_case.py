"""Hearts from clinical numbers: numbers in are numbers out, what fills in is listed, what cannot be is one sentence."""

from __future__ import annotations

import pickle
from dataclasses import fields

import numpy as np
import pytest

from annulus.anatomy import Phase
from annulus.anatomy.measures import measure_annulus
from annulus.anatomy.parametric import (
    ClinicalNumbers,
    CrossingSide,
    Dominance,
    Preset,
    clinical_numbers,
    preset,
    preset_parameters,
    shaped_case,
)
from annulus.errors import InputError

# A full report, made up; none of it is a preset's number.
REPORT = ClinicalNumbers(
    ap_mm=36.0, alpm_mm=45.0, height_mm=6.5, intertrigonal_mm=28.0,
    cs_length_mm=118.0, cs_ostium_distance_mm=9.0, cs_p2_distance_mm=14.0, cs_gcv_distance_mm=10.5,
    cs_ostium_height_mm=2.0, cs_p2_height_mm=8.0, cs_gcv_height_mm=0.5,
    cs_ostium_diameter_mm=12.0, cs_proximal_diameter_mm=9.0, cs_gcv_diameter_mm=5.5,
    lcx_crossing_mm=78.0, lcx_gap_mm=1.0, lcx_diameter_mm=3.2, anterior_leaflet_mm=26.0, posterior_leaflet_mm=13.0,
    al_tip_lateral_mm=20.0, al_tip_posterior_mm=8.0, al_tip_depth_mm=30.0,
    pm_tip_lateral_mm=22.0, pm_tip_posterior_mm=18.0, pm_tip_depth_mm=31.0,
    eroa_mm2=22.0, regurgitant_volume_ml=33.0, vena_contracta_mm=5.0, tenting_height_mm=9.0,
    ejection_fraction_percent=32.0, end_diastolic_volume_ml=180.0, heart_rate_bpm=72.0,
    lv_pressure_mmhg=118.0, la_pressure_mmhg=18.0,
)  # fmt: skip

# The drawn curves are polylines with vertices 1 mm apart: measured between two of them they are off by the sagitta.
ON_A_POLYLINE = {"cs_p2_distance_mm", "cs_gcv_distance_mm", "cs_p2_height_mm", "cs_gcv_height_mm", "cs_proximal_diameter_mm", "cs_gcv_diameter_mm", "lcx_crossing_mm", "lcx_gap_mm"}  # fmt: skip # noqa: E501


@pytest.mark.parametrize("which", Preset)
def test_numbers_in_are_numbers_out(which: Preset) -> None:
    found = shaped_case(which, REPORT).found
    for name, asked in REPORT.given().items():
        if name == "lcx_diameter_mm":
            assert name not in found  # the curve has the outer radius
        elif name in ON_A_POLYLINE:
            assert found[name] == pytest.approx(asked, abs=5e-3), name
        elif "tip" in name:
            # The tips stand in the smooth curve's frame, the measure takes that of the 240 vertices.
            assert found[name] == pytest.approx(asked, rel=5e-5), name
        else:
            assert found[name] == pytest.approx(asked, rel=1e-6), name


@pytest.mark.parametrize("which", Preset)
def test_without_numbers_it_is_the_preset(which: Preset) -> None:
    shaped = shaped_case(which)
    assert shaped.case.digest == preset(which).digest
    assert shaped.fit is None
    listed = {line.name: line for line in shaped.case.assumptions}
    for item in preset_parameters(which):
        assert listed[item.name].value == item.value
        assert listed[item.name].source == item.source


def test_what_is_given_is_no_assumption_and_the_rest_is() -> None:
    case = shaped_case("fmr", REPORT, crossing_side=CrossingSide.UNDER, dominance=Dominance.RIGHT).case
    listed = {line.name for line in case.assumptions}
    given = {"annulus.ap_mm", "annulus.it_mm", "coronary_sinus.mid_distance_mm", "coronary_sinus.gcv_radius_mm",
             "circumflex.crossing_at_mm", "circumflex.crossing_site", "circumflex.crossing_side",
             "circumflex.dominance", "leaflets.posterior_height_mm", "papillary.pm_depth_mm",
             "ventricle.lv_pressure_mmhg"}  # fmt: skip
    assert listed.isdisjoint(given)
    assert {"annulus.fullness", "circumflex.wall_thickness_mm", "leaflets.commissural_height_mm"} <= listed
    assert case.source.endswith("la_pressure_mmhg")
    assert case.echo.eroa_mm2 == 22.0
    assert shaped_case("fmr").case.echo.eroa_mm2 is None


def test_a_near_vein_alone_gives_a_heart_and_says_what_follows() -> None:
    shaped = shaped_case("fmr", ClinicalNumbers(cs_p2_distance_mm=9.0))
    rules = {line.name: line.value for line in shaped.case.assumptions if line.source == "rule"}
    assert rules["coronary_sinus.ostium_distance_mm"] == rules["coronary_sinus.gcv_distance_mm"] == 9.0
    assert 0.0 < rules["coronary_sinus.mid_height_mm"] < 9.0
    vein, ring = shaped.case.coronary_sinus, shaped.case.annulus
    assert vein is not None and vein.curve.radius is not None
    for curve in (vein.curve, shaped.case.arteries[0].curve):
        assert curve.radius is not None
        assert (ring.loop.closest(curve.points)[1] - curve.radius).min() >= 0.0


def test_diameters_keep_the_presets_taper() -> None:
    found = shaped_case("fmr", ClinicalNumbers(cs_ostium_diameter_mm=8.0)).found
    own = shaped_case("fmr").found
    for place in ("ostium", "proximal", "gcv"):
        name = f"cs_{place}_diameter_mm"
        assert found[name] / own[name] == pytest.approx(8.0 / 11.0, rel=1e-4), name


def test_redundant_numbers_are_fitted_and_the_misfit_is_told() -> None:
    # Perimeter and area of an annulus of these diameters: no contradiction, nothing is missed.
    own = shaped_case("fmr").found
    same = shaped_case(
        "fmr",
        ClinicalNumbers(ap_mm=34.0, alpm_mm=44.0, perimeter_mm=own["perimeter_mm"], area_2d_mm2=own["area_2d_mm2"]),
    )
    assert same.fit is not None
    assert max(abs(value) for value in same.fit.weighted.values()) < 1e-6
    assert "annulus.fit" not in {line.name for line in same.case.assumptions}

    torn = shaped_case("fmr", ClinicalNumbers(ap_mm=34.0, alpm_mm=44.0, perimeter_mm=140.0, area_2d_mm2=1200.0))
    assert torn.fit is not None
    # The fit's own optimum: any other annulus near it misses more, each number's 5 % counting alike.
    asked = {"ap_mm": 34.0, "alpm_mm": 44.0, "perimeter_3d_mm": 140.0, "area_2d_mm2": 1200.0}

    def cost(ap: float, alpm: float) -> float:
        found = measure_annulus(shaped_case("fmr", ClinicalNumbers(ap_mm=ap, alpm_mm=alpm)).case.annulus)
        return sum(((getattr(found, key) / value - 1.0) / 0.05) ** 2 for key, value in asked.items())

    ap, alpm = torn.found["ap_mm"], torn.found["alpm_mm"]
    best = cost(ap, alpm)
    assert all(cost(ap + da, alpm + dl) > best for da, dl in ((0.1, 0.0), (-0.1, 0.0), (0.0, 0.1), (0.0, -0.1)))
    assert torn.found["height_mm"] == pytest.approx(5.9, rel=1e-3)
    line = next(line for line in torn.case.assumptions if line.name == "annulus.fit")
    assert "perimeter_mm 130.1 for 140" in line.why


def test_one_redundant_number_alone_scales_the_preset() -> None:
    shaped = shaped_case("fmr", ClinicalNumbers(perimeter_mm=140.0))
    assert shaped.found["perimeter_mm"] == pytest.approx(140.0, rel=1e-6)
    follows = {line.name: line.source for line in shaped.case.assumptions}
    assert follows["annulus.ap_mm"] == follows["annulus.alpm_mm"] == "rule"
    assert shaped.found["height_mm"] == pytest.approx(5.9, rel=1e-6)


def test_unknown_circumflex_is_absent_and_one_that_does_not_cross_has_no_crossing() -> None:
    without = shaped_case("fmr", circumflex=False).case
    assert without.arteries == ()
    assert not [line for line in without.assumptions if line.name.startswith("circumflex.")]
    beside = shaped_case("fmr", crossing_side=CrossingSide.NONE)
    assert beside.case.arteries[0].name == "lcx"
    assert "lcx_crossing_mm" not in beside.found


def test_left_dominance_is_larger_and_reaches_the_ostium() -> None:
    right, left = (shaped_case("fmr", dominance=side).case for side in (Dominance.RIGHT, Dominance.LEFT))
    vein = right.coronary_sinus
    assert vein is not None
    ends = [float(vein.curve.closest(case.arteries[0].curve.points[-1:])[0][0]) for case in (right, left)]
    assert ends[1] < 10.0 < 30.0 < ends[0]
    radii = [case.arteries[0].curve.radius for case in (right, left)]
    assert radii[0] is not None and radii[1] is not None
    assert radii[1][0] > radii[0][0]


def test_artery_over_the_vein_measures_as_asked() -> None:
    asked = ClinicalNumbers(lcx_crossing_mm=80.0, lcx_gap_mm=0.8)
    found = shaped_case("fmr", asked, crossing_side=CrossingSide.OVER).found
    assert found["lcx_crossing_mm"] == pytest.approx(80.0, abs=5e-3)
    assert found["lcx_gap_mm"] == pytest.approx(0.8, abs=5e-3)


def test_another_phase_is_kept_apart_from_what_the_preset_fills_in() -> None:
    case = shaped_case("fmr", phase=Phase.END_DIASTOLE).case
    assert case.phase is Phase.END_DIASTOLE
    line = next(line for line in case.assumptions if line.name == "phase")
    assert "end-diastole" in line.why and "mid-systolic" in line.why


def test_clinical_numbers_of_any_case_make_its_twin() -> None:
    heart = preset("ischaemic")
    numbers = clinical_numbers(heart)
    four = ("ap_mm", "alpm_mm", "height_mm", "intertrigonal_mm")
    twin = shaped_case("normal", ClinicalNumbers(**{name: numbers[name] for name in four})).case
    a, b = (measure_annulus(case.annulus, minimal_surface=False) for case in (heart, twin))
    np.testing.assert_allclose([a.ap_mm, a.alpm_mm, a.height_mm], [b.ap_mm, b.alpm_mm, b.height_mm], rtol=1e-6)


IMPOSSIBLE: list[tuple[dict[str, float], str]] = [
    ({"ap_mm": 3.2}, r"ap_mm must lie in \[10, 80\] mm; got 3.2: if that is in cm, give 32\."),
    ({"ap_mm": 0.034}, "if that is in m, give 34"),
    ({"ap_mm": -34.0}, r"ap_mm must lie in .*got -34\.$"),
    ({"ap_mm": float("nan")}, "ap_mm must be a finite number; got nan"),
    ({"cs_length_mm": float("inf")}, "cs_length_mm must be a finite number; got inf"),
    ({"eroa_mm2": 0.22}, "must be 0 or lie in .*if that is in cm2, give 22"),
    ({"ejection_fraction_percent": 0.35}, "if that is a fraction, give 35"),
    ({"lv_pressure_mmhg": 16.0}, "if that is in kPa, give 120"),
    ({"ap_mm": 60.0, "alpm_mm": 30.0}, r"ap_mm / alpm_mm must lie in \[0.5, 1.25\]; got 60 / 30\.$"),
    ({"ap_mm": 60.0}, r"got 60 / 44. alpm_mm is not given but filled in from the preset fmr: give it too"),
    ({"intertrigonal_mm": 42.0}, "intertrigonal_mm / alpm_mm must lie in"),
    ({"height_mm": 24.0}, "height_mm must not exceed 0.6 of the smaller diameter; got 24 mm for 34 mm"),
    ({"perimeter_mm": 130.0, "area_2d_mm2": 2000.0}, "must not exceed a circle's of the same perimeter"),
    ({"perimeter_mm": 80.0, "alpm_mm": 44.0}, "perimeter_mm must be at least twice alpm_mm; got 80 and 44"),
    ({"ap_mm": 30.0, "alpm_mm": 40.0, "perimeter_mm": 200.0}, "within 20 % .* in the nearest one perimeter_mm is"),
    ({"commissural_width_mm": 25.0, "intertrigonal_mm": 26.0}, "must be below commissural_width_mm; got 26 and 25"),
    ({"cs_length_mm": 200.0, "ap_mm": 30.0, "alpm_mm": 38.0}, "cs_length_mm must be at most .* around this annulus"),
    ({"cs_p2_height_mm": 25.0}, "cannot lie 18.2 mm from the annulus and 25.0 mm above"),
    ({"cs_ostium_distance_mm": 3.0, "cs_ostium_height_mm": 0.0, "cs_ostium_diameter_mm": 14.0},
     "must not cut the annulus"),
    ({"cs_length_mm": 92.0}, "lcx_crossing_mm must be at least 8 mm below cs_length_mm"),
    ({"cs_p2_distance_mm": 6.0, "lcx_crossing_mm": 78.0}, "must find room between vein and annulus"),
    ({"la_pressure_mmhg": 70.0, "lv_pressure_mmhg": 60.0}, "la_pressure_mmhg must be below lv_pressure_mmhg"),
    ({"regurgitant_volume_ml": 70.0, "ejection_fraction_percent": 30.0, "end_diastolic_volume_ml": 150.0},
     "below what the ventricle ejects"),
]  # fmt: skip


@pytest.mark.parametrize(("numbers", "sentence"), IMPOSSIBLE, ids=lambda value: str(value)[:60])
def test_what_cannot_be_is_one_sentence(numbers: dict[str, float], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as refused:
        shaped_case("fmr", ClinicalNumbers(**numbers))
    assert "\n" not in str(refused.value)


def test_choices_that_exclude_each_other_are_refused() -> None:
    with pytest.raises(InputError, match="lcx_gap_mm must be left out where the circumflex is unknown"):
        shaped_case("fmr", ClinicalNumbers(lcx_gap_mm=1.0), circumflex=False)
    with pytest.raises(InputError, match="lcx_crossing_mm must be left out where the circumflex does not cross"):
        shaped_case("fmr", ClinicalNumbers(lcx_crossing_mm=80.0), crossing_side=CrossingSide.NONE)
    with pytest.raises(InputError, match="got 'fmrr': did you mean 'fmr'"):
        shaped_case("fmrr")


def test_report_names_every_number() -> None:
    # Without the fitted ones: they are redundant beside the diameters.
    fitted = {"commissural_width_mm", "perimeter_mm", "area_2d_mm2"}
    assert REPORT.given().keys() == {item.name for item in fields(ClinicalNumbers)} - fitted


def test_shaped_case_can_be_pickled() -> None:
    shaped = shaped_case("fmr", ClinicalNumbers(perimeter_mm=140.0))
    again = pickle.loads(pickle.dumps(shaped))
    assert again.case.digest == shaped.case.digest
    assert dict(again.found) == dict(shaped.found)

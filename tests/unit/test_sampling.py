"""Draws: what they depend on, what they hold fixed, and that a prediction's spread follows from what was said."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from annulus import simulate
from annulus.anatomy import Case
from annulus.anatomy.parametric import preset
from annulus.cli import main
from annulus.errors import FileError, InputError
from annulus.io import load_priors, validate_result
from annulus.mechanics.network import CINCH_PRIORS, CinchParameters, posterior_draws
from annulus.prediction import GEOMETRY_PRIORS, Priors, Result, quantity_of, sample_worlds
from annulus.sources import Distribution, Parameter


@cache
def fmr() -> Case:
    return preset("fmr")


@cache
def sampled() -> Result:
    return simulate(fmr(), "carillon-9-18-60", distal_at_mm=95, plication_mm=10, samples=20, seed=4)


def fixed(*names: str) -> dict[str, Parameter]:
    """Priors without spread, for all but the numbers named."""
    rows = {**CINCH_PRIORS, **GEOMETRY_PRIORS}
    out = {}
    for name, row in rows.items():
        if name in names:
            continue
        value = getattr(CinchParameters(), name, row.value)
        shape = Distribution.NORMAL if name.endswith(("axis_error_mm", "contour_error_mm")) else Distribution.FIXED
        shape = Distribution.NORMAL if name in ("landmark_error_mm", "trigone_error_mm", "valve_scatter") else shape
        out[name] = Parameter(name, value, row.unit, shape, 0.0, row.bounds, "user")
    return out


def test_every_predicted_number_has_an_interval() -> None:
    document = sampled().to_dict()
    validate_result(document)
    keys = document["intervals"]["by_key"]  # type: ignore[index]
    numbers = {key for key, value in sampled().values.items() if isinstance(value, float)}
    assert len(numbers) > 150
    wanted = {key for key in numbers if not quantity_of(key).costly}
    # A tent need not close in every world: then the file says in what share of the draws it did.
    # A probability is itself what the draws say.
    wanted -= {"circumflex.risk.probability"}
    assert wanted - keys.keys() == wanted & document["intervals"]["share_of_draws"].keys()  # type: ignore[index]
    for key in ("therapy.locked_tension_n", "coaptation.after.tent.coapt_height_mm", "circumflex.min_gap_after_mm"):
        assert key in keys
    for key in ("regurgitation.after.eroa_mm2", "coaptation.after.coapt_height_mean_mm"):
        assert keys[key][0] < keys[key][1]
    low, high = keys["annulus.after.ap_mm"]
    assert low < document["annulus"]["after"]["ap_mm"] < high  # type: ignore[index]
    names = {line["name"] for line in document["assumptions"]}  # type: ignore[union-attr]
    assert {"annulus_prestress_n", "prior of inner_wall_factor"} <= names


def test_costly_numbers_have_intervals_on_request() -> None:
    """All others stay what they were."""
    wishes = {"distal_at_mm": 95, "plication_mm": 10, "samples": 8, "level": 0.5, "seed": 4, "closure": "none"}
    plain, all_of_them = (
        simulate(fmr(), "carillon-9-18-60", **wishes, costly=costly).samples for costly in (False, True)
    )
    assert plain is not None and all_of_them is not None
    for key, values in plain.values.items():
        assert np.array_equal(values, all_of_them.values[key], equal_nan=True), key
    more = all_of_them.intervals.keys() - plain.intervals.keys()
    assert {"annulus.after.area_3d_mm2", "therapy.ap_loss_per_distal_slip", "coronary_sinus.length_mm"} <= more
    assert all(quantity_of(key).costly for key in more)


def test_processes_give_the_same_bits() -> None:
    one = sampled().samples
    two = sample_worlds(sampled().question, samples=20, seed=4, workers=2)
    assert one is not None
    for key, values in one.values.items():
        assert np.array_equal(values, two.values[key], equal_nan=True), key


def test_without_any_spread_every_draw_is_the_point_prediction() -> None:
    wishes = {"distal_at_mm": 95, "plication_mm": 10, "samples": 20, "priors": Priors(fixed()), "costly": True}
    result = simulate(fmr(), "carillon-9-18-60", **wishes)
    assert result.samples is not None
    for key, value in (
        ("annulus.after.ap_mm", result.after.ap_mm),
        ("annulus.after.area_3d_mm2", result.after.area_3d_mm2),
        ("annulus.traction.perimeter_3d_mm", result.traction.perimeter_3d_mm),
        ("therapy.locked_tension_n", result["therapy.locked_tension_n"]),
        ("circumflex.min_gap_after_mm", result.circumflex["min_gap_after_mm"]),
        ("regurgitation.after.eroa_mm2", result["regurgitation.after.eroa_mm2"]),
    ):
        assert result.samples.values[key] == pytest.approx(value, abs=2e-5), key


def test_slip_alone_costs_what_the_exact_derivative_says() -> None:
    """A slip of at most 2 mm either side against ``ap_loss_per_*_slip``, to second order in the slip."""
    result = simulate(
        fmr(),
        "carillon-9-18-60",
        distal_at_mm=95,
        plication_mm=10,
        samples=20,
        priors=Priors(fixed("distal_slip_mm", "proximal_slip_mm")),
    )
    assert result.samples is not None
    gained = result.samples.values["annulus.after.ap_mm"] - result.after.ap_mm
    slips = np.stack(
        [95.0 - result.samples.values["therapy.landing.distal_s_mm"]]
        + [result.samples.values["therapy.landing.proximal_s_mm"] - result["therapy.landing.proximal_s_mm"]]
    )
    slopes = [result["therapy.ap_loss_per_distal_slip"], result["therapy.ap_loss_per_proximal_slip"]]
    assert slips.max() > 1.0
    assert gained == pytest.approx(np.array(slopes) @ slips, rel=0.12, abs=0.02)


def test_draw_is_the_same_for_every_device_and_comes_from_the_posterior() -> None:
    priors = Priors()
    assert priors.draw(7, 3) == priors.draw(7, 3)
    assert priors.draw(7, 3) != priors.draw(8, 3)
    drawn = priors.draw(7, 3).parameters
    known = {(p.foundation_kpa, p.annulus_axial_n, p.strap_vector_n_per_mm) for p in posterior_draws()}
    assert (drawn.foundation_kpa, drawn.annulus_axial_n, drawn.strap_vector_n_per_mm) in known
    even, odd = priors.draw(7, 2).error, priors.draw(7, 3).error
    assert even is not None and odd is not None
    assert even.seeds == odd.seeds and even.sign == -odd.sign
    assert even.vein_radius_factor == pytest.approx(1.0 / odd.vein_radius_factor)


def test_own_stiffnesses_are_the_centre_of_the_draws() -> None:
    """Twice the support: every draw's support is twice that of the same draw about the calibrated one."""
    own = replace(CinchParameters(), foundation_kpa=2.0 * CinchParameters().foundation_kpa)
    drawn, moved = Priors().draw(3, 1).parameters, Priors().draw(3, 1, base=own).parameters
    assert moved.foundation_kpa == pytest.approx(2.0 * drawn.foundation_kpa)
    assert moved.annulus_axial_n == pytest.approx(drawn.annulus_axial_n)
    assert moved.friction_coefficient == pytest.approx(drawn.friction_coefficient)


def test_common_numbers_make_differences_sharp() -> None:
    """Two plications in the same worlds: their difference spreads less than either."""
    asked = [simulate(fmr(), "carillon-9-18-60", distal_at_mm=95, plication_mm=mm).question for mm in (9.0, 10.0)]
    first, second = (sample_worlds(question, samples=20, seed=1).values["annulus.after.ap_mm"] for question in asked)
    assert np.std(first - second) < 0.25 * np.std(first)


def test_traction_holds_the_force() -> None:
    result = simulate(fmr(), "carillon-9-18-60", distal_at_mm=95, traction_n=1.5, samples=20, seed=1)
    assert result.samples is not None
    assert result.question.load.traction_n == 1.5
    assert result.samples.values["therapy.traction_n"] == pytest.approx(1.5)
    assert np.ptp(result.samples.values["therapy.plication_mm"]) > 1.0


@pytest.mark.parametrize(
    ("name", "changes", "sentence"),
    [
        ("foundation_kpq", {}, "unknown prior 'foundation_kpq': did you mean 'foundation_kpa'"),
        ("foundation_kpa", {"unit": "MPa"}, "must be in kPa; got MPa"),
        ("foundation_kpa", {"spread": -1.0}, "needs a spread >= 0; got -1"),
        ("distal_slip_mm", {"bounds": (3.0, 3.0), "value": 3.0}, "needs finite low < high; got 3 and 3"),
        ("landmark_error_mm", {"value": 1.0}, "must be normal about 0"),
    ],
)
def test_priors_that_contradict_themselves(name: str, changes: dict, sentence: str) -> None:
    row = {**CINCH_PRIORS, **GEOMETRY_PRIORS}.get(name, CINCH_PRIORS["foundation_kpa"])
    values = {item: getattr(row, item) for item in Parameter.__slots__} | changes
    with pytest.raises(InputError, match=sentence):
        Priors({name: Parameter(**values)})


def test_priors_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "priors.toml"
    file.write_text('[foundation_kpa]\nvalue = 2.5\ndistribution = "fixed"\n[distal_slip_mm]\nhigh = 0.5\n')
    priors = load_priors(file)
    assert priors.draw(0, 0).parameters.foundation_kpa == 2.5
    assert max(priors.draw(0, k).distal_slip_mm for k in range(40)) <= 0.5
    # What was not replaced is drawn as before.
    assert priors.draw(0, 5).parameters.strap_vector_n_per_mm == Priors().draw(0, 5).parameters.strap_vector_n_per_mm
    for text, sentence in (
        ("[fundation_kpa]\nvalue = 1.0\n", "did you mean 'foundation_kpa'"),
        ("[foundation_kpa]\nvalu = 1.0\n", "did you mean 'value'"),
        ("[foundation_kpa]\nvalue = -1.0\n", "must lie in"),
        ("[foundation_kpa\n", "must be TOML"),
    ):
        file.write_text(text)
        with pytest.raises(FileError, match=sentence):
            load_priors(file)


def test_command_line(capsys: pytest.CaptureFixture[str], repository: Path, tmp_path: Path) -> None:
    case = str(repository / "data" / "meshes" / "fmr" / "case.json")
    words = ["simulate", case, "--device", "carillon-9-18-60", "--distal-at-mm", "95", "--plication-mm", "10"]
    with pytest.raises(SystemExit) as leave:
        main([*words, "--samples", "19", "--seed", "4", "--json", str(tmp_path / "result.json")])
    out = capsys.readouterr().out
    assert leave.value.code == 0
    assert "intervals: 90 % of 19 worlds, 0 failed (seed 4)" in out and "effective orifice EROA [mm2]" in out
    document = json.loads((tmp_path / "result.json").read_text())
    validate_result(document)
    assert document["provenance"]["seed"] == 4
    with pytest.raises(SystemExit) as leave:
        main([*words, "--samples", "10"])
    captured = capsys.readouterr()
    assert leave.value.code == 2
    assert "an interval of level 0.9 needs at least 19 samples; got 10" in captured.err

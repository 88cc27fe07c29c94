"""Intervals of measures: which ones, closed forms of their spread, and the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from annulus.anatomy import Annulus, Case
from annulus.anatomy.measures import measure
from annulus.anatomy.parametric import preset
from annulus.cli import main
from annulus.geometry import Loop
from annulus.io import validate_result
from annulus.planning import measure_samples
from annulus.prediction import GEOMETRY_PRIORS, Priors
from annulus.sources import Parameter


def spread(**values: float) -> Priors:
    """Errors with the given spreads, the others zero."""
    out = {}
    for name in ("annulus_contour_error_mm", "landmark_error_mm", "trigone_error_mm"):
        row = GEOMETRY_PRIORS[name]
        out[name] = Parameter(
            name, 0.0, "mm", row.distribution, values.get(name, 0.0), row.bounds, "user", True, row.why
        )
    return Priors(out)


def circle() -> Case:
    angle = np.radians(np.arange(0.0, 360.0, 2.0))
    points = 20.0 * np.column_stack([-np.sin(angle), np.cos(angle), np.zeros(180)])
    names = {"A": 0, "AL": 45, "P": 90, "PM": 135}
    return Case("circle", Annulus(Loop(points), {name: points[index] for name, index in names.items()}))


def test_area_of_a_circle_spreads_as_its_mean_radius_does() -> None:
    """Area = pi R^2 + 2 pi R m, m the mean radial error: its variance is the field's share at the circle's length.

    For correlation exp(-d^2 / 2 l^2), l = 15 mm, over a length L = 2 pi R, the radial direction turning with the
    angle: var m = sum over windings of the mean of exp(-d^2 / 2 l^2) cos(d / R), by quadrature here.
    """
    samples = measure_samples(circle(), samples=600, seed=3, priors=spread(annulus_contour_error_mm=0.5))
    length = 40.0 * np.pi
    d = np.linspace(-0.5 * length, 0.5 * length, 4001)[:-1]
    wrapped = sum(np.exp(-0.5 * ((d + k * length) / 15.0) ** 2) for k in range(-2, 3))
    at_zero = sum(np.exp(-0.5 * (k * length / 15.0) ** 2) for k in range(-2, 3))
    variance = 0.25 * np.mean(wrapped / at_zero * np.cos(d / 20.0))
    assert np.std(samples.values["annulus.area_2d_mm2"]) == pytest.approx(
        2.0 * np.pi * 20.0 * np.sqrt(variance), rel=0.1
    )


def test_perimeter_of_a_rough_circle_is_corrected() -> None:
    """A contour error of standard deviation s lengthens a circle; what it adds is taken off the draws twice."""
    samples = measure_samples(circle(), samples=400, seed=3, priors=spread(annulus_contour_error_mm=1.0))
    added = samples.bias["annulus.perimeter_3d_mm"]
    # Half the mean square slope times L: 1 / l^2 out of the plane, and 1 / l^2 + 1 / R^2 in it, where the normal turns.
    length = 40.0 * np.pi
    assert added == pytest.approx(length * (2.0 / 15.0**2 + 1.0 / 20.0**2), rel=0.05)
    middle = np.mean(samples.values["annulus.perimeter_3d_mm"])
    assert middle == pytest.approx(measure(circle()).annulus.perimeter_3d_mm - 0.5 * added, rel=3e-4)


def test_every_measure_of_a_heart() -> None:
    case = preset("fmr")
    samples = measure_samples(case, samples=40, seed=1)
    document = measure(case).to_dict()
    for group in ("annulus", "coronary_sinus", "circumflex"):
        numbers = {key for key, value in document[group].items() if isinstance(value, float)}  # type: ignore[union-attr]
        assert {f"{group}.{key}" for key in numbers} <= set(samples.values), group
    assert {"circumflex.crossings[0].gap_before_mm", "circumflex.crossings[0].cs_s_mm"} <= set(samples.intervals)
    low, high = samples.intervals["annulus.ap_mm"]
    # Landmarks that slide by 1.5 mm and a contour that is off by 1 mm leave AP to one or two millimetres.
    assert 1.5 < high - low < 7.0


def test_command_line(capsys: pytest.CaptureFixture[str], repository: Path, tmp_path: Path) -> None:
    case = str(repository / "data" / "meshes" / "fmr" / "case.json")
    with pytest.raises(SystemExit) as leave:
        main(["measure", case, "--samples", "19", "--seed", "2", "--json", str(tmp_path / "m.json")])
    assert leave.value.code in (0, None)
    assert "interval" in capsys.readouterr().out
    document = json.loads((tmp_path / "m.json").read_text())
    validate_result(document)
    assert document["intervals"]["by_key"]["annulus.ap_mm"][0] < document["annulus"]["ap_mm"]
    assert any(line["name"] == "prior of landmark_error_mm" for line in document["assumptions"])
    with pytest.raises(SystemExit) as leave:
        main(["measure", case, "--samples", "3"])
    assert leave.value.code == 2
    assert "needs at least 19 samples; got 3" in capsys.readouterr().err

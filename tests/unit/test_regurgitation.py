"""Orifice equation and grading against closed forms and the published thresholds."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad

from annulus.errors import InputError
from annulus.outcomes import (
    CONTRACTION,
    grade,
    grading_schemes,
    mean_gradient_mmhg,
    regurgitant_fraction_percent,
    regurgitant_volume_ml,
)


def test_constant_gradient() -> None:
    """20 mm2 at 5 m/s for 0.3 s is 30 mL; 5 m/s is rho v^2 / 2 = 13250 Pa."""
    gradient = 0.5 * 1060.0 * 25.0 / 133.322387415
    assert regurgitant_volume_ml(20.0, [0.0, 0.3], [gradient, gradient]) == pytest.approx(30.0, rel=1e-12)


def test_linear_gradient_is_exact() -> None:
    """Against adaptive quadrature, from zero pressure up and through a pause without gradient."""
    time, gradient = [0.0, 0.1, 0.25, 0.3, 0.35], [0.0, 110.0, 80.0, 0.0, 0.0]
    speed = np.sqrt(2.0 * 133.322387415 / 1060.0)
    parts = [
        quad(lambda t: np.sqrt(max(np.interp(t, time, gradient), 0.0)), a, b, epsabs=1e-10)[0]
        for a, b in itertools.pairwise(time)
    ]
    assert regurgitant_volume_ml(30.0, time, gradient) == pytest.approx(30.0 * speed * sum(parts), rel=1e-7)


def test_gradient_of_filling() -> None:
    """Contracted to 100 mm2, 80 mL in 0.4 s run at 2 m/s: about 16 mmHg by 4 v^2."""
    found = mean_gradient_mmhg(200.0, filling_ml=80.0, filling_s=0.4, contraction=0.5)
    assert found == pytest.approx(0.5 * 1060.0 * 4.0 / 133.322387415, rel=1e-12)
    assert found == pytest.approx(16.0, rel=0.01)


def test_fraction() -> None:
    assert regurgitant_fraction_percent(30.0, ejection_fraction_percent=40.0, end_diastolic_ml=150.0) == 50.0
    with pytest.raises(InputError, match="do not belong together"):
        regurgitant_fraction_percent(61.0, ejection_fraction_percent=40.0, end_diastolic_ml=150.0)


def test_contraction_of_a_slit() -> None:
    assert CONTRACTION.value == pytest.approx(0.6110, abs=5e-5)  # Kirchhoff's slit
    assert CONTRACTION.assumed


def test_grades() -> None:
    assert grade({"eroa": 19.9, "regurgitant_volume": 30.0, "vena_contracta": 7.0}, "ASE 2017") == {
        "eroa": "mild",
        "regurgitant_volume": "moderate",
        "vena_contracta": "severe",
    }
    assert grade({"eroa": 35.0}, "ESC 2021 secondary") == {"eroa": "not severe"}
    assert grade({"eroa": 35.0}, "ESC 2021 secondary", conditions={"elliptical"}) == {"eroa": "severe"}
    assert grade({"vena_contracta": 2.0}, "3D echo") == {}


def test_bad_input() -> None:
    with pytest.raises(InputError, match="did you mean 'ASE 2017'"):
        grade({"eroa": 1.0}, "ASE2017")
    with pytest.raises(InputError, match="gradient_mmhg must be >= 0"):
        regurgitant_volume_ml(1.0, [0.0, 1.0], [-1.0, 3.0])
    with pytest.raises(InputError, match="increasing"):
        regurgitant_volume_ml(1.0, [0.0, 0.0], [1.0, 3.0])


def test_thresholds_are_those_of_the_table(repository: Path) -> None:
    file = repository.parent / "shared" / "reference" / "mr-grading.csv"
    if not file.is_file():
        pytest.skip(f"table not found ({file})")
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    assert {row["scheme"] for row in rows} == set(grading_schemes())
    for row in rows:
        severe = float(row["severe_from"].split()[0])
        assert grade({row["measure"]: severe}, row["scheme"]) == {row["measure"]: "severe"}
        below = grade({row["measure"]: np.nextafter(severe, 0.0)}, row["scheme"])[row["measure"]]
        assert below == ("moderate" if row["moderate_from"] else "not severe")
        if row["mild_below"]:
            under = np.nextafter(float(row["mild_below"]), 0.0)
            assert grade({row["measure"]: under}, row["scheme"]) == {row["measure"]: "mild"}

"""What closed valves tell that no patient's would: chordae against the pressure, leaflet outside the annulus."""

from __future__ import annotations

from typing import Any

import pytest

from annulus.prediction._closure_flags import closure_flags

# 100 mmHg on 900 mm2: 100 x 133.322 Pa x 9e-4 m2.
FORCE_N = 100.0 * 133.322387415 * 9e-4


def told(**measures: Any) -> tuple[str, ...]:
    whole = {"leaflet_area_a_mm2": 800.0, "leaflet_area_p_mm2": 400.0}
    return closure_flags(whole | measures, 100.0, 900.0)


@pytest.mark.parametrize("share", [0.0, 1.0, 1.99])
def test_chordae_that_hold_the_pressure_are_no_news(share: float) -> None:
    assert told(chordae_tension_sum_n=share * FORCE_N) == ()


def test_chordae_that_pull_more_than_twice_the_pressure() -> None:
    (line,) = told(chordae_tension_sum_n=3.5 * FORCE_N)
    assert "the chordae pull with 42 N together, 3.5 times the 12 N" in line


def test_leaflet_outside_the_annulus() -> None:
    """Beyond 5 % of 1200 mm2."""
    assert told(outside_area_mm2=59.0) == ()
    (line,) = told(outside_area_mm2=120.0)
    assert line.startswith("120 mm2 of leaflet, 10 %, hang outside the annulus: no wall stands in the model")


def test_nothing_is_told_where_nothing_was_measured() -> None:
    assert closure_flags({}, 100.0, 900.0) == ()

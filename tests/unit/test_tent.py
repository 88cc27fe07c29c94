"""Closed tent of the A2-P2 section: the table of closing diameters and the fixed point equation."""

from __future__ import annotations

import numpy as np
import pytest

from annulus.anatomy.parametric import preset
from annulus.errors import InputError
from annulus.outcomes import Tent, tent_of_case


@pytest.mark.parametrize(("depth", "closing"), [(0, 38.0), (4, 37.1), (6, 35.9), (8, 34.1), (10, 31.6), (12, 28.0)])
def test_closing_diameter(depth: float, closing: float) -> None:
    """Table for leaflets of 24 and 14 mm [mechanics-notes 3.2 A]."""
    assert Tent(30.0, 24.0, 14.0, depth).closing_diameter_mm == pytest.approx(closing, abs=0.06)


@pytest.mark.parametrize(("diameter", "height"), [(24, 4.1), (28, 2.6), (32, 0.9), (34, 0.05)])
def test_coaptation_height(diameter: float, height: float) -> None:
    """c(D) at a depth of 8 mm [mechanics-notes 3.2 A]."""
    assert Tent(diameter, 24.0, 14.0, 8.0).coaptation_height_mm == pytest.approx(height, abs=0.06)


def test_height_solves_both_leaflets() -> None:
    tent = Tent(29.0, 24.2, 12.8, 7.0)
    c = tent.coaptation_height_mm
    left = np.sqrt((24.2 - c) ** 2 - 49.0)
    assert left + np.sqrt((12.8 - c) ** 2 - 49.0) == pytest.approx(29.0, abs=1e-9)


def test_open_tent_has_no_height() -> None:
    tent = Tent(36.0, 24.0, 14.0, 8.0)
    assert not tent.closes
    assert tent.coaptation_height_mm == 0.0
    assert "tenting_area_mm2" not in tent.to_dict()


def test_leaflet_shorter_than_depth() -> None:
    assert Tent(20.0, 24.0, 7.0, 8.0).closing_diameter_mm == 0.0


@pytest.mark.parametrize("values", [(0.0, 24.0, 14.0, 8.0), (30.0, -1.0, 14.0, 8.0), (30.0, 24.0, 14.0, -1.0)])
def test_bad_values(values: tuple[float, float, float, float]) -> None:
    with pytest.raises(InputError, match="tent"):
        Tent(*values)


def test_case_lists_what_it_assumes() -> None:
    tent, lines = tent_of_case(preset("fmr"), 34.0)
    assert tent.diameter_mm == 34.0
    assert {line.name for line in lines} >= {"tenting_height_mm", "coaptation_model"}

"""What the check of an axis lets pass, and what it refuses, with the place in the world."""

from __future__ import annotations

import numpy as np
import pytest

from annulus.errors import InputError
from annulus.geometry import Frame
from annulus.geometry._axis_check import (
    require_axis,
    require_far_end,
    require_near_end,
    require_no_return,
    require_onward,
)
from annulus.geometry._centreline import TubeAxis, equally_spaced

WORLD = Frame(np.array([100.0, -50.0, 20.0]), np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]))
ROUGH = np.column_stack([np.linspace(0.0, 60.0, 25), np.zeros(25), np.zeros(25)])


def axis(*corners: tuple[float, float, float], radius: float = 2.0) -> TubeAxis:
    points = equally_spaced(np.array(corners), 0.5 * radius)
    r = np.full(len(points), radius)
    return TubeAxis(points, r, r, np.full(len(points), np.nan), False, (False, False), 0)


def refused(found: TubeAxis, words: str) -> str:
    with pytest.raises(InputError, match=words) as caught:
        require_axis(found, ROUGH, "great cardiac vein", WORLD)
    sentence = str(caught.value)
    assert sentence.startswith("great cardiac vein must be ") and sentence.endswith(".")
    return sentence


def test_an_axis_along_the_rough_path_passes() -> None:
    require_axis(axis((-1.0, 0.0, 0.0), (61.0, 0.0, 0.0)), ROUGH, "vein", WORLD)
    # Bends of 45 degrees in one step, four radii short of the rough path.
    require_axis(axis((4.0, 0.0, 0.0), (30.0, 0.0, 0.0), (33.0, 3.0, 0.0), (56.0, 3.0, 0.0)), ROUGH, "vein", WORLD)


def test_a_fold_is_refused_where_it_is() -> None:
    sentence = refused(
        axis((0.0, 0.0, 0.0), (60.0, 0.0, 0.0), (60.0, 1.5, 0.0), (50.0, 1.5, 0.0)), r"turns by .* degrees in one step"
    )
    # The local (60, 0, 0) lies at (100, 10, 20).
    place = np.array([float(x) for x in sentence.split("at (")[1].split(")")[0].split(",")])
    np.testing.assert_allclose(place, [100.0, 10.0, 20.0], atol=2.0)
    assert "trim the mouth" in sentence and "give a centreline" in sentence


def test_an_axis_that_runs_back_is_refused() -> None:
    turn = [(45.0 + 6.0 * np.sin(a), 6.0 - 6.0 * np.cos(a), 0.0) for a in np.linspace(0.0, np.pi, 20)]
    sentence = refused(axis((0.0, 0.0, 0.0), *turn, (25.0, 12.0, 0.0)), r"runs back by (19|20|2[0-9])\.\d mm")
    assert "(at most 2 radii)" in sentence


@pytest.mark.parametrize("end", [25.0, 95.0])
def test_an_axis_of_another_length_is_refused(end: float) -> None:
    sentence = refused(
        axis((0.0, 0.0, 0.0), (end, 0.0, 0.0)), rf"is {end:.1f} mm long, the way through its wall 60\.0 mm"
    )
    # 15 % of 60 mm and four radii of 2 mm.
    assert "differ by 17.0 mm" in sentence


def test_a_start_is_near_its_end() -> None:
    found = axis((0.0, 0.0, 0.0), (60.0, 0.0, 0.0))
    require_near_end(found, np.array([-7.9, 0.0, 0.0]), "ostium landmark", WORLD)
    with pytest.raises(
        InputError, match=r"ostium landmark must lie at an end .* is 8\.1 mm away, more than 4 radii \(8\.0"
    ):
        require_near_end(found, np.array([0.0, 8.1, 0.0]), "ostium landmark", WORLD)


def test_a_far_end_is_near_its_end_and_a_thin_tip_counts_as_its_tube() -> None:
    points = equally_spaced(np.array([[0.0, 0.0, 0.0], [60.0, 0.0, 0.0]]), 1.0)
    radius = np.where(points[:, 0] > 55.0, 0.2, 2.0)
    thin = TubeAxis(points, radius, radius, np.full(len(points), np.nan), False, (False, False), 0)
    require_far_end(thin, np.array([67.9, 0.0, 0.0]), "end_near", WORLD)
    with pytest.raises(InputError, match=r"end_near must lie at the vessel's far end: .* is 8\.1 mm away, more than 4"):
        require_far_end(thin, np.array([60.0, 8.1, 0.0]), "end_near", WORLD)


def test_a_piece_goes_on_from_the_one_before() -> None:
    first = axis((0.0, 0.0, 0.0), (60.0, 0.0, 0.0)).points
    # A corner of 90 degrees, as from the left main stem, is none of its business.
    require_onward(first, axis((60.0, 0.0, 0.0), (60.0, 30.0, 0.0)).points, ("a", "b"), WORLD)
    with pytest.raises(
        InputError, match=r"pieces must follow one another: .* by 180 degrees .* from a to b at \(100\.0, 10"
    ):
        require_onward(first, first[::-1], ("a", "b"), WORLD)


@pytest.mark.parametrize(("apart", "returns"), [(0.9, True), (4.1, False)])
def test_an_axis_that_returns_upon_itself(apart: float, returns: bool) -> None:
    """Two limbs of a hairpin, radius 2: side by side they are a vessel, one within the other they are none."""
    line = axis((0.0, 0.0, 0.0), (30.0, 0.0, 0.0), (40.0, 10.0, 0.0), (30.0, apart, 0.0), (0.0, apart, 0.0)).points
    if not returns:
        require_no_return(line, np.full(len(line), 2.0), "vein", WORLD)
        return
    with pytest.raises(
        InputError, match=r"vein must be a vessel that does not come back upon itself: at \(.*0\.\d mm from"
    ):
        require_no_return(line, np.full(len(line), 2.0), "vein", WORLD)

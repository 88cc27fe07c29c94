"""The own frame of surfaces: where its axes point, and that it goes along with them."""

from __future__ import annotations

import numpy as np
import pytest

from annulus.geometry import Frame, swept_tube
from annulus.geometry._own_frame import in_frame, own_frame, place_of, principal_frame
from tubes import renumbered, rotation, winding


def test_axes_point_to_the_longer_tails() -> None:
    # Three masses on each line: the heavy one near, the light one far, so that the far side is the longer tail.
    line = np.array([-1.0, -1.0, 2.0])
    points = np.vstack(
        [np.outer(line, 9.0 * np.eye(3)[1]), np.outer(-line, 4.0 * np.eye(3)[0]), np.outer(line, [0, 0, 1.0])]
    )
    frame = principal_frame(points, np.ones(9))
    np.testing.assert_allclose(frame.origin, 0.0, atol=1e-12)
    # All tails are equally skewed; two point as they should, the third makes the frame right-handed.
    np.testing.assert_allclose(np.abs(frame.axes), [[0, 1, 0], [1, 0, 0], [0, 0, 1]], atol=1e-12)
    assert np.linalg.det(frame.axes) == pytest.approx(1.0)
    signs = np.array([frame.axes[0, 1], -frame.axes[1, 0], frame.axes[2, 2]])
    assert (signs > 0.0).sum() >= 2


def test_a_point_overrules_the_tail_of_z() -> None:
    points = np.random.default_rng(3).normal(size=(200, 3)) * [9.0, 4.0, 1.0]
    for side in (1.0, -1.0):
        frame = principal_frame(points, np.ones(200), z_towards=np.array([0.0, 0.0, 30.0 * side]))
        assert side * frame.axes[2, 2] > 0.9
        local = frame.to_local(points)
        skew = (local**3).mean(axis=0) / (local**2).mean(axis=0) ** 1.5
        assert skew[np.argmax(np.abs(skew[:2]))] > 0.0


@pytest.mark.parametrize("seed", range(5))
def test_it_goes_along_with_the_surface(seed: int) -> None:
    generator = np.random.default_rng(seed)
    tube, turn, shift = swept_tube(winding()), rotation(generator), generator.uniform(-300.0, 300.0, size=3)
    moved = renumbered(tube.transformed(2.5 * turn, shift), generator)
    still, found = own_frame([tube]), own_frame([moved])
    np.testing.assert_allclose(found.origin, 2.5 * turn @ still.origin + shift, atol=1e-9)
    np.testing.assert_allclose(found.axes, still.axes @ turn.T, atol=1e-9)
    here, there = in_frame(tube, still), in_frame(moved, found)
    np.testing.assert_allclose(there.points, 2.5 * here.points, atol=1e-9)
    np.testing.assert_array_equal(there.triangles, here.triangles)


def test_places_are_told_in_the_world() -> None:
    frame = Frame(np.array([10.0, 20.0, 30.0]), np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]))
    assert place_of(frame, np.array([1.0, 2.0, 3.0])) == "(8.0, 21.0, 33.0) mm"

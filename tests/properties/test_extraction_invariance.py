"""What is extracted does not depend on rotation, place, scale and numbering; and the march needs no good frame."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from annulus.geometry import (
    Curve,
    ExtractedLoop,
    Frame,
    Surface,
    annulus_from_boundary,
    annulus_from_interface,
    ring_axis,
    swept_tube,
    vessel_axis,
)
from annulus.geometry import _vessel as vessel_module
from tubes import (
    band_walls,
    facing_pools,
    flared,
    half_moon,
    hollow,
    leaflets,
    merged,
    noisy,
    renumbered,
    ring_tube,
    rotation,
    saddle,
    soup,
    winding,
)

AXIS = winding()
MOTIONS = range(4)

TUBES: dict[str, Surface] = {
    "flared mouth": flared()[1],
    "half-moon": swept_tube(AXIS, outline=half_moon(40, thickness=0.35, bend=0.5)),
    "half-moon around its centroid, open": swept_tube(
        AXIS, outline=half_moon(60, thickness=0.25, bend=0.9), closed_ends=False
    ),
    "two walls": hollow(AXIS, rims=(True, False)),
    "noise, unwelded": soup(noisy(swept_tube(AXIS), 0.08)),
    "branch": merged(
        swept_tube(AXIS),
        swept_tube(Curve(AXIS.at(50.0) + np.linspace(0.0, 16.0, 30)[:, None] * [0.3, 0.4, 0.9], np.full(30, 1.2))),
    ),
}

# Asymmetric, so that its own frame is one.
RING = saddle().transformed(np.eye(3) + np.array([[0.0, 0.1, 0.0], [0.0, 0.0, 0.0], [0.05, 0.02, 0.0]]))
ABOVE = RING.centroid + [2.0, 1.0, 30.0]
LOOPS: dict[str, tuple[Callable[[list[Surface], np.ndarray, float], ExtractedLoop], list[Surface]]] = {
    "ring": (lambda parts, above, scale: ring_axis(parts[0]), [noisy(ring_tube(RING, 0.9), 0.03)]),
    "leaflets": (
        lambda parts, above, scale: annulus_from_boundary(parts, atrial_side=above), leaflets(RING, split=0.15)
    ),
    "valve": (
        lambda parts, above, scale: annulus_from_boundary(parts, atrial_side=above), [merged(*leaflets(RING))]
    ),
    "blood pools": (
        lambda parts, above, scale: annulus_from_interface(*parts, tolerance=0.3 * scale), list(facing_pools(RING))
    ),
    "walls": (
        lambda parts, above, scale: annulus_from_interface(*parts, tolerance=0.3 * scale), list(band_walls(RING))
    ),
}  # fmt: skip


def motion(index: int) -> tuple[np.random.Generator, np.ndarray, np.ndarray, float]:
    """Rotation, translation [mm] and scale number `index`."""
    generator = np.random.default_rng([16, index])
    return generator, rotation(generator), generator.uniform(-500.0, 500.0, size=3), float(generator.uniform(0.1, 3.0))


def moved(surface: Surface, index: int) -> Surface:
    generator, turn, shift, scale = motion(index)
    return renumbered(surface.transformed(scale * turn, shift), generator)


@pytest.mark.parametrize("name", TUBES)
def test_axis_of_a_moved_and_renumbered_vessel(name: str) -> None:
    tube = TUBES[name]
    still = vessel_axis([tube], start_near=AXIS.points[5] if name != "flared mouth" else None)
    fine = Curve(np.vstack([AXIS.points[0] - 8.0 * AXIS.tangents[0], AXIS.points]))
    assert fine.closest(still.curve.points)[1].max() < 0.1 * AXIS.radius.max()
    for index in MOTIONS:
        _, turn, shift, scale = motion(index)
        start = None if name == "flared mouth" else scale * turn @ AXIS.points[5] + shift
        found = vessel_axis([moved(tube, index)], start_near=start)
        back = (found.curve.points - shift) @ turn / scale
        np.testing.assert_allclose(back, still.curve.points, atol=1e-7)
        np.testing.assert_allclose(found.curve.radius, scale * still.curve.radius, rtol=1e-7)
        # The search for the inscribed circle ends at 1e-4 of the outline's box.
        np.testing.assert_allclose(found.curve.mis_radius, scale * still.curve.mis_radius, rtol=5e-4)
        assert len(found.notes) == len(still.notes)


@pytest.mark.parametrize("name", TUBES)
def test_the_march_needs_no_good_frame(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In frames at random, the own one put aside, axes agree to a tenth of a radius: no frame is a bad one."""
    still = vessel_axis([TUBES[name]]).curve
    ends = {"start_near": still.points[0], "end_near": still.points[-1]}
    for index in range(6):
        frame = Frame(np.zeros(3), rotation(np.random.default_rng([17, index])))
        monkeypatch.setattr(vessel_module, "own_frame", lambda surfaces, frame=frame: frame)
        found = vessel_axis([TUBES[name]], **ends).curve
        assert max(still.closest(found.points)[1].max(), found.closest(still.points)[1].max()) < 0.1 * AXIS.radius.max()


@pytest.mark.parametrize("name", LOOPS)
def test_annulus_of_moved_and_renumbered_surfaces(name: str) -> None:
    extract, surfaces = LOOPS[name]
    still = extract(surfaces, ABOVE, 1.0)
    for index in MOTIONS:
        _, turn, shift, scale = motion(index)
        found = extract([moved(surface, index) for surface in surfaces], scale * turn @ ABOVE + shift, scale)
        back = (found.loop.points - shift) @ turn / scale
        np.testing.assert_allclose(still.loop.closest(back)[1], 0.0, atol=1e-6)
        assert len(found.loop) == len(still.loop)
        assert found.loop.length == pytest.approx(scale * still.loop.length, rel=1e-6)

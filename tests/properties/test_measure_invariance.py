"""What must not change a measure: rigid motion, scaling, mirror, point order, start, and resampling."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annulus.anatomy import Annulus, Artery, CoronarySinus, annulus_from_loop
from annulus.anatomy.measures import measure_annulus, measure_circumflex, measure_coronary_sinus
from annulus.geometry import Curve, Loop

SETTINGS = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])

coefficient = st.floats(-1.0, 1.0)
shapes = st.builds(lambda *c: np.array(c), *[coefficient] * 8)


def annulus_of(shape: np.ndarray, n: int = 96) -> Annulus:
    """A smooth annulus: mean radius 17 mm, harmonics of a millimetre, saddle of about 3 mm."""
    t = 2.0 * np.pi * np.arange(n) / n
    r = 17.0 + shape[0] * np.cos(t) + (shape[1] - 1.5) * np.cos(2.0 * t) + 0.7 * shape[2] * np.sin(2.0 * t + 0.3)
    r = r + 0.4 * shape[3] * np.cos(3.0 * t)
    z = (3.0 + shape[4]) * np.cos(2.0 * t) + 0.5 * shape[5] * np.sin(3.0 * t) + 0.5 * shape[6] * np.cos(t + shape[7])
    loop = Loop(np.column_stack([-r * np.sin(t), r * np.cos(t), z]))
    made = annulus_from_loop(loop, atrial_side=[0.0, 0.0, 100.0], aortic=[0.0, 40.0, 5.0])
    # The landmarks of the first loop stay those of every other sampling of it.
    places = dict(made.landmarks)
    places |= {"LT": loop.at(n / 7), "RT": loop.at(-n / 7), "ALC": loop.at(n / 5), "PMC": loop.at(-n / 5)}
    return Annulus(loop, places)


def numbers(annulus: Annulus) -> dict[str, float]:
    found = measure_annulus(annulus).to_dict()
    out = {key: value for key, value in found.items() if isinstance(value, float)}
    return out | dict(found["quadrant_area_mm2"])  # type: ignore[call-overload]


def same(actual: dict[str, float], expected: dict[str, float], rtol: float) -> None:
    assert actual.keys() == expected.keys()
    for key, value in expected.items():
        assert actual[key] == pytest.approx(value, rel=rtol, abs=rtol), key


def rotation(angles: np.ndarray) -> np.ndarray:
    q, r = np.linalg.qr(np.random.default_rng(int(1e6 * abs(angles[0]))).normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return q * np.sign(np.linalg.det(q))


@SETTINGS
@given(shape=shapes)
def test_rigid_motion_and_scaling(shape: np.ndarray) -> None:
    annulus = annulus_of(shape)
    before = numbers(annulus)
    same(numbers(annulus.transformed(rotation(shape), 1000.0 * shape[:3])), before, 1e-8)
    powers = {key: 2 if key.endswith("mm2") or ("_" in key and key.isupper()) else 1 if key.endswith("_mm") else 0
              for key in before}  # fmt: skip
    same(numbers(annulus.transformed(1.7 * np.eye(3))), {k: v * 1.7 ** powers[k] for k, v in before.items()}, 1e-8)


@SETTINGS
@given(shape=shapes)
def test_mirror_swaps_above_and_below_only(shape: np.ndarray) -> None:
    annulus = annulus_of(shape)
    before = numbers(annulus)
    expected = before | {
        "height_above_mm": before["height_below_mm"],
        "height_below_mm": before["height_above_mm"],
        "bending_angle_deg": 360.0 - before["bending_angle_deg"],
    }
    same(numbers(annulus.transformed(np.diag([1.0, -1.0, 1.0]))), expected, 1e-8)


@SETTINGS
@given(shape=shapes, shift=st.integers(1, 95))
def test_point_order_and_start(shape: np.ndarray, shift: int) -> None:
    annulus = annulus_of(shape)
    before = numbers(annulus)
    rolled = Loop(np.roll(annulus.loop.points, shift, axis=0))
    # The start only moves the sampling of the minimal surface's circle and the order of sums.
    same(numbers(Annulus(rolled, annulus.landmarks)), before, 1e-6)
    same(numbers(Annulus(rolled.reversed(), annulus.landmarks)), before, 1e-6)


@SETTINGS
@given(shape=shapes, n=st.integers(48, 300), start=st.floats(0.0, 50.0))
def test_resampling(shape: np.ndarray, n: int, start: float) -> None:
    """The spline's error is fourth order: 1e-4 at 48 points, 1e-6 relative from about 150."""
    annulus = annulus_of(shape)
    again = Annulus(annulus.loop.resampled(n, start=start), annulus.landmarks)
    same(numbers(again), numbers(annulus), 1e-4 if n < 150 else 5e-6)


@SETTINGS
@given(shape=shapes)
def test_vessels_move_with_the_heart(shape: np.ndarray) -> None:
    annulus = annulus_of(shape)
    t = np.radians(np.linspace(265.0, 80.0, 120))
    r = 25.0 + shape[0] + 2.0 * np.sin(t)
    vein = Curve(np.column_stack([-r * np.sin(t), r * np.cos(t), 3.0 + shape[1] * np.cos(t)]), np.full(120, 3.0))
    u = np.radians(np.linspace(95.0, 250.0, 110))
    q = 25.0 + 7.0 * np.sin(u - np.radians(180.0))
    course = Curve(np.column_stack([-q * np.sin(u), q * np.cos(u), np.full(110, -2.0)]), np.full(110, 1.5))
    cs, artery = CoronarySinus(vein), Artery("lcx", course)

    def flat(matrix: np.ndarray, shift: np.ndarray) -> tuple[list, list]:
        moved = annulus.transformed(matrix, shift)
        sinus = measure_coronary_sinus(cs.transformed(matrix, shift), moved)
        beside = measure_circumflex(cs.transformed(matrix, shift), [artery.transformed(matrix, shift)], moved)
        assert beside is not None
        sides = [c.side_deg for c in beside.crossings]
        return [
            sinus.length_mm, sinus.plane_angle_deg, sinus.projection_length_mm, *sinus.annulus_distance_mm,
            *sinus.section_distance_mm, beside.min_gap_mm, *[c.cs_s_mm for c in beside.crossings],
            *[c.gap_mm for c in beside.crossings], *beside.arteries[0].profile.gap_mm,
        ], [sinus.plane_distance_mm, *sides]  # fmt: skip

    values, sides = flat(np.eye(3), np.zeros(3))
    assert len(sides) == 2
    moved, moved_sides = flat(rotation(shape), 100.0 * shape[:3])
    np.testing.assert_allclose(moved, values, atol=1e-7)
    np.testing.assert_allclose(moved_sides, sides, atol=1e-6)
    mirrored, mirrored_sides = flat(np.diag([1.0, 1.0, -1.0]), np.zeros(3))
    np.testing.assert_allclose(mirrored, values, atol=1e-7)
    # In the mirror the frame's atrial side changes over: heights and over/under change sign.
    np.testing.assert_allclose(mirrored_sides, [-sides[0], 360.0 - sides[1]], atol=1e-6)

"""Error of measurement: the statistics of its fields against their definition, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from annulus.anatomy._measurement_error import ErrorFields, MeasurementError, slid, smooth_field, with_error
from annulus.anatomy.parametric import preset
from annulus.errors import InputError
from annulus.geometry import Loop

ERROR = MeasurementError(1.0, 1.0, 0.7, 15.0, 1.5, 2.0, 1.1, 0.9, (1, 2, 3, 4))


@pytest.mark.parametrize("closed", [True, False])
def test_field_has_unit_variance_and_the_correlation_asked_for(closed: bool) -> None:
    """exp(-d^2 / 2 l^2), on a closed curve summed over its windings; 4,000 fields give each to about 0.03."""
    s = np.array([0.0, 15.0, 60.0])
    generator = np.random.default_rng(5)
    fields = np.stack(
        [smooth_field(s, 120.0, correlation_mm=15.0, generator=generator, closed=closed)[:, 0] for _ in range(4000)]
    )
    found = np.cov(fields.T, bias=True)
    apart = np.abs(s[:, None] - s)

    def wrapped(d: np.ndarray) -> np.ndarray:
        period = 120.0 if closed else 120.0 + 90.0
        return sum(np.exp(-0.5 * ((d + k * period) / 15.0) ** 2) for k in range(-2, 3))

    assert found == pytest.approx(wrapped(apart) / wrapped(np.zeros(1)), abs=0.06)


def test_field_does_not_depend_on_the_sampling() -> None:
    coarse, fine = np.linspace(0.0, 100.0, 5), np.linspace(0.0, 100.0, 9)
    fields = [
        smooth_field(s, 100.0, correlation_mm=15.0, generator=np.random.default_rng(2), closed=False)
        for s in (coarse, fine)
    ]
    assert fields[1][::2] == pytest.approx(fields[0], abs=1e-12)


def test_no_error_changes_nothing() -> None:
    case = preset("fmr")
    none = replace(ERROR, contour_mm=0.0, vein_mm=0.0, artery_mm=0.0, landmark_mm=0.0, trigone_mm=0.0)
    same = with_error(case, replace(none, vein_radius_factor=1.0, artery_radius_factor=1.0))
    assert same.annulus.loop.points == pytest.approx(case.annulus.loop.points, abs=1e-12)
    for name, point in case.annulus.landmarks.items():
        assert same.annulus.landmarks[name] == pytest.approx(point, abs=1e-9)


def test_error_is_across_the_curve_and_pairs_cancel() -> None:
    case = preset("fmr")
    assert case.coronary_sinus is not None
    up, down = (with_error(case, replace(ERROR, sign=sign)) for sign in (1.0, -1.0))
    assert up.coronary_sinus is not None and down.coronary_sinus is not None
    curve = case.coronary_sinus.curve
    middle = 0.5 * (up.coronary_sinus.curve.points + down.coronary_sinus.curve.points)
    assert middle == pytest.approx(curve.points, abs=1e-12)
    shift = up.coronary_sinus.curve.points - curve.points
    along = np.abs(np.sum(shift * curve.tangents, axis=1))
    assert along.max() < 0.02 < np.linalg.norm(shift, axis=1).mean()
    assert up.coronary_sinus.curve.radius == pytest.approx(1.1 * np.asarray(curve.radius))


def test_kept_fields_change_nothing() -> None:
    """Many errors of one case, in any order, give the bits of each alone."""
    case = preset("fmr")
    fields = ErrorFields(case, ERROR.correlation_mm)
    errors = [replace(ERROR, seeds=(k % 7, 2, k % 5, k), sign=(-1.0) ** k) for k in (*range(9), 0, 8, 3)]
    for error in errors:
        kept, alone = fields.moved(error), with_error(case, error)
        assert kept.digest == alone.digest
    with pytest.raises(InputError, match="correlation 15 mm"):
        fields.moved(replace(ERROR, correlation_mm=10.0))


def test_slide_goes_the_arc_asked_for() -> None:
    angle = np.linspace(0.0, 2.0 * np.pi, 400, endpoint=False)
    loop = Loop(20.0 * np.column_stack([np.cos(angle), np.sin(angle), 0.0 * angle]))
    moved = slid(loop, [[20.0, 0.0, 0.0], [0.0, 20.0, 1.0]], [3.0, -4.0])
    assert moved == pytest.approx(
        np.array([[20.0 * np.cos(0.15), 20.0 * np.sin(0.15), 0.0], [20.0 * np.sin(0.2), 20.0 * np.cos(0.2), 1.0]]),
        abs=2e-3,
    )

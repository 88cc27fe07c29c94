"""Parametric annulus: parameters in are measures out; fits report what they could not meet."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from annulus.anatomy.measures import measure_annulus
from annulus.anatomy.parametric import AnnulusParameters, FourierLoop, fit_annulus, fit_to_points, parametric_annulus
from annulus.errors import InputError
from annulus.geometry import Loop, ring_axis, ring_tube

FMR = AnnulusParameters(ap_mm=34.0, alpm_mm=44.0, height_mm=5.9, it_mm=26.2)


def test_annulus_stands_in_its_own_frame() -> None:
    frame = parametric_annulus(FMR).frame
    # The polygon's centroid and plane differ from the smooth curve's by its sagitta, 240 points.
    np.testing.assert_allclose(frame.origin, 0.0, atol=1e-3)
    np.testing.assert_allclose(frame.axes, np.eye(3), atol=1e-4)


def test_symmetric_annulus_is_its_own_mirror_image() -> None:
    points = parametric_annulus(FMR).loop.points
    mirrored = np.roll(points[::-1], 1, axis=0) * [-1.0, 1.0, 1.0]
    np.testing.assert_allclose(points, mirrored, atol=1e-9)


def test_commissures_cut_off_the_given_share() -> None:
    annulus = parametric_annulus(FMR)
    loop = annulus.loop
    where, distance = loop.closest(np.array([annulus.landmarks["ALC"], annulus.landmarks["PMC"]]))
    arc = np.interp(where, np.arange(len(loop) + 1), np.append(loop.arc_lengths, loop.length))
    assert distance.max() < 2e-3
    assert (arc[0] + loop.length - arc[1]) / loop.length == pytest.approx(FMR.commissure_share, abs=1e-4)


def test_anterior_side_is_flatter_than_the_posterior_one() -> None:
    curvature = parametric_annulus(FMR).loop.resampled(240).spline
    length = curvature.x[-1]
    first, second = curvature([0.0, 0.5 * length], 1), curvature([0.0, 0.5 * length], 2)
    at_a, at_p = np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0])
    assert at_a < 0.4 * at_p


def test_bulge_moves_p3_outwards_and_leaves_the_lateral_side() -> None:
    bulged = parametric_annulus(AnnulusParameters(34.0, 44.0, 5.9, 26.2, p3_bulge_mm=4.0))
    areas = measure_annulus(bulged, minimal_surface=False).quadrant_area_mm2
    assert areas["P_PM"] > 1.05 * areas["AL_P"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ap_mm": 0.034}, "ap_mm must lie in"),
        ({"ap_mm": float("nan")}, "ap_mm must lie in"),
        ({"ap_mm": 60.0}, "ap_mm / alpm_mm"),
        ({"it_mm": 43.0}, "it_mm / alpm_mm"),
        ({"height_mm": 24.0}, "height_mm must not exceed"),
        ({"p3_bulge_mm": 20.0}, "p3_bulge_mm must lie in"),
    ],
)
def test_impossible_parameters_are_named(change: dict[str, float], message: str) -> None:
    values = {"ap_mm": 34.0, "alpm_mm": 44.0, "height_mm": 5.9, "it_mm": 26.2} | change
    with pytest.raises(InputError, match=message):
        AnnulusParameters(**values)


def test_fit_of_consistent_measures_returns_the_parameters() -> None:
    found = measure_annulus(parametric_annulus(FMR), minimal_surface=False)
    given = {name: getattr(found, name) for name in ("ap_mm", "alpm_mm", "height_mm", "it_mm", "perimeter_3d_mm")}
    fit = fit_annulus(given)
    assert max(abs(value) for value in fit.weighted.values()) < 1e-6
    for name in ("ap_mm", "alpm_mm", "height_mm", "it_mm"):
        assert getattr(fit.parameters, name) == pytest.approx(getattr(FMR, name), rel=1e-6)
    assert fit.undetermined == ()
    # A start beside the answer to rounding, where a step relative to its logarithm would vanish.
    beside = replace(FMR, it_mm=FMR.it_mm * (1.0 + 1e-12))
    assert fit_annulus(given, start=beside).undetermined == ()


def test_fit_of_contradicting_measures_reports_the_residual() -> None:
    # An ellipse-like curve 34 by 44 mm around cannot be 150 mm long.
    fit = fit_annulus({"ap_mm": 34.0, "alpm_mm": 44.0, "height_mm": 5.9, "it_mm": 26.2, "perimeter_3d_mm": 150.0})
    assert fit.residuals["perimeter_3d_mm"] < -3.0
    assert fit.residuals["ap_mm"] > 0.5


def test_fit_names_what_the_measures_leave_open() -> None:
    fit = fit_annulus({"perimeter_3d_mm": 147.3, "sphericity_ap_alpm": 0.80, "height_mm": 5.9})
    assert fit.undetermined == ("it_mm",)
    # The atrial preset's diameters come from this fit.
    assert fit.parameters.ap_mm == pytest.approx(39.55, abs=0.05)
    assert fit.parameters.alpm_mm == pytest.approx(49.44, abs=0.05)


def test_fit_refuses_unknown_and_senseless_measures() -> None:
    with pytest.raises(InputError, match="tenting"):
        fit_annulus({"tenting_height_mm": 8.0})
    with pytest.raises(InputError, match="positive"):
        fit_annulus({"ap_mm": -1.0})
    with pytest.raises(InputError, match="at least one"):
        fit_annulus({})


def test_point_fit_recovers_a_fourier_curve_from_shuffled_points() -> None:
    rng = np.random.default_rng(7)
    coefficients = np.zeros((9, 3))
    coefficients[1, 1], coefficients[2, 0], coefficients[3, 2] = 17.0, -22.0, 3.0
    coefficients[3, 1], coefficients[6, 0] = -2.0, -0.5
    curve = FourierLoop(coefficients)
    points = curve(rng.permutation(np.linspace(0.0, 2.0 * np.pi, 60, endpoint=False)))
    fit = fit_to_points(points)
    assert fit.rms_mm < 1e-4
    noisy = fit_to_points(points + rng.normal(0.0, 0.3, points.shape))
    # Two of three directions lie across the curve; 27 coefficients of 180 numbers soak up a little.
    assert 0.25 < noisy.rms_mm < 0.3 * np.sqrt(2.0)


def test_point_fit_of_a_parametric_annulus_is_close() -> None:
    fit = fit_to_points(parametric_annulus(FMR).loop.points, n_harmonics=6)
    assert fit.max_mm < 1e-4


def test_point_fit_refuses_an_open_arc_and_too_few_points() -> None:
    t = np.linspace(0.0, 2.5, 40)
    arc = np.column_stack([np.cos(t), np.sin(t), 0.0 * t])
    with pytest.raises(InputError, match="all around"):
        fit_to_points(arc)
    with pytest.raises(InputError, match="at least 9"):
        fit_to_points(arc[:8])


def test_fourier_curve_of_samples_is_exact() -> None:
    curve = FourierLoop(np.random.default_rng(1).normal(size=(9, 3)))
    t = 2.0 * np.pi * np.arange(16) / 16
    again = FourierLoop.from_samples(curve(t), n_harmonics=4)
    np.testing.assert_allclose(again.coefficients, curve.coefficients, atol=1e-13)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(again)).coefficients, again.coefficients)


def test_ring_tube_has_the_torus_volume_and_gives_its_axis_back() -> None:
    turn = 2.0 * np.pi * np.arange(200) / 200
    circle = Loop(np.column_stack([20.0 * np.cos(turn), 20.0 * np.sin(turn), 0.0 * turn]))
    tube = ring_tube(circle, radius_mm=1.0, n_around=60)
    volume = np.sum(np.einsum("ij,ij->i", tube.area_vectors, tube.corners.mean(axis=1))) / 3.0
    # Pappus: 2 pi R pi r^2; a 60-gon lacks 0.2 %, a 200-gon 0.03 %.
    assert volume == pytest.approx(2.0 * np.pi**2 * 20.0, rel=3e-3)
    annulus = parametric_annulus(FMR)
    axis = ring_axis(ring_tube(annulus.loop, radius_mm=0.8)).loop
    assert axis.length == pytest.approx(annulus.loop.length, rel=5e-3)

"""Rows of `annulus.kernels.plateau`: Fourier sums by numpy's FFT and SciPy's optimiser as slow references."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.optimize import minimize

from annulus.kernels.periodic import periodic_spline
from annulus.kernels.plateau import harmonic_extension, minimal_disk, plateau_energy, plateau_solve
from kernel_rows import kernel_rows


def wavy(n: int) -> np.ndarray:
    t = 2.0 * np.pi * np.arange(n) / n
    t = t + 0.2 * np.sin(t)
    return np.column_stack([18.0 * np.cos(t), 14.0 * np.sin(t), 3.0 * np.cos(2.0 * t)]) + [4.0, -2.0, 7.0]


def slow_energy(points: np.ndarray) -> float:
    """Half the integral of |gradient|^2 of the harmonic disk: pi n |c_k|^2 |k| summed over Fourier modes."""
    n = len(points)
    modes = np.fft.fft(points, axis=0) / n
    k = np.abs(np.fft.fftfreq(n, 1.0 / n))
    return float(np.pi * (k[:, None] * np.abs(modes) ** 2).sum())


def slow_solve(knots, coefficients, start, tolerance, max_iterations):
    """SciPy's BFGS over the free parameters from the same start."""
    spline = CubicSpline(knots, np.vstack([coefficients[:, 0], coefficients[:1, 0]]), bc_type="periodic")
    free = np.arange(len(start)) % (len(start) // 3) != 0
    modes = np.abs(np.fft.fftfreq(len(start), 1.0 / len(start)))

    def energy(values):
        parameters = start.copy()
        parameters[free] = values
        points = spline(parameters % knots[-1])
        stress = 2.0 * np.pi / len(start) * np.fft.ifft(modes[:, None] * np.fft.fft(points, axis=0), axis=0).real
        gradient = (stress * spline(parameters % knots[-1], 1)).sum(axis=1)
        return slow_energy(points), gradient[free]

    if max_iterations == 0:
        return start, energy(start[free])[0]
    found = minimize(energy, start[free], jac=True, method="BFGS", options={"gtol": 1e-7, "maxiter": 2000})
    parameters = start.copy()
    parameters[free] = found.x
    return parameters, found.fun


def slow_extension(points, radii, n_angles):
    n = len(points)
    modes = np.fft.fft(points, axis=0) / n
    k = np.fft.fftfreq(n, 1.0 / n)
    angles = 2.0 * np.pi * np.arange(n_angles) / n_angles
    waves = np.exp(1j * np.outer(angles, k))
    # The highest mode of an even number of points stands for its cosine.
    waves[:, n // 2] = np.cos(angles * n / 2)
    return np.array([(waves @ (r ** np.abs(k)[:, None] * modes)).real for r in radii])


def solve_arguments(n_loop: int, n: int, max_iterations: int):
    knots, coefficients = periodic_spline(wavy(n_loop))
    return knots, coefficients, np.arange(n) * (knots[-1] / n), 1e-9, max_iterations


def slow_disk(points, n_points, tolerance, max_iterations):
    """Equal arc lengths by fine sampling, then SciPy's optimiser."""
    closed = np.vstack([points, points[:1]])
    knots = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1)))
    spline = CubicSpline(knots, closed, bc_type="periodic")
    nodes, weights = np.polynomial.legendre.leggauss(4)
    half = 0.5 * np.diff(knots)
    at = knots[:-1, None] + half[:, None] * (nodes + 1.0)
    steps = (np.linalg.norm(spline(at, 1), axis=2) * weights).sum(axis=1) * half
    lengths = np.append(0.0, np.cumsum(steps))
    start = np.interp(np.arange(n_points) * lengths[-1] / n_points, lengths, knots)
    parameters, area = slow_solve(knots, np.moveaxis(spline.c[::-1], 0, 1), start, tolerance, max_iterations)
    return spline(parameters % knots[-1]), area, bool((np.diff(parameters) >= 0.0).all())


ROWS = [
    *kernel_rows(
        minimal_disk,
        reference=slow_disk,
        small=lambda: (wavy(60), 24, 1e-9, 40),
        large=lambda: (wavy(60), 36, 1e-9, 40),
        degenerate=lambda: (wavy(12), 12, 1e-9, 0),
        output=lambda returned, _: (returned[0], returned[1], returned[4]),
        rtol=1e-6,
        atol=1e-5,  # places [mm] where the reference's gradient ends at 1e-7
        twin_rtol=1e-9,
    ),
    *kernel_rows(
        plateau_energy,
        reference=slow_energy,
        small=lambda: (wavy(6),),
        large=lambda: (wavy(96),),
        degenerate=lambda: (np.zeros((6, 3)),),
        rtol=1e-11,
        atol=1e-10,
    ),
    *kernel_rows(
        plateau_solve,
        reference=slow_solve,
        small=lambda: solve_arguments(60, 24, 40),
        large=lambda: solve_arguments(60, 36, 40),
        degenerate=lambda: solve_arguments(12, 12, 0),
        output=lambda returned, _: returned[:2],
        rtol=1e-6,
        atol=1e-5,  # parameters [mm] where the reference's gradient ends at 1e-7
        twin_rtol=1e-9,
    ),
    *kernel_rows(
        harmonic_extension,
        reference=slow_extension,
        small=lambda: (wavy(6), np.array([0.0, 0.5]), 6),
        large=lambda: (wavy(48), np.linspace(0.0, 0.95, 5), 20),
        degenerate=lambda: (np.ones((4, 3)), np.array([0.3]), 3),
        rtol=1e-10,
        atol=1e-11,
    ),
]


def test_circle_has_its_area() -> None:
    """Closed form: the flat disk, pi r^2, exact for any number of points."""
    t = 2.0 * np.pi * np.arange(12) / 12
    circle = np.column_stack([3.0 * np.cos(t), 3.0 * np.sin(t), np.full(12, 5.0)])
    np.testing.assert_allclose(plateau_energy(circle), 9.0 * np.pi, rtol=1e-13)

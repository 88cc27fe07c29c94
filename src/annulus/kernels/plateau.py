"""Plateau's problem by Douglas' functional: the minimal disk that a closed spline bounds.

A minimal disk is the harmonic extension of the boundary traversed in the one way (up to the disk's own conformal maps)
that makes the Dirichlet energy least; that energy is then its area (Douglas 1931, key douglas1931). Unknown are the
spline parameters p[j] at the angles 2 pi j / n of the unit circle. For the trigonometric interpolant through n points
the energy is E = 1/2 sum_jl K[j, l] x(p[j]) . x(p[l]) with the circulant K of `_weights`: no mesh, and the error falls
as fast as the boundary is smooth.
"""

from __future__ import annotations

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray
from annulus.kernels.periodic import periodic_cumulative, periodic_evaluate, periodic_spline

__all__ = ["harmonic_extension", "minimal_disk", "plateau_energy", "plateau_solve"]


@kernel
def _weights(n: int) -> FloatArray:
    """First row of K for even n: (2 pi / n) times the map from values to normal derivatives on the circle."""
    row = np.zeros(n)
    row[0] = 0.5 * np.pi
    for m in range(1, n, 2):
        row[m] = -2.0 * np.pi / (n * n * np.sin(np.pi * m / n) ** 2)
    return row


@kernel
def _stress(row: FloatArray, points: FloatArray) -> FloatArray:
    """K times the boundary points, shape (n, 3)."""
    n = points.shape[0]
    out = np.zeros((n, 3))
    for j in range(n):
        s0 = row[0] * points[j, 0]
        s1 = row[0] * points[j, 1]
        s2 = row[0] * points[j, 2]
        for m in range(1, n, 2):
            i = j + m if j + m < n else j + m - n
            s0 += row[m] * points[i, 0]
            s1 += row[m] * points[i, 1]
            s2 += row[m] * points[i, 2]
        out[j, 0] = s0
        out[j, 1] = s1
        out[j, 2] = s2
    return out


@kernel
def _energy_of(points: FloatArray, stress: FloatArray) -> float:
    total = 0.0
    for j in range(points.shape[0]):
        for k in range(3):
            total += 0.5 * points[j, k] * stress[j, k]
    return total


@kernel
def plateau_energy(points: FloatArray) -> float:
    """Dirichlet energy [mm2] of the harmonic disk through `points`, shape (n, 3), n even, at equal angles."""
    return _energy_of(points, _stress(_weights(points.shape[0]), points))


@kernel
def _solve_positive(matrix: FloatArray, right: FloatArray) -> bool:
    """Solve in place by Cholesky's method, from the upper triangle; False where it is not positive definite."""
    n = matrix.shape[0]
    smallest = 0.0
    for k in range(n):
        smallest = max(smallest, matrix[k, k])
    smallest *= 1e-13
    # Upper factor, row by row: the inner loop runs along memory.
    for k in range(n):
        if not matrix[k, k] > smallest:
            return False
        pivot = np.sqrt(matrix[k, k])
        for j in range(k, n):
            matrix[k, j] /= pivot
        for i in range(k + 1, n):
            factor = matrix[k, i]
            for j in range(i, n):
                matrix[i, j] -= factor * matrix[k, j]
    for k in range(n):
        right[k] /= matrix[k, k]
        for j in range(k + 1, n):
            right[j] -= matrix[k, j] * right[k]
    for k in range(n - 1, -1, -1):
        for j in range(k + 1, n):
            right[k] -= matrix[k, j] * right[j]
        right[k] /= matrix[k, k]
    return True


@kernel
def _centred(values: FloatArray, origin: FloatArray) -> FloatArray:
    """Points of `values` from an origin near them: large coordinates would cost digits."""
    n = values.shape[0]
    points = np.empty((n, 3))
    for j in range(n):
        for k in range(3):
            points[j, k] = values[j, 0, k] - origin[k]
    return points


@kernel
def _descent(stress: FloatArray, values: FloatArray) -> FloatArray:
    """Negative gradient over the parameters; zero at the three that are held."""
    n = values.shape[0]
    out = np.zeros(n)
    for j in range(n):
        if j % (n // 3) != 0:
            for k in range(3):
                out[j] -= stress[j, k] * values[j, 1, k]
    return out


@kernel
def _newton_step(
    row: FloatArray, stress: FloatArray, values: FloatArray, shift: float, descent: FloatArray, step: FloatArray
) -> bool:
    """Write the solution of (Hessian + `shift`) step = `descent`; False where that matrix is not positive definite.

    K vanishes at even distances but zero, so that parameters of one parity are coupled through the other one only:
    what is solved is the Schur complement of the odd ones. The three parameters held have unit rows.
    """
    n = values.shape[0]
    third = n // 3
    half = n // 2
    diagonal = np.empty(n)
    largest = 0.0
    for j in range(n):
        diagonal[j] = shift
        for k in range(3):
            diagonal[j] += row[0] * values[j, 1, k] ** 2 + stress[j, k] * values[j, 2, k]
        if j % third == 0:
            diagonal[j] = 1.0
        largest = max(largest, diagonal[j])
    coupling = np.empty((half, half))
    for a in range(half):
        d0 = values[2 * a, 1, 0]
        d1 = values[2 * a, 1, 1]
        d2 = values[2 * a, 1, 2]
        for b in range(half):
            weight = row[abs(2 * b + 1 - 2 * a)]
            coupling[a, b] = weight * (
                d0 * values[2 * b + 1, 1, 0] + d1 * values[2 * b + 1, 1, 1] + d2 * values[2 * b + 1, 1, 2]
            )
    for held in range(0, n, third):
        if held % 2 == 0:
            coupling[held // 2, :] = 0.0
        else:
            coupling[:, held // 2] = 0.0
    schur = np.zeros((half, half))
    right = np.empty(half)
    for b in range(half):
        schur[b, b] = diagonal[2 * b + 1]
        right[b] = descent[2 * b + 1]
    for a in range(half):
        if not diagonal[2 * a] > 1e-13 * largest:
            return False
        for b in range(half):
            factor = coupling[a, b] / diagonal[2 * a]
            right[b] -= factor * descent[2 * a]
            for c in range(b, half):
                schur[b, c] -= factor * coupling[a, c]
    if not _solve_positive(schur, right):
        return False
    for a in range(half):
        total = descent[2 * a]
        for b in range(half):
            total -= coupling[a, b] * right[b]
        step[2 * a] = total / diagonal[2 * a]
        step[2 * a + 1] = right[a]
    return True


@kernel
def plateau_solve(
    knots: FloatArray, coefficients: FloatArray, start: FloatArray, tolerance: float, max_iterations: int
) -> tuple[FloatArray, float, int, float]:
    """Boundary parameters of the minimal disk by Newton's method with line search.

    `start` are increasing parameters, shape (n,), n a multiple of 6; its entries 0, n/3 and 2n/3 are held, which takes
    the conformal maps of the disk out of the problem. Where the Hessian is not positive definite, its diagonal is
    raised. Returns the parameters, the energy [mm2], the iterations and the largest gradient entry over period / n,
    which is to fall below `tolerance`.
    """
    n = start.shape[0]
    period = knots[coefficients.shape[0]]
    row = _weights(n)
    parameters = start.copy()
    tried = np.empty(n)
    step = np.empty(n)
    values = periodic_evaluate(knots, coefficients, parameters)
    origin = values[0, 0].copy()
    points = _centred(values, origin)
    stress = _stress(row, points)
    energy = _energy_of(points, stress)
    shift = 0.0
    iterations = 0
    while True:
        descent = _descent(stress, values)
        residual = 0.0
        for j in range(n):
            residual = max(residual, abs(descent[j]) * n / period)
        if residual < tolerance or iterations == max_iterations:
            break
        solved = False
        for _ in range(40):
            solved = _newton_step(row, stress, values, shift, descent, step)
            if solved:
                break
            shift = max(4.0 * shift, 0.01)
        if not solved:
            break
        iterations += 1
        slope = 0.0
        for j in range(n):
            slope += descent[j] * step[j]
        length = 1.0
        better = False
        for _ in range(30):
            for j in range(n):
                tried[j] = parameters[j] + length * step[j]
            new_values = periodic_evaluate(knots, coefficients, tried)
            new_points = _centred(new_values, origin)
            new_stress = _stress(row, new_points)
            new_energy = _energy_of(new_points, new_stress)
            # Near the minimum the energies agree to rounding: then a step is taken as it is.
            if new_energy <= energy - 1e-4 * length * slope + 1e-14 * energy:
                better = True
                break
            length *= 0.5
        if not better:
            break
        values = new_values
        stress = new_stress
        energy = new_energy
        for j in range(n):
            parameters[j] = tried[j]
        shift = 0.0 if length == 1.0 and shift < 0.02 else 0.25 * shift
    return parameters, energy, iterations, residual


@kernel
def minimal_disk(
    points: FloatArray, n_points: int, tolerance: float, max_iterations: int
) -> tuple[FloatArray, float, int, float, bool]:
    """Minimal disk in the periodic spline through `points`, shape (n, 3), from equal arc lengths.

    Returns boundary points (n_points, 3), n_points a multiple of 6, the energy [mm2], iterations, residual, and whether
    the boundary is traversed once, without turning back.
    """
    knots, pieces = periodic_spline(points)
    period = knots[points.shape[0]]
    lengths = periodic_cumulative(knots, pieces, knots, pieces[0, 0], np.array([0.0, 0.0, 1.0]))[:, 0]
    # Knots are dense enough to invert by linear interpolation.
    start = np.interp(np.arange(n_points) * (lengths[-1] / n_points), lengths, knots)
    parameters, area, iterations, residual = plateau_solve(knots, pieces, start, tolerance, max_iterations)
    once = parameters[0] + period >= parameters[n_points - 1]
    for j in range(n_points - 1):
        once = once and parameters[j + 1] >= parameters[j]
    boundary = np.ascontiguousarray(periodic_evaluate(knots, pieces, parameters)[:, 0])
    return boundary, area, iterations, residual, once


@kernel
def harmonic_extension(points: FloatArray, radii: FloatArray, n_angles: int) -> FloatArray:
    """Points of the harmonic disk through boundary `points`, shape (n, 3), n even: shape (r, n_angles, 3).

    Rings at `radii` in [0, 1) of the unit disk, at angles 2 pi i / n_angles, from Poisson's kernel of the interpolant:
    each Fourier mode k decays as radius^k.
    """
    n = points.shape[0]
    half = n // 2
    cosines = np.zeros((half + 1, 3))
    sines = np.zeros((half + 1, 3))
    for mode in range(half + 1):
        scale = (1.0 if mode == 0 or mode == half else 2.0) / n
        for j in range(n):
            angle = 2.0 * np.pi * ((mode * j) % n) / n
            for k in range(3):
                cosines[mode, k] += scale * points[j, k] * np.cos(angle)
                sines[mode, k] += scale * points[j, k] * np.sin(angle)
    out = np.zeros((radii.shape[0], n_angles, 3))
    for r in range(radii.shape[0]):
        for i in range(n_angles):
            decay = 1.0
            for mode in range(half + 1):
                angle = 2.0 * np.pi * ((mode * i) % n_angles) / n_angles
                for k in range(3):
                    out[r, i, k] += decay * (cosines[mode, k] * np.cos(angle) + sines[mode, k] * np.sin(angle))
                decay *= radii[r]
    return out

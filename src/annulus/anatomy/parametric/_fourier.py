"""Smooth closed curves as Fourier series, and their least-squares fit to points."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from annulus._arrays import locked, points_array
from annulus._typing import ArrayLike, FloatArray
from annulus.errors import InputError
from annulus.geometry import Frame, Loop
from annulus.geometry._arclength import arc_length_parameters
from annulus.kernels.fourier import fourier_points

__all__ = ["FourierLoop", "PointFit", "fit_to_points"]

_FEW = 16

_ROUNDS = 60
"""Most rounds of the fit to points."""

_TOLERANCE = 1e-8
"""Distances below this share of the curve's size count as none."""

_LARGEST_STEP = 0.3
"""Two neighbouring points farther apart than this share of the way round leave the contour open."""


@dataclass(frozen=True, eq=False)
class FourierLoop:
    """Closed curve x(t) = c0 + sum_k (a_k cos kt + b_k sin kt), t in [0, 2 pi).

    Parameters
    ----------
    coefficients
        Rows c0, a_1, b_1, a_2, b_2, ... [mm], shape (2 K + 1, 3), K >= 1.
    """

    coefficients: FloatArray

    def __post_init__(self) -> None:
        coefficients = points_array("coefficients", self.coefficients, at_least=3)
        if len(coefficients) % 2 == 0:
            raise InputError(f"coefficients must have an odd number of rows (2 K + 1); got {len(coefficients)}.")
        object.__setattr__(self, "coefficients", coefficients)

    def __reduce__(self) -> tuple[type[FourierLoop], tuple[FloatArray]]:
        return type(self), (self.coefficients,)

    @classmethod
    def from_samples(cls, points: ArrayLike, *, n_harmonics: int) -> FourierLoop:
        """Series of samples at t = 2 pi i / n, shape (n, 3), n > 2 `n_harmonics`; exact where they are one."""
        samples = points_array("points", points, at_least=2 * n_harmonics + 1)
        basis = _even_basis(len(samples), n_harmonics, 0)
        # On equally spaced samples the basis is orthogonal: the least-squares series is a projection.
        weights = np.full(basis.shape[1], 2.0 / len(samples))
        weights[0] = 1.0 / len(samples)
        return cls(weights[:, None] * (basis.T @ samples))

    @property
    def n_harmonics(self) -> int:
        """Highest harmonic K."""
        return (len(self.coefficients) - 1) // 2

    def __call__(self, t: ArrayLike, derivative: int = 0) -> FloatArray:
        """Points [mm] (or their `derivative`-th derivative by t) at parameters `t` [rad], shape (..., 3)."""
        where = np.asarray(t, dtype=np.float64)
        if where.size <= _FEW:
            # Root searches ask for one or two places at a time: numpy's overhead would be most of it.
            return fourier_points(where.reshape(-1), self.coefficients, derivative).reshape(*where.shape, 3)
        return _basis(where, self.n_harmonics, derivative) @ self.coefficients

    def at_steps(self, n_points: int, derivative: int = 0) -> FloatArray:
        """As the call, at t = 2 pi i / n, shape (n, 3)."""
        return _even_basis(n_points, self.n_harmonics, derivative) @ self.coefficients

    def to_local(self, frame: Frame) -> FourierLoop:
        """The same curve in the coordinates of `frame`."""
        moved = self.coefficients @ frame.axes.T
        moved[0] = frame.to_local(self.coefficients[0])
        return FourierLoop(moved)

    def to_loop(self, n_points: int) -> Loop:
        """Polygon with a vertex at t = 0 and at t = pi, equally spaced in arc length on each half.

        Raises
        ------
        InputError
            `n_points` is odd or below 8.
        """
        if n_points < 8 or n_points % 2:
            raise InputError(f"n_points must be even and at least 8; got {n_points}.")
        half, pieces = n_points // 2, 16 * self.n_harmonics
        first = arc_length_parameters(self, 0.0, np.pi, half + 1, pieces)
        second = arc_length_parameters(self, np.pi, 2.0 * np.pi, half + 1, pieces)
        return Loop(self(np.concatenate([first[:-1], second[:-1]])))


@dataclass(frozen=True, eq=False)
class PointFit:
    """Fourier curve fitted to points.

    Parameters
    ----------
    curve
        The curve.
    parameters
        Place of the nearest curve point to each given point, t [rad], shape (n,).
    residuals_mm
        Distance of each given point from the curve [mm], shape (n,).
    """

    curve: FourierLoop
    parameters: FloatArray
    residuals_mm: FloatArray

    @property
    def rms_mm(self) -> float:
        """Root mean square of the distances [mm]."""
        return float(np.sqrt(np.mean(self.residuals_mm**2)))

    @property
    def max_mm(self) -> float:
        """Largest distance [mm]."""
        return float(self.residuals_mm.max())


def fit_to_points(points: ArrayLike, *, n_harmonics: int = 4) -> PointFit:
    """Fourier curve of least squared distance to points around an annulus, in any order.

    Points are first put in order by their polar angle about the best-fit plane's normal; then curve and
    nearest places are improved together.

    Parameters
    ----------
    points
        Points near the annulus [mm], shape (n, 3), n >= 2 `n_harmonics` + 1.
    n_harmonics
        Highest harmonic, at least 1.

    Raises
    ------
    InputError
        Too few points, or points that do not go all around.
    """
    if n_harmonics < 1:
        raise InputError(f"n_harmonics must be at least 1; got {n_harmonics}.")
    given = points_array("points", points)
    if len(given) < 2 * n_harmonics + 1:
        raise InputError(
            f"points must number at least {2 * n_harmonics + 1} for {n_harmonics} harmonics; got {len(given)}: "
            "give more points or fewer harmonics."
        )
    centred = given - given.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2]
    angle = np.arctan2(centred @ axes[1], centred @ axes[0])
    around = given[np.argsort(angle)]
    steps = np.linalg.norm(np.roll(around, -1, axis=0) - around, axis=1)
    if steps.max() > _LARGEST_STEP * steps.sum():
        raise InputError(
            "points must go all around the annulus; between two neighbours lies "
            f"{steps.max() / steps.sum():.0%} of the way round: give the whole contour."
        )
    curve, t = _nearest_curve(given, angle, n_harmonics)
    residuals = np.linalg.norm(curve(t) - given, axis=1)
    return PointFit(curve, locked(t % (2.0 * np.pi)), locked(residuals))


def _nearest_curve(points: FloatArray, t: FloatArray, n_harmonics: int) -> tuple[FourierLoop, FloatArray]:
    """Damped Gauss-Newton on the distances across the curve, each point's nearest place followed in turn.

    Sliding a point along the curve costs nothing, so only misfits across it count; the damping decides what
    that leaves open, the speed at which the parameter runs.
    """
    width = 2 * n_harmonics + 1
    curve = FourierLoop(np.asarray(np.linalg.lstsq(_basis(t, n_harmonics), points, rcond=None)[0], dtype=np.float64))
    t = _nearest_places(curve, points, t)
    square = float(np.sum((curve(t) - points) ** 2))
    enough = (_TOLERANCE * float(np.linalg.norm(points - points.mean(axis=0)))) ** 2
    damping = 1e-3
    for _ in range(_ROUNDS):
        slope = curve(t, 1)
        tangent = slope / np.linalg.norm(slope, axis=1, keepdims=True)
        across = np.eye(3) - tangent[:, :, None] * tangent[:, None, :]
        matrix = np.einsum("ik,iab->iakb", _basis(t, n_harmonics), across).reshape(-1, 3 * width)
        normal, right = matrix.T @ matrix, matrix.T @ (points - curve(t)).ravel()
        gain = 0.0
        while damping < 1e6:
            change = np.linalg.solve(normal + damping * len(points) * np.eye(3 * width), right).reshape(width, 3)
            trial = FourierLoop(curve.coefficients + change)
            places = _nearest_places(trial, points, t)
            reached = float(np.sum((trial(places) - points) ** 2))
            if reached < square:
                gain, curve, t, square, damping = square - reached, trial, places, reached, 0.2 * damping
                break
            damping *= 4.0
        if gain <= 1e-4 * square + enough:
            break
    return curve, t


def _nearest_places(curve: FourierLoop, points: FloatArray, t: FloatArray) -> FloatArray:
    """Parameters of the nearest curve points, from nearby ones, shape (n,)."""
    for _ in range(5):
        gap, slope, bend = curve(t) - points, curve(t, 1), curve(t, 2)
        speed = np.sum(slope**2, axis=1)
        # Newton on the squared distance, held to its convex part.
        step = np.sum(gap * slope, axis=1) / np.maximum(speed + np.sum(gap * bend, axis=1), 0.5 * speed)
        t = t - np.clip(step, -0.2, 0.2)
    return t


def _basis(t: FloatArray, n_harmonics: int, derivative: int = 0) -> FloatArray:
    """Values (or derivatives) of 1, cos t, sin t, cos 2t, ..., shape (..., 2 K + 1)."""
    orders = np.arange(1, n_harmonics + 1)
    phase = t[..., None] * orders + 0.5 * np.pi * derivative
    factor = orders.astype(np.float64) ** derivative
    basis = np.empty((*t.shape, 2 * n_harmonics + 1))
    basis[..., 0] = 1.0 if derivative == 0 else 0.0
    basis[..., 1::2] = factor * np.cos(phase)
    basis[..., 2::2] = factor * np.sin(phase)
    return basis


@cache
def _even_basis(n_points: int, n_harmonics: int, derivative: int) -> FloatArray:
    """`_basis` at equal steps, which a search asks for again and again."""
    return locked(_basis(2.0 * np.pi * np.arange(n_points) / n_points, n_harmonics, derivative))

"""A D-shaped saddle annulus from clinical parameters: what goes in is what is measured."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from scipy.optimize import root_scalar

from annulus._typing import FloatArray
from annulus.anatomy._annulus import Annulus
from annulus.anatomy.parametric._fourier import FourierLoop
from annulus.errors import InputError
from annulus.geometry import Frame
from annulus.kernels.curves import interpolated

__all__ = ["AnnulusByAngle", "AnnulusParameters", "parametric_annulus", "points_at_theta"]

_HARMONICS = 6
"""The template needs 4; the local bulge of power 4, times the radial direction, needs one more."""

_BULGE_THETA_DEG = 232.0
"""Middle of the P3 segment: between P (180) and the posteromedial commissure."""


_N_STEPS = 256
_STEPS = 2.0 * np.pi * np.arange(_N_STEPS) / _N_STEPS
"""Parameters of the sums along a curve."""


@dataclass(frozen=True, slots=True)
class AnnulusParameters:
    """Clinical parameters of an annulus.

    Parameters
    ----------
    ap_mm
        3D chord from mid-anterior (A) to mid-posterior (P) [mm].
    alpm_mm
        3D chord through the centroid perpendicular to AP [mm].
    height_mm
        Largest distance above plus largest below the least-squares plane [mm].
    it_mm
        3D chord between the trigones [mm].
    anterior_flattening
        How much the anterior side is flatter than an ellipse's, 0 (ellipse) to 0.22 (straight) [1].
    fullness
        Third harmonic of the width: larger is squarer [1].
    commissure_share
        Share of the perimeter between the commissures on the anterior side [1]; only places ALC and PMC.
    p3_bulge_mm
        Outward displacement at the middle of P3 [mm], before the four measures are matched again.
    p3_drop_mm
        Displacement at the middle of P3 towards the ventricle [mm], likewise.

    Raises
    ------
    InputError
        A value is out of its range.
    """

    ap_mm: float
    alpm_mm: float
    height_mm: float
    it_mm: float
    anterior_flattening: float = 0.15
    fullness: float = 0.03
    commissure_share: float = 0.366
    p3_bulge_mm: float = 0.0
    p3_drop_mm: float = 0.0

    def __post_init__(self) -> None:
        for item in fields(self):
            low, high = _RANGES[item.name]
            value = getattr(self, item.name)
            if not low <= value <= high:
                raise InputError(f"{item.name} must lie in [{low:g}, {high:g}]; got {value:g}.")
        if not 0.5 <= self.ap_mm / self.alpm_mm <= 1.25:
            raise InputError(f"ap_mm / alpm_mm must lie in [0.5, 1.25]; got {self.ap_mm:g} / {self.alpm_mm:g}.")
        if not 0.25 <= self.it_mm / self.alpm_mm <= 0.9:
            raise InputError(f"it_mm / alpm_mm must lie in [0.25, 0.9]; got {self.it_mm:g} / {self.alpm_mm:g}.")
        if self.height_mm > 0.6 * min(self.ap_mm, self.alpm_mm):
            raise InputError(
                f"height_mm must not exceed 0.6 of the smaller diameter; got {self.height_mm:g} mm "
                f"for {min(self.ap_mm, self.alpm_mm):g} mm."
            )


_RANGES = {
    "ap_mm": (10.0, 80.0),
    "alpm_mm": (10.0, 80.0),
    "height_mm": (0.2, 25.0),
    "it_mm": (5.0, 60.0),
    "anterior_flattening": (0.0, 0.22),
    "fullness": (-0.05, 0.08),
    "commissure_share": (0.25, 0.5),
    "p3_bulge_mm": (-5.0, 8.0),
    "p3_drop_mm": (-5.0, 5.0),
}


def parametric_annulus(parameters: AnnulusParameters, *, n_points: int = 240) -> Annulus:
    """Annulus in its own frame (origin at the centroid, +z to the atrium) with all eight landmarks.

    The series' width, depth and saddle are found by Newton's and Broyden's method so that the smooth curve, measured as
    the package measures, has the given AP, ALPM and height; the trigones lie at equal arc length from A,
    the given chord apart, and so do the commissures at the given share of the perimeter.

    Parameters
    ----------
    parameters
        Clinical parameters.
    n_points
        Vertices, even; A and P are vertices. Measures are taken on the spline through the vertices: with
        240 they differ from the smooth curve's by less than 1e-7.

    Raises
    ------
    InputError
        No annulus of this family has these measures.
    """
    target = np.array([parameters.alpm_mm, parameters.ap_mm, parameters.height_mm])

    def misfit(logs: FloatArray) -> FloatArray:
        return _sizes(_template(parameters, np.exp(logs))) / target - 1.0

    logs: FloatArray = np.log(0.5 * target)
    # To begin with each size answers to its own scale alone, which is nearly so.
    jacobian, step, before = np.eye(3), np.zeros(3), np.full(3, np.inf)
    for _ in range(40):
        residual = misfit(logs)
        if np.abs(residual).max() < 1e-12:
            break
        if np.abs(residual).max() > 0.2 * np.abs(before).max():
            jacobian = np.column_stack([(misfit(logs + nudge) - residual) / 1e-6 for nudge in 1e-6 * np.eye(3)])
        elif step.any():
            # Broyden's update: the last step shows how the slopes have changed.
            jacobian = jacobian + np.outer(residual - before - jacobian @ step, step) / (step @ step)
        step, before = -np.clip(np.linalg.solve(jacobian, residual), -0.3, 0.3), residual
        logs = np.add(logs, step, dtype=np.float64)
    if not np.abs(residual).max() < 1e-9:
        raise InputError(
            f"no D-shaped saddle has ap_mm {parameters.ap_mm:g}, alpm_mm {parameters.alpm_mm:g}, height_mm "
            f"{parameters.height_mm:g} and p3_bulge_mm {parameters.p3_bulge_mm:g}: bring them nearer to each other."
        )
    curve = _template(parameters, np.exp(logs))
    curve = curve.to_local(_frame(curve))
    return _with_landmarks(curve, parameters, n_points)


def points_at_theta(annulus: Annulus, theta_deg: FloatArray) -> FloatArray:
    """Annulus points at angles [deg], any turn, in the annulus frame [mm], shape (n, 3)."""
    return AnnulusByAngle(annulus).at(theta_deg)


class AnnulusByAngle:
    """Points of one annulus by angle, in its frame: sorted once."""

    def __init__(self, annulus: Annulus) -> None:
        local = annulus.frame.to_local(annulus.loop.points)
        angle = np.degrees(np.arctan2(-local[:, 0], local[:, 1])) % 360.0
        order = np.argsort(angle)
        # One point more at either end closes the turn.
        ends = [order[-1:], order, order[:1]]
        self._angle = np.concatenate([angle[ends[0]] - 360.0, angle[order], angle[ends[2]] + 360.0])
        self._local = np.ascontiguousarray(local[np.concatenate(ends)])

    def at(self, theta_deg: FloatArray) -> FloatArray:
        """Points at angles [deg], any turn [mm], shape (n, 3)."""
        return interpolated(np.asarray(theta_deg, dtype=np.float64) % 360.0, self._angle, self._local)


def _template(parameters: AnnulusParameters, scale: FloatArray) -> FourierLoop:
    """The D-shaped saddle with half width, half depth and half saddle `scale` [mm], shape (3,), before matching."""
    t = 2.0 * np.pi * np.arange(32) / 32
    x = -scale[0] * (np.sin(t) + parameters.fullness * np.sin(3.0 * t))
    y = scale[1] * (np.cos(t) - parameters.anterior_flattening * np.cos(2.0 * t))
    # The anterior horn is a little higher and sharper than the posterior one.
    z = scale[2] * (np.cos(2.0 * t) + 0.1 * np.cos(3.0 * t) + 0.05 * np.cos(4.0 * t))
    bump = (0.5 * (1.0 + np.cos(t - np.radians(_BULGE_THETA_DEG)))) ** 4
    x = x - parameters.p3_bulge_mm * bump * np.sin(t)
    y = y + parameters.p3_bulge_mm * bump * np.cos(t)
    z = z - parameters.p3_drop_mm * bump
    return FourierLoop.from_samples(np.column_stack([x, y, z]), n_harmonics=_HARMONICS)


def _frame(curve: FourierLoop) -> Frame:
    """Annulus frame of a curve with A at t = 0 and P at t = pi.

    Sums over equal steps of t converge faster than any power for a smooth periodic curve.
    """
    points, slope = curve.at_steps(_N_STEPS), curve.at_steps(_N_STEPS, 1)
    speed = np.linalg.norm(slope, axis=1)
    centre = speed @ points / speed.sum()
    spread = points - centre
    normal = np.linalg.eigh((spread * speed[:, None]).T @ spread)[1][:, 0]
    turn = points.T @ slope
    area = np.array([turn[1, 2] - turn[2, 1], turn[2, 0] - turn[0, 2], turn[0, 1] - turn[1, 0]])
    return Frame.from_normal(centre, z=normal if normal @ area > 0.0 else -normal, y_towards=curve(0.0) - curve(np.pi))


def _sizes(curve: FourierLoop) -> FloatArray:
    """ALPM, AP and height [mm], shape (3,)."""
    local = curve.to_local(_frame(curve))
    lateral, medial = local(_sides(local))
    z = local.at_steps(_N_STEPS)[:, 2]
    extremes = _STEPS[[int(np.argmax(z)), int(np.argmin(z))]]
    for _ in range(4):
        extremes = extremes - local(extremes, 1)[:, 2] / local(extremes, 2)[:, 2]
    top, bottom = local(extremes)[:, 2]
    return np.asarray(
        [np.linalg.norm(lateral - medial), np.linalg.norm(local(0.0) - local(np.pi)), top - bottom], dtype=np.float64
    )


def _sides(local: FourierLoop) -> FloatArray:
    """Parameters where a curve in its own frame crosses y = 0: anterolateral, then posteromedial, shape (2,)."""
    points = local.at_steps(_N_STEPS)
    crossings = np.flatnonzero((points[:, 1] > 0.0) != (np.roll(points[:, 1], -1) > 0.0))
    x = points[crossings, 0]
    t = _STEPS[[crossings[int(np.argmin(x))], crossings[int(np.argmax(x))]]]
    for _ in range(6):
        t = np.subtract(t, local(t)[:, 1] / local(t, 1)[:, 1], dtype=np.float64)
    return t


def _with_landmarks(curve: FourierLoop, parameters: AnnulusParameters, n_points: int) -> Annulus:
    """Annulus with A, P, AL, PM, the trigones and the commissures of a curve in its own frame."""
    fine = np.linspace(0.0, 2.0 * np.pi, 2049)
    speed = np.linalg.norm(curve(fine, 1), axis=1)
    arc = np.append(0.0, np.cumsum(0.5 * (speed[1:] + speed[:-1]) * (fine[1] - fine[0])))

    def pair(offset: float) -> FloatArray:
        return curve(np.interp([offset, arc[-1] - offset], arc, fine))

    def excess(offset: float) -> float:
        left, right = pair(offset)
        return float(np.linalg.norm(left - right)) - parameters.it_mm

    sides = _sides(curve)
    widest = float(np.interp(sides[0], fine, arc))
    if excess(widest) <= 0.0:
        raise InputError(f"it_mm must be smaller than the annulus is wide; got {parameters.it_mm:g} mm: lower it.")
    left, right = pair(root_scalar(excess, bracket=(1e-3 * arc[-1], widest), xtol=1e-12, rtol=1e-14).root)
    alc, pmc = pair(0.5 * parameters.commissure_share * arc[-1])
    lateral, medial = curve(sides)
    landmarks = {
        "A": curve(0.0), "P": curve(np.pi), "AL": lateral, "PM": medial,
        "LT": left, "RT": right, "ALC": alc, "PMC": pmc,
    }  # fmt: skip
    sources = dict.fromkeys(landmarks, "parametric shape")
    sources["ALC"] = sources["PMC"] = "share of the perimeter"
    return Annulus(curve.to_loop(n_points), landmarks, sources)

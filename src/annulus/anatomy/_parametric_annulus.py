"""A D-shaped saddle annulus from clinical parameters: what goes in is what is measured."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from scipy.optimize import brentq

from annulus._typing import FloatArray
from annulus.anatomy._annulus import Annulus
from annulus.anatomy._parametric_fourier import FourierLoop
from annulus.errors import InputError
from annulus.geometry import Frame, Loop

__all__ = ["AnnulusParameters", "parametric_annulus"]

_HARMONICS = 6
"""The template needs 4; the local bulge of power 4, times the radial direction, needs one more."""

_BULGE_THETA_DEG = 232.0
"""Middle of the P3 segment: between P (180) and the posteromedial commissure."""


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
    anterior_share
        Share of the perimeter between the commissures on the anterior side [1]; sets ALC and PMC.
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
    anterior_share: float = 0.366
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
    "anterior_share": (0.25, 0.5),
    "p3_bulge_mm": (-5.0, 8.0),
    "p3_drop_mm": (-5.0, 5.0),
}


def parametric_annulus(parameters: AnnulusParameters, *, n_points: int = 240) -> Annulus:
    """Annulus in its own frame (origin at the centroid, +z to the atrium) with all eight landmarks.

    The series' width, depth and saddle are found by Newton's method so that the polygon that is returned,
    measured as the package measures, has the given AP, ALPM and height; the trigones lie at equal arc
    length from A, the given chord apart, and so do the commissures at the given anterior share.

    Parameters
    ----------
    parameters
        Clinical parameters.
    n_points
        Vertices, even; A and P are vertices.

    Raises
    ------
    InputError
        No annulus of this family has these measures.
    """
    target = np.array([parameters.alpm_mm, parameters.ap_mm, parameters.height_mm])
    logs = np.log([0.5 * parameters.alpm_mm, 0.5 * parameters.ap_mm, 0.5 * parameters.height_mm])
    for _ in range(30):
        residual = _sizes(_template(parameters, np.exp(logs)).to_loop(n_points)) / target - 1.0
        if np.abs(residual).max() < 1e-11:
            break
        jacobian = np.empty((3, 3))
        for k in range(3):
            shifted = logs.copy()
            shifted[k] += 1e-6
            jacobian[:, k] = (_sizes(_template(parameters, np.exp(shifted)).to_loop(n_points)) / target - 1.0 - residual) / 1e-6
        logs = logs - np.clip(np.linalg.solve(jacobian, residual), -0.3, 0.3)
    if not np.abs(residual).max() < 1e-9:
        raise InputError(
            f"no D-shaped saddle has ap_mm {parameters.ap_mm:g}, alpm_mm {parameters.alpm_mm:g}, height_mm "
            f"{parameters.height_mm:g} and p3_bulge_mm {parameters.p3_bulge_mm:g}: bring them nearer to each other."
        )
    curve = _template(parameters, np.exp(logs))
    loop = curve.to_loop(n_points)
    local = curve.to_local(_frame(loop)).to_loop(n_points)
    return _with_landmarks(local, parameters)


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


def _frame(loop: Loop) -> Frame:
    """Annulus frame of a loop whose first vertex is A and whose middle vertex is P."""
    towards_a = loop.points[0] - loop.points[len(loop) // 2]
    return Frame.from_normal(loop.centroid, z=loop.normal, y_towards=towards_a)


def _sizes(loop: Loop) -> FloatArray:
    """ALPM, AP and height [mm], shape (3,)."""
    local = _frame(loop).to_local(loop.points)
    lateral, medial = _sides(local)
    ap = np.linalg.norm(loop.points[0] - loop.points[len(loop) // 2])
    return np.array([np.linalg.norm(lateral - medial), ap, np.ptp(local[:, 2])])


def _sides(local: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Where the polygon, in its own frame, crosses y = 0: on the anterolateral and on the posteromedial side."""
    following = np.roll(local, -1, axis=0)
    edges = np.flatnonzero((local[:, 1] > 0.0) != (following[:, 1] > 0.0))
    fraction = (local[edges, 1] / (local[edges, 1] - following[edges, 1]))[:, None]
    places = local[edges] * (1.0 - fraction) + following[edges] * fraction
    return places[np.argmin(places[:, 0])], places[np.argmax(places[:, 0])]


def _with_landmarks(loop: Loop, parameters: AnnulusParameters) -> Annulus:
    """Annulus with A, P, AL, PM, the trigones and the commissures of a loop in its own frame."""
    arc = np.append(loop.arc_lengths, loop.length)
    positions = np.arange(len(loop) + 1, dtype=np.float64)

    def pair(offset: float) -> FloatArray:
        return loop.at(np.interp([offset, loop.length - offset], arc, positions))

    def excess(offset: float) -> float:
        left, right = pair(offset)
        return float(np.linalg.norm(left - right)) - parameters.it_mm

    lateral, medial = _sides(loop.points)
    widest = float(np.interp(loop.closest(lateral[None])[0][0], positions, arc))
    if excess(widest) <= 0.0:
        raise InputError(f"it_mm must be smaller than the annulus is wide; got {parameters.it_mm:g} mm: lower it.")
    left, right = pair(brentq(excess, 1e-3 * loop.length, widest, xtol=1e-12, rtol=1e-14))
    alc, pmc = pair(0.5 * parameters.anterior_share * loop.length)
    landmarks = {
        "A": loop.points[0], "P": loop.points[len(loop) // 2], "AL": lateral, "PM": medial,
        "LT": left, "RT": right, "ALC": alc, "PMC": pmc,
    }  # fmt: skip
    sources = dict.fromkeys(landmarks, "parametric shape")
    sources["ALC"] = sources["PMC"] = "anterior share of the perimeter"
    return Annulus(loop, landmarks, sources)

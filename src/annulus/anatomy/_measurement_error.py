"""What a measured geometry may have looked like in truth: contours, vessels and landmarks moved by their errors.

A contour's error is a smooth random field along it: neighbouring points are drawn by the same hand. It acts across the
curve only; along it, a contour cannot be wrong. Landmarks slide along the annulus. An error that is drawn and the same
error with its sign turned are a pair, so that what is linear in them cancels in a mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from annulus._typing import ArrayLike, FloatArray
from annulus.anatomy._annulus import LANDMARKS, Annulus
from annulus.anatomy._case import Case
from annulus.anatomy._vessels import Artery
from annulus.errors import InputError
from annulus.geometry import Curve, Loop

__all__ = ["ErrorFields", "MeasurementError", "slid", "smooth_field", "with_error"]

_HIGHEST = 24
_KEPT_FIELDS = 4
_MARGIN = 3.0
"""Correlation lengths by which the period of an open curve's field exceeds the curve: its ends are strangers."""


@dataclass(frozen=True, slots=True)
class MeasurementError:
    """One error of measurement: truth is the measured geometry with it.

    Parameters
    ----------
    contour_mm, vein_mm, artery_mm
        Standard deviation across the annulus, the vein's and the arteries' axes, in each direction [mm].
    correlation_mm
        Distance along the curve [mm] over which the correlation falls to exp(-1/2).
    landmark_mm, trigone_mm
        Standard deviation of landmarks, and of the trigones, along the annulus [mm].
    vein_radius_factor, artery_radius_factor
        True over measured radii.
    seeds
        Of the fields of contour, landmarks, vein and arteries.
    sign
        +1, or -1 for the other one of the pair.
    """

    contour_mm: float
    vein_mm: float
    artery_mm: float
    correlation_mm: float
    landmark_mm: float
    trigone_mm: float
    vein_radius_factor: float
    artery_radius_factor: float
    seeds: tuple[int, int, int, int]
    sign: float = 1.0

    def slides(self) -> Mapping[str, float]:
        """Shift of every landmark along the annulus [mm], present or not, towards growing theta."""
        scores = self.sign * np.random.default_rng(self.seeds[1]).normal(size=len(LANDMARKS))
        spread = {name: self.trigone_mm if name in ("LT", "RT") else self.landmark_mm for name in LANDMARKS}
        return {name: spread[name] * float(score) for name, score in zip(LANDMARKS, scores, strict=True)}


def smooth_field(
    s: ArrayLike, length: float, *, correlation_mm: float, generator: np.random.Generator, closed: bool
) -> FloatArray:
    """Gaussian random field with unit variance and correlation exp(-d^2 / 2 l^2) along a curve, shape (n, 3).

    Parameters
    ----------
    s
        Arc lengths [mm], shape (n,).
    length
        Of the curve [mm].
    correlation_mm
        The length l [mm].
    generator
        Randomness; the same amount is taken whatever the curve.
    closed
        The field has the curve's period.
    """
    return _Harmonics(np.asarray(s, dtype=np.float64), length, correlation_mm, closed=closed).field(generator)


class _Harmonics:
    """Cosines and sines of `smooth_field` along one curve, ready for many draws."""

    def __init__(self, s: FloatArray, length: float, correlation_mm: float, *, closed: bool) -> None:
        if not correlation_mm > 0.0:
            raise InputError(f"contour correlation must be positive; got {correlation_mm:g} mm.")
        period = length if closed else length + 2.0 * _MARGIN * correlation_mm
        harmonic = np.arange(_HIGHEST + 1)
        power = np.exp(-0.5 * (2.0 * np.pi * harmonic * correlation_mm / period) ** 2)
        power *= np.where(harmonic == 0, 1.0, 2.0)
        self._amplitude = np.sqrt(power / power.sum())[:, None]
        angle = np.outer(s, 2.0 * np.pi / period * harmonic)
        self._waves = np.cos(angle), np.sin(angle)

    def field(self, generator: np.random.Generator) -> FloatArray:
        """A draw, shape (n, 3)."""
        cosine, sine = generator.normal(size=(2, _HIGHEST + 1, 3))
        return self._waves[0] @ (self._amplitude * cosine) + self._waves[1] @ (self._amplitude * sine)


def with_error(case: Case, error: MeasurementError) -> Case:
    """The case with its annulus, landmarks, vein and arteries moved by an error.

    Vertices keep their places in their curves, so that a place on the measured vein is the vertex's place on the true
    one.

    Raises
    ------
    InputError
        The error folds a curve.
    """
    return ErrorFields(case, error.correlation_mm).moved(error)


class ErrorFields:
    """`with_error` of one case for many errors: what does not change from one to the next is kept.

    Parameters
    ----------
    case
        The case as measured.
    correlation_mm
        Of the errors' fields.
    """

    def __init__(self, case: Case, correlation_mm: float) -> None:
        self.case = case
        self.correlation_mm = correlation_mm
        annulus = case.annulus
        loop = annulus.loop
        chords = np.roll(loop.points, -1, axis=0) - np.roll(loop.points, 1, axis=0)
        self._annulus = _CurveField(
            _Harmonics(loop.arc_lengths, loop.length, correlation_mm, closed=True), _unit(chords)
        )
        self._names = list(annulus.landmarks)
        points = np.array(list(annulus.landmarks.values()))
        self._where, _ = loop.closest(points)
        self._offsets = points - loop.at(self._where)
        self._side = 1.0 if annulus.oriented_loop is loop else -1.0
        self._sinus = None if case.coronary_sinus is None else self._open(case.coronary_sinus.curve)
        self._arteries = [self._open(artery.curve) for artery in case.arteries]

    def _open(self, curve: Curve) -> _CurveField:
        waves = _Harmonics(curve.arc_lengths, curve.length, self.correlation_mm, closed=False)
        return _CurveField(waves, _unit(np.gradient(curve.points, axis=0)))

    def moved(self, error: MeasurementError) -> Case:
        """The case with an error of this correlation; errors of one pair share their fields.

        Raises
        ------
        InputError
            The error folds a curve, or has another correlation.
        """
        if error.correlation_mm != self.correlation_mm:
            raise InputError(f"error must have correlation {self.correlation_mm:g} mm; got {error.correlation_mm:g}.")
        case, sinus = self.case, self.case.coronary_sinus
        if sinus is not None and self._sinus is not None:
            field = error.sign * error.vein_mm * self._sinus.across(error.seeds[2])
            curve = _moved(sinus.curve, field, error.vein_radius_factor)
            sinus = sinus.along(curve)
        arteries = tuple(
            Artery(
                artery.name,
                _moved(
                    artery.curve,
                    error.sign * error.artery_mm * kept.across((error.seeds[3], index)),
                    error.artery_radius_factor,
                ),
            )
            for index, (artery, kept) in enumerate(zip(case.arteries, self._arteries, strict=True))
        )
        return replace(case, annulus=self._moved_annulus(error), coronary_sinus=sinus, arteries=arteries)

    def _moved_annulus(self, error: MeasurementError) -> Annulus:
        annulus = self.case.annulus
        moved = Loop(annulus.loop.points + error.sign * error.contour_mm * self._annulus.across(error.seeds[0]))
        slides = error.slides()
        places = moved.at(self._where) + self._offsets
        places = slid(moved, places, self._side * np.array([slides[name] for name in self._names]))
        return Annulus(moved, dict(zip(self._names, places, strict=True)), annulus.landmark_sources)


class _CurveField:
    """Unit fields across one curve; the last few are kept."""

    def __init__(self, waves: _Harmonics, tangents: FloatArray) -> None:
        self._waves, self._tangents = waves, tangents
        self._kept: dict[int | tuple[int, int], FloatArray] = {}

    def across(self, seed: int | tuple[int, int]) -> FloatArray:
        """The field of a seed less its part along the curve, shape (n, 3)."""
        if seed not in self._kept:
            if len(self._kept) >= _KEPT_FIELDS:
                self._kept.clear()
            field = self._waves.field(np.random.default_rng(seed))
            along = np.einsum("ij,ij->i", field, self._tangents)
            self._kept[seed] = field - along[:, None] * self._tangents
        return self._kept[seed]


def slid(loop: Loop, points: ArrayLike, by_mm: ArrayLike) -> FloatArray:
    """Points moved along the loop [mm]; each keeps its offset from the polygon, shape of `points`, (n, 3)."""
    points = np.asarray(points, dtype=np.float64)
    where, _ = loop.closest(points)
    index = np.arange(len(loop) + 1.0)
    lengths = np.append(loop.arc_lengths, loop.length)
    s = (np.interp(where, index, lengths) + np.asarray(by_mm)) % loop.length
    return points + loop.at(np.interp(s, lengths, index)) - loop.at(where)


def _moved(curve: Curve, field: FloatArray, factor: float) -> Curve:
    radii = [None if values is None else factor * values for values in (curve.radius, curve.mis_radius)]
    return Curve(curve.points + field, *radii)


def _unit(along: FloatArray) -> FloatArray:
    return along / np.linalg.norm(along, axis=1, keepdims=True)

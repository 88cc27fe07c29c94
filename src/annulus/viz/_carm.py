"""Geometry of a C-arm: where a ray hits the detector, and the angulations that show a structure best.

The patient lies on the back. LAO is positive: the detector moves from in front of the patient to the patient's left;
cranial is positive: towards the head. Angles turn first about the long axis, then towards the head, as displayed by
the machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from annulus._arrays import points_array, vector_array
from annulus._typing import ArrayLike, FloatArray
from annulus.errors import InputError
from annulus.sources import Assumption

__all__ = ["CArm", "angulation_named", "edge_on", "edge_on_curve", "least_foreshortened", "projected_share"]

_PART = re.compile(r"(LAO|RAO|CRA|CRAN|CAU|CAUD|AP)\s*(\d+(?:\.\d+)?)?", re.IGNORECASE)

REACH_DEG = (60.0, 40.0)
"""Angulations up to these count as reachable: LAO or RAO, cranial or caudal [deg] (assumed; with arms and
image chain in the way few laboratories use more)."""

_STEP_DEG = 0.5
_EQUAL = 2e-3
"""Shares of a length that differ by less than this show it equally well."""


@dataclass(frozen=True, slots=True)
class CArm:
    """A C-arm with its isocentre at the structure of interest.

    Parameters
    ----------
    lao_deg
        LAO angle, negative for RAO [deg], within [-120, 120].
    cranial_deg
        Cranial angle, negative for caudal [deg], within [-89, 89].
    source_detector_mm, source_object_mm
        Distance from the X-ray source to the detector, and to the isocentre [mm] (assumed: 1000 and 750).
    detector_mm
        Width and height of the detector's field [mm] (assumed: 150).

    Raises
    ------
    InputError
        An angle or a distance out of range.
    """

    lao_deg: float = 0.0
    cranial_deg: float = 0.0
    source_detector_mm: float = 1000.0
    source_object_mm: float = 750.0
    detector_mm: float = 150.0

    def __post_init__(self) -> None:
        for name, limit, words in (("lao_deg", 120.0, "LAO or RAO"), ("cranial_deg", 89.0, "cranial or caudal")):
            value = getattr(self, name)
            if not abs(value) <= limit:
                raise InputError(f"{name} must be at most {limit:g} degrees {words}; got {value}: turn less.")
        if not 0.0 < self.source_object_mm < self.source_detector_mm < 1e5:
            raise InputError(
                "source_object_mm must be positive and less than source_detector_mm, the detector lies behind the "
                f"patient; got {self.source_object_mm} and {self.source_detector_mm}."
            )
        if not 10.0 <= self.detector_mm <= 10000.0:
            raise InputError(f"detector_mm must lie in [10, 10000]; got {self.detector_mm}: give the field's width.")

    @property
    def magnification(self) -> float:
        """Size on the detector of one millimetre at the isocentre, parallel to the detector [1]."""
        return self.source_detector_mm / self.source_object_mm

    @property
    def axes(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Right and up on the image, and from the source to the detector: unit vectors in LPS, shape (3,) each.

        The image is looked at from the detector, so that the patient's left is on its right.
        """
        lao, cranial = np.radians([self.lao_deg, self.cranial_deg])
        right = np.array([np.cos(lao), np.sin(lao), 0.0])
        beam = np.array([np.sin(lao) * np.cos(cranial), -np.cos(lao) * np.cos(cranial), np.sin(cranial)])
        return right, np.cross(beam, right), beam

    def project(self, points: ArrayLike, isocentre: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Place on the detector [mm], shape (n, 2), right and up, and magnification there [1], shape (n,).

        Raises
        ------
        InputError
            A point at or behind the source.
        """
        right, up, beam = self.axes
        offset = points_array("points", points) - vector_array("isocentre", isocentre)
        depth = self.source_object_mm + offset @ beam
        if (depth <= 0.0).any():
            raise InputError(
                f"points must lie in front of the X-ray source, {self.source_object_mm:g} mm from the isocentre; one "
                "lies behind it: take a larger source_object_mm."
            )
        magnification = self.source_detector_mm / depth
        return np.column_stack([offset @ right, offset @ up]) * magnification[:, None], magnification

    def assumptions(self) -> tuple[Assumption, ...]:
        """What is assumed of the machine and of how the patient lies in it."""
        lies = "the annulus' centre lies in the isocentre, the patient on the back along the table"
        return (
            Assumption(
                "source_detector_mm", self.source_detector_mm, "mm", "distance of source and detector", "assumed"
            ),
            Assumption("source_object_mm", self.source_object_mm, "mm", "distance of source and isocentre", "assumed"),
            Assumption("isocentre", "annulus' centre", "", lies, "assumed"),
        )

    @property
    def name(self) -> str:
        """Angulation as cardiologists write it, such as ``LAO30/CAU20``."""
        lao, cranial = round(self.lao_deg), round(self.cranial_deg)
        first = f"{'LAO' if lao > 0 else 'RAO'}{abs(lao)}" if lao else "AP"
        second = f"{'CRA' if cranial > 0 else 'CAU'}{abs(cranial)}" if cranial else ""
        return "/".join(part for part in (first, second) if part)


def angulation_named(text: str) -> CArm:
    """C-arm at an angulation such as ``LAO30/CAU20``, ``RAO 20``, ``CRA10`` or ``AP``.

    Raises
    ------
    InputError
        It cannot be read, or says one direction twice.
    """
    angles: dict[str, float] = {}
    for part in text.strip().split("/"):
        match = _PART.fullmatch(part.strip())
        word = match.group(1).upper()[:3] if match else ""
        axis = "cranial_deg" if word in ("CRA", "CAU") else "lao_deg"
        if match is None or axis in angles or (word == "AP") != (match.group(2) is None):
            raise InputError(
                "carm must be an angulation such as LAO30/CAU20 (LAO or RAO, CRA or CAU, degrees), AP, edge, landing "
                f"or crossing; got {text!r}."
            )
        angles[axis] = (-1.0 if word in ("RAO", "CAU") else 1.0) * float(match.group(2) or 0.0)
    return CArm(**angles)


def edge_on_curve(normal: ArrayLike, *, lao_deg: ArrayLike | None = None) -> FloatArray:
    """Angulations at which a plane of this normal is seen edge-on: LAO and cranial angle [deg], shape (n, 2).

    The beam is perpendicular to the normal: tan(cranial) = (n_y cos(lao) - n_x sin(lao)) / n_z, one cranial angle for
    each LAO angle. `lao_deg` are the LAO angles wanted [deg]; None for the reachable ones.

    Raises
    ------
    InputError
        A normal without a direction.
    """
    n = _direction("normal", normal)
    if lao_deg is None:
        lao_deg = np.arange(-REACH_DEG[0], REACH_DEG[0] + 0.25 * _STEP_DEG, _STEP_DEG)
    lao = np.atleast_1d(np.asarray(lao_deg, dtype=np.float64))
    across = n[1] * np.cos(np.radians(lao)) - n[0] * np.sin(np.radians(lao))
    # Looked at along the table's plane the curve stands upright; the sign of the normal does not matter.
    return np.column_stack([lao, np.degrees(np.arctan2(np.sign(n[2]) * across, max(abs(n[2]), 1e-12)))])


def edge_on(normal: ArrayLike) -> CArm | None:
    """The most reachable angulation that shows a plane of this normal edge-on; None where none is reachable.

    Most reachable: the one turned least from the straight frontal view, within `REACH_DEG`.
    """
    n = _direction("normal", normal)
    # Frontal view, made perpendicular to the normal: the nearest point of the great circle.
    beam = np.array([0.0, -1.0, 0.0]) + n[1] * n
    if np.linalg.norm(beam) > 1e-6:
        nearest = _toward(beam / np.linalg.norm(beam))
        if _reachable(*nearest):
            return CArm(*nearest)
    curve = edge_on_curve(n)
    curve = curve[np.abs(curve[:, 1]) <= REACH_DEG[1]]
    if not len(curve):
        return None
    return CArm(*(float(angle) for angle in curve[np.argmax(_frontal(curve))]))


def projected_share(points: ArrayLike, lao_deg: ArrayLike, cranial_deg: ArrayLike) -> FloatArray:
    """Share of a line's length that is seen at each angulation [1]; 1 means no foreshortening, shape of the angles.

    Rays are taken as parallel; `points` are the line's, shape (n, 3), n >= 2 [mm].

    Raises
    ------
    InputError
        Fewer than two points, or a line without length.
    """
    steps = np.diff(points_array("points", points), axis=0)
    lengths = np.linalg.norm(steps, axis=1)
    if not lengths.sum() > 0.0:
        raise InputError("points must be a line of some length; got none.")
    lao, cranial = np.radians(lao_deg), np.radians(cranial_deg)
    beam = np.stack(
        np.broadcast_arrays(np.sin(lao) * np.cos(cranial), -np.cos(lao) * np.cos(cranial), np.sin(cranial)), axis=-1
    )
    along = beam @ steps.T
    return np.sqrt(np.maximum(lengths**2 - along**2, 0.0)).sum(axis=-1) / lengths.sum()


def least_foreshortened(points: ArrayLike, *, on: ArrayLike | None = None) -> tuple[CArm, float]:
    """The reachable angulation that shows a line at its longest, and the share of its length that is seen there [1].

    Among those that show it equally well, to 0.2 % of its length, the one turned least from the frontal view.

    Parameters
    ----------
    points
        The line [mm], shape (n, 3).
    on
        Angulations to choose from, shape (n, 2), such as `edge_on_curve`; None for all that are reachable.
    """
    if on is None:
        first, second = (np.arange(-limit, limit + 0.5, 1.0) for limit in REACH_DEG)
        choice = np.stack(np.meshgrid(first, second, indexing="ij"), axis=-1).reshape(-1, 2)
    else:
        choice = np.asarray(on, dtype=np.float64).reshape(-1, 2)
        choice = choice[np.abs(choice[:, 1]) <= REACH_DEG[1]]
        if not len(choice):
            raise InputError(f"none of the angulations lies within {REACH_DEG[1]:g} degrees cranial or caudal.")
    share = projected_share(points, choice[:, 0], choice[:, 1])
    good = np.flatnonzero(share >= share.max() - _EQUAL)
    best = good[np.argmax(_frontal(choice[good]))]
    return CArm(float(choice[best, 0]), float(choice[best, 1])), float(share[best])


def _direction(name: str, vector: ArrayLike) -> FloatArray:
    array = vector_array(name, vector)
    size = float(np.linalg.norm(array))
    if not size > 0.0:
        raise InputError(f"{name} must have a direction; got {array.tolist()}.")
    return array / size


def _toward(beam: FloatArray) -> tuple[float, float]:
    """LAO and cranial angle of a beam's direction [deg]."""
    return float(np.degrees(np.arctan2(beam[0], -beam[1]))), float(np.degrees(np.arcsin(np.clip(beam[2], -1.0, 1.0))))


def _reachable(lao_deg: float, cranial_deg: float) -> bool:
    return abs(lao_deg) <= REACH_DEG[0] and abs(cranial_deg) <= REACH_DEG[1]


def _frontal(angles: FloatArray) -> FloatArray:
    """Cosine of the turn from the frontal view, shape (n,)."""
    return np.cos(np.radians(angles)).prod(axis=1)

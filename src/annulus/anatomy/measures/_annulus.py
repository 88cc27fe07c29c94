"""Measures of one annulus.

All come from the periodic cubic spline through the loop's points, not from the polygon: integrals by Gauss rule,
chords and heights by exact roots. So they do not depend on how densely, from where or which way round the loop is
sampled, as long as the samples resolve it. A mirrored heart gives the same values, except that the atrial side of
the frame, which follows from the order of the landmarks, changes over: ``height_above_mm`` and ``height_below_mm``
swap, and ``bending_angle_deg`` becomes 360 minus itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy._annulus import Annulus
from annulus.errors import SolveError
from annulus.geometry import Loop
from annulus.geometry import minimal_surface as soap_film
from annulus.kernels.annulus_spline import annulus_spline
from annulus.sources import Assumption

__all__ = ["AnnulusMeasures", "annulus_numbers", "measure_annulus", "measure_sequence", "stand_ins"]

_QUADRANTS = ("A", "AL", "P", "PM")
_NAMED = ("A", "P", "AL", "PM")
_QUADRANT = "quadrant_area_mm2."

_STAND_IN = Assumption(
    name="commissures",
    value="AL and PM",
    unit="",
    why="the commissures are unknown: AL and PM stand in for them in ahcwr and npa_deg",
    source="assumed",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnulusMeasures:
    """Measures of one annulus; None where the anatomy that a measure needs is unknown.

    Names carry the unit; definitions are in `annulus.anatomy.measures.MEASURES` and ``docs/measures.md``.
    """

    ap_mm: float
    alpm_mm: float
    cw_mm: float | None = None
    it_mm: float | None = None
    perimeter_3d_mm: float
    perimeter_2d_mm: float
    perimeter_d_mm: float | None = None
    area_2d_mm2: float
    area_3d_mm2: float | None = None
    area_d_mm2: float | None = None
    d_mean_mm: float | None = None
    d_area_mm: float
    d_perim_mm: float
    height_mm: float
    height_above_mm: float
    height_below_mm: float
    ahcwr: float
    sphericity_ap_alpm: float
    sphericity_ap_cw: float | None = None
    ellipticity: float
    npa_deg: float
    bending_angle_deg: float
    quadrant_area_mm2: Mapping[str, float]
    ma_angle_deg: float | None = None
    anterior_share: float | None = None
    posterior_arc_angle_rad: float | None = None
    landmark_sources: Mapping[str, str] = field(default_factory=dict)
    assumptions: tuple[Assumption, ...] = ()

    def __reduce__(self) -> tuple[object, ...]:
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        plain = {name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()}
        return _restore, (plain,)

    def __str__(self) -> str:
        lines = [f"{name:24s} {value:10.4g}" for name, value in self.to_dict().items() if isinstance(value, float)]
        return "\n".join(lines)

    @classmethod
    def from_numbers(
        cls, numbers: Mapping[str, float], annulus: Annulus, *, area_3d_mm2: float | None = None
    ) -> AnnulusMeasures:
        """Measures from the numbers of `annulus_numbers`, and the annulus that they are of."""
        parts = {key.partition(".")[2]: value for key, value in numbers.items() if key.startswith(_QUADRANT)}
        return cls(
            area_3d_mm2=area_3d_mm2,
            quadrant_area_mm2=MappingProxyType(parts),
            landmark_sources=annulus.landmark_sources,
            assumptions=stand_ins(annulus),
            **{key: value for key, value in numbers.items() if "." not in key and key != "area_3d_mm2"},
        )

    def to_dict(self) -> dict[str, object]:
        """Object ``annulus`` of the result file; what is unknown has no key."""
        out: dict[str, object] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if value is None or item.name == "assumptions":
                continue
            out[item.name] = dict(value) if isinstance(value, Mapping) else value
        return out


def _restore(values: dict[str, object]) -> AnnulusMeasures:
    return AnnulusMeasures(**values)  # type: ignore[arg-type]


def measure_annulus(annulus: Annulus, *, aortic: Loop | None = None, minimal_surface: bool = True) -> AnnulusMeasures:
    """All measures of one annulus.

    Parameters
    ----------
    annulus
        Annulus with landmarks.
    aortic
        Aortic annulus; None where unknown.
    minimal_surface
        Compute ``area_3d_mm2``, which costs more than all the rest.

    Raises
    ------
    SolveError
        The minimal surface was not found (a loop far from any annulus).
    """
    area = None
    if minimal_surface:
        film = soap_film(annulus.loop)
        if not film.converged:
            raise SolveError(
                f"minimal surface of the annulus did not converge (residual {film.residual:.1e}): "
                "check the loop's points, or ask for the measures without it."
            )
        area = film.area
    return AnnulusMeasures.from_numbers(annulus_numbers(annulus, aortic=aortic), annulus, area_3d_mm2=area)


def stand_ins(annulus: Annulus) -> tuple[Assumption, ...]:
    """What stands in for landmarks that an annulus does not have."""
    return () if {"ALC", "PMC"} <= annulus.landmarks.keys() else (_STAND_IN,)


def annulus_numbers(annulus: Annulus, *, aortic: Loop | None = None) -> dict[str, float]:
    """Every number of `measure_annulus` but the minimal surface's area, by name, the quadrants one by one."""
    loop = _SplineLoop(annulus)
    return _numbers(loop, aortic) | {f"{_QUADRANT}{part}": area for part, area in loop.quadrants().items()}


def _numbers(loop: _SplineLoop, aortic: Loop | None) -> dict[str, float]:
    at = loop.places
    ap = _chord(at["A"], at["P"])
    alpm, low, high = loop.read.width, loop.read.low, loop.read.high
    area, length = loop.projected_area, loop.projected_length
    transverse = _chord(at["AL"], at["PM"])
    middle = 0.5 * (at["AL"] + at["PM"])
    numbers: dict[str, float] = {}
    if loop.has_commissures:
        transverse = cw = _chord(at["ALC"], at["PMC"])
        middle = 0.5 * (at["ALC"] + at["PMC"])
        numbers = {"cw_mm": cw, "d_mean_mm": 0.5 * (cw + ap), "sphericity_ap_cw": ap / cw}
    if aortic is not None:
        numbers["ma_angle_deg"] = loop.aortic_angle_deg(aortic)
    return {
        "ap_mm": ap,
        "alpm_mm": alpm,
        "perimeter_3d_mm": loop.length,
        "perimeter_2d_mm": length,
        "area_2d_mm2": area,
        "d_area_mm": 2.0 * math.sqrt(area / math.pi),
        "d_perim_mm": length / math.pi,
        "height_mm": high - low,
        "height_above_mm": high,
        "height_below_mm": -low,
        "ahcwr": (high - low) / transverse,
        "sphericity_ap_alpm": ap / alpm,
        "ellipticity": alpm / ap,
        "npa_deg": _angle_deg(at["A"] - middle, at["P"] - middle),
        "bending_angle_deg": loop.bending_angle_deg(),
        **numbers,
        **loop.trigone_measures(),
    }


def measure_sequence(
    annuli: Mapping[str, Annulus] | list[Annulus] | tuple[Annulus, ...], *, minimal_surface: bool = True
) -> dict[str, FloatArray | list[str]]:
    """Measures of many annuli as columns, such as the frames of one heartbeat.

    Parameters
    ----------
    annuli
        Annuli in order; a mapping's keys become the column ``frame``, else the position does.
    minimal_surface
        As in `measure_annulus`.

    Returns
    -------
    dict
        ``frame`` (names or positions) and one column for each measure that is a number, shape (n,); not-a-number
        marks a measure that this annulus does not have.
    """
    named = isinstance(annuli, Mapping)
    items = list(annuli.values()) if isinstance(annuli, Mapping) else list(annuli)
    rows = [measure_annulus(item, minimal_surface=minimal_surface).to_dict() for item in items]
    keys = dict.fromkeys(key for row in rows for key, value in row.items() if isinstance(value, float))
    columns: dict[str, FloatArray | list[str]] = {
        "frame": list(annuli) if named else np.arange(len(items), dtype=np.float64)
    }
    for key in keys:
        columns[key] = np.array([row.get(key, np.nan) for row in rows], dtype=np.float64)
    return columns


class _SplineLoop:
    """Spline of one annulus in its own frame, and what is read off it."""

    def __init__(self, annulus: Annulus) -> None:
        names = list(annulus.landmarks)
        named = np.array([names.index(name) for name in _NAMED])
        # The side is the frame's; the plane is the spline's own, which does not feel the polygon's corners.
        read = annulus_spline(
            annulus.loop.points, np.array(list(annulus.landmarks.values())), named, annulus.frame.axes[2]
        )
        self.read = read
        self.centre, self.normal, self.length = read.centre, read.normal, read.length
        self.direction = 1.0 if read.area @ read.normal > 0.0 else -1.0
        self.projected_area = float(abs(read.area @ read.normal))
        self.where = dict(zip(names, read.where.tolist(), strict=True))
        self.places = dict(zip(names, read.places, strict=True))
        *covered, self.total = read.covered.tolist()
        self.covered = dict(zip(names, covered, strict=True))
        self.projected_length: float = self.total[1]
        self.has_commissures = "ALC" in self.places and "PMC" in self.places

    def between(self, first: str, last: str) -> tuple[float, float]:
        """Arc length, and area swept, from one landmark to the next, walking with growing theta."""
        if self.direction < 0.0:
            first, last = last, first
        turn = 1.0 if self.where[last] < self.where[first] else 0.0
        length, area = (self.covered[last][k] - self.covered[first][k] + turn * self.total[k] for k in (0, 2))
        return length, abs(area)

    def bending_angle_deg(self) -> float:
        posterior, anterior = self.read.halves
        # Where the horns rise to the atrium the two normals lean towards each other.
        lean = (posterior - anterior) @ self.read.anterior
        between = _angle_deg(anterior, posterior)
        return 180.0 - between if lean >= 0.0 else 180.0 + between

    def quadrants(self) -> Mapping[str, float]:
        pairs = zip(_QUADRANTS, (*_QUADRANTS[1:], _QUADRANTS[0]), strict=True)
        return MappingProxyType({f"{a}_{b}": self.between(a, b)[1] for a, b in pairs})

    def trigone_measures(self) -> dict[str, float]:
        if "LT" not in self.places or "RT" not in self.places:
            return {}
        posterior = self.between("LT", "RT")
        a, b = self.places["RT"] - self.centre, self.places["LT"] - self.centre
        chord = _chord(self.places["LT"], self.places["RT"])
        triangle = 0.5 * float(self.normal @ _cross(a, b))
        angle = np.arctan2(self.normal @ _cross(b, a), a @ b - (a @ self.normal) * (b @ self.normal))
        return {
            "it_mm": chord,
            "perimeter_d_mm": posterior[0] + chord,
            "area_d_mm2": posterior[1] + triangle,
            "anterior_share": 1.0 - posterior[0] / self.length,
            "posterior_arc_angle_rad": float(angle % (2.0 * np.pi)),
        }

    def aortic_angle_deg(self, aortic: Loop) -> float:
        # The ventricle lies one mean radius below the mitral plane: the aortic normal points away from there.
        ventricle = self.centre - self.length / (2.0 * np.pi) * self.normal
        normal = aortic.normal if aortic.normal @ (aortic.centroid - ventricle) > 0.0 else -aortic.normal
        return 180.0 - _angle_deg(self.normal, normal)


def _cross(a: FloatArray, b: FloatArray) -> tuple[float, float, float]:
    # Three products of scalars: numpy's cross spends thirty times as long on axes.
    ax, ay, az = a.tolist()
    bx, by, bz = b.tolist()
    return ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx


def _chord(a: FloatArray, b: FloatArray) -> float:
    d = a - b
    return math.sqrt(d @ d)


def _angle_deg(a: FloatArray, b: FloatArray) -> float:
    """Angle between two vectors [deg], 0 to 180, accurate at both ends."""
    x, y, z = _cross(a, b)
    return math.degrees(math.atan2(math.sqrt(x * x + y * y + z * z), float(a @ b)))

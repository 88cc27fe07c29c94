"""One heart: everything that is known of a patient, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from functools import cached_property
from types import MappingProxyType

import numpy as np

from annulus._arrays import locked, real_number, values_array, vector_array
from annulus._typing import ArrayLike, FloatArray
from annulus.anatomy._annulus import Annulus
from annulus.anatomy._leaflet_parameters import ChordaeParameters, LeafletThickness
from annulus.anatomy._vessels import Artery, CoronarySinus, Lead
from annulus.errors import InputError
from annulus.geometry import Loop, Surface
from annulus.sources import Assumption

__all__ = ["Case", "Echo", "LeafletHeights", "Leaflets", "Loading", "Phase"]


class Phase(Enum):
    """Phase of the cardiac cycle that a geometry belongs to."""

    END_DIASTOLE = "end-diastole"
    MID_DIASTOLE = "mid-diastole"
    MID_SYSTOLE = "mid-systole"
    END_SYSTOLE = "end-systole"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Loading:
    """Pressures [mmHg]; None where unknown."""

    lv_pressure_mmhg: float | None = None
    la_pressure_mmhg: float | None = None

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if value is not None and not 0.0 <= value <= 300.0:
                raise InputError(f"{item.name} must lie in [0, 300] mmHg; got {value:g}.")


@dataclass(frozen=True, slots=True)
class Echo:
    """Baseline echo; None where unknown."""

    eroa_mm2: float | None = None
    regurgitant_volume_ml: float | None = None
    vena_contracta_mm: float | None = None
    tenting_height_mm: float | None = None
    ejection_fraction_percent: float | None = None
    heart_rate_bpm: float | None = None
    end_diastolic_volume_ml: float | None = None

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if value is not None and not (np.isfinite(value) and value >= 0.0):
                raise InputError(f"{item.name} must be a number >= 0; got {value}.")


@dataclass(frozen=True, eq=False)
class LeafletHeights:
    """Leaflet height around the annulus, periodic in theta.

    Parameters
    ----------
    theta_deg
        Annular angles [deg], increasing, within [0, 360), shape (n,), n >= 3.
    height_mm
        Hinge to free edge along the leaflet [mm], shape (n,).
    """

    theta_deg: FloatArray
    height_mm: FloatArray

    def __post_init__(self) -> None:
        theta = np.asarray(self.theta_deg, dtype=np.float64)
        theta = values_array("theta_deg", theta, length=theta.size)
        if theta.size < 3 or (np.diff(theta) <= 0.0).any() or theta[0] < 0.0 or theta[-1] >= 360.0:
            raise InputError("theta_deg must be at least 3 increasing angles within [0, 360).")
        object.__setattr__(self, "theta_deg", theta)
        height = values_array("height_mm", self.height_mm, length=theta.size)
        if (height < 0.0).any():
            raise InputError(f"height_mm must be >= 0; got {height.min():g}.")
        object.__setattr__(self, "height_mm", height)

    def __reduce__(self) -> tuple[type[LeafletHeights], tuple[FloatArray, FloatArray]]:
        return type(self), (self.theta_deg, self.height_mm)

    def at(self, theta_deg: ArrayLike) -> FloatArray:
        """Height at angles [deg], linear between the given ones, shape of `theta_deg`."""
        return np.interp(np.asarray(theta_deg, dtype=np.float64) % 360.0, self.theta_deg, self.height_mm, period=360.0)


@dataclass(frozen=True, eq=False)
class Leaflets:
    """Leaflets as meshes, as heights, or both; None where unknown.

    Parameters
    ----------
    anterior, posterior
        Meshes, in any shape the source had.
    heights
        Height around the annulus.
    thickness
        Thickness by region.
    chordae
        Chordae from the papillary tips.
    cleft_depth_mm
        Depth of the slits between the posterior scallops, from the free edge [mm].
    """

    anterior: Surface | None = None
    posterior: Surface | None = None
    heights: LeafletHeights | None = None
    thickness: LeafletThickness | None = None
    chordae: ChordaeParameters | None = None
    cleft_depth_mm: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.cleft_depth_mm <= 30.0:
            raise InputError(f"cleft_depth_mm must lie in [0, 30]; got {self.cleft_depth_mm:g}.")


@dataclass(frozen=True, eq=False)
class Case:
    """One heart in one phase.

    Parameters
    ----------
    id
        Name of the case.
    annulus
        Mitral annulus.
    coronary_sinus, arteries, leaflets, aortic_annulus
        Neighbours; None or empty where unknown.
    papillary_tips
        "AL" and "PM" to tip points [mm], shape (3,); empty where unknown.
    surfaces
        Name ("la", "lv", ...) to surface, for pictures and extraction.
    loading, echo, phase
        Pressures, baseline echo, phase of the cycle.
    leads
        Leads in the vein; empty where none is known.
    source, licence
        Where the geometry comes from, and its licence.
    assumptions
        What was assumed when the case was made (stand-in landmarks, scaling, ...).
    """

    id: str
    annulus: Annulus
    coronary_sinus: CoronarySinus | None = None
    arteries: tuple[Artery, ...] = ()
    leaflets: Leaflets | None = None
    papillary_tips: Mapping[str, FloatArray] = field(default_factory=dict)
    aortic_annulus: Loop | None = None
    surfaces: Mapping[str, Surface] = field(default_factory=dict)
    loading: Loading = Loading()
    echo: Echo = Echo()
    phase: Phase = Phase.UNKNOWN
    source: str = ""
    licence: str = ""
    assumptions: tuple[Assumption, ...] = ()
    leads: tuple[Lead, ...] = ()

    def __post_init__(self) -> None:
        if not self.id:
            raise InputError("case id must not be empty.")
        object.__setattr__(self, "arteries", tuple(self.arteries))
        names = [artery.name for artery in self.arteries]
        for name in names:
            if not name:
                raise InputError("each artery must have a name; one has none: name it (lcx, om1, ...).")
            if names.count(name) > 1:
                raise InputError(
                    f"arteries must have different names; {name!r} stands {names.count(name)} times: rename one."
                )
        object.__setattr__(self, "assumptions", tuple(self.assumptions))
        object.__setattr__(self, "leads", tuple(self.leads))
        leads = [lead.name for lead in self.leads]
        if not all(leads) or len(set(leads)) < len(leads):
            raise InputError(f"leads must have different names; got {', '.join(map(repr, leads))}: rename one.")
        tips = {name: vector_array(f"papillary tip {name}", point) for name, point in self.papillary_tips.items()}
        if not tips.keys() <= {"AL", "PM"}:
            raise InputError(f"papillary_tips must be named AL and PM; got {', '.join(tips)}.")
        object.__setattr__(self, "papillary_tips", MappingProxyType(tips))
        object.__setattr__(self, "surfaces", MappingProxyType(dict(self.surfaces)))

    def __reduce__(self) -> tuple[type[Case], tuple[object, ...]]:
        values = (getattr(self, item.name) for item in fields(self))
        return type(self), tuple(dict(value) if isinstance(value, MappingProxyType) else value for value in values)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the geometry and loading that a prediction rests on, hexadecimal."""
        digest = hashlib.sha256()
        arrays = [self.annulus.loop.points, *self.annulus.landmarks.values(), *self.papillary_tips.values()]
        curves = [artery.curve for artery in self.arteries]
        if self.coronary_sinus is not None:
            curves.append(self.coronary_sinus.curve)
        for curve in curves:
            arrays += [values for values in (curve.points, curve.radius, curve.mis_radius) if values is not None]
        if self.leaflets is not None:
            for sheet in (self.leaflets.anterior, self.leaflets.posterior):
                arrays += [] if sheet is None else [sheet.points, sheet.triangles]
            if self.leaflets.heights is not None:
                arrays += [self.leaflets.heights.theta_deg, self.leaflets.heights.height_mm]
            # Only where given: a case without them keeps its digest.
            parts = (self.leaflets.thickness, self.leaflets.chordae, self.leaflets.cleft_depth_mm or None)
            given = [part for part in parts if part is not None]
            digest.update(repr(given).encode() if given else b"")
        if (vein := self.coronary_sinus) is not None and (vein.branches or vein.valves_mm or vein.stents):
            digest.update(repr((vein.branches, vein.valves_mm, vein.stents)).encode())
        for lead in self.leads:
            digest.update(repr((lead.name, lead.diameter_mm)).encode())
            arrays.append(lead.curve.points)
        for array in arrays:
            digest.update(str(array.shape).encode())
            digest.update(np.ascontiguousarray(array).tobytes())
        told = repr((self.loading, self.echo, self.phase.value))
        # Likewise: a case without it keeps its digest.
        digest.update(told.replace(", end_diastolic_volume_ml=None", "").encode())
        return digest.hexdigest()

    def transformed(self, matrix: ArrayLike, translation: ArrayLike = (0.0, 0.0, 0.0)) -> Case:
        """Case with every point mapped to ``matrix @ x + translation`` (a rigid motion, a mirror or a scaling)."""
        linear, shift = np.asarray(matrix, dtype=np.float64), np.asarray(translation, dtype=np.float64)
        leaflets = self.leaflets
        if leaflets is not None:
            scale = abs(float(np.linalg.det(linear))) ** (1.0 / 3.0)
            heights = leaflets.heights
            leaflets = replace(
                leaflets,
                anterior=None if leaflets.anterior is None else leaflets.anterior.transformed(linear, shift),
                posterior=None if leaflets.posterior is None else leaflets.posterior.transformed(linear, shift),
                heights=None if heights is None else LeafletHeights(heights.theta_deg, heights.height_mm * scale),
            )
        return replace(
            self,
            annulus=self.annulus.transformed(linear, shift),
            coronary_sinus=None if self.coronary_sinus is None else self.coronary_sinus.transformed(linear, shift),
            arteries=tuple(artery.transformed(linear, shift) for artery in self.arteries),
            leads=tuple(lead.transformed(linear, shift) for lead in self.leads),
            leaflets=leaflets,
            papillary_tips={name: locked(linear @ point + shift) for name, point in self.papillary_tips.items()},
            aortic_annulus=None if self.aortic_annulus is None else self.aortic_annulus.transformed(linear, shift),
            surfaces={name: surface.transformed(linear, shift) for name, surface in self.surfaces.items()},
        )

    def scaled(self, factor: float) -> Case:
        """Case enlarged by `factor` about the annulus centroid; the scaling is listed in `assumptions`.

        Raises
        ------
        InputError
            `factor` is not positive.
        """
        if not real_number("scale factor", factor) > 0.0:
            raise InputError(f"scale factor must be positive; got {factor}.")
        centre = self.annulus.loop.centroid
        line = Assumption(
            name="scale", value=factor, unit="1", why="the whole geometry was scaled on request", source="user"
        )
        enlarged = self.transformed(factor * np.eye(3), (1.0 - factor) * centre)
        return replace(enlarged, assumptions=(*self.assumptions, line))

"""What a stage of a therapy does to the heart, as plain data: the network knows actions, no devices.

Besides these, `Tie`, `Rod`, `Prescribed` and `LineLoad` of `_attachments` are actions.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from annulus._arrays import vector_array
from annulus._typing import FloatArray, IntArray
from annulus.anatomy import Annulus
from annulus.errors import InputError
from annulus.kernels.laws import vein_stretch
from annulus.mechanics.network._attachments import LineLoad, Prescribed, Rod, Tie

__all__ = [
    "ANCHOR_PRESSURE_MMHG",
    "Action",
    "Anchors",
    "Grasp",
    "Reshape",
    "Ribbon",
    "StiffEdges",
    "TensionLoop",
    "TipMoves",
    "Traction",
    "TractionReaction",
]

ANCHOR_PRESSURE_MMHG = 80.0
"""Pressure with which an anchor that is not yet open presses on the vein's wall [mmHg]: no radial force is published;
so much as opened the veins of `vein_stretch` fully (assumed)."""

_VENOUS_MMHG = 8.0
"""Pressure in the vein as it was imaged [mmHg] (assumed)."""


@dataclass(frozen=True, slots=True)
class Anchors:
    """What holds the ends of a ribbon: along each anchor the vein, where narrower, widens towards its diameter.

    It widens to the free diameter, or as far as `pressure_mmhg` besides the vein's own pressure stretches its wall,
    whichever is less (`vein_stretch`; `widening_limit`).

    Parameters
    ----------
    distal_diameter_mm, proximal_diameter_mm
        Of the free anchors [mm].
    distal_length_mm, proximal_length_mm
        Length of vein that each covers beyond the ribbon's end [mm].
    pressure_mmhg
        Pressure of an anchor that is not yet open on the vein's wall [mmHg].
    """

    distal_diameter_mm: float
    distal_length_mm: float
    proximal_diameter_mm: float
    proximal_length_mm: float
    pressure_mmhg: float = ANCHOR_PRESSURE_MMHG

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if not getattr(self, name) > 0.0:
                raise InputError(f"anchors' {name} must be positive; got {getattr(self, name):g}.")

    @property
    def widening_limit(self) -> float:
        """Radius to which the anchors' pressure stretches a vein over its radius as imaged [1]."""
        stretched = vein_stretch(float(self.pressure_mmhg) + _VENOUS_MMHG)
        return float(stretched / vein_stretch(_VENOUS_MMHG))

    def covered(self, distal_s_mm: float, proximal_s_mm: float) -> tuple[tuple[float, float], tuple[float, float]]:
        """Stretch of vein under the distal and the proximal anchor at the ribbon's ends, from and to [mm]."""
        return (
            (distal_s_mm, distal_s_mm + self.distal_length_mm),
            (proximal_s_mm - self.proximal_length_mm, proximal_s_mm),
        )

    def widened(
        self, s_mm: FloatArray, radius_mm: FloatArray, distal_s_mm: float, proximal_s_mm: float | None
    ) -> FloatArray:
        """Radius of the vein [mm], (n,), at increasing arc lengths (n,), with the anchors in it; None: distal only.

        A station that an anchor covers in part (half of the steps beside it) is widened in that part, so that the
        radius follows the anchor's place without jumps.
        """
        s, radius = np.asarray(s_mm), np.asarray(radius_mm)
        middles = 0.5 * (s[1:] + s[:-1])
        low, high = np.append(s[:1], middles), np.append(middles, s[-1:])
        diameters = (self.distal_diameter_mm, self.proximal_diameter_mm)[: 1 if proximal_s_mm is None else 2]
        places = self.covered(distal_s_mm, 0.0 if proximal_s_mm is None else proximal_s_mm)
        limit = (self.widening_limit - 1.0) * radius
        for diameter, (start, end) in zip(diameters, places, strict=False):
            covered = np.maximum(np.minimum(high, end) - np.maximum(low, start), 0.0) / (high - low)
            radius = radius + covered * np.minimum(np.maximum(0.5 * diameter - radius, 0.0), limit)
        return radius


class TractionReaction(Enum):
    """What the pull on a ribbon or suture is reacted by."""

    OSTIUM = "ostium"
    """The catheter's tip stands at the ostium: the operator holds it against the pull, as in the clinic."""

    OUTSIDE = "outside"
    """Nothing of the heart: the pull runs on to a fixed point outside, as a bench's suture does."""


@dataclass(frozen=True, slots=True)
class Ribbon:
    """A ribbon of fixed length along the vein's inner wall, held at both ends.

    Parameters
    ----------
    distal_s_mm
        Distal end, arc length from the ostium [mm].
    proximal_s_mm
        Proximal end [mm]; None where the ribbon's length ends in the stage before.
    length_mm
        Its length [mm].
    anchors
        What holds its ends; None for mere points.
    """

    distal_s_mm: float
    proximal_s_mm: float | None
    length_mm: float
    anchors: Anchors | None = None

    def __post_init__(self) -> None:
        if not self.length_mm > 0.0:
            raise InputError(f"ribbon length_mm must be positive; got {self.length_mm:g}.")


@dataclass(frozen=True, slots=True)
class Traction:
    """A pull on the ribbon through the ostium, its distal end held.

    Parameters
    ----------
    distal_s_mm
        Where the distal end is held, arc length from the ostium [mm].
    force_n
        The pull at the ostium [N]; None where it is what it takes until the path of the next stage's ribbon has the
        ribbon's length.
    reaction
        What the pull is reacted by.
    """

    distal_s_mm: float
    force_n: float | None = None
    reaction: TractionReaction = TractionReaction.OSTIUM


@dataclass(frozen=True, eq=False)
class TensionLoop:
    """A cable under one tension along the vein's inner wall, which goes on to a fixed point beyond either end.

    Parameters
    ----------
    tension_n
        Its tension, the same all along [N].
    distal_s_mm, proximal_s_mm
        Where it enters and leaves the vein, arc lengths from the ostium [mm].
    distal_point, proximal_point
        Fixed points that it runs on to [mm], shape (3,).
    arch_s_mm
        Stretch that a stiff arch spans, from and to [mm]: its feet take the tension, between them nothing presses on
        the vein; None without one.
    width_mm
        Diameter of the cable [mm]; None where it is not known.
    """

    tension_n: float
    distal_s_mm: float
    proximal_s_mm: float
    distal_point: FloatArray
    proximal_point: FloatArray
    arch_s_mm: tuple[float, float] | None = None
    width_mm: float | None = None

    def __post_init__(self) -> None:
        if not self.tension_n > 0.0:
            raise InputError(f"tension loop's tension_n must be positive; got {self.tension_n:g}.")
        for name in ("distal_point", "proximal_point"):
            object.__setattr__(self, name, vector_array(name, getattr(self, name)))


@dataclass(frozen=True, eq=False)
class StiffEdges:
    """Stretch and bending stiffness of each annulus edge over the tissue's [1], positive, shape (na,)."""

    factor: FloatArray

    def __post_init__(self) -> None:
        if not (np.asarray(self.factor) > 0.0).all():
            raise InputError(f"stiffness factor of an edge must be > 0; got {np.min(self.factor):g}.")


@dataclass(frozen=True, eq=False)
class Reshape:
    """The annulus takes this shape exactly, vertex by vertex; vein and arteries stay."""

    annulus: Annulus


@dataclass(frozen=True, eq=False)
class Grasp:
    """Pairs of leaflet vertices that clips hold together; annulus and papillary tips give way to their pull.

    Parameters
    ----------
    pairs
        Vertices of the valve, shape (t, 2): anterior, posterior.
    clip
        Number of the clip that holds each, shape (t,).
    papillary_n_per_mm
        Stiffness with which a papillary tip gives way [N/mm].
    """

    pairs: IntArray
    clip: IntArray
    papillary_n_per_mm: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "pairs", np.asarray(self.pairs, dtype=np.int64).reshape(-1, 2))
        object.__setattr__(self, "clip", np.asarray(self.clip, dtype=np.int64))


@dataclass(frozen=True, eq=False)
class TipMoves:
    """Displacement of the papillary tips, anterolateral and posteromedial [mm], shape (2, 3)."""

    by_mm: FloatArray


Action = Ribbon | Traction | TensionLoop | Rod | Tie | Prescribed | LineLoad | StiffEdges | Reshape | Grasp | TipMoves
"""Everything that a stage may do."""

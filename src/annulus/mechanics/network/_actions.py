"""What a stage of a therapy does to the heart, as plain data: the network knows actions, no devices.

Besides these, `Tie`, `Rod`, `Prescribed` and `LineLoad` of `_attachments` are actions.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from annulus._typing import FloatArray, IntArray
from annulus.anatomy import Annulus
from annulus.errors import InputError
from annulus.mechanics.network._attachments import LineLoad, Prescribed, Rod, Tie

__all__ = ["Action", "Grasp", "Reshape", "Ribbon", "StiffEdges", "TipMoves", "Traction", "TractionReaction"]


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
    """

    distal_s_mm: float
    proximal_s_mm: float | None
    length_mm: float

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
    """Pairs of leaflet vertices that are held together.

    Parameters
    ----------
    pairs
        Vertices of the valve, shape (t, 2): anterior, posterior.
    apart_mm
        Pairs that stay farther apart than this without pressure are let go, in this order [mm].
    """

    pairs: IntArray
    apart_mm: tuple[float, ...] = (2.0, 1.6)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pairs", np.asarray(self.pairs, dtype=np.int64).reshape(-1, 2))


@dataclass(frozen=True, eq=False)
class TipMoves:
    """Displacement of the papillary tips, anterolateral and posteromedial [mm], shape (2, 3)."""

    by_mm: FloatArray


Action = Ribbon | Traction | Rod | Tie | Prescribed | LineLoad | StiffEdges | Reshape | Grasp | TipMoves
"""Everything that a stage may do."""

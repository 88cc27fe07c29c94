"""What else may act on the strip, besides the ribbon: ties, prescribed places, line loads, rods in the vein.

Every other device is made of these few: a bridge is a tie from the septal annulus to the vein, cerclage a cable
along the vein closed by ties, a ring a prescribed annulus, a rod or a lead a bending stiffness in the vein, a band
a shortened stretch of annulus.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annulus._arrays import points_array, vector_array
from annulus._typing import FloatArray
from annulus.errors import InputError

__all__ = ["Attachments", "LineLoad", "Place", "Prescribed", "Rod", "Tie"]


@dataclass(frozen=True, eq=False)
class Place:
    """What a tie holds: a place on the annulus, on the vein, or fixed in space; exactly one is given.

    Parameters
    ----------
    annulus_place
        Place on the annulus nodes (node number plus fraction).
    vein_s_mm
        Arc length along the vein from the ostium [mm].
    point
        Point fixed in space [mm], shape (3,).
    """

    annulus_place: float | None = None
    vein_s_mm: float | None = None
    point: FloatArray | None = None

    def __post_init__(self) -> None:
        given = [value is not None for value in (self.annulus_place, self.vein_s_mm, self.point)]
        if sum(given) != 1:
            raise InputError(f"place must be given by exactly one of annulus, vein or point; got {sum(given)}.")
        if self.point is not None:
            object.__setattr__(self, "point", vector_array("point", self.point))


@dataclass(frozen=True, eq=False)
class Tie:
    """Spring between two places: stiffness [N/mm], rest length [mm]; pulls only, unless `both_ways`."""

    first: Place
    second: Place
    stiffness_n_per_mm: float
    rest_mm: float
    both_ways: bool = False

    def __post_init__(self) -> None:
        if not self.stiffness_n_per_mm > 0.0 or not self.rest_mm >= 0.0:
            raise InputError(
                f"tie needs stiffness > 0 N/mm and rest >= 0 mm; got {self.stiffness_n_per_mm:g} and {self.rest_mm:g}."
            )


@dataclass(frozen=True, eq=False)
class Prescribed:
    """Annulus nodes held at target points by stiff springs (a ring sewn in).

    Parameters
    ----------
    nodes
        Numbers of the annulus nodes, shape (k,).
    targets
        Where they are held [mm], shape (k, 3).
    stiffness_n_per_mm
        Of each spring; the node stays within (force on it) / stiffness of its target.
    """

    nodes: tuple[int, ...]
    targets: FloatArray
    stiffness_n_per_mm: float = 100.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "nodes", tuple(int(node) for node in self.nodes))
        object.__setattr__(self, "targets", points_array("targets", self.targets))
        if len(self.nodes) != len(self.targets):
            raise InputError(f"targets must have one row per node; got {len(self.targets)} for {len(self.nodes)}.")


@dataclass(frozen=True, eq=False)
class LineLoad:
    """Dead load per length [N/mm] on the annulus ("annulus") or the vein ("vein"), shape (n, 3), one row per node."""

    curve: str
    load_n_per_mm: FloatArray

    def __post_init__(self) -> None:
        if self.curve not in ("annulus", "vein"):
            raise InputError(f"line load must act on annulus or vein; got {self.curve!r}.")
        object.__setattr__(self, "load_n_per_mm", points_array("load_n_per_mm", self.load_n_per_mm))


@dataclass(frozen=True, slots=True)
class Rod:
    """Naturally straight rod in the vein, along its inner wall: bending stiffness [N mm2], from and to [mm]."""

    bending_nmm2: float
    distal_s_mm: float
    proximal_s_mm: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.bending_nmm2) and self.bending_nmm2 > 0.0):
            raise InputError(f"rod bending_nmm2 must be positive; got {self.bending_nmm2}.")


@dataclass(frozen=True, eq=False)
class Attachments:
    """Everything besides the ribbon."""

    ties: tuple[Tie, ...] = ()
    prescribed: Prescribed | None = None
    line_loads: tuple[LineLoad, ...] = ()
    rods: tuple[Rod, ...] = ()

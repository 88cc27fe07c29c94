"""Edge-to-edge clip: which tissue of both leaflets it holds together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annulus._typing import ArrayLike, FloatArray, IntArray
from annulus.anatomy.valve import ANTERIOR, POSTERIOR, Valve
from annulus.errors import InputError
from annulus.geometry import edge_distances
from annulus.sources import Assumption

__all__ = ["CLIP_ARMS_MM", "CLIP_WIDTHS_MM", "EdgeToEdgeClip", "grasped_pairs", "held_insertion_mm"]

CLIP_ARMS_MM = (9.0, 12.0)
"""Arm lengths [mm]: NT and XT families."""

CLIP_WIDTHS_MM = (4.0, 6.0)
"""Widths [mm]: NT and XT; NTW and XTW (device facts, unverified)."""


@dataclass(frozen=True, slots=True)
class EdgeToEdgeClip:
    """A clip that joins the leaflets' free edges at one place.

    Parameters
    ----------
    arm_length_mm
        Arm length, 9 (NT) or 12 (XT) [mm].
    width_mm
        Width along the line of coaptation, 4 or 6 (wide) [mm].
    at_mm
        Middle of the clip from the middle of the line of coaptation, positive to the posteromedial side [mm].
    min_insertion_mm
        Leaflet that either arm must hold for a grasp [mm]; assumed.

    Raises
    ------
    InputError
        Not a size of the catalogue.
    """

    arm_length_mm: float = 9.0
    width_mm: float = 4.0
    at_mm: float = 0.0
    min_insertion_mm: float = 5.0

    def __post_init__(self) -> None:
        for name, sizes in (("arm_length_mm", CLIP_ARMS_MM), ("width_mm", CLIP_WIDTHS_MM)):
            value = getattr(self, name)
            if value not in sizes:
                raise InputError(f"clip {name} must be {' or '.join(f'{s:g}' for s in sizes)} mm; got {value:g}.")
        if not np.isfinite(self.at_mm):
            raise InputError(f"clip at_mm must be a number; got {self.at_mm}.")
        if not 0.0 < self.min_insertion_mm <= self.arm_length_mm:
            raise InputError(
                f"clip min_insertion_mm must lie in (0, {self.arm_length_mm:g}]; got {self.min_insertion_mm:g}."
            )

    @property
    def name(self) -> str:
        """Family name such as ``clip-XTW``."""
        return f"clip-{'NT' if self.arm_length_mm == 9.0 else 'XT'}{'W' if self.width_mm == 6.0 else ''}"

    def assumptions(self) -> tuple[Assumption, ...]:
        """What is assumed of the clip."""
        held = "leaflet that either arm must hold; no public threshold"
        joined = (
            "the arms hold the leaflets without slip over their whole length or the leaflet's, whichever is shorter"
        )
        return (
            Assumption("clip_min_insertion_mm", self.min_insertion_mm, "mm", held, "assumed"),
            Assumption("clip_grasp", "no slip", "", joined, "assumed"),
        )


def grasped_pairs(valve: Valve, clip: EdgeToEdgeClip) -> IntArray:
    """Vertices that a clip holds together, shape (k, 2): anterior, posterior; each vertex once.

    Either leaflet is held within half the width of the clip's middle, across the valve, and from its free edge up to
    the arm's length along the leaflet. Each held vertex of the coarser patch goes to the nearest one of the other at
    like place and like distance from the edge.

    Raises
    ------
    InputError
        There is no tissue of a leaflet there, or less than the least insertion.
    """
    x = valve.frame.to_local(valve.surface.points)[:, 0]
    patches = []
    for number, word in ((ANTERIOR, "anterior"), (POSTERIOR, "posterior")):
        own = np.setdiff1d(np.unique(valve.surface.triangles[valve.leaflet == number]), valve.hinge)
        own = np.setdiff1d(own, valve.shared)
        below = _from_edge(valve, number)
        # Half the spacing more, so that a narrow clip on a coarse mesh holds a column.
        half = max(0.5 * clip.width_mm, 0.55 * _spacing(x[np.intersect1d(own, valve.free_edge)], clip.at_mm))
        across = own[np.abs(x[own] - clip.at_mm) <= half]
        if len(across) == 0:
            raise InputError(
                f"the clip must lie where both leaflets have tissue; {clip.at_mm:g} mm from the middle there is none "
                f"of the {word} leaflet (it reaches from {x[own].min():.1f} to {x[own].max():.1f} mm): move it."
            )
        length = float(below[across].max())
        if length < clip.min_insertion_mm:
            raise InputError(
                f"the {word} leaflet must give the clip at least {clip.min_insertion_mm:g} mm to hold; "
                f"{clip.at_mm:g} mm from the middle it has {length:.1f} mm: move the clip."
            )
        held = across[below[across] <= clip.arm_length_mm]
        patches.append((held, np.column_stack([x[held], below[held]])))
    (front, at_front), (back, at_back) = patches
    return _matched(front, at_front, back, at_back)


def held_insertion_mm(valve: Valve, pairs: ArrayLike) -> tuple[float, float]:
    """How far from the free edge pairs (k, 2) reach on the anterior and on the posterior leaflet [mm]; 0 for none."""
    array = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    if len(array) == 0:
        return 0.0, 0.0
    front, back = (float(_from_edge(valve, number)[array[:, number]].max()) for number in (ANTERIOR, POSTERIOR))
    return front, back


def _matched(front: IntArray, at_front: FloatArray, back: IntArray, at_back: FloatArray) -> IntArray:
    """Pairs of mutually nearest members of two patches, shape (k, 2)."""
    apart = np.linalg.norm(at_front[:, None] - at_back[None], axis=2)
    towards, fro = apart.argmin(axis=1), apart.argmin(axis=0)
    mutual = np.flatnonzero(fro[towards] == np.arange(len(front)))
    return np.column_stack([front[mutual], back[towards[mutual]]])


def _spacing(x: FloatArray, at: float) -> float:
    """Distance of the two neighbours of a place among sorted places [mm]; 0 outside."""
    x = np.sort(x)
    after = int(np.searchsorted(x, at))
    return float(x[after] - x[after - 1]) if 0 < after < len(x) else 0.0


def _from_edge(valve: Valve, leaflet: int) -> FloatArray:
    """Distance from the leaflet's free edge along its mesh's edges [mm], infinite off the leaflet, shape (n,)."""
    triangles = valve.surface.triangles[valve.leaflet == leaflet]
    edge = np.intersect1d(valve.free_edge, triangles)
    if len(edge) == 0:
        raise InputError("a clip needs leaflets with a free edge; one has none.")
    return edge_distances(valve.surface.points, triangles, edge)

"""The nodes of one case: annulus, coronary sinus and arteries, how they hang together, and paths along the vein."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from annulus._arrays import locked
from annulus._typing import ArrayLike, FloatArray, IntArray
from annulus.anatomy import Case
from annulus.errors import InputError, rounded_down
from annulus.geometry import Loop
from annulus.kernels.cables import Cable
from annulus.kernels.curves import closest_on_polyline
from annulus.kernels.network import Rods
from annulus.kernels.paths import path_cable, path_points, path_stations, ribbon_path
from annulus.kernels.strip_nodes import inner_walls
from annulus.mechanics.network._numbering import strip_numbering
from annulus.mechanics.network._strip_nodes import artery_nodes, modelled_length

__all__ = ["Carrier", "Resolution", "Strip"]

Carrier: TypeAlias = tuple[FloatArray, IntArray, FloatArray]
"""Points [mm], (q, 3), the solver's numbers of the nodes that carry each, and their weights, both (q, 4)."""

_OF_THE_NODES = (
    "places",
    "numbering",
    "vein_numbers",
    "artery_counts",
    "artery_slices",
    "artery_places",
    "annulus_loop",
    "carriers",
    "reference",
    "vein_length",
    "n_nodes",
)
"""Cached properties that do not depend on the ribbon's path."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """Numbers of nodes: around the annulus, along the modelled vein, and artery node spacing [mm]."""

    n_annulus: int = 96
    n_vein: int = 84
    artery_spacing_mm: float = 1.5

    def __post_init__(self) -> None:
        if self.n_annulus < 12 or self.n_vein < 8 or not self.artery_spacing_mm > 0.0:
            raise InputError(
                f"resolution needs n_annulus >= 12, n_vein >= 8 and artery_spacing_mm > 0; "
                f"got {self.n_annulus}, {self.n_vein}, {self.artery_spacing_mm:g}."
            )


@dataclass(frozen=True, eq=False)
class Strip:
    """Nodes of one case and how they hang together, without stiffnesses.

    Positions "on the annulus" are edge index plus fraction of the node polygon; positions on the vein are arc
    lengths from the ostium [mm].

    Parameters
    ----------
    annulus
        Annulus nodes [mm], shape (na, 3), counter-clockwise seen from the atrium.
    vein
        Vein nodes from the ostium [mm], shape (nc, 3), equally spaced; may be empty.
    vein_spacing
        Arc length between vein nodes [mm].
    inner_wall
        From the vein's axis to the inner (annulus) side of its wall [mm], shape (nc, 3).
    vein_radius
        Area-equivalent radius at the vein nodes [mm], shape (nc,).
    artery
        Nodes of all arteries, one after the other [mm], shape (nl, 3); empty without an artery near the vein.
    artery_radius
        Shape (nl,) [mm].
    normal
        Annulus normal, shape (3,).
    trigones
        Places of left and right trigone on the annulus (node index plus fraction), shape (2,).
    border
        Natural numbers of nodes that reach far across (ends of ties), kept out of the band.
    artery_sizes
        How many of the nodes are each artery's, in the order of the case; 0 for one that is not near the vein. None
        for a single artery.
    """

    annulus: FloatArray
    vein: FloatArray
    vein_spacing: float
    inner_wall: FloatArray
    vein_radius: FloatArray
    artery: FloatArray
    artery_radius: FloatArray
    normal: FloatArray
    trigones: FloatArray
    border: tuple[int, ...] = ()
    artery_sizes: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.artery_sizes is None:
            object.__setattr__(self, "artery_sizes", (len(self.artery),))
        # Locked arrays only: numba compiles anew for writable ones.
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, np.ndarray):
                object.__setattr__(self, item.name, locked(np.array(value, dtype=np.float64, order="C")))

    def __reduce__(self) -> tuple[type[Strip], tuple[object, ...]]:
        return type(self), tuple(getattr(self, item.name) for item in fields(self))

    @classmethod
    def from_case(cls, case: Case, *, trigones: ArrayLike, resolution: Resolution | None = None) -> Strip:
        """Nodes of a case; `trigones` are the points taken for left and right trigone [mm], shape (2, 3)."""
        resolution = resolution or Resolution()
        loop = case.annulus.oriented_loop
        start, _ = loop.closest(case.annulus.landmarks["A"].reshape(1, 3))
        start_length = float(np.interp(start[0], np.arange(len(loop) + 1), np.append(loop.arc_lengths, loop.length)))
        nodes = loop.resampled(resolution.n_annulus, start=start_length)
        normal = case.annulus.frame.axes[2]
        places, _ = nodes.closest(np.asarray(trigones))
        empty = np.zeros((0, 3))
        if case.coronary_sinus is None:
            none = np.zeros(0)
            return cls(nodes.points, empty, 1.0, empty, none, empty, none, normal, places)
        curve = case.coronary_sinus.curve
        vein = curve.resampled(resolution.n_vein, last=modelled_length(curve, loop))
        spacing = vein.length / (resolution.n_vein - 1)
        at, distance = nodes.closest(vein.points)
        radius = vein.radius if vein.radius is not None else locked(np.zeros(len(vein)))
        # A ribbon rests on the wall: in a half-moon vein that is the inscribed circle's side, not the equal area's.
        inner_radius = vein.mis_radius if vein.mis_radius is not None else radius
        inner_wall, shortest = inner_walls(vein.points, at, nodes.points, inner_radius)
        if distance.min() == 0.0 or shortest == 0.0:
            raise InputError("coronary sinus axis must not touch the annulus; it does: check both curves.")
        artery, artery_radius, sizes = artery_nodes(case, vein, resolution.artery_spacing_mm)
        return cls(
            nodes.points, vein.points, spacing, inner_wall, radius, artery, artery_radius, normal, places, (), sizes
        )

    def with_border(self, border: tuple[int, ...]) -> Strip:
        """Same nodes, with other far-reaching ones."""
        return replace(self, border=border)

    def with_inner_wall(self, inner_wall: FloatArray) -> Strip:
        """Same nodes with another path of the ribbon, from the vein's axis [mm], shape (nc, 3)."""
        kept = [getattr(self, name) for name in _OF_THE_NODES]
        other = object.__new__(Strip)
        # What does not depend on the path need not be checked or found anew.
        other.__dict__.update({item.name: getattr(self, item.name) for item in fields(self)})
        other.__dict__.update(zip(_OF_THE_NODES, kept, strict=True))
        other.__dict__["inner_wall"] = locked(np.array(inner_wall, dtype=np.float64, order="C"))
        return other

    @cached_property
    def annulus_loop(self) -> Loop:
        """The annulus nodes as a loop."""
        return Loop(self.annulus)

    @cached_property
    def artery_counts(self) -> IntArray:
        """`artery_sizes` as an array, shape (number of arteries,)."""
        return locked(np.array(self.artery_sizes, dtype=np.int64))

    @cached_property
    def artery_slices(self) -> tuple[slice, ...]:
        """Rows of `artery` that are each artery's."""
        ends = np.cumsum([0, *self.artery_counts]).tolist()
        return tuple(slice(first, last) for first, last in pairwise(ends))

    @cached_property
    def vein_length(self) -> float:
        """Length of the modelled vein [mm]."""
        return self.vein_spacing * max(len(self.vein) - 1, 0)

    @cached_property
    def places(self) -> tuple[FloatArray, FloatArray]:
        """Place on the annulus of each vein and artery node, and its distance [mm], each shape (nc + nl,)."""
        return closest_on_polyline(np.vstack([self.vein, self.artery]), self.annulus, True)

    @cached_property
    def artery_places(self) -> FloatArray:
        """Arc length along the vein of its nearest place to each artery node, before any load [mm], shape (nl,)."""
        where, _ = closest_on_polyline(self.artery, self.vein, False)
        return locked(self.vein_spacing * where)

    @cached_property
    def carriers(self) -> dict[object, Carrier]:
        """Where curves that were asked for hang on the nodes (`_carry`), by the curve."""
        return {}

    @cached_property
    def numbering(self) -> IntArray:
        """Solver number of each natural node (annulus, vein, artery), shape (n,)."""
        return strip_numbering(len(self.annulus), self.places[0], self.border)

    @cached_property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.annulus) + len(self.vein) + len(self.artery)

    @cached_property
    def vein_numbers(self) -> IntArray:
        """Solver numbers of the vein nodes, shape (nc,)."""
        return self.numbering[len(self.annulus) : len(self.annulus) + len(self.vein)]

    @cached_property
    def reference(self) -> FloatArray:
        """Reference positions by solver number [mm], shape (n, 3)."""
        positions = np.empty((self.n_nodes, 3))
        positions[self.numbering] = np.vstack([self.annulus, self.vein, self.artery])
        return locked(positions)

    def to_natural(self, values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Split values by solver number, shape (n, ...), into annulus, vein and arteries."""
        natural = values[self.numbering]
        na, nc = len(self.annulus), len(self.vein)
        return natural[:na], natural[na : na + nc], natural[na + nc :]

    def cable(self, distal: float, proximal: float | None, *, outside: ArrayLike | None = None) -> Cable:
        """Ribbon along the inner wall from arc length `distal` to `proximal` [mm].

        With `proximal` None the cable ends at the ostium, or runs through it to the fixed point `outside` [mm],
        shape (3,).
        """
        stations = self.stations(distal, 0.0 if proximal is None else proximal)
        ends = np.empty((0, 3)) if outside is None else np.array(outside, dtype=np.float64).reshape(1, 3)
        return path_cable(stations, self.vein_numbers, self.inner_wall, ends)

    def path(self, vein: FloatArray, distal: float, proximal: float) -> FloatArray:
        """Points of the ribbon's path for vein node positions `vein`, `distal` to `proximal` [mm], shape (k, 3)."""
        return path_points(self.stations(distal, proximal), vein + self.inner_wall)

    def require_on_vein(self, s_mm: float) -> None:
        """Do nothing.

        Raises
        ------
        InputError
            An arc length lies off the modelled vein.
        """
        if not -1e-9 <= s_mm / self.vein_spacing <= len(self.vein) - 1 + 1e-9:
            raise InputError(
                f"a landing must lie at 0 to {rounded_down(self.vein_length)} mm (the modelled vein); "
                f"got {s_mm:.1f} mm: move the anchors."
            )

    def stations(self, distal: float, proximal: float) -> FloatArray:
        """Node numbers (with fraction) of the path's points from `distal` down to `proximal` [mm].

        Raises
        ------
        InputError
            An end lies off the modelled vein, or the ends are swapped.
        """
        return path_stations(*self._ends(distal, proximal), len(self.vein))

    def ribbon(self, distal: float, proximal: float, bending: float) -> tuple[Cable, Rods]:
        """`cable` between two arc lengths [mm] and the bends of a straight rod of stiffness `bending` [N mm2] on it."""
        ends = self._ends(distal, proximal)
        return ribbon_path(*ends, self.vein_numbers, self.inner_wall, self.vein, bending)

    def _ends(self, distal: float, proximal: float) -> tuple[float, float]:
        """Stations of two arc lengths, checked."""
        top, bottom = distal / self.vein_spacing, proximal / self.vein_spacing
        if not -1e-9 <= bottom < top <= len(self.vein) - 1 + 1e-9:
            raise InputError(
                f"landing must satisfy 0 <= proximal < distal <= {self.vein_length:.1f} mm (the modelled vein); "
                f"got proximal {proximal:.1f} and distal {distal:.1f} mm: move the anchors."
            )
        return top, bottom

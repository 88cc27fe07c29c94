"""The network of one case: annulus, straps, coronary sinus and artery as nodes and elements."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from annulus._arrays import locked
from annulus._typing import ArrayLike, FloatArray, IntArray
from annulus.anatomy import Case
from annulus.errors import InputError
from annulus.geometry import Curve, Loop
from annulus.kernels.curves import closest_on_polyline
from annulus.kernels.network import Cable, Contacts, Links, Matrix, Network, Rods
from annulus.kernels.newton import Workspace
from annulus.kernels.strip import (
    StripStiffness,
    add_constant_terms,
    half_bandwidth,
    order_nodes,
    strap_links,
    stretch_links,
    tributary_lengths,
)
from annulus.mechanics._parameters import CinchParameters
from annulus.units import KPA, MMHG

__all__ = ["VEIN_REACH_MM", "Resolution", "Strip"]

VEIN_REACH_MM = 25.0
"""The vein belongs to the model from the ostium to where it first lies farther than this from the annulus [mm].

Beyond, it has left the atrioventricular groove (in life the vein lies 5 to 17 mm away [plass-cs-ct, lansac2008])."""

LEAST_ADVANCE = 0.25
"""It also ends where its nearest place on the annulus advances by less than this share of the vein's own arc: there
it turns into the anterior interventricular vein and no longer runs around the annulus (assumed)."""

ADVANCE_WINDOW_MM = 8.0
"""Arc of vein over which that advance is taken [mm]."""

ARTERY_REACH_MM = 10.0
"""Arteries belong to the model where their axis lies within this distance of the vein's axis [mm]."""

CONTACT_KNEE = 0.9
CONTACT_HARD = 51.0


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
        Artery nodes [mm], shape (nl, 3); empty without an artery near the vein.
    artery_radius
        Shape (nl,) [mm].
    normal
        Annulus normal, shape (3,).
    trigones
        Places of left and right trigone on the annulus (node index plus fraction), shape (2,).
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
        vein = modelled_vein(case.coronary_sinus.curve, loop).resampled(resolution.n_vein)
        spacing = vein.length / (resolution.n_vein - 1)
        at, distance = nodes.closest(vein.points)
        inwards = nodes.at(at) - vein.points
        inwards = inwards - np.sum(inwards * vein.tangents, axis=1, keepdims=True) * vein.tangents
        size = np.linalg.norm(inwards, axis=1, keepdims=True)
        if (distance == 0.0).any() or (size == 0.0).any():
            raise InputError("coronary sinus axis must not touch the annulus; it does: check both curves.")
        radius = vein.radius if vein.radius is not None else np.zeros(len(vein))
        inner_radius = vein.mis_radius if vein.mis_radius is not None else radius
        artery, artery_radius = _artery_nodes(case, vein, resolution.artery_spacing_mm)
        return cls(
            nodes.points,
            vein.points,
            spacing,
            inwards / size * inner_radius[:, None],
            radius,
            artery,
            artery_radius,
            normal,
            places,
        )

    @cached_property
    def annulus_loop(self) -> Loop:
        """The annulus nodes as a loop."""
        return Loop(self.annulus)

    @cached_property
    def vein_length(self) -> float:
        """Length of the modelled vein [mm]."""
        return self.vein_spacing * max(len(self.vein) - 1, 0)

    @cached_property
    def _ring(self) -> tuple[FloatArray, FloatArray]:
        return closest_on_polyline(np.vstack([self.vein, self.artery]), self.annulus, True)

    @cached_property
    def numbering(self) -> tuple[IntArray, int]:
        """Solver number of each natural node, shape (n,), and the annulus node at the cut."""
        return order_nodes(len(self.annulus), self._ring[0])

    @cached_property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.annulus) + len(self.vein) + len(self.artery)

    @cached_property
    def reference(self) -> FloatArray:
        """Reference positions by solver number [mm], shape (n, 3)."""
        positions = np.empty((self.n_nodes, 3))
        positions[self.numbering[0]] = np.vstack([self.annulus, self.vein, self.artery])
        return locked(positions)

    def to_natural(self, values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Split values by solver number, shape (n, ...), into annulus, vein and artery."""
        natural = values[self.numbering[0]]
        na, nc = len(self.annulus), len(self.vein)
        return natural[:na], natural[na : na + nc], natural[na + nc :]

    @cached_property
    def _contact_pairs(self) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
        """Vein edge, fraction, unit normal vein to artery, and wall gap [mm] of every artery node."""
        at, distance = closest_on_polyline(self.artery, self.vein, False)
        edge = np.minimum(at.astype(np.int64), len(self.vein) - 2)
        fraction = at - edge
        foot = self.vein[edge] * (1.0 - fraction)[:, None] + self.vein[edge + 1] * fraction[:, None]
        normal = (self.artery - foot) / np.maximum(distance, 1e-9)[:, None]
        radius = self.vein_radius[edge] * (1.0 - fraction) + self.vein_radius[edge + 1] * fraction
        return edge, fraction, normal, distance - radius - self.artery_radius

    def network(self, parameters: CinchParameters, *, edge_factor: ArrayLike | None = None) -> Network:
        """Arrays of the network for one set of parameters.

        Parameters
        ----------
        parameters
            Stiffnesses.
        edge_factor
            Extra factor on stretch and bending stiffness of each annulus edge (calcified or ringed stretches),
            shape (na,).
        """
        na, nc, nl = len(self.annulus), len(self.vein), len(self.artery)
        number, _ = self.numbering
        n_band = self.n_nodes - 2
        ring, distance = self._ring[0][:nc], self._ring[1][:nc]
        stiffness = _strip_stiffness(parameters)
        stretch_factor, bending_factor, foundation_factor = self._annulus_factors(parameters, edge_factor)
        n_links = na + max(nc - 1, 0) + nc + max(nl - 1, 0)
        links = Links(
            np.zeros(n_links, dtype=np.int64),
            np.zeros((n_links, 4), dtype=np.int64),
            np.zeros((n_links, 4)),
            np.zeros((n_links, 3)),
            np.zeros(n_links),
            np.zeros(n_links),
            np.zeros(n_links, dtype=np.int64),
        )
        row = stretch_links(self.annulus, True, stiffness.annulus_axial, stretch_factor, links, 0)
        if nc:
            first = row
            row = stretch_links(self.vein, False, stiffness.vein_axial, np.ones(nc), links, row)
            links.nodes[first:row, :2] += na
            weight = tributary_lengths(self.vein, False)
            row = strap_links(ring, distance, weight, na, stiffness.strap_link, links, row)
        if nl > 1:
            first = row
            row = stretch_links(self.artery, False, stiffness.artery_axial, np.ones(nl), links, row)
            links.nodes[first:row, :2] += na + nc
        contacts = self._contacts(parameters)
        bends = [self._triples(0, na, True), self._triples(na, nc, False), self._triples(na + nc, nl, False)]
        groups = np.vstack([np.pad(np.vstack(bends), ((0, 0), (0, 1))), links.nodes, contacts.nodes])
        counts = np.concatenate([np.full(sum(map(len, bends)), 3), links.count, np.full(len(contacts.gap0), 4)])
        width = half_bandwidth(number, n_band, counts, groups)
        constant = Matrix(np.zeros((3 * n_band, width + 1)), np.zeros((3 * n_band, 6)), np.zeros((6, 6)))
        coefficient, shape = np.zeros(self.n_nodes), np.zeros((self.n_nodes, 3, 3))
        add_constant_terms(
            constant,
            (self.annulus, self.vein, self.artery),
            (ring, distance),
            (bending_factor, foundation_factor),
            self.normal,
            stiffness,
            number,
            (coefficient, shape),
        )
        links.nodes[:] = number[links.nodes]
        contacts.nodes[:] = number[contacts.nodes]
        rods = self.ribbon_rods(0.0, (self.vein_length, 0.0)) if nc else _no_rods()
        load = np.zeros((self.n_nodes, 3))
        return Network(self.reference, constant, load, links, coefficient, shape, rods, contacts)

    def cable(self, distal: float, proximal: float | None, *, outside: ArrayLike | None = None) -> Cable:
        """Ribbon along the inner wall from arc length `distal` to `proximal` [mm].

        With `proximal` None the cable runs through the ostium to the fixed point `outside` [mm], shape (3,).
        """
        last = 0.0 if proximal is None else proximal
        where = self._stations(distal, last)
        number = self.numbering[0][len(self.annulus) : len(self.annulus) + len(self.vein)]
        edge = np.minimum(np.maximum(np.ceil(where[:-1] - 1e-12).astype(np.int64) - 1, 0), len(self.vein) - 2)
        share = where[:-1] - where[1:]
        nodes = np.stack([number[edge], number[edge + 1]], axis=1)
        weights = np.stack([share, -share], axis=1)
        offset = share[:, None] * (self.inner_wall[edge] - self.inner_wall[edge + 1])
        if proximal is None:
            nodes = np.vstack([nodes, [number[0], number[0]]])
            weights = np.vstack([weights, [-1.0, 0.0]])
            offset = np.vstack([offset, np.asarray(outside, dtype=np.float64) - self.inner_wall[0]])
        return Cable(np.ascontiguousarray(nodes), np.ascontiguousarray(weights), np.ascontiguousarray(offset))

    def path(self, vein: FloatArray, distal: float, proximal: float) -> FloatArray:
        """Points of the ribbon's path for vein node positions `vein`, `distal` to `proximal` [mm], shape (k, 3)."""
        wall = vein + self.inner_wall
        where = self._stations(distal, proximal)
        return np.stack([np.interp(where, np.arange(len(vein)), wall[:, k]) for k in range(3)], axis=1)

    def _stations(self, distal: float, proximal: float) -> FloatArray:
        """Node indices (with fraction) of the path's points from `distal` down to `proximal`."""
        top, bottom = distal / self.vein_spacing, proximal / self.vein_spacing
        limit = len(self.vein) - 1
        if not -1e-9 <= bottom < top <= limit + 1e-9:
            raise InputError(
                f"landing must satisfy 0 <= proximal < distal <= {self.vein_length:.1f} mm (the modelled vein); "
                f"got proximal {proximal:.1f} and distal {distal:.1f} mm: move the anchors."
            )
        top, bottom = min(top, float(limit)), max(bottom, 0.0)
        inner = np.arange(np.ceil(top - 1e-9) - 1, np.floor(bottom + 1e-9), -1.0)
        return np.concatenate([[top], inner, [bottom]])

    def workspace(self, network: Network) -> Workspace:
        """Scratch arrays for solves on `network`."""
        blank = [Matrix(*(np.zeros_like(part) for part in network.constant)) for _ in range(2)]
        return Workspace(blank[0], blank[1], np.zeros((7, self.n_nodes, 3)))

    def _triples(self, first: int, count: int, closed: bool) -> IntArray:
        index = np.arange(count) if closed else np.arange(1, max(count - 1, 1))
        if count < 3:
            return np.zeros((0, 3), dtype=np.int64)
        return first + np.stack([(index - 1) % count, index, (index + 1) % count], axis=1)

    def _annulus_factors(
        self, parameters: CinchParameters, edge_factor: ArrayLike | None
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Stretch factor per edge, bending factor per node, foundation factor per node, each shape (na,)."""
        na = len(self.annulus)
        left, right = self.trigones
        lengths = np.append(self.annulus_loop.arc_lengths, self.annulus_loop.length)
        total = self.annulus_loop.length
        s_left, s_right = np.interp([left, right], np.arange(na + 1), lengths)
        # The anterior arc runs from the right trigone through A (node 0) to the left one.
        share = _covered_share(lengths, s_right - total, s_left) + _covered_share(lengths, s_right, s_left + total)
        stretch = 1.0 + (parameters.anterior_factor - 1.0) * np.minimum(share, 1.0)
        if edge_factor is not None:
            stretch = stretch * np.asarray(edge_factor, dtype=np.float64)
        bending = 0.5 * (stretch + np.roll(stretch, 1))
        apart = np.abs(lengths[:-1, None] - np.array([s_left, s_right]))
        nearest = np.minimum(apart, total - apart).min(axis=1)
        foundation = 1.0 + parameters.trigone_factor * np.exp(-((nearest / parameters.trigone_width_mm) ** 2))
        return stretch, bending, foundation

    def _contacts(self, parameters: CinchParameters) -> Contacts:
        na, nc, nl = len(self.annulus), len(self.vein), len(self.artery)
        if nl == 0:
            none = np.zeros(0)
            return Contacts(
                np.zeros((0, 4), dtype=np.int64), np.zeros((0, 4)), np.zeros((0, 3)), none, none, none, none, none
            )
        edge, fraction, normal, gap = self._contact_pairs
        nodes = np.stack([na + edge, na + edge + 1, na + nc + np.arange(nl), na + nc + np.arange(nl)], axis=1)
        weights = np.stack([fraction - 1.0, -fraction, np.ones(nl), np.zeros(nl)], axis=1)
        distance = np.sum(
            normal
            * (self.artery - self.vein[edge] * (1 - fraction)[:, None] - self.vein[edge + 1] * fraction[:, None]),
            axis=1,
        )
        # Flattened vessel under lumen pressure p: force per length q = p (pi/2) delta [cinch-prototype].
        slope = parameters.artery_pressure_mmhg * MMHG * 0.5 * np.pi * tributary_lengths(self.artery, False)
        return Contacts(
            nodes,
            weights,
            np.ascontiguousarray(normal),
            gap - distance,
            np.minimum(gap, 0.0),
            slope,
            CONTACT_KNEE * 2.0 * self.artery_radius,
            np.full(nl, CONTACT_HARD),
        )

    def ribbon_rods(self, bending: float, stretch: tuple[float, float]) -> Rods:
        """Bends of a naturally straight ribbon, bending stiffness [N mm2], on its path (distal, proximal) [mm]."""
        if bending == 0.0:
            return _no_rods()
        where = self._stations(*stretch)
        number = self.numbering[0][len(self.annulus) : len(self.annulus) + len(self.vein)]
        index = where[1:-1].astype(np.int64)
        nodes = np.stack([index + 1, index, index - 1], axis=1)
        fractions = np.stack([where[:-2] - where[1:-1], where[1:-1] - where[2:]], axis=1)
        wall = self.inner_wall
        offsets = fractions[:, :, None] * np.stack(
            [wall[index] - wall[index + 1], wall[index - 1] - wall[index]], axis=1
        )
        points = self.path(self.vein, *stretch)
        edges = np.linalg.norm(np.diff(points, axis=0), axis=1)
        voronoi = 0.5 * (edges[:-1] + edges[1:])
        return Rods(number[nodes], fractions, offsets, np.zeros((len(index), 3)), bending / voronoi)


def _no_rods() -> Rods:
    return Rods(np.zeros((0, 3), dtype=np.int64), np.zeros((0, 2)), np.zeros((0, 2, 3)), np.zeros((0, 3)), np.zeros(0))


def modelled_vein(curve: Curve, loop: Loop) -> Curve:
    """The part of the vein that runs around the annulus: see `VEIN_REACH_MM` and `LEAST_ADVANCE`."""
    step = 0.25 * ADVANCE_WINDOW_MM
    s = np.append(np.arange(0.0, curve.length, step), curve.length)
    at, distance = loop.closest(curve.at(s))
    if distance[:2].max() > VEIN_REACH_MM:
        raise InputError(
            f"coronary sinus must start within {VEIN_REACH_MM:g} mm of the annulus; its ostium end lies "
            f"{distance[0]:.1f} mm away: check that both curves share unit and coordinate system (LPS)."
        )
    lengths = np.append(loop.arc_lengths, loop.length)
    place = np.interp(at, np.arange(len(lengths)), lengths)
    place = np.unwrap(place, period=loop.length)
    end = len(s)
    if len(s) > 4:
        advance = np.abs(place[4:] - place[:-4]) / (s[4:] - s[:-4])
        begun = int(np.argmax(advance >= LEAST_ADVANCE))
        slow = np.nonzero(advance[begun:] < LEAST_ADVANCE)[0]
        end = begun + int(slow[0]) + 2 if len(slow) else end
    far = np.nonzero(distance > VEIN_REACH_MM)[0]
    end = min(end, int(far[0]) if len(far) else end)
    return curve if end >= len(s) else curve.sliced(0.0, float(s[end]))


def _artery_nodes(case: Case, vein: Curve, spacing: float) -> tuple[FloatArray, FloatArray]:
    """Nodes and radii of the artery stretch near the vein; the circumflex trunk is the first artery."""
    empty = np.zeros((0, 3)), np.zeros(0)
    if not case.arteries:
        return empty
    curve = case.arteries[0].curve
    if curve.radius is None or vein.radius is None:
        return empty
    fine = curve.resampled(max(round(curve.length / spacing) + 1, 3))
    _, distance = vein.closest(fine.points)
    near = np.nonzero(distance < ARTERY_REACH_MM)[0]
    if len(near) < 3:
        return empty
    keep = slice(near[0], near[-1] + 1)
    radius = fine.radius
    assert_radius = radius if radius is not None else np.zeros(0)
    return np.ascontiguousarray(fine.points[keep]), np.ascontiguousarray(assert_radius[keep])


def _covered_share(lengths: FloatArray, first: float, last: float) -> FloatArray:
    """Share of each edge (between consecutive arc lengths) that lies in [first, last], shape (n - 1,)."""
    inside = np.minimum(lengths[1:], last) - np.maximum(lengths[:-1], first)
    return np.clip(inside / np.diff(lengths), 0.0, 1.0)


def _strip_stiffness(parameters: CinchParameters) -> StripStiffness:
    # The sheep's tissue scaled to the human heart; the artery's numbers are human already.
    scale = parameters.human_stiffness_factor
    return StripStiffness(
        scale * parameters.annulus_axial_n,
        scale * parameters.annulus_bending_nmm2,
        scale * parameters.vein_axial_n,
        scale * parameters.vein_bending_nmm2,
        parameters.artery_axial_n,
        parameters.artery_bending_nmm2,
        scale * parameters.strap_link_n_per_mm,
        scale * parameters.strap_vector_n_per_mm,
        scale * parameters.foundation_kpa * KPA,
        scale * parameters.foundation_kpa * KPA,
        parameters.artery_bed_kpa * KPA,
        parameters.tangential_ratio,
        parameters.normal_ratio,
        parameters.stiffening_length_mm,
    )

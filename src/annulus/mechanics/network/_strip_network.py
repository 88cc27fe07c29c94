"""From the nodes of a strip and a set of stiffnesses to the arrays that the kernels solve."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from annulus._arrays import locked
from annulus._typing import ArrayLike, FloatArray, IntArray
from annulus.errors import InputError, rounded_down
from annulus.kernels.banded import Matrix
from annulus.kernels.network import Links, Network, Rods
from annulus.kernels.paths import path_bends
from annulus.kernels.strip import (
    StripStiffness,
    add_constant_terms,
    annulus_shares,
    artery_contacts,
    strap_links,
    stretch_links,
    tributary_lengths,
)
from annulus.mechanics.network._actions import Anchors
from annulus.mechanics.network._attachments import Attachments, Place, Rod
from annulus.mechanics.network._numbering import blank_matrix, envelope
from annulus.mechanics.network._parameters import CinchParameters
from annulus.mechanics.network._strip import Strip
from annulus.units import KPA, MMHG

__all__ = [
    "anchored_network",
    "join_rods",
    "rod_bends",
    "strip_network",
    "strip_stiffness",
    "tie_border",
]


def strip_network(
    strip: Strip,
    parameters: CinchParameters,
    *,
    edge_factor: ArrayLike | None = None,
    attachments: Attachments | None = None,
) -> Network:
    """Arrays of the network for one set of parameters.

    Parameters
    ----------
    strip
        Nodes; its border must hold one end of every tie (`tie_border`).
    parameters
        Stiffnesses.
    edge_factor
        Extra factor on stretch and bending stiffness of each annulus edge (calcified or ringed stretches),
        shape (na,).
    attachments
        Ties, prescribed places, line loads and rods.
    """
    attachments = attachments or Attachments()
    na, nc = len(strip.annulus), len(strip.vein)
    number = strip.numbering
    stiffness = strip_stiffness(parameters)
    stretch_factor, bending_factor, foundation_factor = _annulus_factors(strip, parameters, edge_factor)
    place, distance = strip.places[0][:nc], strip.places[1][:nc]
    arteries = [part for part in strip.artery_slices if part.stop - part.start > 1]
    sizes = (na, max(nc - 1, 0), nc, sum(part.stop - part.start - 1 for part in arteries), len(attachments.ties))
    links = _blank_links(sum(sizes))
    row = stretch_links(strip.annulus, True, stiffness.annulus_axial, stretch_factor, links, 0)
    if nc:
        row = stretch_links(strip.vein, False, stiffness.vein_axial, np.ones(nc), links, row)
        links.nodes[na:row] += na
        weight = tributary_lengths(strip.vein, False)
        row = strap_links(place, distance, weight, na, stiffness.strap_link, links, row)
    for part in arteries:
        first, nodes = row, strip.artery[part]
        row = stretch_links(nodes, False, stiffness.artery_axial, np.ones(len(nodes)), links, row)
        links.nodes[first:row] += na + nc + part.start
    for tie in attachments.ties:
        _add_tie(strip, links, row, tie.first, tie.second)
        links.stiffness[row], links.rest[row], links.slack[row] = tie.stiffness_n_per_mm, tie.rest_mm, not tie.both_ways
        row += 1
    pressure = parameters.artery_pressure_mmhg * MMHG
    artery, vein = (strip.artery, strip.artery_radius, strip.artery_counts), (strip.vein, strip.vein_radius)
    contacts = artery_contacts(artery, vein, pressure, number[na:])
    links.nodes[:] = number[links.nodes]
    bends = [number[_triples(0, na, True)], number[_triples(na, nc, False)]]
    bends += [number[_triples(na + nc + part.start, part.stop - part.start, False)] for part in arteries]
    n_border = 2 + len(strip.border)
    n_band = strip.n_nodes - n_border
    constant = blank_matrix(envelope(n_band, [*bends, links.nodes, contacts.nodes]), n_border)
    coefficient, shape = np.zeros(strip.n_nodes), np.zeros((strip.n_nodes, 3, 3))
    add_constant_terms(
        constant,
        (strip.annulus, strip.vein, strip.artery, strip.artery_counts),
        (place, distance),
        (bending_factor, foundation_factor, _vein_factor(strip, parameters)),
        strip.normal,
        stiffness,
        number,
        (coefficient, shape),
    )
    load = np.zeros((strip.n_nodes, 3))
    _add_line_loads(strip, attachments, load)
    _add_prescribed(strip, attachments, constant, load)
    rods = join_rods([rod_bends(strip, rod) for rod in attachments.rods])
    return Network(strip.reference, constant, load, links, coefficient, shape, rods, contacts)


def anchored_network(
    network: Network,
    strip: Strip,
    parameters: CinchParameters,
    anchors: Anchors,
    distal_s_mm: float,
    proximal_s_mm: float | None,
) -> Network:
    """The network of a strip with anchors in its vein: their walls, where wider than the vein's, meet the artery.

    What the artery overlapped before the device stays without force; what the anchors add does not.
    """
    s = strip.vein_spacing * np.arange(len(strip.vein), dtype=np.float64)
    radius = anchors.widened(s, strip.vein_radius, distal_s_mm, proximal_s_mm)
    number = strip.numbering[len(strip.annulus) :]
    pressure = parameters.artery_pressure_mmhg * MMHG
    artery = strip.artery, strip.artery_radius, strip.artery_counts
    contacts = artery_contacts(artery, (strip.vein, radius), pressure, number)
    return network._replace(contacts=contacts._replace(free=network.contacts.free))


def tie_border(strip: Strip, attachments: Attachments) -> tuple[int, ...]:
    """Natural nodes to keep out of the band: one end of each tie that joins two places of the strip."""
    nodes: set[int] = set()
    for tie in attachments.ties:
        ends = [_place_nodes(strip, place)[0] for place in (tie.first, tie.second)]
        if all(len(end) for end in ends):
            nodes.update(int(node) for node in ends[0])
    return tuple(sorted(nodes))


def rod_bends(strip: Strip, rod: Rod) -> Rods:
    """Bends of a naturally straight rod on its path along the inner wall."""
    stations = strip.stations(rod.distal_s_mm, rod.proximal_s_mm)
    return path_bends(stations, strip.vein_numbers, strip.inner_wall, strip.vein, float(rod.bending_nmm2))


def strip_stiffness(parameters: CinchParameters) -> StripStiffness:
    """The kernels' stiffnesses [N, mm] of a set of parameters."""
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


def _blank_links(n: int) -> Links:
    return Links(
        np.zeros(n, dtype=np.int64),
        np.zeros((n, 4), dtype=np.int64),
        np.zeros((n, 4)),
        np.zeros((n, 3)),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n, dtype=np.int64),
    )


@lru_cache(maxsize=64)
def _triples(first: int, count: int, closed: bool) -> IntArray:
    if count < 3:
        return locked(np.zeros((0, 3), dtype=np.int64))
    index = np.arange(count) if closed else np.arange(1, count - 1)
    return locked(first + np.stack([(index - 1) % count, index, (index + 1) % count], axis=1))


def _place_nodes(strip: Strip, place: Place) -> tuple[IntArray, FloatArray, FloatArray]:
    """Natural nodes, weights and constant offset of a place."""
    none = np.zeros(0, dtype=np.int64)
    if place.point is not None:
        return none, np.zeros(0), np.asarray(place.point)
    na = len(strip.annulus)
    if place.annulus_place is not None:
        where = place.annulus_place % na
        edge = int(where)
        return np.array([edge, (edge + 1) % na]), np.array([1.0 - where + edge, where - edge]), np.zeros(3)
    where = (place.vein_s_mm or 0.0) / strip.vein_spacing
    if not 0.0 <= where <= len(strip.vein) - 1:
        raise InputError(
            f"tie must hold the vein at 0 to {rounded_down(strip.vein_length)} mm; got {place.vein_s_mm:g} mm."
        )
    edge = min(int(where), len(strip.vein) - 2)
    return np.array([na + edge, na + edge + 1]), np.array([1.0 - where + edge, where - edge]), np.zeros(3)


def _add_tie(strip: Strip, links: Links, row: int, first: Place, second: Place) -> None:
    nodes_a, weights_a, point_a = _place_nodes(strip, first)
    nodes_b, weights_b, point_b = _place_nodes(strip, second)
    count = len(nodes_a) + len(nodes_b)
    if count == 0:
        raise InputError("tie must hold the annulus or the vein at one end at least; both ends are fixed points.")
    nodes = np.concatenate([nodes_a, nodes_b])
    links.count[row] = count
    # Those beyond the count repeat a used node, so that they widen nothing.
    links.nodes[row], links.nodes[row, :count] = nodes[0], nodes
    links.weights[row, :count] = np.concatenate([weights_a, -weights_b])
    links.offset[row] = point_a - point_b


def _add_line_loads(strip: Strip, attachments: Attachments, load: FloatArray) -> None:
    na, nc = len(strip.annulus), len(strip.vein)
    for line in attachments.line_loads:
        first, points, closed = (0, strip.annulus, True) if line.curve == "annulus" else (na, strip.vein, False)
        if len(line.load_n_per_mm) != len(points):
            raise InputError(f"line load needs one row per node, {len(points)}; got {len(line.load_n_per_mm)}.")
        numbers = strip.numbering[first : first + (na if closed else nc)]
        load[numbers] += line.load_n_per_mm * tributary_lengths(points, closed)[:, None]


def _add_prescribed(strip: Strip, attachments: Attachments, constant: Matrix, load: FloatArray) -> None:
    held = attachments.prescribed
    if held is None:
        return
    n_band = len(constant.band)
    for node, target in zip(held.nodes, held.targets, strict=True):
        p = int(strip.numbering[node])
        if p < n_band:
            constant.band[p, np.arange(3), np.arange(3)] += held.stiffness_n_per_mm
        else:
            index = np.arange(3 * (p - n_band), 3 * (p - n_band) + 3)
            constant.corner[index, index] += held.stiffness_n_per_mm
        load[p] += held.stiffness_n_per_mm * (target - strip.annulus[node])


def _annulus_factors(
    strip: Strip, parameters: CinchParameters, edge_factor: ArrayLike | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Stretch factor per edge, bending factor per node, foundation factor per node, each shape (na,)."""
    loop = strip.annulus_loop
    lengths = np.append(loop.arc_lengths, loop.length)
    left, right = np.interp(strip.trigones, np.arange(len(lengths)), lengths)
    share, nearest = annulus_shares(lengths, left, right)
    stretch = 1.0 + (parameters.anterior_factor - 1.0) * share
    if edge_factor is not None:
        stretch = stretch * np.asarray(edge_factor, dtype=np.float64)
    bending = 0.5 * (stretch + np.concatenate([stretch[-1:], stretch[:-1]]))
    foundation = 1.0 + parameters.trigone_factor * np.exp(-((nearest / parameters.trigone_width_mm) ** 2))
    return stretch, bending, foundation


def _vein_factor(strip: Strip, parameters: CinchParameters) -> FloatArray:
    """Foundation factor per vein node, shape (nc,): 1 + f exp(-(s/w)^2), s the arc length from the ostium."""
    s = strip.vein_spacing * np.arange(len(strip.vein))
    return 1.0 + parameters.ostium_factor * np.exp(-((s / parameters.ostium_width_mm) ** 2))


def join_rods(parts: list[Rods]) -> Rods:
    """All bends in one."""
    if not parts:
        return Rods(
            np.zeros((0, 3), dtype=np.int64), np.zeros((0, 2)), np.zeros((0, 2, 3)), np.zeros((0, 3)), np.zeros(0)
        )
    return Rods(*(np.ascontiguousarray(np.concatenate(columns)) for columns in zip(*parts, strict=True)))

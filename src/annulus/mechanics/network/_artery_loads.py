"""What presses on each artery in a state of the network: line load, where along vein and artery, and under what.

The network is coarse: its straps and its foundation stand for centimetres of tissue, and share a ribbon's load evenly
with an artery in contact. Straight under the ribbon an artery, stiffened by its pressure, lies in fat that is ten times
softer, and takes more: at most all of the ribbon's tension times curvature. Both ends of that range are given.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annulus._arrays import locked
from annulus._typing import FloatArray
from annulus.kernels.laws import TUBE_HARD
from annulus.kernels.strip import chain_lengths
from annulus.mechanics.network._actions import Ribbon, TensionLoop
from annulus.mechanics.network._cinch import CinchModel
from annulus.mechanics.network._equilibrium import Equilibrium

__all__ = ["ArteryLoad", "artery_loads"]


_REACHED_MM = 0.25
"""Indentation of the network's contact from which the ribbon's load reaches an artery in full [mm] (assumed)."""


@dataclass(frozen=True, eq=False)
class ArteryLoad:
    """Contact of one artery with the vein, node by node; all arrays have shape (n,).

    Parameters
    ----------
    index
        Number of the artery in the case.
    cs_s_mm
        Nearest place along the vein from the ostium, before any load [mm].
    length_mm
        Length of artery that each node stands for [mm].
    load_n_per_mm
        Force of the contact per length of artery [N/mm]: what of the device's tension times curvature, and of the
        anchors' push, the tissue around lets through to the artery.
    direct_n_per_mm
        Tension times curvature of ribbon or cable where its line of action passes through the artery [N/mm]: what it
        bears if nothing else does. Zero where the network has no contact, outside its span, and under an arch.
    radius_mm
        Of its lumen [mm].
    """

    index: int
    cs_s_mm: FloatArray
    length_mm: FloatArray
    load_n_per_mm: FloatArray
    direct_n_per_mm: FloatArray
    radius_mm: FloatArray

    def shared(self, share: float) -> FloatArray:
        """Line load where the artery bears `share` [1] of what passes straight through it, or more [N/mm], (n,)."""
        return np.maximum(self.load_n_per_mm, share * self.direct_n_per_mm)

    @property
    def force_n(self) -> float:
        """Whole force of the network's contact [N]."""
        return float(self.load_n_per_mm @ self.length_mm)

    def force_between(self, start_mm: float, end_mm: float) -> float:
        """Force on what lies beside this stretch of the vein [N]."""
        inside = (self.cs_s_mm >= start_mm) & (self.cs_s_mm <= end_mm)
        return float(self.load_n_per_mm[inside] @ self.length_mm[inside])


def artery_loads(model: CinchModel, state: Equilibrium, line: Ribbon | TensionLoop | None) -> tuple[ArteryLoad, ...]:
    """Loads on the arteries that the network knows, in the order of the case.

    Parameters
    ----------
    model, state
        Network and its equilibrium.
    line
        What lies in the vein under tension, a ribbon with the anchors that are open; None for nothing. An arch keeps
        what it spans free of load, that of the vein which its feet draw inwards too.
    """
    strip = model.strip
    network = model.network
    if isinstance(line, Ribbon):
        network = model.anchored(line.distal_s_mm, line.proximal_s_mm)
    contacts = network.contacts
    if not len(contacts.gap0):
        return ()
    apart = np.einsum("ca,cak->ck", contacts.weights, state.positions[contacts.nodes])
    depth = np.maximum(contacts.free - contacts.gap0 - np.sum(contacts.normal * apart, axis=1), 0.0)
    # The law of `kernels.laws.tube`, whose force this is.
    force = contacts.stiffness * (depth + (TUBE_HARD - 1.0) * np.maximum(depth - contacts.knee, 0.0))
    lengths = chain_lengths(strip.artery, strip.artery_counts)
    direct = np.zeros(len(lengths))
    tension_n = line.tension_n if isinstance(line, TensionLoop) else state.tension_n
    if line is not None and tension_n > 0.0:
        direct = _direct(model, state, line, tension_n) * np.minimum(depth / _REACHED_MM, 1.0)
    if isinstance(line, TensionLoop) and line.arch_s_mm is not None:
        low, high = line.arch_s_mm
        open_to_it = (strip.artery_places < low) | (strip.artery_places > high)
        force, direct = force * open_to_it, direct * open_to_it
    columns = (strip.artery_places, lengths, force / lengths, direct, strip.artery_radius)
    return tuple(
        ArteryLoad(index, *(locked(np.array(column[part])) for column in columns))
        for index, part in enumerate(strip.artery_slices)
        if part.stop > part.start
    )


def _direct(model: CinchModel, state: Equilibrium, line: Ribbon | TensionLoop, tension_n: float) -> FloatArray:
    """Tension times curvature of what lies in the vein through each artery node [N/mm], shape (nl,).

    Of the load at the artery's station counts the share of the artery's diameter that its line of action cuts, from
    where vein and artery lie before any load: the contact's normals are those too, and the groove carries the artery
    along in life, which the network's bed, fixed in space, does not. While the ribbon is pulled (no proximal end)
    friction lets the tension fall inwards from the ostium.
    """
    strip = model.strip
    path = state.vein + strip.inner_wall
    edges = np.diff(path, axis=0)
    size = np.linalg.norm(edges, axis=1, keepdims=True)
    turn = np.diff(edges / size, axis=0)
    tension = np.full(len(turn), tension_n)
    if line.proximal_s_mm is None:
        angle = np.linalg.norm(turn, axis=1)
        tension = tension * np.exp(-model.parameters.friction_coefficient * np.cumsum(angle))
    load = np.zeros_like(path)
    load[1:-1] = tension[:, None] * turn / (0.5 * (size[1:] + size[:-1]))
    at, low = strip.artery_places, line.proximal_s_mm or 0.0
    edge = np.minimum((at / strip.vein_spacing).astype(np.int64), len(path) - 2)
    share = (at / strip.vein_spacing - edge)[:, None]
    rest = strip.vein + strip.inner_wall
    pressed, middle = (rows[edge] * (1.0 - share) + rows[edge + 1] * share for rows in (load, rest))
    along = rest[edge + 1] - rest[edge]
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    strength = np.linalg.norm(pressed, axis=1)
    way = pressed / np.maximum(strength, 1e-12)[:, None]
    offset = strip.artery - middle
    offset = offset - np.sum(offset * along, axis=1, keepdims=True) * along
    ahead = np.sum(offset * way, axis=1)
    missed = np.linalg.norm(offset - ahead[:, None] * way, axis=1) / strip.artery_radius
    chord = np.sqrt(np.maximum(1.0 - missed**2, 0.0))
    inside = (at > low) & (at < line.distal_s_mm) & (ahead > 0.0)
    return np.where(inside, strength * chord, 0.0)

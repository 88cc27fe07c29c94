"""What presses on each artery in a state of the network: line load, where along vein and artery, and under what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annulus._arrays import locked
from annulus._typing import FloatArray
from annulus.kernels.laws import TUBE_HARD
from annulus.kernels.strip import chain_lengths
from annulus.mechanics.network._actions import Ribbon
from annulus.mechanics.network._cinch import CinchModel
from annulus.mechanics.network._equilibrium import Equilibrium

__all__ = ["ArteryLoad", "artery_loads"]


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
    radius_mm
        Of its lumen [mm].
    """

    index: int
    cs_s_mm: FloatArray
    length_mm: FloatArray
    load_n_per_mm: FloatArray
    radius_mm: FloatArray

    @property
    def force_n(self) -> float:
        """Whole force of the contact [N]."""
        return float(self.load_n_per_mm @ self.length_mm)

    def force_between(self, start_mm: float, end_mm: float) -> float:
        """Force on what lies beside this stretch of the vein [N]."""
        inside = (self.cs_s_mm >= start_mm) & (self.cs_s_mm <= end_mm)
        return float(self.load_n_per_mm[inside] @ self.length_mm[inside])


def artery_loads(model: CinchModel, state: Equilibrium, ribbon: Ribbon | None) -> tuple[ArteryLoad, ...]:
    """Loads on the arteries that the network knows, in the order of the case.

    Parameters
    ----------
    model, state
        Network and its equilibrium.
    ribbon
        What lies in the vein, with the anchors that are open; None for nothing with anchors.
    """
    strip = model.strip
    network = model.network if ribbon is None else model.anchored(ribbon.distal_s_mm, ribbon.proximal_s_mm)
    contacts = network.contacts
    if not len(contacts.gap0):
        return ()
    apart = np.einsum("ca,cak->ck", contacts.weights, state.positions[contacts.nodes])
    depth = np.maximum(contacts.free - contacts.gap0 - np.sum(contacts.normal * apart, axis=1), 0.0)
    # The law of `kernels.laws.tube`, whose force this is.
    force = contacts.stiffness * (depth + (TUBE_HARD - 1.0) * np.maximum(depth - contacts.knee, 0.0))
    lengths = chain_lengths(strip.artery, strip.artery_counts)
    columns = (strip.artery_places, lengths, force / lengths, strip.artery_radius)
    return tuple(
        ArteryLoad(index, *(locked(np.array(column[part])) for column in columns))
        for index, part in enumerate(strip.artery_slices)
        if part.stop > part.start
    )

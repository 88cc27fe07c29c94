"""The cinch network's variant solved here and by CalculiX, and how far the two are apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annulus._typing import FloatArray
from annulus.io._calculix import TENSION_N, CinchVariant, calculix_displacements
from annulus.kernels.laws import CableLaw

__all__ = ["CalculixRun", "calculix_run"]


@dataclass(frozen=True, eq=False)
class CalculixRun:
    """The variant solved by both codes.

    Parameters
    ----------
    variant
        What was solved.
    own, other
        Displacements by this package and by CalculiX [mm], shape (n, 3).
    """

    variant: CinchVariant
    own: FloatArray
    other: FloatArray

    @property
    def largest_mm(self) -> float:
        """Largest displacement here."""
        return float(np.linalg.norm(self.own, axis=1).max())

    @property
    def difference(self) -> float:
        """Largest distance between the two displacements of a node over the largest displacement."""
        return float(np.linalg.norm(self.own - self.other, axis=1).max()) / self.largest_mm

    @property
    def inner_difference(self) -> float:
        """The same without the twelfth of the vein at each of its ends, where the ribbon pulls at single nodes."""
        n, m = self.variant.n, len(self.variant.vein)
        apart = np.linalg.norm(self.own - self.other, axis=1)
        end = max(2, m // 12)
        return float(np.append(apart[:n], apart[n + end : n + m - end]).max()) / self.largest_mm

    @property
    def shortening_mm(self) -> tuple[float, float]:
        """Reduction of the anteroposterior diameter, here and by CalculiX [mm]."""
        n = self.variant.n
        own, other = (float(u[3 * n // 4, 1] - u[n // 4, 1]) for u in (self.own, self.other))
        return own, other


def calculix_run(
    n: int, *, height_mm: float = 0.0, tension_n: float = TENSION_N, dead_loads: bool = False
) -> CalculixRun:
    """Solve the variant with `n` annulus nodes here and by CalculiX.

    Parameters
    ----------
    n
        Annulus nodes; the vein has nearly half as many.
    height_mm
        Height of the vein's plane above the annulus's [mm].
    tension_n
        Tension of the cable along the vein [N].
    dead_loads
        Replace the cable by its converged nodal forces in both codes. They do not turn with the vein, so they press it
        between the anchors and buckle it early; else CalculiX gets springs of constant tension, which is the cable.

    Raises
    ------
    DependencyError
        CalculiX is not installed.
    SolveError
        One of the two did not converge.
    """
    variant = CinchVariant(n, height_mm)
    network = variant.network()
    law = CableLaw(tension_n, 0.0, 0.0)
    state = network.solve(law).checked()
    deck = variant.deck(tension_n=tension_n)
    if dead_loads:
        load = network.cable_force(state)
        network = network.with_load(load)
        state = network.solve().checked()
        deck = variant.deck(load)
    other, _ = calculix_displacements(deck, len(variant.points))
    return CalculixRun(variant, state.positions - variant.points, other)

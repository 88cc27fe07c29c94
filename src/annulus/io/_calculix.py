"""The cinch network for CalculiX: a variant that standard elements can carry, its deck, and CalculiX's answer.

Annulus and vein are free rods, joined by straps (springs along their line) and vector springs and held by ground
springs. The ribbon is a frictionless cable on the vein's axis: springs of constant tension in CalculiX, or its
converged nodal forces as dead loads in both codes. What no standard element has is left out: wall-embedded bending,
a ribbon off the axis.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from annulus._typing import FloatArray, IntArray
from annulus.errors import DependencyError, SolveError
from annulus.io.exporters._inp import InpBeams, InpDeck, InpSprings, write_inp
from annulus.io.readers._calculix_dat import read_dat_displacements
from annulus.mechanics.network import Bends, FreeNetwork, SolverOptions, Springs, free_network

__all__ = ["TENSION_N", "CinchVariant", "calculix_displacements", "calculix_missing"]

CALCULIX = "ccx"

# Axial stiffnesses, straps and tension are those of the model's order [cinch-prototype]. A square section of this side
# and the beams' share of EA give the bending stiffness EA side^2 / 12.
SIDE_MM = 4.0
ANNULUS_AXIAL_N = 12.0
VEIN_AXIAL_N = 6.0
# CalculiX's solids follow Saint Venant and Kirchhoff: their axial force is 1.5 strain times off Hooke's law of the
# discrete rods. So beams carry this share of the axial stiffness, springs along the edges the rest.
BEAM_SHARE = 0.25
STRAP_LINK, STRAP_VECTOR = 0.3, 0.5
FOUNDATION_MPA, NORMAL_RATIO = 0.012, 4.0
GAP_MM = 10.0
TENSION_N = 0.6


@dataclass(frozen=True, eq=False)
class CinchVariant:
    """Nodes and elements of the variant, with n nodes around the annulus (a multiple of 8).

    Parameters
    ----------
    n
        Annulus nodes.
    height_mm
        Height of the vein's plane above the annulus's.
    """

    n: int
    height_mm: float = 0.0

    @property
    def vein_places(self) -> IntArray:
        """Annulus node that each vein node is strapped to: from 10 to 170 degrees, an odd number of nodes."""
        first = round(self.n * 10 / 360)
        return np.arange(first, self.n // 2 - first + 1)

    @property
    def points(self) -> FloatArray:
        """Annulus nodes on an ellipse of 43.5 by 38 mm, vein nodes outside its posterior half [mm]."""
        angle = 2.0 * np.pi * np.arange(self.n) / self.n
        half = np.array([21.75, 19.0])
        ring = np.column_stack([half[0] * np.cos(angle), half[1] * np.sin(angle)])
        out = np.column_stack([half[1] * np.cos(angle), half[0] * np.sin(angle)])
        out /= np.linalg.norm(out, axis=1, keepdims=True)
        places = self.vein_places
        vein = ring[places] + GAP_MM * out[places]
        return np.vstack(
            [np.column_stack([ring, np.zeros(self.n)]), np.column_stack([vein, np.full(len(vein), self.height_mm)])]
        )

    @property
    def vein(self) -> IntArray:
        """Numbers of the vein nodes."""
        return self.n + np.arange(len(self.vein_places))

    @property
    def pairs(self) -> IntArray:
        """Vein and annulus node of each strap, shape (k, 2)."""
        return np.column_stack([self.vein_places, self.vein])

    @property
    def weights(self) -> FloatArray:
        """Length of curve that belongs to each node [mm]."""
        points = self.points
        ring, vein = points[: self.n], points[self.n :]
        around = np.linalg.norm(np.roll(ring, -1, axis=0) - ring, axis=1)
        along = np.linalg.norm(np.diff(vein, axis=0), axis=1)
        ends = np.append(along, 0.0) + np.append(0.0, along)
        return np.append(0.5 * (around + np.roll(around, 1)), 0.5 * ends)

    @property
    def strap_stiffness(self) -> FloatArray:
        """Length of vein over length of strap: times a modulus [N/mm] the stiffness of each strap, shape (k,)."""
        return self.weights[self.n :] / self._lengths(self.pairs)

    @property
    def ground(self) -> FloatArray:
        """Stiffness of the ground springs [N/mm], shape (n, 3)."""
        return FOUNDATION_MPA * self.weights[:, None] * np.array([1.0, 1.0, NORMAL_RATIO])

    def _lengths(self, pairs: IntArray) -> FloatArray:
        points = self.points
        return np.linalg.norm(points[pairs[:, 1]] - points[pairs[:, 0]], axis=1)

    def network(self) -> FreeNetwork:
        """The variant for this package's solver, with a cable along the vein."""
        points, around, vein = self.points, range(self.n), self.vein.tolist()
        bend = BEAM_SHARE * SIDE_MM**2 / 12.0
        return free_network(
            points,
            links=[
                Springs.along(points, around, ANNULUS_AXIAL_N, closed=True),
                Springs.along(points, vein, VEIN_AXIAL_N),
                Springs(self.pairs, STRAP_LINK * self.strap_stiffness),
            ],
            rods=[
                Bends.along(points, around, ANNULUS_AXIAL_N * bend, closed=True),
                Bends.along(points, vein, VEIN_AXIAL_N * bend),
            ],
            ties=[Springs(self.pairs, STRAP_VECTOR * self.strap_stiffness)],
            ground=self.ground[:, :, None] * np.eye(3),
            cable=vein,
            options=SolverOptions(tolerance_n=1.0e-9, max_iterations=500),
        )

    def deck(self, load: FloatArray | None = None, *, tension_n: float = 0.0) -> InpDeck:
        """The variant for CalculiX, under dead loads (n, 3) or with the cable as springs of constant tension."""
        n, m = self.n, len(self.vein)
        ring = np.column_stack([np.arange(n), (np.arange(n) + 1) % n])
        line = np.column_stack([self.vein[:-1], self.vein[1:]])
        nodes = np.arange(n + m)
        three = np.repeat(np.arange(3), n + m)
        ties = STRAP_VECTOR * self.strap_stiffness
        cable = [InpSprings(line, np.full(m - 1, tension_n), constant_tension=True)] if tension_n > 0.0 else []
        return InpDeck(
            f"cinch network of free rods, {n} annulus and {m} vein nodes",
            self.points,
            [
                InpBeams("ANNULUS", ring, BEAM_SHARE * ANNULUS_AXIAL_N / SIDE_MM**2, (SIDE_MM, SIDE_MM)),
                InpBeams("VEIN", line, BEAM_SHARE * VEIN_AXIAL_N / SIDE_MM**2, (SIDE_MM, SIDE_MM)),
            ],
            [
                InpSprings(ring, (1.0 - BEAM_SHARE) * ANNULUS_AXIAL_N / self._lengths(ring)),
                InpSprings(line, (1.0 - BEAM_SHARE) * VEIN_AXIAL_N / self._lengths(line)),
                InpSprings(self.pairs, STRAP_LINK * self.strap_stiffness),
                InpSprings(np.tile(self.pairs, (3, 1)), np.tile(ties, 3), np.repeat(np.arange(3), m)),
                InpSprings(np.tile(nodes, 3), self.ground.T.reshape(-1), three),
                *cable,
            ],
            np.zeros((n + m, 3)) if load is None else load,
        )


def calculix_missing() -> str:
    """Why CalculiX cannot run here; empty where it can."""
    if shutil.which(CALCULIX):
        return ""
    return f"{CALCULIX} is not installed: apt-get install calculix-ccx (Debian, Ubuntu) or `make system-packages`"


def calculix_displacements(deck: InpDeck, n_nodes: int) -> tuple[FloatArray, float]:
    """Displacements of a deck's nodes by CalculiX [mm], shape (n, 3), and the wall time of its process [s],
    which reads the deck and writes the result.

    Raises
    ------
    DependencyError
        CalculiX is not installed.
    SolveError
        It stopped early.
    """
    missing = calculix_missing()
    if missing:
        raise DependencyError(f"CalculiX comparison: {missing}.")
    with tempfile.TemporaryDirectory() as folder:
        write_inp(deck, Path(folder) / "variant.inp")
        started = time.perf_counter()
        done = subprocess.run(
            [CALCULIX, "-i", "variant"], cwd=folder, capture_output=True, text=True, timeout=1800, check=False
        )
        seconds = time.perf_counter() - started
        if done.returncode != 0 or "Job finished" not in done.stdout:
            last = " ".join(done.stdout.split()[-30:])
            raise SolveError(f"CalculiX stopped with code {done.returncode}: {last}")
        return read_dat_displacements(Path(folder) / "variant.dat", n_nodes), seconds

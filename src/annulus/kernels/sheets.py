"""Forces and tangent of a valve's sheets: shell, pressure, chordae that only pull.

Papillary tips are vertices that belong to no triangle and do not move.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray, IntArray
from annulus.kernels.envelope import Envelope, add_block
from annulus.kernels.laws import LeeSacks, spring
from annulus.kernels.pressure import pressure_terms
from annulus.kernels.shells import Shell, shell_energy, shell_terms

__all__ = ["Sheet", "chordae_tension", "sheet_energy", "sheet_terms"]


class Sheet(NamedTuple):
    """Shell; chordae (c, 4), a triangle's corners and a tip, their weights (c, 4) in the vector between its ends,
    stiffness [N/mm] and slack length [mm] (c,); `number` (n,), place among the unknowns or -1.
    """

    shell: Shell
    chordae: IntArray
    chorda_weights: FloatArray
    chorda_stiffness: FloatArray
    chorda_length: FloatArray
    number: IntArray


@kernel
def _span(sheet: Sheet, c: int, x: FloatArray, u: FloatArray) -> float:
    """Write the vector from a chorda's tip to its place on the leaflets to u (3,); its length [mm]."""
    for d in range(3):
        u[d] = 0.0
        for k in range(4):
            u[d] += sheet.chorda_weights[c, k] * x[sheet.chordae[c, k], d]
    return np.sqrt(u[0] * u[0] + u[1] * u[1] + u[2] * u[2])


@kernel
def sheet_energy(sheet: Sheet, law: LeeSacks, x: FloatArray) -> float:
    """Elastic energy of shell and chordae [N mm]; infinite as `shell_energy`."""
    total = shell_energy(sheet.shell, law, x)
    u = np.empty(3)
    for c in range(sheet.chordae.shape[0]):
        over = _span(sheet, c, x, u) - sheet.chorda_length[c]
        total += spring(sheet.chorda_stiffness[c], over, True)[0]
    return total


@kernel
def chordae_tension(sheet: Sheet, x: FloatArray) -> FloatArray:
    """Tension of each chorda and tie [N], shape (c,)."""
    tension = np.empty(sheet.chordae.shape[0])
    u = np.empty(3)
    for c in range(len(tension)):
        over = _span(sheet, c, x, u) - sheet.chorda_length[c]
        tension[c] = spring(sheet.chorda_stiffness[c], over, True)[1]
    return tension


@kernel
def _add_chordae(sheet: Sheet, x: FloatArray, force: FloatArray, matrix: Envelope) -> float:
    """Chordae that only pull."""
    total = 0.0
    block = np.empty((3, 3))
    u = np.empty(3)
    for c in range(sheet.chordae.shape[0]):
        length = _span(sheet, c, x, u)
        energy, tension, stiffness = spring(sheet.chorda_stiffness[c], length - sheet.chorda_length[c], True)
        if stiffness == 0.0:
            continue
        total += energy
        for k in range(4):
            for d in range(3):
                force[sheet.chordae[c, k], d] += sheet.chorda_weights[c, k] * tension * u[d] / length
        if matrix.data.shape[0] == 0:
            continue
        across = tension / length
        for d in range(3):
            for e in range(3):
                block[d, e] = (stiffness - across) * u[d] * u[e] / (length * length)
            block[d, d] += across
        for k in range(4):
            p = sheet.number[sheet.chordae[c, k]]
            if p < 0 or sheet.chorda_weights[c, k] == 0.0:
                continue
            for j in range(k + 1):
                q = sheet.number[sheet.chordae[c, j]]
                weight = sheet.chorda_weights[c, k] * sheet.chorda_weights[c, j]
                if q >= 0 and weight != 0.0:
                    add_block(matrix, p, q, weight * block)
    return total


@kernel
def sheet_terms(
    sheet: Sheet, law: LeeSacks, load: FloatArray, x: FloatArray, force: FloatArray, matrix: Envelope, projected: bool
) -> float:
    """Add elastic minus pressure forces to `force` (n, 3), their tangent to `matrix`; return the elastic energy [N mm].

    As `shell_terms`; `load` (m,) is the pressure on each triangle [MPa], of whose tangent the symmetric part is added.
    """
    pressure_terms(sheet.shell.triangles, load, x, sheet.number, force, matrix)
    total = shell_terms(sheet.shell, law, x, sheet.number, force, matrix, projected)
    return total + _add_chordae(sheet, x, force, matrix)

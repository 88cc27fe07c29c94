"""A valve closed by another method, dynamic relaxation: masses from the tangent's rows, and kinetic damping.

Masses are such that unit steps are stable. It shares forces, pairs and contact with the solver, not the tangent, the
factor or the search along a step.
"""

from __future__ import annotations

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy.valve import Valve
from annulus.kernels.envelope import TILE
from annulus.mechanics.valve import ClosureOptions, LeafletMaterial
from annulus.mechanics.valve._closing import Closing
from annulus.mechanics.valve._valve_sheet import valve_sheet
from annulus.units import MMHG

__all__ = ["closing_state", "relaxed"]

_EVERY, _SAFETY, _STRIDE_MM = 25, 0.6, 0.3


def closing_state(valve: Valve, pressure_mmhg: float) -> Closing:
    """State of a closure at its start, without load."""
    material = LeafletMaterial()
    barrier = pressure_mmhg * MMHG / (3.0 * material.contact_share**2)
    return Closing(valve_sheet(valve, material), material.law, barrier)


def relaxed(
    valve: Valve, *, pressure_mmhg: float, tolerance_n: float = 1e-4, limit: int = 20_000
) -> tuple[FloatArray, int]:
    """Vertices of the closed valve by dynamic relaxation [mm], and the steps it took; NaN where it does not settle."""
    state = closing_state(valve, pressure_mmhg)
    free, steps = state.free, 0
    for share in ClosureOptions().loads:
        state.pressure = share * pressure_mmhg * MMHG
        speed = np.zeros_like(state.x)
        mass = np.ones(len(state.x))
        for step in range(limit):
            if step % _EVERY == 0:
                mass = _SAFETY * _row_sums(state) + 1e-4 * state.model.area
            force = state.gradient()
            largest = np.sqrt((force[free] ** 2).sum(axis=1).max())
            if largest < tolerance_n * (1.0 if share == 1.0 else 20.0 * share**0.5):
                break
            if np.einsum("ij,ij->", force[free], speed[free]) > 0.0:
                speed[:] = 0.0
            speed[free] -= force[free] / mass[free, None]
            size = float(np.sqrt((speed**2).sum(axis=1).max()))
            taken = state._free_step(speed, min(1.0, _STRIDE_MM / size))
            if taken < 0.5:
                speed *= taken
                taken = 1.0
            state.x = state.x + taken * speed
            steps += 1
        else:
            return np.full_like(valve.surface.points, np.nan), steps
    return state.x[: len(valve.surface.points)], steps


def _row_sums(state: Closing) -> FloatArray:
    """Sum of sizes along the tangent's rows, the largest of each vertex's three: no eigenvalue is larger."""
    state._assemble(projected=True)
    matrix, n = state.matrix, 3 * len(state.free)
    sums = np.zeros(TILE * len(matrix.first))
    for row, (first, base) in enumerate(zip(matrix.first, matrix.base, strict=True)):
        low, end = TILE * first, TILE * (row + 1)
        tiles = np.abs(matrix.data[base + low : base + end])
        # Above the diagonal of the last tile lies what adding whole blocks left.
        tiles[-TILE:] = np.triu(tiles[-TILE:])
        sums[TILE * row : end] += tiles.sum(axis=0)
        sums[low:end] += tiles.sum(axis=1)
        sums[TILE * row : end] -= np.diag(tiles[-TILE:])
    mass = np.zeros(len(state.x))
    mass[state.order] = sums[:n].reshape(-1, 3).max(axis=1)
    return mass

"""How fast a valve closes: growth with the mesh, the parts of an iteration, and the same equilibrium by another method.

The other method is dynamic relaxation: masses from the tangent's rows, so that unit steps are stable, and kinetic
damping. It shares forces, pairs and contact with the solver, not the tangent, the factor or the search along a step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from time import process_time

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy.parametric import preset
from annulus.anatomy.valve import Valve, valve_of_case
from annulus.kernels.envelope import TILE
from annulus.kernels.sheets import sheet_terms
from annulus.kernels.shells import shell_energy
from annulus.mechanics.valve import ClosureOptions, LeafletMaterial, close_valve
from annulus.mechanics.valve._closing import Closing
from annulus.mechanics.valve._valve_sheet import valve_sheet
from annulus.units import MMHG

__all__ = ["CLOSURE_MESHES", "ClosureParts", "ClosureSpeed", "closure_parts", "closure_speed", "fmr_valve", "relaxed"]

CLOSURE_MESHES = ((56, 8), (80, 10), (96, 16))
"""Columns and rows: 896, 1,600 and 3,072 triangles."""

PRESSURE_MMHG = 100.0
_MANY = 5000
_EVERY, _SAFETY, _STRIDE_MM = 25, 0.6, 0.3


@dataclass(frozen=True, slots=True)
class ClosureSpeed:
    """One closure of the FMR preset: processor seconds, those without the coarser mesh (NaN for many triangles)."""

    triangles: int
    seconds: float
    single_level_seconds: float
    iterations: int
    converged: bool


@dataclass(frozen=True, slots=True)
class ClosureParts:
    """Best processor time of one evaluation in the closed state [us]."""

    triangles: int
    energy_us: float
    forces_us: float
    tangent_us: float
    factor_us: float
    pairs_us: float


def fmr_valve(columns: int, rows: int) -> Valve:
    """The FMR preset's valve on a mesh."""
    return valve_of_case(preset("fmr"), n_columns=columns, n_rows=rows)[0]


def closure_speed(meshes: Sequence[tuple[int, int]] = CLOSURE_MESHES, *, rounds: int = 3) -> tuple[ClosureSpeed, ...]:
    """Closures on growing meshes, contact and chordae included; best of the rounds."""
    found = []
    for columns, rows in meshes:
        valve = fmr_valve(columns, rows)
        solution = close_valve(valve, pressure_mmhg=PRESSURE_MMHG)
        triangles = len(valve.surface.triangles)
        close = partial(close_valve, valve, pressure_mmhg=PRESSURE_MMHG)
        seconds = _best(close, rounds)
        single = float("nan")
        if triangles < _MANY:
            single = _best(partial(close, options=ClosureOptions(multilevel=False)), rounds)
        found.append(ClosureSpeed(triangles, seconds, single, solution.iterations, solution.converged))
    return tuple(found)


def closure_parts(columns: int = 80, rows: int = 10, *, rounds: int = 20) -> ClosureParts:
    """Parts of an iteration in the closed state."""
    valve = fmr_valve(columns, rows)
    state = _state(valve, PRESSURE_MMHG)
    state.x[: len(valve.surface.points)] = close_valve(valve, pressure_mmhg=PRESSURE_MMHG).points
    state.restart(state.x)
    state.pressure = PRESSURE_MMHG * MMHG
    sheet, law, x = state.sheet, state.law, state.x
    force, none = np.zeros_like(x), state.matrix._replace(data=np.empty((0, TILE)))
    state._assemble(projected=True)
    still = np.zeros(len(x))
    parts: tuple[Callable[[], object], ...] = (
        lambda: shell_energy(sheet.shell, law, x),
        lambda: sheet_terms(sheet, law, state.pressure, x, force, none, False),
        lambda: state._assemble(projected=True),
        lambda: state._try_factor(state.shift),
        lambda: state._find(still),
    )
    return ClosureParts(len(valve.surface.triangles), *(1e6 * _best(part, rounds) for part in parts))


def relaxed(
    valve: Valve, *, pressure_mmhg: float, tolerance_n: float = 1e-4, limit: int = 20_000
) -> tuple[FloatArray, int]:
    """Vertices of the closed valve by dynamic relaxation [mm], and the steps it took; NaN where it does not settle."""
    state = _state(valve, pressure_mmhg)
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


def _state(valve: Valve, pressure_mmhg: float) -> Closing:
    material = LeafletMaterial()
    barrier = pressure_mmhg * MMHG / (3.0 * material.contact_share**2)
    return Closing(valve_sheet(valve, material), material.law, barrier)


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


def _best(work: Callable[[], object], rounds: int) -> float:
    work()
    times = []
    for _ in range(rounds):
        started = process_time()
        work()
        times.append(process_time() - started)
    return min(times)

"""Full closure of the FMR valve: growth with the mesh, the parts of an iteration, and another method."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from time import process_time

import numpy as np

from annulus.bench._hearts import fmr_valve
from annulus.bench._rates import machine_rates
from annulus.bench._relaxation import closing_state, relaxed
from annulus.bench._row import BenchRow
from annulus.bench._timing import best, interleaved
from annulus.kernels.envelope import TILE, Envelope
from annulus.kernels.sheets import sheet_terms
from annulus.kernels.shells import shell_energy
from annulus.mechanics.valve import ClosureOptions, close_valve
from annulus.units import MMHG

__all__ = ["CLOSURE_MESHES", "closing_rows", "growth_of_closing", "parts_of_closing"]

CLOSURE_MESHES = ((56, 8), (80, 10), (96, 16))
"""Columns and rows: 896, 1,600 and 3,072 triangles."""

AIMS_S = {1600: 0.4, 3072: 0.9}
"""By number of triangles."""

PRESSURE_MMHG = 100.0

_MANY = 5000
_OPERATIONS, _BYTES = 2000.0, 1500.0
"""Of one triangle's tangent, counted by hand: two layers, six numbers by nine places of the corners and three of each
vertex opposite; what it writes."""


def closing_rows(
    meshes: Sequence[tuple[int, int]] = CLOSURE_MESHES,
    *,
    rounds: int = 3,
    parts: tuple[int, int] = (80, 10),
    other: tuple[int, int] = (40, 6),
) -> tuple[BenchRow, ...]:
    """Closures on growing meshes, the parts of an iteration on one of them, and another method on a small one."""
    return (
        *growth_of_closing(meshes, rounds=rounds),
        *parts_of_closing(*parts, rounds=10 * rounds),
        _relaxation_row(other),
    )


def growth_of_closing(meshes: Sequence[tuple[int, int]], *, rounds: int) -> tuple[BenchRow, ...]:
    """Closures on growing meshes, contact and chordae included; best processor time of the rounds."""
    rows = []
    for columns, lines in meshes:
        valve = fmr_valve(columns, lines)
        triangles = len(valve.surface.triangles)
        close = partial(close_valve, valve, pressure_mmhg=PRESSURE_MMHG)
        solution = close()
        seconds = best(close, rounds, clock=process_time)
        single, without = None, partial(close, options=ClosureOptions(multilevel=False))
        if triangles < _MANY:
            single = best(without, rounds, clock=process_time)
        settled = "" if solution.converged else ", did not converge"
        rows.append(
            BenchRow(
                f"full closure, {triangles} triangles",
                seconds,
                "" if single is None else "without the coarser mesh",
                single,
                aim_seconds=AIMS_S.get(triangles),
                note=f"{solution.iterations} iterations on all meshes{settled}",
            )
        )
    return tuple(rows)


def parts_of_closing(columns: int, lines: int, *, rounds: int) -> tuple[BenchRow, ...]:
    """Parts of an iteration in the closed state; best processor time."""
    valve = fmr_valve(columns, lines)
    n = len(valve.surface.triangles)
    state = closing_state(valve, PRESSURE_MMHG)
    state.x[: len(valve.surface.points)] = close_valve(valve, pressure_mmhg=PRESSURE_MMHG).points
    state.restart(state.x)
    state.pressure = PRESSURE_MMHG * MMHG
    sheet, law, x = state.sheet, state.law, state.x
    force, none = np.zeros_like(x), state.matrix._replace(data=np.empty((0, TILE)))
    state._assemble(projected=True)
    still = np.zeros(len(x))
    times = interleaved(
        {
            "energy": lambda: shell_energy(sheet.shell, law, x),
            "forces": lambda: sheet_terms(sheet, law, state.load, x, force, none, False),
            "tangent": lambda: state._assemble(projected=True),
            "factor": lambda: state._try_factor(state.shift),
            "pairs": lambda: state._find(still),
        },
        rounds,
        smallest=True,
        clock=process_time,
    )
    rates = machine_rates(1024, rounds)
    operations = _factor_operations(state.matrix)
    floor = {
        "tangent": rates.loop_seconds(_OPERATIONS * n, _BYTES * n),
        "factor": 1e-9 * operations / rates.product_gflops,
    }
    words = {
        "energy": f"energy of {n} triangles, once",
        "forces": "forces, once",
        "tangent": "forces and tangent, once",
        "factor": "factor, once",
        "pairs": "near pairs, once",
    }
    notes = {
        "tangent": f"{1e9 * times['tangent'] / n:.0f} ns a triangle; floor: 2,000 operations and 1.5 kB of each",
        "factor": f"{1e-6 * operations:.0f} million operations at {1e-9 * operations / times['factor']:.0f} Gflop/s",
    }
    return tuple(
        BenchRow(words[name], times[name], floor_seconds=floor.get(name), part=True, note=notes.get(name, ""))
        for name in words
    )


def _relaxation_row(mesh: tuple[int, int]) -> BenchRow:
    valve = fmr_valve(*mesh)
    close = partial(close_valve, valve, pressure_mmhg=PRESSURE_MMHG, options=ClosureOptions(multilevel=False))
    seconds = best(close, 1, clock=process_time)
    started = process_time()
    points, steps = relaxed(valve, pressure_mmhg=PRESSURE_MMHG)
    other = process_time() - started
    apart = float(np.sqrt(((points - close().points) ** 2).sum(axis=1).mean()))
    work = f"full closure, {len(valve.surface.triangles)} triangles, from the open shape"
    note = f"{steps} steps; shapes {apart:.1g} mm apart (root mean square)"
    return BenchRow(work, seconds, "dynamic relaxation", other, note=note)


def _factor_operations(matrix: Envelope) -> float:
    """Additions and multiplications of one factor, in whole tiles."""
    tiles = 0.0
    for i, low in enumerate(matrix.first):
        below = np.arange(low, i)
        # A product for each pair of tiles, one with the inverse of the diagonal's for each tile of the row.
        tiles += float((below - np.maximum(low, matrix.first[low:i])).sum()) + len(below) + (i - low)
        tiles += 1.0 / 3.0
    return 2.0 * TILE**3 * tiles

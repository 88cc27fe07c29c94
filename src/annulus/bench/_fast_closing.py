"""The fast closure with its outcomes, alone, and its regressors, against the full closure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter

from annulus.anatomy.valve import Valve
from annulus.bench._hearts import fmr_valve
from annulus.bench._rates import machine_rates
from annulus.bench._row import BenchRow
from annulus.bench._timing import interleaved
from annulus.mechanics.valve import fast_closure
from annulus.mechanics.valve._fast_correction import correction
from annulus.mechanics.valve._fast_regressors import regressor_values
from annulus.mechanics.valve._fast_slices import closed_slices, features, profiles
from annulus.outcomes import valve_outcome

__all__ = ["FAST_MESHES", "fast_closing_rows"]

FAST_MESHES = ((40, 5), (80, 10), (160, 20))
"""Columns and rows: 400, 1,600 and 6,400 triangles."""

AIM_S = 0.7e-3
PRESSURE_MMHG = 100.0

_FULL = 1600
"""Triangles of the valve that is closed fully as well."""


def fast_closing_rows(meshes: Sequence[tuple[int, int]] = FAST_MESHES, *, rounds: int = 200) -> tuple[BenchRow, ...]:
    """Fast closures on growing meshes; the ratio is at unequal error: docs/closure_fast.md says what is given up."""
    rows: list[BenchRow] = []
    for columns, lines in meshes:
        rows += _rows(fmr_valve(columns, lines), rounds)
    return tuple(rows)


def _rows(valve: Valve, rounds: int) -> tuple[BenchRow, ...]:
    regress, floor, note = _regressors(valve, rounds)
    times = interleaved(
        {
            "outcome": partial(valve_outcome, valve, pressure_mmhg=PRESSURE_MMHG, kind="fast"),
            "closure": partial(fast_closure, valve, pressure_mmhg=PRESSURE_MMHG),
            "regressors": regress,
        },
        rounds,
    )
    triangles = len(valve.surface.triangles)
    baseline, full = "", None
    if triangles == _FULL:
        close = partial(valve_outcome, valve, pressure_mmhg=PRESSURE_MMHG)
        close()
        started = perf_counter()
        close()
        baseline, full = "full closure, measures and orifice", perf_counter() - started
    return (
        BenchRow(
            f"fast closure and outcomes, {triangles} triangles", times["outcome"], baseline, full, aim_seconds=AIM_S
        ),
        BenchRow("the closure", times["closure"], part=True),
        BenchRow("its regressors", times["regressors"], floor_seconds=floor, part=True, note=note),
    )


def _regressors(valve: Valve, rounds: int) -> tuple[Callable[[], object], float, str]:
    """The regressors on this valve as a work, its floor [s], and what that is of."""
    own = correction()
    slices = closed_slices(
        valve,
        pressure_mmhg=PRESSURE_MMHG,
        hinge=valve.surface.points[valve.hinge],
        tips=valve.tips,
        chordae_length_mm=valve.chordae.length_mm,
    )
    along = profiles(valve, slices)
    x = features(valve, slices, along, pressure_mmhg=PRESSURE_MMHG)
    scaled, sizes = (along - own.profile_centre)[None] / own.profile_spread, (x - own.centre)[None] / own.spread
    # Each weight of windows counts once for each of them, a dense one once; twice for the mirror image.
    n_windows = len(along) // 2
    weights = n_windows * sum(layer[0].size for layer in own.regressors.along)
    weights += sum(layer[0].size for layer in own.regressors.dense)
    operations = 4.0 * weights
    gflops = machine_rates(1024, max(rounds // 10, 2)).single_product_gflops
    note = f"floor: {1e-6 * operations:.1f} Mflop at a matrix product's {gflops:.0f} Gflop/s in single precision"
    work = partial(regressor_values, own.regressors, scaled, sizes, own.mirrored)
    return work, 1e-9 * operations / gflops, note

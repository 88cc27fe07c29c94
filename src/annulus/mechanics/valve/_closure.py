"""Full closure: both leaflets as thin shells with chordae and contact, brought to rest under pressure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from annulus._arrays import locked, points_array
from annulus._typing import ArrayLike, FloatArray, IntArray
from annulus.anatomy.valve import CoarserValve, Valve, coarser_valve
from annulus.errors import InputError
from annulus.kernels.laws import barrier_stiffness
from annulus.kernels.sheets import chordae_tension, sheet_energy
from annulus.kernels.triangles import crossing_pairs
from annulus.mechanics._solution import Solution, Status
from annulus.mechanics.valve._closing import Closing
from annulus.mechanics.valve._closure_options import ClosureOptions
from annulus.mechanics.valve._leaflet_material import LeafletMaterial
from annulus.mechanics.valve._spread import Spread
from annulus.mechanics.valve._stability import steadied
from annulus.mechanics.valve._valve_sheet import valve_sheet
from annulus.units import MMHG

__all__ = ["ClosureSolution", "close_valve"]

_MIN_BARRIER = 10.0 * MMHG
"""The barrier of an almost unloaded valve is that of this pressure [MPa]: a soft one lets sheets come so near that an
annulus or a clip on its way gets stuck."""


@dataclass(frozen=True, eq=False)
class ClosureSolution(Solution):
    """A closed valve; besides the fields of `Solution`, whose iterations are those of every mesh and load:

    Parameters
    ----------
    valve
        What was closed, as it was given: stress-free, with its own tips.
    points
        Vertices [mm], shape (n, 3).
    pressure_mmhg
        Ventricular minus atrial pressure [mmHg].
    pressure_share
        Part of it that presses each triangle [1], shape (m,): 0 beyond the seal.
    moving_mm
        Longest move of the last step [mm].
    chordae_tension_n
        Tension of each chorda [N], shape (c,).
    hinge_force_n
        Force of the annulus on each hinge vertex [N], shape (k, 3).
    tip_force_n
        Force of the papillary muscle on each tip [N], shape (p, 3).
    ties, tie_force_n
        Vertices that a clip holds together (t, 2) and the force that it takes [N], shape (t,).
    others
        Shapes (n, 3) in which it came to rest along the other ways of loading that were tried.
    """

    valve: Valve
    points: FloatArray
    pressure_mmhg: float
    pressure_share: FloatArray
    moving_mm: float
    chordae_tension_n: FloatArray
    hinge_force_n: FloatArray
    tip_force_n: FloatArray
    ties: IntArray
    tie_force_n: FloatArray
    others: tuple[FloatArray, ...] = ()

    what: ClassVar[str] = "valve closure"

    def tie_pull_n(self, own: IntArray) -> float:
        """Size of the resultant of some of the ties, by number or mask, on the leaflet of their second vertices [N].

        A tie that pulls holds its pair farther apart than where contact begins: contact adds nothing between them.
        """
        towards = np.subtract(*self.points[self.ties[own]].transpose(1, 0, 2))
        along = towards / np.linalg.norm(towards, axis=1, keepdims=True)
        return float(np.linalg.norm(self.tie_force_n[own] @ along))

    def interpenetrations(self) -> IntArray:
        """Pairs of triangles that pass through each other, shape (p, 2); the test shares nothing with the solver."""
        return crossing_pairs(np.ascontiguousarray(self.points), self.valve.surface.triangles)


def close_valve(
    valve: Valve,
    *,
    pressure_mmhg: float = 100.0,
    hinge: ArrayLike | None = None,
    tips: ArrayLike | None = None,
    ties: ArrayLike | None = None,
    material: LeafletMaterial | None = None,
    options: ClosureOptions | None = None,
    start: ClosureSolution | None = None,
) -> ClosureSolution:
    """Bring a valve to rest under pressure, from its half-open stress-free shape.

    Annulus and tips are moved to their places first, then a clip's pairs are drawn together, then the pressure rises in
    the steps of `options.loads`. The sheets never pass through each other on the way. Where the forces balance in a
    shape that the leaflets would leave at a touch, they are brought off it.

    Parameters
    ----------
    valve
        Stress-free valve.
    pressure_mmhg
        Ventricular minus atrial pressure [mmHg], in (0, 300].
    hinge
        Where the hinge vertices end [mm], shape (k, 3): the deformed annulus; None leaves them.
    tips
        Where the papillary tips end [mm], shape (p, 3); None leaves them.
    ties
        Pairs of vertices that a clip holds together, shape (t, 2).
    material
        Leaflet tissue; None for the defaults.
    options
        How it is solved.
    start
        The valve closed in a like state, to go on from; None, and where that does not settle, from the open shape.

    Raises
    ------
    InputError
        A pressure out of range, shapes that do not fit the valve.
    """
    if not (np.isfinite(pressure_mmhg) and 0.0 < pressure_mmhg <= 300.0):
        raise InputError(f"pressure_mmhg must lie in (0, 300]; got {pressure_mmhg}.")
    material = LeafletMaterial() if material is None else material
    options = ClosureOptions() if options is None else options
    pairs = _pairs(valve, ties)
    n = len(valve.surface.points)
    target = np.vstack([valve.surface.points, valve.tips])
    target[valve.hinge] = _places("hinge", hinge, valve.surface.points[valve.hinge])
    target[n:] = _places("tips", tips, valve.tips)
    pressure = pressure_mmhg * MMHG
    state = None if start is None else _resumed(valve, start, target, pairs, pressure, material, options)
    if state is not None:
        tried = [_steadied(state, Status.CONVERGED, options)]
    else:
        ways = [replace(options, **way) for way in _WAYS[: options.paths]]
        tried = [_steadied(*_close(valve, target, pairs, pressure, material, way), options) for way in ways]
    settled = [found for found in tried if found[1] is Status.CONVERGED] or tried[:1]
    state, status = min(settled, key=lambda found: found[0].energy()) if len(settled) > 1 else settled[0]
    solution = _solution(valve, state, pairs, pressure_mmhg, status)
    return replace(solution, others=tuple(locked(found.x[:n].copy()) for found, _ in settled if found is not state))


_WAYS: tuple[dict[str, Any], ...] = ({}, {"multilevel": False}, {"loads": (0.3, 1.0)}, {"loads": (1.0,)})
"""What the ways of loading have of their own: from the open shape instead of a coarser mesh's, other steps."""


def _steadied(state: Closing, status: Status, options: ClosureOptions) -> tuple[Closing, Status]:
    if status is Status.CONVERGED:
        status = steadied(state, tolerance_n=options.tolerance_n, limit=options.max_iterations)
    return state, status


def _close(
    valve: Valve,
    target: FloatArray,
    pairs: IntArray,
    pressure: float,
    material: LeafletMaterial,
    options: ClosureOptions,
) -> tuple[Closing, Status]:
    """Close on the coarser mesh first and start from there; from the open shape where that does not do."""
    state = _closing(valve, pairs, pressure, material, options)
    triangles = valve.surface.triangles
    if len(crossing_pairs(valve.surface.points, triangles)):
        return state, Status.TANGLED_START
    coarser = coarser_valve(valve) if options.multilevel else None
    if coarser is not None and _start_coarse(state, valve, coarser, target, pairs, pressure, material, options):
        state.pressure, start = pressure, state.x
        for softened in _SOFTENED:
            if state.x is not start:
                state.exposed = np.ones_like(state.exposed)
                state.restart(start)
            _unfold(state, softened, options)
            for _ in range(_ROUNDS):
                if _sealed(state, options):
                    return state, Status.CONVERGED
                if not state.moving_mm > _STUCK_MM:
                    break
    if coarser is not None:
        # Afresh: another shape, and a clip's ties slack again.
        spent = state.iterations
        state = _closing(valve, pairs, pressure, material, options)
        state.iterations = spent
    carried = _carry(state, target, options) and _draw(state, len(valve.chordae), options)
    if not (carried and np.isfinite(sheet_energy(state.sheet, state.law, state.x))):
        return state, Status.STUCK
    return state, Status.CONVERGED if _load(state, pressure, options) else Status.NOT_SETTLED


def _resumed(
    valve: Valve,
    start: ClosureSolution,
    target: FloatArray,
    pairs: IntArray,
    pressure: float,
    material: LeafletMaterial,
    options: ClosureOptions,
) -> Closing | None:
    """Go on from a closed shape under the full pressure; None where that does not settle."""
    state, c = _closing(valve, pairs, pressure, material, options), len(valve.chordae)
    state.restart(np.vstack([start.points, target[len(start.points) :]]))
    state.pressure = pressure
    state.sheet.chorda_length[c:] = _held_apart(state, c)
    state.seal(1.0)
    return state if _carry(state, target, options) and _sealed(state, options) else None


def _closing(
    valve: Valve, pairs: IntArray, pressure: float, material: LeafletMaterial, options: ClosureOptions
) -> Closing:
    # Two sheets in contact under the full pressure come nearer by contact_share of their thickness.
    barrier = barrier_stiffness(max(pressure, _MIN_BARRIER), material.contact_share) if options.contact else 0.0
    # Half of what the full pressure brings them nearer by seals.
    seal = 0.5 * material.contact_share if options.seal else 0.0
    sheet = valve_sheet(valve, material, pairs)
    return Closing(sheet, material.law, barrier, thinning=options.thinning, seal_share=seal)


def _start_coarse(
    state: Closing,
    valve: Valve,
    coarser: CoarserValve,
    target: FloatArray,
    pairs: IntArray,
    pressure: float,
    material: LeafletMaterial,
    options: ClosureOptions,
) -> bool:
    """Put the coarser valve's closed shape into the state; False where it did not close, or its sheets would cross."""
    n, c = len(valve.surface.points), len(valve.chordae)
    loose = replace(options, tolerance_n=_COARSE * options.tolerance_n)
    few = np.unique(coarser.vertex[pairs], axis=0)
    before, found = _close(coarser.valve, _coarse_points(target, coarser, n), few, pressure, material, loose)
    state.iterations += before.iterations
    start = target.copy()
    start[:n] = coarser.refined(before.x[: len(coarser.valve.surface.points)])
    start[valve.hinge] = target[valve.hinge]
    crosses = options.contact and len(crossing_pairs(start[:n], valve.surface.triangles)) > 0
    if found is not Status.CONVERGED or crosses:
        return False
    state.restart(start)
    state.sheet.chorda_length[c:] = _held_apart(state, c)
    return True


_SOFTENED = (((0.3, 10), (0.65, 8), (1.0, 8)), ((0.2, 15), (0.4, 12), (0.6, 12), (0.8, 12), (1.0, 12)))
"""Distances of the layers from the middle over the true ones with which a start from a coarser mesh first goes on, and
most iterations with each; smaller steps where that does not do. From 0.7 on, one valve in four stuck in layers
stretched beyond reason."""

_SOFT_CAP, _SOFT = 4.0, 1e5
"""The exponent from which the tissue is then only as stiff as there (Newton's method takes one iteration for each unit
by which an exponent is too large), and at how many tolerances the next distance is due."""


def _unfold(state: Closing, softened: tuple[tuple[float, int], ...], options: ClosureOptions) -> None:
    """Spread folds that were edges of the coarser mesh: layers too far apart would turn inside out in them."""
    lever, law = state.sheet.shell.lever, state.law
    true = lever.copy()
    state.law = law._replace(cap=min(_SOFT_CAP, law.cap))
    for share, limit in softened:
        lever[:] = share * true
        state.newton(tolerance_n=_SOFT * options.tolerance_n, limit=limit)
    lever[:], state.law = true, law


def _held_apart(state: Closing, n_chordae: int) -> FloatArray:
    """Length of a clip's ties once they are drawn: the mean thickness of what they join [mm]."""
    return 0.5 * state.model.thickness[state.sheet.chordae[n_chordae:, 2:]].sum(axis=1)


_ROUNDS, _STUCK_MM = 3, 1e-6
"""From the coarser mesh's shape a closure gets so many times its iterations, unless it moves less than this, before it
starts afresh: folds that slide find their rest late."""

_COARSE = 50.0
"""Tolerance on the coarser mesh over that asked for: its vertices bear four times the load, and it is only a start."""


def _coarse_points(target: FloatArray, coarser: CoarserValve, n: int) -> FloatArray:
    """Places of the coarser valve's hinge and tips [mm]; its other vertices do not matter."""
    valve = coarser.valve
    points = np.vstack([valve.surface.points, target[n:]])
    fine = target[:n].reshape(2 * len(valve.hinge), -1, 3)
    points[valve.hinge] = fine[::2, 0]
    return points


def _load(state: Closing, pressure: float, options: ClosureOptions) -> bool:
    for share in options.loads:
        state.pressure = share * pressure
        tolerance = options.tolerance_n * (1.0 if share == 1.0 else 20.0 * share**0.5)
        state.newton(tolerance_n=tolerance, limit=options.max_iterations)
    return _sealed(state, options)


_SEALS, _RESEALED, _LOOSE = 4, 0.03, 50.0
"""So many times at most what is under pressure is looked at anew, until that changes on less than this share of the
sheets; between, forces balance to this many tolerances. A place that is pressed on touches and one that touches is
pressed on, so that it may go either way: the k-th look counts 1/k."""


def _sealed(state: Closing, options: ClosureOptions) -> bool:
    """Bring the leaflets to rest, nothing pressed beyond where they seal."""
    for k in range(_SEALS):
        if state.seal(1.0 / (k + 1.0)) < _RESEALED:
            break
        state.newton(tolerance_n=_LOOSE * options.tolerance_n, limit=options.max_iterations)
    return state.newton(tolerance_n=options.tolerance_n, limit=options.max_iterations)


def _carry(state: Closing, target: FloatArray, options: ClosureOptions) -> bool:
    """Take hinge and tips to their places, the sheets along by the smoothest field."""
    fixed = state.model.fixed == 1
    if np.array_equal(state.x[fixed], target[fixed]):
        return True
    spread, law = Spread(state.model), state.law
    state.law = law._replace(cap=min(_SOFT_CAP, law.cap))
    taken = 0.0
    for _ in range(100):
        taken = state.displace(spread.of(target - state.x))
        if taken == 1.0:
            state.x[fixed] = target[fixed]
            break
        state.newton(tolerance_n=20.0 * options.tolerance_n, limit=3)
        if taken < 1e-4:
            break
    state.law = law
    return taken == 1.0


def _draw(state: Closing, n_chordae: int, options: ClosureOptions) -> bool:
    """Shorten a clip's ties from their length to the leaflets' thickness."""
    ties = state.sheet.chordae[n_chordae:, 2:]
    if len(ties) == 0:
        return True
    length = state.sheet.chorda_length
    apart = np.linalg.norm(state.x[ties[:, 0]] - state.x[ties[:, 1]], axis=1)
    closed = _held_apart(state, n_chordae)
    for share in np.linspace(0.1, 1.0, 10):
        length[n_chordae:] = apart + share * (np.minimum(closed, apart) - apart)
        state.newton(tolerance_n=20.0 * options.tolerance_n, limit=30)
    left = np.linalg.norm(state.x[ties[:, 0]] - state.x[ties[:, 1]], axis=1)
    return bool((left < closed + 1.0).all())


def _pairs(valve: Valve, ties: ArrayLike | None) -> IntArray:
    if ties is None:
        return np.empty((0, 2), dtype=np.int64)
    pairs = np.array(ties, dtype=np.int64).reshape(-1, 2)
    if pairs.size and (pairs.min() < 0 or pairs.max() >= len(valve.surface.points)):
        raise InputError(f"ties must join vertices of the valve, [0, {len(valve.surface.points)}).")
    return pairs


def _places(name: str, places: ArrayLike | None, now: FloatArray) -> FloatArray:
    if places is None:
        return now
    array = points_array(name, places, at_least=0)
    if array.shape != now.shape:
        raise InputError(f"{name} must have shape {now.shape}; got {array.shape}.")
    return array


def _solution(valve: Valve, state: Closing, pairs: IntArray, pressure_mmhg: float, status: Status) -> ClosureSolution:
    n, c = len(valve.surface.points), len(valve.chordae)
    tension, force = chordae_tension(state.sheet, state.x), state.gradient()
    return ClosureSolution(
        valve=valve,
        points=locked(state.x[:n].copy()),
        pressure_mmhg=pressure_mmhg,
        pressure_share=locked(state.exposed[valve.surface.triangles].mean(axis=1)),
        status=status,
        iterations=state.iterations,
        residual_n=state.residual_n,
        moving_mm=state.moving_mm,
        chordae_tension_n=locked(tension[:c]),
        hinge_force_n=locked(force[valve.hinge]),
        tip_force_n=locked(force[n:]),
        ties=locked(pairs),
        tie_force_n=locked(tension[c:]),
    )

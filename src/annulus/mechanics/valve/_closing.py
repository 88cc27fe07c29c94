"""Newton's method on a valve's sheets under pressure: shifted, projected, never through each other.

One iteration builds gradient and tangent, factorises it in its envelope, adds by a few Krylov steps what pressure on
free edges makes unsymmetric, and goes as far along the direction as the work falls and the sheets stay apart.
``docs/closure_theory.md`` derives it and shows what each part brings.
"""

from __future__ import annotations

import numpy as np

from annulus._typing import FloatArray
from annulus.kernels.contact import Pairs, barrier_energy, barrier_terms, free_step, near_pairs
from annulus.kernels.envelope import TILE, Envelope, envelope, factorise, solve
from annulus.kernels.laws import LeeSacks
from annulus.kernels.pressure import pressure_skew, pressure_work
from annulus.kernels.seal import exposed, touches
from annulus.kernels.sheets import sheet_energy, sheet_terms
from annulus.mechanics.valve._valve_numbering import all_pairs, couplings, narrow_order
from annulus.mechanics.valve._valve_sheet import ValveSheet

__all__ = ["Closing"]

_NO_MATRIX = Envelope(np.empty((0, TILE)), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))

_TRUST_MM = 2.0
"""No vertex moves farther in one step [mm]."""

_EXACT_MM = 0.3
"""After a step this short the true tangent is tried before the projected one [mm]."""

_FIRMER = (1e-3, 1e-2)
"""Where it is not positive, it is tried with these shifts [N/mm per mm2 of sheet]: near buckling that goes farther than
the projected one."""

_MAX_PAUSE = 4
"""Where it is not positive then either, that many iterations pass at most before it is tried again."""

_MIN_SHIFT, _MAX_SHIFT = 1e-9, 1.0
"""Range of the shift that keeps the tangent positive [N/mm per mm2 of sheet]."""

_AHEAD, _ALLOWANCE_MM = 1.25, 0.15
"""What a vertex may move before near pairs are looked for again: this much of the step that asks, and a little [mm]."""

_MAX_ALLOWANCE_MM = 1.1
"""Most that a vertex may move between two searches [mm]: the number of pairs grows with its square."""

_STILL_MM, _MAX_STILL = 1e-9, 5
"""After so many steps shorter than this there is no way on [mm]: sheets or layers stand in it."""

_THIN_MM = 0.3
"""After a shorter step the thickness is kept [mm]: following it to the end costs a quarter more iterations."""

_STEEP = 0.58
"""Where the work falls by more than this share of what the slope promises, the step goes on [1]: half is what a
quadratic has at its least, 0.63 an exponential, whose least Newton's method nears by one exponent in a step."""

_THICKER = 1.3
"""Room for thickness in a search of near pairs [1]: sheets that become thicker than that ask for another one."""


_KRYLOV, _KRYLOV_SHARE = 8, 0.05
"""Most Krylov steps for the unsymmetric part, and the share of the error at which they end."""

_SKEW_MM = 1.0
"""After a longer step the unsymmetric part can wait [mm]."""


class Closing:
    """State of a closure that is being solved: positions, load, near pairs, factor's order.

    `exact_at` are the positions at which the matrix holds the exact tangent, None where it holds another.

    Parameters
    ----------
    model
        The valve's arrays.
    law
        Membrane law.
    barrier_mpa
        Stiffness of the barrier between sheets [MPa]; 0 lets them pass through each other.
    thinning
        A stretched sheet is thinner, and meets another one at that thickness.
    seal_share
        Where leaflets have come nearer than they touch by this share they seal fully; 0 puts everything under pressure.
    """

    def __init__(
        self, model: ValveSheet, law: LeeSacks, barrier_mpa: float, *, thinning: bool = False, seal_share: float = 0.0
    ) -> None:
        self.model, self.law, self.barrier, self.thinning = model, law, barrier_mpa, thinning
        self.seal_share = seal_share if barrier_mpa > 0.0 and model.columns.size else 0.0
        self.exposed = np.ones(len(model.rest))
        self.thickness = self.thickest = model.thickness
        self.sheet = model.sheet
        self.x = model.rest.copy()
        self.free = np.flatnonzero(model.fixed == 0)
        self.pressure = 0.0
        self.shift = 1e-3
        self.iterations = 0
        self.factorisations = 0
        self.residual_n = np.inf
        self.moving_mm = np.inf
        self.refusals, self.pause = 0, 0
        self.exact_at: FloatArray | None = None
        self._couplings = couplings(self.sheet.shell, model.edges, self.sheet.chordae)
        self._store = _room(1 << 15)
        self._entries = np.empty((2, 0, TILE))
        self.restart(self.x)

    def newton(self, *, tolerance_n: float, limit: int) -> bool:
        """Iterate until no free vertex keeps more than the tolerance [N]; False after `limit` iterations, or stuck."""
        self.shift = max(self.shift, 1e-4)
        exact, still = False, 0
        for count in range(limit + 1):
            if count == 0 or self.moving_mm > _THIN_MM:
                self._thin()
            force, energy, factor = self._tangent(exact)
            gradient = force[self.order]
            self.residual_n = float(np.sqrt((gradient**2).sum(axis=1).max()))
            if self.residual_n < tolerance_n:
                return True
            if count == limit or not np.isfinite(self.residual_n):
                break
            self.iterations += 1
            if factor is None:
                factor = self._factor()
            step = np.zeros_like(self.x)
            step[self.order] = self._direction(factor, gradient.ravel()).reshape(-1, 3)
            size = float(np.sqrt((step**2).sum(axis=1).max()))
            slope = float(np.einsum("ij,ij->", gradient, step[self.order]))
            trust = min(1.0, _TRUST_MM / size)
            allowed = self._free_step(step, trust)
            share = self._search(step, energy, slope, allowed, _TRUST_MM / size)
            self.x = self.x + share * step
            self.moving_mm = share * size
            still = still + 1 if self.moving_mm < _STILL_MM else 0
            if still == _MAX_STILL:
                break
            if share >= 0.99 and allowed > 0.99:
                self.shift = max(0.2 * self.shift, _MIN_SHIFT)
            elif share < 0.3 * allowed or allowed < 0.1:
                self.shift = min(3.0 * self.shift, _MAX_SHIFT)
            self.pause -= 1
            exact = self.moving_mm < _EXACT_MM and self.pause < 0
        return False

    def restart(self, x: FloatArray) -> None:
        """Go on from other positions (n, 3)."""
        self.x = x
        self.outside = 1
        self._find(np.zeros(len(self.x)))

    def displace(self, step: FloatArray) -> float:
        """Go along a step (n, 3) while sheets stay apart and no layer turns inside out; the share taken."""
        size = float(np.sqrt((step**2).sum(axis=1).max()))
        if size == 0.0:
            return 1.0
        share = min(1.0, _TRUST_MM / size)
        share = self._free_step(step, share)
        while share > 0.0 and not np.isfinite(sheet_energy(self.sheet, self.law, self.x + share * step)):
            share = 0.5 * share if share > 1e-6 else 0.0
        self.x = self.x + share * step
        return share

    def energy(self) -> float:
        """Energy of sheets, chordae and contact, less the pressure's work straight from the shape at rest [N mm]."""
        stored = sheet_energy(self.sheet, self.law, self.x)
        if self.barrier > 0.0:
            stored += barrier_energy(self.pairs, self.barrier, self.x, self.origin)
        rest = self.model.rest
        return stored - pressure_work(self.sheet.shell.triangles, self.load, rest, self.x - rest, 1.0)

    def gradient(self) -> FloatArray:
        """Elastic, contact and minus pressure forces on every vertex [N], shape (n, 3)."""
        force = np.zeros_like(self.x)
        sheet_terms(self.sheet, self.law, self.load, self.x, force, _NO_MATRIX, False)
        if self.barrier > 0.0:
            barrier_terms(self.pairs, self.barrier, self.x, self.origin, self.sheet.number, force, _NO_MATRIX, True)
        return force

    def _thin(self) -> None:
        """Take over the present thickness; in one step of Newton's method it does not change."""
        if not self.thinning or self.barrier == 0.0:
            return
        valve = self.model.valve
        sheets = valve.stretched_thickness(self.x[: len(valve.areas)])
        self.thickness = np.append(sheets, np.zeros(len(valve.tips)))
        if (self.thickness > self.thickest).any():
            self._find(np.zeros(len(self.x)))
        self._reach()

    def seal(self, weight: float) -> float:
        """Go over by `weight` to what is under pressure now; the share of the sheets whose pressure changes."""
        if self.seal_share == 0.0:
            return 0.0
        self._thin()
        touch, target = np.empty(len(self.x)), np.ones(len(self.x))
        touches(self.pairs, self.model.side, self.seal_share, self.x, touch)
        exposed(self.model.columns, touch, target)
        step = weight * (target - self.exposed)
        self.exposed = self.exposed + step
        return float(np.abs(step) @ self.model.area / self.model.area.sum())

    @property
    def load(self) -> FloatArray:
        """Pressure on each triangle [MPa], shape (m,)."""
        return self.pressure * self.exposed[self.sheet.shell.triangles].mean(axis=1)

    def _reach(self) -> None:
        """Pairs repel from the present thickness: a search has allowed for a larger one."""
        vertices, thick = self.pairs.vertices, self.thickness
        sheets = 0.5 * thick[vertices[:, 0]] + thick[vertices[:, 1:]].sum(axis=1) / 6.0
        edges = 0.125 * thick[vertices].sum(axis=1)
        reach = np.minimum(self._found_reach, np.where(self.pairs.kind == 0, sheets, edges))
        self.pairs = self.pairs._replace(reach=reach)

    def _find(self, stride: FloatArray) -> None:
        """Look for near pairs before a step of `stride` (n,) [mm]."""
        self.origin = self.x.copy()
        self.thickest = _THICKER * self.thickness if self.thinning else self.thickness
        self.allowance = np.minimum(_AHEAD * stride + _ALLOWANCE_MM, _MAX_ALLOWANCE_MM)
        if self.barrier > 0.0:
            self.pairs = self._near_pairs()
            if self.thinning:
                self._found_reach = self.pairs.reach
                self._reach()
        if self.outside:
            self._number()

    def _number(self) -> None:
        """Number the unknowns so that leaflets that meet are near in the envelope."""
        coupled = self._couplings
        if self.barrier > 0.0:
            near = self.pairs.vertices[self.pairs.found < self.pairs.reach + 0.1]
            coupled = np.concatenate([coupled, all_pairs(near)])
        n = len(self.free)
        place = np.full(len(self.x), -1)
        place[self.free] = np.arange(n)
        ends = place[coupled]
        ends = ends[(ends >= 0).all(axis=1)]
        order = narrow_order(self.x[self.free], ends)
        self.order = self.free[order]
        number = self.sheet.number
        number[:] = -1
        number[self.order] = np.arange(n)
        first = np.arange(n)
        pair = np.sort(number[self.free[ends]], axis=1)
        np.minimum.at(first, pair[:, 1], pair[:, 0])
        least, base, size = envelope(first)
        if size > self._entries.shape[1]:
            # Fresh memory costs as much as half a factor: some more, for the next numbering.
            self._entries = np.empty((2, size + size // 8, TILE))
        self.matrix, self._factor_room = (Envelope(part[:size], least, base) for part in self._entries)
        self._inverse = np.empty((len(least), TILE, TILE))
        self.outside, self.exact_at = 0, None

    def _near_pairs(self) -> Pairs:
        model = self.model
        search = (
            self.x,
            model.rest,
            self.sheet.shell.triangles,
            model.edges,
            model.area,
            self.thickest,
            model.fixed,
        )
        count = near_pairs(*search, self.allowance, self._store)
        if count > len(self._store.kind):
            self._store = _room(2 * count)
            near_pairs(*search, self.allowance, self._store)
        store = self._store
        return Pairs(
            store.vertices[:count], store.kind[:count], store.found[:count], store.reach[:count], store.area[:count]
        )

    def _moved(self) -> FloatArray:
        return np.sqrt(((self.x - self.origin) ** 2).sum(axis=1))

    def _tangent(self, exact: bool) -> tuple[FloatArray, float, Envelope | None]:
        """Gradient, energy and tangent; the factor where the exact tangent was asked for and is positive."""
        force, energy = self._assemble(not exact)
        if not exact:
            return force, energy, None
        for shift in (self.shift, *(shift for shift in _FIRMER if shift > self.shift)):
            factor = self._try_factor(shift)
            if factor is not None:
                self.shift, self.refusals = shift, 0
                return force, energy, factor
        self.refusals += 1
        self.pause = min(2**self.refusals, _MAX_PAUSE)
        self._assemble(projected=True)
        return force, energy, None

    def _assemble(self, projected: bool) -> tuple[FloatArray, float]:
        force = np.zeros_like(self.x)
        self.exact_at = None if projected else self.x
        self.matrix.data[:] = 0.0
        energy = sheet_terms(self.sheet, self.law, self.load, self.x, force, self.matrix, projected)
        if self.barrier > 0.0:
            more, self.outside = barrier_terms(
                self.pairs, self.barrier, self.x, self.origin, self.sheet.number, force, self.matrix, projected
            )
            energy += more
        return force, energy

    def _try_factor(self, shift: float) -> Envelope | None:
        self.factorisations += 1
        weight = shift * self.model.area[self.order]
        return self._factor_room if factorise(self.matrix, weight, self._factor_room, self._inverse) else None

    def _factor(self) -> Envelope:
        while (factor := self._try_factor(self.shift)) is None:
            self.shift = max(4.0 * self.shift, 1e-5)
        return factor

    def _direction(self, factor: Envelope, gradient: FloatArray) -> FloatArray:
        """Solve (S + A) d = -gradient, S factorised and A the unsymmetric part, by GMRES with S in front."""
        start = solve(factor, self._inverse, -gradient)
        size = float(np.linalg.norm(start))
        if self.pressure == 0.0 or size == 0.0 or self.moving_mm > _SKEW_MM:
            return start
        full, product = np.zeros_like(self.x), np.empty_like(self.x)
        basis = [start / size]
        table = np.zeros((_KRYLOV + 1, _KRYLOV))
        for k in range(_KRYLOV):
            full[self.order] = basis[k].reshape(-1, 3)
            pressure_skew(self.sheet.shell.triangles, self.load, self.x, full, product)
            new = basis[k] + solve(factor, self._inverse, product[self.order].ravel())
            for i in range(k + 1):
                table[i, k] = new @ basis[i]
                new = new - table[i, k] * basis[i]
            table[k + 1, k] = np.linalg.norm(new)
            wanted = np.zeros(k + 2)
            wanted[0] = size
            part = table[: k + 2, : k + 1]
            weights = np.linalg.solve(part.T @ part, part.T @ wanted)
            left = np.linalg.norm(part @ weights - wanted)
            if left < _KRYLOV_SHARE * size or table[k + 1, k] < 1e-12 * size:
                break
            basis.append(new / table[k + 1, k])
        direction = np.asarray(np.column_stack(basis[: k + 1]) @ weights, dtype=np.float64)
        return direction if gradient @ direction < 0.0 else start

    def _free_step(self, step: FloatArray, limit: float) -> float:
        if self.barrier == 0.0:
            return limit
        # What is no near pair stays apart while no vertex moves more than its allowance.
        size = np.sqrt((step**2).sum(axis=1))
        if (self._moved() + limit * size > self.allowance).any():
            self._find(limit * size)
        moving = size > 0.0
        limit = min(limit, float(((self.allowance - self._moved())[moving] / size[moving]).min()))
        return free_step(self.pairs, self.x, self.origin, step, limit)

    def _work(self, step: FloatArray, share: float, energy: float) -> float:
        """Energy gained minus work of the pressure on the way."""
        x = self.x + share * step
        gain = sheet_energy(self.sheet, self.law, x) - energy
        if self.barrier > 0.0 and np.isfinite(gain):
            gain += barrier_energy(self.pairs, self.barrier, x, self.origin)
        return gain - pressure_work(self.sheet.shell.triangles, self.load, self.x, step, share)

    def _search(self, step: FloatArray, energy: float, slope: float, allowed: float, max_share: float) -> float:
        """Share of the step at which the work is low: halved or doubled while that lowers it."""
        share = allowed
        work = self._work(step, share, energy)
        if abs(slope) < 1e-9 * max(abs(energy), 1e-3):
            return share
        for _ in range(40):
            if work <= 1e-4 * share * slope:
                break
            share *= 0.5
            work = self._work(step, share, energy)
        while work > 0.35 * share * slope:
            other = self._work(step, 0.5 * share, energy)
            if not other < work:
                break
            share, work = 0.5 * share, other
        # A fall steeper than the model's says that the tangent is too stiff along the way: go on.
        while share >= allowed and work < _STEEP * share * slope and 2.0 * share <= max_share:
            wide = self._free_step(step, 2.0 * share)
            if wide < 1.2 * share:
                break
            other = self._work(step, wide, energy)
            if not other < work:
                break
            share, work, allowed = wide, other, wide
        return share


def _room(rows: int) -> Pairs:
    real = np.empty((3, rows))
    return Pairs(np.empty((rows, 4), dtype=np.int64), np.empty(rows, dtype=np.int64), *real)

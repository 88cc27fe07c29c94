"""Whether leaflets whose forces balance would stay where they are, and the way off where they would not.

Pressure on free edges has no potential: its tangent has an antisymmetric part A beside the symmetric S of everything
else. Leaflets that give way to forces as they must (no inertia) stay where every eigenvalue of S + A has a positive
real part. That holds where S is positive definite, which one factorisation tells; where it is not, A may hold what S
lets go, and the lowest eigenvalues of S + A are looked for. ``docs/closure_theory.md`` says how often.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import coo_array, csc_array, diags_array
from scipy.sparse.linalg import LinearOperator, eigs, splu

from annulus._typing import FloatArray, IntArray
from annulus.kernels.envelope import TILE, Envelope
from annulus.mechanics._solution import Status
from annulus.mechanics.valve._closing import Closing

__all__ = ["full_tangent", "steadied", "way_off"]

_SADDLES = 10
"""So many times a state is brought off a saddle."""

_CLOSEST = 1e-3
"""Off a saddle the tolerance is lowered, to this share of it at most."""

_FIRST_MM, _FARTHEST_MM = 1e-3, 1.0
"""First and longest step along a way off [mm]."""

_SHIFT, _GROWTH = 1e-6, 4.0
"""First shift with which a tangent is tried that is not positive [N/mm per mm2 of sheet], and the next one's factor."""

_LOWEST = 3
"""So many eigenvalues are looked at."""


def steadied(state: Closing, *, tolerance_n: float, limit: int) -> Status:
    """Bring a state whose forces balance off every saddle, to rest again each time; how that ended.

    `tolerance_n` and `limit` are as those of `Closing.newton`.
    """
    closer = tolerance_n
    for _ in range(_SADDLES):
        way = way_off(state)
        if way is None:
            return Status.CONVERGED
        if not _slid(state, way):
            return Status.SADDLE
        # Beside a flat saddle the forces are small, too.
        closer = max(0.1 * closer, _CLOSEST * tolerance_n)
        if not state.newton(tolerance_n=closer, limit=limit) and not state.residual_n < tolerance_n:
            return Status.NOT_SETTLED
    return Status.SADDLE


def way_off(state: Closing) -> FloatArray | None:
    """Direction in which leaflets whose forces balance give way, shape (n, 3), its longest row one; None if they stay.

    Nothing but the state's tangent changes.
    """
    if state.exact_at is not state.x:
        state._assemble(projected=False)
    if state.outside:
        # Entries that the envelope has no room for count here: number the unknowns again.
        state.restart(state.x)
        state._assemble(projected=False)
    if state._try_factor(0.0) is not None:
        return None
    shift = _SHIFT
    while state._try_factor(shift) is None:
        shift *= _GROWTH
    tangent = full_tangent(state)
    weight = np.repeat(state.model.area[state.order], 3)
    values, vectors = _lowest(tangent, weight, shift)
    lowest = int(np.argmin(np.real(values)))
    if np.real(values)[lowest] > 0.0:
        return None
    # Of a pair of complex ones, real and imaginary part span the plane in which the leaflets turn away.
    ways = np.stack([np.real(vectors[:, lowest]), np.imag(vectors[:, lowest])])
    falls = np.einsum("kn,kn->k", ways, ways @ tangent.T) / np.maximum(ways**2 @ weight, 1e-300)
    way = np.zeros_like(state.x)
    way[state.order] = ways[int(np.argmin(falls))].reshape(-1, 3)
    return way / np.sqrt((way**2).sum(axis=1).max())


def _lowest(tangent: csc_array, weight: FloatArray, shift: float) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues of the tangent over the diagonal `weight` nearest minus `shift`, and their vectors as columns.

    The tangent's symmetric part plus the shift is positive definite, so that no real part is lower than minus the shift
    and the factor needs no pivots.
    """
    shifted = csc_array(tangent + shift * diags_array(weight))
    factor = splu(shifted, permc_spec="NATURAL", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    operator: Any = LinearOperator
    settings: dict[str, Any] = {
        "M": diags_array(weight, format="csc"),
        "OPinv": operator(shifted.shape, matvec=factor.solve, dtype=np.float64),
        # As good as any, and the same every time.
        "v0": np.random.default_rng(0).normal(size=len(weight)),
        "tol": 1e-6,
    }
    found: Any = eigs(tangent, k=_LOWEST, sigma=-shift, **settings)
    return found[0], found[1]


def full_tangent(state: Closing) -> csc_array:
    """Derivative of all forces by the unknowns in the state's numbering [N/mm], its unsymmetric part with it.

    The state's own tangent must have been assembled, not projected.
    """
    n = 3 * len(state.order)
    skew = _pressure_skew(state.sheet.shell.triangles, state.load, state.x, state.sheet.number)
    return csc_array(_symmetric(state.matrix, n) + skew)


def _symmetric(matrix: Envelope, n: int) -> csc_array:
    """The entries of an envelope as a sparse matrix."""
    rows, columns, entries = [], [], []
    for row, (first, base) in enumerate(zip(matrix.first, matrix.base, strict=True)):
        low, end = TILE * int(first), TILE * (row + 1)
        tiles = matrix.data[base + low : base + end]
        c, r = np.nonzero(tiles)
        # Above the diagonal of the last tile lies what adding whole blocks left.
        below = r + TILE * row >= c + low
        rows.append(r[below] + TILE * row)
        columns.append(c[below] + low)
        entries.append(tiles[c[below], r[below]])
    i, j, value = (np.concatenate(part) for part in (rows, columns, entries))
    off = i != j
    places = np.concatenate([i, j[off]]), np.concatenate([j, i[off]])
    return csc_array(coo_array((np.concatenate([value, value[off]]), places), shape=(n, n)))


def _pressure_skew(triangles: IntArray, load: FloatArray, x: FloatArray, number: IntArray) -> csc_array:
    """Antisymmetric part of the pressure's tangent, as `annulus.kernels.pressure.pressure_skew` multiplies it."""
    rows, columns, entries = [], [], []
    for a, b, c in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        edge = load[:, None] * (x[triangles[:, b]] - x[triangles[:, a]]) / -12.0
        cross = np.zeros((len(triangles), 3, 3))
        for k in range(3):
            cross[:, k, (k + 1) % 3], cross[:, (k + 1) % 3, k] = -edge[:, (k + 2) % 3], edge[:, (k + 2) % 3]
        for other in range(3):
            for p, q in ((c, other), (other, c)):
                first, second = number[triangles[:, p]], number[triangles[:, q]]
                free = (first >= 0) & (second >= 0)
                own = np.arange(3)
                rows.append(np.broadcast_to(3 * first[free, None, None] + own[:, None], (free.sum(), 3, 3)).ravel())
                columns.append(np.broadcast_to(3 * second[free, None, None] + own, (free.sum(), 3, 3)).ravel())
                entries.append(cross[free].ravel())
    n = 3 * int((number >= 0).sum())
    i, j, value = (np.concatenate(part) for part in (rows, columns, entries))
    return csc_array(coo_array((value, (i, j)), shape=(n, n)))


def _slid(state: Closing, way: FloatArray) -> bool:
    """Go along a way (n, 3) or against it, wherever the work falls lower, as far as it does; False where it rises."""
    _, energy = state._assemble(projected=False)
    best, length = 0.0, 0.0
    for side in (1.0, -1.0):
        last, step = 0.0, _FIRST_MM
        while step <= _FARTHEST_MM and state._free_step(side * way, step) >= step:
            work = state._work(side * way, step, energy)
            if not work < last:
                break
            last = work
            if work < best:
                best, length = work, side * step
            step *= 2.0
    state.x = state.x + length * way
    return length != 0.0

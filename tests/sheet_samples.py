"""Small crumpled sheets for the kernels of the closure, and their energies, forces and tangents by numpy.

The references share nothing with the kernels: rest shapes by QR, the layers' metric by 2 x 2 matrices, forces and
stresses by complex steps, tangents from the derivation's matrices or by differences of the forces.
"""

from __future__ import annotations

import numpy as np

from annulus.kernels.envelope import TILE, Envelope
from annulus.kernels.laws import LeeSacks
from annulus.kernels.sheets import Sheet
from annulus.kernels.shells import Shell

__all__ = [
    "FIBRES",
    "ISOTROPIC",
    "bend_of",
    "crumpled",
    "dense",
    "into",
    "pressure_force",
    "pressure_tangent",
    "pulling",
    "room",
    "sheet_of",
    "slope_of",
    "slow_angle",
    "slow_energy",
    "slow_fibre",
    "slow_layers_energy",
    "slow_layers_stress",
    "slow_layers_tangent",
    "slow_lee_sacks",
    "slow_shell_energy",
    "slow_shell_force",
    "slow_shell_tangent",
    "symmetric",
]

ISOTROPIC = LeeSacks(0.010, 0.000209, 9.046, 1.0, 9.046, 3.0)
FIBRES = LeeSacks(0.010, 0.000209, 9.046, 0.6, 6.0, 2.0)

TINY = 1e-30


def crumpled(nx: int, ny: int, seed: int, *, stretch: float = 1.2, noise: float = 0.1, thick: float = 0.9):
    """Shell of (nx + 1) (ny + 1) vertices 1 mm apart, rest points and moved points."""
    rng = np.random.default_rng(seed)
    i, j = np.meshgrid(np.arange(nx + 1), np.arange(ny + 1), indexing="ij")
    rest = np.column_stack([i.ravel(), j.ravel(), 0.2 * np.sin(i + 0.5 * j).ravel()]) * 1.0
    rest += rng.uniform(-0.1, 0.1, rest.shape)
    number = np.arange((nx + 1) * (ny + 1)).reshape(nx + 1, ny + 1)
    a, b, c, d = (q.ravel() for q in (number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]))
    triangles = np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])])
    x = rest * [stretch, 2.0 - stretch if stretch < 1.0 else stretch, 1.0] + rng.normal(0.0, noise, rest.shape)
    return shell_of(rest, triangles, rng, thick), rest, x


def shell_of(rest, triangles, rng, thick: float) -> Shell:
    inverse, area = [], []
    for p, q, r in rest[triangles]:
        _, corner = np.linalg.qr(np.column_stack([q - p, r - p]))
        inverse.append(np.linalg.inv(corner))
        area.append(0.5 * abs(np.linalg.det(corner)))
    angle = rng.uniform(0.0, np.pi, len(triangles))
    fibre = np.column_stack([np.cos(angle), np.sin(angle)])
    beside = {}
    for t, triangle in enumerate(triangles):
        for k in range(3):
            beside[triangle[k], triangle[(k + 1) % 3]] = t, (k + 2) % 3
    inner, sides = [], np.full((len(triangles), 3), -1)
    for (p, q), (own, far) in beside.items():
        if p < q and (q, p) in beside:
            other, over = beside[q, p]
            sides[own, far] = sides[other, over] = len(inner)
            inner.append((p, q, triangles[own, far], triangles[other, over]))
    inner = np.array(inner, dtype=np.int64).reshape(-1, 4)
    area, thickness = np.array(area), thick * rng.uniform(0.5, 1.0, len(triangles))
    bend = np.array([bend_of(rest, edge) for edge in inner])
    lever = thickness / np.sqrt(12.0)
    inverse = np.array(inverse).reshape(-1, 2, 2)
    return Shell(triangles, inverse, area * thickness, fibre, 2.0 * area, lever, sides, inner, bend)


def sheet_of(shell: Shell, rest, seed: int, number) -> Sheet:
    """The shell with chordae between places on triangles and the first vertices, some slack."""
    rng = np.random.default_rng(seed)
    corners = shell.triangles[rng.integers(len(shell.triangles), size=4)]
    tips = np.array([rng.choice(np.setdiff1d(np.arange(len(rest)), row)) for row in corners])
    weights = np.column_stack([rng.dirichlet(np.ones(3), 4), -np.ones(4)])
    weights[0, :3] = 1.0, 0.0, 0.0
    chordae = np.column_stack([corners, tips])
    length = np.linalg.norm(np.einsum("ck,ckd->cd", weights, rest[chordae]), axis=1) * [0.7, 0.9, 5.0, 0.5]
    return Sheet(shell, chordae, weights, rng.uniform(0.1, 1.0, 4), length, number)


def slow_lee_sacks(law: LeeSacks, s):
    """Energy density and derivatives, its slope a straight line where the exponent passes the cap."""
    energy, slope, curve = _capped(law.share * law.c1, law.c2, law, s)
    return energy + 0.5 * law.c0 * s, slope + 0.5 * law.c0, curve


def slow_fibre(law: LeeSacks, s):
    """The same of the fibres."""
    if s.real <= 0.0 or law.share == 1.0:
        return 0.0, 0.0, 0.0
    return _capped((1.0 - law.share) * law.c1, law.c3, law, s)


def _capped(k, c, law, s):
    inner = s if s.real <= np.sqrt(law.cap / c) else np.sqrt(law.cap / c)
    e, over = np.exp(c * inner**2), s - inner
    slope, curve = k * c * inner * e, k * c * (1.0 + 2.0 * c * inner**2) * e
    return 0.5 * k * (e - 1.0) + slope * over + 0.5 * curve * over**2, slope + curve * over, curve + 0.0 * over


def _det(c):
    return c[0, 0] * c[1, 1] - c[0, 1] * c[1, 0]


def _metrics(shell: Shell, x, t: int):
    """C and K of a triangle."""
    p, q, r = x[shell.triangles[t]]
    f = np.column_stack([q - p, r - p]) @ shell.inverse[t]
    shape = np.array([[-1.0, -1.0], [1.0, 0.0], [0.0, 1.0]]) @ shell.inverse[t]
    k = np.zeros((2, 2), dtype=f.dtype)
    for corner, h in enumerate(shell.sides[t]):
        if h >= 0:
            k = k + shell.twice_area[t] * (bend_of(x, shell.edges[h]) - shell.rest[h]) * np.outer(
                shape[corner], shape[corner]
            )
    return f.T @ f, k


def _layer(c, k, z: float):
    return c - 2.0 * z * k + z * z * k @ np.linalg.inv(c) @ k


def _density(law: LeeSacks, m, fibre):
    return slow_lee_sacks(law, m[0, 0] + m[1, 1] + 1.0 / _det(m) - 3.0)[0] + slow_fibre(law, fibre @ m @ fibre - 1.0)[0]


def symmetric(triple):
    """Matrix of its 11, 12 and 22."""
    return np.array([[triple[0], triple[1]], [triple[1], triple[2]]])


def slow_layers_energy(law: LeeSacks, c, k, fibre, lever: float):
    """Mean energy density of both layers of a sheet with C and K (2, 2)."""
    if not _det(c).real > 1e-12:
        return np.inf
    energy = 0.0
    for z in (-lever, lever):
        # A layer is upright where the sheet's principal curvatures leave it both stretches.
        if np.linalg.eigvals(np.eye(2) - z * np.linalg.solve(c.real, k.real)).real.min() <= 0.0:
            return np.inf
        energy = energy + 0.5 * _density(law, _layer(c, k, z), fibre)
    return energy


def slow_layers_stress(law: LeeSacks, c, k, fibre, lever: float):
    """Its derivatives by 11, 12 and 22 of C and of K, by complex steps."""

    def energy(v):
        return slow_layers_energy(law, symmetric(v[:3]), symmetric(v[3:]), fibre, lever)

    start = np.array([c[0, 0], c[0, 1], c[1, 1], k[0, 0], k[0, 1], k[1, 1]])
    return np.array([np.imag(energy(start + 1j * TINY * way)) / TINY for way in np.eye(6)])


def slow_layers_tangent(law: LeeSacks, c, k, fibre, lever: float):
    """The positive part of its second derivatives (6, 6), from the derivation."""
    inverse = np.linalg.inv(c)
    # Changes of C and K with their entries 11, 12, 22.
    unit = np.stack([symmetric(row) for row in np.eye(3)])
    change = np.concatenate([-unit @ inverse @ k, unit])
    tangent, turn = np.zeros((6, 6)), np.zeros((2, 2))
    for z in (-lever, lever):
        way = []
        for v in range(6):
            moved = [c.astype(complex), k.astype(complex)]
            moved[v // 3] += 1j * TINY * unit[v % 3]
            way.append(np.imag(_layer(*moved, z)) / TINY)
        slope, curve = _stress(law, _layer(c, k, z), fibre)
        tangent += 0.5 * np.einsum("iab,abcd,jcd->ij", way, curve, way)
        turn += z * z * slope
    return tangent + np.einsum("iab,ac,jcd,bd->ij", change, inverse, change, pulling(turn))


def _triangle_energy(shell: Shell, law: LeeSacks, x, t: int):
    return shell.volume[t] * slow_layers_energy(law, *_metrics(shell, x, t), shell.fibre[t], shell.lever[t])


def slow_shell_energy(shell: Shell, law: LeeSacks, x) -> float:
    return float(sum(_triangle_energy(shell, law, x, t) for t in range(len(shell.triangles))))


def _patch(shell: Shell, t: int):
    """Vertices that a triangle's energy depends on."""
    return np.unique(np.concatenate([shell.triangles[t], *(shell.edges[h] for h in shell.sides[t] if h >= 0)]))


def _stepped(x, vertices, function):
    """Derivatives of a function of x by the coordinates of some vertices, by complex steps, last axis."""
    out = []
    for v in vertices:
        for d in range(3):
            moved = x.astype(complex)
            moved[v, d] += 1j * TINY
            out.append(np.imag(function(moved)) / TINY)
    return np.stack(out, axis=-1)


def slow_shell_force(shell: Shell, law: LeeSacks, x):
    force = np.zeros(x.shape)
    for t in range(len(shell.triangles)):
        patch = _patch(shell, t)
        force[patch] += _stepped(x, patch, lambda y, t=t: _triangle_energy(shell, law, y, t)).reshape(-1, 3)
    return force


def slow_shell_tangent(shell: Shell, law: LeeSacks, x, projected: bool):
    """Tangent (3 n, 3 n): by differences of the forces, or where projected from the derivation's parts."""
    tangent = np.zeros((x.size, x.size))
    if not projected:
        h = 1e-5
        for column in range(x.size):
            step = np.zeros(x.size)
            step[column] = h
            ends = [slow_shell_force(shell, law, x + s * step.reshape(x.shape)) for s in (1.0, -1.0)]
            tangent[:, column] = (ends[0] - ends[1]).ravel() / (2.0 * h)
        return tangent
    for t in range(len(shell.triangles)):
        patch = _patch(shell, t)
        index = (3 * patch[:, None] + np.arange(3)).ravel()
        own = law, *_metrics(shell, x, t), shell.fibre[t], shell.lever[t]
        rate = _stepped(x, patch, lambda y, t=t: np.stack(_metrics(shell, y, t)))
        rate = rate[:, [0, 0, 1], [0, 1, 1]].reshape(6, -1)
        shape = np.array([[-1.0, -1.0], [1.0, 0.0], [0.0, 1.0]]) @ shell.inverse[t]
        corners = (3 * shell.triangles[t][:, None] + np.arange(3)).ravel()
        pull = pulling(symmetric(slow_layers_stress(*own)[:3] * [1.0, 0.5, 1.0]))
        tangent[np.ix_(index, index)] += shell.volume[t] * rate.T @ slow_layers_tangent(*own) @ rate
        tangent[np.ix_(corners, corners)] += np.kron(2.0 * shell.volume[t] * shape @ pull @ shape.T, np.eye(3))
    return tangent


def pulling(matrix):
    """The part of a symmetric matrix that is never negative."""
    value, vector = np.linalg.eigh(0.5 * (matrix + matrix.T))
    return vector @ np.diag(np.maximum(value, 0.0)) @ vector.T


def _stress(law: LeeSacks, m, fibre):
    """First and second derivative of the energy density by the metric, the second by complex steps."""

    def first(q):
        inverse = np.array([[q[1, 1], -q[0, 1]], [-q[1, 0], q[0, 0]]]) / _det(q)
        slope = slow_lee_sacks(law, q[0, 0] + q[1, 1] + 1.0 / _det(q) - 3.0)[1]
        own = slow_fibre(law, fibre @ q @ fibre - 1.0)[1]
        return slope * (np.eye(2) - inverse / _det(q)) + own * np.outer(fibre, fibre)

    curve = np.zeros((2, 2, 2, 2))
    for a in range(2):
        for b in range(2):
            for i, j in ((a, b), (b, a)):
                moved = m.astype(complex)
                moved[i, j] += 1j * TINY
                curve[:, :, a, b] += 0.5 * np.imag(first(moved)) / TINY
    return first(m), 0.5 * (curve + curve.transpose(1, 0, 2, 3))


def pressure_force(triangles, x, load):
    """Follower pressure's forces, `load` (m,): a third of each triangle's area vector at its corners."""
    force = np.zeros(x.shape, dtype=x.dtype)
    for triangle, pressure in zip(triangles, load, strict=True):
        p, q, r = x[triangle]
        force[triangle] += pressure * np.cross(q - p, r - p) / 6.0
    return force


def pressure_tangent(triangles, x, load):
    """Derivative of the pressure's forces (3 n, 3 n) by complex steps."""
    tangent = np.zeros((x.size, x.size))
    for column in range(x.size):
        moved = x.astype(complex).ravel()
        moved[column] += 1j * TINY
        tangent[:, column] = pressure_force(triangles, moved.reshape(x.shape), load).ravel().imag / TINY
    return tangent


def _planar(p, q, r, s):
    """Far vertices as complex numbers in the plane across the edge, the first one real."""
    e = (q - p) / np.sqrt(np.sum((q - p) ** 2))
    a, b = (r - p) - ((r - p) @ e) * e, (s - p) - ((s - p) @ e) * e
    return b @ a, b @ np.cross(e, a)


def slow_angle(p, q, r, s):
    """Turn of the second far vertex about the edge away from straight on; complex steps pass through."""
    along, across = _planar(p, q, r, s)
    turn = np.arctan2(-across.real, -along.real) if across.real != 0.0 or along.real < 0.0 else np.pi
    if not np.iscomplexobj(along):
        return float(turn)
    way = (along.real * across.imag - across.real * along.imag) / (along.real**2 + across.real**2)
    return turn + 1j * way


def bend_of(x, edge):
    """Angle over length, raised so that no edge folds through itself."""
    p, q, r, s = x[edge]
    angle = slow_angle(p, q, r, s)
    return angle / (1.0 - (angle / np.pi) ** 6) / np.sqrt(np.sum((q - p) ** 2))


def slope_of(x, edge):
    """Its gradient (4, 3)."""
    return _stepped(x[edge], range(4), lambda corners: bend_of(corners, np.arange(4))).reshape(4, 3)


def slow_energy(sheet: Sheet, law: LeeSacks, x) -> float:
    span = np.linalg.norm(np.einsum("ck,ckd->cd", sheet.chorda_weights, x[sheet.chordae]), axis=1)
    over = np.maximum(span - sheet.chorda_length, 0.0)
    return slow_shell_energy(sheet.shell, law, x) + float(0.5 * sheet.chorda_stiffness @ over**2)


def room(n: int, *, reach: int | None = None) -> Envelope:
    """An empty matrix of n rows of blocks, full or with `reach` blocks before the diagonal; n = 0 has no entries."""
    rows = -(-3 * n // TILE)
    first = np.zeros(rows, dtype=np.int64)
    if reach is not None:
        first = np.maximum(TILE * np.arange(rows) // 3 - reach, 0) * 3 // TILE
    size = TILE * (np.arange(rows) - first + 1)
    base = np.concatenate([[0], np.cumsum(size)[:-1]]).astype(np.int64)[:rows] - TILE * first
    return Envelope(np.zeros((int(size.sum()), TILE)), first, base)


def dense(matrix: Envelope):
    """Both halves (24 b, 24 b) of what lies on and below the diagonal."""
    size = TILE * len(matrix.first)
    full = np.zeros((size, size))
    for row, (first, base) in enumerate(zip(matrix.first, matrix.base, strict=True)):
        columns = slice(TILE * first, TILE * (row + 1))
        full[TILE * row : TILE * (row + 1), columns] = matrix.data[base + columns.start : base + columns.stop].T
    return np.tril(full) + np.tril(full, -1).T


def into(matrix: Envelope, tangent, number):
    """`dense` of a matrix after the numbered unknowns' part of a tangent (3 n, 3 n) was added to it."""
    full = dense(matrix)
    mine = (3 * number[:, None] + np.arange(3))[number >= 0].ravel()
    theirs = (3 * np.arange(len(number))[:, None] + np.arange(3))[number >= 0].ravel()
    full[np.ix_(mine, mine)] += tangent[np.ix_(theirs, theirs)]
    return full

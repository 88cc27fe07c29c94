"""Small crumpled sheets for the kernels of the closure, and their energies, forces and tangents by numpy.

The references share nothing with the kernels: rest shapes by QR, stresses by S = 2 W' (I - C^-1 / det C) in complex
arithmetic, tangents by complex steps, projection by eigenvalues of the 6 x 6 tangent of each triangle.
"""

from __future__ import annotations

import numpy as np

from annulus.kernels.membrane import LeeSacks, Membrane
from annulus.kernels.sheets import Sheet

__all__ = [
    "FIBRES",
    "ISOTROPIC",
    "band_of",
    "crumpled",
    "hinge_gradient",
    "membrane_reference",
    "pressure_force",
    "pressure_tangent",
    "sheet_of",
    "slow_angle",
    "slow_energy",
    "slow_lee_sacks",
    "slow_membrane_energy",
]

ISOTROPIC = LeeSacks(0.010, 0.000209, 9.046, 1.0, 9.046, 3.0)
FIBRES = LeeSacks(0.010, 0.000209, 9.046, 0.6, 6.0, 2.0)

TINY = 1e-30


def crumpled(nx: int, ny: int, seed: int, *, stretch: float = 1.2, noise: float = 0.15):
    """Membrane of (nx + 1) (ny + 1) vertices 1 mm apart, rest points and moved points."""
    rng = np.random.default_rng(seed)
    i, j = np.meshgrid(np.arange(nx + 1), np.arange(ny + 1), indexing="ij")
    rest = np.column_stack([i.ravel(), j.ravel(), 0.2 * np.sin(i + 0.5 * j).ravel()]) * 1.0
    rest += rng.uniform(-0.1, 0.1, rest.shape)
    number = np.arange((nx + 1) * (ny + 1)).reshape(nx + 1, ny + 1)
    a, b, c, d = (q.ravel() for q in (number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]))
    triangles = np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])])
    x = rest * [stretch, 2.0 - stretch if stretch < 1.0 else stretch, 1.0] + rng.normal(0.0, noise, rest.shape)
    return membrane_of(rest, triangles, rng), rest, x


def membrane_of(rest, triangles, rng) -> Membrane:
    inverse, volume = [], []
    for p, q, r in rest[triangles]:
        _, corner = np.linalg.qr(np.column_stack([q - p, r - p]))
        inverse.append(np.linalg.inv(corner))
        volume.append(0.5 * abs(np.linalg.det(corner)) * rng.uniform(0.5, 1.0))
    angle = rng.uniform(0.0, np.pi, len(triangles))
    fibre = np.column_stack([np.cos(angle), np.sin(angle)])
    return Membrane(triangles, np.array(inverse).reshape(-1, 2, 2), np.array(volume), fibre)


def sheet_of(membrane: Membrane, rest, seed: int, number) -> Sheet:
    """The membrane with all its hinges and with cords between random vertices, some slack."""
    rng = np.random.default_rng(seed)
    beside = {}
    for triangle in membrane.triangles:
        for k in range(3):
            beside[triangle[k], triangle[(k + 1) % 3]] = triangle[(k + 2) % 3]
    rows = [(p, q, far, beside[q, p]) for (p, q), far in beside.items() if p < q and (q, p) in beside]
    hinges = np.array(rows, dtype=np.int64).reshape(-1, 4)
    cords = np.array([rng.choice(len(rest), 2, replace=False) for _ in range(4)])
    length = np.linalg.norm(rest[cords[:, 0]] - rest[cords[:, 1]], axis=1) * [0.7, 0.9, 5.0, 0.5]
    angle = np.array([slow_angle(*rest[row]) for row in hinges])
    return Sheet(
        membrane, hinges, rng.uniform(0.1, 1.0, len(hinges)), angle, cords, rng.uniform(0.1, 1.0, 4), length, number
    )


def slow_lee_sacks(law: LeeSacks, s):
    """Energy density and derivatives, its slope a straight line where the exponent passes the cap."""
    energy, slope, curve = _capped(law.share * law.c1, law.c2, law, s)
    return energy + 0.5 * law.c0 * s, slope + 0.5 * law.c0, curve


def _capped(k, c, law, s):
    inner = s if s.real <= np.sqrt(law.cap / c) else np.sqrt(law.cap / c)
    e, over = np.exp(c * inner**2), s - inner
    slope, curve = k * c * inner * e, k * c * (1.0 + 2.0 * c * inner**2) * e
    return 0.5 * k * (e - 1.0) + slope * over + 0.5 * curve * over**2, slope + curve * over, curve + 0.0 * over


def _metric(membrane: Membrane, x, t: int):
    p, q, r = x[membrane.triangles[t]]
    f = np.column_stack([q - p, r - p]) @ membrane.inverse[t]
    return f, f.T @ f


def _fibre(law: LeeSacks, metric, direction):
    s = direction @ metric @ direction - 1.0
    if s.real <= 0.0 or law.share == 1.0:
        return 0.0, 0.0
    return _capped((1.0 - law.share) * law.c1, law.c3, law, s)[:2]


def slow_membrane_energy(membrane: Membrane, law: LeeSacks, x):
    total = 0.0
    for t in range(len(membrane.triangles)):
        _, c = _metric(membrane, x, t)
        det = c[0, 0] * c[1, 1] - c[0, 1] * c[1, 0]
        if det.real < 1e-12:
            return np.inf
        energy = slow_lee_sacks(law, np.trace(c) + 1.0 / det - 3.0)[0] + _fibre(law, c, membrane.fibre[t])[0]
        total += membrane.volume[t] * energy
    return total


def _stress(law: LeeSacks, f, direction):
    """First Piola stresses of matrix and fibres, from the second of the formula."""
    c = f.T @ f
    det = c[0, 0] * c[1, 1] - c[0, 1] * c[1, 0]
    inverse = np.array([[c[1, 1], -c[0, 1]], [-c[0, 1], c[0, 0]]]) / det
    first = slow_lee_sacks(law, np.trace(c) + 1.0 / det - 3.0)[1]
    along = 2.0 * _fibre(law, c, direction)[1] * np.outer(direction, direction)
    return f @ (2.0 * first * (np.eye(2) - inverse / det)), f @ along


def membrane_reference(membrane: Membrane, law: LeeSacks, x, projected: bool):
    """Elastic forces (n, 3) and tangent (3 n, 3 n), the tangent of the matrix cut off at zero by its eigenvalues."""
    force, tangent = np.zeros(x.shape), np.zeros((x.size, x.size))
    for t, triangle in enumerate(membrane.triangles):
        f, _ = _metric(membrane, x, t)
        parts = np.zeros((2, 6, 6))
        for column in range(6):
            moved = f.astype(complex).ravel()
            moved[column] += 1j * TINY
            for part, stress in zip(parts, _stress(law, moved.reshape(3, 2), membrane.fibre[t]), strict=True):
                part[:, column] = stress.ravel().imag / TINY
        if projected:
            value, vector = np.linalg.eigh(0.5 * (parts[0] + parts[0].T))
            parts[0] = vector @ np.diag(np.maximum(value, 0.0)) @ vector.T
        shape = np.array([[-1.0, -1.0], [1.0, 0.0], [0.0, 1.0]]) @ membrane.inverse[t]
        force[triangle] += membrane.volume[t] * shape @ sum(_stress(law, f, membrane.fibre[t])).T
        # d F_dk / d x_ad = shape_ak
        chain = np.einsum("ak,de->dkae", shape, np.eye(3)).reshape(6, 9)
        index = (3 * triangle[:, None] + np.arange(3)).ravel()
        tangent[np.ix_(index, index)] += membrane.volume[t] * chain.T @ parts.sum(axis=0) @ chain
    return force, tangent


def pressure_force(triangles, x):
    """Unit follower pressure's forces: a third of each triangle's area vector at its corners."""
    force = np.zeros(x.shape, dtype=x.dtype)
    for triangle in triangles:
        p, q, r = x[triangle]
        force[triangle] += np.cross(q - p, r - p) / 6.0
    return force


def pressure_tangent(triangles, x):
    """Derivative of the unit pressure's forces (3 n, 3 n) by complex steps."""
    tangent = np.zeros((x.size, x.size))
    for column in range(x.size):
        moved = x.astype(complex).ravel()
        moved[column] += 1j * TINY
        tangent[:, column] = pressure_force(triangles, moved.reshape(x.shape)).ravel().imag / TINY
    return tangent


def _planar(p, q, r, s):
    """Far vertices as complex numbers in the plane across the edge, the first one real."""
    e = (q - p) / np.sqrt(np.sum((q - p) ** 2))
    a, b = (r - p) - ((r - p) @ e) * e, (s - p) - ((s - p) @ e) * e
    return b @ a, b @ np.cross(e, a)


def slow_angle(p, q, r, s) -> float:
    """Turn of the second far vertex about the edge away from straight on."""
    along, across = _planar(p, q, r, s)
    return float(np.arctan2(-across, -along)) if across != 0.0 or along < 0.0 else float(np.pi)


def hinge_gradient(x, hinge):
    """Gradient (4, 3) of a hinge's angle by complex steps."""
    gradient = np.zeros((4, 3))
    for a in range(4):
        for d in range(3):
            corners = x[hinge].astype(complex)
            corners[a, d] += 1j * TINY
            along, across = _planar(*corners)
            turn = along.real * across.imag - across.real * along.imag
            gradient[a, d] = turn / TINY / (along.real**2 + across.real**2)
    return gradient


def slow_energy(sheet: Sheet, law: LeeSacks, x) -> float:
    total = slow_membrane_energy(sheet.membrane, law, x)
    for hinge, stiffness, rest in zip(sheet.hinges, sheet.hinge_stiffness, sheet.hinge_rest, strict=True):
        total += 0.5 * stiffness * np.angle(np.exp(1j * (slow_angle(*x[hinge]) - rest))) ** 2
    length = np.linalg.norm(x[sheet.cords[:, 0]] - x[sheet.cords[:, 1]], axis=1)
    return float(total + 0.5 * sheet.cord_stiffness @ np.maximum(length - sheet.cord_length, 0.0) ** 2)


def band_of(tangent, number, shape):
    """Lower half of the numbered unknowns' part of a tangent (3 n, 3 n), as a band of this shape."""
    band = np.zeros(shape)
    for i, p in enumerate(number):
        for j, q in enumerate(number):
            if p < 0 or q < 0:
                continue
            for c in range(3):
                for d in range(3):
                    low = 3 * p + c - 3 * q - d
                    if 0 <= low < shape[1]:
                        band[3 * q + d, low] = tangent[3 * i + c, 3 * j + d]
    return band

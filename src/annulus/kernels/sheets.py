"""Forces and tangent of a valve's sheets: membrane, hinge bending, cords that only pull.

Papillary tips are vertices that belong to no triangle and do not move, so that a cord joins two vertices.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray, IntArray
from annulus.kernels.membrane import LeeSacks, Membrane, add_to_band, membrane_energy, membrane_terms

__all__ = ["Sheet", "add_diagonal", "hinge_angle", "sheet_energy", "sheet_terms"]


class Sheet(NamedTuple):
    """Membrane; hinges (e, 4), an edge's ends and the vertices opposite, with stiffness [N mm] and rest angle (e,);
    cords (c, 2) with stiffness [N/mm] and slack length [mm] (c,); `number` (n,), place among the unknowns or -1.
    """

    membrane: Membrane
    hinges: IntArray
    hinge_stiffness: FloatArray
    hinge_rest: FloatArray
    cords: IntArray
    cord_stiffness: FloatArray
    cord_length: FloatArray
    number: IntArray


@kernel
def hinge_angle(p: FloatArray, q: FloatArray, r: FloatArray, s: FloatArray) -> float:
    """Angle between the triangles (p, q, r) and (q, p, s) [rad], 0 where they lie in one plane."""
    ex, ey, ez = q[0] - p[0], q[1] - p[1], q[2] - p[2]
    ax, ay, az = r[0] - p[0], r[1] - p[1], r[2] - p[2]
    bx, by, bz = s[0] - p[0], s[1] - p[1], s[2] - p[2]
    mx, my, mz = ey * az - ez * ay, ez * ax - ex * az, ex * ay - ey * ax
    nx, ny, nz = by * ez - bz * ey, bz * ex - bx * ez, bx * ey - by * ex
    length = np.sqrt(ex * ex + ey * ey + ez * ez)
    cosine = mx * nx + my * ny + mz * nz
    sine = (ex * (my * nz - mz * ny) + ey * (mz * nx - mx * nz) + ez * (mx * ny - my * nx)) / length
    return np.arctan2(sine, cosine)


@kernel
def _turned(angle: float, rest: float) -> float:
    """Angle from the rest angle, within half a turn: it jumps by a turn where a hinge folds flat onto itself."""
    turn = angle - rest
    if turn > np.pi:
        return turn - 2.0 * np.pi
    if turn < -np.pi:
        return turn + 2.0 * np.pi
    return turn


@kernel
def sheet_energy(sheet: Sheet, law: LeeSacks, x: FloatArray) -> float:
    """Elastic energy of membrane, hinges and cords [N mm]; infinite where a triangle has no area."""
    total = membrane_energy(sheet.membrane, law, x)
    for h in range(sheet.hinges.shape[0]):
        hinge = sheet.hinges[h]
        turn = _turned(hinge_angle(x[hinge[0]], x[hinge[1]], x[hinge[2]], x[hinge[3]]), sheet.hinge_rest[h])
        total += 0.5 * sheet.hinge_stiffness[h] * turn * turn
    for c in range(sheet.cords.shape[0]):
        p, q = sheet.cords[c, 0], sheet.cords[c, 1]
        u0, u1, u2 = x[p, 0] - x[q, 0], x[p, 1] - x[q, 1], x[p, 2] - x[q, 2]
        over = np.sqrt(u0 * u0 + u1 * u1 + u2 * u2) - sheet.cord_length[c]
        if over > 0.0:
            total += 0.5 * sheet.cord_stiffness[c] * over * over
    return total


@kernel
def add_diagonal(band: FloatArray, weight: FloatArray) -> None:
    """Add weight (n,) to the three diagonal entries of each vertex."""
    for p in range(weight.shape[0]):
        for c in range(3):
            band[3 * p + c, 0] += weight[p]


@kernel
def _add_hinges(sheet: Sheet, x: FloatArray, force: FloatArray, band: FloatArray) -> float:
    """Bending; of its tangent the part that is never negative, k grad grad^T."""
    total = 0.0
    g = np.empty((4, 3))
    block = np.empty((3, 3))
    with_tangent = band.shape[0] > 0
    for h in range(sheet.hinges.shape[0]):
        hinge = sheet.hinges[h]
        i, j, k, o = hinge[0], hinge[1], hinge[2], hinge[3]
        ex, ey, ez = x[j, 0] - x[i, 0], x[j, 1] - x[i, 1], x[j, 2] - x[i, 2]
        ax, ay, az = x[k, 0] - x[i, 0], x[k, 1] - x[i, 1], x[k, 2] - x[i, 2]
        bx, by, bz = x[o, 0] - x[i, 0], x[o, 1] - x[i, 1], x[o, 2] - x[i, 2]
        mx, my, mz = ey * az - ez * ay, ez * ax - ex * az, ex * ay - ey * ax
        nx, ny, nz = by * ez - bz * ey, bz * ex - bx * ez, bx * ey - by * ex
        square = ex * ex + ey * ey + ez * ez
        length = np.sqrt(square)
        cosine = mx * nx + my * ny + mz * nz
        sine = (ex * (my * nz - mz * ny) + ey * (mz * nx - mx * nz) + ez * (mx * ny - my * nx)) / length
        turn = _turned(np.arctan2(sine, cosine), sheet.hinge_rest[h])
        stiffness = sheet.hinge_stiffness[h]
        total += 0.5 * stiffness * turn * turn
        # The angle's gradient: each far vertex along its triangle's normal over its height, shared to the edge's ends.
        mm = mx * mx + my * my + mz * mz
        nn = nx * nx + ny * ny + nz * nz
        along_a = (ax * ex + ay * ey + az * ez) / square
        along_b = (bx * ex + by * ey + bz * ez) / square
        for d in range(3):
            m = (mx if d == 0 else (my if d == 1 else mz)) * length / mm
            n = (nx if d == 0 else (ny if d == 1 else nz)) * length / nn
            g[2, d] = -m
            g[3, d] = -n
            g[1, d] = along_a * m + along_b * n
            g[0, d] = (1.0 - along_a) * m + (1.0 - along_b) * n
        moment = stiffness * turn
        for r in range(4):
            for d in range(3):
                force[hinge[r], d] += moment * g[r, d]
        if not with_tangent:
            continue
        for r in range(4):
            p = sheet.number[hinge[r]]
            if p < 0:
                continue
            for s in range(r + 1):
                q = sheet.number[hinge[s]]
                if q < 0:
                    continue
                for c in range(3):
                    for d in range(3):
                        block[c, d] = stiffness * g[r, c] * g[s, d]
                add_to_band(band, p, q, block)
    return total


@kernel
def _add_cords(sheet: Sheet, x: FloatArray, force: FloatArray, band: FloatArray) -> float:
    """Cords that only pull."""
    total = 0.0
    block = np.empty((3, 3))
    u = np.empty(3)
    for c in range(sheet.cords.shape[0]):
        v, w = sheet.cords[c, 0], sheet.cords[c, 1]
        for d in range(3):
            u[d] = x[v, d] - x[w, d]
        length = np.sqrt(u[0] * u[0] + u[1] * u[1] + u[2] * u[2])
        over = length - sheet.cord_length[c]
        if over <= 0.0:
            continue
        stiffness = sheet.cord_stiffness[c]
        total += 0.5 * stiffness * over * over
        tension = stiffness * over
        for d in range(3):
            force[v, d] += tension * u[d] / length
            force[w, d] -= tension * u[d] / length
        if band.shape[0] == 0:
            continue
        across = tension / length
        for d in range(3):
            for e in range(3):
                block[d, e] = (stiffness - across) * u[d] * u[e] / (length * length)
            block[d, d] += across
        p, q = sheet.number[v], sheet.number[w]
        if p >= 0:
            add_to_band(band, p, p, block)
        if q >= 0:
            add_to_band(band, q, q, block)
        if p >= 0 and q >= 0:
            add_to_band(band, p, q, -block)
    return total


@kernel
def sheet_terms(
    sheet: Sheet, law: LeeSacks, pressure: float, x: FloatArray, force: FloatArray, band: FloatArray, projected: bool
) -> float:
    """Add elastic minus pressure forces to `force` (n, 3), their tangent to `band`; return the elastic energy [N mm].

    As `membrane_terms`; of the hinges' tangent only the part that is never negative is taken.
    """
    total = membrane_terms(sheet.membrane, law, pressure, x, sheet.number, force, band, projected)
    total += _add_hinges(sheet, x, force, band)
    return total + _add_cords(sheet, x, force, band)

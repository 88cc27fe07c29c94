"""Triangle membrane of an incompressible sheet in plane stress, with follower pressure.

W(I1) with I1 = tr C + 1 / det C, C the 2 x 2 metric. In the singular values a, b of the deformation gradient I1 is
convex, so that of the tangent's six modes only three can be negative: the in-plane flip 2 W' (1 - 1 / (a b)^3) and the
two out of plane, stress over stretch. They are known in closed form, and cutting them off at zero makes the tangent
positive without an eigenvalue solver (``docs/closure_theory.md``).

The tangent goes to the lower half of a band: ``band[j, i - j]`` holds entry i >= j, three unknowns a numbered vertex.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray, IntArray

__all__ = [
    "LeeSacks",
    "Membrane",
    "add_to_band",
    "lee_sacks",
    "membrane_energy",
    "membrane_terms",
    "pressure_skew",
    "pressure_work",
]


_FLAT = 1.0e-12
"""Least square of a triangle's area over that at rest [1]."""


class LeeSacks(NamedTuple):
    """W = c0 / 2 (I1 - 3) + c1 / 2 (w exp(c2 (I1 - 3)^2) + (1 - w) exp(c3 (I4 - 1)^2) - 1) [MPa], I4 the squared
    stretch of a fibre that bears no compression; beyond exponent `cap` the slope of W goes on as a straight line.
    """

    c0: float
    c1: float
    c2: float
    share: float
    c3: float
    cap: float


class Membrane(NamedTuple):
    """Triangles (m, 3); `inverse` (m, 2, 2), the rest shape's edges inverted: F = [d1 d2] inverse; `volume` (m,) [mm3];
    `fibre` (m, 2), unit direction in the rest shape's basis.
    """

    triangles: IntArray
    inverse: FloatArray
    volume: FloatArray
    fibre: FloatArray


@kernel
def _exponential(stiffness: float, c: float, cap: float, s: float) -> tuple[float, float, float]:
    """k / 2 (exp(c s^2) - 1) and its two derivatives, the slope straight beyond c s^2 = cap."""
    inside = min(s, np.sqrt(cap / c))
    power = np.exp(c * inside * inside)
    first = stiffness * c * inside * power
    second = stiffness * c * power * (1.0 + 2.0 * c * inside * inside)
    over = s - inside
    return 0.5 * stiffness * (power - 1.0) + over * (first + 0.5 * over * second), first + over * second, second


@kernel
def lee_sacks(law: LeeSacks, s: float) -> tuple[float, float, float]:
    """Isotropic energy density [MPa] and its two derivatives at s = I1 - 3."""
    energy, first, second = _exponential(law.share * law.c1, law.c2, law.cap, s)
    return energy + 0.5 * law.c0 * s, first + 0.5 * law.c0, second


@kernel
def _fibre(law: LeeSacks, s: float) -> tuple[float, float, float]:
    """The same of the fibres at s = I4 - 1; nothing where they are short."""
    if s <= 0.0 or law.share >= 1.0:
        return 0.0, 0.0, 0.0
    return _exponential((1.0 - law.share) * law.c1, law.c3, law.cap, s)


@kernel
def membrane_energy(membrane: Membrane, law: LeeSacks, x: FloatArray) -> float:
    """Elastic energy [N mm] at x (n, 3); infinite where a triangle has no area."""
    total = 0.0
    for t in range(membrane.triangles.shape[0]):
        i, j, k = membrane.triangles[t, 0], membrane.triangles[t, 1], membrane.triangles[t, 2]
        c11, c12, c22 = 0.0, 0.0, 0.0
        for d in range(3):
            u = x[j, d] - x[i, d]
            v = x[k, d] - x[i, d]
            f = u * membrane.inverse[t, 0, 0] + v * membrane.inverse[t, 1, 0]
            g = u * membrane.inverse[t, 0, 1] + v * membrane.inverse[t, 1, 1]
            c11 += f * f
            c12 += f * g
            c22 += g * g
        det = c11 * c22 - c12 * c12
        if not det > _FLAT:
            return np.inf
        energy, _, _ = lee_sacks(law, c11 + c22 + 1.0 / det - 3.0)
        if law.share < 1.0:
            p, q = membrane.fibre[t, 0], membrane.fibre[t, 1]
            more, _, _ = _fibre(law, p * p * c11 + 2.0 * p * q * c12 + q * q * c22 - 1.0)
            energy += more
        total += membrane.volume[t] * energy
    return total


@kernel
def pressure_work(triangles: IntArray, x: FloatArray, step: FloatArray, alpha: float) -> float:
    """Work of unit follower pressure along the straight way x + s step, s from 0 to alpha [mm3]; exact.

    The force on a vertex, a third of the area vectors around it, is quadratic in s; on an open sheet it has no
    potential, so that the way matters.
    """
    total = 0.0
    node = 0.5 * alpha / np.sqrt(3.0)
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        m0 = step[i, 0] + step[j, 0] + step[k, 0]
        m1 = step[i, 1] + step[j, 1] + step[k, 1]
        m2 = step[i, 2] + step[j, 2] + step[k, 2]
        for side in (-1.0, 1.0):
            s = 0.5 * alpha + side * node
            u0 = x[j, 0] - x[i, 0] + s * (step[j, 0] - step[i, 0])
            u1 = x[j, 1] - x[i, 1] + s * (step[j, 1] - step[i, 1])
            u2 = x[j, 2] - x[i, 2] + s * (step[j, 2] - step[i, 2])
            v0 = x[k, 0] - x[i, 0] + s * (step[k, 0] - step[i, 0])
            v1 = x[k, 1] - x[i, 1] + s * (step[k, 1] - step[i, 1])
            v2 = x[k, 2] - x[i, 2] + s * (step[k, 2] - step[i, 2])
            total += m0 * (u1 * v2 - u2 * v1) + m1 * (u2 * v0 - u0 * v2) + m2 * (u0 * v1 - u1 * v0)
    return total * alpha / 12.0


@kernel
def pressure_skew(triangles: IntArray, x: FloatArray, step: FloatArray, product: FloatArray) -> None:
    """Write the antisymmetric part of unit pressure's tangent times `step` (n, 3) to `product` (n, 3) [mm].

    It lives on the free edges: inside, neighbours cancel.
    """
    product[:] = 0.0
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        for a, b, c in ((i, j, k), (j, k, i), (k, i, j)):
            # Column c of the tangent is the cross product with (x_b - x_a) / -6 in every row, so that the antisymmetric
            # part at a is the mean over columns of the sum of the row's vector and the column's.
            e0, e1, e2 = x[b, 0] - x[a, 0], x[b, 1] - x[a, 1], x[b, 2] - x[a, 2]
            s0 = step[i, 0] + step[j, 0] + step[k, 0]
            s1 = step[i, 1] + step[j, 1] + step[k, 1]
            s2 = step[i, 2] + step[j, 2] + step[k, 2]
            # Row c of the transpose: -e x (sum of the steps); column c: e x step[c] to all three rows.
            product[c, 0] -= (e1 * s2 - e2 * s1) / 12.0
            product[c, 1] -= (e2 * s0 - e0 * s2) / 12.0
            product[c, 2] -= (e0 * s1 - e1 * s0) / 12.0
            d0 = (e1 * step[c, 2] - e2 * step[c, 1]) / 12.0
            d1 = (e2 * step[c, 0] - e0 * step[c, 2]) / 12.0
            d2 = (e0 * step[c, 1] - e1 * step[c, 0]) / 12.0
            for row in (i, j, k):
                product[row, 0] -= d0
                product[row, 1] -= d1
                product[row, 2] -= d2


@kernel
def add_to_band(band: FloatArray, p: int, q: int, block: FloatArray) -> bool:
    """Add a 3 x 3 block at vertices p, q of the unknowns to the lower half; False where it lies outside the band."""
    transposed = p < q
    if transposed:
        p, q = q, p
    if 3 * (p - q) + 3 > band.shape[1]:
        return False
    for c in range(3):
        column = band[3 * q + c]
        start = 3 * (p - q) - c
        for r in range(c if p == q else 0, 3):
            column[start + r] += block[c, r] if transposed else block[r, c]
    return True


@kernel
def membrane_terms(
    membrane: Membrane,
    law: LeeSacks,
    pressure: float,
    x: FloatArray,
    number: IntArray,
    force: FloatArray,
    band: FloatArray,
    projected: bool,
) -> float:
    """Add elastic minus pressure forces to `force` (n, 3), their tangent to `band`; return the elastic energy [N mm].

    Pressure [MPa] pushes along the triangles' normals; its tangent is the symmetric part. `projected` cuts the elastic
    modes off at zero. `number` (n,) is a vertex's place among the unknowns, -1 for one that does not move. An empty
    band asks for forces only.
    """
    total = 0.0
    block = np.empty((3, 3))
    gv = np.empty((3, 2))
    k = np.empty((3, 3))
    second4 = 0.0
    with_tangent = band.shape[0] > 0
    for t in range(membrane.triangles.shape[0]):
        tri = membrane.triangles[t]
        i0, i1, i2 = tri[0], tri[1], tri[2]
        ux, uy, uz = x[i1, 0] - x[i0, 0], x[i1, 1] - x[i0, 1], x[i1, 2] - x[i0, 2]
        vx, vy, vz = x[i2, 0] - x[i0, 0], x[i2, 1] - x[i0, 1], x[i2, 2] - x[i0, 2]
        g10, g11 = membrane.inverse[t, 0, 0], membrane.inverse[t, 0, 1]
        g20, g21 = membrane.inverse[t, 1, 0], membrane.inverse[t, 1, 1]
        f0, f1, f2 = ux * g10 + vx * g20, uy * g10 + vy * g20, uz * g10 + vz * g20
        h0, h1, h2 = ux * g11 + vx * g21, uy * g11 + vy * g21, uz * g11 + vz * g21
        c11 = f0 * f0 + f1 * f1 + f2 * f2
        c12 = f0 * h0 + f1 * h1 + f2 * h2
        c22 = h0 * h0 + h1 * h1 + h2 * h2
        det = c11 * c22 - c12 * c12
        volume = membrane.volume[t]
        energy, first, second = lee_sacks(law, c11 + c22 + 1.0 / det - 3.0)
        total += volume * energy
        # P = 2 W' (F - F C^-1 / det C)
        scale = 2.0 * first * volume
        w = 1.0 / (det * det)
        s11, s12, s22 = 1.0 - c22 * w, c12 * w, 1.0 - c11 * w
        # Follower pressure: a sixth of the edges' cross product at every corner.
        n0, n1, n2 = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        sixth = pressure / 6.0
        p, q, more = membrane.fibre[t, 0], membrane.fibre[t, 1], 0.0
        if law.share < 1.0:
            energy, first4, second4 = _fibre(law, p * p * c11 + 2.0 * p * q * c12 + q * q * c22 - 1.0)
            total += volume * energy
            more = 2.0 * volume * first4
        for d in range(3):
            fd = f0 if d == 0 else (f1 if d == 1 else f2)
            hd = h0 if d == 0 else (h1 if d == 1 else h2)
            nd = n0 if d == 0 else (n1 if d == 1 else n2)
            along = more * (p * fd + q * hd)
            p0 = scale * (fd * s11 + hd * s12) + along * p
            p1 = scale * (fd * s12 + hd * s22) + along * q
            a = p0 * g10 + p1 * g11
            b = p0 * g20 + p1 * g21
            force[i1, d] += a - sixth * nd
            force[i2, d] += b - sixth * nd
            force[i0, d] -= a + b + sixth * nd
        if not with_tangent:
            continue
        # Principal stretches a >= b along v1, v2 of the rest shape; u1, u2 the deformed directions, n the normal.
        half = 0.5 * (c11 - c22)
        radius = np.sqrt(half * half + c12 * c12)
        aa = 0.5 * (c11 + c22) + radius
        if radius > 1e-14 * aa:
            angle = 0.5 * np.arctan2(c12, half)
            v10, v11 = np.cos(angle), np.sin(angle)
        else:
            v10, v11 = 1.0, 0.0
        a = np.sqrt(aa)
        b = np.sqrt(det) / a
        e0, e1, e2 = (f0 * v10 + h0 * v11) / a, (f1 * v10 + h1 * v11) / a, (f2 * v10 + h2 * v11) / a
        q0, q1, q2 = (h0 * v10 - f0 * v11) / b, (h1 * v10 - f1 * v11) / b, (h2 * v10 - f2 * v11) / b
        m0, m1, m2 = e1 * q2 - e2 * q1, e2 * q0 - e0 * q2, e0 * q1 - e1 * q0
        product = 1.0 / (a * b) ** 3
        # ia = 2 (a - 1 / (a^3 b^2)): product b = 1 / (a^3 b^2).
        ia, ib = 2.0 * (a - product * b), 2.0 * (b - product * a)
        k11 = volume * (second * ia * ia + first * (2.0 + 6.0 * product * b / a))
        k22 = volume * (second * ib * ib + first * (2.0 + 6.0 * product * a / b))
        k12 = volume * (second * ia * ib + first * 4.0 * product)
        shear = 2.0 * volume * first * (1.0 + product)
        flip = 2.0 * volume * first * (1.0 - product)
        o1 = 2.0 * volume * first * (1.0 - product * b / a)
        o2 = 2.0 * volume * first * (1.0 - product * a / b)
        if projected:
            flip, o1, o2 = max(flip, 0.0), max(o1, 0.0), max(o2, 0.0)
        plus, minus = 0.5 * (shear + flip), 0.5 * (shear - flip)
        gv[1, 0], gv[1, 1] = g10 * v10 + g11 * v11, g11 * v10 - g10 * v11
        gv[2, 0], gv[2, 1] = g20 * v10 + g21 * v11, g21 * v10 - g20 * v11
        gv[0, 0], gv[0, 1] = -gv[1, 0] - gv[2, 0], -gv[1, 1] - gv[2, 1]
        # Column j of the pressure's tangent is the cross product with k[j]; its symmetric part is half a difference.
        k[0, 0], k[0, 1], k[0, 2] = -sixth * (vx - ux), -sixth * (vy - uy), -sixth * (vz - uz)
        k[1, 0], k[1, 1], k[1, 2] = sixth * vx, sixth * vy, sixth * vz
        k[2, 0], k[2, 1], k[2, 2] = -sixth * ux, -sixth * uy, -sixth * uz
        # The fibre in the principal basis.
        fa, fb = p * v10 + q * v11, q * v10 - p * v11
        g0, g1, g2 = p * f0 + q * h0, p * f1 + q * h1, p * f2 + q * h2
        for i in range(3):
            r = number[tri[i]]
            if r < 0:
                continue
            for j in range(i + 1):
                s = number[tri[j]]
                if s < 0:
                    continue
                ii, ij, ji, jj = gv[i, 0] * gv[j, 0], gv[i, 0] * gv[j, 1], gv[i, 1] * gv[j, 0], gv[i, 1] * gv[j, 1]
                t11 = k11 * ii + plus * jj
                t22 = k22 * jj + plus * ii
                t12 = k12 * ij + minus * ji
                t21 = k12 * ji + minus * ij
                t33 = o1 * ii + o2 * jj
                r0, r1, r2 = t11 * e0 + t21 * q0, t11 * e1 + t21 * q1, t11 * e2 + t21 * q2
                s0, s1, s2 = t12 * e0 + t22 * q0, t12 * e1 + t22 * q1, t12 * e2 + t22 * q2
                z0, z1, z2 = t33 * m0, t33 * m1, t33 * m2
                block[0, 0] = r0 * e0 + s0 * q0 + z0 * m0
                block[0, 1] = r0 * e1 + s0 * q1 + z0 * m1
                block[0, 2] = r0 * e2 + s0 * q2 + z0 * m2
                block[1, 0] = r1 * e0 + s1 * q0 + z1 * m0
                block[1, 1] = r1 * e1 + s1 * q1 + z1 * m1
                block[1, 2] = r1 * e2 + s1 * q2 + z1 * m2
                block[2, 0] = r2 * e0 + s2 * q0 + z2 * m0
                block[2, 1] = r2 * e1 + s2 * q1 + z2 * m1
                block[2, 2] = r2 * e2 + s2 * q2 + z2 * m2
                if more > 0.0:
                    ends = (fa * gv[i, 0] + fb * gv[i, 1]) * (fa * gv[j, 0] + fb * gv[j, 1])
                    steep = 4.0 * volume * second4 * ends
                    block[0, 0] += steep * g0 * g0 + more * ends
                    block[0, 1] += steep * g0 * g1
                    block[0, 2] += steep * g0 * g2
                    block[1, 0] += steep * g1 * g0
                    block[1, 1] += steep * g1 * g1 + more * ends
                    block[1, 2] += steep * g1 * g2
                    block[2, 0] += steep * g2 * g0
                    block[2, 1] += steep * g2 * g1
                    block[2, 2] += steep * g2 * g2 + more * ends
                if i != j:
                    w0, w1, w2 = 0.5 * (k[j, 0] - k[i, 0]), 0.5 * (k[j, 1] - k[i, 1]), 0.5 * (k[j, 2] - k[i, 2])
                    block[0, 1] -= w2
                    block[0, 2] += w1
                    block[1, 0] += w2
                    block[1, 2] -= w0
                    block[2, 0] -= w1
                    block[2, 1] += w0
                add_to_band(band, r, s, block)
    return total

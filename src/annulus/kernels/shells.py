"""Thin shell of an incompressible sheet in plane stress: two layers, stretched and bent together.

In a triangle C is the metric of the middle and K = sum over edges of s G (x) G its change across the thickness: G is
the rest gradient of the corner opposite and s = 2 A (bend of the hinge, less that at rest). The layers at
z = -+ h / sqrt(12) have the metric C - 2 z K + z^2 K C^-1 K, exact for a sheet whose normals stay straight and upright
[Kirchhoff and Love]; their energies are those of a membrane. ``docs/closure_theory.md`` derives it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray, IntArray
from annulus.kernels.envelope import Envelope, add_block
from annulus.kernels.hinges import add_hinge_curvature, hinge_bends
from annulus.kernels.tissue import LeeSacks, fibre_law, lee_sacks

__all__ = ["Shell", "shell_energy", "shell_terms"]

_FLAT = 1.0e-12
"""Least square of a layer's area over that at rest [1]."""


class Shell(NamedTuple):
    """Triangles (m, 3); `inverse` (m, 2, 2), the rest shape's edges inverted: F = [d1 d2] inverse; `volume` (m,) [mm3];
    `fibre` (m, 2), unit direction in the rest shape's basis; `twice_area` (m,) at rest [mm2] and the layers' distance
    from the middle `lever` (m,) [mm]; `sides` (m, 3), the hinge opposite each corner or -1; `hinges` (e, 4), an edge's
    ends and the vertices opposite; their bend at rest `rest` (e,) [rad/mm].
    """

    triangles: IntArray
    inverse: FloatArray
    volume: FloatArray
    fibre: FloatArray
    twice_area: FloatArray
    lever: FloatArray
    sides: IntArray
    hinges: IntArray
    rest: FloatArray


@kernel
def _middle(
    shell: Shell, t: int, x: FloatArray, bend: FloatArray, g: FloatArray, f: FloatArray, c: FloatArray, k: FloatArray
) -> None:
    """Write gradients of the corners g (3, 2), F (3, 2), C (3,) and K (3,) of a triangle, both as 11, 12, 22."""
    i, j, o = shell.triangles[t, 0], shell.triangles[t, 1], shell.triangles[t, 2]
    for b in range(2):
        g[1, b], g[2, b] = shell.inverse[t, 0, b], shell.inverse[t, 1, b]
        g[0, b] = -g[1, b] - g[2, b]
    c[:] = 0.0
    k[:] = 0.0
    for d in range(3):
        u, v = x[j, d] - x[i, d], x[o, d] - x[i, d]
        f[d, 0], f[d, 1] = u * g[1, 0] + v * g[2, 0], u * g[1, 1] + v * g[2, 1]
        c[0] += f[d, 0] * f[d, 0]
        c[1] += f[d, 0] * f[d, 1]
        c[2] += f[d, 1] * f[d, 1]
    for e in range(3):
        h = shell.sides[t, e]
        if h >= 0:
            s = shell.twice_area[t] * (bend[h] - shell.rest[h])
            k[0] += s * g[e, 0] * g[e, 0]
            k[1] += s * g[e, 0] * g[e, 1]
            k[2] += s * g[e, 1] * g[e, 1]


@kernel
def shell_energy(shell: Shell, law: LeeSacks, x: FloatArray) -> float:
    """Elastic energy [N mm] at x (n, 3); infinite where a triangle has no area or a layer turns inside out."""
    bend = np.empty(shell.hinges.shape[0])
    hinge_bends(shell.hinges, x, bend, np.empty((0, 4, 3)))
    total = 0.0
    g, f, c, k = np.empty((3, 2)), np.empty((3, 2)), np.empty(3), np.empty(3)
    for t in range(shell.triangles.shape[0]):
        _middle(shell, t, x, bend, g, f, c, k)
        det = c[0] * c[2] - c[1] * c[1]
        if not det > _FLAT:
            return np.inf
        # Sum and product of the principal curvatures.
        both, product = (c[2] * k[0] - 2.0 * c[1] * k[1] + c[0] * k[2]) / det, (k[0] * k[2] - k[1] * k[1]) / det
        p, q = shell.fibre[t, 0], shell.fibre[t, 1]
        for side in (-1.0, 1.0):
            z = side * shell.lever[t]
            if not (1.0 - z * both + z * z * product > 0.0 and 2.0 - z * both > 0.0):
                return np.inf
            # K C^-1 K = (sum) K - (product) C.
            u, v = 1.0 - z * z * product, z * z * both - 2.0 * z
            m11, m12, m22 = u * c[0] + v * k[0], u * c[1] + v * k[1], u * c[2] + v * k[2]
            det = m11 * m22 - m12 * m12
            if not det > _FLAT:
                return np.inf
            energy, _, _ = lee_sacks(law, m11 + m22 + 1.0 / det - 3.0)
            if law.share < 1.0:
                more, _, _ = fibre_law(law, p * p * m11 + 2.0 * p * q * m12 + q * q * m22 - 1.0)
                energy += more
            total += 0.5 * shell.volume[t] * energy
    return total


@kernel
def _layer(
    law: LeeSacks, m11: float, m12: float, m22: float, p: float, q: float, slope: FloatArray, curve: FloatArray
) -> float:
    """Energy density of a layer's metric; its derivatives by 11, 12 and 22 to `slope` (3,) and `curve` (3, 3)."""
    det = m11 * m22 - m12 * m12
    w = 1.0 / (det * det)
    energy, first, second = lee_sacks(law, m11 + m22 + 1.0 / det - 3.0)
    i1, i2, i3 = 1.0 - m22 * w, 2.0 * m12 * w, 1.0 - m11 * w
    slope[0], slope[1], slope[2] = first * i1, first * i2, first * i3
    cube = 2.0 * first * w / det
    curve[0, 0] = second * i1 * i1 + cube * m22 * m22
    curve[0, 1] = second * i1 * i2 - 2.0 * cube * m12 * m22
    curve[0, 2] = second * i1 * i3 + cube * m11 * m22 - first * w
    curve[1, 1] = second * i2 * i2 + 4.0 * cube * m12 * m12 + 2.0 * first * w
    curve[1, 2] = second * i2 * i3 - 2.0 * cube * m12 * m11
    curve[2, 2] = second * i3 * i3 + cube * m11 * m11
    if law.share < 1.0:
        more, first, second = fibre_law(law, p * p * m11 + 2.0 * p * q * m12 + q * q * m22 - 1.0)
        energy += more
        i1, i2, i3 = p * p, 2.0 * p * q, q * q
        slope[0] += first * i1
        slope[1] += first * i2
        slope[2] += first * i3
        curve[0, 0] += second * i1 * i1
        curve[0, 1] += second * i1 * i2
        curve[0, 2] += second * i1 * i3
        curve[1, 1] += second * i2 * i2
        curve[1, 2] += second * i2 * i3
        curve[2, 2] += second * i3 * i3
    curve[1, 0], curve[2, 0], curve[2, 1] = curve[0, 1], curve[0, 2], curve[1, 2]
    return energy


@kernel
def _positive(s11: float, s12: float, s22: float) -> tuple[float, float, float]:
    """The part of a symmetric 2 x 2 matrix that is never negative."""
    mean, half = 0.5 * (s11 + s22), 0.5 * (s11 - s22)
    radius = np.sqrt(half * half + s12 * s12)
    if mean >= radius:
        return s11, s12, s22
    if mean + radius <= 0.0:
        return 0.0, 0.0, 0.0
    ratio = 0.5 * (mean + radius) / radius
    return ratio * (radius + half), ratio * s12, ratio * (radius - half)


@kernel
def _layers(
    law: LeeSacks,
    lever: float,
    c: FloatArray,
    k: FloatArray,
    p: float,
    q: float,
    with_tangent: bool,
    projected: bool,
    stress: FloatArray,
    tangent: FloatArray,
) -> float:
    """Mean energy density of both layers; derivatives by (C, K) to `stress` (6,) and the lower half of `tangent`."""
    slope, curve = np.empty(3), np.empty((3, 3))
    chain, carried = np.empty((3, 6)), np.empty((3, 6))
    change, weight, weighted = np.zeros((4, 6)), np.empty((4, 4)), np.empty((4, 6))
    stress[:] = 0.0
    tangent[:] = 0.0
    total = 0.0
    det = c[0] * c[2] - c[1] * c[1]
    # The inverse of C, and the shape operator C^-1 K by rows.
    v11, v12, v22 = c[2] / det, -c[1] / det, c[0] / det
    a, b = v11 * k[0] + v12 * k[1], v11 * k[1] + v12 * k[2]
    e, f = v12 * k[0] + v22 * k[1], v12 * k[1] + v22 * k[2]
    both, product = a + f, a * f - b * e
    # Y = dK - dC C^-1 K, by rows, in the changes of (C, K).
    change[0, 0], change[0, 1], change[0, 3] = -a, -e, 1.0
    change[1, 0], change[1, 1], change[1, 4] = -b, -f, 1.0
    change[2, 1], change[2, 2], change[2, 4] = -a, -e, 1.0
    change[3, 1], change[3, 2], change[3, 5] = -b, -f, 1.0
    for side in (-1.0, 1.0):
        z = side * lever
        zz = z * z
        u, v = 1.0 - zz * product, zz * both - 2.0 * z
        m11, m12, m22 = u * c[0] + v * k[0], u * c[1] + v * k[1], u * c[2] + v * k[2]
        total += 0.5 * _layer(law, m11, m12, m22, p, q, slope, curve)
        # The layer's metric by C and by K.
        chain[0, 0], chain[0, 1], chain[0, 2] = 1.0 - zz * a * a, -2.0 * zz * a * e, -zz * e * e
        chain[1, 0], chain[1, 1], chain[1, 2] = -zz * a * b, 1.0 - zz * (a * f + b * e), -zz * e * f
        chain[2, 0], chain[2, 1], chain[2, 2] = -zz * b * b, -2.0 * zz * b * f, 1.0 - zz * f * f
        chain[0, 3], chain[0, 4], chain[0, 5] = 2.0 * zz * a - 2.0 * z, 2.0 * zz * e, 0.0
        chain[1, 3], chain[1, 4], chain[1, 5] = zz * b, v, zz * e
        chain[2, 3], chain[2, 4], chain[2, 5] = 0.0, 2.0 * zz * b, 2.0 * zz * f - 2.0 * z
        for r in range(6):
            stress[r] += 0.5 * (slope[0] * chain[0, r] + slope[1] * chain[1, r] + slope[2] * chain[2, r])
        if not with_tangent:
            continue
        for r in range(3):
            for s in range(6):
                carried[r, s] = 0.5 * (
                    curve[r, 0] * chain[0, s] + curve[r, 1] * chain[1, s] + curve[r, 2] * chain[2, s]
                )
        # Second derivative of K C^-1 K: 2 Y^T C^-1 Y.
        s11, s12, s22 = slope[0], 0.5 * slope[1], slope[2]
        if projected:
            s11, s12, s22 = _positive(s11, s12, s22)
        weight[0, 0], weight[0, 1], weight[1, 0], weight[1, 1] = v11 * s11, v11 * s12, v11 * s12, v11 * s22
        weight[2, 2], weight[2, 3], weight[3, 2], weight[3, 3] = v22 * s11, v22 * s12, v22 * s12, v22 * s22
        weight[0, 2], weight[0, 3], weight[1, 2], weight[1, 3] = v12 * s11, v12 * s12, v12 * s12, v12 * s22
        weight[2, 0], weight[3, 0], weight[2, 1], weight[3, 1] = v12 * s11, v12 * s12, v12 * s12, v12 * s22
        for r in range(4):
            for s in range(6):
                weighted[r, s] = zz * (
                    weight[r, 0] * change[0, s]
                    + weight[r, 1] * change[1, s]
                    + weight[r, 2] * change[2, s]
                    + weight[r, 3] * change[3, s]
                )
        for r in range(6):
            for s in range(r + 1):
                tangent[r, s] += (
                    chain[0, r] * carried[0, s]
                    + chain[1, r] * carried[1, s]
                    + chain[2, r] * carried[2, s]
                    + change[0, r] * weighted[0, s]
                    + change[1, r] * weighted[1, s]
                    + change[2, r] * weighted[2, s]
                    + change[3, r] * weighted[3, s]
                )
    return total


@kernel
def _by_edges(tangent: FloatArray, gg: FloatArray, out: FloatArray) -> None:
    """Tangent by (C, K), lower half, as one by (C, s) with K = sum of s gg: `gg` (3, 3), out (6, 6)."""
    for r in range(3):
        for s in range(r + 1):
            out[r, s] = tangent[r, s]
            out[s, r] = tangent[r, s]
    for e in range(3):
        for r in range(3):
            share = tangent[3, r] * gg[e, 0] + tangent[4, r] * gg[e, 1] + tangent[5, r] * gg[e, 2]
            out[r, 3 + e] = share
            out[3 + e, r] = share
        b0 = tangent[3, 3] * gg[e, 0] + tangent[4, 3] * gg[e, 1] + tangent[5, 3] * gg[e, 2]
        b1 = tangent[4, 3] * gg[e, 0] + tangent[4, 4] * gg[e, 1] + tangent[5, 4] * gg[e, 2]
        b2 = tangent[5, 3] * gg[e, 0] + tangent[5, 4] * gg[e, 1] + tangent[5, 5] * gg[e, 2]
        for o in range(3):
            out[3 + e, 3 + o] = b0 * gg[o, 0] + b1 * gg[o, 1] + b2 * gg[o, 2]


@kernel
def shell_terms(
    shell: Shell, law: LeeSacks, x: FloatArray, number: IntArray, force: FloatArray, matrix: Envelope, projected: bool
) -> float:
    """Add elastic forces to `force` (n, 3), their tangent to `matrix`; return the energy [N mm].

    `projected` keeps the tangent positive: stress counts on the metric's second derivatives as far as it pulls, and
    moments on those of the hinges' angles not at all. `number` (n,) is a vertex's place among the unknowns, -1 for one
    that does not move. A matrix without entries asks for forces only.
    """
    n_hinges = shell.hinges.shape[0]
    bend, slope, moment = np.empty(n_hinges), np.empty((n_hinges, 4, 3)), np.zeros(n_hinges)
    hinge_bends(shell.hinges, x, bend, slope)
    with_tangent = matrix.data.shape[0] > 0
    total = 0.0
    g, f, c, k = np.empty((3, 2)), np.empty((3, 2)), np.empty(3), np.empty(3)
    gg, stress, by_curvature, by_edges = np.empty((3, 3)), np.empty(6), np.empty((6, 6)), np.empty((6, 6))
    # Of (C, s), the metric and the three edges, by the places of the corners and of the vertices opposite.
    rates, carried, block = np.zeros((6, 18)), np.empty((6, 18)), np.empty((3, 3))
    whole = np.empty((18, 18))
    place = np.empty(6, dtype=np.int64)
    for t in range(shell.triangles.shape[0]):
        corners = shell.triangles[t]
        volume, scale = shell.volume[t], shell.twice_area[t]
        _middle(shell, t, x, bend, g, f, c, k)
        for e in range(3):
            gg[e, 0], gg[e, 1], gg[e, 2] = g[e, 0] * g[e, 0], g[e, 0] * g[e, 1], g[e, 1] * g[e, 1]
        p, q = shell.fibre[t, 0], shell.fibre[t, 1]
        total += volume * _layers(law, shell.lever[t], c, k, p, q, with_tangent, projected, stress, by_curvature)
        for d in range(3):
            along = volume * (2.0 * stress[0] * f[d, 0] + stress[1] * f[d, 1])
            across = volume * (2.0 * stress[2] * f[d, 1] + stress[1] * f[d, 0])
            for r in range(3):
                force[corners[r], d] += along * g[r, 0] + across * g[r, 1]
        rates[:] = 0.0
        for r in range(3):
            place[r] = number[corners[r]]
            for d in range(3):
                rates[0, 3 * r + d] = 2.0 * f[d, 0] * g[r, 0]
                rates[1, 3 * r + d] = f[d, 0] * g[r, 1] + f[d, 1] * g[r, 0]
                rates[2, 3 * r + d] = 2.0 * f[d, 1] * g[r, 1]
        for e in range(3):
            h = shell.sides[t, e]
            place[3 + e] = -1
            if h < 0:
                continue
            push = volume * scale * (stress[3] * gg[e, 0] + stress[4] * gg[e, 1] + stress[5] * gg[e, 2])
            moment[h] += push
            own = shell.hinges[h, 2] == corners[e]
            # Where the hinge's four vertices stand among the triangle's six.
            after, before = (e + 1) % 3, (e + 2) % 3
            first = after if shell.hinges[h, 0] == corners[after] else before
            place[3 + e] = number[shell.hinges[h, 3 if own else 2]]
            for r in range(4):
                if r < 2:
                    column = first if r == 0 else after + before - first
                else:
                    column = e if own == (r == 2) else 3 + e
                for d in range(3):
                    force[shell.hinges[h, r], d] += push * slope[h, r, d]
                    rates[3 + e, 3 * column + d] = scale * slope[h, r, d]
        if not with_tangent:
            continue
        _by_edges(by_curvature, gg, by_edges)
        for r in range(6):
            carried[r, :] = 0.0
            for s in range(6):
                share = volume * by_edges[r, s]
                for d in range(18):
                    carried[r, d] += share * rates[s, d]
        for r in range(18):
            whole[r, :] = 0.0
            for s in range(6):
                share = rates[s, r]
                if share != 0.0:
                    for d in range(18):
                        whole[r, d] += share * carried[s, d]
        s11, s12, s22 = stress[0], 0.5 * stress[1], stress[2]
        if projected:
            s11, s12, s22 = _positive(s11, s12, s22)
        for r in range(6):
            if place[r] < 0:
                continue
            for s in range(r + 1):
                if place[s] < 0:
                    continue
                for d in range(3):
                    for e in range(3):
                        block[d, e] = whole[3 * r + d, 3 * s + e]
                if r < 3:
                    mixed = g[r, 0] * g[s, 1] + g[r, 1] * g[s, 0]
                    pull = 2.0 * volume * (s11 * g[r, 0] * g[s, 0] + s12 * mixed + s22 * g[r, 1] * g[s, 1])
                    for d in range(3):
                        block[d, d] += pull
                add_block(matrix, place[r], place[s], block)
    if with_tangent and not projected:
        add_hinge_curvature(shell.hinges, x, moment, bend, slope, number, matrix)
    return total

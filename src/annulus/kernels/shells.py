"""Thin shell of an incompressible sheet in plane stress: two layers, stretched and bent together.

In a triangle C is the metric of the middle and K = sum over edges of s G (x) G its change across the thickness: G is
the rest gradient of the corner opposite and s = 2 A (bend of the edge, less that at rest). The layers at
z = -+ h / sqrt(12) have the metric C - 2 z K + z^2 K C^-1 K, exact for a sheet whose normals stay straight and upright
[Kirchhoff and Love]; their energies are those of a membrane. ``docs/closure_theory.md`` derives it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from annulus._jit import inlined, kernel
from annulus._typing import FloatArray, IntArray
from annulus.kernels.edges import add_edge_curvature, edge_bends
from annulus.kernels.envelope import Envelope, add_block
from annulus.kernels.laws import LeeSacks
from annulus.kernels.layers import Sextet, Triple, layers_energy, layers_terms, positive_part

__all__ = ["Shell", "shell_energy", "shell_terms"]


class Shell(NamedTuple):
    """Triangles (m, 3); `inverse` (m, 2, 2), the rest shape's edges inverted: F = [d1 d2] inverse; `volume` (m,) [mm3];
    `fibre` (m, 2), unit direction in the rest shape's basis; `twice_area` (m,) at rest [mm2] and the layers' distance
    from the middle `lever` (m,) [mm]; `sides` (m, 3), the edge opposite each corner or -1; `edges` (e, 4) between two
    triangles, their ends and the vertices opposite; their bend at rest `rest` (e,) [rad/mm].
    """

    triangles: IntArray
    inverse: FloatArray
    volume: FloatArray
    fibre: FloatArray
    twice_area: FloatArray
    lever: FloatArray
    sides: IntArray
    edges: IntArray
    rest: FloatArray


@kernel
def _bent(bend: FloatArray, rest: FloatArray, edge: int) -> float:
    """Bend of an edge over that at rest [rad/mm], 0 where there is none."""
    return bend[edge] - rest[edge] if edge >= 0 else 0.0


@kernel
def _metric(f: Sextet) -> Triple:
    return (
        f[0] * f[0] + f[2] * f[2] + f[4] * f[4],
        f[0] * f[1] + f[2] * f[3] + f[4] * f[5],
        f[1] * f[1] + f[3] * f[3] + f[5] * f[5],
    )


@inlined
def _middle(shell: Shell, t: int, x: FloatArray, bend: FloatArray) -> tuple[Sextet, Triple, Triple]:
    """F (3, 2) of a triangle by rows, C and K."""
    i, j, o = shell.triangles[t, 0], shell.triangles[t, 1], shell.triangles[t, 2]
    # Gradients of the second and the third corner; the first one's is minus their sum.
    a, b, c, d = shell.inverse[t, 0, 0], shell.inverse[t, 0, 1], shell.inverse[t, 1, 0], shell.inverse[t, 1, 1]
    e, f = a + c, b + d
    u0, u1, u2 = x[j, 0] - x[i, 0], x[j, 1] - x[i, 1], x[j, 2] - x[i, 2]
    v0, v1, v2 = x[o, 0] - x[i, 0], x[o, 1] - x[i, 1], x[o, 2] - x[i, 2]
    stretch = u0 * a + v0 * c, u0 * b + v0 * d, u1 * a + v1 * c, u1 * b + v1 * d, u2 * a + v2 * c, u2 * b + v2 * d
    s0 = shell.twice_area[t] * _bent(bend, shell.rest, shell.sides[t, 0])
    s1 = shell.twice_area[t] * _bent(bend, shell.rest, shell.sides[t, 1])
    s2 = shell.twice_area[t] * _bent(bend, shell.rest, shell.sides[t, 2])
    curvature = (
        s0 * e * e + s1 * a * a + s2 * c * c,
        s0 * e * f + s1 * a * b + s2 * c * d,
        s0 * f * f + s1 * b * b + s2 * d * d,
    )
    return stretch, _metric(stretch), curvature


@kernel
def shell_energy(shell: Shell, law: LeeSacks, x: FloatArray) -> float:
    """Elastic energy [N mm] at x (n, 3); infinite where a triangle has no area or a layer turns inside out."""
    bend = np.empty(shell.edges.shape[0])
    edge_bends(shell.edges, x, bend, np.empty((0, 4, 3)))
    total = 0.0
    for t in range(shell.triangles.shape[0]):
        _, c, k = _middle(shell, t, x, bend)
        total += shell.volume[t] * layers_energy(law, c, k, shell.fibre[t, 0], shell.fibre[t, 1], shell.lever[t])
    return total


@inlined
def _by_edges(tangent: FloatArray, gg: FloatArray, volume: float, out: FloatArray) -> None:
    """Tangent by (C, K), lower half, as one by (C, s) with K = sum of s gg (3, 3), times the volume; out (6, 6)."""
    for r in range(3):
        for s in range(r + 1):
            out[r, s] = volume * tangent[r, s]
            out[s, r] = out[r, s]
    for e in range(3):
        g0, g1, g2 = volume * gg[e, 0], volume * gg[e, 1], volume * gg[e, 2]
        for r in range(3):
            out[3 + e, r] = tangent[3, r] * g0 + tangent[4, r] * g1 + tangent[5, r] * g2
            out[r, 3 + e] = out[3 + e, r]
        b0 = tangent[3, 3] * g0 + tangent[4, 3] * g1 + tangent[5, 3] * g2
        b1 = tangent[4, 3] * g0 + tangent[4, 4] * g1 + tangent[5, 4] * g2
        b2 = tangent[5, 3] * g0 + tangent[5, 4] * g1 + tangent[5, 5] * g2
        for o in range(3):
            out[3 + e, 3 + o] = b0 * gg[o, 0] + b1 * gg[o, 1] + b2 * gg[o, 2]


@inlined
def _add_blocks(
    tangent: FloatArray,
    near: FloatArray,
    far: FloatArray,
    pull: FloatArray,
    place: IntArray,
    carried: FloatArray,
    block: FloatArray,
    matrix: Envelope,
) -> None:
    """Add a triangle's tangent to the matrix: `tangent` (6, 6) by (C, s), `near` (6, 9) and `far` (3, 3) their rates,
    `pull` (3, 3) between corners; `place` (6,) of the corners and those opposite; `carried` (6, 9), `block` scratch.
    """
    for r in range(6):
        w0, w1, w2 = tangent[r, 0], tangent[r, 1], tangent[r, 2]
        w3, w4, w5 = tangent[r, 3], tangent[r, 4], tangent[r, 5]
        for s in range(9):
            metric = w0 * near[0, s] + w1 * near[1, s] + w2 * near[2, s]
            carried[r, s] = metric + w3 * near[3, s] + w4 * near[4, s] + w5 * near[5, s]
    for r in range(3):
        if place[r] < 0:
            continue
        for s in range(r + 1):
            if place[s] < 0:
                continue
            for c in range(3):
                for d in range(3):
                    value = pull[r, s] if c == d else 0.0
                    for e in range(6):
                        value += near[e, 3 * r + c] * carried[e, 3 * s + d]
                    block[c, d] = value
            add_block(matrix, place[r], place[s], block)
    for e in range(3):
        if place[3 + e] < 0:
            continue
        for s in range(3):
            if place[s] >= 0:
                for c in range(3):
                    for d in range(3):
                        block[c, d] = far[e, c] * carried[3 + e, 3 * s + d]
                add_block(matrix, place[3 + e], place[s], block)
        for s in range(e + 1):
            if place[3 + s] >= 0:
                share = tangent[3 + e, 3 + s]
                for c in range(3):
                    for d in range(3):
                        block[c, d] = share * far[e, c] * far[s, d]
                add_block(matrix, place[3 + e], place[3 + s], block)


@kernel
def shell_terms(
    shell: Shell, law: LeeSacks, x: FloatArray, number: IntArray, force: FloatArray, matrix: Envelope, projected: bool
) -> float:
    """Add elastic forces to `force` (n, 3), their tangent to `matrix`; return the energy [N mm].

    `projected` keeps the tangent positive: stress counts on the metric's second derivatives as far as it pulls, and
    moments on those of the edges' angles not at all. `number` (n,) is a vertex's place among the unknowns, -1 for one
    that does not move. A matrix without entries asks for forces only.
    """
    n_edges = shell.edges.shape[0]
    bend, slope, moment = np.empty(n_edges), np.empty((n_edges, 4, 3)), np.zeros(n_edges)
    edge_bends(shell.edges, x, bend, slope)
    with_tangent = matrix.data.shape[0] > 0
    total = 0.0
    g, f, gg = np.empty((3, 2)), np.empty((3, 2)), np.empty((3, 3))
    scratch, by_edges = np.zeros((11, 6)), np.empty((6, 6))
    by_curvature = np.empty((6 if with_tangent else 0, 6))
    # Of (C, s), the metric and the three edges: by the places of the corners, and of s by those opposite.
    near, far, carried = np.empty((6, 9)), np.empty((3, 3)), np.empty((6, 9))
    pull, block, place = np.empty((3, 3)), np.empty((3, 3)), np.empty(6, dtype=np.int64)
    for t in range(shell.triangles.shape[0]):
        volume, scale = shell.volume[t], shell.twice_area[t]
        i, j, o = shell.triangles[t, 0], shell.triangles[t, 1], shell.triangles[t, 2]
        a, b, c, d = shell.inverse[t, 0, 0], shell.inverse[t, 0, 1], shell.inverse[t, 1, 0], shell.inverse[t, 1, 1]
        stretch, metric, curvature = _middle(shell, t, x, bend)
        p, q = shell.fibre[t, 0], shell.fibre[t, 1]
        energy, stress = layers_terms(law, metric, curvature, p, q, shell.lever[t], projected, scratch, by_curvature)
        total += volume * energy
        n11, n12, n22, m11, m12, m22 = stress
        g[0, 0], g[0, 1], g[1, 0], g[1, 1], g[2, 0], g[2, 1] = -a - c, -b - d, a, b, c, d
        f[0, 0], f[0, 1], f[1, 0], f[1, 1], f[2, 0], f[2, 1] = stretch
        for k in range(3):
            along = volume * (2.0 * n11 * f[k, 0] + n12 * f[k, 1])
            across = volume * (2.0 * n22 * f[k, 1] + n12 * f[k, 0])
            first, second = along * a + across * b, along * c + across * d
            force[i, k] -= first + second
            force[j, k] += first
            force[o, k] += second
        for e in range(3):
            gg[e, 0], gg[e, 1], gg[e, 2] = g[e, 0] * g[e, 0], g[e, 0] * g[e, 1], g[e, 1] * g[e, 1]
            h = shell.sides[t, e]
            if h >= 0:
                moment[h] += volume * scale * (m11 * gg[e, 0] + m12 * gg[e, 1] + m22 * gg[e, 2])
        if not with_tangent:
            continue
        pulling = n11, 0.5 * n12, n22
        if projected:
            pulling = positive_part(pulling)
        _by_edges(by_curvature, gg, volume, by_edges)
        near[3:] = 0.0
        for r in range(3):
            place[r] = number[shell.triangles[t, r]]
            for k in range(3):
                near[0, 3 * r + k] = 2.0 * f[k, 0] * g[r, 0]
                near[1, 3 * r + k] = f[k, 0] * g[r, 1] + f[k, 1] * g[r, 0]
                near[2, 3 * r + k] = 2.0 * f[k, 1] * g[r, 1]
        for e in range(3):
            h = shell.sides[t, e]
            place[3 + e] = -1
            if h < 0:
                continue
            own = 2 if shell.edges[h, 2] == shell.triangles[t, e] else 3
            place[3 + e] = number[shell.edges[h, 5 - own]]
            after, before = (e + 1) % 3, (e + 2) % 3
            if shell.edges[h, 0] != shell.triangles[t, after]:
                after, before = before, after
            for k in range(3):
                near[3 + e, 3 * after + k] = scale * slope[h, 0, k]
                near[3 + e, 3 * before + k] = scale * slope[h, 1, k]
                near[3 + e, 3 * e + k] = scale * slope[h, own, k]
                far[e, k] = scale * slope[h, 5 - own, k]
        for r in range(3):
            for s in range(r + 1):
                mixed = g[r, 0] * g[s, 1] + g[r, 1] * g[s, 0]
                pull[r, s] = pulling[0] * g[r, 0] * g[s, 0] + pulling[1] * mixed + pulling[2] * g[r, 1] * g[s, 1]
                pull[r, s] *= 2.0 * volume
        _add_blocks(by_edges, near, far, pull, place, carried, block, matrix)
    for h in range(n_edges):
        for r in range(4):
            for k in range(3):
                force[shell.edges[h, r], k] += moment[h] * slope[h, r, k]
    if with_tangent and not projected:
        add_edge_curvature(shell.edges, x, moment, bend, slope, number, matrix)
    return total

"""Two layers of a thin shell: energy density, its derivatives by the middle's metric and curvature.

A symmetric 2 x 2 matrix is a triple: 11, 12, 22. The layers at z = -+ `lever` have the metric C - 2 z K + z^2 K C^-1 K;
``docs/closure_theory.md`` derives what follows from it.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from annulus._jit import inlined, kernel
from annulus._typing import FloatArray
from annulus.kernels.laws import LeeSacks, fibre_law, lee_sacks

__all__ = ["Sextet", "Triple", "layers_energy", "layers_terms", "positive_part"]

Triple: TypeAlias = tuple[float, float, float]
Quartet: TypeAlias = tuple[float, float, float, float]
Sextet: TypeAlias = tuple[float, float, float, float, float, float]

_FLAT = 1.0e-12
"""Least square of a layer's area over that at rest [1]."""


@kernel
def _shape(c: Triple, k: Triple) -> tuple[Triple, Quartet]:
    """Inverse of C, and the shape operator C^-1 K by rows."""
    det = c[0] * c[2] - c[1] * c[1]
    v11, v12, v22 = c[2] / det, -c[1] / det, c[0] / det
    return (v11, v12, v22), (
        v11 * k[0] + v12 * k[1],
        v11 * k[1] + v12 * k[2],
        v12 * k[0] + v22 * k[1],
        v12 * k[1] + v22 * k[2],
    )


@kernel
def _layer_metric(c: Triple, k: Triple, shape: Quartet, z: float) -> Triple:
    # K C^-1 K = (sum of the principal curvatures) K - (their product) C.
    both, product = shape[0] + shape[3], shape[0] * shape[3] - shape[1] * shape[2]
    u, v = 1.0 - z * z * product, z * z * both - 2.0 * z
    return u * c[0] + v * k[0], u * c[1] + v * k[1], u * c[2] + v * k[2]


@kernel
def layers_energy(law: LeeSacks, c: Triple, k: Triple, p: float, q: float, lever: float) -> float:
    """Mean energy density of both layers [MPa]; infinite where one has no area or turns inside out.

    (p, q) is the fibres' unit direction in the rest shape, `lever` the layers' distance from the middle [mm].
    """
    if not c[0] * c[2] - c[1] * c[1] > _FLAT:
        return np.inf
    _, shape = _shape(c, k)
    both, product = shape[0] + shape[3], shape[0] * shape[3] - shape[1] * shape[2]
    total = 0.0
    for side in (-1.0, 1.0):
        z = side * lever
        if not (1.0 - z * both + z * z * product > 0.0 and 2.0 - z * both > 0.0):
            return np.inf
        m = _layer_metric(c, k, shape, z)
        det = m[0] * m[2] - m[1] * m[1]
        if not det > _FLAT:
            return np.inf
        energy, _, _ = lee_sacks(law, m[0] + m[2] + 1.0 / det - 3.0)
        total += 0.5 * energy
        if law.share < 1.0:
            energy, _, _ = fibre_law(law, p * p * m[0] + 2.0 * p * q * m[1] + q * q * m[2] - 1.0)
            total += 0.5 * energy
    return total


@kernel
def _layer(
    law: LeeSacks, c: Triple, k: Triple, shape: Quartet, p: float, q: float, z: float
) -> tuple[float, Triple, Triple, Sextet, Triple]:
    """Energy density of a layer and its derivatives: by the layer's metric, its own; by I1, by I1 and I4 again; the
    metric; by (C, K).
    """
    m = _layer_metric(c, k, shape, z)
    det = m[0] * m[2] - m[1] * m[1]
    w = 1.0 / (det * det)
    energy, first, second = lee_sacks(law, m[0] + m[2] + 1.0 / det - 3.0)
    s11, s12, s22, fibres = first * (1.0 - m[2] * w), 2.0 * first * m[1] * w, first * (1.0 - m[0] * w), 0.0
    if law.share < 1.0:
        more, pull, fibres = fibre_law(law, p * p * m[0] + 2.0 * p * q * m[1] + q * q * m[2] - 1.0)
        energy += more
        s11, s12, s22 = s11 + pull * p * p, s12 + 2.0 * pull * p * q, s22 + pull * q * q
    a, b, e, f = shape
    zz = z * z
    by_shape = (
        s11 - zz * (a * a * s11 + a * b * s12 + b * b * s22),
        s12 - zz * (2.0 * a * e * s11 + (a * f + b * e) * s12 + 2.0 * b * f * s22),
        s22 - zz * (e * e * s11 + e * f * s12 + f * f * s22),
        zz * (2.0 * a * s11 + b * s12) - 2.0 * z * s11,
        zz * (2.0 * e * s11 + (a + f) * s12 + 2.0 * b * s22) - 2.0 * z * s12,
        zz * (e * s12 + 2.0 * f * s22) - 2.0 * z * s22,
    )
    return energy, (s11, s12, s22), (first, second, fibres), by_shape, m


@kernel
def _mean(a: Sextet, b: Sextet) -> Sextet:
    return (
        0.5 * (a[0] + b[0]),
        0.5 * (a[1] + b[1]),
        0.5 * (a[2] + b[2]),
        0.5 * (a[3] + b[3]),
        0.5 * (a[4] + b[4]),
        0.5 * (a[5] + b[5]),
    )


@kernel
def positive_part(s: Triple) -> Triple:
    """The part of a symmetric 2 x 2 matrix that is never negative."""
    s11, s12, s22 = s
    mean, half = 0.5 * (s11 + s22), 0.5 * (s11 - s22)
    radius = np.sqrt(half * half + s12 * s12)
    if mean >= radius:
        return s
    if mean + radius <= 0.0:
        return 0.0, 0.0, 0.0
    ratio = 0.5 * (mean + radius) / radius
    return ratio * (radius + half), ratio * s12, ratio * (radius - half)


@inlined
def _add_layer(
    m: Triple,
    law: Triple,
    shape: Quartet,
    p: float,
    q: float,
    z: float,
    chain: FloatArray,
    carried: FloatArray,
    tangent: FloatArray,
) -> None:
    """Add to the lower half of `tangent` (6, 6), by (C, K), what the energy's curvature by the layer's metric gives.

    `law` as in `_layer`; `chain` and `carried` (3, 6) are scratch.
    """
    a, b, e, f = shape
    zz = z * z
    # The layer's metric by C and by K.
    chain[0, 0], chain[0, 1], chain[0, 2] = 1.0 - zz * a * a, -2.0 * zz * a * e, -zz * e * e
    chain[1, 0], chain[1, 1], chain[1, 2] = -zz * a * b, 1.0 - zz * (a * f + b * e), -zz * e * f
    chain[2, 0], chain[2, 1], chain[2, 2] = -zz * b * b, -2.0 * zz * b * f, 1.0 - zz * f * f
    chain[0, 3], chain[0, 4], chain[0, 5] = 2.0 * zz * a - 2.0 * z, 2.0 * zz * e, 0.0
    chain[1, 3], chain[1, 4], chain[1, 5] = zz * b, zz * (a + f) - 2.0 * z, zz * e
    chain[2, 3], chain[2, 4], chain[2, 5] = 0.0, 2.0 * zz * b, 2.0 * zz * f - 2.0 * z
    # Half the energy's curvature by the metric: each layer has half of the volume.
    det = m[0] * m[2] - m[1] * m[1]
    w = 1.0 / (det * det)
    first, second, fibres = 0.5 * law[0], 0.5 * law[1], 0.5 * law[2]
    i1, i2, i3 = 1.0 - m[2] * w, 2.0 * m[1] * w, 1.0 - m[0] * w
    j1, j2, j3 = p * p, 2.0 * p * q, q * q
    cube = 2.0 * first * w / det
    c11 = second * i1 * i1 + fibres * j1 * j1 + cube * m[2] * m[2]
    c12 = second * i1 * i2 + fibres * j1 * j2 - 2.0 * cube * m[1] * m[2]
    c13 = second * i1 * i3 + fibres * j1 * j3 + cube * m[0] * m[2] - first * w
    c22 = second * i2 * i2 + fibres * j2 * j2 + 4.0 * cube * m[1] * m[1] + 2.0 * first * w
    c23 = second * i2 * i3 + fibres * j2 * j3 - 2.0 * cube * m[1] * m[0]
    c33 = second * i3 * i3 + fibres * j3 * j3 + cube * m[0] * m[0]
    for s in range(6):
        u, v, o = chain[0, s], chain[1, s], chain[2, s]
        carried[0, s] = c11 * u + c12 * v + c13 * o
        carried[1, s] = c12 * u + c22 * v + c23 * o
        carried[2, s] = c13 * u + c23 * v + c33 * o
    for r in range(6):
        u, v, o = chain[0, r], chain[1, r], chain[2, r]
        for s in range(r + 1):
            tangent[r, s] += u * carried[0, s] + v * carried[1, s] + o * carried[2, s]


@inlined
def _add_turning(
    inverse: Triple, shape: Quartet, s: Triple, change: FloatArray, weighted: FloatArray, tangent: FloatArray
) -> None:
    """Add Y^T C^-1 Y : S to the lower half of `tangent` (6, 6), Y = dK - dC C^-1 K: half the second derivative of
    K C^-1 K. `change` and `weighted` (4, 6) are scratch; of `change` only what is set here is not nought.
    """
    a, b, e, f = shape
    # Y by rows, in the changes of (C, K).
    change[0, 0], change[0, 1], change[0, 3] = -a, -e, 1.0
    change[1, 0], change[1, 1], change[1, 4] = -b, -f, 1.0
    change[2, 1], change[2, 2], change[2, 4] = -a, -e, 1.0
    change[3, 1], change[3, 2], change[3, 5] = -b, -f, 1.0
    v11, v12, v22 = inverse
    for r in range(6):
        y11, y12, y21, y22 = change[0, r], change[1, r], change[2, r], change[3, r]
        u1, u2 = v11 * y11 + v12 * y21, v11 * y12 + v12 * y22
        o1, o2 = v12 * y11 + v22 * y21, v12 * y12 + v22 * y22
        weighted[0, r], weighted[1, r] = u1 * s[0] + u2 * s[1], u1 * s[1] + u2 * s[2]
        weighted[2, r], weighted[3, r] = o1 * s[0] + o2 * s[1], o1 * s[1] + o2 * s[2]
    for r in range(6):
        y11, y12, y21, y22 = change[0, r], change[1, r], change[2, r], change[3, r]
        for o in range(r + 1):
            tangent[r, o] += y11 * weighted[0, o] + y12 * weighted[1, o] + y21 * weighted[2, o] + y22 * weighted[3, o]


@inlined
def layers_terms(
    law: LeeSacks,
    c: Triple,
    k: Triple,
    p: float,
    q: float,
    lever: float,
    projected: bool,
    scratch: FloatArray,
    tangent: FloatArray,
) -> tuple[float, Sextet]:
    """Mean energy density of both layers, as `layers_energy`, and its derivatives by (C, K).

    The second derivatives go to the lower half of `tangent` (6, 6); one without entries asks for none. `projected`
    keeps them positive: stress counts as far as it pulls. `scratch` (11, 6) is nought at the first call.
    """
    inverse, shape = _shape(c, k)
    lower = _layer(law, c, k, shape, p, q, -lever)
    upper = _layer(law, c, k, shape, p, q, lever)
    if tangent.shape[0] > 0:
        tangent[:] = 0.0
        _add_layer(lower[4], lower[2], shape, p, q, -lever, scratch[:3], scratch[3:6], tangent)
        _add_layer(upper[4], upper[2], shape, p, q, lever, scratch[:3], scratch[3:6], tangent)
        low, high, zz = lower[1], upper[1], lever * lever
        turning = zz * (low[0] + high[0]), 0.5 * zz * (low[1] + high[1]), zz * (low[2] + high[2])
        if projected:
            turning = positive_part(turning)
        _add_turning(inverse, shape, turning, scratch[7:], scratch[3:7], tangent)
    return 0.5 * (lower[0] + upper[0]), _mean(lower[3], upper[3])

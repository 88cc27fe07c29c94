"""Every constitutive law, once: energy, its derivative (force) and the derivative of that (stiffness).

Leaflet tissue (Lee-Sacks), springs and ties, bending about a reference, the support of annulus and vein, the ribbon and
other cables, the artery as a soft tube, the barrier between sheets. Kernels take strain, lengthening or depth from the
geometry and ask here what it costs; a change of a law is a change of this file. Of a rod, `kernels.rods` has curvature
and energy in one: half the square of the curvature's change.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from annulus._jit import inlined, kernel
from annulus._typing import FloatArray

__all__ = [
    "TUBE_HARD",
    "TUBE_KNEE",
    "VEIN_FULL_MMHG",
    "VEIN_STRETCH",
    "CableLaw",
    "LeeSacks",
    "barrier",
    "barrier_stiffness",
    "bend_weights",
    "cable_law",
    "fibre_law",
    "lee_sacks",
    "spring",
    "stiffening",
    "stiffening_coefficient",
    "support_shape",
    "tube",
    "tube_stiffness",
    "vein_stretch",
]

TUBE_KNEE = 0.9
"""Share of the artery's diameter up to which it flattens at the pressure's stiffness [cinch-prototype]."""

TUBE_HARD = 51.0
"""Factor on that stiffness beyond, where the walls meet [cinch-prototype]."""


VEIN_STRETCH = 1.88
"""Diameter of a vein at `VEIN_FULL_MMHG` over that without load: upper end of what pigs' veins show
[cs-inflation-pmc3651900]."""

VEIN_FULL_MMHG = 80.0
"""Pressure of that [mmHg]; beyond it the wall's collagen is straight, and the vein widens no further (assumed)."""


class LeeSacks(NamedTuple):
    """W = c0 / 2 (I1 - 3) + c1 / 2 (w exp(c2 (I1 - 3)^2) + (1 - w) exp(c3 (I4 - 1)^2) - 1) [MPa].

    Of an incompressible sheet in plane stress, I1 = tr C + 1 / det C; I4 is the squared stretch of a fibre that bears
    no compression; beyond exponent `cap` the slope of W goes on as a straight line.
    """

    c0: float
    c1: float
    c2: float
    share: float
    c3: float
    cap: float


class CableLaw(NamedTuple):
    """Constant tension T [N], stiffness k [N/mm] beyond the length L0 [mm]: a pull (k = 0) or a ribbon (T = 0)."""

    tension: float
    stiffness: float
    length: float


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
def fibre_law(law: LeeSacks, s: float) -> tuple[float, float, float]:
    """The same of the fibres at s = I4 - 1; nothing where they are short."""
    if s <= 0.0 or law.share >= 1.0:
        return 0.0, 0.0, 0.0
    return _exponential((1.0 - law.share) * law.c1, law.c3, law.cap, s)


@inlined
def spring(stiffness: float, over: float, pulls_only: bool) -> tuple[float, float, float]:
    """Energy [N mm], force [N] and stiffness [N/mm] of a spring, strap, tie or chorda that is `over` too long [mm]."""
    if pulls_only and over <= 0.0:
        return 0.0, 0.0, 0.0
    return 0.5 * stiffness * over * over, stiffness * over, stiffness


@inlined
def cable_law(law: CableLaw, length: float) -> tuple[float, float, float]:
    """Energy [N mm], tension [N] and stiffness [N/mm] of a cable or ribbon whose path is `length` long [mm]."""
    over = length - law.length
    if over > 0.0:
        energy = law.tension * length + 0.5 * law.stiffness * over * over
        return energy, law.tension + law.stiffness * over, law.stiffness
    return law.tension * length, law.tension, 0.0


@kernel
def bend_weights(left: float, right: float) -> tuple[float, float, float]:
    """Weights of three nodes' displacements in v, the jump of the tangents [1]: bending costs B / (left + right) |v|^2.

    `left` and `right` are the lengths of the two edges [mm], B the bending stiffness [N mm2].
    """
    return 1.0 / left, -1.0 / left - 1.0 / right, 1.0 / right


@kernel
def support_shape(
    normal: FloatArray, tangent: FloatArray, normal_ratio: float, tangential_ratio: float, shape: FloatArray
) -> None:
    """Write Q (3, 3) of a support with the energy k/2 u.Q u + c (u.Q u) |u|^2 of a displacement u.

    Q is one across, `tangential_ratio` along the part of `tangent` (3,) in the annular plane, `normal_ratio` along its
    unit `normal` (3,).
    """
    along = tangent[0] * normal[0] + tangent[1] * normal[1] + tangent[2] * normal[2]
    t0 = tangent[0] - along * normal[0]
    t1 = tangent[1] - along * normal[1]
    t2 = tangent[2] - along * normal[2]
    size = t0 * t0 + t1 * t1 + t2 * t2
    inside = t0, t1, t2
    for r in range(3):
        for c in range(3):
            value = (normal_ratio - 1.0) * normal[r] * normal[c]
            if size > 0.0:
                value += (tangential_ratio - 1.0) * inside[r] * inside[c] / size
            shape[r, c] = value
        shape[r, r] += 1.0


@kernel
def stiffening_coefficient(stiffness: float, length: float) -> float:
    """c of a support of stiffness k whose force is twice that of the linear one at a displacement of `length` [mm]."""
    return stiffness * (0.25 / (length * length))


@inlined
def stiffening(
    c: float, shape: FloatArray, u0: float, u1: float, u2: float
) -> tuple[float, tuple[float, float, float], tuple[float, float, float, float, float, float]]:
    """c (u.Q u) |u|^2 [N mm], its gradient [N] and second derivatives [N/mm]: 11, 22, 33, 12, 13, 23."""
    t0 = shape[0, 0] * u0 + shape[0, 1] * u1 + shape[0, 2] * u2
    t1 = shape[1, 0] * u0 + shape[1, 1] * u1 + shape[1, 2] * u2
    t2 = shape[2, 0] * u0 + shape[2, 1] * u1 + shape[2, 2] * u2
    s = u0 * u0 + u1 * u1 + u2 * u2
    q = u0 * t0 + u1 * t1 + u2 * t2
    twice = 2.0 * c
    return (
        c * q * s,
        (twice * (t0 * s + q * u0), twice * (t1 * s + q * u1), twice * (t2 * s + q * u2)),
        (
            twice * (shape[0, 0] * s + 4.0 * t0 * u0 + q),
            twice * (shape[1, 1] * s + 4.0 * t1 * u1 + q),
            twice * (shape[2, 2] * s + 4.0 * t2 * u2 + q),
            twice * (shape[0, 1] * s + 2.0 * (t0 * u1 + u0 * t1)),
            twice * (shape[0, 2] * s + 2.0 * (t0 * u2 + u0 * t2)),
            twice * (shape[1, 2] * s + 2.0 * (t1 * u2 + u1 * t2)),
        ),
    )


@kernel
def tube_stiffness(pressure: float, length: float) -> float:
    """Force per flattening [N/mm] of `length` mm of vessel under lumen `pressure` [MPa].

    A flattened vessel bears q = p (pi/2) delta per length [cinch-prototype].
    """
    return pressure * 0.5 * np.pi * length


@kernel
def vein_stretch(pressure_mmhg: float) -> float:
    """Diameter of a vein at this pressure over that without load [1].

    The published curve is S-shaped and ends at 1.88 [cs-inflation-pmc3651900]; the S between is a cubic that is level
    at both ends.
    """
    share = min(max(pressure_mmhg / VEIN_FULL_MMHG, 0.0), 1.0)
    return 1.0 + (VEIN_STRETCH - 1.0) * share * share * (3.0 - 2.0 * share)


@inlined
def tube(stiffness: float, knee: float, hard: float, depth: float) -> tuple[float, float, float]:
    """Energy [N mm], force [N] and stiffness [N/mm] of a tube flattened by `depth` [mm]; nothing where it is not.

    `stiffness` up to the depth `knee`, `hard` times as much beyond.
    """
    if depth <= 0.0:
        return 0.0, 0.0, 0.0
    energy, force = 0.5 * stiffness * depth * depth, stiffness * depth
    over = depth - knee
    if over > 0.0:
        extra = stiffness * (hard - 1.0)
        return energy + 0.5 * extra * over * over, force + extra * over, stiffness + extra
    return energy, force, stiffness


@kernel
def barrier(stiffness: float, reach: float, distance: float) -> tuple[float, float, float]:
    """-k (d - r)^2 ln(d / r) / r for d < r: energy per area, its slope (minus the pressure) and the slope's."""
    if distance >= reach:
        return 0.0, 0.0, 0.0
    k = stiffness / reach
    gap, log = distance - reach, np.log(distance / reach)
    slope = -k * (2.0 * gap * log + gap * gap / distance)
    second = -k * (2.0 * log + 4.0 * gap / distance - gap * gap / (distance * distance))
    return -k * gap * gap * log, slope, second


@kernel
def barrier_stiffness(pressure: float, share: float) -> float:
    """Stiffness [MPa] at which `pressure` brings sheets nearer than their reach by a small `share`: p = 3 k share^2."""
    return pressure / (3.0 * (share * share))

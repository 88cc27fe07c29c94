"""Two leaflets as taut lines that meet under pressure as high as their chordae allow, by slice.

A slice joins a point of the anterior hinge with one of the posterior hinge over a meeting point whose x is given.
Per millimetre of the valve's width its energy is the pressure's, p D / 2 times the meeting point's depth with D the
distance of the hinges in the plane, plus springs that act where a leaflet must be longer than it is and where a chorda
is too short for the free edge, which hangs below the meeting point by what is left of the leaflet.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from annulus._jit import kernel
from annulus._typing import FloatArray
from annulus.kernels.laws import LeeSacks, lee_sacks, spring

__all__ = ["Slices", "closing_stretch", "tents"]

_STEPS = 100
_LONGEST_MM = 2.0
_ROUND_MM = 1.0
"""What hangs down runs out within about this length, so that the energy has no edge there [mm]."""


class Slices(NamedTuple):
    """k slices: `hinge` (k, 2, 3) anterior and posterior, `length` (k, 2) of the closed leaflets, `meeting_x` (k,),
    papillary `tip` (k, 2, 3) and length `chorda` (k, 2) of the chordae to the two free edges [mm].
    """

    hinge: FloatArray
    length: FloatArray
    meeting_x: FloatArray
    tip: FloatArray
    chorda: FloatArray


@kernel
def _terms(
    slices: Slices, k: int, m: FloatArray, leaflet: float, chordae: float, terms: FloatArray, out: FloatArray
) -> float:
    """Springs' energy at meeting point m (3,); their gradient and a positive tangent in (y, z) go to terms (2, 3)."""
    energy = 0.0
    for i in range(2):
        hinge = slices.hinge[k, i]
        dx, dy, dz = m[0] - hinge[0], m[1] - hinge[1], m[2] - hinge[2]
        d = np.sqrt(dx * dx + dy * dy + dz * dz) + 1e-9
        uy, uz = dy / d, dz / d
        left = slices.length[k, i] - d
        out[i] = left
        if left < 0.0:
            more, force, stiffness = spring(leaflet, -left, True)
            energy += more
            _add(terms, stiffness, force, uy, uz, d)
        root = np.sqrt(left * left + _ROUND_MM * _ROUND_MM)
        hang = 0.5 * (left + root)
        tip = slices.tip[k, i]
        ex, ey, ez = m[0] - tip[0], m[1] - tip[1], m[2] - hang - tip[2]
        e = np.sqrt(ex * ex + ey * ey + ez * ez) + 1e-9
        over = e - slices.chorda[k, i]
        out[4 + i] = over
        if over > 0.0:
            more, force, stiffness = spring(chordae, over, True)
            energy += more
            # The free edge rises with the meeting point and with what the leaflet needs to reach it.
            fall = 0.5 * (1.0 + left / root)
            _add(terms, stiffness, force, (ey + fall * ez * uy) / e, (ez + fall * ez * uz) / e, e)
    return energy


@kernel
def _add(terms: FloatArray, stiffness: float, force: float, gy: float, gz: float, span: float) -> None:
    """Spring whose elongation has the gradient (gy, gz); `span` is the length over which its direction turns."""
    turn = force / span
    terms[0, 0] += force * gy
    terms[0, 1] += force * gz
    terms[1, 0] += stiffness * gy * gy + turn * max(1.0 - gy * gy, 0.0)
    terms[1, 1] += stiffness * gz * gz + turn * max(1.0 - gz * gz, 0.0)
    terms[1, 2] += stiffness * gy * gz


@kernel
def tents(slices: Slices, pressure: float, leaflet: float, chordae: float) -> FloatArray:
    """Meeting points at rest, by a damped Gauss-Newton iteration.

    Parameters
    ----------
    slices
        What meets.
    pressure
        [MPa].
    leaflet, chordae
        Stiffness of a leaflet beyond its length and of the chordae of an edge, per width [N/mm2].

    Returns
    -------
    FloatArray
        Shape (k, 6): what is left of the anterior and posterior leaflet below the meeting point (negative: what
        lacks), y and z of the meeting point, and by how much both chordae are too short, negative if slack [mm].
    """
    n = slices.hinge.shape[0]
    result = np.zeros((n, 6))
    m, trial = np.zeros(3), np.zeros(3)
    terms, other = np.zeros((2, 3)), np.zeros((2, 3))
    for k in range(n):
        a, b = slices.hinge[k, 0], slices.hinge[k, 1]
        lift = 0.5 * pressure * np.sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2)
        m[0] = slices.meeting_x[k]
        m[1] = 0.35 * a[1] + 0.65 * b[1]
        m[2] = 0.35 * a[2] + 0.65 * b[2] - 5.0
        trial[0] = m[0]
        damping = 1e-3
        out = result[k]
        terms[:] = 0.0
        energy = _terms(slices, k, m, leaflet, chordae, terms, out) - lift * m[2]
        for _ in range(_STEPS):
            gy, gz = terms[0, 0], terms[0, 1] - lift
            hyy, hzz, hyz = terms[1, 0] + damping, terms[1, 1] + damping, terms[1, 2]
            det = hyy * hzz - hyz * hyz
            sy = -(hzz * gy - hyz * gz) / det
            sz = -(hyy * gz - hyz * gy) / det
            size = np.sqrt(sy * sy + sz * sz)
            if size < 1e-7:
                break
            share = min(1.0, _LONGEST_MM / size)
            trial[1], trial[2] = m[1] + share * sy, m[2] + share * sz
            other[:] = 0.0
            there = _terms(slices, k, trial, leaflet, chordae, other, out) - lift * trial[2]
            if there <= energy:
                m[1], m[2] = trial[1], trial[2]
                energy = there
                terms[:] = other
                damping = max(0.3 * damping, 1e-9)
            else:
                damping = min(5.0 * damping, 1e3)
        other[:] = 0.0
        _terms(slices, k, m, leaflet, chordae, other, out)
        out[2], out[3] = m[1], m[2]
    return result


@kernel
def closing_stretch(tension: float, law: LeeSacks, thickness: float) -> float:
    """Stretch of a Lee-Sacks sheet under equal tension both ways [N/mm]: h / 2 dW/d stretch = tension times stretch."""
    low, high = 1.0, 2.0
    for _ in range(50):
        stretch = 0.5 * (low + high)
        square = stretch * stretch
        _, slope, _ = lee_sacks(law, 2.0 * square + 1.0 / (square * square) - 3.0)
        # Tension per length of the deformed sheet; W'(I1) times dI1 / d stretch over twice the other stretch.
        if thickness * 2.0 * slope * (1.0 - 1.0 / (square * square * square)) < tension:
            low = stretch
        else:
            high = stretch
    return 0.5 * (low + high)

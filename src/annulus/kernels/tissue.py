"""Law of the leaflets' tissue: a function of I1 = tr C + 1 / det C of an incompressible sheet in plane stress."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from annulus._jit import kernel

__all__ = ["LeeSacks", "fibre_law", "lee_sacks"]


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

"""Closed forms that the exact cases are held against, evaluated here independently of the solver.

Elastica by elliptic integrals; rings and beams on elastic foundations by their linear equations. Printed five-digit
values of the project's notes [mechanics-notes] are checked against these in the tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from scipy.integrate import quad
from scipy.optimize import root_scalar
from scipy.special import ellipe, ellipeinc, ellipk, ellipkinc

__all__ = [
    "PINCHED_RING",
    "beam_on_winkler",
    "buckled_elastica",
    "cantilever_elastica",
    "cinched_ring",
    "ring_under_cosine",
    "taut_beam_deflection",
    "tendon_buckling",
]

PINCHED_RING: Mapping[str, float] = MappingProxyType(
    {"loaded diameter": -(np.pi / 4.0 - 2.0 / np.pi), "other diameter": 2.0 / np.pi - 0.5}
)
"""Change of the diameters of an inextensible ring under two opposite pulls inward, over P R^3 / EI."""


def cantilever_elastica(load: float) -> dict[str, float]:
    """Tip deflection and shortening over L for a dead load across the tip, load = P L^2 / EI [bisshopp1945].

    With p^2 = (1 + sin t) / 2 for tip slope t and sin f = 1 / (p sqrt 2): sqrt(load) = K(p) - F(f, p),
    deflection 1 - 2 (E(p) - E(f, p)) / sqrt(load), projected length sqrt(2 sin t / load).
    """

    def parts(slope: float) -> tuple[float, float]:
        m = 0.5 * (1.0 + np.sin(slope))
        return m, np.arcsin(1.0 / np.sqrt(2.0 * m))

    def missing(slope: float) -> float:
        m, f = parts(slope)
        return float(ellipk(m) - ellipkinc(f, m) - np.sqrt(load))

    slope = float(root_scalar(missing, bracket=(1.0e-9, 0.5 * np.pi - 1.0e-9), xtol=1e-14).root)
    m, f = parts(slope)
    root = np.sqrt(load)
    return {
        "deflection": float(1.0 - 2.0 * (ellipe(m) - ellipeinc(f, m)) / root),
        "shortening": float(1.0 - np.sqrt(2.0 * np.sin(slope)) / root),
    }


def buckled_elastica(end_slope_deg: float) -> dict[str, float]:
    """Force over Euler's, distance of the ends over L, middle deflection over L of a pinned strut [love1944].

    With k = sin(slope / 2): P / P_E = (2 K / pi)^2, distance 2 E / K - 1, deflection k / K.
    """
    k = np.sin(0.5 * np.deg2rad(end_slope_deg))
    full, second = ellipk(k * k), ellipe(k * k)
    return {
        "force": float((2.0 * full / np.pi) ** 2),
        "end distance": float(2.0 * second / full - 1.0),
        "deflection": float(k / full),
    }


def cinched_ring(cut: float, *, radius: float, axial: float, foundation: float) -> dict[str, float]:
    """Inward displacement [mm] and hoop tension [N] of a ring whose rest length is cut by a share, on a foundation.

    N = k u R = EA ((R - u) / (R (1 - cut)) - 1) [mechanics-notes].
    """
    shorter = radius * (1.0 - cut)
    u = axial * (radius / shorter - 1.0) / (foundation * radius + axial / shorter)
    return {"displacement": u, "tension": foundation * u * radius}


def ring_under_cosine(
    n: int, *, radius: float, bending: float, foundation: float, load: float, oriented: bool = False
) -> float:
    """Amplitude [mm] of an inextensible ring on a radial foundation under the radial load q cos(n theta).

    w = q / (B (n^2 - 1)^2 / R^4 + k); oriented bending also resists the wall's rotation, a factor 1 + 1 / n^2 on B
    [cinch-prototype].
    """
    stiffness = bending * (n * n - 1.0) ** 2 / radius**4 * (1.0 + 1.0 / n**2 if oriented else 1.0)
    return load / (stiffness + foundation)


def beam_on_winkler(load: float, *, bending: float, foundation: float) -> dict[str, float]:
    """Deflection [mm] and moment [N mm] under a point load on an endless beam [hetenyi1946]."""
    beta = (foundation / (4.0 * bending)) ** 0.25
    return {"deflection": load * beta / (2.0 * foundation), "moment": load / (4.0 * beta)}


def taut_beam_deflection(load: float, *, bending: float, tension: float, foundation: float) -> float:
    """Deflection [mm] under a point load on an endless beam or string under tension, on a foundation.

    w = F / pi integral_0^inf dq / (B q^4 + T q^2 + k); without bending F / (2 sqrt(T k)) [cinch-prototype].
    """
    if bending == 0.0:
        return load / (2.0 * np.sqrt(tension * foundation))
    value, _ = quad(
        lambda q: 1.0 / (bending * q**4 + tension * q**2 + foundation), 0.0, np.inf, epsabs=0.0, epsrel=1e-12
    )
    return load / np.pi * value


def tendon_buckling(*, length: float, bending: float, foundation: float) -> float:
    """Force [N] that buckles a pinned beam on a foundation: the least over n of B (n pi / L)^2 + k (L / n pi)^2."""
    wave = np.arange(1, 50) * np.pi / length
    return float(np.min(bending * wave**2 + foundation / wave**2))

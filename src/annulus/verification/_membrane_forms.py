"""Membranes, chordae and a tube between plates in closed form or by ordinary differential equations.

Printed values of the project's notes [mechanics-notes] are checked against these in the tests.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import root, root_scalar

from annulus._typing import FloatArray

__all__ = ["balloon_pressure", "chorda_leaflet", "hencky", "inflated_disc", "pressed_arc", "pressed_tube_width"]


def _slope(law: tuple[float, float, float], s: float) -> tuple[float, float]:
    """First and second derivative of c0/2 s + c1/2 (exp(c2 s^2) - 1), s = I1 - 3."""
    c0, c1, c2 = law
    steep = c1 * c2 * np.exp(c2 * s * s)
    return 0.5 * c0 + steep * s, steep * (1.0 + 2.0 * c2 * s * s)


@cache
def inflated_disc(
    law: tuple[float, float, float], pressure: float, *, radius: float, thickness: float
) -> dict[str, float]:
    """Clamped flat disc under follower pressure [mechanics-notes]: pole's height over a and stretch, volume over a^3.

    T1 sin(f) = p r / 2, d(r T1)/dR = T2 dr/dR, dr/dR = l1 cos(f), T_a = 2 h W' (l_a^2 - (l1 l2)^-2) / (l1 l2); shot
    from the pole's stretch until r(a) = a.
    """

    def tensions(place: float, state: FloatArray) -> tuple[float, float, float, float]:
        r, one = state[0], state[1]
        two = r / place
        first, second = _slope(law, one**2 + two**2 + (one * two) ** -2 - 3.0)
        g = one / two - (one * two) ** -3
        by_one = 2.0 * second * (one - one**-3 * two**-2) * g + first * (1.0 / two + 3.0 * one**-4 * two**-3)
        by_two = 2.0 * second * (two - two**-3 * one**-2) * g + first * (3.0 * one**-3 * two**-4 - one / two**2)
        h = 2.0 * thickness
        return h * first * g, h * first * (two / one - (one * two) ** -3), h * by_one, h * by_two

    def spare(place: float, state: FloatArray) -> float:
        return 2.0 * tensions(place, state)[0] / (pressure * state[0]) - 1.0 - 1e-9

    spare.terminal = True

    def rates(place: float, state: FloatArray) -> list[float]:
        r, one = state[0], state[1]
        along, across, by_one, by_two = tensions(place, state)
        sine = min(pressure * r / (2.0 * along), 1.0)
        widening = one * np.sqrt(1.0 - sine * sine)
        turn = ((across - along) * widening / r - by_two * (widening - r / place) / place) / by_one
        return [widening, turn, one * sine, np.pi * r * r * one * sine]

    def shot(stretch: float) -> FloatArray:
        # A sphere of the pole's curvature up to here.
        start = 1e-4 * radius
        curvature = pressure / (2.0 * tensions(1.0, np.array([stretch, stretch]))[0])
        state = [stretch * start, stretch, 0.5 * curvature * (stretch * start) ** 2, 0.0]
        return solve_ivp(
            rates, (start, radius), state, method="DOP853", rtol=1e-10, atol=1e-11, events=spare, max_step=0.1 * radius
        ).y[:, -1]

    # Where the tension cannot hold the pressure the sheet stands upright, and the shot ends short of the rim.
    low = 1.5
    while shot(low)[0] > radius:
        high, low = low, 1.0 + 0.7 * (low - 1.0)
    stretch = float(root_scalar(lambda q: shot(q)[0] - radius, bracket=(low, high), xtol=1e-12).root)
    _, _, height, volume = shot(stretch)
    return {"pole height": float(height) / radius, "volume": float(volume) / radius**3, "pole stretch": stretch}


@cache
def hencky(poisson: float) -> dict[str, float]:
    """Clamped disc at small strain and slope, dead load q [hencky1915].

    Height c (q a/(E h))^(1/3) a, tension n (E h q^2 a^2)^(1/3).

    n'' + 3 n'/s = -1 / (8 n^2), n'(0) = 0, n'(1) + (1 - nu) n(1) = 0; c = integral of s / (2 n).
    """

    def shot(middle: float) -> FloatArray:
        def rates(s: float, state: FloatArray) -> list[float]:
            n, slope, _ = state
            return [slope, -3.0 * slope / s - 1.0 / (8.0 * n * n), s / (2.0 * n)]

        start = 1e-4
        curve = -1.0 / (32.0 * middle * middle)
        state = [middle + 0.5 * curve * start**2, curve * start, start**2 / (4.0 * middle)]
        return solve_ivp(rates, (start, 1.0), state, method="DOP853", rtol=1e-11, atol=1e-13).y[:, -1]

    def edge(middle: float) -> float:
        n, slope, _ = shot(middle)
        return float(slope + (1.0 - poisson) * n)

    middle = float(root_scalar(edge, bracket=(0.35, 0.8), xtol=1e-13).root)
    n, _, height = shot(middle)
    return {"pole height": float(height), "pole tension": middle, "edge tension": float(n)}


def balloon_pressure(law: tuple[float, float, float], stretch: float, *, radius: float, thickness: float) -> float:
    """Pressure of a thin sphere at a stretch: p = 4 (h/R) W' (l - l^-5) / l^2 [mechanics-notes]."""
    first, _ = _slope(law, 2.0 * stretch**2 + stretch**-4 - 3.0)
    return float(4.0 * thickness / radius * first * (stretch**-1 - stretch**-7))


def pressed_arc(length_over_chord: float, *, compliance: float = 0.0) -> dict[str, float]:
    """Strip between two lines under pressure: a circular arc of tension p r [mechanics-notes]; lengths over the chord.

    `compliance` is the strain at a tension of pressure times chord; 0 for an inextensible strip.
    """

    def missing(half: float) -> float:
        return float(half / np.sin(half) - length_over_chord * (1.0 + compliance * 0.5 / np.sin(half)))

    half = float(root_scalar(missing, bracket=(0.05, 3.0)).root)
    radius = 0.5 / np.sin(half)
    return {"sag": float(radius * (1.0 - np.cos(half))), "tension": float(radius)}


def chorda_leaflet(
    length: float, chorda: float, tip: tuple[float, float], *, compliance: float = 0.0
) -> dict[str, float]:
    """Strip from the origin under pressure, its edge on chordae to `tip`; lengths in mm, tension over pressure.

    The strip is an arc, the chorda goes on along its tangent, and the tension is p r in both. `compliance` is the
    strain of the strip at a tension of pressure times length, and a third of the chorda's stretch [mm] per radius [mm].
    """
    goal = np.array(tip)

    def edge(turn: float, angle: float) -> tuple[FloatArray, FloatArray]:
        # Longer by its own tension's strain: r |turn| = length (1 + compliance r / length).
        r = np.sign(turn) * length / (abs(turn) - compliance)
        ahead, side = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
        place = r * (np.sin(turn) * ahead + (1.0 - np.cos(turn)) * side)
        return place, np.cos(turn) * ahead + np.sin(turn) * side

    def missing(unknown: FloatArray) -> FloatArray:
        place, along = edge(unknown[0], unknown[1])
        radius = length / (abs(unknown[0]) - compliance)
        return place + (chorda + 3.0 * compliance * radius) * along - goal

    # Straight to the tip but for a start that bends towards the pressure's side.
    turn, angle = root(missing, [-1.0, float(np.arctan2(goal[1], goal[0])) + 0.5], tol=1e-13).x
    place, _ = edge(turn, angle)
    return {"edge x": float(place[0]), "edge z": float(place[1]), "tension": float(length / (abs(turn) - compliance))}


def pressed_tube_width(radius: float, gap: float) -> float:
    """Flat width of an inextensible pressurised tube between plates, `gap` between its flats [mechanics-notes]."""
    return float(np.pi * (radius - 0.5 * gap))

"""Membrane, follower pressure and chordae of the closure: discs, balloons, plane leaflets with known answers."""

from __future__ import annotations

import numpy as np

from annulus._typing import FloatArray, IntArray
from annulus.anatomy.valve import NO_CHORDAE, Chordae, Valve
from annulus.geometry import Surface
from annulus.mechanics.valve import ClosureOptions, ClosureSolution, LeafletMaterial, close_valve
from annulus.mechanics.valve._closing import Closing
from annulus.mechanics.valve._valve_sheet import valve_sheet
from annulus.units import MMHG
from annulus.verification._case import VerificationCase
from annulus.verification._membrane_forms import balloon_pressure, chorda_leaflet, hencky, inflated_disc, pressed_arc

__all__ = ["LEE_SACKS", "NEO_HOOKEAN", "disc", "grid_triangles", "membrane_cases", "one_sheet", "strip_of"]

LEE_SACKS = (0.010, 0.209e-3, 9.046)
NEO_HOOKEAN = (1.0 / 3.0, 1e-12, 1.0)
"""W = mu / 2 (I1 - 3) with 1 MPa of Young's modulus; the exponential left is nothing."""

RADIUS, THICKNESS = 15.0, 0.8

_DISCS = {
    "neo-hookean-200pa": (NEO_HOOKEAN, 0.2e-3, "neo-Hookean of 1 MPa, 200 Pa"),
    "lee-sacks-1kpa": (LEE_SACKS, 1.0e-3, "Lee-Sacks, 1 kPa"),
    "lee-sacks-16kpa": (LEE_SACKS, 16.0e-3, "Lee-Sacks, 16 kPa"),
}

# So much slope and strain that the linear answer is off by less than 1e-4.
_HENCKY_LOAD = 1.0e-6

_STIFF = 1.0e4
"""Modulus c0 times thickness over pressure times length of sheets that hardly stretch: three times that for Young's."""


def material_of(law: tuple[float, float, float], *, bending_factor: float = 1e-9) -> LeafletMaterial:
    """Material of a law, with hardly any bending stiffness."""
    return LeafletMaterial(c0_mpa=law[0], c1_mpa=law[1], c2=law[2], bending_factor=bending_factor)


def one_sheet(
    points: FloatArray,
    triangles: IntArray,
    held: IntArray,
    *,
    thickness: float = THICKNESS,
    tips: FloatArray | None = None,
    chordae: Chordae = NO_CHORDAE,
) -> Valve:
    """One sheet, held at some vertices."""
    m = len(triangles)
    leaflet = np.zeros(m, dtype=np.int64)
    places = np.empty((0, 3)) if tips is None else tips
    return Valve(Surface(points, triangles), leaflet, held, np.full(m, thickness), places, chordae)


def disc(n: int, radius: float) -> tuple[FloatArray, IntArray, IntArray]:
    """Flat disc of n rings, 6 n^2 triangles facing +z: points, triangles, rim."""
    points = [np.zeros((1, 3))]
    first = [0, *(1 + 3 * k * (k - 1) for k in range(1, n + 1))]
    triangles = []
    for k in range(1, n + 1):
        angle = 2.0 * np.pi * np.arange(6 * k) / (6 * k)
        points.append(radius * k / n * np.column_stack([np.cos(angle), np.sin(angle), np.zeros(6 * k)]))
        for sector in range(6):
            outer = first[k] + (sector * k + np.arange(k + 1)) % (6 * k)
            inner = np.zeros(1, dtype=int) if k == 1 else first[k - 1] + (sector * (k - 1) + np.arange(k)) % (6 * k - 6)
            triangles += [(inner[i], outer[i], outer[i + 1]) for i in range(k)]
            triangles += [(inner[i], outer[i + 1], inner[i + 1]) for i in range(k - 1)]
    return np.concatenate(points), np.array(triangles, dtype=np.int64), first[n] + np.arange(6 * n)


def grid_triangles(nu: int, nv: int) -> IntArray:
    """Triangles of a grid of (nu + 1) x (nv + 1) vertices, row by row, diagonals alternating across.

    Along u every row is like the next, so that uniform pressure is uniform on the vertices.
    """
    triangles = []
    for i in range(nu):
        for j in range(nv):
            a, b = i * (nv + 1) + j, (i + 1) * (nv + 1) + j
            c, d = b + 1, a + 1
            triangles += [(a, b, c), (a, c, d)] if j % 2 == 0 else [(a, b, d), (b, c, d)]
    return np.array(triangles, dtype=np.int64)


def strip_of(line: FloatArray, width: float, n_across: int) -> FloatArray:
    """Vertices of a line (k, 2) in the plane x, z drawn out along y, row by row."""
    y = np.linspace(0.0, width, n_across + 1)
    points = np.empty((len(line), n_across + 1, 3))
    points[..., 0], points[..., 2] = line[:, :1], line[:, 1:]
    points[..., 1] = y
    return points.reshape(-1, 3)


def pressed(valve: Valve, material: LeafletMaterial, pressure: float, tolerance: float) -> ClosureSolution:
    """The piece at rest under a pressure [MPa], without contact."""
    options = ClosureOptions(tolerance_n=tolerance, contact=False, max_iterations=400)
    return close_valve(valve, pressure_mmhg=pressure / MMHG, material=material, options=options)


def _inflated(n: int, law: tuple[float, float, float], pressure: float) -> tuple[FloatArray, float]:
    """Points of the disc, and the root of the six middle triangles' area over that at rest."""
    points, triangles, rim = disc(n, RADIUS)
    tolerance = 1e-7 * pressure * RADIUS**2
    state = pressed(one_sheet(points, triangles, rim), material_of(law), pressure, tolerance).points
    rest, now = (Surface(p, triangles).areas[:6].sum() for p in (points, state))
    return state, float(np.sqrt(now / rest))


def _disc_values(n: int, law: tuple[float, float, float], pressure: float) -> dict[str, float]:
    points, _ = _inflated(n, law, pressure)
    triangles = disc(n, RADIUS)[1]
    return {
        "pole height": float(points[0, 2]) / RADIUS,
        "volume": _volume(points, triangles) / RADIUS**3,
    }


def _volume(points: FloatArray, triangles: IntArray) -> float:
    """Volume between the triangles and the origin [mm3]."""
    return float(np.linalg.det(points[triangles]).sum() / 6.0)


def _hencky_values(n: int) -> dict[str, float]:
    """Young's modulus 3 GPa and Poisson's ratio 1/2; the pole's tension from its strain."""
    modulus = 3.0e3
    pressure = _HENCKY_LOAD * modulus * THICKNESS / RADIUS
    points, stretch = _inflated(n, (modulus / 3.0, 1e-12, 1.0), pressure)
    share = _HENCKY_LOAD ** (1.0 / 3.0)
    # Strain (1 - nu) N / (E h).
    return {
        "pole height": float(points[0, 2]) / RADIUS / share,
        "pole tension": (stretch - 1.0) / 0.5 / share**2,
    }


def _icosphere(n: int) -> tuple[FloatArray, IntArray]:
    """Unit sphere: icosahedron with its edges cut in n."""
    golden = 0.5 * (1.0 + np.sqrt(5.0))
    corners = np.array([(0.0, s, t * golden) for s in (1.0, -1.0) for t in (1.0, -1.0)])
    corners = np.concatenate([np.roll(corners, k, axis=1) for k in range(3)])
    apart = np.linalg.norm(corners[:, None] - corners[None], axis=2)
    near = np.abs(apart - 2.0) < 1e-9
    faces = [
        (i, j, k) for i in range(12) for j in range(i) for k in range(j) if near[i, j] and near[j, k] and near[i, k]
    ]
    rows, triangles = [], []
    for i, j, k in faces:
        if np.linalg.det(corners[[i, j, k]]) < 0.0:
            j, k = k, j
        number = {}
        for a in range(n + 1):
            for b in range(n + 1 - a):
                number[a, b] = len(rows)
                rows.append(((n - a - b) * corners[i] + a * corners[j] + b * corners[k]) / n)
        for a in range(n):
            for b in range(n - a):
                triangles.append((number[a, b], number[a + 1, b], number[a, b + 1]))
                if a + b < n - 1:
                    triangles.append((number[a + 1, b], number[a + 1, b + 1], number[a, b + 1]))
    points = np.array(rows)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    _, first, back = np.unique(np.round(points, 9), axis=0, return_index=True, return_inverse=True)
    return points[first], back.ravel()[np.array(triangles)].astype(np.int64)


def _balloon_values(n: int, law: tuple[float, float, float], stretch: float) -> dict[str, float]:
    """Closed sphere, nothing held: cube root of its volume over that at rest."""
    unit, triangles = _icosphere(n)
    material = material_of(law)
    model = valve_sheet(one_sheet(RADIUS * unit, triangles, np.arange(3)), material)
    model.fixed[:] = 0
    state = Closing(model, material.law, 0.0)
    volume = _volume(state.x, triangles)
    for share in (0.3, 0.6, 0.8, 1.0):
        state.pressure = share * balloon_pressure(law, stretch, radius=RADIUS, thickness=THICKNESS)
        state.newton(tolerance_n=1e-7 * state.pressure * RADIUS**2, limit=200)
    return {"stretch": float(np.cbrt(_volume(state.x, triangles) / volume))}


def _stiff_law(pressure: float, radius: float) -> tuple[float, float, float]:
    return _STIFF * pressure * radius / THICKNESS, 1e-12, 1.0


def _arc_values(n: int, length: float, pressure: float = 0.016) -> dict[str, float]:
    """Strip folded like a roof between two lines 20 mm apart, n rows, pressed from below, its ends open."""
    chord, width = 20.0, 4.0
    s = np.linspace(0.0, 1.0, n + 1)
    rise = 0.5 * chord * np.sqrt(length**2 - 1.0)
    line = np.column_stack([chord * s, rise * (1.0 - np.abs(2.0 * s - 1.0))])
    points = strip_of(line, width, 2)
    held = np.concatenate([np.arange(3), len(points) - 3 + np.arange(3)])
    valve = one_sheet(points, grid_triangles(n, 2), held)
    state = pressed(valve, material_of(_stiff_law(pressure, chord)), pressure, 1e-6 * pressure * chord)
    middle = state.points.reshape(n + 1, 3, 3)[n // 2, 1]
    tension = np.linalg.norm(state.hinge_force_n[:3].sum(axis=0)) / width
    return {"sag": float(middle[2]) / chord, "tension": float(tension / (pressure * chord))}


_LEAFLET, _CHORDA, _TIP = 20.0, 15.0, (12.0, -25.0)


def _chorda_values(n: int, pressure: float = 0.016) -> dict[str, float]:
    """Strip that hangs straight towards its tips, n rows, a chorda of its own at each vertex of its edge."""
    width = 4.0
    # Stress-free, the sheet lies at an angle where its chordae are slack.
    line = np.linspace(0.0, _LEAFLET, n + 1)[:, None] * np.array([[np.cos(-0.9), np.sin(-0.9)]])
    points = strip_of(line, width, 2)
    tips = strip_of(np.array([_TIP]), width, 2)
    edge = len(points) - 3 + np.arange(3)
    share = np.array([0.25, 0.5, 0.25]) * width
    stiffness = _STIFF * pressure * share
    zero = np.zeros(3, dtype=np.int64)
    chordae = Chordae.at_vertices(edge, np.arange(3), stiffness, np.full(3, _CHORDA), zero)
    valve = one_sheet(points, grid_triangles(n, 2), np.arange(3), tips=tips, chordae=chordae)
    state = pressed(valve, material_of(_stiff_law(pressure, _LEAFLET)), pressure, 1e-6 * pressure * _LEAFLET)
    # The triangles of the last row do not share their pressure evenly across: mean over the width.
    place = share @ state.points[edge] / width
    return {
        "edge x": float(place[0]),
        "edge z": float(place[2]),
        "tension": float(state.chordae_tension_n.sum() / (width * pressure)),
    }


def _without_stretch(form: dict[str, float]) -> dict[str, float]:
    # Read off six triangles, it converges but not yet at its order.
    return {name: value for name, value in form.items() if name != "pole stretch"}


def membrane_cases() -> tuple[VerificationCase, ...]:
    """Cases of the membrane, its pressure and its chordae."""
    discs = tuple(
        VerificationCase(
            f"inflated-disc-{name}",
            f"clamped disc under follower pressure against the axisymmetric equations, {words}",
            "mechanics-notes",
            _without_stretch(inflated_disc(law, pressure, radius=RADIUS, thickness=THICKNESS)),
            lambda n, law=law, pressure=pressure: _disc_values(n, law, pressure),
            (5, 10, 20),
            3e-3,
            2.0,
        )
        for name, (law, pressure, words) in _DISCS.items()
    )
    form = hencky(0.5)
    balloons = tuple(
        VerificationCase(
            f"balloon-{name}",
            f"free sphere at the pressure of stretch {stretch:g}, {name}",
            "mechanics-notes",
            {"stretch": stretch},
            lambda n, law=law, stretch=stretch: _balloon_values(n, law, stretch),
            (3, 6, 12),
            3e-3,
            2.0,
        )
        for name, law, stretch in (("neo-hookean", NEO_HOOKEAN, 1.2), ("lee-sacks", LEE_SACKS, 1.25))
    )
    arcs = tuple(
        VerificationCase(
            f"leaflet-arc-{length:g}",
            f"strip {length:g} times as long as its chord under pressure: arc, tension p r, over the chord",
            "mechanics-notes",
            pressed_arc(length, compliance=1.0 / (3.0 * _STIFF)),
            lambda n, length=length: _arc_values(n, length),
            (10, 20, 40),
            2e-3,
            2.0,
        )
        for length in (1.05, 1.2)
    )
    return (
        *discs,
        VerificationCase(
            "hencky",
            "clamped disc at small strain, Poisson's ratio 1/2: pole's height and tension",
            "hencky1915",
            {name: form[name] for name in ("pole height", "pole tension")},
            _hencky_values,
            (5, 10, 20),
            5e-3,
            2.0,
        ),
        *balloons,
        *arcs,
        VerificationCase(
            "leaflet-chorda",
            "strip under pressure with its edge on chordae: arc, then straight along its tangent to the tip (mm)",
            "mechanics-notes",
            chorda_leaflet(_LEAFLET, _CHORDA, _TIP, compliance=1.0 / (3.0 * _STIFF)),
            _chorda_values,
            (10, 20, 40),
            3e-3,
            2.0,
            scale=10.0,
        ),
    )

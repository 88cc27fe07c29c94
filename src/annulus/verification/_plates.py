"""The closure's bending and contact: plates against elastica and Kirchhoff's theory, a tube pressed between plates."""

from __future__ import annotations

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy.valve import Chordae, Valve
from annulus.mechanics.valve import LeafletMaterial
from annulus.mechanics.valve._closing import Closing
from annulus.mechanics.valve._valve_sheet import valve_sheet
from annulus.verification._case import VerificationCase
from annulus.verification._closed_forms import cantilever_elastica
from annulus.verification._membrane_forms import pressed_tube_width
from annulus.verification._membranes import disc, grid_triangles, one_sheet, strip_of

__all__ = ["plate_cases", "squeezed_tube"]

LENGTH, WIDTH, THIN = 20.0, 120.0, 0.1
"""Strip so thin that its axial strain, thickness^2 / (9 length^2) at unit load, is below 1e-5, and so wide that its
middle does not feel the curling of its sides."""

DISC_RADIUS = 10.0

_FAR = 1.0e7
"""Distance of the tips that a dead load is hung from [mm]."""


def _cantilever(n: int) -> tuple[FloatArray, FloatArray]:
    """Vertices of n free rows of cells after two that are held, and the width that each vertex of a row has."""
    # The clamp holds the first edge: its middle, where the tangent is fixed, is the strip's end.
    line = LENGTH / (n + 0.5) * (np.arange(n + 2, dtype=np.float64) - 0.5)
    across = 2 * round(0.25 * n * WIDTH / LENGTH)
    share = np.full(across + 1, WIDTH / across)
    share[[0, -1]] *= 0.5
    return strip_of(np.column_stack([line, 0.0 * line]), WIDTH, across), share


def _strip(n: int, share: FloatArray, points: FloatArray, **chordae: object) -> Valve:
    k = len(share)
    held = np.concatenate([np.arange(k, 2 * k), np.arange(k)[::-1]])
    return one_sheet(points, grid_triangles(n + 1, k - 1), held, thickness=THIN, **chordae)  # type: ignore[arg-type]


def _bent(valve: Valve, material: LeafletMaterial, pressure: float, tolerance: float) -> FloatArray:
    state = Closing(valve_sheet(valve, material), material.law, 0.0)
    state.pressure = pressure
    state.newton(tolerance_n=tolerance, limit=400)
    return state.x


def _elastica_values(n: int, load: float) -> dict[str, float]:
    """Tip load P = load D b / L^2 on a strip of width b: a rod of bending stiffness D b."""
    points, share = _cantilever(n)
    material = LeafletMaterial()
    force = load * float(material.bending_nmm(THIN)) / LENGTH**2 * share
    k = len(share)
    edge = len(points) - k + np.arange(k)
    # Chordae that are stretched by half their length: the load hardly changes on the way of the edge.
    chordae = Chordae.at_vertices(
        edge, np.arange(k), 2.0 * force / _FAR, np.full(k, 0.5 * _FAR), np.zeros(k, dtype=np.int64)
    )
    valve = _strip(n, share, points, tips=points[edge] - [0.0, 0.0, _FAR], chordae=chordae)
    tip = _bent(valve, material, 0.0, 1e-7 * float(force.sum()))[edge[k // 2]]
    return {"deflection": -float(tip[2]) / LENGTH, "shortening": 1.0 - float(tip[0]) / LENGTH}


def _disc_values(n: int) -> dict[str, float]:
    """Pressure that bends the middle of a clamped disc by a hundredth of its thickness, over that of the plate."""
    # The clamp holds the last ring of cells: its middle, where the slope is fixed, is the rim.
    points, triangles, rim = disc(n, DISC_RADIUS * n / (n - 0.5))
    held = np.concatenate([rim, np.arange(len(points) - len(rim) - 6 * (n - 1), len(points) - len(rim))])
    material = LeafletMaterial()
    deflection = 0.01 * THIN
    pressure = 64.0 * float(material.bending_nmm(THIN)) / DISC_RADIUS**4 * deflection
    valve = one_sheet(points, triangles, held, thickness=THIN)
    return {"deflection": abs(float(_bent(valve, material, pressure, 1e-8 * pressure)[0, 2])) / deflection}


TUBE_RADIUS, TUBE_LENGTH, TUBE_GAP, TUBE_THICKNESS = 6.0, 3.0, 8.0, 0.8


def squeezed_tube(n: int, pressure: float = 0.016) -> dict[str, float]:
    """Tube of 6 n columns pressed between two plates `TUBE_GAP` apart.

    Returns the contact distance of mid-surfaces [mm], and force and width over those of an inextensible tube with the
    flats as far apart as they are.
    """
    columns, across = 6 * n, max(n // 2, 1)
    turn = 2.0 * np.pi * np.arange(columns) / columns
    line = TUBE_RADIUS * np.column_stack([np.cos(turn), np.sin(turn)])
    tube = strip_of(line, TUBE_LENGTH, across)
    round_again = grid_triangles(columns, across) % len(tube)
    half = np.pi * TUBE_RADIUS / 2.0 + 2.0
    place = np.linspace(-half, half, int(columns * half / (np.pi * TUBE_RADIUS)) + 1)
    plates, faces, count = [], [], len(tube)
    for side in (-1.0, 1.0):
        plate = strip_of(np.column_stack([place, np.full_like(place, side * (TUBE_RADIUS + 2.0))]), TUBE_LENGTH, across)
        plates.append(plate)
        faces.append(grid_triangles(len(place) - 1, across) + count)
        count += len(plate)
    points = np.concatenate([tube, *plates])
    held = len(tube) + np.arange(count - len(tube))
    # Drawn out along y, the round faces inwards.
    triangles = np.concatenate([round_again[:, ::-1], *faces])
    valve = one_sheet(points, triangles, held, thickness=TUBE_THICKNESS)
    material = LeafletMaterial(c0_mpa=1e3 * pressure * TUBE_RADIUS / TUBE_THICKNESS, c1_mpa=1e-12, bending_factor=1e-9)
    # As in `close_valve`.
    barrier = pressure / (3.0 * material.contact_share**2)
    state = Closing(valve_sheet(valve, material), material.law, barrier)
    state.pressure = pressure
    tolerance = 1e-5 * pressure * TUBE_RADIUS * TUBE_LENGTH
    upper = np.flatnonzero(points[:, 2] > TUBE_RADIUS + 1.0)
    lower = np.flatnonzero(points[:, 2] < -TUBE_RADIUS - 1.0)
    for _ in range(200):
        left = float(state.x[upper[0], 2]) - 0.5 * TUBE_GAP
        if left < 1e-9:
            break
        step = np.zeros_like(points)
        step[upper, 2], step[lower, 2] = -min(left, 0.25), min(left, 0.25)
        state.displace(step)
        state.newton(tolerance_n=100.0 * tolerance, limit=100)
    state.newton(tolerance_n=tolerance, limit=400)
    shape = state.x[: len(tube)]
    middle = shape[np.abs(shape[:, 0]) < 1.0]
    top, bottom = (float(middle[side * middle[:, 2] > 0.0, 2].mean()) for side in (1.0, -1.0))
    # The pressure's own force on the plate is not the tube's.
    own = pressure * TUBE_LENGTH * 2.0 * half
    force = abs(float(state.gradient()[upper, 2].sum()) + own)
    width = pressed_tube_width(TUBE_RADIUS, top - bottom)
    return {
        "distance": 0.5 * (TUBE_GAP - top + bottom),
        "force": force / (pressure * TUBE_LENGTH * width),
        "width": float(np.ptp(shape[:, 0])) / (width + top - bottom),
        "residual": state.residual_n / tolerance,
    }


def _tube_values(n: int) -> dict[str, float]:
    return {name: value for name, value in squeezed_tube(n).items() if name in ("force", "width")}


_WIDE = "strip six times as wide as long: narrower ones bend across, too, and by up to a third more"


def plate_cases() -> tuple[VerificationCase, ...]:
    """Cases of bending and contact."""
    bent = tuple(
        VerificationCase(
            f"plate-elastica-{load:g}",
            f"clamped sheet strip under a dead load of {load:g} D b / L^2 against the elastica",
            "bisshopp1945",
            cantilever_elastica(load),
            lambda n, load=load: _elastica_values(n, load),
            (6, 12, 24),
            1e-2,
            note=_WIDE,
        )
        for load in (1.0, 5.0)
    )
    return (
        *bent,
        VerificationCase(
            "plate-pressure",
            "clamped disc under small pressure: p a^4 / (64 D)",
            "timoshenko1959",
            {"deflection": 1.0},
            _disc_values,
            (4, 8, 12),
            1e-2,
        ),
        VerificationCase(
            "squeezed-tube",
            "inextensible tube under pressure between plates: contact force p w, w = pi (R - g / 2)",
            "mechanics-notes",
            {"force": 1.0, "width": 1.0},
            _tube_values,
            (4, 6, 8),
            1e-2,
            note="g is measured between the flats: how near sheets come depends on pressure and mesh",
        ),
    )

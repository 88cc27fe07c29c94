"""Closed forms of membranes against the digits printed in the project's notes on mechanics, sections 4.5 and 4.6.

Those digits are an independent script's. Also what needs no refinement: bending of a regular mesh to a cylinder.
"""

from __future__ import annotations

import numpy as np
import pytest

from annulus.kernels.shells import shell_energy
from annulus.mechanics.valve import LeafletMaterial
from annulus.mechanics.valve._valve_sheet import valve_sheet
from annulus.verification._membrane_forms import (
    balloon_pressure,
    chorda_leaflet,
    hencky,
    inflated_disc,
    pressed_arc,
    pressed_tube_width,
)
from annulus.verification._membranes import (
    LEE_SACKS,
    NEO_HOOKEAN,
    RADIUS,
    THICKNESS,
    disc,
    grid_triangles,
    one_sheet,
    strip_of,
)


@pytest.mark.parametrize(
    ("law", "pressure", "height", "stretch"),
    [
        (NEO_HOOKEAN, 0.2e-3, 0.093245, 1.00568),
        (NEO_HOOKEAN, 16e-3, 0.499802, 1.17542),
        (LEE_SACKS, 1e-3, 0.605093, 1.21745),
        (LEE_SACKS, 16e-3, 0.731170, 1.29332),
    ],
)
def test_disc_digits(law: tuple[float, float, float], pressure: float, height: float, stretch: float) -> None:
    form = inflated_disc(law, pressure, radius=RADIUS, thickness=THICKNESS)
    assert form["pole height"] == pytest.approx(height, abs=1.1e-6)
    assert form["pole stretch"] == pytest.approx(stretch, abs=6e-6)
    # Thin dome: between cone and cylinder over its rim.
    assert np.pi / 3.0 * height < form["volume"] < np.pi * height


@pytest.mark.parametrize(
    ("poisson", "height", "middle", "edge"),
    [(0.2, 0.6774, 0.4207, 0.3161), (0.3, 0.6534, 0.4311, 0.3330), (0.5, 0.5949, 0.4613, 0.3784)],
)
def test_hencky_digits(poisson: float, height: float, middle: float, edge: float) -> None:
    form = hencky(poisson)
    assert form["pole height"] == pytest.approx(height, abs=6e-5)
    assert form["pole tension"] == pytest.approx(middle, abs=6e-5)
    assert form["edge tension"] == pytest.approx(edge, abs=6e-5)


def test_balloon_digits() -> None:
    unit = (1.0, 1e-30, 1.0)
    for stretch, pressure in ((1.1, 0.79187), (1.2, 1.10850), (7.0 ** (1.0 / 6.0), 1.23946)):
        assert balloon_pressure(unit, stretch, radius=1.0, thickness=1.0) == pytest.approx(pressure, abs=6e-6)
    # Cauchy stress p l^3 R / (2 h) of the printed table [kPa].
    for stretch, stress in ((1.05, 2.83), (1.10, 5.50), (1.20, 13.88), (1.25, 42.45)):
        pressure = balloon_pressure(LEE_SACKS, stretch, radius=1.0, thickness=1.0)
        assert 1e3 * pressure * stretch**3 / 2.0 == pytest.approx(stress, abs=6e-3)


@pytest.mark.parametrize(
    ("length", "radius", "sag"), [(1.05, 0.97509, 0.13795), (1.10, 0.73433, 0.19652), (1.20, 0.58437, 0.28190)]
)
def test_arc_digits(length: float, radius: float, sag: float) -> None:
    form = pressed_arc(length)
    assert form["tension"] == pytest.approx(radius, abs=6e-6)
    assert form["sag"] == pytest.approx(sag, abs=6e-6)


def test_chorda_leaflet_meets_its_tip() -> None:
    """The chord under an arc of known turn, and from the edge one chorda length to the tip."""
    length, chorda, tip = 20.0, 15.0, (12.0, -25.0)
    form = chorda_leaflet(length, chorda, tip)
    edge = np.array([form["edge x"], form["edge z"]])
    turn = length / form["tension"]
    assert np.linalg.norm(edge) == pytest.approx(2.0 * form["tension"] * np.sin(turn / 2.0), rel=1e-9)
    assert np.linalg.norm(edge - tip) == pytest.approx(chorda, rel=1e-9)


def test_squeezed_tube_keeps_its_round() -> None:
    width = pressed_tube_width(6.0, 5.0)
    assert 2.0 * width + np.pi * 5.0 == pytest.approx(2.0 * np.pi * 6.0, rel=1e-12)


@pytest.mark.parametrize(("columns", "rows"), [(12, 3), (30, 8)])
def test_a_cylinder_holds_its_energy(columns: int, rows: int) -> None:
    """D / 2 (turn / chord)^2 per area, exact for a thin sheet rolled up along a mesh's rows on any mesh."""
    radius, width, thickness = 6.0, 5.0, 0.01
    step = 2.0 * radius * np.sin(np.pi / columns)
    line = step * np.arange(columns // 2 + 1)
    points = strip_of(np.column_stack([line, 0.0 * line]), width, rows)
    material = LeafletMaterial()
    held = np.arange(3)
    sheet = valve_sheet(
        one_sheet(points, grid_triangles(columns // 2, rows), held, thickness=thickness), material
    ).sheet
    turn = 2.0 * np.pi / columns * np.arange(columns // 2 + 1)
    bent = strip_of(radius * np.column_stack([np.sin(turn), 1.0 - np.cos(turn)]), width, rows)
    energy = shell_energy(sheet.shell, material.law, bent)
    # One column fewer bends than there are facets.
    angle = 2.0 * np.pi / columns
    bend = angle / (1.0 - (angle / np.pi) ** 6) / step
    area = (columns // 2 - 1) * step * width
    assert energy == pytest.approx(0.5 * float(material.bending_nmm(thickness)) * bend**2 * area, rel=1e-4)


def test_disc_is_round() -> None:
    points, triangles, rim = disc(5, 3.0)
    assert len(triangles) == 150
    assert len(np.unique(triangles)) == len(points) == 91
    np.testing.assert_allclose(np.linalg.norm(points[rim], axis=1), 3.0, rtol=1e-12)
    corners = points[triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (normal[:, 2] > 0.0).all()
    assert 0.5 * normal[:, 2].sum() == pytest.approx(0.5 * 30 * 9.0 * np.sin(2.0 * np.pi / 30), rel=1e-12)

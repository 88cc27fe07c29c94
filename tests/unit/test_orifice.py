"""Anatomic orifice: plates with known holes in any position, closed forms; the independent solutions where present."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from annulus.errors import InputError
from annulus.outcomes import anatomic_orifice
from annulus.verification._valve_plates import plates
from reference_valves import reference_valve


def _ellipse(centre: float, a: float, b: float):
    return lambda x: b * np.sqrt(np.maximum(1.0 - ((x - centre) / a) ** 2, 0.0))


def _polygon(half_gap, n: int = 41) -> float:
    x = np.linspace(-20.0, 20.0, n)
    return 2.0 * float(np.trapezoid(half_gap(x), x))


@pytest.mark.parametrize("tilt_deg", [0.0, 35.0, 80.0])
@pytest.mark.parametrize("half_width_mm", [5.0, 0.4])
def test_tilted_hole(tilt_deg: float, half_width_mm: float) -> None:
    """Round and slit-like; a projection would lose the cosine of the tilt."""
    gap = _ellipse(0.0, 5.0, half_width_mm)
    valve = plates(gap)
    turned = valve.surface.points @ Rotation.from_euler("xz", [tilt_deg, 20.0], degrees=True).as_matrix().T
    found = anatomic_orifice(valve, turned + [5.0, -3.0, 11.0], thickness_mm=0.0)
    assert len(found.jets) == 1
    assert found.area_mm2 == pytest.approx(_polygon(gap), rel=1e-6)
    slit = half_width_mm < 1.0
    assert found.vena_contracta_width_mm == pytest.approx(2.0 * half_width_mm, rel=1e-4 if slit else 0.1)
    assert found.jets[0].section == "A2-P2"


@pytest.mark.parametrize("tilt_deg", [0.0, 35.0, 80.0])
@pytest.mark.parametrize("slit_mm", [0.05, 0.2, 0.8, 3.0])
def test_slit_between_faces(slit_mm: float, tilt_deg: float) -> None:
    """Plates 1 mm thick, 20 mm of their edges 1 mm + a slit apart: what lies between the faces counts, within 5 %."""

    def half_gap(x):
        return 0.5 * (1.0 + slit_mm) * np.clip((10.5 - np.abs(x)) / 0.5, 0.0, 1.0)

    valve = plates(half_gap, n_columns=81)
    turned = valve.surface.points @ Rotation.from_euler("xz", [tilt_deg, 20.0], degrees=True).as_matrix().T
    found = anatomic_orifice(valve, turned, thickness_mm=1.0, min_jet_mm2=0.0)
    x = np.linspace(-20.0, 20.0, 8001)
    edge = np.interp(x, np.linspace(-20.0, 20.0, 81), half_gap(np.linspace(-20.0, 20.0, 81)))
    assert found.area_mm2 == pytest.approx(np.trapezoid(np.maximum(2.0 * edge - 1.0, 0.0), x), rel=0.05)
    assert found.vena_contracta_width_mm == pytest.approx(slit_mm, rel=1e-6)


def test_orifice_between_faces_has_no_jump() -> None:
    """A slit that opens: from nothing on, in proportion."""

    def area(slit_mm: float) -> float:
        valve = plates(lambda x: 0.5 * (1.0 + slit_mm) * (np.abs(x) < 10.0))
        return anatomic_orifice(valve, valve.surface.points, thickness_mm=1.0, min_jet_mm2=0.0).area_mm2

    assert area(-0.01) == 0.0
    assert [area(s) / s for s in (0.01, 0.1, 0.5)] == pytest.approx([19.0] * 3, rel=0.06)


def test_converges_to_the_ellipse() -> None:
    errors = []
    for n in (21, 41, 81):
        valve = plates(_ellipse(0.0, 8.0, 3.0), n_columns=n, n_rows=3)
        found = anatomic_orifice(valve, valve.surface.points, thickness_mm=0.0)
        errors.append(abs(found.area_mm2 / (24.0 * np.pi) - 1.0))
    assert errors[2] < errors[1] < errors[0] and errors[2] < 0.01


def test_two_holes() -> None:
    first, second = _ellipse(-10.0, 4.0, 2.0), _ellipse(12.0, 3.0, 1.0)
    both = lambda x: first(x) + second(x)  # noqa: E731
    valve = plates(both)
    found = anatomic_orifice(valve, valve.surface.points, thickness_mm=0.0)
    assert [jet.section for jet in found.jets] == ["A1-P1", "A3-P3"]
    assert [jet.area_mm2 for jet in found.jets] == pytest.approx([_polygon(first), _polygon(second)], rel=1e-6)
    assert found.jets[0].centre_mm == pytest.approx((-10.0, 0.0, 0.0), abs=0.05)


def test_slanted_hole() -> None:
    """A sheared valve: the slanted hole is larger than its shadow by the root of 1 + 1.5^2."""
    gap = _ellipse(0.0, 5.0, 2.0)
    valve = plates(gap)
    points = valve.surface.points.copy()
    points[:, 2] += 1.5 * points[:, 1]
    found = anatomic_orifice(valve, points, thickness_mm=0.0)
    assert found.area_mm2 == pytest.approx(np.sqrt(1.0 + 1.5**2) * _polygon(gap), rel=1e-6)


def test_closed_plates_have_no_hole() -> None:
    valve = plates(np.zeros_like)
    found = anatomic_orifice(valve, valve.surface.points, thickness_mm=0.0)
    assert found.jets == () and found.area_mm2 == 0.0 and found.vena_contracta_width_mm == 0.0


def test_bad_points() -> None:
    valve = plates(np.zeros_like, n_columns=5)
    with pytest.raises(InputError, match="deformed points must be the valve's"):
        anatomic_orifice(valve, np.zeros((4, 3)))


@pytest.mark.parametrize(("name", "uncovered"), [("caseA", 0.0), ("caseB", 43.4)])
def test_independent_solutions(repository: Path, name: str, uncovered: float) -> None:
    """The area that they leave uncovered seen from the atrium [mm2], by their raster of the mid-surfaces.

    It lies between the strip between faces, which is narrower by a thickness of 1 mm, and that between mid-surfaces,
    which also counts what is slanted, and what mid-surfaces that touch leave between them.
    """
    file = repository.parent / "shared" / "reference" / "leaflet-closure" / name / "result.npz"
    if not file.is_file():
        pytest.skip(f"finite-element references not found ({file})")
    with np.load(file) as data:
        points = data["mid"]
    valve = reference_valve(name).valve
    found, between = (anatomic_orifice(valve, points, thickness_mm=thickness) for thickness in (1.0, 0.0))
    assert found.area_mm2 <= uncovered < between.area_mm2
    if uncovered:
        assert found.area_mm2 > 0.4 * uncovered
        mirrored = [1.0 - jet.place for jet in found.jets[::-1]]
        assert [jet.place for jet in found.jets] == pytest.approx(mirrored, abs=0.01)

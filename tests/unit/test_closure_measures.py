"""Measures of closed valves: flat plates and tents in closed form; the independent solutions where present."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from annulus.errors import InputError
from annulus.outcomes import closure_measures, closure_section
from annulus.verification._valve_plates import plates
from reference_valves import reference_valve


def _tent(depth: float, height: float = 0.0):
    """Plates over |x| < 20, |y| < 15 bent down to y = 0 at a depth, and then straight down over a height."""
    valve = plates(np.zeros_like, n_columns=9, n_rows=7)
    points = valve.surface.points.copy()
    share = 1.0 - np.abs(points[:, 1]) / 15.0
    down = np.clip((share - 2.0 / 3.0) * 3.0, 0.0, 1.0)
    reach = np.minimum(share * 1.5, 1.0) if height else share
    points[:, 1] = np.sign(points[:, 1]) * 15.0 * (1.0 - reach)
    points[:, 2] = -depth * reach - height * down
    return valve, points


def test_tent_with_contact() -> None:
    """Two planes down to the line of coaptation, then 4 mm of both leaflets back to back."""
    depth, height = 6.0, 4.0
    valve, points = _tent(depth, height)
    section = closure_section(valve, points, 0.5, contact_mm=1e-9)
    slant = np.hypot(15.0, depth)
    assert section.coapt_height_a_mm == pytest.approx(height, rel=1e-6)
    assert section.coapt_height_p_mm == pytest.approx(height, rel=1e-6)
    assert section.leaflet_length_a_mm == pytest.approx(slant + height, rel=1e-12)
    angle = np.degrees(np.arctan2(depth, 15.0))
    frame_z = _hinge_height(valve, points)
    assert section.tenting_height_mm == pytest.approx(depth + frame_z, rel=1e-6)
    assert section.tenting_area_mm2 == pytest.approx(15.0 * depth, rel=1e-9)
    assert section.leaflet_angle_p_deg == pytest.approx(angle, rel=1e-6)


def _hinge_height(valve, points: np.ndarray) -> float:
    """The plates' hinge goes down with the ends of the leaflets; the plane is through its mean."""
    return float(points[valve.hinge, 2].mean())


def test_areas() -> None:
    depth, height = 6.0, 4.0
    valve, points = _tent(depth, height)
    found = closure_measures(valve, points, contact_mm=1e-9)
    whole = 40.0 * (np.hypot(15.0, depth) + height)
    assert found["leaflet_area_a_mm2"] == pytest.approx(whole, rel=1e-12)
    assert found["coapt_area_a_mm2"] == pytest.approx(found["coapt_area_p_mm2"], rel=1e-9)
    # A column at either end is joined to the other leaflet, and only its triangles at the corner are left out.
    assert 30.0 * height <= found["coapt_area_mm2"] <= 40.0 * height
    assert found["coapt_height_min_mm"] == pytest.approx(height, rel=1e-6)
    assert found["coapt_height_max_mm"] == pytest.approx(height, rel=1e-6)
    assert found["closure_ratio"] == pytest.approx(whole / (whole - found["coapt_area_mm2"]), rel=1e-9)


def test_volumes_of_a_tent() -> None:
    """A prism 40 x 30 x 6 / 2 below flat hinges, whose ends hang down with the leaflets and shift the plane."""
    valve, points = _tent(6.0)
    plane = _hinge_height(valve, points)
    found = closure_measures(valve, points, contact_mm=1e-9)
    net = found["tenting_volume_ml"] - found["billow_volume_ml"]
    assert net == pytest.approx((0.5 * 40.0 * 30.0 * 6.0 + plane * 40.0 * 30.0) * 1e-3, rel=1e-9)
    # Above the plane lie the two wedges from z = 0 down to it.
    wedge = 2.0 * 40.0 * 0.5 * (-plane) * (-plane / 6.0 * 15.0)
    assert found["billow_volume_ml"] == pytest.approx(wedge * 1e-3, rel=1e-9)


def test_open_valve_has_no_contact() -> None:
    valve = plates(lambda x: np.where(np.abs(x) < 19.9, 3.0, 0.0))
    found = closure_measures(valve, valve.surface.points, contact_mm=0.5)
    assert found["coapt_area_mm2"] == 0.0 and found["closure_ratio"] == 1.0
    assert found["a2p2_coapt_height_mm"] == 0.0


def test_place_off_the_valve() -> None:
    valve = plates(np.zeros_like, n_columns=5)
    with pytest.raises(InputError, match="both leaflets are cut"):
        closure_section(valve, valve.surface.points, 1.5)


# Table of the independent solutions: coaptation heights A2 and P2, coaptation areas, tenting height and volumes.
_PUBLISHED = {
    "caseA": (6.51, 5.86, 186.0, 219.0, 0.15, 0.327, 1.302),
    "caseB": (0.0, 0.0, 79.0, 87.0, 11.08, 3.874, 0.153),
}


@pytest.mark.parametrize("name", ["caseA", "caseB"])
def test_independent_solutions(repository: Path, name: str) -> None:
    """Faces within 0.5 mm; theirs by raster and by whole triangles, ours by integration."""
    file = repository.parent / "shared" / "reference" / "leaflet-closure" / name / "result.npz"
    if not file.is_file():
        pytest.skip(f"finite-element references not found ({file})")
    with np.load(file) as data:
        found = closure_measures(reference_valve(name).valve, data["top"], contact_mm=0.5)
    high_a, high_p, area_a, area_p, tenting, tent, billow = _PUBLISHED[name]
    assert found["a2p2_coapt_height_a_mm"] == pytest.approx(high_a, abs=0.1)
    assert found["a2p2_coapt_height_p_mm"] == pytest.approx(high_p, abs=0.1)
    assert found["coapt_area_a_mm2"] == pytest.approx(area_a, rel=0.06)
    assert found["coapt_area_p_mm2"] == pytest.approx(area_p, rel=0.06)
    assert found["a2p2_tenting_height_mm"] == pytest.approx(tenting, abs=0.15)
    # Theirs takes the sheet nearest to the atrium within the mid-surface annulus; ours every sheet with its sign.
    assert found["tenting_volume_ml"] == pytest.approx(tent, abs=0.3)
    assert found["billow_volume_ml"] == pytest.approx(billow, abs=0.1)


def test_leaflet_outside_the_hinge() -> None:
    """A row of the front plate is drawn 4 mm over its hinge at y = 15: both layers of the tongue beyond y = 16."""
    valve = plates(np.zeros_like, n_columns=9, n_rows=7)
    points = valve.surface.points.copy()
    assert closure_measures(valve, points)["outside_area_mm2"] == pytest.approx(0.0, abs=1e-9)
    points[np.isclose(points[:, 1], 12.5) & (np.abs(points[:, 0]) < 6.0), 1] = 19.0
    found = closure_measures(valve, points)["outside_area_mm2"]
    # Between the columns that are drawn out, 10 mm apart, two layers of 3 mm; beside them slopes.
    assert found > 2.0 * 10.0 * 3.0
    assert found == pytest.approx(_beyond(valve, points, 16.0), rel=2e-3)


def _beyond(valve, points: np.ndarray, y: float) -> float:
    """Area of flat triangles beyond a line, each cut into many."""
    n, total = 400, 0.0
    k = (np.arange(n) + 0.5) / n
    u, v = np.meshgrid(k, k)
    inside = u + v < 1.0
    u, v = u[inside], v[inside]
    for a, b, c in points[valve.surface.triangles]:
        area = 0.5 * np.linalg.norm(np.cross(b - a, c - a))
        total += area * float(((a + u[:, None] * (b - a) + v[:, None] * (c - a))[:, 1] > y).mean())
    return total

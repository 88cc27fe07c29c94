"""Reports of vein and arteries by published schemes, against plain searches over the same curves."""

from __future__ import annotations

import numpy as np
import pytest

from annulus import measure
from annulus.anatomy.parametric import preset
from artery_hearts import drawn_artery, with_arteries


def test_a_stretch_ends_where_the_artery_does() -> None:
    """One artery 1 mm off the wall beside 40 to 70 mm, another beside 20 to 30 mm, on the annulus side."""
    case = with_arteries(
        drawn_artery("lcx", 1.0), drawn_artery("om1", 2.0, start_mm=20.0, end_mm=30.0), drawn_artery("far", 9.0)
    )
    found = measure(case).circumflex
    assert found is not None
    rows = {row.artery: row for row in found.stretches}
    assert set(rows) == {"lcx", "om1"}
    assert rows["lcx"].min_gap_before_mm == pytest.approx(1.0, abs=0.2)
    # The artery's ends stay within 5 mm, wall to wall, of some more of the vein.
    assert 30.0 < rows["lcx"].cs_from_s_mm < 40.5 and 69.5 < rows["lcx"].cs_to_s_mm < 80.0
    assert rows["lcx"].between_mm > 25.0
    assert rows["om1"].cs_from_s_mm < 21.0
    # The vein runs from right to left, the artery the other way.
    assert rows["lcx"].lcx_from_s_mm > rows["lcx"].lcx_to_s_mm


def test_sections_stand_every_ten_degrees_where_the_vein_passes() -> None:
    case = preset("fmr")
    found, sinus = measure(case).circumflex, case.coronary_sinus
    assert found is not None and sinus is not None
    assert 15 <= len(found.sections) <= 36
    assert [row.clock_deg % 10.0 for row in found.sections] == pytest.approx([0.0] * len(found.sections), abs=1e-9)
    for row in found.sections:
        at = sinus.curve.at([row.cs_s_mm])
        assert case.annulus.theta_deg(at)[0] == pytest.approx(row.clock_deg, abs=0.2)
        distances = [artery.curve.closest(at)[1][0] for artery in case.arteries]
        names = [artery.name for artery in case.arteries]
        assert row.axis_distance_mm == pytest.approx(distances[names.index(row.artery)], abs=0.15)
        dense = case.annulus.loop.at(np.linspace(0.0, len(case.annulus.loop), 20_000, endpoint=False))
        assert row.annulus_distance_mm == pytest.approx(np.linalg.norm(dense - at, axis=1).min(), abs=0.01)
    told = sorted(row.clock_deg for row in found.sections if row.crosses)
    for crossing in found.crossings:
        assert min(abs((crossing.theta_deg - clock + 180.0) % 360.0 - 180.0) for clock in told) <= 5.0


def test_stations_stand_every_ten_millimetres() -> None:
    case = preset("fmr")
    found, sinus = measure(case).coronary_sinus, case.coronary_sinus
    assert found is not None and sinus is not None and sinus.curve.radius is not None
    rows = found.to_dict()["stations"]
    assert isinstance(rows, list)
    assert [row["s_mm"] for row in rows] == pytest.approx(np.arange(0.0, sinus.curve.length, 10.0))
    frame = case.annulus.frame
    for row in rows[1:-1]:
        s = row["s_mm"]
        ends = frame.to_local(sinus.curve.at([s - 0.5, s + 0.5]))
        way = ends[1] - ends[0]
        assert row["plane_angle_deg"] == pytest.approx(
            np.degrees(np.arcsin(abs(way[2]) / np.linalg.norm(way))), abs=1.0
        )
        assert row["height_above_plane_mm"] == pytest.approx(ends[:, 2].mean(), abs=0.05)
        assert row["diameter_mm"] == pytest.approx(2.0 * float(sinus.curve.radius_at([s])[0]), rel=1e-9)

"""What experiments found of closing valves, on the preset valves at a coarse mesh: signs, orders and proportions.

[he2008]: tension of the annulus by region grows linearly with pressure, more on the anterior side and under taut
papillary tips. [chaput2008]: little leaflet area for the area to close goes with regurgitation. [timek2002],
[tibayan2004]: drawing the septal and lateral sides together by some 6 mm all but abolishes ischaemic regurgitation; the
less so the deeper the leaflets are tethered. What is not met is said where it stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from scipy.stats import spearmanr

from annulus.anatomy.parametric import preset
from annulus.anatomy.valve import Valve, valve_of_case
from annulus.mechanics.valve import ClosureSolution, close_valve
from annulus.outcomes import anatomic_orifice, closure_measures, effective_orifice_mm2
from annulus.outcomes._tensions import annular_tension

pytestmark = pytest.mark.slow

DEEPER = (2.0, -2.0, -4.0)
"""Displacement of both tips outwards, to the posterior side and to the apex [mm]."""


@cache
def valve(name: str) -> Valve:
    return valve_of_case(preset(name), n_columns=48, n_rows=6)[0]


@cache
def closed(name: str, *, cinch_mm: float = 0.0, deeper: float = 0.0, pressure_mmhg: float = 100.0) -> ClosureSolution:
    """Preset's valve, its hinge narrowed between septal and lateral side, its tips moved by a multiple of `DEEPER`."""
    piece = valve(name)
    hinge = piece.frame.to_local(piece.surface.points[piece.hinge])
    narrow = hinge * [1.0, 1.0 - cinch_mm / np.ptp(hinge[:, 1]), 1.0]
    tips = piece.frame.to_local(piece.tips)
    away = deeper * np.array(DEEPER) * np.column_stack([np.sign(tips[:, 0]), np.ones((2, 2))])
    solution = close_valve(
        piece,
        pressure_mmhg=pressure_mmhg,
        hinge=piece.frame.to_world(narrow) if cinch_mm else None,
        tips=piece.frame.to_world(tips + away) if deeper else None,
    )
    assert solution.converged
    assert len(solution.interpenetrations()) == 0
    return solution


@dataclass(frozen=True, slots=True)
class Outcome:
    roa_mm2: float
    closure_ratio: float
    tenting_height_mm: float
    coapt_height_mm: float


@cache
def outcome(name: str, *, cinch_mm: float = 0.0, deeper: float = 0.0) -> Outcome:
    solution = closed(name, cinch_mm=cinch_mm, deeper=deeper)
    measures = closure_measures(solution.valve, solution.points)
    return Outcome(
        anatomic_orifice(solution.valve, solution.points).area_mm2,
        measures["closure_ratio"],
        measures["a2p2_tenting_height_mm"],
        measures["a2p2_coapt_height_mm"],
    )


def test_annular_tension_grows_linearly_with_pressure() -> None:
    """He and Bhattacharya, porcine valves: linear; at 122 mmHg 53.9 +- 15.0 N/m anterior, 36.3 +- 8.9 N/m posterior."""
    pressures = np.array([60.0, 90.0, 122.0])
    rows = [annular_tension(closed("normal", pressure_mmhg=float(p))) for p in pressures]
    at_122 = {}
    for side in ("anterior", "posterior"):
        tension = np.array([row[f"annular_tension_{side}_n_per_m"] for row in rows])
        slope, rest = np.polyfit(pressures, tension, 1)
        assert np.abs(tension - slope * pressures - rest).max() < 0.05 * tension[-1], side
        assert abs(rest) < 0.1 * tension[-1], side
        at_122[side] = rows[-1][f"annular_pull_{side}_n_per_m"]
    # Theirs rested on a ring: the part in the plane only. Within two standard deviations.
    assert at_122["anterior"] > at_122["posterior"]
    assert at_122["anterior"] == pytest.approx(53.9, abs=2.0 * 15.0)
    assert at_122["posterior"] == pytest.approx(36.3, abs=2.0 * 8.9)


def test_taut_papillary_tips_raise_the_tension() -> None:
    """He and Bhattacharya: slack, normal and taut tips 37, 54 and 59 N/m anterior, 25, 36, 42 posterior."""
    normal, tethered = (annular_tension(closed(name, pressure_mmhg=122.0)) for name in ("normal", "fmr"))
    for side in ("anterior", "posterior"):
        assert tethered[f"annular_tension_{side}_n_per_m"] > normal[f"annular_tension_{side}_n_per_m"]


def test_low_closure_ratio_goes_with_regurgitation() -> None:
    """Chaput: closure ratio 1.78 in normals and 1.29 in functional regurgitation; below 1.7 it leaks."""
    found = [outcome(name) for name in ("normal", "fmr", "ischaemic", "afmr")]
    found += [outcome("fmr", cinch_mm=6.0), outcome("fmr", deeper=1.0), outcome("fmr", cinch_mm=6.0, deeper=1.0)]
    ratio, orifice = (np.array([getattr(q, name) for q in found]) for name in ("closure_ratio", "roa_mm2"))
    assert spearmanr(ratio, orifice).statistic < -0.8
    assert (ratio[orifice > 20.0] < 1.7).all()
    assert ratio[orifice > 20.0].max() < ratio[orifice < 10.0].min()
    # Not met as a number: the normal valve has 1.26, for its stress-free leaflets are those of cadavers
    # (docs/leaflets.md), and only what is in contact counts as spare.
    assert found[0].closure_ratio > max(q.closure_ratio for q in found[1:4])


@pytest.mark.parametrize("name", ["fmr", "ischaemic"])
def test_cinching_by_6_mm_all_but_abolishes_the_leak(name: str) -> None:
    """Timek: three steps of 2 to 3 mm, grade 2.0 to 0.6. Mild is an effective orifice below 20 mm2 [ase2017]."""
    before, after = outcome(name), outcome(name, cinch_mm=6.0)
    assert before.roa_mm2 > 20.0
    assert effective_orifice_mm2(after.roa_mm2) < 20.0
    assert after.roa_mm2 < 0.5 * before.roa_mm2
    assert after.closure_ratio > before.closure_ratio + 0.05


def test_cinching_does_less_when_tenting_is_deep() -> None:
    """Tibayan, and the surgeons' rule of a tenting height of 10 to 11 mm: tips 5 mm further away, 15 mm of tenting."""
    shares = []
    for deeper in (0.0, 1.0, 1.5):
        before, after = outcome("fmr", deeper=deeper), outcome("fmr", cinch_mm=6.0, deeper=deeper)
        shares.append(after.roa_mm2 / before.roa_mm2)
        if deeper:
            assert before.tenting_height_mm > outcome("fmr").tenting_height_mm + 1.0
            assert after.roa_mm2 > 40.0
    assert shares[0] < shares[1] < shares[2]

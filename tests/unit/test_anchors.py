"""Anchors count with their own diameter: in the vein's radius, in the artery's contact, in gaps; what the flags say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from annulus import Case, simulate
from annulus.anatomy.parametric import preset
from annulus.errors import InputError
from annulus.mechanics.network import Anchors, CinchModel, CinchParameters, Landing
from annulus.prediction import artery_flags
from annulus.therapies import DoubleAnchor

ANCHORS = Anchors(9.0, 10.0, 10.0, 12.0)


@pytest.fixture(scope="module")
def case() -> Case:
    return preset("fmr")


@pytest.mark.parametrize("n", [41, 160, 1001])
def test_a_vein_widens_by_what_the_anchors_hold_apart(n: int) -> None:
    """On an even vein the added area (radius times length) is (R - r) L of each anchor, whatever the stations."""
    s = np.linspace(0.0, 120.0, n)
    radius = np.full(n, 3.0)
    wide = ANCHORS.widened(s, radius, 80.3, 21.7)
    step = np.concatenate([[0.5], np.ones(n - 2), [0.5]]) * (s[1] - s[0])
    assert np.sum((wide - radius) * step) == pytest.approx(1.5 * 10.0 + 2.0 * 12.0, rel=1e-12)
    assert wide[np.argmin(np.abs(s - 85.0))] == pytest.approx(4.5)
    assert ANCHORS.widened(s, radius, 80.3, None)[np.argmin(np.abs(s - 15.0))] == 3.0
    # A vein wider than both stays as it is.
    assert np.array_equal(ANCHORS.widened(s, 3.0 * radius, 80.3, 21.7), 3.0 * radius)


def test_a_vein_widens_no_further_than_the_published_dilation_lets_it() -> None:
    """1.88 times its load-free diameter at 80 mmHg; imaged at 8 mmHg it stands at 1 + 0.88 (3 0.1^2 - 2 0.1^3)."""
    s, radius = np.linspace(0.0, 120.0, 241), np.full(241, 3.0)
    wide = Anchors(18.0, 10.0, 18.0, 12.0).widened(s, radius, 80.0, None)
    assert wide.max() == pytest.approx(3.0 * 1.88 / (1.0 + 0.88 * 0.028), rel=1e-12)
    soft = Anchors(18.0, 10.0, 18.0, 12.0, pressure_mmhg=32.0).widened(s, radius, 80.0, None)
    # Half of the pressure, half of the S.
    assert soft.max() == pytest.approx(3.0 * 1.44 / (1.0 + 0.88 * 0.028), rel=1e-12)
    with pytest.raises(InputError, match="pressure_mmhg must be positive"):
        Anchors(9.0, 10.0, 18.0, 10.0, pressure_mmhg=0.0)


def test_an_anchor_without_size_is_refused() -> None:
    with pytest.raises(InputError, match="distal_length_mm must be positive; got 0"):
        Anchors(9.0, 0.0, 18.0, 10.0)


def test_anchors_that_are_no_wider_than_the_vein_change_nothing(case: Case) -> None:
    thin = DoubleAnchor(1.0, 1.5, 60.0)
    model = CinchModel.from_case(
        case, trigones=np.array([case.annulus.landmarks[name] for name in ("LT", "RT")]), parameters=CinchParameters()
    )
    landing = Landing(95.0, 20.0)
    bare = model.lock(landing, 60.0)
    held = model.with_anchors(Anchors(1.0, 10.0, 1.5, 10.0)).lock(landing, 60.0)
    assert np.array_equal(bare.positions, held.positions)
    assert thin.name == "double-anchor-1-1.5-60"


def test_a_wide_anchor_presses_on_the_artery_beside_it(case: Case) -> None:
    """The distal anchor opens where the artery passes nearest: the wider, the less of the gap is left."""
    curve = case.coronary_sinus.curve  # type: ignore[union-attr]
    vertex = int(np.argmin(np.abs(curve.arc_lengths - 89.0)))
    gaps, radii = [], []
    for diameter in (5.0, 7.0, 9.0):
        result = simulate(case, DoubleAnchor(diameter, 18.0, 60.0), distal_at_mm=84.0, plication_mm=8.0, closure="none")
        assert result.converged
        gaps.append(result.circumflex["min_gap_after_mm"])
        radii.append(result.prediction.after.vein.curve.radius[vertex])  # type: ignore[union-attr, index]
        assert any(line.name == "anchored_vein" for line in result.assumptions)
    assert radii == pytest.approx([curve.radius[vertex], 3.5, 4.5], abs=1e-12)
    # A fixed artery would lose all of the anchor's surplus; this one gives way, so it loses less.
    lost = np.diff(gaps)
    assert (lost < 0.0).all() and (lost > -1.0).all()


def test_forces_balance_with_anchors(case: Case) -> None:
    result = simulate(case, DoubleAnchor(9.0, 18.0, 60.0), distal_at_mm=84.0, plication_mm=8.0, closure="none")
    state = result.prediction.after
    assert state.equilibrium.residual_n < 1e-6  # type: ignore[union-attr]
    assert result.to_dict()["solver"]["net_force_n"] < 1e-6  # type: ignore[index]


def test_geometry_alone_is_told_in_the_first_lines(case: Case) -> None:
    result = simulate(case, DoubleAnchor(9.0, 18.0, 60.0), distal_at_mm=84.0, plication_mm=8.0, closure="none")
    told = [line for line in result.artery_flags if line.startswith("lcx")]
    assert len(told) == 2 and "between vein and annulus along" in told[0]
    assert f"least wall gap 0.6 -> {result.circumflex['min_gap_after_mm']:.1f} mm" in told[1]
    assert [f"! {line}" for line in result.artery_flags] == list(result.summary[1 : 1 + len(result.artery_flags)])
    assert set(result.artery_flags) <= set(result.flags)
    block = result.circumflex
    low, high = (result["therapy.landing.proximal_s_mm"], result["therapy.landing.distal_s_mm"])
    trunk = next(row for row in block["arteries"] if row["artery"] == "lcx")
    # The profile says the same: stations inside the span, on the annulus side, at most 5 mm away.
    rows = {key: np.array(values, dtype=float) for key, values in trunk["profile"].items()}
    inside = (rows["cs_s_mm"] >= low) & (rows["cs_s_mm"] <= high)
    between = inside & (rows["aside_deg"] < 90.0) & (rows["gap_before_mm"] <= 5.0)
    assert trunk["between_in_span_mm"] == pytest.approx(between.sum() * np.diff(rows["cs_s_mm"])[0], abs=1.0)
    assert 0.0 < trunk["between_in_span_mm"] <= block["between_vein_and_annulus_mm"] <= high - low


def test_overlap_before_and_an_anchor_at_a_crossing_are_told(case: Case) -> None:
    trunk, *marginals = case.arteries
    wide = replace(trunk, curve=replace(trunk.curve, radius=trunk.curve.radius + 1.0))
    result = simulate(
        replace(case, arteries=(wide, *marginals)), DoubleAnchor(9.0, 18.0, 40.0), distal_at_mm=66.0, closure="none"
    )
    assert any("lcx and vein overlap before the device by 0.4 mm" in line for line in result.artery_flags)
    crossing = result.circumflex["crossings"][0]
    # The anchor covers 66 to 76 mm of the vein; the marginal crosses it there.
    assert crossing["to_anchor_mm"] == 0.0 and 66.0 < crossing["cs_s_mm"] < 76.0
    assert any(f"an anchor covers the place where {crossing['artery']} crosses" in line for line in result.artery_flags)
    assert "lies 3.0 mm from the place" in artery_flags({"crossings": [crossing | {"to_anchor_mm": 3.0}]})[0]
    assert artery_flags({"crossings": [crossing | {"to_anchor_mm": 5.1}]}) == ()

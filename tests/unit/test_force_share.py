"""Force of the ribbon along AP behind P: arcs in closed form, and what a result says of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from annulus import simulate
from annulus.anatomy import Case, CoronarySinus
from annulus.anatomy.parametric import preset
from annulus.geometry import Curve
from annulus.heart import Heart
from annulus.mechanics.network import CinchParameters, Landing, force_share_ap
from annulus.mechanics.network._force_share import BEHIND_P_MM


def with_vein(case: Case, local: np.ndarray, radius: float = 1e-6) -> Case:
    """The case with its vein along points of the annulus frame."""
    points = case.annulus.frame.to_world(local)
    return replace(case, coronary_sinus=CoronarySinus(Curve(points, radius=np.full(len(points), radius))))


def arc(case: Case, radius: float, *, sign: float = 1.0) -> np.ndarray:
    """An arc about the AP axis that passes 8 mm behind P, from PM to AL; with -1 it bulges towards P."""
    behind = case.annulus.frame.to_local(case.annulus.landmarks["P"]) - [0.0, 8.0, 0.0]
    half = 25.0 / radius
    angle = np.linspace(half, -half, 200)
    return behind + np.column_stack(
        [radius * np.sin(angle), sign * radius * (1.0 - np.cos(angle)), np.zeros(len(angle))]
    )


def share(case: Case) -> float:
    model = Heart(case).model(CinchParameters())
    return force_share_ap(model, Landing(model.strip.vein_length, 0.0), case.annulus)


@pytest.fixture(scope="module")
def case() -> Case:
    return replace(preset("fmr"), arteries=())


@pytest.mark.parametrize("radius", [26.0, 40.0, 80.0])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_arc_turns_by_its_width_over_its_radius(case: Case, radius: float, sign: float) -> None:
    """Curvature 1/R over 2 w of width; nodes of 0.6 mm: 1e-3."""
    expected = sign * 2.0 * BEHIND_P_MM / radius
    assert share(with_vein(case, arc(case, radius, sign=sign))) == pytest.approx(expected, rel=2e-3)


def test_straight_vein_presses_nothing_behind_p(case: Case) -> None:
    local = arc(case, 1e6)
    assert share(with_vein(case, local)) == pytest.approx(0.0, abs=1e-4)


def test_what_lies_between_the_anchors_counts(case: Case) -> None:
    """A ribbon that ends at P has half of it; one that ends before has nothing."""
    model = Heart(with_vein(case, arc(case, 40.0))).model(CinchParameters())
    length = model.strip.vein_length
    whole, half, none = (
        force_share_ap(model, Landing(distal, 0.0), case.annulus) for distal in (length, 0.5 * length, 0.25 * length)
    )
    assert half == pytest.approx(0.5 * whole, rel=0.05)
    assert none == 0.0


def test_flat_vein_is_told_and_a_round_one_is_not(case: Case) -> None:
    for radius, told in ((90.0, True), (26.0, False)):
        vein = with_vein(case, arc(case, radius), radius=3.0)
        result = simulate(vein, "double-anchor-9-18-20", distal_at_mm=38.0, plication_mm=5.0, closure="none")
        line = next(line for line in result.summary if "press along AP behind P" in line)
        assert ("the vein is flat there" in line) == told
        assert f"of each newton in the ribbon {result['therapy.force_share_ap']:.2f} N" in line

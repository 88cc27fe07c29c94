"""Against the throw-away prototype of the same equilibrium [cinch-prototype], an independent program.

Its anatomies are given by half-ellipses and a few numbers, not point by point, so the comparison has a tolerance
of its own: where vein nodes lie between the given stations is a guess worth about 0.3 percentage points of AP.
"""

from __future__ import annotations

import numpy as np
import pytest

from annulus.anatomy import Annulus, Case, CoronarySinus
from annulus.geometry import Curve, Loop
from annulus.mechanics.network import CinchModel, CinchParameters, Equilibrium, Landing, TractionReaction

SET_C = {
    "annulus_axial_n": 3.0,
    "foundation_kpa": 1.39,
    "trigone_factor": 97.0,
    "stiffening_length_mm": 1e6,
    "ribbon_bending_nmm2": 0.0,
    "human_stiffness_factor": 1.0,
    "trigone_width_mm": 16.0,
    "ostium_factor": 0.0,
    "friction_coefficient": 0.0,
}
SET_C2 = SET_C | {
    "annulus_axial_n": 6.0,
    "foundation_kpa": 0.67,
    "trigone_factor": 87.0,
    "stiffening_length_mm": 8.0,
}


def heart(
    ap: float, cc: float, height: float, offsets: tuple[float, float, float], rise: float
) -> tuple[Case, np.ndarray]:
    """Half-ellipse annulus, 38 % of AP anterior, saddle -h/2 cos 2t; vein at an offset from t = -8 to -205 deg."""

    def ring(t: np.ndarray) -> np.ndarray:
        depth = np.where(np.sin(t) > 0.0, 0.38 * ap, 0.62 * ap)
        return np.column_stack([0.5 * cc * np.cos(t), depth * np.sin(t), -0.5 * height * np.cos(2.0 * t)])

    loop = Loop(ring(np.radians(np.arange(0.0, 360.0))))
    share = np.linspace(0.0, 1.0, 400)
    t = np.radians(-8.0 - 197.0 * share)
    along = ring(t + 1e-4) - ring(t - 1e-4)
    out = np.column_stack([along[:, 1], -along[:, 0], np.zeros(len(t))])
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    offset = np.interp(share, [0.0, 0.5, 1.0], offsets)
    vein = ring(t) + offset[:, None] * out + [0.0, 0.0, rise]
    corners = ring(np.radians(np.array([90.0, 270.0, 180.0, 0.0])))
    annulus = Annulus(loop, dict(zip(("A", "P", "AL", "PM"), corners, strict=True)))
    # The prototype's path follows the axis: a vein without width.
    case = Case("half-ellipse", annulus, CoronarySinus(Curve(vein, radius=np.full(400, 1e-6))))
    return case, ring(np.radians(np.array([138.0, 42.0])))


def changes(case: Case, model: CinchModel, state: Equilibrium) -> tuple[float, float, float]:
    """AP, commissural and area change [%] on the node polygon."""
    corners = np.array([case.annulus.landmarks[name] for name in ("A", "P", "AL", "PM")])
    where, _ = Loop(model.strip.annulus).closest(corners)

    def values(nodes: np.ndarray) -> np.ndarray:
        loop = Loop(nodes)
        a, p, al, pm = loop.at(where)
        return np.array([np.linalg.norm(a - p), np.linalg.norm(al - pm), np.linalg.norm(loop.area_vector)])

    return tuple(100.0 * (values(state.annulus) / values(model.strip.annulus) - 1.0))


def model_of(case: Case, trigones: np.ndarray, parameters: dict[str, float]) -> CinchModel:
    return CinchModel.from_case(case, trigones=trigones, parameters=CinchParameters(**parameters))


@pytest.mark.parametrize(
    ("parameters", "ap", "area", "cc"), [(SET_C, -23.3, -22.2, -1.3), (SET_C2, -23.1, -22.2, -0.7)]
)
def test_ovine_suture(parameters: dict[str, float], ap: float, area: float, cc: float) -> None:
    """Section 2.1: 2.1 N pulled from outside on an ovine annulus. Its vein's ends are not given: 1 point."""
    case, trigones = heart(30.0, 36.0, 5.0, (7.0, 7.0, 7.0), 0.0)
    model = model_of(case, trigones, parameters)
    assert case.coronary_sinus is not None
    state = model.pull(case.coronary_sinus.curve.length - 8.0, 2.1, reaction=TractionReaction.OUTSIDE)
    assert changes(case, model, state) == pytest.approx((ap, cc, area), abs=1.1)


@pytest.mark.parametrize(("plication", "ap"), [(5.0, -5.4), (10.0, -11.1), (15.0, -17.0), (20.0, -23.6)])
def test_human_dose_response(plication: float, ap: float) -> None:
    """Section 2.3 at AP 38, between its rows for 36 and 41.4 mm, and section 0 item 3."""
    case, trigones = heart(38.0, 43.5, 6.0, (11.0, 11.0, 9.0), 3.0)
    model = model_of(case, trigones, SET_C)
    landing = Landing(90.0, 10.0)
    state = model.lock(landing, model.slack_free_path(landing) - plication)
    assert changes(case, model, state)[0] == pytest.approx(ap, abs=0.8)


def test_human_tension_at_ten_millimetres() -> None:
    """Section 0 item 4: 1.18 N."""
    case, trigones = heart(38.0, 43.5, 6.0, (11.0, 11.0, 9.0), 3.0)
    model = model_of(case, trigones, SET_C)
    state = model.lock(Landing(90.0, 10.0), 70.0)
    assert state.tension_n == pytest.approx(1.18, abs=0.04)


def test_recoil_on_locking() -> None:
    """Section 5: traction to the 70 mm path -15.4 %, locked at the same length -11.1 %."""
    case, trigones = heart(38.0, 43.5, 6.0, (11.0, 11.0, 9.0), 3.0)
    model = model_of(case, trigones, SET_C)
    landing = Landing(90.0, 10.0)
    traction = model.pull_to(landing, 70.0, reaction=TractionReaction.OUTSIDE)
    assert changes(case, model, traction)[0] == pytest.approx(-15.4, abs=0.7)
    assert changes(case, model, model.lock(landing, 70.0))[0] == pytest.approx(-11.1, abs=0.4)

"""A case and a made-up result for pictures; both simple enough to know every number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from annulus.anatomy import Annulus, Artery, Case, CoronarySinus, LeafletHeights, Leaflets, Phase
from annulus.errors import DependencyError
from annulus.geometry import Curve, Loop
from annulus.viz._rendering import rendering_window


@pytest.fixture(scope="session")
def opengl() -> None:
    """Skip where VTK cannot draw."""
    pytest.importorskip("pyvista")
    try:
        with rendering_window():
            pass
    except DependencyError as error:
        pytest.skip(f"no picture can be drawn here: {error}")


def _ring(theta_deg: np.ndarray, radius: np.ndarray | float, z: np.ndarray | float) -> np.ndarray:
    theta = np.radians(theta_deg)
    return np.stack(np.broadcast_arrays(-radius * np.sin(theta), radius * np.cos(theta), z), axis=-1)


@pytest.fixture(scope="session")
def case() -> Case:
    """A round annulus of 20 mm radius, a vein at 28 mm, an artery that passes from inside under it to outside."""
    theta = np.arange(0.0, 360.0, 5.0)
    landmarks = {
        name: _ring(np.array(at), 20.0, 0.0) for name, at in zip(("A", "AL", "P", "PM"), (0, 90, 180, 270), strict=True)
    }
    vein = Curve(_ring(np.linspace(280.0, 60.0, 80), 28.0, 2.0), np.linspace(5.0, 2.0, 80))
    along = np.linspace(0.0, 1.0, 60)
    lcx = Curve(_ring(40.0 + 140.0 * along, 24.0 + 9.0 * along, 2.0 - 5.0 * np.sin(np.pi * along)), np.full(60, 1.5))
    return Case(
        "ring",
        Annulus(Loop(_ring(theta, 20.0, 0.0)), landmarks),
        CoronarySinus(vein),
        (Artery("lcx", lcx),),
        Leaflets(heights=LeafletHeights(np.arange(0.0, 360.0, 30.0), np.full(12, 18.0))),
        papillary_tips={"AL": np.array([-8.0, 0.0, -22.0]), "PM": np.array([8.0, 0.0, -22.0])},
        phase=Phase.MID_SYSTOLE,
    )


@pytest.fixture(scope="session")
def result(case: Case) -> dict[str, Any]:
    """A result made by hand: everything behind the middle moves 3 mm forward. No prediction."""
    assert case.coronary_sinus is not None

    def moved(points: np.ndarray) -> list[list[float]]:
        forward = np.where(points[:, 1:2] < 0.0, np.array([0.0, 3.0, 0.0]) * points[:, 1:2] / -28.0, 0.0)
        return (points + forward).tolist()

    vein, artery = case.coronary_sinus.curve, case.arteries[0].curve
    return {
        "schema": "annulus.result/2",
        "case": {"id": case.id, "digest": case.digest},
        "therapy": {"kind": "double_anchor", "device": "test device", "locked_tension_n": 2.5, "plication_mm": 8.0},
        "annulus": {"before": {"ap_mm": 40.0}, "after": {"ap_mm": 37.8}},
        "shapes": {
            "annulus_before_mm": case.annulus.loop.points.tolist(),
            "annulus_after_mm": moved(case.annulus.loop.points),
            "coronary_sinus_before_mm": vein.points.tolist(),
            "coronary_sinus_after_mm": moved(vein.points),
            "arteries_before_mm": {"lcx": artery.points.tolist()},
            "arteries_after_mm": {"lcx": moved(artery.points)},
            "device_mm": {"ribbon": moved(vein.points[12:60])},
            "anchors_mm": {"distal": moved(vein.points)[60], "proximal": moved(vein.points)[12]},
        },
    }

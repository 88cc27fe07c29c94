"""Closed leaflets of a result in the scene of its case: which state is drawn, what is refused. Shapes are made up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from annulus import viz
from annulus.anatomy import Case
from annulus.errors import FileError
from annulus.viz import ResultShapes


@pytest.fixture
def closed(case: Case, result: dict[str, Any]) -> dict[str, Any]:
    """A fan over the annulus: its front half is the anterior leaflet, its back half the posterior one, 5 mm deep."""
    ring = case.annulus.loop.points
    n = len(ring)
    rows = np.column_stack([np.arange(n), (np.arange(n) + 1) % n, np.full(n, n)])
    before = np.vstack([ring, [[0.0, 0.0, -5.0]]])
    shapes = {
        **result["shapes"],
        "leaflets_before_mm": before.tolist(),
        "leaflets_after_mm": (before + [0.0, 0.0, 1.0]).tolist(),
        "leaflet_triangles": rows.tolist(),
        "leaflet_of_triangle": (ring[:, 1] < 0.0).astype(int).tolist(),
    }
    flow = {"before": {"eroa_mm2": 31.0}, "after": {"eroa_mm2": 12.0}}
    return {**result, "shapes": shapes, "regurgitation": flow}


def test_state_after_counts_else_before(case: Case, closed: dict[str, Any]) -> None:
    after = ResultShapes.from_result(closed, case).leaflets
    assert after is not None and after.points[-1].tolist() == [0.0, 0.0, -4.0]
    del closed["shapes"]["leaflets_after_mm"]
    before = ResultShapes.from_result(closed, case).leaflets
    assert before is not None and before.points[-1].tolist() == [0.0, 0.0, -5.0]
    del closed["shapes"]["leaflets_before_mm"]
    assert ResultShapes.from_result(closed, case).leaflets is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("leaflet_triangles", [[0, 1, 5000]]),
        ("leaflet_triangles", "none"),
        ("leaflets_after_mm", [[0.0, 1.0]]),
        ("leaflet_of_triangle", [0]),
    ],
)
def test_what_is_no_leaflet_is_refused(case: Case, closed: dict[str, Any], key: str, value: object) -> None:
    closed["shapes"] = {**closed["shapes"], key: value}
    with pytest.raises(FileError, match=r"shapes\.leaflets_after_mm"):
        ResultShapes.from_result(closed, case)


@pytest.mark.usefixtures("opengl")
def test_scene_holds_both_leaflets(case: Case, closed: dict[str, Any]) -> None:
    plotter = viz.scene(case, closed, size=(600, 450))
    try:
        actors = plotter.renderers[0].actors
        boxes = [np.reshape(actors[f"leaflet {word}"].GetBounds(), (3, 2)) for word in ("anterior", "posterior")]
    finally:
        plotter.close()
    front, back = boxes
    # The fan's middle lies 4 mm below; either leaflet is its own half of the ring, of 20 mm radius.
    assert front[2, 0] == pytest.approx(-4.0) and back[2, 0] == pytest.approx(-4.0)
    assert front[1, 1] == pytest.approx(20.0) and back[1, 0] == pytest.approx(-20.0)
    assert back[1, 1] < 2.0

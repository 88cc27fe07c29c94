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


@pytest.fixture
def touching(case: Case, closed: dict[str, Any]) -> dict[str, Any]:
    """Two flat strips, 1 mm apart over half of their length and 6 mm apart over the rest; a hole beside them."""
    x, y = np.meshgrid(np.linspace(-10.0, 10.0, 21), [0.0, 5.0], indexing="ij")
    front = np.stack([x, y, np.zeros_like(x)], axis=-1).reshape(-1, 3)
    back = front + np.where(front[:, :1] < 0.0, [[0.0, 0.0, -1.0]], [[0.0, 0.0, -6.0]])
    index = np.arange(42).reshape(21, 2)
    a, b, c, d = (part.ravel() for part in (index[:-1, :1], index[1:, :1], index[1:, 1:], index[:-1, 1:]))
    own = np.vstack([np.column_stack([a, b, c]), np.column_stack([a, c, d])])
    shapes = {
        **closed["shapes"],
        "leaflets_after_mm": np.vstack([front, back]).tolist(),
        "leaflet_triangles": np.vstack([own, own + 42]).tolist(),
        "leaflet_of_triangle": [0] * len(own) + [1] * len(own),
        "chordae_after_mm": [front[0].tolist(), back[0].tolist()],
        "chordae_tip": [0, 1],
        "papillary_tips_mm": [[-8.0, 0.0, -22.0], [8.0, 0.0, -22.0]],
    }
    jet = {"section": "A2-P2", "area_mm2": np.pi * 2.0, "width_mm": 2.0, "centre_mm": [5.0, 0.0, -3.0]}
    return {
        **closed,
        "shapes": shapes,
        "coaptation": {"after": {"contact_distance_mm": 1.2}},
        "regurgitation": {**closed["regurgitation"], "after": {"eroa_mm2": 4.0, "jets": [jet]}},
    }


@pytest.mark.usefixtures("opengl")
def test_coaptation_chordae_and_holes_are_drawn(case: Case, touching: dict[str, Any]) -> None:
    leaflets = ResultShapes.from_result(touching, case).leaflets
    assert leaflets is not None
    distance = leaflets.distance_to_other()
    x = leaflets.points[:, 0]
    # By hand: 1 mm where the strips lie on each other, farther elsewhere.
    assert distance[x <= -1.0] == pytest.approx(np.ones((x <= -1.0).sum()), abs=1e-9)
    assert distance[x >= 1.0].min() > 1.2
    plotter = viz.scene(case, touching, view="posterior", size=(600, 450))
    try:
        actors = plotter.renderers[0].actors
        assert {"chordae", "hole 0", "hole 0 rim", "annulus plane"} <= set(actors)
        box = np.reshape(actors["hole 0"].GetBounds(), (3, 2))
        (layer,) = plotter.label_layers
        assert "hole 6 mm²" in {label.text for label in layer.labels}
        image = np.asarray(plotter.screenshot(return_img=True)).astype(int)
    finally:
        plotter.close()
    # An ellipse of 2 mm and 2 pi mm2 is 4 mm long, from AL to PM.
    assert (box[0, 1] - box[0, 0], box[1, 1] - box[1, 0]) == pytest.approx((4.0, 2.0), abs=1e-3)
    green = (image[..., 1] - image[..., 0] > 60) & (image[:, :, 1] > 90) & (image[..., 1] - image[..., 2] > 10)
    assert green[:, :400].sum() > 20


@pytest.mark.usefixtures("opengl")
def test_section_cuts_away_the_near_half(case: Case, touching: dict[str, Any]) -> None:
    plotter = viz.scene(case, touching, view="section-ap", size=(600, 450))
    try:
        actors = plotter.renderers[0].actors
        assert {"cut leaflet anterior", "cut leaflet posterior", "cut coronary sinus"} <= set(actors)
        plane = actors["annulus"].GetMapper().GetClippingPlanes().GetItem(0)
        # Looked at from the left: what lies to the left is gone.
        assert plane.GetNormal() == pytest.approx((1.0, 0.0, 0.0), abs=1e-9)
        cut = np.reshape(actors["cut leaflet anterior"].GetBounds(), (3, 2))
        assert np.abs(cut[0]).max() < 0.6
    finally:
        plotter.close()


@pytest.mark.parametrize("chordae", [{"chordae_tip": [0, 7]}, {"chordae_after_mm": "none"}])
def test_bad_chordae_name_their_place(case: Case, touching: dict[str, Any], chordae: dict[str, Any]) -> None:
    touching["shapes"] = {**touching["shapes"], **chordae}
    with pytest.raises(FileError, match=r"shapes\.chordae_after_mm"):
        ResultShapes.from_result(touching, case)

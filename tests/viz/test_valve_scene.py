"""Pictures of a valve: both panels hold its parts, deformed points are drawn, and what bad input gets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from annulus import viz
from annulus.anatomy.parametric import AnnulusParameters, LeafletParameters, parametric_annulus
from annulus.anatomy.valve import Valve, parametric_valve
from annulus.errors import FileError, InputError

TIPS = {"AL": (-15.0, -8.0, -26.0), "PM": (15.0, -9.0, -26.0)}


@pytest.fixture(scope="module")
def valve() -> Valve:
    ring = parametric_annulus(AnnulusParameters(30.0, 38.0, 6.0, 26.0))
    return parametric_valve(ring, LeafletParameters(23.0, 13.0, 8.0), tips=TIPS, n_columns=40, n_rows=6)


@pytest.mark.usefixtures("opengl")
class TestScene:
    def test_both_panels_hold_the_valve(self, valve: Valve) -> None:
        plotter = viz.valve_scene(valve, size=(600, 300))
        try:
            atrium, cut = (set(renderer.actors) for renderer in plotter.renderers)
        finally:
            plotter.close()
        both = {"leaflet anterior", "leaflet posterior", "hinge", "papillary tip 0", "papillary tip 1", "chordae basal"}
        assert both <= atrium
        assert both <= cut
        assert {"cut anterior", "cut posterior"} <= cut
        assert {"edge anterior", "edge posterior", "chordae strut"} <= atrium

    def test_the_cut_lies_in_its_plane_and_has_the_leaflet_s_length(self, valve: Valve) -> None:
        """The cut's tube is as long as the columns at A2 and P2 are high: 23 and 13 mm, and lies at x = 0."""
        plotter = viz.valve_scene(valve, size=(600, 300))
        try:
            for word, height in (("anterior", 23.0), ("posterior", 13.0)):
                box = np.reshape(plotter.renderers[1].actors[f"cut {word}"].GetBounds(), (3, 2))
                assert np.abs(box[0]).max() < 0.5
                assert np.linalg.norm(box[1:, 1] - box[1:, 0]) == pytest.approx(height, abs=1.0)
        finally:
            plotter.close()

    def test_a_picture_of_moved_points_differs(self, valve: Valve, tmp_path: Path) -> None:
        from PIL import Image

        moved = np.array(valve.surface.points)
        moved[valve.free_edge] += [0.0, 0.0, 4.0]
        images = []
        for name, points in (("open", None), ("moved", moved)):
            path = viz.valve_screenshot(valve, tmp_path / f"{name}.png", points, title=name, size=(600, 300))
            images.append(np.asarray(Image.open(path).convert("RGB"), dtype=int))
        assert images[0].shape == (300, 600, 3)
        assert (np.abs(images[0] - images[1]).sum(axis=2) > 30).sum() > 500


def test_refuses(valve: Valve, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="points must have the valve's shape"):
        viz.valve_scene(valve, np.zeros((3, 3)))
    with pytest.raises(InputError, match="size must lie"):
        viz.valve_scene(valve, size=(10, 10))
    with pytest.raises(FileError, match="suffix"):
        viz.valve_screenshot(valve, tmp_path / "valve.txt")

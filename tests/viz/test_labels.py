"""Labels: apart from each other, within the picture, whole names in any script."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from annulus import viz
from annulus.viz._fonts import font_families, text_image, wrapped
from annulus.viz._labels import place_labels

BOUNDS = (0.0, 0.0, 400.0, 300.0)


def overlap(a, b) -> float:
    return min(min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1]))


class TestPlacing:
    def test_crowded_points_get_words_apart(self):
        anchors = np.array([[200.0 + 3.0 * k, 150.0] for k in range(8)])
        sizes = np.full((8, 2), (40.0, 12.0))
        wishes = np.tile([0.0, 1.0], (8, 1))
        places = place_labels(anchors, sizes, wishes, BOUNDS)
        boxes = [(x - 20, y - 6, x + 20, y + 6) for x, y in filter(None, places)]
        assert len(boxes) >= 6
        assert all(overlap(a, b) <= 0.0 for k, a in enumerate(boxes) for b in boxes[:k])

    def test_wish_is_granted_where_there_is_room(self):
        ((x, y),) = place_labels(np.array([[200.0, 150.0]]), np.array([[40.0, 12.0]]), np.array([[0.0, -1.0]]), BOUNDS)
        assert x == pytest.approx(200.0)
        # Half its height to clear the point, and once more to stand off.
        assert y == pytest.approx(150.0 - 12.0)

    def test_first_comes_first_and_what_has_no_room_is_left_out(self):
        anchors = np.array([[200.0, 150.0]] * 2)
        places = place_labels(anchors, np.full((2, 2), 30.0), np.zeros((2, 2)), BOUNDS, reach=(0.0, 0.0))
        assert places[0] == (200.0, 150.0) and places[1] is None
        must = place_labels(
            anchors, np.full((2, 2), 30.0), np.zeros((2, 2)), BOUNDS, must=(True, True), reach=(0.0, 0.0)
        )
        assert must[1] is not None

    def test_taken_places_and_borders_are_kept_clear(self):
        anchors, sizes = np.array([[5.0, 150.0], [200.0, 150.0], [900.0, 0.0]]), np.full((3, 2), (40.0, 12.0))
        taken = [(150.0, 140.0, 250.0, 300.0)]
        first, second, outside = place_labels(anchors, sizes, np.tile([0.0, 1.0], (3, 1)), BOUNDS, taken)
        assert first[0] >= 20.0
        assert overlap((second[0] - 20, second[1] - 6, second[0] + 20, second[1] + 6), taken[0]) <= 0.0
        assert outside is None


@pytest.mark.usefixtures("opengl")
class TestScene:
    @pytest.mark.parametrize("view", [view.name for view in viz.VIEWS])
    @pytest.mark.parametrize("size", [(400, 300), (1000, 750)])
    def test_labels_of_every_view_lie_apart(self, case, result, view, size):
        plotter = viz.scene(case, result, view=view, size=size)
        try:
            plotter.render()
            (layer,) = plotter.label_layers
            boxes = layer.boxes()
            wide, high = layer.renderer.GetSize()
        finally:
            plotter.close()
        assert len(boxes) >= 3
        told = list(boxes.items())
        must = {label.text for label in layer.labels if label.must}
        for k, (name, a) in enumerate(told):
            assert a[0] >= -2 and a[1] >= -2 and a[2] <= wide + 2 and a[3] <= high + 2
            for other, b in told[:k]:
                # VTK's boxes carry a pixel or two of margin.
                assert overlap(a, b) < 4.0 or {name, other} <= must, (name, other)

    def test_ruler_says_where_the_device_landed(self, case, result):
        told = {**result, "therapy": {**result["therapy"], "landing": {"distal_s_mm": 95.0, "proximal_s_mm": 18.2}}}
        plotter = viz.scene(case, told, size=(1200, 900))
        try:
            names = set(plotter.renderers[0].actors)
            (layer,) = plotter.label_layers
            words = {label.text for label in layer.labels}
        finally:
            plotter.close()
        assert {"ruler", "ruler 10 mm", "ruler 5 mm", "ruler 1 mm"} <= names
        assert {"0 mm", "10", "50", "90", "distal 95 mm", "proximal 18 mm"} <= words

    def test_labels_follow_the_camera(self, case):
        plotter = viz.scene(case, size=(600, 450))
        try:
            (layer,) = plotter.label_layers
            before = layer.boxes()["A"]
            plotter.camera.zoom(0.6)
            plotter.screenshot(return_img=True)
            assert layer.boxes()["A"] != before
        finally:
            plotter.close()


class TestNames:
    def test_wrapped_text_is_whole(self):
        text = "case_2024-03-17 preop_CT_phase40 with a very long name andnoplacetobreakitatallwhatever"
        lines = wrapped(text, 20)
        assert max(len(line) for line in lines) <= 20
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")

    def test_letters_beyond_the_usual_font_have_a_family(self):
        assert font_families("Müller Ελένη Иванова") == ["DejaVu Sans"]
        assert len(font_families("患者")) > 1
        # Two ideographs give two glyphs, be it as boxes: wider than one, and not blank.
        one, two = (text_image([text], pixels=20, color="#000000", background="#ffffff") for text in ("患", "患者"))
        assert two.shape[1] > 1.5 * one.shape[1]
        assert (two < 100).any()

    @pytest.mark.usefixtures("opengl")
    @pytest.mark.parametrize("name", ["患者-0001_術前", "x" * 70, "Пациент Иванова, до операции, КТ 2024-03-17"])
    def test_any_name_is_drawn(self, case, name, tmp_path):
        from PIL import Image

        path = viz.screenshot(replace(case, id=name), tmp_path / "n.png", size=(400, 300))
        image = np.asarray(Image.open(path).convert("L")).astype(int)
        card = image[:90, 225:]
        # The name's own letters, within the card.
        assert (card < 110).sum() > 40
        assert (image[:90, -3:] > 180).all()

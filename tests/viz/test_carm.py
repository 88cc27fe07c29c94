"""C-arm geometry against hand-made cases; patient axes LPS: x to the left, y to the back, z to the head."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from annulus import load_case, viz
from annulus.errors import FileError, InputError
from annulus.viz._carm import REACH_DEG
from annulus.viz._xray import tube_thickness

ROOT2 = np.sqrt(2.0)


def beam(carm: viz.CArm) -> np.ndarray:
    return carm.axes[2]


class TestAxes:
    @pytest.mark.parametrize(
        ("lao", "cranial", "to_detector", "right", "up"),
        [
            # The detector in front of the patient; the patient's left on the image's right, the head up.
            (0, 0, (0, -1, 0), (1, 0, 0), (0, 0, 1)),
            # LAO 90: the detector on the patient's left; the back of the patient on the image's right.
            (90, 0, (1, 0, 0), (0, 1, 0), (0, 0, 1)),
            (-90, 0, (-1, 0, 0), (0, -1, 0), (0, 0, 1)),
            # Cranial 45: half way to the head.
            (0, 45, (0, -1 / ROOT2, 1 / ROOT2), (1, 0, 0), (0, 1 / ROOT2, 1 / ROOT2)),
            (45, 0, (1 / ROOT2, -1 / ROOT2, 0), (1 / ROOT2, 1 / ROOT2, 0), (0, 0, 1)),
        ],
    )
    def test_by_hand(self, lao, cranial, to_detector, right, up):
        axes = viz.CArm(lao, cranial).axes
        for found, wanted in zip(axes, (right, up, to_detector), strict=True):
            assert found == pytest.approx(np.array(wanted, dtype=float), abs=1e-12)

    def test_are_right_handed(self):
        right, up, towards = viz.CArm(33.0, -21.0).axes
        assert np.cross(right, up) == pytest.approx(towards)


class TestProjection:
    def test_magnification_by_similar_triangles(self):
        """Closed form: a point 150 mm nearer to the source is seen 1000 / 600 times as large, not 1000 / 750."""
        carm = viz.CArm(source_detector_mm=1000.0, source_object_mm=750.0)
        assert carm.magnification == pytest.approx(4.0 / 3.0)
        points = [[6.0, 0.0, 0.0], [6.0, 150.0, 0.0], [0.0, -150.0, 9.0]]
        places, magnification = carm.project(points, np.zeros(3))
        assert magnification == pytest.approx([4.0 / 3.0, 5.0 / 3.0, 10.0 / 9.0])
        assert places == pytest.approx(np.array([[8.0, 0.0], [10.0, 0.0], [0.0, 10.0]]))

    def test_isocentre_lies_in_the_middle(self):
        iso = np.array([12.0, -40.0, 300.0])
        places, _ = viz.CArm(30.0, -20.0).project(iso[None], iso)
        assert places == pytest.approx(np.zeros((1, 2)), abs=1e-12)

    def test_what_lies_behind_the_source_is_refused(self):
        with pytest.raises(InputError, match="in front of the X-ray source"):
            viz.CArm().project([[0.0, 751.0, 0.0]], np.zeros(3))


class TestEdgeOn:
    @pytest.mark.parametrize(
        ("normal", "lao", "cranial"),
        [
            # A plane that faces the head is edge-on straight from the front.
            ((0, 0, 1), 0.0, 0.0),
            # One that leans back by 30 degrees from the head is so 30 degrees cranial: worked out by hand.
            ((0, 0.5, np.sqrt(0.75)), 0.0, 30.0),
            ((0, -0.5, np.sqrt(0.75)), 0.0, -30.0),
            # One that faces the patient's left is edge-on from the front too.
            ((1, 0, 0), 0.0, 0.0),
            # One that faces half left, half back needs 45 degrees of LAO.
            ((1, 1, 0), 45.0, 0.0),
            ((-1, 1, 0), -45.0, 0.0),
        ],
    )
    def test_by_hand(self, normal, lao, cranial):
        found = viz.edge_on(normal)
        assert (found.lao_deg, found.cranial_deg) == pytest.approx((lao, cranial), abs=1e-6)
        # The sign of a normal says nothing of a plane.
        other = viz.edge_on(-np.array(normal, dtype=float))
        assert (other.lao_deg, other.cranial_deg) == pytest.approx((lao, cranial), abs=1e-6)

    def test_curve_is_perpendicular_to_the_normal(self):
        normal = np.array([-0.61, 0.61, 0.51])
        curve = viz.edge_on_curve(normal)
        assert len(curve) > 100
        for row in curve[::15]:
            assert beam(viz.CArm(*row)) @ normal == pytest.approx(0.0, abs=1e-12)

    def test_most_reachable_is_turned_least(self):
        normal = np.array([-0.61, 0.61, 0.51])
        best = viz.edge_on(normal)
        frontal = np.cos(np.radians(viz.edge_on_curve(normal))).prod(axis=1)
        assert beam(best) @ [0.0, -1.0, 0.0] >= frontal.max() - 1e-9

    def test_none_is_reachable(self):
        """A frontal plane is edge-on only from the side: no reachable LAO angle at all."""
        assert viz.edge_on((0.0, 1.0, 0.05)) is None

    def test_ring_is_a_line_in_the_picture(self):
        """Vertices of a tilted circle about the isocentre fall on a line, in perspective too."""
        normal = np.array([0.3, 0.5, 0.8]) / np.linalg.norm([0.3, 0.5, 0.8])
        first = np.cross(normal, [1.0, 0.0, 0.0])
        first /= np.linalg.norm(first)
        phase = np.linspace(0.0, 2.0 * np.pi, 60)[:, None]
        ring = 20.0 * (np.cos(phase) * first + np.sin(phase) * np.cross(normal, first))
        places, _ = viz.edge_on(normal).project(ring, np.zeros(3))
        assert np.linalg.svd(places - places.mean(axis=0))[1][1] == pytest.approx(0.0, abs=1e-9)

    def test_preset_is_seen_edge_on_as_published(self):
        """[fluoroscopic-angulation-macquarie]: RAO 29.4 +- 9.0 with 20.1 +- 8.7 cranial (septal-lateral view), RAO
        81.6 +- 18.9 with 56.7 +- 8.0 caudal (trigone view); mean and SD of 25 patients with functional MR."""
        case = load_case("data/meshes/fmr/case.json")
        curve = viz.edge_on_curve(case.annulus.frame.axes[2], lao_deg=[-29.4, -81.6])
        assert abs(curve[0, 1] - 20.1) < 8.7
        assert abs(curve[1, 1] + 56.7) < 2 * 8.0


class TestForeshortening:
    def test_share_of_a_straight_line(self):
        """Closed form: a line at an angle to the beam is seen by the sine of it."""
        line = [[0.0, 0.0, 0.0], [0.0, -10.0, 0.0]]
        share = viz.projected_share(line, np.array([0.0, 30.0, 90.0]), np.zeros(3))
        assert share == pytest.approx([0.0, 0.5, 1.0], abs=1e-12)

    def test_least_is_across_the_line(self):
        """A line from front to left is seen whole from RAO 45 ... LAO -45; of all such views the least turned one."""
        line = np.array([[0.0, 0.0, 0.0], [10.0, -10.0, 0.0]])
        carm, share = viz.least_foreshortened(line)
        assert share == pytest.approx(1.0, abs=2e-3)
        assert carm.lao_deg == pytest.approx(-45.0, abs=4.0)
        assert abs(beam(carm) @ [1.0, -1.0, 0.0]) / ROOT2 < 0.07

    def test_along_a_curve_of_angulations(self):
        line = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 10.0]])
        carm, share = viz.least_foreshortened(line, on=viz.edge_on_curve((0.0, 0.5, np.sqrt(0.75))))
        # The plane is edge-on at 30 degrees cranial from the front, where an upright line is seen by cos 30; turned to
        # the side it is seen better: tan(cranial) = tan(30) cos(lao), at the end of the reach.
        cranial = np.degrees(np.arctan(np.tan(np.radians(30.0)) * np.cos(np.radians(REACH_DEG[0]))))
        assert share == pytest.approx(np.cos(np.radians(cranial)), abs=3e-3)
        assert abs(carm.cranial_deg) == pytest.approx(cranial, abs=2.0)

    def test_offered_by_case(self, case, result):
        offered = viz.offered_angulations(case, result)
        assert set(offered) == {"edge", "landing", "crossing"}
        normal = case.annulus.frame.axes[2]
        assert abs(beam(offered["edge"][0]) @ normal) < 0.05
        bare = replace(case, coronary_sinus=None, arteries=())
        assert set(viz.offered_angulations(bare)) == {"edge"}
        with pytest.raises(InputError, match="carm landing needs a vein"):
            viz.wanted_carm("landing", bare)


class TestNames:
    @pytest.mark.parametrize(
        ("text", "lao", "cranial"),
        [
            ("LAO30/CAU20", 30, -20),
            ("rao 10 / cra 25", -10, 25),
            ("AP", 0, 0),
            ("CRAN15", 0, 15),
            ("AP/CAUD30", 0, -30),
        ],
    )
    def test_read(self, text, lao, cranial):
        found = viz.angulation_named(text)
        assert (found.lao_deg, found.cranial_deg) == (lao, cranial)

    def test_written_as_read(self):
        for text in ("LAO30/CAU20", "RAO5", "CRA12", "AP"):
            name = viz.angulation_named(text).name
            assert name == (text if text != "CRA12" else "AP/CRA12")
            assert viz.angulation_named(name).name == name

    @pytest.mark.parametrize("text", ["LAO", "LAO30/RAO20", "CRA10/CAU5", "30/20", "", "LAO30/CAU20/X", "AP30"])
    def test_refused(self, text):
        with pytest.raises(InputError, match="carm must be an angulation such as LAO30/CAU20"):
            viz.angulation_named(text)

    def test_out_of_range(self):
        with pytest.raises(InputError, match="at most 89 degrees"):
            viz.angulation_named("CRA90")
        with pytest.raises(InputError, match="less than source_detector_mm"):
            viz.CArm(source_object_mm=1200.0)


class TestPicture:
    @pytest.mark.parametrize("lao", [0.0, 60.0])
    def test_thickness_sums_to_the_volume(self, lao):
        """A tube of radius 3 and length 40 mm at the isocentre: pi r2 L, whatever its angle to the beam."""
        points = np.column_stack([np.linspace(-20.0, 20.0, 30), np.zeros(30), np.zeros(30)])
        carm = viz.CArm(lao, source_detector_mm=9000.0, source_object_mm=8000.0)
        image = tube_thickness(carm, np.zeros(3), points, 3.0, pixels=500)
        pixel_mm = carm.detector_mm / 500 / carm.magnification
        assert image.sum() * pixel_mm**2 == pytest.approx(np.pi * 9.0 * 40.0, rel=0.01)
        # Across the tube as wide as it is, and in the middle at most 18 % thicker than the chord.
        if lao == 0.0:
            column = image[:, 250]
            assert (column > 0.0).sum() * pixel_mm == pytest.approx(6.0, abs=2.5 * pixel_mm)
            assert 6.0 < column.max() < 1.19 * 6.0

    def test_vessels_and_device_are_dark_and_the_annulus_is_drawn(self, case, result, tmp_path):
        from PIL import Image

        path = viz.fluoroscopy_screenshot(case, tmp_path / "c.png", result, carm=viz.CArm(30.0, -20.0), size=(400, 300))
        image = np.asarray(Image.open(path).convert("RGB")).astype(int)
        assert image.shape == (300, 400, 3)
        grey = image.mean(axis=2)
        # Ground, contrast and metal are told apart.
        assert np.median(grey) > 140
        assert (grey < 60).sum() > 50
        assert ((grey > 60) & (grey < 120)).sum() > 300
        # The annulus' blue line.
        assert ((image[..., 2] - image[..., 0]) > 100).sum() > 100

    def test_labels_lie_within_and_apart(self, case, result):
        figure = viz.fluoroscopy(case, result, carm=viz.CArm(-30.0, 20.0), size=(400, 300))
        figure.canvas.draw()
        texts = [text for text in figure.axes[0].texts if (text.get_gid() or "").startswith("label")]
        assert {"A", "P"} <= {text.get_text() for text in texts}
        boxes = [text.get_window_extent().extents for text in texts]
        for k, a in enumerate(boxes):
            assert a[0] >= -1 and a[1] >= -1 and a[2] <= 401 and a[3] <= 301
            for b in boxes[:k]:
                across, along = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
                assert min(across, along) < 2.5

    def test_result_of_another_case_is_refused(self, case, result):
        with pytest.raises(FileError, match="must belong to the case"):
            viz.fluoroscopy(case.scaled(1.1), result)

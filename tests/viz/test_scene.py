"""Scenes and pictures: what is in them, that they are drawn, and what bad input gets."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from annulus import simulate, viz
from annulus.anatomy import Artery, Case
from annulus.anatomy.measures import gap_profile
from annulus.errors import DependencyError, FileError, InputError, MissingFileError
from annulus.geometry import Curve
from annulus.heart import ClosureSettings, Heart
from annulus.therapies import ALL_THERAPIES
from annulus.viz import _rendering
from annulus.viz._actors import GAP_ARRAY
from annulus.viz._leaflet_sheet import leaflet_sheets
from annulus.viz._overlay import _round_length
from annulus.viz._states import drawn_states, wall_gap
from annulus.viz._style import GAP_LIMIT_MM
from annulus.viz._sweep import sweep, tube_axes
from leaky_heart import leaky_heart

SMALL = (480, 360)


def names_in(plotter) -> set[str]:
    return set().union(*(renderer.actors for renderer in plotter.renderers))


@pytest.mark.usefixtures("opengl")
class TestPicture:
    @pytest.mark.parametrize("view", ["surgeon", "posterior", "left", "section-ap", "section-alpm", "inside", "all"])
    def test_has_its_size_and_is_not_blank(self, case, result, tmp_path, view):
        from PIL import Image

        path = viz.screenshot(case, tmp_path / "new" / f"{view}.png", result, view=view, size=SMALL)
        image = np.asarray(Image.open(path).convert("RGB"))
        assert image.shape == (SMALL[1], SMALL[0], 3)
        assert len(np.unique(image.reshape(-1, 3), axis=0)) > 300
        left = image[:, : int(0.68 * SMALL[0])].astype(int)
        # Something of the heart, not only texts: the device's orange.
        assert (np.abs(left - np.array([230, 159, 0])).sum(axis=2) < 120).sum() > 20

    def test_has_the_bodies_of_case_and_result(self, case, result):
        plotter = viz.scene(case, result, size=SMALL)
        try:
            wanted = {"annulus", "annulus before", "coronary sinus", "coronary sinus before", "artery lcx"}
            wanted |= {"device ribbon", "device anchor distal", "device anchor proximal"}
            wanted |= {"leaflet anterior outline", "leaflet posterior outline", "papillary tip AL"}
            assert wanted <= names_in(plotter)
        finally:
            plotter.close()

    def test_without_vein_artery_and_leaflets_shows_the_annulus_alone(self, case):
        plotter = viz.scene(replace(case, coronary_sinus=None, arteries=(), leaflets=None), size=SMALL)
        try:
            names = names_in(plotter)
            assert "annulus" in names
            assert not any(name.startswith(("artery", "coronary", "leaflet", "device")) for name in names)
        finally:
            plotter.close()

    def test_artery_colours_span_the_gap_profile(self, case):
        plotter = viz.scene(case, size=SMALL)
        try:
            mesh = plotter.renderers[0].actors["artery lcx"].mapper.dataset
            drawn = np.asarray(mesh.point_data[GAP_ARRAY])
            mapper = plotter.renderers[0].actors["artery lcx"].mapper
            assert tuple(mapper.scalar_range) == (-GAP_LIMIT_MM, GAP_LIMIT_MM)
        finally:
            plotter.close()
        # The profile of the measures, made from the vein's side; the smallest gap is the same from both sides, up to
        # how densely each is sampled (steps of 0.05 mm there, 1.6 mm here, near a minimum).
        profile = gap_profile(case.coronary_sinus, case.arteries[0], case.annulus, step_mm=0.05)
        assert drawn.min() == pytest.approx(profile.gap_mm.min(), abs=0.1)
        gap = wall_gap(case.coronary_sinus.curve, case.arteries[0].curve)
        assert (drawn.min(), drawn.max()) == (gap.min(), gap.max())

    def test_looks_from_the_atrium_with_the_aorta_up(self, case):
        turn = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
        moved = case.transformed(turn, (30.0, -20.0, 7.0))
        plotter = viz.scene(moved, size=SMALL)
        try:
            camera = plotter.renderers[0].camera
            towards = np.array(camera.position) - np.array(camera.focal_point)
            frame = moved.annulus.frame
            assert np.allclose(towards / np.linalg.norm(towards), frame.axes[2])
            assert np.allclose(camera.up, frame.axes[1])
            assert camera.parallel_projection
        finally:
            plotter.close()


class TestGap:
    def test_of_parallel_tubes_is_distance_less_radii(self):
        """Closed form: axes 6 mm apart, radii 4 and 1.5 mm."""
        x = np.linspace(0.0, 30.0, 31)
        vein = Curve(np.column_stack([x, 0 * x, 0 * x]), np.full(31, 4.0))
        artery = Curve(np.column_stack([x, 0 * x + 6.0, 0 * x]), np.full(31, 1.5))
        assert wall_gap(vein, artery) == pytest.approx(np.full(31, 0.5))
        assert wall_gap(vein, Curve(artery.points)) is None

    def test_unknown_radius_gives_no_smallest_gap(self, case):
        bare = replace(case, arteries=(Artery("lcx", Curve(case.arteries[0].curve.points)),))
        before, after = drawn_states(bare, None, viz.ResultShapes())
        assert before.smallest_gap is None
        assert after is None


class TestShapes:
    def test_radii_go_along_with_the_vein(self, case, result):
        before, after = drawn_states(case, result, viz.ResultShapes.from_result(result, case))
        assert after.vein.radius == pytest.approx(before.vein.radius)
        assert np.array_equal(after.vein.points, result["shapes"]["coronary_sinus_after_mm"])

    def test_landmarks_go_along_with_the_annulus(self, case, result):
        _, after = drawn_states(case, result, viz.ResultShapes.from_result(result, case))
        # By hand: P at y = -20 moves forward by 3 * 20 / 28.
        assert after.annulus.landmarks["P"] == pytest.approx([0.0, -20.0 + 60.0 / 28.0, 0.0], abs=1e-9)
        assert after.annulus.landmarks["A"] == pytest.approx([0.0, 20.0, 0.0], abs=1e-9)

    def test_every_key_is_optional(self, case):
        for shapes in ({}, {"annulus_before_mm": None}, None):
            told = {"schema": "annulus.result/2", "shapes": shapes}
            assert viz.ResultShapes.from_result(told, case).annulus_after is None

    @pytest.mark.parametrize(
        ("place", "value", "word"),
        [
            ("annulus_after_mm", [[1.0, 2.0]], "shapes.annulus_after_mm"),
            ("annulus_after_mm", [[1.0, 2.0, float("nan")]] * 9, "finite"),
            ("device_mm", {"ribbon": "text"}, "shapes.device_mm.ribbon: must be rows of three"),
            ("device_mm", [[0.0, 0.0, 0.0]], "must be an object"),
            ("anchors_mm", [1, 2, 3], "must be an object"),
        ],
    )
    def test_bad_shape_names_file_and_place(self, case, result, place, value, word):
        bad = copy.deepcopy(result)
        bad["shapes"][place] = value
        with pytest.raises(FileError, match=word):
            viz.ResultShapes.from_result(bad, case, file="r.json")

    def test_result_of_another_case_is_refused(self, case, result):
        other = case.scaled(1.1)
        with pytest.raises(FileError, match="must belong to the case"):
            viz.ResultShapes.from_result(result, other)

    @pytest.mark.parametrize("kind", ALL_THERAPIES, ids=lambda kind: kind.kind)
    def test_what_a_therapy_gives_is_drawn(self, kind):
        """No therapy is known here: its lines and places come as plain data."""
        heart = leaky_heart()
        done = simulate(Heart(heart, ClosureSettings(n_columns=40, n_rows=6)), kind.catalogue()[0])
        p = done.prediction
        given = p.therapy.shapes(p.heart, p.site, p.by_name)
        shapes = viz.ResultShapes.from_result(done.to_dict(), heart)
        lines = {name: rows for name, rows in given.items() if np.ndim(rows) == 2}
        places = {name: rows for name, rows in given.items() if np.ndim(rows) == 1}
        assert (shapes.device.keys(), shapes.anchors.keys()) == (lines.keys(), places.keys())
        for name, rows in lines.items():
            assert np.array_equal(shapes.device[name], rows)


class TestBadInput:
    def test_unknown_view(self, case):
        with pytest.raises(
            InputError,
            match="view must be one of surgeon, posterior, left, section-ap, section-alpm, inside, all; got 'top'",
        ):
            viz.scene(case, view="top")

    def test_tiny_size(self, case):
        with pytest.raises(InputError, match="size must lie in"):
            viz.scene(case, size=(10, 10))

    def test_suffix(self, case, tmp_path):
        with pytest.raises(FileError, match="suffix must be one of"):
            viz.screenshot(case, tmp_path / "picture.txt")

    def test_result_file(self, tmp_path):
        with pytest.raises(MissingFileError, match="must be an existing file"):
            viz.read_result(tmp_path / "none.json")
        path = tmp_path / "r.json"
        path.write_text("{")
        with pytest.raises(FileError, match="must be JSON"):
            viz.read_result(path)
        path.write_text(json.dumps({"schema": "annulus.case/1"}))
        with pytest.raises(FileError, match="schema"):
            viz.read_result(path)

    def test_result_file_of_the_version_before(self, case, result, tmp_path):
        ribbon = result["shapes"]["device_mm"]["ribbon"]
        rest = {key: value for key, value in result["shapes"].items() if key != "device_mm"}
        old = {**result, "schema": "annulus.result/1", "shapes": {**rest, "device_path_after_mm": ribbon}}
        (tmp_path / "r.json").write_text(json.dumps(old))
        shapes = viz.ResultShapes.from_result(viz.read_result(tmp_path / "r.json"), case)
        assert np.array_equal(shapes.device["ribbon"], ribbon)

    def test_no_screen(self, case, monkeypatch):
        monkeypatch.setenv("PYVISTA_OFF_SCREEN", "true")
        with pytest.raises(InputError, match="needs a screen"):
            viz.show(case)

    def test_no_opengl_names_the_packages(self, case, monkeypatch):
        pytest.importorskip("pyvista")
        monkeypatch.setattr(_rendering, "_working_kind", lambda wanted, display: None)
        with pytest.raises(DependencyError, match="libegl1 and libgl1-mesa-dri, or libosmesa6"):
            viz.scene(case, size=SMALL)

    @pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the trial runs on Linux only")
    def test_a_trial_that_crashes_counts_as_no(self, monkeypatch):
        monkeypatch.setattr(_rendering, "_TRIAL", "import os; os.abort()")
        assert _rendering._working_kind.__wrapped__(None, None) is None


class TestCommand:
    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from annulus.cli import main; main()", "view", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)

    def test_unknown_view_and_missing_file_leave_with_2(self, tmp_path):
        for words in (["none.json", "--view", "top"], [str(tmp_path / "none.json")], ["x.json", "--size", "big"]):
            done = self.run(*words, "--screenshot", str(tmp_path / "p.png"))
            assert done.returncode == 2
            assert done.stdout == ""
            assert len(done.stderr.strip().splitlines()) == 1

    @pytest.mark.usefixtures("opengl")
    def test_writes_a_picture(self, case: Case, result, tmp_path: Path):
        from annulus.io import save_case

        save_case(case, tmp_path / "case.json")
        (tmp_path / "result.json").write_text(json.dumps(result))
        picture = tmp_path / "p.png"
        done = self.run(
            str(tmp_path / "case.json"),
            *("--result", str(tmp_path / "result.json"), "--screenshot", str(picture), "--size", "480x360"),
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert picture.stat().st_size > 5000


class TestDrawing:
    def test_swept_circle_has_the_cylinder_s_volume(self):
        """Closed form: a prism over a regular n-gon of circumradius r has the area n/2 r^2 sin(2 pi/n)."""
        points = np.column_stack([np.linspace(0, 10, 6), np.zeros(6), np.zeros(6)])
        vertices, triangles, station = sweep(points, *tube_axes(points, 2.0, closed=False), closed=False, n_sides=24)
        a, b, c = (vertices[triangles[:, k]] for k in range(3))
        volume = np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6.0
        assert abs(volume) == pytest.approx(10.0 * 12.0 * 4.0 * np.sin(2 * np.pi / 24))
        assert station.max() == 5

    def test_closed_tube_ends_without_twist(self):
        """A loop out of its plane turns its transported frame; the tube must still close."""
        t = np.linspace(0, 2 * np.pi, 120, endpoint=False)
        loop = np.column_stack([20 * np.cos(t), 18 * np.sin(t), 4 * np.cos(2 * t) + 2 * np.sin(3 * t)])
        u, _ = tube_axes(loop, 1.0, closed=True)
        steps = np.linalg.norm(np.roll(u, -1, axis=0) - u, axis=1)
        assert steps[-1] < 2.0 * np.median(steps) + 0.05

    def test_leaflets_meet_where_their_heights_reach_across(self, case):
        """Equal heights of 18 mm: together 36 mm, less than the 40 mm across the middle, so 4 mm stay open there."""
        sheets = leaflet_sheets(case.annulus, case.leaflets.heights, n_sections=81)
        gap = np.linalg.norm(sheets["anterior"][1] - sheets["posterior"][1], axis=1)
        assert gap[40] == pytest.approx(4.0, abs=0.02)
        # Where the section is narrower than 36 mm, at |x| > sqrt(400 - 324) = 8.7 mm, they meet.
        x = case.annulus.frame.to_local(sheets["anterior"][1])[:, 0]
        assert gap[np.abs(x) > 8.8].max() == pytest.approx(0.0, abs=1e-9)

    @pytest.mark.parametrize(("longest", "length"), [(9.99, 5.0), (10.0, 10.0), (33.0, 20.0), (0.7, 0.5)])
    def test_scale_bar_is_a_round_number(self, longest, length):
        assert _round_length(longest) == pytest.approx(length)

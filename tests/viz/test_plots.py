"""Plots: the right numbers on the right axes."""

from __future__ import annotations

import numpy as np
import pytest

from annulus import viz
from annulus.anatomy import Artery
from annulus.anatomy.measures import gap_profile, measure_sequence
from annulus.errors import InputError
from annulus.geometry import Curve
from annulus.prediction import Importance, Share

pytest.importorskip("matplotlib")


def test_gap_profile_lines_are_the_profiles(case):
    before = gap_profile(case.coronary_sinus, case.arteries[0], case.annulus)
    figure = viz.plot_gap_profile({"before": before, "after": before}, span_mm=(60.0, 10.0), title="ring")
    axes = figure.axes[0]
    lines = [line for line in axes.get_lines() if len(line.get_xdata()) == len(before.s_mm)]
    assert len(lines) == 2
    assert np.array_equal(lines[0].get_ydata(), before.gap_mm)
    assert axes.get_ylim()[0] <= before.gap_mm.min()
    assert "wall to wall [mm]" in axes.get_ylabel()
    figure.canvas.draw()


def test_gap_profile_without_radius_is_refused(case):
    bare = Artery("lcx", Curve(case.arteries[0].curve.points))
    with pytest.raises(InputError, match="has no gap"):
        viz.plot_gap_profile(gap_profile(case.coronary_sinus, bare, case.annulus))


def test_area_against_frame_is_in_square_centimetres(case):
    annuli = [case.annulus, case.annulus.transformed(1.1 * np.eye(3))]
    columns = measure_sequence(annuli, minimal_surface=False)
    figure = viz.plot_area_against_frame(columns)
    (line,) = figure.axes[0].get_lines()
    assert line.get_ydata() == pytest.approx(np.asarray(columns["area_2d_mm2"]) / 100.0)
    figure.canvas.draw()
    with pytest.raises(InputError, match="at least one of nothing"):
        viz.plot_area_against_frame(columns, keys=("nothing",))


def test_load_path_has_two_axes_with_tension():
    plication, ap, tension = np.arange(4.0), 36.0 - np.arange(4.0), 0.5 * np.arange(4.0)
    figure = viz.plot_load_path(plication, ap, tension, title="load path")
    assert len(figure.axes) == 2
    assert np.array_equal(figure.axes[1].get_lines()[0].get_ydata(), tension)
    assert len(viz.plot_load_path(plication, ap).axes) == 1
    figure.canvas.draw()
    with pytest.raises(InputError, match="equally long"):
        viz.plot_load_path(plication, ap[:2])


def test_importance_and_intervals() -> None:
    """One bar each for alone and in all, the largest at the top; a key without indices is refused."""
    shares = (Share("strap", 0.4, 0.1, 0.6, 0.1), Share("wall", 0.2, 0.1, 0.3, 0.1))
    matters = Importance({"ap": shares}, 64, 256, 0, 0)
    axes = viz.plot_importance(matters, "ap").axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["wall", "strap"]
    assert sorted(bar.get_width() for bar in axes.patches) == pytest.approx([20.0, 30.0, 40.0, 60.0])
    with pytest.raises(InputError, match="importance must be of one of ap; got 'area'"):
        viz.plot_importance(matters, "area")
    lines = viz.plot_intervals({"5 mm": (-8.0, -5.0, -1.0)}, label="AP [%]").axes[0].get_lines()
    assert list(lines[0].get_xdata()) == [-8.0, -1.0]
    with pytest.raises(InputError, match="must hold at least one"):
        viz.plot_intervals({}, label="")

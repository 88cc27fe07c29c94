"""Plots of doses, gaps, displacements and choices: the right numbers at the right places."""

from __future__ import annotations

import numpy as np
import pytest

from annulus import load_case, simulate, viz
from annulus.errors import InputError
from annulus.viz._therapy_plots import displacement_by_angle

pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def cinched():
    case = load_case("data/meshes/fmr/case.json")
    return case, simulate(case, "carillon-9-18-60", closure="none").to_dict()


def test_dose_response_has_a_panel_each():
    dose, ap, eroa = np.arange(4.0), 36.0 - np.arange(4.0), 30.0 - 5.0 * np.arange(4.0)
    figure = viz.plot_dose_response(dose, ap, eroa, closing_ap_mm=34.0, title="dose")
    first, second = figure.axes
    assert np.array_equal(first.get_lines()[0].get_ydata(), ap)
    assert np.array_equal(second.get_lines()[0].get_ydata(), eroa)
    assert second.get_ylim()[0] == 0.0
    figure.canvas.draw()
    assert len(viz.plot_dose_response(dose, ap).axes) == 1
    with pytest.raises(InputError, match="equally long"):
        viz.plot_dose_response(dose, ap[:2])


def test_gaps_are_those_of_the_result(cinched):
    case, result = cinched
    for row in result["circumflex"]["arteries"]:
        figure = viz.plot_gaps(case, result, artery=row["artery"], up_to_mm=500.0)
        lines = {line.get_label(): line for line in figure.axes[0].get_lines()}
        assert np.array_equal(lines["before"].get_ydata(), row["profile"]["gap_before_mm"])
        # The result's own least gap, found on stations of its own.
        assert lines["after"].get_ydata().min() == pytest.approx(row["min_gap_after_mm"], abs=0.02)
        marks = [line for label, line in lines.items() if str(label).startswith("crossing")]
        told = [c["cs_s_mm"] for c in result["circumflex"]["crossings"] if c["artery"] == row["artery"]]
        assert [float(line.get_xdata()[0]) for line in marks] == pytest.approx(told)
        words = " ".join(text.get_text() for text in figure.axes[0].texts)
        assert "proximal 10 mm" in words and "distal 86 mm" in words
        figure.canvas.draw()
    with pytest.raises(InputError, match="artery must be one of lcx, om1, om2; got 'lad'"):
        viz.plot_gaps(case, result, artery="lad")
    with pytest.raises(InputError, match="needs a result with an artery"):
        viz.plot_gaps(case, {**result, "circumflex": {}})


def test_displacement_of_a_shrunk_and_lifted_ring(case):
    """Closed form: a circle of radius 20 scaled to 18 and lifted by 1 mm moves 2 mm inwards and 1 mm up everywhere."""
    before = np.asarray(case.annulus.loop.points)
    frame = case.annulus.frame
    local = frame.to_local(before)
    after = frame.to_world(np.column_stack([0.9 * local[:, :2], local[:, 2] + 1.0]))
    inwards, upwards, theta = displacement_by_angle(case.annulus, before, after, n_sectors=12)
    assert inwards == pytest.approx(np.full(12, 2.0), abs=1e-6)
    assert upwards == pytest.approx(np.full(12, 1.0), abs=1e-6)
    assert theta[3] == 90.0


def test_bullseye_stands_as_the_surgeon_sees_it(case, result):
    figure = viz.plot_displacement(case, result)
    polar = next(axes for axes in figure.axes if axes.name == "polar")
    figure.canvas.draw()
    at = {text.get_text(): text.get_window_extent().get_points().mean(axis=0) for text in polar.texts}
    assert at["A"][1] > at["P"][1] and at["AL"][0] < at["PM"][0]
    with pytest.raises(InputError, match="bull's-eye needs"):
        viz.plot_displacement(case, {**result, "shapes": {}})


def test_comparison_bars_and_intervals():
    figure = viz.plot_bars(
        {"none": 27.0, "ring-28": 2.0, "clip-XTW": float("nan")},
        label="EROA [mm²]", intervals={"ring-28": (1.0, 6.0)}, baseline=27.0,
    )  # fmt: skip
    axes = figure.axes[0]
    assert [bar.get_width() for bar in axes.patches] == [27.0, 2.0]
    assert [1.0, 6.0] in [list(line.get_xdata()) for line in axes.get_lines()]
    assert any("not known" in text.get_text() for text in axes.texts)
    figure.canvas.draw()
    with pytest.raises(InputError, match="at least one therapy"):
        viz.plot_bars({}, label="x")
    with pytest.raises(InputError, match="got 'band'"):
        viz.plot_bars({"none": 1.0}, label="x", intervals={"band": (0.0, 1.0)})


def test_pareto_front_is_joined_in_order():
    figure = viz.plot_pareto(
        [3.0, 1.0, 2.0, 0.5], [1.0, 3.0, 2.0, 4.0], on_front=[True, True, False, True],
        labels=("AP", "risk"), names=("a", "b", "c", "d"), chosen=0, refused=[False, False, True, False],
    )  # fmt: skip
    lines = {line.get_label(): line for line in figure.axes[0].get_lines()}
    assert list(lines["Pareto front"].get_xdata()) == [0.5, 1.0, 3.0]
    assert list(lines["breaks a rule"].get_xdata()) == [2.0]
    assert {text.get_text() for text in figure.axes[0].texts} == {"a", "b", "d"}
    figure.canvas.draw()
    with pytest.raises(InputError, match="equally long"):
        viz.plot_pareto([1.0], [1.0, 2.0], on_front=[True], labels=("a", "b"))
    with pytest.raises(InputError, match="chosen must be a row"):
        viz.plot_pareto([1.0], [1.0], on_front=[True], labels=("a", "b"), chosen=3)


def test_fit_matrix_has_a_square_each():
    cells = {"p1": {"9-18": "fits", "10-20": "narrow"}, "p2": {"9-18": "artery"}}
    figure = viz.plot_fit_matrix(cells, words={"narrow": "vein too narrow"})
    axes = figure.axes[0]
    assert len(axes.patches) == 3
    assert [text.get_text() for text in axes.texts] == ["✓", "a", "b"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["p1", "p2"]
    assert "a  vein too narrow" in [text.get_text() for text in figure.legends[0].get_texts()]
    figure.canvas.draw()
    with pytest.raises(InputError, match="at least one case with one size"):
        viz.plot_fit_matrix({"p1": {}})


def test_distributions_count_what_is_unknown():
    rng = np.random.default_rng(1)
    values = rng.normal(35.0, 3.0, 200)
    values[:7] = np.nan
    figure = viz.plot_distributions({"fmr": values}, label="AP [mm]", published={"fmr": (34.0, 3.5)})
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["fmr\nn = 193, 7 unknown"]
    medians = [line.get_xdata()[0] for line in axes.get_lines() if len(line.get_xdata()) == 1]
    assert np.nanmedian(values) == pytest.approx(medians[0])
    figure.canvas.draw()
    with pytest.raises(InputError, match="a known value"):
        viz.plot_distributions({"x": [np.nan]}, label="AP")

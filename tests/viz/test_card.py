"""The card: the answer first, intervals and flags of the result, and a word where there are more than fit."""

from __future__ import annotations

import pytest

from annulus import viz
from annulus.viz._numbers import number_rows, signed
from annulus.viz._states import drawn_states


def words_of(plotter) -> list[str]:
    card = plotter.renderers[-1]
    props = card.GetViewProps()
    actors = [props.GetItemAsObject(k) for k in range(props.GetNumberOfItems())]
    return [actor.GetInput() for actor in actors if hasattr(actor, "GetInput") and isinstance(actor.GetInput(), str)]


@pytest.fixture
def told(result):
    return {
        **result,
        "regurgitation": {"before": {"eroa_mm2": 31.0}, "after": {"eroa_mm2": 12.0}},
        "intervals": {
            "level": 0.9,
            "by_key": {"annulus.after.ap_mm": [36.25, 39.0], "regurgitation.after.eroa_mm2": [4, 22]},
        },
        "flags": ["lcx and vein touch with the device, at 87 mm of the vein.", "The second flag. " * 3, "The third."],
    }  # fmt: skip


def test_rows_put_the_answer_first(case, told):
    before, after = drawn_states(case, told, viz.ResultShapes.from_result(told, case))
    rows = number_rows(before, after, told)
    assert [row.label for row in rows[:3]] == ["AP [mm]", "EROA [mm²]", "Smallest gap [mm]"]
    assert rows[0].values == ("40.0", "37.8", "−5.5 %") and rows[0].interval == "36.2 to 39.0"
    assert rows[1].values == ("31", "12", "−19.0") and rows[1].interval == "4 to 22"
    assert rows[-1].interval == ""
    assert signed(-0.04) == "0.0" and signed(1.25, plus=True) in ("+1.2", "+1.3")


@pytest.mark.usefixtures("opengl")
def test_card_tells_intervals_and_flags(case, told):
    plotter = viz.scene(case, told, size=(1600, 1200))
    try:
        words = words_of(plotter)
    finally:
        plotter.close()
    text = " ".join(words)
    assert "after, 90 %: 36.2 to 39.0" in words and "after, 90 %: 4 to 22" in words
    for flag in told["flags"]:
        assert " ".join(flag.split()) in " ".join(text.split())
    assert "Research use only" in words


@pytest.mark.usefixtures("opengl")
def test_small_card_says_that_there_are_more_flags(case, told):
    told["flags"] = told["flags"] * 4
    plotter = viz.scene(case, told, size=(400, 300))
    try:
        words = words_of(plotter)
        sizes = [
            prop.GetTextProperty().GetFontSize()
            for prop in (plotter.renderers[-1].GetViewProps().GetItemAsObject(k) for k in range(12))
            if hasattr(prop, "GetTextProperty")
        ]
    finally:
        plotter.close()
    assert any("see the result file" in line for line in words)
    assert "AP [mm]" in words and "37.8" in words
    assert min(sizes) >= 7


@pytest.mark.usefixtures("opengl")
def test_show_draws_the_scene_of_the_file(case, told, monkeypatch):
    """A window gets the very scene that a file is drawn from, with the same size."""
    import annulus.viz._notebook as module

    asked = []

    class Window:
        def show(self, **_: object) -> None:
            asked.append("shown")

    def spy(*args: object, **options: object) -> Window:
        asked.append((args, options))
        return Window()

    monkeypatch.setattr(module, "display_is_present", lambda: True)
    monkeypatch.setattr(module, "scene", spy)
    viz.show(case, told, view="left")
    assert asked == [((case, told), {"view": "left", "off_screen": False, "file": "result"}), "shown"]

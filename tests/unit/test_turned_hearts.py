"""The study of turned hearts in small: the shipped example always, the real hearts where they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from turned_hearts import LIMITS, Turn, drawn_motion, run_turn, to_markdown, turns

N = 3


def kept(found: list[Turn]) -> None:
    assert len(found) == N
    for turn in found:
        assert turn.kept, turn


def test_the_example_does_not_know_where_up_is() -> None:
    """The full run is ``python studies/turned_hearts.py --n 200``; its table is in docs/extraction.md."""
    kept(list(turns(["example-fmr"], N, seed=5)))


@pytest.mark.parametrize("heart", ["bodyparts3d-heart5", "hra-vh-female"])
def test_real_hearts_do_not_know_where_up_is(heart: str, shared_anatomy: Path) -> None:
    kept(list(turns([heart], N, seed=5, root=shared_anatomy)))


def test_draws_differ_and_can_be_repeated() -> None:
    motions = [drawn_motion(np.random.default_rng([1, k])) for k in range(200)]
    assert {m.unit for m in motions} == {"mm", "cm", "m"}
    for share, of in ((0.5, "permuted"), (0.1, "mirrored")):
        assert sum(getattr(m, of) for m in motions) / 200 == pytest.approx(share, abs=0.1)
    for m in motions[:20]:
        assert np.linalg.det(m.linear) == pytest.approx((-1.0 if m.mirrored else 1.0) * m.scale**3)
    # Uniform rotations: every entry has the variance 1/3.
    assert np.mean([m.rotation**2 for m in motions], axis=0) == pytest.approx(np.full((3, 3), 1 / 3), abs=0.07)
    one, other = (run_turn("example-fmr", 5, 1, simulated=False) for _ in range(2))
    assert (one.axis_mm, one.measures_percent) == (other.axis_mm, other.measures_percent)


def test_the_table_tells_what_broke() -> None:
    found = [
        Turn("a", 0, False, axis_mm=0.2),
        Turn("a", 1, False, axis_mm=0.7, measures_percent=0.3, measure="annulus.ap_mm"),
        Turn("a", 2, False, refusal="the vein folds."),
        Turn("a", 3, True),
        Turn("a", 4, True, refusal="mirror image."),
    ]
    assert [turn.kept for turn in found] == [True, False, False, False, True]
    text = to_markdown(found, seed=1, wall_s=2.0)
    assert "| a | 3 | 0.7 |" in text and "| 1 | 1 of 2 |" in text
    assert "- a, draw 1: axis_mm 0.7, measures_percent 0.3 (annulus.ap_mm)" in text
    assert "- a: 1 mirrored ones accepted" in text
    assert set(LIMITS) == {"axis_mm", "ostium_mm", "annulus_mm", "measures_percent", "ap_points"}

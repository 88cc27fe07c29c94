"""The study of ostium and traction in small: one heart, one line a variant."""

from __future__ import annotations

from dataclasses import replace

import pytest

from annulus.anatomy.parametric import preset
from annulus.heart import Heart
from ostium import VARIANTS, Group, row_of, table


@pytest.fixture(scope="module")
def group() -> Group:
    return Group("example", [preset("fmr")])


def test_lock_keeps_less_of_a_pull_reacted_outside(group: Group) -> None:
    """The bracket of [vein-prototype] at the calibrated stiffnesses, without friction in the pull: 0.83 and 0.76."""
    row = row_of(Heart(group.cases[0]), group, {"friction_coefficient": 0.0})
    # There -12.7 %, with no artery between vein and annulus.
    bare = row_of(Heart(replace(group.cases[0], arteries=())), group, {"friction_coefficient": 0.0})
    assert bare.ap_percent == pytest.approx(-12.7, abs=0.3)
    assert bare.ap_percent < row.ap_percent < -10.0
    assert row.over_ostium == pytest.approx(0.83, abs=0.02)
    assert row.over_outside == pytest.approx(0.76, abs=0.02)
    assert 0.0 < row.yield_mm < 2.0


def test_table_has_a_line_for_every_variant_and_says_who_was_left_out(group: Group) -> None:
    far = Group("far", group.cases, distal_at_mm=500.0)
    text = table([group, far])
    assert [line.split("|")[3].strip() for line in text.splitlines()[2:6]] == list(VARIANTS)
    assert text.count("| example |") == len(VARIANTS) and "| far |" not in text
    assert text.endswith("Left out: no room for the distal anchor (1).")

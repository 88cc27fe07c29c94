"""Numbering of the strip: a permutation whose border opens the ring, and the bandwidth counted pair by pair."""

from __future__ import annotations

import numpy as np

from annulus.mechanics._numbering import half_bandwidth, strip_numbering


def test_numbering_is_a_permutation_cut_far_from_the_vein() -> None:
    ring = np.linspace(20.0, 70.0, 60)
    number = strip_numbering(96, ring)
    assert sorted(number) == list(range(156))
    border = [i for i in range(96) if number[i] >= 154]
    # The free stretch runs from 70 over 96 to 20: its middle is node 93.
    assert border == [93, 94]


def test_ring_without_vein() -> None:
    assert sorted(strip_numbering(12, np.zeros(0))) == list(range(12))


def test_bandwidth_pair_by_pair() -> None:
    rng = np.random.default_rng(0)
    groups = [rng.integers(0, 30, (5, 3)), rng.integers(0, 30, (4, 4))]
    slow = max(abs(int(p) - int(q)) for group in groups for row in group for p in row for q in row if p < 28 and q < 28)
    assert half_bandwidth(28, groups) == 3 * slow + 2
    assert half_bandwidth(28, [np.zeros((0, 3), dtype=np.int64)]) == 2

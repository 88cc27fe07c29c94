"""Numbering of the strip: a permutation whose border opens the annulus, and the envelope counted pair by pair."""

from __future__ import annotations

import numpy as np

from annulus.mechanics.network._numbering import blank_matrix, envelope, strip_numbering


def test_numbering_is_a_permutation_cut_far_from_the_vein() -> None:
    places = np.linspace(20.0, 70.0, 60)
    number = strip_numbering(96, places)
    assert sorted(number) == list(range(156))
    border = [i for i in range(96) if number[i] >= 154]
    # The free stretch runs from 70 over 96 to 20: its middle is node 93.
    assert border == [93, 94]


def test_ring_without_vein() -> None:
    assert sorted(strip_numbering(12, np.zeros(0))) == list(range(12))


def test_envelope_pair_by_pair() -> None:
    rng = np.random.default_rng(0)
    groups = [rng.integers(0, 30, (5, 3)), rng.integers(0, 30, (4, 4))]
    last = list(range(28))
    for group in groups:
        for row in group:
            inside = [int(p) for p in row if p < 28]
            for p in inside:
                last[p] = max(last[p], *inside)
    height = envelope(28, groups)
    for j in range(28):
        assert height[j] == max(last[: j + 1]) - j
    assert (envelope(5, [np.zeros((0, 3), dtype=np.int64)]) == 0).all()


def test_blank_matrix_holds_its_envelope() -> None:
    matrix = blank_matrix(np.array([2, 1, 0]), 1)
    assert matrix.band.shape == (3, 3, 9)
    assert matrix.border.shape == (3, 3, 3)
    assert matrix.corner.shape == (3, 3)

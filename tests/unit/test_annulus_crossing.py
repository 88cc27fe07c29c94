"""A loop that crosses itself is refused, whatever its size; the pairs compared agree with comparing all of them."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from annulus.anatomy._annulus import _require_simple
from annulus.errors import InputError


def _crosses(polygon: np.ndarray) -> bool:
    """Every pair of edges, one after the other, by the signs of four triangles."""

    def side(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> float:
        return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))

    n = len(polygon)
    edges = [(polygon[i], polygon[(i + 1) % n]) for i in range(n)]
    return any(
        side(a, b, c) * side(a, b, d) < 0.0 and side(c, d, a) * side(c, d, b) < 0.0
        for i, (a, b) in enumerate(edges)
        for j, (c, d) in enumerate(edges)
        if i + 1 < j < i + n - 1
    )


def _circle(n: int) -> np.ndarray:
    turn = 2.0 * np.pi * np.arange(n) / n
    return 17.0 * np.column_stack([np.cos(turn), np.sin(turn)])


@pytest.mark.parametrize("seed", range(40))
def test_agrees_with_all_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    polygon = _circle(24) + rng.normal(scale=1.0 + 0.05 * seed, size=(24, 2))
    if _crosses(polygon):
        with pytest.raises(InputError, match="must not cross itself"):
            _require_simple(polygon)
    else:
        _require_simple(polygon)


def test_both_kinds_are_among_the_seeds() -> None:
    found = {
        _crosses(_circle(24) + np.random.default_rng(seed).normal(scale=1.0 + 0.05 * seed, size=(24, 2)))
        for seed in range(40)
    }
    assert found == {True, False}


def test_five_thousand_points_take_little_memory() -> None:
    polygon = _circle(5000)
    tracemalloc.start()
    _require_simple(polygon)
    polygon[[100, 101]] = polygon[[101, 100]]
    with pytest.raises(InputError, match="the edges after points 99 and 101 cross"):
        _require_simple(polygon)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300e6  # bytes; all pairs would take gigabytes

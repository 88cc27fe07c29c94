"""Rows of `annulus.kernels.seal`: touching by numpy's distances, columns by running maxima."""

from __future__ import annotations

import numpy as np

from annulus.kernels.contact import Pairs
from annulus.kernels.seal import exposed, touches
from kernel_rows import kernel_rows
from pair_samples import slow_distances


def meeting(n: int, k: int, seed: int):
    """Pairs of both kinds of random points, of two sides and on neither."""
    rng = np.random.default_rng(seed)
    x, side = rng.normal(size=(n, 3)), rng.integers(-1, 2, n)
    vertices = np.array([rng.permutation(n)[:4] for _ in range(k)], dtype=np.int64).reshape(-1, 4)
    reach = rng.uniform(0.3, 2.0, k)
    pairs = Pairs(vertices, rng.integers(0, 2, k), np.zeros(k), reach, np.ones(k))
    return pairs, side, 0.4, x, np.full(n, 7.0)


def slow_touches(pairs, side, approach, x, touch):
    found = np.zeros(len(x))
    distance, _ = slow_distances(pairs.kind, x[pairs.vertices])
    nearer = np.clip((pairs.reach - distance) / (approach * pairs.reach), 0.0, 1.0)
    for vertices, kind, near in zip(pairs.vertices, pairs.kind, nearer, strict=True):
        own, others = side[vertices[0]], side[vertices[1:]].sum()
        if kind == 0 and own * others < 0:
            found[vertices[0]] = max(found[vertices[0]], near)
    return found


def columns(k: int, r: int, seed: int):
    rng = np.random.default_rng(seed)
    touch = np.maximum(rng.uniform(-1.0, 1.0, k * r + 3), 0.0)
    return rng.permutation(k * r).reshape(k, r), touch, np.full(k * r + 3, 0.5)


def slow_exposed(number, touch, share):
    share = share.copy()
    rows = touch[number]
    share[number] = 1.0 - rows.max(axis=1, initial=0.0)[:, None] + np.maximum.accumulate(rows[:, ::-1], 1)[:, ::-1]
    return share


ROWS = [
    *kernel_rows(
        touches,
        reference=slow_touches,
        small=lambda: meeting(8, 12, 1),
        large=lambda: meeting(60, 400, 2),
        degenerate=lambda: meeting(4, 0, 3),
        output=lambda returned, arguments: arguments[4],
        rtol=1e-9,
        atol=1e-9,
    ),
    *kernel_rows(
        exposed,
        reference=slow_exposed,
        small=lambda: columns(3, 4, 1),
        large=lambda: columns(40, 11, 2),
        degenerate=lambda: columns(2, 1, 3),
        output=lambda returned, arguments: arguments[2],
    ),
]


def test_all_of_an_open_column_and_nothing_beyond_the_last_contact() -> None:
    number, touch, share = np.arange(10).reshape(2, 5), np.zeros(10), np.zeros(10)
    touch[[6, 7]] = 1.0
    exposed(number, touch, share)
    assert share.tolist() == [1.0] * 5 + [1.0, 1.0, 1.0, 0.0, 0.0]

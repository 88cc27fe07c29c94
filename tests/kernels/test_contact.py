"""Rows of `annulus.kernels.contact`: pairs by brute force, free steps by sampling."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from annulus.kernels.contact import Pairs, barrier_energy, barrier_terms, free_step, near_pairs
from annulus.kernels.envelope import TILE
from kernel_rows import kernel_rows
from pair_samples import slow_curvature, slow_distances
from sheet_samples import dense, into, room


def soup(n_triangles: int, box: float, margin: float = 0.3, seed: int = 3):
    """Loose triangles, the first tied into a strip, with the arguments of `near_pairs`."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(size=(n_triangles, 1, 3)) * [2.0 * box, box, box]
    x = (centres + rng.uniform(-1.0, 1.0, (n_triangles, 3, 3))).reshape(-1, 3)
    triangles = np.arange(3 * n_triangles).reshape(-1, 3)
    if n_triangles > 2:
        triangles[1, 0], triangles[2, 0] = triangles[0, 1], triangles[1, 2]
    pairs = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    edges = np.unique(np.sort(pairs, axis=1), axis=0)
    n = len(x)
    rest = x + rng.normal(0.0, 0.5, x.shape)
    fixed = (rng.uniform(size=n) < 0.4).astype(np.int64)
    area, thickness = rng.uniform(0.5, 1.0, (2, n))
    area[::7] = 0.0
    return x, rest, triangles, edges, area, thickness, fixed, margin * rng.uniform(0.3, 0.6, n)


def store(rows: int) -> Pairs:
    whole = np.full(rows, -1)
    return Pairs(np.full((rows, 4), -1), whole, np.full(rows, np.nan), np.full(rows, np.nan), np.full(rows, np.nan))


def slow_near(x, rest, triangles, edges, area, thickness, fixed, allowance):
    rows = [(v, *t, 0) for v in range(len(x)) for t in triangles.tolist()]
    rows += [(*a, *b, 1) for a, b in itertools.combinations(edges.tolist(), 2)]
    table = np.array(rows, dtype=np.int64)
    vertices, kind = table[:, :4], table[:, 4]
    split = np.where(kind == 0, 1, 2)
    own = np.arange(4)[None] < split[:, None]
    same = vertices[:, :, None] == vertices[:, None, :]
    share = (same & own[:, :, None] & ~own[:, None, :]).any(axis=(1, 2))
    # A point without area, as a papillary tip, pushes nothing away.
    keep = ~share & (fixed[vertices].sum(axis=1) < 4) & ((kind == 1) | (area[vertices[:, 0]] > 0.0))
    vertices, kind = vertices[keep], kind[keep]
    distance, _ = slow_distances(kind, x[vertices])
    apart, _ = slow_distances(kind, rest[vertices])
    thick = np.where(
        kind == 0,
        0.5 * thickness[vertices[:, 0]] + 0.5 * thickness[vertices[:, 1:]].mean(axis=1),
        thickness[vertices].mean(axis=1),
    )
    reach = np.minimum(thick, 0.5 * apart) * np.where(kind == 0, 1.0, 0.5)
    # A vertex stands for half its area, an edge pair for an eighth of its four vertices' areas.
    stands = np.where(kind == 0, 0.5 * area[vertices[:, 0]], 0.125 * area[vertices].sum(axis=1))
    ahead = allowance[vertices]
    vertex, edge = ahead[:, 0] + ahead[:, 1:].max(axis=1), ahead[:, :2].max(axis=1) + ahead[:, 2:].max(axis=1)
    near = distance < reach + np.where(kind == 0, vertex, edge)
    return Pairs(vertices[near], kind[near], distance[near], reach[near], stands[near])


def table_of(pairs) -> np.ndarray:
    """Pairs as sorted rows; of two edges either may come first, of an edge's ends either."""
    rows = []
    for vertices, *numbers in zip(pairs.vertices.tolist(), *pairs[1:], strict=True):
        kind = int(numbers[0])
        sides = (
            [vertices[:1], sorted(vertices[1:])] if kind == 0 else sorted([sorted(vertices[:2]), sorted(vertices[2:])])
        )
        rows.append((kind, *itertools.chain(*sides), *numbers[1:]))
    return np.array(sorted(rows)).reshape(-1, 8)


def loaded(n_triangles: int, box: float, *, reach: int | None = None):
    """Pairs of a soup that has moved a little since they were found, with the arguments of `barrier_terms`."""
    x, rest, triangles, edges, area, thickness, fixed, allowance = soup(n_triangles, box)
    rest = rest + np.random.default_rng(8).normal(0.0, 2.0, x.shape)
    pairs = slow_near(x, rest, triangles, edges, area, thickness, fixed, allowance)
    moved = x + np.random.default_rng(9).normal(0.0, 0.01, x.shape)
    free = np.flatnonzero(fixed == 0)
    number = np.full(len(x), -1)
    number[free] = np.random.default_rng(7).permutation(len(free))
    return pairs, 0.6, moved, x, number, np.zeros_like(x), room(len(free), reach=reach), True


def apart():
    """No pairs at all."""
    pairs, *rest = loaded(3, 1.0)
    return Pairs(*(part[:0] for part in pairs)), *rest


def barrier(distance, reach, stiffness):
    return np.where(distance < reach, -stiffness / reach * (distance - reach) ** 2 * np.log(distance / reach), 0.0)


def slow_barrier(pairs, stiffness, x, origin):
    distance, _ = slow_distances(pairs.kind, x[pairs.vertices])
    return float(np.sum(pairs.area * barrier(distance, pairs.reach, stiffness)))


def slow_terms(pairs, stiffness, x, origin, number, force, matrix, projected):
    distance, weights = slow_distances(pairs.kind, x[pairs.vertices])
    tangent = np.zeros((x.size, x.size))
    outside = 0
    for c in np.flatnonzero(distance < pairs.reach):
        d, r = distance[c], pairs.reach[c]
        log, gap = np.log(d / r), d - r
        slope = -stiffness / r * (2.0 * gap * log + gap**2 / d)
        curve = -stiffness / r * (2.0 * log + 4.0 * gap / d - gap**2 / d**2)
        along = np.outer(weights[c], weights[c] @ x[pairs.vertices[c]] / d)
        force[pairs.vertices[c]] += pairs.area[c] * slope * along
        places = number[pairs.vertices[c]]
        for a, b in itertools.product(range(4), repeat=2):
            if places[a] < 0 or places[b] < 0 or weights[c, a] == 0.0 or weights[c, b] == 0.0:
                continue
            low, high = 3 * np.sort(places[[a, b]])
            if low // TILE < matrix.first[high // TILE]:
                outside += a > b
                continue
            i, j = pairs.vertices[c, [a, b]]
            block = pairs.area[c] * curve * np.outer(along[a], along[b])
            if not projected:
                block = block + pairs.area[c] * slope * slow_curvature(pairs.kind[c], x[pairs.vertices[c]])[a, :, b]
            tangent[3 * i : 3 * i + 3, 3 * j : 3 * j + 3] += block
    return (slow_barrier(pairs, stiffness, x, origin), outside), force, into(matrix, tangent, number)


def unprojected(n_triangles: int, box: float):
    *arguments, _ = loaded(n_triangles, box)
    return *arguments, False


def motion(n_triangles: int, box: float, size: float):
    pairs, _, x, origin, *_ = loaded(n_triangles, box)
    return pairs, x, origin, size * np.random.default_rng(6).normal(size=x.shape), 0.8


def min_share(pairs, x, origin, step, share) -> float:
    """Least distance on the way over the lesser of that at the start and when the pairs were found, densely sampled."""
    if len(pairs.kind) == 0:
        return 1.0
    start = np.minimum(slow_distances(pairs.kind, x[pairs.vertices])[0], pairs.found)
    ways = (slow_distances(pairs.kind, (x + s * step)[pairs.vertices])[0] for s in np.linspace(0.0, share, 101))
    return min(float((distance / start).min()) for distance in ways)


def step_output(returned, arguments):
    pairs, x, origin, step, limit = arguments
    return 0.0 < returned <= limit, min_share(pairs, x, origin, step, returned) > 0.0999


def no_motion():
    pairs, x, origin, step, limit = motion(4, 1.0, 1.0)
    return pairs, x, origin, 0.0 * step, limit


ROWS = [
    *kernel_rows(
        near_pairs,
        reference=lambda *arguments: table_of(slow_near(*arguments[:-1])),
        output=lambda returned, arguments: table_of(Pairs(*(column[:returned] for column in arguments[-1]))),
        small=lambda: (*soup(6, 1.5), store(200)),
        large=lambda: (*soup(58, 0.2, 0.8), store(40000)),
        degenerate=lambda: (*soup(1, 1.0), store(0)),
        rtol=1e-9,
        atol=1e-9,
    ),
    *kernel_rows(
        barrier_energy,
        reference=slow_barrier,
        small=lambda: loaded(5, 1.5)[:4],
        large=lambda: loaded(20, 2.0)[:4],
        degenerate=lambda: apart()[:4],
        rtol=1e-9,
    ),
    *kernel_rows(
        barrier_terms,
        reference=slow_terms,
        output=lambda returned, a: (returned, a[5], dense(a[6])),
        small=lambda: loaded(9, 1.5, reach=1),
        large=lambda: loaded(14, 1.7),
        degenerate=apart,
        rtol=1e-8,
        atol=1e-9,
        twin_rtol=1e-9,
    ),
    *kernel_rows(
        barrier_terms,
        reference=slow_terms,
        output=lambda returned, a: (returned, a[5], dense(a[6])),
        small=lambda: unprojected(5, 1.5),
        large=lambda: unprojected(14, 1.7),
        degenerate=lambda: (*apart()[:-1], False),
        rtol=1e-4,
        atol=1e-5,
        twin_rtol=1e-7,
    ),
    *kernel_rows(
        free_step,
        reference=lambda *arguments: (True, True),
        output=step_output,
        small=lambda: motion(5, 1.5, 0.3),
        large=lambda: motion(20, 2.0, 1.0),
        degenerate=no_motion,
    ),
]


def test_a_full_store_says_how_much_room_is_needed() -> None:
    arguments = soup(6, 1.5)
    wanted = len(slow_near(*arguments).kind)
    room = store(wanted - 2)
    assert near_pairs(*arguments, room) == wanted
    assert (room.kind >= 0).all()


def test_the_soups_are_tests() -> None:
    """Loaded ones press, and block some out of a narrow envelope."""
    arguments = loaded(9, 1.5, reach=1)
    pairs = arguments[0]
    assert slow_barrier(*arguments[:4]) > 0.0
    assert slow_terms(*arguments)[0][1] > 0
    assert set(pairs.kind) == {0, 1}


def test_barrier_force_is_the_slope_of_its_energy() -> None:
    pairs, stiffness, x, origin, number, force, _, _ = loaded(14, 1.7)
    barrier_terms(pairs, stiffness, x, origin, number, force, room(0), True)
    step = np.random.default_rng(1).normal(size=x.shape)
    h = 1e-7
    ahead, behind = (barrier_energy(pairs, stiffness, x + s * h * step, origin) for s in (1.0, -1.0))
    assert np.sum(force * step) == pytest.approx((ahead - behind) / (2.0 * h), rel=1e-5)
    np.testing.assert_allclose(force.sum(axis=0), 0.0, atol=1e-10)


@pytest.mark.parametrize("seed", range(5))
def test_a_free_step_is_not_needlessly_short(seed: int) -> None:
    """Head-on at unit speed: it stops before a tenth of the distance is left, and no earlier than at six tenths."""
    rng = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    x = np.array([[0.2, 0.3, 1.0], [0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]) @ turn.T
    step = np.zeros((4, 3))
    step[0] = -4.0 * turn[:, 2]
    one = np.ones(1)
    pairs = Pairs(np.arange(4)[None], np.zeros(1, dtype=np.int64), one, 0.1 * one, one)
    share = free_step(pairs, x, x, step, 1.0)
    assert 0.1 <= 1.0 - 4.0 * share <= 0.6

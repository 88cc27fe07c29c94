"""Sheets that repel and never pass through each other: near pairs, a barrier, the longest free step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from annulus._jit import kernel
from annulus._typing import BoolArray, FloatArray, IntArray, SingleArray
from annulus.kernels.distances import edge_distance, pair_distance, pair_slides, triangle_distance
from annulus.kernels.envelope import Envelope, add_block
from annulus.kernels.laws import barrier

__all__ = ["Pairs", "barrier_energy", "barrier_terms", "free_step", "near_pairs"]

_MIN_SHARE = 0.1
"""A step leaves at least this share of every distance [1]."""


class Pairs(NamedTuple):
    """Near pairs: vertices (k, 4), kind, distance when they were found, distance at which they repel, area that each
    stands for [mm2], all (k,).
    """

    vertices: IntArray
    kind: IntArray
    found: FloatArray
    reach: FloatArray
    area: FloatArray


class _Boxes(NamedTuple):
    """Elements (m, s) and boxes around them, sorted by lower x: bounds (6, m), lower and upper; `max_allowance` (m,),
    largest allowance of an element's vertices, by which its box is wider.

    The bounds are rounded to half the digits and widened by more than that: twice as many fit a register.
    """

    bounds: SingleArray
    max_allowance: FloatArray
    elements: IntArray


@kernel
def _boxes(x: FloatArray, elements: IntArray, allowance: FloatArray) -> _Boxes:
    m, size = elements.shape
    bounds = np.empty((m, 6))
    max_allowance = np.empty(m)
    rounding = 1e-6 * np.abs(x).max()
    for t in range(m):
        wide = 0.0
        for a in range(size):
            wide = max(wide, allowance[elements[t, a]])
        max_allowance[t] = wide
        for d in range(3):
            least, largest = x[elements[t, 0], d], x[elements[t, 0], d]
            for a in range(1, size):
                value = x[elements[t, a], d]
                least, largest = min(least, value), max(largest, value)
            bounds[t, d], bounds[t, 3 + d] = least - wide - rounding, largest + wide + rounding
    order = np.argsort(bounds[:, 0])
    return _Boxes(np.ascontiguousarray(bounds[order].T).astype(np.float32), max_allowance[order], elements[order])


@kernel
def _meeting(boxes: _Boxes, first: int, low: FloatArray, high: FloatArray, meets: BoolArray, found: IntArray) -> int:
    """Count the boxes from number `first` on that meet the box from `low` to `high` (3,); their numbers to `found`."""
    bounds = boxes.bounds
    last = np.searchsorted(bounds[0], np.float32(high[0]), side="right")
    left, right = bounds[0, first:last], bounds[3, first:last]
    back, front, below, above = (
        bounds[1, first:last],
        bounds[4, first:last],
        bounds[2, first:last],
        bounds[5, first:last],
    )
    low0, low1, low2 = np.float32(low[0]), np.float32(low[1]), np.float32(low[2])
    high1, high2 = np.float32(high[1]), np.float32(high[2])
    # No branch, so that several are compared at once.
    for t in range(left.shape[0]):
        meets[t] = (
            (right[t] >= low0) & (back[t] <= high1) & (front[t] >= low1) & (below[t] <= high2) & (above[t] >= low2)
        )
    count = 0
    for t in range(left.shape[0]):
        found[count] = first + t
        count += meets[t]
    return count


@kernel
def _write(
    store: Pairs, row: int, kind: int, i: int, j: int, k: int, o: int, found: float, reach: float, area: float
) -> None:
    store.vertices[row, 0], store.vertices[row, 1], store.vertices[row, 2], store.vertices[row, 3] = i, j, k, o
    store.kind[row], store.found[row], store.reach[row], store.area[row] = kind, found, reach, area


@kernel
def near_pairs(
    x: FloatArray,
    rest: FloatArray,
    triangles: IntArray,
    edges: IntArray,
    area: FloatArray,
    thickness: FloatArray,
    fixed: IntArray,
    allowance: FloatArray,
    store: Pairs,
) -> int:
    """Pairs that share no vertex, of which something can move, and that may come to where they repel.

    That is, nearer than where they repel plus the `allowance` (n,) of both sides: what each vertex may move before the
    pairs are looked for again [mm]. They are written to `store` as far as it has room; returns how many there are. The
    store is kept between calls, because fresh memory costs more than the search.

    A pair repels from half the thickness of both, but never from farther than half its distance in the rest shape, so
    that a sheet does not repel itself. Edges come in for what vertices cannot see: they repel from half of that. `area`
    and `thickness` are those of a vertex, `fixed` 1 where it cannot move, `rest` and x (n, 3). A vertex without area (a
    papillary tip) is not looked at: nothing would push it away.
    """
    n, m, e = x.shape[0], triangles.shape[0], edges.shape[0]
    farthest = thickness.max()
    room = store.kind.shape[0]
    count = 0
    w, low, high = np.empty(4), np.empty(3), np.empty(3)
    meets, found = np.empty(max(m, e), dtype=np.bool_), np.empty(max(m, e) + 1, dtype=np.int64)
    boxes = _boxes(x, triangles, allowance)
    width = (boxes.bounds[3] - boxes.bounds[0]).max()
    for v in range(n):
        if area[v] == 0.0:
            continue
        for d in range(3):
            low[d], high[d] = x[v, d] - farthest - allowance[v], x[v, d] + farthest + allowance[v]
        first = np.searchsorted(boxes.bounds[0], np.float32(low[0] - width))
        for c in range(_meeting(boxes, first, low, high, meets, found)):
            t = found[c]
            i, j, k = boxes.elements[t, 0], boxes.elements[t, 1], boxes.elements[t, 2]
            if v == i or v == j or v == k or fixed[v] + fixed[i] + fixed[j] + fixed[k] == 4:
                continue
            reach = 0.5 * thickness[v] + (thickness[i] + thickness[j] + thickness[k]) / 6.0
            both = allowance[v] + boxes.max_allowance[t]
            distance = triangle_distance(x, v, i, j, k, w)
            if distance >= reach + both:
                continue
            reach = min(reach, 0.5 * triangle_distance(rest, v, i, j, k, w))
            if distance >= reach + both:
                continue
            # Both sheets' vertices see the other sheet: each stands for half of its area.
            if count < room:
                _write(store, count, 0, v, i, j, k, distance, reach, 0.5 * area[v])
            count += 1
    boxes = _boxes(x, edges, allowance)
    farthest *= 0.5
    for s in range(e):
        a, b = boxes.elements[s, 0], boxes.elements[s, 1]
        for d in range(3):
            low[d], high[d] = boxes.bounds[d, s] - farthest, boxes.bounds[3 + d, s] + farthest
        for c in range(_meeting(boxes, s + 1, low, high, meets, found)):
            t = found[c]
            i, j = boxes.elements[t, 0], boxes.elements[t, 1]
            if a == i or a == j or b == i or b == j or fixed[a] + fixed[b] + fixed[i] + fixed[j] == 4:
                continue
            reach = 0.125 * (thickness[a] + thickness[b] + thickness[i] + thickness[j])
            both = boxes.max_allowance[s] + boxes.max_allowance[t]
            distance = edge_distance(x, a, b, i, j, w)
            if distance >= reach + both:
                continue
            reach = min(reach, 0.25 * edge_distance(rest, a, b, i, j, w))
            if distance >= reach + both:
                continue
            if count < room:
                share = 0.125 * (area[a] + area[b] + area[i] + area[j])
                _write(store, count, 1, a, b, i, j, distance, reach, share)
            count += 1
    return count


@kernel
def _moved(x: FloatArray, origin: FloatArray, moved: FloatArray) -> None:
    for v in range(x.shape[0]):
        a, b, c = x[v, 0] - origin[v, 0], x[v, 1] - origin[v, 1], x[v, 2] - origin[v, 2]
        moved[v] = np.sqrt(a * a + b * b + c * c)


@kernel
def _travel(kind: int, vertices: IntArray, moved: FloatArray) -> float:
    """Upper bound on how much nearer the pair can have come [mm]."""
    i, j, k, o = vertices[0], vertices[1], vertices[2], vertices[3]
    if kind == 0:
        return moved[i] + max(moved[j], moved[k], moved[o])
    return max(moved[i], moved[j]) + max(moved[k], moved[o])


@kernel
def barrier_energy(pairs: Pairs, stiffness: float, x: FloatArray, origin: FloatArray) -> float:
    """Energy of the barrier [N mm]; `origin` (n, 3) is where the pairs were found, `stiffness` in MPa."""
    total = 0.0
    w = np.empty(4)
    moved = np.empty(x.shape[0])
    _moved(x, origin, moved)
    for c in range(pairs.kind.shape[0]):
        if pairs.found[c] - _travel(pairs.kind[c], pairs.vertices[c], moved) >= pairs.reach[c]:
            continue
        distance = pair_distance(pairs.kind[c], x, pairs.vertices[c], w)
        energy, _, _ = barrier(stiffness, pairs.reach[c], distance)
        total += pairs.area[c] * energy
    return total


@kernel
def barrier_terms(
    pairs: Pairs,
    stiffness: float,
    x: FloatArray,
    origin: FloatArray,
    number: IntArray,
    force: FloatArray,
    matrix: Envelope,
    projected: bool,
) -> tuple[float, int]:
    """Add the barrier's gradient and its tangent; return energy and blocks outside the envelope.

    `projected` leaves out pressure times the distance's curvature, which is never positive. Blocks that do not fit the
    band are left out, too: both keep it positive.
    """
    total = 0.0
    outside = 0
    w = np.empty(4)
    u = np.empty(3)
    block = np.empty((3, 3))
    slides = np.empty((2, 4, 3))
    moved = np.empty(x.shape[0])
    _moved(x, origin, moved)
    for c in range(pairs.kind.shape[0]):
        vertices = pairs.vertices[c]
        if pairs.found[c] - _travel(pairs.kind[c], vertices, moved) >= pairs.reach[c]:
            continue
        distance = pair_distance(pairs.kind[c], x, vertices, w)
        if distance >= pairs.reach[c]:
            continue
        energy, slope, second = barrier(stiffness, pairs.reach[c], distance)
        total += pairs.area[c] * energy
        for d in range(3):
            u[d] = 0.0
            for a in range(4):
                u[d] += w[a] * x[vertices[a], d] / distance
        for a in range(4):
            for d in range(3):
                force[vertices[a], d] += pairs.area[c] * slope * w[a] * u[d]
        if matrix.data.shape[0] == 0:
            continue
        factor = pairs.area[c] * second
        count = 0
        if not projected:
            # Half the square of the distance has the second derivative w w - B G^-1 B^T over the places on both.
            across = pairs.area[c] * slope / distance
            factor -= across
            count = pair_slides(pairs.kind[c], vertices, x, w, u, distance, slides)
        for a in range(4):
            i = number[vertices[a]]
            if i < 0 or w[a] == 0.0:
                continue
            for b in range(a + 1):
                j = number[vertices[b]]
                if j < 0 or w[b] == 0.0:
                    continue
                for d in range(3):
                    for e in range(3):
                        block[d, e] = factor * w[a] * w[b] * u[d] * u[e]
                        for m in range(count):
                            block[d, e] -= across * slides[m, a, d] * slides[m, b, e]
                    if not projected:
                        block[d, d] += across * w[a] * w[b]
                if not add_block(matrix, i, j, block):
                    outside += 1
    return total, outside


@kernel
def free_step(pairs: Pairs, x: FloatArray, origin: FloatArray, step: FloatArray, limit: float) -> float:
    """Longest share of the step, at most `limit`, that leaves a tenth of every pair's distance.

    Additive advancement: a pair cannot close faster than its fastest points move against each other, and after that
    much the distance is measured again [Li et al., Codimensional incremental potential contact, 2021].
    """
    moved = np.empty(x.shape[0])
    _moved(x, origin, moved)
    speed = np.sqrt(step[:, 0] ** 2 + step[:, 1] ** 2 + step[:, 2] ** 2)
    p = np.empty((4, 3))
    v = np.empty((4, 3))
    w = np.empty(4)
    own = np.arange(4)
    for c in range(pairs.kind.shape[0]):
        vertices, kind = pairs.vertices[c], pairs.kind[c]
        travel = _travel(kind, vertices, moved) + limit * _travel(kind, vertices, speed)
        if pairs.found[c] * (1.0 - _MIN_SHARE) > travel:
            continue
        for a in range(4):
            for d in range(3):
                p[a, d], v[a, d] = x[vertices[a], d], step[vertices[a], d]
        for d in range(3):
            mean = 0.25 * (v[0, d] + v[1, d] + v[2, d] + v[3, d])
            for a in range(4):
                v[a, d] -= mean
        size = np.sqrt(v[:, 0] ** 2 + v[:, 1] ** 2 + v[:, 2] ** 2)
        rate = size[0] + max(size[1], size[2], size[3]) if kind == 0 else max(size[0], size[1]) + max(size[2], size[3])
        if rate <= 0.0:
            continue
        distance = pair_distance(kind, p, own, w)
        least = _MIN_SHARE * distance
        if distance - least > limit * rate:
            continue
        gone = 0.0
        advance = 0.9 * (distance - least) / rate
        for _ in range(200):
            for a in range(4):
                for d in range(3):
                    p[a, d] += advance * v[a, d]
            distance = pair_distance(kind, p, own, w)
            if distance < least:
                break
            gone += advance
            if gone >= limit:
                break
            advance = 0.9 * (distance - 0.5 * least) / rate
            if advance * rate < 0.01 * least:
                break
        limit = min(limit, gone)
    return limit

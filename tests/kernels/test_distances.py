"""Rows of `annulus.kernels.distances`: the nearest of all candidates, second derivatives by differences."""

from __future__ import annotations

import numpy as np

from annulus.kernels.distances import edge_distance, pair_distance, pair_slides, triangle_distance
from kernel_rows import kernel_rows
from pair_samples import slow_curvature, slow_distances


def one_pair(kind: int, seed: int, size: float = 1.0):
    return kind, size * np.random.default_rng(seed).normal(size=(6, 3)), np.array([4, 0, 5, 2]), np.empty(4)


def flat_pair(kind: int):
    """Parallel edges, or a point in the triangle's plane beside a corner."""
    points = np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.5, 1.0, 0.0], [3.0, 1.0, 0.0]])
    return kind, points, np.arange(4), np.empty(4)


def slow_pair(kind, x, vertices, w):
    distance, weights = slow_distances(np.array([kind]), x[vertices][None])
    # Nearest points may not be unique, the vector between them is.
    return float(distance[0]), weights[0] @ x[vertices], True


def pair_output(returned, arguments):
    kind, x, vertices, w = arguments
    first = 1 if kind == 0 else 2
    fits = np.isclose(w[:first].sum(), 1.0) and np.isclose(w[first:].sum(), -1.0)
    return returned, w @ x[vertices], bool(fits and (w[:first] >= 0.0).all() and (w[first:] <= 0.0).all())


def pair_rows(kind: int):
    return kernel_rows(
        pair_distance,
        reference=slow_pair,
        output=pair_output,
        small=lambda: one_pair(kind, 1 + kind),
        large=lambda: one_pair(kind, 3 + kind, 1e3),
        degenerate=lambda: flat_pair(kind),
        rtol=1e-10,
    )


def single(kind: int, arguments):
    """Arguments of the distance of one kind."""
    _, x, vertices, w = arguments
    return x, *(int(v) for v in vertices), w


def single_rows(kernel, kind: int):
    return kernel_rows(
        kernel,
        reference=lambda x, i, j, k, o, w: slow_pair(kind, x, np.array([i, j, k, o]), w),
        output=lambda returned, a: pair_output(returned, (kind, a[0], np.array(a[1:5]), a[5])),
        small=lambda: single(kind, one_pair(kind, 1 + kind)),
        large=lambda: single(kind, one_pair(kind, 3 + kind, 1e3)),
        degenerate=lambda: single(kind, flat_pair(kind)),
        rtol=1e-10,
    )


def sliding(kind: int, arguments):
    _, x, vertices, _ = arguments
    distance, weights = slow_distances(np.array([kind]), x[vertices][None])
    u = weights[0] @ x[vertices] / distance[0]
    return kind, vertices, x, weights[0], u, float(distance[0]), np.zeros((2, 4, 3))


def slow_slides(kind, vertices, x, w, u, distance, slides):
    """Of half the squared distance w w 1 - B G^-1 B^T is d times the distance's plus the gradient's square."""
    gradient = np.outer(w, u)
    second = distance * slow_curvature(kind, x[vertices]) + np.einsum("ad,be->adbe", gradient, gradient)
    return np.einsum("a,b,de->adbe", w, w, np.eye(3)) - second


def slide_rows(kind: int):
    return kernel_rows(
        pair_slides,
        reference=slow_slides,
        output=lambda count, a: np.einsum("mad,mbe->adbe", a[6][:count], a[6][:count]),
        small=lambda: sliding(kind, one_pair(kind, 1 + kind)),
        large=lambda: sliding(kind, one_pair(kind, 5 + kind, 10.0)),
        degenerate=lambda: sliding(kind, beside(kind)),
        rtol=1e-5,
        atol=1e-5,
    )


def beside(kind: int):
    """Nearest at a corner, or at two ends: nothing slides."""
    points = np.array([[0.0, 0.1, 0.2], [-1.0, 0.3, 0.0], [3.0, 1.0, 0.0], [4.0, 2.0, 1.0]])
    order = [0, 2, 3, 1] if kind == 0 else [1, 0, 2, 3]
    points = points[order]
    if kind == 0:
        points[3] = [5.0, -1.0, 0.0]
    return kind, points, np.arange(4), np.empty(4)


ROWS = [
    *pair_rows(0),
    *pair_rows(1),
    *single_rows(triangle_distance, 0),
    *single_rows(edge_distance, 1),
    *slide_rows(0),
    *slide_rows(1),
]

"""Distances of vertices from triangles and of edges from edges by numpy, and their second derivatives."""

from __future__ import annotations

import itertools

import numpy as np

__all__ = ["edge_edge", "point_triangle", "slow_curvature", "slow_distances", "slow_triangle_distances"]

# Nearest points of two convex pieces lie inside both, or one lies on a piece's boundary: try all and take the nearest.


def _segment(p, a, b):
    """Share along a-b of the point nearest to p, for rows of points."""
    along = b - a
    return np.clip(np.sum((p - a) * along, axis=1) / np.sum(along * along, axis=1), 0.0, 1.0)


def _solve(matrix, right):
    """Two unknowns by Cramer's rule; NaN where singular."""
    det = matrix[0] * matrix[2] - matrix[1] ** 2
    det = np.where(det > 1e-10 * matrix[0] * matrix[2], det, np.nan)
    return (right[0] * matrix[2] - matrix[1] * right[1]) / det, (matrix[0] * right[1] - right[0] * matrix[1]) / det


def _dot(a, b):
    return np.sum(a * b, axis=1)


def point_triangle(p, a, b, c):
    """Weights (k, 4) of point and corners at the nearest points."""
    one, zero = np.ones(len(p)), np.zeros(len(p))
    u, v = b - a, c - a
    s, t = _solve((_dot(u, u), _dot(u, v), _dot(v, v)), (_dot(p - a, u), _dot(p - a, v)))
    inside = (s >= 0.0) & (t >= 0.0) & (s + t <= 1.0)
    s, t = np.where(inside, s, 0.0), np.where(inside, t, 0.0)
    ab, bc, ca = _segment(p, a, b), _segment(p, b, c), _segment(p, c, a)
    candidates = [
        np.stack([one, s + t - 1.0, -s, -t], 1),
        np.stack([one, ab - 1.0, -ab, zero], 1),
        np.stack([one, zero, bc - 1.0, -bc], 1),
        np.stack([one, -ca, zero, ca - 1.0], 1),
    ]
    return _best(candidates, np.stack([p, a, b, c], 1))


def edge_edge(a, b, c, d):
    """Weights (k, 4) of the four ends at the nearest points."""
    one, zero = np.ones(len(a)), np.zeros(len(a))
    u, v, r = b - a, d - c, c - a
    s, t = _solve((_dot(u, u), -_dot(u, v), _dot(v, v)), (_dot(r, u), -_dot(r, v)))
    inside = (s >= 0.0) & (s <= 1.0) & (t >= 0.0) & (t <= 1.0)
    s, t = np.where(inside, s, 0.0), np.where(inside, t, 0.0)
    ac, bc, ca, da = _segment(a, c, d), _segment(b, c, d), _segment(c, a, b), _segment(d, a, b)
    candidates = [
        np.stack([1.0 - s, s, t - 1.0, -t], 1),
        np.stack([one, zero, ac - 1.0, -ac], 1),
        np.stack([zero, one, bc - 1.0, -bc], 1),
        np.stack([1.0 - ca, ca, -one, zero], 1),
        np.stack([1.0 - da, da, zero, -one], 1),
    ]
    return _best(candidates, np.stack([a, b, c, d], 1))


def _best(candidates, corners):
    weights = np.stack(candidates)
    distance = np.linalg.norm(np.einsum("cka,kad->ckd", weights, corners), axis=2)
    pick = distance.argmin(axis=0), np.arange(distance.shape[1])
    return distance[pick], weights[pick]


def slow_distances(kind, corners):
    """Distances (k,) and weights (k, 4) of pairs of both kinds at corners (k, 4, 3)."""
    distance, weights = np.empty(len(corners)), np.empty((len(corners), 4))
    for which, solve in ((0, point_triangle), (1, edge_edge)):
        some = kind == which
        if some.any():
            distance[some], weights[some] = solve(*np.moveaxis(corners[some], 1, 0))
    return distance, weights


def slow_curvature(kind, corners):
    """Second derivative of the distance (4, 3, 4, 3), by central differences of its gradient."""
    out, h = np.zeros((4, 3, 4, 3)), 1e-6
    for a, d in itertools.product(range(4), range(3)):
        ends = []
        for sign in (1.0, -1.0):
            moved = corners.copy()
            moved[a, d] += sign * h
            distance, weights = slow_distances(np.array([kind]), moved[None])
            ends.append(np.outer(weights[0], weights[0] @ moved / distance[0]))
        out[:, :, a, d] = (ends[0] - ends[1]) / (2.0 * h)
    return 0.5 * (out + out.transpose(2, 3, 0, 1))


def slow_triangle_distances(queries, corners):
    """Distance of q points to t triangles, shape (q, t): to the plane inside, else to the nearest side."""
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(normal, axis=1, keepdims=True)
    normal = np.divide(normal, size, out=np.zeros_like(normal), where=size > 0.0)
    inside = np.broadcast_to(size[:, 0] > 0.0, (len(queries), len(corners))).copy()
    nearest = np.full(inside.shape, np.inf)
    for k in range(3):
        a, side = corners[:, k], corners[:, (k + 1) % 3] - corners[:, k]
        offset = queries[:, None] - a
        inside &= np.einsum("qtd,td->qt", offset, np.cross(normal, side)) >= 0.0
        squared = np.maximum(np.einsum("td,td->t", side, side), np.finfo(float).tiny)
        share = np.clip(np.einsum("qtd,td->qt", offset, side) / squared, 0.0, 1.0)
        np.minimum(nearest, np.linalg.norm(offset - share[..., None] * side, axis=2), out=nearest)
    height = np.abs(np.einsum("qtd,td->qt", queries[:, None] - corners[:, 0], normal))
    return np.where(inside, height, nearest)

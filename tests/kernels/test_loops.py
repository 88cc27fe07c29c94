"""Rows of `annulus.kernels.loops`: sums over numpy edges, written the slow and obvious way."""

from __future__ import annotations

import numpy as np

from annulus.kernels.loops import (
    loop_area_vector,
    loop_centroid,
    loop_length,
    loop_plane,
    loop_second_moment,
    marks_in_order,
    smallest_axis,
    star_shaped,
)
from kernel_rows import kernel_rows

SQUARE = np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [2.0, 2.0, 0.0], [0.0, 2.0, 0.0]])


def wavy(n: int) -> np.ndarray:
    t = 2.0 * np.pi * np.arange(n) / n
    return np.column_stack([18.0 * np.cos(t), 14.0 * np.sin(t), 3.0 * np.cos(2.0 * t)]) + [40.0, -20.0, 7.0]


def collapsed() -> np.ndarray:
    """There and back along one segment: no area, and a repeated point."""
    return np.array([[1.0, 1.0, 1.0], [4.0, 5.0, 1.0], [4.0, 5.0, 1.0]])


def edges(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return points, np.roll(points, -1, axis=0)


def slow_length(points: np.ndarray) -> float:
    a, b = edges(points)
    return float(np.linalg.norm(b - a, axis=1).sum())


def slow_centroid(points: np.ndarray) -> np.ndarray:
    a, b = edges(points)
    return np.average(0.5 * (a + b), axis=0, weights=np.linalg.norm(b - a, axis=1))


def slow_second_moment(points: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Three-point Gauss rule on each edge: exact for the quadratic integrand."""
    a, b = edges(points)
    nodes, weights = np.polynomial.legendre.leggauss(3)
    moment = np.zeros((3, 3))
    for t, w in zip(0.5 * (nodes + 1.0), 0.5 * weights, strict=True):
        x = a + t * (b - a) - centre
        moment += np.einsum("i,ij,ik->jk", w * np.linalg.norm(b - a, axis=1), x, x)
    return moment


def slow_area_vector(points: np.ndarray) -> np.ndarray:
    a, b = edges(points)
    return 0.5 * np.cross(a, b).sum(axis=0)


def centred(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return points, points.mean(axis=0)


def unsigned(axis: np.ndarray) -> np.ndarray:
    return axis * np.sign(axis[np.abs(axis).argmax()])


def slow_axis(moment: np.ndarray) -> np.ndarray:
    """By singular values instead of eigenvalues."""
    return unsigned(np.linalg.svd(moment)[0][:, 2])


def slow_plane(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    centre, area = slow_centroid(points), slow_area_vector(points)
    normal = np.linalg.svd(slow_second_moment(points, centre))[0][:, 2]
    return centre, area, normal if normal @ area >= 0.0 else -normal


def slow_star(points: np.ndarray) -> bool:
    """By angles: one whole turn, all steps the same way."""
    angles = np.arctan2(points[:, 1], points[:, 0])
    steps = (np.diff(np.append(angles, angles[0])) + np.pi) % (2.0 * np.pi) - np.pi
    same_way = bool((steps > 0.0).all() or (steps < 0.0).all())
    return same_way and bool(np.isclose(abs(steps.sum()), 2.0 * np.pi))


def star(n: int, turns: int = 1, sense: float = 1.0) -> np.ndarray:
    t = sense * 2.0 * np.pi * turns * (np.arange(n) + 0.3) / n
    radius = 10.0 + 4.0 * np.sin(5.0 * t)
    return np.column_stack([radius * np.cos(t), radius * np.sin(t)])


def marked(n: int, angles: tuple[float, ...] = (1.0, 3.0, 5.0), *, off: float = 0.0) -> tuple:
    """A loop about a frame's z, counter-clockwise from +y, three marks at these angles [rad] and a mark off it [mm]."""
    turn, _ = np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))
    origin = np.array([5.0, -3.0, 40.0])

    def at(t):
        return np.column_stack([-18.0 * np.sin(t), 14.0 * np.cos(t), np.cos(2.0 * t)]) @ turn + origin

    marks = np.vstack([at(np.array(angles)), at(np.zeros(1)) + off * turn[0]])
    return at(2.0 * np.pi * np.arange(n) / n), marks, (0, 1, 2), (origin, turn), 0.1


def slow_order(points, marks, places, frame, reach):
    origin, axes = frame
    edges = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
    fine = np.arange(1000)[:, None, None] / 1000
    dense = (points + fine * (np.roll(points, -1, axis=0) - points)).reshape(-1, 3)
    near = all(np.linalg.norm(dense - mark, axis=1).min() <= reach * edges.sum() for mark in marks)
    x, y, _ = ((marks - origin) @ axes.T).T
    turned = np.degrees(np.arctan2(-x, y)) % 360.0
    a, b, c = turned[list(places)]
    return bool(near and slow_star(((points - origin) @ axes.T)[:, :2]) and a < b < c)


ROWS = [
    *kernel_rows(
        marks_in_order,
        reference=slow_order,
        small=lambda: marked(12),
        large=lambda: marked(300, (1.0, 5.0, 3.0)),
        degenerate=lambda: marked(12, off=1e3),
    ),
    *kernel_rows(
        smallest_axis,
        reference=slow_axis,
        small=lambda: (np.diag([3.0, 1.0, 2.0]),),
        large=lambda: (slow_second_moment(wavy(300), wavy(300).mean(axis=0)),),
        degenerate=lambda: (np.diag([0.0, 4.0, 4.0]),),
        output=lambda returned, _: unsigned(returned),
        atol=1e-10,
        twin_rtol=1e-9,
    ),
    *kernel_rows(
        loop_plane,
        reference=slow_plane,
        small=lambda: (SQUARE + [0.0, 0.0, 5.0],),
        large=lambda: (wavy(500),),
        degenerate=lambda: (SQUARE[::-1].copy(),),
        atol=1e-9,
    ),
    *kernel_rows(
        star_shaped,
        reference=slow_star,
        small=lambda: (star(5),),
        large=lambda: (star(300, sense=-1.0),),
        degenerate=lambda: (star(300, turns=2),),
    ),
    *kernel_rows(
        star_shaped,
        reference=slow_star,
        small=lambda: (SQUARE - [3.0, 1.0, 0.0],),
        large=lambda: (np.vstack([star(50), star(50)[::-1]]),),
        degenerate=lambda: (np.array([[1.0, 0.0], [2.0, 0.0], [-1.0, 0.0]]),),
    ),
    *kernel_rows(
        loop_length,
        reference=slow_length,
        small=lambda: (SQUARE.copy(),),
        large=lambda: (wavy(500),),
        degenerate=lambda: (collapsed(),),
    ),
    *kernel_rows(
        loop_centroid,
        reference=slow_centroid,
        small=lambda: (SQUARE.copy(),),
        large=lambda: (wavy(500),),
        degenerate=lambda: (collapsed(),),
    ),
    *kernel_rows(
        loop_second_moment,
        reference=slow_second_moment,
        small=lambda: centred(SQUARE.copy()),
        large=lambda: centred(wavy(500)),
        degenerate=lambda: centred(collapsed()),
        atol=1e-9,  # entries of 1e4 mm3 beside zeros that the sums reach only by cancellation
    ),
    *kernel_rows(
        loop_area_vector,
        reference=slow_area_vector,
        small=lambda: (SQUARE.copy(),),
        large=lambda: (wavy(500),),
        degenerate=lambda: (collapsed(),),
        atol=1e-9,  # the reference sums about a far origin and cancels
    ),
]


def test_square_has_the_exact_values() -> None:
    """Closed form: side 2."""
    assert loop_length(SQUARE) == 8.0
    assert loop_centroid(SQUARE).tolist() == [1.0, 1.0, 0.0]
    assert loop_area_vector(SQUARE).tolist() == [0.0, 0.0, 4.0]
    # Two sides at distance 1 of length 2, and two sides with the integral of x^2 from -1 to 1.
    np.testing.assert_allclose(
        loop_second_moment(SQUARE, np.array([1.0, 1.0, 0.0])), np.diag([16.0 / 3.0, 16.0 / 3.0, 0.0]), atol=1e-14
    )

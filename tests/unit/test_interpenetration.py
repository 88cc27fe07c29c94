"""Interpenetration and triangle shape on meshes whose answer is plain."""

from __future__ import annotations

import numpy as np

from annulus.geometry import Surface, crossing_triangles

SHEET = np.array([[-1.0, -1.0, 0.0], [1.0, -1.0, 0.0], [1.0, 1.0, 0.0], [-1.0, 1.0, 0.0]])
SQUARE = np.array([[0, 1, 2], [0, 2, 3]])


def two_sheets(lift: float) -> Surface:
    """A square, and an upright one of half the size whose lower side is at height `lift`."""
    upright = 0.5 * SHEET[:, [0, 2, 1]] + np.array([0.1, 0.05, 0.5 + lift])
    return Surface(np.vstack([SHEET, upright]), np.vstack([SQUARE, SQUARE + 4]))


def test_sheets_apart_do_not_cross() -> None:
    assert crossing_triangles(two_sheets(0.01)).shape == (0, 2)


def test_a_corner_that_touches_does_not_cross() -> None:
    tip = np.array([[0.3, 0.2, 0.0], [0.5, -0.2, 0.5], [0.1, 0.2, 0.5]])
    assert len(crossing_triangles(Surface(np.vstack([SHEET, tip]), np.vstack([SQUARE, [[4, 5, 6]]])))) == 0


def test_sheets_that_pass_through_cross() -> None:
    pairs = crossing_triangles(two_sheets(-0.3))
    assert {tuple(pair) for pair in pairs.tolist()} <= {(0, 2), (0, 3), (1, 2), (1, 3)}
    assert len(pairs) >= 2


def test_a_line_through_a_shared_edge_is_seen() -> None:
    """The upright triangle's tip passes exactly through the diagonal that both triangles of the square share."""
    tip = np.array([[0.0, 0.0, -0.5], [0.2, -0.2, 0.5], [-0.2, 0.2, 0.5]])
    pairs = crossing_triangles(Surface(np.vstack([SHEET, tip]), np.vstack([SQUARE, [[4, 5, 6]]])))
    assert pairs.tolist() == [[0, 2], [1, 2]]


def test_neighbours_do_not_count() -> None:
    """Triangles folded through each other at a common vertex."""
    points = [[0, 0, 0], [1, 1, 0], [1, -1, 0], [1, 0, 1], [1, 0, -1]]
    assert len(crossing_triangles(Surface(np.array(points, dtype=float), np.array([[0, 1, 2], [0, 3, 4]])))) == 0


def test_slivers_of_one_plane_do_not_cross() -> None:
    """A flat grid of long thin triangles, turned at random: rounding puts corners on either side of each plane."""
    rng = np.random.default_rng(3)
    along, across = np.meshgrid(np.arange(12) * 0.05, np.arange(12.0), indexing="ij")
    grid = np.stack([along + 0.37 * across, across, 0.0 * across], axis=-1).reshape(-1, 3)
    corner = (np.arange(11)[:, None] * 12 + np.arange(11)).ravel()
    triangles = np.vstack([[corner, corner + 1, corner + 13], [corner, corner + 13, corner + 12]]).reshape(2, 3, -1)
    triangles = triangles.transpose(0, 2, 1).reshape(-1, 3)
    for _ in range(20):
        turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        assert len(crossing_triangles(Surface(grid @ turn.T + rng.normal(size=3), triangles))) == 0


def test_triangle_quality() -> None:
    """Closed forms: 1 for equal sides, sqrt(3)/2 for half a square, 0 for a line."""
    points = np.array([[0, 0, 0], [1, 0, 0], [0.5, np.sqrt(0.75), 0], [0, 1, 0], [2, 0, 0]])
    quality = Surface(points, np.array([[0, 1, 2], [0, 1, 3], [0, 1, 4]])).triangle_quality
    np.testing.assert_allclose(quality, [1.0, np.sqrt(3.0) / 2.0, 0.0], atol=1e-15)

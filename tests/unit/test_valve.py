"""The valve mesh and its rules; the square of two leaflets is made by hand."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from annulus.anatomy.valve import Chordae, Valve
from annulus.errors import InputError
from annulus.geometry import Surface


def square_valve(**changes: object) -> Valve:
    """Two leaflets of two triangles each, side by side, one chorda to each of two tips."""
    points = [[0, 0, 0], [1, 0, 0], [2, 0, 0], [0, 1, 0], [1, 1, 0], [2, 1, 0]]
    triangles = [[0, 1, 4], [0, 4, 3], [1, 2, 5], [1, 5, 4]]
    values: dict[str, object] = {
        "surface": Surface(np.array(points, dtype=float), np.array(triangles)),
        "leaflet": [0, 0, 1, 1],
        "hinge": [0, 1, 2],
        "thickness_mm": np.full(4, 0.8),
        "tips": [[0.0, 0.5, -5.0], [2.0, 0.5, -5.0]],
        "chordae": Chordae.at_vertices([3, 5], [0, 1], [1.0, 1.0], [5.0, 5.0], [0, 0]),
    }
    return Valve(**{**values, **changes})  # type: ignore[arg-type]


def book(n_pages: int) -> Surface:
    """Triangles that all share the edge 0-4, and one more on its own."""
    points = np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0], [0, 1, 0], [1, 1, 0], [2, 1, 0]], dtype=float)
    pages = [[0, 1, 4], [4, 0, 3], [4, 0, 5]][:n_pages]
    return Surface(points, np.array([*pages, [1, 2, 5]]))


def flipped() -> Surface:
    surface = square_valve().surface
    triangles = np.array(surface.triangles)
    triangles[1] = triangles[1][::-1]
    return Surface(surface.points, triangles)


def test_leaflets_share_the_commissure() -> None:
    assert square_valve().shared.tolist() == [1, 4]


def test_pickles() -> None:
    valve = pickle.loads(pickle.dumps(square_valve()))
    assert np.array_equal(valve.chordae.corners[:, 0], [3, 5])
    assert not valve.thickness_mm.flags.writeable


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"hinge": [0, 1, 1]}, "hinge must name at least 3 different vertices"),
        ({"leaflet": [0, 0, 1, 2]}, r"leaflet must lie in \[0, 2\)"),
        ({"thickness_mm": np.zeros(4)}, "thickness_mm must be positive"),
        ({"chordae": Chordae.at_vertices([3], [2], [1.0], [5.0], [0])}, "chordae must join"),
        ({"tips": [[0.0, 0.0, np.nan]]}, "papillary tips must be finite"),
        ({"hinge": [0, 2, 4], "tips": [[0.0, 0.5, 5.0], [2.0, 0.5, -5.0]]}, "tip 0 is 5.0 mm above"),
        ({"surface": book(3)}, "must be manifold; 1 edges have more than two"),
        ({"surface": flipped()}, "wound the other way"),
        ({"chordae": Chordae.at_vertices([1], [0], [1.0], [5.0], [0])}, "off the hinge"),
    ],
)
def test_refuses(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        square_valve(**changes)


def test_refuses_a_chorda_without_length() -> None:
    with pytest.raises(InputError, match="length_mm must be positive"):
        Chordae.at_vertices([3], [0], [1.0], [0.0], [0])


@pytest.mark.parametrize(
    ("corners", "weights", "sentence"),
    [
        ([[3, 4]], [[0.5, 0.5]], r"must have shape \(1, 3\)"),
        ([[3, 4.5, 5]], [[0.5, 0.5, 0.0]], "must be whole numbers; got 4.5"),
        ([[3, np.nan, 5]], [[0.5, 0.5, 0.0]], "must be whole numbers; got nan"),
        ([[3, 4, -1]], [[0.5, 0.5, 0.0]], "must be numbers of vertices; got -1"),
        ([[3, 4, 5]], [[0.5, 0.6, 0.0]], "their sum 1"),
        ([[3, 4, 5]], [[1.5, -0.5, 0.0]], "not negative"),
    ],
)
def test_refuses_a_chorda_that_is_not_on_a_triangle(corners: list, weights: list, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        Chordae(np.array(corners), np.array(weights), [0], [1.0], [5.0], [0])


def test_chordae_end_between_the_corners() -> None:
    points = square_valve().surface.points
    chorda = Chordae([[0, 1, 4]], [[0.25, 0.25, 0.5]], [0], [1.0], [5.0], [0])
    np.testing.assert_allclose(chorda.ends(points), [[0.75, 0.5, 0.0]])

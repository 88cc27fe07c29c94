"""The structured mesh of a valve: columns from hinge to free edge around the annulus."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from annulus._typing import ArrayLike, FloatArray, IntArray
from annulus.anatomy.valve._valve import ANTERIOR, POSTERIOR, Valve
from annulus.errors import InputError
from annulus.geometry import Surface

__all__ = ["grid_leaflets", "grid_places", "grid_vertices", "valve_grid", "with_heights"]


def valve_grid(columns: FloatArray) -> Surface:
    """Surface through columns of points around the annulus, the last column joined to the first.

    Parameters
    ----------
    columns
        Points from hinge to free edge [mm], counter-clockwise seen from the atrium, shape (n_columns, n_rows + 1, 3).

    Returns
    -------
    Surface
        Vertex number column x (n_rows + 1) + row; 2 n_columns n_rows triangles, two per quad in the order of columns,
        then rows, with alternating diagonals; normals towards the atrium.
    """
    shape = np.shape(columns)
    if len(shape) != 3 or shape[0] < 3 or shape[1] < 2 or shape[2] != 3:
        raise InputError(f"columns must have shape (n_columns >= 3, n_rows + 1 >= 2, 3); got {shape}.")
    number = grid_vertices(shape[0], shape[1] - 1)
    following = np.roll(number, -1, axis=0)
    a, b, c, d = number[:, :-1], following[:, :-1], following[:, 1:], number[:, 1:]
    column, row = np.indices(a.shape)
    even = ((column + row) % 2 == 0)[..., None, None]
    one = np.stack([np.stack([a, b, c], axis=-1), np.stack([a, c, d], axis=-1)], axis=-2)
    other = np.stack([np.stack([a, b, d], axis=-1), np.stack([b, c, d], axis=-1)], axis=-2)
    return Surface(np.reshape(columns, (-1, 3)), np.where(even, one, other).reshape(-1, 3))


def grid_vertices(n_columns: int, n_rows: int) -> IntArray:
    """Vertex numbers of the grid, shape (n_columns, n_rows + 1); its first column of rows is the hinge."""
    return np.arange(n_columns * (n_rows + 1), dtype=np.int64).reshape(n_columns, n_rows + 1)


def grid_places(n_columns: int, n_rows: int, column: FloatArray, row: FloatArray) -> tuple[IntArray, FloatArray]:
    """Triangles of the grid at columns in [0, n_columns) and rows in [0, n_rows], and barycentric coordinates there.

    Shapes (k,) and (k, 3), in the order of the triangle's corners.
    """
    i = np.minimum(column.astype(np.int64), n_columns - 1)
    j = np.minimum(row.astype(np.int64), n_rows - 1)
    p, q = column - i, row - j
    even = (i + j) % 2 == 0
    upper = np.where(even, q > p, p + q > 1.0)
    # Corners a, b, c, d of a quad at (0, 0), (1, 0), (1, 1), (0, 1): abc, acd or abd, bcd.
    one = np.where(upper, (1.0 - q, p, q - p), (1.0 - p, p - q, q))
    other = np.where(upper, (1.0 - q, p + q - 1.0, 1.0 - p), (1.0 - p - q, p, q))
    return 2 * (i * n_rows + j) + upper, np.where(even, one, other).T


def grid_leaflets(is_anterior: ArrayLike, n_rows: int) -> IntArray:
    """Leaflet of every triangle, shape (2 n_columns n_rows,), from whether the strip after each column is anterior."""
    strips = np.where(np.asarray(is_anterior, dtype=bool), ANTERIOR, POSTERIOR)
    return np.repeat(strips, 2 * n_rows)


def with_heights(valve: Valve, factor: float) -> Valve:
    """A structured valve with all its leaflet heights times a factor; hinge, tips and slack lengths stay.

    Raises
    ------
    InputError
        The valve is no structured one, or the factor is not positive.
    """
    if factor == 1.0:
        return valve
    triangles, columns = valve.surface.triangles, len(valve.hinge)
    rows = len(triangles) // (2 * columns)
    count = columns * (rows + 1)
    if not np.array_equal(valve.hinge, np.arange(columns) * (rows + 1)) or len(valve.surface.points) < count:
        raise InputError("other leaflet heights need a structured valve: make one of parametric_valve, valve_of_case.")
    if not factor > 0.0:
        raise InputError(f"the factor of leaflet heights must be above 0; got {factor:g}.")
    points = valve.surface.points
    # Vertices beyond the grid are the far sides of clefts: they hang from their own column's hinge.
    place = np.arange(len(points))
    place[triangles] = valve_grid(points[:count].reshape(columns, rows + 1, 3)).triangles
    hung = points[place - place % (rows + 1)]
    return replace(valve, surface=Surface(hung + factor * (points - hung), triangles))

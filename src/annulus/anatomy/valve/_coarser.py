"""The same valve on a mesh of half the columns and rows: where a closure starts from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from annulus._typing import FloatArray, IntArray
from annulus.anatomy.valve._grid import grid_leaflets, grid_vertices, valve_grid
from annulus.anatomy.valve._valve import NO_CHORDAE, Chordae, Valve

__all__ = ["CoarserValve", "coarser_valve"]

_MIN_COLUMNS, _MIN_ROWS = 20, 3


@dataclass(frozen=True, slots=True)
class CoarserValve:
    """A valve of every second column and row.

    Parameters
    ----------
    valve
        The coarser valve.
    vertex
        Nearest coarse vertex of each fine one, shape (n,).
    """

    valve: Valve
    vertex: IntArray

    def refined(self, points: FloatArray) -> FloatArray:
        """Positions of the fine vertices on the coarse sheet [mm], so that what was apart stays apart.

        Middles of edges, and in the middle of a quad the middle of its diagonal: the fine triangles lie in coarse ones.
        """
        columns = len(self.valve.hinge)
        grid = points.reshape(columns, -1, 3)
        rows = grid.shape[1] - 1
        following = np.roll(grid, -1, axis=0)
        column, row = np.indices((columns, rows))
        even = ((column + row) % 2 == 0)[..., None]
        fine = np.empty((2 * columns, 2 * rows + 1, 3))
        fine[0::2, 0::2] = grid
        fine[0::2, 1::2] = 0.5 * (grid[:, 1:] + grid[:, :-1])
        fine[1::2, 0::2] = 0.5 * (grid + following)
        fine[1::2, 1::2] = 0.5 * np.where(even, grid[:, :-1] + following[:, 1:], following[:, :-1] + grid[:, 1:])
        return fine.reshape(-1, 3)


def coarser_valve(valve: Valve) -> CoarserValve | None:
    """The valve at half the resolution; None where its mesh is not the structured one or is coarse already.

    Chordae go to the places that `CoarserValve.refined` takes to theirs, and keep their slack in the stress-free shape.
    """
    columns = len(valve.hinge)
    rows = len(valve.surface.points) // columns - 1
    if columns % 2 or rows % 2 or columns < 2 * _MIN_COLUMNS or rows < 2 * _MIN_ROWS:
        return None
    if len(valve.surface.points) != columns * (rows + 1):
        return None
    number = grid_vertices(columns, rows)
    grid = valve.surface.points.reshape(columns, rows + 1, 3)
    whole = valve_grid(grid).triangles
    if not (np.array_equal(valve.hinge, number[:, 0]) and np.array_equal(valve.surface.triangles, whole)):
        return None
    coarse_columns, coarse_rows = columns // 2, rows // 2
    surface = valve_grid(grid[::2, ::2])
    column = ((np.arange(columns) + 1) // 2) % coarse_columns
    row = (np.arange(rows + 1) + 1) // 2
    vertex = (column[:, None] * (coarse_rows + 1) + row).ravel()
    chordae = valve.chordae
    if len(chordae):
        place, part = _share_out(chordae, coarse_columns, coarse_rows)
        tip = valve.tips[chordae.tip]
        moved = np.linalg.norm(np.einsum("ck,ckd->cd", part, surface.points[place]) - tip, axis=1)
        moved -= np.linalg.norm(chordae.ends(valve.surface.points) - tip, axis=1)
        length = np.maximum(chordae.length_mm + moved, 0.1)
        chordae = replace(chordae, corners=place, weights=part, length_mm=length)
    else:
        chordae = NO_CHORDAE
    # Two triangles for each of four quads: the mean of all eight.
    thickness = valve.thickness_mm.reshape(coarse_columns, 2, coarse_rows, 2, 2).mean(axis=(1, 3, 4))
    coarse = Valve(
        surface=surface,
        leaflet=grid_leaflets(valve.leaflet.reshape(columns, -1)[::2, 0] == 0, coarse_rows),
        hinge=grid_vertices(coarse_columns, coarse_rows)[:, 0],
        thickness_mm=np.repeat(thickness.ravel(), 2),
        tips=valve.tips,
        chordae=chordae,
    )
    return CoarserValve(coarse, vertex)


def _share_out(chordae: Chordae, columns: int, rows: int) -> tuple[IntArray, FloatArray]:
    """Corners and weights on the coarse mesh of the places where chordae insert on the fine one, shapes (c, 3)."""
    column, row = np.divmod(chordae.corners, 2 * rows + 1)
    i, j, right, down = column // 2, row // 2, column % 2, row % 2
    number = grid_vertices(columns, rows)
    falling = (right * down == 1) & ((i + j) % 2 == 1)
    after, below = (i + 1) % columns, np.minimum(j + 1, rows)
    first = np.where(falling, number[after, j], number[i, j])
    second = np.where(falling, number[i, below], number[(i + right) % columns, j + down])
    corners, weights = np.zeros((len(chordae), 3), dtype=np.int64), np.zeros((len(chordae), 3))
    for chorda, part in enumerate(0.5 * chordae.weights):
        # A fine triangle lies in a coarse one: no more than three corners have a part.
        share = np.bincount(np.concatenate([first[chorda], second[chorda]]), np.tile(part, 2))
        support = np.flatnonzero(share > 1e-12)
        corners[chorda] = np.resize(support, 3)
        weights[chorda, : len(support)] = share[support] / share[support].sum()
    return corners, weights

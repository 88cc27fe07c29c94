"""Where the fast closure's slices stand on a structured valve, and which chordae hold them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from annulus._typing import FloatArray, IntArray
from annulus.anatomy.valve import ANTERIOR, CHORDAE_GROUPS, Valve, valve_grid
from annulus.errors import InputError

__all__ = ["N_SLICES", "SHARES", "Grid", "grid_of", "spacing"]

N_SLICES = 24
"""Slices of a valve, half of them on either side of A2-P2."""

SHARES = (np.arange(N_SLICES) + 0.5) / N_SLICES
"""Where slices stand: shares of both leaflets' arcs from the anterolateral to the posteromedial commissure [1]."""


@dataclass(frozen=True, eq=False)
class Grid:
    """What does not change with hinge, tips, pressure and lengths of chordae; k slices, leaflet 0 anterior.

    Parameters
    ----------
    column, column_weight
        Two hinge vertices next to each slice's ends, and the second's weight, shapes (k, 2, 2) and (k, 2).
    spacing
        Lengths of the hinge at rest from each slice to the next [mm], shape (k - 1, 2).
    height
        Leaflet heights [mm], shape (k, 2).
    chorda, chorda_weight
        Two marginal chordae next to each slice's free edges (-1: none) and the second's weight, likewise.
    tip
        Tip that holds each slice, shape (k,); `lateral_tip` is the anterolateral one.
    other, other_share, other_height
        Number, leaflet and group of each chorda off the free edge (c, 3); share of the leaflet's height at which it
        inserts [1] and that height [mm], (c,).
    other_column, other_weight
        Hinge vertices of the corners that it inserts between, and their weights, (c, 3).
    thickness, area_mm2
        Mean thickness [mm] of both leaflets, and their area together [mm2].
    """

    column: IntArray
    column_weight: FloatArray
    spacing: FloatArray
    height: FloatArray
    chorda: IntArray
    chorda_weight: FloatArray
    tip: IntArray
    lateral_tip: int
    other: IntArray
    other_share: FloatArray
    other_height: FloatArray
    other_column: IntArray
    other_weight: FloatArray
    thickness: FloatArray
    area_mm2: float


@lru_cache(maxsize=64)
def grid_of(valve: Valve) -> Grid:
    """The grid of a structured valve.

    Raises
    ------
    InputError
        The valve is no structured one with two tips.
    """
    columns, triangles = len(valve.hinge), valve.surface.triangles
    rows = len(triangles) // (2 * columns)
    width = rows + 1
    regular = np.array_equal(valve.hinge, np.arange(columns) * width) and len(triangles) == 2 * columns * rows
    if not regular or len(valve.surface.points) < columns * width or len(valve.tips) != 2:
        raise InputError(
            "the fast closure needs a structured valve with two papillary tips (`parametric_valve`, `valve_of_case`); "
            "close any other with close_valve."
        )
    front = valve.leaflet.reshape(columns, -1)[:, 0] == ANTERIOR
    count = int(front.sum())
    if not front[:count].all():
        raise InputError("a structured valve must begin with its anterior columns, at the posteromedial commissure.")
    # Both from ALC to PMC: the anterior columns backwards, the posterior ones forwards.
    orders = (np.arange(count, -1, -1), np.arange(count, columns + 1))
    points = valve.surface.points[: columns * width].reshape(columns, width, 3)
    heights = np.linalg.norm(np.diff(points, axis=1), axis=2).sum(axis=1)
    column = np.empty((N_SLICES, 2, 2), dtype=np.int64)
    weight, height = np.empty((N_SLICES, 2)), np.empty((N_SLICES, 2))
    place = np.empty(columns)
    for i, own in enumerate(orders):
        first, weight[:, i] = _between(SHARES * (len(own) - 1), len(own))
        column[:, i] = np.column_stack([own[first], own[first + 1]]) % columns
        height[:, i] = (1.0 - weight[:, i]) * heights[column[:, i, 0]] + weight[:, i] * heights[column[:, i, 1]]
        place[own % columns] = np.arange(len(own)) / (len(own) - 1)
    ends = points[column, 0]
    chordae = valve.chordae
    # Vertices beyond the grid are the far sides of clefts.
    original = np.arange(len(valve.surface.points))
    original[triangles] = valve_grid(points).triangles
    inserted, row = np.divmod(original[chordae.corners], width)
    leaflet = np.where(((inserted > count) & (chordae.weights > 0.0)).any(axis=1), 1, 0)
    row, along = (row * chordae.weights).sum(axis=1), (place[inserted] * chordae.weights).sum(axis=1)
    lateral = int(np.argmin(valve.frame.to_local(valve.tips)[:, 0]))
    tip = np.where(SHARES < 0.5, lateral, 1 - lateral)
    marginal = chordae.group == CHORDAE_GROUPS.index("marginal")
    pair = np.full((N_SLICES, 2, 2), -1, dtype=np.int64)
    pair_weight = np.zeros((N_SLICES, 2))
    for i in range(2):
        for k in range(2):
            own = np.flatnonzero(marginal & (leaflet == i) & (chordae.tip == k))
            if len(own) == 0:
                continue
            own = own[np.argsort(along[own], kind="stable")]
            at = np.interp(SHARES, along[own], np.arange(len(own)))
            first, share = _between(at, len(own))
            there = tip == k
            pair[there, i] = np.column_stack([own[first], own[np.minimum(first + 1, len(own) - 1)]])[there]
            pair_weight[there, i] = share[there]
    other = np.flatnonzero(~marginal)
    return Grid(
        column=column,
        column_weight=weight,
        spacing=spacing(ends[:, :, 0] + weight[:, :, None] * (ends[:, :, 1] - ends[:, :, 0])),
        height=height,
        chorda=pair,
        chorda_weight=pair_weight,
        tip=tip,
        lateral_tip=lateral,
        other=np.column_stack([other, leaflet[other], chordae.group[other]]),
        other_share=row[other] / rows,
        other_height=(heights[inserted[other]] * chordae.weights[other]).sum(axis=1),
        other_column=inserted[other],
        other_weight=chordae.weights[other],
        thickness=np.array([valve.thickness_mm[valve.leaflet == k].mean() for k in (0, 1)]),
        area_mm2=valve.surface.area,
    )


def spacing(hinge: FloatArray) -> FloatArray:
    """Distances between the neighbours of hinge points (k, 2, 3), shape (k - 1, 2)."""
    way = hinge[1:] - hinge[:-1]
    return np.asarray(np.sqrt((way**2).sum(axis=2)))


def _between(at: FloatArray, n: int) -> tuple[IntArray, FloatArray]:
    """Lower of two neighbours among n places, and the share of the way to the upper one."""
    first = np.minimum(at.astype(np.int64), max(n - 2, 0))
    return first, at - first

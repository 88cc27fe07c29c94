"""Chordae fanned from the papillary tips to a structured valve."""

from __future__ import annotations

import numpy as np

from annulus._typing import FloatArray, IntArray
from annulus.anatomy._leaflet_parameters import ChordaeParameters
from annulus.anatomy.valve._grid import grid_places
from annulus.anatomy.valve._stations import Stations
from annulus.anatomy.valve._valve import CHORDAE_GROUPS, Chordae
from annulus.geometry import Surface

__all__ = ["fan_chordae"]

_ROW_SHARE = {"marginal": 1.0, "basal": 0.75, "strut": 0.5}
"""Where along the height a group inserts [1]."""

_BASAL_SHARES = ((0.083, 0.333), (0.583, 0.917))
"""Basal chordae stand within these shares of the arc from A to P: anterior and posterior leaflet."""

_STRUT_SHARE = 0.125


def fan_chordae(
    columns: FloatArray,
    stations: Stations,
    *,
    height_mm: FloatArray,
    surface: Surface,
    meeting: FloatArray,
    tips: FloatArray,
    parameters: ChordaeParameters,
) -> Chordae:
    """Straight chordae from each tip to its half of the valve.

    Parameters
    ----------
    columns
        Stress-free leaflet points in the annulus frame [mm], shape (n, n_rows + 1, 3).
    stations
        The columns' places.
    height_mm
        Leaflet height of each column [mm], shape (n,).
    surface
        The leaflets' mesh in the annulus frame, its triangles in the order of `valve_grid`.
    meeting
        Point in the annulus plane under which each column is expected to meet the other leaflet [mm], shape (n, 2).
    tips
        Anterolateral and posteromedial tip in the annulus frame [mm], shape (2, 3).
    parameters
        Numbers, sections, slack.
    """
    n_rows = columns.shape[1] - 1
    places: list[FloatArray] = [np.empty((2, 0))]
    numbers: list[IntArray] = [np.empty((2, 0), dtype=np.int64)]
    for index, name in enumerate(CHORDAE_GROUPS):
        shares = _shares(name, parameters)
        for side in (0, 1):
            places.append(np.stack([_columns_at(shares, stations, side), np.full(len(shares), _ROW_SHARE[name])]))
            numbers.append(np.stack([np.full(len(shares), side), np.full(len(shares), index)]))
    (i, share), (t, g) = np.concatenate(places, axis=1), np.concatenate(numbers, axis=1)
    hinge, height = _between(columns[:, 0], i), _between(height_mm, i)
    triangle, weights = grid_places(len(columns), n_rows, i, share * n_rows)
    corners = surface.triangles[triangle]
    inserted = np.einsum("ck,ckd->cd", weights, surface.points[corners])
    straight = np.linalg.norm(tips[t] - inserted, axis=1)
    reach = parameters.closing_stretch * share * height
    level = 0.5 * (columns[stations.share.argmin(), 0, 2] + columns[stations.share.argmax(), 0, 2])
    key = np.column_stack([_between(meeting, i), np.full(len(i), level - parameters.closing_depth_mm)])
    closed = _closed(hinge, key, reach)
    length = np.maximum(np.linalg.norm(tips[t] - closed, axis=1), straight + parameters.min_slack_mm)
    area, slack = np.array([parameters.of_group(name) for name in CHORDAE_GROUPS]).T
    length = np.maximum(length + slack[g], max(parameters.min_length_mm, 1.0))
    return Chordae(corners, weights, t, parameters.modulus_mpa * area[g] / length, length, g)


def _columns_at(shares: FloatArray, stations: Stations, side: int) -> FloatArray:
    """Places between columns at shares of the arc from A to P on one side, column number plus fraction, in [0, n)."""
    n = len(stations.share)
    front, back = int(np.argmin(stations.share)), int(np.argmax(stations.share))
    step = 1 if side == 0 else -1
    there = np.arange((step * (back - front)) % n + 1)
    arc = stations.share[(front + step * there) % n]
    return np.asarray((front + step * np.interp(shares, arc, there)) % n, dtype=np.float64)


def _between(values: FloatArray, column: FloatArray) -> FloatArray:
    """Values (n, ...) of columns between two of them, shape (c, ...)."""
    first = column.astype(np.int64)
    part = (column - first).reshape(-1, *[1] * (values.ndim - 1))
    return np.asarray((1.0 - part) * values[first] + part * values[(first + 1) % len(values)], dtype=np.float64)


def _shares(group: str, parameters: ChordaeParameters) -> FloatArray:
    """Places of a group's chordae on one side, share of the arc from A to P."""
    if group == "marginal":
        return (np.arange(parameters.n_marginal) + 0.5) / max(parameters.n_marginal, 1)
    if group == "basal":
        n_front = (parameters.n_basal + 1) // 2
        counts = (n_front, parameters.n_basal - n_front)
        return np.concatenate([np.linspace(*ends, n) for ends, n in zip(_BASAL_SHARES, counts, strict=True)])
    return np.full(parameters.n_strut, _STRUT_SHARE)


def _closed(hinge: FloatArray, key: FloatArray, reach: FloatArray) -> FloatArray:
    """Point at arc length `reach` along the line from hinge to key and then straight down, shape (c, 3)."""
    line = np.linalg.norm(key - hinge, axis=1)
    along = np.minimum(reach / np.maximum(line, 1e-9), 1.0)
    points = hinge + along[:, None] * (key - hinge)
    points[:, 2] -= np.maximum(reach - line, 0.0)
    return points

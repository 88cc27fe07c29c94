"""Chordae fanned from the papillary tips to a structured valve."""

from __future__ import annotations

import numpy as np

from annulus._typing import FloatArray, IntArray
from annulus.anatomy._valve import CHORD_GROUPS, Chordae
from annulus.anatomy._valve_parameters import ChordaeParameters
from annulus.anatomy._valve_stations import Stations

__all__ = ["fan_chordae"]

_ROW_SHARE = {"marginal": 1.0, "basal": 0.75, "strut": 0.5}
"""Where along the height a group inserts [1]."""

_BASAL_SHARES = ((0.083, 0.333), (0.583, 0.917))
"""Basal cords stand within these shares of the arc from A to P: anterior and posterior leaflet."""

_STRUT_SHARE = 0.125


def fan_chordae(
    columns: FloatArray,
    stations: Stations,
    *,
    height_mm: FloatArray,
    meeting: FloatArray,
    tips: FloatArray,
    parameters: ChordaeParameters,
) -> Chordae:
    """Straight cords from each tip to its half of the valve.

    Parameters
    ----------
    columns
        Stress-free leaflet points in the annulus frame [mm], shape (n, n_rows + 1, 3).
    stations
        The columns' places.
    height_mm
        Leaflet height of each column [mm], shape (n,).
    meeting
        Point in the annulus plane under which each column is expected to meet the other leaflet [mm], shape (n, 2).
    tips
        Anterolateral and posteromedial tip in the annulus frame [mm], shape (2, 3).
    parameters
        Numbers, sections, slack.
    """
    n_rows = columns.shape[1] - 1
    empty = np.empty(0, dtype=np.int64)
    column, row, tip, group = [empty], [empty], [empty], [empty]
    for index, name in enumerate(CHORD_GROUPS):
        shares = _shares(name, parameters)
        for side in (0, 1):
            there = np.flatnonzero(stations.side == side)
            nearest = there[np.abs(stations.share[there][None] - shares[:, None]).argmin(axis=1)]
            column.append(nearest)
            row.append(np.full(len(nearest), max(round(_ROW_SHARE[name] * n_rows), 1)))
            tip.append(np.full(len(nearest), side))
            group.append(np.full(len(nearest), index))
    i, j, t, g = (np.concatenate(part) for part in (column, row, tip, group))
    straight = np.linalg.norm(tips[t] - columns[i, j], axis=1)
    reach = parameters.closing_stretch * (j / n_rows) * height_mm[i]
    key = np.column_stack([meeting, np.full(len(meeting), -parameters.closing_depth_mm)])
    closed = _closed(columns[i, 0], key[i], reach)
    length = np.maximum(np.linalg.norm(tips[t] - closed, axis=1), straight + parameters.least_slack_mm)
    area, slack = np.array([parameters.of_group(name) for name in CHORD_GROUPS]).T
    # A cord pulled short by negative slack still has a length.
    length = np.maximum(length + slack[g], 1.0)
    vertex: IntArray = i * (n_rows + 1) + j
    return Chordae(vertex, t, parameters.modulus_mpa * area[g] / length, length, g)


def _shares(group: str, parameters: ChordaeParameters) -> FloatArray:
    """Places of a group's cords on one side, share of the arc from A to P."""
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

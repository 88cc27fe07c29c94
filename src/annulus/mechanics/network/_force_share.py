"""Where the ribbon's force points: how much of it narrows the annulus from front to back."""

from __future__ import annotations

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import Annulus
from annulus.mechanics.network._cinch import CinchModel
from annulus.mechanics.network._landing import Landing

__all__ = ["BEHIND_P_MM", "force_share_ap"]

BEHIND_P_MM = 10.0
"""What lies this far to either side of P counts as behind it [mm]: about the width of the middle scallop."""


def force_share_ap(model: CinchModel, landing: Landing, annulus: Annulus) -> float:
    """Force along AP with which the ribbon presses the vein behind P, for each newton of its tension [1].

    A ribbon of tension T presses its bed with T times the curvature of its path. Summed over the path between the
    anchors, before any load, where it lies on the posterior side and within `BEHIND_P_MM` of P across the annulus, this
    is T times the turn of the path's tangent there; the share is its component from P towards A in the annulus' plane,
    over T. It is 0 where the vein runs straight behind P, 2 w / R for an arc of radius R in the plane (w is
    `BEHIND_P_MM`), and smooth: the force of each vertex is spread over the halves of its two edges.
    """
    path = model.strip.path(model.strip.vein, landing.distal_s_mm, landing.proximal_s_mm)
    local = annulus.frame.to_local(path)
    x, y = local[:, 0] - annulus.frame.to_local(annulus.landmarks["P"])[0], local[:, 1]
    edges = np.diff(local, axis=0)
    lengths = np.linalg.norm(edges, axis=1)
    force = np.diff(edges[:, 1] / lengths)
    middle = 0.5 * (x[1:] + x[:-1])
    before, after = 0.5 * lengths[:-1], 0.5 * lengths[1:]
    share = (before * _share_behind(middle[:-1], x[1:-1]) + after * _share_behind(x[1:-1], middle[1:])) / (
        before + after
    )
    return float(np.sum(force * share * (y[1:-1] < 0.0)))


def _share_behind(start: FloatArray, end: FloatArray) -> FloatArray:
    """Share of each straight piece, given by where across the annulus it starts and ends [mm], that is behind P."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    inside = np.minimum(high, BEHIND_P_MM) - np.maximum(low, -BEHIND_P_MM)
    return np.clip(inside / np.maximum(high - low, 1e-12), 0.0, 1.0)

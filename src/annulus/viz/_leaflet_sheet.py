"""Leaflets drawn from their heights alone: sheets laid flat across the annulus.

Where both heights together reach across, the sheets share the width in the ratio of their heights (the meeting
line); where they do not, a gap stays open. A drawing of the given heights, not a computed closure.
"""

from __future__ import annotations

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import Annulus, LeafletHeights
from annulus.geometry import Surface
from annulus.viz._sweep import smooth_loop

__all__ = ["leaflet_sheets"]


def leaflet_sheets(
    annulus: Annulus, heights: LeafletHeights, *, n_sections: int = 81, n_across: int = 9
) -> dict[str, tuple[Surface, FloatArray]]:
    """Sheet and free edge [mm], shape (n_sections, 3), of the "anterior" and the "posterior" leaflet."""
    frame = annulus.frame
    local = frame.to_local(smooth_loop(annulus.oriented_loop.points, 720))
    # Sections run along y at stations x; the outermost stations are where the loop turns.
    left, right = int(np.argmin(local[:, 0])), int(np.argmax(local[:, 0]))
    # Counter-clockwise from the atrium: from the left-most point on, the loop passes P and reaches the right-most.
    posterior = _arc(local, left, right)
    anterior = _arc(local, right, left)[::-1]
    share = 0.5 - 0.5 * np.cos(np.pi * np.linspace(0.0, 1.0, n_sections))
    x = local[left, 0] + share * (local[right, 0] - local[left, 0])
    back, front = (_at_x(arc, x) for arc in (posterior, anterior))
    width = np.linalg.norm(front - back, axis=1)
    height = {
        side: heights.at(annulus.theta_deg(frame.to_world(hinge)))
        for side, hinge in (("posterior", back), ("anterior", front))
    }
    total = height["posterior"] + height["anterior"]
    sheets = {}
    for side, hinge, opposite in (("anterior", front, back), ("posterior", back, front)):
        reach = height[side] / np.maximum(np.maximum(total, width), 1e-9)
        edge = hinge + reach[:, None] * (opposite - hinge)
        rows = hinge[:, None] + np.linspace(0.0, 1.0, n_across)[None, :, None] * (edge - hinge)[:, None]
        index = np.arange(n_sections * n_across).reshape(n_sections, n_across)
        a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
        triangles = np.concatenate([np.stack(t, axis=-1).reshape(-1, 3) for t in ((a, b, c), (a, c, d))])
        sheets[side] = (Surface(frame.to_world(rows.reshape(-1, 3)), triangles), _distinct(frame.to_world(edge)))
    return sheets


def _arc(points: FloatArray, first: int, last: int) -> FloatArray:
    count = (last - first) % len(points)
    return points[(first + np.arange(count + 1)) % len(points)]


def _at_x(arc: FloatArray, x: FloatArray) -> FloatArray:
    """Points of the arc at stations x; a small backward step of x along the arc is passed over."""
    station = np.maximum.accumulate(arc[:, 0])
    return np.column_stack([x, np.interp(x, station, arc[:, 1]), np.interp(x, station, arc[:, 2])])


def _distinct(points: FloatArray) -> FloatArray:
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return points[np.concatenate([[True], steps > 1e-6])]

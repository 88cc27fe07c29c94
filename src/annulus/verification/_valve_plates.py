"""Two flat leaflets that meet along y = 0 but for holes of known shape, in any position in space."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from annulus.anatomy.valve import NO_CHORDAE, Valve
from annulus.geometry import Surface

__all__ = ["plates"]


def plates(
    half_gap: Callable[[np.ndarray], np.ndarray], *, n_columns: int = 41, n_rows: int = 5, half_width: float = 20.0
) -> Valve:
    """Plates from y = +-15 to +-half_gap(x) [mm] for |x| < half_width, joined at both corners of the line y = 0."""
    x = np.linspace(-half_width, half_width, n_columns)
    share = np.linspace(0.0, 1.0, n_rows)
    gap = half_gap(x)
    points, triangles, leaflet, number = [], [], [], []
    count = 0
    for side in (1.0, -1.0):
        y = side * (15.0 + share[None, :] * (gap - 15.0)[:, None])
        index = count + np.arange(n_columns * n_rows).reshape(n_columns, n_rows)
        if side < 0:
            index = index.copy()
            index[[0, -1], -1] = number[0][[0, -1], -1]
        points.append(np.stack([np.broadcast_to(x[:, None], y.shape), y, np.zeros_like(y)], axis=2).reshape(-1, 3))
        count += n_columns * n_rows
        a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
        quads = np.stack([np.stack([a, b, c], -1), np.stack([a, c, d], -1)]).reshape(-1, 3)
        triangles.append(quads if side < 0 else quads[:, ::-1])
        leaflet.append(np.full(len(quads), int(side < 0)))
        number.append(index)
    front, back = number
    hinge = np.concatenate(
        [front[::-1, 0], front[0, 1:], back[0, :-1][::-1], back[1:, 0], back[-1, 1:], front[-1, 1:-1][::-1]]
    )
    faces = np.concatenate(triangles)
    return Valve(
        Surface(np.concatenate(points), faces),
        np.concatenate(leaflet),
        hinge,
        np.full(len(faces), 1.0),
        np.empty((0, 3)),
        NO_CHORDAE,
    )

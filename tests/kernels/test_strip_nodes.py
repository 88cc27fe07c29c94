"""Rows of `annulus.kernels.strip_nodes`: the vein's stretch by numpy's unwrap, walls by projections."""

from __future__ import annotations

import numpy as np

from annulus.kernels.strip_nodes import inner_walls, modelled_stations
from kernel_rows import kernel_rows


def stations(q: int, *, turn: float = 0.0, leaves: float = 1.0, start: float = 8.0) -> tuple:
    """Places that run around an annulus of 24 edges; after the share `leaves` they turn back, or stand still."""
    s = 2.0 * np.arange(q)
    lengths = np.linspace(0.0, 100.0, 25)
    way = np.minimum(s, leaves * s[-1]) - turn * np.maximum(s - leaves * s[-1], 0.0)
    at = ((start + 0.8 * way) % 100.0) / (100.0 / 24.0)
    return s, at, np.full(q, 9.0), lengths, 25.0, 0.25


def far(arguments: tuple, first: int) -> tuple:
    """The vein leaves for good at a station; before it has bulged and come back."""
    arguments[2][first:] = 26.0
    arguments[2][first // 3 : first // 2] = 27.0
    return arguments


def slow_stations(s, at, distance, lengths, reach, min_advance):
    place = np.unwrap(np.interp(at, np.arange(len(lengths)), lengths), period=lengths[-1])
    end = len(s)
    if len(s) > 4:
        advance = np.abs(place[4:] - place[:-4]) / (s[4:] - s[:-4])
        begun = int(np.argmax(advance >= min_advance))
        slow = np.flatnonzero(advance[begun:] < min_advance)
        end = begun + int(slow[0]) + 2 if len(slow) else end
    near = np.flatnonzero(distance[:end] <= reach)
    return int(near[-1]) + 1 if len(near) else 0


def axis(n: int) -> tuple:
    t = 2.0 * np.pi * np.arange(24) / 24
    annulus = np.column_stack([20.0 * np.cos(t), 16.0 * np.sin(t), np.cos(2.0 * t)])
    u = np.linspace(0.2, 3.0, n)
    points = np.column_stack([29.0 * np.cos(u), 25.0 * np.sin(u), np.full(n, 3.0)])
    return points, 24.0 * u / (2.0 * np.pi), annulus, np.linspace(5.0, 2.0, n)


def slow_walls(axis, places, annulus, radius):
    edge = np.floor(places).astype(np.int64)
    share = (places - edge)[:, None]
    way = (1.0 - share) * annulus[edge % 24] + share * annulus[(edge + 1) % 24] - axis
    tangent = np.gradient(axis, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1)[:, None]
    way = way - np.sum(way * tangent, axis=1)[:, None] * tangent
    size = np.linalg.norm(way, axis=1)
    return way / size[:, None] * radius[:, None], size.min()


ROWS = [
    *kernel_rows(
        modelled_stations,
        reference=slow_stations,
        small=lambda: stations(20, leaves=0.6),
        large=lambda: far(stations(60), 50),
        degenerate=lambda: stations(4),
    ),
    *kernel_rows(
        modelled_stations,
        reference=slow_stations,
        # The vein turns back; it never runs around; it begins across the seam and goes on to its end.
        small=lambda: stations(30, turn=1.0, leaves=0.5),
        large=lambda: stations(30, leaves=0.0),
        degenerate=lambda: stations(30, start=97.0),
    ),
    *kernel_rows(
        inner_walls,
        reference=slow_walls,
        small=lambda: axis(5),
        large=lambda: axis(84),
        degenerate=lambda: axis(2),
    ),
]

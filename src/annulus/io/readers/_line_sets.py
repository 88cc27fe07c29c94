"""Segments into lines, in whatever order and direction they stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from annulus._typing import IntArray

__all__ = ["chained"]


def chained(cells: Sequence[IntArray]) -> list[IntArray]:
    """Lines of more than two points as they are, and two-point segments joined where just two of them meet.

    A chain keeps the direction in which most of its segments run; a closed one ends with its first point again.
    Segments that meet at a fork make a line each side of it.
    """
    lines = [np.asarray(cell) for cell in cells if len(cell) > 2]
    pairs = [(int(cell[0]), int(cell[1])) for cell in cells if len(cell) == 2]
    at: dict[int, list[int]] = defaultdict(list)
    for k, (a, b) in enumerate(pairs):
        at[a].append(k)
        at[b].append(k)
    free = [True] * len(pairs)

    def walk(k: int, start: int) -> list[int]:
        path, signs = [start], 0
        while True:
            free[k] = False
            a, b = pairs[k]
            forward = a == path[-1]
            signs += 1 if forward else -1
            path.append(b if forward else a)
            further = [other for other in at[path[-1]] if free[other]]
            if len(at[path[-1]]) != 2 or not further:
                return path if signs >= 0 else path[::-1]
            k = further[0]

    # From ends and forks first; what is left then are closed chains.
    for k, (a, b) in enumerate(pairs):
        for end in (a, b):
            if free[k] and len(at[end]) != 2:
                lines.append(np.array(walk(k, end)))
    for k, (a, _) in enumerate(pairs):
        if free[k]:
            lines.append(np.array(walk(k, a)))
    return lines

"""Which ends of which pieces make the trunk of a vessel: nearest ends joined, the longest and widest way kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from annulus._typing import FloatArray
from annulus.errors import InputError
from annulus.geometry._skeleton import Skeleton

__all__ = ["ForkTie", "TrunkStep", "chosen_trunk", "fork_ties", "tip_nearest"]

_WORTH = 0.2
"""A millimetre of trunk outweighs this much of gap: a longer way never wins by a far jump."""
_END_COUNTS = 5.0
"""A far end that is given is meant: a millimetre from it counts as this much of gap."""
_TIE = 0.8
"""Branches of a fork are nearly a tie where the lesser one is worth at least this share of the other."""


@dataclass(frozen=True, slots=True)
class TrunkStep:
    """The way through one piece, from one skeleton node to another."""

    piece: int
    first: int
    last: int


@dataclass(frozen=True, eq=False, slots=True)
class ForkTie:
    """A fork with two branches of nearly equal worth.

    Parameters
    ----------
    fork, taken, other
        Where the branches part, and the tips of the branch taken and of the other [mm], shape (3,).
    taken_mm, other_mm
        Lengths of both from the fork on [mm].
    at_start
        Whether the choice is one of the vessel's start, not of its far end.
    """

    fork: FloatArray
    taken: FloatArray
    other: FloatArray
    taken_mm: float
    other_mm: float
    at_start: bool


def chosen_trunk(
    skeletons: Sequence[Skeleton], start: FloatArray | None, end: FloatArray | None
) -> tuple[TrunkStep, ...]:
    """Steps through all pieces, in the order given or its reverse.

    Dynamic programming over the ends of each piece: the sum of gaps between pieces, and to `start` and `end` where
    given, less `_WORTH` times the ways' worth, is least.

    Raises
    ------
    InputError
        A piece has fewer than two ends.
    """
    for k, skeleton in enumerate(skeletons):
        if len(skeleton.leaves) < 2:
            raise InputError(f"piece {k + 1} must have two ends; only {len(skeleton.leaves)} was found: is it a tube?")
    order = list(range(len(skeletons)))
    orders = [order] if start is None and end is None else [order, order[::-1]]
    best = min((_cheapest(skeletons, way, start, end) for way in orders), key=lambda found: found[0])
    return best[1]


def fork_ties(skeleton: Skeleton, step: TrunkStep, free: tuple[bool, bool]) -> list[ForkTie]:
    """Forks of the way through a piece where the best branch left out is nearly worth the one taken.

    `free` says whether nothing but the worth decided on the first and on the last end of the way.
    """
    way = skeleton.path(step.first, step.last)
    best: dict[tuple[int, int], tuple[float, ForkTie]] = {}
    for leaf in map(int, skeleton.leaves):
        side = skeleton.path(step.first, leaf)
        common = min(len(way), len(side))
        fork = int(way[np.argmin(np.append(way[:common] == side[:common], False)) - 1])
        if fork in (step.first, step.last):
            continue
        worth = skeleton.worth(fork, leaf)
        for end, is_free in zip((step.first, step.last), free, strict=True):
            if is_free and worth >= max(_TIE * skeleton.worth(fork, end), best.get((fork, end), (0.0,))[0]):
                lengths = (skeleton.length(fork, end), skeleton.length(fork, leaf))
                places = (skeleton.points[fork], skeleton.points[end], skeleton.points[leaf])
                best[fork, end] = (worth, ForkTie(*places, *lengths, end == step.first))
    return [tie for _, tie in best.values()]


def tip_nearest(skeleton: Skeleton, point: FloatArray) -> int:
    """The leaf nearest to a point [mm], shape (3,)."""
    return int(skeleton.leaves[np.argmin(np.linalg.norm(skeleton.points[skeleton.leaves] - point, axis=1))])


def _cheapest(
    skeletons: Sequence[Skeleton], order: list[int], start: FloatArray | None, end: FloatArray | None
) -> tuple[float, tuple[TrunkStep, ...]]:
    reached: list[tuple[float, tuple[TrunkStep, ...], FloatArray | None]] = [(0.0, (), start)]
    for rank, piece in enumerate(order):
        skeleton = skeletons[piece]
        ways = [
            (first, last, _WORTH * skeleton.worth(first, last))
            for first in skeleton.leaves
            for last in skeleton.leaves
            if first != last
        ]
        best: dict[int, tuple[float, tuple[TrunkStep, ...], FloatArray | None]] = {}
        for first, last, worth in ways:
            for cost, steps, tip in reached:
                gap = 0.0 if tip is None else float(np.linalg.norm(skeleton.points[first] - tip))
                total = cost + gap - worth
                if rank == len(order) - 1 and end is not None:
                    total += _END_COUNTS * float(np.linalg.norm(skeleton.points[last] - end))
                if last not in best or total < best[last][0]:
                    step = TrunkStep(piece, int(first), int(last))
                    best[last] = (total, (*steps, step), skeleton.points[last])
        reached = list(best.values())
    cost, steps, _ = min(reached, key=lambda found: found[0])
    return cost, steps

"""Forces of a closed valve: chordae by group, and the pull of the leaflets on the annulus by region."""

from __future__ import annotations

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy.valve import ANTERIOR, CHORDAE_GROUPS, Valve
from annulus.geometry import Loop
from annulus.mechanics.valve import ClosureSolution

__all__ = ["COMMISSURE_SHARE", "HINGE_REGIONS", "annular_tension", "chordae_tension", "hinge_regions"]

HINGE_REGIONS = ("anterior", "posterior", "commissural")
"""Parts of the hinge over which the leaflets' pull is averaged."""

COMMISSURE_SHARE = 0.05
"""The hinge within this share of its length on either side of a commissure is commissural; assumed."""


def hinge_regions(valve: Valve) -> np.ndarray:
    """Index into `HINGE_REGIONS` of each hinge vertex, shape (k,)."""
    hinge = valve.hinge
    front = np.isin(hinge, np.unique(valve.surface.triangles[valve.leaflet == ANTERIOR]))
    region = np.where(front, 0, 1)
    loop = Loop(valve.surface.points[hinge])
    ends = np.flatnonzero(np.isin(hinge, valve.shared))
    if len(ends):
        apart = np.abs(loop.arc_lengths[:, None] - loop.arc_lengths[ends][None]) % loop.length
        region[np.minimum(apart, loop.length - apart).min(axis=1) <= COMMISSURE_SHARE * loop.length] = 2
    return region


def annular_tension(solution: ClosureSolution) -> dict[str, float]:
    """Force of the leaflets on the annulus per length of hinge by region [N/m].

    ``annular_tension_*``: size of the force across the hinge; ``annular_pull_*``: its part in the annular plane,
    inwards. Vertex forces summed over the region, over its length in the closed shape.
    """
    valve, hinge = solution.valve, solution.points[solution.valve.hinge]
    loop = Loop(hinge)
    side = np.roll(hinge, -1, axis=0) - np.roll(hinge, 1, axis=0)
    along = side / np.linalg.norm(side, axis=1, keepdims=True)
    edge = np.linalg.norm(np.roll(hinge, -1, axis=0) - hinge, axis=1)
    length = 0.5 * (edge + np.roll(edge, 1))
    normal = loop.area_vector / np.linalg.norm(loop.area_vector)
    out = np.cross(along, normal)
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    force = solution.hinge_force_n
    across = np.linalg.norm(force - np.einsum("ij,ij->i", force, along)[:, None] * along, axis=1)
    pull = np.einsum("ij,ij->i", force, out)
    region = hinge_regions(valve)
    values: dict[str, float] = {}
    for number, name in enumerate(HINGE_REGIONS):
        own = region == number
        if own.any():
            values[f"annular_tension_{name}_n_per_m"] = float(across[own].sum() / length[own].sum()) * 1e3
            values[f"annular_pull_{name}_n_per_m"] = float(pull[own].sum() / length[own].sum()) * 1e3
    return values


def chordae_tension(valve: Valve, tension_n: FloatArray) -> dict[str, float]:
    """Greatest tension of a chorda and sums of all chordae, by group and in all [N]; empty without chordae."""
    if not len(valve.chordae):
        return {}
    values = {"chordae_tension_max_n": float(tension_n.max()), "chordae_tension_sum_n": float(tension_n.sum())}
    for number, name in enumerate(CHORDAE_GROUPS):
        own = valve.chordae.group == number
        if own.any():
            values[f"chordae_tension_{name}_sum_n"] = float(tension_n[own].sum())
    return values

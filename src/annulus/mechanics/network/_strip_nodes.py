"""Which stretches of vein and arteries belong to the model, and their nodes."""

from __future__ import annotations

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import Case
from annulus.errors import InputError
from annulus.geometry import Curve, Loop
from annulus.kernels.strip_nodes import modelled_stations

__all__ = ["ADVANCE_WINDOW_MM", "ARTERY_REACH_MM", "MIN_ADVANCE", "VEIN_REACH_MM", "artery_nodes", "modelled_length"]

VEIN_REACH_MM = 25.0
"""The vein belongs to the model from the ostium to where it leaves for farther than this from the annulus [mm].

Beyond, it has left the atrioventricular groove (in life the vein lies 5 to 17 mm away [plass-cs-ct, lansac2008]); an
arch that bulges farther behind a large annulus and comes back belongs to it."""

MIN_ADVANCE = 0.25
"""It also ends where its nearest place on the annulus advances by less than this share of the vein's own arc: there
it turns into the anterior interventricular vein and no longer runs around the annulus (assumed)."""

ADVANCE_WINDOW_MM = 8.0
"""Arc of vein over which that advance is taken [mm]."""

ARTERY_REACH_MM = 10.0
"""Arteries belong to the model where their axis lies within this distance of the vein's axis [mm]."""

_MIN_NODES = 3
"""Shorter stretches of an artery than so many nodes do not belong to the model."""


def modelled_length(curve: Curve, loop: Loop) -> float:
    """Arc length up to which the vein runs around the annulus [mm]: see `VEIN_REACH_MM` and `MIN_ADVANCE`."""
    # Of four steps is the window.
    step = 0.25 * ADVANCE_WINDOW_MM
    s = np.append(np.arange(0.0, curve.length, step), curve.length)
    at, distance = loop.closest(curve.at(s))
    if distance[:2].max() > VEIN_REACH_MM:
        raise InputError(
            f"coronary sinus must start within {VEIN_REACH_MM:g} mm of the annulus; its ostium end lies "
            f"{distance[0]:.1f} mm away: check that both curves share unit and coordinate system (LPS)."
        )
    lengths = np.append(loop.arc_lengths, loop.length)
    end = modelled_stations(s, at, distance, lengths, VEIN_REACH_MM, MIN_ADVANCE)
    return curve.length if end >= len(s) else float(s[end])


def artery_nodes(case: Case, vein: Curve, spacing: float) -> tuple[FloatArray, FloatArray, tuple[int, ...]]:
    """Nodes and radii of all arteries near the vein, one after the other, and how many of them are each artery's.

    A branch begins where it has left the trunk (an artery before it in the case): inside, the trunk's own wall meets
    the vein.
    """
    points, radii, sizes = [np.zeros((0, 3))], [np.zeros(0)], []
    for index, artery in enumerate(case.arteries):
        curve, sizes = artery.curve, [*sizes, 0]
        if curve.radius is None or vein.radius is None:
            continue
        fine = curve.resampled(max(round(curve.length / spacing) + 1, 3))
        _, distance = vein.closest(fine.points)
        near = np.nonzero(distance < ARTERY_REACH_MM)[0]
        first = _departure([other.curve for other in case.arteries[:index]], fine)
        near = near[near >= first]
        if len(near) < _MIN_NODES:
            continue
        keep = slice(near[0], near[-1] + 1)
        points.append(np.array(fine.points[keep]))
        radii.append(np.interp(fine.arc_lengths[keep], curve.arc_lengths, curve.radius))
        sizes[-1] = len(points[-1])
    return np.vstack(points), np.concatenate(radii), tuple(sizes)


def _departure(trunks: list[Curve], branch: Curve) -> int:
    """First vertex of a branch that lies outside the trunk that it springs from; 0 where it springs from none."""
    first = 0
    for trunk in trunks:
        if trunk.radius is None:
            continue
        s, distance = trunk.closest(branch.points)
        inside = distance < trunk.radius_at(s)
        if inside[0]:
            first = max(first, len(inside) if inside.all() else int(np.argmin(inside)))
    return first

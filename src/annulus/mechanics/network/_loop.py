"""A closed loop of cable, part of which runs along the vein: its path, and the equilibrium under its tension."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from annulus._typing import FloatArray
from annulus.kernels.cables import Cable, cable_gradient
from annulus.kernels.laws import CableLaw
from annulus.mechanics.network._actions import TensionLoop
from annulus.mechanics.network._cinch import CinchModel
from annulus.mechanics.network._equilibrium import Equilibrium
from annulus.mechanics.network._strip import Strip

__all__ = ["loop_cable", "loop_load", "loop_solve", "loop_wall_load"]

_LOAD_STEPS = (1, 2, 4, 8)

_ACROSS_MM = 6.0
"""Stretch of vein over which a loop's load on the wall is averaged: two arteries wide [mm]."""


def loop_cable(strip: Strip, loop: TensionLoop) -> Cable:
    """Path of the loop over the vein's inner wall and on to the fixed points beyond its two ends.

    Elements whose middle lies under the arch are left out: the arch carries the cable's tension from one foot to the
    other.
    """
    distal, proximal = loop.distal_s_mm, loop.proximal_s_mm
    stations = strip.stations(distal, proximal)
    path = strip.cable(distal, proximal)
    middles = 0.5 * strip.vein_spacing * (stations[1:] + stations[:-1])
    free = np.ones(len(middles), dtype=bool)
    if loop.arch_s_mm is not None:
        low, high = loop.arch_s_mm
        free = (middles < low) | (middles > high)
    ends = [
        _end(strip, float(station), point)
        for station, point in ((stations[0], loop.distal_point), (stations[-1], loop.proximal_point))
    ]
    return Cable(
        np.concatenate([path.nodes[free], *(end.nodes for end in ends)]),
        np.concatenate([path.weights[free], *(end.weights for end in ends)]),
        np.concatenate([path.offset[free], *(end.offset for end in ends)]),
    )


def loop_solve(model: CinchModel, loop: TensionLoop) -> Equilibrium:
    """Equilibrium under the loop's tension, the same all along; in more steps where one fails."""
    cable, iterations = loop_cable(model.strip, loop), 0
    for n_steps in _LOAD_STEPS:
        start = None
        for step in range(1, n_steps + 1):
            state = model.solve(cable, CableLaw(loop.tension_n * step / n_steps, 0.0, 0.0), start=start)
            iterations += state.iterations
            if not state.converged:
                break
            start = state.positions
        if state.converged:
            break
    return replace(state, iterations=iterations)


def loop_load(loop: TensionLoop, state: Equilibrium) -> FloatArray:
    """Load of the loop on the vein's nodes, over the length that belongs to each [N/mm], shape (nc,)."""
    gradient = np.zeros_like(state.positions)
    cable_gradient(loop_cable(state.strip, loop), state.positions, gradient)
    force = loop.tension_n * np.linalg.norm(state.strip.to_natural(gradient)[1], axis=1)
    return force / state.strip.vein_spacing


def loop_wall_load(loop: TensionLoop, state: Equilibrium) -> FloatArray:
    """`loop_load` without the ends of vein and arch, mean over `_ACROSS_MM` [N/mm], shape (nc,)."""
    load, spacing = loop_load(loop, state), state.strip.vein_spacing
    s = spacing * np.arange(len(load))
    for end in (0.0, loop.distal_s_mm, *(loop.arch_s_mm or ())):
        load[np.abs(s - end) <= 1.5 * spacing] = 0.0
    width = max(round(_ACROSS_MM / spacing), 1)
    return np.convolve(load, np.full(width, 1.0 / width), mode="same")


def _end(strip: Strip, station: float, point: FloatArray) -> Cable:
    """The element from the inner wall at a station to a point fixed in space."""
    node = min(int(station), len(strip.vein) - 2)
    share = np.array([1.0 - (station - node), station - node])
    return Cable(
        strip.vein_numbers[node : node + 2].reshape(1, 2),
        -share.reshape(1, 2),
        (np.asarray(point) - share @ strip.inner_wall[node : node + 2]).reshape(1, 3),
    )

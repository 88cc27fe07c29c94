"""How a closure is solved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annulus.errors import InputError

__all__ = ["ClosureOptions"]


@dataclass(frozen=True, slots=True)
class ClosureOptions:
    """How a closure is solved.

    Parameters
    ----------
    tolerance_n
        A vertex may keep this much force [N]; about one percent of the pressure's force on it.
    max_iterations
        Newton iterations at each load; up to three times as many from a coarser mesh's shape.
    loads
        Shares of the pressure at which the leaflets come to rest one after another, ending in 1.
    multilevel
        A structured mesh is closed at half its resolution first; False starts from the open shape.
    contact
        Leaflets repel; False lets them pass through each other (verification only).
    thinning
        Leaflets meet at the thickness that they have when stretched; False keeps that at rest.
    seal
        Nothing presses a leaflet beyond the last place where it touches the other one: both of its faces see the
        ventricle there; False keeps all of it under pressure. Structured meshes only.
    paths
        Ways of loading that are tried, 1 to 4. Folds may come to rest in several ways: the state of least energy is
        taken, and the other shapes are kept, so that their spread can be told.
    """

    tolerance_n: float = 1.0e-4
    max_iterations: int = 200
    loads: tuple[float, ...] = (0.1, 0.4, 1.0)
    multilevel: bool = True
    contact: bool = True
    thinning: bool = True
    seal: bool = True
    paths: int = 1

    def __post_init__(self) -> None:
        loads = np.asarray(self.loads, dtype=np.float64)
        if not (len(loads) and loads[-1] == 1.0 and (loads > 0.0).all() and (np.diff(loads) > 0.0).all()):
            raise InputError(f"loads must rise from above 0 to 1; got {self.loads}.")
        if self.paths not in range(1, 5):
            raise InputError(f"paths must be a whole number from 1 to 4; got {self.paths}.")
        if not self.tolerance_n > 0.0 or self.max_iterations < 1:
            raise InputError("tolerance_n and max_iterations must be positive.")

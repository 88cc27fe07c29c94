"""A heart made ready: nodes, gaps and valve of one case, shared by all therapies, sites, loads and worlds."""

from annulus.heart._crossings import wall_gaps
from annulus.heart._fitted_valve import FittedChange, FittedValve
from annulus.heart._grasped import Grasped, grasped
from annulus.heart._heart import Heart
from annulus.heart._settings import ClosureSettings, closure_settings
from annulus.heart._state import State
from annulus.heart._valve import HeartValve

__all__ = [
    "ClosureSettings",
    "FittedChange",
    "FittedValve",
    "Grasped",
    "Heart",
    "HeartValve",
    "State",
    "closure_settings",
    "grasped",
    "wall_gaps",
]

"""Cinching equilibrium: problem in, solution with status out."""

from annulus.mechanics._carry import carried_annulus, carried_artery, carried_sinus
from annulus.mechanics._cinch import Cinch, CinchModel, Landing, SolverOptions
from annulus.mechanics._parameters import CINCH_PRIORS, CinchParameters
from annulus.mechanics._solution import Equilibrium, Status
from annulus.mechanics._strip import Resolution, Strip

__all__ = [
    "CINCH_PRIORS",
    "Cinch",
    "CinchModel",
    "CinchParameters",
    "Equilibrium",
    "Landing",
    "Resolution",
    "SolverOptions",
    "Status",
    "Strip",
    "carried_annulus",
    "carried_artery",
    "carried_sinus",
]

"""Cinching equilibrium: problem in, solution with status out."""

from annulus.mechanics._attachments import Attachments, LineLoad, Prescribed, Rod, Site, Tie
from annulus.mechanics._carry import carried_annulus, carried_artery, carried_sinus
from annulus.mechanics._cinch import Cinch, CinchModel, Landing, SolverOptions
from annulus.mechanics._free_network import Bends, FreeNetwork, FreeState, Springs, free_network
from annulus.mechanics._parameters import CINCH_PRIORS, CinchParameters
from annulus.mechanics._solution import Equilibrium, Status
from annulus.mechanics._strip import Resolution, Strip

__all__ = [
    "CINCH_PRIORS",
    "Attachments",
    "Bends",
    "Cinch",
    "CinchModel",
    "CinchParameters",
    "Equilibrium",
    "FreeNetwork",
    "FreeState",
    "Landing",
    "LineLoad",
    "Prescribed",
    "Resolution",
    "Rod",
    "Site",
    "SolverOptions",
    "Springs",
    "Status",
    "Strip",
    "Tie",
    "carried_annulus",
    "carried_artery",
    "carried_sinus",
    "free_network",
]

"""Cinching equilibrium: problem in, solution with status out."""

from annulus.mechanics._attachments import Attachments, LineLoad, Prescribed, Rod, Site, Tie
from annulus.mechanics._calibration import Calibration, calibration
from annulus.mechanics._carry import carried_annulus, carried_artery, carried_sinus
from annulus.mechanics._cinch import CinchModel, Landing, SolverOptions
from annulus.mechanics._closure import ClosureOptions, ClosureSolution, ClosureStatus, close_valve
from annulus.mechanics._free_elements import Bends, Springs
from annulus.mechanics._free_network import FreeNetwork, FreeState, free_network
from annulus.mechanics._leaflet_material import LeafletMaterial
from annulus.mechanics._parameters import CINCH_PRIORS, CinchParameters, posterior_draws
from annulus.mechanics._protocol import Cinch
from annulus.mechanics._sensitivity import Sensitivities, sensitivities
from annulus.mechanics._solution import Equilibrium, Status
from annulus.mechanics._strip import Resolution, Strip

__all__ = [
    "CINCH_PRIORS",
    "Attachments",
    "Bends",
    "Calibration",
    "Cinch",
    "CinchModel",
    "CinchParameters",
    "ClosureOptions",
    "ClosureSolution",
    "ClosureStatus",
    "Equilibrium",
    "FreeNetwork",
    "FreeState",
    "Landing",
    "LeafletMaterial",
    "LineLoad",
    "Prescribed",
    "Resolution",
    "Rod",
    "Sensitivities",
    "Site",
    "SolverOptions",
    "Springs",
    "Status",
    "Strip",
    "Tie",
    "calibration",
    "carried_annulus",
    "carried_artery",
    "carried_sinus",
    "close_valve",
    "free_network",
    "posterior_draws",
    "sensitivities",
]

"""Cinching equilibrium: rods and springs of annulus, vein and artery."""

from annulus.mechanics.network._actions import (
    ANCHOR_PRESSURE_MMHG,
    Action,
    Anchors,
    Grasp,
    Reshape,
    Ribbon,
    StiffEdges,
    TensionLoop,
    TipMoves,
    Traction,
    TractionReaction,
)
from annulus.mechanics.network._artery_loads import ArteryLoad, artery_loads
from annulus.mechanics.network._attachments import Attachments, LineLoad, Place, Prescribed, Rod, Tie
from annulus.mechanics.network._calibration import Calibration, calibration
from annulus.mechanics.network._carry import annulus_load, annulus_moves, carried_annulus, carried_artery, carried_sinus
from annulus.mechanics.network._cinch import CinchModel
from annulus.mechanics.network._equilibrium import Equilibrium, SolverOptions
from annulus.mechanics.network._force_share import force_share_ap
from annulus.mechanics.network._free_elements import Bends, Springs
from annulus.mechanics.network._free_network import FreeNetwork, FreeState, free_network
from annulus.mechanics.network._landing import Landing
from annulus.mechanics.network._loop import loop_load, loop_solve, loop_wall_load
from annulus.mechanics.network._parameters import CINCH_PRIORS, CinchParameters, posterior_draws
from annulus.mechanics.network._protocol import Cinch
from annulus.mechanics.network._sensitivity import Sensitivities, sensitivities
from annulus.mechanics.network._strip import Resolution, Strip

__all__ = [
    "ANCHOR_PRESSURE_MMHG",
    "CINCH_PRIORS",
    "Action",
    "Anchors",
    "ArteryLoad",
    "Attachments",
    "Bends",
    "Calibration",
    "Cinch",
    "CinchModel",
    "CinchParameters",
    "Equilibrium",
    "FreeNetwork",
    "FreeState",
    "Grasp",
    "Landing",
    "LineLoad",
    "Place",
    "Prescribed",
    "Reshape",
    "Resolution",
    "Ribbon",
    "Rod",
    "Sensitivities",
    "SolverOptions",
    "Springs",
    "StiffEdges",
    "Strip",
    "TensionLoop",
    "Tie",
    "TipMoves",
    "Traction",
    "TractionReaction",
    "annulus_load",
    "annulus_moves",
    "artery_loads",
    "calibration",
    "carried_annulus",
    "carried_artery",
    "carried_sinus",
    "force_share_ap",
    "free_network",
    "loop_load",
    "loop_solve",
    "loop_wall_load",
    "posterior_draws",
    "sensitivities",
]

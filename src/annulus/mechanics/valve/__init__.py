"""Closure of the leaflets: full, and fast."""

from annulus.mechanics.valve._closure import ClosureSolution, close_valve
from annulus.mechanics.valve._closure_options import ClosureOptions
from annulus.mechanics.valve._fast_closure import FastClosure, fast_closure
from annulus.mechanics.valve._fast_correction import fast_closure_error, fast_closure_record
from annulus.mechanics.valve._jet import Jet
from annulus.mechanics.valve._leaflet_material import LeafletMaterial

__all__ = [
    "ClosureOptions",
    "ClosureSolution",
    "FastClosure",
    "Jet",
    "LeafletMaterial",
    "close_valve",
    "fast_closure",
    "fast_closure_error",
    "fast_closure_record",
]

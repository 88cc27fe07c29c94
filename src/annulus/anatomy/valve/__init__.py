"""The stress-free valve: both leaflets as one mesh, chordae, and how it comes from a case."""

from annulus.anatomy.valve._coarser import CoarserValve, coarser_valve
from annulus.anatomy.valve._grid import grid_vertices, valve_grid, with_heights
from annulus.anatomy.valve._of_case import valve_of_case
from annulus.anatomy.valve._parametric import parametric_valve
from annulus.anatomy.valve._stations import CoaptationLine, hinge_positions, station_deg
from annulus.anatomy.valve._valve import ANTERIOR, CHORDAE_GROUPS, NO_CHORDAE, POSTERIOR, Chordae, Valve

__all__ = [
    "ANTERIOR",
    "CHORDAE_GROUPS",
    "NO_CHORDAE",
    "POSTERIOR",
    "Chordae",
    "CoaptationLine",
    "CoarserValve",
    "Valve",
    "coarser_valve",
    "grid_vertices",
    "hinge_positions",
    "parametric_valve",
    "station_deg",
    "valve_grid",
    "valve_of_case",
    "with_heights",
]

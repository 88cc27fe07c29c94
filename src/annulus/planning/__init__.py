"""The clinical questions: what does this device do in this heart?"""

from annulus.mechanics import Landing
from annulus.planning._simulate import SimulationResult, simulate

__all__ = ["Landing", "SimulationResult", "simulate"]

"""From solutions to answers: coaptation, circumflex."""

from annulus.outcomes._circumflex import circumflex_change
from annulus.outcomes._coaptation import Tent, tent_of_case

__all__ = ["Tent", "circumflex_change", "tent_of_case"]

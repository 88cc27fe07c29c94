"""From solutions to answers: coaptation, circumflex."""

from annulus.outcomes._coaptation import Tent, tent_of_case

__all__ = ["Tent", "tent_of_case"]

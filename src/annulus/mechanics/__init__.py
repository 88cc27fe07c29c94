"""Equilibria: problem in, solution with status out."""

from annulus.mechanics._solution import Solution, Status

__all__ = ["Solution", "Status"]

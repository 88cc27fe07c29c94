"""Equilibria: problem in, solution with status out."""

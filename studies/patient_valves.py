"""Valves of virtual patients for closing: from the populations, spread as a fit to a baseline spreads, and cinched."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from annulus.anatomy.parametric import Preset
from annulus.anatomy.valve import valve_of_case
from annulus.outcomes import FIT_SPREADS, beat_of_case, valve_member
from annulus.population import PopulationPreset, population_preset, sample_patient
from random_valves import RandomValve, cinched_hinge

__all__ = ["patient_valve"]

_GROUPS = tuple(item.value for item in Preset)

_THICKNESS_SPREAD = 0.15
"""Standard deviation of the logarithm of both thicknesses (assumed)."""


def patient_valve(seed: int, index: int, *, mesh: tuple[int, int] = (80, 10)) -> RandomValve:
    """Valve number `index` of a run, from the two numbers alone, on a mesh of so many columns and rows.

    Patients come from the four populations in turn, however much they leak, and are closed under their own pressure.
    Slack of the chordae and places of the tips are spread by the priors of the fit to a baseline; two valves in three
    are cinched as `random_valve` cinches.
    """
    group = _GROUPS[index % len(_GROUPS)]
    case = sample_patient(_everybody(group), seed=seed, index=index // len(_GROUPS), close=False).case
    valve, _ = valve_of_case(case, n_columns=mesh[0], n_rows=mesh[1])
    generator = np.random.default_rng([seed, index, 17])
    # Leaflet heights, last of the priors, are the population's own.
    member = valve_member(valve, np.append(generator.normal(size=len(FIT_SPREADS) - 1), 0.0) * FIT_SPREADS)
    thicker = np.exp(_THICKNESS_SPREAD * generator.normal(size=2))
    valve = replace(member.valve(valve), thickness_mm=valve.thickness_mm * thicker[valve.leaflet])
    hinge = cinched_hinge(valve, generator, 1.0)
    beat, _ = beat_of_case(case)
    return RandomValve(valve, hinge, member.tips, beat.gradient_mmhg, group, False)


@cache
def _everybody(group: str) -> PopulationPreset:
    """The group however much its valves leak: the fast closure is fitted to these, and must not choose them."""
    return replace(population_preset(group), selection=None)

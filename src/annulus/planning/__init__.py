"""The clinical questions: what does this device do in this heart, and how sure is the answer?"""

from annulus.mechanics.network import Landing
from annulus.planning._closure_change import Baseline, ClosureChange, ClosurePlan, baseline_of, closure_change
from annulus.planning._comparators import ComparatorResult, simulate_clip, simulate_ring
from annulus.planning._importance import Importance, Share, first_look, importance
from annulus.planning._intervals import Samples
from annulus.planning._measure_sampling import measure_samples
from annulus.planning._priors import GEOMETRY_PRIORS, NOT_MODELLED, Draw, Priors
from annulus.planning._sampling import Plan, sample_plan
from annulus.planning._simulate import simulate
from annulus.planning._simulation_result import SimulationResult, tent_key

__all__ = [
    "GEOMETRY_PRIORS",
    "NOT_MODELLED",
    "Baseline",
    "ClosureChange",
    "ClosurePlan",
    "ComparatorResult",
    "Draw",
    "Importance",
    "Landing",
    "Plan",
    "Priors",
    "Samples",
    "Share",
    "SimulationResult",
    "baseline_of",
    "closure_change",
    "first_look",
    "importance",
    "measure_samples",
    "sample_plan",
    "simulate",
    "simulate_clip",
    "simulate_ring",
    "tent_key",
]

"""The clinical questions: what does this therapy do in this heart, which device, and how sure is the answer?"""

from annulus.planning._candidates import Candidate
from annulus.planning._compression import Compression, compression
from annulus.planning._judging import change_interval, effect_of, risk_of
from annulus.planning._matrix import MATRIX_COLUMNS, PLAN_SCHEMA, FitMatrix, plan
from annulus.planning._measure_sampling import measure_samples
from annulus.planning._plan_result import Plan, SizeVerdict
from annulus.planning._rules import PlanRules, PlanSearch
from annulus.planning._simulate import require_parts, simulate

__all__ = [
    "MATRIX_COLUMNS",
    "PLAN_SCHEMA",
    "Candidate",
    "Compression",
    "FitMatrix",
    "Plan",
    "PlanRules",
    "PlanSearch",
    "SizeVerdict",
    "change_interval",
    "compression",
    "effect_of",
    "measure_samples",
    "plan",
    "require_parts",
    "risk_of",
    "simulate",
]

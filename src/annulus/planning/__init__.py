"""The clinical questions: what does this therapy do in this heart, which device, and how sure is the answer?"""

from annulus.planning._candidates import Candidate
from annulus.planning._compare import COMPARISON_SCHEMA, Comparison, Difference, compare
from annulus.planning._compression import Compression, compression
from annulus.planning._evaluate import (
    EVALUATION_SCHEMA,
    Evaluation,
    EvaluationPair,
    MeasureError,
    MeasureSummary,
    evaluate,
)
from annulus.planning._judging import change_interval, effect_of, risk_of
from annulus.planning._matrix import MATRIX_COLUMNS, PLAN_SCHEMA, FitMatrix, plan
from annulus.planning._measure_sampling import measure_samples
from annulus.planning._plan_result import Plan, SizeVerdict
from annulus.planning._rules import PlanRules, PlanSearch
from annulus.planning._simulate import require_parts, simulate

__all__ = [
    "COMPARISON_SCHEMA",
    "EVALUATION_SCHEMA",
    "MATRIX_COLUMNS",
    "PLAN_SCHEMA",
    "Candidate",
    "Comparison",
    "Compression",
    "Difference",
    "Evaluation",
    "EvaluationPair",
    "FitMatrix",
    "MeasureError",
    "MeasureSummary",
    "Plan",
    "PlanRules",
    "PlanSearch",
    "SizeVerdict",
    "change_interval",
    "compare",
    "compression",
    "effect_of",
    "evaluate",
    "measure_samples",
    "plan",
    "require_parts",
    "risk_of",
    "simulate",
]

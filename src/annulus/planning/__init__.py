"""The clinical questions: what does this therapy do in this heart, and how sure is the answer?"""

from annulus.planning._measure_sampling import measure_samples
from annulus.planning._simulate import require_parts, simulate

__all__ = ["measure_samples", "require_parts", "simulate"]

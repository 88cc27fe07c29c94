"""What a candidate does and what speaks against it: effect, risk, the first rule that it breaks, and its rank."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from annulus._typing import FloatArray
from annulus.planning._candidates import Candidate
from annulus.planning._compression import Compression, compression
from annulus.planning._rules import PlanRules

__all__ = [
    "AP",
    "AP_BEFORE",
    "EROA",
    "EROA_BEFORE",
    "change_interval",
    "changes_of",
    "could_keep",
    "different",
    "effect_of",
    "order_of",
    "problem_of",
    "reduction_percent",
    "risk_of",
]

AP, EROA = "annulus.after.ap_mm", "regurgitation.after.eroa_mm2"
AP_BEFORE, EROA_BEFORE = "annulus.before.ap_mm", "regurgitation.before.eroa_mm2"

_BUCKET_MM = 5.0

_MAX_FAILED = 0.1
"""Share of worlds without equilibrium beyond which a candidate is out (assumed)."""


def effect_of(candidate: Candidate, *, worlds: bool = True) -> tuple[float, float]:
    """Leak and AP that stay, less is better: EROA [mm2] (0 where no valve was closed) and AP [mm].

    Over worlds the baseline moved by the median change: what the valve is without a device is as uncertain as what
    the device does, and only the latter tells candidates apart. Without `worlds` those of the point prediction.
    """
    numbers = candidate.numbers
    leak, ap = numbers.get(EROA, 0.0), numbers.get(AP, 0.0)
    changes = changes_of(candidate) if worlds else {}
    if EROA in changes:
        leak = max(numbers[EROA_BEFORE] + float(np.nanmedian(changes[EROA])), 0.0)
    if AP in changes:
        ap = numbers[AP_BEFORE] + float(np.nanmedian(changes[AP]))
    return leak, ap


def changes_of(candidate: Candidate) -> dict[str, FloatArray]:
    """Change of EROA [mm2] and AP [mm] in each world; empty without worlds."""
    samples, out = candidate.samples, {}
    for key, before in ((EROA, EROA_BEFORE), (AP, AP_BEFORE)):
        if samples is not None and key in samples.values and before in candidate.numbers:
            out[key] = samples.values[key] - samples.values[before]
    return out


def change_interval(candidate: Candidate, key: str) -> tuple[float, float] | None:
    """Interval of a change over the worlds; None where there is none."""
    change, samples = changes_of(candidate).get(key), candidate.samples
    if change is None or samples is None or not np.isfinite(change).all():
        return None
    ends = (0.5 * (1.0 - samples.level), 0.5 * (1.0 + samples.level))
    low, high = np.quantile(change, ends, method="weibull").tolist()
    return low, high


def problem_of(candidate: Candidate, rules: PlanRules) -> str:
    """Which rule a candidate breaks over its worlds, a sentence; empty where it keeps them all."""
    samples = candidate.samples
    if samples is None:
        return candidate.problem or "its worlds have too few equilibria."
    for phase, there in {"": samples, **candidate.other_phases}.items():
        failed = sum(there.failures.values())
        if failed > _MAX_FAILED * (failed + there.n):
            where = f" in {phase}" if phase else ""
            return f"no equilibrium: in {100.0 * failed / (failed + there.n):.0f} % of the worlds{where}."
    risk = risk_of(candidate)
    if risk is not None and risk.probability > rules.max_compression:
        return (
            f"circumflex at risk: compression {risk} in {risk.n_worlds} worlds; {100.0 * rules.max_compression:g} % is "
            "accepted."
        )
    reduction = reduction_percent(candidate)
    if reduction < rules.min_ap_reduction_percent:
        least = rules.min_ap_reduction_percent
        return f"too little effect: AP falls by {reduction:.1f} %; {least:g} % is worth an implant."
    return ""


def could_keep(candidate: Candidate, rules: PlanRules) -> bool:
    """Whether more worlds may show that a candidate keeps the rules: only its risk is told by too few."""
    risk = risk_of(candidate)
    if not problem_of(candidate, rules):
        return True
    doubtful = risk is not None and risk.low <= rules.max_compression < risk.probability
    return doubtful and reduction_percent(candidate) >= rules.min_ap_reduction_percent


def risk_of(candidate: Candidate) -> Compression | None:
    """Compression over the worlds, of several phases the most; None where no artery or no world is known."""
    all_samples = [] if candidate.samples is None else [candidate.samples, *candidate.other_phases.values()]
    found = [risk for samples in all_samples if (risk := compression(samples.values)) is not None]
    return max(found, key=lambda risk: risk.probability, default=None)


def reduction_percent(candidate: Candidate) -> float:
    """By how much AP falls [%]."""
    return 100.0 * (1.0 - effect_of(candidate)[1] / candidate.numbers[AP_BEFORE])


def order_of(candidate: Candidate, rules: PlanRules) -> tuple[float, ...]:
    """What keeps the rules first, by its effect; then what has an effect, by its risk; then the rest."""
    leak, ap = effect_of(candidate)
    risk = risk_of(candidate)
    probability = 0.0 if risk is None else risk.probability
    if not problem_of(candidate, rules):
        return 0.0, float(np.round(leak)), ap, probability
    weak = candidate.samples is None or reduction_percent(candidate) < rules.min_ap_reduction_percent
    return 2.0 if weak else 1.0, probability, leak, ap


def different(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The first of each ribbon length and landing, landings taken as one within 5 mm; in order."""
    first: dict[tuple[float, float], Candidate] = {}
    for candidate in candidates:
        place = round((candidate.site.distal_s_mm or 0.0) / _BUCKET_MM)
        first.setdefault((_length(candidate), place), candidate)
    return list(first.values())


def _length(candidate: Candidate) -> float:
    sizing = candidate.therapy.sizing
    return 0.0 if sizing is None else sizing.length_mm

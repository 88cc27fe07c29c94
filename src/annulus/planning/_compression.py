"""How probable it is that a device compresses an artery: from a prediction's numbers, and what that rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from annulus._typing import FloatArray

__all__ = ["CLEAR_GAP_MM", "PROBABILITY", "Compression", "compression", "is_accepted", "risk_order", "wilson"]

PROBABILITY = "circumflex.risk.probability"
"""Key of the probability of significant compression: where a prediction has it, nothing else is asked."""

_GAP = "circumflex.min_gap_after_mm"
_Z = 1.96

CLEAR_GAP_MM = 3.0
"""Beyond this wall gap more of it is no less risk to the screening [mm] (assumed: no threshold is published)."""


@dataclass(frozen=True, slots=True)
class Compression:
    """Probability that an artery is compressed.

    Parameters
    ----------
    probability
        Mean over the worlds [1].
    low, high
        Ends of its 95 % Wilson interval [wilson1927]: what so few worlds leave open [1].
    n_worlds
        Worlds that tell it.
    basis
        What it is: a few words.
    """

    probability: float
    low: float
    high: float
    n_worlds: int
    basis: str

    def to_dict(self) -> dict[str, float | int | str]:
        """Plain dictionary, as in the file."""
        return {
            "probability": self.probability,
            "low": self.low,
            "high": self.high,
            "n_worlds": self.n_worlds,
            "basis": self.basis,
        }

    def __str__(self) -> str:
        return f"{100 * self.probability:.0f} % ({100 * self.low:.0f} to {100 * self.high:.0f} %)"


def compression(values: Mapping[str, FloatArray]) -> Compression | None:
    """Probability over worlds; None where no artery is known.

    Parameters
    ----------
    values
        Key of the result to its values over the worlds, as `annulus.prediction.Samples` has them.
    """
    if PROBABILITY in values:
        shares, basis = np.clip(values[PROBABILITY], 0.0, 1.0), "significant compression of an artery"
    elif _GAP in values:
        gaps = np.asarray(values[_GAP])
        shares = np.where(np.isfinite(gaps), gaps <= 0.0, np.nan)
        basis = "walls of artery and vein touch (a stand-in: these numbers have no law of compression)"
    else:
        return None
    known = shares[np.isfinite(shares)]
    if not len(known):
        return None
    # For probabilities within worlds Wilson's interval is too wide rather than too narrow.
    low, high = wilson(float(known.mean()), len(known))
    return Compression(float(known.mean()), low, high, len(known), basis)


def wilson(share: float, n: int) -> tuple[float, float]:
    """95 % interval of a share that was seen in `n` trials [wilson1927]."""
    middle, width = share + _Z**2 / (2 * n), _Z * np.sqrt(share * (1.0 - share) / n + _Z**2 / (4.0 * n**2))
    low, high = ((middle + sign * width) / (1.0 + _Z**2 / n) for sign in (-1.0, 1.0))
    return float(max(low, 0.0)), float(min(high, 1.0))


def is_accepted(numbers: Mapping[str, float], max_compression: float) -> bool:
    """Whether a point prediction's risk is accepted: its probability, else that the walls do not touch."""
    order = risk_order(numbers)
    return order <= max_compression if PROBABILITY in numbers else order < 0.0 or _GAP not in numbers


def risk_order(numbers: Mapping[str, float]) -> float:
    """What a point prediction is ordered by, less is safer: the probability, else minus the least wall gap [mm]."""
    if PROBABILITY in numbers:
        return numbers[PROBABILITY]
    return -min(numbers[_GAP], CLEAR_GAP_MM) if _GAP in numbers else 0.0

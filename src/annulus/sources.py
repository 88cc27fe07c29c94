"""Where numbers come from: a named parameter with its prior, and an assumption that a result lists."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from annulus.errors import InputError

__all__ = ["PLAIN_SOURCES", "Assumption", "Distribution", "Parameter"]

PLAIN_SOURCES = ("user", "case", "rule", "assumed")
"""What a source may be that is no key of ``docs/references.bib``: the user or the case said so, a rule of this package
that `why` states found it, or nobody has measured it."""


class Distribution(Enum):
    """Shape of a parameter's prior."""

    FIXED = "fixed"
    NORMAL = "normal"
    LOGNORMAL = "lognormal"
    UNIFORM = "uniform"
    LOGUNIFORM = "loguniform"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named number with unit, prior and source.

    Parameters
    ----------
    name, unit
        Name as in the code and unit of `value`.
    value
        Central value.
    spread
        NORMAL: standard deviation; LOGNORMAL: standard deviation of the logarithm; UNIFORM and
        LOGUNIFORM: unused (give `bounds`).
    bounds
        Lowest and highest value allowed.
    source
        Key in ``docs/references.bib``, or one of `PLAIN_SOURCES`.
    assumed
        No datum pins this number; results list it as an assumption.
    why
        One sentence for the reader of a result.
    """

    name: str
    value: float
    unit: str
    distribution: Distribution = Distribution.FIXED
    spread: float = 0.0
    bounds: tuple[float, float] = (float("-inf"), float("inf"))
    source: str = ""
    assumed: bool = True
    why: str = ""

    def __post_init__(self) -> None:
        low, high = self.bounds
        if not low <= self.value <= high:
            raise InputError(f"{self.name} must lie in [{low:g}, {high:g}] {self.unit}; got {self.value:g}.")

    def to_assumption(self) -> Assumption:
        """The line that a result lists for this parameter."""
        return Assumption(name=self.name, value=self.value, unit=self.unit, why=self.why, source=self.source)


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something a result rests on that was not measured in this case.

    Parameters
    ----------
    name, value, unit
        What is assumed.
    why
        One sentence.
    source
        Key in ``docs/references.bib``, or one of `PLAIN_SOURCES`.
    """

    name: str
    value: float | str | None
    unit: str
    why: str
    source: str

    def to_dict(self) -> dict[str, float | str | None]:
        """Plain dictionary, as in the result file."""
        return {"name": self.name, "value": self.value, "unit": self.unit, "why": self.why, "source": self.source}

"""One exact case: what is computed at several refinements, what it should be, and how the error falls."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np

from annulus.errors import AnnulusError

__all__ = ["CaseResult", "Outcome", "VerificationCase", "verify_case"]

ROUNDING = 1.0e-9
"""Errors below this share of the expected value are rounding and the solver's tolerance: no order is read off them."""

ORDER_SLACK = 0.25
"""The observed order may fall this much short of the expected one."""


class Outcome(Enum):
    """What came of one case."""

    PASSED = "pass"
    FAILED = "FAIL"
    SKIPPED = "skipped"


@dataclass(frozen=True, eq=False)
class VerificationCase:
    """A problem with a known answer.

    Parameters
    ----------
    id, what
        Short name, and one line for the reader.
    reference
        Key in ``docs/references.bib``, of the closed form or the other code.
    expected
        Name and value of each quantity.
    run
        Quantities computed at a refinement `n`.
    sizes
        Refinements, coarse to fine.
    tolerance
        Largest relative error allowed at the finest size.
    order
        Expected order of convergence; None where the discrete answer is exact or another code's.
    long
        Belongs to the full suite only.
    needs
        Returns why the case cannot run here, or an empty string.
    scale
        Errors are relative to this where given, else to each expected value.
    note
        What the reader must know about the comparison.
    """

    id: str
    what: str
    reference: str
    expected: Mapping[str, float]
    run: Callable[[int], Mapping[str, float]]
    sizes: tuple[int, ...]
    tolerance: float
    order: float | None = None
    long: bool = False
    needs: Callable[[], str] = lambda: ""
    scale: float | None = None
    note: str = ""


@dataclass(frozen=True, eq=False)
class CaseResult:
    """What a case gave.

    Parameters
    ----------
    case
        The case.
    sizes
        Refinements that ran.
    values
        Quantities at each size.
    errors
        Relative error of each quantity at each size.
    order
        Lowest observed order of convergence; None where none is expected or it cannot be read off.
    outcome, reason
        Passed, failed or skipped, and why where not passed.
    seconds
        Wall time.
    """

    case: VerificationCase
    sizes: tuple[int, ...]
    values: tuple[Mapping[str, float], ...]
    errors: tuple[Mapping[str, float], ...]
    order: float | None
    outcome: Outcome
    reason: str
    seconds: float

    @property
    def worst(self) -> str:
        """Quantity with the largest error at the finest size; empty where nothing ran."""
        return max(self.errors[-1], key=lambda name: self.errors[-1][name]) if self.errors else ""

    def to_dict(self) -> dict[str, object]:
        """Plain dictionary, fit for JSON."""
        return {
            "id": self.case.id,
            "what": self.case.what,
            "reference": self.case.reference,
            "expected": dict(self.case.expected),
            "sizes": list(self.sizes),
            "values": [dict(value) for value in self.values],
            "errors": [dict(error) for error in self.errors],
            "tolerance": self.case.tolerance,
            "expected_order": self.case.order,
            "order": self.order,
            "outcome": self.outcome.name.lower(),
            "reason": self.reason,
            "note": self.case.note,
            "seconds": round(self.seconds, 3),
        }


def verify_case(case: VerificationCase, *, sizes: tuple[int, ...] | None = None) -> CaseResult:
    """Run a case at its sizes, or at those given."""
    sizes = sizes or case.sizes
    missing = case.needs()
    if missing:
        return CaseResult(case, (), (), (), None, Outcome.SKIPPED, missing, 0.0)
    started = time.perf_counter()
    try:
        values = tuple(case.run(n) for n in sizes)
    except AnnulusError as error:
        seconds = time.perf_counter() - started
        return CaseResult(case, sizes, (), (), None, Outcome.FAILED, f"{error}".rstrip("."), seconds)
    seconds = time.perf_counter() - started
    errors = tuple({name: _error(case, name, value) for name, value in one.items()} for one in values)
    order = None if case.order is None else _observed_order(sizes, errors)
    reason = _complaint(case, errors, order)
    return CaseResult(case, sizes, values, errors, order, Outcome.FAILED if reason else Outcome.PASSED, reason, seconds)


def _error(case: VerificationCase, name: str, values: float) -> float:
    expected = case.expected[name]
    scale = case.scale if case.scale is not None else abs(expected) or 1.0
    return abs(values - expected) / scale


def _observed_order(sizes: tuple[int, ...], errors: tuple[Mapping[str, float], ...]) -> float | None:
    """Lowest order over the quantities, from the last two sizes, where both errors are above rounding."""
    if len(sizes) < 2:
        return None
    orders = [
        float(np.log(coarse / fine) / np.log(sizes[-1] / sizes[-2]))
        for coarse, fine in ((errors[-2][name], errors[-1][name]) for name in errors[-1])
        if min(coarse, fine) > ROUNDING
    ]
    return min(orders) if orders else None


def _complaint(case: VerificationCase, errors: tuple[Mapping[str, float], ...], order: float | None) -> str:
    worst = max(errors[-1].values())
    if not worst <= case.tolerance:
        return f"error {worst:.2e} exceeds {case.tolerance:.0e}"
    if case.order is not None and order is not None and order < case.order - ORDER_SLACK:
        return f"order {order:.2f} falls short of {case.order:g}"
    return ""

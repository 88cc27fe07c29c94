"""All cases, the runs of a suite, and the page that tells of them."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import annulus
from annulus.verification._case import CaseResult, Outcome, VerificationCase, verify_case
from annulus.verification._codes import code_cases
from annulus.verification._foundations import foundation_cases
from annulus.verification._membranes import membrane_cases
from annulus.verification._model import model_cases
from annulus.verification._orifices import orifice_cases
from annulus.verification._plates import plate_cases
from annulus.verification._rods import rod_cases
from annulus.verification._springs import spring_cases

__all__ = ["VerificationResult", "verification_cases", "verify"]


def verification_cases() -> tuple[VerificationCase, ...]:
    """Every case, the quick ones first."""
    quick = (*spring_cases(), *rod_cases(), *foundation_cases(), *model_cases())
    return (*quick, *membrane_cases(), *plate_cases(), *orifice_cases(), *code_cases())


@dataclass(frozen=True, eq=False)
class VerificationResult:
    """What a run of the suite gave: one result per case."""

    results: tuple[CaseResult, ...]

    @property
    def passed(self) -> bool:
        """No case failed; skipped ones do not count."""
        return not any(result.outcome is Outcome.FAILED for result in self.results)

    def count(self, outcome: Outcome) -> int:
        """Number of cases with this outcome."""
        return sum(result.outcome is outcome for result in self.results)

    @property
    def summary(self) -> str:
        """One line."""
        seconds = sum(result.seconds for result in self.results)
        parts = [f"{self.count(Outcome.PASSED)} passed"]
        parts += [f"{self.count(outcome)} {word}" for outcome, word in _WORDS if self.count(outcome)]
        return f"{', '.join(parts)} of {len(self.results)} cases in {seconds:.0f} s"

    def to_dict(self) -> dict[str, object]:
        """Plain dictionary, fit for JSON."""
        return {
            "version": annulus.__version__,
            "platform": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
            "passed": self.passed,
            "cases": [result.to_dict() for result in self.results],
        }


_WORDS = ((Outcome.FAILED, "FAILED"), (Outcome.SKIPPED, "skipped"))


def verify(
    *,
    full: bool = False,
    only: Sequence[str] = (),
    after_each: Callable[[CaseResult], None] | None = None,
) -> VerificationResult:
    """Run the suite.

    Parameters
    ----------
    full
        Also the long cases: other codes.
    only
        Ids of the cases to run, long or not; all when empty.
    after_each
        Called with each result as it comes.
    """
    results = []
    for case in verification_cases():
        if (only and case.id not in only) or (case.long and not (full or only)):
            continue
        results.append(verify_case(case))
        if after_each is not None:
            after_each(results[-1])
    return VerificationResult(tuple(results))

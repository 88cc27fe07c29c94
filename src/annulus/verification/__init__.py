"""Exact cases and independent codes: what `annulus verify` runs, and nothing else."""

from annulus.verification._calculix import CalculixRun, calculix_run
from annulus.verification._case import CaseResult, Outcome, VerificationCase, verify_case
from annulus.verification._page import validation_page
from annulus.verification._suite import VerificationResult, verification_cases, verify

__all__ = [
    "CalculixRun",
    "CaseResult",
    "Outcome",
    "VerificationCase",
    "VerificationResult",
    "calculix_run",
    "validation_page",
    "verification_cases",
    "verify",
    "verify_case",
]

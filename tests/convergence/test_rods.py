"""Rods and rings against the elastica and linear rings: error and order, three refinements each."""

from __future__ import annotations

import pytest

from annulus.verification import VerificationCase, verification_cases, verify_case

CASES = [case for case in verification_cases() if case.order is not None and not case.long]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_order(case: VerificationCase) -> None:
    result = verify_case(case)
    assert result.outcome.name == "PASSED", result.reason
    assert result.order is not None and result.order == pytest.approx(case.order, abs=0.25)

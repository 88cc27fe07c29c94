"""The variant of the cinch network that standard elements carry, against CalculiX (Debian's calculix-ccx)."""

from __future__ import annotations

import numpy as np
import pytest

from annulus.errors import DependencyError, FileError
from annulus.io._calculix import CinchVariant, calculix_missing
from annulus.io.readers._calculix_dat import read_dat_displacements
from annulus.verification import Outcome, VerificationCase, calculix_run, verification_cases, verify_case

CASES = [case for case in verification_cases() if case.reference == "calculix"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_displacements_and_ap_within_two_percent(case: VerificationCase) -> None:
    if calculix_missing():
        pytest.skip(calculix_missing())
    result = verify_case(case, sizes=(48,))
    assert result.outcome is Outcome.PASSED, result.reason


def test_away_from_the_anchors_within_half_a_percent() -> None:
    if calculix_missing():
        pytest.skip(calculix_missing())
    run = calculix_run(48)
    assert run.inner_difference < 0.005
    own, other = run.shortening_mm
    assert own == pytest.approx(other, rel=0.01)


def test_deck_holds_the_network() -> None:
    variant = CinchVariant(16)
    text = variant.deck(np.ones((len(variant.points), 3))).to_text()
    assert text.count("*NODE,") == 1 and "*STEP, NLGEOM" in text
    loads = text.split("*CLOAD\n")[1].split("*")[0].strip().splitlines()
    assert len(loads) == 3 * len(variant.points)
    nodes = text.split("NSET=NALL\n")[1].split("*")[0].strip().splitlines()
    read = np.array([[float(word) for word in line.split(",")] for line in nodes])
    np.testing.assert_allclose(read[:, 1:], variant.points, atol=1e-9)


def test_stopped_run_is_told(tmp_path) -> None:
    (tmp_path / "x.dat").write_text(" displacements (vx,vy,vz) for set NALL and time 1\n\n 1 0. 0. 0.\n")
    with pytest.raises(FileError, match="stopped early"):
        read_dat_displacements(tmp_path / "x.dat", 2)


def test_absent_code_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(DependencyError, match="calculix-ccx"):
        calculix_run(16)
    assert all(verify_case(case).outcome is Outcome.SKIPPED for case in CASES)

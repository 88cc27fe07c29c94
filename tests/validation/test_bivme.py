"""biv-me example patient 1: 25 frames of mitral and aortic contours, read and measured in one call.

Expected numbers: polygon measures taken once with other tools (`reference_crude.json` beside the data); ours are of the
spline through the same 48 points, so areas lie about 0.3 % and perimeters 0.1 % higher.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from annulus.io import measure_loops, validate_result


def test_area_against_frame(shared_anatomy: Path) -> None:
    folder = shared_anatomy / "bivme-patient1-annulus"
    document = measure_loops(folder / "annulus_loops.csv", unit="mm", coordinate_system="LPS")
    validate_result(document)
    crude = json.loads((folder / "reference_crude.json").read_text())
    columns = document["annulus"]
    assert isinstance(columns, dict)
    assert document["frames"] == [row["frame"] for row in crude] == list(range(25))
    for ours, theirs, tolerance in (
        ("area_2d_mm2", "area_mm2", 0.006),
        ("perimeter_3d_mm", "perimeter_mm", 0.002),
    ):
        assert np.array(columns[ours]) == pytest.approx([row[theirs] for row in crude], rel=tolerance)
    assert np.array(columns["height_mm"]) == pytest.approx([row["height_mm"] for row in crude], abs=0.1)

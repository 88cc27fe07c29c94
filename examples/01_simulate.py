"""Cinch a dilated annulus with a 60 mm double-anchor device and read what changes."""

from __future__ import annotations

import json
from pathlib import Path

import annulus

EXPECTED = {
    "ap_before_mm": (33.9, 34.1),  # the preset's own number
    "ap_change_percent": (-22.0, -4.0),  # published reach of 5 to 20 mm of plication
    "residual_n": (0.0, 1e-6),
    "plication_mm": (9.999, 10.001),
}


def main(folder: Path) -> dict[str, float]:
    case = annulus.load_case("data/meshes/fmr/case.json")
    print(annulus.measure(case).annulus.ap_mm)

    result = annulus.simulate(case, "carillon-9-18-60", distal_at_mm=95, plication_mm=10)
    print(result)  # AP before and after, plication, tension
    print(result.change_percent["area_2d_mm2"])
    print(result.circumflex["min_gap_before_mm"], result.circumflex["min_gap_after_mm"])
    for line in result.assumptions:
        print(line.name, line.value, line.unit, line.why)

    (folder / "result.json").write_text(json.dumps(result.to_dict()), encoding="utf-8")
    return {
        "ap_before_mm": result.before.ap_mm,
        "ap_change_percent": result.change_percent["ap_mm"],
        "residual_n": result.cinch.locked.residual_n,
        "plication_mm": result.cinch.plication_mm,
    }


if __name__ == "__main__":
    main(Path())

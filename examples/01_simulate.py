"""Cinch a dilated annulus with a 60 mm double-anchor device and read what changes, and how sure it is."""

from __future__ import annotations

from pathlib import Path

import annulus

EXPECTED = {
    "ap_before_mm": (33.9, 34.1),  # the preset's own number
    "ap_change_percent": (-22.0, -4.0),  # published reach of 5 to 20 mm of plication
    "interval_holds_the_point": (1, 1),
    "residual_n": (0.0, 1e-6),
    "plication_mm": (9.999, 10.001),
    "ring_ap_mm": (22.4, 22.6),  # three quarters of the ring's size
}


def main(folder: Path) -> dict[str, float]:
    case = annulus.load_case("data/meshes/fmr/case.json")
    print(annulus.measure(case).annulus.ap_mm)
    result = annulus.simulate(case, "carillon-9-18-60", distal_at_mm=95, plication_mm=10, samples=40)
    print(result)  # AP and effective orifice before and after, in a line; a table in a notebook
    print(result["annulus.change_percent.area_2d_mm2"], result.interval("annulus.change_percent.area_2d_mm2"))
    print(result["circumflex.min_gap_before_mm"], result["circumflex.min_gap_after_mm"])
    for line in result.assumptions:
        print(line.name, line.value, line.unit, line.why)
    annulus.io.write_json(result.to_dict(), folder / "result.json")

    ring = annulus.simulate(case, "ring-30")  # the same call and the same result for every therapy
    print(ring)

    change = result["annulus.change_percent.ap_mm"]
    low, high = result.interval("annulus.change_percent.ap_mm")
    return {
        "ap_before_mm": result["annulus.before.ap_mm"],
        "ap_change_percent": change,
        "interval_holds_the_point": low < change < high,
        "residual_n": result.to_dict()["solver"]["residual_n"],
        "plication_mm": result["therapy.plication_mm"],
        "ring_ap_mm": ring["annulus.after.ap_mm"],
    }


if __name__ == "__main__":
    main(Path())

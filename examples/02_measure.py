"""Measure annulus, coronary sinus and circumflex of a case."""

from __future__ import annotations

from pathlib import Path

import annulus

# The preset's own parameters: shapes made by annulus measure what they were asked to measure.
EXPECTED = {
    "ap_mm": (33.99, 34.01),
    "alpm_mm": (43.99, 44.01),
    "minimal_over_projected_area": (1.0, 1.2),
    "n_crossings": (1, 2),
    "crossing_s_mm": (60.0, 130.0),
    "between_mm": (50.0, 100.0),
}


def main(folder: Path) -> dict[str, float]:
    case = annulus.load_case("data/meshes/fmr/case.json")
    measures = annulus.measure(case)
    print(measures)

    ring, crossings = measures.annulus, measures.circumflex.crossings
    for crossing in crossings:
        print(f"{crossing.artery} crosses the vein at {crossing.cs_s_mm:.1f} mm, wall gap {crossing.gap_mm:.1f} mm")
    trunk = measures.circumflex.arteries[0]
    print(f"{trunk.artery} runs between vein and annulus along {trunk.between_mm:.0f} mm of the vein")
    return {
        "ap_mm": ring.ap_mm,
        "alpm_mm": ring.alpm_mm,
        "minimal_over_projected_area": ring.area_3d_mm2 / ring.area_2d_mm2,
        "n_crossings": len(crossings),
        "crossing_s_mm": crossings[0].cs_s_mm,
        "between_mm": trunk.between_mm,
    }


if __name__ == "__main__":
    main(Path())

"""A heart from the numbers of a report: what is given is kept, a preset fills in the rest and the case lists it."""

from __future__ import annotations

from pathlib import Path

import annulus
from annulus.anatomy.parametric import ClinicalNumbers, CrossingSide, shaped_case

# The numbers given below: what goes in is what is measured. The perimeter contradicts the diameters by a few percent.
EXPECTED = {
    "ap_mm": (35.9999, 36.0001),
    "crossing_mm": (79.99, 80.01),
    "ap_assumed": (0, 0),
    "leaflets_assumed": (2, 3),
    "perimeter_missed_mm": (-10.0, -1.0),
}


def main(folder: Path) -> dict[str, float]:
    report = ClinicalNumbers(
        ap_mm=36.0,
        alpm_mm=45.0,
        height_mm=6.5,
        intertrigonal_mm=28.0,
        cs_p2_distance_mm=12.0,
        lcx_crossing_mm=80.0,
        anterior_leaflet_mm=26.0,
        eroa_mm2=22.0,
    )
    heart = shaped_case("fmr", report, crossing_side=CrossingSide.UNDER, id="patient-7")
    for name, asked in heart.asked.items():
        print(f"{name:24s}{asked:10.2f}{heart.found[name]:10.2f}")
    for line in heart.case.assumptions[:5]:
        print(line.name, line.value, line.unit, line.why)
    annulus.save_case(heart.case, folder / "patient-7.json")
    measures = annulus.measure(annulus.load_case(folder / "patient-7.json"))

    torn = shaped_case("fmr", ClinicalNumbers(ap_mm=36.0, alpm_mm=45.0, perimeter_mm=142.0))
    print("perimeter asked 142 mm, nearest annulus", round(torn.found["perimeter_mm"], 1))
    assumed = [line.name for line in heart.case.assumptions]
    return {
        "ap_mm": measures.annulus.ap_mm,
        "crossing_mm": measures.circumflex.crossings[0].cs_s_mm,
        "ap_assumed": assumed.count("annulus.ap_mm"),
        "leaflets_assumed": sum(name.startswith("leaflets.") for name in assumed),
        "perimeter_missed_mm": torn.found["perimeter_mm"] - 142.0,
    }


if __name__ == "__main__":
    main(Path())

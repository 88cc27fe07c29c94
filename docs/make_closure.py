"""Pictures and tables of ``docs/closure.md``: ``python docs/make_closure.py`` (needs the extra ``viz``).

The shipped example of functional regurgitation, closed before and after 10 mm of plication by a 60 mm device, with a
ring and with a clip; everything is computed here with the default mesh and the default parameters.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from annulus import Result, load_case, simulate
from annulus.anatomy import Case, ChordaeLengths, ChordaeParameters, LeafletHeights
from annulus.anatomy.parametric import preset
from annulus.anatomy.valve import Valve, valve_of_case
from annulus.heart import ClosureSettings, Heart
from annulus.outcomes import valve_outcome
from annulus.viz import screenshot, valve_screenshot

HERE = Path(__file__).resolve().parent
IMAGES = HERE / "images"
PAGE = HERE / "closure.md"
MESHES = HERE.parent / "data" / "meshes"
SIZE = (1200, 600)
VIEW_SIZE = (1200, 900)

ROWS = (
    ("AP diameter [mm]", "ap_mm", 1),
    ("coaptation height A2-P2 [mm]", "a2p2_coapt_height_mm", 1),
    ("coaptation height, mean [mm]", "coapt_height_mean_mm", 1),
    ("coaptation area [mm2]", "coapt_area_mm2", 0),
    ("depth A2-P2 below the hinge line [mm]", "a2p2_coaptation_depth_mm", 1),
    ("below the hinge plane (tenting height) [mm]", "a2p2_tenting_height_mm", 1),
    ("tenting volume [mL]", "tenting_volume_ml", 1),
    ("anatomic orifice ROA [mm2]", "roa_mm2", 0),
    ("effective orifice EROA [mm2]", "eroa_mm2", 0),
    ("regurgitant volume [mL]", "regurgitant_volume_ml", 0),
    ("sum of the chordae's tensions [N]", "chordae_tension_sum_n", 0),
    ("pull on the annulus, anterior [N/m]", "annular_pull_anterior_n_per_m", 0),
    ("pull on the annulus, posterior [N/m]", "annular_pull_posterior_n_per_m", 0),
    ("open valve in diastole [mm2]", "diastolic_orifice_mm2", 0),
    ("mean gradient of filling, at least [mmHg]", "mean_gradient_mmhg", 1),
)


def main() -> None:
    """Compute, draw, and renew the tables."""
    case = load_case(MESHES / "fmr" / "case.json")
    heart = Heart(case, ClosureSettings())
    cinched = closed(heart, 95.0, 10.0)
    normal = closed(Heart(load_case(MESHES / "normal" / "case.json"), ClosureSettings()), 80.0, 5.0)
    ring, clip = simulate(heart, "ring-30"), simulate(heart, "clip-NTW")
    if heart.valve is None:
        raise RuntimeError("the examples must have leaflets")
    valve, states = heart.valve.valve, cinched.closures
    screenshot(case, IMAGES / "closed-view.png", cinched.to_dict(), size=VIEW_SIZE)
    first = [("Open, stress-free", None), *((f"Closed, {name}", state.points) for name, state in states.items())]
    stack(valve, first, IMAGES / "closure.png")
    others = (("Closed, ring 30", ring), ("Closed, clip NTW", clip))
    stack(valve, [(words, other.closures["after"].points) for words, other in others], IMAGES / "comparators.png")
    columns = {
        "normal": column(normal, "before"),
        "FMR": column(cinched, "before") | column(ring, "before"),
        "cinched": column(cinched, "after"),
        "ring 30": column(ring, "after"),
        "clip NTW": column(clip, "after"),
    }
    lines = ["| | " + " | ".join(columns) + " |", "|---|" + "---|" * len(columns)]
    for label, key, digits in ROWS:
        values = (f"{values[key]:.{digits}f}" if key in values else "" for values in columns.values())
        lines.append(f"| {label} | " + " | ".join(values) + " |")
    lines += [
        "",
        *(f"Flag, {name}: {flag}" for name, other in (("ring", ring), ("clip", clip)) for flag in other.flags),
    ]
    write_part("therapies", "\n".join(lines).strip())
    after = states["after"].points
    if after is None:
        raise RuntimeError("the cinched valve must have a shape")
    write_part("sensitivity", sensitivity(after[valve.hinge]))


def sensitivity(cinched: np.ndarray) -> str:
    """Orifice and depth below the hinge line, one number changed at a time; `cinched` is the FMR hinge after."""
    lines = [
        "| | normal: ROA [mm2] | FMR: ROA [mm2] | largest hole | depth [mm] | cinched: ROA [mm2] | depth [mm] |",
        "|---|---|---|---|---|---|---|",
    ]
    for words, change in CHANGES:
        normal, _ = valve_of_case(change(preset("normal")))
        valve, _ = valve_of_case(change(preset("fmr")))
        before = valve_outcome(valve, pressure_mmhg=105.0)
        after = valve_outcome(valve, pressure_mmhg=105.0, hinge=cinched)
        cells = [f"{valve_outcome(normal, pressure_mmhg=105.0).measures['roa_mm2']:.0f}"]
        largest = max(before.jets, key=lambda jet: jet.area_mm2, default=None)
        for state in (before, after):
            cells.append(f"{state.measures['roa_mm2']:.0f}")
            if state is before:
                cells.append("" if largest is None else largest.section)
            cells.append(f"{state.measures['a2p2_coaptation_depth_mm']:.1f}")
        lines.append(f"| {words} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def with_heights(factor: float) -> Callable[[Case], Case]:
    """All leaflet heights times a factor."""

    def change(case: Case) -> Case:
        leaflets = case.leaflets
        if leaflets is None or leaflets.heights is None:
            raise RuntimeError("the examples have heights")
        heights = LeafletHeights(leaflets.heights.theta_deg, factor * leaflets.heights.height_mm)
        return replace(case, leaflets=replace(leaflets, heights=heights))

    return change


def with_tips(outwards_mm: float, down_mm: float) -> Callable[[Case], Case]:
    """Papillary tips farther out and lower."""

    def change(case: Case) -> Case:
        frame, tips = case.annulus.frame, {}
        for name, tip in case.papillary_tips.items():
            x, y, z = frame.to_local(tip)
            tips[name] = frame.to_world(np.array([x + np.sign(x) * outwards_mm, y, z - down_mm]))
        return replace(case, papillary_tips=tips)

    return change


def with_chordae(chordae: ChordaeParameters) -> Callable[[Case], Case]:
    """Other chordae."""

    def change(case: Case) -> Case:
        if case.leaflets is None:
            raise RuntimeError("the examples have leaflets")
        return replace(case, leaflets=replace(case.leaflets, chordae=chordae))

    return change


CHANGES: tuple[tuple[str, Callable[[Case], Case]], ...] = (
    ("as shipped", lambda case: case),
    ("all heights x 0.9", with_heights(0.9)),
    ("all heights x 0.95", with_heights(0.95)),
    ("all heights x 1.1", with_heights(1.1)),
    ("tips 2 mm farther out", with_tips(2.0, 0.0)),
    ("tips 2 mm lower", with_tips(0.0, 2.0)),
    ("marginal chordae 1 mm shorter", with_chordae(ChordaeParameters(marginal_slack_mm=-2.5))),
    ("basal and strut chordae 2 mm longer", with_chordae(ChordaeParameters(basal_slack_mm=0.5, strut_slack_mm=0.5))),
    ("chordae as long as the tips need", with_chordae(ChordaeParameters(lengths=ChordaeLengths.OWN_TIPS))),
)


def closed(heart: Heart, distal_at_mm: float, plication_mm: float) -> Result:
    """A 60 mm device in a heart, the valve closed before and after."""
    result = simulate(heart, "carillon-9-18-60", distal_at_mm=distal_at_mm, plication_mm=plication_mm)
    if not result.converged:
        raise RuntimeError(f"{heart.case.id} must come to rest")
    return result


def column(result: Result, state: str) -> dict[str, float]:
    """Every number of a state by the last word of its key."""
    blocks = ("annulus", "coaptation", "regurgitation", "filling")
    found = {key: value for name in blocks for key, value in result.blocks.get(name, {}).get(state, {}).items()}
    return {key: value for key, value in found.items() if isinstance(value, float)}


def write_part(name: str, text: str) -> None:
    """Renew the part of the page between the markers of `name`."""
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    head, rest = PAGE.read_text(encoding="utf-8").split(begin)
    PAGE.write_text(f"{head}{begin}\n\n{text}\n\n{end}{rest.split(end)[1]}", encoding="utf-8")


def stack(valve: Valve, rows: list[tuple[str, np.ndarray | None]], path: Path) -> None:
    """Pictures of the same valve, one below the other."""
    with tempfile.TemporaryDirectory() as folder:
        files = [
            valve_screenshot(valve, Path(folder) / f"{index}.png", points, title=title, size=SIZE)
            for index, (title, points) in enumerate(rows)
        ]
        images = [np.asarray(Image.open(file).convert("RGB")) for file in files]
    Image.fromarray(np.vstack(images)).save(path, optimize=True)


if __name__ == "__main__":
    main()

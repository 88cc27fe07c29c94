"""Closed valves beside published hearts, on valves that nobody chose by: the table of ``docs/closure.md``.

Run ``python studies/closed_valves.py --seed 1 --n 40 --therapies 5 --root FOLDER --into docs/closure.md``. Examples are
closed as they are; virtual patients are drawn with a seed and closed fully; rings, cinching and clips are done to the
FMR example and to some patients; FOLDER holds real anatomy (left out where it is not given). Nothing here is fitted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

import annulus
from annulus import Case, Result
from annulus.anatomy.parametric import preset
from annulus.anatomy.valve import valve_of_case, with_heights
from annulus.errors import InputError
from annulus.heart import ClosureSettings, Heart
from annulus.io import import_case
from annulus.outcomes import ValveOutcome, beat_of_case, valve_outcome
from annulus.population import sample_patient
from annulus.units import MMHG
from marked_page import put_between

__all__ = ["main", "table"]

START, END = "<!-- reach -->", "<!-- end of reach -->"
RINGS = (36, 34, 32, 30, 28, 26)
PLICATIONS_MM = (5.0, 10.0, 15.0)
CLIPS = ("clip-NTW", "clip-XTW", "clip-NTW@-4+clip-NTW@4")
PULLED_MMHG = 122.0
"""Pressure at which the pull on the annulus was measured."""


def table(*, seed: int, n: int, n_therapies: int, root: Path | None = None, workers: int = 2) -> str:
    """The page's table and what is told below it."""
    lines = ["| | found | published |", "|---|---|---|"]
    notes: list[str] = []
    with ProcessPoolExecutor(workers) as pool:
        every = [("normal", n), ("fmr", n), ("ischaemic", n // 2), ("afmr", n // 2)]
        asked = {group: pool.map(partial(_patient, group, seed), range(k)) for group, k in every}
        treated = pool.map(_treated, ["example", *((seed + 1, index) for index in range(n_therapies))])
        atrial = pool.submit(_cinched_atrial)
        lines += _normal()
        lines += _example("fmr", "FMR example")
        lines += _example("ischaemic", "ischaemic example")
        for group, found in asked.items():
            lines += _population(group, list(found))
        lines += atrial.result()
        for name, rows, told in treated:
            lines += [f"| {name}: {what} | {value} | {wanted} |" for what, value, wanted in rows]
            notes += told
    if root is not None:
        lines += _atlas(root)
    return "\n".join([*lines, "", *(f"- {note}" for note in notes)]).rstrip() + "\n"


def _closed(case: Case, pressure_mmhg: float | None = None) -> ValveOutcome:
    valve, _ = valve_of_case(case)
    beat, _ = beat_of_case(case)
    return valve_outcome(valve, pressure_mmhg=beat.gradient_mmhg if pressure_mmhg is None else pressure_mmhg)


def _normal() -> list[str]:
    case = preset("normal")
    found, pulled = _closed(case).measures, _closed(case, PULLED_MMHG).measures
    pull = " / ".join(f"{pulled[f'annular_pull_{side}_n_per_m']:.0f}" for side in ("anterior", "posterior"))
    return [
        f"| normal example: ROA [mm2] | {found['roa_mm2']:.1f} | 0 |",
        f"| depth below hinge line / plane [mm] | {_depths(found)} | 5.0 ± 0.7 / - |",
        f"| coaptation height A2-P2 [mm], closure ratio | {found['a2p2_coapt_height_mm']:.1f}, "
        f"{found['closure_ratio']:.2f} | -, 1.78 ± 0.39 |",
        f"| in-plane pull at 122 mmHg, anterior / posterior [N/m] | {pull} | 54 ± 15 / 36 ± 9 |",
    ]


def _example(group: str, words: str) -> list[str]:
    case = preset(group)
    closed = _closed(case)
    found = closed.measures
    middle = sum(jet.area_mm2 for jet in closed.jets if jet.section == "A2-P2")
    area = annulus.measure(case).annulus.area_2d_mm2
    push = closed.pressure_mmhg * MMHG * area
    return [
        f"| {words}: EROA [mm2], of it at A2-P2 | {found['eroa_mm2']:.0f}, "
        f"{100.0 * middle / max(found['roa_mm2'], 1e-9):.0f} % | 41 ± 15, 50 ± 30; central |",
        f"| depth below hinge line / plane [mm] | {_depths(found)} | 8.6 ± 0.7 / - |",
        f"| tenting area [cm2], volume [mL] | {found['a2p2_tenting_area_mm2'] / 100.0:.1f}, "
        f"{found['tenting_volume_ml']:.1f} | 2.8 ± 0.8, 5.2 ± 1.8 |",
        f"| closure ratio; chordae over pressure force | {found['closure_ratio']:.2f}; "
        f"{found['chordae_tension_sum_n'] / push:.1f} | 1.29 ± 0.15; below 2 |",
    ]


def _depths(found: Mapping[str, float]) -> str:
    return f"{found['a2p2_coaptation_depth_mm']:.1f} / {found['a2p2_tenting_height_mm']:.1f}"


def _patient(group: str, seed: int, index: int) -> dict[str, float]:
    """Measures of a virtual patient, closed fully; none where it did not come to rest."""
    closed = _closed(sample_patient(group, seed=seed, index=index).case)
    return dict(closed.measures) if closed.converged else {}


_PUBLISHED = {
    "normal": ("0", "5.0 ± 0.7", "-", "1.78 ± 0.39"),
    "fmr": ("41 ± 15, 50 ± 30", "8.6 ± 0.7", "5.2 ± 1.8", "1.29 ± 0.15"),
    "ischaemic": ("41 ± 15, 50 ± 30", "8.6 ± 0.7", "5.2 ± 1.8", "1.29 ± 0.15"),
    "afmr": ("-", "13.1 ± 2.6", "-", "-"),
}


def _population(group: str, rows: Sequence[dict[str, float]]) -> list[str]:
    found = [row for row in rows if row]
    eroa = np.array([row["eroa_mm2"] for row in found])
    shares = f"; below 10: {100.0 * (eroa < 10.0).mean():.0f} %"
    if group == "normal":
        shares = f"; ROA below 5: {100.0 * np.mean([row['roa_mm2'] < 5.0 for row in found]):.0f} %"
    keys = ("a2p2_coaptation_depth_mm", "tenting_volume_ml", "closure_ratio")
    words = ("depth below hinge line [mm]", "tenting volume [mL]", "closure ratio")
    wanted = _PUBLISHED[group]
    quarters = " / ".join(f"{q:.0f}" for q in np.percentile(eroa, [25, 50, 75]))
    lines = [
        f"| {len(found)} of {len(rows)} {group} patients: EROA [mm2], quarters{shares} | {_spread(eroa, 0)}, "
        f"{quarters} | {wanted[0]} |"
    ]
    for key, name, published in zip(keys, words, wanted[1:], strict=True):
        values = np.array([row[key] for row in found])
        lines.append(f"| {name} | {_spread(values, 2 if key == 'closure_ratio' else 1)} | {published} |")
    return lines


def _spread(values: np.ndarray, digits: int) -> str:
    return f"{values.mean():.{digits}f} ± {values.std():.{digits}f}"


def _cinched_atrial() -> list[str]:
    heart = Heart(preset("afmr"), ClosureSettings("full"))
    results = [_simulated(heart, "carillon-9-18-60", plication_mm=p) for p in PLICATIONS_MM]
    return [f"| AFMR example, cinched by {_list(PLICATIONS_MM)} mm: ROA [mm2] | {_course(results)} | falls |"]


def _treated(who: str | tuple[int, int]) -> tuple[str, list[tuple[str, str, str]], list[str]]:
    """Rings, cinching and clips on the FMR example or on patient `index` of a seed."""
    if isinstance(who, str):
        case, name = preset("fmr"), "FMR example"
    else:
        case, name = sample_patient("fmr", seed=who[0], index=who[1]).case, f"patient {who[1]}"
    heart = Heart(case, ClosureSettings("full", fit=False))
    rings = [_simulated(heart, f"ring-{size}") for size in RINGS]
    cinched = [_simulated(heart, "carillon-9-18-60", plication_mm=p) for p in PLICATIONS_MM]
    clipped = [_simulated(heart, clip) for clip in CLIPS]
    rows = [
        (f"rings {_list(RINGS)}: ROA [mm2]", _course(rings), "a smaller ring never more; about 32 closes"),
        (f"cinched by {_list(PLICATIONS_MM)} mm", _course(cinched), "falls"),
        ("clips NTW; XTW; two NTW", _course(clipped), "falls"),
        ("force [N], held anterior and posterior [mm]", "; ".join(_clips(result) for result in clipped), "0.3 ± 0.2"),
    ]
    told = [f"{name}, ring: {flag}" for result in rings[-1:] if result for flag in result.flags]
    return name, rows, told


def _simulated(heart: Heart, therapy: str, **load: float) -> Result | None:
    try:
        return annulus.simulate(heart, therapy, **load)
    except InputError:
        return None


def _course(results: Iterable[Result | None]) -> str:
    """Orifice before, and after each."""
    known = [result for result in results if result is not None]
    if not known:
        return "refused"
    before = known[0].closures["before"].measures["roa_mm2"]
    after = (result.closures["after"] for result in known)
    return f"{before:.0f} to " + " / ".join(
        f"{own.measures['roa_mm2']:.0f}{'' if own.converged else ' (not at rest)'}" for own in after
    )


def _clips(result: Result | None) -> str:
    if result is None:
        return "refused"
    held = result.to_dict()["therapy"]["clips"]
    return ", ".join(
        f"{clip['force_n']:.1f} ({clip['insertion_anterior_mm']:.0f}, {clip['insertion_posterior_mm']:.0f})"
        for clip in held
    )


def _atlas(root: Path) -> list[str]:
    """The atlas heart as its meshes give it, and with heights that are greater by their uncertainty."""
    files = root / "bodyparts3d-heart5"
    if not files.is_dir():
        return []
    recipe = Path(__file__).resolve().parents[1] / "data" / "recipes" / "bodyparts3d-heart5.toml"
    case = import_case(recipe, root=files).case
    valve, _ = valve_of_case(case)
    beat, _ = beat_of_case(case)
    shapes = [with_heights(valve, factor) for factor in (1.0, 1.1)]
    found = [valve_outcome(shape, pressure_mmhg=beat.gradient_mmhg).measures["roa_mm2"] for shape in shapes]
    return [f"| atlas heart, heights of its meshes, and 1.1 times: ROA [mm2] | {found[0]:.0f}, {found[1]:.0f} | 0 |"]


def _list(values: Iterable[float]) -> str:
    return " / ".join(f"{value:g}" for value in values)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the table and put it into the page."""
    parser = argparse.ArgumentParser(description="Closed valves beside published hearts.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--n", type=int, default=40, help="normal and FMR patients; half as many of the others")
    parser.add_argument("--therapies", type=int, default=5, help="patients that are treated")
    parser.add_argument("--root", type=Path, help="folder of real anatomy")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--into", type=Path, help=f"put the table into this page, between {START} and {END}")
    options = parser.parse_args(arguments)
    text = table(
        seed=options.seed, n=options.n, n_therapies=options.therapies, root=options.root, workers=options.workers
    )
    head = f"`python studies/closed_valves.py --seed {options.seed} --n {options.n} --therapies {options.therapies}`"
    sys.stdout.write(text)
    if options.into is not None:
        put_between(options.into, START, END, f"{head}:\n\n{text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

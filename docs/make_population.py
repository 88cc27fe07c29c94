"""Tables and figure of ``docs/population.md``: ``python docs/make_population.py N [PRESET ...]`` (figure: ``viz``).

Each preset's tables are written between its own markers, so that presets can be made one by one; with ``--keep FOLDER``
the figure is drawn as soon as all four are there. ``--checked`` patients of each preset are closed by the full closure
too. With fmr the circumflex under a cinch is computed, on ``--cinched`` of its patients.
"""

from __future__ import annotations

import argparse
import pickle
import re
import resource
import time
from itertools import pairwise
from pathlib import Path

import numpy as np

from annulus import Case, simulate
from annulus._typing import FloatArray
from annulus.anatomy.valve import valve_of_case
from annulus.errors import InputError
from annulus.heart import wall_gaps
from annulus.outcomes import beat_of_case, valve_outcome
from annulus.population import Population, driver_shifts, published_agreement, sample_patient, sample_population
from annulus.therapies import DoubleAnchor
from annulus.therapies.double_anchor import carillon

HERE = Path(__file__).resolve().parent
PAGE, FIGURE = HERE / "population.md", HERE / "figures" / "population.png"
PRESETS = ("normal", "fmr", "ischaemic", "afmr")
SEED, WORKERS = 1, 2
_SHOWN = 500
_EROA_BINS_MM2 = np.arange(0.0, 101.0, 10.0)

RIBBON_MM, DISTAL_MM, PLICATIONS_MM = 60.0, 95.0, (10.0, 15.0)
OVERSIZE, FOOTPRINT_MM = 1.3, 10.0


def tables(population: Population, seconds: float, processor_s: float) -> str:
    """Rejections, shifts and published rows of one population, as Markdown."""
    total = int(population.draws.sum())
    lines = [
        f"{len(population)} patients, seed {population.seed}: {total} draws, {population.rejected_share:.1%} rejected; "
        f"{seconds:.0f} s with {WORKERS} processes, "
        f"{1e3 * processor_s / len(population):.0f} ms of processor time a patient.",
        "",
        "| rejected because | draws | share |",
        "|---|---|---|",
    ]
    lines += [f"| {reason.value} | {n} | {n / total:.1%} |" for reason, n in population.rejected.items()]
    lines += ["", "| driving variable | prior | first draws | accepted | shift [SD] |", "|---|---|---|---|---|"]
    for row in driver_shifts(population):
        item = population.preset.parameters[row.name]
        low, high = item.bounds
        prior = {
            "normal": f"{item.value:.4g} ± {item.spread:.3g}",
            "lognormal": f"median {item.value:g}, ln-SD {item.spread:g}",
        }.get(item.distribution.value, f"{low:g} to {high:g}")
        mark = " (assumed)" if item.assumed else ""
        first, accepted = (
            f"{mean:.4g} ± {sd:.3g}"
            for mean, sd in ((row.drawn_mean, row.drawn_sd), (row.accepted_mean, row.accepted_sd))
        )
        lines.append(f"| `{row.name}`{mark} | {prior} | {first} | {accepted} | {row.shift:+.2f} |")
    lines += ["", "| measured | published | here | agrees | source; why it may differ |", "|---|---|---|---|---|"]
    for row in published_agreement(population):
        name = f"`{row.key}`" + ("" if row.below is None else f", share below {row.below:g}")
        name += ", median" if row.statistic.value == "median" else ""
        published = f"{row.published:.4g}" + ("" if row.published_sd is None else f" ± {row.published_sd:.3g}")
        found = f"{row.found:.4g}" + ("" if row.published_sd is None else f" ± {row.found_sd:.3g}")
        where = ", ".join(part for part in (row.source, row.group, row.phase) if part)
        lines.append(f"| {name} | {published} | {found} | {'yes' if row.agrees else 'no'} | {where}. {row.why} |")
    return "\n".join(lines)


def orifice_table(population: Population) -> str:
    """Shares of the patients by effective orifice, as Markdown: one mode, or not."""
    counts, edges = np.histogram(population.columns["echo.eroa_mm2"], bins=_EROA_BINS_MM2)
    names = " | ".join(f"{low:g} to {high:g}" for low, high in pairwise(edges))
    shares = " | ".join(f"{count / len(population):.2f}" for count in counts)
    return f"| effective orifice [mm2] | {names} |\n|{'---|' * len(edges)}\n| share of the patients | {shares} |"


def checked(preset: str, n: int) -> str:
    """The closed valves of a population's first patients beside the full closure of the same valves, as Markdown."""
    keys = {"roa_mm2": "orifice (ROA) [mm2]", "a2p2_coaptation_depth_mm": "coaptation depth at A2-P2 [mm]"}
    rows = []
    for index in range(n):
        patient = sample_patient(preset, seed=SEED, index=index)
        valve, _ = valve_of_case(patient.case)
        full = valve_outcome(valve, pressure_mmhg=beat_of_case(patient.case)[0].gradient_mmhg)
        if patient.closed is not None and full.converged and full.measured:
            rows.append([[closed.measures[key] for closed in (patient.closed, full)] for key in (*keys, "eroa_mm2")])
    found = np.array(rows).reshape(-1, len(keys) + 1, 2)
    lines = [
        f"Checked: {n} patients closed by the full closure too, under their own pressure; {n - len(found)} did not "
        f"come to rest. By it {np.mean(found[:, 0, 1] < 5.0):.2f} of them leak less than 5 mm2 (ROA), and "
        f"{np.mean(found[:, -1, 1] < 10.0):.2f} have an effective orifice of less than 10 mm2.",
        "",
        "| closed valve | fast | full | error, median | 90 % below |",
        "|---|---|---|---|---|",
    ]
    for name, (fast, full) in zip(keys.values(), found.transpose(1, 2, 0), strict=False):
        median, most = np.percentile(np.abs(fast - full), (50.0, 90.0))
        lines.append(f"| {name} | {_spread(fast)} | {_spread(full)} | {median:.1f} | {most:.1f} |")
    return "\n".join(lines)


def artery_tables(population: Population) -> str:
    """Where vein and artery lie, beside published figures, by the side on which the artery passes."""
    columns = population.columns
    between = columns["circumflex.between"] > 0.5
    lines = [
        "| circumflex | share | least gap to the vein [mm] | there: mm from the ostium | there: theta [deg] | "
        "between vein and annulus, mm of vein |",
        "|---|---|---|---|---|---|",
    ]
    for name, rows in (("between vein and annulus", between), ("over the vein to the outside", ~between)):
        cells = [
            _spread(columns[f"circumflex.{key}"][rows])
            for key in ("min_gap_mm", "site_cs_s_mm", "site_theta_deg", "between_mm")
        ]
        lines.append(f"| {name} | {rows.mean():.3f} | {' | '.join(cells)} |")
    theta = columns["circumflex.site_theta_deg"] % 360.0
    sectors = ((0, 30), (30, 75), (75, 105), (105, 150), (150, 210))
    shares = [np.mean((theta >= low) & (theta < high)) for low, high in sectors]
    lines += [
        "",
        "| place where vein and artery are nearest, degrees from 12 o'clock | anterior, 0 to 30 | anterolateral, "
        "30 to 75 | lateral, 75 to 105 | posterolateral, 105 to 150 | posterior, 150 to 210 |",
        "|---|---|---|---|---|---|",
        "| published (lcx-crossing-pmid23978368; bounds of the sectors assumed) | 0.31 | 0.45 | 0.12 | 0.12 | 0 |",
        f"| here | {' | '.join(f'{share:.2f}' for share in shares)} |",
        "",
        "| vein's axis to the annulus [mm] | ostium | theta 240 | 210 | 180 (P2) | 150 | 120 | great cardiac vein |",
        "|---|---|---|---|---|---|---|---|",
        "| published: cadaver (lansac2008), ranges | 11 (8 to 14) | | | 17 (13.7 to 20.4) | | | 10.5 (6.9 to 14) |",
    ]
    along = [columns[f"coronary_sinus.distance_{theta}_mm"] for theta in (240, 210, 180, 150, 120)]
    ends = [columns[f"coronary_sinus.{end}_distance_mm"] for end in ("ostium", "gcv")]
    lines.append(f"| here | {' | '.join(_spread(rows) for rows in (ends[0], *along, ends[1]))} |")
    return "\n".join(lines)


def _spread(values: FloatArray) -> str:
    known = values[np.isfinite(values)]
    return f"{known.mean():.1f} ± {known.std(ddof=1):.1f}" if known.size > 1 else ""


def cinched(preset: str, n: int) -> str:
    """The circumflex' gap under a double anchor in patients of a population, as Markdown."""
    rows: dict[tuple[float, bool], list[tuple[float, float, float]]] = {}
    between: list[float] = []
    no_room = failed = 0
    for index in range(n):
        patient = sample_patient(preset, seed=SEED, index=index)
        try:
            found = _cinched(patient.case)
        except InputError:
            no_room += 1
            continue
        if found is None:
            failed += 1
            continue
        between.append(patient.values["choice.between"])
        for key, row in found.items():
            rows.setdefault(key, []).append(row)
    side = np.array(between) > 0.5
    lines = [
        f"{n} patients of {preset}, seed {SEED}: a ribbon of {RIBBON_MM:g} mm whose distal anchor stands {DISTAL_MM:g} "
        f"mm from the ostium, anchors {OVERSIZE:g} times the vein within the catalogue; {no_room} have no room for it, "
        f"in {failed} the forces did not balance. The trunk's gap over the stretch of vein from anchor to anchor; "
        "walls that touch have a gap of 0 or less.",
        "",
        "| plication [mm] | anchors | gap before | gap after [mm] | gap falls in | of those between | of the others | "
        "walls touch before | walls touch after | more than 1 mm | AP [%] |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for (plication, counted), values in sorted(rows.items()):
        before, after, ap = np.array(values).T
        falls = after < before - 0.01
        cells = (
            f"{plication:g}", "count" if counted else "no wider than the vein", _spread(before), _spread(after),
            f"{falls.mean():.2f}", f"{falls[side].mean():.2f}", f"{falls[~side].mean():.2f}",
            f"{(before <= 0).mean():.2f}", f"{(after <= 0).mean():.2f}", f"{(after <= -1).mean():.2f}", _spread(ap),
        )  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _cinched(case: Case) -> dict[tuple[float, bool], tuple[float, float, float]] | None:
    """Least gap of the trunk before and after and the change of AP, by plication and whether anchors count."""
    vein = case.coronary_sinus.curve
    made = carillon()
    (thin, wide), (narrow, broad) = made["distal_mm"], made["proximal_mm"]
    distal = float(np.clip(np.round(2.0 * OVERSIZE * vein.radius_at(DISTAL_MM + 5.0)), thin, wide))
    proximal = float(np.clip(np.round(2.0 * OVERSIZE * vein.radius_at(10.0)), narrow, broad))
    out = {}
    for plication in PLICATIONS_MM:
        for counted, sizes in ((True, (distal, proximal)), (False, (0.1, 0.1))):
            device = DoubleAnchor(*sizes, RIBBON_MM)
            result = simulate(case, device, distal_at_mm=DISTAL_MM, plication_mm=plication, closure="none")
            if not result.converged:
                return None
            p, site = result.prediction, result.blocks["therapy"]["landing"]
            s, moved = p.heart.gap_stations, p.after.vein
            held = (s >= site["proximal_s_mm"] - FOOTPRINT_MM) & (s <= site["distal_s_mm"] + FOOTPRINT_MM)
            carried = np.interp(s, vein.arc_lengths, moved.curve.arc_lengths)
            after = wall_gaps(moved, p.after.arteries[0], carried)
            out[plication, counted] = (
                float(p.heart.gaps[0][held].min()),
                float(after[held].min()),
                result.change_percent["ap_mm"],
            )
    return out


def figure(populations: dict[str, Population]) -> None:
    """AP against ALPM, and where the circumflex passes the vein."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    drawing, (left, right) = plt.subplots(1, 2, figsize=(9.0, 3.8), layout="constrained")
    for (name, population), colour in zip(
        populations.items(), ("#009e73", "#0072b2", "#7b5ea7", "#b3404a"), strict=False
    ):
        columns = population.columns
        sizes = (columns[f"annulus.{key}"][:_SHOWN] for key in ("alpm_mm", "ap_mm"))
        left.plot(*sizes, ".", ms=2, color=colour, label=name)
        site = columns["circumflex.site_cs_s_mm"]
        right.hist(site[site == site], bins=range(30, 135, 7), histtype="step", density=True, color=colour, label=name)
    left.set(xlabel="ALPM [mm]", ylabel="AP [mm]")
    right.axvspan(86.5 - 21.0, 86.5 + 21.0, color="#c9ced3", alpha=0.5, lw=0, label="published 86.5 ± 21")
    right.set(xlabel="artery nearest to the vein, mm from the ostium", ylabel="density [1/mm]")
    left.legend(markerscale=4, frameon=False)
    right.set_ylim(top=1.45 * right.get_ylim()[1])
    right.legend(frameon=False, fontsize=8, loc="upper left", ncols=2)
    drawing.savefig(FIGURE, dpi=110)


def run() -> None:
    """Sample the presets, write their tables into the page, and draw the figure where all four are there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n", type=int)
    parser.add_argument("presets", nargs="*", default=PRESETS)
    parser.add_argument("--keep", type=Path, help="folder for the populations, so that one by one makes the figure too")
    parser.add_argument("--checked", type=int, default=100, help="patients of each preset that are closed fully too")
    parser.add_argument("--cinched", type=int, default=200, help="patients of fmr that get a device")
    given = parser.parse_args()
    populations: dict[str, Population] = {}
    for name in PRESETS:
        kept = None if given.keep is None else given.keep / f"{name}-{given.n}-{SEED}.pickle"
        if name not in given.presets:
            if kept is not None and kept.is_file():
                populations[name] = pickle.loads(kept.read_bytes())
            continue
        start, before = time.perf_counter(), _processor_s()
        populations[name] = sample_population(name, n=given.n, seed=SEED, workers=WORKERS)
        text = tables(populations[name], time.perf_counter() - start, _processor_s() - before)
        closed = f"{orifice_table(populations[name])}\n\n{checked(name, given.checked)}"
        _write(name, f"{text}\n\n{closed}\n\n{artery_tables(populations[name])}")
        if name == "fmr":
            _write("cinched", cinched(name, given.cinched))
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(pickle.dumps(populations[name]))
    if len(populations) == len(PRESETS):
        figure(populations)


def _write(name: str, text: str) -> None:
    """Put a text between the page's markers of that name."""
    page = PAGE.read_text(encoding="utf-8")
    block = rf"(<!-- {name} -->\n).*?(<!-- end -->)"
    PAGE.write_text(re.sub(block, lambda m: f"{m[1]}{text}\n{m[2]}", page, flags=re.DOTALL), encoding="utf-8")


def _processor_s() -> float:
    """Processor time of this process and of its finished children [s]."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(item.ru_utime + item.ru_stime for item in spent)


if __name__ == "__main__":
    run()

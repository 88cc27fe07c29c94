"""Tables and figure of ``docs/population.md``: ``python docs/make_population.py N [PRESET ...]`` (figure: ``viz``).

Each preset's tables are written between its own markers, so that presets can be made one by one; with ``--keep FOLDER``
the figure is drawn as soon as all four are there.
"""

from __future__ import annotations

import argparse
import pickle
import re
import resource
import time
from pathlib import Path

from annulus.population import Population, driver_shifts, published_agreement, sample_population

HERE = Path(__file__).resolve().parent
PAGE, FIGURE = HERE / "population.md", HERE / "figures" / "population.png"
PRESETS = ("normal", "fmr", "ischaemic", "afmr")
SEED, WORKERS = 1, 2
_SHOWN = 500


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


def figure(populations: dict[str, Population]) -> None:
    """AP against ALPM, and where the circumflex crosses."""
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
        site = columns["circumflex.crossing_cs_s_mm"]
        right.hist(site[site == site], bins=range(30, 135, 7), histtype="step", density=True, color=colour, label=name)
    left.set(xlabel="ALPM [mm]", ylabel="AP [mm]")
    right.axvspan(86.5 - 21.0, 86.5 + 21.0, color="#c9ced3", alpha=0.5, lw=0, label="published 86.5 ± 21")
    right.set(xlabel="crossing, mm from the ostium", ylabel="density [1/mm]")
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
        page = PAGE.read_text(encoding="utf-8")
        block = rf"(<!-- {name} -->\n).*?(<!-- end -->)"
        page = re.sub(block, lambda m, text=text: f"{m[1]}{text}\n{m[2]}", page, flags=re.DOTALL)
        PAGE.write_text(page, encoding="utf-8")
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(pickle.dumps(populations[name]))
    if len(populations) == len(PRESETS):
        figure(populations)


def _processor_s() -> float:
    """Processor time of this process and of its finished children [s]."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(item.ru_utime + item.ru_stime for item in spent)


if __name__ == "__main__":
    run()

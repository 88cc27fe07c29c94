"""Plots of a study: quantiles by group, who is served by which size, which length suits which vein."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from annulus.errors import InputError
from annulus.study import StudySummary, Table, study_frame
from annulus.viz import _style as style
from annulus.viz._plots import _colors, _figure, _finish

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_length_choice", "plot_quantiles", "plot_served", "plot_variance", "study_plots"]

_SHOWN = 24
_BIN_MM = 10.0


def plot_quantiles(table: Table, key: str, *, title: str = "") -> Figure:
    """Quantiles of one quantity by group: thin 5 to 95 %, thick 25 to 75 %, a dot at the median.

    Parameters
    ----------
    table
        Table ``quantiles`` of a summary.
    key
        The quantity.
    title
        Words above the plot.

    Raises
    ------
    InputError
        The table has no such quantity.
    """
    rows = table[table["quantity"] == key].head(_SHOWN)
    if rows.empty:
        raise InputError(f"key must be a quantity of the table ({', '.join(table['quantity'].unique())}); got {key!r}.")
    groups = list(table.columns[: list(table.columns).index("quantity")])
    figure, axes = _figure(title)
    for place, (_, row) in enumerate(rows[::-1].iterrows()):
        axes.plot([row["q05"], row["q95"]], [place, place], color=style.SERIES[0], linewidth=1.6)
        axes.plot([row["q25"], row["q75"]], [place, place], color=style.SERIES[0], linewidth=7.0, alpha=0.55,
                  solid_capstyle="butt")  # fmt: skip
        axes.plot([row["q50"]], [place], color=style.INK, marker="o", markersize=5.5)
    words = [f"{', '.join(str(row[name]) for name in groups)} (n = {row['n']})" for _, row in rows[::-1].iterrows()]
    axes.set_yticks(np.arange(len(rows), dtype=np.float64), words)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.set_xlabel(f"{key}: median, 25 to 75 %, 5 to 95 %")
    _finish(axes)
    return figure


def plot_served(table: Table, *, title: str = "") -> Figure:
    """Share of hearts that each size fits, the part that it alone fits in another colour.

    Parameters
    ----------
    table
        A table ``served by ...`` of a summary; of more than some dozen sizes those that serve most are drawn.
    title
        Words above the plot.

    Raises
    ------
    InputError
        An empty table.
    """
    if table.empty:
        raise InputError("table must have a line for each size; it is empty.")
    name = table.columns[0]
    sizes, whole = table.iloc[:-1], table.iloc[-1]
    if len(sizes) > _SHOWN:
        sizes = sizes.nlargest(_SHOWN, "fits")
    rows = sizes.iloc[::-1]
    figure, axes = _figure(title)
    place = np.arange(len(rows), dtype=np.float64)
    axes.barh(place, 100.0 * rows["share"], height=0.62, color=style.SERIES[4], label="fits")
    axes.barh(
        place, 100.0 * rows["only"] / rows["hearts"], height=0.62, color=style.SERIES[0], label="fits, no other does"
    )
    axes.axvline(100.0 * whole["share"], color=style.INK, linewidth=1.2, linestyle=(0, (4, 2)), label="any of them")
    axes.set_yticks(place, [f"{value:g}" if isinstance(value, float) else str(value) for value in rows[name]])
    axes.set_xlabel(f"Share of {whole['hearts']} hearts [%]")
    axes.set_ylabel(str(name))
    axes.set_xlim(0.0, 100.0)
    _finish(axes)
    return figure


def plot_length_choice(frame: Table, *, title: str = "") -> Figure:
    """Which length suits which vein: of the hearts in each class of vein length the share that gets each length.

    Parameters
    ----------
    frame
        Rows of a study in which the size is chosen for each heart, with ``fit.vein_mm``, ``fit.length_mm`` and
        ``fit.fits``.
    title
        Words above the plot.

    Raises
    ------
    InputError
        No row with a length.
    """
    known = frame.dropna(subset=["fit.vein_mm"]).drop_duplicates(["heart", "therapy"])
    if known.empty:
        raise InputError("frame must hold rows with fit.vein_mm; it holds none.")
    fits = known["fit.fits"].astype(bool)
    lengths = sorted(known.loc[fits, "fit.length_mm"].unique())
    start = _BIN_MM * np.floor(known["fit.vein_mm"] / _BIN_MM)
    bins = sorted(start.unique())
    figure, axes = _figure(title)
    bottom, hearts = np.zeros(len(bins)), np.array([(start == low).sum() for low in bins])
    place = np.arange(len(bins), dtype=np.float64)
    for length, color in zip([*lengths, None], [*_colors(len(lengths)), "#d3d7da"], strict=True):
        mine = ~fits if length is None else fits & (known["fit.length_mm"] == length)
        share = 100.0 * np.array([(mine & (start == low)).sum() for low in bins]) / hearts
        label = "none fits" if length is None else f"{length:g} mm"
        axes.bar(place, share, bottom=bottom, width=0.8, color=color, label=label)
        bottom += share
    for at, n in zip(place, hearts, strict=True):
        axes.text(at, 101.0, f"n = {n}", ha="center", color=style.MUTED, fontsize=9)
    axes.set_xticks(place, [f"{low:.0f}–{low + _BIN_MM:.0f}" for low in bins])
    axes.set_ylim(0.0, 107.0)
    axes.set_xlabel("Ostium to the end of the great cardiac vein [mm]")
    axes.set_ylabel("Hearts that get each length [%]")
    _finish(axes)
    axes.grid(visible=False, axis="x")
    axes.tick_params(axis="x", labelsize=8.5)
    axes.legend(frameon=False, fontsize=10.5, labelcolor=style.INK, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def plot_variance(table: Table, *, title: str = "") -> Figure:
    """Shares of variance between hearts, between worlds, and of both together, for each quantity.

    Raises
    ------
    InputError
        An empty table.
    """
    if table.empty:
        raise InputError("table must have a line for each quantity; it is empty.")
    rows = table.head(_SHOWN).iloc[::-1]
    figure, axes = _figure(title)
    place, left = np.arange(len(rows), dtype=np.float64), np.zeros(len(rows))
    several = table["therapy"].nunique() > 1
    for name, color in zip(("between_hearts", "between_worlds", "together"), style.SERIES, strict=False):
        axes.barh(place, 100.0 * rows[name], left=left, height=0.62, color=color, label=name.replace("_", " "))
        left += 100.0 * rows[name].to_numpy()
    words = rows["therapy"] + ", " + rows["quantity"] if several else rows["quantity"]
    axes.set_yticks(place, list(words))
    axes.set_xlabel("Share of the variance [%]")
    axes.set_xlim(0.0, 100.0)
    _finish(axes)
    return figure


def study_plots(summary: StudySummary, folder: Path | str) -> Iterator[tuple[str, Figure]]:
    """Every plot that a study has, by name, as PNG.

    Parameters
    ----------
    summary
        Of the study.
    folder
        The study's.
    """
    tables = summary.tables
    if "quantiles" in tables:
        for key in tables["quantiles"]["quantity"].unique():
            yield key.replace(".", "_"), (plot_quantiles(tables["quantiles"], key, title=summary.manifest["name"]))
    for name, table in tables.items():
        if name.startswith("served by "):
            yield name.replace(" ", "_"), (plot_served(table, title=summary.manifest["name"]))
    if "variance" in tables:
        yield "variance", (plot_variance(tables["variance"], title=summary.manifest["name"]))
    landings = summary.manifest["study"].get("landings", [])
    if any(rule.get("size") == "chosen among" for rule in landings):
        frame = study_frame(folder, ["heart", "therapy", "fit.vein_mm", "fit.length_mm", "fit.fits"])
        yield "length_choice", (plot_length_choice(frame, title=summary.manifest["name"]))

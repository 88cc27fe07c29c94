"""Plots of choices: therapies beside each other, a plan's Pareto front, who can take which size, a study's spread.

Plain tables go in, so that plans, comparisons and studies of any kind can be drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from annulus._typing import ArrayLike
from annulus.errors import InputError
from annulus.viz import _style as style
from annulus.viz._plots import _colors, _figure, _finish

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_bars", "plot_distributions", "plot_fit_matrix", "plot_pareto"]


def plot_bars(
    values: Mapping[str, float],
    *,
    label: str,
    intervals: Mapping[str, tuple[float, float]] | None = None,
    baseline: float | None = None,
    title: str = "",
) -> Figure:
    """Bars of one number for several therapies, with their intervals and the number without a therapy.

    Parameters
    ----------
    values
        Therapy to number, the first at the top; NaN where it is unknown, which is written.
    label
        Name and unit of the number.
    intervals
        Therapy to low and high end; those that have one.
    baseline
        The number without a therapy.

    Raises
    ------
    InputError
        Nothing to compare, or an interval of a therapy that is not compared.
    """
    names = list(values)
    if not names:
        raise InputError("values must hold at least one therapy; got none.")
    ranges = dict(intervals or {})
    stray = [name for name in ranges if name not in values]
    if stray:
        raise InputError(f"intervals must be of therapies among {', '.join(names)}; got {stray[0]!r}.")
    figure, axes = _figure(title)
    figure.set_size_inches(8.0, 1.4 + 0.48 * len(names))
    heights = np.array([values[name] for name in names], dtype=np.float64)
    rows = np.arange(len(names), dtype=np.float64)[::-1]
    known = np.isfinite(heights)
    axes.barh(rows[known], heights[known], height=0.58, color=style.SERIES[0], alpha=0.75)
    for name, row, height in zip(names, rows, heights, strict=True):
        if not np.isfinite(height):
            axes.text(0.0, row, " not known", va="center", color=style.MUTED, fontsize=10)
            continue
        reach = height
        if name in ranges:
            low, high = ranges[name]
            axes.plot([low, high], [row, row], color=style.INK, linewidth=1.6, marker="|", markersize=9)
            reach = max(high, height)
        axes.annotate(f"{height:.3g}", (reach, row), (5, 0), textcoords="offset points", va="center", fontsize=10)
    if baseline is not None:
        axes.axvline(baseline, color=style.DEVICE, linewidth=1.8, linestyle=(0, (4, 2)), label="without a therapy")
    axes.set_yticks(rows, names)
    axes.set_xlabel(label)
    axes.margins(x=0.12)
    _finish(axes)
    if baseline is not None:
        axes.legend(frameon=False, fontsize=10, loc="lower right", bbox_to_anchor=(1.0, 1.0))
    return figure


def plot_pareto(
    x: ArrayLike,
    y: ArrayLike,
    *,
    on_front: ArrayLike,
    labels: tuple[str, str],
    names: Sequence[str] = (),
    chosen: int | None = None,
    refused: ArrayLike | None = None,
    title: str = "",
) -> Figure:
    """Candidates of a plan by two numbers, those on the Pareto front joined.

    Parameters
    ----------
    x, y
        The two numbers of each candidate, shape (n,).
    on_front
        Which candidates no other beats in both, shape (n,), true or false.
    labels
        Names and units of the numbers.
    names
        Names of the candidates; those on the front are written.
    chosen
        Row of the candidate that the plan takes.
    refused
        Which candidates break a rule, shape (n,).

    Raises
    ------
    InputError
        Arrays of different lengths, or a row that there is not.
    """
    first, second = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    front = np.asarray(on_front, dtype=bool)
    lost = np.zeros(len(first), dtype=bool) if refused is None else np.asarray(refused, dtype=bool)
    if (
        first.ndim != 1
        or not first.shape == second.shape == front.shape == lost.shape
        or len(names) not in (0, len(first))
    ):
        raise InputError(
            "x, y, on_front, refused and names must be equally long; got "
            f"{first.shape}, {second.shape}, {front.shape}, {lost.shape}, ({len(names)},)."
        )
    if chosen is not None and not 0 <= chosen < len(first):
        raise InputError(f"chosen must be a row of the {len(first)} candidates; got {chosen}.")
    figure, axes = _figure(title)
    plain = ~front & ~lost
    axes.plot(first[plain], second[plain], "o", color=style.MUTED, markersize=4.0, alpha=0.5, label="beaten by another")
    if lost.any():
        axes.plot(first[lost], second[lost], "x", color=style.FLAG, markersize=5.0, alpha=0.6, label="breaks a rule")
    rows = np.flatnonzero(front)
    rows = rows[np.argsort(first[rows])]
    axes.plot(
        first[rows], second[rows], "-o", color=style.SERIES[0], linewidth=1.6, markersize=7.0, label="Pareto front"
    )
    if chosen is not None:
        axes.plot(
            [first[chosen]], [second[chosen]], "*", color=style.DEVICE, markeredgecolor=style.INK, markersize=17.0,
            linestyle="none", label="chosen",
        )  # fmt: skip
    for row in rows if names else ():
        axes.annotate(str(names[row]), (first[row], second[row]), (7, 5), textcoords="offset points", fontsize=9)
    axes.set_xlabel(labels[0])
    axes.set_ylabel(labels[1])
    axes.margins(0.12)
    _finish(axes)
    return figure


def plot_fit_matrix(
    cells: Mapping[str, Mapping[str, str]],
    *,
    good: str = "fits",
    title: str = "",
    words: Mapping[str, str] | None = None,
) -> Figure:
    """Who can take which size: cases down, sizes across; a colour and a sign for each reason.

    Parameters
    ----------
    cells
        Case to size to reason; `good` where it fits. A size that a case does not have stays empty.
    good
        The reason that means that it fits.
    words
        Reason to the words that the legend has for it.

    Raises
    ------
    InputError
        No case, or no size.
    """
    cases = list(cells)
    sizes = list(dict.fromkeys(size for row in cells.values() for size in row))
    if not sizes:
        raise InputError("cells must hold at least one case with one size; got none.")
    reasons = list(dict.fromkeys(reason for row in cells.values() for reason in row.values() if reason != good))
    figure, axes = _figure(title)
    figure.set_size_inches(max(2.6 + 0.36 * len(sizes), 6.0), max(1.8 + 0.32 * len(cases), 3.0))
    palette = {good: "#009e73"} | {reason: _REASONS[number % len(_REASONS)] for number, reason in enumerate(reasons)}
    signs = {good: "✓"} | {reason: chr(ord("a") + number % 26) for number, reason in enumerate(reasons)}
    for row, case in enumerate(cases):
        for column, size in enumerate(sizes):
            reason = cells[case].get(size)
            if reason is None:
                continue
            axes.add_patch(_square(column, row, palette[reason]))
            axes.text(
                column, row, signs[reason], ha="center", va="center", fontsize=9, color="white", fontweight="bold"
            )
    axes.set_xlim(-0.6, len(sizes) - 0.4)
    axes.set_ylim(len(cases) - 0.4, -0.6)
    axes.set_xticks(range(len(sizes)), sizes, rotation=60, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(cases)), cases)
    axes.grid(visible=False)
    axes.tick_params(length=0, labelsize=9.5, colors=style.INK)
    axes.spines[:].set_visible(False)
    shown = [reason for reason in (good, *reasons) if any(reason in row.values() for row in cells.values())]
    named = words or {}
    handles = [_square(0, 0, palette[reason], f"{signs[reason]}  {named.get(reason, reason)}") for reason in shown]
    figure.legend(handles=handles, loc="outside lower left", ncols=2, frameon=False, fontsize=9.5)
    return figure


def plot_distributions(
    samples: Mapping[str, ArrayLike], *, label: str, published: Mapping[str, tuple[float, float]] | None = None,
    title: str = "",
) -> Figure:  # fmt: skip
    """Spread of a number over the patients of a study, one row a group; published mean and SD beside it.

    Parameters
    ----------
    samples
        Group to values; values that are not known are left out and counted.
    label
        Name and unit of the number.
    published
        Group to published mean and standard deviation.

    Raises
    ------
    InputError
        No group has a known value.
    """
    known = {name: np.asarray(values, dtype=np.float64) for name, values in samples.items()}
    cleaned = {name: values[np.isfinite(values)] for name, values in known.items()}
    if not any(len(values) for values in cleaned.values()):
        raise InputError("samples must hold at least one group with a known value; got none.")
    figure, axes = _figure(title)
    figure.set_size_inches(8.0, 1.6 + 0.9 * len(cleaned))
    every = np.concatenate(list(cleaned.values()))
    edges = np.histogram_bin_edges(every, bins=min(40, max(8, int(np.sqrt(len(every))))))
    rows = np.arange(len(cleaned), dtype=np.float64)[::-1]
    for (name, values), row, color in zip(cleaned.items(), rows, _colors(len(cleaned)), strict=True):
        if not len(values):
            continue
        count, _ = np.histogram(values, edges)
        axes.stairs(row + 0.72 * count / count.max(), edges, baseline=row, fill=True, color=color, alpha=0.55)
        low, middle, high = np.percentile(values, [25.0, 50.0, 75.0])
        axes.plot([low, high], [row - 0.07, row - 0.07], color=color, linewidth=4.0, solid_capstyle="butt")
        axes.plot([middle], [row - 0.07], "o", color=style.INK, markersize=5.0)
        if published and name in published:
            mean, deviation = published[name]
            axes.errorbar(
                [mean], [row + 0.82], xerr=[deviation], fmt="D", color=style.DEVICE, markersize=5.0, capsize=3
            )
    unknown = {name: len(known[name]) - len(values) for name, values in cleaned.items()}
    ticks = [f"{name}\nn = {len(values)}" + (f", {unknown[name]} unknown" if unknown[name] else "")
             for name, values in cleaned.items()]  # fmt: skip
    axes.set_yticks(rows + 0.3, ticks)
    axes.set_xlabel(label + ("; diamonds: published mean and SD" if published else ""))
    _finish(axes)
    return figure


_REASONS = ("#d55e00", "#0072b2", "#cc79a7", "#7f7f7f", "#56b4e9", "#b8860b")


def _square(column: float, row: float, color: str, label: str = "") -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((column - 0.46, row - 0.46), 0.92, 0.92, facecolor=color, linewidth=0, label=label)

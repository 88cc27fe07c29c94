"""Plot of therapies side by side: one panel a number, one interval a therapy. matplotlib loads on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from annulus.errors import InputError
from annulus.planning import Comparison
from annulus.viz import _style as style
from annulus.viz._plots import _figure, _finish

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_comparison"]

_PANELS = (
    "annulus.after.ap_mm",
    "annulus.after.alpm_mm",
    "coaptation.after.coapt_height_mean_mm",
    "regurgitation.after.eroa_mm2",
    "filling.after.mean_gradient_mmhg",
    "circumflex.min_gap_after_mm",
)
"""What is drawn, where a therapy has it, by key of the result."""


def plot_comparison(comparison: Comparison, *, title: str = "") -> Figure:
    """One panel for each number: value of each therapy, its interval over the worlds, and a line at the value before.

    Parameters
    ----------
    comparison
        Therapies side by side.
    title
        Words above the plot; the heart's name where empty.

    Raises
    ------
    InputError
        No therapy has any of the numbers that are drawn.
    """
    results = comparison.results
    keys = [key for key in _PANELS if any(isinstance(result.values.get(key), float) for result in results.values())]
    if not keys:
        raise InputError("comparison must have a number that is drawn, such as AP after; it has none.")
    figure, first = _figure("")
    first.remove()
    figure.set_size_inches(3.1 * min(len(keys), 3) + 1.4, (0.45 * len(results) + 1.3) * int(np.ceil(len(keys) / 3)))
    grid = figure.subplots(int(np.ceil(len(keys) / 3)), min(len(keys), 3), sharey=True, squeeze=False)
    place = np.arange(len(results), dtype=np.float64)[::-1]
    quantities = next(iter(results.values())).quantities
    for axes in grid.flat[len(keys) :]:
        axes.set_visible(False)
    for axes, key in zip(grid.flat, keys, strict=False):
        axes.set_facecolor(style.BACKGROUND)
        for y, result in zip(place, results.values(), strict=True):
            value = result.values.get(key)
            if not isinstance(value, float):
                continue
            ends = result.interval(key)
            if ends is not None:
                axes.plot(ends, (y, y), color=style.SERIES[0], linewidth=5.0, alpha=0.35, solid_capstyle="butt")
            axes.plot([value], [y], "o", color=style.SERIES[0], markersize=6.5)
        before = next((b for r in results.values() if isinstance(b := r.values.get(_before(key)), float)), None)
        if before is not None:
            axes.axvline(before, color=style.MUTED, linewidth=1.2, linestyle="--")
        quantity = quantities[key]
        axes.set_xlabel(f"{quantity.label or quantity.id} [{quantity.unit}]")
        axes.set_yticks(place, list(results))
        axes.set_ylim(-0.6, len(results) - 0.4)
        _finish(axes)
    figure.suptitle(
        title or f"{comparison.heart.case.id}: after each therapy; dashed: before", color=style.INK, fontsize=13
    )
    return figure


def _before(key: str) -> str:
    return key.replace(".after.", ".before.").replace("gap_after", "gap_before")

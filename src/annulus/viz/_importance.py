"""Plots of uncertainty: what a prediction rests on, and its interval. matplotlib loads on first use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from annulus.errors import InputError
from annulus.prediction import Importance
from annulus.viz import _style as style
from annulus.viz._plots import _figure, _finish

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_importance", "plot_intervals"]


def plot_importance(importance: Importance, key: str, *, most: int = 10, title: str = "") -> Figure:
    """Bars of first-order and total Sobol index of the numbers with the largest totals.

    Parameters
    ----------
    importance, key
        Indices, and the prediction whose variance they share out.
    most
        Numbers shown.
    title
        Words above the plot.

    Raises
    ------
    InputError
        The prediction has no indices.
    """
    if key not in importance.shares:
        raise InputError(f"importance must be of one of {', '.join(importance.shares)}; got {key!r}.")
    shares = importance.shares[key][:most][::-1]
    figure, axes = _figure(title)
    place = np.arange(len(shares), dtype=np.float64)
    bars = (
        ("total", 0.19, style.MUTED, [(row.total, row.total_error) for row in shares]),
        ("alone (first order)", -0.19, style.SERIES[0], [(row.first_order, row.first_order_error) for row in shares]),
    )
    for label, offset, color, values in bars:
        widths, errors = 100.0 * np.array(values).T
        axes.barh(place - offset, widths, height=0.36, xerr=errors, color=color, ecolor=style.INK, label=label)
    axes.set_yticks(place, [row.name for row in shares])
    axes.set_xlabel(f"Share of the variance of {key} [%]")
    axes.set_xlim(left=0.0)
    _finish(axes)
    axes.legend(frameon=False, fontsize=10.5, labelcolor=style.INK, loc="lower right")
    return figure


def plot_intervals(intervals: Mapping[str, tuple[float, float, float]], *, label: str, title: str = "") -> Figure:
    """Horizontal intervals: name to (low, middle, high), the first at the top.

    Raises
    ------
    InputError
        Nothing to draw.
    """
    if not intervals:
        raise InputError("intervals must hold at least one; got none.")
    figure, axes = _figure(title)
    names = list(intervals)[::-1]
    for place, name in enumerate(names):
        low, middle, high = intervals[name]
        axes.plot([low, high], [place, place], color=style.SERIES[0], linewidth=6.0, solid_capstyle="butt", alpha=0.55)
        axes.plot([middle], [place], color=style.INK, marker="o", markersize=6.0)
    axes.set_yticks(np.arange(len(names), dtype=np.float64), names)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.set_xlabel(label)
    _finish(axes)
    return figure

"""Plots of measures along the vein, over a heartbeat and along a load path. matplotlib loads on first use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from annulus._typing import ArrayLike
from annulus.anatomy.measures import GapProfile
from annulus.errors import DependencyError, InputError
from annulus.viz import _style as style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_area_against_frame", "plot_gap_profile", "plot_load_path"]

_INCHES = (8.0, 4.6)


def plot_gap_profile(
    profiles: GapProfile | Mapping[str, GapProfile],
    *,
    span_mm: tuple[float, float] | None = None,
    up_to_mm: float = 20.0,
    title: str = "",
) -> Figure:
    """Wall-to-wall gap of an artery along the vein.

    Parameters
    ----------
    profiles
        One profile, or several by name such as "before" and "after".
    span_mm
        Arc lengths of the device's two anchors [mm], shaded.
    up_to_mm
        Gaps above this are cut off [mm]: what matters lies around 0.
    title
        Words above the plot.

    Raises
    ------
    InputError
        A profile knows no gap because a radius is unknown.
    """
    named = {"": profiles} if isinstance(profiles, GapProfile) else dict(profiles)
    figure, axes = _figure(title)
    for (name, profile), color in zip(named.items(), _colors(len(named)), strict=True):
        if not np.isfinite(profile.gap_mm).any():
            raise InputError(
                f"gap profile {name!r} has no gap: the radius of the vein or of the artery is unknown; give both."
            )
        axes.plot(profile.s_mm, profile.gap_mm, color=color, linewidth=2.2, label=name or None)
    low, high = axes.get_ylim()
    low, high = min(low, -1.0), min(high, up_to_mm)
    axes.axhspan(low, 0.0, color="#c2202f", alpha=0.09, linewidth=0)
    axes.axhline(0.0, color=style.INK, linewidth=0.9)
    axes.set_ylim(low, high)
    axes.text(0.99, 0.03, "walls overlap", transform=axes.transAxes, ha="right", color="#a01a28", fontsize=10)
    if span_mm is not None:
        axes.axvspan(*sorted(span_mm), color=style.DEVICE, alpha=0.15, linewidth=0, label="between the anchors")
    axes.set_xlim(min(p.s_mm[0] for p in named.values()), max(p.s_mm[-1] for p in named.values()))
    axes.set_xlabel("Along the vein from the ostium [mm]")
    axes.set_ylabel("Gap to the artery, wall to wall [mm]")
    _finish(axes)
    return figure


def plot_area_against_frame(
    sequence: Mapping[str, Any], *, keys: Sequence[str] = ("area_2d_mm2", "area_3d_mm2"), title: str = ""
) -> Figure:
    """Annulus areas over the frames of one heartbeat, from `annulus.anatomy.measures.measure_sequence`.

    `keys` are the columns to draw; a column that the sequence does not have, or that has no number, is left out.

    Raises
    ------
    InputError
        None of the columns has a number.
    """
    shown = {
        key: np.asarray(sequence[key], dtype=np.float64)
        for key in keys
        if key in sequence and np.isfinite(np.asarray(sequence[key], dtype=np.float64)).any()
    }
    if not shown:
        raise InputError(f"sequence must have at least one of {', '.join(keys)}; got {', '.join(sequence)}.")
    figure, axes = _figure(title)
    frames = np.arange(len(next(iter(shown.values()))))
    for (key, values), color in zip(shown.items(), _colors(len(shown)), strict=True):
        axes.plot(
            frames, values / 100.0, color=color, linewidth=2.2, marker="o", markersize=4.5, label=_AREAS.get(key, key)
        )
    axes.set_xlabel("Frame")
    axes.set_ylabel("Annulus area [cm²]")
    axes.locator_params(axis="x", integer=True)
    _finish(axes)
    return figure


def plot_load_path(
    plication_mm: ArrayLike, ap_mm: ArrayLike, tension_n: ArrayLike | None = None, *, title: str = ""
) -> Figure:
    """AP diameter, and the device's tension where given, along a load path.

    Parameters
    ----------
    plication_mm, ap_mm, tension_n
        Plication [mm], AP diameter [mm] and tension [N] at each step, shape (n,).

    Raises
    ------
    InputError
        The arrays differ in length.
    """
    columns = [np.asarray(plication_mm, dtype=np.float64), np.asarray(ap_mm, dtype=np.float64)]
    if tension_n is not None:
        columns.append(np.asarray(tension_n, dtype=np.float64))
    if any(column.ndim != 1 or column.shape != columns[0].shape for column in columns):
        raise InputError(
            "plication_mm, ap_mm and tension_n must be one-dimensional and equally long; "
            f"got shapes {', '.join(str(column.shape) for column in columns)}."
        )
    figure, axes = _figure(title)
    first, second = style.SERIES[:2]
    axes.plot(columns[0], columns[1], color=first, linewidth=2.2, marker="o", markersize=4.0)
    axes.set_xlabel("Plication [mm]")
    axes.set_ylabel("AP diameter [mm]", color=first if tension_n is not None else style.INK)
    _finish(axes)
    if tension_n is not None:
        other = axes.twinx()
        other.plot(
            columns[0], columns[2], color=second, linewidth=2.2, linestyle=(0, (5, 2)), marker="s", markersize=3.5
        )
        other.set_ylabel("Tension of the device [N]", color=second)
        other.set_ylim(bottom=min(0.0, float(np.nanmin(columns[2]))))
        other.tick_params(colors=style.INK, length=0)
        other.spines[:].set_visible(False)
    return figure


_AREAS = {"area_2d_mm2": "projected", "area_3d_mm2": "minimal surface", "area_d_mm2": "D-shaped"}


def _figure(title: str) -> tuple[Figure, Axes]:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise DependencyError("plots need matplotlib, which is not installed: pip install 'annulus[viz]'.") from error
    # A figure of its own, not pyplot's: no state is shared and nothing has to be closed.
    figure = Figure(figsize=_INCHES, dpi=150, facecolor=style.BACKGROUND, layout="constrained")
    axes = figure.add_subplot()
    axes.set_facecolor(style.BACKGROUND)
    if title:
        axes.set_title(title, loc="left", color=style.INK, fontsize=13, fontweight="bold", pad=10)
    return figure, axes


def _finish(axes: Axes) -> None:
    axes.grid(visible=True, color="#e3e5e7", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=style.INK, length=0, labelsize=10.5)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(style.MUTED)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_fontsize(11.5)
    axes.xaxis.label.set_color(style.INK)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=10.5, labelcolor=style.INK)


def _colors(count: int) -> list[str]:
    return [style.SERIES[k % len(style.SERIES)] for k in range(count)]

"""Plots of what a therapy does: dose and response, gap along the vein, bull's-eye of the annulus' displacement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from annulus._typing import ArrayLike, FloatArray
from annulus.anatomy import Annulus, Case
from annulus.errors import InputError
from annulus.viz import _style as style
from annulus.viz._plots import _colors, _figure, _finish
from annulus.viz._shapes import ResultShapes
from annulus.viz._states import DrawnState, drawn_states

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_displacement", "plot_dose_response", "plot_gaps"]

_UP_TO_MM = 20.0


def plot_dose_response(
    dose: ArrayLike,
    ap_mm: ArrayLike,
    eroa_mm2: ArrayLike | None = None,
    *,
    label: str = "Plication [mm]",
    closing_ap_mm: float | None = None,
    title: str = "",
) -> Figure:
    """AP diameter, and below it the effective orifice, against plication or another dose.

    Parameters
    ----------
    dose, ap_mm, eroa_mm2
        Dose, AP diameter [mm] and EROA [mm2] at each step, shape (n,); a value that is not known is NaN.
    label
        Name and unit of the dose.
    closing_ap_mm
        AP at which the tent closes [mm], marked.

    Raises
    ------
    InputError
        The arrays differ in length.
    """
    x = np.asarray(dose, dtype=np.float64)
    columns = [(np.asarray(ap_mm, dtype=np.float64), "AP diameter [mm]")]
    if eroa_mm2 is not None:
        columns.append((np.asarray(eroa_mm2, dtype=np.float64), "EROA [mm²]"))
    if any(values.shape != x.shape or x.ndim != 1 for values, _ in columns):
        shapes = ", ".join(str(np.shape(values)) for values in (x, *(values for values, _ in columns)))
        raise InputError(f"dose, ap_mm and eroa_mm2 must be one-dimensional and equally long; got shapes {shapes}.")
    figure, axes = _figure(title)
    panels = [axes]
    if len(columns) > 1:
        axes.remove()
        # Two panels, not two scales in one: where lines cross would mean nothing.
        panels = list(figure.subplots(2, 1, sharex=True))
        figure.set_size_inches(8.0, 6.4)
        panels[0].set_title(title, loc="left", color=style.INK, fontsize=13, fontweight="bold", pad=10)
    for panel, (values, words), color in zip(panels, columns, _colors(len(columns)), strict=True):
        panel.set_facecolor(style.BACKGROUND)
        panel.plot(x, values, color=color, linewidth=2.2, marker="o", markersize=4.0)
        panel.set_ylabel(words)
        _finish(panel)
    if closing_ap_mm is not None:
        panels[0].axhline(closing_ap_mm, color=style.MUTED, linewidth=1.0, linestyle=(0, (4, 3)))
        panels[0].text(x[0], closing_ap_mm, "tent closes", color=style.MUTED, fontsize=10, va="bottom")
    if len(columns) > 1:
        panels[1].set_ylim(bottom=0.0)
    panels[-1].set_xlabel(label)
    return figure


def plot_gaps(
    case: Case, result: Mapping[str, Any], *, artery: str | None = None, up_to_mm: float = _UP_TO_MM
) -> Figure:
    """Gap of an artery along the vein before and after, with the device's ends and the crossings marked.

    Parameters
    ----------
    case, result
        The heart, and its result as a dictionary; the gaps after are those of the result's shapes.
    artery
        Its name; None for the one with the smallest gap before.
    up_to_mm
        Gaps above this are cut off [mm].

    Raises
    ------
    InputError, FileError
        The result has no gap profile, or none of this artery; it is of another case.
    """
    block = result.get("circumflex") or {}
    rows = {
        row["artery"]: row for row in block.get("arteries") or () if (row.get("profile") or {}).get("gap_before_mm")
    }
    if not rows:
        raise InputError(
            "a plot of gaps needs a result with an artery and radii (circumflex.arteries[].profile); none."
        )
    name = min(rows, key=lambda key: rows[key].get("min_gap_before_mm", np.inf)) if artery is None else artery
    if name not in rows:
        raise InputError(f"artery must be one of {', '.join(rows)}; got {name!r}.")
    profile = rows[name]["profile"]
    s = np.asarray(profile["cs_s_mm"], dtype=np.float64)
    figure, axes = _figure(f"{name.upper()}: gap to the vein, wall to wall")
    axes.plot(s, profile["gap_before_mm"], color=style.MUTED, linewidth=2.0, label="before")
    before_state, after_state = drawn_states(case, result, ResultShapes.from_result(result, case))
    after = None if after_state is None else _gap_after(before_state, after_state, name, s)
    if after is not None:
        axes.plot(s, after, color=style.SERIES[0], linewidth=2.4, label="after")
    both = np.asarray(profile["gap_before_mm"], dtype=np.float64)
    both = both if after is None else np.concatenate([both, after])
    low, high = min(float(np.nanmin(both)) - 0.5, -1.0), min(float(np.nanmax(both)), up_to_mm)
    axes.set_ylim(low, high)
    axes.axhspan(low, 0.0, color="#c2202f", alpha=0.09, linewidth=0)
    axes.axhline(0.0, color=style.INK, linewidth=0.9)
    axes.text(0.01, 0.03, "walls overlap", transform=axes.transAxes, ha="left", color=style.FLAG, fontsize=10)
    landing = (result.get("therapy") or {}).get("landing") or {}
    ends = [(word, landing.get(f"{word}_s_mm")) for word in ("proximal", "distal")]
    known = [(word, float(at)) for word, at in ends if at is not None]
    if len(known) == 2:
        axes.axvspan(known[0][1], known[1][1], color=style.DEVICE, alpha=0.13, linewidth=0)
    for word, at in known:
        axes.axvline(at, color=style.DEVICE, linewidth=2.0)
        axes.text(at, high, f" {word} {at:.0f} mm", color="#8a5f00", fontsize=9.5, va="top", rotation=90, ha="right")
    for row in block.get("crossings") or ():
        if row.get("artery") == name and row.get("gap_before_mm") is not None:
            gap = row.get("gap_after_mm", row["gap_before_mm"])
            axes.plot([row["cs_s_mm"]], [gap], marker="X", markersize=9, color=style.FLAG, linestyle="none",
                      label=f"crossing at {row['cs_s_mm']:.0f} mm, {row.get('side', '')}")  # fmt: skip
    axes.set_xlim(s[0], s[-1])
    axes.set_xlabel("Along the vein from the ostium [mm]")
    axes.set_ylabel("Gap, wall to wall [mm]")
    _finish(axes)
    return figure


def plot_displacement(case: Case, result: Mapping[str, Any], *, title: str = "", n_sectors: int = 36) -> Figure:
    """Bull's-eye of how far the annulus moved: towards its centre, and along its normal, by annular angle.

    The outer ring tells the motion towards the axis through the centre [mm, positive inwards], the inner ring the one
    along the normal [mm, positive towards the atrium]; A is at the top, AL on the left, as the surgeon sees it.

    Raises
    ------
    InputError
        The result has no annulus before and after with the same vertices.
    """
    shapes = ResultShapes.from_result(result, case)
    before, after = shapes.annulus_before, shapes.annulus_after
    if before is None or after is None or before.shape != after.shape:
        raise InputError(
            "a bull's-eye needs annulus_before_mm and annulus_after_mm of as many points in the result's shapes."
        )
    inwards, upwards, theta = displacement_by_angle(case.annulus, before, after, n_sectors=n_sectors)
    figure, axes = _figure(title or "Displacement of the annulus")
    axes.remove()
    figure.set_size_inches(7.4, 6.2)
    # Annular angles grow from A towards AL, on the left: counter-clockwise from the top.
    polar: Any = figure.add_subplot(projection="polar", theta_offset=0.5 * np.pi)
    polar.set_facecolor(style.BACKGROUND)
    limit = max(float(np.nanmax(np.abs([inwards, upwards]))), 0.5)
    width = 2.0 * np.pi / n_sectors
    for values, bottom in ((inwards, 1.35), (upwards, 0.55)):
        colors = _diverging()(0.5 + 0.5 * values / limit)
        polar.bar(
            np.radians(theta), 0.7, width=width, bottom=bottom, color=colors, edgecolor=style.BACKGROUND, linewidth=0.6
        )
    for name, place in case.annulus.landmarks.items():
        if name in ("A", "P", "AL", "PM", "LT", "RT"):
            angle = np.radians(float(case.annulus.theta_deg(place[None])[0]))
            polar.text(angle, 2.25, name, ha="center", va="center", fontsize=11.5, fontweight="bold", color=style.INK)
    for bottom, words in ((1.7, "inwards"), (0.9, "towards the atrium")):
        polar.text(
            np.radians(135.0), bottom, words, ha="center", va="center", fontsize=8.5, color=style.INK, rotation=0
        )
    polar.set_ylim(0.0, 2.4)
    polar.set_axis_off()
    if words := title or "Displacement of the annulus":
        polar.set_title(words, loc="left", color=style.INK, fontsize=13, fontweight="bold")
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    bar = figure.colorbar(ScalarMappable(Normalize(-limit, limit), _diverging()), ax=polar, shrink=0.7, pad=0.08)
    bar.set_label("Displacement [mm]", color=style.INK)
    bar.outline.set_visible(False)
    return figure


def _gap_after(before: DrawnState, after: DrawnState, name: str, s: FloatArray) -> FloatArray | None:
    """Gap at stations of the measured vein [mm], shape of `s`: from the vein's wall, as results measure it."""
    vein = after.vein
    artery = next((row.curve for row in after.arteries if row.name == name), None)
    if vein is None or before.vein is None or artery is None or vein.radius is None or artery.radius is None:
        return None
    same = len(vein) == len(before.vein)
    at = np.interp(s, before.vein.arc_lengths, vein.arc_lengths) if same else s * vein.length / before.vein.length
    along, distance = artery.closest(vein.at(at))
    return distance - vein.radius_at(at) - artery.radius_at(along)


def displacement_by_angle(
    annulus: Annulus, before: FloatArray, after: FloatArray, *, n_sectors: int = 36
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Motion towards the centre and towards the atrium [mm] and annular angle [deg] of each sector, shape (n,) each.

    Means over the vertices of a sector, by where they were before; NaN for a sector without a vertex.
    """
    frame = annulus.frame
    start, end = frame.to_local(before), frame.to_local(after)
    radial = start[:, :2] / np.maximum(np.linalg.norm(start[:, :2], axis=1, keepdims=True), 1e-9)
    inwards = -np.sum((end - start)[:, :2] * radial, axis=1)
    upwards = (end - start)[:, 2]
    width = 360.0 / n_sectors
    sector = ((annulus.theta_deg(before) + 0.5 * width) // width).astype(int) % n_sectors
    count = np.bincount(sector, minlength=n_sectors).astype(np.float64)
    count[count == 0.0] = np.nan
    means = np.array(
        [np.bincount(sector, weights=values, minlength=n_sectors) / count for values in (inwards, upwards)]
    )
    return means[0], means[1], width * np.arange(n_sectors, dtype=np.float64)


def _diverging() -> Any:
    """Blue, white, orange: told apart with the common kinds of colour blindness."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("displacement", ["#d55e00", "#f4b37c", "#f7f7f5", "#7fb8dc", "#0072b2"])

"""The card beside a picture: whose heart, what each colour means, the numbers before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from annulus.anatomy import Case, Phase
from annulus.anatomy.measures import measure_annulus
from annulus.prediction import NEAR_ANCHOR_MM
from annulus.viz import _style as style
from annulus.viz._overlay import add_box, add_gradient, add_line, add_text
from annulus.viz._states import DrawnState

__all__ = ["LegendEntry", "add_card"]

_FOOTER = "Research use only. Not a medical device."

_MEASURES = (
    ("AP [mm]", "ap_mm", 1),
    ("AL to PM [mm]", "alpm_mm", 1),
    ("Area [mm²]", "area_2d_mm2", 0),
    ("Perimeter [mm]", "perimeter_3d_mm", 1),
)


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A line of the legend: its words, its colour, and whether it is drawn see-through."""

    words: str
    color: str
    pale: bool = False


def add_card(
    renderer: Any,
    case: Case,
    entries: list[LegendEntry],
    before: DrawnState,
    after: DrawnState | None,
    result: Mapping[str, Any] | None,
    *,
    pixels: tuple[int, int],
    unit: float,
) -> None:
    """Fill the card's panel of `pixels` (width, height); `unit` is one text pixel at the default picture size."""
    wide, high = pixels
    x0, x1 = 30.0 * unit / wide, 1.0 - 24.0 * unit / wide
    y = 1.0 - 34.0 * unit / high

    def down(amount: float) -> None:
        nonlocal y
        y -= amount * unit / high

    def text(words: str, *, x: float = x0, size: float = 20.0, color: str = style.INK, **options: Any) -> None:
        add_text(renderer, words, (x, y), size=max(7, round(size * unit)), color=color, **options)

    text(_shortened(case.id, 22), size=30.0, bold=True)
    down(46.0)
    for line in _subtitle(case, result):
        text(line, size=18.0, color=style.MUTED)
        down(27.0)
    down(20.0)

    swatch = 34.0 * unit / wide
    for entry in entries:
        middle = y - 11.0 * unit / high
        add_box(
            renderer,
            (x0, middle - 6.0 * unit / high),
            (x0 + swatch, middle + 6.0 * unit / high),
            color=entry.color,
            opacity=0.45 if entry.pale else 1.0,
        )
        text(entry.words, x=x0 + swatch + 14.0 * unit / wide, size=18.5)
        down(27.0 * (1 + entry.words.count("\n")) + 9.0)

    if any(artery.gap is not None for artery in before.arteries):
        down(18.0)
        text(
            "Circumflex: gap to the vein, wall to wall"
            if _only_lcx(case)
            else "Arteries: gap to the vein, wall to wall",
            size=18.5,
        )
        down(36.0)
        low, high_y = y - 20.0 * unit / high, y
        add_gradient(renderer, (x0, low), (x1, high_y), _bar_colors())
        down(26.0)
        for share, words, align in (
            (0.0, f"≤ −{style.GAP_LIMIT_MM:g}", "left"),
            (0.5, "0", "center"),
            (1.0, f"≥ {style.GAP_LIMIT_MM:g} mm", "right"),
        ):
            text(words, x=x0 + share * (x1 - x0), size=17.0, align=align)
        down(25.0)
        for share, words, align in ((0.0, "overlap", "left"), (0.5, "touching", "center"), (1.0, "clear", "right")):
            text(words, x=x0 + share * (x1 - x0), size=15.5, color=style.MUTED, align=align)
        down(28.0)

    rows = _rows(before, after, result)
    down(24.0)
    columns = (x0, x0 + 0.58 * (x1 - x0), x0 + 0.79 * (x1 - x0), x1)
    if after is not None:
        for x, words in zip(columns[1:], ("before", "after", "change"), strict=True):
            text(words, x=x, size=16.0, color=style.MUTED, align="right")
        down(28.0)
    for label, *values in rows:
        add_line(
            renderer, [(x0, y + 5.0 * unit / high), (x1, y + 5.0 * unit / high)], color="#d5d8da", width=max(1.0, unit)
        )
        text(label, size=18.5)
        places = columns[1:] if after is not None else (x1,)
        for x, value in zip(places, values, strict=False):
            text(value, x=x, size=18.5, align="right", bold=after is not None and x == columns[2])
        down(35.0)

    add_text(
        renderer,
        _FOOTER,
        (x0, 40.0 * unit / high),
        size=max(7, round(15.0 * unit)),
        color=style.MUTED,
    )


def _subtitle(case: Case, result: Mapping[str, Any] | None) -> list[str]:
    lines = ["phase unknown" if case.phase is Phase.UNKNOWN else case.phase.value]
    therapy = (result or {}).get("therapy") or {}
    if therapy.get("device"):
        lines.append(_shortened(str(therapy["device"]), 34))
    parts = [
        f"{name} {therapy[key]:.1f} {unit}"
        for key, name, unit in (("locked_tension_n", "tension", "N"), ("plication_mm", "plication", "mm"))
        if isinstance(therapy.get(key), (int, float))
    ]
    if parts:
        lines.append(", ".join(parts))
    share = therapy.get("force_share_ap")
    if isinstance(share, (int, float)):
        lines.append(f"force along AP behind P: {share:.2f} of tension")
    lines += _artery_lines((result or {}).get("circumflex") or {})
    status = ((result or {}).get("solver") or {}).get("status")
    if status not in (None, "converged", "ok"):
        lines.append(f"solver status: {status}")
    return lines


def _artery_lines(circumflex: Mapping[str, Any]) -> list[str]:
    """The sentences of `annulus.prediction.artery_flags`, short."""
    lines = []
    between = circumflex.get("between_vein_and_annulus_mm", 0.0)
    if between > 0.0:
        lines.append(f"! artery between vein and annulus: {between:.0f} mm")
    if circumflex.get("min_gap_before_mm", 0.0) < 0.0:
        lines.append(f"! walls overlap before: {-circumflex['min_gap_before_mm']:.1f} mm")
    elif circumflex.get("min_gap_after_mm", 1.0) <= 0.0:
        lines.append("! artery and vein touch with the device")
    near = [row["to_anchor_mm"] for row in circumflex.get("crossings", ()) if "to_anchor_mm" in row]
    if near and min(near) <= NEAR_ANCHOR_MM:
        lines.append(f"! anchor {min(near):.1f} mm from a crossing")
    return lines


def _rows(before: DrawnState, after: DrawnState | None, result: Mapping[str, Any] | None) -> list[tuple[str, ...]]:
    """Lines of the table [mm]: the result's own numbers where it has them, else measures of what is drawn."""
    told = (result or {}).get("annulus") or {}
    states = {"before": before} if after is None else {"before": before, "after": after}
    numbers: dict[str, dict[str, Any]] = {
        name: measure_annulus(state.annulus, minimal_surface=False).to_dict() | (told.get(name) or {})
        for name, state in states.items()
    }
    rows = []
    for label, key, digits in _MEASURES:
        old, *new = (float(values[key]) for values in numbers.values())
        rows.append((label, f"{old:.{digits}f}", *(text for value in new for text in _change(old, value, digits))))
    coaptation = (result or {}).get("coaptation") or {}
    flow = (result or {}).get("regurgitation") or {}
    for label, block, keys, digits in (
        ("Coaptation [mm]", coaptation, ("a2p2_coapt_height_mm", "tent.coapt_height_mm"), 1),
        ("EROA [mm²]", flow, ("eroa_mm2",), 0),
    ):
        told_by = [block.get(name) or {} for name in states]
        values = [value for told_ in told_by if (value := _first(told_, keys)) is not None]
        if len(values) == 2:
            old, new = values
            rows.append((label, f"{old:.{digits}f}", f"{new:.{digits}f}", _signed(new - old, plus=True)))
    circumflex = (result or {}).get("circumflex") or {}
    gaps = [
        circumflex.get(f"min_gap_{name}_mm", None if state.smallest_gap is None else state.smallest_gap[0])
        for name, state in states.items()
    ]
    if all(gap is not None for gap in gaps):
        old, *new = gaps
        rows.append(
            (
                "Smallest gap [mm]",
                _signed(old),
                *(t for gap in new for t in (_signed(gap), _signed(gap - old, plus=True))),
            )
        )
    return rows


def _first(values: Mapping[str, Any], keys: tuple[str, ...]) -> float | None:
    """The first of dotted keys that there is."""
    for key in keys:
        found: Any = values
        for word in key.split("."):
            found = found.get(word) if isinstance(found, Mapping) else None
        if found is not None:
            return float(found)
    return None


def _change(old: float, new: float, digits: int) -> tuple[str, str]:
    return (f"{new:.{digits}f}", f"{_signed(100.0 * (new / old - 1.0), plus=True)} %")


def _signed(value: float, *, plus: bool = False) -> str:
    text = f"{value:+.1f}" if plus else f"{value:.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "−")


def _only_lcx(case: Case) -> bool:
    return all(artery.name == "lcx" for artery in case.arteries)


def _bar_colors(n_colors: int = 96) -> np.ndarray:
    shares = np.linspace(-1.0, 1.0, n_colors)
    stops = [share for share, _ in style.GAP_STOPS]
    channels = np.array([[int(color[k : k + 2], 16) / 255.0 for k in (1, 3, 5)] for _, color in style.GAP_STOPS])
    return np.column_stack([np.interp(shares, stops, channels[:, k]) for k in range(3)])


def _shortened(words: str, longest: int) -> str:
    return words if len(words) <= longest else words[: longest - 1] + "…"

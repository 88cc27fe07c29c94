"""The card beside a picture: whose heart, numbers before and after with intervals, flags, what colours mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from annulus.anatomy import Case, Phase
from annulus.viz import _style as style
from annulus.viz._fonts import text_image, wrapped
from annulus.viz._numbers import NumberRow, number_rows
from annulus.viz._overlay import add_box, add_gradient, add_image, add_line, add_text, font_file
from annulus.viz._states import DrawnState

__all__ = ["LegendEntry", "add_card", "card_scale"]

_FOOTER = "Research use only"
_ROW, _NOTE, _FLAG, _LEGEND, _BAR = 33.0, 20.0, 20.0, 27.0, 96.0
"""Heights of a table's row, its interval, a line of a flag, an entry of the legend, the colour bar [text pixel]."""


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A line of the legend: its words, its colour, and whether it is drawn see-through."""

    words: str
    color: str
    pale: bool = False


def card_scale(unit: float) -> float:
    """Pixels to a text pixel on the card: as the picture's, but never too small to read."""
    return max(unit, 0.52)


class _Pen:
    """Writes down a panel; lengths in text pixels."""

    def __init__(self, renderer: Any, pixels: tuple[int, int], scale: float) -> None:
        self.renderer, self.scale = renderer, scale
        self.wide, self.high = pixels[0] / scale, pixels[1] / scale
        self.x0, self.x1 = 22.0, self.wide - 18.0
        self.y = 24.0

    def at(self, x: float, y: float | None = None) -> tuple[float, float]:
        """Shares of the panel."""
        return x / self.wide, 1.0 - (self.y if y is None else y) / self.high

    def text(
        self, words: str, *, x: float | None = None, size: float = 18.0, color: str = style.INK, **options: Any
    ) -> None:
        """Words at the pen's height."""
        left = self.x0 if x is None else x
        add_text(self.renderer, words, self.at(left), size=max(7, round(size * self.scale)), color=color, **options)

    def letters(self, size: float, width: float) -> int:
        """How many letters of a size fit into a width."""
        # A line of wide letters is that much longer than one of mean ones.
        return max(int(0.92 * width / (_letter_share() * size)), 6)

    @property
    def left(self) -> float:
        """Height that is left above the footer."""
        return self.high - self.y - 34.0


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
    """Fill the card's panel of `pixels` (width, height); `unit` is one text pixel at the default picture size.

    Where the room is short, numbers come first, then flags, colour bar and legend.
    """
    pen = _Pen(renderer, pixels, card_scale(unit))
    width = pen.x1 - pen.x0
    _title(pen, case.id, width)
    for line in _subtitle(case, result):
        for part in wrapped(line, pen.letters(16.5, width)):
            pen.text(part, size=16.5, color=style.MUTED)
            pen.y += 23.0
    pen.y += 12.0
    rows = number_rows(before, after, result)
    flags = [str(flag) for flag in (result or {}).get("flags") or ()]
    has_bar = any(artery.gap is not None for artery in before.arteries)
    _table(pen, rows, after is not None, room=pen.left - (2 * _FLAG + 16.0 if flags else 0.0), level=_level(result))
    wanted = (_BAR if has_bar else 0.0) + _LEGEND * len(entries) + 20.0
    if flags:
        _flags(pen, flags, width, room=max(pen.left - wanted, min(pen.left, 5 * _FLAG)))
    if has_bar and pen.left > _BAR:
        _bar(pen, case)
    for entry in entries:
        if pen.left < _LEGEND:
            break
        _entry(pen, entry, width)
    pen.y = pen.high - 26.0
    pen.text(_FOOTER, size=14.0, color=style.MUTED)


def _title(pen: _Pen, name: str, width: float) -> None:
    """The case's name whole, whatever its length and script."""
    size = 28.0 if len(name) <= pen.letters(28.0, width) else 19.0
    lines = wrapped(name, pen.letters(1.12 * size, width))
    image = text_image(lines, pixels=size * pen.scale, color=style.INK, background=style.CARD)
    wide = width * pen.scale
    while image.shape[1] > wide and max(len(line) for line in lines) > 4:
        # Letters twice as wide as the usual ones, such as ideographs.
        lines = wrapped(name, int(0.85 * max(len(line) for line in lines)))
        image = text_image(lines, pixels=size * pen.scale, color=style.INK, background=style.CARD)
    add_image(pen.renderer, image, pen.at(pen.x0))
    pen.y += image.shape[0] / pen.scale + 16.0


def _subtitle(case: Case, result: Mapping[str, Any] | None) -> list[str]:
    lines = ["phase unknown" if case.phase is Phase.UNKNOWN else case.phase.value]
    therapy = (result or {}).get("therapy") or {}
    if therapy.get("device"):
        lines.append(str(therapy["device"]))
    parts = [
        f"{name} {therapy[key]:.1f} {unit}"
        for key, name, unit in (("locked_tension_n", "tension", "N"), ("plication_mm", "plication", "mm"))
        if isinstance(therapy.get(key), (int, float))
    ]
    if parts:
        lines.append(", ".join(parts))
    status = ((result or {}).get("solver") or {}).get("status")
    if status not in (None, "converged", "ok"):
        lines.append(f"solver status: {status}")
    return lines


def _level(result: Mapping[str, Any] | None) -> str:
    level = ((result or {}).get("intervals") or {}).get("level")
    return f"{100.0 * level:.0f} %" if isinstance(level, (int, float)) else "interval"


def _table(pen: _Pen, rows: list[NumberRow], changed: bool, *, room: float, level: str) -> None:
    narrow = pen.x1 - pen.x0 < 330.0
    stop = pen.y + room
    if not changed:
        columns = (pen.x1,)
    elif narrow:
        columns = (pen.x0 + 0.76 * (pen.x1 - pen.x0), pen.x1)
    else:
        columns = (pen.x0 + 0.58 * (pen.x1 - pen.x0), pen.x0 + 0.79 * (pen.x1 - pen.x0), pen.x1)
    if changed:
        for x, words in zip(columns, ("before", "after", "change"), strict=False):
            pen.text(words, x=x, size=15.0, color=style.MUTED, align="right")
        pen.y += 26.0
    for row in rows:
        if pen.y + _ROW > stop:
            break
        line = pen.y - 5.0
        add_line(pen.renderer, [pen.at(pen.x0, line), pen.at(pen.x1, line)], color="#d5d8da", width=max(1.0, pen.scale))
        pen.text(row.label, size=17.0)
        for number, (x, value) in enumerate(zip(columns, row.values, strict=False)):
            pen.text(value, x=x, size=17.0, align="right", bold=changed and number == 1)
        pen.y += _ROW
        if row.interval and pen.y + _NOTE < stop:
            pen.y -= 10.0
            pen.text(f"after, {level}: {row.interval}", x=pen.x1, size=14.0, color=style.MUTED, align="right")
            pen.y += _NOTE + 10.0 - 4.0


def _flags(pen: _Pen, flags: list[str], width: float, *, room: float) -> None:
    stop = pen.y + room
    pen.y += 8.0
    for number, flag in enumerate(flags):
        lines = wrapped(flag, pen.letters(14.5, width - 18.0))
        more = len(flags) - number
        if pen.y + _FLAG * (len(lines) + (1 if more > 1 else 0)) > stop:
            words = f"! {more} flag{'s' if more > 1 else ''}{' more' if number else ''}: see the result file"
            pen.text(words, size=14.5, color=style.FLAG, bold=True)
            pen.y += _FLAG
            break
        pen.text("!", size=14.5, color=style.FLAG, bold=True)
        for line in lines:
            pen.text(line, x=pen.x0 + 18.0, size=14.5)
            pen.y += _FLAG
        pen.y += 3.0
    pen.y += 8.0


def _bar(pen: _Pen, case: Case) -> None:
    only = all(artery.name == "lcx" for artery in case.arteries)
    pen.text(f"{'Circumflex' if only else 'Arteries'}: wall gap to the vein", size=16.5)
    pen.y += 27.0
    add_gradient(pen.renderer, pen.at(pen.x0, pen.y + 15.0), pen.at(pen.x1, pen.y), _bar_colors())
    pen.y += 20.0
    for share, words, align in (
        (0.0, f"≤ −{style.GAP_LIMIT_MM:g}", "left"),
        (0.5, "0", "center"),
        (1.0, f"≥ {style.GAP_LIMIT_MM:g} mm", "right"),
    ):
        pen.text(words, x=pen.x0 + share * (pen.x1 - pen.x0), size=15.0, align=align)
    pen.y += 19.0
    for share, words, align in ((0.0, "overlap", "left"), (0.5, "touching", "center"), (1.0, "clear", "right")):
        pen.text(words, x=pen.x0 + share * (pen.x1 - pen.x0), size=14.0, color=style.MUTED, align=align)
    pen.y += 30.0


def _entry(pen: _Pen, entry: LegendEntry, width: float) -> None:
    low, high = pen.at(pen.x0, pen.y + 16.0), pen.at(pen.x0 + 26.0, pen.y + 5.0)
    add_box(pen.renderer, low, high, color=entry.color, opacity=0.45 if entry.pale else 1.0)
    words = wrapped(entry.words, pen.letters(16.0, width - 36.0))
    pen.text(words[0] if len(words) == 1 else words[0] + " …", x=pen.x0 + 36.0, size=16.0)
    pen.y += _LEGEND


def _bar_colors(n_colors: int = 96) -> np.ndarray:
    shares = np.linspace(-1.0, 1.0, n_colors)
    stops = [share for share, _ in style.GAP_STOPS]
    channels = np.array([[int(color[k : k + 2], 16) / 255.0 for k in (1, 3, 5)] for _, color in style.GAP_STOPS])
    return np.column_stack([np.interp(shares, stops, channels[:, k]) for k in range(3)])


@cache
def _letter_share() -> float:
    """Mean width of a letter of a flag's sentence over the text's size [1]."""
    from PIL import ImageFont

    sample = "lcx runs between vein and annulus along 34 mm inside the device's span; WIDE M"
    return float(ImageFont.truetype(font_file(bold=False), 100).getlength(sample)) / (100.0 * len(sample))

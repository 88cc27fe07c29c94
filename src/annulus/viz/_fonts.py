"""Fonts that have the letters of a case's name, whatever its script, and such a name as a picture."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import numpy as np

__all__ = ["font_families", "quiet_glyphs", "text_image", "wrapped"]

_MAIN = "DejaVu Sans"


def font_families(text: str) -> list[str]:
    """Families that together have the text's letters, the usual one first; the last one draws a box per script."""
    missing = {letter for letter in text if not letter.isspace() and not _has(_MAIN, letter)}
    families = [_MAIN]
    for family in _others() if missing else ():
        found = {letter for letter in missing if _has(family, letter)}
        if found:
            families.append(family)
            missing -= found
        if not missing:
            break
    return [*families, "Last Resort High-Efficiency"] if missing else families


def wrapped(text: str, letters: int) -> list[str]:
    """The whole text in lines of at most so many letters, broken at spaces, dashes and underscores where there are."""
    lines: list[str] = []
    rest = text
    while len(rest) > letters:
        cut = rest.rfind(" ", 1, letters + 1) + 1
        if cut <= letters // 2:
            cut = max(rest.rfind(mark, 1, letters) + 1 for mark in " -_/")
        cut = cut if cut > letters // 2 else letters
        lines.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*lines, rest]


def text_image(lines: list[str], *, pixels: float, color: str, background: str, bold: bool = True) -> np.ndarray:
    """Text as an image, shape (height, width, 3), values 0 to 255, the first row at the top; cut to its letters."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    text = "\n".join(lines)
    longest = max(len(line) for line in lines)
    # Ideographs are as wide as high, twice the usual letter.
    wide, high = int((1.4 * longest + 4) * pixels), int((1.6 * len(lines) + 2) * pixels)
    figure = Figure(figsize=(wide / 72.0, high / 72.0), dpi=72, facecolor=background)
    canvas = FigureCanvasAgg(figure)
    figure.text(
        pixels / wide, 1.0 - pixels / high, text, va="top", color=color, fontsize=0.78 * pixels,
        family=font_families(text), fontweight="bold" if bold else "normal", linespacing=1.2,
    )  # fmt: skip
    with quiet_glyphs():
        canvas.draw()
    image = np.asarray(canvas.buffer_rgba())[..., :3]
    written = np.argwhere((image != image[0, 0]).any(axis=2))
    if not len(written):
        return image[:1, :1]
    (top, left), (bottom, right) = written.min(axis=0), written.max(axis=0)
    return image[top : bottom + 1, left : right + 1]


@contextmanager
def quiet_glyphs() -> Iterator[None]:
    """Within this context a letter that no font has is drawn as a box without a warning."""
    told = logging.getLogger("matplotlib.font_manager")
    level = told.level
    told.setLevel(logging.CRITICAL)
    try:
        yield from _without_warnings()
    finally:
        told.setLevel(level)


def _without_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*[Gg]lyph.*")
        warnings.filterwarnings("ignore", message=".*font.*")
        yield


@cache
def _others() -> tuple[str, ...]:
    """Families on this machine beside the usual one, broad ones first."""
    from matplotlib.font_manager import fontManager

    names = sorted({entry.name for entry in fontManager.ttflist} - {_MAIN, "Last Resort High-Efficiency"})
    return tuple(sorted(names, key=lambda name: not any(word in name for word in ("Noto Sans", "CJK", "Unifont"))))


@cache
def _letters(family: str) -> frozenset[int]:
    from matplotlib.font_manager import fontManager, get_font

    for entry in fontManager.ttflist:
        if entry.name == family:
            try:
                return frozenset(get_font(entry.fname).get_charmap())
            except (RuntimeError, OSError):
                return frozenset()
    return frozenset()


def _has(family: str, letter: str) -> bool:
    return ord(letter) in _letters(family)

"""What a file holds before unit and axes are settled, and which part of it is meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from annulus._typing import FloatArray, IntArray
from annulus.errors import FileError
from annulus.io._schema import nearest_of
from annulus.io._stated import Stated

__all__ = ["RawLines", "RawSurface", "chosen", "cut", "fan", "floats", "listed", "strip", "whole"]

_LARGEST = float(1 << 53)
"""Whole numbers up to this are exact as floats."""

_NAMES_SHOWN = 12
"""Names that a sentence lists; a file may have a thousand."""


@dataclass(frozen=True, eq=False)
class RawSurface:
    """Triangles as they stand in a file.

    Parameters
    ----------
    points, triangles
        In the file's order, unit and axes, shapes (n, 3) and (m, 3).
    stated
        Unit and axes that the file states.
    """

    points: FloatArray
    triangles: IntArray
    stated: Stated


@dataclass(frozen=True, eq=False)
class RawLines:
    """Lines as they stand in a file.

    Parameters
    ----------
    lines
        For each line its points, shape (n, 3), and its values at the points by name, shape (n,).
    stated
        Unit and axes that the file states.
    """

    lines: tuple[tuple[FloatArray, Mapping[str, FloatArray]], ...]
    stated: Stated


def chosen(file: Path, word: str, names: Sequence[str], wish: str | None) -> int:
    """Number of the one that is meant: the only one, the one of that name, or the one of that number.

    Parameters
    ----------
    file, word
        For the sentence: "node", "markup", "line".
    names
        As the file gives them, "" where it gives none; a name may stand several times.
    wish
        A name, or a number from 0 where nothing has that name; None for the only one.

    Raises
    ------
    FileError
        There is no such, or it is not clear which is meant.
    """
    if wish is None:
        if len(names) == 1:
            return 0
        raise FileError(
            file,
            "",
            f"holds {len(names)} {word}s, one must be chosen; got none: give name or number of one of {listed(names)}.",
        )
    if names.count(wish) == 1:
        return names.index(wish)
    if names.count(wish) > 1:
        at = " and ".join(str(k) for k, one in enumerate(names) if one == wish)
        raise FileError(file, f"{word} {wish!r}", f"must be one {word}; {at} have that name: give its number.")
    if wish.isascii() and wish.isdecimal():
        if len(wish) < 10 and int(wish) < len(names):
            return int(wish)
        numbers = f"0 to {len(names) - 1}" if len(names) > 1 else "0"
        raise FileError(file, f"{word} {wish[:20]}", f"must be a name or a number, {numbers}; there is no such.")
    close = nearest_of(wish, [name for name in names if name])
    advice = f"did you mean {close!r}?" if close else f"use one of {listed(names)}."
    raise FileError(file, f"{word} {wish!r}", f"must be in the file; it is not: {advice}")


def listed(names: Sequence[str]) -> str:
    """Names with their numbers, the first dozen."""
    shown = ", ".join(f"{k} ({name[:60] or 'no name'})" for k, name in enumerate(names[:_NAMES_SHOWN]))
    more = len(names) - _NAMES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def cut(file: Path) -> FileError:
    """The sentence on a file that has less in it than it says."""
    return FileError(file, "", "must be whole; it ends before all that its header counts: export or copy it again.")


def floats(file: Path, words: Sequence[object], place: str) -> FloatArray:
    """Words as numbers, shape (n,).

    Raises
    ------
    FileError
        One of them is no number.
    """
    try:
        return np.array(words, dtype=np.float64)
    except (ValueError, TypeError, OverflowError):
        raise FileError(file, place, "must hold numbers; other text stands there: export or copy it again.") from None


def whole(file: Path, values: np.ndarray, place: str) -> IntArray:
    """Values as whole numbers, int64.

    Raises
    ------
    FileError
        One of them is none, or is too large to number or count anything.
    """
    if values.dtype.kind != "i":
        with np.errstate(invalid="ignore"):
            good = (np.abs(values.astype(np.float64)) < _LARGEST).all()
        if not good:
            raise FileError(file, place, "must hold whole numbers; others stand there: export or copy it again.")
    return values.astype(np.int64)


def fan(corners: IntArray, counts: IntArray) -> IntArray:
    """Triangles, shape (m, 3), of polygons with `counts` corners each, from their first corner; fewer than 3 give none.

    Parameters
    ----------
    corners
        Corners of all the polygons one after the other, shape (sum of counts,).
    counts
        Shape (k,).
    """
    corners, counts = np.asarray(corners, dtype=np.int64), np.asarray(counts, dtype=np.int64)
    if len(counts) and (counts == 3).all():
        return corners.reshape(-1, 3)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]) if len(counts) else np.zeros(0, dtype=np.int64)
    pieces = np.maximum(counts - 2, 0)
    polygon = np.repeat(np.arange(len(counts)), pieces)
    step = np.arange(len(polygon)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    first = starts[polygon]
    return np.stack([corners[first], corners[first + step + 1], corners[first + step + 2]], axis=1).reshape(-1, 3)


def strip(corners: IntArray) -> IntArray:
    """Triangles, shape (n - 2, 3), of a strip of n corners; every second one turned, so that all face one way."""
    corners = np.asarray(corners, dtype=np.int64)
    if len(corners) < 3:
        return np.zeros((0, 3), dtype=np.int64)
    found = np.stack([corners[:-2], corners[1:-1], corners[2:]], axis=1)
    found[1::2] = found[1::2][:, [1, 0, 2]]
    return found

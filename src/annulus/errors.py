"""Every error of the package, each also the built-in that it refines."""

from __future__ import annotations

import math

__all__ = [
    "AnnulusError",
    "DependencyError",
    "FileError",
    "InputError",
    "MissingFileError",
    "SolveError",
    "rounded_down",
]


def rounded_down(value: float, digits: int = 1) -> str:
    """`value` as text, cut after `digits` decimals: an upper end that a sentence names and that is allowed itself."""
    return f"{math.floor(value * 10**digits) / 10**digits:.{digits}f}"


class AnnulusError(Exception):
    """Base of all errors raised by this package."""


class InputError(AnnulusError, ValueError):
    """A value breaks a rule. The sentence names the argument, the rule, what came and what to do."""


_LONGEST = 900
"""Letters of a sentence; its end, which says what to do, is kept."""


def _readable(text: str) -> str:
    """`text` on one line, without what a terminal would obey, the middle left out where it is endless."""
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 303]}...{text[-300:]}"


class FileError(InputError):
    """A file breaks a rule.

    Parameters
    ----------
    file
        Path or name of the file.
    place
        Where in the file: a key, a line, a point; empty for the whole file.
    message
        Rule, what came, what to do, as one sentence. Line breaks and endless words that came from the file are cut.
    """

    def __init__(self, file: object, place: str, message: str) -> None:
        self.file = str(file)
        self.place = _readable(place)
        self.message = _readable(message)
        super().__init__(": ".join(part for part in (self.file, self.place, self.message) if part))

    def __reduce__(self) -> tuple[type[FileError], tuple[str, str, str]]:
        return type(self), (self.file, self.place, self.message)


class MissingFileError(FileError, FileNotFoundError):
    """A file that is named does not exist."""

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.place, self.message) if part)


class SolveError(AnnulusError, RuntimeError):
    """A solve did not reach its tolerance and the caller asked to be told by an exception."""


class DependencyError(AnnulusError, ImportError):
    """An optional package or program is needed and is not installed."""

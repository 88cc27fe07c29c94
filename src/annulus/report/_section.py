"""A part of a report's page: plain data that the template lays out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Document", "Section"]

Document = Mapping[str, Any]
"""Content of a result file."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page.

    Parameters
    ----------
    title
        Its heading.
    kind
        How `content` is laid out: ``answer`` (sentences and cards), ``lines``, ``table`` (head, rows, words of each
        row's class), ``pictures``, ``scene``.
    content
        What stands in it.
    note
        A sentence below the heading.
    fine_print
        It says what the numbers rest on, and stands after the pictures.
    """

    title: str
    kind: str
    content: Any
    note: str = ""
    fine_print: bool = False

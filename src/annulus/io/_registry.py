"""Which file holds what: one table of readers and one of writers, by suffix; everything else is derived from them.

A new reader or writer is a new module in `annulus.io.readers` or `annulus.io.exporters` and a line here. The module
has a function ``read_<content>`` or ``write_<content>`` for each content of its line, and loads on first use.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from annulus.errors import FileError
from annulus.io._schema import nearest_of

__all__ = ["READERS", "WRITERS", "Content", "Format", "contents_of", "reader", "suffixes", "writer"]


class Content(Enum):
    """What a file may hold; how its functions are called stands in `annulus.io.readers` and `annulus.io.exporters`."""

    CASE = "case"
    SURFACE = "surface"
    LINES = "lines"
    MARKUPS = "markups"
    LOOPS = "loops"
    LANDMARK_TABLE = "landmark_table"
    CURVE = "curve"
    LOOP = "loop"
    DEFORMED = "deformed"


_WORDS = {
    Content.CASE: "a case",
    Content.SURFACE: "a surface",
    Content.LINES: "a line",
    Content.MARKUPS: "markups",
    Content.LOOPS: "contours",
    Content.LANDMARK_TABLE: "a table of landmarks",
    Content.CURVE: "a curve",
    Content.LOOP: "a loop",
    Content.DEFORMED: "a deformed heart",
}


@dataclass(frozen=True, slots=True)
class Format:
    """Files of some suffixes: the module that knows them, and what they may hold."""

    suffixes: tuple[str, ...]
    module: str
    contents: tuple[Content, ...]


READERS = (
    Format((".json",), "readers._case_json", (Content.CASE,)),
    Format((".ply",), "readers._ply", (Content.SURFACE,)),
    Format((".stl",), "readers._stl", (Content.SURFACE,)),
    Format((".obj",), "readers._obj", (Content.SURFACE,)),
    Format((".glb", ".gltf"), "readers._gltf", (Content.SURFACE,)),
    Format((".vtp", ".vtk", ".vtu"), "readers._vtk", (Content.SURFACE, Content.LINES)),
    Format((".mrk.json", ".json"), "readers._slicer_json", (Content.MARKUPS,)),
    Format((".fcsv",), "readers._fcsv", (Content.MARKUPS,)),
    Format((".csv",), "readers._tables", (Content.LOOPS, Content.LANDMARK_TABLE)),
    Format((".csv", ".dat"), "readers._curve_table", (Content.LINES,)),
)
"""What can be read."""

WRITERS = (
    Format((".json",), "exporters._case_json", (Content.CASE,)),
    Format((".mrk.json",), "exporters._slicer_json", (Content.CASE, Content.DEFORMED, Content.CURVE, Content.LOOP)),
    Format((".csv",), "exporters._curve_table", (Content.CURVE,)),
    Format((".csv",), "exporters._slicerheart", (Content.CASE, Content.DEFORMED)),
    Format((".ply",), "exporters._ply", (Content.SURFACE,)),
    Format((".stl",), "exporters._stl", (Content.SURFACE,)),
    Format((".vtp",), "exporters._vtp", (Content.CASE, Content.CURVE, Content.SURFACE)),
    Format((".glb",), "exporters._glb", (Content.CASE, Content.DEFORMED, Content.SURFACE)),
    Format((".feb",), "exporters._feb", (Content.CASE, Content.DEFORMED)),
    Format((".inp",), "exporters._network_inp", (Content.CASE, Content.DEFORMED)),
)
"""What can be written."""


def suffixes(table: Sequence[Format], *contents: Content) -> tuple[str, ...]:
    """Suffixes of the files that hold one of `contents`, of all where none is named."""
    rows = (row for row in table if not contents or set(row.contents) & set(contents))
    return tuple(dict.fromkeys(suffix for row in rows for suffix in row.suffixes))


def contents_of(path: Path | str) -> tuple[Content, ...]:
    """What may be read from a file of this name; nothing for a suffix that no reader knows."""
    suffix = _suffix(Path(path), suffixes(READERS))
    return tuple(content for row in READERS if suffix in row.suffixes for content in row.contents)


def reader(path: Path, *contents: Content) -> tuple[Content, Callable[..., Any]]:
    """The first of `contents` that a file of this name may hold, and the function that reads it.

    Raises
    ------
    FileError
        No reader knows the suffix, or not for these contents.
    """
    return _function("read", READERS, path, contents)


def writer(path: Path, content: Content) -> Callable[..., None]:
    """The function that writes such content into a file of this name.

    Raises
    ------
    FileError
        No writer knows the suffix, or not for this content.
    """
    return _function("write", WRITERS, path, (content,))[1]


def _function(
    verb: str, table: Sequence[Format], path: Path, contents: Sequence[Content]
) -> tuple[Content, Callable[..., Any]]:
    fitting = suffixes(table, *contents)
    suffix = _suffix(path, fitting)
    for content in contents:
        for row in table:
            if suffix in row.suffixes and content in row.contents:
                module = importlib.import_module(f"annulus.io.{row.module}")
                return content, getattr(module, f"{verb}_{content.value}")
    came = _suffix(path, suffixes(table)) or path.suffix or "none"
    close = nearest_of(came, fitting)
    advice = f"did you mean {close}?" if close and close != came else "choose one of them."
    what = " or ".join(_WORDS[content] for content in contents)
    raise FileError(path, "", f"to {verb} {what} the suffix must be one of {', '.join(fitting)}; got {came}: {advice}")


def _suffix(path: Path, known: Sequence[str]) -> str:
    """The longest known suffix that the name ends with; empty where it ends with none."""
    name = path.name.lower()
    return max((suffix for suffix in known if name.endswith(suffix)), key=len, default="")

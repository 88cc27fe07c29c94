"""A heart, or a part of it, before or after a therapy, in the format that a file's name asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from annulus.anatomy import Case
from annulus.errors import FileError
from annulus.geometry import Curve, Loop
from annulus.io._deformed import Deformed, deformed_case
from annulus.io._parts import as_surface, case_parts, chosen_parts, joined
from annulus.io._registry import WRITERS, Content, suffixes
from annulus.io._schema import nearest_of
from annulus.io._write import write

__all__ = ["EXPORTED", "export", "require_exportable"]

_WHOLE = suffixes(WRITERS, Content.CASE)
_PART = suffixes(WRITERS, Content.SURFACE, Content.CURVE, Content.LOOP)

EXPORTED = tuple(dict.fromkeys((*_WHOLE, *_PART)))
"""Ends of the names of files that `export` writes."""


def require_exportable(path: Path | str, *, parts: Sequence[str] = ()) -> None:
    """Refuse a name that no writer knows, before any work.

    Raises
    ------
    FileError
        An unknown suffix; one that needs a part named, or holds no single parts.
    """
    file = Path(path)
    name = file.name.lower()
    if not name.endswith(EXPORTED):
        close = nearest_of(file.suffix or "none", EXPORTED)
        advice = f"did you mean {close}?" if close else "choose one of them."
        raise FileError(
            file, "", f"to export a heart the name must end with one of {', '.join(EXPORTED)}; got "
            f"{file.suffix or 'no suffix'}: {advice}",
        )  # fmt: skip
    if parts and not name.endswith(_PART):
        raise FileError(
            file, "", f"holds the whole heart, no single parts; got {', '.join(parts)}: leave --part out, or choose "
            f"one of {', '.join(_PART)}.",
        )  # fmt: skip


def export(
    case: Case,
    path: Path | str,
    *,
    result: Mapping[str, Any] | None = None,
    parts: Sequence[str] = (),
    result_file: object = "result",
) -> Case | Deformed:
    """Write a case, or its state after a therapy, in the format that the file's name asks for.

    Parameters
    ----------
    case
        The heart.
    path
        File to write; `EXPORTED` are the ends of names that are known.
    result
        Document of `annulus simulate` for this case: its final state is written; None for the case as it is.
    parts
        Names of `case_parts`: only these are written, several of them as one surface. STL and PLY need one.
    result_file
        What errors call the result.

    Returns
    -------
    Case | Deformed
        What was written, or what its parts are of.

    Raises
    ------
    FileError, InputError
        An unknown suffix, a part that the case has not or that the format cannot hold, a result of another case; or the
        file cannot be written, and is as it was.
    """
    file = Path(path)
    require_exportable(file, parts=parts)
    state: Case | Deformed = case if result is None else deformed_case(case, result, file=result_file)
    here = state.case if isinstance(state, Deformed) else state
    if not parts and file.name.lower().endswith(_WHOLE):
        write(state, file)
        return state
    known = case_parts(here, state.device if isinstance(state, Deformed) else {})
    if not parts:
        raise FileError(file, "", f"holds one surface: name parts of the heart (--part), of {', '.join(known)}.")
    chosen = chosen_parts(known, parts, case_id=here.id)
    lines = [part for part in chosen.values() if isinstance(part, Curve | Loop)]
    content = Content.CURVE if lines and isinstance(lines[0], Curve) else Content.LOOP
    if len(chosen) == 1 and lines and file.name.lower().endswith(suffixes(WRITERS, content)):
        write(lines[0], file)
    elif file.name.lower().endswith(suffixes(WRITERS, Content.SURFACE)):
        write(joined(as_surface(part) for part in chosen.values()), file)
    else:
        fits = ", ".join(suffixes(WRITERS, Content.SURFACE))
        raise FileError(
            file,
            "",
            f"holds a single curve or loop; got {', '.join(chosen)}: leave --part out, or choose one of {fits}.",
        )
    return state

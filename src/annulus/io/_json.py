"""JSON text in and out."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from annulus.errors import FileError, InputError

__all__ = ["read_json", "write_json"]


def read_json(file: Path) -> object:
    """The value in a JSON file.

    Raises
    ------
    FileError
        No JSON text; the sentence names line and column.
    """
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise FileError(file, "", "must be JSON text in UTF-8; it holds other bytes: give a JSON file.") from None
    except json.JSONDecodeError as error:
        end = (
            "the file ends too early"
            if error.pos >= len(error.doc.rstrip()) - 1
            else error.msg[:1].lower() + error.msg[1:]
        )
        raise FileError(
            file,
            f"line {error.lineno} column {error.colno}",
            f"must be JSON; {end}: mend it there or write the file again.",
        ) from None


def write_json(data: Mapping[str, object], path: Path | str) -> None:
    """Write `data` as JSON to a file, whose folder is made where missing, or to standard output for ``-``.

    Raises
    ------
    InputError
        `data` holds a number that JSON cannot hold (NaN or infinite).
    FileError
        The file cannot be written.
    """
    try:
        text = json.dumps(data, indent=2, allow_nan=False) + "\n"
    except ValueError as error:
        raise InputError(f"data must hold finite numbers only to be written as JSON; got {error}.") from None
    if str(path) == "-":
        sys.stdout.write(text)
        return
    file = Path(path)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileError(
            file, "", f"the JSON cannot be written ({error.strerror or error}): name another file."
        ) from error

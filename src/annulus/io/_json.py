"""JSON text in and out."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from annulus.errors import FileError, InputError
from annulus.io._atomic import write_text
from annulus.io._reading import existing, read_text

__all__ = ["json_text", "read_json", "write_json"]


def read_json(path: Path | str) -> object:
    """The value in a JSON file.

    Raises
    ------
    MissingFileError
        There is no such file.
    FileError
        No JSON text; the sentence names line and column. Or a key that stands twice in one object.
    """
    file = existing(path)
    text = read_text(file, "JSON")
    try:
        return json.loads(text, object_pairs_hook=_object)
    except _DuplicateKey as error:
        raise FileError(file, error.key, f"must stand once in its object; it stands twice{_lines(text, error.key)}: "
                        "leave one of them.") from None  # fmt: skip
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
    except RecursionError:
        raise FileError(file, "", "must be JSON; its brackets are nested too deeply: write the file again.") from None
    except ValueError as error:
        # A number of thousands of digits.
        raise FileError(file, "", f"must be JSON; {error}: mend it.") from None


def json_text(data: Mapping[str, object]) -> str:
    """`data` as indented JSON text.

    Raises
    ------
    InputError
        A number that JSON cannot hold (NaN or infinite), or what is no JSON value; the sentence names its key.
    """
    try:
        return json.dumps(data, indent=2, allow_nan=False) + "\n"
    except (TypeError, ValueError) as error:
        key, what = _unfit(data, "") or ("data", str(error))
        raise InputError(f"{key} must be a JSON value and finite to be written; got {what}.") from None


def write_json(data: Mapping[str, object], path: Path | str) -> None:
    """Write `data` as JSON to a file, whose folder is made where missing, or to standard output for ``-``.

    Raises
    ------
    InputError
        As `json_text`.
    FileError
        The file cannot be written.
    """
    write_text(json_text(data), path)


class _DuplicateKey(Exception):  # noqa: N818 - caught here, never seen
    def __init__(self, key: str) -> None:
        self.key = key


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _DuplicateKey(key)
            seen.add(key)
    return found


def _lines(text: str, key: str) -> str:
    """', in lines 3 and 9', where the key stands just twice in the whole file."""
    places = [match.start() for match in re.finditer(re.escape(json.dumps(key)) + r"\s*:", text)]
    if len(places) != 2:
        return ""
    first, second = (text.count("\n", 0, place) + 1 for place in places)
    return f", in line {first}" if first == second else f", in lines {first} and {second}"


def _unfit(value: object, place: str) -> tuple[str, str] | None:
    """Place of the first value that JSON cannot hold, and what it is."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            found = _unfit(item, f"{place}.{key}".lstrip("."))
            if found:
                return found
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for index, item in enumerate(value):
            found = _unfit(item, f"{place}[{index}]")
            if found:
                return found
    elif isinstance(value, float) and not math.isfinite(value):
        return place, repr(value)
    elif value is not None and not isinstance(value, str | int | float):
        return place, f"{value!r}, a {type(value).__name__}"
    return None

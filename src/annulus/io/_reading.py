"""A file that is to be read: is it there, its text, its unit and axes; what is wrong in one sentence."""

from __future__ import annotations

import re
import tomllib
from os import PathLike
from pathlib import Path

from annulus.errors import FileError, InputError, MissingFileError

__all__ = ["Settled", "existing", "read_text", "read_toml", "settle"]

Settled = tuple[str, str]
"""Coordinate system and unit of a file."""


def existing(path: Path | str, *, place: str = "", named_in: object = None) -> Path:
    """`path`, if it is a file.

    Raises
    ------
    MissingFileError
        It is not; the sentence blames `named_in` where another file names it.
    FileError
        The system refuses to look.
    """
    if not isinstance(path, str | PathLike):
        raise InputError(f"path must be the path of a file; got {path!r:.60}, a {type(path).__name__}: give its name.")
    file = Path(path)
    try:
        if file.is_file():
            return file
        what = "a folder" if file.is_dir() else "a pipe or device" if file.exists() else "nothing"
    except (OSError, ValueError) as error:
        raise _unreadable(file if named_in is None else named_in, place, error) from None
    if named_in is None:
        raise MissingFileError(file, place, f"must be an existing file; there is {what}: check the path.")
    raise MissingFileError(
        named_in, place, f"must name an existing file; there is {what} at {file}: check the name and the root folder."
    )


def read_text(file: Path, kind: str) -> str:
    """Text of a file in UTF-8, without the byte order mark that some editors write.

    Parameters
    ----------
    file
        The file.
    kind
        What it should be, for the sentence: "JSON", "an .fcsv file".

    Raises
    ------
    FileError
        Other bytes, or the system refuses to read them.
    """
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise FileError(file, "", f"must be {kind} as text in UTF-8; it holds other bytes: give such a file.") from None
    except OSError as error:
        raise _unreadable(file, "", error) from None


def read_toml(file: Path) -> dict[str, object]:
    """The table in a TOML file.

    Raises
    ------
    FileError
        No TOML; the sentence names line and column.
    """
    text = read_text(file, "TOML")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        if key := _doubled(text, said):
            raise FileError(
                file, key, f"must stand once in its table; it stands twice{_at(said)}: leave one of them."
            ) from None
        raise FileError(file, "", f"must be TOML; {said[:1].lower()}{said[1:]}: mend it there.") from None
    except RecursionError:
        raise FileError(file, "", "must be TOML; its brackets are nested too deeply: write the file again.") from None
    except ValueError as error:
        # A number of thousands of digits.
        raise FileError(file, "", f"must be TOML; {error}: mend it.") from None


def _at(said: str) -> str:
    """', in line 3', where the parser's sentence says so."""
    line = re.search(r"at line (\d+)", said)
    return f", in line {line[1]}" if line else ""


def _doubled(text: str, said: str) -> str:
    """The key or table that stands twice, where that is what the parser complains of."""
    inline = re.search(r"uplicate inline table key '(.+?)'", said)
    if inline is not None:
        return inline[1]
    if not said.startswith(("Cannot overwrite", "Cannot declare", "Cannot mutate", "Cannot redefine")):
        return ""
    at = re.search(r"at line (\d+), column (\d+)", said)
    if at is None:
        return ""
    # The parser stops behind the value, which may end lines after its key.
    lines = text.splitlines()[: int(at[1])]
    for line in reversed(lines):
        found = re.match(r"\s*(?:\[{1,2}\s*([^\]]+?)\s*\]{1,2}|([\w\-.\"' ]+?)\s*=)", line)
        if found:
            return (found[1] or found[2]).strip()
    return ""


def settle(
    file: Path,
    *,
    stated: tuple[str | None, str | None],
    given: tuple[str | None, str | None],
    override: bool,
) -> Settled:
    """Coordinate system and unit from what the file states and what the caller gives.

    Raises
    ------
    FileError
        Nobody says, or the two contradict each other and `override` is off.
    """
    chosen: list[str] = []
    for name, in_file, asked in zip(("coordinate_system", "unit"), stated, given, strict=True):
        if in_file is None and asked is None:
            example = "LPS" if name == "coordinate_system" else "mm"
            raise FileError(
                file, name, f'must be known; neither the file nor the caller states it: say {name} = "{example}".'
            )
        if in_file is not None and asked is not None and in_file != asked and not override:
            raise FileError(
                file, name, f"the file states {in_file}; {asked} was asked for: leave {name} out, or set override."
            )
        chosen.append((asked if override or in_file is None else in_file) or in_file or "")
    return chosen[0], chosen[1]


def _unreadable(file: object, place: str, error: OSError | ValueError) -> FileError:
    said = getattr(error, "strerror", None) or error
    return FileError(file, place, f"cannot be read ({said}): check the name and your right to read it.")

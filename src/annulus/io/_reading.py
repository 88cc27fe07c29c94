"""A file that is to be read: is it there, does it lie where it may, its text; what is wrong in one sentence."""

from __future__ import annotations

import codecs
import re
import tomllib
from os import PathLike
from pathlib import Path

from annulus.errors import FileError, InputError, MissingFileError

__all__ = ["existing", "read_text", "read_toml", "within"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks that editors write; the longer ones first."""

_NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


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


def within(root: Path, name: str, *, place: str, named_in: object) -> Path:
    """The file that another one names, which lies in the folder `root`.

    Raises
    ------
    FileError
        The name leads out of the folder: an absolute path, or one with ``..``.
    """
    parts = re.split(r"[/\\]", name)
    if not name or name.startswith(("/", "\\")) or ".." in parts or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", name):
        raise FileError(
            named_in,
            place,
            f"must name a file in the folder {root}; got {name[:80]!r}, which leads out of it: copy the file there, or "
            "choose another root folder.",
        )
    return root / name


def read_text(file: Path, kind: str) -> str:
    """Text of a file: in UTF-8, in UTF-16 or UTF-32 as its byte order mark says, else in Windows' Latin letters.

    Parameters
    ----------
    file
        The file.
    kind
        What it should be, for the sentence: "JSON", "an .fcsv file".

    Raises
    ------
    FileError
        It holds bytes that no text has, or the system refuses to read it.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise _unreadable(file, "", error) from None
    coding = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if coding is None and len(data) > 3 and 0 in data[:2] and data[0] != data[1]:
        # Text begins with an ASCII letter: the zero beside it says how wide letters are.
        coding = "utf-16-le" if data[1] == 0 else "utf-16-be"
    for name in (coding,) if coding else ("utf-8", "cp1252", "latin-1"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if _NOT_TEXT.search(text):
            break
        return text.replace("\r\n", "\n").replace("\r", "\n")
    raise FileError(
        file, "", f"must be {kind} as text, best in UTF-8; it holds other bytes: give such a file."
    ) from None


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


def _unreadable(file: object, place: str, error: OSError | ValueError) -> FileError:
    said = getattr(error, "strerror", None) or error
    return FileError(file, place, f"cannot be read ({said}): check the name and your right to read it.")

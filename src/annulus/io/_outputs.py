"""Where a command may write: never over what it reads, and only where that will work; asked before the work is done."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from annulus.errors import FileError
from annulus.io._atomic import is_stream
from annulus.io._json import read_json
from annulus.io._reading import read_toml
from annulus.io._write_errors import require_file_target, require_folder_target

__all__ = ["files_read", "require_outputs"]

_PATH_LETTERS = 1024
"""A text of a file that is longer than this names no other file."""


def require_outputs(
    *outputs: Path | str | None,
    inputs: Iterable[Path | str | None] = (),
    folder: Path | str | None = None,
    root: Path | str | None = None,
) -> None:
    """Refuse outputs that are inputs, however they are spelled or linked, or that cannot be written.

    To be called before any work. Also an input is each file that an input names: the meshes of a case, the files of a
    recipe or a study.

    Parameters
    ----------
    outputs
        Files to write; None and ``-`` are none.
    inputs
        Files that are read; None is none.
    folder
        A folder that is written as a whole.
    root
        Folder that the paths in recipes start from; None for each file's own.

    Raises
    ------
    FileError
        An output is an input, or another output, or lies in `folder`; or it cannot be written.
    """
    files = [Path(path) for path in outputs if path is not None and str(path) != "-"]
    if folder is not None:
        require_folder_target(folder)
    for file in files:
        require_file_target(file)
    read = list(_with_named(inputs, None if root is None else Path(root)))
    for file in files:
        if is_stream(file):
            continue
        for one, named_in in read:
            if _same(file, one):
                what = f"the input {one}" if named_in is None else f"{one}, which {named_in} names"
                raise FileError(file, "", f"would be written over {what}: name another file.")
    for number, file in enumerate(files):
        if any(_same(file, other) for other in files[:number] if not is_stream(other)):
            raise FileError(file, "", "would be written twice, by two options: name two files.")
        if folder is not None and Path(os.path.realpath(file)).is_relative_to(os.path.realpath(folder)):
            raise FileError(file, "", f"lies in {folder}, which is replaced as a whole: name a file outside of it.")


def files_read(*inputs: Path | str, root: Path | str | None = None) -> tuple[Path, ...]:
    """The inputs that exist and the files that they name, such as the meshes of a case; each once, in order.

    Parameters
    ----------
    inputs
        Files.
    root
        As in `require_outputs`.
    """
    return tuple(path for path, _ in _with_named(inputs, None if root is None else Path(root)))


def _with_named(inputs: Iterable[Path | str | None], root: Path | None) -> Iterator[tuple[Path, Path | None]]:
    """The inputs that exist, and the files that they name with the file that names them."""
    todo: list[tuple[Path, Path | None]] = [(Path(path), None) for path in inputs if path is not None]
    seen: set[str] = set()
    while todo:
        path, named_in = todo.pop(0)
        if not _is_file(path) or (real := os.path.realpath(path)) in seen:
            continue
        seen.add(real)
        yield path, named_in
        home = path.parent if root is None else root
        # What the user names may have any suffix; what a file names is not opened unless it is text.
        texts = _texts(path, any_suffix=named_in is None)
        todo += [(home / text.partition("#")[0], path) for text in texts if 0 < len(text) <= _PATH_LETTERS]


def _texts(path: Path, *, any_suffix: bool) -> Iterator[str]:
    """Every text in a JSON or TOML file, none in others or where it cannot be read: its reader will say why."""
    suffix = path.suffix.lower()
    todo: list[object] = []
    for own, read in ((".json", read_json), (".toml", read_toml)):
        if suffix == own or (any_suffix and suffix not in (".json", ".toml")):
            with suppress(FileError):
                todo.append(read(path))
    while todo:
        value = todo.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            todo += value.values()
        elif isinstance(value, list) and not (value and isinstance(value[0], float)):
            todo += value


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _same(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file, by links of either kind or, where it is not there yet, by their spelling."""
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return os.path.realpath(one) == os.path.realpath(other)

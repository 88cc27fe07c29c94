"""The one way in which a file or folder is written: beside its target, then moved into place.

Who reads the target finds what was there before, or all of the new: a command that fails, is stopped or meets a full
disk changes nothing and leaves nothing behind. (Only ``kill -9`` leaves a hidden file, whose name begins with
``.annulus-part-``.) A symbolic link is followed; a device, pipe or ``/dev/stdout`` gets the bytes as they come.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from annulus.errors import AnnulusError, FileError
from annulus.io._write_errors import PART_PREFIX, require_file_target, require_folder_target, write_error

__all__ = [
    "is_standard_output",
    "is_stream",
    "replaced_file",
    "replaced_folder",
    "write_bytes",
    "write_text",
    "write_together",
]

_DESCRIPTOR = re.compile(r"/(?:dev/(?:fd/(\d+)|(stdout)|(stderr))|proc/self/fd/(\d+))")


def write_bytes(data: bytes, path: Path | str) -> None:
    """Write `data` to `path`, or leave everything as it was.

    Raises
    ------
    FileError
        It cannot be written: file, what is in the way, what to do.
    """
    write_together({Path(path): data})


def write_text(text: str, path: Path | str) -> None:
    """Write `text` in UTF-8 as `write_bytes` does, or print it where `path` is standard output."""
    if is_standard_output(path):
        if sys.stdout is None:
            raise FileError("-", "", "cannot be written, standard output is closed: name a file.")
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    write_bytes(text.encode("utf-8"), path)


def write_together(files: Mapping[Path, bytes]) -> None:
    """Write files that belong together: the last one names the others and is moved last, after all are complete.

    Until then nothing that was there is changed, provided that the others have names of their own.

    Raises
    ------
    FileError
        As `write_bytes`.
    """
    with _replaced(*files) as parts:
        for part, data in zip(parts, files.values(), strict=True):
            # A full disk may show only at the sync, so all are synced before the first is moved.
            with part.open("wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())


def is_standard_output(path: Path | str | None) -> bool:
    """Whether `path` is ``-``, or ``/dev/stdout`` under any of its names: what is written there is printed alone."""
    return path is not None and (str(path) == "-" or _descriptor(Path(path)) == 1)


def is_stream(path: Path | str) -> bool:
    """Whether `path` is a pipe or device, which takes bytes as they come and is never replaced."""
    file = Path(path)
    if _descriptor(file) is not None:
        return True
    try:
        return not (stat.S_ISREG(mode := file.stat().st_mode) or stat.S_ISDIR(mode))
    except (OSError, ValueError):
        return False


@contextmanager
def replaced_file(path: Path | str) -> Iterator[Path]:
    """A new, empty file with the suffix of `path`; it takes the place of `path` when the block ends well.

    Folders that are missing on the way are made. The new file gets the rights and owner of the one that it replaces.

    Raises
    ------
    FileError
        As `write_bytes`; any `OSError` of the block counts as one of writing this file.
    """
    with _replaced(path) as (part,):
        yield part


@contextmanager
def _replaced(*paths: Path | str) -> Iterator[tuple[Path, ...]]:
    """A new, empty file for each of `paths`; when the block ends well each takes its place, the last one last."""
    targets = [_Target(Path(path)) for path in paths]
    try:
        for target in targets:
            target.begin()
        yield tuple(target.part for target in targets)
        for target in targets:
            target.finish()
        for target in targets:
            target.move()
    # A pipe's reader that left is no fault of the file; what the block raised on purpose stays.
    except (AnnulusError, BrokenPipeError):
        raise
    except OSError as error:
        raise write_error(paths[-1], error) from error
    finally:
        # Told by what lies on the disk, so that a signal at any moment is answered right.
        complete = targets[-1].is_in_place
        for target in reversed(targets):
            target.discard(complete=complete)


@contextmanager
def replaced_folder(path: Path | str) -> Iterator[Path]:
    """A new, empty folder to write into; its content takes the place of that of `path` when the block ends well.

    The old content is kept aside until the new is in place. Whether it may be replaced is for the caller to ask before.

    Raises
    ------
    FileError
        As `replaced_file`.
    """
    require_folder_target(path)
    target = Path(os.path.realpath(path))
    # An existing folder keeps its rights, its place as somebody's working folder or mount, and changes its content.
    there = target.is_dir()
    home = target if there else target.parent
    scratch = home / f"{PART_PREFIX}{secrets.token_hex(4)}"
    made: list[Path] = []
    try:
        made = _make_folders(home)
        scratch.mkdir()
        new = scratch / "new"
        new.mkdir()
        yield new
        _sync_all(new)
        if there:
            _swap(new, scratch / "old", target)
        else:
            new.rename(target)
        _sync_folder(home)
    except (AnnulusError, BrokenPipeError):
        raise
    except OSError as error:
        raise write_error(path, error) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        _remove_empty(made)


def _swap(new: Path, old: Path, target: Path) -> None:
    """Exchange the content of `target`, all but the folder that holds `new` and `old`; all back where it fails."""
    names = [child.name for child in new.iterdir()]
    old.mkdir()
    try:
        for child in list(target.iterdir()):
            if child != new.parent:
                child.rename(old / child.name)
        for name in names:
            (new / name).rename(target / name)
    except BaseException:
        for name in names:
            if not (new / name).exists():
                (target / name).rename(new / name)
        for child in list(old.iterdir()):
            child.rename(target / child.name)
        raise


class _Target:
    """One file that is being replaced: where it goes, and where it is written until then."""

    def __init__(self, path: Path) -> None:
        self.descriptor = _descriptor(path)
        self.before: os.stat_result | None = None
        # Not resolved: /dev/stdout may lead to a file that the shell writes to.
        self.real = path
        if self.descriptor is None:
            require_file_target(path)
            self.real = Path(os.path.realpath(path))
            with suppress(FileNotFoundError):
                self.before = self.real.stat()
        self.streams = self.descriptor is not None or (
            self.before is not None and not stat.S_ISREG(self.before.st_mode)
        )
        self.name = f"{PART_PREFIX}{secrets.token_hex(4)}{path.suffix}"
        self.part = self.real.with_name(self.name)
        self.made: list[Path] = []
        self.begun = False

    @property
    def is_in_place(self) -> bool:
        """Whether the part has become the file."""
        return self.begun and not self.streams and not self.part.exists()

    def begin(self) -> None:
        """Make the empty part, with the rights that a new file gets here."""
        if self.streams:
            self.part = Path(tempfile.gettempdir(), self.name)
        self.made = _make_folders(self.part.parent)
        os.close(os.open(self.part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600 if self.streams else 0o666))
        self.begun = True

    def finish(self) -> None:
        """Bring the part to the disk, with the rights and owner of what it replaces."""
        if self.streams:
            return
        descriptor = os.open(self.part, os.O_RDONLY)
        try:
            if self.before is not None:
                with suppress(OSError):  # only root may give files away
                    os.fchown(descriptor, self.before.st_uid, self.before.st_gid)
                os.fchmod(descriptor, stat.S_IMODE(self.before.st_mode))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def move(self) -> None:
        """Put the part into its place, or its bytes through."""
        if self.streams:
            if sys.stdout is not None:
                sys.stdout.flush()
            descriptor = os.open(self.real, os.O_WRONLY) if self.descriptor is None else os.dup(self.descriptor)
            with os.fdopen(descriptor, "wb") as stream, self.part.open("rb") as part:
                shutil.copyfileobj(part, stream)
            return
        self.part.replace(self.real)
        _sync_folder(self.real.parent)

    def discard(self, *, complete: bool) -> None:
        """Take away what an attempt leaves; a new file too, unless all are in place."""
        with suppress(OSError):
            if self.is_in_place and self.before is None and not complete:
                self.real.unlink()
            self.part.unlink(missing_ok=True)
        _remove_empty(self.made)


def _descriptor(path: Path) -> int | None:
    """Number behind ``/dev/stdout``, ``/dev/fd/3`` and the like: to be written to as it stands, never replaced."""
    match = _DESCRIPTOR.fullmatch(os.path.normpath(path))
    if match is None:
        return None
    return 1 if match[2] else 2 if match[3] else int(match[1] or match[4])


def _sync_all(folder: Path) -> None:
    for home, _, names in os.walk(folder):
        for name in names:
            descriptor = os.open(Path(home, name), os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        _sync_folder(Path(home))


def _sync_folder(folder: Path) -> None:
    # What it holds is in place already, and some file systems cannot do this.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _make_folders(folder: Path) -> list[Path]:
    """Make `folder` and those above it that are missing; those that were made, outermost first."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    made: list[Path] = []
    try:
        for one in reversed(missing):
            one.mkdir(exist_ok=True)
            made.append(one)
    except OSError:
        _remove_empty(made)
        raise
    return made


def _remove_empty(folders: list[Path]) -> None:
    for folder in reversed(folders):
        with suppress(OSError):
            folder.rmdir()

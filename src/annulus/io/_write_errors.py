"""What is in the way of writing a file or folder, found before the work is done and said in one sentence."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from annulus.errors import FileError

__all__ = ["PART_PREFIX", "require_file_target", "require_folder_target", "write_error"]

PART_PREFIX = ".annulus-part-"
"""Names of files and folders that are still being written begin with this."""


def require_file_target(path: Path | str) -> None:
    """Refuse a path where no file can be written; nothing is made or changed.

    Raises
    ------
    FileError
        It is a folder or a disk, its folder is none, or the rights are missing.
    """
    file = Path(path)
    found = _status(file)
    if found is not None:
        if stat.S_ISDIR(found.st_mode):
            raise write_error(file, OSError(errno.EISDIR, ""))
        if stat.S_ISBLK(found.st_mode) or stat.S_ISSOCK(found.st_mode):
            raise FileError(file, "", "must be a file or a pipe; it is a disk or a socket: name another file.")
    if found is None or stat.S_ISREG(found.st_mode):
        _require_room(file, Path(os.path.realpath(file)).parent)
    if found is not None and not os.access(file, os.W_OK):
        raise _no_rights(file, file)


def require_folder_target(path: Path | str) -> None:
    """Refuse a path where no folder can be written; nothing is made or changed.

    Raises
    ------
    FileError
        It is a file, or the rights are missing.
    """
    folder = Path(path)
    found = _status(folder)
    if found is not None and not stat.S_ISDIR(found.st_mode):
        raise FileError(folder, "", "must be a folder; it is a file: name another folder.")
    real = Path(os.path.realpath(folder))
    _require_room(folder, real if found is not None else real.parent)


def write_error(path: Path | str, error: OSError) -> FileError:
    """The sentence for what the system answered."""
    reason = {
        errno.EISDIR: "must be a file; it is a folder: name a file in it",
        errno.ENOTDIR: "lies in something that is no folder: name a file in a folder",
        errno.ENOSPC: "cannot be written, the disk is full; nothing was changed: free space or name another disk",
        errno.EDQUOT: "cannot be written, your share of the disk is used up; nothing was changed: free space",
        errno.EFBIG: "cannot be written, it would be larger than files may be here; nothing was changed: name "
        "another disk or raise the limit",
        errno.EROFS: "cannot be written, the file system is read-only: name another folder",
        errno.ENAMETOOLONG: "has a name that is too long for the file system: name it shorter",
        errno.ELOOP: "is a symbolic link that leads back to itself: name another file",
    }.get(error.errno or 0)
    if error.errno in (errno.EACCES, errno.EPERM):
        blamed = Path(error.filename or path)
        return _no_rights(path, blamed.parent if blamed.name.startswith(PART_PREFIX) else blamed)
    return FileError(path, "", f"{reason or f'cannot be written ({error.strerror or error}): name another file'}.")


def _status(path: Path) -> os.stat_result | None:
    """What is there, links followed; None where nothing is."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise write_error(path, error) from None
    except ValueError as error:
        raise FileError(repr(str(path)), "", f"must be the name of a file ({error}): name another.") from None


def _require_room(path: Path, folder: Path) -> None:
    """The nearest folder that exists on the way must be one, and take new files."""
    try:
        while not folder.exists():
            folder = folder.parent
        if not folder.is_dir():
            raise FileError(path, "", f"must lie in a folder; {folder} is a file: name another.")
        if os.statvfs(folder).f_flag & os.ST_RDONLY:
            raise write_error(path, OSError(errno.EROFS, ""))
    except OSError as error:
        raise write_error(path, error) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _no_rights(path, folder)


def _no_rights(path: Path | str, what: object) -> FileError:
    where = "" if str(what) == str(path) else f" in {what}"
    return FileError(path, "", f"cannot be written, the right to write{where} is missing: name another file.")

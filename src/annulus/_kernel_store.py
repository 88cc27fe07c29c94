"""Where compiled kernels lie between runs: one file each, in a folder named by a digest of what they are compiled from.

numba's own cache does not see a change in a helper of another file, believes whoever wrote its files, ends in a
traceback where a file is damaged or a disk is full, and two processes can mix up its index. Here nothing that happens
to a file does more harm than that a kernel is compiled again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from annulus.errors import InputError

__all__ = ["KernelStore", "open_store"]

_PACKAGE = Path(__file__).resolve().parent
_OURS = re.compile(r"annulus-kernels-[0-9a-f]{16}")
_OTHERS_KEPT = 3  # folders of other states of the sources: branches, versions, Pythons
_CHECK_BYTES = 16


@dataclass(frozen=True, slots=True)
class KernelStore:
    """Compiled kernels as bytes under names.

    Parameters
    ----------
    roots
        Folders that may hold the store, best first.
    settings
        What compiled code depends on besides its sources: versions and compiler settings.
    folder
        Name of the store's folder in its root, with the digest; empty where there are no sources to take one of, and
        then nothing is kept.
    """

    roots: tuple[Path, ...]
    settings: str
    folder: str

    def read(self, name: str) -> bytes | None:
        """What was written under `name`; None where there is nothing, or nothing whole that may be trusted."""
        for root in self.roots if self.folder else ():
            try:
                with (root / self.folder / name).open("rb") as file:
                    whole = file.read() if _trusted(os.fstat(file.fileno())) else b""
            except OSError:
                continue
            content = whole[_CHECK_BYTES:]
            if whole[:_CHECK_BYTES] == self._check(name, content):
                return content
        return None

    def write(self, name: str, content: bytes) -> bool:
        """Keep `content` under `name` in the first root that takes it; whether one did."""
        # Sources may change under a running process, whose code then is no longer what the folder's name says.
        if not self.folder or _folder_name(self.settings) != self.folder:
            return False
        for root in self.roots:
            folder = root / self.folder
            try:
                fresh = not folder.is_dir()
                folder.mkdir(parents=True, exist_ok=True)
                _write_whole(folder / name, self._check(name, content) + content)
            except OSError:
                continue
            if fresh:
                _remove_old(root, keep=self.folder)
            return True
        return False

    def _check(self, name: str, content: bytes) -> bytes:
        """Digest of content and name, so that neither a damaged nor a renamed file passes."""
        digest = hashlib.blake2b(f"{self.folder}/{name}\n".encode(), digest_size=_CHECK_BYTES)
        digest.update(content)
        return digest.digest()


def open_store(chosen: str, settings: str) -> KernelStore:
    """The store of the present sources; reads their files and touches no other.

    Parameters
    ----------
    chosen
        Folder that the user named in ``NUMBA_CACHE_DIR``. When empty: beside the kernels, else the user's cache folder,
        whichever can be written.
    settings
        Versions and compiler settings that compiled code depends on.

    Raises
    ------
    InputError
        The folder that the user named cannot be written.
    """
    folder = _folder_name(settings)
    if not chosen:
        return KernelStore((_PACKAGE / "kernels" / "__pycache__", *_user_cache()), settings, folder)
    root = Path(chosen).absolute()
    if not _can_be_written(root) and not os.path.isdir(root / folder):  # noqa: PTH112  # Path's raises without rights
        raise InputError(
            "NUMBA_CACHE_DIR must name a folder that can be written, for the compiled kernels; "
            f"got {chosen!r}: name another folder or unset it."
        )
    # Where users share a folder the first one owns the store in it, and the others need their own.
    return KernelStore((root, root / f"user-{os.geteuid()}"), settings, folder)


def _folder_name(settings: str) -> str:
    """Name with a digest of the kernels, of all that they import and of `settings`; empty without source files."""
    digest = hashlib.sha256(settings.encode())
    kernels = sorted((_PACKAGE / "kernels").rglob("*.py"))
    try:
        for path in (*kernels, *(_PACKAGE / f"{name}.py" for name in ("_jit", "_kernel_store", "_typing"))):
            content = path.read_bytes()
            digest.update(f"\n{path.relative_to(_PACKAGE).as_posix()} {len(content)}\n".encode())
            digest.update(content)
    except OSError:
        return ""
    return f"annulus-kernels-{digest.hexdigest()[:16]}" if kernels else ""


def _user_cache() -> tuple[Path, ...]:
    """The user's cache folder as the XDG base directories say; none where the user has no home."""
    with contextlib.suppress(RuntimeError):
        for place in (os.environ.get("XDG_CACHE_HOME", ""), "~/.cache"):
            if place and Path(place).expanduser().is_absolute():
                return (Path(place).expanduser() / "annulus",)
    return ()


def _can_be_written(folder: Path) -> bool:
    """Whether `folder` takes files, or can be made: asked of the nearest place on its path that exists."""
    place = next(place for place in (folder, *folder.parents) if os.path.exists(place))  # noqa: PTH110
    return place.is_dir() and os.access(place, os.W_OK | os.X_OK)


def _trusted(file: os.stat_result) -> bool:
    """Whether only this user, root or the owner of the package could have written a file.

    Loading a compiled kernel runs what the file says.
    """
    owners = {0, os.geteuid(), _PACKAGE.stat().st_uid}
    return file.st_uid in owners and not file.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _write_whole(path: Path, content: bytes) -> None:
    """Write so that other processes see the whole file or none."""
    handle, temporary = tempfile.mkstemp(prefix=path.name, suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            os.fchmod(handle, 0o644)
            if not _trusted(os.fstat(handle)):  # a file system that gives files to others
                raise PermissionError(f"{temporary} belongs to another user.")
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _remove_old(root: Path, *, keep: str) -> None:
    """Remove stores of other states of the sources but the latest few; a process that uses one compiles again."""
    with contextlib.suppress(OSError):
        found = (path for path in root.iterdir() if _OURS.fullmatch(path.name) and path.name != keep)
        for old in sorted(found, key=lambda path: path.lstat().st_mtime, reverse=True)[_OTHERS_KEPT:]:
            shutil.rmtree(old, ignore_errors=True)

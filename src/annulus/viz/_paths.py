"""Which files pictures and movies are written to."""

from __future__ import annotations

from pathlib import Path

from annulus.errors import FileError
from annulus.io import require_outputs

__all__ = ["movie_path", "picture_path"]

_PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
_MOVIES = (".mp4", ".gif")


def picture_path(path: str | Path) -> Path:
    """Path of a picture; raises `FileError` where its suffix is none that is written, or it cannot be written."""
    return _path(path, _PICTURES, "a picture's")


def movie_path(path: str | Path) -> Path:
    """Path of a movie; raises `FileError` where its suffix is none that is written, or it cannot be written."""
    return _path(path, _MOVIES, "a movie's")


def _path(path: str | Path, suffixes: tuple[str, ...], whose: str) -> Path:
    path = Path(path)
    if path.suffix.lower() not in suffixes:
        raise FileError(path, "", f"{whose} suffix must be one of {', '.join(suffixes)}; got {path.suffix!r}.")
    require_outputs(path)
    return path

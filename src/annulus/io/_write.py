"""Everything out, by suffix."""

from __future__ import annotations

from pathlib import Path

from annulus.anatomy import Case
from annulus.errors import InputError
from annulus.geometry import Curve, Loop, Surface
from annulus.io._registry import Content, writer

__all__ = ["write"]

_CONTENTS = ((Case, Content.CASE), (Surface, Content.SURFACE), (Curve, Content.CURVE), (Loop, Content.LOOP))


def write(x: Case | Surface | Curve | Loop, path: Path | str) -> None:
    """Write a case, surface, curve or loop in the format that the suffix names.

    ======================== =========================================================================
    case                     ``.json``, ``.mrk.json`` (contour, landmarks, vein, arteries), ``.glb``
    surface                  ``.ply``, ``.stl``, ``.vtp``, ``.glb``
    curve                    ``.mrk.json``, ``.csv`` (a row a point)
    loop                     ``.mrk.json``
    ======================== =========================================================================

    Raises
    ------
    FileError
        A suffix that is unknown, or that cannot hold this; or the file cannot be written, and is as it was.
    """
    for kind, content in _CONTENTS:
        if isinstance(x, kind):
            writer(Path(path), content)(x, Path(path))
            return
    raise InputError(f"x must be a Case, Surface, Curve or Loop to be written; got a {type(x).__name__}.")

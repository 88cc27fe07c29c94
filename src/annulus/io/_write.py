"""Everything out, by suffix."""

from __future__ import annotations

from pathlib import Path

from annulus.anatomy import Case
from annulus.errors import InputError
from annulus.geometry import Curve, Loop, Surface
from annulus.io._deformed import Deformed
from annulus.io._registry import WRITERS, Content, suffixes, writer

__all__ = ["write"]

_CONTENTS = ((Case, Content.CASE), (Surface, Content.SURFACE), (Curve, Content.CURVE), (Loop, Content.LOOP))


def write(x: Case | Deformed | Surface | Curve | Loop, path: Path | str) -> None:
    """Write a case, its deformed state, a surface, curve or loop in the format that the suffix names.

    ======================== =========================================================================
    case, deformed state     ``.json``, ``.mrk.json`` (contour, landmarks, vein, arteries, device),
                             ``.glb``, ``.vtp`` (centrelines), SlicerHeart's tables by their names,
                             ``.feb`` (leaflets), ``.inp`` (cinching network)
    surface                  ``.ply``, ``.stl``, ``.vtp``, ``.glb``
    curve                    ``.mrk.json``, ``.csv`` (a row a point), ``.vtp``
    loop                     ``.mrk.json``
    ======================== =========================================================================

    Raises
    ------
    FileError
        A suffix that is unknown, or that cannot hold this; or the file cannot be written, and is as it was.
    """
    file = Path(path)
    if isinstance(x, Deformed):
        if file.name.lower().endswith(suffixes(WRITERS, Content.DEFORMED)):
            writer(file, Content.DEFORMED)(x, file)
        else:
            writer(file, Content.CASE)(x.case, file)
        return
    for kind, content in _CONTENTS:
        if isinstance(x, kind):
            writer(file, content)(x, file)
            return
    raise InputError(f"x must be a Case, Deformed, Surface, Curve or Loop to be written; got a {type(x).__name__}.")

"""Still pictures of a report, as data that stand in the page."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from annulus.anatomy import Case
from annulus.errors import DependencyError, InputError
from annulus.report._section import Section
from annulus.viz import plot_gaps, screenshot

__all__ = ["pictures"]

_SIZE = (1600, 1200)


def pictures(case: Case, document: Mapping[str, Any], name: str) -> Section:
    """The scene from all sides; where OpenGL is absent, why there is none.

    Raises
    ------
    FileError
        The result is not of this case.
    """
    title = "Pictures"
    with tempfile.TemporaryDirectory() as folder:
        try:
            path = screenshot(case, Path(folder) / "all.png", document, view="all", size=_SIZE, file=name)
        except DependencyError as error:
            return Section(title, "lines", [f"Absent: {error}"])
        shown = [_picture(path.read_bytes(), "Surgeon's view, from posterior and from the left.")]
        try:
            gaps = Path(folder) / "gaps.png"
            plot_gaps(case, document).savefig(gaps)
            caption = "Gap of the nearest artery along the vein before and after; device and crossings are marked."
            shown.append(_picture(gaps.read_bytes(), caption))
        except InputError:
            pass  # no artery, or a radius is unknown: the section on arteries says so
    return Section(title, "pictures", shown)


def _picture(png: bytes, caption: str) -> dict[str, str]:
    return {"data": base64.b64encode(png).decode(), "caption": caption}

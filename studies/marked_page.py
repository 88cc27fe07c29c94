"""Put a study's text into a page, between two marks that stand there already."""

from __future__ import annotations

from pathlib import Path

from annulus.errors import FileError

__all__ = ["put_between"]


def put_between(page: Path, start: str, end: str, text: str) -> None:
    """Replace what stands between the first `start` and the `end` after it; all else of the page stays.

    Raises
    ------
    FileError
        The page lacks one of the marks.
    """
    before, _, rest = page.read_text(encoding="utf-8").partition(start)
    _, found, after = rest.partition(end)
    if not found:
        raise FileError(page, "", f"must hold the lines {start} and {end}, in this order; add them.")
    page.write_text(f"{before}{start}\n\n{text}\n{end}{after}", encoding="utf-8")

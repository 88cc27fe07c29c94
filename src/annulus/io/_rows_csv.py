"""Tables out: rows of one kind as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from annulus.io._atomic import write_text

__all__ = ["write_rows"]


def write_rows(rows: Iterable[Mapping[str, object]], path: Path | str, *, columns: Sequence[str]) -> None:
    """Write rows as CSV with one line of names; to standard output for ``-``. What is None is an empty cell.

    Raises
    ------
    FileError
        The file cannot be written, and is as it was.
    """
    text = io.StringIO()
    table = csv.DictWriter(text, columns, lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    write_text(text.getvalue(), path)

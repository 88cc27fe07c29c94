"""Tables of text: comma, semicolon (then with decimal commas too), tab or blanks between the columns."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from annulus.errors import FileError
from annulus.io._reading import read_text

__all__ = ["Table", "read_table"]


@dataclass(frozen=True)
class Table:
    """Header and rows; columns are known by their names in small letters.

    Parameters
    ----------
    file
        Where it stood.
    names
        Column names as they stand in the file.
    rows
        Number of the line, and its fields.
    decimal_comma
        Whether numbers may be written with one.
    """

    file: Path
    names: tuple[str, ...]
    rows: tuple[tuple[int, Sequence[str]], ...]
    decimal_comma: bool

    @property
    def keys(self) -> tuple[str, ...]:
        """Column names in small letters."""
        return tuple(name.lower() for name in self.names)

    def column(self, *known: str) -> int | None:
        """Number of the first column that has one of these names."""
        return next((self.keys.index(name.lower()) for name in known if name.lower() in self.keys), None)

    def text(self, row: Sequence[str], *known: str) -> str:
        """A field as text; empty where there is no such column."""
        at = self.column(*known)
        return "" if at is None else row[at].strip()

    def number(self, line: int, row: Sequence[str], *known: str) -> float:
        """A field as a finite number.

        Raises
        ------
        FileError
            It is none, or there is no such column.
        """
        text = self.text(row, *known)
        try:
            value = float(text.replace(",", ".") if self.decimal_comma else text)
        except ValueError:
            value = math.nan
        if not abs(value) < 1e100:
            raise FileError(
                self.file, f"line {line}", f"{known[0]} must be a finite number; got {text[:40]!r}: mend the line."
            )
        return value

    def whole(self, line: int, row: Sequence[str], *known: str) -> int:
        """A field as a whole number."""
        value = self.number(line, row, *known)
        if value != int(value):
            raise FileError(
                self.file, f"line {line}", f"{known[0]} must be a whole number; got {value:g}: mend the line."
            )
        return int(value)


def read_table(file: Path) -> Table:
    """The table in a file.

    Raises
    ------
    FileError
        No table, no rows, a column that stands twice, or a row of another length.
    """
    text = read_text(file, "a CSV table").lstrip("\n")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    if not first.count(delimiter):
        text, delimiter = "\n".join(",".join(line.split()) for line in text.split("\n")), ","
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        rows = [(reader.line_num, row) for row in reader if any(field.strip() for field in row)]
    except csv.Error as error:
        raise FileError(file, "", f"must be a CSV table; reading it failed ({error}): export it again.") from None
    if not rows:
        raise FileError(file, "", "must hold a header and rows; it has no rows: export it again.")
    names = [name.strip() for name in rows[0][1]]
    while names and not names[-1]:
        names.pop()
    lowered = [name.lower() for name in names]
    for name in names:
        if name and lowered.count(name.lower()) > 1:
            raise FileError(file, "line 1", f"columns must differ; {name[:40]!r} stands twice: leave one of them.")
    if len(rows) == 1:
        raise FileError(file, "", "must hold a header and rows; it has no rows: export it again.")
    for line, row in rows[1:]:
        extra = any(field.strip() for field in row[len(names) :])
        if extra or len(row) < len(names):
            verb = "has more" if extra else "ends too early"
            raise FileError(
                file,
                f"line {line}",
                f"must have a value in each of {len(names)} columns; it {verb}: the row is cut or damaged, export the "
                "table again.",
            )
    return Table(file, tuple(names), tuple(rows[1:]), delimiter != ",")

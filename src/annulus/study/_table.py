"""The rows of a finished study, read back: whole, or only the columns that are wanted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from annulus.errors import DependencyError, FileError, InputError
from annulus.io._schema import nearest_of
from annulus.study._store import pyarrow, read_manifest

__all__ = ["Table", "study_files", "study_frame"]

Table: TypeAlias = Any
"""A `pandas.DataFrame`; pandas is not imported before it is needed, and type checkers know too little of it."""


def study_files(folder: Path | str) -> list[Path]:
    """The Parquet files of a study, in the order of their rows.

    Raises
    ------
    FileError
        The folder holds no study.
    """
    read_manifest(folder)
    return sorted(path for path in (Path(folder) / "rows").glob("chunk-*.parquet") if _NAME.fullmatch(path.name))


def study_frame(folder: Path | str, columns: Sequence[str] | None = None) -> Table:
    """Rows as a pandas table, in their order; of an unfinished study those that are there.

    Parameters
    ----------
    folder
        Of the study.
    columns
        Those wanted; None for all.

    Raises
    ------
    FileError
        The folder holds no study, or no row yet, or a file that is no Parquet.
    InputError
        An unknown column.
    DependencyError
        pandas or pyarrow is not installed.
    """
    arrow = pyarrow()
    try:
        import pandas as pd
    except ImportError as error:
        raise DependencyError("tables of studies need pandas: pip install 'annulus[study]'.") from error
    known = read_manifest(folder)["columns"]
    for name in columns or ():
        if name not in known:
            near = nearest_of(name, known)
            advice = f"did you mean {near!r}?" if near else "study.json lists them."
            raise InputError(f"columns must be of the study; got {name!r}: {advice}")
    files = study_files(folder)
    if not files:
        raise FileError(folder, "", "has no finished rows yet: run the study again, it goes on.")

    def parts() -> Iterator[Table]:
        for path in files:
            try:
                yield arrow.parquet.ParquetFile(path).read(columns=columns and list(columns)).to_pandas()
            except (arrow.ArrowException, OSError) as error:
                raise FileError(path, "", f"is damaged ({error}): run the study again, it is computed anew.") from None

    return pd.concat(parts(), ignore_index=True)


_NAME = re.compile(r"chunk-\d{6}-[0-9a-f]{16}\.parquet")

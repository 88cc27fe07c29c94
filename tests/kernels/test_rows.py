"""Every row of every kernel table: compiled equals interpreted equals reference."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel_rows import KernelRow, check_row, load_rows, row_files


def _parameters() -> list:
    parameters = []
    for path in row_files():
        try:
            rows = load_rows(path)
        except Exception as error:  # one broken file must not hide the rows of the others
            parameters.append(pytest.param(error, id=path.stem))
            continue
        parameters.extend(pytest.param(row, id=str(row)) for row in rows)
    return parameters


@pytest.mark.parametrize("row", _parameters())
def test_row(row: KernelRow | Exception) -> None:
    if isinstance(row, Exception):
        raise row
    check_row(row)


def test_there_are_rows() -> None:
    assert any(isinstance(path, Path) for path in row_files())

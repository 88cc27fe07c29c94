"""A short run of `tests/fuzz_readers.py`: damaged files of every kind give an answer or one sentence."""

from __future__ import annotations

import warnings
from pathlib import Path

from fuzz_readers import fuzz


def test_damaged_files_give_one_sentence(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = fuzz(8.0, keep=tmp_path)
    assert not run.broken, "\n".join(run.broken[:10])
    assert run.files > 0 and run.refused > 0

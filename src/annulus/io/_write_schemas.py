"""``python -m annulus.io._write_schemas FOLDER``: write the published JSON Schemas."""

from __future__ import annotations

import sys
from pathlib import Path

from annulus.io._atomic import write_text
from annulus.io._result import schema_files

__all__ = ["write_schemas"]


def write_schemas(folder: Path) -> None:
    """Write every schema into `folder`."""
    for name, text in schema_files().items():
        write_text(text, folder / name)


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/schemas"))

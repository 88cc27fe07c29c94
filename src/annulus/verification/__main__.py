"""Run the whole suite and put its table into a page: ``python -m annulus.verification docs/validation.md``."""

from __future__ import annotations

import sys
from pathlib import Path

from annulus.io import write_text
from annulus.verification._page import validation_page
from annulus.verification._suite import verify

if __name__ == "__main__":
    page = Path(sys.argv[1])
    present = page.read_text(encoding="utf-8") if page.exists() else ""
    write_text(validation_page(verify(full=True), present), page)

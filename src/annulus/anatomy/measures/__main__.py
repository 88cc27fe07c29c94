"""Write the page of all measures to standard output: ``python -m annulus.anatomy.measures > docs/measures.md``."""

from __future__ import annotations

import sys

from annulus.anatomy.measures._registry import measures_page

if __name__ == "__main__":
    sys.stdout.write(measures_page())

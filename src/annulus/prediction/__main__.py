"""Write the page of all quantities to standard output: ``python -m annulus.prediction > docs/quantities.md``."""

from __future__ import annotations

import sys

from annulus.prediction._catalogue import quantities_page

sys.stdout.write(quantities_page())

"""Write the page of all therapies to standard output: ``python -m annulus.therapies > docs/therapies.md``."""

from __future__ import annotations

import sys

from annulus.therapies import ALL_THERAPIES
from annulus.therapies._page import therapies_page

sys.stdout.write(therapies_page(ALL_THERAPIES))

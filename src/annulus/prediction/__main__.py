"""Write a page made from the catalogue to standard output.

``python -m annulus.prediction > docs/quantities.md``, ``python -m annulus.prediction safety > docs/safety.md``.
"""

from __future__ import annotations

import sys

from annulus.prediction._catalogue import quantities_page
from annulus.prediction._safety import safety_page

sys.stdout.write(safety_page() if sys.argv[1:] == ["safety"] else quantities_page())

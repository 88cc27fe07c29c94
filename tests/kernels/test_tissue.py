"""Rows of `annulus.kernels.tissue`: the law in numpy."""

from __future__ import annotations

import numpy as np

from annulus.kernels.tissue import fibre_law, lee_sacks
from kernel_rows import kernel_rows
from sheet_samples import FIBRES, ISOTROPIC, slow_fibre, slow_lee_sacks

ROWS = [
    *kernel_rows(
        lee_sacks,
        reference=lambda law, s: slow_lee_sacks(law, np.float64(s)),
        small=lambda: (ISOTROPIC, 0.3),
        large=lambda: (ISOTROPIC, 2.0),
        degenerate=lambda: (FIBRES, 0.0),
    ),
    *kernel_rows(
        fibre_law,
        reference=lambda law, s: slow_fibre(law, np.float64(s)),
        small=lambda: (FIBRES, 0.3),
        large=lambda: (FIBRES, 2.0),
        degenerate=lambda: (FIBRES, -0.1),
    ),
]

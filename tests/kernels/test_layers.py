"""Rows of `annulus.kernels.layers`: densities by 2 x 2 matrices, stresses by complex steps, tangents by differences."""

from __future__ import annotations

import numpy as np

from annulus.kernels.layers import layers_energy, layers_terms, positive_part
from kernel_rows import kernel_rows
from sheet_samples import (
    FIBRES,
    ISOTROPIC,
    pulling,
    slow_layers_energy,
    slow_layers_stress,
    slow_layers_tangent,
    symmetric,
)

# Metric, curvature [1/mm], fibres, lever [mm]: stretched and bent both ways; pressed together, one way and twisted.
PULLED = (1.5, 0.1, 1.3), (0.4, -0.1, 0.3), 0.8, 0.6, 0.2
PRESSED = (0.8, -0.05, 0.9), (0.5, 0.4, -0.2), 0.28, -0.96, 0.25
FLAT = (1.0, 0.0, 1.0), (0.0, 0.0, 0.0), 1.0, 0.0, 0.2
FOLDED = (1.1, 0.0, 1.2), (7.0, 0.0, 0.0), 1.0, 0.0, 0.2


def slow(law, c, k, p, q, lever):
    return law, symmetric(c), symmetric(k), np.array([p, q]), lever


def terms(law, sheet, *, projected: bool, size: int = 6):
    return law, *sheet, projected, np.zeros((11, 6)), np.full((size, 6), 7.0)


def slow_terms(law, c, k, p, q, lever, projected, scratch, tangent):
    own = slow(law, c, k, p, q, lever)
    found = np.zeros_like(tangent)
    if projected and len(tangent):
        found = slow_layers_tangent(*own)
    elif len(tangent):
        start, h = np.array([*c, *k]), 1e-6
        for v, way in enumerate(h * np.eye(6)):
            ends = [
                slow_layers_stress(law, symmetric(at[:3]), symmetric(at[3:]), *own[3:])
                for at in (start + way, start - way)
            ]
            found[v] = (ends[0] - ends[1]) / (2.0 * h)
    return (slow_layers_energy(*own), tuple(slow_layers_stress(*own))), np.tril(found)


ROWS = [
    *kernel_rows(
        layers_energy,
        reference=lambda *a: float(slow_layers_energy(*slow(*a))),
        small=lambda: (ISOTROPIC, *PULLED),
        large=lambda: (FIBRES, *PRESSED),
        degenerate=lambda: (ISOTROPIC, *FOLDED),
    ),
    *kernel_rows(
        layers_terms,
        reference=slow_terms,
        small=lambda: terms(FIBRES, PULLED, projected=False),
        large=lambda: terms(ISOTROPIC, PRESSED, projected=False),
        degenerate=lambda: terms(FIBRES, FLAT, projected=False, size=0),
        rtol=1e-8,
        atol=1e-10,
        output=lambda returned, a: (returned, np.tril(a[-1])),
    ),
    *kernel_rows(
        layers_terms,
        reference=slow_terms,
        small=lambda: terms(FIBRES, PULLED, projected=True),
        large=lambda: terms(ISOTROPIC, PRESSED, projected=True),
        degenerate=lambda: terms(ISOTROPIC, FLAT, projected=True),
        rtol=1e-11,
        output=lambda returned, a: (returned, np.tril(a[-1])),
    ),
    *kernel_rows(
        positive_part,
        reference=lambda s: tuple(pulling(symmetric(s))[[0, 0, 1], [0, 1, 1]]),
        small=lambda: ((2.0, 0.5, 1.0),),
        large=lambda: ((0.3, -0.9, -0.4),),
        degenerate=lambda: ((-1.0, 0.0, -1.0),),
    ),
]


def test_what_presses_takes_from_the_tangent() -> None:
    own = slow(ISOTROPIC, *PRESSED)
    stress = slow_layers_stress(*own)
    assert np.linalg.eigvalsh(symmetric(stress[:3] * [1.0, 0.5, 1.0])).min() < 0.0
    assert np.linalg.eigvalsh(slow_layers_tangent(*own)).min() > -1e-12

"""Coronary-sinus mitral annuloplasty: from a heart's geometry to the predicted effect of a device.

The everyday names load on first use, so that ``import annulus`` costs nothing and pulls in no graphics.
Research use only: not a medical device.
"""

from __future__ import annotations

import importlib
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from annulus.anatomy import Annulus, Artery, Case, CoronarySinus
    from annulus.anatomy.measures import measure
    from annulus.devices import DoubleAnchor
    from annulus.geometry import Curve, Frame, Loop, Surface
    from annulus.io import load_case, save_case
    from annulus.planning import simulate
    from annulus.population import sample_population

__all__ = [
    "Annulus",
    "Artery",
    "Case",
    "CoronarySinus",
    "Curve",
    "DoubleAnchor",
    "Frame",
    "Loop",
    "Surface",
    "__version__",
    "load_case",
    "measure",
    "sample_population",
    "save_case",
    "simulate",
]

__version__ = "0.1.0"

_HOME = MappingProxyType(
    {
        "Annulus": "annulus.anatomy",
        "Artery": "annulus.anatomy",
        "Case": "annulus.anatomy",
        "CoronarySinus": "annulus.anatomy",
        "Curve": "annulus.geometry",
        "DoubleAnchor": "annulus.devices",
        "Frame": "annulus.geometry",
        "Loop": "annulus.geometry",
        "Surface": "annulus.geometry",
        "load_case": "annulus.io",
        "measure": "annulus.anatomy.measures",
        "sample_population": "annulus.population",
        "save_case": "annulus.io",
        "simulate": "annulus.planning",
    }
)


def __getattr__(name: str) -> object:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'annulus' has no attribute {name!r}")
    return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)

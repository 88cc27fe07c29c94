"""Coronary-sinus mitral annuloplasty: from a heart's geometry to the predicted effect of a device.

The everyday names:

    load_case, save_case     a heart from a file, into a file
    Case                     one heart in one phase
    measure                  annulus, coronary sinus, circumflex of a case
    therapy                  a therapy from its name, such as carillon-9-18-60, ring-28, clip-XTW, none
    Therapy                  what every therapy is, to derive one of your own from
    simulate                 do a therapy to a heart and predict what follows
    Result                   what `simulate` gives: numbers, intervals, flags, assumptions, the result file

Shapes are in `annulus.geometry` and `annulus.anatomy`, the catalogue of devices in `annulus.therapies`, pictures in
`annulus.viz`. Names and subpackages load on first use, so that ``import annulus`` costs nothing and pulls in no
graphics.
Lengths are in mm, forces in N, coordinates LPS; every key of a result names its unit.

Research use only: not a medical device.
"""

from __future__ import annotations

import importlib
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from annulus.anatomy import Case
    from annulus.anatomy.measures import measure
    from annulus.io import load_case, save_case
    from annulus.planning import simulate
    from annulus.prediction import Result
    from annulus.therapies import Therapy, therapy

__all__ = [
    "Case",
    "Result",
    "Therapy",
    "__version__",
    "load_case",
    "measure",
    "save_case",
    "simulate",
    "therapy",
]

__version__ = "0.1.0"

_HOME = MappingProxyType(
    {
        "Case": "annulus.anatomy",
        "Result": "annulus.prediction",
        "Therapy": "annulus.therapies",
        "load_case": "annulus.io",
        "measure": "annulus.anatomy.measures",
        "save_case": "annulus.io",
        "simulate": "annulus.planning",
        "therapy": "annulus.therapies",
    }
)

_SUBPACKAGES = (
    "anatomy",
    "bench",
    "geometry",
    "heart",
    "io",
    "mechanics",
    "outcomes",
    "planning",
    "population",
    "prediction",
    "therapies",
    "verification",
    "viz",
)


def __getattr__(name: str) -> object:
    home = _HOME.get(name)
    if home is not None:
        return getattr(importlib.import_module(home), name)
    if name in _SUBPACKAGES:
        return importlib.import_module(f"annulus.{name}")
    raise AttributeError(f"module 'annulus' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, *_SUBPACKAGES])

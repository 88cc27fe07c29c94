"""Coronary-sinus mitral annuloplasty: from a heart's geometry to the predicted effect of a device.

The everyday names:

    load_case, save_case     a heart from a file, into a file
    Case                     one heart in one phase
    measure                  annulus, coronary sinus, circumflex of a case
    therapy                  a therapy from its name, such as carillon-9-18-60, rods-2, bridge-8, ring-28, clip-XTW
    Therapy                  what every therapy is, to derive one of your own from
    simulate                 do a therapy to a heart and predict what follows
    compare                  therapies side by side in equal worlds
    evaluate                 a prediction beside the anatomy imaged after an implant
    plan                     which size, where, how hard, for one heart or many
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
    # Named one by one for editors and type checkers; a test compares them with the folders.
    from annulus import anatomy as anatomy
    from annulus import bench as bench
    from annulus import cli as cli
    from annulus import errors as errors
    from annulus import geometry as geometry
    from annulus import heart as heart
    from annulus import io as io
    from annulus import kernels as kernels
    from annulus import mechanics as mechanics
    from annulus import outcomes as outcomes
    from annulus import planning as planning
    from annulus import population as population
    from annulus import prediction as prediction
    from annulus import quantity as quantity
    from annulus import sources as sources
    from annulus import study as study
    from annulus import therapies as therapies
    from annulus import units as units
    from annulus import verification as verification
    from annulus import viz as viz
    from annulus.anatomy import Case
    from annulus.anatomy.measures import measure
    from annulus.io import load_case, save_case
    from annulus.planning import compare, evaluate, plan, simulate
    from annulus.prediction import Result
    from annulus.study import run_study
    from annulus.therapies import Therapy, therapy

__all__ = [
    "Case",
    "Result",
    "Therapy",
    "__version__",
    "compare",
    "evaluate",
    "load_case",
    "measure",
    "plan",
    "run_study",
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
        "compare": "annulus.planning",
        "evaluate": "annulus.planning",
        "load_case": "annulus.io",
        "measure": "annulus.anatomy.measures",
        "plan": "annulus.planning",
        "run_study": "annulus.study",
        "save_case": "annulus.io",
        "simulate": "annulus.planning",
        "therapy": "annulus.therapies",
    }
)


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    if name in _submodules():
        return importlib.import_module(f"annulus.{name}")
    raise AttributeError(f"module 'annulus' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, *_submodules()})


def _submodules() -> set[str]:
    """Public modules and subpackages, as the folder has them."""
    import pkgutil

    return {item.name for item in pkgutil.iter_modules(__path__) if not item.name.startswith("_")}

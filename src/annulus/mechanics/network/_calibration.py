"""The calibration shipped with the package: fitted stiffnesses, their joint spread, and how they came about.

Both files are written by ``calibration/ovine/calibrate.py``; what they say and what they leave open is in
``docs/calibration.md``.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

import numpy as np

from annulus._arrays import locked
from annulus._typing import FloatArray

__all__ = ["CALIBRATION_SOURCE", "Calibration", "calibrated_value", "calibration"]

CALIBRATION_SOURCE = "ovine-cs-cinch-pmc4033577"
"""Where the fitted data come from."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """What the ovine suture says about the stiffnesses [ovine-cs-cinch-pmc4033577].

    Parameters
    ----------
    fitted
        Values of the fitted parameters, in the units of `CINCH_PRIORS`; the others keep their prior's centre.
    names
        Columns of `draws`: stiffnesses, ostium and friction, which vary together, and the factor from sheep to human.
    draws
        Joint posterior, draws of equal weight, shape (n, k).
    record
        The whole file: targets, priors, seed, version, date, fit, spreads, covariances.
    """

    fitted: Mapping[str, float]
    names: tuple[str, ...]
    draws: FloatArray
    record: Mapping[str, Any]


@cache
def calibration() -> Calibration:
    """The calibration that the default `CinchParameters` come from."""
    folder = resources.files("annulus.mechanics.network")
    record = json.loads(folder.joinpath("cinch_calibration.json").read_text(encoding="utf-8"))
    rows = list(csv.reader(folder.joinpath("cinch_posterior.csv").read_text(encoding="utf-8").splitlines()))
    draws = locked(np.array(rows[1:], dtype=np.float64))
    return Calibration(MappingProxyType(record["fitted"]), tuple(rows[0]), draws, MappingProxyType(record))


def calibrated_value(name: str) -> float:
    """Fitted value of one parameter."""
    return float(calibration().fitted[name])

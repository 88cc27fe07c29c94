"""The fast closure's correction: numbers that a fit to full closures found, and the two files that hold them.

``fast_closure.npz`` holds the numbers, ``fast_closure.json`` what they belong to and how they were found. Both are
written by ``calibration/fast_closure/fit_fast_closure.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

import numpy as np

from annulus._arrays import locked
from annulus._typing import FloatArray, IntArray
from annulus.errors import InputError
from annulus.mechanics.valve._fast_regressors import Regressors
from annulus.mechanics.valve._fast_slices import FEATURE_NAMES, PROFILE_NAMES

__all__ = [
    "NUMBERS",
    "Correction",
    "correction",
    "fast_closure_error",
    "fast_closure_record",
    "in_tolerances",
    "mirrored_outputs",
    "out_of_tolerances",
    "regressor_arrays",
    "tolerance",
]

NUMBERS = (
    "absolute",
    "min_counts",
    "max_counts",
    "centre",
    "spread",
    "profile_centre",
    "profile_spread",
    "min_features",
    "max_features",
    "error",
)
"""Arrays of the file beside ``relative`` and those of `regressor_arrays`."""

_PARTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"along": ("windows", "sizes", "levels"), "dense": ("weights", "levels")}
)
"""What a layer of each part of `Regressors` consists of."""


@dataclass(frozen=True, eq=False)
class Correction:
    """What turns a valve's slices, closed as tents, into the measures of its full closure.

    Parameters
    ----------
    outputs
        Keys of the q measures.
    absolute, relative
        Tolerance of a measure: the larger of `absolute`, shape (q,), and of this share of its size.
    min_counts, max_counts
        Bounds of a prediction, counted in tolerances, shape (q,).
    centre, spread, profile_centre, profile_spread
        What features, shape (d,), and profiles, shape (c,), are scaled by.
    min_features, max_features
        Range of the features in the calibration, shape (d,).
    error
        Level of a measure's error in tolerances, and its slope by the regressors' disagreement, shape (2, q).
    regressors
        Their weights.
    record
        Data, seed, split, errors on valves that were held out.
    """

    outputs: tuple[str, ...]
    absolute: FloatArray
    relative: float
    min_counts: FloatArray
    max_counts: FloatArray
    centre: FloatArray
    spread: FloatArray
    profile_centre: FloatArray
    profile_spread: FloatArray
    min_features: FloatArray
    max_features: FloatArray
    error: FloatArray
    regressors: Regressors
    mirrored: IntArray
    record: Mapping[str, Any]


@cache
def correction() -> Correction:
    """The correction that the package ships.

    Raises
    ------
    InputError
        The files were fitted to other features than this version's.
    """
    folder = resources.files("annulus.mechanics.valve")
    about = json.loads(folder.joinpath("fast_closure.json").read_text(encoding="utf-8"))
    if (tuple(about["features"]), tuple(about["profiles"])) != (FEATURE_NAMES, PROFILE_NAMES):
        raise InputError("fast_closure.json must be fitted to the features of this version: run the calibration again.")
    with folder.joinpath("fast_closure.npz").open("rb") as file, np.load(file, allow_pickle=False) as numbers:
        arrays = {name: locked(numbers[name]) for name in numbers.files}
    outputs = tuple(about["outputs"])
    return Correction(
        outputs=outputs,
        relative=float(arrays["relative"]),
        regressors=_regressors(arrays),
        mirrored=mirrored_outputs(outputs),
        record=MappingProxyType(about["record"]),
        **{name: arrays[name] for name in NUMBERS},
    )


def regressor_arrays(regressors: Regressors) -> dict[str, np.ndarray]:
    """Weights and levels by their names in the file."""
    return {
        f"{part}_{k}_{name}": array
        for part, names in _PARTS.items()
        for k, layer in enumerate(getattr(regressors, part))
        for name, array in zip(names, layer, strict=True)
    }


def _regressors(arrays: Mapping[str, np.ndarray]) -> Regressors:
    """The inverse of `regressor_arrays`."""

    def layers(part: str) -> Iterator[tuple[Any, ...]]:
        k = 0
        while f"{part}_{k}_levels" in arrays:
            yield tuple(arrays[f"{part}_{k}_{name}"] for name in _PARTS[part])
            k += 1

    return Regressors(*(tuple(layers(part)) for part in Regressors._fields))


def in_tolerances(values: FloatArray, absolute: FloatArray, relative: float) -> FloatArray:
    """Measures (..., q) counted in tolerances max(absolute, relative size): straight at first, then logarithms."""
    size, turn = np.abs(values), absolute / relative
    far = (1.0 + np.log(np.maximum(size, turn) / turn)) / relative
    return np.sign(values) * np.where(size <= turn, size / absolute, far)


def out_of_tolerances(counts: FloatArray, absolute: FloatArray, relative: float) -> FloatArray:
    """The inverse of `in_tolerances`."""
    size = np.abs(counts)
    far = absolute / relative * np.exp(np.maximum(relative * size - 1.0, 0.0))
    return np.sign(counts) * np.where(relative * size <= 1.0, absolute * size, far)


def mirrored_outputs(names: Sequence[str]) -> IntArray:
    """Number of each measure's counterpart in the mirror image."""
    swapped = [name.replace("a1p1", "a3p3") if "a1p1" in name else name.replace("a3p3", "a1p1") for name in names]
    return np.array([list(names).index(name) for name in swapped])


def tolerance(own: Correction, name: str, value: float) -> float:
    """Tolerance of a measure that has this value, in its unit."""
    return max(float(own.absolute[own.outputs.index(name)]), own.relative * abs(value))


def fast_closure_record() -> Mapping[str, Any]:
    """Provenance of the correction: data, seeds, split, errors on valves that were held out."""
    return correction().record


def fast_closure_error(name: str, value: float) -> float:
    """Error of a measure that 68 % of the held-out valves stay below, for a valve in which it has this value."""
    own = correction()
    return float(own.record["held_out_error_in_tolerances"][name]) * tolerance(own, name, value)

"""Grade of regurgitation under a named scheme of thresholds."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Set
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from annulus.errors import InputError

__all__ = ["grade", "grading_schemes"]


@cache
def _schemes() -> dict[str, dict[str, Any]]:
    text = resources.files("annulus.outcomes").joinpath("regurgitation_schemes.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def grading_schemes() -> tuple[str, ...]:
    """Names of the schemes that `grade` knows."""
    return tuple(_schemes())


def grade(values: Mapping[str, float], scheme: str, *, conditions: Set[str] = frozenset()) -> dict[str, str]:
    """Grade of each value that the scheme has thresholds for.

    Parameters
    ----------
    values
        Some of eroa [mm2], regurgitant_volume [mL], regurgitant_fraction [percent], vena_contracta [mm],
        vena_contracta_area [mm2].
    scheme
        One of `grading_schemes`.
    conditions
        Of ``elliptical`` (orifice) and ``low_flow``: schemes that have other thresholds then use them.

    Returns
    -------
    dict
        By measure ``mild``, ``moderate``, ``severe``; ``not severe`` where the scheme does not divide further. No
        overall grade: guidelines leave weighing the measures to the reader.

    Raises
    ------
    InputError
        Unknown scheme (with the nearest name), a condition not known, a value that is negative or not finite.
    """
    if scheme not in _schemes():
        near = difflib.get_close_matches(str(scheme), grading_schemes(), n=1, cutoff=0.0)[0]
        raise InputError(
            f"scheme must be one of {', '.join(grading_schemes())}; got {scheme!r}: did you mean {near!r}?"
        )
    if conditions - {"elliptical", "low_flow"}:
        raise InputError(f"conditions must be of elliptical, low_flow; got {', '.join(sorted(conditions))}.")
    rules = _schemes()[scheme]
    result = {}
    for name, value in values.items():
        if not (np.isfinite(value) and value >= 0.0):
            raise InputError(f"{name} must be a number >= 0; got {value}.")
        rule = rules.get(name)
        if not isinstance(rule, dict):
            continue
        other = [number for condition, number in rule.get("severe_if", {}).items() if condition in conditions]
        if value >= min([rule["severe_from"], *other]):
            result[name] = "severe"
        elif value < rule.get("mild_below", 0.0):
            result[name] = "mild"
        else:
            divided = value >= rule.get("moderate_from", np.inf)
            result[name] = "moderate" if divided else "not severe"
    return result

"""The published family of double-anchor devices as data: sizes that are made, sizing rule."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

__all__ = ["carillon"]


@cache
def carillon() -> Mapping[str, Any]:
    """The published catalogue: ranges of anchor diameters, ribbon lengths [mm], sizing rule."""
    text = resources.files("annulus.therapies").joinpath("carillon.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(text))

"""The one place that knows numba: how every kernel is compiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar, cast

import numba

__all__ = ["inlined", "kernel"]

F = TypeVar("F", bound=Callable[..., object])

_OPTIONS: Mapping[str, Any] = MappingProxyType(
    {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": False}
)


def kernel(function: F) -> F:
    """Compile `function` on first call: cached on disk, without the GIL, numpy's error model, strict IEEE.

    ``NUMBA_DISABLE_JIT=1`` leaves the plain Python function, which the tests run once so that reads out
    of range, silent when compiled, are seen.
    """
    # To callers a compiled function is what it was written as.
    return cast(F, numba.njit(**_OPTIONS)(function))


def inlined(function: F) -> F:
    """As `kernel`, and compiled into its callers: for a part of an innermost loop that works less than it would take to
    hand over its arrays.
    """
    return cast(F, numba.njit(forceinline=True, **_OPTIONS)(function))

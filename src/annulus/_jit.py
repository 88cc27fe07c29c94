"""The one place that knows numba: how every kernel is compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

__all__ = ["kernel"]

F = TypeVar("F", bound=Callable[..., object])


def kernel(function: F) -> F:
    """Compile `function` on first call: cached on disk, without the GIL, numpy's error model, strict IEEE.

    ``NUMBA_DISABLE_JIT=1`` leaves the plain Python function, which the tests run once so that reads out
    of range, silent when compiled, are seen.
    """
    # To callers a compiled function is what it was written as.
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=False)(function))

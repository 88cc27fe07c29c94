"""The one place that knows numba: how every kernel is compiled, and how compiled kernels are kept between runs.

What is compiled is told to the logger ``annulus.kernels`` at level DEBUG, before and after each kernel.
"""

from __future__ import annotations

import hashlib
import logging
import pickle
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FunctionType, MappingProxyType
from typing import Any, TypeVar, cast

import llvmlite
import numba
import numpy as np
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

from annulus._kernel_store import open_store

__all__ = ["inlined", "kernel"]

F = TypeVar("F", bound=Callable[..., object])

_OPTIONS: Mapping[str, Any] = MappingProxyType({"nogil": True, "error_model": "numpy", "fastmath": False})

# Not in numba's stubs: its settings, and options that come as a mapping.
_CONFIG: Any = numba.config
_NJIT: Any = numba.njit

_LOG = logging.getLogger("annulus.kernels")

# numba's settings that change the code it makes; the processor is part of each kernel's key.
_SETTINGS = ("OPT", "BOUNDSCHECK", "DEBUGINFO_DEFAULT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "USING_SVML")
_STORE = open_store(
    _CONFIG.CACHE_DIR,
    " ".join(
        [sys.version, numba.__version__, llvmlite.__version__, np.__version__]
        + [f"{name}={getattr(_CONFIG, name, None)}" for name in _SETTINGS]
    ),
)


def kernel(function: F) -> F:
    """Compile `function` on first call: kept on disk, without the GIL, numpy's error model, strict IEEE.

    ``NUMBA_DISABLE_JIT=1`` leaves the plain Python function, which the tests run once so that reads out
    of range, silent when compiled, are seen.
    """
    return _compiled(function)


def inlined(function: F) -> F:
    """As `kernel`, and compiled into its callers: for a part of an innermost loop that works less than it would take to
    hand over its arrays.
    """
    return _compiled(function, forceinline=True)


def _compiled(function: F, **options: bool) -> F:
    compiled = _NJIT(**_OPTIONS, **options)(function)
    if compiled is not function:
        compiled._cache = _Cache(cast(FunctionType, function))
    # To callers a compiled function is what it was written as.
    return cast(F, compiled)


class _Cache:
    """What numba asks before it compiles a kernel and tells after, in place of its own cache.

    Parameters
    ----------
    function
        The kernel as it was written.
    """

    cache_path = None  # numba's statistics ask for it

    def __init__(self, function: FunctionType) -> None:
        code = function.__code__
        file = Path(code.co_filename)
        self._kernel = function.__name__
        self._name = f"{function.__module__.rpartition('.')[2]}.{self._kernel}"
        # The digest of the store's folder covers the kernels; a function elsewhere answers for its own file.
        outside = not function.__module__.startswith("annulus.kernels.")
        self._kept = not outside or file.is_file()
        source = file.read_bytes() if outside and self._kept else b""
        self._code = hashlib.sha256(source + code.co_code).hexdigest() + f" {code.co_firstlineno}"

    def load_overload(self, signature: Any, target: Any) -> Any:
        """Compiled code for the types of `signature`; None where it must be compiled."""
        target.refresh()
        content = _STORE.read(self._file(signature, target.codegen())) if self._kept else None
        if content is not None:
            try:
                kept_signature, parts = pickle.loads(content)
                if kept_signature == signature:
                    return CompileResult._rebuild(target, *parts)
            except Exception as error:  # noqa: BLE001  # whatever is wrong with it, the kernel can be compiled
                _LOG.info("cannot load %s: %r", self._name, error, extra={"kernel": self._kernel, "stage": ""})
        self._say("compiling", "start")
        return None

    def save_overload(self, signature: Any, result: Any) -> None:
        """Keep what was compiled, where that is possible."""
        kept = False
        if self._kept and not result.library.has_dynamic_globals and all(part.can_cache for part in result.lifted):
            content = dumps((signature, result._reduce()))
            kept = _STORE.write(self._file(signature, result.codegen), content)
        self._say("compiled", "kept" if kept else "lost")

    def flush(self) -> None:
        """Asked for by numba's `recompile`, which writes anew what it compiles."""

    def _say(self, what: str, stage: str) -> None:
        _LOG.debug("%s %s", what, self._name, extra={"kernel": self._kernel, "stage": stage})

    def _file(self, signature: Any, codegen: Any) -> str:
        key = repr((signature, codegen.magic_tuple(), self._code))
        return f"{self._name}-{hashlib.sha256(key.encode()).hexdigest()[:24]}.bin"

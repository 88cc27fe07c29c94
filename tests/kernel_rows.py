"""What a row of the kernel table is, how rows are read from `tests/kernels`, and how one row is checked."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["SIZES", "KernelRow", "check_row", "kernel_name", "kernel_rows", "load_rows", "row_files"]

SIZES = ("small", "large", "degenerate")
FOLDER = Path(__file__).parent / "kernels"

Arguments = Callable[[], tuple[Any, ...]]


@dataclass(frozen=True, eq=False)
class KernelRow:
    """One kernel at one size.

    Parameters
    ----------
    kernel
        Function decorated with ``@kernel``.
    size
        One of `SIZES`.
    arguments
        Called afresh for each run, so that a kernel may write into its arguments.
    reference
        Closed form or slow independent version, called with the same arguments.
    rtol, atol
        Tolerance against the reference. `atol` also serves compiled against interpreted.
    twin_rtol
        Tolerance of compiled against interpreted; zero would ask for equal bits, which `sin` and BLAS do not give.
    output
        What to compare, from the returned value and the arguments after the call; the returned value by default.
    """

    kernel: Callable[..., Any]
    size: str
    arguments: Arguments
    reference: Callable[..., Any]
    rtol: float = 1e-12
    atol: float = 1e-12
    twin_rtol: float = 1e-12
    output: Callable[[Any, tuple[Any, ...]], Any] | None = None

    def __str__(self) -> str:
        return f"{kernel_name(self.kernel)}-{self.size}"


def kernel_rows(
    kernel: Callable[..., Any],
    *,
    reference: Callable[..., Any],
    small: Arguments,
    large: Arguments,
    degenerate: Arguments,
    rtol: float = 1e-12,
    atol: float = 1e-12,
    twin_rtol: float = 1e-12,
    output: Callable[[Any, tuple[Any, ...]], Any] | None = None,
) -> list[KernelRow]:
    """The three rows that every kernel has: two sizes and a degenerate case."""
    return [
        KernelRow(kernel, size, arguments, reference, rtol, atol, twin_rtol, output)
        for size, arguments in zip(SIZES, (small, large, degenerate), strict=True)
    ]


def kernel_name(kernel: Callable[..., Any]) -> str:
    """Module and function name, such as ``loops.loop_length``."""
    python = getattr(kernel, "py_func", kernel)
    return f"{python.__module__.rpartition('.')[2]}.{python.__name__}"


def row_files() -> list[Path]:
    """Files of `tests/kernels` that define `ROWS`."""
    return [path for path in sorted(FOLDER.glob("test_*.py")) if "\nROWS" in path.read_text(encoding="utf-8")]


def load_rows(path: Path) -> list[KernelRow]:
    """`ROWS` of one file."""
    name = f"_rows_of_{path.stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise ImportError(f"{path} cannot be loaded as a module")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
    return list(sys.modules[name].ROWS)


def check_row(row: KernelRow) -> None:
    """Compiled equals interpreted, and both equal the reference; with the JIT off the two are one."""
    compiled = _result(row, row.kernel)
    interpreted = _result(row, getattr(row.kernel, "py_func", row.kernel))
    expected = row.reference(*row.arguments())
    _assert_same(compiled, interpreted, row.twin_rtol, row.atol, f"{row}: compiled against interpreted")
    _assert_same(compiled, expected, row.rtol, row.atol, f"{row}: compiled against reference")


def _result(row: KernelRow, function: Callable[..., Any]) -> Any:
    arguments = row.arguments()
    # As inside a compiled kernel: numpy's error model, no warnings.
    with np.errstate(all="ignore"):
        returned = function(*arguments)
    return returned if row.output is None else row.output(returned, arguments)


def _assert_same(actual: Any, expected: Any, rtol: float, atol: float, what: str) -> None:
    if isinstance(expected, tuple):
        assert isinstance(actual, tuple), what
        assert len(actual) == len(expected), what
        for i, (a, e) in enumerate(zip(actual, expected, strict=True)):
            _assert_same(a, e, rtol, atol, f"{what}, part {i}")
        return
    if expected is None:
        assert actual is None, what
        return
    assert np.shape(actual) == np.shape(expected), f"{what}: shape {np.shape(actual)} against {np.shape(expected)}"
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=atol, equal_nan=True, err_msg=what)

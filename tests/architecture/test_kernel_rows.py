"""Every public kernel has its three rows; every private one is called by a kernel of its module."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from kernel_rows import SIZES, kernel_name, load_rows, row_files

KERNELS = Path(__file__).resolve().parents[2] / "src" / "annulus" / "kernels"


def _kernels(path: Path) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.name: node
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and any(isinstance(mark, ast.Name) and mark.id in ("inlined", "kernel") for mark in node.decorator_list)
    }


MODULES = [path for path in sorted(KERNELS.rglob("*.py")) if path.name != "__init__.py"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_every_kernel_has_rows(path: Path) -> None:
    sizes: dict[str, set[str]] = {}
    for file in row_files():
        for row in load_rows(file):
            sizes.setdefault(kernel_name(row.kernel), set()).add(row.size)
    missing = {
        f"{path.stem}.{name}": sorted(set(SIZES) - sizes.get(f"{path.stem}.{name}", set()))
        for name in _kernels(path)
        if not name.startswith("_")
    }
    missing = {name: gaps for name, gaps in missing.items() if gaps}
    assert not missing, f"kernels without rows in tests/kernels (see CONTRIBUTING.md): {missing}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_every_function_is_a_kernel_that_someone_calls(path: Path) -> None:
    kernels = _kernels(path)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    plain = [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name not in kernels]
    assert not plain, f"{path.name}: functions without @kernel: {plain}"
    called = {
        call.func.id
        for node in kernels.values()
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    }
    idle = [name for name in kernels if name.startswith("_") and name not in called]
    assert not idle, f"{path.name}: private kernels that no kernel of the module calls: {idle}"

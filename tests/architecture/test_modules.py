"""How each module looks: docstring, `__all__`, length, where graphics are imported; no machine's paths."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "annulus"
MODULES = sorted(SOURCE.rglob("*.py"))
MAX_LINES = 400

# Written in pieces so that this file does not find itself.
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:ro" + r"ot|ho" + r"me/\w+|wo" + r"rk|t" + r"mp|opt/py" + r"pi)/")
TEXT_SUFFIXES = {".py", ".md", ".toml", ".txt", ".json", ".bib", ".cff", ".yml", ".cfg", ".csv", ".html", ""}


def _name(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_module_says_what_it_is(path: Path) -> None:
    tree = _tree(path)
    assert ast.get_docstring(tree), "no docstring"
    names = [
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    ]
    needs_none = len(tree.body) == 1 or path.name == "__main__.py"  # nobody imports from a script
    assert needs_none or "__all__" in names, "no __all__"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_module_is_short(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MAX_LINES, f"{lines} lines: more than one idea; split it"


@pytest.mark.parametrize("path", [p for p in MODULES if "io" in p.relative_to(SOURCE).parts], ids=_name)
def test_io_imports_graphics_inside_functions(path: Path) -> None:
    at_top = [
        name
        for node in _tree(path).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""])
        if name.split(".")[0] in ("pyvista", "vtk", "vtkmodules", "matplotlib")
    ]
    assert not at_top, f"imported at the top: {at_top}"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_nothing_is_named_after_nothing(path: Path) -> None:
    assert not {part.strip("_") for part in path.with_suffix("").parts[-2:]} & {"utils", "helpers", "manager", "core"}


def test_no_paths_of_a_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git working copy")
    found = {}
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.suffix not in TEXT_SUFFIXES or not path.is_file():
            continue
        hits = MACHINE_PATHS.findall(path.read_text(encoding="utf-8", errors="replace"))
        if hits:
            found[name] = hits[:3]
    assert not found, f"paths of a machine in tracked files: {found}"

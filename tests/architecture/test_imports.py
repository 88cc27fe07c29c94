"""What an import costs: layers, and nothing heavy before it is used."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "annulus"
GRAPHICS = ("pyvista", "vtk", "vtkmodules", "matplotlib")
HEAVY = (*GRAPHICS, "numba", "numpy", "scipy", "pandas", "trimesh", "pydantic")


def _loaded(code: str, candidates: tuple[str, ...]) -> list[str]:
    """Which of `candidates` a fresh interpreter has loaded after `code`."""
    script = f"import sys\n{code}\nprint(*(n for n in {candidates!r} if n in sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr.split()


def test_imports_go_downwards_only() -> None:
    """The same contracts as `make layers`."""
    program = Path(sys.executable).with_name("lint-imports")
    if not program.is_file():
        pytest.fail("import-linter is not installed beside this Python: run `make setup`")
    done = subprocess.run(
        [program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def _imported(path: Path) -> set[str]:
    """Modules that a file imports, wherever in it."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    plain = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    return plain | {node.module or "." for node in nodes if isinstance(node, ast.ImportFrom)}


COMPILED = [path for path in sorted(SOURCE.rglob("*.py")) if "annulus._jit" in _imported(path)]


@pytest.mark.parametrize("path", COMPILED, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_compiled_code_depends_on_nothing_but_kernels(path: Path) -> None:
    """Compiled kernels are kept under a digest of the kernels, `_jit` and `_typing` (`_kernel_store`): no more is seen.

    A kernel elsewhere, such as a benchmark's, answers for its own file as well.
    """
    foreign = {
        name
        for name in _imported(path)
        if name not in ("annulus._jit", "annulus._typing", "numpy")
        and not name.startswith("annulus.kernels.")
        and name not in sys.stdlib_module_names
    }
    assert not foreign, f"{path.name} imports {sorted(foreign)}"


@pytest.mark.parametrize("path", sorted((SOURCE / "kernels").rglob("*.py")), ids=lambda path: path.stem)
def test_kernels_read_no_file(path: Path) -> None:
    """What is read from a file and compiled in as a constant would not be in the digest."""
    called = {
        getattr(node.func, "attr", getattr(node.func, "id", ""))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    }
    assert not called & {"open", "load", "loadtxt", "read_text", "read_bytes", "files"}


def test_import_loads_nothing_heavy() -> None:
    assert _loaded("import annulus", HEAVY) == []


LAYERS = sorted(path.parent.name for path in SOURCE.glob("*/__init__.py") if path.parent.name != "viz")


def test_layers_are_found() -> None:
    assert {"geometry", "heart", "therapies", "prediction", "population", "planning", "io"} <= set(LAYERS)


@pytest.mark.parametrize("layer", LAYERS)
def test_layer_loads_no_graphics(layer: str) -> None:
    assert _loaded(f"import annulus.{layer}", GRAPHICS) == []


def test_viz_loads_graphics_on_first_use_only() -> None:
    assert _loaded("import annulus.viz", GRAPHICS) == []


def test_help_loads_nothing_heavy() -> None:
    code = (
        "from annulus.cli import main\n"
        "try:\n    main(['--help'])\n"
        "except SystemExit as leave:\n    assert leave.code == 0"
    )
    assert _loaded(code, (*HEAVY, "rich")) == []


def test_every_everyday_name_resolves() -> None:
    code = "import annulus\nfor name in annulus.__all__: getattr(annulus, name)"
    assert _loaded(code, GRAPHICS) == []


def test_subpackages_are_attributes_that_load_on_first_use() -> None:
    used = "assert annulus.viz.screenshot and annulus.geometry.Loop and annulus.errors.InputError"
    assert _loaded(f"import annulus\n{used}", GRAPHICS) == []
    assert _loaded("import annulus\nassert {'viz', 'anatomy', 'simulate'} <= set(dir(annulus))", HEAVY) == []
    assert _loaded("import annulus\nassert not hasattr(annulus, '_nothing')", HEAVY) == []


def test_type_checkers_know_every_subpackage() -> None:
    root = ROOT / "src" / "annulus"
    there = {path.parent.name for path in root.glob("*/__init__.py")} | {path.stem for path in root.glob("[a-z]*.py")}
    named = {
        alias.name
        for node in ast.walk(ast.parse((root / "__init__.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "annulus"
        for alias in node.names
    }
    assert named == there, "name each subpackage under TYPE_CHECKING in annulus/__init__.py"


def test_unknown_name_is_an_attribute_error() -> None:
    import annulus

    with pytest.raises(AttributeError, match="'annulus' has no attribute 'anulus'"):
        _ = annulus.anulus

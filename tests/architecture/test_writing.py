"""Files are written by `annulus.io._atomic` alone, and no verb writes over what it reads."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

from annulus.io import READERS, WRITERS

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "annulus"
# `_kernel_store.py` stands below every layer and may not import io: it keeps numba's own cache, whole or not at all.
MODULES = [path for path in sorted(SOURCE.rglob("*.py")) if path.name not in {"_atomic.py", "_kernel_store.py"}]
VERBS = sorted((SOURCE / "cli").glob("_*.py"))

WRITING = {
    "write_text", "write_bytes", "save", "savez", "savez_compressed", "savetxt", "savefig", "tofile", "to_csv",
    "to_parquet", "to_json", "to_html", "to_feather", "export_html", "imwrite", "imsave", "mimsave", "dump", "mkdir",
    "makedirs", "touch", "copyfile", "copytree", "move", "open_movie", "open_gif", "export", "write_html",
}  # fmt: skip
"""Methods of paths, numpy, pandas, matplotlib, PIL, pyvista, trimesh, json and pickle that write by path."""

SHELTERS = {"replaced_file", "replaced_folder", "TemporaryDirectory"}
"""Within a ``with`` of these a library may write to the path that they give."""

OWN_WRITERS = {"io", "viz"}
"""``annulus.io.write_text(...)`` is ours."""


def _writes(call: ast.Call) -> bool:
    function = call.func
    name = (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )
    if name == "open":
        modes = [*call.args[(0 if isinstance(function, ast.Attribute) else 1) :], *(k.value for k in call.keywords)]
        words = [mode.value for mode in modes if isinstance(mode, ast.Constant) and isinstance(mode.value, str)]
        # A log to which lines are added ("a") is never replaced.
        return any(set(word) <= set("rwxabt+") and set(word) & set("wx+") for word in words)
    if not isinstance(function, ast.Attribute) or name not in WRITING:
        return False
    return not (isinstance(function.value, ast.Name) and function.value.id in OWN_WRITERS)


def _unsheltered(node: ast.AST, sheltered: bool = False) -> list[int]:
    found = []
    if isinstance(node, ast.With):
        calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
        names = {ast.unparse(call.func).rpartition(".")[2] for call in calls}
        inside = sheltered or bool(names & SHELTERS)
        for item in node.items:
            found += _unsheltered(item, sheltered)
        for child in node.body:
            found += _unsheltered(child, inside)
        return found
    if isinstance(node, ast.Call) and not sheltered and _writes(node):
        found.append(node.lineno)
    for child in ast.iter_child_nodes(node):
        found += _unsheltered(child, sheltered)
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_files_are_written_by_the_atomic_module_alone(path: Path) -> None:
    lines = _unsheltered(ast.parse(path.read_text(encoding="utf-8")))
    assert not lines, (
        f"lines {lines} write a file by other means: use annulus.io.write_text, write_bytes, replaced_file"
    )


@pytest.mark.parametrize(
    ("code", "caught"),
    [
        ("path.write_text('x')", True),
        ("open(path, 'w')", True),
        ("open(path, mode='xb')", True),
        ("path.open('r+')", True),
        ("np.savez(path, a=a)", True),
        ("image.save(path)", True),
        ("with path.open() as stream:\n    json.dump(x, stream)", True),
        ("with replaced_file(path) as part:\n    image.save(part)", False),
        ("with suppress(OSError):\n    image.save(part)", True),
        ("with open(path) as stream:\n    stream.read()", False),
        ("open(path, 'rb')", False),
        ("open(path, encoding='utf-8')", False),
        ("write_text('x', path)", False),
        ("json.dumps(x)", False),
    ],
)
def test_the_scan_sees_what_it_should(code: str, caught: bool) -> None:
    assert bool(_unsheltered(ast.parse(code))) == caught


def _path_parameters(function: ast.FunctionDef) -> set[str]:
    arguments = [*function.args.args, *function.args.kwonlyargs]
    return {a.arg for a in arguments if a.annotation is not None and "Path" in ast.unparse(a.annotation)}


@pytest.mark.parametrize("path", VERBS, ids=lambda p: p.name)
def test_every_path_of_a_verb_is_asked_about_before_the_work(path: Path) -> None:
    """Each verb with a path hands all of them to `require_outputs`: what it reads and what it writes."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for function in ast.walk(tree):
        is_verb = isinstance(function, ast.FunctionDef) and any(
            isinstance(d, ast.Call) and "command" in ast.unparse(d.func) for d in function.decorator_list
        )
        if not is_verb:
            continue
        paths = _path_parameters(function)
        if not paths:
            continue
        calls = [n for n in ast.walk(function) if isinstance(n, ast.Call) and ast.unparse(n.func) == "require_outputs"]
        assert calls, f"{function.name} takes paths and never calls require_outputs"
        named = {n.id for call in calls for n in ast.walk(call) if isinstance(n, ast.Name)}
        assert paths <= named, f"{function.name}: require_outputs is not told of {sorted(paths - named)}"


@pytest.mark.parametrize(("verb", "table"), [("read", READERS), ("write", WRITERS)], ids=["readers", "writers"])
def test_every_line_of_the_table_has_its_functions(verb: str, table: tuple) -> None:
    for row in table:
        module = importlib.import_module(f"annulus.io.{row.module}")
        for content in row.contents:
            name = f"{verb}_{content.value}"
            assert callable(getattr(module, name)), f"{row.module} has no {name}"
            assert name in module.__all__, f"{row.module} does not list {name}"
        assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in row.suffixes)


def test_no_suffix_has_two_readers_for_one_content() -> None:
    for table in (READERS, WRITERS):
        pairs = [(suffix, content) for row in table for suffix in row.suffixes for content in row.contents]
        assert len(pairs) == len(set(pairs))

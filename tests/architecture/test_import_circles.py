"""No module needs itself: what one imports at its top never leads back to it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "annulus"

Graph = Mapping[str, set[str]]


def _module_graph(source: Path) -> dict[str, set[str]]:
    """Modules of the package in `source` and the modules of it that each imports at its top."""
    paths = {_dotted(path, source): path for path in sorted(source.rglob("*.py"))}
    graph = {}
    for module, path in paths.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = {name for node in _imports(tree.body) for name in _targets(node, paths)}
        # Python runs every package above a module before the module itself.
        above = {package for name in named for package in _packages_above(name)} - set(_packages_above(module))
        graph[module] = (named | above) - {module}
    return graph


def _dotted(path: Path, source: Path) -> str:
    parts = (source.name, *path.relative_to(source).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _packages_above(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def _imports(body: list[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """Import statements that run when the module is imported."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from _imports(node.orelse)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for part in ("body", "orelse", "finalbody"):
                yield from _imports(getattr(node, part, []))
            for handler in getattr(node, "handlers", []):
                yield from _imports(handler.body)


def _targets(node: ast.Import | ast.ImportFrom, known: Mapping[str, Path]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in known)
    elif node.module in known:
        for alias in node.names:
            deeper = f"{node.module}.{alias.name}"
            yield deeper if deeper in known else node.module


def _circles(graph: Graph) -> list[list[str]]:
    """Groups of modules that reach each other."""
    reach = {module: _reached(module, graph) for module in graph}
    groups = {
        frozenset({module, *(other for other in reach[module] if module in reach.get(other, ()))}) for module in graph
    }
    return sorted(sorted(group) for group in groups if len(group) > 1)


def _reached(start: str, graph: Graph) -> set[str]:
    seen: set[str] = set()
    ahead = list(graph[start])
    while ahead:
        module = ahead.pop()
        if module not in seen:
            seen.add(module)
            ahead.extend(graph.get(module, ()))
    return seen


def test_no_import_circle() -> None:
    assert _circles(_module_graph(SOURCE)) == []


def test_no_module_imports_the_package_that_it_is_part_of() -> None:
    """`annulus` itself is no harm: it imports nothing at its top, and its version is read from there. Nor is a
    `__main__`, which nothing imports."""
    found = {
        module: own
        for module, named in _module_graph(SOURCE).items()
        if not module.endswith(".__main__") and (own := named & set(_packages_above(module)) - {"annulus"})
    }
    assert found == {}


def test_circles_are_found(tmp_path: Path) -> None:
    package = tmp_path / "heart"
    (package / "valve").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "valve" / "__init__.py").write_text("from heart.valve._leaflet import Leaflet\n")
    (package / "valve" / "_leaflet.py").write_text("try:\n    import heart.ring\nexcept ImportError:\n    pass\n")
    (package / "ring.py").write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import heart.valve._leaflet\n"
        "def late():\n    import heart.valve._leaflet\n"
    )
    assert _circles(_module_graph(package)) == []
    # A module beside the package asks the package, whose `__init__` runs: the circle closes over it.
    (package / "ring.py").write_text("from heart.valve import Leaflet\n")
    assert _circles(_module_graph(package)) == [["heart.ring", "heart.valve", "heart.valve._leaflet"]]

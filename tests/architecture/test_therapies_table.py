"""A therapy is one file and one line: nothing below or above knows any of them, and they do not know each other."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from annulus.therapies import ALL_THERAPIES

SOURCE = Path(__file__).resolve().parents[2] / "src" / "annulus"
FILES = {path.stem: path for path in (SOURCE / "therapies").glob("[a-z]*.py")}
OTHERS = [path for path in sorted(SOURCE.rglob("*.py")) if path not in FILES.values() and path.parent.name != "bench"]


def _imported(path: Path) -> set[str]:
    nodes = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.ImportFrom)]
    return {f"{node.module}.{name.name}" for node in nodes for name in node.names} | {str(n.module) for n in nodes}


def test_every_file_is_in_the_table() -> None:
    assert {kind.__module__ for kind in ALL_THERAPIES} == {f"annulus.therapies.{name}" for name in FILES}


@pytest.mark.parametrize("name", FILES)
def test_a_therapy_knows_no_other(name: str) -> None:
    others = {f"annulus.therapies.{other}" for other in FILES if other != name}
    assert not _imported(FILES[name]) & others


def test_nothing_else_knows_a_therapy() -> None:
    """Benches time one device, and need its ends; the rest runs over the table."""
    modules = {f"annulus.therapies.{name}" for name in FILES}
    classes = {f"annulus.therapies.{kind.__name__}" for kind in ALL_THERAPIES}
    found = {path.relative_to(SOURCE).as_posix(): _imported(path) & (modules | classes) for path in OTHERS}
    assert not {name: known for name, known in found.items() if known}
    kinds = {kind.kind for kind in ALL_THERAPIES if kind.kind != "none"}
    said = {
        path.relative_to(SOURCE).as_posix(): kind
        for path in OTHERS
        for kind in kinds
        if f'"{kind}"' in path.read_text(encoding="utf-8")
    }
    assert not said

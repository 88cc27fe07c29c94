"""Every source that the code names by key stands in `docs/references.bib`, and no key stands there twice."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path

from annulus.sources import PLAIN_SOURCES

ROOT = Path(__file__).resolve().parents[2]

# A key in brackets: lower case, a digit in it (a year, an id), six characters or more, not an index after a name.
CITED = re.compile(r"(?<![\w\]`)])\[([a-z][a-z0-9-]{5,})\]")


def _keys() -> list[str]:
    return re.findall(
        r"^@\w+\{([^,\s]+),", (ROOT / "docs" / "references.bib").read_text(encoding="utf-8"), re.MULTILINE
    )


def _cited_in_text(source: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.COMMENT, tokenize.STRING):
            yield from (key for key in CITED.findall(token.string) if any(c.isdigit() for c in key))


def _sources_of_parameters(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Parameter", "Assumption"):
            by_position = node.args[4:5] if getattr(node.func, "id", "") == "Assumption" else []
            yield from (str(argument.value) for argument in by_position if isinstance(argument, ast.Constant))
            for keyword in node.keywords:
                if keyword.arg == "source" and isinstance(keyword.value, ast.Constant):
                    yield str(keyword.value.value)


def _sources_of_table(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "source" and isinstance(inner, str):
                yield inner
            else:
                yield from _sources_of_table(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _sources_of_table(inner)


def test_each_key_is_defined() -> None:
    known = set(_keys()) | set(PLAIN_SOURCES)
    unknown: dict[str, set[str]] = {}
    for path in sorted((ROOT / "src").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        named = {*_cited_in_text(text), *_sources_of_parameters(text)}
        if named - known:
            unknown[path.relative_to(ROOT).as_posix()] = named - known
    for path in sorted((ROOT / "src").rglob("*.toml")):
        named = set(_sources_of_table(tomllib.loads(path.read_text(encoding="utf-8"))))
        if named - known:
            unknown[path.relative_to(ROOT).as_posix()] = named - known
    assert not unknown, f"keys that docs/references.bib does not define: {unknown}"


def test_no_key_is_defined_twice() -> None:
    keys = _keys()
    assert len(keys) > 50
    assert sorted(keys) == sorted(set(keys))


def test_keys_are_lower_case() -> None:
    assert [key for key in _keys() if not re.fullmatch(r"[a-z][a-z0-9-]*", key)] == []

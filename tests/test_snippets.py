"""What README and docs tell a reader to type works: their Python and shell blocks run, the rest names what exists.

A block marked ``python`` is run; so is every line of one marked ``sh`` or ``console`` that starts with ``annulus``. All
blocks of a page share one namespace and one folder, in which the repository's ``data`` lies. A comment before a block
holds it back, ``<!-- not run: why -->``; ``<!-- slow: why -->`` anywhere marks the whole page slow. Commands in other
blocks and in the text are usage: their verbs and flags must exist, as must Python names and the targets of links.
"""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer

import annulus
from annulus.cli import main
from annulus.cli._app import app

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

_FENCE = re.compile(
    r"(?:^[ ]*<!--[ ]*not run:(?P<why>.*?)-->\s*)?"
    r"^(?P<indent>[ ]*)```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^(?P=indent)```",
    re.DOTALL | re.MULTILINE,
)
_SLOW = re.compile(r"<!--[ ]*slow:.*?-->")
_INLINE = re.compile(r"`([^`\n]+)`")
_NAME = re.compile(r"^(annulus(?:\.\w+)+)")


@dataclass(frozen=True)
class Block:
    """A fenced block: language, text, line of its first line, and why it is not run (None: it is)."""

    language: str
    text: str
    line: int
    held_back: str | None


def blocks(text: str) -> list[Block]:
    """Fenced blocks of a page in order."""
    found = []
    for match in _FENCE.finditer(text):
        indent = len(match["indent"])
        lines = [line[indent:] for line in match["text"].splitlines()]
        start = text[: match.start("text")].count("\n") + 1
        why = match["why"]
        found.append(Block(match["language"], "\n".join(lines) + "\n", start, None if why is None else why.strip()))
    return found


def commands(block: Block) -> list[list[str]]:
    """Words of each `annulus` command of a shell block, comments and prompt taken off."""
    lines = block.text.replace("\\\n", " ").splitlines()
    words = [shlex.split(line.removeprefix("$ "), comments=True) for line in lines]
    return [line for line in words if line[:1] == ["annulus"]]


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def _runs(block: Block) -> bool:
    return block.held_back is None and block.language in ("python", "sh", "console")


def _pages_that_run() -> Iterator[Any]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        if any(_runs(block) for block in blocks(text)):
            yield pytest.param(page, id=_name(page), marks=[pytest.mark.slow] if _SLOW.search(text) else [])


@pytest.mark.parametrize("page", [*_pages_that_run()])
def test_snippets_run(
    page: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = page.read_text(encoding="utf-8")
    if re.search(r"viz|--screenshot", "".join(block.text for block in blocks(text) if _runs(block))):
        request.getfixturevalue("renderer")
    shutil.copytree(ROOT / "data", tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for block in filter(_runs, blocks(text)):
        if block.language == "python":
            # Blank lines in front, so that a traceback tells the line of the page.
            code = compile("\n" * (block.line - 1) + block.text, str(page), "exec")
            exec(code, namespace)  # noqa: S102
        for words in [] if block.language == "python" else commands(block):
            with pytest.raises(SystemExit) as left:
                main(words[1:])
            assert not left.value.code, f"{_name(page)}, block at line {block.line}: {shlex.join(words)}"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_what_is_held_back_says_why(page: Path) -> None:
    for block in blocks(page.read_text(encoding="utf-8")):
        assert block.held_back is None or len(block.held_back.split()) >= 2, f"line {block.line}"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_tables_of_settings_can_be_read(page: Path) -> None:
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.language == "toml" and block.held_back is None:
            assert tomllib.loads(block.text), f"line {block.line}"


def _flags() -> dict[str, set[str]]:
    """Options by verb; "" has those of `annulus` itself."""
    command = typer.main.get_command(app)
    verbs = {"": command, **command.commands}  # type: ignore[attr-defined]
    return {name: _flags_of(verb) | {"--help", "-h"} for name, verb in verbs.items()}


def _flags_of(verb: Any) -> set[str]:
    """Options of a verb and, where it is `study`, of the verbs in it."""
    inside = getattr(verb, "commands", {}) if verb.name == "study" else {}
    own = {flag for item in verb.params for flag in item.opts}
    return own.union(*(_flags_of(one) for one in inside.values()))


def _usages(text: str) -> Iterator[str]:
    """Commands that are not run, each with the lines that continue it."""
    for block in blocks(text):
        if not _runs(block):
            for part in re.split(r"^(?=annulus )", block.text, flags=re.MULTILINE):
                if part.startswith("annulus "):
                    yield part
    outside = _FENCE.sub("", text)
    yield from (span for span in _INLINE.findall(outside) if re.match(r"annulus [a-z-]", span))


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_usages_name_verbs_and_flags_that_exist(page: Path) -> None:
    known = _flags()
    for usage in _usages(page.read_text(encoding="utf-8")):
        verb = usage.split()[1]
        flags = known.get("" if verb.startswith("-") else verb)
        assert flags is not None, f"no such verb: {usage}"
        unknown = set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", usage)) - flags
        assert not unknown, f"{usage}: no such options: {unknown}"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_python_names_in_the_text_exist(page: Path) -> None:
    """`annulus.viz.show(case)`, `python -m annulus.verification`; keys such as `annulus.ap_mm` are no names."""
    for span in _INLINE.findall(_FENCE.sub("", page.read_text(encoding="utf-8"))):
        run = re.match(r"python -m (annulus[\w.]*)", span)
        if run:
            assert importlib.util.find_spec(run[1]), f"no such module: {span}"
        name = _NAME.match(span)
        if name and "/" not in span and name[1].split(".")[1] in dir(annulus):
            assert _resolves(name[1]), f"no such name: {span}"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_to_files(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", _FENCE.sub("", page.read_text(encoding="utf-8"))):
        if not re.match(r"https?:|#", target):
            assert (page.parent / target.split("#")[0]).exists(), f"no such file: {target}"


def _resolves(name: str) -> bool:
    """A module that is there, or something in it."""
    parts = name.split(".")
    depth = max(count for count in range(1, len(parts) + 1) if _is_module(".".join(parts[:count])))
    thing: Any = importlib.import_module(".".join(parts[:depth])) if depth < len(parts) else None
    for part in parts[depth:]:
        if not hasattr(thing, part):
            return False
        thing = getattr(thing, part)
    return True


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def test_blocks_and_commands_are_found() -> None:
    page = (
        "<!-- not run: needs a window -->\n```sh\nannulus view CASE\n```\n"
        "1. text\n   ```python\n   x = 1\n   ```\n"
        "```console\n$ annulus measure a.json \\\n   --json 'b c.json'  # why\nannulus: an answer would stand here\n"
        "$ make test\n```\n"
    )
    held, code, shell = blocks(page)
    assert (held.language, held.held_back) == ("sh", "needs a window")
    assert (code.text, code.line, code.held_back) == ("x = 1\n", 7, None)
    assert commands(shell) == [["annulus", "measure", "a.json", "--json", "b c.json"]]

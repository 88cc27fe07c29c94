"""Every example runs, gives numbers and is short; the README's snippet is one of them."""

from __future__ import annotations

import importlib.util
import math
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("[0-9][0-9]_*.py"))
MAX_LINES = 80


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example(path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`main(folder)` writes only into `folder` and returns numbers; `EXPECTED` gives (low, high) by name."""
    monkeypatch.chdir(ROOT)
    module = _load(path)
    numbers = module.main(tmp_path)
    assert numbers, "main() returns no numbers"
    assert all(math.isfinite(value) for value in numbers.values()), numbers
    assert module.EXPECTED, "an example says what it expects"
    for name, (low, high) in module.EXPECTED.items():
        assert low <= numbers[name] <= high, f"{name} is {numbers[name]}, expected {low} to {high}"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_is_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < MAX_LINES


def test_readme_snippet_is_an_example() -> None:
    """The Python of the README stands, line by line and in order, in one of the examples."""
    snippets = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    for snippet in snippets:
        wanted = [line.strip() for line in snippet.splitlines() if line.strip()]
        assert any(_stands_in(wanted, path) for path in EXAMPLES), f"no example holds this snippet:\n{snippet}"


def _stands_in(wanted: list[str], path: Path) -> bool:
    # An example writes into its folder.
    lines = iter(line.strip().replace('folder / "', '"') for line in path.read_text(encoding="utf-8").splitlines())
    return all(any(line == want for line in lines) for want in wanted)

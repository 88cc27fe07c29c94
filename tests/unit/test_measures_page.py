"""The page of measures is what the registry says."""

from __future__ import annotations

from pathlib import Path

from annulus.anatomy.measures._registry import measures_page


def test_page_is_in_step_with_the_registry(repository: Path) -> None:
    page = (repository / "docs" / "measures.md").read_text(encoding="utf-8")
    assert page == measures_page(), "run: python -m annulus.anatomy.measures > docs/measures.md"

"""What a report says of each kind of document: a table of sections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from annulus.report import _choices as choice
from annulus.report._everything import assumed, content, provenance, told
from annulus.report._section import Document, Section
from annulus.report._simulation import answer, arteries, figures, safety

__all__ = ["REPORTED", "sections_of", "title_of"]

Build = Callable[[Document], "Section | list[Section] | None"]

_FOOT: tuple[Build, ...] = (assumed, provenance)

REPORTED: Mapping[str, tuple[Build, ...]] = MappingProxyType(
    {
        "annulus.result/2": (answer, figures, arteries, safety, *_FOOT),
        "annulus.plan/1": (choice.planned, choice.candidates, choice.sizes, *_FOOT),
        "annulus.comparison/1": (choice.compared, choice.side_by_side, *_FOOT),
        "annulus.evaluation/1": (choice.evaluated, choice.implants, *_FOOT),
        "annulus.study/1": (told, content, *_FOOT),
        "annulus.study-summary/1": (told, content, *_FOOT),
        "annulus.trial/1": (told, content, *_FOOT),
    }
)
"""Schema of a document to the sections of its page, in their order."""


def sections_of(document: Document) -> list[Section]:
    """Sections of a document's page, in their order; its schema is one of `REPORTED`."""
    out: list[Section] = []
    for build in REPORTED[str(document["schema"])]:
        made = build(document)
        out += made if isinstance(made, list) else [] if made is None else [made]
    return out


def title_of(document: Document) -> str:
    """Heading of the page."""
    kind = str(document["schema"]).removeprefix("annulus.").partition("/")[0]
    told = {"result": "Simulation"}.get(kind, kind.capitalize())
    case = (document.get("case") or {}).get("id")
    device = (document.get("therapy") or {}).get("device")
    return ": ".join([told, ", ".join(str(word) for word in (case, device) if word)]) if case or device else told

"""A document and its case in, one HTML page out; nothing in it is fetched from anywhere."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import Any

from annulus.anatomy import Case
from annulus.errors import DependencyError, FileError, InputError
from annulus.io import SCHEMAS, read_json, require_outputs, upgraded_result, validate_result, write_text
from annulus.prediction import Result
from annulus.report._pictures import pictures
from annulus.report._section import Section
from annulus.report._sections import REPORTED, sections_of, title_of
from annulus.viz import ResultShapes, scene_gltf, viewer_script, viewer_style

__all__ = ["RESEARCH_USE", "report_html", "write_report"]

RESEARCH_USE = (
    "Research use only. Not a medical device: no clinical decision may rest on this page. Every number is a model's, "
    "with the assumptions that are listed."
)

_SUFFIXES = (".html", ".htm")


def write_report(result: Any, path: str | PathLike[str], *, case: Case | None = None) -> Path:
    """Write the report of a result as one HTML file that needs no network.

    Parameters
    ----------
    result
        What `annulus.simulate` gives, or anything with `to_dict`, or the content or the path of a result file.
    path
        File to write, ``.html``.
    case
        The case that it was computed for: pictures and the 3D scene need it. A `Result` knows its own.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError, FileError
        No result, a result of an unknown kind or of another case, or a file that cannot be written.
    DependencyError
        The extra `viz` is not installed.
    """
    path = Path(path)
    if path.suffix.lower() not in _SUFFIXES:
        raise FileError(path, "", f"a report's suffix must be {' or '.join(_SUFFIXES)}; got {path.suffix!r}.")
    read = result if isinstance(result, (str, PathLike)) else None
    require_outputs(path, inputs=() if read is None else (Path(read),))
    write_text(report_html(result, case=case), path)
    return path


def report_html(result: Any, *, case: Case | None = None) -> str:
    """The page that `write_report` writes, as text; arguments and errors as there."""
    template = _template()
    document, name = _document(result)
    if isinstance(result, Result):
        case = result.case if case is None else case
    if str(document.get("schema")) not in REPORTED:
        raise FileError(
            name, "schema", f"must be one of {', '.join(REPORTED)}; got {document.get('schema')!r}: give a result file."
        )
    if document["schema"] in SCHEMAS:
        validate_result(document, name=name)
    sections = sections_of(document)
    drawn = [] if case is None else _drawn(case, document, name)
    note = ""
    if case is None and "shapes" in document:
        note = "No pictures and no 3D scene: the report was made without its case (--case CASE adds them)."
    return template.render(
        title=title_of(document),
        research_use=RESEARCH_USE,
        sections=_with_pictures(sections, drawn),
        note=note,
        scenes=_scenes(case, document, name) if drawn else {},
        style=_asset("report.css") + viewer_style(),
        viewer=viewer_script(),
        page_script=_asset("report.js"),
    )


def _document(result: Any) -> tuple[dict[str, Any], str]:
    """Content of a result file, and what messages call it."""
    name = "result"
    if isinstance(result, (str, PathLike)):
        name = str(result)
        result = read_json(Path(result))
        if not isinstance(result, dict):
            raise FileError(name, "", f"must be an object with a key schema; got {type(result).__name__}.")
    elif hasattr(result, "to_dict"):
        result = result.to_dict()
    if not isinstance(result, Mapping):
        raise InputError(
            f"result must be what annulus.simulate gives, its to_dict(), or a result file; got {type(result).__name__}."
        )
    return dict(upgraded_result(result)), name


def _drawn(case: Case, document: Mapping[str, Any], name: str) -> list[Section]:
    told = document.get("case")
    if isinstance(told, Mapping):
        # Refuses a result of another case, with one sentence, before anything is drawn.
        ResultShapes.from_result({"case": told}, case, file=name)
    if "shapes" not in document:
        return []
    return [pictures(case, document, name), Section("In three dimensions", "scene", {})]


def _scenes(case: Case | None, document: Mapping[str, Any], name: str) -> dict[str, str]:
    if case is None:
        return {}
    scenes = {"before": scene_gltf(case), "after": scene_gltf(case, document, file=name)}
    return {state: base64.b64encode(scene).decode() for state, scene in scenes.items()}


def _with_pictures(sections: list[Section], drawn: list[Section]) -> list[Section]:
    """Pictures stand behind the figures and before what they rest on."""
    place = next((k for k, section in enumerate(sections) if section.fine_print), len(sections))
    return [*sections[:place], *drawn, *sections[place:]]


def _template() -> Any:
    try:
        from jinja2 import Environment, StrictUndefined
    except ImportError as error:
        raise DependencyError("a report needs jinja2, which is not installed: pip install 'annulus[viz]'.") from error
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_asset("report.html.j2"))


def _asset(name: str) -> str:
    return files("annulus.report").joinpath(name).read_text(encoding="utf-8")

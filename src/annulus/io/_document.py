"""Documents out: what has a published schema obeys it, or is not written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from annulus.errors import FileError
from annulus.io._json import write_json
from annulus.io._result import SCHEMAS
from annulus.io._schema import validated

__all__ = ["write_document"]


def write_document(document: Mapping[str, object], path: Path | str) -> None:
    """Write a result, measures, a sequence or another document as JSON; to standard output for ``-``.

    A document whose ``schema`` is one of `SCHEMAS` is checked first: one that breaks it is a fault of the program that
    made it, and is not written. Documents without a published schema are written as they are.

    Raises
    ------
    FileError
        The document breaks its schema, the sentence names the key; or the file cannot be written.
    InputError
        A number that JSON cannot hold.
    """
    model = SCHEMAS.get(str(document.get("schema")))
    if model is not None:
        try:
            validated(model, document, file=path)
        except FileError as error:
            raise FileError(
                path,
                error.place,
                f"{error.message.rstrip('.')} (not written: it breaks the schema {document['schema']}, which is a "
                "fault of the program and not of your input; please report it).",
            ) from None
    write_json(document, path)

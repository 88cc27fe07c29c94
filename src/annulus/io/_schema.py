"""Files that people write by hand: strict models, and one clear sentence for what is wrong in them."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from annulus.errors import FileError, InputError

__all__ = [
    "FileModel",
    "Number",
    "Point",
    "nearest_of",
    "placed",
    "schema_text",
    "unknown_text",
    "validated",
    "validation_error",
]

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""A finite number; text that looks like a number is refused."""

Point = tuple[Number, Number, Number]
"""One point [mm]."""

_SHOWN = 60
"""Characters of a wrong value that an error shows."""

Model = TypeVar("Model", bound=BaseModel)


class FileModel(BaseModel):
    """Frozen model that refuses unknown keys and names the nearest known one."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, data: Any) -> Any:
        if isinstance(data, Mapping):
            known = [field.alias or name for name, field in cls.model_fields.items()]
            for key in data:
                if key not in known and key not in cls.model_fields:
                    raise PydanticCustomError("unknown_key", "{text}", {"text": unknown_text("key", str(key), known)})
        return data


def nearest_of(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word`, None where none is alike."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.7)
    return close[0] if close else None


def unknown_text(kind: str, word: str, known: Iterable[str]) -> str:
    """'unknown key 'x': did you mean 'y'?', or the list of known words."""
    names = list(known)
    close = nearest_of(word, names)
    advice = f"did you mean {close!r}?" if close else f"use one of {', '.join(names)}."
    return f"unknown {kind} {word!r}: {advice}"


def validated(model: type[Model], data: object, *, file: object) -> Model:
    """`data` as a `model`.

    Raises
    ------
    FileError
        The first thing that is wrong, with its place in `file`.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise validation_error(file, error) from None
    except RecursionError:
        raise FileError(file, "", "is nested too deeply to be such a file: write it again.") from None


def validation_error(file: object, error: ValidationError) -> FileError:
    """The first thing that is wrong, with its place in `file`, as one sentence."""
    first, *others = error.errors(include_url=False)
    # A union lists one complaint per member: they all concern the same value, so only other places count.
    places = {tuple(item["loc"][: len(first["loc"])]) for item in others} - {tuple(first["loc"])}
    more = f" ({len(places)} more like this in the file)" if places else ""
    return FileError(file, _place(first["loc"]), _sentence(first) + more)


@contextmanager
def placed(file: object, place: str) -> Iterator[None]:
    """Turn an `InputError` of the shapes into a `FileError` that says where the values stood."""
    try:
        yield
    except FileError:
        raise
    except InputError as error:
        raise FileError(file, place, str(error)) from None


def schema_text(model: type[BaseModel], *, identifier: str, title: str) -> str:
    """JSON Schema (draft 2020-12) of `model`, as it stands in ``docs/schemas``."""
    schema = model.model_json_schema(by_alias=True)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": identifier, "title": title}
    return json.dumps({**head, **{key: value for key, value in schema.items() if key != "title"}}, indent=2) + "\n"


def _place(loc: tuple[int | str, ...]) -> str:
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")


def _sentence(item: ErrorDetails) -> str:
    kind, context = item["type"], item.get("ctx", {})
    if kind == "unknown_key":
        return str(context["text"])
    if kind == "missing" and isinstance(item["loc"][-1], int):
        return "this value must be given; it is missing: add it."
    if kind == "missing":
        return "this key must be given; it is missing: add it."
    got = repr(item["input"])
    got = got if len(got) <= _SHOWN else got[: _SHOWN - 3] + "..."
    rules = {
        "finite_number": "must be a finite number",
        "float_type": "must be a number",
        "int_type": "must be a whole number",
        "int_parsing": "must be a whole number",
        "int_from_float": "must be a whole number",
        "string_type": "must be text",
        "list_type": "must be a list",
        "tuple_type": "must be a list of three numbers",
        "dict_type": "must be a table of keys",
        "model_type": "must be a table of keys",
        "model_attributes_type": "must be a table of keys",
    }
    rule = rules.get(kind)
    if kind in ("literal_error", "enum"):
        rule = f"must be {context['expected']}"
    elif kind in ("too_short", "too_long"):
        rule = (
            f"must have {'at least' if kind == 'too_short' else 'at most'} "
            + str(context.get("min_length", context.get("max_length")))
            + " entries"
        )
        got = f"{context.get('actual_length')}"
    if rule is None:
        rule = item["msg"][:1].lower() + item["msg"][1:]
        rule = rule.replace("input should", "must").removeprefix("value error, ")
    return f"{rule}; got {got}: correct it."

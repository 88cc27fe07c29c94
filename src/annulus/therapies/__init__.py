"""What can be done to a mitral valve: one file a therapy, all of one small interface.

`ALL_THERAPIES` is the table that command line, comparison, tests and pages are written over. Adding a therapy is one
new file here and one line in it.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from importlib import import_module
from pathlib import Path

from annulus.errors import FileError, InputError, MissingFileError
from annulus.therapies._therapy import Load, Placement, Site, Sizing, Stage, Therapy, Wish, WishError

__all__ = ["ALL_THERAPIES", "Load", "Placement", "Site", "Sizing", "Stage", "Therapy", "Wish", "WishError", "therapy"]

_TABLE = (
    "double_anchor.DoubleAnchor",
    "ring.SurgicalRing",
    "clip.EdgeToEdge",
    "rods.StraightRods",
    "bridge.SeptalBridge",
    "foreshortening.ForeshorteningBridge",
    "cerclage.Cerclage",
    "band.DirectBand",
    "none.NoTherapy",
)
"""Module and class of every therapy that the package ships, in the order of pages and messages."""


def _class(place: str) -> type[Therapy]:
    module, _, name = place.partition(".")
    return getattr(import_module(f"annulus.therapies.{module}"), name)


ALL_THERAPIES: tuple[type[Therapy], ...] = tuple(_class(place) for place in _TABLE)
"""Every kind of therapy that the package ships."""


def __getattr__(name: str) -> type[Therapy]:
    for kind in ALL_THERAPIES:
        if kind.__name__ == name:
            return kind
    raise AttributeError(f"module 'annulus.therapies' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, *(kind.__name__ for kind in ALL_THERAPIES)])


def therapy(name: str | Therapy) -> Therapy:
    """The therapy of a name, such as ``"carillon-9-18-60"``, ``"ring-28"``, ``"clip-XTW"``.

    Parameters
    ----------
    name
        Name, in any case, or the path of a device file (its name ends in ``.toml``); a therapy is given back as it is.

    Returns
    -------
    Therapy

    Raises
    ------
    InputError
        No kind of therapy has this name, or no such size is made; the sentence lists the forms.
    MissingFileError, FileError
        There is no such device file, or what it says contradicts itself.
    """
    if isinstance(name, Therapy):
        return name
    if not isinstance(name, str):
        raise InputError(
            f"a therapy must be one name such as 'carillon-9-18-60', or one object derived from annulus.Therapy; got "
            f"{_kind_of(name)}."
        )
    text = name.strip().lower()
    if text.endswith(".toml"):
        return _from_file(Path(name.strip()))
    for kind in ALL_THERAPIES:
        found = kind.named(text)
        if found is not None:
            return found
    forms = [kind.forms for kind in ALL_THERAPIES if kind.forms]
    words = {word: form for form in forms for word in re.findall(r"\b([a-z-]+)-[A-Z]", form)}
    close = difflib.get_close_matches(text.split("-")[0], words, n=1)
    if close:
        # The form that was meant is told alone: all of them hide it.
        raise InputError(f"a therapy must be named {words[close[0]]}; got {name!r}. Did you mean {close[0]}-...?")
    raise InputError(f"a therapy must be named {'; '.join(forms)}; got {name!r}.")


def _from_file(path: Path) -> Therapy:
    if not path.is_file():
        raise MissingFileError(path, "", "there is no such device file: check the path.")
    try:
        facts = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FileError(path, "", f"must be a TOML file that can be read; {error}: mend it.") from None
    for kind in ALL_THERAPIES:
        found = kind.described(facts, str(path))
        if found is not None:
            return found
    raise FileError(path, "kind", f"must be a kind of therapy that reads files; got {facts.get('kind')!r}: drop it.")


def _kind_of(value: object) -> str:
    if isinstance(value, (list, tuple, set)):
        return f"a {type(value).__name__} of {len(value)}: simulate them one by one"
    return f"the class {value.__name__}: make an object of it" if isinstance(value, type) else type(value).__name__

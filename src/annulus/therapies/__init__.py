"""What can be done to a mitral valve: one file a therapy, all of one small interface.

`ALL_THERAPIES` is the table that command line, comparison, tests and pages are written over. Adding a therapy is one
new file here and one line in it.
"""

from __future__ import annotations

import difflib
import re

from annulus.errors import InputError
from annulus.therapies._therapy import Load, Placement, Site, Stage, Therapy, Wish
from annulus.therapies.clip import EdgeToEdge, EdgeToEdgeClip
from annulus.therapies.double_anchor import DoubleAnchor
from annulus.therapies.none import NoTherapy
from annulus.therapies.ring import RingExtent, RingShape, SurgicalRing

__all__ = [
    "ALL_THERAPIES",
    "DoubleAnchor",
    "EdgeToEdge",
    "EdgeToEdgeClip",
    "Load",
    "NoTherapy",
    "Placement",
    "RingExtent",
    "RingShape",
    "Site",
    "Stage",
    "SurgicalRing",
    "Therapy",
    "Wish",
    "therapy",
]

ALL_THERAPIES: tuple[type[Therapy], ...] = (
    DoubleAnchor,
    SurgicalRing,
    EdgeToEdge,
    NoTherapy,
)
"""Every kind of therapy that the package ships."""


def therapy(name: str | Therapy) -> Therapy:
    """The therapy of a name, such as ``"carillon-9-18-60"``, ``"ring-28"``, ``"clip-XTW"``.

    Parameters
    ----------
    name
        Name, in any case; a therapy is given back as it is.

    Returns
    -------
    Therapy

    Raises
    ------
    InputError
        No kind of therapy has this name, or no such size is made; the sentence lists the forms.
    """
    if isinstance(name, Therapy):
        return name
    if not isinstance(name, str):
        raise InputError(
            f"a therapy must be one name such as 'carillon-9-18-60', or one object derived from annulus.Therapy; got "
            f"{_kind_of(name)}."
        )
    text = name.strip().lower()
    for kind in ALL_THERAPIES:
        found = kind.named(text)
        if found is not None:
            return found
    forms = "; ".join(kind.forms for kind in ALL_THERAPIES if kind.forms)
    words = re.findall(r"\b([a-z-]+)-[A-Z]", forms)
    close = difflib.get_close_matches(text.split("-")[0], words, n=1)
    advice = f" Did you mean {close[0]}-...?" if close else ""
    raise InputError(f"a therapy must be named {forms}; got {name!r}.{advice}")


def _kind_of(value: object) -> str:
    if isinstance(value, (list, tuple, set)):
        return f"a {type(value).__name__} of {len(value)}: simulate them one by one"
    return f"{type(value).__name__}"

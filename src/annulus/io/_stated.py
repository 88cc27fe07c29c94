"""What a file states about its unit and axes, wherever it says so, and the one rule that settles both.

A statement stands in a header, a title line, a comment or field data: ``SPACE=LPS`` as 3D Slicer writes it, and
``UNIT=mm``. What the file states holds. Whoever asks for something else is refused, unless `override` is set. Defaults
(of a whole recipe) hold only where the file is silent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from annulus.errors import FileError

__all__ = ["SLICER_SPACE", "Asked", "Stated", "settle", "stated"]

SLICER_SPACE = "3D Slicer output. SPACE=LPS"
"""Header text of Slicer (vtkMRMLModelStorageNode); our writers state the same."""

_SPACE = re.compile(r"\bSPACE\s*[=:]\s*\"?([A-Za-z]+(?:[- ][A-Za-z]+){0,2})", re.IGNORECASE)
_UNIT = re.compile(r"\bUNITS?\s*[=:]\s*\"?([A-Za-zµ]+)", re.IGNORECASE)

_AXES = re.compile(r"(?:[LR][AP][IS]|[LR][IS][AP]|[AP][LR][IS]|[AP][IS][LR]|[IS][LR][AP]|[IS][AP][LR])(?![A-Z])")
_LETTERS = {"left": "L", "right": "R", "posterior": "P", "anterior": "A", "superior": "S", "inferior": "I"}

_UNITS: Mapping[str, str] = {
    **dict.fromkeys(("um", "µm", "micron", "microns", "micrometer", "micrometers", "micrometre", "micrometres"), "um"),
    **dict.fromkeys(("mm", "millimeter", "millimeters", "millimetre", "millimetres"), "mm"),
    **dict.fromkeys(("cm", "centimeter", "centimeters", "centimetre", "centimetres"), "cm"),
    **dict.fromkeys(("m", "meter", "meters", "metre", "metres"), "m"),
}
_FOREIGN = ("inch", "inches", "in", "foot", "feet", "ft", "yard", "yards", "nm", "dm", "km")


@dataclass(frozen=True, slots=True)
class Stated:
    """Coordinate system and unit that a file states; None where it is silent."""

    coordinate_system: str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What whoever reads a file says about it.

    Parameters
    ----------
    coordinate_system, unit
        Of this file; must not contradict it unless `override` is set.
    override
        Both hold even where the file states others.
    default_coordinate_system, default_unit
        For all files that state none.
    """

    coordinate_system: str | None = None
    unit: str | None = None
    override: bool = False
    default_coordinate_system: str | None = None
    default_unit: str | None = None


def stated(file: Path, texts: Iterable[str] = (), fields: Mapping[str, str] | None = None) -> Stated:
    """What header texts and field data say.

    Parameters
    ----------
    file
        For the sentence.
    texts
        Title, comments, header: anything written in words.
    fields
        Name to text of field data; ``SPACE`` and ``UNIT`` (or ``UNITS``) count.

    Raises
    ------
    FileError
        Two statements contradict each other, or the unit is a length that is not read.
    """
    given = [*texts]
    for name, text in (fields or {}).items():
        if name.upper() in ("SPACE", "UNIT", "UNITS"):
            given.append(text if _SPACE.search(text) or _UNIT.search(text) else f"{name}={text}")
    axes: dict[str, None] = {}
    units: dict[str, None] = {}
    for text in given:
        for match in _SPACE.finditer(text):
            if word := _axes(match[1]):
                axes[word] = None
        for match in _UNIT.finditer(text):
            word = match[1].lower()
            if word in _FOREIGN:
                raise FileError(file, "UNIT", f"must be um, mm, cm or m; the file states {match[1]}: convert it first.")
            if word in _UNITS:
                units[_UNITS[word]] = None
    for key, found in (("SPACE", axes), ("UNIT", units)):
        if len(found) > 1:
            raise FileError(
                file, key, f"must be stated once; the file states {' and '.join(found)}: export it again, or mend that."
            )
    return Stated(next(iter(axes), None), next(iter(units), None))


def settle(file: Path, said: Stated, asked: Asked) -> tuple[str, str]:
    """Coordinate system and unit from what the file states and what is asked for.

    Raises
    ------
    FileError
        Nobody says, or the two contradict each other and `override` is off.
    """
    return _settled(file, "coordinate_system", said.coordinate_system, asked.coordinate_system,
                    asked.default_coordinate_system, asked.override), \
        _settled(file, "unit", said.unit, asked.unit, asked.default_unit, asked.override)  # fmt: skip


def _settled(file: Path, name: str, in_file: str | None, asked: str | None, default: str | None, override: bool) -> str:
    if in_file is not None and asked is not None and in_file != asked and not override:
        raise FileError(
            file, name, f"the file states {in_file}; {asked} was asked for: leave {name} out, or set override."
        )
    chosen = (asked or in_file) if override else (in_file or asked)
    if chosen or default:
        return chosen or default or ""
    example = "LPS" if name == "coordinate_system" else "mm"
    raise FileError(file, name, f'must be known; neither the file nor the caller states it: say {name} = "{example}".')


def _axes(text: str) -> str | None:
    """ "LPS" from "LPS" or "left-posterior-superior"; None for other words."""
    if match := _AXES.match(text.upper()):
        return match[0]
    words = re.split(r"[- ]", text.lower())
    return "".join(_LETTERS[word] for word in words) if len(words) == 3 and set(words) <= _LETTERS.keys() else None

"""Preset hearts from published figures: every number with its source, the assumed ones labelled.

The numbers stand in ``presets.toml`` beside this module.
"""

from __future__ import annotations

import difflib
import tomllib
from enum import Enum
from functools import cache
from importlib import resources
from typing import Any

from annulus.anatomy._case import Case
from annulus.anatomy.parametric._annulus import AnnulusParameters
from annulus.anatomy.parametric._case import PapillaryParameters, VentricleParameters, parametric_case
from annulus.anatomy.parametric._circumflex import CircumflexParameters, CrossingSide, Dominance
from annulus.anatomy.parametric._leaflets import LeafletParameters
from annulus.anatomy.parametric._sinus import CoronarySinusParameters
from annulus.errors import InputError
from annulus.sources import Assumption, Distribution, Parameter

__all__ = ["Preset", "preset", "preset_about", "preset_choices", "preset_of", "preset_parameters"]


class Preset(Enum):
    """A named group of patients."""

    NORMAL = "normal"
    FMR = "fmr"
    ISCHAEMIC = "ischaemic"
    AFMR = "afmr"


def preset_parameters(which: Preset | str, *, dominance: Dominance = Dominance.RIGHT) -> tuple[Parameter, ...]:
    """All parameters of a preset with prior and source; names are "part.field".

    The parts are annulus, coronary_sinus, circumflex, leaflets, papillary and ventricle; the fields are
    those of their parameter classes. A published spread makes the prior normal, else the value is fixed.

    Parameters
    ----------
    which
        A preset or its name.
    dominance
        Left gives the circumflex the calibre and the course of a dominant one.

    Raises
    ------
    InputError
        No such preset.
    """
    table = _table()
    rows: dict[str, Parameter] = {}
    more = ["left_dominant"] if dominance is Dominance.LEFT else []
    for layer in table["layers"][preset_of(which).value] + more:
        for part, fields in table.get(layer, {}).items():
            for field, row in fields.items():
                rows[f"{part}.{field}"] = _parameter(f"{part}.{field}", row)
    return tuple(rows[name] for name in sorted(rows))


def preset(which: Preset | str) -> Case:
    """The example heart of a preset: every parameter at its central value.

    The case's `assumptions` list each parameter that rests on no datum of the group, and each place
    where published figures disagree and one was chosen.

    Raises
    ------
    InputError
        No such preset.
    """
    group = preset_of(which)
    parameters = preset_parameters(group)

    def part(name: str) -> dict[str, float]:
        prefix = f"{name}."
        return {item.name.removeprefix(prefix): item.value for item in parameters if item.name.startswith(prefix)}

    return parametric_case(
        AnnulusParameters(**part("annulus")),
        coronary_sinus=CoronarySinusParameters(**part("coronary_sinus")),
        circumflex=CircumflexParameters(
            **part("circumflex"),
            crossing_side=CrossingSide.BETWEEN,
            n_marginals=2,
            dominance=Dominance.RIGHT,
            level=False,
        ),
        leaflets=LeafletParameters(**part("leaflets")),
        papillary=PapillaryParameters(**part("papillary")),
        ventricle=VentricleParameters(**part("ventricle")),
        id=group.value,
        assumptions=(*(item.to_assumption() for item in parameters if item.assumed), *preset_choices()),
    )


def preset_about(which: Preset | str) -> str:
    """What a preset is, in a line."""
    return str(_table()["about"][preset_of(which).value])


def preset_choices() -> tuple[Assumption, ...]:
    """What was chosen where published figures disagree or none exist, the same for every preset."""
    return tuple(Assumption(**row) for row in _table()["choices"])


def preset_of(which: Preset | str) -> Preset:
    """The preset of a name.

    Raises
    ------
    InputError
        No such preset; the nearest name is told.
    """
    try:
        return Preset(which)
    except ValueError:
        known = [item.value for item in Preset]
        near = difflib.get_close_matches(str(which).lower(), known, n=1)
        hint = f": did you mean {near[0]!r}?" if near else "."
        raise InputError(f"preset must be one of {', '.join(known)}; got {which!r}{hint}") from None


@cache
def _table() -> dict[str, Any]:
    text = resources.files("annulus.anatomy.parametric").joinpath("presets.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _parameter(name: str, row: dict[str, Any]) -> Parameter:
    spread = row.get("sd", 0.0)
    return Parameter(
        name=name,
        value=row["value"],
        unit=row["unit"],
        distribution=Distribution.NORMAL if spread > 0.0 else Distribution.FIXED,
        spread=spread,
        bounds=tuple(row.get("bounds", (row.get("low", float("-inf")), float("inf")))),
        source=row["source"],
        assumed=row.get("assumed", False),
        why=row["why"],
    )

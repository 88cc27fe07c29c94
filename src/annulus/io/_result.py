"""Result files: ``annulus.result/2`` and ``annulus.measures/1``, as published in ``docs/schemas``.

Absent means not computed. The blocks of numbers are those of the catalogue, key by key; only the block ``therapy`` may
hold others, for a therapy of one's own has numbers of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, create_model

from annulus.anatomy.measures import MEASURES
from annulus.errors import FileError
from annulus.io._case_model import AssumptionModel, CaseModel, PhaseName
from annulus.io._plan_model import ComparisonModel, EvaluationModel, PlanModel
from annulus.io._recipe_model import Recipe
from annulus.io._schema import FileModel, Number, schema_text, validated
from annulus.prediction import catalogue
from annulus.quantity import Quantity

__all__ = [
    "SCHEMAS",
    "MeasuresModel",
    "ResultModel",
    "SequenceModel",
    "schema_files",
    "upgraded_result",
    "validate_result",
]


class _Open(BaseModel):
    """Known keys are typed; others may stand beside them."""

    model_config = ConfigDict(frozen=True, extra="allow")


class CaseKey(FileModel):
    """Which geometry a result belongs to."""

    id: str
    digest: str = Field(pattern="^[0-9a-f]{64}$", description="SHA-256 over the geometry and loading.")
    phase: PhaseName


def _block(name: str, quantities: Iterable[Quantity], *, grows: bool = False) -> type[BaseModel]:
    """Model of one block of a document, from the keys of its quantities."""
    tree: dict[str, Any] = {}
    for row in quantities:
        for path in row.paths:
            if path.split(".")[0] == name:
                _put(tree, path.split(".")[1:], row)
    return _model(name, tree, grows=grows)


def _put(tree: dict[str, Any], words: Sequence[str], row: Quantity) -> None:
    first, *rest = words
    if rest:
        _put(tree.setdefault(first, {}), rest, row)
    else:
        tree[first] = row


def _model(name: str, tree: Mapping[str, Any], *, grows: bool = False) -> type[BaseModel]:
    fields: dict[str, Any] = {}
    for word, inside in tree.items():
        key = word.removesuffix("[]")
        title = f"{name}_{key}"
        if isinstance(inside, Quantity):
            kind = _TYPES.get(inside.unit, Number)
            kind = list[kind | None] if inside.many else kind
            fields[key] = (kind | None, Field(default=None, description=inside.definition))
        else:
            part = _model(title, inside)
            fields[key] = ((list[part] if word.endswith("[]") else part) | None, None)
    return create_model(_named(name), __base__=_Open if grows else FileModel, __doc__=_DOCS.get(name), **fields)


def _named(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


_TYPES: Mapping[str, Any] = {"text": str, "flag": bool, "n": int}

_DOCS = {
    "therapy": "What was done.",
    "annulus": "Annulus before, under traction, and after; measures are defined in ``docs/measures.md``.",
    "coronary_sinus": "Measures of the coronary sinus; lists run along the vein or over theta.",
    "coaptation": "The closed valve before and after.",
    "regurgitation": "What leaks through it before and after.",
    "filling": "The open valve in diastole: stenosis check of a clip or ring.",
    "circumflex": "The arteries beside the vein.",
    "leads": "Leads in the vein beside the device.",
    "indicators": "Numbers that the safety panel rests on.",
}


class FitValues(_Open):
    """Fit of the valve to the baseline echo: an ensemble of chordae, tips and leaflets that match it."""

    targets: dict[str, Number]
    measured_error: dict[str, Number] | None = Field(default=None, description="Each target's own standard deviation.")
    error: dict[str, Number] | None = Field(default=None, description="The same with that of the model.")
    residual: dict[str, Number] | None = Field(default=None, description="Members' mean minus target.")
    reached: bool = Field(description="The closed member meets all targets within measured_error.")
    sentence: str
    n_members: int
    effective_size: Number | None = None
    central: dict[str, Number] | None = Field(default=None, description="The member that is closed.")
    closed: dict[str, Number] | None = Field(default=None, description="What it gives where a target was set.")
    level: Number | None = None
    before: dict[str, tuple[Number, Number]] | None = Field(default=None, description="Members' interval, by measure.")
    after: dict[str, tuple[Number, Number]] | None = None


class SafetyValues(_Open):
    """One row of the safety panel."""

    event: str
    status: Literal["ok", "caution", "high", "unknown", "not_modelled"]
    indicator: str | None = None
    value: Number | str | None = None
    unit: str | None = None
    basis: str | None = None
    key: str | None = Field(default=None, description="Where the value stands in the result, and in the intervals.")


class IntervalValues(FileModel):
    """Intervals of predicted numbers by their key."""

    level: Number = Field(gt=0.0, lt=1.0)
    by_key: dict[str, tuple[Number, Number]]
    standard_error: dict[str, tuple[Number, Number]] | None = Field(
        default=None, description="Of the two ends, by their key: how well the samples fix them."
    )
    bias_removed: dict[str, Number] | None = Field(
        default=None, description="What was taken off all draws because error of measurement only adds, by key."
    )
    share_of_draws: dict[str, Number] | None = Field(
        default=None, description="Share of the draws that have this number, where not all do."
    )
    n_samples: int | None = None
    seed: int | None = None
    failures: dict[str, int] | None = Field(default=None, description="Why a draw gave no prediction, and how often.")


class ClosureSolverValues(FileModel):
    """How the closure of one state went."""

    status: str
    iterations: int | None = None
    residual_n: Number | None = Field(default=None, description="Largest force left on a free vertex [N].")


class SolverValues(FileModel):
    """How the solves went."""

    status: str
    advice: str | None = None
    iterations: int | None = None
    residual_n: Number | None = Field(default=None, description="Largest nodal force left [N].")
    net_force_n: Number | None = Field(default=None, description="Sum of all nodal forces [N].")
    energy_nmm: Number | None = Field(default=None, description="Energy of the state that stays [N mm].")
    n_nodes: int | None = None
    closure: dict[str, ClosureSolverValues] | None = None


def _blocks(title: str, names: Iterable[str], quantities: Sequence[Quantity]) -> type[BaseModel]:
    fields: dict[str, Any] = {
        name: (
            _block(name, quantities, grows=name == "therapy") | None,
            Field(default=None, description=_DOCS[name]),
        )
        for name in names
    }
    return create_model(title, __base__=FileModel, **fields)


_ResultBlocks = _blocks("_ResultBlocks", _DOCS, catalogue())


class ResultModel(_ResultBlocks):
    """One prediction; a key that is absent was not computed."""

    schema_: Literal["annulus.result/2"] = Field(alias="schema")
    case: CaseKey
    fit: FitValues | None = None
    safety: list[SafetyValues] | None = None
    intervals: IntervalValues | None = None
    importance: dict[str, JsonValue] | None = Field(
        default=None, description="Sobol indices of each uncertain number for each prediction, by its key."
    )
    flags: list[str] | None = Field(default=None, description="Sentences on what does not sit as it should.")
    assumptions: list[AssumptionModel]
    solver: SolverValues
    provenance: dict[str, JsonValue]
    shapes: dict[str, JsonValue] | None = Field(
        default=None, description="Curves, device and closed leaflets of the states [mm], for pictures."
    )


_MeasuresBlocks = _blocks("_MeasuresBlocks", ("annulus", "coronary_sinus", "circumflex"), MEASURES)


class MeasuresModel(_MeasuresBlocks):
    """Measures of one case."""

    schema_: Literal["annulus.measures/1"] = Field(alias="schema")
    case: CaseKey
    intervals: IntervalValues | None = None
    assumptions: list[AssumptionModel]


class SequenceModel(FileModel):
    """Measures of the frames of one heartbeat."""

    schema_: Literal["annulus.sequence/1"] = Field(alias="schema")
    source: str
    valve: str
    frames: list[int]
    annulus: dict[str, list[Number | None]] = Field(description="Measure to its value in each frame.")
    assumptions: list[AssumptionModel]


SCHEMAS: Mapping[str, type[BaseModel]] = {
    "annulus.case/1": CaseModel,
    "annulus.recipe/1": Recipe,
    "annulus.result/2": ResultModel,
    "annulus.measures/1": MeasuresModel,
    "annulus.sequence/1": SequenceModel,
    "annulus.plan/1": PlanModel,
    "annulus.comparison/1": ComparisonModel,
    "annulus.evaluation/1": EvaluationModel,
}
"""Name of each file format to its model."""


def schema_files() -> dict[str, str]:
    """File name to text of every published JSON Schema, as they stand in ``docs/schemas``."""
    return {
        f"{name.replace('/', '-')}.json": schema_text(model, identifier=name, title=name)
        for name, model in SCHEMAS.items()
    }


def validate_result(document: Mapping[str, Any], *, name: str = "result") -> None:
    """Check a result, measures or sequence document against its published schema.

    Parameters
    ----------
    document
        What `to_dict` gave, or what stood in a file.
    name
        What the error calls it: the file's path.

    Raises
    ------
    FileError
        An unknown schema, or the first thing that is wrong.
    """
    document = upgraded_result(document)
    schema = document.get("schema")
    known = [key for key in SCHEMAS if key not in ("annulus.case/1", "annulus.recipe/1")]
    if schema not in known:
        raise FileError(name, "schema", f"must be one of {', '.join(known)}; got {schema!r}: give a result file.")
    validated(SCHEMAS[str(schema)], document, file=name)


def upgraded_result(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """A result document as ``annulus.result/2``: one of ``/1`` with its keys renamed, any other as it is.

    What changed: chordae instead of chord in the keys of tensions; the tent of the A2-P2 section always stands under
    ``tent``, in the keys of intervals too; the device's path stands among ``device_mm``.
    """
    if document.get("schema") != "annulus.result/1":
        return document
    out = {**document, "schema": "annulus.result/2"}
    coaptation = out.get("coaptation")
    if isinstance(coaptation, Mapping):
        out["coaptation"] = {name: _new_coaptation(block) for name, block in coaptation.items()}
        if any(_is_tent(block) for block in coaptation.values()):
            for name in ("intervals", "importance"):
                out |= {name: _with_tent_keys(out[name])} if isinstance(out.get(name), Mapping) else {}
    shapes = out.get("shapes")
    if isinstance(shapes, Mapping) and "device_path_after_mm" in shapes:
        rest = {key: value for key, value in shapes.items() if key != "device_path_after_mm"}
        out["shapes"] = {**rest, "device_mm": {"ribbon": shapes["device_path_after_mm"]}}
    return out


def _is_tent(block: Any) -> bool:
    return isinstance(block, Mapping) and block.get("model") == "tent"


def _with_tent_keys(block: Mapping[str, Any]) -> dict[str, Any]:
    """Tables by key with the tent's keys renamed."""
    return {
        name: {_TENT_KEY.sub(r"\g<0>tent.", key): value for key, value in table.items()}
        if isinstance(table, Mapping)
        else table
        for name, table in block.items()
    }


_TENT_KEY = re.compile(r"^coaptation\.(before|after)\.")


def _new_coaptation(block: Any) -> Any:
    if not isinstance(block, Mapping):
        return block
    if _is_tent(block):
        return {"tent": dict(block)}
    return {
        (key.replace("chord_", "chordae_", 1) if key.startswith("chord_") else key): value
        for key, value in block.items()
    }

"""Population presets in, populations out: a table of patients, ``population.json``, and case files where asked for."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from annulus import __version__
from annulus.errors import FileError
from annulus.io._atomic import replaced_folder
from annulus.io._json import json_text, read_json
from annulus.io._reading import existing, read_toml
from annulus.io._schema import FileModel, Number, placed, unknown_text, validated
from annulus.io._write_errors import PART_PREFIX, require_folder_target, write_error
from annulus.io.exporters._case_json import case_files
from annulus.population import (
    COLUMNS,
    Copula,
    Population,
    PopulationPreset,
    driver_shifts,
    population_preset,
    published_agreement,
    sample_patient,
)

__all__ = [
    "POPULATION_SCHEMA",
    "population_document",
    "read_population_preset",
    "require_population_folder",
    "write_population",
]

POPULATION_SCHEMA = "annulus.population/1"
"""Name and version of ``population.json``."""

PRESET_SCHEMA = "annulus.population-preset/1"

_Name = Annotated[str, Field(min_length=1)]


class _Row(FileModel):
    """Changed keys of a parameter."""

    value: Number | None = None
    unit: str | None = None
    sd: Number | None = None
    spread: Number | None = None
    distribution: Literal["fixed", "normal", "lognormal", "uniform", "loguniform"] | None = None
    bounds: tuple[Number, Number] | None = None
    source: str | None = None
    assumed: bool | None = None
    why: str | None = None


class _Correlation(FileModel):
    """Correlation of two driving variables."""

    between: tuple[_Name, _Name]
    value: Number
    why: str = ""


class _Ratio(FileModel):
    """Ratio of two driving variables whose spread gives their correlation."""

    key: str
    of: tuple[_Name, _Name]
    mean: Number
    sd: Number
    source: str = "user"
    why: str = ""


class _Published(FileModel):
    """Row to compare with."""

    key: str
    mean: Number
    unit: str = ""
    sd: Number | None = None
    source: str = "user"
    group: str = ""
    phase: str = ""
    statistic: Literal["mean", "median", "share_below"] = "mean"
    below: Number | None = None
    why: str = ""


class _Selection(FileModel):
    """Changed keys of the range that the patients' valves leak in."""

    min_eroa_mm2: Number | None = None
    max_eroa_mm2: Number | None = None
    source: str = "user"
    why: str | None = None


class _PresetModel(FileModel):
    """A user's population: what it changes of a shipped one."""

    schema_: Literal["annulus.population-preset/1"] = Field(alias="schema")
    base: Literal["normal", "fmr", "ischaemic", "afmr"]
    parameters: dict[str, dict[str, _Row]] = Field(default_factory=dict)
    shares: dict[str, _Row] = Field(default_factory=dict)
    correlations: list[_Correlation] = Field(default_factory=list)
    ratios: list[_Ratio] = Field(default_factory=list)
    published: list[_Published] = Field(default_factory=list)
    selection: _Selection | None = None
    without: list[str] = Field(default_factory=list)


def read_population_preset(path: Path | str) -> PopulationPreset:
    """The population that a TOML file describes, named after the file.

    Raises
    ------
    FileError
        No TOML, an unknown key (the nearest one is named), values that break a rule, or priors that contradict each
        other: the sentence says which rows and by how much.
    """
    file = existing(path)
    data = read_toml(file)
    model = validated(_PresetModel, data, file=file)
    base = population_preset(model.base)
    parts: dict[str, set[str]] = {}
    for name in base.parameters:
        parts.setdefault(name.split(".")[0], set()).add(name.split(".")[1])
    for part, rows in model.parameters.items():
        _known(file, "parameters", part, parts)
        for field in rows:
            _known(file, f"parameters.{part}", field, parts[part])
    for share in model.shares:
        _known(file, "shares", share, base.shares)
    for at, key in enumerate(model.without):
        _known(file, f"without[{at}]", key, {"selection", *(row.key for row in base.published)})
    for at, row in enumerate(model.published):
        _known(file, f"published[{at}].key", row.key, COLUMNS)
    for kind, pairs in (
        ("correlations", [c.between for c in model.correlations]),
        ("ratios", [r.of for r in model.ratios]),
    ):
        for at, pair in enumerate(pairs):
            for name in pair:
                _known(file, f"{kind}[{at}]", name, base.parameters)
    tables = model.model_dump(exclude_none=True, exclude={"schema_"}, exclude_defaults=True)
    for row in (
        *(r for rows in tables.get("parameters", {}).values() for r in rows.values()),
        *tables.get("shares", {}).values(),
    ):
        # What the user changes is the user's, unless a source is named.
        row.setdefault("source", "user")
    for row in (*tables.get("ratios", []), *tables.get("published", []), tables.get("selection", {})):
        row.setdefault("source", "user")
    for row in tables.get("published", []):
        row.setdefault("unit", "")
    with placed(file, ""):
        preset = PopulationPreset.from_tables(file.stem, tables)
        Copula.from_preset(preset)
    return preset


def _known(file: Path, place: str, word: str, known: Any) -> None:
    if word not in known:
        raise FileError(file, place, unknown_text("key", word, sorted(known)))


def population_document(population: Population) -> dict[str, Any]:
    """``population.json``: what was drawn from, what was rejected and why, and the comparison with the priors."""
    copula = Copula.from_preset(population.preset)
    pairs = [
        {"between": [a, b], "value": round(float(copula.correlation[i, j]), 6)}
        for i, a in enumerate(copula.names)
        for j, b in enumerate(copula.names[:i])
        if copula.correlation[i, j] != 0.0
    ]
    selection = population.preset.selection
    return {
        "schema": POPULATION_SCHEMA,
        "preset": population.preset.name,
        "heart": population.preset.heart.value,
        "selection": None if selection is None else asdict(selection),
        "n": len(population),
        "seed": population.seed,
        "draws": int(population.draws.sum()),
        "rejected": [
            {"reason": reason.name.lower(), "why": reason.value, "count": count, "example": population.examples[reason]}
            for reason, count in population.rejected.items()
        ],
        "drivers": [
            _present({
                "name": row.name,
                "unit": row.unit,
                "first_draw": {"mean": row.drawn_mean, "sd": row.drawn_sd},
                "accepted": {"mean": row.accepted_mean, "sd": row.accepted_sd},
                "shift_sd": None if np.isnan(row.shift) else row.shift,
                "prior": _prior(population.preset, row.name),
            })
            for row in driver_shifts(population)
        ],
        "correlations": pairs,
        "published": [
            _present(
                {
                    "key": row.key, "statistic": row.statistic.value, "below": row.below, "unit": row.unit,
                    "published": row.published, "published_sd": row.published_sd, "found": row.found,
                    "found_sd": row.found_sd, "n": row.n, "agrees": row.agrees, "group": row.group,
                    "phase": row.phase, "source": row.source, "why": row.why,
                }
            )
            for row in published_agreement(population)
        ],
        "columns": {"patient": "number, from 0", "draws": "draws until a heart was possible", **COLUMNS}
        | {f"drawn.{name}": population.preset.parameters[name].why for name in population.driver_names},
        "provenance": {"version": __version__, "research_use_only": True},
    }  # fmt: skip


def _present(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if value is not None and not _is_nan(value)}


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and bool(np.isnan(value))


def _prior(preset: PopulationPreset, name: str) -> dict[str, Any]:
    item = preset.parameters[name]
    row: dict[str, Any] = {"value": item.value, "distribution": item.distribution.value, "spread": item.spread}
    if np.isfinite(item.bounds).all():
        row["bounds"] = list(item.bounds)
    return row | {"source": item.source, "assumed": item.assumed, "why": item.why}


def require_population_folder(folder: Path | str) -> bool:
    """Refuse a folder that a population cannot be written into: only a new, an empty one, or an older population's.

    Returns
    -------
    bool
        Whether it holds an older population, which is replaced.

    Raises
    ------
    FileError
        It holds something else, which would be lost, or it cannot be written.
    """
    out = Path(folder)
    require_folder_target(out)
    try:
        foreign = next(_foreign(out), None) if out.is_dir() else None
    except OSError as error:
        raise write_error(out, error) from None
    if foreign is not None:
        raise FileError(
            out,
            "",
            f"must be a new or empty folder, or one that holds a population and nothing else, which is replaced; "
            f"it holds {foreign.relative_to(out)}: name another folder.",
        )
    return (out / "population.json").is_file()


def write_population(population: Population, folder: Path | str, *, n_cases: int = 0) -> None:
    """Write ``patients.csv`` (one row a patient), ``population.json``, and the first `n_cases` as case files.

    Case files are made again from seed and number, which gives the same hearts. A population that is in the folder is
    replaced as a whole, when the new one is complete.

    Raises
    ------
    FileError
        As `require_population_folder`, or the folder cannot be written; what was in it is as it was.
    """
    require_population_folder(folder)
    with replaced_folder(folder) as new:
        with (new / "patients.csv").open("w", encoding="utf-8", newline="") as stream:
            rows = csv.writer(stream)
            rows.writerow(
                ["patient", "draws", *population.names, *(f"drawn.{name}" for name in population.driver_names)]
            )
            for index, draws in enumerate(population.draws.tolist()):
                values = (*population.measured[index].tolist(), *population.drawn[index].tolist())
                # Empty: nothing to measure, as where no artery crosses.
                rows.writerow([index, draws, *("" if np.isnan(value) else repr(value) for value in values)])
        for index in range(min(n_cases, len(population))):
            patient = sample_patient(population.preset, seed=population.seed, index=index)
            for name, data in case_files(patient.case, f"patient-{index:06d}.json").items():
                file = new / "cases" / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
        (new / "population.json").write_text(json_text(population_document(population)), encoding="utf-8")


_OWN_NAMES = re.compile(r"patients\.csv|population\.json|cases(/patient-\d{6}(\.json|_meshes(/[\w-]+\.ply)?))?")


def _foreign(folder: Path) -> Iterator[Path]:
    """What in `folder` is no part of a population; all of it where ``population.json`` is missing or another file."""
    if any(folder.iterdir()) and not _is_population(folder / "population.json"):
        yield from (child for child in folder.iterdir() if not _is_litter(child))
    for home, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not _is_litter(Path(home, name))]
        for name in (*folders, *names):
            path = Path(home, name)
            if not _OWN_NAMES.fullmatch(path.relative_to(folder).as_posix()):
                yield path


def _is_population(file: Path) -> bool:
    try:
        document = read_json(file)
    except FileError:
        return False
    return isinstance(document, dict) and document.get("schema") == POPULATION_SCHEMA


def _is_litter(path: Path) -> bool:
    """Whether a killed run left `path`, and no older population in it."""
    return path.name.startswith(PART_PREFIX) and not (path / "old").exists()

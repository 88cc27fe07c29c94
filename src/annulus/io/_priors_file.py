"""A user's own distributions, as TOML: one table for each uncertain number.

[foundation_kpa]
value = 1.2
distribution = "lognormal"
spread = 0.3
why = "measured in our own hearts"
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from annulus.errors import FileError
from annulus.io._reading import existing, read_toml
from annulus.io._schema import FileModel, Number, placed, unknown_text, validated
from annulus.mechanics.network import CINCH_PRIORS
from annulus.prediction import COMPRESSION_PRIORS, GEOMETRY_PRIORS, Priors, checked_prior
from annulus.sources import Distribution, Parameter

__all__ = ["load_priors"]


class _PriorTable(FileModel):
    """What is left out stays as it is in the package."""

    value: Number | None = None
    distribution: Distribution | None = None
    spread: Number | None = None
    low: Number | None = None
    high: Number | None = None
    unit: str | None = None
    why: str | None = None


class _PriorsFile(BaseModel):
    """Table by table."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, _PriorTable]


def load_priors(path: str | Path) -> Priors:
    """Distributions that replace the package's own.

    Parameters
    ----------
    path
        TOML file with a table for each number, named as in `GEOMETRY_PRIORS`, `COMPRESSION_PRIORS` or `CINCH_PRIORS`;
        keys ``value``, ``distribution`` (fixed, normal, lognormal, uniform, loguniform), ``spread``, ``low``, ``high``,
        ``unit``, ``why``.

    Raises
    ------
    FileError
        No such file, no TOML, an unknown name or key (the nearest one is suggested), or a distribution that
        contradicts itself.
    """
    file = existing(Path(path))
    data = read_toml(file)
    known = {**CINCH_PRIORS, **GEOMETRY_PRIORS, **COMPRESSION_PRIORS}
    for name in data:
        if name not in known:
            raise FileError(file, name, unknown_text("prior", name, known))
    tables = validated(_PriorsFile, data, file=file).__pydantic_extra__ or {}
    rows = {}
    for name, table in tables.items():
        with placed(file, name):
            rows[name] = _row(known[name], table)
    return Priors(rows)


def _row(default: Parameter, table: _PriorTable) -> Parameter:
    low, high = default.bounds
    row = Parameter(
        default.name,
        default.value if table.value is None else table.value,
        table.unit or default.unit,
        table.distribution or default.distribution,
        default.spread if table.spread is None else table.spread,
        (low if table.low is None else table.low, high if table.high is None else table.high),
        "user",
        True,
        table.why or default.why,
    )
    return checked_prior(row, default)

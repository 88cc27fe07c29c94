"""A study in tables: counts, quantiles by group, who can take what, differences, shares of variance, failures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from annulus.errors import InputError
from annulus.io._schema import nearest_of
from annulus.study._served import served
from annulus.study._store import read_manifest
from annulus.study._table import Table, study_frame
from annulus.study._variance import variance_shares

__all__ = ["HEADLINES", "StudySummary", "summarise"]

HEADLINES = (
    "annulus.change_percent.ap_mm",
    "annulus.before.ap_mm",
    "annulus.after.ap_mm",
    "annulus.change_percent.area_2d_mm2",
    "regurgitation.before.eroa_mm2",
    "regurgitation.after.eroa_mm2",
    "regurgitation.after.regurgitant_volume_ml",
    "circumflex.min_gap_before_mm",
    "circumflex.min_gap_after_mm",
    "circumflex.diameter_stenosis_percent",
    "circumflex.risk.probability",
    "therapy.locked_tension_n",
    "therapy.plication_mm",
)
"""Columns that a summary tells of unless others are asked for; those that the study has."""

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)

_SIZES = ("therapy", "fit.length_mm", "fit.distal_diameter_mm", "fit.proximal_diameter_mm")
_BINS = 4
_DONE = ("done", "valve open")


@dataclass(frozen=True, eq=False)
class StudySummary:
    """Tables of a study.

    Parameters
    ----------
    manifest
        ``study.json``.
    tables
        Name to table: ``counts``, ``reasons``, ``quantiles``, ``served by ...``, ``differences``, ``variance``,
        ``importance``; those that the study has.
    n_rows
        Rows that are there; fewer than the study's while it is unfinished.
    """

    manifest: Mapping[str, Any]
    tables: Mapping[str, Table]
    n_rows: int

    @property
    def is_finished(self) -> bool:
        """Every row is there."""
        return self.n_rows >= self.manifest["n_rows"]

    def __str__(self) -> str:
        unfinished = "" if self.is_finished else f" of {self.manifest['n_rows']}: unfinished"
        return f"{self.manifest['name']} ({self.manifest['kind']}): {self.n_rows} rows{unfinished}"

    def to_dict(self) -> dict[str, Any]:
        """As JSON: each table a list of rows; what is not known is left out."""
        return {
            "schema": "annulus.study-summary/1",
            "name": self.manifest["name"],
            "kind": self.manifest["kind"],
            "n_rows": self.n_rows,
            "n_rows_asked": self.manifest["n_rows"],
            "tables": {
                name: [
                    {key: value for key, value in row.items() if value is not None and value == value}
                    for row in table.astype(object).to_dict("records")
                ]
                for name, table in self.tables.items()
            },
            "provenance": self.manifest["provenance"],
        }


def summarise(folder: Path | str, *, by: Sequence[str] = (), keys: Sequence[str] = ()) -> StudySummary:
    """Tables of a study; of one that is still running or was stopped, of the rows that are there.

    Parameters
    ----------
    folder
        Of the study.
    by
        Columns whose values make the groups; a number of many values in quarters. The therapy, and landing and load
        where there are several, by default.
    keys
        Quantities; `HEADLINES` by default.

    Raises
    ------
    FileError
        The folder holds no study, or no row yet.
    InputError
        An unknown column.
    """
    manifest = read_manifest(folder)
    known = manifest["columns"]
    _require_columns([*by, *keys], known)
    own = ["row", "heart", "case", "therapy", "landing", "load", "world", "status", "reason"]
    if manifest["kind"] == "sobol":
        rest = [name for name in known if name not in own]
        frame = study_frame(folder, [*own, *rest])
        tables = {"counts": _counts(frame, _default_groups(frame)), "importance": _importance(frame)}
        tables |= {"reasons": _reasons(frame)}
        n_rows = int(frame["row"].nunique())
    else:
        wanted = list(keys or [key for key in HEADLINES if key in known])
        sizes = [name for name in known if name.startswith("fit.")]
        frame = study_frame(folder, list(dict.fromkeys([*own, *sizes, *wanted, *by])))
        groups = list(by) or _default_groups(frame)
        parted = _parted(frame, by)
        tables = {"counts": _counts(parted, groups), "reasons": _reasons(frame)}
        tables |= _quantiles(parted, groups, [key for key in wanted if key not in by])
        tables |= {f"served by {name.removeprefix('fit.')}": served(frame, name) for name in _SIZES if name in frame}
        tables |= _differences(frame, wanted)
        tables |= {"variance": variance_shares(frame, wanted)}
        n_rows = len(frame)
    return StudySummary(manifest, MappingProxyType({k: t for k, t in tables.items() if len(t)}), n_rows)


def _require_columns(names: Sequence[str], known: Mapping[str, str]) -> None:
    for name in names:
        if name not in known:
            near = nearest_of(name, known)
            advice = f"did you mean {near!r}?" if near else "study.json lists them."
            raise InputError(f"a summary's columns must be of the study; got {name!r}: {advice}")


def _default_groups(frame: Table) -> list[str]:
    return ["therapy", *(name for name in ("landing", "load") if frame[name].nunique() > 1)]


def _parted(frame: Table, by: Sequence[str]) -> Table:
    """The table with numbers of many values in quarters, named by their ends."""
    import pandas as pd

    out = frame
    for name in by:
        column = frame[name]
        if not pd.api.types.is_float_dtype(column) or column.nunique() <= 2 * _BINS:
            continue
        ends = np.unique(np.quantile(column.dropna(), np.linspace(0.0, 1.0, _BINS + 1)))
        words = [f"{low:.4g} to {high:.4g}" for low, high in pairwise(ends)]
        parts: Any = pd.cut(column, ends, labels=words, include_lowest=True)
        out = out.assign(**{name: parts.astype(object)})
    return out


def _counts(frame: Table, groups: list[str]) -> Table:
    rows = frame.drop_duplicates("row")
    table = rows.groupby(groups, dropna=False, sort=False)["status"].value_counts().unstack(fill_value=0)
    table.insert(0, "rows", table.sum(axis=1))
    return table.reset_index().rename_axis(columns=None)


def _reasons(frame: Table) -> Table:
    """Reasons with their numbers taken out, the most frequent first, with an example of each."""
    bad = frame.loc[~frame["status"].isin(("done",)), ["row", "status", "reason", "case"]].drop_duplicates("row")
    plain = bad["reason"].fillna("").map(lambda text: re.sub(r"-?\d+(\.\d+)?", "#", text))
    grouped = bad.groupby([bad["status"], plain], sort=False)
    table = grouped.agg(rows=("row", "size"), example=("reason", "first"), case=("case", "first"))
    table = table.reset_index(level=0).reset_index(drop=True).sort_values("rows", ascending=False, kind="stable")
    return table[["status", "rows", "example", "case"]]


def _quantiles(frame: Table, groups: list[str], keys: Sequence[str]) -> dict[str, Table]:
    import pandas as pd

    good = frame[frame["status"].isin(_DONE)]
    rows = []
    for group, part in good.groupby(groups, dropna=False, sort=False):
        words = dict(zip(groups, group if isinstance(group, tuple) else (group,), strict=True))
        for key in keys:
            values = part[key].dropna().to_numpy(dtype=float)
            if values.size:
                ends = dict(zip((f"q{100 * q:02.0f}" for q in QUANTILES), np.quantile(values, QUANTILES), strict=True))
                sd = float(values.std(ddof=1)) if values.size > 1 else np.nan
                rows.append(words | {"quantity": key, "n": values.size, "mean": float(values.mean()), "sd": sd} | ends)
    return {"quantiles": pd.DataFrame(rows)}


def _differences(frame: Table, keys: Sequence[str]) -> dict[str, Table]:
    """Each therapy less the first, heart by heart and world by world: what both share falls out."""
    import pandas as pd

    good = frame[frame["status"].isin(_DONE)]
    names = list(dict.fromkeys(good["therapy"]))
    same = ["heart", "landing", "load", "world"]
    if len(names) < 2 or len(names) > 20 or good.duplicated([*same, "therapy"]).any():
        return {}
    rows = []
    after = [key for key in keys if ".before." not in key and "_before_" not in key]
    for key in after:
        wide = good.assign(world=good["world"].fillna(-1)).pivot(index=same, columns="therapy", values=key)
        for name in names[1:]:
            values = (wide[name] - wide[names[0]]).dropna().to_numpy(dtype=float)
            if values.size > 1:
                error = float(values.std(ddof=1)) / values.size**0.5
                q05, q95 = np.quantile(values, (0.05, 0.95)).tolist()
                told = {"therapy": name, "less": names[0], "quantity": key, "n": values.size}
                rows.append(told | {"mean": float(values.mean()), "standard_error": error, "q05": q05, "q95": q95})
    return {"differences": pd.DataFrame(rows)}


def _importance(frame: Table) -> Table:
    """Indices averaged over hearts, and their spread from heart to heart."""
    known = frame.dropna(subset=["output"])
    table = known.groupby(["therapy", "output", "input"], sort=False).agg(
        hearts=("heart", "nunique"),
        first_order=("first_order", "mean"),
        first_order_sd=("first_order", "std"),
        total=("total", "mean"),
        total_sd=("total", "std"),
    )
    return table.reset_index().sort_values(["therapy", "output", "total"], ascending=[True, True, False])

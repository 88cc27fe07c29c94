"""The benches of `annulus bench`, and a run of them."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import annulus
from annulus.bench._cinching import cinch_rows
from annulus.bench._closing import closing_rows
from annulus.bench._dragging import dragging_rows
from annulus.bench._fast_closing import fast_closing_rows
from annulus.bench._linear_step import SIZES, growth_rows
from annulus.bench._measures import measure_rows
from annulus.bench._patients import patient_rows
from annulus.bench._predictions import candidate_rows, prediction_rows
from annulus.bench._row import BenchRow
from annulus.bench._start import start_rows
from annulus.bench._worlds import world_rows
from annulus.errors import InputError

__all__ = ["BENCHES", "Bench", "BenchReport", "run_benches"]


@dataclass(frozen=True, eq=False)
class Bench:
    """One topic.

    Parameters
    ----------
    title
        Above its table.
    rows
        Measures; its own defaults are those of a full run.
    quick
        Arguments of `rows` for a run that only shows that it works.
    """

    title: str
    rows: Callable[..., tuple[BenchRow, ...]]
    quick: Mapping[str, object] = field(default_factory=dict)


BENCHES: Mapping[str, Bench] = MappingProxyType(
    {
        "start": Bench("cold start", start_rows, {"rounds": 1}),
        "measures": Bench("measures", measure_rows, {"sizes": (64,), "rounds": 3}),
        "cinching": Bench("cinching equilibrium of the FMR preset", cinch_rows, {"rounds": 3, "batch": 40}),
        "growth": Bench("its growth with the nodes", growth_rows, {"sizes": SIZES[:2], "rounds": 3}),
        "fast closure": Bench("fast closure of the FMR valve", fast_closing_rows, {"meshes": ((40, 5),), "rounds": 5}),
        "prediction": Bench("one prediction of the FMR preset", prediction_rows, {"rounds": 2}),
        "planner": Bench("one update of the live planner", dragging_rows, {"rounds": 2}),
        "candidates": Bench("candidates of the FMR preset", candidate_rows, {"n": 4}),
        "worlds": Bench("worlds of one plan", world_rows, {"sizes": (20,), "workers": (1,), "rounds": 1}),
        "patients": Bench("virtual patients", patient_rows, {"n": 3}),
        "closure": Bench(
            "full closure of the FMR valve, processor time",
            closing_rows,
            {"meshes": ((40, 6),), "rounds": 1, "parts": (40, 6), "other": (20, 3)},
        ),
    }
)
"""All benches by name, in the order of a run. A new one is a function that returns rows, and one line here."""


@dataclass(frozen=True, eq=False)
class BenchReport:
    """Rows by bench."""

    rows: Mapping[str, tuple[BenchRow, ...]]
    quick: bool

    def to_dict(self) -> dict[str, object]:
        """Plain dictionary, fit for JSON."""
        return {
            "schema": "annulus.bench/2",
            "version": annulus.__version__,
            "platform": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
            "quick": self.quick,
            "rows": [{"bench": name, **row.to_dict()} for name, rows in self.rows.items() for row in rows],
        }


def run_benches(
    *,
    quick: bool = False,
    only: Sequence[str] = (),
    before_each: Callable[[Bench], None] | None = None,
    after_each: Callable[[Bench, tuple[BenchRow, ...]], None] | None = None,
) -> BenchReport:
    """Run the benches.

    Parameters
    ----------
    quick
        Few rounds and small sizes: shows that it runs, says nothing about speed.
    only
        Names of the benches to run; all when empty.
    before_each, after_each
        Called with each bench before it is run, and with it and its rows after.

    Raises
    ------
    InputError
        A name that is not a bench's.
    """
    for name in only:
        if name not in BENCHES:
            raise InputError(f"only must name benches; got {name!r}: one of {', '.join(BENCHES)}.")
    found = {}
    for name, bench in BENCHES.items():
        if only and name not in only:
            continue
        if before_each is not None:
            before_each(bench)
        found[name] = bench.rows(**(bench.quick if quick else {}))
        if after_each is not None:
            after_each(bench, found[name])
    return BenchReport(MappingProxyType(found), quick)

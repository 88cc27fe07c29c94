"""Therapies side by side in one heart and in equal worlds; differences between two have intervals of their own."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import annulus
from annulus._arrays import whole_number
from annulus.anatomy import Case
from annulus.errors import AnnulusError, InputError, SolveError
from annulus.heart import ClosureSettings, Heart, closure_settings
from annulus.planning._candidates import Candidate, candidates_of
from annulus.planning._plan import require_case, sizes_of, words_of
from annulus.planning._rules import PlanRules
from annulus.planning._simulate import simulate
from annulus.prediction import Priors, Result, Row, Samples, check_level
from annulus.quantity import Quantity
from annulus.sources import Assumption
from annulus.therapies import Therapy
from annulus.therapies import therapy as therapy_named

__all__ = ["COMPARISON_SCHEMA", "Comparison", "Difference", "compare"]

COMPARISON_SCHEMA = "annulus.comparison/1"
"""Name and version of the file."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One number of one therapy less that of another.

    Parameters
    ----------
    therapy, less
        Names of both.
    key
        The number, by its key in a result.
    value
        Between the point predictions.
    interval
        Over the worlds that both have, world by world; None where there are none.
    n_worlds
        How many; None likewise.
    """

    therapy: str
    less: str
    key: str
    value: float
    interval: tuple[float, float] | None
    n_worlds: int | None


@dataclass(frozen=True, eq=False)
class Comparison:
    """Therapies side by side.

    Parameters
    ----------
    heart
        The heart, its valve closed one way for all.
    results
        Name of a therapy to its result, in the order asked for.
    failures
        Name of a therapy to why it cannot be done in this heart.
    notes
        What was chosen because only a kind was named, or no closure.
    level, seed
        Of the intervals, and of the worlds.
    """

    heart: Heart
    results: Mapping[str, Result]
    failures: Mapping[str, str]
    notes: tuple[str, ...]
    level: float
    seed: int

    @cached_property
    def table(self) -> tuple[tuple[Quantity, Mapping[str, Row]], ...]:
        """Each number that a short table has, and its row by therapy; the therapies' own sizes and forces left out."""
        rows: dict[Quantity, dict[str, Row]] = {}
        for name, result in self.results.items():
            for row in result.rows():
                if row.quantity.group != "therapy":
                    rows.setdefault(row.quantity, {})[name] = row
        order = [row.quantity for result in self.results.values() for row in result.rows()]
        return tuple((quantity, rows[quantity]) for quantity in dict.fromkeys(order) if quantity in rows)

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """Every therapy less every one before it, for every number after that both have."""
        out = []
        keys = [quantity.paths[quantity.states.index("after")] if "after" in quantity.states else quantity.paths[0]
                for quantity, _ in self.table]  # fmt: skip
        for (less, base), (name, result) in combinations(self.results.items(), 2):
            paired = _paired(result.samples, base.samples)
            for key in keys:
                one, other = result.values.get(key), base.values.get(key)
                if isinstance(one, (int, float)) and isinstance(other, (int, float)):
                    interval = None if paired is None else paired.intervals.get(key)
                    told = None if interval is None or paired is None else paired.n
                    out.append(Difference(name, less, key, float(one - other), interval, told))
        return tuple(out)

    def to_dict(self) -> dict[str, Any]:
        """Content of the file ``annulus.comparison/1``."""
        case = self.heart.case
        settings = self.heart.settings
        rows = [_document(name, result) for name, result in self.results.items()]
        rows += [
            {"therapy": name, "line": "", "values": {}, "intervals": {}, "flags": [], "failure": why}
            for name, why in self.failures.items()
        ]
        return {
            "schema": COMPARISON_SCHEMA,
            "case": {"id": case.id, "digest": case.digest, "phase": case.phase.value},
            "closure": "none" if settings is None else settings.kind.value,  # type: ignore[union-attr]
            "level": self.level,
            "seed": self.seed,
            "therapies": rows,
            "differences": [
                {
                    "therapy": each.therapy,
                    "less": each.less,
                    "key": each.key,
                    "value": each.value,
                    **({} if each.interval is None else {"interval": list(each.interval), "n_worlds": each.n_worlds}),
                }
                for each in self.differences
            ],
            "notes": list(self.notes),
            "assumptions": [line.to_dict() for line in self.assumptions],
            "provenance": {
                "version": annulus.__version__,
                "platform": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
                "input_digests": {"case": case.digest},
            },
        }

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        """What the results rest on, each once."""
        return tuple(dict.fromkeys(line for result in self.results.values() for line in result.assumptions))

    def __repr__(self) -> str:
        return f"<Comparison of {', '.join(self.results)} in {self.heart.case.id}>"


def compare(
    case: Case,
    therapies: str | Sequence[str | Therapy],
    *,
    closure: ClosureSettings | str | None = None,
    scheme: str | None = None,
    samples: int = 100,
    seed: int = 0,
    level: float = 0.9,
    priors: Priors | None = None,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Comparison:
    """Do several therapies to one heart, each at its default site, and put what follows side by side.

    Parameters
    ----------
    case
        The heart.
    therapies
        Names with commas or a list; ``carillon`` alone takes the size by rule: the published length rule, the landing
        nearest to the ostium with 10 mm plicated, both anchors oversized most nearly in the middle of the rule.
    closure, scheme
        As in `simulate`; one closure for all. None closes fast, or full where one of the therapies needs it or the
        fast closure knows no such valve.
    samples, seed, level, priors, workers
        As in `simulate`; World k is the same for every therapy.
    progress
        Called with the number of therapies done.

    Returns
    -------
    Comparison
        A therapy that this heart does not allow stands in `Comparison.failures`.

    Raises
    ------
    InputError
        No therapy, an unknown name, one named twice, or none that this heart allows.
    """
    require_case(case)
    # Asked here: below, each therapy's error would pass for what the heart does not allow.
    for name, value, least in (("samples", samples, 0), ("seed", seed, 0), ("workers", workers, 1)):
        whole_number(name, value, at_least=least)
    check_level(samples or sys.maxsize, level)
    asked = [word if _is_bare(word) else therapy_named(word) for word in words_of("therapies", therapies)]
    if not asked:
        raise InputError("therapies must be at least one name, such as carillon,ring-28,none; got none.")
    kinds = [each.closure for each in asked if isinstance(each, Therapy)]
    usual = "none" if case.leaflets is None else "full" if "full" in kinds else "fast"
    heart = Heart(case, closure_settings(usual if closure is None else closure, scheme=scheme))
    results: dict[str, Result] = {}
    failures: dict[str, str] = {}
    notes = []
    if closure is None and usual == "fast" and not _closes_fast(heart):
        heart = Heart(case, closure_settings("full", scheme=scheme))
        notes.append("the valve was closed fully: the fast closure knows no valve like this one")
    for number, each in enumerate(asked):
        name = each.name if isinstance(each, Therapy) else "carillon"
        try:
            at = None
            if not isinstance(each, Therapy):
                each, at = _usual_carillon(heart)
                notes.append(f"carillon was taken as {each.name}, distal end at {at:.0f} mm: the size by rule")
                name = each.name
            if name in results or name in failures:
                raise InputError(f"therapies must be different; got {name!r} twice: leave one out.")
            results[name] = simulate(
                heart,
                each,
                distal_at_mm=at,
                samples=samples,
                seed=seed,
                level=level,
                priors=priors,
                workers=workers,
            )
        except AnnulusError as error:
            if "twice" in str(error):
                raise
            failures[name] = f"{error}"
        if progress is not None:
            progress(number + 1)
    if not results:
        raise InputError(f"none of the therapies can be done in this heart; the first: {next(iter(failures.values()))}")
    return Comparison(heart, results, failures, tuple(notes), level, seed)


def _is_bare(word: str | Therapy) -> bool:
    return isinstance(word, str) and word.strip().lower() == "carillon"


def _closes_fast(heart: Heart) -> bool:
    """The fast closure knows such a valve; whether it then converges is a result's to tell."""
    try:
        _ = heart.valve and heart.valve.closed_as_measured
    except InputError:
        return False
    return True


def _usual_carillon(heart: Heart) -> tuple[Therapy, float]:
    """The size by rule and its landing.

    Raises
    ------
    InputError
        No size fits.
    """
    sizes = sizes_of("carillon")
    found, reasons = candidates_of(heart, sizes, PlanRules(), limit=sys.maxsize)
    if not found:
        common = max(dict.fromkeys(reasons.values()), key=list(reasons.values()).count)
        raise InputError(f"no size of the catalogue fits this heart: {common}")

    def off(each: Candidate) -> tuple[float, ...]:
        """How far it is from the rule: in length, plication, landing, oversize."""
        _, sizing = sizes[each.therapy.name]
        return (
            abs(sizing.length_mm - (heart.sinus.curve.length - sizing.vein_longer_mm)),
            abs(each.plication_mm - sizing.usual_plication_mm),
            each.site.proximal_s_mm or 0.0,
            sum(abs(ratio - sum(ends) / 2.0) for ratio, ends in zip(each.oversize, sizing.oversize, strict=True)),
        )

    best = min(found, key=off)
    return best.therapy, float(best.site.distal_s_mm or 0.0)


def _paired(one: Samples | None, other: Samples | None) -> Samples | None:
    if one is None or other is None:
        return None
    try:
        return one.difference(other)
    except SolveError:
        return None


def _document(name: str, result: Result) -> dict[str, Any]:
    values = {
        key: value
        for key, value in result.values.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool) and not key.startswith("coronary_sinus.")
    }
    samples = result.samples
    intervals = {} if samples is None else samples.intervals
    return {
        "therapy": name,
        "line": result.line,
        "values": values,
        "intervals": {key: list(ends) for key, ends in intervals.items() if key in values},
        "flags": list(result.flags),
        **({} if samples is None else {"n_worlds": samples.n}),
        **({"safety": result.blocks["safety"]} if "safety" in result.blocks else {}),
    }

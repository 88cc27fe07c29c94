"""Which device, for one heart or many: `plan`, and the matrix of who can take which size."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import annulus
from annulus._arrays import whole_number
from annulus.anatomy import Case, Phase
from annulus.errors import AnnulusError, InputError
from annulus.planning._judging import AP_BEFORE, EROA, EROA_BEFORE, effect_of, risk_of
from annulus.planning._plan import plan_one, require_case, sizes_of
from annulus.planning._plan_result import Plan
from annulus.planning._rules import PlanRules, PlanSearch
from annulus.prediction import Priors, in_processes
from annulus.sources import Assumption
from annulus.therapies import Sizing, Therapy

__all__ = ["MATRIX_COLUMNS", "PLAN_SCHEMA", "FitMatrix", "plan"]

PLAN_SCHEMA = "annulus.plan/1"
"""Name and version of the file."""

MATRIX_COLUMNS = (
    "case",
    "device",
    "status",
    "distal_s_mm",
    "proximal_s_mm",
    "plication_mm",
    "traction_n",
    "ap_before_mm",
    "ap_after_mm",
    "ap_change_percent",
    "eroa_before_mm2",
    "eroa_after_mm2",
    "min_artery_gap_after_mm",
    "compression_probability",
    "compression_low",
    "compression_high",
    "n_worlds",
    "reason",
)
"""Columns of `FitMatrix.rows`; what is not known is None."""


@dataclass(frozen=True, eq=False)
class FitMatrix:
    """Plans of one heart or several, and what could not be planned.

    Parameters
    ----------
    plans
        One plan for each heart.
    failures
        Id of a case to the sentence that says why it has no plan.
    sizes, rules, search
        As they were asked for.
    """

    plans: tuple[Plan, ...]
    failures: Mapping[str, str]
    sizes: Mapping[str, tuple[Therapy, Sizing]]
    rules: PlanRules
    search: PlanSearch

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One row for each heart and size: `MATRIX_COLUMNS`."""
        out = []
        for found in self.plans:
            for verdict in found.verdicts:
                row: dict[str, Any] = dict.fromkeys(MATRIX_COLUMNS)
                row |= {"case": found.heart.case.id, "device": verdict.therapy.name, "status": verdict.status}
                row["reason"] = verdict.reason
                candidate = verdict.candidate
                if candidate is not None:
                    numbers = candidate.numbers
                    row["distal_s_mm"] = candidate.site.distal_s_mm
                    row["proximal_s_mm"] = candidate.site.proximal_s_mm
                    row["plication_mm"] = candidate.plication_mm
                    row["traction_n"] = numbers.get("therapy.traction_n")
                    row["min_artery_gap_after_mm"] = numbers.get("circumflex.min_gap_after_mm")
                    if AP_BEFORE in numbers:
                        leak, ap = effect_of(candidate)
                        row["ap_before_mm"], row["ap_after_mm"] = numbers[AP_BEFORE], ap
                        row["ap_change_percent"] = 100.0 * (ap / numbers[AP_BEFORE] - 1.0)
                        if EROA in numbers:
                            row["eroa_before_mm2"], row["eroa_after_mm2"] = numbers[EROA_BEFORE], leak
                    risk = risk_of(candidate)
                    if risk is not None:
                        row["compression_probability"] = risk.probability
                        row["compression_low"], row["compression_high"] = risk.low, risk.high
                    row["n_worlds"] = 0 if candidate.samples is None else candidate.samples.n
                out.append(row)
        return out

    @property
    def served(self) -> Mapping[str, tuple[int, int]]:
        """Size to the number of hearts that it fits, and of those for which it is recommended; none that fits none."""
        fits, best = Counter[str](), Counter[str]()
        for found in self.plans:
            for verdict in found.verdicts:
                fits[verdict.therapy.name] += verdict.status != "unfit"
                best[verdict.therapy.name] += verdict.status == "recommended"
        return {name: (fits[name], best[name]) for name in self.sizes if fits[name]}

    @property
    def _sizing(self) -> Sizing:
        return next(iter(self.sizes.values()))[1]

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        """What the plans rest on besides their predictions."""
        return self.rules.assumptions(self._sizing)

    def to_dict(self) -> dict[str, Any]:
        """Content of the file ``annulus.plan/1``."""
        rules = {name: getattr(self.rules, name) for name in ("max_traction_n", "max_compression")}
        rules["min_ap_reduction_percent"] = self.rules.min_ap_reduction_percent
        sizing = self._sizing
        rules |= {
            "oversize": [list(ends) for ends in self.rules.oversize(sizing)],
            "vein_longer_mm": self.rules.vein_longer_mm(sizing),
        }
        names = ("candidates", "short", "short_worlds", "best", "worlds", "level", "seed")
        return {
            "schema": PLAN_SCHEMA,
            "devices": list(self.sizes),
            "rules": rules,
            "search": {name: getattr(self.search, name) for name in names},
            "cases": [found.to_dict() for found in self.plans],
            "failures": dict(self.failures),
            "assumptions": [line.to_dict() for line in self.assumptions],
            "provenance": {
                "version": annulus.__version__,
                "platform": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
                "input_digests": {found.heart.case.id: found.heart.case.digest for found in self.plans},
            },
        }

    def __repr__(self) -> str:
        return f"<FitMatrix of {len(self.plans)} hearts x {len(self.sizes)} sizes>"


def plan(
    case: Case | Sequence[Case],
    devices: str | Sequence[str | Therapy] = "carillon",
    *,
    rules: PlanRules | None = None,
    search: PlanSearch | None = None,
    priors: Priors | None = None,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
) -> FitMatrix:
    """Which size, where, how hard: the best effect whose risk to the circumflex is accepted, for one heart or many.

    Objective: the least EROA, then the least AP, subject to `PlanRules` (anchors, traction, length, compression, least
    effect); ``docs/planning.md`` says how the search goes. Cases of one id and different phases are one heart: the
    systolic phase leads, the best candidates are checked in the others too, and the worst risk counts.

    Parameters
    ----------
    case
        One heart or several.
    devices
        ``"carillon"`` for the catalogue, or names of double anchors.
    rules
        Limits other than the defaults.
    search
        How far to search; None for 1,000 candidates of one heart, or 100 of each of several.
    priors
        Distributions of the worlds other than the defaults.
    workers
        Processes: among which candidates and worlds of one heart are shared, or several hearts. Results do not depend
        on it.
    progress
        Called with the number of steps done: three for one heart; of several hearts nothing is told.

    Returns
    -------
    FitMatrix
        `FitMatrix.plans` has one `Plan` a heart: recommended, runner-up, front, a reason for every size.

    Raises
    ------
    InputError
        An unknown device, limits that contradict each other or, of one heart, a case that cannot be planned: no
        coronary sinus, no radius, a landing range off the vein. Of several such a case is listed in
        `FitMatrix.failures`.
    """
    whole_number("workers", workers, at_least=1)
    for name, value, kind in (("rules", rules, PlanRules), ("search", search, PlanSearch), ("priors", priors, Priors)):
        if value is not None and not isinstance(value, kind):
            raise InputError(f"{name} must be a {kind.__name__} or None; got {value!r:.60}: make one.")
    sizes, rules = sizes_of(devices), rules or PlanRules()
    cases = [case] if isinstance(case, Case) or not isinstance(case, Sequence) else list(case)
    hearts = _by_heart([require_case(each) for each in cases])
    if not hearts:
        raise InputError("case must be at least one case; got none.")
    search = search or (PlanSearch() if len(hearts) == 1 else PlanSearch.of_many())
    if len(hearts) == 1:
        phases = next(iter(hearts.values()))
        found = plan_one(phases, sizes, rules, search, priors=priors, workers=workers, progress=progress)
        return FitMatrix((found,), {}, sizes, rules, search)
    work = partial(_planned, sizes, rules, search, priors)
    plans = in_processes(work, list(hearts.values()), workers=workers)
    failures = {name: each for name, each in zip(hearts, plans, strict=True) if isinstance(each, str)}
    return FitMatrix(tuple(each for each in plans if isinstance(each, Plan)), failures, sizes, rules, search)


def _by_heart(cases: Sequence[Case]) -> dict[str, list[Case]]:
    """Cases by id: of one id several phases.

    Raises
    ------
    InputError
        Two cases of one id that are not two known phases.
    """
    out: dict[str, list[Case]] = {}
    for each in cases:
        phases = [other.phase for other in out.setdefault(each.id, [])]
        if phases and (each.phase in phases or Phase.UNKNOWN in (*phases, each.phase)):
            raise InputError(
                f"cases of one id must be different known phases of one heart; {each.id!r} comes twice, as "
                f"{', '.join(phase.value for phase in (*phases, each.phase))}: give other ids, or state the phases."
            )
        out[each.id].append(each)
    return out


def _planned(
    sizes: Mapping[str, tuple[Therapy, Sizing]],
    rules: PlanRules,
    search: PlanSearch,
    priors: Priors | None,
    phases: Sequence[Case],
) -> Plan | str:
    try:
        return plan_one(phases, sizes, rules, search, priors=priors)
    except AnnulusError as error:
        return f"{error}"

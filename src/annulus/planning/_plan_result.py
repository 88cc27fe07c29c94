"""What a plan gives: the recommended device, the runner-up, the front, and why the others lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from annulus.heart import Heart
from annulus.planning._candidates import Candidate
from annulus.planning._compression import CLEAR_GAP_MM, risk_order
from annulus.planning._judging import (
    AP,
    AP_BEFORE,
    EROA,
    EROA_BEFORE,
    change_interval,
    changes_of,
    effect_of,
    order_of,
    problem_of,
    risk_of,
)
from annulus.planning._rules import PlanRules, PlanSearch
from annulus.planning._screening import fronts
from annulus.prediction import by_key
from annulus.quantity import plain_key
from annulus.therapies import Sizing, Therapy

__all__ = ["Plan", "SizeVerdict"]

_TOLD = (
    AP,
    "annulus.change_percent.ap_mm",
    "annulus.change_percent.area_2d_mm2",
    EROA,
    "regurgitation.after.regurgitant_volume_ml",
    "circumflex.min_gap_after_mm",
    "circumflex.diameter_stenosis_percent",
    "circumflex.peak_contact_pressure_mmhg",
    "circumflex.risk.probability",
    "therapy.traction_n",
    "therapy.locked_tension_n",
    "therapy.required_holding_force_n",
    "therapy.distal_oversize",
    "therapy.proximal_oversize",
)
"""Numbers of a candidate that files tell, by their key in a result; those that there are."""

_BEFORE = (AP_BEFORE, EROA_BEFORE, "circumflex.min_gap_before_mm")


@dataclass(frozen=True, eq=False)
class SizeVerdict:
    """What becomes of one size.

    Parameters
    ----------
    therapy
        The size.
    status
        ``recommended``, ``runner_up``, ``fits`` or ``unfit``.
    reason
        Why it was not taken, a sentence; empty for the recommended one.
    candidate
        Its best candidate; None where it has none.
    """

    therapy: Therapy
    status: str
    reason: str
    candidate: Candidate | None


@dataclass(frozen=True, eq=False)
class Plan:
    """Plan of one heart.

    Parameters
    ----------
    heart
        The heart, in its leading phase.
    other_phases
        Other phases in which the best were checked.
    sizes
        What might have been implanted: name to therapy and sizing.
    rules, search
        What was obeyed, and how far was searched.
    screened
        All candidates with their point predictions or their problem.
    short
        The best of them, in a few worlds.
    best
        The best of those, in many worlds, in order; `Candidate.problem` says which rule one breaks.
    unfit
        Size to the reason why it has no candidate.
    notes
        What must be said before everything else.
    """

    heart: Heart
    other_phases: tuple[str, ...]
    sizes: Mapping[str, tuple[Therapy, Sizing]]
    rules: PlanRules
    search: PlanSearch
    screened: tuple[Candidate, ...]
    short: tuple[Candidate, ...]
    best: tuple[Candidate, ...]
    unfit: Mapping[str, str]
    notes: tuple[str, ...]

    @property
    def recommended(self) -> Candidate | None:
        """The best candidate that keeps every rule; None where no device suits."""
        return next((candidate for candidate in self.best if not candidate.problem), None)

    @property
    def runner_up(self) -> Candidate | None:
        """The next that keeps every rule."""
        kept = [candidate for candidate in self.best if not candidate.problem]
        return kept[1] if len(kept) > 1 else None

    @cached_property
    def front(self) -> tuple[Candidate, ...]:
        """Of all predicted in worlds those that none beats in EROA, AP and risk together; the safest first."""
        many = {(c.therapy.name, c.site, c.load) for c in self.best}
        pool = [*self.best, *(c for c in self.short if (c.therapy.name, c.site, c.load) not in many)]
        known = [candidate for candidate in pool if candidate.samples is not None]
        if not known:
            return ()
        rows = []
        for candidate in known:
            leak, ap = effect_of(candidate)
            risk = risk_of(candidate)
            rows.append((round(leak), round(ap, 1), 0.0 if risk is None else round(risk.probability, 2)))
        first = fronts(np.array(rows, dtype=np.float64))[0]
        return tuple(known[i] for i in sorted(first, key=lambda i: (rows[i][2], *rows[i][:2])))

    # ---- sentences

    @property
    def line(self) -> str:
        """The answer in a line; what must be said first stands first."""
        first = "".join(f"{note}; " for note in self.notes)
        found = self.recommended
        if found is not None:
            return f"{self.heart.case.id}: {first}{found.name}: {self.told(found)}"
        return f"{self.heart.case.id}: {first}no device suits: {self._why_none}"

    @property
    def _why_none(self) -> str:
        if self.best:
            nearest = self.best[0]
            did = self.told(nearest, risk=False)
            return f"the nearest is {nearest.name} ({did}), but {nearest.problem.rstrip('.')}"
        problems = [candidate.problem for candidate in self.screened if candidate.problem]
        reasons = problems or list(self.unfit.values())
        kinds = [reason.partition(":")[0] for reason in reasons]
        kind = max(dict.fromkeys(kinds), key=kinds.count)
        what = "landings" if problems else "sizes"
        return f"{kinds.count(kind)} of {len(kinds)} {what}: {reasons[kinds.index(kind)].rstrip('.')}"

    def told(self, candidate: Candidate, *, risk: bool = True) -> str:
        """What a candidate does, with intervals where there are worlds; and its risk, unless that is told apart."""
        (leak, ap), parts = effect_of(candidate), []
        if EROA in candidate.numbers:
            ends = _ends(change_interval(candidate, EROA), "+.0f")
            parts.append(f"EROA {candidate.numbers[EROA_BEFORE]:.0f} -> {leak:.0f} mm2{ends}")
        before, ends = candidate.numbers[AP_BEFORE], change_interval(candidate, AP)
        shares = None if ends is None else (100.0 * ends[0] / before, 100.0 * ends[1] / before)
        parts.append(f"AP {before:.1f} -> {ap:.1f} mm, {100.0 * (ap / before - 1.0):+.1f} %{_ends(shares, '+.1f')}")
        found = risk_of(candidate)
        if not risk:
            pass
        elif found is not None:
            parts.append(f"circumflex compression {found}")
        elif "circumflex.min_gap_after_mm" in candidate.numbers:
            parts.append(f"least artery gap {candidate.numbers['circumflex.min_gap_after_mm']:.1f} mm")
        return ", ".join(parts)

    def _before(self, key: str) -> float | None:
        return next((candidate.numbers[key] for candidate in self.screened if key in candidate.numbers), None)

    # ---- every size

    @cached_property
    def verdicts(self) -> tuple[SizeVerdict, ...]:
        """Every size with what became of it and why, in the order of the catalogue."""
        by_size: dict[str, list[Candidate]] = {}
        for candidate in [*self.best, *self.short, *self.screened]:
            by_size.setdefault(candidate.therapy.name, []).append(candidate)
        chosen = {"recommended": self.recommended, "runner_up": self.runner_up}
        names = {c.therapy.name: status for status, c in reversed(chosen.items()) if c is not None}
        out = []
        for size, _ in self.sizes.values():
            if size.name in self.unfit:
                out.append(SizeVerdict(size, "unfit", self.unfit[size.name], None))
                continue
            status = names.get(size.name, "fits")
            found = by_size.get(size.name, [])
            best = chosen.get(status) or self._own_best(found)
            reason = "" if status == "recommended" else self._reason(found, best)
            out.append(SizeVerdict(size, status, reason, best))
        return tuple(out)

    def _own_best(self, found: list[Candidate]) -> Candidate | None:
        """Of a size the one with many worlds, else few, else the one of the best effect."""
        many = [candidate for candidate in found if candidate.samples is not None]
        if many:
            return min(many, key=lambda c: (-_n(c), *order_of(c, self.rules)))
        kept = [candidate for candidate in found if not candidate.problem]
        limit = None if self.recommended is None else risk_order(self.recommended.numbers)
        safe = [c for c in kept if limit is None or risk_order(c.numbers) <= limit + 0.1]
        return min(safe or kept, key=effect_of, default=found[0] if found else None)

    def _reason(self, found: list[Candidate], best: Candidate | None) -> str:
        if best is None:
            return f"not tried: none of the {self.search.candidates} candidates is of this size: ask for it alone."
        kept = [candidate for candidate in found if not candidate.problem or candidate.samples is not None]
        if not kept:
            pulls = [c.numbers["therapy.traction_n"] for c in found if "therapy.traction_n" in c.numbers]
            if len(pulls) == len(found):
                return (
                    f"too much traction: at every landing tried ({len(found)}), {min(pulls):.1f} N at least; "
                    f"{self.rules.max_traction_n:g} N is the limit."
                )
            return found[0].problem
        if best.samples is not None and (broken := problem_of(best, self.rules)):
            return broken
        winner = self.recommended
        if winner is None:
            return f"not among the {self.search.short} best in effect and risk together: {self.told(best)}."
        own, other = risk_order(best.numbers), risk_order(winner.numbers)
        # Like with like: of a size without worlds the point predictions of both.
        sampled = best.samples is not None
        (leak, ap), (leak_won, ap_won) = (effect_of(each, worlds=sampled) for each in (best, winner))
        if own > other + 0.1:
            return f"nearer to the artery than the recommended one: {_near(best)} against {_near(winner)}."
        if round(leak) > round(leak_won) and EROA in best.numbers:
            return f"less effect: EROA {leak:.0f} against {leak_won:.0f} mm2, AP {ap:.1f} against {ap_won:.1f} mm."
        if ap > ap_won + 0.05:
            return f"less effect: AP {ap:.1f} against {ap_won:.1f} mm."
        return f"as good as the recommended one within what tells candidates apart: {self.told(best)}."

    # ---- files

    def to_dict(self) -> dict[str, Any]:
        """This plan as it stands in the list ``cases`` of the file ``annulus.plan/1``."""
        case = self.heart.case
        before = {key: value for key in _BEFORE if (value := self._before(key)) is not None}
        before.setdefault(AP_BEFORE, self.heart.before_numbers["ap_mm"])
        out: dict[str, Any] = {
            "case": {"id": case.id, "digest": case.digest, "phase": case.phase.value},
            "other_phases": list(self.other_phases),
            "verdict": "none suits" if self.recommended is None else "recommended",
            "line": self.line,
            "notes": list(self.notes),
            "before": before,
        }
        for name in ("recommended", "runner_up"):
            candidate = getattr(self, name)
            out |= {} if candidate is None else {name: _document(candidate)}
        return out | {
            "best": [_document(candidate) for candidate in self.best],
            "front": [_document(candidate) for candidate in self.front],
            "sizes": [
                {
                    "device": verdict.therapy.name,
                    "status": verdict.status,
                    "reason": verdict.reason,
                    **({} if verdict.candidate is None else {"candidate": _document(verdict.candidate)}),
                }
                for verdict in self.verdicts
            ],
            "n_screened": len(self.screened),
            "n_out": sum(bool(candidate.problem) for candidate in self.screened),
        }

    def __repr__(self) -> str:
        return f"<Plan {self.line}>"


def _n(candidate: Candidate) -> int:
    return 0 if candidate.samples is None else candidate.samples.n


def _near(candidate: Candidate) -> str:
    """The risk of a point prediction in words."""
    if "circumflex.risk.probability" in candidate.numbers:
        return f"compression {100.0 * candidate.numbers['circumflex.risk.probability']:.0f} %"
    gap = candidate.numbers["circumflex.min_gap_after_mm"]
    return f"least wall gap {gap:.1f} mm" if gap < CLEAR_GAP_MM else f"least wall gap beyond {CLEAR_GAP_MM:g} mm"


def _ends(ends: tuple[float, float] | None, form: str) -> str:
    # Without a minus before nothing.
    digits = int(form[2])
    low, high = (0.0, 0.0) if ends is None else (round(end, digits) + 0.0 for end in ends)
    return "" if ends is None else f" (change {low:{form}} to {high:{form}})"


def _document(candidate: Candidate) -> dict[str, Any]:
    """A candidate as in the file; its values are the catalogue's, by their key in a result."""
    known = by_key()
    own = {path for row in candidate.therapy.quantities for path in row.paths}
    values = {key: candidate.numbers[key] for key in _TOLD if key in candidate.numbers}
    values = {key: value for key, value in values.items() if plain_key(key) in known or key in own}
    out: dict[str, Any] = {
        "device": candidate.therapy.name,
        "distal_s_mm": candidate.site.distal_s_mm,
        "proximal_s_mm": candidate.site.proximal_s_mm,
        "plication_mm": candidate.plication_mm,
        "oversize": list(candidate.oversize),
        "values": values,
    }
    samples = candidate.samples
    if samples is not None:
        out["n_worlds"] = samples.n
        out["medians"] = {
            key: float(np.nanmedian(samples.values[key]))
            for key in values
            if key in samples.values and np.isfinite(samples.values[key]).any()
        }
        out["intervals"] = {key: list(samples.intervals[key]) for key in values if key in samples.intervals}
        out["changes"] = {
            key: {"median": float(np.nanmedian(change)), "interval": list(change_interval(candidate, key) or ())}
            for key, change in changes_of(candidate).items()
        }
        risk = risk_of(candidate)
        out |= {} if risk is None else {"compression": risk.to_dict()}
    return out | ({"problem": candidate.problem} if candidate.problem else {})

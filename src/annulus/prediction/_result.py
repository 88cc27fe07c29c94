"""What a simulated therapy gives: one type for all of them, and the content of the result file."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from annulus.anatomy import HANDEDNESS_DOUBT, Case, handedness, handedness_assumptions, plausibility
from annulus.anatomy.measures import AnnulusMeasures
from annulus.errors import DependencyError
from annulus.mechanics import Status
from annulus.outcomes import ValveOutcome
from annulus.prediction._artery_flags import artery_flags
from annulus.prediction._blocks import BLOCKS, filling_lines
from annulus.prediction._catalogue import by_key
from annulus.prediction._closure_flags import closure_flags, unfitted_leak
from annulus.prediction._compression import PROBABILITY, told_risk
from annulus.prediction._document import nested, result_document
from annulus.prediction._importance import Importance
from annulus.prediction._indicators import indicator_lines
from annulus.prediction._intervals import Samples
from annulus.prediction._leads import lead_flags, lead_lines
from annulus.prediction._predict import Prediction
from annulus.prediction._priors import GEOMETRY_PRIORS, Priors
from annulus.prediction._rows import Row, html_table, table_rows
from annulus.prediction._safety import SafetyRow, safety_lines, safety_panel
from annulus.prediction._worlds import Question
from annulus.quantity import Quantity, plain_key
from annulus.sources import PLAIN_SOURCES, Assumption

__all__ = ["Result"]

_WIDER_PERCENT = 0.5
"""AP that grows by more than this is told [%]: less is a loose ribbon's own bending, or rounding."""

_BESIDE_AP = (("AL-PM", "alpm_mm", "mm"), ("area", "area_2d_mm2", "mm2"))
"""What is told beside AP: words, key, unit."""


@dataclass(frozen=True, eq=False)
class Result:
    """What a therapy gives in a heart; `to_dict` is the result file's content.

    Parameters
    ----------
    prediction
        The point prediction: states of the heart and the numbers read off them.
    question
        What was asked for, ready to be predicted in other worlds.
    placement_lines
        What was assumed because the user did not say.
    samples
        The predicted numbers over worlds; None where none were asked for.
    sample_lines
        What the samples rest on.
    importance
        Which uncertain number matters; None where it was not asked for.
    failures
        What was asked for over the worlds and could not be computed, a sentence each.
    """

    prediction: Prediction
    question: Question
    placement_lines: tuple[Assumption, ...] = ()
    samples: Samples | None = None
    sample_lines: tuple[Assumption, ...] = ()
    importance: Importance | None = None
    failures: tuple[str, ...] = ()

    # ---- what it is of

    @property
    def case(self) -> Case:
        """The heart's case."""
        return self.prediction.heart.case

    @property
    def therapy_name(self) -> str:
        """Name of the therapy."""
        return self.prediction.therapy.name

    @property
    def status(self) -> Status:
        """How the solves ended: the first that failed, then what folded, else that of the state that stays."""
        solved = [state.status for state in self.prediction.states if state.equilibrium is not None]
        failed = [status for status in solved if not status.converged]
        if failed:
            return next((status for status in failed if status is not Status.FOLDED), Status.FOLDED)
        for outcome in self.closures.values():
            if outcome.solution is not None and not outcome.converged:
                return outcome.solution.status
        return solved[-1] if solved else Status.CONVERGED

    @property
    def advice(self) -> str:
        """The status in a sentence: of the network, else of the closed valve."""
        solved = any(state.equilibrium is not None for state in self.prediction.states)
        after = self.closures.get("after")
        return self.status.advice if solved or after is None or not self.status.converged else after.advice

    @property
    def baseline_missed(self) -> str:
        """Which targets of the baseline echo the valve closed before misses, a sentence; empty where it meets all."""
        valve, before = self.prediction.heart.valve, self.closures.get("before")
        if valve is None or valve.fitted is None or before is None:
            return ""
        return valve.fitted.fit.missed(before.measures)

    @property
    def headline(self) -> str:
        """The first line: `advice`, and what of the baseline is missed."""
        missed = self.baseline_missed
        return f"{self.advice}; {missed}" if missed else self.advice

    @property
    def converged(self) -> bool:
        """Every state is an equilibrium, of the annulus and, where it was closed, of the valve, and nothing failed."""
        closed = all(outcome.converged for outcome in self.closures.values())
        return self.prediction.converged and closed and not self.failures

    # ---- numbers

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """Every value by its key in the result file, such as ``annulus.after.ap_mm``; tables under their own key."""
        return {f"{name}.{key}": value for name, block in self._read.items() for key, value in block.items()}

    @cached_property
    def _read(self) -> Mapping[str, Mapping[str, Any]]:
        """Each block by dotted key, as it was read off; what is no number was not computed."""
        blocks = {name: self.prediction.block(name, costly=True) for name in BLOCKS}
        share = None if self.samples is None else self.samples.mean(PROBABILITY)
        if share is not None and self.samples is not None and blocks["circumflex"]:
            told = told_risk(share, self.samples.n)
            blocks["circumflex"] = {**blocks["circumflex"], "risk.probability": share, **told}
        return {name: {k: v for k, v in block.items() if _is_known(v)} for name, block in blocks.items()}

    def __getitem__(self, key: str) -> Any:
        """Value of a key; raises `KeyError` naming the nearest ones where there is none."""
        try:
            return self.values[key]
        except KeyError:
            last = key.rsplit(".", 1)[-1]
            near = [known for known in self.values if known.endswith(last)]
            raise KeyError(f"{key}: not in this result{'; it has ' + ', '.join(near[:4]) if near else ''}") from None

    def interval(self, key: str) -> tuple[float, float] | None:
        """Interval of a number over the worlds; None where there is none."""
        return None if self.samples is None else self.samples.intervals.get(key)

    @property
    def before(self) -> AnnulusMeasures:
        """Annulus before."""
        return self._measures("before")

    @property
    def traction(self) -> AnnulusMeasures:
        """Annulus under traction; `KeyError` where the therapy has no such stage, `SolveError` where it folds."""
        return self._measures("traction")

    @property
    def after(self) -> AnnulusMeasures:
        """Annulus afterwards; `SolveError` where it folds."""
        return self._measures("after")

    @cached_property
    def change_percent(self) -> dict[str, float]:
        """Change of every annulus measure from before to after [%], where both are known and not zero."""
        start = "annulus.change_percent."
        return {key.removeprefix(start): value for key, value in self.values.items() if key.startswith(start)}

    @property
    def circumflex(self) -> Mapping[str, Any]:
        """Block ``circumflex``: crossings and gaps; empty without an artery."""
        return self.blocks.get("circumflex", {})

    @cached_property
    def closures(self) -> Mapping[str, ValveOutcome]:
        """The valve closed ``before`` and ``after``; empty where it was not to be closed."""
        states = {"before": self.prediction.before, "after": self.prediction.after}
        return {name: outcome for name, state in states.items() if (outcome := state.closed) is not None}

    def rows(self) -> tuple[Row, ...]:
        """The numbers of a short table: every quantity that has a label and a value here."""
        return table_rows(self.values, self.interval, self.quantities)

    @cached_property
    def safety(self) -> tuple[SafetyRow, ...]:
        """The safety panel: every adverse event answered, in the order of the guidance."""
        return safety_panel(self.prediction, self.values)

    @cached_property
    def quantities(self) -> Mapping[str, Quantity]:
        """Plain key to quantity: the catalogue, and what a therapy of one's own adds to it."""
        own = {path: row for row in self.prediction.therapy.quantities for path in row.paths}
        return {**by_key(), **own}

    # ---- words

    @cached_property
    def flags(self) -> tuple[str, ...]:
        """What does not sit as it should, one sentence each."""
        p = self.prediction
        lines = [*artery_flags(self.circumflex), *p.therapy.flags(p.heart, p.site, p.by_name)]
        lines += lead_flags(p, self.blocks.get("leads", {}))
        wider = self.change_percent.get("ap_mm", 0.0)
        if wider > _WIDER_PERCENT:
            lines.append(f"AP grows by {wider:.1f} %: here the therapy does not bring front and back together.")
        lines += self.failures
        lines += [state.fold for state in p.states if state.fold]
        if self.status not in (Status.CONVERGED, Status.FOLDED):
            lines.append(self.status.advice)
        for name, state in (("before", p.before), ("after", p.after)):
            if state.film_mm2 is None and not state.fold:
                lines.append(f"area_3d_mm2 {name} is absent: the minimal surface was not found.")
        for name, outcome in self.closures.items():
            if not outcome.converged or outcome.status == "extrapolated":
                lines.append(f"closure {name}: {outcome.advice}")
            area = self.values[f"annulus.{name}.area_2d_mm2"]
            told = closure_flags(outcome.measures, outcome.pressure_mmhg, area)
            lines += [f"closure {name}: {line}" for line in told]
        lines += [self.baseline_missed] if self.baseline_missed else []
        lines += unfitted_leak(p.heart) if self.samples is not None else ()
        valve = p.heart.valve
        if valve is not None:
            stroke = valve.beat.stroke_ml
            for name in self.closures:
                volume = self.values.get(f"regurgitation.{name}.regurgitant_volume_ml")
                if stroke is not None and volume is not None and volume > stroke:
                    lines.append(
                        f"regurgitation {name}: {volume:.0f} mL exceed the stroke volume of {stroke:.0f} mL: orifice, "
                        "pressures and volumes do not belong together; the regurgitant fraction is absent."
                    )
        return tuple(dict.fromkeys(lines))

    @property
    def artery_flags(self) -> tuple[str, ...]:
        """Those of the flags that the arteries' geometry alone gives: they belong in the first lines."""
        return artery_flags(self.circumflex)

    @cached_property
    def summary(self) -> tuple[str, ...]:
        """The first lines: the annulus, what the arteries warn of, what was done and assumed for it, crossings."""
        p = self.prediction
        odd = [line for line in handedness_assumptions(handedness(self.case)) if line.name == HANDEDNESS_DOUBT]
        lines = [f"! {line.why}" for line in (*plausibility(self.case.annulus, self.case.coronary_sinus), *odd)]
        lines += [] if p.after.fold else [self._annulus_line]
        lines += [f"! {line}" for line in self.artery_flags]
        lines += p.therapy.summary(p.heart, p.site, p.by_name)
        for line in self.placement_lines:
            value = f"{line.value:.1f}" if isinstance(line.value, float) else line.value
            what = " ".join(f"{word}" for word in (line.name, value, line.unit) if word)
            lines.append(f"assumed {what}: {line.why}")
        for row in self.circumflex.get("crossings", ()):
            gap = row.get("gap_before_mm")
            if gap is None:
                continue
            after = row.get("gap_after_mm")
            became = "" if after is None else f" -> {after:.1f}"
            where = {True: ", inside the device's span", False: ""}[bool(row.get("inside_span"))]
            lines.append(
                f"{row['artery']} crosses on the {row['side']} side at {row['cs_s_mm']:.1f} mm of the vein{where}: "
                f"wall gap {gap:.1f}{became} mm"
            )
        return tuple(lines)

    @cached_property
    def assumptions(self) -> tuple[Assumption, ...]:
        """What the result rests on that was not measured in this case, each once."""
        p, case = self.prediction, self.case
        solved = any(state.equilibrium is not None for state in p.states)
        lines = [*case.assumptions, *p.therapy.assumptions(), *self.placement_lines]
        if solved:
            lines += p.heart.trigones[1]
        # A case read from a file says itself that it has none.
        if not case.arteries and all(line.name != "circumflex" for line in case.assumptions):
            why = "no circumflex is known: crossings, gaps and its risk are absent, not zero"
            lines.append(Assumption("circumflex", "absent", "", why, "case"))
        lines += handedness_assumptions(handedness(case))
        lines += plausibility(case.annulus, case.coronary_sinus)
        lines += self.before.assumptions
        if solved:
            lines += p.world.parameters.assumptions()
        lines += lead_lines() if case.leads else ()
        if "risk" in self.circumflex and self.samples is None:
            lines += Priors().compression_assumptions()
        lines += (*indicator_lines(self._read["indicators"]), *safety_lines())
        if p.after.ribbon is not None:
            row = GEOMETRY_PRIORS["inner_wall_factor"]
            lines.append(replace(row.to_assumption(), value=p.world.inner_wall_factor))
        lines += p.heart.tent[1]
        valve = p.heart.valve
        if valve is not None:
            lines += [*valve.assumptions, *self.closures["before"].assumptions]
            if p.after.tip_moves is None and not p.after.is_still:
                why = "the papillary tips stay where they are when the annulus is reshaped; no remodelling"
                lines.append(Assumption("papillary_tips_after", "unmoved", "", why, "assumed"))
            if "filling" in self.blocks:
                lines += filling_lines(valve.beat)
        lines += self.sample_lines
        return tuple(dict.fromkeys(lines))

    def citations(self) -> tuple[str, ...]:
        """Keys of ``docs/references.bib`` that the result rests on, those of its assumptions first."""
        keys = [part.strip() for line in self.assumptions for part in line.source.split(",")]
        known = (self.quantities.get(plain_key(key)) for key in self.values)
        keys += [row.source for row in known if row is not None]
        return tuple(dict.fromkeys(key for key in keys if key and key not in PLAIN_SOURCES))

    # ---- files and screens

    @cached_property
    def blocks(self) -> Mapping[str, Any]:
        """Blocks of the result file, nested; what was not computed has no key."""
        blocks: dict[str, Any] = {name: nested(block) for name, block in self._read.items() if block}
        return blocks | {"safety": [row.to_dict() for row in self.safety]}

    def to_dict(self) -> dict[str, object]:
        """Content of the result file (``annulus.result/2``); what was not computed has no key."""
        return result_document(self)

    def to_frame(self) -> Any:
        """Every number as a table: key, value, unit, interval, definition; one row each.

        Returns
        -------
        pandas.DataFrame

        Raises
        ------
        DependencyError
            pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise DependencyError("a table needs pandas: pip install 'annulus[study]'.") from error
        rows = []
        for key, value in self.values.items():
            quantity = self.quantities.get(plain_key(key))
            if isinstance(value, (int, float)) and quantity is not None:
                low, high = self.interval(key) or (np.nan, np.nan)
                rows.append((key, value, quantity.unit, low, high, quantity.definition))
        return pd.DataFrame(rows, columns=["key", "value", "unit", "low", "high", "definition"])

    @property
    def line(self) -> str:
        """The result in a line."""
        before, after = (self.values.get(f"annulus.{name}.ap_mm") for name in ("before", "after"))
        ap = (
            f"AP {before:.1f} mm, unknown afterwards"
            if after is None
            else f"AP {before:.1f} -> {after:.1f} mm ({self.change_percent.get('ap_mm', 0.0):+.1f} %), "
            + ", ".join(f"{name} {self.change_percent.get(key, 0.0):+.1f} %" for name, key, _ in _BESIDE_AP)
        )
        return f"{self.case.id}, {self.therapy_name}: {ap}{self._leaked} [{self.status.value}]"

    @property
    def _leaked(self) -> str:
        leaks = [self.values.get(f"regurgitation.{name}.eroa_mm2") for name in ("before", "after")]
        return "" if None in leaks else f", EROA {leaks[0]:.0f} -> {leaks[1]:.0f} mm2"

    @property
    def _annulus_line(self) -> str:
        """AP, width and area before and after: a device may narrow the annulus across, and AP alone would not tell."""
        told = []
        for name, key, unit in (("AP", "ap_mm", "mm"), *_BESIDE_AP):
            before, after = (self.values[f"annulus.{state}.{key}"] for state in ("before", "after"))
            digits = 1 if unit == "mm" else 0
            change = round(self.change_percent.get(key, 0.0), 1) + 0.0  # What rounds to nothing has no sign.
            told.append(f"{name} {before:.{digits}f} -> {after:.{digits}f} {unit} ({change:+.1f} %)")
        return ", ".join(told) + self._leaked

    def __str__(self) -> str:
        return self.line

    def __repr__(self) -> str:
        return f"<Result {self.line}>"

    def _repr_html_(self) -> str:
        flags = "".join(f"<li>{html.escape(flag)}</li>" for flag in self.flags)
        return (
            f"<p>{html.escape(self.line)}</p>{html_table(self.rows())}"
            f"{f'<ul>{flags}</ul>' if flags else ''}<p><small>Research use only; {len(self.assumptions)} assumptions."
            "</small></p>"
        )

    def _measures(self, state: str) -> AnnulusMeasures:
        p = self.prediction
        found = p.before if state == "before" else p.after if state == "after" else p.by_name[state]
        return AnnulusMeasures.from_numbers(found.numbers, found.annulus, area_3d_mm2=found.film_mm2)


def _is_known(value: object) -> bool:
    return not isinstance(value, float) or bool(np.isfinite(value))

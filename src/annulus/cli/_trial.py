"""`annulus trial`."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from annulus.cli._progress import counting

if TYPE_CHECKING:
    from annulus.study import TrialResult

__all__ = ["register"]

_WIDTH = 100
"""Letters of a line."""


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""

    @app.command("trial")
    def _trial(
        context: typer.Context,
        trial: Annotated[
            str | None, typer.Argument(metavar="NAME|TRIAL.toml", help="A shipped trial (amadeus), or a file.")
        ] = None,
        n: Annotated[int | None, typer.Option("--n", "-n", min=2, help="Patients screened; else the file's.")] = None,
        seed: Annotated[int | None, typer.Option(min=0, help="Of the patients; else the file's.")] = None,
        worlds: Annotated[int, typer.Option(min=0, help="Worlds in which the whole trial is run; 0 for none.")] = 16,
        json: Annotated[
            Path | None, typer.Option("--json", metavar="FILE|-", help="The result as JSON; - prints only JSON.")
        ] = None,
        template: Annotated[bool, typer.Option("--template", help="Print a TRIAL.toml to begin with.")] = False,
    ) -> None:
        """A trial on virtual patients beside the published one: who gets the device, what changes, what it is worth."""
        from annulus.errors import InputError
        from annulus.io import is_standard_output, require_outputs, write_document
        from annulus.study import read_trial, run_trial, shipped_trials, trial_template

        if template:
            print(trial_template(), end="")
            return
        if trial is None:
            raise InputError(
                f"a trial must be named: {', '.join(shipped_trials())}, or a TRIAL.toml; --template prints one."
            )
        require_outputs(json, inputs=(Path(trial) if trial.lower().endswith(".toml") else None,))
        screened = n if n is not None else read_trial(trial).model.population.n
        with counting(context, "patients", screened) as progress:
            result = run_trial(trial, n=n, seed=seed, worlds=worlds, progress=progress)
        if json is not None:
            write_document(result.to_dict(), json)
        if not is_standard_output(json):
            _print(result)


def _print(result: TrialResult) -> None:
    model, flow = result.design.model, result.flow
    _say(f"{model.name}: {model.title}" if model.title else model.name)
    _say(f"source: {model.source}. Nothing in the model is fitted to it.")
    _head("Context of use")
    _say(f"question: {model.context.question}")
    _say(f"use: {model.context.use}")
    if model.context.not_for:
        _say(f"not for: {model.context.not_for}")
    _say(
        f"quantity of interest: {model.endpoint.quantity}, {model.endpoint.change} change in those who keep the device"
    )
    _head("Patients")
    _flow(result)
    _head("Baseline: virtual (enrolled) against published")
    rows = [("", "virtual", "published", "overlap")]
    for row in result.baseline:
        sd = "" if row.published_sd is None else f" ± {row.published_sd:.3g}"
        size = "" if row.published_n is None else f" (n {row.published_n})"
        share = "no SD published" if row.overlap is None else f"{row.overlap:.2f}"
        name = f"{row.key} [{row.unit}]"
        rows.append((name, f"{row.mean:.3g} ± {row.sd:.3g}", f"{row.published_mean:.3g}{sd}{size}", share))
    _table(rows)
    for row in result.baseline:
        if row.why:
            _say(f"{row.key}: {row.source}; {row.why}")
    _head("Change: predicted against published")
    _changes(result)
    _head(f"Power of a paired t test, two-sided 5 %: {model.endpoint.quantity}")
    rows = [("n", *(str(row.n) for row in result.power), "90 % at")]
    for name, values, enough in (
        ("between patients", [row.power for row in result.power], result.patients_for_90[0]),
        (f"with reading {model.endpoint.reading_sd:g}", [row.power_with_reading for row in result.power],
         result.patients_for_90[1]),
    ):  # fmt: skip
        rows.append((name, *(f"{value:.2f}" for value in values), "over 100000" if enough is None else str(enough)))
    _table(rows)
    _say("Against no change at all, if the prediction is right: no power against a control arm.")
    _head("Outside the model")
    for line in model.outside:
        _say(f"- {line}")
    _head("Assumed")
    for row in result.assumptions:
        _say(f"- {row.name} = {row.value} {row.unit}".rstrip() + f": {row.why} [{row.source}]")
    print()
    _say(f"{flow.screened} virtual patients of {model.population.preset}, seed {result.seed}. Research use only.")


def _flow(result: TrialResult) -> None:
    flow = result.flow
    published = "" if flow.published_enrolled is None else str(flow.published_enrolled)
    share = ""
    if flow.published_enrolled is not None and flow.published_implanted is not None:
        share = f"{flow.published_implanted} ({100.0 * flow.published_implanted / flow.published_enrolled:.0f} %)"
    over = f"worlds ({result.worlds})" if result.worlds else ""
    rows = [("", "virtual", over, "published"), ("screened", str(flow.screened), "", "")]
    rows += [(f"  not enrolled: {reason}", str(count), "", "") for reason, count in flow.not_enrolled.items()]
    rows.append(("enrolled", str(flow.enrolled), "", published))
    for reason in dict.fromkeys((*flow.failed, *flow.failed_worlds_percent, *flow.published_percent)):
        count = flow.failed.get(reason, 0)
        known = flow.published_percent.get(reason)
        mean = f"{flow.failed_worlds_percent.get(reason, 0.0):.1f} %" if result.worlds else ""
        text = "" if known is None else f"{known[0]:g} to {known[1]:g} %"
        rows.append((f"  failed: {reason}", f"{count} ({100.0 * count / flow.enrolled:.0f} %)", mean, text))
    worlds = "" if flow.implanted_worlds is None else "{} to {}".format(*flow.implanted_worlds)
    rows.append(("implanted", f"{flow.implanted} ({100.0 * flow.implanted / flow.enrolled:.0f} %)", worlds, share))
    _table(rows)
    published_flow = result.design.model.flow
    if published_flow is not None and published_flow.why:
        _say(f"published: {published_flow.why} [{published_flow.source}]")


def _changes(result: TrialResult) -> None:
    rows = [("", "predicted", "interval of mean", "published", "overlap:", "", "weight", "real")]
    rows.append(("", "mean ± SD", "(95 %)", "", "patients", "means", "", "patients"))
    for row in result.outcomes:
        unit = " %" if row.change == "percent" else ""
        published = f"{row.published_low:g}" if row.published_low == row.published_high else (
            f"{row.published_high:g} to {row.published_low:g}")  # fmt: skip
        stands = "" if row.compatible else " (!)"
        spread = "" if row.published_sd is None else f" ± {row.published_sd:g}"
        rows.append(
            (
                row.quantity,
                f"{row.mean:.1f} ± {row.sd:.1f}{unit}",
                f"{row.high:.1f} to {row.low:.1f}",
                f"{published}{spread}{unit} (n {row.published_n})",
                f"{row.overlap_patients:.2f}",
                f"{row.overlap_means:.2f}",
                f"{row.weight:.2g}{stands}",
                f"{row.stands_for:.2g}",
            )
        )
    _table(rows)
    if result.worlds:
        told = "; ".join(
            f"{row.quantity} {row.at_means:.1f}, between worlds ± {row.world_sd:.1f}" for row in result.outcomes
        )
        _say(f"in the world of means: {told}")
    else:
        _say("without worlds the interval is the patients' sampling alone: what the model does not know is left out.")
    _say(
        "overlap: area shared by both distributions (1: the same), at the published value nearest to the prediction, "
        "of patients' changes and of both trials' means. weight: Var real / Var virtual of the mean, the virtual one "
        "with worlds; real patients: so many the virtual evidence would stand for."
    )
    if any(row.sd_stands_in for row in result.outcomes):
        _say(
            "Where no SD is published the virtual one stands in for it: readings scatter more, and the real overlap is "
            "another."
        )
    for row in result.outcomes:
        if not row.compatible:
            _say(f"(!) {row.quantity}: predicted and published differ by more than chance; do not combine them.")


def _head(text: str) -> None:
    print(f"\n{text}")


def _say(text: str) -> None:
    hang = "    " if text.startswith("- ") else "  "
    print(textwrap.fill(text, _WIDTH, initial_indent="  ", subsequent_indent=hang, break_long_words=False))


def _table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        first, *rest = (
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print(("  " + "  ".join([first, *rest])).rstrip())
